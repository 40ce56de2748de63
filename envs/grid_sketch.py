"""A MiniGrid world for a terminal: two columns for each cell."""

from typing import Any

from .sketching import paint

COLOURS = {"red": 203, "green": 77, "blue": 75, "purple": 170, "yellow": 221, "grey": 250}
"""MiniGrid's colours among xterm's 256."""
SIGNS = {
    "ball": "● ",
    "box": "■ ",
    "floor": "░░",
    "goal": "◆ ",
    "key": "k ",
    "lava": "~~",
    "wall": "██",
}
DOORS = {"closed": "[]", "locked": "[#", "open": "[ "}
AGENT = ("▶ ", "▼ ", "◀ ", "▲ ")
"""The agent, by MiniGrid's four directions."""
INKS = {"wall": 244, "lava": 208}
"""Colours of what is told without one."""
AGENT_INK, FLOOR_INK, SEEN = 231, 242, 237
BLANK = "  "


def sketch_grid(game: Any) -> str:
    """Draw the grid without its empty margins: what the agent sees is lit, the rest is dim.

    Args:
        game: A MiniGrid environment that has been reset.
    """
    _, visible = game.gen_obs_grid()
    rows, columns = _find_extent(game)
    return "\n".join("".join(_cell(game, x, y, visible) for x in columns) for y in rows)


def _find_extent(game: Any) -> tuple[range, range]:
    """The rows and columns from the first to the last that hold anything."""
    grid = game.grid
    places = [divmod(k, grid.width) for k, thing in enumerate(grid.grid) if thing is not None]
    places.append((int(game.agent_pos[1]), int(game.agent_pos[0])))
    rows, columns = zip(*places, strict=True)
    return range(min(rows), max(rows) + 1), range(min(columns), max(columns) + 1)


def _cell(game: Any, x: int, y: int, visible: Any) -> str:
    if (x, y) == tuple(map(int, game.agent_pos)):
        return paint(AGENT[game.agent_dir], AGENT_INK, SEEN)
    place = game.relative_coords(x, y)
    seen = place is not None and bool(visible[place])
    thing = game.grid.get(x, y)
    if thing is None and not seen:
        return BLANK
    return paint(_sign(thing), _ink(thing), SEEN if seen else None, dim=not seen)


def _sign(thing: Any) -> str:
    if thing is None:
        return "· "
    if thing.type == "door":
        return DOORS["open" if thing.is_open else "locked" if thing.is_locked else "closed"]
    return SIGNS.get(thing.type, "? ")


def _ink(thing: Any) -> int:
    if thing is None:
        return FLOOR_INK
    return INKS.get(thing.type) or COLOURS.get(thing.color, AGENT_INK)
