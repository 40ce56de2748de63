"""Killed and resumed is as never killed; damaged checkpoints are refused by name."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from io import StringIO
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from rich.console import Console
from small import SETTINGS, SMALL

import alectors
from alectors.callbacks import EvaluateEvery, Together
from alectors.checkpoints import DamagedCheckpoint, checkpoints
from alectors.cli import main
from alectors.envs.errors import DamagedFile, InvalidArgument
from alectors.ppo import PPO
from alectors.recent import RecentMeans
from alectors.training import Run, open_board

pytestmark = pytest.mark.skipif(os.name != "posix", reason="signals")

ENVS = ["CartPole-v1", "alectors/Echo-v0"]
STEPS = 512
TIMES = {"seconds", "steps_per_second", "encoder_seconds"}
TIMED_FILES = {"run.json", "manifest.json"}
"""The files of a checkpoint that hold times, or digests of such files."""


def commands(agent: str, env_id: str, folder: Path) -> tuple[list[str], list[str]]:
    """What begins a run, and what goes on with it."""
    config = {"disk_cache": "false", **SETTINGS[agent]}
    first = ["train", env_id, "--agent", agent, "--out", str(folder), "--steps", str(STEPS),
             "--seed", "3", "--episodes", "0", "--checkpoint-every", "130",
             "--eval-every", "200", "--eval-episodes", "2"]  # fmt: skip
    first += [f"--config.{name}={value}" for name, value in config.items()]
    return first, ["train", "--resume", str(folder), "--episodes", "0"]


Player = Callable[..., list[int]]


@pytest.fixture(scope="module")
def play_all() -> Iterator[Player]:
    """Trains in processes that are killed, and resumes; gives their exit statuses."""
    script = Path(__file__).with_name("killing.py")
    pipe = subprocess.PIPE
    server = subprocess.Popen([sys.executable, str(script)], stdin=pipe, stdout=pipe, text=True)

    def play(agent: str, env_id: str, folder: Path, kills: Sequence[int] = ()) -> list[int]:
        first, again = commands(agent, env_id, folder)
        told = {"first": first, "again": again, "folder": str(folder), "kills": list(kills)}
        assert server.stdin is not None
        assert server.stdout is not None
        server.stdin.write(json.dumps(told) + "\n")
        server.stdin.flush()
        statuses: list[int] = json.loads(server.stdout.readline())
        assert statuses[-1] == 0
        return statuses

    yield play
    server.communicate()


def contents(run: Path) -> dict[str, bytes]:
    """The files of the last checkpoint, and of the best agent."""
    (*_, place) = checkpoints(run)
    files = [*place.iterdir(), *(run / "best").iterdir()]
    return {
        f"{file.parent.name}/{file.name}": file.read_bytes()
        for file in files
        if file.name not in TIMED_FILES
    }


def rows(run: Path) -> list[dict[str, float]]:
    lines = (run / "progress.jsonl").read_text().splitlines()
    return [{k: v for k, v in json.loads(line).items() if k not in TIMES} for line in lines]


def scalars(run: Path) -> dict[str, list[tuple[int, float]]]:
    """What TensorBoard shows."""
    from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

    board = EventAccumulator(str(run / "tensorboard"))
    board.Reload()
    tags = [tag for tag in board.Tags()["scalars"] if tag not in TIMES]
    return {tag: [(event.step, event.value) for event in board.Scalars(tag)] for tag in tags}


def assert_alike(run: Path, other: Path) -> None:
    found, expected = contents(run), contents(other)
    assert found.keys() == expected.keys()
    assert [name for name in found if found[name] != expected[name]] == []
    assert any(name.endswith("model.safetensors") for name in found)
    assert rows(run) == rows(other)
    assert scalars(run) == scalars(other)
    assert not [path for path in run.rglob(".*") if path.suffix in (".tmp", ".old")]


@pytest.mark.parametrize("env_id", ENVS)
@pytest.mark.parametrize("agent", list(alectors.AGENTS))
def test_killed_anywhere_and_resumed_is_as_never_killed(
    agent: str, env_id: str, tmp_path: Path, play_all: Player
) -> None:
    """Kills at touches of the folder: between two files of a checkpoint, and between renames."""
    whole, killed = tmp_path / "whole", tmp_path / "killed"
    play_all(agent, env_id, whole)
    random = np.random.default_rng(len(agent) + len(env_id))
    kills = random.integers(1, 80, size=4).tolist()
    statuses = play_all(agent, env_id, killed, kills)
    assert statuses.count(-signal.SIGKILL) >= 2
    assert_alike(killed, whole)
    assert any("eval_return" in row for row in rows(whole))


@pytest.mark.slow
@pytest.mark.timeout(1800)
@pytest.mark.parametrize("env_id", ENVS)
@pytest.mark.parametrize("agent", list(alectors.AGENTS))
def test_killed_at_any_time_and_resumed_is_as_never_killed(
    agent: str, env_id: str, tmp_path: Path, play_all: Player
) -> None:
    """Kills from outside, after a random number of rows and of milliseconds."""
    whole, killed = tmp_path / "whole", tmp_path / "killed"
    play_all(agent, env_id, whole)
    random = np.random.default_rng(len(agent) * len(env_id))
    begin, again = commands(agent, env_id, killed)
    statuses = []
    for share in (0.1, 0.3, 0.6):
        argv = again if any(killed.glob("checkpoints/step-*")) else begin
        process = subprocess.Popen([sys.executable, "-m", "alectors.cli", *argv])
        while process.poll() is None and len(lines(killed)) < share * len(lines(whole)):
            time.sleep(0.01)
        time.sleep(float(random.uniform(0, 0.05)))
        process.kill()
        statuses.append(process.wait())
    assert -signal.SIGKILL in statuses
    subprocess.run([sys.executable, "-m", "alectors.cli", *again], check=True)
    assert_alike(killed, whole)


def lines(run: Path) -> list[str]:
    log = run / "progress.jsonl"
    return log.read_text().splitlines() if log.exists() else []


@pytest.mark.parametrize("env_id", ENVS)
@pytest.mark.parametrize("name", list(alectors.AGENTS))
def test_ctrl_c_and_resumed_is_as_never_stopped(
    name: str, env_id: str, tmp_path: Path, encoder: "alectors.Encoder"
) -> None:
    settings: dict[str, Any] = {**SETTINGS[name], "disk_cache": False}
    if env_id != "CartPole-v1":
        settings["encoder"] = encoder
    updates: list[int] = []

    def interrupt(agent: alectors.Agent, _: dict[str, float]) -> None:
        updates.append(agent.steps)
        if len(updates) == 3:
            os.kill(os.getpid(), signal.SIGINT)

    def train(agent: alectors.Agent, folder: Path, *callbacks: Any) -> bool:
        watch = EvaluateEvery(200, 2, keep_best=folder / "best")
        console = Console(file=StringIO())
        callback = Together(watch, *callbacks)
        return Run(
            agent, folder, STEPS, checkpoint_every=130, console=console, callback=callback
        ).train()

    whole, stopped = tmp_path / "whole", tmp_path / "stopped"
    assert train(alectors.AGENTS[name](env_id, **settings), whole)
    assert not train(alectors.AGENTS[name](env_id, **settings), stopped, interrupt)
    halted = alectors.load(stopped, encoder=settings.get("encoder"))
    assert halted.steps == updates[2]
    assert train(halted, stopped)
    assert_alike(stopped, whole)


def test_tensorboard_reads_in_order_what_two_runs_of_one_second_wrote(tmp_path: Path) -> None:
    """Its files are read by name, and the counter in the name has no leading zeros."""
    from tensorboard.summary.writer import event_file_writer

    event_file_writer._global_uid._value = 9  # the next names end in 9 and in 10
    time.sleep(1 - time.time() % 1)  # a second begins
    for steps in (1, 2):
        with open_board(tmp_path / "tensorboard", steps - 1) as board:
            board.add_scalar("return", 0.5, steps)
    assert scalars(tmp_path) == {"return": [(1, 0.5), (2, 0.5)]}


# Damage


@pytest.fixture
def run(tmp_path: Path) -> Path:
    """A run with checkpoints of 128 and 192 steps."""
    agent = PPO("CartPole-v1", **SMALL)
    folder = tmp_path / "run"
    Run(agent, folder, 192, checkpoint_every=64, console=Console(file=StringIO())).train()
    return folder


def damage(file: Path, how: str) -> None:
    whole = file.read_bytes()
    if how == "cut short":
        file.write_bytes(whole[: len(whole) // 2])
    elif how == "edited":
        file.write_bytes(whole.replace(b"1", b"2"))
        assert file.read_bytes() != whole
    else:
        file.unlink()


FILES = ["agent.json", "model.safetensors", "optimizer.safetensors", "random.safetensors",
         "progress.json", "run.json", "statements.json", "manifest.json"]  # fmt: skip


@pytest.mark.parametrize("name", FILES)
@pytest.mark.parametrize("how", ["cut short", "edited", "deleted"])
def test_a_damaged_checkpoint_is_named_and_the_one_before_it_used(
    run: Path, name: str, how: str, capsys: pytest.CaptureFixture[str]
) -> None:
    if (name, how) == ("statements.json", "edited"):
        how = "cut short"  # it holds no statement, and no 1
    file = run / "checkpoints" / "step-000000192" / name
    damage(file, how)
    with pytest.warns(DamagedCheckpoint, match=f"step-000000192/{name}.*step-000000128 is used"):
        assert alectors.load(run).steps == 128
    status = main(["train", "--resume", str(run), "--episodes", "0"])
    printed = capsys.readouterr()
    assert status == 0
    assert printed.err.count("\n") == 1
    assert str(file) in printed.err
    assert alectors.load(run).steps == 192
    assert [row["steps"] for row in rows(run)] == [64, 128, 192]


def test_no_whole_checkpoint_is_one_sentence(run: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for place in checkpoints(run):
        damage(place / "model.safetensors", "cut short")
    assert main(["train", "--resume", str(run)]) == 2
    err = capsys.readouterr().err
    assert err.startswith(f"alectors: No checkpoint of {run} is whole.")
    assert err.count("\n") == 1
    assert err.count("model.safetensors") == 2


def test_a_damaged_agent_is_refused_by_name(tmp_path: Path) -> None:
    PPO("CartPole-v1", **SMALL).save(tmp_path / "agent")
    damage(tmp_path / "agent" / "model.safetensors", "edited")
    with pytest.raises(DamagedFile, match=r"agent/model\.safetensors is not as it was written"):
        alectors.load(tmp_path / "agent")


# Going on


def test_another_total_is_said_to_change_the_schedule(
    run: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    argv = ["train", "--resume", str(run), "--episodes", "0", "--steps", "256"]
    assert main(argv) == 0
    assert "now ends at 256 steps and not at 192" in capsys.readouterr().out.replace("\n", " ")
    assert alectors.load(run).steps == 256
    assert json.loads((run / "config.json").read_text())["total_steps"] == 256
    assert main(argv) == 2
    assert "has 256 steps already" in capsys.readouterr().err


def test_a_run_keeps_its_settings(run: Path, capsys: pytest.CaptureFixture[str]) -> None:
    resume = ["train", "--resume", str(run), "--episodes", "0", "--steps"]
    assert main([*resume, "256", "--eval-every", "64", "--eval-episodes", "1"]) == 0
    assert main([*resume, "320", "--config.learning_rate", "0.125"]) == 0
    assert [row["steps"] for row in rows(run) if "eval_return" in row] == [256, 320]
    assert alectors.load(run).config.learning_rate == 0.125
    assert main([*resume, "384"]) == 0
    assert alectors.load(run).config.learning_rate == 0.125


def test_a_run_that_is_further_on_is_not_lost(run: Path) -> None:
    stranger = PPO("CartPole-v1", **SMALL)
    with pytest.raises(InvalidArgument, match="further on"):
        Run(stranger, run, 192, console=Console(file=StringIO())).train()
    assert alectors.load(run).steps == 192


def test_a_line_that_was_cut_short_is_written_again(run: Path) -> None:
    log = run / "progress.jsonl"
    log.write_text(log.read_text() + '{"steps": 2')
    agent = alectors.load(run)
    Run(agent, run, 256, console=Console(file=StringIO())).train()
    assert [row["steps"] for row in rows(run)] == [64, 128, 192, 256]


def test_recent_means_are_over_whole_updates_of_at_least_the_window() -> None:
    recent = RecentMeans(window=4)
    for episodes, value in ((3, 0.0), (0, None), (2, 1.0), (3, 2.0)):
        figures = {"episodes": float(episodes)}
        recent.add(figures if value is None else {**figures, "return": value})
    assert recent.count() == 5
    assert recent.means() == {"return": (2 * 1.0 + 3 * 2.0) / 5}
    again = RecentMeans(window=4)
    again.take_state(json.loads(json.dumps(recent.state())))
    assert again.means() == recent.means()
