"""Elo ratings from the games of several players, by maximum likelihood."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

Array = np.ndarray[tuple[int, ...], np.dtype[np.float64]]

ELO = 400 / np.log(10)
"""Elo points of one unit of log odds."""
VIRTUAL_DRAWS = 0.5
"""Drawn games added to each pair that met: a player who never lost gets a finite rating too."""
RESAMPLES = 1_000
"""Of the bootstrap."""
LEVEL = 0.95
"""Share of the bootstrap's ratings inside an interval."""


@dataclass(frozen=True)
class Rating:
    """What a player reached."""

    elo: float
    """Elo points above the first player's."""
    low: float
    """Lower end of the 95 % interval."""
    high: float
    """Upper end of the 95 % interval."""


def fit_elo(points: Array) -> Array:
    """The ratings under which the results are likeliest.

    The model of Bradley and Terry (1952) with a draw as half a win: player i beats player j with
    probability 1 / (1 + 10 ** ((elo_j - elo_i) / 400)). Newton's method on its log-likelihood,
    which is concave.

    Args:
        points: ``[P, P]``; entry i, j is what player i scored against player j in all (1 for a
            win, 0.5 for a draw).

    Returns:
        ``[P]`` Elo points; the first player's are 0.
    """
    met = (points + points.T) > 0
    points = points + VIRTUAL_DRAWS / 2 * met
    games = points + points.T
    strength = np.zeros(len(points))
    for _ in range(100):
        expected = 1 / (1 + np.exp(strength[None, :] - strength[:, None]))
        slope = points.sum(1) - (games * expected).sum(1)
        weights = games * expected * (1 - expected)
        curvature = np.diag(weights.sum(1)) - weights
        # The first player is the anchor: the likelihood knows differences only.
        step = np.linalg.solve(curvature[1:, 1:], slope[1:])
        strength[1:] += np.clip(step, -1, 1)
        if np.abs(step).max(initial=0) < 1e-9:
            break
    strength *= ELO
    return strength


def rate(
    players: int, meetings: Sequence[tuple[int, int, Array]], *, seed: int = 0
) -> list[Rating]:
    """Ratings with bootstrap intervals (Efron, 1979).

    Args:
        players: How many; all must be linked by games.
        meetings: For each pair (i, j) that met, what i scored in each of its independent units,
            ``[N, G]`` for N units of G games (such as the two games of one opening). Units are
            drawn anew, with replacement, within each pair.
        seed: Of the bootstrap.
    """
    rng = np.random.default_rng(seed)
    elo = fit_elo(_sum(players, meetings))
    drawn = []
    for _ in range(RESAMPLES):
        again = [
            (i, j, scores[rng.integers(len(scores), size=len(scores))]) for i, j, scores in meetings
        ]
        drawn.append(fit_elo(_sum(players, again)))
    low, high = np.quantile(drawn, [(1 - LEVEL) / 2, (1 + LEVEL) / 2], axis=0)
    return [Rating(*map(float, each)) for each in zip(elo, low, high, strict=True)]


def _sum(players: int, meetings: Sequence[tuple[int, int, Array]]) -> Array:
    points = np.zeros((players, players))
    for i, j, scores in meetings:
        points[i, j] += scores.sum()
        points[j, i] += scores.size - scores.sum()
    return points
