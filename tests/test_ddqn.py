"""DDQN: known ways to get it wrong, one test each."""

from itertools import pairwise
from typing import Any

import gymnasium as gym
import pytest
import torch
from torch import Tensor

import alectors
from alectors.arrays import ArrayBatch
from alectors.ddqn import DDQN
from alectors.qvalues import rise
from alectors.replay import Sample

SMALL = {"num_envs": 4, "num_steps": 16, "minibatch_size": 16, "learning_starts": 32}
NONE = -torch.inf


def make(**config: Any) -> DDQN:
    return DDQN("CartPole-v1", **SMALL, **config)


def says(logits: list[list[float]], values: list[float]) -> Any:
    """A network that says the same of whatever states."""
    return lambda states, table, cache=None: (torch.tensor(logits), torch.tensor(values))


def sample(actions: list[list[int]], discounts: list[float]) -> Sample:
    """Transitions with reward 1 to states with these actions."""
    count = len(actions)
    states = ArrayBatch(torch.zeros(count, 1), torch.tensor(actions))
    first = torch.zeros(count, dtype=torch.long)
    ones = torch.ones(count)
    return Sample(first, states, first, ones, torch.tensor(discounts), states, ones)


def targets(own: Any, lagging: Any, drawn: Sample) -> Tensor:
    agent = make()
    agent.network, agent.target, agent._cache, agent._target_cache = own, lagging, None, None
    return agent._targets(drawn)


def test_the_target_values_what_the_network_would_do() -> None:
    """Double: the network's best action (column 1), at the target's value of it: 10 - 2."""
    found = targets(says([[0.0, 5.0]], [0.0]), says([[2.0, -2.0]], [10.0]), sample([[0, 1]], [0.9]))
    assert found.tolist() == pytest.approx([1 + 0.9 * 8])


@pytest.mark.parametrize("huge", [1e9, torch.inf])
def test_the_maximum_is_over_legal_actions(huge: float) -> None:
    """A huge value on an illegal or padded column is neither the best nor in a mean."""
    planted = says([[huge, 1.0, 3.0], [1.0, huge, huge]], [10.0, 20.0])
    found = targets(planted, planted, sample([[-1, 1, 2], [0, -1, -1]], [1.0, 0.5]))
    assert found.tolist() == pytest.approx([1 + 11, 1 + 10])


def test_the_target_keeps_still_between_copies() -> None:
    """It is copied every 8 steps, and is the same in between."""
    agent: Any = make(target_every=8)
    seen = []
    update = agent._update

    def watch() -> dict[str, float]:
        networks = agent.target, agent.network
        seen.append([network.scorer.weight.detach().clone() for network in networks])
        figures: dict[str, float] = update()
        return figures

    agent._update = watch
    agent.learn(128)
    kept = [before.equal(after) for (before, _), (after, _) in pairwise(seen)]
    assert kept.count(False) == 2
    assert all(not target.equal(online) for target, online in seen[1:4])


def test_nothing_follows_an_end() -> None:
    """Discount 0 times whatever stands there is 0, not NaN; no legal action is worth 0."""
    planted = says([[1e9, 1.0], [NONE, NONE]], [1e9, 5.0])
    found = targets(planted, planted, sample([[0, 1], [-1, -1]], [0.0, 0.9]))
    assert found.tolist() == [1.0, 1.0]


def test_importance_weights_count_in_the_loss() -> None:
    agent = make()
    drawn = sample([[0, 1], [0, 1]], [0.0, 0.0])
    agent.network = says([[0.0, 0.0]] * 2, [0.5, 2.0])
    agent.network.value_scale = torch.tensor(2.0)
    drawn.weights = torch.tensor([1.0, 0.25])
    loss, errors, _ = agent._loss(drawn, torch.tensor([1.0, 1.0]))
    assert errors.tolist() == [-0.25, 0.5]
    assert loss.item() == pytest.approx((0.25**2 / 2 + 0.25 * 0.5**2 / 2) / 2)


def test_schedules_rise_and_stay() -> None:
    assert [rise(1.0, 0.0, done) for done in (0, 0.25, 1, 7)] == [1.0, 0.75, 0.0, 0.0]


def test_sampled_play_strays_now_and_then() -> None:
    agent = make(final_exploration=0.5)
    env = gym.make("CartPole-v1")
    observation, info = env.reset(seed=0)
    agent.reset(seed=1)
    best = agent.choose_action(observation, info)
    drawn = [agent.sample_action(observation, info) for _ in range(200)]
    assert drawn.count(best) / 200 == pytest.approx(0.75, abs=0.1)
    agent.reset(seed=1)
    assert [agent.sample_action(observation, info) for _ in range(200)] == drawn


def test_words_of_actions_are_read(encoder: "alectors.Encoder") -> None:
    """DRRN: the value of an action follows from its words, wherever it stands in the list."""
    agent = DDQN("alectors/Echo-v0", encoder=encoder, disk_cache=False, **SMALL)
    agent.learn(256)
    env = gym.make("alectors/Echo-v0")
    page, info = env.reset(seed=0)
    batch, logits = agent._judge_one(page, info)
    assert batch.clauses.unique().numel() > 2
    order = torch.randperm(logits.numel(), generator=torch.Generator().manual_seed(0))
    turned = type(batch)(batch.statements, batch.clauses[:, order], batch.actions[:, order])
    torch.testing.assert_close(agent.network(turned, agent.table)[0][0], logits[order])
