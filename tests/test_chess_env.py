"""How games of chess are scored, how they end, and how they are begun."""

import itertools

import chess
import numpy as np
import pytest
from gymnasium.error import ResetNeeded

from alectors.envs.chess_env import ChessEnv
from alectors.envs.chess_moves import index_of_uci
from alectors.envs.chess_rules import Repetitions
from alectors.envs.errors import InvalidArgument

numbers = itertools.count()


@pytest.fixture
def scripted(tmp_path, monkeypatch):
    """Makes an environment whose opponent plays a given list of moves."""

    def make(moves: str, **arguments) -> ChessEnv:
        name = f"scripted_opponent_{next(numbers)}"
        (tmp_path / f"{name}.py").write_text(
            f"import chess\nMOVES = iter({moves.split()!r})\n"
            "def choose(board, rng):\n    return chess.Move.from_uci(next(MOVES))\n"
        )
        monkeypatch.syspath_prepend(str(tmp_path))
        return ChessEnv(opponent=f"{name}:choose", **arguments)

    return make


def play(env: ChessEnv, moves: str):
    """Step through moves in UCI; the last answer."""
    for move in moves.split():
        answer = env.step(index_of_uci(move))
    return answer


def test_a_win_by_checkmate(scripted):
    env = scripted("e7e5 b8c6 g8f6")
    env.reset(seed=0)
    page, reward, terminated, truncated, info = play(env, "e2e4 d1h5 f1c4 h5f7")
    assert (reward, terminated, truncated) == (1.0, True, False)
    assert (info["success"], info["score"]) == (True, 1.0)
    assert "The game is over and you won by checkmate." in page
    assert "The enemy's last move" not in page  # that was before the agent's own
    assert info["actions"] == []
    assert info["action_mask"].sum() == 0
    with pytest.raises(ResetNeeded):
        env.step(0)


def test_a_loss_by_checkmate(scripted):
    env = scripted("e7e5 d8h4")
    env.reset(seed=0)
    page, reward, terminated, _, info = play(env, "f2f3 g2g4")
    assert (reward, terminated) == (-1.0, True)
    assert (info["success"], info["score"]) == (False, 0.0)
    assert "The game is over and you lost by checkmate." in page
    assert "You are in check." in page


@pytest.mark.parametrize(
    ("fen", "own", "reply", "reason"),
    [
        ("k7/8/1K6/8/8/8/8/2Q5 w - - 0 1", "c1c7", "", "stalemate"),
        ("k7/8/8/8/8/8/1p6/K7 w - - 0 1", "a1b2", "", "insufficient material"),
        ("k7/8/8/8/8/8/8/K6R w - - 98 80", "h1h2", "a8a7", "the fifty-move rule"),
        ("k7/8/8/8/8/8/8/K6R w - - 99 80", "h1h2", "", "the fifty-move rule"),
    ],
)
def test_draws(scripted, fen, own, reply, reason):
    env = scripted(reply)
    env.reset(options={"fen": fen})
    page, reward, terminated, _, info = play(env, own)
    assert (reward, terminated, info["success"], info["score"]) == (0.0, True, False, 0.5)
    assert f"The game is over and it is a draw by {reason}." in page


def test_a_mate_on_the_hundredth_half_move_is_a_win(scripted):
    env = scripted("")
    env.reset(options={"fen": "6k1/5ppp/8/8/8/8/8/R5K1 w - - 99 80"})
    assert play(env, "a1a8")[1] == 1.0


def test_the_third_occurrence_is_a_draw_and_the_second_is_told(scripted):
    env = scripted("g8f6 f6g8 g8f6 f6g8")
    page, _ = env.reset(seed=0)
    assert "occurred before" not in page
    page, _, terminated, _, _ = play(env, "g1f3 f3g1")
    assert "This position has occurred before and the third time is a draw." in page
    assert not terminated
    page, reward, terminated, _, info = play(env, "g1f3 f3g1")
    assert (reward, terminated, info["score"]) == (0.0, True, 0.5)
    assert "a draw by threefold repetition." in page


