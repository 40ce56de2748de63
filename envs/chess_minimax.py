"""Minimax over material and mobility: opponents in pure Python that look a few half-moves ahead."""

import chess
import numpy as np

from .chess_rules import VALUES, balance

PAWN = 100
"""Points of a pawn; a square that is attacked more is one point."""
MOST_MOBILITY = PAWN - 1
"""Mobility is cut here, so that no amount of it outweighs a pawn."""
WON = 500_000
"""Points of a won game, and one more for each half-move that it comes sooner."""
INFINITE = 2 * WON
"""More points than any position has."""
DEPTHS = (1, 2, 3)
"""Half-moves that the built-in opponents look ahead."""


class Minimax:
    """Plays the best move of a fixed-depth search; ties are broken by ``rng``.

    Negamax with alpha-beta cutoffs (Knuth and Moore, 1975), captures of the most valuable pieces
    first. A move that repeats a position of the game counts as a draw.

    Args:
        depth: Half-moves to look ahead, its own move included; at least 1.
    """

    def __init__(self, depth: int) -> None:
        self.depth = depth

    def __call__(self, board: chess.Board, rng: np.random.Generator) -> chess.Move:
        """One of the best moves, each equally likely."""
        best = best_moves(board, self.depth)
        return best[int(rng.integers(len(best)))]


def best_moves(board: chess.Board, depth: int) -> list[chess.Move]:
    """The legal moves that a search of ``depth`` half-moves finds equally good, none better.

    Args:
        board: A position in which the game goes on.
        depth: At least 1.
    """
    board = board.copy()  # An interrupted search leaves the caller's board as it was.
    moves = _ordered(board)
    scores = dict.fromkeys(moves, 0)
    for deeper in range(1, depth + 1):
        # The order of the shallower search makes for early cutoffs in the deeper one.
        moves.sort(key=scores.__getitem__, reverse=True)
        scores = _score_all(board, moves, deeper)
    most = max(scores.values())
    return [move for move in moves if scores[move] == most]


def _score_all(board: chess.Board, moves: list[chess.Move], depth: int) -> dict[chess.Move, int]:
    """Exact scores of the best moves; of the others, an upper bound below the best."""
    scores: dict[chess.Move, int] = {}
    best = -INFINITE
    for move in moves:
        board.push(move)
        # One point below the best, so that a tie is told from a worse move.
        score = 0 if board.is_repetition(2) else -_search(board, depth - 1, -INFINITE, 1 - best)
        board.pop()
        scores[move] = score
        best = max(best, score)
    return scores


def _search(board: chess.Board, depth: int, alpha: int, beta: int) -> int:
    """The score for the side to move, exact if between alpha and beta, else a bound."""
    if depth == 0:
        return _judge(board, alpha, beta)
    moves = _ordered(board)
    if not moves:
        return _finish(board, depth)
    best = -INFINITE
    for move in moves:
        board.push(move)
        best = max(best, -_search(board, depth - 1, -beta, -max(alpha, best)))
        board.pop()
        if best >= beta:
            break
    return best


def _ordered(board: chess.Board) -> list[chess.Move]:
    """The legal moves, captures of the most valuable pieces first."""
    enemy = board.occupied_co[not board.turn]
    quiet: list[chess.Move] = []
    captures: list[chess.Move] = []
    for move in board.generate_legal_moves():
        (captures if enemy >> move.to_square & 1 else quiet).append(move)
    captures.sort(
        key=lambda move: (
            8 * VALUES[board.piece_type_at(move.to_square) or 0]
            - (board.piece_type_at(move.from_square) or 0)
        ),
        reverse=True,
    )
    return captures + quiet


def _finish(board: chess.Board, depth: int) -> int:
    """The score of a game that is over; ``depth`` is what is left of the search."""
    if board.is_variant_win():
        return WON + depth
    lost = board.is_variant_loss() or (board.is_check() and not board.is_variant_draw())
    return -WON - depth if lost else 0


def _judge(board: chess.Board, alpha: int, beta: int) -> int:
    """Points of a position that is not searched further, for the side to move."""
    if not any(board.generate_legal_moves()):
        return _finish(board, 0)
    # In antichess, which alone compels captures, pieces are a burden.
    sign = -PAWN if board.captures_compulsory else PAWN
    material = sign * balance(board, board.turn)
    most, least = material + MOST_MOBILITY, material - MOST_MOBILITY
    if most <= alpha:  # Mobility, the dear part, cannot bring it back between alpha and beta.
        return most
    if least >= beta:
        return least
    mobility = _reach(board, board.turn) - _reach(board, not board.turn)
    return max(least, min(most, material + mobility))


def _reach(board: chess.Board, colour: chess.Color) -> int:
    """How many squares the pieces of a side attack, a square counting once for each."""
    own = board.occupied_co[colour]
    return sum(
        (board.attacks_mask(square) & ~own).bit_count()
        for square in chess.scan_forward(own & ~board.pawns)
    )
