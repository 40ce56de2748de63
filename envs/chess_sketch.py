"""The board for a terminal, in the signs that Unicode has for the pieces."""

import chess

from .sketching import paint

LIGHT, DARK, LAST, CHECKED = 223, 180, 150, 210
"""Colours of the squares (xterm's numbers): light, dark, of the last move, of a king in check."""
INK = 16


def sketch_board(board: chess.Board, side: chess.Color) -> str:
    """Draw a board of 8 lines and a line of letters, 26 columns wide.

    Args:
        board: The position, with the moves that led to it.
        side: Whose side is at the bottom.
    """
    ranks = range(7, -1, -1) if side == chess.WHITE else range(8)
    files = range(8) if side == chess.WHITE else range(7, -1, -1)
    papers = _find_papers(board)
    lines = [
        f"{rank + 1} " + "".join(_square(board, chess.square(file, rank), papers) for file in files)
        for rank in ranks
    ]
    return "\n".join([*lines, "  " + "".join(f" {chess.FILE_NAMES[file]} " for file in files)])


def _find_papers(board: chess.Board) -> dict[chess.Square, int]:
    """Squares with a colour of their own."""
    papers = {}
    if board.move_stack:
        last = board.peek()
        papers = dict.fromkeys((last.from_square, last.to_square), LAST)
    king = board.king(board.turn)
    if king is not None and board.is_check():
        papers[king] = CHECKED
    return papers


def _square(board: chess.Board, square: chess.Square, papers: dict[chess.Square, int]) -> str:
    piece = board.piece_at(square)
    light = (chess.square_file(square) + chess.square_rank(square)) % 2
    sign = piece.unicode_symbol() if piece else " "
    return paint(f" {sign} ", INK, papers.get(square, LIGHT if light else DARK))
