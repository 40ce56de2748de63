"""What SAC and DDQN share: that they learn, resume, and tell an end from a cut."""

from pathlib import Path
from typing import Any

import gymnasium as gym
import numpy as np
import pytest
import torch

import alectors
from alectors.envs.errors import InvalidArgument, UnknownName
from alectors.offpolicy import exploration, stray
from alectors.qvalues import action_values, best_actions

BOTH = pytest.mark.parametrize("name", ["sac", "ddqn"])
SMALL = {"num_envs": 4, "num_steps": 16, "minibatch_size": 16, "learning_starts": 32, "n_step": 3}


class Endless(gym.Env[int, int]):
    """Reward 1 at every step for ever; cut every 5 steps."""

    observation_space = gym.spaces.Discrete(2)
    action_space = gym.spaces.Discrete(2)

    def reset(self, *, seed: int | None = None, options: Any = None) -> tuple[int, dict[str, Any]]:
        super().reset(seed=seed)
        self.time = 0
        return 0, {}

    def step(self, action: int) -> tuple[int, float, bool, bool, dict[str, Any]]:
        self.time += 1
        return self.time % 2, 1.0, False, self.time == 5, {}


gym.register("test/Endless-v0", entry_point=Endless)


def make(name: str, encoder: "alectors.Encoder", seed: int = 0, **config: Any) -> Any:
    return alectors.AGENTS[name]("alectors/Echo-v0", encoder=encoder, seed=seed, **SMALL, **config)


def weights(agent: Any) -> dict[str, bytes]:
    return {
        f"{file}.{name}": tensor.detach().numpy().tobytes()
        for file, tensors in agent.tensors().items()
        for name, tensor in tensors.items()
    }


@BOTH
def test_same_seed_same_bytes(encoder: "alectors.Encoder", name: str) -> None:
    first, second, other = (make(name, encoder, seed) for seed in (3, 3, 4))
    for agent in (first, second, other):
        agent.learn(192)
    assert weights(first) == weights(second)
    assert weights(first) != weights(other)


@BOTH
def test_stopped_and_loaded_is_as_never_stopped(
    encoder: "alectors.Encoder", tmp_path: Path, name: str
) -> None:
    """Networks, optimisers, replay, windows that are open, and random state: all goes on."""
    whole, halted = make(name, encoder), make(name, encoder)
    whole.learn(256)
    halted.learn(256, lambda agent, _: agent.steps < 128)
    halted.save(tmp_path / "agent")
    again = alectors.load(tmp_path / "agent", encoder=encoder)
    assert weights(again) == weights(halted)
    assert len(again.replay) == len(halted.replay) > 100
    again.learn(256)
    assert weights(again) == weights(whole)


@BOTH
def test_learns_echo(encoder: "alectors.Encoder", name: str) -> None:
    agent = alectors.AGENTS[name]("alectors/Echo-v0", encoder=encoder, gamma=0.5, n_step=1)
    agent.learn(5_120)
    result = alectors.evaluate(agent, "alectors/Echo-v0", episodes=20)
    assert result.mean_score >= 0.95


@BOTH
def test_truncation_is_not_termination(name: str) -> None:
    """Reward 1 for ever, cut every 5 steps, is worth 1 / (1 - γ); as an end it would be under 3."""
    agent: Any = alectors.AGENTS[name](
        "test/Endless-v0",
        **SMALL,
        gamma=0.8,
        learning_rate=5e-3,
        **{"ddqn": {"target_every": 8}, "sac": {"smoothing": 0.1}}[name],
        network={"width": 16},
    )
    agent.learn(3_072)
    batch = agent.reader.read([0, 1], [{}, {}])
    critic = agent.network if name == "ddqn" else agent.critics[0]
    values = action_values(critic(batch), batch.legal)
    assert values.detach().numpy() == pytest.approx(5.0, abs=0.25)


@BOTH
def test_cartpole_is_soon_balanced_longer(name: str) -> None:
    """A random agent keeps the pole up for 20 steps."""
    agent = alectors.AGENTS[name]("CartPole-v1", seed=0, update_every=1)
    agent.learn(8_192)
    assert alectors.evaluate(agent, "CartPole-v1", episodes=10).mean_return > 60


@pytest.mark.slow
@pytest.mark.parametrize("seed", [0, 1])
@BOTH
def test_solves_cartpole(name: str, seed: int) -> None:
    """Without random actions at first SAC ends at 150 on most seeds: it runs off the track."""
    agent = alectors.AGENTS[name]("CartPole-v1", seed=seed)
    agent.learn(50_000)
    assert alectors.evaluate(agent, "CartPole-v1").mean_return >= 475


