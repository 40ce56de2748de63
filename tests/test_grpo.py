"""GRPO: known ways to get it wrong, one test each."""

from pathlib import Path
from typing import Any

import gymnasium as gym
import pytest
import torch

import alectors
from alectors.arrays import ArrayBatch
from alectors.collecting import episode_seed
from alectors.envs.base import TextEnv
from alectors.envs.errors import InvalidArgument
from alectors.groups import Played
from alectors.grpo import GRPO, GRPOConfig, Rollout, centre, discounted, find_advantages
from alectors.masked import log_probs_and_entropy

SMALL = {"groups": 2, "group_size": 4, "minibatch_size": 32, "disk_cache": False}


class Lights(TextEnv):
    """As many steps as the level says, at some of them no choice; green is right for reward 1."""

    played: list[tuple[int, int]] = []

    def __init__(self, *, same: bool = False, **common: Any) -> None:
        super().__init__(num_actions=3, max_steps=12, **common)
        self._same = same

    def _start(self, options: dict[str, Any]) -> None:
        self.game, self._longest = 0, 2 + int(self.np_random.integers(4))
        self._level = int(self.np_random.integers(1_000))

    def _statements(self) -> list[str]:
        return ["Your goal is green.", f"Level {self._level} is played.", f"Step {self.game}."]

    def _legal(self) -> dict[int, str]:
        return {2: "green"} if self.game % 3 == 2 else {0: "red", 2: "green"}

    def _play(self, action: int) -> tuple[float, bool]:
        self.game += 1
        over = self.game >= self._longest + action
        return 1.0 if self._same else float(action == 2), over and not self._same

    def _result(self) -> tuple[bool, float]:
        return True, 1.0


for name, settings in {"Lights": {}, "SameLights": {"same": True}}.items():
    gym.register(f"test/{name}-v0", entry_point=Lights, kwargs=settings)


def make(env_id: str, encoder: "alectors.Encoder", **config: Any) -> GRPO:
    return GRPO(env_id, encoder=encoder, **{**SMALL, **config})


def collect(agent: GRPO) -> Rollout | None:
    envs = agent._make_envs()
    try:
        agent._begin(envs)
        return agent._collect()[0]
    finally:
        envs.close()


def ready(agent: GRPO) -> None:
    """Ready to play a group by hand, as `_collect` makes it."""
    agent._cache, agent._running = None, agent.memory.nothing(agent.config.num_envs)


def weights(agent: Any) -> dict[str, bytes]:
    return {k: v.numpy().tobytes() for k, v in agent.network.state_dict().items()}


# Advantages


def played(rewards: list[list[float]], told: list[list[float]]) -> Played:
    """Episodes of equal length from their rewards and the one number that each state tells."""
    by_time = torch.tensor(rewards, dtype=torch.float64).T
    longest, count = by_time.shape
    states = ArrayBatch(
        torch.tensor(told).T.reshape(-1, 1), torch.arange(2).repeat(longest * count, 1)
    )
    return Played(
        states,
        choices=torch.zeros(longest * count, dtype=torch.long),
        log_probs=torch.zeros(longest * count),
        episodes=torch.arange(count).repeat(longest),
        times=torch.arange(longest).repeat_interleave(count),
        rewards=by_time,
    )


def test_an_advantage_is_the_return_over_its_groups_mean() -> None:
    """By hand: returns 1, 0, 0, 1 and 3, 1, 1, 1; no deviation divides them."""
    returns = torch.tensor([1, 0, 0, 1, 3, 1, 1, 1], dtype=torch.float64)
    owner = torch.arange(8) // 4
    expected = [0.5, -0.5, -0.5, 0.5, 1.5, -0.5, -0.5, -0.5]
    assert centre(returns, owner).tolist() == expected
    # Deviations of the samples: sqrt(4 * 0.25 / 3) and sqrt((2.25 + 3 * 0.25) / 3) = 1.
    divided = torch.tensor([v / 3**-0.5 for v in expected[:4]] + expected[4:])
    torch.testing.assert_close(centre(returns, owner, divide=True).float(), divided)


