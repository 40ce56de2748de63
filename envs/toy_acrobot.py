"""Gymnasium's Acrobot, told in words."""

from math import atan2, cos, pi
from typing import Any

import numpy as np

from .narrated import NarratedEnv, judge_end, make_bare
from .scales import Scale, mirror

ACTIONS = ("turn the joint clockwise", "leave the joint alone", "turn the joint counterclockwise")
"""The names of Acrobot's actions, in its own order: torque -1, 0 and 1 Nm."""
CLOCKWISE, _, COUNTERCLOCKWISE = range(3)
ROUND = ("clockwise", "counterclockwise")

HOURS = (12, 11, 10, 9, 8, 7, 6, 5, 4, 3, 2, 1, 12)
"""The hours that a hand passes from straight up, counterclockwise, to straight up again."""
UPPER = Scale(
    tuple((k - 5.5) * pi / 6 for k in range(12)),
    tuple(f"The upper link points to {hour} o'clock." for hour in HOURS),
)
"""Of its angle in radians: 0 hangs down, pi/2 is to the right."""
BEND = mirror(
    (pi / 12, pi / 4, pi / 2, 3 * pi / 4),
    "The lower link goes on straight.",
    (
        "The lower link is bent slightly {side}.",
        "The lower link is bent clearly {side}.",
        "The lower link is bent sharply {side}.",
        "The lower link is folded back {side}.",
    ),
    ROUND,
)
UPPER_SPEED, LOWER_SPEED = (
    mirror(
        edges,
        f"The {link} link hardly swings.",
        (
            f"The {link} link swings slowly {{side}}.",
            f"The {link} link swings {{side}}.",
            f"The {link} link swings quickly {{side}}.",
        ),
        ROUND,
    )
    for link, edges in (("upper", (0.1, 0.7, 2.0)), ("lower", (0.2, 1.4, 4.0)))
)
HEIGHT = Scale(
    (-1.5, -1.0, -0.5, 0.0, 0.5, 1.0),
    (
        "The tip is at the very bottom.",
        "The tip is well below the bar.",
        "The tip is below the bar.",
        "The tip is just below the bar.",
        "The tip is just above the bar.",
        "The tip is almost at the line.",
        "The tip is above the line.",
    ),
)
"""Of the tip's height above the bar, in lengths of a link."""


class AcrobotEnv(NarratedEnv):
    """Swing the tip of a hanging double pendulum up above a line.

    Description:
        Gymnasium's Acrobot-v1, which is ``env.unwrapped.game``: two links hang from a bar, and
        only the joint between them can be turned.

    Observation:
        The goal, and one statement each for the direction of the upper link (as on a clock), the
        bend of the lower one, the speeds of both and the height of the tip, e.g.
        ``The upper link swings slowly clockwise.`` The speeds, in radians/s, are divided at 0.1,
        0.7 and 2 for the upper link and 0.2, 1.4 and 4 for the lower one, to either side. They
        suffice: turning the joint against the upper link's swing lifts the tip.

    Actions:
        ``Discrete(3)``, Gymnasium's own, all always legal: 0 turn the joint clockwise, 1 leave it
        alone, 2 turn it counterclockwise.

    Rewards:
        -1 for each step but the last, which has 0.

    Episode end:
        Terminates when the tip is a link's length above the bar; truncated after ``max_steps``.
        ``success`` means that it got there; ``score`` is 1 then, else 0.

    Arguments:
        max_steps: Length of an episode (default 500).
        split: Level seeds, which give the small numbers at the start, come from disjoint ranges.
        The oracle turns the joint against the upper link's swing; it lifts the tip always.

    Version History:
        v0: first version (narration 1).
    """

    def __init__(self, *, max_steps: int = 500, **common: Any) -> None:
        super().__init__(
            env=make_bare("Acrobot-v1", common),
            narrator=tell,
            actions=ACTIONS,
            result=judge_end,
            max_steps=max_steps,
            **common,
        )

    def oracle_action(self) -> int | None:
        """A turn against the upper link's swing, which adds to the energy."""
        return CLOCKWISE if self._observation[4] > 0 else COUNTERCLOCKWISE


def tell(observation: np.ndarray[Any, Any], _info: dict[str, Any]) -> list[str]:
    """The page of Acrobot's six numbers."""
    cos_upper, sin_upper, cos_bend, sin_bend, upper_speed, lower_speed = observation.tolist()
    upper, bend = atan2(sin_upper, cos_upper), atan2(sin_bend, cos_bend)
    return [
        "Your goal is to swing the tip up above the line, a link's length above the bar.",
        UPPER.tell(upper),
        BEND.tell(bend),
        UPPER_SPEED.tell(upper_speed),
        LOWER_SPEED.tell(lower_speed),
        HEIGHT.tell(-cos(upper) - cos(upper + bend)),
    ]
