"""``leaderboards/README.md``: every number in it comes from an entry."""

from collections.abc import Iterable
from pathlib import Path
from typing import Any

from ..files import write_text
from ..references import find_references
from ..seeds import EVALUATION_SEEDS
from . import protocol
from .entry import Entry, find_entries, read_entry
from .facts import tell_levels
from .protocol import core_ids, find_protocol
from .rows import Overall, Row, by_family, overall_rows, task_rows
from .statistics import Interval
from .summary import interval

NAME = "README.md"
MOST_REASONS = 3
EXPECTED = {kind: [f"it is a {kind}"] for kind in ("control", "baseline")}
"""Reasons that go without saying."""

LAST = EVALUATION_SEEDS.start + protocol.EPISODES - 1
INTRODUCTION = f"""# Leaderboards

Protocol `{protocol.VERSION}`: an agent trains on levels of the training split within the task's
budget of steps, and then plays {protocol.EPISODES} levels of the test split with the seeds
{EVALUATION_SEEDS.start} to {LAST}, which training never draws. A ranked row has at least
{protocol.RANKED_SEEDS} training seeds, a control {protocol.CONTROL_SEEDS}; an agent that does not
learn plays once. Brackets are 95 % intervals of the mean over training seeds (Student's), or over
episodes where nothing is trained; those over several tasks come from a stratified bootstrap. A
row's rank is 1 and the number of rows whose whole interval lies above its own. Normalised returns
are 0 for random play and 1 for the oracle; IQM is their interquartile mean.

This page is written by `alectors leaderboard table` from the files under `entries`, which hold
every episode; their actions lie beside them. `alectors leaderboard verify` recomputes every number
(static), plays every action again (replay), or lets the agent act again (policy); the column
"verified" says how far it came. `alectors leaderboard reproduce ENTRY` trains a row again.
[CONTRIBUTING](../CONTRIBUTING.md) tells how to submit one.
"""


def read_entries(root: Path) -> list[Entry]:
    """All entries under ``leaderboards``."""
    return [read_entry(path) for path in find_entries(root)]


def write_table(root: Path) -> Path:
    """Write ``leaderboards/README.md``.

    Args:
        root: The folder ``leaderboards``.

    Returns:
        The file.
    """
    write_text(root / NAME, make_table(root, read_entries(root)))
    return root / NAME


def make_table(root: Path, entries: list[Entry]) -> str:
    """The page that entries give.

    Args:
        root: The folder that links start from.
        entries: All that there are; those of other than core tasks are left out.
    """
    core = core_ids()
    shown = [entry for entry in entries if entry.env_id in core]
    held = {entry.env_id for entry in shown}
    parts = [INTRODUCTION, _tasks(core), _overall("## All core tasks", shown, core)]
    for family, env_ids in by_family().items():
        if held & set(env_ids):
            parts.append(_overall(f"## {family[0].upper()}{family[1:]}", shown, env_ids))
            parts += [_task(root, env_id, shown) for env_id in env_ids if env_id in held]
    return "\n".join(parts)


def _tasks(env_ids: list[str]) -> str:
    """What the protocol says of each task."""
    head = ("task", "budget in steps", "actions", "random: return", "oracle: return")
    body = []
    for env_id in env_ids:
        rules, known = find_protocol(env_id), find_references(env_id)
        actions = "drawn from the policy" if rules.sampled else "the likeliest"
        ends = [f"{known[name].mean_return:.2f}" for name in ("random", "oracle") if name in known]
        body.append([f"`{env_id}`", f"{rules.steps:,}", actions, *(ends or ["–", "–"])])
    return f"## Tasks\n\n{_markdown(head, body)}\n"


def _overall(heading: str, entries: list[Entry], env_ids: list[str]) -> str:
    rows = overall_rows(entries, env_ids)
    if not rows:
        return f"{heading}\n\nNo entry yet.\n"
    head = ("rank", "agent", "tasks", "runs", "IQM", "mean", "optimality gap")
    body = [_tell_overall(row, len(env_ids)) for row in rows]
    return f"{heading}\n\n{_markdown(head, body)}\n"


