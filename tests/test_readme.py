"""The README tells the truth: its commands parse, its code runs, its tables are the data's."""

import json
import os
import re
import shlex
from collections import Counter
from itertools import product
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import tyro

import alectors
from alectors.arguments import Command, Train
from alectors.envs.registration import FAMILIES, TASKS
from alectors.options import take
from alectors.references import find_references

ROOT = Path(__file__).parents[1]
README = ROOT / "README.md"
RESULTS = ROOT / "leaderboards" / "results"


def blocks(language: str) -> list[str]:
    """The fenced blocks of one language; every other fence of the README closes one."""
    parts = re.split(r"^```(.*)\n", README.read_text(), flags=re.MULTILINE)
    opened = zip(parts[1::4], parts[2::4], strict=True)
    return [body for named, body in opened if named == language]


def families_table() -> str:
    counts = Counter(task.family for task in TASKS.values())
    assert counts.keys() == FAMILIES.keys()
    lines = ["| family | ids | for example | |", "|---|---|---|---|"]
    for family, words in FAMILIES.items():
        tasks = [task for task in TASKS.values() if task.family == family]
        example = next((task for task in tasks if task.core), tasks[0])
        lines.append(f"| {family} | {counts[family]} | `{example.id}` | {words} |")
    return "\n".join(lines)


def read(path: Path) -> dict[str, Any]:
    loaded: dict[str, Any] = json.loads(path.read_text())
    return loaded


def over_seeds(results: list[dict[str, Any]], name: str) -> str:
    """Mean over training seeds of the mean over episodes, recomputed from the episodes."""
    values = [float(np.mean([value(e, name) for e in r["episodes"]])) for r in results]
    return f"{np.mean(values):.3f} [{min(values):.2f}, {max(values):.2f}]"


def value(episode: dict[str, Any], name: str) -> float:
    return float(episode["score"] == 0) if name == "loss" else float(episode[name])


def results_table() -> str:
    lines = [
        "| environment | agent | steps | seeds | success | return | losses | random: success "
        "| oracle: success |",
        "|---|---|---|---|---|---|---|---|---|",
    ]
    commands = []
    for folder, agent in product(sorted(RESULTS.iterdir()), alectors.AGENTS):
        runs = [read(path) for path in sorted(folder.glob(f"{agent}-*.json"))]
        if not runs:
            continue
        others = [
            np.mean([e["success"] for e in read(folder / f"{name}.json")["episodes"]])
            for name in ("random", "oracle")
        ]
        chess = folder.name.startswith("Chess")
        lines.append(
            f"| `{folder.name}` | {agent.upper()} | {runs[0]['agent']['steps']:,} | {len(runs)} "
            f"| {over_seeds(runs, 'success')} | {over_seeds(runs, 'total')} "
            f"| {over_seeds(runs, 'loss') if chess else '–'} "
            f"| {others[0]:.2f} | {others[1]:.2f} |"
        )
        commands.append(re.sub(r" --out \S+", "", runs[0]["command"]))
    made = "\n".join(commands)
    return "\n".join(lines) + f"\n\nMade by, with `--seed` 0, 1, …:\n\n```\n{made}\n```"


def references() -> dict[str, Any]:
    """What random and oracle reach on each id that has results of them, from the episodes."""
    found: dict[str, Any] = {}
    for file in sorted(RESULTS.glob("*/random.json")) + sorted(RESULTS.glob("*/oracle.json")):
        episodes = read(file)["episodes"]
        found.setdefault(f"alectors/{file.parent.name}", {})[file.stem] = {
            "mean_return": round(float(np.mean([e["total"] for e in episodes])), 6),
            "success_rate": round(float(np.mean([e["success"] for e in episodes])), 6),
        }
    return dict(sorted(found.items()))


def test_the_package_holds_the_reference_scores() -> None:
    file = ROOT / "alectors" / "references.json"
    if os.environ.get("ALECTORS_UPDATE_README"):
        file.write_text(json.dumps(references(), indent=1) + "\n")
    assert read(file) == references()
    for task in (task for task in TASKS.values() if task.core):
        assert find_references(task.id).keys() == {"random", "oracle"}
    assert not find_references("alectors/Echo-v0")


def core_table() -> str:
    """Each core task with what random and oracle reach: (mean return, success rate)."""
    lines = [
        "| core task | family | random: return, success | oracle: return, success |",
        "|---|---|---|---|",
    ]
    for task in (task for task in TASKS.values() if task.core):
        bounds = [read(RESULTS / task.name / f"{name}.json") for name in ("random", "oracle")]
        told = [
            f"{np.mean([e['total'] for e in b['episodes']]):.2f}, "
            f"{np.mean([e['success'] for e in b['episodes']]):.2f}"
            for b in bounds
        ]
        lines.append(f"| `{task.id}` | {task.family} | {told[0]} | {told[1]} |")
    return "\n".join(lines)


TABLES = {"families": families_table, "core": core_table, "results": results_table}


@pytest.mark.parametrize("name", list(TABLES))
def test_tables_are_those_of_the_data(name: str) -> None:
    text = README.read_text()
    pattern = rf"(<!-- {name} -->\n)(.*?)(<!-- /{name} -->)"
    found = re.search(pattern, text, re.DOTALL)
    assert found is not None
    table = TABLES[name]()
    if os.environ.get("ALECTORS_UPDATE_README"):
        README.write_text(
            text[: found.start()] + found[1] + table + "\n" + found[3] + text[found.end() :]
        )
        return
    assert found[2].strip() == table


