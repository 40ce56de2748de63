"""The tables of KQK, KRK and KPK, and the endgames that are played with them."""

import re

import chess
import gymnasium as gym
import numpy as np
import pytest

import alectors  # noqa: F401  (registers the environments)
from alectors.envs.chess_endgame_env import ChessEndgameEnv
from alectors.envs.chess_moves import index_of_uci
from alectors.envs.chess_starts import is_test, read_material
from alectors.envs.chess_tables import TABLED, best_moves, moves_to_mate, table
from alectors.envs.errors import InvalidArgument

every_table = pytest.mark.parametrize("pieces", TABLED)


def start(pieces: str, seed: int, **arguments) -> ChessEndgameEnv:
    env = ChessEndgameEnv(pieces=pieces, **arguments)
    env.reset(seed=seed)
    return env


def finish(env: ChessEndgameEnv, rng: np.random.Generator | None = None):
    """Play to the end, the oracle's moves or random ones; rewards and the last info."""
    rewards, over, mask = [], False, None
    while not over:
        mask = env._mask()
        action = env.oracle_action() if rng is None else int(rng.choice(np.flatnonzero(mask)))
        _, reward, terminated, truncated, info = env.step(action)
        rewards.append(reward)
        over = terminated or truncated
    return rewards, terminated, info


# The tables.


@pytest.mark.parametrize(
    ("pieces", "longest", "wins"),
    [("KQK", 10, 144_508), ("KRK", 16, 175_168), ("KPK", 28, 124_960)],
)
def test_the_longest_mates_and_the_number_of_wins_are_the_known_ones(pieces, longest, wins):
    assert table(pieces).longest == longest
    assert len(table(pieces).starts(1, longest)) == wins


@pytest.mark.parametrize(
    ("fen", "distance"),
    [
        ("7k/8/5K2/8/8/8/8/6Q1 w - - 0 1", 1),
        ("7k/6Q1/6K1/8/8/8/8/8 b - - 0 1", 0),
        ("7k/8/6K1/8/8/8/8/R7 w - - 0 1", 1),
        ("7k/5Q2/8/8/8/8/8/K7 b - - 0 1", None),  # stalemate
        ("8/8/8/8/8/6k1/7Q/K7 b - - 0 1", None),  # the queen is lost
        ("4k3/4P3/4K3/8/8/8/8/8 b - - 0 1", None),  # stalemate
        ("k7/8/K7/P7/8/8/8/8 w - - 0 1", None),  # a rook pawn
        ("8/8/4k3/8/4K3/4P3/8/8 w - - 0 1", None),  # the enemy has the opposition
        ("8/8/8/8/8/8/8/K1k1N3 w - - 0 1", None),  # what a pawn became
        ("8/8/8/8/8/8/8/K1k5 w - - 0 1", None),
    ],
)
def test_known_positions_of_either_colour(fen, distance):
    board = chess.Board(fen)
    assert moves_to_mate(board, chess.WHITE) == distance
    assert moves_to_mate(board.mirror(), chess.BLACK) == distance


@pytest.mark.parametrize("fen", ["4k3/8/4K3/4P3/8/8/8/8 w", "8/8/4k3/8/4K3/4P3/8/8 b"])
def test_pawn_positions_that_are_known_wins(fen):
    assert moves_to_mate(chess.Board(f"{fen} - - 0 1"), chess.WHITE) is not None


def mates_within(board: chess.Board, moves: int) -> bool:
    """Plain minimax, with nothing but python-chess."""

    def after(move: chess.Move) -> bool:
        board.push(move)
        lost = board.is_checkmate() or (moves > 1 and not board.is_stalemate() and all_lose())
        board.pop()
        return lost

    def all_lose() -> bool:
        for reply in list(board.legal_moves):
            board.push(reply)
            mated = mates_within(board, moves - 1)
            board.pop()
            if not mated:
                return False
        return True

    return any(after(move) for move in list(board.legal_moves))


@every_table
def test_short_mates_are_those_of_plain_minimax(pieces):
    for distance, seed in ((1, 0), (1, 1), (2, 0), (2, 1), (3, 0)):
        board = start(pieces, seed, mate_distance=(distance, distance)).game
        assert mates_within(board, 2) == (distance <= 2), board.fen()
        assert mates_within(board, 1) == (distance == 1), board.fen()


def by_its_moves(board: chess.Board) -> float:
    """White's moves to mate, from the table's values after each legal move."""
    if board.is_checkmate():
        return 0
    after = [float("inf")] if board.is_stalemate() else []
    for move in list(board.legal_moves):
        board.push(move)
        distance = moves_to_mate(board, chess.WHITE)
        board.pop()
        after.append(float("inf") if distance is None else distance)
    return 1 + min(after) if board.turn else max(after)


