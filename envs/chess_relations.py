"""Who attacks, defends and pins whom on a chess board, in words.

Six kinds of statements, but each names two pieces and two squares: in 8,000 moves of random play
there are 20,000 distinct ones and 24 of them on a page, where prose alone has 1,200 and 29.
"""

from collections.abc import Iterator
from functools import lru_cache

import chess

from .chess_wording import ChessWording

MOST_LENGTH = 25_000
"""Characters that a page with relations can need: 32 pieces strike at most 8 others each."""


def tell_relations(board: chess.Board, colour: chess.Color, wording: ChessWording) -> list[str]:
    """One statement for each attack, defence and pin, the agent's own first.

    A piece attacks the enemy's pieces, and defends its own but the king, on the squares that it
    strikes; one that is pinned strikes all the same. A piece pins another that stands alone between
    it and the king behind.

    Args:
        board: The position.
        colour: The agent's colour.
        wording: The templates.

    Returns:
        The statements, e.g. ``Your knight on f3 attacks the enemy pawn on e5.``
    """
    told = []
    for whose, side in enumerate((colour, not colour)):
        enemy = board.occupied_co[not side]
        friends = board.occupied_co[side] & ~board.kings
        for square in chess.scan_forward(board.occupied_co[side]):
            struck = board.attacks_mask(square)
            for template, targets in (
                (wording.attacks[whose], struck & enemy),
                (wording.defends[whose], struck & friends),
            ):
                told += [
                    _tell(board, square, target, template, wording)
                    for target in chess.scan_forward(targets)
                ]
        told += [
            _tell(board, pinner, pinned, wording.pins[whose], wording)
            for pinner, pinned in _pins(board, side)
        ]
    return told


def _pins(board: chess.Board, side: chess.Color) -> Iterator[tuple[chess.Square, chess.Square]]:
    """The pieces of ``side`` that pin one of the other side to its king, and what they pin."""
    king = board.king(not side)
    if king is None:
        return
    straight = chess.BB_RANK_ATTACKS[king][0] | chess.BB_FILE_ATTACKS[king][0]
    slanted = chess.BB_DIAG_ATTACKS[king][0]
    sliders = straight & (board.rooks | board.queens) | slanted & (board.bishops | board.queens)
    for pinner in chess.scan_forward(sliders & board.occupied_co[side]):
        between = chess.between(king, pinner) & board.occupied
        if between.bit_count() == 1 and between & board.occupied_co[not side]:
            yield pinner, chess.msb(between)


def _tell(
    board: chess.Board,
    square: chess.Square,
    target: chess.Square,
    template: str,
    wording: ChessWording,
) -> str:
    pieces = board.piece_type_at(square) or 0, board.piece_type_at(target) or 0
    return _sentence(template, wording, pieces, square, target)


@lru_cache(maxsize=65_536)
def _sentence(
    template: str,
    wording: ChessWording,
    pieces: tuple[chess.PieceType, chess.PieceType],
    square: chess.Square,
    target: chess.Square,
) -> str:
    name, other = (wording.names[piece] for piece in pieces)
    return template.format(
        name=name,
        square=chess.SQUARE_NAMES[square],
        other=other,
        target=chess.SQUARE_NAMES[target],
    )
