"""Which squares are safe, in words: where the enemy king can go, and what awaits a move.

Whether a move mates or loses a piece hangs on these; prose leaves them to be worked out from the
pieces' squares. They add 65 distinct statements, of which a page has at most 8, and 12 clauses.
"""

from collections.abc import Iterable

import chess

from .chess_moves import MOVES
from .chess_wording import ChessWording
from .chess_words import move_words, piece_clause


def tell_flights(board: chess.Board, colour: chess.Color, wording: ChessWording) -> list[str]:
    """The squares that the enemy king could go to if it were its turn.

    Args:
        board: The position.
        colour: The agent's colour.
        wording: The templates.

    Returns:
        One statement for each, e.g. ``The enemy king can go to g8.``, or one that there is none.
    """
    king = board.king(not colour)
    if king is None:
        return []
    beside = chess.BB_KING_ATTACKS[king] & ~board.occupied_co[not colour]
    without = board.occupied & ~chess.BB_SQUARES[king]  # The king is no shield for where it flees.
    flights = [
        square
        for square in chess.scan_forward(beside)
        if not board.attackers_mask(colour, square, without)
    ]
    told = [wording.flight.format(square=chess.SQUARE_NAMES[square]) for square in flights]
    return told or [wording.no_flight]


def safety_words(
    board: chess.Board, moves: Iterable[chess.Move], wording: ChessWording
) -> dict[int, str]:
    """The words of legal moves, with what attacks and defends the piece where it arrives.

    Args:
        board: The position.
        moves: Legal moves of the side to move.
        wording: The templates.

    Returns:
        As `move_words`, each with up to two more clauses, which name the least valuable piece:
        ``queen from f5 to h7, giving check, attacked by a king, defended by a rook``.
    """
    words = move_words(board, moves, wording)
    return {index: words[index] + _await(board, MOVES[index], wording) for index in words}


def _await(board: chess.Board, move: chess.Move, wording: ChessWording) -> str:
    if board.is_castling(move):
        return ""
    left = chess.BB_SQUARES[move.from_square]
    if board.is_en_passant(move):
        left |= chess.BB_SQUARES[chess.square(move.to_square & 7, move.from_square >> 3)]
    occupied = board.occupied & ~left | chess.BB_SQUARES[move.to_square]
    told = ""
    for side, template in ((not board.turn, wording.attacked), (board.turn, wording.defended)):
        pieces = board.attackers_mask(side, move.to_square, occupied) & occupied
        # python-chess counts the types from pawn to king, by their value.
        least = next((k for k in chess.PIECE_TYPES if board.pieces_mask(k, side) & pieces), None)
        if least is not None:
            told += piece_clause(least, template, wording)
    return told
