"""Gymnasium's Acrobot, told in words."""

from functools import partial
from math import atan2, cos, pi
from typing import Any

import numpy as np

from .narrated import NarratedEnv, judge_end, make_bare, pick_wording
from .scales import Scale, ScaleWording, mirror

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

WITH_CLOCK = ("with the clock", "against the clock")
WORDINGS = {
    "train": ScaleWording(
        goal="Your goal is to swing the tip up above the line, a link's length above the bar.",
        actions=ACTIONS,
        scales=(UPPER, BEND, UPPER_SPEED, LOWER_SPEED, HEIGHT),
    ),
    "heldout": ScaleWording(
        goal="What is wanted: the free end over the mark, one arm's length over the hinge.",
        actions=("twist the elbow with the clock", "rest", "twist the elbow against the clock"),
        scales=(
            Scale(
                UPPER.edges,
                tuple(f"Where a clock has its {hour} aims the first arm." for hour in HOURS),
            ),
            mirror(
                (pi / 12, pi / 4, pi / 2, 3 * pi / 4),
                "In line with it lies the second arm.",
                (
                    "A little crooked {side} lies the second arm.",
                    "Quite crooked {side} lies the second arm.",
                    "Very crooked {side} lies the second arm.",
                    "Doubled up {side} lies the second arm.",
                ),
                WITH_CLOCK,
            ),
            *(
                mirror(
                    edges,
                    f"Next to no motion has the {arm} arm.",
                    (
                        f"Unhurried motion {{side}} has the {arm} arm.",
                        f"Motion {{side}} has the {arm} arm.",
                        f"Rapid motion {{side}} has the {arm} arm.",
                    ),
                    WITH_CLOCK,
                )
                for arm, edges in (("first", (0.1, 0.7, 2.0)), ("second", (0.2, 1.4, 4.0)))
            ),
            Scale(
                HEIGHT.edges,
                (
                    "As low as can be hangs the free end.",
                    "Far under the hinge hangs the free end.",
                    "Under the hinge hangs the free end.",
                    "Barely under the hinge hangs the free end.",
                    "Barely over the hinge is the free end.",
                    "Close to the mark is the free end.",
                    "Over the mark is the free end.",
                ),
            ),
        ),
    ),
}


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
        wording: ``"train"`` (default) or ``"heldout"``, which has other words and sentences.
        split: Level seeds, which give the small numbers at the start, come from disjoint ranges.
        The oracle turns the joint against the upper link's swing; it lifts the tip always.

    Version History:
        v0: first version (narration 1).
    """

    wordings = tuple(WORDINGS)

    def __init__(self, *, max_steps: int = 500, **common: Any) -> None:
        wording = pick_wording(WORDINGS, common)
        super().__init__(
            env=make_bare("Acrobot-v1", common),
            narrator=partial(tell, wording=wording),
            actions=wording.actions,
            result=judge_end,
            max_steps=max_steps,
            **common,
        )

    def oracle_action(self) -> int | None:
        """A turn against the upper link's swing, which adds to the energy."""
        return CLOCKWISE if self._observation[4] > 0 else COUNTERCLOCKWISE


def tell(
    observation: np.ndarray[Any, Any],
    _info: dict[str, Any],
    wording: ScaleWording = WORDINGS["train"],
) -> list[str]:
    """The page of Acrobot's six numbers."""
    cos_upper, sin_upper, cos_bend, sin_bend, upper_speed, lower_speed = observation.tolist()
    upper, bend = atan2(sin_upper, cos_upper), atan2(sin_bend, cos_bend)
    height = -cos(upper) - cos(upper + bend)
    return wording.tell((upper, bend, upper_speed, lower_speed, height))
