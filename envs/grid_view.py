"""What the agent of a MiniGrid world sees: the cells before it, turned so that it faces ahead."""

from functools import lru_cache
from typing import Any, NamedTuple

DIRECTIONS = ((1, 0), (0, 1), (-1, 0), (0, -1))
"""The unit steps (x, y) of MiniGrid's four directions: right, down, left, up."""

OUTSIDE = -1
"""The index of a cell beyond the grid, which MiniGrid shows as a wall."""

Row = tuple[int, ...]


class Thing(NamedTuple):
    """One visible object and its place."""

    cell: Any
    """MiniGrid's own object."""
    ahead: int
    """Steps ahead of the agent, 0 or more."""
    side: int
    """Steps to the right of the agent; negative to the left."""


class View(NamedTuple):
    """Everything visible from where the agent stands."""

    things: list[Thing]
    """Visible objects that are not walls, near rows first; never the agent's own cell."""
    walls: int
    """Visible wall cells: bit ``ahead * size + side + size // 2``."""
    size: int
    """Cells along one side of the square view (odd)."""


def look(game: Any) -> View:
    """What the agent sees, equal to what ``game.gen_obs_grid`` shows and much quicker.

    Args:
        game: A MiniGrid environment that has been reset.

    Returns:
        The visible things and walls; what walls and closed doors hide is left out.
    """
    size, grid = game.agent_view_size, game.grid
    x, y = game.agent_pos
    rows = _cell_indices(int(x), int(y), game.agent_dir, size, grid.width, grid.height)
    everything = (1 << size) - 1
    mask = everything if game.see_through_walls else 1 << size // 2
    things: list[Thing] = []
    walls = 0
    for ahead, row in enumerate(rows):
        filled, opaque, wall = _survey(grid.grid, row)
        if game.see_through_walls:
            following = everything
        else:
            mask, following = _spread(mask, everything & ~opaque, size)
        walls |= (wall & mask) << ahead * size
        things += [
            Thing(cell, ahead, i - size // 2)
            for i, cell in filled
            if mask >> i & 1 and (ahead or i != size // 2)
        ]
        mask = following
        if not mask:
            break
    return View(things, walls, size)


def _survey(cells: list[Any], row: Row) -> tuple[list[tuple[int, Any]], int, int]:
    """The things of one row with their column, the bits that sight stops at, those of walls."""
    things = []
    opaque = walls = 0
    for i, k in enumerate(row):
        if k == OUTSIDE:
            walls |= 1 << i
        elif (cell := cells[k]) is not None:
            if cell.type == "wall":
                walls |= 1 << i
            else:
                things.append((i, cell))
                if not cell.see_behind():
                    opaque |= 1 << i
    return things, opaque | walls, walls


def front(game: Any) -> Any:
    """The object directly in front of the agent, or None where the floor is free."""
    dx, dy = DIRECTIONS[game.agent_dir]
    x, y = game.agent_pos
    return game.grid.get(int(x) + dx, int(y) + dy)


@lru_cache(maxsize=16_384)
def _cell_indices(
    x: int, y: int, direction: int, size: int, width: int, height: int
) -> tuple[Row, ...]:
    """Indices into the grid's list of cells, row by row from the agent's own row outwards."""
    dx, dy = DIRECTIONS[direction]
    half = size // 2
    rows = []
    for ahead in range(size):
        places = [
            (x + dx * ahead - dy * side, y + dy * ahead + dx * side)
            for side in range(-half, half + 1)
        ]
        rows.append(
            tuple(
                v * width + u if 0 <= u < width and 0 <= v < height else OUTSIDE for u, v in places
            )
        )
    return tuple(rows)


@lru_cache(maxsize=65_536)
def _spread(mask: int, clear: int, size: int) -> tuple[int, int]:
    """MiniGrid's rule of sight for one row: sight runs sideways and outwards through clear cells.

    Args:
        mask: Bits of the row's cells that the rows before it let the agent see.
        clear: Bits of the row's cells that can be seen through.
        size: Cells in a row.

    Returns:
        The bits visible in this row and, before its own spreading, in the next one.
    """
    following = 0
    for i in range(size - 1):
        if mask & clear & 1 << i:
            mask |= 1 << i + 1
            following |= 0b11 << i
    for i in range(size - 1, 0, -1):
        if mask & clear & 1 << i:
            mask |= 1 << i - 1
            following |= 0b11 << i - 1
    return mask, following
