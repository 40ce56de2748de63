"""Variants of chess as they are played: their ends, actions, openings and opponents."""

import itertools

import chess
import chess.variant
import gymnasium as gym
import numpy as np
import pytest

import alectors  # noqa: F401  (registers the environments)
from alectors.envs.chess_moves import MOVES
from alectors.envs.chess_variants import VARIANTS, ChessVariantEnv, is_test_position
from alectors.envs.errors import InvalidArgument
from alectors.envs.registration import CHESS_VARIANTS
from alectors.envs.wrappers import TextActions

each_variant = pytest.mark.parametrize("variant", list(VARIANTS))
numbers = itertools.count()


@pytest.fixture
def scripted(tmp_path, monkeypatch):
    """Makes an environment whose opponent plays a given list of moves."""

    def make(variant: str, moves: str, **arguments) -> ChessVariantEnv:
        name = f"scripted_variant_{next(numbers)}"
        (tmp_path / f"{name}.py").write_text(
            f"import chess\nMOVES = iter({moves.split()!r})\n"
            "def choose(board, rng):\n    return chess.Move.from_uci(next(MOVES))\n"
        )
        monkeypatch.syspath_prepend(str(tmp_path))
        return ChessVariantEnv(variant=variant, opponent=f"{name}:choose", **arguments)

    return make


def step(env: ChessVariantEnv, moves: str):
    for uci in moves.split():
        answer = env.step(env.parse_action(uci))
    return answer


@pytest.mark.parametrize(
    ("variant", "fen", "colour", "own", "reply", "score", "reason"),
    [
        ("3check", "4k3/8/8/8/8/8/8/R3K3 w - - 1+3 0 1", 1, "a1a8", "", 1.0, "a third check"),
        ("3check", "r3k3/8/8/8/8/8/4P3/4K3 w - - 3+1 0 1", 1, "e2e3", "a8a1", 0.0, "a third check"),
        ("antichess", "8/8/8/8/8/8/1p6/R7 b - - 0 1", 0, "b2a1q", "", 0.0, "no legal move"),
        ("antichess", "8/8/p7/8/P7/8/8/8 b - - 0 1", 0, "a6a5", "", 0.0, "no legal move"),
        ("atomic", "3qk3/8/8/8/8/8/8/3RK3 w - - 0 1", 1, "d1d8", "", 1.0, "explosion of a king"),
        ("horde", "4k3/8/8/8/8/1p6/P7/8 b - - 0 1", 0, "b3a2", "", 1.0, "capture of the horde"),
        ("kingofthehill", "k7/8/8/8/8/4K3/8/8 w - - 0 1", 1, "e3e4", "", 1.0, "king on the hill"),
        ("racingkings", "8/K7/8/8/8/8/7k/8 w - - 0 1", 1, "a7a8", "", 1.0, "race to the eighth"),
        (
            "racingkings",
            "8/K6k/8/8/8/8/8/8 w - - 0 1",
            1,
            "a7a8",
            "h7h8",
            0.5,
            "race to the eighth",
        ),
        ("crazyhouse", "4k3/8/8/8/8/8/8/4K2R[] w - - 98 80", 1, "h1h2", "e8d8", None, ""),
    ],
)
def test_each_variant_ends_by_its_own_rules(
    scripted, variant, fen, colour, own, reply, score, reason
):
    env = scripted(variant, reply, colour=("black", "white")[colour])
    env.reset(options={"fen": fen})
    page, reward, terminated, _, info = step(env, own)
    assert terminated == (score is not None)
    if terminated:
        assert (info["score"], reward) == (score, 2 * score - 1)
        assert reason in next(line for line in page.split("\n") if "game is over" in line)


def test_an_explosion_is_told_piece_by_piece(scripted):
    env = scripted("atomic", "f3d2")
    env.reset(options={"fen": "4k3/8/8/8/8/2NRPn2/3P2PP/7K w - - 0 1"})
    page, *_ = step(env, "h2h3")
    lines = page.split("\n")
    assert "The enemy's last move blew up on d2." in lines
    destroyed = {line for line in lines if line.startswith("The explosion destroyed")}
    # The pawn on e3 stands, as pawns do.
    assert destroyed == {
        "The explosion destroyed your knight on c3.",
        "The explosion destroyed your rook on d3.",
    }
    assert "Your pawn is on e3." in lines
    assert "The enemy's last move captured your pawn." in lines


# Actions.


@each_variant
def test_the_moves_of_chess_have_the_same_index_everywhere(variant):
    moves = VARIANTS[variant].vocabulary.moves
    assert moves[: len(MOVES)] == MOVES
    assert len(set(moves)) == len(moves)
    assert len(moves) == {"antichess": 2012, "crazyhouse": 2272}.get(variant, 1968)


