"""The fixed numbering of chess moves, legality, and the cheap search for checks."""

import chess
import numpy as np
import pytest

from alectors.envs.chess_env import ChessEnv
from alectors.envs.chess_moves import MOVES, Checks, index_of, index_of_uci
from alectors.envs.chess_words import move_words

INITIAL = chess.STARTING_FEN
KIWIPETE = "r3k2r/p1ppqpb1/bn2pnp1/3PN3/1p2P3/2N2Q1p/PPPBBPPP/R3K2R w KQkq - 0 1"
ROOK_ENDING = "8/2p5/3p4/KP5r/1R3p1k/8/4P1P1/8 w - - 0 1"
PROMOTING = "r3k2r/Pppp1ppp/1b3nbN/nP6/BBP1P3/q4N2/Pp1P2PP/R2Q1RK1 w kq - 0 1"
TALKCHESS = "rnbq1k1r/pp1Pbppp/2p5/8/2B5/8/PPP1NnPP/RNBQK2R w KQ - 1 8"
EDWARDS = "r4rk1/1pp1qppp/p1np1n2/2b1p1B1/2B1P1b1/P1NP1N2/1PP1QPPP/R4RK1 w - - 0 10"
# The published perft numbers: position, depth, nodes.
PERFT = [
    (INITIAL, 1, 20),
    (INITIAL, 2, 400),
    (INITIAL, 3, 8_902),
    (KIWIPETE, 1, 48),
    (KIWIPETE, 2, 2_039),
    (ROOK_ENDING, 1, 14),
    (ROOK_ENDING, 2, 191),
    (ROOK_ENDING, 3, 2_812),
    (PROMOTING, 1, 6),
    (PROMOTING, 2, 264),
    (PROMOTING, 3, 9_467),
    (TALKCHESS, 1, 44),
    (TALKCHESS, 2, 1_486),
    (EDWARDS, 1, 46),
    (EDWARDS, 2, 2_079),
    (INITIAL, 4, 197_281),
    (KIWIPETE, 3, 97_862),
    (ROOK_ENDING, 4, 43_238),
    (TALKCHESS, 3, 62_379),
    (EDWARDS, 3, 89_890),
]
# Published counts of the kinds of moves at a depth, read back from the words:
# captures, en passant, castling, promotions, checks.
KINDS = [
    (INITIAL, 3, (34, 0, 0, 0, 12)),
    (KIWIPETE, 1, (8, 0, 2, 0, 0)),
    (KIWIPETE, 2, (351, 1, 91, 0, 3)),
    (ROOK_ENDING, 3, (209, 2, 0, 0, 267)),
    (PROMOTING, 2, (87, 0, 6, 48, 10)),
    (PROMOTING, 3, (1_021, 4, 0, 120, 38)),
]
MARKS = ("capturing", "en passant", "castling", "promoting", "giving check")


def perft(board: chess.Board, depth: int, leaves: list[str]) -> None:
    """Collect the words of the last moves, walking through the vocabulary's indices only."""
    words = move_words(board, board.legal_moves)
    if depth == 1:
        leaves.extend(words.values())
        return
    for index in words:
        board.push(MOVES[index])
        perft(board, depth - 1, leaves)
        board.pop()


def last_moves(fen: str, depth: int) -> list[str]:
    leaves: list[str] = []
    perft(chess.Board(fen), depth, leaves)
    return leaves


def random_positions(games: int, seed: int = 0, longest: int = 160):
    rng = np.random.default_rng(seed)
    for _ in range(games):
        board = chess.Board()
        while board.ply() < longest and not board.is_game_over():
            yield board
            moves = list(board.legal_moves)
            board.push(moves[rng.integers(len(moves))])


def test_vocabulary_has_the_1968_moves_of_uci_in_order():
    texts = [move.uci() for move in MOVES]
    assert len(set(texts)) == 1968
    assert texts == sorted(texts)
    assert sum(move.promotion is not None for move in MOVES) == 176
    assert all(index_of(move) == index for index, move in enumerate(MOVES))


def test_every_legal_move_has_an_index():
    assert index_of_uci("e1g1") is not None
    assert index_of_uci("a7b8n") is not None
    assert index_of_uci("a7b8k") is None
    for move in (chess.Move.null(), chess.Move.from_uci("N@e4"), chess.Move.from_uci("a1b4")):
        with pytest.raises(KeyError):
            index_of(move)


@pytest.mark.parametrize(("fen", "depth", "nodes"), PERFT)
def test_perft_through_the_vocabulary(fen, depth, nodes):
    assert len(last_moves(fen, depth)) == nodes


@pytest.mark.parametrize(("fen", "depth", "kinds"), KINDS)
def test_words_name_as_many_moves_of_each_kind_as_published(fen, depth, kinds):
    leaves = last_moves(fen, depth)
    assert tuple(sum(mark in words for words in leaves) for mark in MARKS) == kinds


def test_checks_are_those_of_python_chess():
    seen = {True: 0, False: 0}
    for board in random_positions(games=40):
        checks = Checks.of(board)
        for move in board.legal_moves:
            expected = board.gives_check(move)
            piece = board.piece_type_at(move.from_square)
            assert checks.given_by(move, piece) == expected, (board.fen(), move)
            seen[expected] += 1
    assert seen[True] > 1000


@pytest.mark.parametrize(
    ("fen", "uci"),
    [
        ("4k3/8/8/8/4N3/8/8/4R1K1 w - - 0 1", "e4c5"),  # discovered along a file
        ("4k3/8/6N1/7B/8/8/8/6K1 w - - 0 1", "g6h8"),  # discovered along a diagonal
        ("5k2/8/8/8/8/8/8/4K2R w K - 0 1", "e1g1"),  # the castled rook
        ("8/4P3/8/4k3/8/8/8/K7 w - - 0 1", "e7e8q"),  # through the pawn's own square
        ("8/8/8/R2pPk2/8/8/8/7K w - d6 0 1", "e5d6"),  # en passant opens the rank
        ("4k3/8/8/4K3/8/8/8/4R3 w - - 0 1", "e5d5"),  # the king steps aside
    ],
)
def test_rare_checks_are_seen(fen, uci):
    board, move = chess.Board(fen), chess.Move.from_uci(uci)
    assert board.is_legal(move)
    assert board.gives_check(move)
    assert Checks.of(board).given_by(move, board.piece_type_at(move.from_square))


def play_and_compare(games: int) -> None:
    env = ChessEnv(colour="random")
    rng = np.random.default_rng(1)
    for seed in range(games):
        _, info = env.reset(seed=seed)
        ended = False
        while not ended:
            legal = {index_of(move) for move in env.game.legal_moves}
            assert set(np.flatnonzero(info["action_mask"])) == legal
            action = int(rng.choice(sorted(legal)))
            ply = env.game.ply()
            _, _, terminated, truncated, info = env.step(action)
            assert env.game.move_stack[ply] == MOVES[action]
            ended = terminated or truncated


def test_legal_indices_agree_with_python_chess_over_random_games():
    play_and_compare(games=60)


@pytest.mark.slow
def test_legal_indices_agree_with_python_chess_over_1000_random_games():
    play_and_compare(games=1000)
