"""The pools of text adventures: made once, the same everywhere, mended when damaged."""

import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

import pytest

from alectors.envs import adventure_games as games
from alectors.envs.adventure_env import TextWorldEnv
from alectors.envs.adventure_making import DATA, GAME, coin_collector
from alectors.envs.errors import DamagedFile, InvalidArgument, MissingDependency

RECIPE, SEED = coin_collector(3), 11
ASK = (
    "from alectors.envs import adventure_games, adventure_making\n"
    f"print(adventure_games.find_game(adventure_making.coin_collector(3), {SEED}))"
)


def ask(cache: Path, hash_seed: int) -> "subprocess.Popen[str]":
    variables = {**os.environ, "ALECTORS_CACHE": str(cache), "PYTHONHASHSEED": str(hash_seed)}
    return subprocess.Popen(
        [sys.executable, "-c", ASK], env=variables, stdout=subprocess.PIPE, text=True
    )


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A cache in which two processes have asked for a game at once."""
    cache = tmp_path_factory.mktemp("shared")
    asked = [ask(cache, hash_seed) for hash_seed in (1, 2)]
    paths = [process.communicate(timeout=120)[0].strip() for process in asked]
    assert [process.returncode for process in asked] == [0, 0]
    assert paths[0] == paths[1]
    return cache


@pytest.fixture
def cache(shared: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A copy of that cache, for this process."""
    shutil.copytree(shared, tmp_path / "cache")
    monkeypatch.setenv("ALECTORS_CACHE", str(tmp_path / "cache"))
    return tmp_path / "cache"


def content(cache: Path) -> dict[str, bytes]:
    files = (file for file in cache.rglob("*") if file.is_file())
    return {str(file.relative_to(cache)): file.read_bytes() for file in files}


def test_processes_that_ask_at_once_leave_one_whole_game(shared: Path) -> None:
    assert {Path(name).name for name in content(shared)} == {GAME, DATA, games.MARKER}


def test_a_seed_gives_the_same_bytes_in_every_process(
    shared: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ALECTORS_CACHE", str(tmp_path))
    games.find_game(RECIPE, SEED)
    assert content(tmp_path) == content(shared)


def test_a_game_on_disk_is_not_made_again(cache: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(games, "make_game", None)
    assert games.find_game(RECIPE, SEED).is_file()


@pytest.mark.parametrize("name", [GAME, DATA, games.MARKER])
@pytest.mark.parametrize("harm", [Path.unlink, lambda file: file.write_bytes(b"{}")])
def test_a_damaged_game_is_made_again(
    cache: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str, harm: Any
) -> None:
    whole = content(cache)
    again = shutil.copytree(next(cache.rglob(GAME)).parent, tmp_path / "again")
    monkeypatch.setattr(games, "make_game", lambda recipe, seed, scratch: again)
    harm(next(cache.rglob(name)))
    games.find_game(RECIPE, SEED)
    assert content(cache) == whole


def test_the_compilers_leave_nothing_behind(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    home, temporary = tmp_path / "home", tmp_path / "temporary"
    home.mkdir()
    temporary.mkdir()
    monkeypatch.setenv("HOME", str(home))
    monkeypatch.setattr(tempfile, "tempdir", str(temporary))
    monkeypatch.setenv("ALECTORS_CACHE", str(tmp_path / "cache"))
    game = games.find_game(coin_collector(1), 0)
    assert not list(home.iterdir())
    assert not list(temporary.iterdir())
    assert sorted(file.name for file in game.parent.iterdir()) == [
        DATA,
        GAME,
        games.MARKER,
    ]
    assert [file.name for file in game.parent.parent.iterdir()] == ["seed-0"]


def test_the_pools_share_no_seed() -> None:
    train, test = (
        {games.pool_seed(split, index) for index in range(games.POOL_SIZES[split])}
        for split in ("train", "test")
    )
    assert (len(train), len(test), len(train & test)) == (200, 50, 0)


def test_a_cache_that_cannot_be_written_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "file").touch()
    monkeypatch.setenv("ALECTORS_CACHE", str(tmp_path / "file"))
    with pytest.raises(InvalidArgument, match="ALECTORS_CACHE"):
        games.find_game(RECIPE, SEED)


def test_without_textworld_one_sentence_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "textworld", None)
    with pytest.raises(MissingDependency, match="pip install textworld"):
        games.find_game(RECIPE, SEED)


def test_a_compiler_that_fails_is_told(cache: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("INFORM_HOME", str(cache))
    with pytest.raises(MissingDependency, match="could not be compiled"):
        games.find_game(RECIPE, SEED + 1)


def test_a_game_file_must_exist(tmp_path: Path) -> None:
    with pytest.raises(InvalidArgument, match="existing TextWorld game"):
        TextWorldEnv(game_file=str(tmp_path / "none.z8"))


def test_a_game_file_needs_its_data(cache: Path) -> None:
    next(cache.rglob(DATA)).unlink()
    with pytest.raises(InvalidArgument, match=r"game\.json"):
        TextWorldEnv(game_file=str(next(cache.rglob(GAME))))


@pytest.mark.parametrize("name", [GAME, DATA])
@pytest.mark.parametrize("length", [0, 10, 10_000])
def test_a_broken_game_file_is_told(cache: Path, name: str, length: int) -> None:
    broken = next(cache.rglob(name))
    broken.write_bytes(broken.read_bytes()[:length])
    with pytest.raises(DamagedFile, match="damaged"):
        TextWorldEnv(game_file=str(next(cache.rglob(GAME))))
