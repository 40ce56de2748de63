"""The levels of BabyAI-Text's mixture: five kinds of missions among nine or ten objects."""

import re
from collections.abc import Callable
from typing import Any

from minigrid.envs.babyai.core import verifier
from minigrid.envs.babyai.core.roomgrid_level import RejectSampling, RoomGridLevel

says: Any = verifier
"""minigrid's instructions and descriptions, which have no types."""

HELDOUT_PAIRS = frozenset({"yellow box", "red key", "green ball", "red door", "grey door"})
"""The pairs of colour and noun that no training mission names."""
DOOR_COLORS = {"train": ("yellow", "green", "blue", "purple"), "heldout": ("red", "grey")}
"""The colours of the locked door that is to be opened, by ``pairs``."""
ROOM_SIZE = 8
"""Cells along a room's side, its walls included."""
DISTRACTORS = 8
"""Objects besides those that a mission names."""

_PAIR = re.compile(r"\b(?:red|green|blue|purple|yellow|grey) (?:key|ball|box|door)\b")


class MixedLocal(RoomGridLevel):
    """One level of the mixture; a new kind of mission is drawn at each reset.

    Args:
        missions: Names of the kinds, each drawn as often as it is named; see `MISSIONS`.
        pairs: ``"train"``: no mission names a pair of `HELDOUT_PAIRS`; ``"heldout"``: none names
            any other pair.
        **kwargs: Arguments of minigrid's level.
    """

    def __init__(self, missions: tuple[str, ...], pairs: str, **kwargs: Any) -> None:
        self._kinds, self._pairs = missions, pairs
        self._kind = missions[0]
        super().__init__(room_size=ROOM_SIZE, num_rows=1, num_cols=1, **kwargs)

    def _gen_grid(self, width: int, height: int) -> None:
        # Drawn once: a kind whose levels are often rejected must not become rarer.
        self._kind = self._rand_elem(self._kinds)
        self.num_cols = 2 if self._kind == "open" else 1
        self.width = (ROOM_SIZE - 1) * self.num_cols + 1
        super()._gen_grid(self.width, height)  # type: ignore[no-untyped-call]

    def gen_mission(self) -> None:
        """Place the agent and the objects, and choose what is to be done with them.

        Raises:
            RejectSampling: The level will not do; minigrid draws another.
        """
        self.instrs = MISSIONS[self._kind](self)
        self.check_objs_reachable()  # type: ignore[no-untyped-call]
        named = set(_PAIR.findall(self.instrs.surface(self)))
        if named & HELDOUT_PAIRS if self._pairs == "train" else named - HELDOUT_PAIRS:
            raise RejectSampling("the mission names a pair of the other kind")

    def scatter(self, named: int) -> list[Any]:
        """Place the agent, and around it ``named`` objects and the distractors."""
        self.place_agent()
        return self.add_distractors(num_distractors=DISTRACTORS + named, all_unique=False)

    def draw(self, things: list[Any]) -> Any:
        """The description of one of the things."""
        thing = self._rand_elem(things)
        return says.ObjDesc(thing.type, thing.color)

    def draw_two(self, things: list[Any]) -> tuple[Any, Any]:
        """Two descriptions, of different things."""
        first, second = self.draw(things), self.draw(things)
        alone = sum((thing.type, thing.color) == (first.type, first.color) for thing in things) == 1
        while alone and (first.type, first.color) == (second.type, second.color):
            second = self.draw(things)
        return first, second

    def lock_away(self) -> Any:
        """A locked door between two rooms, its key and the agent in one of them."""
        locked, color = self._rand_int(0, 2), self._rand_elem(DOOR_COLORS[self._pairs])
        self.add_door(locked, 0, 2 if locked else 0, color, locked=True)
        self.add_object(1 - locked, 0, "key", color)
        self.add_distractors(1 - locked, 0, num_distractors=DISTRACTORS, all_unique=False)
        self.place_agent(1 - locked, 0)
        told = color if self._pairs == "heldout" else self._rand_elem([None, color])
        return says.ObjDesc("door", told)


def _go_to(level: MixedLocal) -> Any:
    return says.GoToInstr(level.draw(level.scatter(1)))


def _pick_up(level: MixedLocal) -> Any:
    return says.PickupInstr(level.draw(level.scatter(1)))


def _put_next_to(level: MixedLocal) -> Any:
    return says.PutNextInstr(*level.draw_two(level.scatter(2)))


def _pick_up_then_go_to(level: MixedLocal) -> Any:
    taken, visited = level.draw_two(level.scatter(2))
    take, visit = says.PickupInstr(taken), says.GoToInstr(visited)
    return says.BeforeInstr(take, visit) if level._rand_bool() else says.AfterInstr(visit, take)


def _open(level: MixedLocal) -> Any:
    return says.OpenInstr(level.lock_away())


MISSIONS: dict[str, Callable[[MixedLocal], Any]] = {
    "go to": _go_to,
    "pick up": _pick_up,
    "put next to": _put_next_to,
    "pick up then go to": _pick_up_then_go_to,
    "open": _open,
}
"""How each kind of mission is drawn."""
