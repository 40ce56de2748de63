"""UCI engines: they play, they fail with one clear error, and no process is left behind."""

import gc
import os
import stat
import subprocess
import sys
import textwrap
import time
from pathlib import Path

import pytest
from gymnasium.error import ResetNeeded

from alectors.envs import chess_engine
from alectors.envs.chess_engine import UciEngine
from alectors.envs.chess_env import ChessEnv
from alectors.envs.chess_moves import index_of_uci
from alectors.envs.chess_opponents import make_opponent
from alectors.envs.errors import OpponentError

needs_proc = pytest.mark.skipif(not Path("/proc/self").exists(), reason="no process table to read")

ENGINE = """\
import sys, time, os
at = ''
for line in sys.stdin:
    word = line.split()[0] if line.split() else ""
    at = line.strip() if word == "position" else at
    if word == "uci":
        print("id name fake\\nuciok", flush=True)
    elif word == "isready":
        print("readyok", flush=True)
    elif word == "quit":
        break
    elif word == "go":
        {go}
"""
BEHAVIOURS = {
    "illegal": "print('bestmove e2e5', flush=True)",
    "empty": "print('bestmove (none)', flush=True)",
    "nonsense": "print('bestmove hello', flush=True)",
    "null": "print('bestmove 0000', flush=True)",
    "crash": "os._exit(3)",
    "hang": "time.sleep(1000)",
}
LEGAL = "print('bestmove', 'e7e5' if at.endswith('e2e4') else 'a7a6', flush=True)"


def write_program(folder: Path, text: str, name: str = "engine") -> str:
    path = folder / name
    path.write_text(text)
    path.chmod(path.stat().st_mode | stat.S_IXUSR)
    return str(path)


def fake(folder: Path, go: str, before: str = "") -> str:
    return write_program(folder, f"#!{sys.executable}\n{before}\n{ENGINE.format(go=go)}")


def left_behind(folder: Path) -> list[str]:
    """Command lines of the processes that were started from a folder."""
    found = []
    for entry in Path("/proc").glob("[0-9]*/cmdline"):
        try:
            line = entry.read_bytes().replace(b"\0", b" ").decode(errors="replace")
        except OSError:  # It ended meanwhile.
            continue
        if str(folder) in line:
            found.append(line)
    return found


def gone(folder: Path, within: float = 5.0) -> bool:
    until = time.monotonic() + within
    while left_behind(folder) and time.monotonic() < until:
        time.sleep(0.02)
    return not left_behind(folder)


@needs_proc
def test_an_engine_plays_and_close_ends_it(tmp_path):
    env = ChessEnv(opponent=f"uci:{fake(tmp_path, LEGAL)}")
    env.reset(seed=0)
    assert not left_behind(tmp_path)  # it starts with its first move
    env.step(index_of_uci("e2e4"))
    assert env.game.peek().uci() == "e7e5"
    assert len(left_behind(tmp_path)) == 1
    env.close()
    assert not left_behind(tmp_path)
    env.close()
    env.reset(seed=0)
    env.step(index_of_uci("e2e4"))
    env.close()
    assert not left_behind(tmp_path)


@needs_proc
@pytest.mark.parametrize("behaviour", BEHAVIOURS)
def test_a_failing_engine_is_one_clear_error_and_leaves_no_process(tmp_path, behaviour):
    engine = fake(tmp_path, BEHAVIOURS[behaviour])
    env = ChessEnv(opponent=f"uci:{engine}", engine_timeout=2.0 if behaviour == "hang" else 20.0)
    env.reset(seed=0)
    with pytest.raises(OpponentError, match=str(tmp_path)) as caught:
        env.step(index_of_uci("e2e4"))
    assert not left_behind(tmp_path)
    assert "\n" not in str(caught.value)
    with pytest.raises(ResetNeeded):
        env.step(index_of_uci("e2e4"))
    env.reset(seed=0)