def test_a_drop_has_words_and_is_read_from_text():
    env = TextActions(ChessVariantEnv(variant="crazyhouse"))
    fen = "4k3/8/8/8/8/8/8/4K3[Np] w - - 0 1"
    page, info = env.reset(options={"fen": fen})
    assert "You hold 1 knight to drop." in page.split("\n")
    assert "The enemy holds 1 pawn to drop." in page.split("\n")
    assert "dropping a knight on f3" in info["actions"]
    assert "dropping a knight on f6, giving check" in info["actions"]
    for text in ("N@f3", "n@F3", "Dropping a knight on F3"):
        env.reset(options={"fen": fen})
        env.step(text)
        assert env.unwrapped.game.move_stack[0].uci() == "N@f3"
    for text in ("@", "@@", "P@f3", "Q@f3", "N@e8", "N@", "@f3"):
        assert env.unwrapped.parse_action(text) is None


def test_an_enemys_drop_is_told(scripted):
    env = scripted("crazyhouse", "P@e4")
    env.reset(options={"fen": "4k3/8/8/8/8/8/8/4K3[Np] w - - 0 1"})
    page, *_ = step(env, "e1d1")
    assert "The enemy has just dropped a pawn on e4." in page.split("\n")
    assert "The enemy holds no piece to drop." in page.split("\n")


def test_antichess_promotes_to_a_king_and_compels_captures():
    env = ChessVariantEnv(variant="antichess")
    _, info = env.reset(options={"fen": "1r5r/P7/8/8/8/8/8/8 w - - 0 1"})
    assert "pawn from a7 to b8, capturing a rook, promoting to a king" in info["actions"]
    assert len(info["actions"]) == 5  # the capture alone, with each promotion
    _, info = env.reset(seed=0)
    assert not any("castl" in words for words in info["actions"])


def test_castling_in_chess960_is_named_by_its_side(scripted):
    env = scripted("chess960", "c8a8")
    fen = "r1k4r/8/8/8/8/8/8/1RK4R w HBha - 0 1"
    page, info = env.reset(options={"fen": fen})
    assert "You may still castle on both sides." in page.split("\n")
    castling = [words for words in info["actions"] if "castling" in words]
    assert set(castling) == {"castling kingside", "castling queenside"}
    page, *_ = env.step(env.parse_action("O-O"))
    assert env.game.piece_at(chess.G1) == chess.Piece.from_symbol("K")
    assert env.game.piece_at(chess.F1) == chess.Piece.from_symbol("R")
    assert env.game.move_stack[0].uci() == "c1h1"  # as UCI names it in Chess960
    assert "The enemy has just castled queenside." in page.split("\n")


# Arguments.


def test_the_splits_of_chess960_share_no_starting_position():
    starts = {}
    for split in ("train", "test"):
        env = ChessVariantEnv(variant="chess960", split=split)
        boards = []
        for seed in range(150):
            env.reset(seed=seed)
            boards.append(env.game.board_fen())
            assert is_test_position(env.game.chess960_pos()) == (split == "test")
        env.reset(seed=0)
        assert env.game.board_fen() == boards[0]
        starts[split] = set(boards)
    assert min(map(len, starts.values())) > 75
    assert not starts["train"] & starts["test"]
    assert 0.15 < sum(map(is_test_position, range(960))) / 960 < 0.25


@each_variant
@pytest.mark.parametrize("opponent", ["greedy", "minimax-1"])
def test_opponents_play_every_variant(variant, opponent):
    env = ChessVariantEnv(variant=variant, opponent=opponent, colour="black", max_steps=6)
    random = np.random.default_rng(0)
    _, info = env.reset(seed=0)
    over = False
    while not over:
        action = int(random.choice(np.flatnonzero(info["action_mask"])))
        *_, terminated, truncated, info = env.step(action)
        over = terminated or truncated


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        ({"variant": "atomc"}, "Did you mean 'atomic'"),
        ({"variant": "atomic", "opponent": "stockfish-3"}, "Stockfish does not play atomic"),
        ({"variant": "atomic", "opponent": "gredy"}, "Did you mean 'greedy'"),
    ],
)
def test_wrong_arguments_are_refused_in_a_sentence(arguments, sentence):
    with pytest.raises(InvalidArgument, match=sentence):
        ChessVariantEnv(**arguments)


@pytest.mark.parametrize(
    ("variant", "fen", "sentence"),
    [
        ("3check", "4k3/8/8/8/8/8/8/4K3 w - - x+y 0 1", "not a position in FEN"),
        ("horde", "4k3/8/8/8/8/8/8/4K3 w - - 0 1", "cannot arise"),
        ("kingofthehill", "4k3/8/8/4K3/8/8/8/8 b - - 0 1", "over already"),
    ],
)
def test_bad_positions_are_refused(variant, fen, sentence):
    with pytest.raises(InvalidArgument, match=sentence):
        ChessVariantEnv(variant=variant).reset(options={"fen": fen})


def test_every_variant_has_an_id():
    assert set(CHESS_VARIANTS.values()) == set(VARIANTS)
    for name, variant in CHESS_VARIANTS.items():
        assert gym.make(f"alectors/{name}").unwrapped.variant == variant
