"""What a user replaces by argument: schedules, rewards, network, pooling, optimiser, callbacks."""

import math
import re
import runpy
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
import torch
from small import SETTINGS, SMALL

import alectors
from alectors.callbacks import EvaluateEvery, StopOnTarget, Together, crossed
from alectors.cli import main
from alectors.envs.errors import InvalidArgument
from alectors.mlp import MlpNetwork
from alectors.network import StatementNetwork
from alectors.pooling import POOLINGS, pool_tokens
from alectors.ppo import PPO
from alectors.schedules import SCHEDULES, scheduled

PART = 256
"""Steps in which every algorithm has updates."""
ECHO = "alectors/Echo-v0"


def make(name: str, **more: Any) -> alectors.Agent:
    return alectors.AGENTS[name]("CartPole-v1", **{**SETTINGS[name], **more})


def weights(agent: alectors.Agent) -> dict[str, bytes]:
    return {k: v.numpy().tobytes() for k, v in agent.network.state_dict().items()}


# Schedules and rewards


def test_schedules_begin_and_end_where_they_should() -> None:
    for name in ("linear", "cosine"):
        assert scheduled(name, 0.3, 0.1, 0.0) == 0.3
        assert scheduled(name, 0.3, 0.1, 1.0) == pytest.approx(0.1)
        assert scheduled(name, 0.3, 0.1, 0.5) == pytest.approx(0.2)
    assert scheduled("cosine", 1.0, 0.0, 0.25) == pytest.approx((1 + math.sqrt(0.5)) / 2)
    assert scheduled("constant", 0.3, 0.1, 1.0) == 0.3


@pytest.mark.parametrize("schedule", list(SCHEDULES))
@pytest.mark.parametrize("name", list(alectors.AGENTS))
def test_every_agent_follows_its_schedule(name: str, schedule: str) -> None:
    agent = make(name, schedule=schedule, learning_rate=0.01, final_learning_rate=0.002)
    seen: list[tuple[int, float]] = [(0, 0.01)]
    total = 4 * PART

    def look(agent: alectors.Agent, _: dict[str, float]) -> None:
        seen.append((agent.steps, agent.optimizer.param_groups[0]["lr"]))

    agent.learn(total, look)
    assert len(seen) > 3
    for (before, _), (_, rate) in pairwise(seen):
        assert rate == pytest.approx(scheduled(schedule, 0.01, 0.002, before / total))


@pytest.mark.parametrize("name", list(alectors.AGENTS))
def test_rewards_are_scaled_for_learning_and_not_in_the_log(name: str) -> None:
    logs: list[list[float]] = [[], []]
    learnt = []
    for log, scale in zip(logs, (1.0, 100.0), strict=True):
        agent = make(name, reward_scale=scale)
        agent.learn(
            PART,
            lambda _, figures, log=log: log.append(figures.get("return", 0.0)),  # type: ignore[misc]
        )
        learnt.append(weights(agent))
    assert logs[0][0] == logs[1][0]  # what was played before anything was learnt
    assert learnt[0] != learnt[1]


def test_a_collector_gives_scaled_rewards() -> None:
    agent = PPO("CartPole-v1", reward_scale=0.25, **SMALL)
    envs = agent._make_envs()
    agent._begin(envs)
    step = agent.collector.step(torch.zeros(4, dtype=torch.long))
    envs.close()
    assert step.rewards.tolist() == [0.25] * 4
    assert agent.collector._returns.tolist() == [1.0] * 4


# Parts


class Doubled(MlpNetwork):
    """Whose values are twice what they were."""

    def forward(self, batch: Any, table: Any = None, cache: Any = None) -> Any:
        logits, values = super().forward(batch, table, cache)
        return logits, 2 * values


class FirstToken(StatementNetwork):
    """Which knows a statement by its first token."""

    def read_statements(self, rows: Any, table: Any) -> Any:
        tokens, mask = table.tokens(rows)
        first = mask.sum(1).cumsum(0) - mask.sum(1)
        return self.adapter(tokens[first])


