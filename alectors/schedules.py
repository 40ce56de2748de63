"""How a learning rate moves from its start to its end over a run."""

import math
from collections.abc import Callable

from alectors.envs.errors import choose

SCHEDULES: dict[str, Callable[[float], float]] = {
    "constant": lambda _: 0.0,
    "linear": lambda done: done,
    "cosine": lambda done: (1 - math.cos(math.pi * done)) / 2,
}
"""The share of the way from start to end, by the share of the run that is done (0 to 1)."""


def check_schedule(name: str) -> None:
    """Raise `InvalidArgument` unless ``name`` is one of `SCHEDULES`."""
    choose("schedule", name, SCHEDULES)


def scheduled(name: str, start: float, end: float, done: float) -> float:
    """The value when the share ``done`` of the run is done.

    "cosine" is half a period (Loshchilov & Hutter, 2017, https://arxiv.org/abs/1608.03983, eq. 5,
    without restarts).
    """
    return start + (end - start) * SCHEDULES[name](done)
