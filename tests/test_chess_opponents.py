"""Opponents: what they play, how they are named, and what happens when they fail."""

import chess
import numpy as np
import pytest
from gymnasium.error import ResetNeeded

from alectors.envs import chess_engine
from alectors.envs.chess_engine import find_stockfish
from alectors.envs.chess_env import ChessEnv
from alectors.envs.chess_moves import MOVES, index_of_uci
from alectors.envs.chess_opponents import play_greedy, play_random
from alectors.envs.errors import InvalidArgument, MissingDependency, OpponentError

needs_stockfish = pytest.mark.skipif(find_stockfish() is None, reason="Stockfish is not installed")
# Rules of thumb.


def test_random_plays_every_legal_move():
    board, rng = chess.Board(), np.random.default_rng(0)
    assert {play_random(board, rng) for _ in range(400)} == set(board.legal_moves)


@pytest.mark.parametrize(
    ("fen", "moves"),
    [
        ("4k3/8/8/1q1r4/2P1P3/8/8/4K3 w - - 0 1", {"c4b5"}),  # the queen before the rook
        ("4k3/8/8/1q1q4/2P5/8/8/4K3 w - - 0 1", {"c4b5", "c4d5"}),  # a tie
        ("7k/P7/8/8/8/p7/1P6/4K3 w - - 0 1", {"b2a3"}),  # a capture before a promotion
        ("8/P6k/8/8/8/8/8/4K3 w - - 0 1", {"a7a8q"}),
        ("4k3/8/8/3pP3/8/8/8/4K3 w - d6 0 1", {"e5d6"}),  # en passant
        ("1q2k3/P7/8/8/8/8/8/4K3 w - - 0 1", {"a7b8q"}),
    ],
)
def test_greedy_takes_the_most_valuable_piece(fen, moves):
    rng = np.random.default_rng(0)
    assert {play_greedy(chess.Board(fen), rng).uci() for _ in range(40)} == moves


# Names.


@pytest.mark.parametrize(
    ("name", "complaint"),
    [
        ("gredy", "Did you mean 'greedy'"),
        ("stockfish", "skill from 0 to 20"),
        ("stockfish-21", "skill from 0 to 20"),
        ("stockfish--1", "skill from 0 to 20"),
        ("stockfish-²", "skill from 0 to 20"),
        ("no_such_module_at_all:play", "cannot be imported"),
        ("math:sqroot", "Did you mean"),
        ("math:pi", "no callable"),
        (":", "cannot be imported"),
        ("", "can be random"),
        (None, "must be a name"),
    ],
)
def test_names_that_mean_nothing_are_refused(name, complaint):
    with pytest.raises(InvalidArgument, match=complaint):
        ChessEnv(opponent=name)


def test_a_missing_engine_is_refused_at_once(tmp_path):
    with pytest.raises(OpponentError, match="no engine at"):
        ChessEnv(opponent=f"uci:{tmp_path}/nothing")
    (tmp_path / "text").write_text("hello")
    with pytest.raises(OpponentError, match="not executable"):
        ChessEnv(opponent=f"uci:{tmp_path}/text")
    with pytest.raises(OpponentError, match="no engine at"):
        ChessEnv(opponent="uci:")


def test_without_stockfish_the_error_says_how_to_get_it(monkeypatch, tmp_path):
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setattr(chess_engine, "STOCKFISH_FOLDERS", ())
    with pytest.raises(MissingDependency, match="apt install stockfish"):
        ChessEnv(opponent="stockfish-3")
    env = ChessEnv()
    env.reset(seed=0)
    assert env.oracle_action() is None


# Callables.


@pytest.fixture
def guest(tmp_path, monkeypatch):
    def make(body: str) -> ChessEnv:
        name = f"guest_{tmp_path.name.replace('-', '_')}"
        (tmp_path / f"{name}.py").write_text(f"import chess\ndef choose(board, rng):\n    {body}\n")
        monkeypatch.syspath_prepend(str(tmp_path))
        return ChessEnv(opponent=f"{name}:choose")

    return make


def test_a_callable_plays(guest):
    env = guest("return sorted(board.legal_moves, key=str)[0]")
    env.reset(seed=0)
    env.step(index_of_uci("e2e4"))
    assert env.game.peek().uci() == "a7a5"


def test_a_callable_cannot_disturb_the_board(guest):
    env = guest("move = next(iter(board.legal_moves)); board.clear(); return move")
    env.reset(seed=0)
    env.step(index_of_uci("e2e4"))
    assert env.game.ply() == 2
    assert len(env.game.piece_map()) == 32


@pytest.mark.parametrize(
    ("body", "complaint"),
    [
        ("return None", "not a legal chess.Move"),
        ("return 'e7e5'", "not a legal chess.Move"),
        ("return chess.Move.from_uci('e2e4')", "not a legal chess.Move"),
        ("return chess.Move.null()", "not a legal chess.Move"),
        ("return 1 / 0", "ZeroDivisionError"),
    ],
)
def test_a_failing_callable_is_one_clear_error(guest, body, complaint):
    env = guest(body)
    env.reset(seed=0)
    with pytest.raises(OpponentError, match=complaint):
        env.step(index_of_uci("e2e4"))
    with pytest.raises(ResetNeeded):
        env.step(index_of_uci("e2e4"))
    assert env.reset(seed=0)[1]["action_mask"].sum() == 20


# Stockfish.


@needs_stockfish
def test_stockfish_at_full_skill_repeats_itself():
    def game() -> list[str]:
        env = ChessEnv(opponent="stockfish-20", nodes=2000)
        for _ in range(2):  # The second game must not know the first.
            env.reset(seed=0)
            for uci in ("e2e4", "d2d3", "a2a3"):
                env.step(index_of_uci(uci))
        env.close()
        return [move.uci() for move in env.game.move_stack]

    assert game() == game()


@needs_stockfish
@pytest.mark.parametrize("skill", [0, 20])
def test_stockfish_beats_a_fool(skill):
    env = ChessEnv(opponent=f"stockfish-{skill}", nodes=500)
    _, info = env.reset(options={"fen": "3qk3/8/8/8/8/8/4P3/K7 w - - 0 1"})
    ended = False
    while not ended:
        action = int(np.flatnonzero(info["action_mask"])[0])
        _, reward, terminated, truncated, info = env.step(action)
        ended = terminated or truncated
    env.close()
    assert skill == 0 or reward == -1.0


@needs_stockfish
def test_the_oracle_mates_and_repeats_itself():
    env = ChessEnv()
    env.reset(options={"fen": "6k1/5ppp/8/8/8/8/8/R5K1 w - - 0 1"})
    assert MOVES[env.oracle_action()].uci() == "a1a8"
    env.reset(seed=0)
    assert len({env.oracle_action() for _ in range(3)}) == 1
    env.close()


@needs_stockfish
def test_the_oracle_beats_random():
    env = ChessEnv(colour="random")
    scores = []
    for seed in range(3):
        env.reset(seed=seed)
        ended = False
        while not ended:
            _, _, terminated, truncated, info = env.step(env.oracle_action())
            ended = terminated or truncated
        scores.append(info["score"])
    env.close()
    assert scores == [1.0, 1.0, 1.0]
