"""The tables of `leaderboards/experiments` are those of the episodes beside them."""

import json
import os
import re
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from alectors.leaderboard.statistics import mean_interval

FOLDER = Path(__file__).parents[1] / "leaderboards" / "experiments"
PAGE = FOLDER / "README.md"
NAMES = sorted(path.name for path in FOLDER.iterdir() if path.is_dir())
RESULTS = sorted(p for p in FOLDER.glob("*/*.json"))


def read(path: Path) -> dict[str, Any]:
    loaded: dict[str, Any] = json.loads(path.read_text())
    return loaded


def informative(path: Path) -> float | None:
    """The mean share of informative groups over the updates of a run, where there are groups."""
    log = path.with_suffix(".progress.jsonl")
    rows = [json.loads(line) for line in log.open()] if log.exists() else []
    shares = [row["informative"] for row in rows if "informative" in row]
    return float(np.mean(shares)) if shares else None


def over_seeds(values: list[float]) -> str:
    return f"{np.mean(values):.3f} [{min(values):.2f}, {max(values):.2f}]"


def between(values: list[float]) -> str:
    """The 95 % interval of the mean over training seeds, Student's."""
    found = mean_interval(values)
    return "–" if found.low is None else f"{found.low:.2f} to {found.high:.2f}"


def table(name: str) -> str:
    """One row for each experiment: its files are called EXPERIMENT-SEED.json."""
    heads = "| run | steps | seeds | success | interval | return | informative groups |"
    lines = [heads, "|" + "---|" * 7]
    commands = []
    paths = sorted((FOLDER / name).glob("*.json"))
    for run in dict.fromkeys(path.stem.rpartition("-")[0] for path in paths):
        mine = [path for path in paths if path.stem.rpartition("-")[0] == run]
        results = [read(path) for path in mine]
        success, total = (
            [float(np.mean([episode[what] for episode in r["episodes"]])) for r in results]
            for what in ("success", "total")
        )
        told = bool(results[0]["split"])
        shares = [share for path in mine if (share := informative(path)) is not None]
        lines.append(
            f"| `{run}` | {results[0]['agent'].get('steps', 0):,} | {len(results)} | "
            f"{over_seeds(success) if told else '–'} | {between(success) if told else '–'} | "
            f"{over_seeds(total)} | "
            f"{f'{np.mean(shares):.2f}' if shares else '–'} |"
        )
        commands.append(re.sub(r" --out \S+", "", results[0]["command"]))
    made_by = "\n".join(dict.fromkeys(commands))
    return "\n".join(lines) + f"\n\n```\n{made_by}\n```"


def speeds() -> str:
    """What `tests/benchmarks/training_speed.py` measured."""
    made = read(FOLDER / "training-speed.json")
    rows = [
        f"| {row['observed']} | {row['steps_per_second']:,.1f} | {row['ratio']:.2f} "
        f"[{row['lowest']:.2f}, {row['highest']:.2f}] | {row['bar'] or '–'} |"
        for row in made["rows"]
    ]
    heads = ["| observed | steps per second | ours is faster by | bar |", "|---|---|---|---|"]
    return "\n".join(heads + rows)


TABLES = {**{name: partial(table, name) for name in NAMES}, "speed": speeds}


@pytest.mark.parametrize("name", TABLES)
def test_tables_are_those_of_the_data(name: str) -> None:
    text = PAGE.read_text()
    found = re.search(rf"(<!-- {name} -->\n)(.*?)(<!-- /{name} -->)", text, re.DOTALL)
    assert found is not None
    if os.environ.get("ALECTORS_UPDATE_README"):
        written = f"{found[1]}{TABLES[name]()}\n{found[3]}"
        PAGE.write_text(text[: found.start()] + written + text[found.end() :])
        return
    assert found[2].strip() == TABLES[name]()


@pytest.mark.parametrize("path", RESULTS, ids=lambda path: str(path.name))
def test_a_result_is_the_sum_of_its_episodes(path: Path) -> None:
    result = read(path)
    assert len(result["episodes"]) == 100
    assert result["split"] in ("test", "")
    total = np.mean([episode["total"] for episode in result["episodes"]])
    assert result["summary"]["mean_return"] == pytest.approx(total)


@pytest.mark.parametrize(
    "runs",
    [
        "ppo/CartPole-v1",
        "grpo/CartPole-v1",
        "off-policy/CartPole-v1-sac",
        "off-policy/CartPole-v1-ddqn",
    ],
)
def test_four_of_five_seeds_balance_the_pole(runs: str) -> None:
    returns = [read(path)["summary"]["mean_return"] for path in FOLDER.glob(f"{runs}-?.json")]
    assert len(returns) == 5
    assert sum(value >= 475 for value in returns) >= 4


def test_memory_is_needed_where_cue_and_choice_are_apart_and_most_seeds_learn_to_use_it() -> None:
    found = {
        run: [read(p)["summary"]["success_rate"] for p in (FOLDER / "memory").glob(f"{run}-?.json")]
        for run in ("gru", "none")
    }
    assert min(map(len, found.values())) >= 3
    assert max(found["none"]) < 0.6
    assert np.median(found["gru"]) >= 0.9