@every_table
def test_each_value_follows_from_those_after_the_legal_moves(pieces):
    rng = np.random.default_rng(0)
    checked = 0
    while checked < 250:
        board = chess.Board(None)
        squares = rng.choice(64, size=3, replace=False)
        for square, symbol in zip(squares, (*pieces[:2], "k"), strict=True):
            board.set_piece_at(int(square), chess.Piece.from_symbol(symbol))
        board.turn = bool(rng.integers(2))
        if board.is_valid():
            distance = moves_to_mate(board, chess.WHITE)
            assert (float("inf") if distance is None else distance) == by_its_moves(board)
            checked += 1


# The environment.


@pytest.mark.parametrize("defender", ["random", "perfect"])
@every_table
def test_the_oracle_mates_in_every_test_episode(pieces, defender):
    env = ChessEndgameEnv(pieces=pieces, defender=defender, split="test", colour="random")
    for seed in range(100):
        env.reset(seed=seed)
        distance = moves_to_mate(env.game, env.game.turn)
        rewards, _, info = finish(env)
        assert info["success"]
        assert info["optimal"] == 1.0
        assert len(rewards) == distance if defender == "perfect" else len(rewards) <= distance


@every_table
def test_the_perfect_defender_loses_no_faster_than_it_must(pieces):
    rng = np.random.default_rng(0)
    env = ChessEndgameEnv(pieces=pieces, defender="perfect")
    for seed in range(8):
        _, info = env.reset(seed=seed)
        over = False
        while not over:
            action = int(rng.choice(np.flatnonzero(info["action_mask"])))
            _, _, terminated, truncated, info = env.step(action)
            over = terminated or truncated
            if env.game.turn == chess.WHITE:
                reply = env.game.pop()
                left = moves_to_mate(env.game, chess.WHITE)
                assert reply in best_moves(env.game, chess.WHITE)
                env.game.push(reply)
                assert moves_to_mate(env.game, chess.WHITE) == left


def test_the_perfect_defender_takes_what_it_can():
    env = ChessEndgameEnv(pieces="KQK", defender="perfect")
    env.reset(options={"fen": "8/8/8/4k3/8/8/8/K2Q4 w - - 0 1"})
    _, reward, terminated, _, info = env.step(index_of_uci("d1d5"))
    assert (reward, terminated, info["score"], info["optimal"]) == (0.0, True, 0.5, 0.0)


def test_the_share_of_optimal_moves_counts_the_agents_own():
    env = ChessEndgameEnv(pieces="KQK", defender="perfect", max_steps=2)
    env.reset(options={"fen": "7k/8/5K2/8/8/8/8/6Q1 w - - 0 1"})
    *_, info = env.step(index_of_uci("f6f7"))  # shuts the king in, but mates a move too late
    assert "optimal" not in info
    *_, info = env.step(env.oracle_action())
    assert (info["success"], info["optimal"]) == (True, 0.5)


def test_a_pawn_may_become_a_queen_or_spoil_the_win():
    env = ChessEndgameEnv(pieces="KPK", defender="perfect")
    for promotion, terminated in (("q", False), ("b", True)):
        env.reset(options={"fen": "8/4P3/8/8/8/k7/8/4K3 w - - 0 1"})
        answer = env.step(index_of_uci(f"e7e8{promotion}"))
        assert answer[2] == terminated
    assert answer[-1]["score"] == 0.5


@pytest.mark.parametrize("random", [False, True])
def test_the_distance_reward_of_a_finished_game_is_that_of_its_start(random):
    discount, finished, gone = 0.9, set(), 17  # the longest win with a rook takes 16 moves
    for seed in range(12):
        told = {}
        for weight in (0.0, 0.5):
            env = start("KRK", seed, distance_reward=weight, discount=discount, max_steps=200)
            distance = moves_to_mate(env.game, chess.WHITE)
            rng = np.random.default_rng(seed) if random else None
            told[weight], terminated, info = finish(env, rng)
        shaping = [with_it - bare for bare, with_it in zip(*told.values(), strict=True)]
        total = sum(discount**k * reward for k, reward in enumerate(shaping))
        if terminated:
            finished.add(info["success"])
            lost = 0.0 if info["success"] else gone * discount ** len(shaping)
            assert total == pytest.approx(0.5 * (distance - lost))
    assert finished == {not random}


@every_table
@pytest.mark.parametrize("distance", [(1, 1), (2, 4)])
def test_starts_are_as_far_from_mate_as_asked(pieces, distance):
    env = ChessEndgameEnv(pieces=pieces, mate_distance=list(distance), colour="black")
    for seed in range(15):
        env.reset(seed=seed)
        assert env.game.turn == chess.BLACK
        assert distance[0] <= moves_to_mate(env.game, chess.BLACK) <= distance[1]


