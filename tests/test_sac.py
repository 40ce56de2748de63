"""Discrete SAC: known ways to get it wrong, one test each."""

import math
from typing import Any

import gymnasium as gym
import numpy as np
import pytest
import torch

from alectors.arrays import ArrayBatch
from alectors.masked import excess_entropy, expected, log_probs_and_entropy
from alectors.qvalues import action_values
from alectors.replay import Sample
from alectors.sac import SAC

SMALL = {"num_envs": 4, "num_steps": 16, "minibatch_size": 16, "learning_starts": 32}


class Chain(gym.Env[int, int]):
    """Three states; action 0 stays for a reward of its own, action 1 goes on to the next."""

    observation_space = gym.spaces.Discrete(3)
    action_space = gym.spaces.Discrete(2)
    stays, goes = (0.2, 0.0, 0.5), (0.0, -0.1, 0.3)

    def reset(self, *, seed: int | None = None, options: Any = None) -> tuple[int, dict[str, Any]]:
        super().reset(seed=seed)
        self.state = int(self.np_random.integers(3))
        return self.state, {}

    def step(self, action: int) -> tuple[int, float, bool, bool, dict[str, Any]]:
        reward = (self.stays, self.goes)[action][self.state]
        self.state = (self.state + action) % 3
        return self.state, reward, False, False, {}


gym.register("test/Chain-v0", entry_point=Chain, max_episode_steps=10)


def soft_values(gamma: float, temperature: float, *, entropy: bool) -> np.ndarray[Any, Any]:
    """Q ``[3, 2]`` of the fixed point: the policy is softmax(Q / temperature)."""
    values = np.zeros((3, 2))
    for _ in range(500):
        policy = np.exp(values / temperature)
        policy /= policy.sum(1, keepdims=True)
        worth = (policy * (values - entropy * temperature * np.log(policy))).sum(1)
        following = np.stack([worth, np.roll(worth, -1)], 1)
        values = np.stack([Chain.stays, Chain.goes], 1) + gamma * following
    return values


@pytest.mark.parametrize("entropy", [True, False])
def test_values_of_a_small_world_are_soft_optimal(entropy: bool) -> None:
    """Critics and policy go to the fixed point that iteration over the table finds."""
    agent = SAC(
        "test/Chain-v0",
        num_envs=8,
        num_steps=32,
        update_every=1,
        minibatch_size=64,
        learning_rate=1e-2,
        n_step=1,
        gamma=0.7,
        temperature=0.3,
        tune_temperature=False,
        entropy_in_target=entropy,
        critics="mean",
        max_grad_norm=10.0,
        network={"width": 16},
    )
    agent.learn(5_000)
    batch = agent.reader.read([0, 1, 2], [{}] * 3)
    temperature = agent._temperature.item()  # 0.3, in units of the returns' size
    assert 0.3 <= temperature < 0.6
    wanted = soft_values(0.7, temperature, entropy=entropy)
    for critic in agent.critics:
        found = action_values(critic(batch), batch.legal).detach().numpy()
        np.testing.assert_allclose(found, wanted, atol=0.04)
    policy = agent.network(batch)[0].softmax(1).detach().numpy()
    softmax = np.exp(wanted / temperature)
    softmax /= softmax.sum(1, keepdims=True)
    np.testing.assert_allclose(policy, softmax, atol=0.05)
    other = soft_values(0.7, temperature, entropy=not entropy)
    assert np.abs(wanted - other).max() > 0.3  # the two kinds of target are told apart


def test_expectation_is_a_sum_over_legal_actions() -> None:
    """By hand; the mean over actions would be a third of it, and illegal columns count nothing."""
    legal = torch.tensor([[True, True, False], [False, False, False]])
    logits = torch.tensor([[0.0, math.log(3), 0.0]] * 2).masked_fill(~legal, -torch.inf)
    logits.requires_grad_()
    log_probs, _ = log_probs_and_entropy(logits, legal)
    values = torch.tensor([[2.0, 6.0, 1e9]] * 2)
    found = expected(log_probs, values, torch.tensor(0.5), legal)
    entropy = -(0.25 * math.log(0.25) + 0.75 * math.log(0.75))
    assert found.tolist() == pytest.approx([0.25 * 2 + 0.75 * 6 + 0.5 * entropy, 0.0])
    found.sum().backward()
    assert torch.isfinite(logits.grad).all()  # type: ignore[arg-type]


