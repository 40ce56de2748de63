"""Gymnasium's FrozenLake, told in words, with a lake of its own for each level."""

from dataclasses import dataclass
from typing import Any

from .errors import choose, require
from .grid_splits import in_test
from .narrated import NarratedEnv, make_bare, pick_wording
from .toy_places import PLACES, PlaceWording, require_bool, tell_offset
from .toy_plan import Plan

MAPS = ("random", "4x4", "8x8")
SIZES = range(4, 11)
MAX_STEPS = 100


@dataclass(frozen=True)
class LakeWording:
    """The templates of one wording."""

    goal: str
    """The first statement."""
    actions: tuple[str, ...]
    """The names of FrozenLake's actions, in its own order."""
    size: str
    """How many ``rows`` and ``columns`` the lake has."""
    place: str
    """Your ``row`` and ``column``, from 1."""
    slippery: str
    """You may slide."""
    fields: tuple[str, str]
    """Where a hole is; where the gift is: ``place``."""
    reached: tuple[str, str]
    """You are in a hole; at the gift."""
    places: PlaceWording
    """The words of offsets."""


WORDINGS = {
    "train": LakeWording(
        goal="Your goal is to reach the gift without falling into a hole.",
        actions=("walk left", "walk down", "walk right", "walk up"),
        size="The lake has {rows} rows and {columns} columns.",
        place="You are in row {row}, column {column}.",
        slippery="The ice is slippery, and you may slide to either side of where you walk.",
        fields=("A hole is {place}.", "The gift is {place}."),
        reached=("You have fallen into a hole.", "You have reached the gift."),
        places=PLACES["train"],
    ),
    "heldout": LakeWording(
        goal="Get hold of the present, and keep out of the gaps.",
        actions=("step leftward", "step lower", "step rightward", "step higher"),
        size="This sheet of ice measures {rows} lines by {columns} files.",
        place="Line {row}, file {column} is where you stand.",
        slippery="Hardly any grip: a step may end beside where it was meant to.",
        fields=("A gap lies {place}.", "The present lies {place}."),
        reached=("Through a gap you went down.", "The present is in your hands."),
        places=PLACES["heldout"],
    ),
}


class FrozenLakeEnv(NarratedEnv):
    """Cross a frozen lake to a gift without falling into a hole.

    Description:
        Gymnasium's FrozenLake-v1, which is ``env.unwrapped.game``. You start in the top left
        corner, and the gift lies in the bottom right one. Each level is a lake of its own, drawn
        as Gymnasium draws random maps: four fields of five are ice, and a way exists.

    Observation:
        The goal; the size of the lake; where you are; where the gift and each hole are, seen from
        there, e.g. ``A hole is 2 rows down and 1 column to the right.``

    Actions:
        ``Discrete(4)``, Gymnasium's own, all always legal: 0 walk left, 1 walk down, 2 walk right,
        3 walk up. Walking off the lake changes nothing.

    Rewards:
        1 for reaching the gift, 0 otherwise.

    Episode end:
        Terminates at the gift and in a hole; truncated after ``max_steps``. ``success`` means that
        the gift was reached; ``score`` is 1 then, else 0.

    Arguments:
        map: ``"random"`` (default): a new lake for each level. ``"4x4"`` and ``"8x8"`` are
            Gymnasium's two fixed lakes; with ``slippery=True`` they are its own tasks.
        size: Rows and columns of a random lake, 4 to 10 (default 4).
        slippery: Whether two steps of three go to a side of where you walk (default False).
        max_steps: Length of an episode (default 100).
        wording: ``"train"`` (default) or ``"heldout"``, which has other words and sentences.
        split: By a hash of the lake: about a quarter of the lakes is for the tests. Void where
            ``map`` is fixed.
        The oracle plays by value iteration over the transitions: it is exact, and reaches the gift
        always unless the ice is slippery.

    Version History:
        v0: first version (narration 1).
    """

    wordings = tuple(WORDINGS)

    def __init__(
        self,
        *,
        map: str = "random",
        size: int = 4,
        slippery: bool = False,
        max_steps: int = MAX_STEPS,
        **common: Any,
    ) -> None:
        choose("map", map, MAPS)
        require_bool("slippery", slippery)
        require(
            type(size) is int and size in SIZES,
            f"size={size!r} must be a whole number from {SIZES[0]} to {SIZES[-1]}.",
        )
        self._map, self._size, self._slippery = map, size, slippery
        self._told = pick_wording(WORDINGS, common)
        super().__init__(
            env=make_bare(
                "FrozenLake-v1",
                common,
                map_name="4x4" if map == "random" else map,
                is_slippery=slippery,
            ),
            narrator=self._tell_lake,
            actions=self._told.actions,
            max_steps=max_steps,
            **common,
        )
        self._plan: Plan | None = None

    def _start(self, options: dict[str, Any]) -> None:
        if self._map == "random":
            make, self._plan = type(self.game), None
            self.game = make(
                desc=self._draw_lake(),
                is_slippery=self._slippery,
                render_mode=self.game.render_mode,
            )
        super()._start(options)

    def _draw_lake(self) -> list[str]:
        from gymnasium.envs.toy_text.frozen_lake import generate_random_map

        while True:
            lake = generate_random_map(self._size, seed=self._draw_level_seed())
            if in_test("/".join(lake)) == (self.split == "test"):
                return lake

    def _tell_lake(self, observation: int, info: dict[str, Any]) -> list[str]:
        rows, columns = self.game.desc.shape
        row, column = divmod(int(observation), columns)
        told = self._told
        return [
            told.goal,
            told.size.format(rows=rows, columns=columns),
            told.place.format(row=row + 1, column=column + 1),
            *[told.slippery] * self._slippery,
            *(
                _tell_field(bool(self.game.desc[r, c] == b"G"), r - row, c - column, told)
                for r in range(rows)
                for c in range(columns)
                if self.game.desc[r, c] in b"GH"
            ),
        ]

    def oracle_action(self) -> int | None:
        """The best action by value iteration."""
        self._plan = self._plan or Plan(self.game.P)
        return self._plan.choose(int(self.game.s), self._words)


def _tell_field(is_gift: bool, rows: int, columns: int, wording: LakeWording) -> str:
    if not rows and not columns:
        return wording.reached[is_gift]
    return wording.fields[is_gift].format(place=tell_offset(rows, columns, wording.places))
