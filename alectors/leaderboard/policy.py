"""The kept checkpoint of an entry: written small, and made to act again."""

import tempfile
import zipfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

from alectors.envs.errors import DamagedFile

from ..players import is_player, make_player
from .entry import Entry
from .facts import hash_source
from .playing import play
from .traces import read_traces
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
        return [*_check_source(data["agent"]), *_act_again(entry, make_player(name), 0)]
    if data["policy"] is None:
        return [Problem("policy", "no checkpoint is kept that could act again.")]
    agent = load_policy(entry.policy)
    seeds = [run["seed"] for run in data["runs"]]
    changed = _compare(data["agent"]["described"], agent.describe())
    return [*changed, *_act_again(entry, agent, seeds.index(data["policy"]["seed"]))]


def _check_source(told: dict[str, Any]) -> list[Problem]:
    found = hash_source(told["name"])
    if found == told["source"]:
        return []
    return [Problem("agent.source", f"the file of {told['name']} hashes to {found}.")]


def _compare(told: dict[str, Any], found: dict[str, Any]) -> list[Problem]:
    """The checkpoint is of the agent that the entry tells of."""
    return [
        Problem(f"agent.described.{name}", f"{told.get(name)}, and the checkpoint's is {value}.")
        for name, value in found.items()
        if name in ("agent", "env_id", "config") and told.get(name) != value
    ]


def _act_again(entry: Entry, agent: "Acting", number: int) -> list[Problem]:
    _, trace = play(agent, entry.env_id, entry.data["environment"]["kwargs"])
    kept = read_traces(entry.traces)[number]
    return [
        Problem(f"runs[{number}].episodes[{n}].actions", _tell(before, now))
        for n, (before, now) in enumerate(zip(kept, trace, strict=True))
        if before != now
    ]


def _tell(before: list[int], now: list[int]) -> str:
    pairs = zip(before, now, strict=False)
    at = next((k for k, (a, b) in enumerate(pairs) if a != b), min(len(before), len(now)))
    return f"the agent acts otherwise from step {at} on."