def step_back(board: chess.Board, rng) -> chess.Move | None:
    """Mostly the move that takes the previous one back, so that positions come again."""
    if len(board.move_stack) < 2 or rng.random() < 0.3:
        return None
    last = board.move_stack[-2]
    back = chess.Move(last.to_square, last.from_square)
    return back if board.is_legal(back) else None


def test_repetitions_are_counted_as_python_chess_does():
    rng = np.random.default_rng(0)
    repeated = 0
    for fen in (
        "r3k3/8/8/8/8/8/8/4K2R w Kq - 0 1",
        "4k3/p7/8/8/8/8/7P/4K3 w - - 0 1",
        "4k3/2p5/8/1P6/8/8/8/4K3 b - - 0 1",
    ):
        for _ in range(15):
            board, repetitions = chess.Board(fen), Repetitions()
            count = repetitions.count(board)
            for _ in range(120):
                for n in (2, 3):
                    assert (count >= n) == board.is_repetition(n)
                moves = list(board.legal_moves)
                if not moves:
                    break
                board.push(step_back(board, rng) or moves[rng.integers(len(moves))])
                count = repetitions.count(board)
                repeated += count >= 3
    assert repeated > 20


def test_truncation_counts_as_a_draw_and_keeps_the_legal_moves():
    env = ChessEnv(max_steps=3)
    _, info = env.reset(seed=0)
    for left in (2, 1, 0):
        assert not info.get("score")
        page, reward, terminated, truncated, info = env.step(
            int(np.flatnonzero(info["action_mask"])[0])
        )
        assert truncated == (left == 0)
    assert (reward, terminated, info["success"], info["score"]) == (0.0, False, False, 0.5)
    assert info["action_mask"].sum() == len(info["actions"]) > 0
    assert "You have no moves left." in page


def test_material_reward_counts_own_move_and_reply(scripted):
    env = scripted("d7d5 d8d5 d5g2 g2h1", material_reward=0.1)
    env.reset(seed=0)
    assert play(env, "e2e4")[1] == 0.0
    assert play(env, "e4d5")[1] == pytest.approx(0.0)  # a pawn for a pawn
    assert play(env, "b1c3")[1] == pytest.approx(-0.1)  # a pawn lost
    assert play(env, "a2a3")[1] == pytest.approx(-0.5)  # a rook lost


def test_material_reward_is_added_to_the_result(scripted):
    env = scripted("", material_reward=0.5)
    env.reset(options={"fen": "r5k1/5ppp/8/8/8/8/8/R5K1 w - - 0 1"})
    assert play(env, "a1a8")[1] == pytest.approx(1 + 0.5 * 5)  # mate, taking a rook


def test_promotion_is_material(scripted):
    env = scripted("h7g6", material_reward=1.0)
    env.reset(options={"fen": "8/P6k/8/8/8/8/8/4K3 w - - 0 1"})
    assert play(env, "a7a8q")[1] == pytest.approx(8)


@pytest.mark.parametrize("material_reward", [0.0, 0.02])
def test_rewards_add_up_to_the_result_and_the_balance(material_reward):
    values = {chess.PAWN: 1, chess.KNIGHT: 3, chess.BISHOP: 3, chess.ROOK: 5, chess.QUEEN: 9}
    env = ChessEnv(colour="black", opponent="greedy", material_reward=material_reward)
    rng = np.random.default_rng(3)
    for seed in range(5):
        _, info = env.reset(seed=seed)
        total, ended = 0.0, False
        assert env.game.ply() == 1  # both sides have everything still
        while not ended:
            action = int(rng.choice(np.flatnonzero(info["action_mask"])))
            _, reward, terminated, truncated, info = env.step(action)
            total, ended = total + reward, terminated or truncated
        balance = sum(
            values.get(piece.piece_type, 0) * (1 if piece.color == chess.BLACK else -1)
            for piece in env.game.piece_map().values()
        )
        result = 2 * info["score"] - 1
        assert total == pytest.approx(result + material_reward * balance)


