"""Encoders by name: any family of Transformers, and the controls."""

import subprocess
import sys
from pathlib import Path
from typing import Any

import gymnasium as gym
import pytest
import torch
from tiny_models import FAMILIES, make_tiny

import alectors
from alectors.cli import main
from alectors.encoder import Encoder
from alectors.encoders import described_encoder, make_encoder
from alectors.envs.errors import InvalidArgument, MissingDependency
from alectors.hashing import HashEncoder
from alectors.observations import EmbedObservation, TokenizeObservation

STATEMENTS = ["go to the red ball's keys.", "you", "Your goal is to carry the blue key."]
KEPT = {
    "bert": ["go", "to", "the", "red", "ball", "[UNK]", "[UNK]", "key", "##s", "."],
    "roberta": [*"goĠtoĠthe", "Ġred", *"Ġball'sĠkeys."],
    "modernbert": [*"goĠtoĠtheĠredĠball'sĠkeys."],
    "deberta": [*"goĠtoĠtheĠredĠball'sĠkeys."],
    "deberta-v2": ["▁go", "▁to", "▁the", "▁red", "▁ball", "'", "s", "▁key", "s", "."],
}
SMALL = {"num_envs": 2, "num_steps": 8, "minibatch_size": 8, "disk_cache": False}


@pytest.fixture(scope="module")
def tiny(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    return {name: make_tiny(name, tmp_path_factory.mktemp(name)) for name in FAMILIES}


@pytest.mark.parametrize("family", FAMILIES)
def test_a_family_is_read_without_its_special_tokens(tiny: dict[str, str], family: str) -> None:
    """Exactly the statement's own tokens; what Transformers gives for them; batch mates or none."""
    encoder = Encoder(tiny[family], precision="float32")
    tokens = encoder.tokenize(STATEMENTS)
    own = [tokens[0].ids[k] for k in tokens[0].kept]
    assert encoder.tokenizer.convert_ids_to_tokens(own) == KEPT[family]
    assert [k for k in range(len(tokens[0].ids)) if k not in tokens[0].kept] == [
        0,
        len(tokens[0].ids) - 1,
    ]
    together = encoder.encode(STATEMENTS)
    for text, found in zip(STATEMENTS, together, strict=True):
        with torch.no_grad():
            inputs = encoder.tokenizer(text, return_tensors="pt")
            expected = encoder.model(**inputs).last_hidden_state[0, 1:-1]
        torch.testing.assert_close(found, expected, rtol=1e-4, atol=1e-5)
        assert torch.equal(found, encoder.encode([text])[0])


@pytest.mark.parametrize("family", FAMILIES)
def test_a_family_trains(tiny: dict[str, str], family: str) -> None:
    """In whatever precision this processor takes, and from an inner layer."""
    agent = alectors.PPO("alectors/Echo-v0", encoder=tiny[family], layer=1, **SMALL)
    agent.learn(32)
    assert agent.encoder is not None
    assert agent.encoder.describe()["layer"] == 1


@pytest.mark.parametrize("family", FAMILIES)
def test_no_statement_is_longer_than_there_are_positions(tiny: dict[str, str], family: str) -> None:
    encoder = Encoder(tiny[family], precision="float32")
    with pytest.warns(UserWarning, match="longer than"):
        (found,) = encoder.encode(["go to " * 100])
    assert len(found) == encoder.max_length - 2
    assert encoder.max_length == (62 if family == "roberta" else 64)


def test_fingerprints_tell_encoders_apart(tiny: dict[str, str]) -> None:
    settings: list[dict[str, Any]] = [{}, {"layer": 0}, {"tuning": "full"}, {"tuning": "lora"}]
    settings += [{"tuning": "lora", "rank": 4}, {"max_length": 32}]
    encoders = [Encoder(name, precision="float32") for name in tiny.values()]
    encoders += [Encoder(tiny["bert"], **{"precision": "float32", **s}) for s in settings[1:]]
    assert len({encoder.fingerprint for encoder in encoders}) == len(FAMILIES) + 5
    for encoder in encoders:
        again = described_encoder(encoder.describe())
        assert again.fingerprint == encoder.fingerprint
        assert again.describe() == encoder.describe()


def test_what_is_no_encoder_is_told(tiny: dict[str, str], tmp_path: Path) -> None:
    import transformers

    config = transformers.T5Config(
        vocab_size=30, d_model=8, d_kv=4, d_ff=8, num_layers=1, num_heads=2
    )
    transformers.T5Model(config).save_pretrained(tmp_path)
    make_encoder(tiny["bert"]).tokenizer.save_pretrained(tmp_path)  # type: ignore[attr-defined]
    with pytest.raises(InvalidArgument, match="choose an encoder"):
        Encoder(str(tmp_path))
    with pytest.raises(InvalidArgument, match="neither the name"):
        alectors.PPO("alectors/Echo-v0", encoder=7)  # type: ignore[arg-type]
    with pytest.raises(InvalidArgument, match="float32 only"):
        Encoder(tiny["deberta"], precision="bfloat16")


def test_an_unknown_name_is_told_with_the_nearest(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_OFFLINE", True)
    with pytest.raises(MissingDependency, match="Did you mean 'hash'") as caught:
        alectors.PPO("alectors/Echo-v0", encoder="hashed")
    assert "hash and static" in str(caught.value)


def test_hash_gives_a_word_one_vector_wherever_it_stands() -> None:
    encoder = HashEncoder()
    one, other = encoder.encode(["A red ball.", "red, is the Ball"])
    assert one.shape == (4, 384)
    assert one.dtype == torch.float32
    assert torch.equal(one[1], other[0])
    assert torch.equal(one[2], other[4])
    assert not torch.equal(one[1], one[2])
    assert encoder.encode([""])[0].shape == (0, 384)
    assert encoder.encode(["ball"])[0].mean().abs() < 0.2
    assert encoder.encode(["ball"])[0].std().item() == pytest.approx(1, abs=0.1)
    # Known numbers: they must be the same on every machine and in every version.
    torch.testing.assert_close(encoder.encode(["ball"])[0][0, :3], torch.tensor(BALL))


BALL = [-1.717779278755188, 1.3865692615509033, 0.9098414778709412]

WITHOUT_TRANSFORMERS = """
import sys
sys.modules["transformers"] = None  # importing it raises now
import alectors
agent = alectors.PPO("alectors/Echo-v0", encoder="hash", num_envs=2, num_steps=8, minibatch_size=16)
agent.learn(16)
print(agent.encoder.fingerprint)
"""


def test_hash_needs_no_transformers() -> None:
    finished = subprocess.run(
        [sys.executable, "-c", WITHOUT_TRANSFORMERS], capture_output=True, text=True, check=False
    )
    assert finished.returncode == 0, finished.stderr
    assert finished.stdout.strip() == HashEncoder().fingerprint


def test_static_is_layer_0_of_the_default(encoder: Encoder) -> None:
    static = make_encoder("static")
    assert static.describe()["layer"] == 0
    assert static.name == encoder.name
    # A word's embedding there depends on its place, not on its neighbours.
    one, other = static.encode(["a red ball", "the red key"])
    torch.testing.assert_close(one[1], other[1])
    one, other = encoder.encode(["a red ball", "the red key"])
    assert not torch.allclose(one[1], other[1], atol=0.05)


@pytest.mark.parametrize("name", ["hash", "static"])
def test_a_control_goes_wherever_a_name_goes(name: str, tmp_path: Path) -> None:
    agent = alectors.PPO("alectors/Echo-v0", encoder=name, **SMALL)
    agent.learn(32)
    agent.save(tmp_path / "agent")
    again = alectors.load(tmp_path / "agent")
    page, info = gym.make("alectors/Echo-v0").reset(seed=0)
    assert again.encoder is not None
    assert again.encoder.fingerprint == agent.encoder.fingerprint  # type: ignore[union-attr]
    assert again.choose_action(page, info) == agent.choose_action(page, info)
    observed = EmbedObservation(gym.make("alectors/Echo-v0"), name).reset(seed=0)[0]
    assert observed.shape == (384,)  # type: ignore[union-attr]
    if name == "hash":
        with pytest.raises(InvalidArgument, match="no tokenizer"):
            TokenizeObservation(gym.make("alectors/Echo-v0"), name)


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ({"encoder": "hash", "tuning": "lora"}, "neither layers nor weights"),
        ({"encoder": "hash", "layer": 1}, "neither layers nor weights"),
        ({"encoder": "static", "layer": 1}, "reads layer 0"),
        ({"encoder": HashEncoder(), "layer": 1}, "by name"),
        ({"tuning": "half"}, "tuning"),
    ],
)
def test_settings_that_do_not_fit_are_told(settings: dict[str, Any], words: str) -> None:
    with pytest.raises(InvalidArgument, match=words):
        alectors.PPO("alectors/Echo-v0", **settings)


