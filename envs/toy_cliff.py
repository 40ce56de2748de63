"""Gymnasium's CliffWalking, told in words."""

from typing import Any

from .narrated import NarratedEnv, make_bare
from .toy_places import require_bool, tell_offset
from .toy_plan import Plan

COLUMNS = 12
GOAL = (3, 11)
SHORTEST = 13
"""Steps of the shortest way, along the edge of the cliff."""
ACTIONS = ("walk up", "walk right", "walk down", "walk left")
"""The names of CliffWalking's actions, in its own order."""

CLIFF = "The cliff fills row 4 from column 2 to column 11."
FALL = "Stepping off the cliff costs 100 and brings you back to row 4, column 1."
SLIPPERY = "The ground is slippery, and you may slip to either side of where you walk."


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
        split: Void: there is one board and one start.
        The oracle plays by value iteration over the transitions: it is exact.

    Version History:
        v0: first version (narration 1).
    """

    def __init__(self, *, slippery: bool = False, max_steps: int = 100, **common: Any) -> None:
        require_bool("slippery", slippery)
        super().__init__(
            env=make_bare("CliffWalking-v1", common, is_slippery=slippery),
            narrator=self._tell_board,
            actions=ACTIONS,
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
        offset = tell_offset(GOAL[0] - row, GOAL[1] - column)
        return [
            "Your goal is to reach row 4, column 12 without stepping off the cliff.",
            f"You are in row {row + 1}, column {column + 1}.",
            "You have reached the goal." if arrived else f"The goal is {offset}.",
            CLIFF,
            FALL,
            *([SLIPPERY] if self.game.is_slippery else []),
            *(["The cliff is right below you."] if below else []),
            *(["The cliff is to the right of you."] if beside else []),
        ]

    def oracle_action(self) -> int | None:
        """The best action by value iteration."""
        self._plan = self._plan or Plan(self.game.P)
        return self._plan.choose(int(self.game.s), self._words)


def judge(total: float, terminated: bool) -> tuple[bool, float]:
    """Success is arrival; its score, 13 divided by the cost of the way."""
    return terminated, min(1.0, SHORTEST / -total) if terminated else 0.0
