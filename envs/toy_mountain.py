"""Gymnasium's MountainCar, told in words."""

from functools import partial
from typing import Any

import numpy as np

from .narrated import NarratedEnv, judge_end, make_bare, pick_wording
from .scales import Scale, ScaleWording, mirror

ACTIONS = ("push to the left", "push not at all", "push to the right")
"""The names of MountainCar's actions, in its own order."""
LEFT, _, RIGHT = range(3)

PLACE = Scale(
    (-1.0, -0.8, -0.65, -0.4, -0.2, 0.1, 0.5),
    (
        "The car is at the top of the left hill.",
        "The car is high on the left hill.",
        "The car is low on the left hill.",
        "The car is at the bottom of the valley.",
        "The car is low on the right hill.",
        "The car is halfway up the right hill.",
        "The car is high on the right hill.",
        "The car is at the flag.",
    ),
)
SPEED = mirror(
    (0.001, 0.01, 0.02, 0.035),
    "The car hardly rolls.",
    (
        "The car rolls slowly to the {side}.",
        "The car rolls steadily to the {side}.",
        "The car rolls quickly to the {side}.",
        "The car rolls very quickly to the {side}.",
    ),
)

WORDINGS = {
    "train": ScaleWording(
        goal="Your goal is to drive the car to the flag on top of the right hill.",
        actions=ACTIONS,
        scales=(PLACE, SPEED),
    ),
    "heldout": ScaleWording(
        goal="What counts is that the buggy arrives at the banner on the eastern summit.",
        actions=("accelerate westward", "let it coast", "accelerate eastward"),
        scales=(
            Scale(
                PLACE.edges,
                (
                    "On the western summit stands the buggy.",
                    "Near the western summit stands the buggy.",
                    "At the foot of the western slope stands the buggy.",
                    "In the hollow stands the buggy.",
                    "At the foot of the eastern slope stands the buggy.",
                    "In the middle of the eastern slope stands the buggy.",
                    "Near the eastern summit stands the buggy.",
                    "Beside the banner stands the buggy.",
                ),
            ),
            mirror(
                (0.001, 0.01, 0.02, 0.035),
                "Its wheels stand almost still.",
                (
                    "Its wheels take it {side} at a crawl.",
                    "Its wheels take it {side} at a walking pace.",
                    "Its wheels take it {side} in haste.",
                    "Its wheels take it {side} at top speed.",
                ),
                ("westward", "eastward"),
            ),
        ),
    ),
}


class MountainCarEnv(NarratedEnv):
    """Drive a weak car out of a valley by gathering speed on both hills.

    Description:
        Gymnasium's MountainCar-v0, which is ``env.unwrapped.game``.

    Observation:
        The goal, and one statement each for the car's place and its speed, e.g.
        ``The car rolls slowly to the left.`` The phrases divide place at -1.0, -0.8, -0.65, -0.4,
        -0.2, 0.1 and 0.5 (the flag), speed at 0.001, 0.01, 0.02 and 0.035 to either side. They
        suffice: pushing to the side that the car rolls to reaches the flag.

    Actions:
        ``Discrete(3)``, Gymnasium's own, all always legal: 0 push to the left, 1 push not at all,
        2 push to the right.

    Rewards:
        -1 for each step.

    Episode end:
        Terminates at the flag; truncated after ``max_steps``. ``success`` means that the flag was
        reached; ``score`` is 1 then, else 0.

    Arguments:
        max_steps: Length of an episode (default 200).
        wording: ``"train"`` (default) or ``"heldout"``, which has other words and sentences.
        split: Level seeds, which give the place of the start, come from disjoint ranges.
        The oracle pushes to the side that the car rolls to; it reaches the flag always.

    Version History:
        v0: first version (narration 1).
    """

    wordings = tuple(WORDINGS)

    def __init__(self, *, max_steps: int = 200, **common: Any) -> None:
        wording = pick_wording(WORDINGS, common)
        super().__init__(
            env=make_bare("MountainCar-v0", common),
            narrator=partial(tell, wording=wording),
            actions=wording.actions,
            result=judge_end,
            max_steps=max_steps,
            **common,
        )

    def oracle_action(self) -> int | None:
        """A push to the side that the car rolls to, which adds to its energy."""
        return RIGHT if self._observation[1] >= 0 else LEFT


def tell(
    observation: np.ndarray[Any, Any],
    _info: dict[str, Any],
    wording: ScaleWording = WORDINGS["train"],
) -> list[str]:
    """The page of (place, speed)."""
    return wording.tell(observation.tolist())