@pytest.mark.parametrize("number", range(5))
def test_python_blocks_run(
    number: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, encoder: "alectors.Encoder"
) -> None:
    monkeypatch.chdir(tmp_path)
    code = blocks("python")
    assert len(code) == 6  # the last is run by tests/test_leaderboard_table.py
    scope: dict[str, Any] = {}
    for block in code[: number + 1]:
        exec(block, scope)
    assert "page" in scope


def test_the_two_commands_are_what_ci_runs() -> None:
    first, second = blocks("bash")
    assert "leaderboards/constraints.txt" in first
    assert "leaderboards/constraints.txt" in second
    line = first.strip().splitlines()[-1]
    parsed = tyro.cli(Command, args=shlex.split(line)[1:])  # type: ignore[arg-type]
    assert isinstance(parsed, Train)
    assert parsed.id in TASKS
    assert second.strip().splitlines()[-1].startswith("pytest")


def test_every_command_that_is_told_parses() -> None:
    told = [
        line for block in blocks("") for line in block.splitlines() if line.startswith("alectors ")
    ]
    assert len(told) >= 5
    for line in told:
        words = shlex.split(re.sub(r"\bN\b", "5", re.sub(r"\bS\b", "0", line)))[1:]
        for prefix in ("env", "config"):
            words, _ = take(words, prefix)
        tyro.cli(Command, args=words)  # type: ignore[arg-type]


@pytest.mark.parametrize("task", [t for t in TASKS.values() if t.core], ids=lambda t: t.name)
def test_the_oracle_is_at_least_as_good_as_random(task: Any) -> None:
    random, oracle = (
        read(RESULTS / task.name / f"{name}.json")["summary"] for name in ("random", "oracle")
    )
    assert oracle["mean_return"] >= random["mean_return"]
    assert oracle["success_rate"] >= 0.95


@pytest.mark.parametrize("path", sorted(RESULTS.glob("*/*.json")), ids=lambda p: str(p)[-40:])
def test_a_result_is_the_sum_of_its_episodes(path: Path) -> None:
    result = read(path)
    assert len(result["episodes"]) == 100
    assert result["split"] == "test"
    total = np.mean([episode["total"] for episode in result["episodes"]])
    assert result["summary"]["mean_return"] == pytest.approx(total)
    success = np.mean([episode["success"] for episode in result["episodes"]])
    assert result["summary"]["success_rate"] == pytest.approx(success)


def test_every_link_leads_somewhere() -> None:
    for target in re.findall(r"\]\((?!http)([^)]+)\)", README.read_text()):
        assert (ROOT / target).exists(), target


BARS = [
    ("MiniGrid-DoorKey-5x5-v0", "ppo", "total", 0.95),
    ("BabyAI-GoToRedBallGrey-v0", "ppo", "success", 0.97),
    ("BabyAI-GoToLocal-v0", "ppo", "success", 0.90),
    ("CoinCollector-L5-v0", "ppo", "success", 0.95),
    ("Chess-v0", "ppo", "success", 0.80),
    *((f"{grid}-v0", agent, "success", 0.90)
      for grid in ("MiniGrid-DoorKey-5x5", "BabyAI-GoToRedBallGrey") for agent in ("sac", "ddqn")),
]  # fmt: skip
"""Task, agent, what is compared, and the least that three seeds must reach on average."""


@pytest.mark.parametrize(("name", "agent", "field", "bar"), BARS)
def test_the_agents_are_as_good_as_they_must_be(
    name: str, agent: str, field: str, bar: float
) -> None:
    runs = [read(path) for path in sorted((RESULTS / name).glob(f"{agent}-*.json"))]
    assert len(runs) >= 3
    assert np.mean([value(e, field) for run in runs for e in run["episodes"]]) >= bar


def test_hardly_a_game_of_chess_is_lost() -> None:
    runs = [read(path) for path in RESULTS.glob("Chess-v0/ppo-*.json")]
    assert np.mean([np.mean([value(e, "loss") for e in run["episodes"]]) for run in runs]) <= 0.02


CHESS_LOGS = sorted(RESULTS.glob("Chess-v0/*.progress.jsonl"))
FROM_AN_EMPTY_CACHE = RESULTS / "Chess-v0" / "reading.progress.jsonl"
"""Of 75,000 steps of seed 0, by `ALECTORS_CACHE=FOLDER alectors train …` with an empty folder."""


def gains(path: Path, *names: str) -> list[float]:
    """How much fields of a log grew after 20,000 steps."""
    rows = [json.loads(line) for line in path.open()]
    first, last = next(row for row in rows if row["steps"] >= 20_000), rows[-1]
    assert last["steps"] - first["steps"] >= 50_000
    return [last[name] - first[name] for name in names]


@pytest.mark.parametrize("path", CHESS_LOGS, ids=lambda path: str(path.name))
def test_chess_hardly_meets_new_statements_after_20k_steps(path: Path) -> None:
    """Below 10 new statements and clauses per 1,000 steps."""
    steps, new = gains(path, "steps", "distinct_statements")
    assert 1_000 * new / steps < 10


def test_chess_hardly_encodes_after_20k_steps() -> None:
    """Under 5 % of the time, though nothing was encoded before the run."""
    first = json.loads(FROM_AN_EMPTY_CACHE.read_text().split("\n")[0])
    assert first["encoded_statements"] == first["distinct_statements"] > 3_000
    seconds, reading = gains(FROM_AN_EMPTY_CACHE, "seconds", "encoder_seconds")
    assert reading / seconds < 0.05
