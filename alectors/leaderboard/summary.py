"""What the raw episodes of an entry come to."""

from typing import Any

import numpy as np

from .protocol import normalise
from .statistics import Interval, mean_interval

MEASURES = {
    "return": "total",
    "success": "success",
    "score": "score",
    "length": "length",
}
"""Each measure of a summary and the field of an episode that it is the mean of."""


def summarise(env_id: str, runs: list[dict[str, Any]], learns: bool) -> dict[str, Any]:
    """Means over runs of means over episodes, with intervals.

    Args:
        env_id: A whole id.
        runs: Those of an entry.
        learns: Whether a run is a training seed, which the intervals are then over. An agent that
            does not learn has one run, and intervals over its episodes.

    Returns:
        By measure ``mean``, ``low``, ``high`` (None where one run tells nothing of them) and
        ``runs``, the mean of each. ``losses`` is the share of episodes with score 0, and
        ``normalised`` the return between random (0) and oracle (1), None where there are no
        references.
    """
    found = {name: _measure(runs, _field(field), learns) for name, field in MEASURES.items()}
    found["losses"] = _measure(runs, lambda episode: float(episode["score"] == 0), learns)
    return {**found, "normalised": _normalise(env_id, found["return"])}


def _field(name: str) -> Any:
    return lambda episode: float(episode[name])


def _measure(runs: list[dict[str, Any]], value: Any, learns: bool) -> dict[str, Any]:
    episodes = [[value(episode) for episode in run["episodes"]] for run in runs]
    means = [float(np.mean(values)) for values in episodes]
    return _tell(mean_interval(means if learns else episodes[0]), means)


def _tell(found: Interval, means: list[float]) -> dict[str, Any]:
    return {"mean": found.value, "low": found.low, "high": found.high, "runs": means}


def _normalise(env_id: str, returns: dict[str, Any]) -> dict[str, Any] | None:
    if normalise(env_id, 0.0) is None:
        return None
    ends = {
        name: None if returns[name] is None else normalise(env_id, returns[name])
        for name in ("mean", "low", "high")
    }
    return {**ends, "runs": [normalise(env_id, value) for value in returns["runs"]]}


def interval(measure: dict[str, Any]) -> Interval:
    """A measure of a summary as an `Interval`."""
    return Interval(measure["mean"], measure["low"], measure["high"])
