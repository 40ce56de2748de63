"""The sentences of chess: a position as statements, a move as clauses, in any wording.

Every statement holds one fact, so that all of chess is told with about 1,300 distinct statements
and 4,000 distinct clauses.
"""

from collections.abc import Iterable
from functools import cache

import chess

from .chess_moves import Checks, index_of
from .chess_rules import Ending
from .chess_wording import TRAIN, ChessWording

_TOLD_FIRST = (chess.KING, chess.QUEEN, chess.ROOK, chess.BISHOP, chess.KNIGHT, chess.PAWN)
_CLOCK = (45, 40, 30, 20, 10)
_LEFT = (5, 10, 20, 50)


@cache
def _piece_statements(template: str, wording: ChessWording) -> tuple[tuple[str, ...], ...]:
    """The template for each piece type and square."""
    return tuple(
        tuple(template.format(name=name, square=square) for square in chess.SQUARE_NAMES)
        for name in wording.names
    )


def tell_ending(ending: Ending, wording: ChessWording = TRAIN) -> str:
    """How the game has ended, as a statement."""
    reason = wording.reasons.get(ending.reason, ending.reason)
    return wording.over[ending.score].format(reason=reason)


def tell_pieces(
    board: chess.Board, colour: chess.Color, wording: ChessWording = TRAIN
) -> list[str]:
    """One statement for each piece, the agent's own first.

    Args:
        board: The position.
        colour: The agent's colour.
        wording: The templates.

    Returns:
        Up to 32 statements, e.g. ``Your knight is on g1.``
    """
    own = _piece_statements(wording.own, wording)
    enemy = _piece_statements(wording.enemy, wording)
    return [
        told[piece][square]
        for side, told in ((colour, own), (not colour, enemy))
        for piece in _TOLD_FIRST
        for square in chess.scan_forward(board.pieces_mask(piece, side))
    ]


def tell_rights(
    board: chess.Board, colour: chess.Color, wording: ChessWording = TRAIN
) -> list[str]:
    """Statements on check, castling rights and en passant, from the agent's side."""
    told = [
        wording.own_castling[_castling(board, colour)],
        wording.enemy_castling[_castling(board, not colour)],
    ]
    if board.turn == colour:
        told.insert(0, wording.check[board.is_check()])
        if board.ep_square is not None and board.has_legal_en_passant():
            square = chess.SQUARE_NAMES[board.ep_square]
            told.append(wording.en_passant.format(square=square))
    return told


def _castling(board: chess.Board, side: chess.Color) -> int:
    short = board.has_kingside_castling_rights(side)
    return short + 2 * board.has_queenside_castling_rights(side)


def tell_clocks(
    halfmoves: int, moves_left: int, occurrences: int, wording: ChessWording = TRAIN
) -> list[str]:
    """What time and repetition do, in steps coarse enough for a small set of statements.

    Args:
        halfmoves: Half-moves since the last capture or pawn move.
        moves_left: Own moves until the episode is truncated.
        occurrences: How often the present position has been on the board, now included.
        wording: The templates.
    """
    told = [_clock(halfmoves // 2, wording), _left(moves_left, wording)]
    if occurrences > 1:
        told.append(wording.repeated)
    return told


def _clock(moves: int, wording: ChessWording) -> str:
    reached = next((step for step in _CLOCK if moves >= step), None)
    return wording.clock_low if reached is None else wording.clock.format(moves=reached)


def _left(moves: int, wording: ChessWording) -> str:
    if moves < 2:
        return wording.moves_left[max(moves, 0)]
    at_most = next((step for step in _LEFT if moves <= step), None)
    if at_most is None:
        return wording.more_than.format(moves=_LEFT[-1])
    return wording.at_most.format(moves=at_most)


def tell_enemy_move(
    board: chess.Board, move: chess.Move, wording: ChessWording = TRAIN
) -> list[str]:
    """What the enemy's move did, to be told after it.

    Args:
        board: The position before the move.
        move: A legal move of the enemy.
        wording: The templates.
    """
    if board.is_castling(move):
        return [wording.enemy_castled.format(side=_side(move, wording))]
    mover = board.piece_type_at(move.from_square) or 0
    told = [
        _piece_statements(wording.arrived, wording)[mover][move.to_square],
        wording.came_from.format(square=chess.SQUARE_NAMES[move.from_square]),
    ]
    if captured := board.piece_type_at(move.to_square):
        told.append(wording.enemy_captured.format(name=wording.names[captured]))
    elif board.is_en_passant(move):
        told.append(wording.enemy_captured_en_passant)
    if move.promotion:
        told.append(wording.enemy_promoted.format(name=wording.names[move.promotion]))
    return told


def move_words(
    board: chess.Board, moves: Iterable[chess.Move], wording: ChessWording = TRAIN
) -> dict[int, str]:
    """The words of legal moves, each sentence unique within a position.

    A move that mates is told as one that gives check, so that the words do not solve the task.

    Args:
        board: The position.
        moves: Legal moves of the side to move.
        wording: The templates.

    Returns:
        Index in `chess_moves.MOVES` to words, ascending, e.g.
        ``knight from g1 to f3, capturing a bishop, giving check``.
    """
    checks = Checks.of(board)
    return dict(sorted((index_of(move), _words(board, move, checks, wording)) for move in moves))


def _words(board: chess.Board, move: chess.Move, checks: Checks, wording: ChessWording) -> str:
    mover = board.piece_type_at(move.from_square) or 0
    if mover == chess.KING and abs(move.from_square - move.to_square) == 2:
        words = wording.castle.format(side=_side(move, wording))
    else:
        words = _travel(mover, move.from_square, move.to_square, wording)
    if board.occupied >> move.to_square & 1:
        words += piece_clause(board.piece_type_at(move.to_square) or 0, wording.capture, wording)
    elif mover == chess.PAWN and (move.from_square - move.to_square) % 8:
        words += f", {wording.capture_en_passant}"
    if move.promotion:
        words += piece_clause(move.promotion, wording.promote, wording)
    return f"{words}, {wording.give_check}" if checks.given_by(move, mover) else words


@cache
def _travel(
    piece: chess.PieceType, start: chess.Square, end: chess.Square, wording: ChessWording
) -> str:
    return wording.travel.format(
        name=wording.names[piece], start=chess.SQUARE_NAMES[start], end=chess.SQUARE_NAMES[end]
    )


@cache
def piece_clause(piece: chess.PieceType, template: str, wording: ChessWording) -> str:
    """A clause on a piece, with the comma that parts it from those before."""
    return f", {template.format(name=wording.names[piece])}"


def _side(move: chess.Move, wording: ChessWording) -> str:
    return wording.sides[move.to_square > move.from_square]