def test_each_state_has_a_target_entropy_of_its_own() -> None:
    """Half of log 2 here, half of log 4 there: forced moves are left out of the mean."""
    legal = torch.tensor([[True, True, False, False], [True] * 4, [True, False, False, False]])
    uniform = torch.zeros(3, 4).masked_fill(~legal, -torch.inf)
    _, entropy = log_probs_and_entropy(uniform, legal)
    found = excess_entropy(entropy, legal, 0.5)
    assert found.item() == pytest.approx((math.log(2) + math.log(4)) / 2 / 2)
    assert excess_entropy(torch.tensor([0.5, 0.5, 0.0]), legal, 0.5).item() == 0


def says(logits: list[list[float]], values: list[float]) -> Any:
    """A network that says the same of whatever states."""
    return lambda states, table, cache=None: (torch.tensor(logits), torch.tensor(values))


def targets(actions: list[list[int]], discounts: list[float], **config: Any) -> list[float]:
    """Targets after reward 1, under a uniform policy and two planted critics."""
    agent = SAC("CartPole-v1", **SMALL, temperature=0.5, **config)
    count = len(actions)
    following = ArrayBatch(torch.zeros(count, 1), torch.tensor(actions))
    first = torch.zeros(count, dtype=torch.long)
    agent.network = says([[0.0] * 3] * count, [0.0] * count)
    one = says([[1e9, -1.0, 1.0]] * count, [4.0] * count)
    other = says([[-1e9, 3.0, -3.0]] * count, [6.0] * count)
    agent.targets, agent._cache, agent._target_caches = [one, other], None, [None, None]  # type: ignore[assignment]
    drawn = Sample(
        first, following, first, torch.ones(count), torch.tensor(discounts), following, first
    )
    return agent._targets(drawn).tolist()


ILLEGAL_FIRST = [[-1, 1, 2]]


def test_the_lower_critic_counts_action_by_action() -> None:
    """Critics say (3, 5) and (9, 3): the minima are 3 and 3, and huge illegal values nothing."""
    assert targets(ILLEGAL_FIRST, [0.9], critics="min") == pytest.approx([1 + 0.9 * 3])


def test_the_mean_of_the_critics() -> None:
    assert targets(ILLEGAL_FIRST, [0.9]) == pytest.approx([1 + 0.9 * 5])


def test_entropy_is_in_the_target_when_asked_for_alone() -> None:
    found = targets(ILLEGAL_FIRST, [0.9], entropy_in_target=True)
    assert found == pytest.approx([1 + 0.9 * (5 + 0.5 * math.log(2))])


def test_nothing_follows_an_end_or_where_nothing_is_legal() -> None:
    assert targets([[0, 1, 2], [-1, -1, -1]], [0.0, 0.9], entropy_in_target=True) == [1.0, 1.0]


@pytest.mark.parametrize("projection", ["reverse", "forward"])
def test_the_policy_goes_to_what_the_critics_say(projection: str) -> None:
    """The gradient in the logits is that of the sum over actions, by hand; targets keep still."""
    agent = SAC("CartPole-v1", **SMALL, temperature=0.2, projection=projection)
    states = ArrayBatch(torch.zeros(1, 4), torch.tensor([[0, 1]]))
    logits = torch.tensor([[0.3, -0.1]], requires_grad=True)
    agent.network = lambda states, table: (logits, torch.zeros(1))  # type: ignore[assignment]
    for target in agent.targets:
        torch.nn.init.constant_(target.scorer.bias[1:], 0.3)
    loss, _ = agent._policy_loss(states)
    loss.backward()
    assert not any(p.grad is not None for p in agent.targets.parameters())
    with torch.no_grad():
        values = agent._join(agent._judge(agent.targets, states))[0]
        policy = logits.softmax(1)[0]
        worth = values - 0.2 * policy.log()
        wanted = (values / 0.2).softmax(0)
        by_hand = {
            "forward": policy - wanted,
            "reverse": -policy * (worth - (policy * worth).sum()) / 0.2,
        }
    torch.testing.assert_close(logits.grad[0], by_hand[projection])  # type: ignore[index]


