"""A report of small real entries, for the tests of its files and those in a browser."""

from dataclasses import dataclass
from pathlib import Path

import pytest
from boards import LAKE

from alectors.cli import main
from alectors.leaderboard import protocol
from alectors.leaderboard.jobs import Job
from alectors.leaderboard.submission import make_entry
from alectors.leaderboard.worker import do_job

EPISODES = 6
"""Of each run, instead of the protocol's."""
REPLAYS = 2
MATE, GRID = "alectors/ChessMateInOne-v0", "alectors/BabyAI-GoToRedBallGrey-v0"
NASTY = "PPO <script>alert('x')</script> & \"co\""
SMALL = {
    "encoder": "hash",
    "num_envs": 4,
    "num_steps": 32,
    "minibatch_size": 64,
    "network": {"width": 32, "heads": 2},
}
ROWS = [
    ("Random", "baseline", [Job("random", LAKE)]),
    ("Oracle", "baseline", [Job("oracle", LAKE)]),
    (NASTY, "agent", [Job("ppo", LAKE, seed, 256, {}, SMALL) for seed in (0, 1)]),
    ("Oracle", "baseline", [Job("oracle", MATE)]),
    ("Oracle", "baseline", [Job("oracle", GRID)]),
]


@dataclass(frozen=True)
class Made:
    """What `make_report` made."""

    root: Path
    """The folder ``leaderboards``."""
    site: Path
    """The report's folder."""


def few_episodes(patch: pytest.MonkeyPatch) -> None:
    """Let the protocol, which verification asks too, have `EPISODES`."""
    patch.setattr(protocol, "EPISODES", EPISODES)


def make_entries(folder: Path) -> Path:
    """Entries of `ROWS`; the folder ``leaderboards``."""
    for name, kind, jobs in ROWS:
        for job in jobs:
            assert do_job(job, folder / "runs" / job.name)
        make_entry(folder / "leaderboards", name, jobs, folder / "runs", kind)
    return folder / "leaderboards"


def make_report(folder: Path) -> Made:
    """Entries and their report, made by its command."""
    root, site = make_entries(folder), folder / "site"
    words = ["--root", str(root), "--out", str(site), "--episodes", str(REPLAYS)]
    assert main(["report", *words]) == 0
    return Made(root, site)