def test_rounding_makes_no_advantage() -> None:
    """0.1 + 0.1 + 0.1 by 3 is not 0.1 in floating point; equal returns still have none over it."""
    returns = torch.full((3,), 0.1, dtype=torch.float64)
    assert (returns - returns.mean()).abs().max() > 0
    for divide in (False, True):
        assert centre(returns, torch.zeros(3, dtype=torch.long), divide).tolist() == [0, 0, 0]


def test_every_step_has_its_episodes_advantage() -> None:
    """Of steps that begin a group: 2 episodes of returns 2 and 0, however the reward is spread."""
    rollout = played([[0, 2], [0, 0], [1, 0], [0, 0]], [[0, 1]] * 4)
    found = find_advantages(rollout, 2, GRPOConfig(groups=2, group_size=2))
    assert found.tolist() == [1, -1, 0.5, -0.5] * 2


def test_equal_states_of_a_group_are_compared() -> None:
    """By hand, γ = ½, ω = 2. State 7 is met at both times by the first and once by the second."""
    config = GRPOConfig(groups=2, group_size=2, step_groups=2.0, gamma=0.5)
    rollout = played([[0, 1], [0, 0], [0, 4], [0, 0]], [[7, 7], [7, 8], [7, 8], [9, 8]])
    found = find_advantages(rollout, 2, config)
    # Returns to go: first ½ and 1, second 0 and 0; mean of state 7 in the first group: ½.
    # The second group has states of its own: 7 (2, alone), 9 (0, alone), 8 (4 and 0).
    steps = torch.tensor([0, -0.5, 0, 0, 0.5, 0, 2, -2], dtype=torch.float64)
    episodes = torch.tensor([0.5, -0.5, 2, -2] * 2, dtype=torch.float64)
    assert found.tolist() == (episodes + 2 * steps).tolist()


def test_returns_to_go_are_discounted() -> None:
    rewards = torch.tensor([[1.0, 0], [2, 0], [4, 8]])
    assert discounted(rewards, 0.5).tolist() == [[3, 2], [4, 4], [4, 8]]


# Loss


def test_the_loss_by_hand(encoder: "alectors.Encoder") -> None:
    """The sum over steps, divided by a constant and the number of episodes: no lengths in it.

    Uniform over two actions: log-probability log ½, ratio 1 where it was that, and 1.5 and 0.5
    where it was ½ / 1.5 and ½ / 0.5.
    """
    agent = make("CartPole-v1", None, length_divisor=10.0, entropy=0.0, clip=0.2)  # type: ignore[arg-type]
    old = torch.tensor([0.5, 0.5 / 1.5, 0.5 / 0.5, 0.5 / 1.5]).log()
    rollout = Rollout(
        ArrayBatch(torch.zeros(4, 4), torch.arange(2).repeat(4, 1)),
        torch.tensor([0, 1, 0, 1]),
        old,
        torch.tensor([2.0, 1.0, -1.0, -1.0]),
        episodes=2,
    )
    loss, figures = agent._loss(rollout, torch.arange(4))
    # min(r A, clip(r) A): 2, 1.2, -0.8, -1.5
    assert loss.item() == pytest.approx(-(2 + 1.2 - 0.8 - 1.5) / (2 * 10))
    assert figures["entropy"] == pytest.approx(1.0)
    half, _ = agent._loss(rollout, torch.tensor([0, 1]))
    assert half.item() == pytest.approx(-(2 + 1.2) * 2 / (2 * 10))


