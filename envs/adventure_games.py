"""The pools of text adventures: games on disk, made when first asked for."""

import hashlib
import json
import os
import tempfile
from pathlib import Path

import platformdirs

from .adventure_making import DATA, GAME, RECIPES_VERSION, Recipe, make_game, textworld
from .base import TEST_SEEDS, TRAIN_SEEDS
from .errors import DamagedFile, InvalidArgument

POOL_SIZES = {"train": 200, "test": 50}
"""How many games each split has."""

MARKER = "hashes.json"
"""The file that tells whether a game's folder is whole."""


def pool_seed(split: str, index: int) -> int:
    """The seed of game ``index`` of a split's pool; no two games of the pools share one."""
    return (TRAIN_SEEDS if split == "train" else TEST_SEEDS).start + index


def cache_folder() -> Path:
    """Where games are kept: under ``ALECTORS_CACHE``, else in the user's cache folder."""
    chosen = os.environ.get("ALECTORS_CACHE")
    root = Path(chosen) if chosen else platformdirs.user_cache_path("alectors")
    return root / "games" / f"textworld-{textworld().__version__}-recipes-{RECIPES_VERSION}"


def find_game(recipe: Recipe, seed: int) -> Path:
    """The compiled game of a recipe and seed, made now if it is not on disk or is damaged.

    Safe when several processes ask at once: a game appears under its name only when it is whole.

    Returns:
        The ``.z8`` file; its ``.json`` lies beside it.
    """
    folder = cache_folder() / recipe.name / f"seed-{seed}"
    if not _is_whole(folder):
        _make_room(folder.parent)
        with tempfile.TemporaryDirectory(prefix=".making-", dir=folder.parent) as scratch:
            made = make_game(recipe, seed, Path(scratch))
            hashes = {name: _digest(made / name) for name in (GAME, DATA)}
            (made / MARKER).write_text(json.dumps(hashes))
            _publish(made, folder, Path(scratch))
    return folder / GAME


def _make_room(folder: Path) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise InvalidArgument(
            f"Games are kept in {folder}, which cannot be made ({error.strerror}): set the "
            "environment variable ALECTORS_CACHE to a folder that can be written."
        ) from error


def _is_whole(folder: Path) -> bool:
    try:
        hashes: dict[str, str] = json.loads((folder / MARKER).read_text())
        return all(_digest(folder / name) == hashes[name] for name in (GAME, DATA))
    except (OSError, ValueError, KeyError, TypeError):
        return False


def _digest(file: Path) -> str:
    return hashlib.sha256(file.read_bytes()).hexdigest()


def _publish(made: Path, folder: Path, scratch: Path) -> None:
    for attempt in range(10):
        try:
            made.rename(folder)
            return
        except OSError:
            if _is_whole(folder):
                return  # Another process was faster, and the same seed gives the same game.
            # A folder cannot be renamed onto a damaged one: that goes first, into the scratch.
            _set_aside(folder, scratch / f"damaged-{attempt}")
    raise DamagedFile(
        f"The game folder {folder} is damaged and cannot be replaced: delete it, and try again."
    )


def _set_aside(folder: Path, aside: Path) -> None:
    try:
        folder.rename(aside)
    except FileNotFoundError:
        return  # Another process has set it aside.


def check_game_file(game_file: str | os.PathLike[str]) -> Path:
    """The path of a game that a user gives, once it is known to be playable.

    Raises:
        InvalidArgument: There is no such game.
        DamagedFile: The file is no whole Z-machine story, or the data beside it cannot be read.
    """
    file = Path(game_file)
    data = file.with_suffix(".json")
    if file.suffix != ".z8" or not file.is_file():
        raise InvalidArgument(
            f"game_file={str(game_file)!r} must be the path of an existing TextWorld game (.z8)."
        )
    if not data.is_file():
        raise InvalidArgument(
            f"game_file={str(game_file)!r} needs the file {data.name!r} beside it, which TextWorld "
            "writes when it makes the game."
        )
    for part, is_good in ((file, is_story), (data, _is_data)):
        if not is_good(part.read_bytes()):
            raise DamagedFile(
                f"{part} is damaged or was not made by TextWorld: make or copy the game again."
            )
    return file


def _is_data(text: bytes) -> bool:
    try:
        return {"world", "KB", "quests", "infos"} <= set(json.loads(text))
    except (ValueError, TypeError):
        return False


def is_story(story: bytes, versions: tuple[int, ...] = (8,)) -> bool:
    """Whether a Z-machine header's length and checksum fit: the interpreter would crash.

    Early games have neither (The Z-Machine Standards Document 1.1, section 11).
    """
    if len(story) < 64 or story[0] not in versions:
        return False
    length = int.from_bytes(story[0x1A:0x1C], "big") * (
        2 if story[0] <= 3 else 4 if story[0] <= 5 else 8
    )
    if not length and story[0] <= 3:
        return True
    total = sum(story[0x40:length]) & 0xFFFF
    return len(story) >= length and total == int.from_bytes(story[0x1C:0x1E], "big")
