"""Which levels of a grid are for training and which for tests, where a world has few layouts.

Level seeds of the two splits come from disjoint ranges, which keeps the levels apart as long as
two seeds never give one layout. Where they do, layouts are parted by a hash of what they hold.
"""

import hashlib
import io
from collections.abc import Callable, Iterable
from contextlib import redirect_stdout
from typing import Any

from .errors import InvalidArgument

TEST_SHARE = 0.25
"""The part of the layouts that the test split gets, about."""
MOST_DRAWS = 1_000
"""Level seeds tried for a layout of the wanted split."""
ENOUGH_DRAWS = 64
"""Draws of one and the same layout after which a world is taken to have no other."""

CUE_COLUMN = 1
"""Where MiniGrid's worlds of memory show what to look for, above the middle row."""

SAME_LEVELS = frozenset({"agent_view_size", "see_through_walls", "highlight", "tile_size"})
"""Arguments of a MiniGrid world that leave its layouts as they are."""

SINGLE = frozenset(
    {
        "MiniGrid-DistShift1-v0",
        "MiniGrid-DistShift2-v0",
        "MiniGrid-Empty-5x5-v0",
        "MiniGrid-Empty-6x6-v0",
        "MiniGrid-Empty-8x8-v0",
        "MiniGrid-Empty-16x16-v0",
    }
)
"""Worlds that have one layout: the split is void."""

REPEATING: dict[str, int] = {
    "MiniGrid-BlockedUnlockPickup-v0": 0,
    "MiniGrid-LavaCrossingS9N1-v0": 0,
    "MiniGrid-LavaCrossingS9N2-v0": 0,
    "MiniGrid-LavaCrossingS9N3-v0": 0,
    "MiniGrid-LavaCrossingS11N5-v0": 0,
    "MiniGrid-SimpleCrossingS9N1-v0": 0,
    "MiniGrid-SimpleCrossingS9N2-v0": 0,
    "MiniGrid-SimpleCrossingS9N3-v0": 0,
    "MiniGrid-SimpleCrossingS11N5-v0": 0,
    "MiniGrid-DoorKey-5x5-v0": 0,
    "MiniGrid-DoorKey-6x6-v0": 0,
    "MiniGrid-DoorKey-8x8-v0": 0,
    "MiniGrid-DoorKey-16x16-v0": 0,
    "MiniGrid-Dynamic-Obstacles-5x5-v0": 1,
    "MiniGrid-Dynamic-Obstacles-Random-5x5-v0": 0,
    "MiniGrid-Dynamic-Obstacles-6x6-v0": 0,
    "MiniGrid-Dynamic-Obstacles-Random-6x6-v0": 0,
    "MiniGrid-Dynamic-Obstacles-8x8-v0": 0,
    "MiniGrid-Empty-Random-5x5-v0": 0,
    "MiniGrid-Empty-Random-6x6-v0": 0,
    "MiniGrid-Fetch-5x5-N2-v0": 0,
    "MiniGrid-GoToDoor-5x5-v0": 0,
    "MiniGrid-GoToDoor-6x6-v0": 0,
    "MiniGrid-GoToDoor-8x8-v0": 0,
    "MiniGrid-KeyCorridorS3R1-v0": 0,
    "MiniGrid-KeyCorridorS3R2-v0": 0,
    "MiniGrid-LavaGapS5-v0": 0,
    "MiniGrid-LavaGapS6-v0": 3,
    "MiniGrid-LavaGapS7-v0": 1,
    "MiniGrid-MemoryS17Random-v0": 0,
    "MiniGrid-MemoryS13Random-v0": 0,
    "MiniGrid-MemoryS13-v0": 0,
    "MiniGrid-MemoryS11-v0": 5,
    "MiniGrid-MemoryS9-v0": 0,
    "MiniGrid-MemoryS7-v0": 1,
    "MiniGrid-MultiRoom-N2-S4-v0": 0,
    "MiniGrid-ObstructedMaze-1Dl-v0": 0,
    "MiniGrid-ObstructedMaze-1Dlh-v0": 0,
    "MiniGrid-ObstructedMaze-1Dlhb-v0": 0,
    "MiniGrid-PutNear-6x6-N2-v0": 0,
    "MiniGrid-RedBlueDoors-6x6-v0": 0,
    "MiniGrid-RedBlueDoors-8x8-v0": 0,
    "MiniGrid-Unlock-v0": 0,
    "MiniGrid-UnlockPickup-v0": 0,
    "BabyAI-GoToRedBallNoDists-v0": 0,
    "BabyAI-GoToObj-v0": 0,
    "BabyAI-GoToObjS4-v0": 0,
    "BabyAI-GoToObjS6-v1": 0,
    "BabyAI-GoToLocalS5N2-v0": 0,
    "BabyAI-GoToLocalS6N2-v0": 0,
    "BabyAI-OpenRedDoor-v0": 0,
    "BabyAI-OpenTwoDoors-v0": 0,
    "BabyAI-OpenRedBlueDoors-v0": 0,
    "BabyAI-OpenRedBlueDoorsDebug-v0": 0,
    "BabyAI-PutNextS4N1-v0": 0,
    "BabyAI-PutNextS5N1-v0": 0,
    "BabyAI-BlockedUnlockPickup-v0": 0,
    "BabyAI-KeyCorridorS3R1-v0": 0,
    "BabyAI-KeyCorridorS3R2-v0": 0,
    "BabyAI-OneRoomS8-v0": 0,
    "BabyAI-OneRoomS12-v0": 0,
    "BabyAI-OneRoomS16-v0": 0,
    "BabyAI-OneRoomS20-v0": 0,
    "BabyAI-OpenDoorsOrderN2-v0": 0,
    "BabyAI-OpenDoorsOrderN2Debug-v0": 0,
    "BabyAI-PutNextLocalS5N3-v0": 0,
    "BabyAI-UnlockLocal-v0": 0,
    "BabyAI-KeyInBox-v0": 0,
    "BabyAI-UnlockPickup-v0": 0,
}
"""Worlds whose layouts repeat within 4,000 seeds, and the salt of the hash that parts them.

Measured by `measure` on minigrid 3.2 (in worlds of many rooms, where a level takes long to make,
with fewer seeds); fewer than about ten million layouts repeat so early. The salt is the first that
gives the test split a fifth to a third of the layouts found.
"""


