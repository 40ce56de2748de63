"""The wheel holds what the tree holds, and works where it is unpacked."""

import os
import shutil
import subprocess
import sys
import zipfile
from email.parser import HeaderParser
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
PARTS = ("alectors", "envs", "tests", "LICENSE", "README.md", "pyproject.toml")
BUILD = "import sys; from setuptools.build_meta import build_wheel; build_wheel(sys.argv[1])"


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> zipfile.ZipFile:
    """A wheel built from a copy of the tree, so that the build leaves nothing behind."""
    tree, built = tmp_path_factory.mktemp("tree"), tmp_path_factory.mktemp("built")
    for part in PARTS:
        if (ROOT / part).is_dir():
            shutil.copytree(ROOT / part, tree / part, ignore=shutil.ignore_patterns("__pycache__"))
        else:
            shutil.copy(ROOT / part, tree / part)
    subprocess.run(
        [sys.executable, "-c", BUILD, str(built)], cwd=tree, check=True, capture_output=True
    )
    (file,) = built.glob("alectors-*.whl")
    return zipfile.ZipFile(file)


def dist_info(wheel: zipfile.ZipFile, name: str) -> str:
    (path,) = (path for path in wheel.namelist() if path.endswith(f".dist-info/{name}"))
    return wheel.read(path).decode()


def test_every_module_is_in_the_wheel_and_nothing_else(wheel: zipfile.ZipFile) -> None:
    tree = {
        str(home / file.relative_to(ROOT / folder))
        for folder, home in (("alectors", Path("alectors")), ("envs", Path("alectors/envs")))
        for file in (ROOT / folder).rglob("*.py")
    }
    packed = {name for name in wheel.namelist() if ".dist-info/" not in name}
    assert {name for name in packed if name.endswith(".py")} == tree
    assert {"alectors/py.typed", "alectors/envs/py.typed", "alectors/references.json"} <= packed
    assert "alectors/leaderboard/entry.schema.json" in packed
    for policy in (ROOT / "alectors" / "policies").iterdir():
        for file in policy.iterdir():
            assert f"alectors/policies/{policy.name}/{file.name}" in packed
    for part in ("static", "templates"):
        for file in (ROOT / "alectors" / "report" / part).iterdir():
            assert f"alectors/report/{part}/{file.name}" in packed
    assert {name.split("/")[0] for name in packed} == {"alectors"}


def test_files_match_the_tree_byte_for_byte(wheel: zipfile.ZipFile) -> None:
    assert wheel.read("alectors/envs/base.py") == (ROOT / "envs/base.py").read_bytes()
    assert wheel.read("alectors/vector.py") == (ROOT / "alectors/vector.py").read_bytes()


def test_the_licence_travels_with_it(wheel: zipfile.ZipFile) -> None:
    metadata = HeaderParser().parsestr(dist_info(wheel, "METADATA"))
    assert metadata["License-Expression"] == "GPL-3.0-or-later"
    assert metadata.get_all("License-File") == ["LICENSE"]
    assert dist_info(wheel, "licenses/LICENSE") == (ROOT / "LICENSE").read_text()


def test_the_command_is_declared(wheel: zipfile.ZipFile) -> None:
    assert "alectors = alectors.cli:main" in dist_info(wheel, "entry_points.txt").splitlines()


USE = """
import gymnasium as gym
import alectors, alectors.envs, alectors.vector
print(alectors.__file__, alectors.envs.__file__, sep="\\n")
env = gym.make("alectors/Echo-v0")
env.reset(seed=0)
env.step(0)
"""


def test_an_unpacked_wheel_works_from_another_folder(
    wheel: zipfile.ZipFile, tmp_path: Path
) -> None:
    site, elsewhere = tmp_path / "site", tmp_path / "elsewhere"
    elsewhere.mkdir()
    wheel.extractall(site)
    finished = subprocess.run(
        [sys.executable, "-c", USE],
        cwd=elsewhere,
        env={**os.environ, "PYTHONPATH": str(site)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert finished.returncode == 0, finished.stderr
    expected = [site / "alectors/__init__.py", site / "alectors/envs/__init__.py"]
    assert finished.stdout.split("\n")[:2] == [str(file) for file in expected]
