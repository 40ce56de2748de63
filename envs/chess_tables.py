"""Exact play with one piece against the bare king: queen, rook or pawn, by retrograde analysis.

The analysis works backwards from the checkmates, all positions of a piece at once: a boolean array
over (attacker's king, piece, defender's king) is a set of positions, and a matrix product with a
piece's moves is the set of positions from which a move leads into it.
"""

from dataclasses import dataclass
from functools import cache

import chess
import numpy as np
from numpy.typing import NDArray

Set = NDArray[np.bool_]
"""A set of positions: [64, 64, 64], or a relation of squares: [64, 64]."""
Distances = NDArray[np.int8]

TABLED = ("KQK", "KRK", "KPK")
"""The material that is solved."""
DRAWN = -1
_PIECES = {"KQK": chess.QUEEN, "KRK": chess.ROOK, "KPK": chess.PAWN}
_MATERIAL = {piece: material for material, piece in _PIECES.items()}
_PAWN_SQUARES = slice(8, 56)
_LAST_RANK = slice(56, 64)


@dataclass(frozen=True)
class EndgameTable:
    """How many moves of the attacker it takes to mate, under best play of both sides.

    The arrays are indexed by the squares of the attacker's king, its piece and the defender's
    king, the attacker playing white, and are read-only. `DRAWN` stands for what is no win, or no
    position.
    """

    won: Distances
    """The attacker to move: moves to mate, [64, 64, 64]."""
    lost: Distances
    """The defender to move, 0 where it is mated: moves to mate, [64, 64, 64]."""

    @property
    def longest(self) -> int:
        """Moves to mate from the farthest position with the attacker to move."""
        return int(self.won.max())

    def starts(self, low: int, high: int) -> NDArray[np.int64]:
        """The positions with the attacker to move and the mate ``low`` to ``high`` moves away.

        Returns:
            Where they stand in the flattened `won`: [n].
        """
        return np.flatnonzero((self.won >= low) & (self.won <= high))


@cache
def table(material: str) -> EndgameTable:
    """The table of a material in `TABLED`, computed when it is first asked for (below a second)."""
    if material == "KPK":
        return _solve(chess.PAWN, _after_promotion())
    return _solve(_PIECES[material], np.full((64, 64, 64), DRAWN, np.int8))


def _after_promotion() -> Distances:
    """``lost`` with a new queen or rook, the sooner mate of the two; a lesser piece only draws."""
    lost = np.full((64, 64, 64), DRAWN, np.int8)
    queen, rook = (table(material).lost[:, _LAST_RANK] for material in ("KQK", "KRK"))
    never = np.int8(np.iinfo(np.int8).max)
    best = np.minimum(np.where(queen < 0, never, queen), np.where(rook < 0, never, rook))
    lost[:, _LAST_RANK] = np.where(best == never, DRAWN, best)
    return lost


def _solve(piece: chess.PieceType, lost: Distances) -> EndgameTable:
    """Work backwards from the mates, and from what ``lost`` already holds (promotions)."""
    attacked = _attacks(piece)
    legal = _placements(piece)
    near = _relation(chess.BB_KING_ATTACKS)
    # Where the defender's king may go. Its old square shields nothing, so `attacked` leaves it out;
    # the piece does not attack its own square: an unguarded piece may be taken.
    safe = ~attacked & ~(near | np.eye(64, dtype=bool))[:, None, :]
    mobile = _product(safe, near)
    won = np.full((64, 64, 64), DRAWN, np.int8)
    lost[legal & attacked & ~mobile] = 0
    moves = 1
    while moves <= lost.max() + 1:
        into = _moves_into(lost == moves - 1, piece, attacked, near)
        won[legal & ~attacked & into & (won < 0)] = moves
        escapes = _product(safe & (won < 0), near)
        lost[legal & mobile & ~escapes & (lost < 0)] = moves
        moves += 1
    won.flags.writeable = lost.flags.writeable = False
    return EndgameTable(won, lost)