class Levels:
    """Draws the levels of one split of one world.

    Attributes:
        parted_by: ``"seed"`` where seeds never met in one layout, ``"layout"`` where layouts are
            parted by their hash, ``"nothing"`` where there is one layout and the split is void.
    """

    def __init__(self, task: str, options: Iterable[str], split: str) -> None:
        """Find the rule.

        Args:
            task: The world's id in minigrid.
            options: Names of the arguments that the caller has given for it.
            split: ``"train"`` or ``"test"``.
        """
        self._task, self._split = task, split
        self._salt = REPEATING.get(task, 0)
        if not SAME_LEVELS.issuperset(options):
            # Nobody has measured this world, and it may well be a small one.
            self.parted_by = "layout"
        elif task in SINGLE:
            self.parted_by = "nothing"
        else:
            self.parted_by = "layout" if task in REPEATING else "seed"

    def draw(self, game: Any, draw_seed: Callable[[], int]) -> None:
        """Reset ``game`` to a level of the split.

        Args:
            game: The MiniGrid environment.
            draw_seed: Gives level seeds from the split's own range.

        Raises:
            InvalidArgument: No layout of the split was found.
        """
        seen = set()
        for drawn in range(1, MOST_DRAWS + 1):
            reset_quietly(game, draw_seed())
            if self.parted_by != "layout":
                return
            layout = describe_place(game)
            if in_test(layout, self._salt) == (self._split == "test"):
                return
            seen.add(layout)
            if len(seen) == 1 and drawn == ENOUGH_DRAWS:
                return
        raise InvalidArgument(
            f"{self._task} with these arguments has {len(seen)} layouts and none of them falls "
            f"in split={self._split!r}: choose other arguments, or the other split."
        )


def reset_quietly(game: Any, seed: int) -> None:
    """Reset a MiniGrid environment without the lines that BabyAI prints for rejected layouts."""
    with redirect_stdout(io.StringIO()):
        game.reset(seed=seed)


def describe(game: Any) -> str:
    """Everything that makes a level what it is: its cells, the agent and the mission."""
    return _describe(game, game.grid.grid)


def describe_place(game: Any) -> str:
    """What the split goes by: the level, in a world of memory without the cue.

    Were a level held out and its twin with the other cue not, the way to the right object could be
    learnt without a look at the cue, and would be wrong in the tests: the best policy for the
    training levels of MemoryS7 solved 0.76 of such tests.
    """
    cells = list(game.grid.grid)
    if hasattr(game, "success_pos"):
        cells[CUE_COLUMN + (game.grid.height // 2 - 1) * game.grid.width] = None
    return _describe(game, cells)


def _describe(game: Any, grid: Iterable[Any]) -> str:
    x, y = game.agent_pos
    cells = ";".join(map(_describe_cell, grid))
    agent = f"{int(x)},{int(y)},{int(game.agent_dir)},{_describe_cell(game.carrying)}"
    return f"{game.grid.width}|{cells}|{agent}|{game.mission}"


def _describe_cell(cell: Any) -> str:
    if cell is None:
        return ""
    text = ",".join(map(str, cell.encode()))
    return f"{text}({_describe_cell(cell.contains)})" if cell.contains else text


def in_test(layout: str, salt: int = 0) -> bool:
    """Whether a layout belongs to the test split: the same on every machine and in every run."""
    digest = hashlib.blake2b(f"{salt}|{layout}".encode(), digest_size=8).digest()
    return int.from_bytes(digest, "big") < TEST_SHARE * 2**64


def measure(game: Any, seeds: Iterable[int] = range(4_000)) -> set[str]:
    """The distinct layouts that the seeds give: what the tables above were made from."""
    layouts = set()
    for seed in seeds:
        reset_quietly(game, seed)
        layouts.add(describe_place(game))
    return layouts


def find_salt(layouts: set[str]) -> int:
    """The first salt that parts layouts well.

    Args:
        layouts: At least three different ones.
    """
    salt = 0
    while not 0.2 <= sum(in_test(layout, salt) for layout in layouts) / len(layouts) <= 0.34:
        salt += 1
    return salt