@pytest.mark.parametrize(("target", "rises"), [(0.99, True), (0.05, False)])
def test_the_temperature_moves_entropy_to_its_target(target: float, rises: bool) -> None:
    agent = SAC(
        "CartPole-v1", **SMALL, target_entropy=target, temperature=0.1, projection="reverse"
    )
    torch.nn.init.normal_(agent.network.scorer.weight, std=0.1)  # neither uniform nor sure
    agent.learn(256)
    found = agent.log_temperature.exp().item()
    assert (found > 0.1) == rises
    assert found != pytest.approx(0.1, rel=1e-3)


@pytest.mark.parametrize(("gap", "above"), [(0.01, True), (10.0, False)])
def test_what_the_policy_is_brought_to_is_measured(gap: float, above: bool) -> None:
    """Values nearer than the temperature leave too much entropy, those far apart too little."""
    agent = SAC("CartPole-v1", **SMALL, temperature=0.1, target_entropy=0.5)
    for target in agent.targets:
        torch.nn.init.constant_(target.scorer.bias[1:], gap)
    states = ArrayBatch(torch.zeros(1, 4), torch.tensor([[0, 1]]))
    _, figures = agent._policy_loss(states)
    assert (figures["excess_entropy"] > 0) == above
    assert figures["entropy"] == pytest.approx(1.0)


def test_a_fixed_temperature_stays() -> None:
    agent = SAC("CartPole-v1", **SMALL, tune_temperature=False, temperature=0.1)
    agent.learn(256)
    assert agent.log_temperature.exp().item() == pytest.approx(0.1)
    assert agent._temperature.item() == pytest.approx(0.1 * agent.critics[0].value_scale.item())


def test_forced_moves_do_not_move_the_policy() -> None:
    agent = SAC("CartPole-v1", **SMALL)
    states = ArrayBatch(torch.ones(2, 4), torch.tensor([[0, -1], [-1, 1]]))
    first = torch.tensor([0, 1])
    drawn = Sample(first, states, first, torch.zeros(2), torch.zeros(2), states, torch.ones(2))
    loss, _, figures = agent._loss(drawn, torch.zeros(2))
    loss.backward()
    assert figures["entropy"] == 0
    assert all(p.grad is None or not p.grad.any() for p in agent.network.parameters())


def test_targets_are_running_means_of_the_critics() -> None:
    agent = SAC("CartPole-v1", **SMALL, smoothing=0.25)
    for critic, target in zip(agent.critics, agent.targets, strict=True):
        torch.nn.init.constant_(critic.scorer.bias, 2.0)
        torch.nn.init.constant_(target.scorer.bias, 1.0)
    agent._follow()
    assert all((target.scorer.bias == 1.25).all() for target in agent.targets)
    assert all((critic.scorer.bias == 2.0).all() for critic in agent.critics)


def test_targets_follow_after_each_update() -> None:
    """Their units follow the returns as those of the critics do: weights can be averaged."""
    agent = SAC("CartPole-v1", **SMALL)
    agent.learn(64)
    before = agent.targets[0].body[0][0].weight.clone()
    critic = agent.critics[0].body[0][0].weight
    agent._update()
    wanted = before.lerp(critic, agent.config.smoothing)
    torch.testing.assert_close(agent.targets[0].body[0][0].weight, wanted)
    assert not before.equal(wanted)
    assert agent.critics[0].value_scale == agent.targets[0].value_scale > 1


def test_critics_differ_at_first_and_are_zero() -> None:
    agent = SAC("CartPole-v1", **SMALL)
    one, other = (critic.body[0][0].weight for critic in agent.critics)
    assert not torch.equal(one, other)
    batch = ArrayBatch(torch.randn(5, 4), torch.tensor([[0, 1]] * 5))
    assert not agent._judge(agent.critics, batch).any()
