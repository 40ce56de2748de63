"""Words for places on a board of rows and columns."""

from dataclasses import dataclass

from .errors import require


@dataclass(frozen=True)
class PlaceWording:
    """How offsets on a board are told."""

    row: tuple[str, str]
    """One row; ``count`` rows."""
    column: tuple[str, str]
    """One column; ``count`` columns."""
    vertical: tuple[str, str]
    """So many ``rows`` further up; down."""
    horizontal: tuple[str, str]
    """So many ``columns`` further to the left; to the right."""
    both: str
    """``rows`` and ``columns``."""


PLACES = {
    "train": PlaceWording(
        row=("1 row", "{count} rows"),
        column=("1 column", "{count} columns"),
        vertical=("{rows} up", "{rows} down"),
        horizontal=("{columns} to the left", "{columns} to the right"),
        both="{rows} and {columns}",
    ),
    "heldout": PlaceWording(
        row=("1 line", "{count} lines"),
        column=("1 file", "{count} files"),
        vertical=("{rows} higher", "{rows} lower"),
        horizontal=("{columns} leftward", "{columns} rightward"),
        both="{columns} plus {rows}",
    ),
}


def tell_offset(rows: int, columns: int, wording: PlaceWording = PLACES["train"]) -> str:
    """Where something is, seen from a cell of the board.

    Args:
        rows: Rows further down; negative is up.
        columns: Columns further to the right; negative is to the left. Not both are 0.
        wording: The templates.

    Returns:
        For example ``"2 rows down and 1 column to the left"``.
    """
    down = wording.vertical[rows > 0].format(rows=_count(rows, wording.row))
    right = wording.horizontal[columns > 0].format(columns=_count(columns, wording.column))
    if rows and columns:
        return wording.both.format(rows=down, columns=right)
    return down if rows else right


def _count(number: int, words: tuple[str, str]) -> str:
    return words[abs(number) > 1].format(count=abs(number))


def require_bool(name: str, value: object) -> None:
    """Raise `InvalidArgument` unless ``value`` is True or False."""
    require(isinstance(value, bool), f"{name}={value!r} must be True or False.")
