"""What may import what, and that `import alectors` is light."""

import ast
import inspect
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

import alectors

ROOT = Path(__file__).parents[1]
PACKAGES = {"alectors": ROOT / "alectors", "alectors.envs": ROOT / "envs"}
COMMAND_LINE = (
    "alectors.cli",
    "alectors.commands",
    "alectors.arguments",
    "alectors.board_arguments",
)
ENTRY_POINTS = {"alectors.cli", "alectors.__main__"}


def modules() -> dict[str, Path]:
    """The file of every module, found in the tree."""
    found = {}
    for package, folder in PACKAGES.items():
        for file in folder.rglob("*.py"):
            parts = file.relative_to(folder).with_suffix("").parts
            found[".".join((package, *parts)).removesuffix(".__init__")] = file
    return found


MODULES = modules()


def is_type_checking(node: ast.AST) -> bool:
    return isinstance(node, ast.If) and ast.unparse(node.test) == "TYPE_CHECKING"


def statements(node: ast.AST) -> Iterator[ast.AST]:
    """Everything below a node that can run; what is only for type checkers cannot."""
    for child in ast.iter_child_nodes(node):
        if is_type_checking(child):
            continue
        yield child
        yield from statements(child)


def imported(source: str, package: str) -> set[str]:
    """Every name that a module of ``package`` imports, in full: modules and what is in them."""
    names = set()
    for node in statements(ast.parse(source)):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            outer = package.rsplit(".", node.level - 1)[0] if node.level else ""
            home = ".".join(filter(None, (outer, node.module)))
            names |= {home, *(f"{home}.{alias.name}" for alias in node.names)}
    return names


def imports_of(module: str) -> set[str]:
    file = MODULES[module]
    package = module if file.name == "__init__.py" else module.rpartition(".")[0]
    return imported(file.read_text(), package)


def within(name: str, package: str) -> bool:
    return name == package or name.startswith(f"{package}.")


def run(code: str, folder: Path = ROOT / "tests") -> subprocess.CompletedProcess[str]:
    """Run code in a fresh interpreter, in a folder that holds nothing named alectors."""
    return subprocess.run(
        [sys.executable, "-c", code], cwd=folder, capture_output=True, text=True, check=False
    )


def test_imports_are_found_in_every_shape() -> None:
    source = (
        "import a.b as c\n"
        "from . import d\n"
        "def f():\n    from ..e import g\n"
        "if TYPE_CHECKING:\n    import h\n"
    )
    found = imported(source, "alectors.envs")
    assert found == {"a.b", "alectors.envs", "alectors.envs.d", "alectors.e", "alectors.e.g"}


ENVS = [module for module in MODULES if within(module, "alectors.envs")]


@pytest.mark.parametrize("module", ENVS)
def test_an_environment_imports_no_agent_code(module: str) -> None:
    for name in imports_of(module):
        assert not within(name, "torch"), name
        assert not within(name, "transformers"), name
        assert within(name, "alectors.envs") or not within(name, "alectors"), name
        assert not within(name, "envs"), name


UPDATE = {"alectors.network"} | {
    cls.__module__
    for agent in alectors.AGENTS.values()
    for cls in inspect.getmro(agent)
    if within(cls.__module__, "alectors")
}


@pytest.mark.parametrize("module", sorted(UPDATE))
def test_update_code_imports_no_environment(module: str) -> None:
    for name in imports_of(module):
        assert within(name, "alectors.envs.errors") or not within(name, "alectors.envs"), name


def test_nothing_but_the_command_line_imports_the_report() -> None:
    for module in MODULES:
        if not within(module, "alectors.report") and not within(module, "alectors.commands"):
            assert not any(within(name, "alectors.report") for name in imports_of(module)), module


def test_nothing_imports_the_command_line() -> None:
    for module in MODULES:
        if module in ENTRY_POINTS or any(within(module, part) for part in COMMAND_LINE):
            continue
        for name in imports_of(module):
            assert not any(within(name, part) for part in COMMAND_LINE), (module, name)


WITHOUT_TORCH = """
import sys
sys.modules["torch"] = sys.modules["transformers"] = None  # importing them raises now
import gymnasium as gym
import alectors
for name in ("Echo-v0", "Chess-v0", "TextWorld-v0", "BabyAI-GoToLocal-v0"):
    env = gym.make("alectors/" + name)
    _, info = env.reset(seed=0)
    env.step(int(info["action_mask"].argmax()))
    env.close()
print([name for name in sys.modules if name.startswith("alectors.")])
"""


def test_environments_play_without_torch_and_without_agent_code() -> None:
    finished = run(WITHOUT_TORCH)
    assert finished.returncode == 0, finished.stderr
    loaded = ast.literal_eval(finished.stdout)
    assert "alectors.envs.echo" in loaded
    assert [name for name in loaded if not within(name, "alectors.envs")] == []


HEAVY = (
    *("torch", "transformers", "textworld", "jericho", "chess.engine", "tyro", "alectors.cli"),
    *("py4j", "scienceworld", "textworld_express"),
)


def test_import_alectors_is_light() -> None:
    finished = run("import sys, alectors; print(sorted(sys.modules))")
    assert finished.returncode == 0, finished.stderr
    loaded = ast.literal_eval(finished.stdout)
    assert "alectors.envs.registration" in loaded
    assert set(loaded) & set(HEAVY) == set()


@pytest.mark.parametrize("name", ["envs", "envs.base"])
def test_the_environments_have_one_name_only(name: str) -> None:
    finished = run(f"import {name}", folder=ROOT)
    assert finished.returncode == 1
    assert "ImportError: These modules belong to the package alectors.envs." in finished.stderr


def import_seconds(what: str) -> float:
    """Of the process's own time, which other processes hardly add to."""
    code = f"import time; t = time.process_time(); import {what}; print(time.process_time() - t)"
    return float(run(code).stdout)


def test_import_alectors_takes_hardly_longer_than_what_it_stands_on() -> None:
    bases, ours = [], []
    for _ in range(9):
        bases.append(import_seconds("gymnasium, minigrid"))
        ours.append(import_seconds("alectors"))
        # Minima, since a busy machine only ever adds time; as few runs as show it.
        if len(ours) >= 3 and min(ours) <= min(bases) + 0.1:
            return
    pytest.fail(f"import alectors takes {min(ours):.2f} s, its base {min(bases):.2f} s")