@pytest.mark.parametrize("share", [0.0, 0.5, 1.0])
def test_exploration_is_a_share_of_legal_actions(share: float) -> None:
    legal = torch.tensor([[True, False, True]] * 4_000)
    chosen = torch.full((4_000,), 2)
    found = stray(chosen, legal, share, torch.Generator().manual_seed(0))
    assert set(found.tolist()) <= {0, 2}
    assert (found == 0).float().mean().item() == pytest.approx(share / 2, abs=0.03)


@BOTH
def test_exploration_falls_with_the_steps(name: str) -> None:
    agent = alectors.AGENTS[name]("CartPole-v1", **SMALL, exploration_steps=100)
    shares = []
    for agent.steps in (0, 50, 1_000):
        shares.append(exploration(agent))
    assert shares == pytest.approx([1.0, 0.525, 0.05])


@BOTH
@pytest.mark.parametrize("share", [0.0, 1.0])
def test_what_is_collected_strays(name: str, share: float) -> None:
    """The heads are made sure of action 1; random actions are tried beside it all the same."""
    given = {"exploration": share, "final_exploration": share}
    agent: Any = alectors.AGENTS[name]("CartPole-v1", **SMALL, **given)
    torch.nn.init.constant_(agent.network.scorer.bias[1:], 100.0)
    agent.learn(64, lambda *_: False)
    tried = agent.replay.tensors()["choices"][:60].float().mean().item()
    assert tried == pytest.approx(1 - share / 2, abs=0.2)
    assert (tried == 1.0) == (share == 0.0)


@BOTH
def test_priorities_follow_the_errors(name: str) -> None:
    agent: Any = alectors.AGENTS[name]("CartPole-v1", **SMALL, priority=1.0)
    agent.learn(64)
    before = agent.replay.tensors()["priorities"]
    agent._update()
    after = agent.replay.tensors()["priorities"]
    assert 0 < (before != after).sum() <= 16
    assert (after[before > 0] > 0).all()


@BOTH
def test_figures_say_what_happens(encoder: "alectors.Encoder", name: str) -> None:
    seen: list[dict[str, float]] = []
    make(name, encoder).learn(128, lambda _, figures: seen.append(figures))
    own = {"sac": {"critic_loss", "policy_loss", "temperature", "entropy"}, "ddqn": {"q_loss"}}
    for figure in own[name] | {"q", "replay", "episodes", "return"}:
        assert np.isfinite(seen[-1][figure]), figure
    assert seen[-1]["replay"] <= 128


def test_dueling_is_over_the_legal_actions_alone() -> None:
    """Q = V + A - mean A by hand; what stands in illegal columns, even -inf or 1e9, is nothing."""
    legal = torch.tensor([[True, True, False], [False, True, False], [False, False, False]])
    logits = torch.tensor([[1.0, 3.0, 1e9], [-torch.inf, 5.0, 7.0], [-torch.inf, 0.0, 0.0]])
    logits.requires_grad_()
    values = action_values((logits, torch.tensor([10.0, 20.0, 30.0])), legal)
    assert values.tolist() == [[9.0, 11.0, 0.0], [0.0, 20.0, 0.0], [0.0, 0.0, 0.0]]
    values.sum().backward()
    assert torch.isfinite(logits.grad).all()  # type: ignore[arg-type]


def test_the_best_action_is_legal() -> None:
    legal = torch.tensor([[True, True, False], [False, True, False], [False, False, False]])
    values = torch.tensor([[-2.0, -1.0, 0.0], [9.0, -5.0, 1e9], [0.0, 0.0, 0.0]])
    assert best_actions(values, legal).tolist() == [1, 1, 0]


@BOTH
@pytest.mark.parametrize(
    ("config", "error", "words"),
    [
        ({"n_steps": 1}, UnknownName, "n_step"),
        ({"gamma": 1.5}, InvalidArgument, "gamma"),
        ({"replay_size": 16}, InvalidArgument, "holds at least"),
        ({"exploration": 1.5}, InvalidArgument, "exploration"),
    ],
)
def test_wrong_configurations_are_told(
    name: str, config: dict[str, Any], error: type[Exception], words: str
) -> None:
    with pytest.raises(error, match=words):
        alectors.AGENTS[name]("CartPole-v1", **config)
