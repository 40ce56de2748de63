"""What the variants of chess say that chess does not: goals, rules, pockets, checks, explosions."""

import chess
from chess.variant import AtomicBoard, CrazyhouseBoard, ThreeCheckBoard

from .chess_moves import Checks, Vocabulary, index_of
from .chess_variant_wording import TRAIN, VariantWording
from .chess_words import move_words, tell_enemy_move


def tell_extras(
    board: chess.Board, colour: chess.Color, wording: VariantWording = TRAIN
) -> list[str]:
    """Statements on what a variant's position has beside the pieces on the board.

    Args:
        board: The position.
        colour: The agent's colour.
        wording: The templates.

    Returns:
        E.g. ``You hold 2 pawns to drop.`` or ``The enemy has given 1 check.``; none in variants
        that add nothing.
    """
    if isinstance(board, ThreeCheckBoard):
        given = [3 - max(0, left) for left in board.remaining_checks]
        return [
            template.format(checks=wording.checks[min(number, 2)].format(count=number))
            for template, number in zip(
                wording.given, (given[colour], given[not colour]), strict=True
            )
        ]
    if isinstance(board, CrazyhouseBoard):
        own, enemy = wording.holds
        return [
            *_pocket(board, colour, own, wording),
            *_pocket(board, not colour, enemy, wording),
            *_promoted(board, colour, wording),
        ]
    return []


def _pocket(
    board: CrazyhouseBoard, side: chess.Color, holds: str, wording: VariantWording
) -> list[str]:
    counts = {piece: board.pockets[side].count(piece) for piece in chess.PIECE_TYPES}
    told = [
        holds.format(pieces=_pieces(number, piece, wording))
        for piece, number in counts.items()
        if number
    ]
    return told or [holds.format(pieces=wording.nothing)]


def _pieces(number: int, piece: chess.PieceType, wording: VariantWording) -> str:
    if number == 1:
        return wording.piece.format(name=wording.chess.names[piece])
    return wording.pieces.format(count=number, name=wording.plurals[piece])


def _promoted(board: CrazyhouseBoard, colour: chess.Color, wording: VariantWording) -> list[str]:
    """A promoted piece is held as a pawn once it is captured."""
    return [
        wording.was_pawn[board.color_at(square) != colour].format(
            name=_name(board, square, wording), square=chess.SQUARE_NAMES[square]
        )
        for square in chess.scan_forward(board.promoted)
    ]


def tell_variant_move(
    board: chess.Board, move: chess.Move, colour: chess.Color, wording: VariantWording = TRAIN
) -> list[str]:
    """What the enemy's move did, to be told after it.

    Args:
        board: The position before the move.
        move: A legal move of the enemy.
        colour: The agent's colour.
        wording: The templates.
    """
    if move.drop:
        square = chess.SQUARE_NAMES[move.to_square]
        return [wording.dropped.format(name=wording.chess.names[move.drop], square=square)]
    told = tell_enemy_move(board, move, wording.chess)
    if isinstance(board, AtomicBoard) and board.is_capture(move):
        told += _tell_explosion(board, move, colour, wording)
    return told


def _tell_explosion(
    board: AtomicBoard, move: chess.Move, colour: chess.Color, wording: VariantWording
) -> list[str]:
    centre = chess.BB_SQUARES[move.to_square]
    reached = chess.BB_KING_ATTACKS[move.to_square] & ~board.pawns & ~centre
    reached &= ~chess.BB_SQUARES[move.from_square]
    return [
        wording.blew_up.format(square=chess.SQUARE_NAMES[move.to_square]),
        *(
            wording.destroyed[board.color_at(square) != colour].format(
                name=_name(board, square, wording), square=chess.SQUARE_NAMES[square]
            )
            for square in chess.scan_forward(reached & board.occupied)
        ),
    ]


def _name(board: chess.Board, square: chess.Square, wording: VariantWording) -> str:
    return wording.chess.names[board.piece_type_at(square) or 0]


def variant_move_words(
    board: chess.Board,
    moves: list[chess.Move],
    vocabulary: Vocabulary,
    wording: VariantWording = TRAIN,
) -> dict[int, str]:
    """The words of legal moves, those that only a variant has among them.

    Args:
        board: The position.
        moves: Legal moves of the side to move.
        vocabulary: Numbers them; it begins with the moves of chess.
        wording: The templates.

    Returns:
        Index to words, ascending, e.g. ``dropping a knight on f3, giving check``.
    """
    ordinary: list[chess.Move] = []
    special: list[chess.Move] = []
    for move in moves:
        (special if _is_special(board, move) else ordinary).append(move)
    told = move_words(board, ordinary, wording.chess)
    checks = Checks.of(board)
    for move in special:
        if move.promotion:  # Told as the promotion to a queen, which is legal beside it.
            queening = chess.Move(move.from_square, move.to_square, chess.QUEEN)
            queen, king = (
                wording.chess.promote.format(name=wording.chess.names[piece])
                for piece in (chess.QUEEN, chess.KING)
            )
            words = told[index_of(queening)].replace(queen, king)
        else:
            words = _special_words(board, move, checks, wording)
        told[vocabulary.index_of(move)] = words
    return dict(sorted(told.items()))


def _special_words(
    board: chess.Board, move: chess.Move, checks: Checks, wording: VariantWording
) -> str:
    if move.drop:
        square = chess.SQUARE_NAMES[move.to_square]
        words = wording.drop.format(name=wording.chess.names[move.drop], square=square)
        gives_check = checks.given_by(move, move.drop)
    else:
        side = wording.chess.sides[board.is_kingside_castling(move)]
        words, gives_check = wording.chess.castle.format(side=side), board.gives_check(move)
    return f"{words}, {wording.chess.give_check}" if gives_check else words


def _is_special(board: chess.Board, move: chess.Move) -> bool:
    """Whether a move is none that standard chess has."""
    if move.drop or move.promotion == chess.KING:
        return True
    return board.chess960 and board.is_castling(move)