def _tell_overall(row: Overall, tasks: int) -> list[str]:
    return [
        _tell_rank(row.rank),
        row.name,
        f"{row.tasks} of {tasks}",
        str(row.runs),
        *(tell_interval(found) for found in (row.iqm, row.mean, row.gap)),
    ]


def _task(root: Path, env_id: str, entries: list[Entry]) -> str:
    rows = task_rows([entry for entry in entries if entry.env_id == env_id])
    rules = find_protocol(env_id)
    levels = tell_levels(rows[0].entry.data["environment"]["levels"], rules.episodes)
    notes = f"Few levels: {levels}.\n\n" if levels else ""
    head = (
        "rank",
        "agent",
        "success",
        "return",
        "normalised",
        "seeds",
        "steps",
        "time",
        "trained parameters",
        "handicaps",
        "verified",
    )
    table = _markdown(head, [_tell_row(root, row) for row in rows])
    return f"### `{env_id}`\n\n{notes}{table}{_tell_reasons(rows)}\n"


def _tell_row(root: Path, row: Row) -> list[str]:
    data = row.entry.data
    summary, training = data["summary"], data["training"]
    link = row.entry.path.relative_to(root).as_posix()
    normalised = summary["normalised"]
    return [
        _tell_rank(row.rank),
        f"[{data['name']}]({link})",
        tell_interval(interval(summary["success"]), within=(0.0, 1.0)),
        tell_interval(interval(summary["return"])),
        tell_interval(interval(normalised)) if normalised else "–",
        str(len(data["runs"])) if training else "–",
        f"{max(run['steps'] for run in data['runs']):,}" if training else "–",
        tell_time([run["seconds"] for run in data["runs"]]) if training else "–",
        f"{training['parameters']:,}" if training else "–",
        tell_handicaps(data["handicaps"]),
        row.entry.level or "no",
    ]


def _tell_rank(rank: int | None) -> str:
    return "–" if rank is None else str(rank)


def _tell_reasons(rows: Iterable[Row]) -> str:
    told = [
        f"- {row.entry.data['name']} has no rank: {'; '.join(row.reasons[:MOST_REASONS])}."
        for row in rows
        if row.reasons != EXPECTED.get(row.entry.data["kind"], [])
    ]
    return "\n\n" + "\n".join(told) if told else ""


def tell_interval(found: Interval, within: tuple[float, float] | None = None) -> str:
    """``0.950 [0.93, 0.97]``, the ends cut to what is possible."""
    if found.low is None or found.high is None:
        return f"{found.value:.3f}"
    low, high = found.low, found.high
    if within:
        low, high = max(low, within[0]), min(high, within[1])
    return f"{found.value:.3f} [{low:.2f}, {high:.2f}]"


def tell_time(seconds: list[float]) -> str:
    """The mean over runs in a unit that is easily read."""
    mean = sum(seconds) / len(seconds)
    if mean < 120:
        return f"{mean:.0f} s"
    return f"{mean / 60:.0f} min" if mean < 7_200 else f"{mean / 3_600:.1f} h"


def tell_handicaps(handicaps: dict[str, Any]) -> str:
    """What differs from prose in the words of training, without memory; the opponent always."""
    told = [f"against {handicaps['opponent']}"] if handicaps["opponent"] else []
    told += ["legal actions listed"] if handicaps["legal_actions"] == "listed" else []
    told += [f"{handicaps['narration']} narration"]
    told += [f"{handicaps['wording']} wording"]
    told += [f"memory: {handicaps['memory']}"]
    return ", ".join(told)


def _markdown(head: Iterable[str], rows: list[list[str]]) -> str:
    names = list(head)
    lines = [names, ["---"] * len(names), *rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)
