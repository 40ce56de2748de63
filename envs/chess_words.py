"""The narrator of chess: a position as statements, a move as clauses.

Every statement holds one fact, so that all of chess is told with about 1,300 distinct statements
and 4,000 distinct clauses.
"""

from collections.abc import Iterable
from functools import cache

import chess

from .chess_moves import Checks, index_of

GOAL = "Your goal is to checkmate the enemy king."
NAMES = ("", "pawn", "knight", "bishop", "rook", "queen", "king")
_TOLD_FIRST = (chess.KING, chess.QUEEN, chess.ROOK, chess.BISHOP, chess.KNIGHT, chess.PAWN)
_CLOCK = (45, 40, 30, 20, 10)
_LEFT = (5, 10, 20, 50)


def _piece_statements(words: str) -> tuple[tuple[str, ...], ...]:
    return tuple(
        tuple(words.format(name=name, square=square) for square in chess.SQUARE_NAMES)
        for name in NAMES
    )


_OWN = _piece_statements("Your {name} is on {square}.")
_ENEMY = _piece_statements("The enemy {name} is on {square}.")
_ARRIVED = _piece_statements("The enemy {name} has just moved to {square}.")


def tell_pieces(board: chess.Board, colour: chess.Color) -> list[str]:
    """One statement for each piece, the agent's own first.

    Args:
        board: The position.
        colour: The agent's colour.

    Returns:
        Up to 32 statements, e.g. ``Your knight is on g1.``
    """
    return [
        told[piece][square]
        for side, told in ((colour, _OWN), (not colour, _ENEMY))
        for piece in _TOLD_FIRST
        for square in chess.scan_forward(board.pieces_mask(piece, side))
    ]


def tell_rights(board: chess.Board, colour: chess.Color) -> list[str]:
    """Statements on check, castling rights and en passant, from the agent's side."""
    told = [_castling(board, colour, "You"), _castling(board, not colour, "The enemy")]
    if board.turn == colour:
        told.insert(0, "You are in check." if board.is_check() else "You are not in check.")
        if board.ep_square is not None and board.has_legal_en_passant():
            told.append(f"You can capture en passant on {chess.SQUARE_NAMES[board.ep_square]}.")
    return told


def _castling(board: chess.Board, colour: chess.Color, who: str) -> str:
    short = board.has_kingside_castling_rights(colour)
    long = board.has_queenside_castling_rights(colour)
    if not (short or long):
        return f"{who} may no longer castle."
    sides = "on both sides" if short and long else "kingside only" if short else "queenside only"
    return f"{who} may still castle {sides}."


def tell_clocks(halfmoves: int, moves_left: int, occurrences: int) -> list[str]:
    """What time and repetition do, in steps coarse enough for a small set of statements.

    Args:
        halfmoves: Half-moves since the last capture or pawn move.
        moves_left: Own moves until the episode is truncated.
        occurrences: How often the present position has been on the board, now included.
    """
    told = [_clock(halfmoves // 2), _left(moves_left)]
    if occurrences > 1:
        told.append("This position has occurred before and the third time is a draw.")
    return told


def _clock(moves: int) -> str:
    reached = next((step for step in _CLOCK if moves >= step), None)
    if reached is None:
        return "The fifty-move clock is below 10 moves."
    return f"The fifty-move clock has reached {reached} moves."


def _left(moves: int) -> str:
    if moves < 2:
        return "This is your last move." if moves == 1 else "You have no moves left."
    at_most = next((step for step in _LEFT if moves <= step), None)
    if at_most is None:
        return f"You have more than {_LEFT[-1]} moves left."
    return f"You have at most {at_most} moves left."


def tell_enemy_move(board: chess.Board, move: chess.Move) -> list[str]:
    """What the enemy's move did, to be told after it.

    Args:
        board: The position before the move.
        move: A legal move of the enemy.
    """
    if board.is_castling(move):
        return [f"The enemy has just castled {_side(move)}."]
    mover = board.piece_type_at(move.from_square) or 0
    told = [
        _ARRIVED[mover][move.to_square],
        f"The enemy's last move came from {chess.SQUARE_NAMES[move.from_square]}.",
    ]
    if captured := board.piece_type_at(move.to_square):
        told.append(f"The enemy's last move captured your {NAMES[captured]}.")
    elif board.is_en_passant(move):
        told.append("The enemy's last move captured your pawn en passant.")
    if move.promotion:
        told.append(f"The enemy's last move promoted a pawn to a {NAMES[move.promotion]}.")
    return told


def move_words(board: chess.Board, moves: Iterable[chess.Move]) -> dict[int, str]:
    """The words of legal moves, each sentence unique within a position.

    A move that mates is told as one that gives check, so that the words do not solve the task.

    Args:
        board: The position.
        moves: Legal moves of the side to move.

    Returns:
        Index in `chess_moves.MOVES` to words, ascending, e.g.
        ``knight from g1 to f3, capturing a bishop, giving check``.
    """
    checks = Checks.of(board)
    return dict(sorted((index_of(move), _words(board, move, checks)) for move in moves))


def _words(board: chess.Board, move: chess.Move, checks: Checks) -> str:
    mover = board.piece_type_at(move.from_square) or 0
    if mover == chess.KING and abs(move.from_square - move.to_square) == 2:
        words = f"castling {_side(move)}"
    else:
        words = _travel(mover, move.from_square, move.to_square)
    if board.occupied >> move.to_square & 1:
        words += f", capturing a {NAMES[board.piece_type_at(move.to_square) or 0]}"
    elif mover == chess.PAWN and (move.from_square - move.to_square) % 8:
        words += ", capturing a pawn en passant"
    if move.promotion:
        words += f", promoting to a {NAMES[move.promotion]}"
    return words + ", giving check" if checks.given_by(move, mover) else words


@cache
def _travel(piece: chess.PieceType, start: chess.Square, end: chess.Square) -> str:
    return f"{NAMES[piece]} from {chess.SQUARE_NAMES[start]} to {chess.SQUARE_NAMES[end]}"


def _side(move: chess.Move) -> str:
    return "kingside" if move.to_square > move.from_square else "queenside"
