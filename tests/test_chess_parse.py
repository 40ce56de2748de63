"""Moves as people type them, in UCI and SAN, and what is no move at all."""

import numpy as np
import pytest

from alectors.envs.chess_env import ChessEnv
from alectors.envs.chess_moves import MOVES


@pytest.mark.parametrize(
    ("text", "uci"),
    [
        ("e2e4", "e2e4"),
        (" E2E4\n", "e2e4"),
        ("e4", "e2e4"),
        ("Nf3", "g1f3"),
        ("nf3", "g1f3"),
        ("NF3!?", "g1f3"),
        ("Ng1f3", "g1f3"),
    ],
)
def test_moves_are_read_from_text(text, uci):
    env = ChessEnv()
    env.reset(seed=0)
    assert MOVES[env.parse_action(text)].uci() == uci


@pytest.mark.parametrize(
    ("fen", "text", "uci"),
    [
        ("4k3/8/8/8/8/8/8/4K2R w K - 0 1", "O-O", "e1g1"),
        ("4k3/8/8/8/8/8/8/4K2R w K - 0 1", "0-0", "e1g1"),
        ("4k3/8/8/8/8/8/8/4K2R w K - 0 1", "o-o", "e1g1"),
        ("8/P6k/8/8/8/8/8/4K3 w - - 0 1", "a8=q", "a7a8q"),
        ("8/P6k/8/8/8/8/8/4K3 w - - 0 1", "A8N", "a7a8n"),
        ("8/P6k/8/8/8/8/8/4K3 w - - 0 1", "a8", None),
        ("4k3/8/8/2p5/1P6/B7/8/4K3 w - - 0 1", "bxc5", "b4c5"),
        ("4k3/8/2p5/1P1B4/8/8/8/4K3 w - - 0 1", "bxc6", "b5c6"),
        ("4k3/8/2p5/1P1B4/8/8/8/4K3 w - - 0 1", "Bxc6", "d5c6"),
        ("4k3/8/2p5/1P1B4/8/8/8/4K3 w - - 0 1", "BXC6", None),
        ("6k1/5ppp/8/8/8/8/8/R5K1 w - - 0 1", "ra8", "a1a8"),
        ("6k1/5ppp/8/8/8/8/8/R5K1 w - - 0 1", "Ra8#", "a1a8"),
    ],
)
def test_moves_with_a_twist_are_read_from_text(fen, text, uci):
    env = ChessEnv()
    env.reset(options={"fen": fen})
    index = env.parse_action(text)
    assert (None if index is None else MOVES[index].uci()) == uci


@pytest.mark.parametrize(
    "text",
    ["", " ", "e2e5", "Nf6", "0000", "--", "Z0", "@@@@", "N@e4", "e2e4" * 9999, "\x00", "e4\ne5",
     "e４", "ｅ4", "résigne", "\ud800", "knight from g1 to f3", "(" * 15, None, 7, b"e4"],
)  # fmt: skip
def test_garbage_is_no_move(text):
    env = ChessEnv()
    assert env.parse_action(text) is None
    env.reset(seed=0)
    assert env.parse_action(text) is None


def test_random_garbage_never_raises():
    env = ChessEnv()
    env.reset(seed=0)
    rng = np.random.default_rng(0)
    for _ in range(2000):
        text = "".join(rng.choice(list("abcdefgh12345678NBRQKOox=+#-0! \n\t@é"), rng.integers(9)))
        index = env.parse_action(text)
        assert index is None or MOVES[index] in env.game.legal_moves
