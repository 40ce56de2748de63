"""The network: what must not change its output, and what must."""

import pytest
import torch

import alectors
from alectors.network import NetworkConfig, StatementNetwork, VectorCache
from alectors.reader import Batch, Reader
from alectors.relevance import find_distinct, goal_relevance
from alectors.states import stack
from alectors.table import EmbeddingTable

PAGES = [
    "Your goal is to go to the red ball.\nYou carry nothing.\nA red ball is 2 steps ahead.",
    "Your goal is to open the door.\nA blue door is 1 step to your left.",
]
ACTIONS = [["turn left", "turn right", "move forward"], ["turn left", "take key, giving check"]]


def infos(actions: list[list[str]]) -> list[dict[str, object]]:
    import numpy as np

    return [
        {"actions": words, "action_mask": np.array([1] * len(words) + [0] * 3)} for words in actions
    ]


@pytest.fixture(scope="module")
def reader(encoder: "alectors.Encoder", device: str) -> Reader:
    table = EmbeddingTable(encoder, device=device)
    reader = Reader(table)
    reader.read(PAGES, infos(ACTIONS))
    table.standardise(*table.statistics())
    return reader


def make_network(reader: Reader, **settings: object) -> StatementNetwork:
    torch.manual_seed(0)
    network = StatementNetwork(384, NetworkConfig(**settings))  # type: ignore[arg-type]
    # The heads start at zero, which would make every comparison pass.
    for head in (network.scorer, network.value):
        torch.nn.init.normal_(head.weight)
    return network.to(reader.device)


@pytest.mark.parametrize("blocks", [1, 2])
@pytest.mark.parametrize("relevance", [True, False])
def test_statements_after_the_goal_are_a_set(reader: Reader, blocks: int, relevance: bool) -> None:
    network = make_network(reader, blocks=blocks, goal_relevance=relevance)
    batch = reader.read(PAGES[:1], infos(ACTIONS[:1]))
    swapped = Batch(batch.statements[:, [0, 2, 1]], batch.clauses, batch.actions)
    moved_goal = Batch(batch.statements[:, [1, 0, 2]], batch.clauses, batch.actions)
    logits, value = network(batch, reader.table)
    torch.testing.assert_close((logits, value), network(swapped, reader.table))
    assert not torch.allclose(value, network(moved_goal, reader.table)[1])


def test_permuting_actions_permutes_logits(reader: Reader) -> None:
    network = make_network(reader)
    batch = reader.read(PAGES[:1], infos(ACTIONS[:1]))
    order = [2, 0, 1]
    swapped = Batch(batch.statements, batch.clauses[:, order], batch.actions[:, order])
    logits, value = network(batch, reader.table)
    other, other_value = network(swapped, reader.table)
    torch.testing.assert_close(logits[:, order], other)
    torch.testing.assert_close(value, other_value)
    assert logits.unique().numel() == 3


@pytest.mark.parametrize("blocks", [1, 2])
def test_padding_changes_nothing(reader: Reader, blocks: int) -> None:
    network = make_network(reader, blocks=blocks)
    both = reader.read(PAGES, infos(ACTIONS))
    logits, values = network(both, reader.table)
    for k in range(2):
        alone = reader.read(PAGES[k : k + 1], infos(ACTIONS[k : k + 1]))
        one, value = network(alone, reader.table)
        torch.testing.assert_close(logits[k, : one.shape[1]], one[0])
        torch.testing.assert_close(values[k], value[0])
    assert torch.isneginf(logits[1, 2])


def test_a_page_without_actions_has_a_finite_value(reader: Reader) -> None:
    network = make_network(reader)
    batch = reader.read(PAGES, infos([ACTIONS[0], []]))
    logits, values = network(batch, reader.table)
    assert torch.isfinite(values).all()
    assert torch.isneginf(logits[1]).all()
    values.sum().backward()
    assert all(p.grad is None or torch.isfinite(p.grad).all() for p in network.parameters())


def test_the_first_policy_is_uniform(reader: Reader) -> None:
    network = StatementNetwork(384, NetworkConfig()).to(reader.device)
    logits, _ = network(reader.read(PAGES, infos(ACTIONS)), reader.table)
    assert logits[0].tolist() == [0, 0, 0]


def test_goal_relevance_is_what_the_switch_says(reader: Reader) -> None:
    """The mentioned object is marked highest, and the switch takes the mark away."""
    page = "Your goal is to go to the red ball.\n" + "\n".join(
        f"A {thing} is 2 steps ahead." for thing in ("green key", "red ball", "blue box")
    )
    network = make_network(reader)
    batch = reader.read([page], infos(ACTIONS[:1]))
    told, _ = goal_relevance(batch, reader.table, find_distinct(batch))
    assert told[0] == 0
    assert told[1:].argmax() == 1
    with torch.no_grad():
        before = network(batch, reader.table)[1]
        network.relevance += torch.randn_like(network.relevance)
        assert not torch.allclose(before, network(batch, reader.table)[1])
    plain = make_network(reader, goal_relevance=False)
    with torch.no_grad():
        before = plain(batch, reader.table)[1]
        plain.relevance += torch.randn_like(plain.relevance)
        torch.testing.assert_close(before, plain(batch, reader.table)[1])


def test_cached_vectors_are_the_computed_ones(reader: Reader) -> None:
    network = make_network(reader)
    batch = reader.read(PAGES, infos(ACTIONS))
    cache = VectorCache(network, reader.table)
    for _ in range(2):
        torch.testing.assert_close(
            network(batch, reader.table, cache), network(batch, reader.table)
        )


def test_scaling_values_keeps_them(reader: Reader) -> None:
    network = make_network(reader)
    batch = reader.read(PAGES, infos(ACTIONS))
    before = network(batch, reader.table)[1]
    network.scale_values(torch.tensor([30.0, -50.0], device=reader.device))
    assert network.value_scale > 40
    torch.testing.assert_close(before, network(batch, reader.table)[1])


def test_stacking_pads_and_indexing_trims(reader: Reader) -> None:
    one = reader.read(PAGES[:1], infos(ACTIONS[:1]))
    two = reader.read(PAGES[1:], infos(ACTIONS[1:]))
    both = stack([one, two])
    assert both.actions.tolist() == [[0, 1, 2], [0, 1, -1]]
    again = both[torch.tensor([1])]
    assert again.statements.tolist() == two.statements.tolist()
    assert again.clauses.tolist() == two.clauses.tolist()
    assert again.actions.tolist() == two.actions.tolist()
