"""Means with intervals, and aggregates over tasks as in Agarwal et al. 2021 (arXiv 2108.13264).

Scores over several tasks are a matrix of R runs (training seeds) and T tasks, normalised so that 0
is random play and 1 the oracle.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy import stats

from alectors.envs.errors import require

Scores = np.ndarray[Any, np.dtype[np.float64]]
Metric = Callable[..., Any]

LEVEL = 0.95
"""Share of intervals that shall hold the true value."""
RESAMPLES = 2_000
"""Bootstrap samples, unless another number is asked for."""


@dataclass(frozen=True)
class Interval:
    """A value and how far from it the true one may lie."""

    value: float
    """The estimate."""
    low: float | None
    """The lower end; None where one sample tells nothing of it."""
    high: float | None
    """The upper end."""

    def above(self, other: "Interval") -> bool:
        """Whether the whole interval lies above the whole of another's."""
        low = self.value if self.low is None else self.low
        return low > (other.value if other.high is None else other.high)


def mean_interval(values: Sequence[float], level: float = LEVEL) -> Interval:
    """The mean of independent values, with Student's interval.

    With five values the percentiles of a bootstrap would be far too narrow.

    Args:
        values: One for each training seed, or for each episode of an agent that does not learn.
        level: The interval's coverage.
    """
    require(len(values) > 0, "The mean of no values does not exist.")
    mean = float(np.mean(values))
    if len(values) < 2:
        return Interval(mean, None, None)
    spread = float(np.std(values, ddof=1)) / len(values) ** 0.5
    reach = float(stats.t.ppf((1 + level) / 2, len(values) - 1)) * spread
    return Interval(mean, mean - reach, mean + reach)


# Aggregates of a matrix [R, T]


def mean(scores: Scores) -> float:
    """The mean over runs and tasks."""
    return float(np.mean(scores))


def median(scores: Scores) -> float:
    """The median over tasks of the mean over runs."""
    return float(np.median(np.mean(scores, axis=0)))


def iqm(scores: Scores) -> float:
    """The interquartile mean: of the middle half of all runs of all tasks."""
    # As scipy's trim_mean, which takes twenty times as long; a bootstrap calls it often.
    cut = scores.size // 4
    return float(np.mean(np.sort(scores, axis=None)[cut : scores.size - cut]))


def optimality_gap(scores: Scores, target: float = 1.0) -> float:
    """How far scores fall short of ``target`` on average; what is above it does not help."""
    return target - float(np.mean(np.minimum(scores, target)))


def probability_of_improvement(scores: Scores, others: Scores) -> float:
    """The chance that a run of X beats one of Y on a task, averaged over tasks; a tie is a half.

    Args:
        scores: X, ``[R, T]``.
        others: Y, ``[R', T]``.
    """
    require(
        scores.shape[1] == others.shape[1], "Only scores on the same tasks can be set side by side."
    )
    ours, theirs = scores[:, None, :], others[None, :, :]
    return float(np.mean((ours > theirs) + 0.5 * (ours == theirs)))


def performance_profile(scores: Scores, thresholds: Sequence[float]) -> Scores:
    """The share of runs, over all tasks, with a score above each threshold.

    Args:
        scores: ``[R, T]``.
        thresholds: P values.

    Returns:
        ``[P]``, falling where the thresholds rise.
    """
    shares: Scores = np.mean(scores[:, :, None] > np.asarray(thresholds), axis=(0, 1))
    return shares


# Their intervals


def resample(scores: Scores, generator: np.random.Generator) -> Scores:
    """A stratified bootstrap sample: in each task as many runs as there were, drawn anew.

    Args:
        scores: ``[R, T]``.
        generator: What the draws come from.
    """
    drawn: Any = generator.integers(len(scores), size=scores.shape)
    return np.take_along_axis(scores, drawn, axis=0)


def bootstrap(
    metric: Metric,
    *scores: Scores,
    generator: np.random.Generator,
    resamples: int = RESAMPLES,
    level: float = LEVEL,
) -> tuple[Any, Any]:
    """The percentile interval of a metric under the stratified bootstrap.

    Args:
        metric: A function of one or more matrices, to a number or an array of them.
        *scores: Its matrices ``[R, T]``, resampled independently.
        generator: What the draws come from: the same state gives the same interval.
        resamples: How many samples are drawn.
        level: The interval's coverage.

    Returns:
        The lower and the upper ends, shaped like the metric.
    """
    values = np.array(
        [metric(*(resample(one, generator) for one in scores)) for _ in range(resamples)]
    )
    ends = np.quantile(values, [(1 - level) / 2, (1 + level) / 2], axis=0)
    return ends[0], ends[1]


def aggregate(metric: Metric, *scores: Scores, seed: int = 0) -> Interval:
    """A metric with its interval, equal on every call.

    Args:
        metric: A function of the matrices, to a number.
        *scores: Matrices ``[R, T]``; of a single run nothing can be told but its value.
        seed: Decides the bootstrap's draws.
    """
    value = float(metric(*scores))
    if min(len(one) for one in scores) < 2:
        return Interval(value, None, None)
    low, high = bootstrap(metric, *scores, generator=np.random.default_rng(seed))
    return Interval(value, float(low), float(high))


def rank(rows: Sequence[Interval]) -> list[int]:
    """The place of each row: 1 and the number of rows whose whole interval lies above its own.

    Rows that nothing sets apart share a place.
    """
    return [1 + sum(other.above(row) for other in rows) for row in rows]