@pytest.mark.parametrize(("nearness", "share"), [(0, 1 / 10), (1, 0.341), (2, 0.645)])
def test_nearness_decides_how_often_the_mate_is_near(nearness, share):
    env = ChessEndgameEnv(nearness=nearness)
    distances = []
    for episode in range(600):
        env.reset(seed=0 if episode == 0 else None)
        distances.append(moves_to_mate(env.game, chess.WHITE))
    assert np.mean(np.equal(distances, 1)) == pytest.approx(share, abs=0.05)
    assert max(distances) > 5


def test_nearness_keeps_to_the_distances_asked_for():
    env = ChessEndgameEnv(pieces="KRK", nearness=0, mate_distance=[3, 5])
    found = set()
    for seed in range(40):
        env.reset(seed=seed)
        found.add(moves_to_mate(env.game, chess.WHITE))
    assert found == {3, 4, 5}
    env = ChessEndgameEnv(pieces="KRK", nearness=1e6, mate_distance=[3, 5])
    env.reset(seed=0)
    assert moves_to_mate(env.game, chess.WHITE) == 3


def reflections(board: chess.Board) -> set[str]:
    flips = (lambda mask: mask, chess.flip_horizontal)
    images = [board.transform(flip) for flip in flips]
    if not board.pawns:
        images += [image.transform(chess.flip_vertical) for image in images]
        images += [image.transform(chess.flip_diagonal) for image in images]
    return {image.board_fen() for image in images}


@pytest.mark.parametrize("pieces", ["KRK", "KPK", "KBBK", "KRPKB"])
def test_the_splits_share_no_position_nor_a_reflection(pieces):
    seen = {}
    for split in ("train", "test"):
        env = ChessEndgameEnv(pieces=pieces, split=split)
        seen[split] = set()
        for seed in range(60):
            env.reset(seed=seed)
            assert is_test(env.game) == is_test(env.game.mirror()) == (split == "test")
            seen[split] |= reflections(env.game)
        assert len(seen[split]) > 60
    assert not seen["train"] & seen["test"]


@pytest.mark.parametrize("pieces", ["KRRK", "KBBK", "KBNK", "KRPKB", "KQQQQQQQQK"])
def test_any_material_starts_legally_with_the_agent_to_move(pieces):
    env = ChessEndgameEnv(pieces=pieces)
    for seed in range(5):
        _, info = env.reset(seed=seed)
        assert env.game.is_valid()
        own = "".join(sorted(p.symbol() for p in env.game.piece_map().values() if p.color))
        assert own == "".join(sorted(pieces[: pieces.rindex("K")]))
        assert info["actions"]


def test_material_is_put_in_order():
    assert read_material("KPRKNB") == "KRPKBN"


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        ({"pieces": "QK"}, "pieces='QK' must be the agent's pieces and then the defender's"),
        ({"pieces": None}, "pieces='None' must be the agent's pieces"),
        ({"pieces": "KQQQQQQQQQQK"}, "at most 10 in all"),
        ({"pieces": "KNK"}, "pieces='KNK' cannot force a mate"),
        ({"pieces": "KK"}, "pieces='KK' cannot force a mate"),
        ({"defender": "perfct"}, "Did you mean 'perfect'?"),
        ({"pieces": "KBBK", "defender": "perfect"}, "defender='perfect' needs a table"),
        ({"pieces": "KBBK", "mate_distance": (1, 2)}, "mate_distance=(1, 2) needs a table"),
        ({"pieces": "KBBK", "distance_reward": 0.1}, "distance_reward=0.1 needs a table"),
        ({"distance_reward": float("nan")}, "distance_reward=nan must be finite"),
        ({"pieces": "KBBK", "nearness": 1}, "nearness=1 needs a table"),
        ({"nearness": float("inf")}, "nearness=inf must be finite"),
        ({"nearness": -1}, "nearness=-1 must be"),
        ({"discount": "1"}, "discount='1' must be a number"),
        ({"mate_distance": (11, 12)}, "begin between 1 and 10 here, as in (1, 3)."),
        ({"mate_distance": (0, 2)}, "mate_distance=(0, 2) must be two whole numbers"),
        ({"mate_distance": (3, 2)}, "mate_distance=(3, 2) must be two whole numbers"),
        ({"mate_distance": 3}, "mate_distance=3 must be two whole numbers"),
        ({"mate_distance": "12"}, "mate_distance='12' must be two whole numbers"),
    ],
)
def test_wrong_arguments_are_refused_in_a_sentence(arguments, sentence):
    with pytest.raises(InvalidArgument, match=re.escape(sentence)):
        gym.make("alectors/ChessEndgame-v0", **arguments)


def test_a_position_of_other_material_is_refused():
    env = ChessEndgameEnv(pieces="KRK")
    with pytest.raises(InvalidArgument, match="is not a position of KRK"):
        env.reset(options={"fen": "7k/8/5K2/8/8/8/8/6Q1 w - - 0 1"})
