"""Whatever the language, what is told of a chess game is what stands on the board."""

import re
from collections.abc import Iterator

import chess
import numpy as np
import pytest

from alectors.envs.chess_env import ChessEnv
from alectors.envs.chess_moves import MOVES
from alectors.envs.chess_narrators import NARRATORS
from alectors.envs.chess_planes import planes

HELDOUT = ["footman", "horse", "cleric", "tower", "lady", "monarch"]
FEN = re.compile(r"The position in FEN is (.+)\.|(.+) describes the board in F.+ notation\.")


def positions(games: int, **arguments: str) -> Iterator[tuple[ChessEnv, object, dict]]:
    """What is observed in random games, the environment beside it."""
    env, random = ChessEnv(colour="random", **arguments), np.random.default_rng(0)
    for game in range(games):
        told, info = env.reset(seed=game)
        yield env, told, info
        while env._words:
            told, _, terminated, truncated, info = env.step(
                int(random.choice(np.flatnonzero(info["action_mask"])))
            )
            yield env, told, info
            if terminated or truncated:
                break


@pytest.mark.parametrize("wording", ["train", "heldout"])
def test_a_fen_page_is_the_goal_the_position_and_the_clocks(wording: str) -> None:
    prose = NARRATORS[wording]["prose"]
    for env, page, info in positions(5, narration="fen", wording=wording):
        goal, *rest = page.split("\n")
        assert goal == prose.goal
        over = env._ending is not None
        found = FEN.fullmatch(rest[over])
        assert found
        assert (found[1] or found[2]) == env.game.fen()
        in_prose = prose.tell(env._scene())
        assert len(rest) in (over + 3, over + 4)
        assert set(rest) - {rest[over]} <= set(in_prose)
        assert info["actions"] == [MOVES[k].uci() for k in np.flatnonzero(info["action_mask"])]


def test_a_page_of_relations_fits_where_queens_are_many() -> None:
    env = ChessEnv(narration="relations", wording="heldout")
    page, _ = env.reset(options={"fen": "kr3QQQ/rr3QQQ/5QQQ/5QQQ/8/8/8/7K w - - 0 1"})
    assert env.observation_space.contains(page)
    kinds = {re.sub(r"\b[a-h][1-8]\b|" + "|".join(HELDOUT), "*", line) for line in page.split("\n")}
    assert len(kinds) < 20


def read_planes(array: np.ndarray, white: bool) -> dict[int, chess.Piece]:
    """The pieces of the first twelve planes."""
    return {
        rank * 8 + file: chess.Piece(plane % 6 + 1, (plane < 6) == white)
        for plane, rank, file in zip(*np.nonzero(array[:12]), strict=True)
    }


def test_planes_read_back_are_the_board() -> None:
    for env, array, _ in positions(8, narration="symbolic"):
        board, colour = env.game, env._colour
        assert read_planes(array, colour) == board.piece_map()
        assert set(np.unique(array[:12])) <= {0.0, 1.0}
        for plane, value in (
            (15, colour),
            (16, board.turn == colour and board.is_check()),
            (17, board.has_kingside_castling_rights(colour)),
            (18, board.has_queenside_castling_rights(colour)),
            (19, board.has_kingside_castling_rights(not colour)),
            (20, board.has_queenside_castling_rights(not colour)),
            (21, env._occurrences > 1),
            (22, board.halfmove_clock / 100),
            (23, 1 - env._steps / env.max_steps),
            (24, board.turn == colour),
        ):
            assert (array[plane] == np.float32(value)).all(), plane
        moved = board.peek() if board.turn == colour and board.move_stack else None
        for plane, square in (
            (13, moved and moved.from_square),
            (14, moved and moved.to_square),
        ):
            expected = [] if square is None else [[*divmod(square, 8)]]
            assert np.argwhere(array[plane]).tolist() == expected


def test_the_en_passant_square_has_a_plane() -> None:
    array = planes(chess.Board("4k3/8/8/3pP3/8/8/8/4K3 w - d6 0 1"), chess.WHITE, 1, 1.0, None)
    assert np.argwhere(array[12]).tolist() == [[5, 3]]
    blind = planes(chess.Board("4k3/8/8/3p4/8/8/8/4K3 w - d6 0 1"), chess.WHITE, 1, 1.0, None)
    assert not blind[12].any()


def test_a_terse_page_is_less_than_half_as_long() -> None:
    pages = {name: ChessEnv(narration=name).reset(seed=0)[0] for name in ("prose", "terse")}
    assert len(pages["terse"]) < len(pages["prose"]) / 2
    assert pages["terse"].count("\n") == pages["prose"].count("\n")