def test_a_longer_episode_weighs_more_by_its_steps(encoder: "alectors.Encoder") -> None:
    """The gradient of a step is the same in a short and in a long episode: no mean over steps."""
    agent = make("CartPole-v1", None, entropy=0.0)  # type: ignore[arg-type]

    def gradient(steps: int) -> torch.Tensor:
        rollout = Rollout(
            ArrayBatch(torch.ones(steps, 4), torch.arange(2).repeat(steps, 1)),
            torch.zeros(steps, dtype=torch.long),
            torch.full((steps,), 0.5).log(),
            torch.ones(steps),
            episodes=1,
        )
        agent.optimizer.zero_grad()
        agent._loss(rollout, torch.arange(steps))[0].backward()  # type: ignore[no-untyped-call]
        found = agent.network.scorer.bias.grad
        assert found is not None
        return found.clone()

    torch.testing.assert_close(gradient(50), 10 * gradient(5))


def test_ratio_is_one_in_the_first_minibatch(encoder: "alectors.Encoder") -> None:
    """Play and update see the same probabilities: same masks, same statements, no dropout."""
    agent = make("test/Lights-v0", encoder)
    torch.nn.init.normal_(agent.network.scorer.weight, std=0.1)
    rollout = collect(agent)
    assert rollout is not None
    logits, _ = agent.network(rollout.states, agent.table)
    log_probs, _ = log_probs_and_entropy(logits, rollout.states.legal)
    ratio = (log_probs.gather(1, rollout.choices[:, None])[:, 0] - rollout.log_probs).exp()
    torch.testing.assert_close(ratio, torch.ones_like(ratio), rtol=0, atol=1e-5)
    assert abs(agent._loss(rollout, torch.arange(16))[1]["kl"]) < 1e-6
    assert rollout.log_probs.unique().numel() > 3


def test_forced_moves_have_no_entropy_and_no_gradient(encoder: "alectors.Encoder") -> None:
    agent = make("test/Lights-v0", encoder, entropy=1.0)
    rollout = collect(agent)
    assert rollout is not None
    legal = rollout.states.legal.sum(1)
    forced, free = (torch.nonzero(legal == count)[:, 0] for count in (1, 2))
    assert len(forced)
    loss, figures = agent._loss(rollout, forced)
    assert loss.item() == figures["entropy"] == 0
    # Uniform over the two of three actions that are legal: the entropy is at its maximum, 1.
    assert agent._loss(rollout, free)[1]["entropy"] == pytest.approx(1.0)


# Groups


