"""Where chess tasks start: endgames by material, and which split a position belongs to."""

import re
import zlib
from collections.abc import Callable, Iterable

import chess
import numpy as np
from numpy.typing import NDArray

from .chess_rules import find_ending
from .errors import InvalidArgument, require

MOST_PIECES = 10
TRIES = 2_000
"""Draws before a start is given up as impossible."""
Flip = Callable[[chess.Bitboard], chess.Bitboard]


def read_material(text: object) -> str:
    """A material in its usual order, e.g. ``KRBKN`` for ``KBRKN``.

    Args:
        text: The agent's pieces, then the defender's, each beginning with its king.

    Raises:
        InvalidArgument: It names no material, or one that nobody can win with.
    """
    text = str(text)
    match = re.fullmatch("K([QRBNP]*)K([QRBNP]*)", text)
    if match is None or len(text) > MOST_PIECES:
        raise InvalidArgument(
            f"pieces={text!r} must be the agent's pieces and then the defender's, at most "
            f"{MOST_PIECES} in all, each side's king first, as in 'KQK' or 'KRPKB'."
        )
    own, enemy = (sorted(side, key="QRBNP".index) for side in match.groups())
    require(
        bool(set(own) & set("QRP")) or len(own) > 1,
        f"pieces={text!r} cannot force a mate: give the agent a queen, a rook, a pawn, or more "
        "than one bishop or knight.",
    )
    require(
        max(own.count("P"), enemy.count("P")) <= 8,
        f"pieces={text!r} has more than eight pawns of a colour.",
    )
    return "".join(["K", *own, "K", *enemy])


def material_of(board: chess.Board) -> str:
    """The material on a board as `read_material` writes it, the side to move first."""
    return "".join(
        "".join(
            chess.piece_symbol(piece).upper() * board.pieces_mask(piece, colour).bit_count()
            for piece in reversed(chess.PIECE_TYPES)
        )
        for colour in (board.turn, not board.turn)
    )


def is_test(board: chess.Board) -> bool:
    """Whether a position belongs to the test split, by a hash: half of all positions do.

    A position, its image with the colours exchanged and, where castling and pawns leave them the
    same game, its reflections and rotations are one and belong to the same split.
    """
    white = board if board.turn == chess.WHITE else board.mirror()
    images = (white.transform(flip) for flip in _symmetries(white))
    return zlib.crc32(min(image.epd() for image in images).encode()) % 2 == 0


def _symmetries(board: chess.Board) -> tuple[Flip, ...]:
    if board.castling_rights:
        return _SYMMETRIES[:1]
    return _SYMMETRIES[:2] if board.pawns else _SYMMETRIES


def _then(first: Flip, second: Flip) -> Flip:
    return lambda mask: second(first(mask))


_SYMMETRIES: tuple[Flip, ...] = (
    lambda mask: mask,
    chess.flip_horizontal,
    chess.flip_vertical,
    chess.flip_diagonal,
    chess.flip_anti_diagonal,
    _then(chess.flip_horizontal, chess.flip_vertical),
    _then(chess.flip_horizontal, chess.flip_diagonal),
    _then(chess.flip_horizontal, chess.flip_anti_diagonal),
)


def draw_won(
    material: str, starts: NDArray[np.int64], split: str, rng: np.random.Generator
) -> chess.Board:
    """One of a table's positions, each one of the split equally likely, white to move.

    Args:
        material: A tabled one.
        starts: The positions, as `EndgameTable.starts` gives them: [n].
        split: ``"train"`` or ``"test"``.
        rng: The only source of chance.

    Raises:
        InvalidArgument: None of them belongs to the split.
    """
    for _ in range(TRIES if len(starts) else 0):
        start = starts[int(rng.integers(len(starts)))]
        board = _place(material, np.unravel_index(start, (64, 64, 64)))
        if is_test(board) == (split == "test"):
            return board
    raise InvalidArgument(
        f"No {split} position of {material} is that far from mate: widen mate_distance."
    )


def draw_any(material: str, split: str, rng: np.random.Generator) -> chess.Board:
    """A legal position of any material that is not over yet, white to move.

    Args:
        material: As `read_material` writes it.
        split: ``"train"`` or ``"test"``.
        rng: The only source of chance.

    Raises:
        InvalidArgument: None was found.
    """
    for _ in range(TRIES):
        board = _place(material, rng.choice(64, size=len(material), replace=False))
        if _can_start(board) and is_test(board) == (split == "test"):
            return board
    raise InvalidArgument(f"No legal starting position of {material} was found: give fewer pieces.")


def _place(material: str, squares: Iterable[int]) -> chess.Board:
    board = chess.Board(None)
    bare = material.rindex("K")
    for k, (letter, square) in enumerate(zip(material, squares, strict=True)):
        colour = chess.WHITE if k < bare else chess.BLACK
        board.set_piece_at(
            int(square), chess.Piece(chess.Piece.from_symbol(letter).piece_type, colour)
        )
    return board


def _can_start(board: chess.Board) -> bool:
    can_move = any(board.generate_legal_moves())
    return board.is_valid() and find_ending(board, board.turn, can_move, occurrences=1) is None