def with_momentum(parameters: Any, lr: float) -> torch.optim.Optimizer:
    return torch.optim.SGD(parameters, lr=lr, momentum=0.9)


@pytest.mark.parametrize("name", list(alectors.AGENTS))
def test_an_own_network_is_saved_and_loaded(name: str, tmp_path: Path) -> None:
    agent = make(name, network_class=Doubled)
    assert isinstance(agent.network, Doubled)
    agent.learn(PART)
    agent.save(tmp_path / "agent")
    again = alectors.load(tmp_path / "agent")
    assert isinstance(again.network, Doubled)
    assert weights(again) == weights(agent)


def test_an_own_network_reads_pages(encoder: "alectors.Encoder", tmp_path: Path) -> None:
    agent = PPO(ECHO, encoder=encoder, network_class=f"{__name__}:FirstToken", **SMALL)
    agent.learn(128)
    agent.save(tmp_path / "agent")
    again = alectors.load(tmp_path / "agent", encoder=encoder)
    for one in (agent, again):
        one.learn(256)
    assert isinstance(again.network, FirstToken)
    assert weights(again) == weights(agent)


@pytest.mark.parametrize("kind", [torch.optim.SGD, "torch.optim:RMSprop", with_momentum])
@pytest.mark.parametrize("name", list(alectors.AGENTS))
def test_an_own_optimiser_goes_on_after_loading(name: str, kind: Any, tmp_path: Path) -> None:
    agent = make(name, optimizer_class=kind, learning_rate=1e-3)
    assert type(agent.optimizer) is not torch.optim.Adam
    part = PART
    agent.learn(2 * part, lambda agent, _: agent.steps < part)
    agent.save(tmp_path / "agent")
    again = alectors.load(tmp_path / "agent")
    assert type(again.optimizer) is type(agent.optimizer)
    for one in (agent, again):
        one.learn(2 * part)
    assert weights(again) == weights(agent)


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({"network_class": lambda *_: None}, "top level of a module"),
        ({"network_class": "nowhere:Net"}, "cannot be imported"),
        ({"optimizer_class": "torch.optim:Adan"}, "Did you mean 'Adam'"),
        ({"schedule": "cosin"}, "Did you mean 'cosine'"),
        ({"reward_scale": 0.0}, "reward_scale must be more than 0"),
        ({"network": {"pooling": "median"}}, "network.pooling='median'"),
    ],
)
def test_wrong_parts_are_told(given: dict[str, Any], words: str) -> None:
    with pytest.raises(InvalidArgument, match=re.escape(words)):
        PPO("CartPole-v1", **given)


# Pooling


def test_pooling_known_answers() -> None:
    tokens = torch.tensor([[1.0, -4.0], [3.0, -2.0], [5.0, 7.0]])
    mask = torch.tensor([[True, True], [False, False], [True, False]])
    mean, largest = (pool_tokens(tokens, mask, name) for name in ("mean", "max"))
    assert mean.tolist() == [[2.0, -3.0], [0.0, 0.0], [5.0, 7.0]]
    assert largest.tolist() == [[3.0, -2.0], [0.0, 0.0], [5.0, 7.0]]


@pytest.mark.parametrize("pooling", POOLINGS)
def test_every_pooling_learns_the_same_twice(encoder: "alectors.Encoder", pooling: str) -> None:
    agents = [PPO(ECHO, encoder=encoder, network={"pooling": pooling}, **SMALL) for _ in range(2)]
    before = weights(agents[0])
    for agent in agents:
        agent.learn(256)
    after = weights(agents[0])
    assert after == weights(agents[1])
    assert all(after[name] != before[name] for name in after if name.startswith("adapter"))


# Callbacks


def test_a_multiple_is_crossed_once() -> None:
    steps = [0, 64, 128, 192, 256]
    assert [b for a, b in pairwise(steps) if crossed(b, a, 100)] == [128, 256]