def test_a_group_begins_alike_and_plays_one_policy(encoder: "alectors.Encoder") -> None:
    """One seed in a group, another in the next, and the weights stay until all have ended."""
    agent = make("test/Lights-v0", encoder)
    envs = agent._make_envs()
    agent._begin(envs)
    seen, policies = [], []

    def act(states: Any, episodes: torch.Tensor) -> Any:
        policies.append(weights(agent))
        if len(policies) == 1:
            seen.extend(states.statements.tolist())
        return GRPO._act(agent, states, episodes)

    ready(agent)
    with torch.no_grad():
        agent.groups.play(act)
    assert seen[0] == seen[1] == seen[2] == seen[3]
    assert seen[4] == seen[5] == seen[6] == seen[7] != seen[0]
    assert all(policy == policies[0] for policy in policies)
    for k, env in enumerate(envs.envs):
        assert env.unwrapped.np_random_seed == episode_seed(agent.seed, 0, k // 4)
    envs.close()


def test_an_ended_episode_is_not_played_on(encoder: "alectors.Encoder") -> None:
    """Its environment is not stepped, and the T steps are those that were taken."""
    agent = make("test/Lights-v0", encoder)
    envs = agent._make_envs()
    agent._begin(envs)
    taken = [0] * envs.num_envs
    for k, env in enumerate(envs.envs):
        step = env.unwrapped._play

        def count(action: int, k: int = k, step: Any = step) -> Any:
            taken[k] += 1
            return step(action)

        env.unwrapped._play = count
    ready(agent)
    with torch.no_grad():
        found = agent.groups.play(agent._act)
    envs.close()
    assert torch.bincount(found.episodes).tolist() == taken
    assert len(set(taken)) > 1
    for k, length in enumerate(taken):
        assert found.times[found.episodes == k].tolist() == list(range(length))
    assert agent.groups.summary()["length"] == pytest.approx(sum(taken) / len(taken))


def test_a_group_without_variance_is_dropped_and_counted(encoder: "alectors.Encoder") -> None:
    """Every episode earns 12: no gradient at all, not even for the entropy."""
    agent = make("test/SameLights-v0", encoder, entropy=1.0)
    before = weights(agent)
    figures: list[dict[str, float]] = []
    agent.learn(200, lambda _, seen: figures.append(seen))
    after = weights(agent)
    assert {k for k in before if before[k] != after[k]} <= {"mean", "scale"}  # of embeddings
    assert len(figures) == 3
    assert all(seen["informative"] == 0 and "policy_loss" not in seen for seen in figures)
    assert figures[0]["return"] == 12


def test_informative_groups_are_kept_whole(encoder: "alectors.Encoder") -> None:
    """One group of two differs: its steps alone are learnt from."""
    agent = make("test/Lights-v0", encoder)
    envs = agent._make_envs()
    agent._begin(envs)
    ready(agent)
    with torch.no_grad():
        found = agent.groups.play(agent._act)
    envs.close()
    found.rewards[:, :4] = 1.0
    agent.groups.play = lambda act: found  # type: ignore[method-assign]
    rollout, figures = agent._collect()
    assert figures["informative"] == 0.5
    assert rollout is not None
    assert rollout.episodes == 4
    assert len(rollout.choices) == int((found.episodes >= 4).sum())


# The whole


def test_learns_echo(encoder: "alectors.Encoder") -> None:
    agent = GRPO("alectors/Echo-v0", encoder=encoder, learning_rate=1e-3)
    agent.learn(12_288)
    result = alectors.evaluate(agent, "alectors/Echo-v0", episodes=20)
    assert result.mean_score >= 0.95


def test_same_seed_same_bytes(encoder: "alectors.Encoder") -> None:
    first, second, other = (
        make("alectors/BabyAI-GoToRedBallGrey-v0", encoder, seed=seed, step_groups=1.0)
        for seed in (3, 3, 4)
    )
    for agent in (first, second, other):
        agent.learn(300)
    assert weights(first) == weights(second)
    assert weights(first) != weights(other)


@pytest.mark.parametrize("env_id", ["test/Lights-v0", "CartPole-v1"])
def test_stopped_and_loaded_is_as_never_stopped(
    encoder: "alectors.Encoder", tmp_path: Path, env_id: str
) -> None:
    """Checkpoints fall between groups, and the number of groups says which seed is next."""
    reads = encoder if env_id.startswith("test") else None
    whole, halted = (make(env_id, reads) for _ in range(2))  # type: ignore[arg-type]
    whole.learn(900)
    halted.learn(900, lambda agent, _: agent.steps < 300)
    assert 300 <= halted.steps < 900
    halted.save(tmp_path / "agent")
    again = alectors.load(tmp_path / "agent", encoder=reads)
    again.learn(900)
    assert again.steps == whole.steps
    assert weights(again) == weights(whole)


def test_it_has_a_name(encoder: "alectors.Encoder") -> None:
    assert alectors.AGENTS["grpo"] is alectors.GRPO is GRPO
    assert make("alectors/Echo-v0", encoder).describe()["agent"] == "grpo"


@pytest.mark.slow
def test_grpo_solves_cartpole() -> None:
    agent = GRPO("CartPole-v1", seed=0)
    agent.learn(300_000)
    assert alectors.evaluate(agent, "CartPole-v1").mean_return >= 475


@pytest.mark.parametrize(
    ("config", "words"),
    [({"group_size": 1}, "group_size"), ({"length_divisor": 0.0}, "length_divisor")],
)
def test_wrong_configurations_are_told(config: dict[str, Any], words: str) -> None:
    with pytest.raises(InvalidArgument, match=words):
        GRPO("CartPole-v1", **config)
