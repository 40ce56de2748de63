"""Agents without words: any Gymnasium environment, by the same update."""

import subprocess
import sys
from io import StringIO
from pathlib import Path
from typing import Any

import gymnasium as gym
import numpy as np
import pytest
import torch
from rich.console import Console

import alectors
from alectors.arrays import ArrayReader
from alectors.baselines import RandomAgent
from alectors.cli import main
from alectors.envs.errors import InvalidArgument
from alectors.training import Run

SMALL = {"num_envs": 4, "num_steps": 16, "minibatch_size": 32}
SYMBOLIC = {"narration": "symbolic"}


def weights(agent: Any) -> dict[str, bytes]:
    return {k: v.numpy().tobytes() for k, v in agent.network.state_dict().items()}


def test_bounded_numbers_are_scaled_and_others_kept() -> None:
    box = gym.spaces.Box(
        np.array([0, -np.inf, -3.4e38, 2], np.float32), np.array([10, 1, 3.4e38, 2], np.float32)
    )
    reader = ArrayReader("test", box, gym.spaces.Discrete(3))
    read = reader.read([np.array([7.5, -4, 5, 2], np.float32)], [{"action_mask": [1, 0, 1]}])
    torch.testing.assert_close(read.observations, torch.tensor([[0.5, -4, 5, 2]]))
    assert read.actions.tolist() == [[0, -1, 2]]
    assert read.legal.tolist() == [[True, False, True]]
    assert reader.read([box.low], [{}]).legal.all()


def test_a_number_of_a_discrete_space_becomes_one_hot() -> None:
    reader = ArrayReader("test", gym.spaces.Discrete(4), gym.spaces.Discrete(2))
    assert reader.read([2, 0], [{}, {}]).observations.tolist() == [[0, 0, 1, 0], [1, 0, 0, 0]]


def test_cartpole_is_soon_balanced_longer() -> None:
    """A random agent keeps the pole up for 20 steps; 12k steps of learning for 100 and more."""
    agent = alectors.PPO("CartPole-v1", encoder=None, seed=0)
    agent.learn(12_288)
    result = alectors.evaluate(agent, "CartPole-v1", episodes=10)
    assert result.split == ""
    assert result.env_kwargs == {}
    random = alectors.evaluate(RandomAgent(), "CartPole-v1", episodes=10)
    assert random.mean_return < 40
    assert result.mean_return > 100


@pytest.mark.slow
@pytest.mark.parametrize("seed", [0, 1, 2])
def test_ppo_solves_cartpole(seed: int) -> None:
    agent = alectors.PPO("CartPole-v1", seed=seed)
    agent.learn(100_000)
    assert alectors.evaluate(agent, "CartPole-v1").mean_return >= 475


@pytest.mark.parametrize("env_id", ["alectors/Chess-v0", "alectors/BabyAI-GoToLocal-v0"])
def test_symbolic_narrations_train_by_the_same_code(env_id: str) -> None:
    """The mask of the environment is used: an illegal action would raise."""
    settings = {**SYMBOLIC, "on_invalid": "error", "max_steps": 10}
    agents = [alectors.PPO(env_id, seed=0, env_kwargs=settings, **SMALL) for _ in range(2)]
    before = weights(agents[0])
    for agent in agents:
        agent.learn(128)
    assert weights(agents[0]) == weights(agents[1])
    assert weights(agents[0]) != before
    result = alectors.evaluate(agents[0], env_id, episodes=2, env_kwargs=settings)
    assert result.split == "test"


def test_a_run_is_kept_and_gone_on_with(tmp_path: Path) -> None:
    agent = alectors.PPO("CartPole-v1", seed=2, **SMALL)
    Run(agent, tmp_path, 128, console=Console(file=StringIO())).train()
    again = alectors.load(tmp_path)
    assert weights(again) == weights(agent)
    assert again.describe()["encoder"] is None
    env = gym.make("CartPole-v1")
    observation, info = env.reset(seed=0)
    assert again.choose_action(observation, info) == agent.choose_action(observation, info)
    for one in (agent, again):
        one.learn(192)
    assert weights(again) == weights(agent)


WITHOUT_ENCODER = """
import sys
sys.modules["transformers"] = None  # importing it raises now
import alectors
agent = alectors.PPO("CartPole-v1", num_envs=2, num_steps=8, minibatch_size=16)
agent.learn(16)
assert agent.encoder is None and agent.table is None
print(agent.steps)
"""


def test_no_encoder_is_loaded() -> None:
    finished = subprocess.run(
        [sys.executable, "-c", WITHOUT_ENCODER], capture_output=True, text=True, check=False
    )
    assert finished.returncode == 0, finished.stderr
    assert finished.stdout == "16\n"


def test_pages_need_an_encoder_and_arrays_none() -> None:
    with pytest.raises(InvalidArgument, match="told in words"):
        alectors.PPO("alectors/Echo-v0", encoder=None)
    with pytest.raises(InvalidArgument, match="leave out the encoder"):
        alectors.PPO("alectors/Chess-v0", encoder="some/encoder", env_kwargs=SYMBOLIC)


def test_the_command_line_trains_and_scores(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    options = ["--config.num_envs", "2", "--config.num_steps", "16", "--config.minibatch_size", "8"]
    command = ["train", "CartPole-v1", "--steps", "64", "--episodes", "2", "--out", str(tmp_path)]
    assert main([*command, *options]) == 0
    shown = capsys.readouterr().out
    assert "no test levels" in shown
    assert "random" in shown
    for word in ("oracle", "success", "statements"):
        assert word not in shown
    assert main(["evaluate", str(tmp_path), "--episodes", "1"]) == 0
