"""`alectors play` in a terminal: the drawing of the state beside the words."""

import io
from collections import Counter
from typing import Any

import chess
import gymnasium as gym
import numpy as np
import pytest
from rich.console import Console
from rich.text import Text

from alectors.arguments import Context, Play
from alectors.commands.playing import play
from alectors.human import GAP, LEAST_WORDS


def plain(sketch: str) -> list[str]:
    return Text.from_ansi(sketch).plain.split("\n")


def shown(name: str, width: int, monkeypatch: pytest.MonkeyPatch, terminal: bool = True) -> str:
    """What a terminal of this width shows before the first action."""
    monkeypatch.setattr("rich.console.Console.input", lambda *_: "quit")
    written = io.StringIO()
    console = Console(file=written, force_terminal=terminal, width=width, soft_wrap=True)
    assert play(Play(name), Context(console, [])) == 0
    return Text.from_ansi(written.getvalue()).plain


@pytest.mark.parametrize("colour", ["white", "black"])
@pytest.mark.parametrize("name", ["Chess-v0", "ChessHorde-v0", "ChessMateInTwo-v0"])
def test_the_board_has_the_pieces_of_the_game(name: str, colour: str) -> None:
    env: Any = gym.make(f"alectors/{name}", colour=colour).unwrapped
    random = np.random.default_rng(0)
    _, info = env.reset(seed=2)
    for _ in range(4):
        rows = plain(env.sketch())
        assert len(rows) == 9
        assert {len(row) for row in rows} == {26}
        board = str(env.game.unicode(empty_square=" ")).split("\n")
        drawn = [row[3::3] for row in rows[:8]]
        expected = [row[::2] for row in board]
        assert drawn == (expected if colour == "white" else [row[::-1] for row in expected[::-1]])
        action = int(random.choice(np.flatnonzero(info["action_mask"])))
        _, _, terminated, truncated, info = env.step(action)
        if terminated or truncated:
            break


def test_the_board_marks_the_last_move_and_check() -> None:
    env: Any = gym.make("alectors/Chess-v0").unwrapped
    env.reset(seed=0, options={"fen": "4k3/8/8/8/8/8/4q3/3QK3 w - - 0 1"})
    before = env.sketch().split("\n")
    assert before[7] != before[7].replace("48;5;210", "")  # the first rank, with a king in check
    env.game.push_uci("e1e2")
    after = env.sketch()
    assert after.count("48;5;150") == 2
    assert "48;5;210" not in after


@pytest.mark.parametrize(
    "name", ["BabyAI-GoToLocal-v0", "MiniGrid-MultiRoom-N6-v0", "MiniGrid-LavaCrossingS9N1-v0"]
)
def test_the_grid_has_every_thing_and_the_agent(name: str) -> None:
    env: Any = gym.make(f"alectors/{name}").unwrapped
    signs = {"ball": "●", "box": "■", "key": "k", "goal": "◆", "lava": "~~", "wall": "██"}
    for seed in range(3):
        env.reset(seed=seed)
        drawn = "\n".join(plain(env.sketch()))
        kinds = Counter(thing.type for thing in env.game.grid.grid if thing is not None)
        for kind, sign in signs.items():
            assert drawn.count(sign) == kinds[kind], kind
        assert sum(drawn.count(sign) for sign in ("[]", "[#", "[ ")) == kinds["door"]
        assert drawn.count("▶▼◀▲"[env.game.agent_dir]) == 1
        rows = drawn.split("\n")
        assert all(any(row[k:].strip() for row in rows) for k in (0, -2))  # no empty margins
        assert rows[0].strip()
        assert rows[-1].strip()


def test_the_map_of_a_lake_and_nothing_for_numbers() -> None:
    env: Any = gym.make("alectors/FrozenLake-v0").unwrapped
    env.reset(seed=0)
    env.step(1)
    lake = [b"".join(row).decode() for row in env.game.desc]
    assert plain(env.sketch()) == lake
    numbers: Any = gym.make("alectors/CartPole-v0").unwrapped
    numbers.reset(seed=0)
    assert numbers.sketch() is None


def test_wide_terminals_have_words_and_drawing_side_by_side(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    lines = shown("Chess-v0", 26 + GAP + LEAST_WORDS, monkeypatch).split("\n")
    goal = next(line for line in lines if "Your goal is" in line)
    assert goal.startswith("8  ♜  ♞  ♝  ♛  ♚  ♝  ♞  ♜")
    assert max(map(len, lines)) <= 26 + GAP + LEAST_WORDS


def test_narrow_terminals_have_the_drawing_above_the_words(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    width = 26 + GAP + LEAST_WORDS - 1
    lines = [line.rstrip() for line in shown("Chess-v0", width, monkeypatch).split("\n")]
    goal = lines.index("Your goal is to checkmate the enemy king.")
    assert lines[goal - 2].split() == list("abcdefgh")
    assert max(map(len, lines)) <= width


def test_a_drawing_that_does_not_fit_is_left_out(monkeypatch: pytest.MonkeyPatch) -> None:
    text = shown("Chess-v0", 25, monkeypatch)
    assert "♜" not in text
    assert "Your goal is to checkmate" in text


def test_without_a_terminal_there_are_words_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    env = gym.make("alectors/Chess-v0")
    page, info = env.reset(seed=0)
    text = shown("Chess-v0", 80, monkeypatch, terminal=False)
    actions = "\n".join(f"{k:4d}  {words}" for k, words in enumerate(info["actions"], 1))
    assert text.strip("\n") == f"{page}\n\n{actions}"


def test_actions_stand_in_columns(monkeypatch: pytest.MonkeyPatch) -> None:
    text = shown("Chess-v0", 100, monkeypatch)
    line = next(line for line in text.split("\n") if line.startswith("   1  "))
    assert line.count(" from ") == 3
    for move in chess.Board().legal_moves:
        assert f"to {chess.square_name(move.to_square)}" in text
