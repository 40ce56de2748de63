"""The words of the grids: the goal, what just happened, and everything visible with its place."""

from collections.abc import Iterator
from functools import cache, lru_cache
from typing import Any, NamedTuple

from .grid_view import front, look

ACTIONS = {
    0: "turn left",
    1: "turn right",
    2: "move forward",
    3: "pick up the object in front of you",
    4: "drop what you carry in front of you",
    5: "open or close the thing in front of you",
    6: "declare that you are done",
}
"""MiniGrid's seven actions in words."""

ARRIVED = "You have just arrived."
UNCHANGED = {
    0: "You could not turn left.",
    1: "You could not turn right.",
    2: "You could not move forward.",
    3: "You could not pick anything up.",
    4: "You could not drop anything.",
    5: "You could not open or close anything.",
    6: "You declared that you are done.",
}
"""What is told when an action has changed nothing."""


class Moment(NamedTuple):
    """What an action of the agent can change."""

    place: tuple[int, int]
    direction: int
    carrying: Any
    front: Any
    front_state: str


def moment(game: Any) -> Moment:
    """The present of the agent and of the cell before it."""
    x, y = game.agent_pos
    cell = front(game)
    return Moment((int(x), int(y)), game.agent_dir, game.carrying, cell, _state(cell))


def tell_event(action: int, before: Moment, game: Any) -> str:
    """What the last action did, judged by what changed and not by what was meant.

    Args:
        action: The action taken.
        before: The moment before it.
        game: The MiniGrid environment after it.
    """
    after = moment(game)
    if after.direction != before.direction:
        left = (before.direction - 1) % 4
        return "You turned left." if after.direction == left else "You turned right."
    if after.place != before.place:
        return "You moved forward."
    if after.carrying is not before.carrying:
        if after.carrying is None:
            return "You dropped what you carried."
        return "You picked up the object in front of you."
    return _tell_opening(before, after) or UNCHANGED[action]


def _tell_opening(before: Moment, after: Moment) -> str | None:
    thing = before.front
    if thing is None or thing.type not in ("door", "box"):
        return None
    if thing.type == "box":
        return None if after.front is thing else "You opened the box in front of you."
    if before.front_state == after.front_state:
        return None
    if before.front_state == "locked":
        return "You unlocked and opened the door in front of you."
    done = "opened" if after.front_state == "open" else "closed"
    return f"You {done} the door in front of you."


def tell(game: Any, event: str) -> list[str]:
    """The page of the present state: the goal, the agent, then everything that it sees.

    Args:
        game: A MiniGrid environment that has been reset.
        event: What happened last, told by `tell_event`, or `ARRIVED`.
    """
    view = look(game)
    ahead = front(game)
    facing = "free floor" if ahead is None else _with_article(_noun_of(ahead))
    carried = "nothing" if game.carrying is None else _with_article(_noun_of(game.carrying))
    return [
        tell_goal(game.mission),
        event,
        f"You carry {carried}.",
        f"Directly in front of you is {facing}.",
        *(_tell_thing(_noun_of(cell), steps, side) for cell, steps, side in view.things),
        *_tell_walls(view.walls, view.size),
    ]


@lru_cache(maxsize=4_096)
def tell_goal(mission: str) -> str:
    """MiniGrid's mission as one sentence on one line; a world may have none."""
    mission = " ".join(mission.split()).removeprefix("you must ").rstrip(" .,;:!?")
    return f"Your goal is to {mission}." if mission else "You have no goal here."


def _state(cell: Any) -> str:
    if cell is None or cell.type != "door":
        return ""
    if cell.is_open:
        return "open"
    return "locked" if cell.is_locked else "closed"


def _noun_of(cell: Any) -> str:
    return _noun(cell.type, cell.color, _state(cell))


@cache
def _noun(kind: str, color: str, state: str) -> str:
    if kind in ("wall", "lava"):
        return kind
    kind = {"goal": "goal square", "floor": "floor tile"}.get(kind, kind)
    return f"{state} {color} {kind}".strip()


def _with_article(noun: str) -> str:
    if noun == "lava":
        return noun
    return f"an {noun}" if noun[0] in "aeiou" else f"a {noun}"


@lru_cache(maxsize=65_536)
def _tell_thing(noun: str, ahead: int, side: int) -> str:
    subject = _with_article(noun)
    return f"{subject[0].upper()}{subject[1:]} is {_place(ahead, side)}."


def _place(ahead: int, side: int) -> str:
    if not side:
        return f"{_steps(ahead)} ahead"
    beside = f"{_steps(abs(side))} to your {'left' if side < 0 else 'right'}"
    return f"{_steps(ahead)} ahead and {beside}" if ahead else beside


def _steps(count: int) -> str:
    return "1 step" if count == 1 else f"{count} steps"


@lru_cache(maxsize=65_536)
def _tell_walls(walls: int, size: int) -> tuple[str, ...]:
    """One statement for each maximal straight run of wall cells, and for each lone cell."""
    half = size // 2
    cells = {
        (ahead, side)
        for ahead in range(size)
        for side in range(-half, half + 1)
        if walls >> ahead * size + side + half & 1
    }
    across = list(_runs(cells, (0, 1)))
    along = list(_runs(cells, (1, 0)))
    in_runs = {cell for run in across + along for cell in run}
    return (
        *(_tell_across(run) for run in across),
        *(_tell_along(run) for run in along),
        *(_tell_thing("wall", *cell) for cell in sorted(cells - in_runs)),
    )


def _runs(cells: set[tuple[int, int]], step: tuple[int, int]) -> Iterator[list[tuple[int, int]]]:
    """Maximal runs of at least two cells in the direction of ``step``."""
    for ahead, side in sorted(cells):
        if (ahead - step[0], side - step[1]) in cells:
            continue
        run = []
        while (ahead, side) in cells:
            run.append((ahead, side))
            ahead, side = ahead + step[0], side + step[1]
        if len(run) > 1:
            yield run


def _tell_across(run: list[tuple[int, int]]) -> str:
    ahead = run[0][0]
    where = f"{_steps(ahead)} ahead" if ahead else "beside you"
    return f"A wall lies {where}, from {_side(run[0][1])} to {_side(run[-1][1])}."


def _side(side: int) -> str:
    if not side:
        return "straight ahead"
    return f"{_steps(abs(side))} {'left' if side < 0 else 'right'}"


def _tell_along(run: list[tuple[int, int]]) -> str:
    side = run[0][1]
    where = f"{_steps(abs(side))} to your {'left' if side < 0 else 'right'}"
    start = f"{_steps(run[0][0])} ahead" if run[0][0] else "beside you"
    end = f"{_steps(run[-1][0])} ahead"
    return f"A wall lies {where if side else 'straight ahead'}, from {start} to {end}."
