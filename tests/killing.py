"""Runs the command line in processes that kill themselves: a line of JSON in, a line out.

Each line of the standard input is an object with ``first`` and ``again`` (argument lists of the
command line), ``folder`` (of the run) and ``kills``. The first process dies by SIGKILL when it
touches the folder for the ``kills[0]``-th time, the second, told to go on, at the ``kills[1]``-th,
and so on; the last one lives. The answer is the list of their exit statuses. Processes are forked
from this one, which has imported everything: that makes them cheap.
"""

import json
import os
import signal
import sys
from pathlib import Path
from typing import Any

EVENTS = {"open", "os.mkdir", "os.rename", "os.remove", "os.rmdir", "shutil.rmtree"}


def play(argv: list[str], folder: str, kill_at: int | None) -> int:
    """Run one process; its exit status, negative when a signal ended it."""
    child = os.fork()
    if child:
        return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    left = kill_at or sys.maxsize

    def count(event: str, arguments: tuple[Any, ...]) -> None:
        nonlocal left
        if event in EVENTS and folder in f"{arguments}":
            left -= 1
            if left == 0:
                os.kill(os.getpid(), signal.SIGKILL)

    sys.addaudithook(count)
    from alectors.cli import main

    with Path(os.devnull).open("w") as sys.stdout:
        status = main(argv)
    os._exit(status)


def play_all(first: list[str], again: list[str], folder: str, kills: list[int]) -> list[int]:
    """The exit status of each process."""
    statuses = []
    for kill_at in (*kills, None):
        begun = any(Path(folder).glob("checkpoints/step-*"))
        statuses.append(play(again if begun else first, folder, kill_at))
    return statuses


def prepare() -> None:
    """Import everything, also what is imported late."""
    import torch
    import torch.utils.tensorboard

    import alectors.training

    torch.set_num_threads(1)
    assert alectors.training, torch.utils.tensorboard
    alectors.PPO("alectors/Echo-v0", disk_cache=False)


if __name__ == "__main__":
    prepare()
    for line in sys.stdin:
        print(json.dumps(play_all(**json.loads(line))), flush=True)
