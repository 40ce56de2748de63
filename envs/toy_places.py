"""Words for places on a board of rows and columns."""

from .errors import require

SIDES = {"left": (0, -1), "down": (1, 0), "right": (0, 1), "up": (-1, 0)}
"""(rows, columns) of one step to each side, in the order of FrozenLake's actions."""


def tell_offset(rows: int, columns: int) -> str:
    """Where something is, seen from a cell of the board.

    Args:
        rows: Rows further down; negative is up.
        columns: Columns further to the right; negative is to the left.

    Returns:
        For example ``"2 rows down and 1 column to the left"``; ``"here"`` for no distance.
    """
    parts = []
    if rows:
        parts.append(f"{_count(rows, 'row')} {'down' if rows > 0 else 'up'}")
    if columns:
        parts.append(f"{_count(columns, 'column')} to the {'right' if columns > 0 else 'left'}")
    return " and ".join(parts) or "here"


def _count(number: int, noun: str) -> str:
    return f"{abs(number)} {noun}{'s' if abs(number) > 1 else ''}"


def require_bool(name: str, value: object) -> None:
    """Raise `InvalidArgument` unless ``value`` is True or False."""
    require(isinstance(value, bool), f"{name}={value!r} must be True or False.")
