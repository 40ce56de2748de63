"""Where in its goal a statement is spoken of: what tells two named things apart."""

from itertools import permutations

import pytest
import torch

import alectors
from alectors.envs.errors import InvalidArgument
from alectors.network import NetworkConfig, StatementNetwork
from alectors.reader import Batch, Reader
from alectors.relevance import TEMPERATURE, find_distinct, goal_places
from alectors.table import EmbeddingTable

THINGS = ("grey key", "purple box", "grey box", "blue ball", "purple key")
GOALS = (
    "Your goal is to put the {} next to a {}.",
    "Your goal is to pick up a {}, then go to the {}.",
)


def page(goal: str, *things: str) -> str:
    return "\n".join(
        [goal, "You carry nothing.", *(f"A {thing} is 2 steps ahead." for thing in things)]
    )


@pytest.fixture
def reader(encoder: "alectors.Encoder", device: str) -> Reader:
    reader = Reader(EmbeddingTable(encoder, device=device))
    read(reader, page(GOALS[0].format(*THINGS[:2]), *THINGS))
    reader.table.standardise(*reader.table.statistics())
    return reader


def read(reader: Reader, *pages: str) -> Batch:
    import numpy as np

    info = {"actions": ["pick up"], "action_mask": np.ones(1, np.int8)}
    return reader.read(list(pages), [info] * len(pages))


def places(reader: Reader, *pages: str) -> list[float]:
    batch = read(reader, *pages)
    found: list[float] = goal_places(batch, reader.table, find_distinct(batch)).tolist()
    return found


@pytest.mark.parametrize("goal", GOALS)
def test_what_is_named_first_stands_before_what_is_named_second(reader: Reader, goal: str) -> None:
    for first, second in permutations(THINGS, 2):
        itself, _, early, late = places(reader, page(goal.format(first, second), first, second))
        assert itself == 0
        assert -1 < early < late < 1, (first, second)


def test_a_place_is_the_mean_of_the_goals_tokens_by_their_best_match(reader: Reader) -> None:
    text = page(GOALS[0].format("grey key", "blue ball"), "blue ball")
    encoded = [
        (x - reader.table._mean.cpu()) * reader.table._scale.cpu()
        for x in reader.table.encoder.encode(text.split("\n"))
    ]
    goal, carried, ball = [x / x.norm(dim=1, keepdim=True) for x in encoded]
    assert carried.shape[1] == 384
    weights = [max(float(token @ said) for said in ball) / TEMPERATURE for token in goal]
    shares = torch.tensor(weights).exp() / torch.tensor(weights).exp().sum()
    by_hand = sum(float(share) * (-1 + 2 * k / (len(goal) - 1)) for k, share in enumerate(shares))
    assert places(reader, text)[2] == pytest.approx(by_hand, abs=0.02)


def test_a_place_has_the_same_bytes_beside_whatever_it_is_found(reader: Reader) -> None:
    texts = [page(goal.format(*THINGS[k : k + 2]), *THINGS) for k in range(4) for goal in GOALS]
    together = places(reader, *texts)
    reader.table.places.clear()
    assert [x for text in texts for x in places(reader, text)] == together


def test_places_found_in_the_encoders_own_embeddings_are_found_anew(
    encoder: "alectors.Encoder", device: str
) -> None:
    reader = Reader(EmbeddingTable(encoder, device=device))
    text = page(GOALS[0].format(*THINGS[:2]), *THINGS)
    before = places(reader, text)
    reader.table.standardise(*reader.table.statistics())
    assert places(reader, text) != before


def test_a_full_store_of_places_is_emptied(reader: Reader, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("alectors.relevance.MOST_PLACES", 3)
    text, other = (page(goal.format(*THINGS[:2]), *THINGS[:2]) for goal in GOALS)
    before = places(reader, text)
    places(reader, other)
    assert len(reader.table.places) == 4
    assert places(reader, text) == before


def test_the_network_sees_places_only_where_it_is_told_to(reader: Reader) -> None:
    batch = read(reader, page(GOALS[0].format("grey key", "blue ball"), "grey key", "blue ball"))
    for switch in (True, False):
        torch.manual_seed(0)
        network = StatementNetwork(384, NetworkConfig(goal_places=switch)).to(reader.device)
        torch.nn.init.normal_(network.value.weight)
        before = network(batch, reader.table)[1]
        swapped = Batch(batch.statements[:, [0, 3, 1, 2]], batch.clauses, batch.actions)
        torch.testing.assert_close(before, network(swapped, reader.table)[1])
        reader.table.places.update(dict.fromkeys(reader.table.places, 0.5))
        assert torch.allclose(before, network(batch, reader.table)[1]) is not switch
        reader.table.places.clear()


def test_places_without_relevance_are_refused() -> None:
    with pytest.raises(InvalidArgument, match=r"needs network\.goal_relevance"):
        NetworkConfig(goal_places=True, goal_relevance=False)


@pytest.mark.parametrize("tuning", ["frozen", "lora"])
def test_ppo_learns_with_places(tuning: str) -> None:
    agent = alectors.PPO(
        "alectors/Taxi-v0",
        encoder=alectors.Encoder(tuning=tuning),
        seed=0,
        num_envs=2,
        num_steps=8,
        minibatch_size=16,
        network={"goal_places": True},
    )
    before = agent.network.place.clone()
    agent.learn(32)
    assert not torch.equal(before, agent.network.place)
