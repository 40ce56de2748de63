"""Forced mates: the search that proves them, the positions, and the task of finding them."""

import chess
import gymnasium as gym
import numpy as np
import pytest

import alectors  # noqa: F401  (registers the environments)
from alectors.envs.chess_mate_env import ChessMateEnv
from alectors.envs.chess_mates import (
    LEVELS,
    find_mate,
    find_position,
    find_shortest_mate,
    mate_position,
)
from alectors.envs.chess_moves import index_of, index_of_uci
from alectors.envs.chess_starts import is_test
from alectors.envs.errors import InvalidArgument

TWO_MATES = "6k1/5ppp/8/8/8/8/8/RR4K1 w - - 0 1"


def mates_within(board: chess.Board, moves: int) -> bool:
    """Plain minimax, with nothing but python-chess."""
    return any(forces(board, move, moves) for move in list(board.legal_moves))


def forces(board: chess.Board, move: chess.Move, moves: int) -> bool:
    board.push(move)
    replies = list(board.legal_moves)
    forced = board.is_checkmate() or (
        moves > 1 and bool(replies) and all(fails(board, reply, moves - 1) for reply in replies)
    )
    board.pop()
    return forced


def fails(board: chess.Board, reply: chess.Move, moves: int) -> bool:
    board.push(reply)
    mated = mates_within(board, moves)
    board.pop()
    return mated


@pytest.mark.parametrize(
    ("fen", "moves"),
    [
        (TWO_MATES, 1),
        ("7k/8/8/8/8/8/R7/1R4K1 w - - 0 1", 2),
        ("8/8/8/8/8/5k2/7p/7K w - - 0 1", None),  # stalemate is no mate
        ("7k/5K2/8/8/8/8/8/Q7 w - - 0 1", 1),
        (chess.STARTING_FEN, None),
    ],
)
def test_the_search_finds_the_shortest_mate(fen, moves):
    board = chess.Board(fen)
    mate = find_shortest_mate(board, 2)
    assert (mate and mate[0]) == moves
    assert board.fen() == fen


def test_the_search_agrees_with_plain_minimax():
    rng = np.random.default_rng(1)
    board = chess.Board("3qk3/8/8/8/8/8/8/R2QK2R w - - 0 1")
    found = []
    for _ in range(40):
        mate = find_mate(board, 1)
        assert (mate is not None) == mates_within(board, 1), board.fen()
        if len(board.piece_map()) <= 5:
            found.append(find_mate(board, 2) is not None)
            assert found[-1] == mates_within(board, 2), board.fen()
        moves = list(board.legal_moves)
        if not moves:
            break
        board.push(moves[int(rng.integers(len(moves)))])


def assert_exactly(moves: int, split: str, level: int) -> None:
    board = chess.Board(mate_position(moves, split, level))
    assert board.is_valid()
    assert is_test(board) == (split == "test")
    assert mates_within(board, moves), board.fen()
    assert moves == 1 or not mates_within(board, moves - 1), board.fen()


@pytest.mark.parametrize("split", ["train", "test"])
def test_positions_have_a_mate_in_exactly_so_many_moves(split):
    for level in range(15):
        assert_exactly(1, split, level)
    assert_exactly(2, split, 0)
    assert_exactly(2, split, 1)


@pytest.mark.slow
def test_more_positions_have_a_mate_in_exactly_so_many_moves():
    for level in range(10):
        assert_exactly(2, "train", level)
    assert_exactly(3, "train", 0)


def test_a_level_is_the_same_position_whatever_came_before():
    first = mate_position(2, "test", 3)
    mate_position.cache_clear()
    mate_position(2, "train", 3)
    assert mate_position(2, "test", 3) == first


