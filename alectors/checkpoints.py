"""Checkpoints that are known to be whole: a digest of every file, and the newest sound one."""

import hashlib
import json
import shutil
import warnings
from pathlib import Path

from alectors.envs.errors import DamagedFile, InvalidArgument, UnknownName, nearest

from .files import read_json, write_json

MANIFEST = "manifest.json"
"""The sha256 of every other file of a checkpoint, by name, and that of these lines themselves."""


POLICIES = Path(__file__).parent / "policies"
"""Trained agents that the package brings, each in a folder named ``<agent>-<task>``."""


class DamagedCheckpoint(UserWarning):
    """A checkpoint was passed over, and the one before it taken."""


def seal(folder: Path) -> None:
    """Write the digest of each file in ``folder``; to be done last."""
    digests = {file.name: _digest(file) for file in sorted(folder.iterdir())}
    write_json(folder / MANIFEST, {"files": digests, "digest": _digest_of(digests)})


def verify(folder: Path) -> None:
    """Compare each file of a checkpoint with its digest.

    Raises:
        DamagedFile: One is missing or differs; the message names it.
    """
    manifest = read_json(folder / MANIFEST)
    files = manifest.get("files") if isinstance(manifest, dict) else None
    if not isinstance(files, dict) or manifest.get("digest") != _digest_of(files):
        raise DamagedFile(_changed(folder / MANIFEST))
    for name, digest in files.items():
        file = folder / name
        if not file.is_file():
            raise DamagedFile(f"{file} does not exist.")
        if _digest(file) != digest:
            raise DamagedFile(_changed(file))


def _changed(file: Path) -> str:
    return f"{file} is not as it was written: it was cut short or changed."


def _digest_of(files: dict[str, str]) -> str:
    return hashlib.sha256(json.dumps(files, sort_keys=True).encode()).hexdigest()


def _digest(file: Path) -> str:
    with file.open("rb") as opened:
        return hashlib.file_digest(opened, "sha256").hexdigest()


def place_of(run: Path, steps: int) -> Path:
    """Where a run keeps its checkpoint of ``steps`` steps."""
    return run / "checkpoints" / f"step-{steps:09d}"


def checkpoints(run: Path) -> list[Path]:
    """The checkpoints of a run, the oldest first."""
    return sorted(path for path in run.glob("checkpoints/step-*") if path.is_dir())


def policies() -> list[str]:
    """The names of the trained agents that the package brings."""
    return sorted(folder.name for folder in POLICIES.glob("*/"))


def newest_checkpoint(folder: Path) -> Path:
    """The folder itself if it holds an agent, else the newest sound one of its checkpoints.

    Where there is no such folder, it may be the name of one of `policies`. A checkpoint that is
    passed over is told by a `DamagedCheckpoint` warning.

    Raises:
        UnknownName: There is no such folder.
        DamagedFile: It holds no agent, or none that is whole.
    """
    if not folder.exists() and str(folder) in policies():
        folder = POLICIES / folder
    if (folder / "agent.json").exists() or (folder / MANIFEST).exists():
        verify(folder)
        return folder
    if not folder.is_dir():
        beside = [other.name for other in folder.parent.glob("*/")]
        near = nearest(folder.name, beside + policies())
        raise UnknownName(f"There is no folder {str(folder)!r}.{near}")
    damage = []
    for place in reversed(checkpoints(folder)):
        try:
            verify(place)
        except DamagedFile as error:
            damage.append(str(error))
            continue
        for words in damage:
            warnings.warn(f"{words} {place} is used instead.", DamagedCheckpoint, stacklevel=2)
        return place
    if damage:
        raise DamagedFile(f"No checkpoint of {folder} is whole. {' '.join(damage)}")
    raise DamagedFile(f"{folder} holds no agent: neither agent.json nor checkpoints/step-*.")


def drop_later(run: Path, kept: Path | None) -> None:
    """Delete the damaged checkpoints after ``kept``, or all such; they will be made again.

    Raises:
        InvalidArgument: One of them is whole, and would be lost.
    """
    for place in checkpoints(run):
        if kept is None or place.name > kept.name:
            try:
                verify(place)
            except DamagedFile:
                shutil.rmtree(place)
            else:
                raise InvalidArgument(
                    f"{run} holds a run that is further on: load it to go on with it, or choose "
                    "another folder."
                )


def drop_oldest(run: Path, kept: int) -> None:
    """Delete all checkpoints but the newest ``kept``."""
    for place in checkpoints(run)[:-kept]:
        shutil.rmtree(place)
