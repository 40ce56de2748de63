"""Numbers that are not finite stop a run, are told, and leave the last good checkpoint."""

import json
import math
from io import StringIO
from pathlib import Path
from typing import Any

import gymnasium as gym
import numpy as np
import pytest
import torch
from rich.console import Console
from small import SETTINGS, SMALL

import alectors
from alectors.checkpoints import checkpoints
from alectors.cli import main
from alectors.envs.errors import Diverged
from alectors.guards import tell_batch
from alectors.ppo import PPO
from alectors.training import Run

OPTIONS = [f"--config.{name}={value}" for name, value in SMALL.items()]


class Poison(gym.Env[Any, Any]):
    """Two actions and a reward of 1, until the 20th step of an episode gives NaN."""

    observation_space = gym.spaces.Box(-1, 1, (2,))
    action_space = gym.spaces.Discrete(2)

    def reset(self, *, seed: int | None = None, options: Any = None) -> tuple[Any, dict[str, Any]]:
        super().reset(seed=seed)
        self.steps = 0
        return np.zeros(2, dtype=np.float32), {}

    def step(self, action: int) -> tuple[Any, float, bool, bool, dict[str, Any]]:
        self.steps += 1
        reward = math.nan if self.steps == 20 else 1.0
        return np.zeros(2, dtype=np.float32), reward, False, self.steps == 30, {}


gym.register("test/Poison-v0", entry_point=Poison)


def finite(agent: alectors.Agent) -> bool:
    return all(bool(torch.isfinite(value).all()) for value in agent.network.state_dict().values())


def test_a_planted_nan_stops_the_run(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folder = tmp_path / "run"
    argv = ["train", "test/Poison-v0", "--out", str(folder), "--steps", "1024", "--episodes", "0"]
    assert main([*argv, "--checkpoint-every", "64", *OPTIONS]) == 2
    err = capsys.readouterr().err
    assert err.startswith("alectors: The loss is nan after 128 steps.")
    assert err.count("\n") == 1
    assert f"alectors train --resume {folder} --config.learning_rate 0.00025" in err
    told = json.loads((folder / "diverged.json").read_text())
    assert told["steps"] == 128
    assert told["figures"]["value_loss"] == "nan"
    returns = told["batch"]["batch.returns"]
    assert 0 < returns["not_finite"] <= returns["shape"][0] == 64
    assert told["batch"]["batch.log_probs"]["not_finite"] == 0
    assert told["batch"]["batch.log_probs"]["mean"] == pytest.approx(-math.log(2), abs=0.01)
    assert [place.name for place in checkpoints(folder)] == ["step-000000000", "step-000000064"]
    assert alectors.load(folder).steps == 64
    assert finite(alectors.load(folder))


def test_a_run_goes_on_with_a_lower_rate(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = tmp_path / "run"
    argv = ["train", "CartPole-v1", "--out", str(folder), "--steps", "256", "--episodes", "0"]
    assert main([*argv, *OPTIONS, "--config.learning_rate", "1e30"]) == 2
    assert (folder / "diverged.json").exists()
    assert "with a lower learning rate" in capsys.readouterr().err
    resume = ["train", "--resume", str(folder), "--episodes", "0"]
    assert main([*resume, "--config.learning_rate", "1e-3"]) == 0
    assert not (folder / "diverged.json").exists()
    agent = alectors.load(folder)
    assert agent.steps == 256
    assert finite(agent)


@pytest.mark.parametrize("name", list(alectors.AGENTS))
def test_weights_that_are_not_finite_stop_every_agent(name: str, tmp_path: Path) -> None:
    """Whatever an algorithm does with them: nothing is drawn, learnt or saved from them."""
    agent = alectors.AGENTS[name]("CartPole-v1", **SETTINGS[name])

    def plant(agent: alectors.Agent, _: dict[str, float]) -> None:
        if agent.steps >= 64:
            next(agent.network.parameters()).data[0] = math.nan

    run = Run(agent, tmp_path, 20_000, console=Console(file=StringIO()), callback=plant)
    with pytest.raises(Diverged, match=r"lower learning rate"):
        run.train()
    assert (tmp_path / "diverged.json").exists()
    assert finite(alectors.load(tmp_path))


def test_weights_that_are_not_finite_are_not_saved(tmp_path: Path) -> None:
    agent = PPO("CartPole-v1", **SMALL)
    run = Run(agent, tmp_path, 128, console=Console(file=StringIO()))
    agent.network.value.bias.data[0] = math.inf
    with pytest.raises(Diverged, match=r"value\.bias"):
        run.save()
    assert checkpoints(tmp_path) == []


def test_a_gradient_that_is_not_finite_changes_nothing() -> None:
    """The loss is finite here: 0 · sqrt(0), whose gradient is 0 · ∞."""
    agent = PPO("CartPole-v1", **SMALL)
    before = {name: value.clone() for name, value in agent.network.state_dict().items()}
    bias = agent.network.scorer.bias  # zero at the beginning
    batch = {"bias": bias.detach(), "row": torch.tensor([1.0, 2.0, 9.0])}
    with pytest.raises(Diverged, match="norm of the gradient is nan") as caught:
        agent._descend((bias * 0).sqrt().sum(), {"kl": 0.0}, batch, torch.tensor([0, 1]))
    told = caught.value.statistics
    assert told["gradients"]["not_finite"] == ["scorer.bias"]
    assert told["weights"]["not_finite"] == []
    assert told["batch"]["batch.row"]["maximum"] == 2.0
    for name, value in agent.network.state_dict().items():
        assert torch.equal(value, before[name]), name


def test_statistics_are_of_what_is_finite() -> None:
    told = tell_batch((torch.tensor([1.0, 3.0, math.nan, math.inf]), torch.tensor([True, False])))
    assert told["batch.0"] == {
        "shape": [4], "not_finite": 2, "mean": 2.0, "deviation": 1.0, "minimum": 1.0,
        "maximum": 3.0,
    }  # fmt: skip
    assert told["batch.1"]["mean"] == 0.5
