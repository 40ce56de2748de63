"""Gymnasium's CartPole, told in words."""

from functools import partial
from math import radians
from typing import Any

import numpy as np

from .narrated import NarratedEnv, make_bare, pick_wording
from .scales import ScaleWording, mirror

ACTIONS = ("push the cart to the left", "push the cart to the right")
"""The names of CartPole's actions, in its own order."""

SIDES = ("leftward", "rightward")
"""The words for the two sides in the held-out wording."""

PLACE = mirror(
    (0.3, 1.0, 1.8, 2.4),
    "The cart is in the middle of the track.",
    (
        "The cart is a little to the {side} of the middle.",
        "The cart is far to the {side} of the middle.",
        "The cart is near the {side} end of the track.",
        "The cart has left the track at its {side} end.",
    ),
)
SPEED = mirror(
    (0.2, 0.8),
    "The cart hardly moves.",
    ("The cart moves slowly to the {side}.", "The cart moves quickly to the {side}."),
)
LEAN = mirror(
    (radians(1), radians(4), radians(8), radians(12)),
    "The pole stands upright.",
    (
        "The pole leans slightly to the {side}.",
        "The pole leans clearly to the {side}.",
        "The pole leans far to the {side}.",
        "The pole has fallen to the {side}.",
    ),
)
TURN = mirror(
    (0.2, 0.8),
    "The pole hardly turns.",
    ("The pole turns slowly to the {side}.", "The pole turns quickly to the {side}."),
)
SCALES = (PLACE, SPEED, LEAN, TURN)
"""Phrases for CartPole's four numbers, in its own order: metres, metres/s, radians, radians/s."""

WORDINGS = {
    "train": ScaleWording(
        goal="Your goal is to keep the pole upright and the cart on the track.",
        actions=ACTIONS,
        scales=SCALES,
    ),
    "heldout": ScaleWording(
        goal="Neither the rod may topple nor the wagon leave its rails.",
        actions=("shove the wagon leftward", "shove the wagon rightward"),
        scales=(
            mirror(
                (0.3, 1.0, 1.8, 2.4),
                "Halfway along the rails stands the wagon.",
                (
                    "Just {side} of halfway stands the wagon.",
                    "Well {side} of halfway stands the wagon.",
                    "Close to where the rails stop, {side}, stands the wagon.",
                    "Off the rails, {side}, is the wagon.",
                ),
                SIDES,
            ),
            mirror(
                (0.2, 0.8),
                "Nearly at rest is the wagon.",
                ("Going {side} at low speed is the wagon.", "Racing {side} is the wagon."),
                SIDES,
            ),
            mirror(
                (radians(1), radians(4), radians(8), radians(12)),
                "Straight up points the rod.",
                (
                    "A bit {side} tilts the rod.",
                    "Visibly {side} tilts the rod.",
                    "Dangerously {side} tilts the rod.",
                    "Down {side} is the rod.",
                ),
                SIDES,
            ),
            mirror(
                (0.2, 0.8),
                "Almost steady is the rod.",
                ("Swinging {side} gently is the rod.", "Swinging {side} fast is the rod."),
                SIDES,
            ),
        ),
    ),
}

GAINS = np.array([1.0, 1.6, 18.7, 3.5])
"""A linear controller of the four numbers; its sign is the side to push to."""


class CartPoleEnv(NarratedEnv):
    """Keep a pole upright on a cart by pushing the cart.

    Description:
        Gymnasium's CartPole-v1, which is ``env.unwrapped.game``.

    Observation:
        The goal, and one statement each for the cart's place and speed and the pole's lean and
        turn, e.g. ``The pole leans slightly to the right.`` The phrases divide place at 0.3, 1.0
        and 1.8 m, speed at 0.2 and 0.8 m/s, lean at 1, 4 and 8 degrees, turn at 0.2 and 0.8
        radians/s, to either side. They suffice: a controller that knows nothing but the phrases
        keeps the pole up for all 500 steps.

    Actions:
        ``Discrete(2)``, Gymnasium's own, both always legal: 0 push the cart to the left, 1 push it
        to the right.

    Rewards:
        1 for each step.

    Episode end:
        Terminates when the pole leans more than 12 degrees or the cart leaves the track; truncated
        after ``max_steps``. ``success`` means that the pole stood until then; ``score`` is the
        share of ``max_steps`` for which it did.

    Arguments:
        max_steps: Length of an episode (default 500).
        wording: ``"train"`` (default) or ``"heldout"``, which has other words and sentences.
        split: Level seeds, which give the small numbers at the start, come from disjoint ranges.
        The oracle is a linear controller of the exact numbers; it keeps the pole up always.

    Version History:
        v0: first version (narration 1).
    """

    wordings = tuple(WORDINGS)

    def __init__(self, *, max_steps: int = 500, **common: Any) -> None:
        wording = pick_wording(WORDINGS, common)
        super().__init__(
            env=make_bare("CartPole-v1", common),
            narrator=partial(tell, wording=wording),
            actions=wording.actions,
            max_steps=max_steps,
            **common,
        )

    def _result(self) -> tuple[bool, float]:
        stood = not self._terminated and self._total == self.max_steps
        return stood, min(1.0, self._total / self.max_steps)

    def oracle_action(self) -> int | None:
        """The side that the linear controller pushes to."""
        return int(GAINS @ self._observation > 0)


def tell(
    observation: np.ndarray[Any, Any],
    _info: dict[str, Any],
    wording: ScaleWording = WORDINGS["train"],
) -> list[str]:
    """The page of the four numbers."""
    return wording.tell(observation.tolist())
