"""The virtual machines of simulators: shared where that is safe, and never left behind."""

import gc
import os
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import gymnasium as gym
import pytest

import alectors  # noqa: F401  (registers the environments)
from alectors.envs import simulator_machine
from alectors.envs.errors import (
    InterpreterError,
    MissingDependency,
)
from alectors.envs.express_env import ExpressEnv

EXPRESS = "alectors/TextWorldExpress-CoinCollector-v0"
SCIENCE = "alectors/ScienceWorld-FindAnimal-v0"
both = pytest.mark.parametrize("env_id", [EXPRESS, SCIENCE])


def process(env: gym.Env[str, int]) -> "subprocess.Popen[bytes]":
    """The Java process of an environment."""
    machine: Any = env.unwrapped._story.machine  # type: ignore[attr-defined]
    return machine._process  # type: ignore[no-any-return]


def test_games_of_textworld_express_share_a_machine_and_do_not_disturb_each_other() -> None:
    alone = ExpressEnv(game="Commonsense")
    pages = [alone.reset(seed=4)[0], *(alone.step(k)[0] for k in (1, 0, 2, 1))]
    one, other = ExpressEnv(game="Commonsense"), ExpressEnv(game="CookingWorld")
    told = [one.reset(seed=4)[0]]
    other.reset(seed=1)
    for k in (1, 0, 2, 1):
        told.append(one.step(k)[0])
        other.step(k)
        other.oracle_action()
    assert told == pages
    java = process(alone)
    assert process(one) is java
    alone.close()
    one.close()
    assert java.poll() is None
    other.step(0)
    other.close()
    assert java.poll() is not None


def test_games_of_sorting_have_machines_of_their_own() -> None:
    """In one machine the second game would take the things of the first away."""
    one, other = ExpressEnv(game="Sorting"), ExpressEnv(game="Sorting")
    pages = [env.reset(seed=4)[0] for env in (one, other)]
    assert pages[0] == pages[1]
    assert one.step(0)[0] == other.step(0)[0]
    assert process(one) is not process(other)
    for env in (one, other):
        env.close()


@both
def test_close_and_garbage_collection_end_java(env_id: str) -> None:
    for end in (gym.Env.close, lambda env: None):
        env = gym.make(env_id).unwrapped
        env.reset(seed=0)
        java = process(env)
        type(env).close(env) if end is gym.Env.close else end(env)
        del env
        gc.collect()
        assert java.poll() is not None


@both
def test_java_that_dies_is_an_error_and_a_reset_starts_another(env_id: str) -> None:
    env = gym.make(env_id).unwrapped
    page, _ = env.reset(seed=0)
    process(env).kill()
    with pytest.raises(InterpreterError, match="reset the environment"):
        env.step(0)
    with pytest.raises(gym.error.ResetNeeded):
        env.step(0)
    assert env.reset(seed=0)[0] == page
    env.close()


ENDS = {
    "the program ends": "",
    "it fails": "1 / 0",
    "it is killed": "import os; os.kill(os.getpid(), 9)",
}


@pytest.mark.skipif(not Path("/proc").is_dir(), reason="processes are looked up in /proc")
@pytest.mark.parametrize("end", ENDS)
def test_no_java_outlives_the_interpreter(end: str) -> None:
    code = (
        "import gymnasium as gym, alectors\n"
        f"env = gym.make({EXPRESS!r})\n"
        "env.reset(seed=0)\n"
        "print(env.unwrapped._story.machine._process.pid, flush=True)\n"
    )
    ran = subprocess.run(
        [sys.executable, "-c", code + ENDS[end]], capture_output=True, text=True, check=False
    )
    java = int(ran.stdout)
    deadline = time.monotonic() + 20
    while is_java(java) and time.monotonic() < deadline:
        time.sleep(0.05)
    assert not is_java(java)


def is_java(pid: int) -> bool:
    try:
        status = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except OSError:
        return False
    return status not in ("Z", "X") and os.path.exists(f"/proc/{pid}")


@both
def test_without_the_package_one_sentence_says_so(
    env_id: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(simulator_machine.importlib.util, "find_spec", lambda name: None)
    with pytest.raises(MissingDependency, match=r"pip install \"alectors\[(text|sci)"):
        gym.make(env_id).reset(seed=0)


@both
def test_without_java_one_sentence_says_so(env_id: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "")
    with pytest.raises(MissingDependency, match="apt-get install default-jre-headless"):
        gym.make(env_id).reset(seed=0)


def test_java_that_does_not_start_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "java").write_text("#!/bin/sh\nexit 1\n")
    (tmp_path / "java").chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(InterpreterError, match="java -version"):
        gym.make(EXPRESS).reset(seed=0)
