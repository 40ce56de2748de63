"""The kept checkpoint of an entry: written small, and made to act again."""

import tempfile
import zipfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

from alectors.envs.errors import DamagedFile

from ..evaluation import evaluate
from ..players import is_player, make_player
from .entry import Entry
from .protocol import find_protocol
from .traces import Recorder, read_traces
from .verification import Problem

if TYPE_CHECKING:
    from ..agent import Agent
    from ..evaluation import Acting

LARGEST = 1_000_000
"""Bytes that a kept checkpoint has at most."""


def keep_policy(agent: "Agent", path: Path) -> bool:
    """Write what an agent needs to act, without what it needs to learn on.

    Args:
        agent: A trained agent; its optimiser forgets.
        path: The zip file. The same agent gives the same bytes.

    Returns:
        False, and no file, where it would be larger than `LARGEST`.
    """
    agent.optimizer.state.clear()
    with tempfile.TemporaryDirectory() as folder:
        agent.save(Path(folder) / "agent")
        _pack(Path(folder) / "agent", path)
    if path.stat().st_size > LARGEST:
        path.unlink()
    return path.exists()


def _pack(folder: Path, path: Path) -> None:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as packed:
        for file in sorted(folder.iterdir()):
            packed.writestr(zipfile.ZipInfo(file.name), file.read_bytes(), zipfile.ZIP_DEFLATED)


def load_policy(path: Path) -> "Agent":
    """The agent that `keep_policy` wrote.

    Raises:
        DamagedFile: The file is missing or holds no agent.
    """
    from ..agents import load

    try:
        with tempfile.TemporaryDirectory() as folder, zipfile.ZipFile(path) as packed:
            packed.extractall(folder)
            return load(folder)
    except (OSError, zipfile.BadZipFile) as error:
        raise DamagedFile(f"The checkpoint {path} cannot be read: {error}.") from error


def verify_policy(entry: Entry) -> list[Problem]:
    """Let the kept checkpoint, or the agent that does not learn, act again on every level.

    Raises:
        DamagedFile: The checkpoint cannot be read.
        InvalidArgument: The agent's class cannot be imported.
    """
    data = entry.data
    name = data["agent"]["name"]
    if is_player(name):
        return _act_again(entry, make_player(name), 0)
    if data["policy"] is None:
        return [Problem("policy", "no checkpoint is kept that could act again.")]
    agent = load_policy(entry.policy)
    seeds = [run["seed"] for run in data["runs"]]
    changed = _compare(data["agent"]["described"], agent.describe())
    return [*changed, *_act_again(entry, agent, seeds.index(data["policy"]["seed"]))]


def _compare(told: dict[str, Any], found: dict[str, Any]) -> list[Problem]:
    """The checkpoint is of the agent that the entry tells of."""
    return [
        Problem(f"agent.described.{name}", f"{told.get(name)}, and the checkpoint's is {value}.")
        for name, value in found.items()
        if name in ("agent", "env_id", "config") and told.get(name) != value
    ]


def _act_again(entry: Entry, agent: "Acting", number: int) -> list[Problem]:
    about, rules = entry.data["environment"], find_protocol(entry.env_id)
    recorders: list[Recorder] = []
    evaluate(
        agent,
        entry.env_id,
        episodes=rules.episodes,
        seed=rules.first_seed,
        split=rules.split,
        sampled=entry.data["evaluation"]["sampled"],
        env_kwargs={k: v for k, v in about["kwargs"].items() if k != "split"},
        wrap=lambda env: recorders.append(Recorder(env)) or recorders[-1],  # type: ignore[func-returns-value]
    )
    kept = read_traces(entry.traces)[number]
    return [
        Problem(f"runs[{number}].episodes[{n}].actions", _tell(before, now))
        for n, (before, now) in enumerate(zip(kept, recorders[-1].episodes, strict=True))
        if before != now
    ]


def _tell(before: list[int], now: list[int]) -> str:
    pairs = zip(before, now, strict=False)
    at = next((k for k, (a, b) in enumerate(pairs) if a != b), min(len(before), len(now)))
    return f"the agent acts otherwise from step {at} on."