def test_the_best_agent_is_kept_and_learning_is_not_disturbed(tmp_path: Path) -> None:
    """What is kept is what was evaluated best, and weights are those without any evaluation."""
    plain, watched = make("ppo"), make("ppo")
    kept: dict[float, dict[str, bytes]] = {}

    def remember(agent: alectors.Agent, figures: dict[str, float]) -> None:
        if "eval_return" in figures:
            kept.setdefault(figures["eval_return"], weights(agent))

    callback = EvaluateEvery(100, episodes=3, keep_best=tmp_path / "best")
    watched.learn(512, Together(callback, remember))
    plain.learn(512)
    assert weights(watched) == weights(plain)
    assert len(kept) >= 2
    assert callback.best == max(kept)
    best = alectors.load(tmp_path / "best")
    assert weights(best) == kept[max(kept)]
    again = alectors.evaluate(best, "CartPole-v1", episodes=3, seed=1_000_000)
    assert again.mean_return == callback.best


def test_evaluations_are_on_levels_of_the_training_split(
    encoder: "alectors.Encoder", monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = []
    real = alectors.evaluate
    monkeypatch.setattr(
        "alectors.evaluation.evaluate",
        lambda *given, **named: asked.append(named["split"]) or real(*given, **named),
    )
    PPO(ECHO, encoder=encoder, **SMALL).learn(64, EvaluateEvery(64, episodes=1))
    PPO("CartPole-v1", **SMALL).learn(64, EvaluateEvery(64, episodes=1))
    assert asked == ["train", None]


def test_a_target_stops() -> None:
    agent = make("ppo")
    stop = StopOnTarget("return", 3.0, window=4)
    figures = [(2, 9.0), (1, 1.0), (4, 2.0), (2, 6.0)]
    answers = [stop(agent, {"episodes": float(n), "return": value}) for n, value in figures]
    assert answers == [True, True, True, False]  # too few; too few; 2.0; (4 · 2 + 2 · 6) / 6
    stop = StopOnTarget("eval_return", 5.0)
    assert stop(agent, {"episodes": 9.0, "return": 9.0})
    assert not stop(agent, {"episodes": 0.0, "eval_return": 5.0})
    with pytest.raises(InvalidArgument, match="Did you mean 'success'"):
        StopOnTarget("sucess", 1.0)


def test_together_calls_all_and_stops_on_any() -> None:
    called: list[str] = []
    agent = make("ppo")
    joined = Together(
        lambda *_: called.append("first") or False,
        lambda *_: called.append("second"),
        StopOnTarget("return", 1.0),
    )
    agent.learn(512, joined)
    assert agent.steps == 64
    assert called == ["first", "second"]
    again = Together(lambda *_: None, lambda *_: None, StopOnTarget("return", 1.0))
    again.take_state(joined.state())
    assert again.state() == joined.state()


def test_the_command_line_keeps_the_best(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = tmp_path / "run"
    argv = ["train", "CartPole-v1", "--out", str(folder), "--steps", "256", "--episodes", "0",
            "--eval-every", "64", "--eval-episodes", "2",
            "--optimizer-class", "torch.optim:SGD", "--config.schedule", "constant"]  # fmt: skip
    assert main([*argv, *(f"--config.{name}={value}" for name, value in SMALL.items())]) == 0
    best = alectors.load(folder / "best")
    assert type(best.optimizer) is torch.optim.SGD
    assert 64 <= best.steps <= 256
    assert main(["evaluate", str(folder / "best"), "--episodes", "2"]) == 0
    assert "ppo" in capsys.readouterr().out
    assert main(["train", "CartPole-v1", "--eval-episodes", "2"]) == 2
    assert "--eval-every" in capsys.readouterr().err


# Documentation

GUIDE = Path(__file__).parents[1] / "CONTRIBUTING.md"
BLOCKS = re.findall(r"^```python\n(.*?)^```", GUIDE.read_text(), re.MULTILINE | re.DOTALL)


@pytest.mark.parametrize("number", range(5))
def test_the_examples_run(number: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert len(BLOCKS) == 5
    monkeypatch.chdir(tmp_path)
    (tmp_path / "example.py").write_text(BLOCKS[number])
    runpy.run_path("example.py", run_name="__main__")
