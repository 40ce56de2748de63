"""Gymnasium's Taxi, told in words."""

from typing import Any

from .grid_splits import in_test
from .narrated import NarratedEnv, judge_end, make_bare
from .toy_places import require_bool, tell_offset
from .toy_plan import Plan

ACTIONS = (
    "drive down",
    "drive up",
    "drive right",
    "drive left",
    "pick up the passenger",
    "drop off the passenger",
)
"""The names of Taxi's actions, in its own order."""
STANDS = ("red", "green", "yellow", "blue")
IN_TAXI = len(STANDS)
WALLS = {
    "down": "A wall is right below the taxi.",
    "up": "A wall is right above the taxi.",
    "right": "A wall is to the right of the taxi.",
    "left": "A wall is to the left of the taxi.",
}
"""What is told of each side that the taxi cannot drive to, in the order of the actions."""

RAIN = "It rains, and the taxi may skid to either side of where it drives."
FICKLE = "The passenger may change the destination on the way."


class TaxiEnv(NarratedEnv):
    """Fetch a passenger at one of four stands and bring them to another.

    Description:
        Gymnasium's Taxi-v4, which is ``env.unwrapped.game``: a town of 5 rows and 5 columns with
        a few walls and four stands. There are 300 beginnings: 25 places of the taxi, 4 of the
        passenger, 3 destinations.

    Observation:
        The goal with the destination; where the passenger is; where the taxi is; where each stand
        is, seen from the taxi; the walls next to it, e.g.
        ``Seen from the taxi, the red stand is 2 rows up and 1 column to the left.``

    Actions:
        ``Discrete(6)``, Gymnasium's own: 0 drive down, 1 drive up, 2 drive right, 3 drive left,
        4 pick up the passenger, 5 drop off the passenger. Legal are those of Gymnasium's own
        mask: an action that cannot change anything is illegal.

    Rewards:
        -1 for each step, 20 for the delivery. (Gymnasium's -10 for picking up or dropping off in
        the wrong place cannot occur: these are illegal actions here.)

    Episode end:
        Terminates at the delivery; truncated after ``max_steps``. ``success`` means that the
        passenger was delivered; ``score`` is 1 then, else 0.

    Arguments:
        rainy: Whether the taxi skids to a side in one drive of five (default False).
        fickle: Whether the passenger sometimes changes the destination (default False).
        max_steps: Length of an episode (default 200).
        split: By a hash of the beginning: about a quarter of the 300 is for the tests.
        The oracle plays by value iteration over the transitions: it is exact, and delivers always.

    Version History:
        v0: first version (narration 1).
    """

    def __init__(
        self, *, rainy: bool = False, fickle: bool = False, max_steps: int = 200, **common: Any
    ) -> None:
        require_bool("rainy", rainy)
        require_bool("fickle", fickle)
        self._rules = [*([RAIN] if rainy else []), *([FICKLE] if fickle else [])]
        super().__init__(
            env=make_bare("Taxi-v4", common, is_rainy=rainy, fickle_passenger=fickle),
            narrator=self._tell_town,
            actions=ACTIONS,
            result=judge_end,
            max_steps=max_steps,
            **common,
        )
        self._plan: Plan | None = None

    def _start(self, options: dict[str, Any]) -> None:
        super()._start(options)
        while in_test(f"taxi {self._observation}") != (self.split == "test"):
            super()._start(options)

    def _tell_town(self, observation: int, info: dict[str, Any]) -> list[str]:
        row, column, passenger, destination = self.game.decode(int(observation))
        where = "in the taxi" if passenger == IN_TAXI else f"at the {STANDS[passenger]} stand"
        blocked = [told for k, told in enumerate(WALLS.values()) if not info["action_mask"][k]]
        return [
            f"Your goal is to bring the passenger to the {STANDS[destination]} stand.",
            f"The passenger is {where}.",
            f"The taxi is in row {row + 1}, column {column + 1}.",
            *(
                _tell_stand(name, there[0] - row, there[1] - column)
                for name, there in zip(STANDS, self.game.locs, strict=True)
            ),
            *blocked,
            *self._rules,
        ]

    def oracle_action(self) -> int | None:
        """The best action by value iteration."""
        self._plan = self._plan or Plan(self.game.P)
        return self._plan.choose(int(self.game.s), self._words)


def _tell_stand(name: str, rows: int, columns: int) -> str:
    if not rows and not columns:
        return f"The taxi is at the {name} stand."
    return f"Seen from the taxi, the {name} stand is {tell_offset(rows, columns)}."
