"""What the page of chess says is what stands on the board."""

import re

import chess
import numpy as np
import pytest

from alectors.envs.chess_env import ChessEnv
from alectors.envs.chess_moves import MOVES, index_of
from alectors.envs.chess_words import move_words, tell_clocks

PIECE = re.compile(r"(Your|The enemy) (\w+) is on ([a-h][1-8])\.")
SETTLED_FEN = "4k3/8/8/8/8/8/8/4K2R w K - 0 1"


def positions(games: int, seed: int = 0, **arguments):
    """Pages of random games, the board beside them."""
    env = ChessEnv(colour="random", **arguments)
    rng = np.random.default_rng(seed)
    for game in range(games):
        page, info = env.reset(seed=game)
        ended = False
        while not ended:
            yield env, page, info
            action = int(rng.choice(np.flatnonzero(info["action_mask"])))
            page, _, terminated, truncated, info = env.step(action)
            ended = terminated or truncated
        yield env, page, info


def pieces_told(page: str) -> dict[int, chess.Piece]:
    colour = "You play white." in page
    told = {}
    for whose, name, square in PIECE.findall(page):
        side = colour if whose == "Your" else not colour
        assert chess.parse_square(square) not in told
        told[chess.parse_square(square)] = chess.Piece(chess.PIECE_NAMES.index(name), side)
    return told


def words_of(fen: str, uci: str) -> str:
    board = chess.Board(fen)
    return move_words(board, board.legal_moves)[index_of(chess.Move.from_uci(uci))]


def test_pieces_on_the_page_are_those_on_the_board():
    for env, page, _ in positions(games=20):
        assert pieces_told(page) == env.game.piece_map()


def test_check_castling_and_en_passant_are_told_as_they_are():
    for env, page, _ in positions(games=30, seed=1):
        board, lines = env.game, page.split("\n")
        own = "You play white." in lines
        if board.turn == own:
            assert ("You are in check." in lines) == board.is_check()
            assert ("You can capture en passant on" in page) == board.has_legal_en_passant()
        for who, side in (("You", own), ("The enemy", not own)):
            rights = (
                board.has_kingside_castling_rights(side),
                board.has_queenside_castling_rights(side),
            )
            words = {
                (True, True): "may still castle on both sides.",
                (True, False): "may still castle kingside only.",
                (False, True): "may still castle queenside only.",
                (False, False): "may no longer castle.",
            }
            assert f"{who} {words[rights]}" in lines


def test_the_enemys_last_move_is_told_as_it_was():
    captures = 0
    for env, page, _ in positions(games=10, seed=2):
        own = "You play white." in page
        if env.game.turn != own or not env.game.move_stack:
            assert "The enemy's last move" not in page
            continue
        before = env.game.copy()
        move = before.pop()
        if before.is_castling(move):
            assert "The enemy has just castled" in page
            continue
        name = chess.piece_name(before.piece_type_at(move.from_square))
        assert f"The enemy {name} has just moved to {chess.square_name(move.to_square)}." in page
        assert f"last move came from {chess.square_name(move.from_square)}." in page
        assert ("last move captured your" in page) == before.is_capture(move)
        captures += before.is_capture(move)
    assert captures > 20


def test_each_sentence_is_unique_and_names_its_move():
    for env, _, info in positions(games=20, seed=3):
        assert len(set(info["actions"])) == len(info["actions"])
        for index, words in zip(np.flatnonzero(info["action_mask"]), info["actions"], strict=True):
            move, board = MOVES[index], env.game
            assert ("capturing" in words) == board.is_capture(move)
            assert ("giving check" in words) == board.gives_check(move)
            assert ("castling" in words) == board.is_castling(move)
            if not board.is_castling(move):
                assert f"from {move.uci()[:2]} to {move.uci()[2:4]}" in words


def test_a_move_is_told_clause_by_clause():
    fen = "rnbqk2r/pppp1ppp/8/4p3/8/5b2/PPP1PPPP/RNBQKBNR w KQkq - 0 1"
    assert words_of(fen, "g1f3") == "knight from g1 to f3, capturing a bishop"


@pytest.mark.parametrize(
    ("fen", "uci", "words"),
    [
        (SETTLED_FEN, "e1g1", "castling kingside"),
        ("r3k3/8/8/8/8/8/8/4K3 b q - 0 1", "e8c8", "castling queenside"),
        ("5k2/8/8/8/8/8/8/4K2R w K - 0 1", "e1g1", "castling kingside, giving check"),
        (
            "4k3/8/8/3pP3/8/8/8/4K3 w - d6 0 1",
            "e5d6",
            "pawn from e5 to d6, capturing a pawn en passant",
        ),
        ("8/P6k/8/8/8/8/8/4K3 w - - 0 1", "a7a8n", "pawn from a7 to a8, promoting to a knight"),
        (
            "1r5k/P7/8/8/8/8/8/4K3 w - - 0 1",
            "a7b8q",
            "pawn from a7 to b8, capturing a rook, promoting to a queen, giving check",
        ),
    ],
)
def test_special_moves_have_words_of_their_own(fen, uci, words):
    assert words_of(fen, uci) == words


def test_a_mate_is_told_like_any_check_and_a_stalemate_like_any_move():
    mates = words_of("6k1/5ppp/8/8/8/8/8/R5K1 w - - 0 1", "a1a8")
    assert mates == "rook from a1 to a8, giving check"
    assert words_of("k7/8/1K6/8/8/8/8/2Q5 w - - 0 1", "c1c7") == "queen from c1 to c7"
    for _, page, info in positions(games=5, seed=4):
        text = "\n".join(info["actions"])
        assert "mate" not in text
        assert "mate" not in "\n".join(page.split("\n")[1:]) or "The game is over" in page


def test_clocks_are_told_in_few_words():
    told = {
        line
        for halfmoves in range(101)
        for left in range(201)
        for line in tell_clocks(halfmoves, left, occurrences=2)
    }
    assert len(told) == 14
    assert "You have at most 20 moves left." in tell_clocks(0, 20, 1)
    assert "You have at most 50 moves left." in tell_clocks(0, 21, 1)
    assert "The fifty-move clock has reached 45 moves." in tell_clocks(90, 1, 1)
    assert "The fifty-move clock has reached 40 moves." in tell_clocks(89, 1, 1)


def test_statements_are_few_and_drawn_again_and_again():
    statements: set[str] = set()
    clauses: set[str] = set()
    longest = 0
    for _, page, info in positions(games=40, seed=5):
        lines = page.split("\n")
        statements.update(lines)
        longest = max(longest, len(lines))
        clauses.update(clause for words in info["actions"] for clause in words.split(", "))
    assert len(statements) < 1300
    assert len(clauses) < 4100
    assert longest <= 32 + 12


def test_page_is_ascii_and_in_its_space():
    for env, page, _ in positions(games=3, seed=6):
        assert page in env.observation_space
        assert page.isascii()
        assert all(line.endswith(".") for line in page.split("\n"))
        assert page.startswith("Your goal is to checkmate the enemy king.\n")


def test_en_passant_square_is_told():
    env = ChessEnv()
    page, _ = env.reset(options={"fen": "4k3/8/8/3pP3/8/8/8/4K3 w - d6 0 1"})
    assert "You can capture en passant on d6." in page.split("\n")
