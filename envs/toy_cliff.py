"""Gymnasium's CliffWalking, told in words."""

from dataclasses import dataclass
from typing import Any

from .narrated import NarratedEnv, make_bare, pick_wording
from .toy_places import PLACES, PlaceWording, require_bool, tell_offset
from .toy_plan import Plan

COLUMNS = 12
GOAL = (3, 11)
SHORTEST = 13
"""Steps of the shortest way, along the edge of the cliff."""


@dataclass(frozen=True)
class CliffWording:
    """The templates of one wording."""

    goal: str
    """The first statement."""
    actions: tuple[str, ...]
    """The names of CliffWalking's actions, in its own order."""
    place: str
    """Your ``row`` and ``column``, from 1."""
    there: str
    """Where the goal is: ``place``."""
    arrived: str
    """You are at the goal."""
    cliff: str
    """Where the cliff is."""
    fall: str
    """What a fall does."""
    slippery: str
    """You may slip."""
    below: str
    """The cliff is below you."""
    beside: str
    """The cliff is to your right."""
    places: PlaceWording
    """The words of offsets."""


WORDINGS = {
    "train": CliffWording(
        goal="Your goal is to reach row 4, column 12 without stepping off the cliff.",
        actions=("walk up", "walk right", "walk down", "walk left"),
        place="You are in row {row}, column {column}.",
        there="The goal is {place}.",
        arrived="You have reached the goal.",
        cliff="The cliff fills row 4 from column 2 to column 11.",
        fall="Stepping off the cliff costs 100 and brings you back to row 4, column 1.",
        slippery="The ground is slippery, and you may slip to either side of where you walk.",
        below="The cliff is right below you.",
        beside="The cliff is to the right of you.",
        places=PLACES["train"],
    ),
    "heldout": CliffWording(
        goal="Make your way to line 4, file 12, and do not plunge down the precipice.",
        actions=("step higher", "step rightward", "step lower", "step leftward"),
        place="Line {row}, file {column} is where you stand.",
        there="The destination lies {place}.",
        arrived="The destination is under your feet.",
        cliff="Along line 4, files 2 to 11, gapes the precipice.",
        fall="Whoever plunges loses 100 and begins again at line 4, file 1.",
        slippery="Hardly any grip: a step may end beside where it was meant to.",
        below="One step lower gapes the precipice.",
        beside="One step rightward gapes the precipice.",
        places=PLACES["heldout"],
    ),
}


class CliffWalkingEnv(NarratedEnv):
    """Walk from one end of a cliff to the other without stepping off it.

    Description:
        Gymnasium's CliffWalking-v1, which is ``env.unwrapped.game``: a board of 4 rows and 12
        columns with a cliff along the lowest row, between start and goal.

    Observation:
        The goal; where you are; where the goal is, seen from there; where the cliff is and what a
        fall costs; whether you stand next to the cliff.

    Actions:
        ``Discrete(4)``, Gymnasium's own, all always legal: 0 walk up, 1 walk right, 2 walk down,
        3 walk left. Walking off the board changes nothing.

    Rewards:
        -1 for each step, -100 for a step off the cliff.

    Episode end:
        Terminates at the goal; truncated after ``max_steps``. ``success`` means that the goal was
        reached; ``score`` is then 13, the cost of the shortest way, divided by the cost of the way
        taken, so that a fall is dear; else it is 0.

    Arguments:
        slippery: Whether two steps of three go to a side of where you walk (default False).
        max_steps: Length of an episode (default 100).
        wording: ``"train"`` (default) or ``"heldout"``, which has other words and sentences.
        split: Void: there is one board and one start.
        The oracle plays by value iteration over the transitions: it is exact.

    Version History:
        v0: first version (narration 1).
    """

    wordings = tuple(WORDINGS)

    def __init__(self, *, slippery: bool = False, max_steps: int = 100, **common: Any) -> None:
        require_bool("slippery", slippery)
        self._told = pick_wording(WORDINGS, common)
        super().__init__(
            env=make_bare("CliffWalking-v1", common, is_slippery=slippery),
            narrator=self._tell_board,
            actions=self._told.actions,
            result=judge,
            max_steps=max_steps,
            **common,
        )
        self._plan: Plan | None = None

    def _tell_board(self, observation: int, info: dict[str, Any]) -> list[str]:
        row, column = divmod(int(observation), COLUMNS)
        below = row == GOAL[0] - 1 and 0 < column < COLUMNS - 1
        beside = (row, column) == (GOAL[0], 0)
        arrived = (row, column) == GOAL
        told = self._told
        offset = tell_offset(GOAL[0] - row, GOAL[1] - column, told.places)
        return [
            told.goal,
            told.place.format(row=row + 1, column=column + 1),
            told.arrived if arrived else told.there.format(place=offset),
            told.cliff,
            told.fall,
            *[told.slippery] * self.game.is_slippery,
            *[told.below] * below,
            *[told.beside] * beside,
        ]

    def oracle_action(self) -> int | None:
        """The best action by value iteration."""
        self._plan = self._plan or Plan(self.game.P)
        return self._plan.choose(int(self.game.s), self._words)


def judge(total: float, terminated: bool) -> tuple[bool, float]:
    """Success is arrival; its score, 13 divided by the cost of the way."""
    return terminated, min(1.0, SHORTEST / -total) if terminated else 0.0