def _moves_into(target: Set, piece: chess.PieceType, attacked: Set, near: Set) -> Set:
    """The placements from which a move of the attacker leads into ``target``."""
    found = _product(near, target.reshape(64, -1)).reshape(target.shape)
    if piece != chess.PAWN:
        return found | _product(attacked, target)
    found[:, _PAWN_SQUARES] |= target[:, 16:]
    squares = np.arange(64)
    passed = squares[16:24, None]
    free = (squares[:, None, None] != passed) & (squares != passed)
    found[:, 8:16] |= target[:, 24:32] & free
    return found


def _product(first: Set, second: Set) -> Set:
    """The boolean matrix product, over the last two axes."""
    product: NDArray[np.float32] = first.astype(np.float32) @ second.astype(np.float32)
    return product > 0


def _placements(piece: chess.PieceType) -> Set:
    """Three different squares, the kings not side by side, a pawn between the outer ranks."""
    apart = ~np.eye(64, dtype=bool)
    kings = apart & ~_relation(chess.BB_KING_ATTACKS)
    legal = kings[:, None, :] & apart[:, :, None] & apart[None, :, :]
    if piece == chess.PAWN:
        legal[:, :8] = legal[:, _LAST_RANK] = False
    return legal


def _attacks(piece: chess.PieceType) -> Set:
    """Which squares the piece attacks past its own king: [king, piece, square]."""
    masks = np.zeros((64, 64), "<u8")
    for king in chess.SQUARES:
        for square in chess.SQUARES:
            board = chess.BaseBoard.empty()
            board.set_piece_at(king, chess.Piece(chess.KING, chess.WHITE))
            board.set_piece_at(square, chess.Piece(piece, chess.WHITE))
            masks[king, square] = board.attacks_mask(square)
    return _bits(masks)


def _relation(masks: list[chess.Bitboard]) -> Set:
    return _bits(np.array(masks, "<u8"))


def _bits(masks: NDArray[np.uint64]) -> Set:
    """Bitboards as booleans, the squares along a new last axis."""
    octets = masks[..., None].view(np.uint8)
    return np.unpackbits(octets, axis=-1, bitorder="little").astype(bool)


def moves_to_mate(board: chess.Board, attacker: chess.Color) -> int | None:
    """Moves of the attacker until mate under best play; None where it cannot force one.

    Args:
        board: A position of the material in `TABLED`, or with a bishop or knight that a pawn became
            or no piece at all in its place, which is a draw.
        attacker: The side with the piece.
    """
    pieces = board.occupied_co[attacker] & ~board.kings
    square = chess.lsb(pieces) if pieces else 0
    material = _MATERIAL.get(board.piece_type_at(square) or 0) if pieces else None
    if material is None:
        return None
    flip = 0 if attacker == chess.WHITE else 56  # A pawn of black moves down the board.
    king, bare = board.king(attacker), board.king(not attacker)
    assert king is not None and bare is not None  # noqa: PT018
    distances = table(material).won if board.turn == attacker else table(material).lost
    distance = int(distances[king ^ flip, square ^ flip, bare ^ flip])
    return None if distance == DRAWN else distance


def best_moves(board: chess.Board, attacker: chess.Color) -> list[chess.Move]:
    """The moves that mate soonest, or for the defender those that draw, else are mated latest.

    Returns:
        Legal moves, in the order of python-chess; none where the attacker to move cannot force a
        mate.
    """
    distances: dict[chess.Move, float] = {}
    for move in list(board.generate_legal_moves()):
        board.push(move)
        distance = moves_to_mate(board, attacker)
        board.pop()
        distances[move] = float("inf") if distance is None else distance
    if not distances:
        return []
    if board.turn != attacker:
        best = max(distances.values())
    elif (best := min(distances.values())) == float("inf"):
        return []
    return [move for move, distance in distances.items() if distance == best]


def play_perfect(board: chess.Board, rng: np.random.Generator) -> chess.Move:
    """The bare king's best move, one at random where several are equally good."""
    moves = best_moves(board, attacker=not board.turn)
    return moves[int(rng.integers(len(moves)))]
