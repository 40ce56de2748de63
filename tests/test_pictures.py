"""Pictures: what is drawn is the state, and drawing changes nothing."""

import builtins
import pickle
import warnings
from typing import Any

import chess
import gymnasium as gym
import numpy as np
import pytest
from gymnasium.utils.env_checker import check_env

from alectors.cli import main
from alectors.envs.chess_picture import SIZE, STRIP, draw_board
from alectors.envs.errors import MissingDependency
from alectors.envs.registration import CHESS_VARIANTS, TASKS

GRIDS = ["BabyAI-GoToLocal-v0", "MiniGrid-MultiRoom-N4-S5-v0", "MiniGrid-LavaCrossingS9N1-v0"]
DRAWN = [
    *("Chess-v0", "ChessKQK-v0", "ChessMateInTwo-v0", "ChessCrazyhouse-v0", "ChessThreeCheck-v0"),
    *GRIDS,
    *(task.name for task in TASKS.values() if task.family in ("toy text", "classic control")),
]
SQUARE = 45 * SIZE / 390
"""Side of a square of the board in pixels; its margin is a third of that."""


@pytest.fixture(autouse=True)
def _headless(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SDL_VIDEODRIVER", "dummy")


def make(name: str, **kwargs: Any) -> gym.Env[Any, Any]:
    return gym.make(f"alectors/{name}", render_mode="rgb_array", **kwargs)


def play(env: gym.Env[Any, Any], steps: int, draws: bool) -> list[Any]:
    """Random legal play, drawn or not: everything returned, and the random streams after it."""
    random = np.random.default_rng(3)
    page, info = env.reset(seed=11)
    told = [page, info["actions"]]
    for _ in range(steps):
        if draws:
            first = env.render()
            assert first.dtype == np.uint8
            assert first.shape[2:] == (3,)
            assert np.array_equal(first, env.render())
        action = int(random.choice(np.flatnonzero(info["action_mask"])))
        page, reward, terminated, truncated, info = env.step(action)
        told += [page, reward, terminated, truncated, info["actions"]]
        if terminated or truncated:
            page, info = env.reset()
    game = env.unwrapped.game  # type: ignore[attr-defined]
    streams = [env.unwrapped, *([game] if hasattr(game, "np_random") else [])]
    return [*told, *(stream.np_random.bit_generator.state for stream in streams)]


@pytest.mark.parametrize("name", DRAWN)
def test_drawing_changes_nothing(name: str) -> None:
    drawn, undrawn = make(name), gym.make(f"alectors/{name}")
    assert play(drawn, 4, draws=True) == play(undrawn, 4, draws=False)
    drawn.close()


@pytest.mark.parametrize("name", ["Chess-v0", "ChessCrazyhouse-v0", *GRIDS, "FrozenLake-v0"])
def test_a_step_changes_the_picture_and_a_pickled_copy_draws_the_same(name: str) -> None:
    env = make(name)
    copy = pickle.loads(pickle.dumps(env))
    pictures = []
    for each in (env, copy):
        _, info = each.reset(seed=4)
        pictures.append(each.render())
        assert np.array_equal(pictures[0], each.render())
    each.step(int(np.flatnonzero(info["action_mask"])[1]))
    assert each.render().shape == pictures[0].shape
    assert not np.array_equal(pictures[0], each.render())


@pytest.mark.parametrize(
    "name", ["Chess-v0", "ChessThreeCheck-v0", *GRIDS, "Taxi-v0", "CartPole-v0"]
)
def test_gymnasiums_checker_is_content(name: str) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        warnings.filterwarnings("ignore", message=".*out of date.*")
        check_env(make(name).unwrapped)


@pytest.mark.parametrize("name", ["Chess-v0", "BabyAI-GoToLocal-v0", "FrozenLake-v0"])
def test_a_window_is_gymnasiums_wrapper_around_the_picture(name: str) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # it says that it helps out
        env = gym.make(f"alectors/{name}", render_mode="human")
    env.reset(seed=0)
    assert env.render() is None
    assert env.get_wrapper_attr("window") is not None
    env.close()


def square(picture: np.ndarray, square: chess.Square, side: chess.Color, top: int = 0) -> Any:
    """The pixels of a square."""
    file, rank = chess.square_file(square), chess.square_rank(square)
    column, row = (file, 7 - rank) if side == chess.WHITE else (7 - file, rank)
    x, y = (round(SQUARE / 3 + SQUARE * place) for place in (column, row))
    return picture[top + y + 3 : top + y + 43, x + 3 : x + 43]


@pytest.mark.parametrize("side", [chess.WHITE, chess.BLACK])
def test_the_pieces_stand_where_the_board_has_them(side: chess.Color) -> None:
    board = chess.Board("r1bqkb1r/pp3ppp/2n2n2/3pp3/8/2NPPN2/PPP2PPP/R1BQKB1R w KQkq - 0 6")
    picture = draw_board(board, side)
    assert picture.shape == (SIZE, SIZE, 3)
    for place in chess.SQUARES:
        drawn = square(picture, place, side)
        black, white = (drawn.max(-1) < 40).mean(), (drawn.min(-1) > 240).mean()
        colour = board.color_at(place)
        assert (black > 0.02) == (colour is not None), chess.square_name(place)
        if colour is not None:
            assert (white > 0.12) == (colour == chess.WHITE), chess.square_name(place)


def test_the_last_move_and_a_king_in_check_are_marked() -> None:
    board = chess.Board("4k3/8/8/8/8/8/8/4KQ2 w - - 0 1")
    plain = draw_board(board, chess.WHITE)
    board.push_uci("f1e2")
    marked = draw_board(board, chess.WHITE)
    for name, changed in (("f1", True), ("e2", True), ("e8", True), ("a1", False), ("d8", False)):
        place = chess.parse_square(name)
        same = np.array_equal(*(square(each, place, chess.WHITE) for each in (plain, marked)))
        assert same != changed, name
    for picture, red in ((plain, False), (marked, True)):
        king = square(picture, chess.E8, chess.WHITE)
        assert (((king[..., 0] > 200) & (king[..., 1] < 120)).mean() > 0.1) == red


def test_a_strip_shows_what_the_variants_keep_beside_the_board() -> None:
    from chess.variant import CrazyhouseBoard, ThreeCheckBoard

    empty, held = CrazyhouseBoard(), CrazyhouseBoard()
    for piece in "QRBNPPPP":
        held.pockets[chess.WHITE].add(chess.Piece.from_symbol(piece).piece_type)
    before, after = (draw_board(board, chess.WHITE) for board in (empty, held))
    assert before.shape == after.shape == (SIZE + 2 * STRIP, SIZE, 3)
    assert np.array_equal(before[:-STRIP], after[:-STRIP])
    assert not np.array_equal(before[-STRIP:], after[-STRIP:])
    checked = ThreeCheckBoard()
    checked.remaining_checks[chess.BLACK] = 1
    reds = [
        int(((part[..., 0] > 150) & (part[..., 1] < 90)).sum())
        for part in np.split(draw_board(checked, chess.WHITE), [STRIP, STRIP + SIZE])
    ]
    assert reds[0] > 300 > reds[2]  # two of black's pips, at the top, are filled


def test_every_variant_has_a_picture_of_one_size() -> None:
    for name in CHESS_VARIANTS:
        env = make(name, colour="black")
        env.reset(seed=1)
        high = SIZE + 2 * STRIP * (name in ("ChessCrazyhouse-v0", "ChessThreeCheck-v0"))
        assert env.render().shape == (high, SIZE, 3)


def test_minigrids_arguments_of_its_picture_are_taken() -> None:
    whole, small, own = (
        make("BabyAI-GoToLocal-v0", **options)
        for options in ({}, {"tile_size": 8}, {"agent_pov": True})
    )
    for env in (whole, small, own):
        env.reset(seed=0)
    assert whole.render().shape == (8 * 32, 8 * 32, 3)
    assert small.render().shape == (8 * 8, 8 * 8, 3)
    assert own.render().shape == (7 * 32, 7 * 32, 3)


def test_without_the_packages_one_sentence_says_how_to_get_them(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    found = builtins.__import__

    def absent(name: str, *rest: Any) -> Any:
        if name == "resvg_py":
            raise ImportError(name)
        return found(name, *rest)

    monkeypatch.setattr(builtins, "__import__", absent)
    env = make("Chess-v0")
    env.reset(seed=0)
    with pytest.raises(MissingDependency, match=r'pip install "alectors\[pictures\]"'):
        env.render()


def test_an_environment_without_a_picture_says_so(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["envs", "Echo-v0", "--env.render_mode", "rgb_array"]) == 2
    assert "it can be 'ansi'" in capsys.readouterr().err
