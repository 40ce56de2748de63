"""Variants of chess: their moves, words and pages are those of python-chess's boards."""

import re

import chess
import chess.variant
import numpy as np
import pytest

import alectors  # noqa: F401  (registers the environments)
from alectors.envs.chess_variants import VARIANTS, ChessVariantEnv

PIECE = re.compile(r"^(Your|The enemy) (\w+) is on ([a-h][1-8])\.$", re.MULTILINE)
HELD = re.compile(r"^(You hold|The enemy holds) (\w+) (\w+?)s? to drop\.$", re.MULTILINE)
WAS_PAWN = re.compile(r"^(?:Your|The enemy) \w+ on ([a-h][1-8]) was a pawn\.$", re.MULTILINE)
GIVEN = re.compile(r"^(You have|The enemy has) given (\w+) checks?\.$", re.MULTILINE)
each_variant = pytest.mark.parametrize("variant", list(VARIANTS))


def play(variant: str, games: int, seed: int = 0, **arguments):
    """Pages of random games, the environment beside them, up to and with each end."""
    env = ChessVariantEnv(variant=variant, colour="random", **arguments)
    random = np.random.default_rng(seed)
    for game in range(games):
        page, info = env.reset(seed=game)
        over = False
        yield env, page, info
        while not over:
            action = int(random.choice(np.flatnonzero(info["action_mask"])))
            before = env.game.copy()
            page, _, terminated, truncated, info = env.step(action)
            assert env.game.move_stack[before.ply()] == env.move_of(action)
            over = terminated or truncated
            yield env, page, info


def compare_with_python_chess(variant: str, games: int, **arguments) -> None:
    for env, page, info in play(variant, games, **arguments):
        board = env.game
        if "score" in info:
            check_end(board, page, info)
            if not info["actions"]:
                continue
        legal = set(board.legal_moves)
        indices = np.flatnonzero(info["action_mask"])
        assert {env.move_of(index) for index in indices} == legal
        assert len(indices) == len(legal) == len(set(info["actions"]))
        for index, words in zip(indices, info["actions"], strict=True):
            check_words(board, env.move_of(index), words)


def check_end(board: chess.Board, page: str, info: dict) -> None:
    """The score is python-chess's result; a truncated game, or a claimed draw, is a draw."""
    outcome = board.outcome()
    assert outcome is None or not info["actions"]
    if outcome is None or outcome.winner is None:
        assert info["score"] == 0.5
    else:
        assert info["score"] == (outcome.winner == ("You play white." in page))
    assert info["success"] == (info["score"] == 1.0)


def check_words(board: chess.Board, move: chess.Move, words: str) -> None:
    assert ("giving check" in words) == board.gives_check(move)
    assert ("castling" in words) == board.is_castling(move)
    if move.drop:
        name, square = chess.piece_name(move.drop), chess.square_name(move.to_square)
        assert words.startswith(f"dropping a {name} on {square}")
    elif board.is_castling(move):
        side = "kingside" if board.is_kingside_castling(move) else "queenside"
        assert words.removesuffix(", giving check") == f"castling {side}"
    else:
        assert f"from {move.uci()[:2]} to {move.uci()[2:4]}" in words
        assert ("capturing" in words) == board.is_capture(move)
    if move.promotion:
        assert f"promoting to a {chess.piece_name(move.promotion)}" in words


@each_variant
def test_moves_words_and_ends_agree_with_python_chess(variant):
    compare_with_python_chess(variant, games=2, max_steps=60)


@pytest.mark.slow
@each_variant
def test_moves_words_and_ends_agree_with_python_chess_for_long(variant):
    compare_with_python_chess(variant, games=20)


@each_variant
def test_the_page_agrees_with_the_board(variant):
    for env, page, _ in play(variant, games=2, seed=1, max_steps=60):
        board, lines = env.game, page.split("\n")
        own = "You play white." in lines
        told = {
            chess.parse_square(square): chess.Piece(
                chess.PIECE_NAMES.index(name), own if whose == "Your" else not own
            )
            for whose, name, square in PIECE.findall(page)
        }
        assert told == board.piece_map()
        if board.turn == own:
            assert ("You are in check." in lines) == board.is_check()
        assert page in env.observation_space


def test_checks_given_are_told():
    given = set()
    for env, page, _ in play("3check", games=6, seed=2):
        own = "You play white." in page
        for whose, number in GIVEN.findall(page):
            side = own if whose == "You have" else not own
            count = 0 if number == "no" else int(number)
            assert count == 3 - max(0, env.game.remaining_checks[side])
            given.add(count)
        assert len(GIVEN.findall(page)) == 2
    assert given == {0, 1, 2, 3}


def test_pockets_and_promoted_pieces_are_told():
    most = 0
    for env, page, _ in play("crazyhouse", games=3, seed=3):
        own = "You play white." in page
        held = {True: {}, False: {}}
        for whose, number, name in HELD.findall(page):
            if number != "no":
                side = own if whose == "You hold" else not own
                held[side][chess.PIECE_NAMES.index(name)] = int(number)
        for side in chess.COLORS:
            counts = {p: env.game.pockets[side].count(p) for p in chess.PIECE_TYPES}
            assert held[side] == {piece: count for piece, count in counts.items() if count}
            most = max(most, *counts.values())
        promoted = {chess.parse_square(square) for square in WAS_PAWN.findall(page)}
        assert promoted == set(chess.SquareSet(env.game.promoted))
    assert most > 1