@needs_proc
@pytest.mark.parametrize(
    "program",
    [
        f"#!{sys.executable}\nimport time\ntime.sleep(1000)\n",
        f"#!{sys.executable}\nimport sys\nfor line in sys.stdin: print(line, flush=True)\n",
        f"#!{sys.executable}\n",
        f"#!{sys.executable}\nprint('uciok\\nreadyok')\n",
        f"#!{sys.executable}\nimport sys\nsys.stdout.buffer.write(bytes(range(256)) * 999)\n",
        "#!/no/such/interpreter\n",
        "\x7fELF, or so it says",
    ],
)
def test_what_is_no_engine_is_one_clear_error_and_leaves_no_process(tmp_path, program):
    path = write_program(tmp_path, program)
    env = ChessEnv(opponent=f"uci:{path}", colour="black", engine_timeout=1.5)
    with pytest.raises(OpponentError, match=str(tmp_path)):
        env.reset(seed=0)
    assert not left_behind(tmp_path)


@needs_proc
def test_an_engine_behind_a_script_is_ended_too(tmp_path):
    engine = fake(tmp_path, BEHAVIOURS["hang"], "import signal; signal.signal(15, signal.SIG_IGN)")
    script = write_program(tmp_path, f"#!/bin/sh\n{engine}\ntrue\n", name="script")
    env = ChessEnv(opponent=f"uci:{script}", engine_timeout=2.0)
    env.reset(seed=0)
    with pytest.raises(OpponentError, match="did not answer within 2 seconds"):
        env.step(index_of_uci("e2e4"))
    assert gone(tmp_path)


@needs_proc
def test_garbage_collection_ends_an_engine(tmp_path):
    env = ChessEnv(opponent=f"uci:{fake(tmp_path, LEGAL)}")
    env.reset(seed=0)
    env.step(index_of_uci("e2e4"))
    assert left_behind(tmp_path)
    del env
    gc.collect()
    assert gone(tmp_path)


@needs_proc
def test_an_unclosed_engine_lets_the_interpreter_exit_and_ends_with_it(tmp_path):
    code = f"""
        from alectors.envs.chess_env import ChessEnv
        env = ChessEnv(opponent="uci:{fake(tmp_path, LEGAL)}")
        env.reset(seed=0)
        env.step(env.parse_action("e2e4"))
        print(env.game.peek())
    """
    done = subprocess.run(
        [sys.executable, "-c", textwrap.dedent(code)], capture_output=True, text=True, timeout=60
    )
    assert (done.returncode, done.stdout, done.stderr) == (0, "e7e5\n", "")
    assert gone(tmp_path)


@needs_proc
@pytest.mark.skipif(not hasattr(os, "fork"), reason="no fork")
def test_a_fork_neither_ends_its_parents_engine_nor_waits_for_it(tmp_path):
    env = ChessEnv(opponent=f"uci:{fake(tmp_path, LEGAL)}")
    env.reset(seed=0)
    env.step(index_of_uci("e2e4"))
    started = time.monotonic()
    child = os.fork()
    if child == 0:
        env.close()
        os._exit(0)
    os.waitpid(child, 0)
    assert time.monotonic() - started < chess_engine.GRACE
    env.step(index_of_uci("a2a3"))
    assert env.game.peek().uci() == "a7a6"
    env.close()
    assert not left_behind(tmp_path)


def test_an_engine_is_told_its_limits_and_new_games(tmp_path):
    log = tmp_path / "log"
    before = f"log = open({str(log)!r}, 'a', buffering=1)"
    path = fake(tmp_path, LEGAL, before)
    text = Path(path).read_text()
    Path(path).write_text(
        text.replace("    word =", "    log.write(line)\n    word =", 1).replace(
            "id name fake", "id name fake\\noption name Threads type spin default 8 min 1 max 64"
        )
    )
    env = ChessEnv(opponent=f"uci:{path}", nodes=123)
    for _ in range(2):
        env.reset(seed=0)
        env.step(index_of_uci("e2e4"))
        env.step(index_of_uci("d2d3"))
    env.close()
    told = log.read_text().split("\n")
    assert told.count("ucinewgame") == 2
    assert told.count("go nodes 123") == 4
    assert "setoption name Threads value 1" in told
    assert not any("Hash" in line for line in told)  # an option that it does not have


def test_an_engine_object_can_be_closed_before_it_starts(tmp_path):
    engine = UciEngine(fake(tmp_path, LEGAL), nodes=1, timeout=1)
    engine.close()
    engine.begin()
    make_opponent("random", nodes=1, timeout=1).close()
