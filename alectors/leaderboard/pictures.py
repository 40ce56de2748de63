"""Learning curves and performance profiles of entries, as SVG."""

from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

from alectors.envs.registration import NAMESPACE

from .entry import Entry
from .plot import MOST_SERIES, Plot, Series, draw_plot
from .protocol import core_ids
from .rows import Overall, by_family, overall_rows, score_matrix, task_rows
from .statistics import bootstrap, mean_interval, performance_profile

FOLDER = "pictures"
"""Where they lie in ``leaderboards``."""
ALL = "all core tasks"
POINTS = 60
"""Of a mean curve, evenly spread over the steps that all its seeds have taken."""
THRESHOLDS = [k / 100 for k in range(101)]
"""Normalised returns at which a profile is drawn."""
RANGES = {"success": (0.0, 1.0), "return": None}
"""The ends of the axis by measure; None: those of the data."""


def draw_pictures(entries: list[Entry]) -> dict[Path, str]:
    """All pictures of the tables, by their place in ``leaderboards``.

    Args:
        entries: All that there are; those of other than core tasks are left out.
    """
    core = core_ids()
    drawn: dict[Path, str | None] = {}
    for family, env_ids in {"": core, **by_family()}.items():
        rows = overall_rows(entries, env_ids)
        drawn[profile_path(family)] = draw_profile(family or ALL, rows, entries, env_ids)
    for env_id in core:
        drawn[curves_path(env_id)] = draw_curves(env_id, entries)
    return {path: svg for path, svg in drawn.items() if svg is not None}


def curves_path(env_id: str) -> Path:
    """Where the learning curves of a task lie."""
    return Path(FOLDER) / f"{env_id.removeprefix(f'{NAMESPACE}/')}.svg"


def profile_path(family: str) -> Path:
    """Where the profiles of a family lie, and of all core tasks where it is empty."""
    return Path(FOLDER) / f"profile{f'-{family}' if family else ''}.svg".replace(" ", "-")


# Learning curves


def draw_curves(env_id: str, entries: list[Entry], measure: str = "success") -> str | None:
    """The learning curves of the trained entries of one task.

    Args:
        env_id: A whole id.
        entries: Those of other tasks, and those without curves, are left out.
        measure: ``success`` or ``return``.

    Returns:
        The SVG's text; None where there is nothing to draw.
    """
    rows = task_rows([entry for entry in entries if entry.env_id == env_id and entry.learns])
    found = [make_curve(row.entry, measure) for row in rows]
    series = [curve for curve in found if curve is not None]
    if not series:
        return None
    told = "; ".join(f"{one.name} ends at {one.y[-1]:.2f}" for one in series[:MOST_SERIES])
    return draw_plot(
        Plot(
            f"Learning {env_id.removeprefix(f'{NAMESPACE}/')}",
            f"Mean {measure} in recent training episodes over environment steps, with the 95 % "
            f"interval of the mean over training seeds as a band. {told}.",
            "environment steps",
            f"{measure} in training",
            series,
            RANGES[measure],
        )
    )


def make_curve(entry: Entry, measure: str) -> Series | None:
    """An entry's curve: the mean over its training seeds, and Student's interval of it.

    Args:
        entry: A trained entry.
        measure: A field of the points that its runs keep.

    Returns:
        A line over the steps that all seeds have taken; None where a seed tells nothing of it.
    """
    curves = [_points(run, measure) for run in entry.data["runs"]]
    if not all(curves):
        return None
    start, end = max(curve[0][0] for curve in curves), min(curve[-1][0] for curve in curves)
    if start > end:
        return None
    grid = np.unique(np.linspace(start, end, POINTS))
    seeds = [np.interp(grid, *np.transpose(curve)) for curve in curves]
    means = [mean_interval(values) for values in np.stack(seeds, axis=1).tolist()]
    name = f"{entry.data['name']} ({_count(len(seeds), 'seed')})"
    line = [found.value for found in means]
    if means[0].low is None:
        return Series(name, grid.tolist(), line)
    low, high = (_cut([getattr(found, end) for found in means], measure) for end in ("low", "high"))
    return Series(name, grid.tolist(), line, low, high)


def _points(run: dict[str, Any], measure: str) -> list[tuple[float, float]]:
    return [(row["steps"], row[measure]) for row in run["curve"] if measure in row]


def _cut(values: list[float], measure: str) -> list[float]:
    """The edge of a band, cut to what is possible."""
    ends = RANGES[measure]
    return values if ends is None else [min(max(value, ends[0]), ends[1]) for value in values]


# Performance profiles


def draw_profile(
    tasks: str, rows: list[Overall], entries: list[Entry], env_ids: list[str]
) -> str | None:
    """The share of runs above each normalised return, with bootstrap bands.

    Args:
        tasks: What ``env_ids`` are called.
        rows: What `overall_rows` gave of them.
        entries: All that there are.
        env_ids: The tasks. An agent's line is over those that it has an entry on.

    Returns:
        The SVG's text; None where there is nothing to draw.
    """
    if not rows:
        return None
    shown = [row.name for row in rows[:MOST_SERIES]]
    by_name = {name: [e for e in entries if _counts(e, name, env_ids)] for name in shown}
    return draw_plot(
        Plot(
            f"Performance profiles: {tasks}",
            "Share of runs, over all tasks of the agent, whose normalised return lies above the "
            "value on the horizontal axis, with the 95 % interval of a stratified bootstrap.",
            "normalised return (0: random, 1: oracle)",
            "share of runs above it",
            [_profile(name, held, len(env_ids)) for name, held in by_name.items()],
            (0.0, 1.0),
        )
    )


def _counts(entry: Entry, name: str, env_ids: list[str]) -> bool:
    data = entry.data
    named = data["name"] == name and entry.env_id in env_ids
    return bool(named and data["summary"]["normalised"] is not None)


def _profile(name: str, entries: list[Entry], tasks: int) -> Series:
    scores = score_matrix(entries)
    metric = partial(performance_profile, thresholds=THRESHOLDS)
    told = f"{name} ({len(entries)} of {_count(tasks, 'task')}, {_count(len(scores), 'run')})"
    line = metric(scores).tolist()
    if len(scores) < 2:
        return Series(told, THRESHOLDS, line)
    low, high = bootstrap(metric, scores, generator=np.random.default_rng(0))
    return Series(told, THRESHOLDS, line, low.tolist(), high.tolist())


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}{'' if number == 1 else 's'}"
