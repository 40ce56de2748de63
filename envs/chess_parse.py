"""Moves as people type them, in UCI and SAN."""

import re
from collections.abc import Iterable

import chess

from .chess_moves import Vocabulary

LONGEST_MOVE = 16
"""Characters; no move in SAN or UCI is longer."""

_SAN = re.compile(
    r"[o0]-[o0](-[o0])?[+#]*|-?[pnbrqk]?[a-h]?[1-8]?[-x]?[a-h][1-8](=?[nbrqk])?[+#]*"
    r"|[pnbrqk]?@[a-h][1-8][+#]*",
    re.IGNORECASE,
)
"""What can be a move in SAN, in any case: anything else is refused without asking the board."""


def parse_move(
    text: object, board: chess.Board, moves: Iterable[chess.Move], vocabulary: Vocabulary
) -> int | None:
    """The index of the legal move that a text names in UCI or SAN, or None.

    Case matters only where two moves differ by it (``bxc3`` and ``Bxc3``).

    Args:
        text: Anything; what is no text names no move.
        board: The position.
        moves: Its legal moves.
        vocabulary: Numbers them.
    """
    text = text.strip() if isinstance(text, str) else ""
    if not 0 < len(text) <= LONGEST_MOVE or not text.isascii():
        return None
    index = vocabulary.index_of_uci(text.lower())
    legal = {vocabulary.index_of(move): move for move in moves}
    if index in legal:
        return index
    text = text.rstrip("!?")
    if not _SAN.fullmatch(text):
        return None
    found = _parse_san(text, board, list(legal.values()))
    return None if found is None else vocabulary.index_of(found)


def _parse_san(text: str, board: chess.Board, moves: list[chess.Move]) -> chess.Move | None:
    try:
        move = board.parse_san(text)
    except ValueError:
        wanted = _plain(text)
        found = [move for move in moves if _plain(board.san(move)) == wanted]
        return found[0] if len(found) == 1 else None
    return move if move in moves else None


def _plain(san: str) -> str:
    return san.rstrip("+#").replace("=", "").replace("0", "O").lower()