def test_black_meets_the_opponents_first_move():
    env = ChessEnv(colour="black")
    page, _ = env.reset(seed=0)
    assert "You play black." in page
    assert env.game.ply() == 1
    assert env.game.turn == chess.BLACK
    assert "has just moved to" in page
    assert "Your king is on e8." in page


def test_random_colour_is_both_and_seeded():
    env = ChessEnv(colour="random")
    colours = ["You play white." in env.reset(seed=seed)[0] for seed in range(20)]
    assert set(colours) == {True, False}
    assert colours == ["You play white." in env.reset(seed=seed)[0] for seed in range(20)]


@pytest.mark.parametrize("opponent", ["random", "greedy"])
def test_the_same_seed_gives_the_same_game(opponent):
    def game(seed: int) -> list[str]:
        env = ChessEnv(opponent=opponent, colour="random")
        page, info = env.reset(seed=seed)
        pages = [page]
        for step in range(30):
            legal = np.flatnonzero(info["action_mask"])
            page, _, terminated, _, info = env.step(int(legal[step * 7 % len(legal)]))
            pages.append(page)
            if terminated:
                break
        return pages

    assert game(0) == game(0)
    assert game(0) != game(1)


def test_seeds_of_opponents_follow_resets_without_a_seed():
    env = ChessEnv(colour="black")
    env.reset(seed=5)
    firsts = {env.reset()[0] for _ in range(20)}
    assert len(firsts) > 3


def test_illegal_actions_do_nothing_by_default():
    env = ChessEnv()
    page, _ = env.reset(seed=0)
    after, reward, terminated, _, info = env.step(index_of_uci("e2e5"))
    assert (reward, terminated, info["invalid_actions"]) == (0.0, False, 1)
    assert env.game.ply() == 0
    assert [line for line in after.split("\n") if "not a legal action" not in line] == (
        page.split("\n")
    )


def test_an_illegal_action_can_forfeit_the_game():
    env = ChessEnv(on_invalid="terminate")
    env.reset(seed=0)
    page, _, terminated, _, info = env.step(0)
    assert terminated
    assert (info["success"], info["score"]) == (False, 0.0)
    assert "you lost by making an illegal move." in page


def test_a_position_can_be_given(scripted):
    env = scripted("e8d8")
    _, info = env.reset(options={"fen": "4k3/8/8/8/8/8/8/4K2R b K - 0 1"})
    assert env.game.fen() == "3k4/8/8/8/8/8/8/4K2R w K - 1 2"
    assert "castling kingside" in info["actions"]


def test_an_opponents_mate_at_reset_ends_the_first_step(scripted):
    env = scripted("a8a1")
    page, info = env.reset(options={"fen": "r5k1/8/8/8/8/8/5PPP/6K1 b - - 0 1"})
    assert "you lost by checkmate" in page
    assert info["actions"] == []
    _, reward, terminated, _, info = env.step(0)
    assert (reward, terminated, info["score"]) == (-1.0, True, 0.0)


@pytest.mark.parametrize(
    ("fen", "complaint"),
    [
        ("hello", "not a position in FEN"),
        ("8/8/8/8/8/8/8/8 w - - 0 1", "cannot arise"),
        ("4k3/4R3/8/8/8/8/8/4K3 w - - 0 1", "opposite check"),
        ("7k/5Q2/6K1/8/8/8/8/8 b - - 0 1", "over already"),
        (7, "not a position in FEN"),
    ],
)
def test_bad_positions_are_refused(fen, complaint):
    with pytest.raises(InvalidArgument, match=complaint):
        ChessEnv().reset(options={"fen": fen})


@pytest.mark.parametrize(
    "arguments",
    [
        {"colour": "green"},
        {"material_reward": "much"},
        {"material_reward": float("nan")},
        {"nodes": 0},
        {"nodes": 1.5},
        {"nodes": True},
        {"engine_timeout": -1},
        {"max_steps": 0},
        {"render_mode": "film"},
    ],
)
def test_bad_arguments_are_refused(arguments):
    with pytest.raises(InvalidArgument):
        ChessEnv(**arguments)
