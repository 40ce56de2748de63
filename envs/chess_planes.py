"""A chess position as planes of numbers, for agents that do not read."""

import chess
import gymnasium as gym
import numpy as np

from .base import Symbols
from .chess_rules import FIFTY_MOVES

PLANES = 25
"""How many planes there are."""


def plane_space() -> gym.spaces.Box:
    """The space of `planes`: ``[25, 8, 8]``, float32, 0 to 1."""
    return gym.spaces.Box(0.0, 1.0, (PLANES, 8, 8), np.float32)


def planes(
    board: chess.Board,
    colour: chess.Color,
    occurrences: int,
    share_left: float,
    enemy_move: chess.Move | None,
) -> Symbols:
    """What the page tells, as planes whose cell ``[rank, file]`` is a square, a1 at ``[0, 0]``.

    Args:
        board: The position.
        colour: The agent's colour.
        occurrences: How often the position has occurred, now included.
        share_left: Own moves left over ``max_steps``, 0 to 1; finer than the page's steps.
        enemy_move: The enemy's last move, if it was the last on the board.

    Returns:
        ``[25, 8, 8]``: 0-5 own and 6-11 enemy pawns, knights, bishops, rooks, queens and king; 12
        the square of an en passant capture; 13 and 14 where the enemy's last move came from and
        went to; the others are 0 or constant: 15 the agent plays white, 16 it is in check, 17-20
        castling rights (own kingside and queenside, the enemy's), 21 the position has occurred
        before, 22 the fifty-move clock over 100 half-moves, 23 ``share_left``, 24 it is the
        agent's turn.
    """
    masks = [
        board.pieces_mask(piece, side)
        for side in (colour, not colour)
        for piece in chess.PIECE_TYPES
    ]
    masks.append(chess.BB_SQUARES[board.ep_square] if _can_pass(board) else 0)  # type: ignore[index]
    squares = (None, None) if enemy_move is None else (enemy_move.from_square, enemy_move.to_square)
    masks += [0 if square is None else chess.BB_SQUARES[square] for square in squares]
    flat = [
        colour == chess.WHITE,
        board.turn == colour and board.is_check(),
        *(
            has(side)
            for side in (colour, not colour)
            for has in (board.has_kingside_castling_rights, board.has_queenside_castling_rights)
        ),
        occurrences > 1,
        min(board.halfmove_clock / FIFTY_MOVES, 1.0),
        share_left,
        board.turn == colour,
    ]
    told = np.empty((PLANES, 64), dtype=np.float32)
    told[: len(masks)] = _bits(masks)
    told[len(masks) :] = np.array(flat, dtype=np.float32)[:, None]
    return told.reshape(PLANES, 8, 8)


def _can_pass(board: chess.Board) -> bool:
    return board.ep_square is not None and board.has_legal_en_passant()


def _bits(masks: list[chess.Bitboard]) -> np.ndarray[tuple[int, int], np.dtype[np.uint8]]:
    """The 64 bits of each mask, the square a1 first. ``[masks, 64]``."""
    octets = np.array(masks, dtype="<u8").view(np.uint8).reshape(len(masks), 8)
    return np.unpackbits(octets, axis=1, bitorder="little")
