"""The words of the grids: the goal, what just happened, and everything visible with its place."""

import re
from collections.abc import Iterator
from functools import cache, lru_cache
from typing import Any, NamedTuple

from .grid_heldout import HELDOUT, HELDOUT_TERSE
from .grid_view import front, look
from .grid_wording import TERSE, TRAIN, Event, GridWording

WORDINGS = {
    "train": {"prose": TRAIN, "terse": TERSE, "symbolic": TRAIN},
    "heldout": {"prose": HELDOUT, "terse": HELDOUT_TERSE, "symbolic": HELDOUT},
}
"""The templates of each wording and narration; a symbolic page is not observed, but rendered."""

_UNCOLOURED = ("wall", "lava")


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


def find_event(action: int, before: Moment, game: Any) -> Event:
    """What the last action did, judged by what changed and not by what was meant.

    Args:
        action: The action taken.
        before: The moment before it.
        game: The MiniGrid environment after it.
    """
    after = moment(game)
    if after.direction != before.direction:
        left = (before.direction - 1) % 4
        return Event.TURNED_LEFT if after.direction == left else Event.TURNED_RIGHT
    if after.place != before.place:
        return Event.MOVED
    if after.carrying is not before.carrying:
        return Event.DROPPED if after.carrying is None else Event.PICKED_UP
    opening = _find_opening(before, after)
    return Event(action) if opening is None else opening


def _find_opening(before: Moment, after: Moment) -> Event | None:
    thing = before.front
    if thing is None or thing.type not in ("door", "box"):
        return None
    if thing.type == "box":
        return None if after.front is thing else Event.OPENED_BOX
    if before.front_state == after.front_state:
        return None
    if before.front_state == "locked":
        return Event.UNLOCKED
    return Event.OPENED if after.front_state == "open" else Event.CLOSED


def tell(game: Any, event: Event, wording: GridWording = TRAIN) -> list[str]:
    """The page of the present state: the goal, the agent, then everything that it sees.

    Args:
        game: A MiniGrid environment that has been reset.
        event: What happened last, found by `find_event`, or ``Event.ARRIVED``.
        wording: The templates.
    """
    view = look(game)
    carried = _thing_of(game.carrying, wording.nothing, wording)
    return [
        tell_goal(game.mission, wording),
        wording.events[event],
        wording.carry.format(thing=carried),
        wording.face.format(thing=_thing_of(front(game), wording.floor, wording)),
        *(_tell_thing(*_kind_of(cell), steps, side, wording) for cell, steps, side in view.things),
        *_tell_walls(view.walls, view.size, wording),
    ]


def mission_of(text: str) -> str:
    """MiniGrid's mission on one line, without the words and marks around it; it may be empty."""
    return " ".join(text.split()).removeprefix("you must ").rstrip(" .,;:!?")


@lru_cache(maxsize=4_096)
def tell_goal(mission: str, wording: GridWording = TRAIN) -> str:
    """MiniGrid's mission as one sentence on one line; a world may have none."""
    mission = mission_of(mission)
    if not mission:
        return wording.no_goal
    return wording.goal.format(mission=_retell(mission, wording))


def _retell(mission: str, wording: GridWording) -> str:
    """A mission in the words of a wording, the articles mended."""
    if not wording.phrases:  # Training tells MiniGrid's missions as they are.
        return mission
    replaced = {**wording.colors, **wording.kinds, **wording.phrases}
    longest_first = "|".join(map(re.escape, sorted(replaced, key=len, reverse=True)))
    told = re.sub(rf"\b(?:{longest_first})\b", lambda found: replaced[found[0]], mission)
    return mend_articles(told)


def mend_articles(sentence: str) -> str:
    """The sentence with ``a`` before consonants and ``an`` before vowels."""
    return re.sub(
        r"\b([Aa])n? (?=(\w))", lambda found: f"{found[1]}{_article(found[2])[1:]} ", sentence
    )


def _article(word: str) -> str:
    return "an" if word[0] in "aeiou" else "a"


def _state(cell: Any) -> str:
    if cell is None or cell.type != "door":
        return ""
    if cell.is_open:
        return "open"
    return "locked" if cell.is_locked else "closed"


def _kind_of(cell: Any) -> tuple[str, str, str]:
    return cell.type, cell.color, _state(cell)


def _thing_of(cell: Any, nothing: str, wording: GridWording) -> str:
    return nothing if cell is None else _thing(*_kind_of(cell), wording)


@cache
def _thing(kind: str, color: str, state: str, wording: GridWording) -> str:
    """A thing with its article, e.g. ``a locked yellow door``."""
    noun = wording.kinds.get(kind, kind)
    if kind == "lava":
        return noun
    if kind not in _UNCOLOURED:
        template = wording.door if state else wording.coloured
        noun = template.format(
            state=wording.states.get(state, state),
            color=wording.colors.get(color, color),
            kind=noun,
        )
    return wording.articles[_article(noun) == "an"] + noun


def _capital(sentence: str) -> str:
    return sentence[0].upper() + sentence[1:]


@lru_cache(maxsize=65_536)
def _tell_thing(
    kind: str, color: str, state: str, ahead: int, side: int, wording: GridWording
) -> str:
    thing = _thing(kind, color, state, wording)
    return _capital(wording.see.format(thing=thing, place=_place(ahead, side, wording)))


def _place(ahead: int, side: int, wording: GridWording) -> str:
    before = wording.ahead.format(steps=_steps(ahead, wording))
    if not side:
        return before
    beside = _beside(side, wording.beside, wording)
    return wording.both.format(ahead=before, beside=beside) if ahead else beside


def _beside(side: int, templates: tuple[str, str], wording: GridWording) -> str:
    return templates[side > 0].format(steps=_steps(abs(side), wording))


def _steps(count: int, wording: GridWording) -> str:
    return wording.steps[count != 1].format(count=count)


@lru_cache(maxsize=65_536)
def _tell_walls(walls: int, size: int, wording: GridWording) -> tuple[str, ...]:
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
        *(_tell_across(run, wording) for run in across),
        *(_tell_along(run, wording) for run in along),
        *(_tell_thing("wall", "", "", *cell, wording) for cell in sorted(cells - in_runs)),
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


def _tell_across(run: list[tuple[int, int]], wording: GridWording) -> str:
    where = _row(run[0][0], wording)
    start, end = (
        _beside(side, wording.ends, wording) if side else wording.straight
        for side in (run[0][1], run[-1][1])
    )
    return _capital(wording.wall.format(where=where, start=start, end=end))


def _tell_along(run: list[tuple[int, int]], wording: GridWording) -> str:
    side = run[0][1]
    where = _beside(side, wording.beside, wording) if side else wording.straight
    start, end = (_row(ahead, wording) for ahead in (run[0][0], run[-1][0]))
    return _capital(wording.wall.format(where=where, start=start, end=end))


def _row(ahead: int, wording: GridWording) -> str:
    return wording.ahead.format(steps=_steps(ahead, wording)) if ahead else wording.level