@pytest.mark.parametrize("split", LEVELS)
def test_the_positions_in_the_package_are_those_that_a_search_finds(split):
    last = LEVELS[split] - 1
    for level in (0, 1, 2, last // 2, last - 1, last):
        assert mate_position(1, split, level) == find_position(1, split, level)
    with pytest.raises(IndexError):
        mate_position(1, split, LEVELS[split])


def test_all_positions_in_the_package_have_their_mate_and_their_split():
    for split, count in LEVELS.items():
        for level in range(count):
            board = chess.Board(mate_position(1, split, level))
            assert is_test(board) == (split == "test")
            assert level % 20 or find_mate(board, 1)


def solve(env_id: str, episodes: int, **arguments) -> float:
    env = gym.make(env_id, split="test", colour="random", **arguments).unwrapped
    solved = 0
    for seed in range(episodes):
        env.reset(seed=seed)
        over = False
        while not over:
            _, reward, terminated, truncated, info = env.step(env.oracle_action())
            over = terminated or truncated
        assert (reward, info["score"]) == (1.0, 1.0)
        solved += info["success"]
    return solved / episodes


@pytest.mark.parametrize("env_id", ["alectors/ChessMateInOne-v0", "alectors/ChessMateInTwo-v0"])
def test_the_oracle_mates_in_every_test_episode(env_id):
    assert solve(env_id, 100 if "One" in env_id else 30) == 1.0


@pytest.mark.slow
def test_the_oracle_mates_in_every_longer_test_episode():
    assert solve("alectors/ChessMateInTwo-v0", 100) == 1.0
    assert solve("alectors/ChessMate-v0", 10, moves=3) == 1.0


@pytest.mark.parametrize("move", ["a1a8", "b1b8"])
def test_every_mating_move_counts(move):
    env = ChessMateEnv(moves=1)
    page, info = env.reset(options={"fen": TWO_MATES})
    assert "mates" not in page
    _, reward, terminated, _, info = env.step(index_of_uci(move))
    assert (reward, terminated, info["success"], info["score"]) == (1.0, True, True, 1.0)


def test_a_missed_mate_is_no_success():
    env = ChessMateEnv(moves=1)
    env.reset(options={"fen": TWO_MATES})
    _, reward, terminated, truncated, info = env.step(index_of_uci("a1a7"))
    assert (reward, terminated, truncated) == (0.0, True, False)
    assert (info["success"], info["score"]) == (False, 0.0)


def test_the_enemy_escapes_where_it_can():
    """After any first move that forces nothing, no mate in one is left."""
    env = ChessMateEnv(moves=2)
    escaped = 0
    for seed in range(3):
        env.reset(seed=seed)
        fen = env.game.fen()
        for move in list(env.game.legal_moves):
            if forces(chess.Board(fen), move, 2):
                continue
            env.reset(options={"fen": fen})
            if not env.step(index_of(move))[2]:
                assert not mates_within(env.game, 1), (fen, move)
                escaped += 1
    assert escaped > 20


def test_the_enemy_puts_the_mate_off():
    fen = "7k/8/8/8/8/1R6/R7/6K1 w - - 0 1"  # after the quiet rook move every reply loses, in one
    env = ChessMateEnv(moves=2)
    env.reset(options={"fen": fen})
    _, _, terminated, _, _ = env.step(env.oracle_action())
    assert not terminated
    assert env.step(env.oracle_action())[-1]["success"]


@pytest.mark.parametrize("colour", [chess.WHITE, chess.BLACK])
def test_the_agent_has_the_colour_that_was_asked_for(colour):
    env = ChessMateEnv(colour=chess.COLOR_NAMES[colour])
    for seed in range(4):
        page, _ = env.reset(seed=seed)
        assert env.game.turn == colour
        assert f"You play {chess.COLOR_NAMES[colour]}." in page.split("\n")


@pytest.mark.parametrize("moves", [0, 4, True, "2", 1.5, None])
def test_a_wrong_number_of_moves_is_refused_in_a_sentence(moves):
    with pytest.raises(InvalidArgument, match="must be 1, 2 or 3"):
        gym.make("alectors/ChessMate-v0", moves=moves)