def test_arrays_take_no_tuning() -> None:
    with pytest.raises(InvalidArgument, match="leave out the encoder"):
        alectors.PPO("CartPole-v1", tuning="lora")


def test_the_command_line_takes_controls_layers_and_devices(
    tiny: dict[str, str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    options = ["--config.num_envs", "2", "--config.num_steps", "8", "--config.minibatch_size", "8"]
    train = ["train", "Echo-v0", "--steps", "16", "--episodes", "0", *options]
    assert main([*train, "--encoder", "hash", "--out", str(tmp_path / "hash")]) == 0
    inner = ["--encoder", tiny["bert"], "--layer", "1", "--tuning", "lora", "--device", "cpu"]
    assert main([*train, *inner, "--out", str(tmp_path / "inner")]) == 0
    about = alectors.load(tmp_path / "inner").describe()
    assert (about["encoder"]["layer"], about["encoder"]["tuning"]) == (1, "lora")
    assert main(["evaluate", str(tmp_path / "inner"), "--episodes", "1", "--device", "cpu"]) == 0
    resume = ["train", "--resume", str(tmp_path / "inner"), "--episodes", "0", "--steps", "32"]
    assert main([*resume, "--tuning", "full"]) == 2
    assert "keeps its own tuning" in capsys.readouterr().err
    assert main(resume) == 0
    assert main([*train, "--device", "cuda:99", "--out", str(tmp_path / "far")]) == 2
    assert "is not there" in capsys.readouterr().err
