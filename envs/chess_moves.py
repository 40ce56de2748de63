"""The moves of chess: a fixed numbering of them, and which of them give check."""

from collections.abc import Iterable
from dataclasses import dataclass

import chess

PROMOTIONS = (chess.KNIGHT, chess.BISHOP, chess.ROOK, chess.QUEEN)


def _reachable(square: chess.Square) -> chess.Bitboard:
    """The squares that a queen or a knight reaches on an empty board: every move's shape."""
    return (
        chess.BB_RANK_ATTACKS[square][0]
        | chess.BB_FILE_ATTACKS[square][0]
        | chess.BB_DIAG_ATTACKS[square][0]
        | chess.BB_KNIGHT_ATTACKS[square]
    )


def _is_promotion(start: chess.Square, end: chess.Square) -> bool:
    ranks = (chess.square_rank(start), chess.square_rank(end))
    files = abs(chess.square_file(start) - chess.square_file(end))
    return ranks in ((6, 7), (1, 0)) and files <= 1


def _all_moves() -> list[chess.Move]:
    plain = [
        chess.Move(start, end)
        for start in chess.SQUARES
        for end in chess.scan_forward(_reachable(start))
    ]
    promoting = [
        chess.Move(move.from_square, move.to_square, promotion=piece)
        for move in plain
        if _is_promotion(move.from_square, move.to_square)
        for piece in PROMOTIONS
    ]
    return sorted(plain + promoting, key=chess.Move.uci)


MOVES: tuple[chess.Move, ...] = tuple(_all_moves())
"""The 1,968 moves that UCI notation can name, in the alphabetical order of their UCI text.

Castling is the king's move (``e1g1``), as in UCI.
"""


def _key(move: chess.Move) -> int:
    # A chess.Move is slow to hash: a number serves the lookup of every legal move at every step.
    special = (move.promotion or 0) | (move.drop or 0) << 3
    return move.from_square | move.to_square << 6 | special << 12


class Vocabulary:
    """A numbering of moves.

    Args:
        moves: Every move that can ever be legal; its place is its index.
    """

    def __init__(self, moves: Iterable[chess.Move]) -> None:
        self.moves = tuple(moves)
        self._index = {_key(move): index for index, move in enumerate(self.moves)}
        self._index_of_uci = {move.uci().lower(): index for index, move in enumerate(self.moves)}

    def index_of(self, move: chess.Move) -> int:
        """The index of a move.

        Raises:
            KeyError: The vocabulary has no such move (a null move, a drop where there are none).
        """
        return self._index[_key(move)]

    def index_of_uci(self, text: str) -> int | None:
        """The index of a move given as UCI text in lower case, or None where there is none."""
        return self._index_of_uci.get(text)


STANDARD = Vocabulary(MOVES)
"""The vocabulary of standard chess."""
index_of = STANDARD.index_of
index_of_uci = STANDARD.index_of_uci


@dataclass(frozen=True, slots=True)
class Checks:
    """Which moves of the side to move give check, found from the enemy king's square.

    The same answers as ``chess.Board.gives_check``, which plays and takes back every move.

    Attributes:
        board: The position that the moves start from.
        king: The enemy king's square.
        direct: For each piece type, the squares from which such a piece attacks that king.
        hiding: Own pieces that stand alone between an own slider and that king.
        is_asked: Whether the board is asked about every move, having rules of check of its own.
    """

    board: chess.Board
    king: chess.Square
    direct: tuple[chess.Bitboard, ...]
    hiding: chess.Bitboard
    is_asked: bool = False

    @classmethod
    def of(cls, board: chess.Board) -> "Checks":
        """Look at a position once, for all of its moves."""
        king = board.king(not board.turn)
        is_asked = _has_own_checks(type(board))
        if king is None or is_asked:
            return cls(board, 0, (0,) * 7, 0, is_asked)
        occupied = board.occupied
        straight = (
            chess.BB_RANK_ATTACKS[king][chess.BB_RANK_MASKS[king] & occupied]
            | chess.BB_FILE_ATTACKS[king][chess.BB_FILE_MASKS[king] & occupied]
        )
        slanted = chess.BB_DIAG_ATTACKS[king][chess.BB_DIAG_MASKS[king] & occupied]
        # Own pawns attack the king from where an enemy pawn on its square would strike.
        pawns = chess.BB_PAWN_ATTACKS[not board.turn][king]
        knights = chess.BB_KNIGHT_ATTACKS[king]
        direct = (0, pawns, knights, slanted, straight, straight | slanted, 0)
        return cls(board, king, direct, _hiding(board, king))

    def given_by(self, move: chess.Move, piece: chess.PieceType) -> bool:
        """Whether a legal move of a piece of this type, or its drop, gives check."""
        if self.is_asked or move.promotion or self._is_special(move, piece):
            return self.board.gives_check(move)
        if self.direct[piece] >> move.to_square & 1:
            return True
        if not self.hiding >> move.from_square & 1:
            return False
        return not chess.ray(self.king, move.from_square) >> move.to_square & 1

    def _is_special(self, move: chess.Move, piece: chess.PieceType) -> bool:
        """Castling and en passant change more than two squares."""
        if piece == chess.KING:
            return abs(move.from_square - move.to_square) == 2
        return piece == chess.PAWN and move.to_square == self.board.ep_square


def _has_own_checks(board_class: type[chess.Board]) -> bool:
    """Whether a variant's rules of check differ from those of chess."""
    return (
        board_class.checkers_mask is not chess.Board.checkers_mask
        or board_class.gives_check is not chess.Board.gives_check
    )


def _hiding(board: chess.Board, king: chess.Square) -> chess.Bitboard:
    own = board.occupied_co[board.turn]
    lines = chess.BB_RANK_ATTACKS[king][0] | chess.BB_FILE_ATTACKS[king][0]
    sliders = own & (
        lines & (board.rooks | board.queens)
        | chess.BB_DIAG_ATTACKS[king][0] & (board.bishops | board.queens)
    )
    hiding = 0
    for slider in chess.scan_forward(sliders):
        between = chess.between(king, slider) & board.occupied
        if between & own and not between & (between - 1):
            hiding |= between
    return hiding
