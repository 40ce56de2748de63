"""Runs the command line in processes that kill themselves: ``python killing.py ARGUMENTS``.

The arguments are one JSON object: ``first`` and ``again`` (argument lists of the command line),
``folder`` (of the run) and ``kills``. The first process dies by SIGKILL when it touches the folder
for the ``kills[0]``-th time, the second, told to go on, at the ``kills[1]``-th, and so on; the last
one lives. Processes are forked from one that has imported everything, which makes them cheap.
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

    status = main(argv)
    sys.stdout.flush()
    os._exit(status)


def play_all(first: list[str], again: list[str], folder: str, kills: list[int]) -> list[int]:
    """The exit status of each process."""
    import torch.utils.tensorboard
    import transformers

    import alectors.agents
    import alectors.training

    assert torch.utils.tensorboard, transformers
    assert alectors.agents, alectors.training
    statuses = []
    for kill_at in (*kills, None):
        begun = any(Path(folder).glob("checkpoints/step-*"))
        statuses.append(play(again if begun else first, folder, kill_at))
    return statuses


if __name__ == "__main__":
    print(json.dumps(play_all(**json.loads(sys.argv[1]))))
