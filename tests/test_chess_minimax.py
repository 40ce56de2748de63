"""Minimax plays the moves that a search without any cutoffs finds best."""

import chess
import chess.variant
import numpy as np
import pytest

from alectors.envs.chess_env import ChessEnv
from alectors.envs.chess_minimax import MOST_MOBILITY, WON, Minimax, best_moves
from alectors.envs.chess_rules import balance

ENDGAME = "8/8/4k3/8/2p5/8/1P2K3/8 w - - 0 1"


def plain_score(board: chess.Board, depth: int) -> int:
    """Minimax by its definition, for the side to move."""
    outcome = board.outcome() if not board.legal_moves else None
    if outcome is not None:
        if outcome.winner is None:
            return 0
        return (WON + depth) * (1 if outcome.winner == board.turn else -1)
    if depth == 0:
        return plain_judgement(board)
    return max(-after(board, move, depth, plain_score) for move in board.legal_moves)


def plain_judgement(board: chess.Board) -> int:
    reach = {
        side: sum(
            len(board.attacks(square) & ~chess.SquareSet(board.occupied_co[side]))
            for square, piece in board.piece_map().items()
            if piece.color == side and piece.piece_type != chess.PAWN
        )
        for side in chess.COLORS
    }
    mobility = reach[board.turn] - reach[not board.turn]
    clipped = max(-MOST_MOBILITY, min(MOST_MOBILITY, mobility))
    return 100 * balance(board, board.turn) + clipped


def after(board, move, depth, score):
    board.push(move)
    try:
        return score(board, depth - 1)
    finally:
        board.pop()


def plain_best(board: chess.Board, depth: int) -> set[chess.Move]:
    scores = {}
    for move in list(board.legal_moves):
        board.push(move)
        scores[move] = 0 if board.is_repetition(2) else -plain_score(board, depth - 1)
        board.pop()
    most = max(scores.values())
    return {move for move, score in scores.items() if score == most}


def positions(games: int, every: int, seed: int):
    """Positions of random games, early and late."""
    rng = np.random.default_rng(seed)
    for _ in range(games):
        board = chess.Board()
        while board.ply() < 120 and not board.is_game_over():
            moves = list(board.legal_moves)
            board.push(moves[rng.integers(len(moves))])
            if board.ply() % every == 0 and board.legal_moves:
                yield board


@pytest.mark.parametrize(("depth", "games", "every"), [(1, 5, 5), (2, 2, 29)])
def test_cutoffs_change_nothing(depth, games, every):
    for board in positions(games, every, seed=depth):
        assert set(best_moves(board, depth)) == plain_best(board, depth), board.fen()


@pytest.mark.parametrize(
    "fen", [ENDGAME, "8/8/8/8/8/2k5/1p6/K7 b - - 0 1", "7k/5Q2/8/6K1/8/8/8/8 w - - 0 1"]
)
def test_cutoffs_change_nothing_three_half_moves_deep(fen):
    board = chess.Board(fen)
    assert set(best_moves(board, 3)) == plain_best(board, 3)


@pytest.mark.slow
def test_cutoffs_change_nothing_three_half_moves_deep_in_games():
    for board in positions(1, every=100, seed=3):
        assert set(best_moves(board, 3)) == plain_best(board, 3), board.fen()


@pytest.mark.parametrize(
    ("depth", "fen", "moves"),
    [
        (1, "6k1/5ppp/8/8/8/8/8/R5K1 w - - 0 1", {"a1a8"}),  # mate in one
        (1, "4k3/8/8/1q1r4/2P1P3/8/8/4K3 w - - 0 1", {"c4b5"}),  # the queen before the rook
        (2, "4k3/2p5/3p4/8/8/3Q4/8/4K3 w - - 0 1", None),  # a defended pawn
        (3, "7k/8/6K1/8/8/8/8/R7 w - - 0 1", {"a1a8"}),  # the shorter of two mates
        (1, "k7/8/1K6/8/8/8/8/2Q5 w - - 0 1", {"c1c8"}),  # no stalemate while there is a mate
    ],
)
def test_what_depth_sees(depth, fen, moves):
    found = {move.uci() for move in best_moves(chess.Board(fen), depth)}
    assert found == moves if moves else "d3d6" not in found


def test_a_winning_side_does_not_repeat():
    board = chess.Board("7k/8/8/8/8/8/R7/K7 w - - 0 1")
    for uci in ("a2b2", "h8g8", "b2a2", "g8h8"):
        board.push_uci(uci)
    assert chess.Move.from_uci("a2b2") not in best_moves(board, 1)


def test_the_board_is_left_as_it_was():
    board = chess.Board()
    board.push_uci("e2e4")
    Minimax(2)(board, np.random.default_rng(0))
    assert board.ply() == 1
    assert board.fen() == "rnbqkbnr/pppppppp/8/8/4P3/8/PPPP1PPP/RNBQKBNR b KQkq - 0 1"


def test_ties_are_broken_by_the_generator_alone():
    # Kings and a pawn on either side, alike to left and right.
    board = chess.Board("4k3/8/8/8/8/8/8/4K3 w - - 0 1")
    ties = best_moves(board, 1)
    assert len(ties) > 1
    drawn = [Minimax(1)(board, np.random.default_rng(seed)) for seed in range(40)]
    assert set(drawn) == set(ties)
    assert drawn == [Minimax(1)(board, np.random.default_rng(seed)) for seed in range(40)]


@pytest.mark.parametrize("depth", [1, 2, 3])
def test_it_is_an_opponent_by_name(depth):
    env = ChessEnv(opponent=f"minimax-{depth}")
    env.reset(options={"fen": "3r3k/5ppp/8/8/8/8/P4PPP/6K1 w - - 0 1"})
    _, reward, terminated, *_ = env.step(env.parse_action("a3"))
    assert (reward, terminated) == (-1.0, True)  # It mates on the back rank.


def test_in_antichess_pieces_are_a_burden():
    board = chess.variant.AntichessBoard("8/8/8/8/8/8/1p5P/R7 b - - 0 1")
    assert {move.uci() for move in best_moves(board, 1)} == {"b2a1k"}
