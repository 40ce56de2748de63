"""Every statement of a chess page is true of the board, in every language and variant."""

import re
from typing import Any

import chess
import numpy as np
import pytest
from chess_truth import KINDS, VARIANT_STATEMENTS, WORDINGS, Scene, check_page, read, reader, scenes

from alectors.envs.chess_env import ChessEnv
from alectors.envs.chess_moves import MOVES
from alectors.envs.chess_safety import tell_flights
from alectors.envs.chess_variant_wording import WORDINGS as VARIANT_WORDINGS
from alectors.envs.chess_variants import VARIANTS, ChessVariantEnv

every_language = pytest.mark.parametrize(("narration", "wording"), WORDINGS)
both_wordings = pytest.mark.parametrize("wording", ["train", "heldout"])


def related(board: chess.Board) -> set[tuple[str, int, int]]:
    """Attacks, defences and pins, piece by piece in python-chess's own words."""
    found = set()
    for square, piece in board.piece_map().items():
        for target in board.attacks(square):
            other = board.piece_at(target)
            if other and other.color != piece.color:
                found.add(("attacks", square, target))
            elif other and other.piece_type != chess.KING:
                found.add(("defends", square, target))
        if board.is_pinned(piece.color, square):
            attackers = board.attackers(not piece.color, square)
            (pinner,) = board.pin(piece.color, square) & attackers
            found.add(("pins", pinner, square))
    return found


def check_relations(scene: Scene, said: list[tuple[Any, dict[str, str]]]) -> None:
    found = set()
    for (name, whose), places in said:
        if name not in ("attacks", "defends", "pins"):
            continue
        start, end = (chess.parse_square(places[part]) for part in ("square", "target"))
        side = scene.colour if whose == 0 else not scene.colour
        other = side if name == "defends" else not side
        piece = chess.Piece(KINDS[places["name"]], side)
        target = chess.Piece(KINDS[places["other"]], other)
        assert (scene.board.piece_at(start), scene.board.piece_at(end)) == (piece, target)
        assert (name, start, end) not in found
        found.add((name, start, end))
    assert found == related(scene.board)


def flights(board: chess.Board, colour: chess.Color) -> list[int]:
    """Where the enemy king could go if it were its turn and no other piece of its side moved."""
    king, found = board.king(not colour), []
    for square in board.attacks(king):
        moved = board.copy(stack=False)
        moved.remove_piece_at(king)
        if moved.color_at(square) != (not colour):
            moved.set_piece_at(square, chess.Piece(chess.KING, not colour))
            found += [square] * (not moved.is_attacked_by(colour, square))
    return found


def least(board: chess.Board, side: chess.Color, square: int) -> int | None:
    """The least valuable piece of a side that attacks a square."""
    return min((board.piece_type_at(s) for s in board.attackers(side, square)), default=None)


def check_safety(scene: Scene, wording: Any, said: list[tuple[Any, dict[str, str]]]) -> None:
    told = [chess.parse_square(p["square"]) for (name, _), p in said if name == "flight"]
    assert told == sorted(flights(scene.board, scene.colour))
    assert [name for (name, _), _ in said if name == "no_flight"] == ["no_flight"] * (not told)
    clauses = {
        (place, wording.names[kind]): getattr(wording, place).format(name=wording.names[kind])
        for place in ("attacked", "defended")
        for kind in chess.PIECE_TYPES
    }
    for index, words in zip(
        np.flatnonzero(scene.info["action_mask"]), scene.info["actions"], strict=True
    ):
        after, move = scene.board.copy(stack=False), MOVES[index]
        castles = after.is_castling(move)
        after.push(move)
        sides = {"attacked": not scene.colour, "defended": scene.colour}
        awaits = [
            clauses[place, wording.names[kind]]
            for place, side in sides.items()
            if not castles and (kind := least(after, side, move.to_square))
        ]
        assert [part for part in words.split(", ") if part in clauses.values()] == awaits, words


def assert_truth(narration: str, wording: str, games: int, seed: int) -> int:
    words = WORDINGS[narration, wording]
    env = ChessEnv(narration=narration, wording=wording, colour="random", max_steps=120)
    pages = 0
    for scene in scenes(env, games, seed):
        pages += 1
        said = reader(words).read_all(scene.page.split("\n"))
        check_page(scene, words, said)
        if narration == "relations":
            check_relations(scene, said)
        else:
            assert not {name for (name, _), _ in said} & {"attacks", "defends", "pins"}
        if narration == "safety":
            check_safety(scene, words, said)
        else:
            assert not {name for (name, _), _ in said} & {"flight", "no_flight"}
    return pages


@every_language
def test_every_statement_is_true_of_the_board(narration: str, wording: str) -> None:
    assert assert_truth(narration, wording, games=4, seed=0) > 100


@pytest.mark.slow
@every_language
def test_every_statement_is_true_of_thousands_of_boards(narration: str, wording: str) -> None:
    assert assert_truth(narration, wording, games=60, seed=1) > 2_000


def test_a_king_in_check_shields_no_square_behind_it() -> None:
    board = chess.Board("R3k3/8/8/8/8/8/8/K7 b - - 0 1")
    told = tell_flights(board, chess.WHITE, WORDINGS["safety", "train"])
    assert told == [f"The enemy king can go to {square}." for square in ("d7", "e7", "f7")]
    board = chess.Board("R5k1/5ppp/8/8/8/8/8/K7 b - - 0 1")
    assert tell_flights(board, chess.WHITE, WORDINGS["safety", "train"]) == [
        "The enemy king can go nowhere."
    ]


def check_variant(scene: Scene, told: Any, said: list[tuple[Any, dict[str, str]]]) -> None:
    board, colour = scene.board, scene.colour
    found: dict[str, list[tuple[int, dict[str, str]]]] = {name: [] for name in VARIANT_STATEMENTS}
    for (name, key), places in said:
        if name in found:
            found[name].append((key, places))
    check_given_and_held(board, colour, told, found)
    promoted = {chess.parse_square(p["square"]) for _, p in found["was_pawn"]}
    held_as_pawns = board.promoted if hasattr(board, "pockets") else 0
    assert promoted == set(chess.SquareSet(held_as_pawns))
    for whose, places in found["was_pawn"]:
        piece = board.piece_at(chess.parse_square(places["square"]))
        assert piece == chess.Piece(KINDS[places["name"]], colour == (whose == 0))
    move = board.peek() if scene.before else None
    dropped = []
    if move and move.drop:
        dropped.append({"name": move.drop, "square": move.to_square})
    assert [read(places) for _, places in found["dropped"]] == dropped
    check_explosion(scene, found, move)


def check_given_and_held(board: Any, colour: chess.Color, told: Any, found: Any) -> None:
    sides = (colour, not colour)
    if hasattr(board, "remaining_checks"):
        given = [3 - max(0, board.remaining_checks[side]) for side in sides]
        words = [told.checks[min(count, 2)].format(count=count) for count in given]
        assert found["given"] == [(k, {"checks": words[k]}) for k in (0, 1)]
    else:
        assert not found["given"]
    held: list[dict[int, int]] = [{}, {}]
    for whose, places in found["holds"]:
        if places["pieces"] != told.nothing:
            kind, count = read_pieces(places["pieces"])
            held[whose][kind] = count
    pockets = getattr(board, "pockets", None)
    for whose, side in enumerate(sides):
        counts = {kind: pockets[side].count(kind) for kind in chess.PIECE_TYPES} if pockets else {}
        assert held[whose] == {kind: count for kind, count in counts.items() if count}
    assert bool(found["holds"]) == bool(pockets)


def read_pieces(words: str) -> tuple[int, int]:
    """The piece type and the number in "2 pawns" or "ladies, 2 of them"."""
    plurals = {"footmen": chess.PAWN, "ladies": chess.QUEEN}
    plurals |= {f"{name}s": kind for name, kind in KINDS.items()}
    (kind,) = {**KINDS, **plurals}.keys() & set(re.findall(r"[a-z]+", words))
    number = re.search(r"\d+", words)
    assert bool(number and number[0] != "1") == (kind in plurals)
    return {**KINDS, **plurals}[kind], int(number[0]) if number else 1


def check_explosion(scene: Scene, found: Any, move: chess.Move | None) -> None:
    """Besides mover and captured piece, everything that has gone is told as destroyed."""
    atomic = type(scene.board).uci_variant == "atomic"
    bang = [move] if move and atomic and scene.before.is_capture(move) else []
    told_squares = [p["square"] for _, p in found["blew_up"]]
    assert told_squares == [chess.square_name(move.to_square) for move in bang]
    gone: dict[int, chess.Piece] = {}
    for move in bang:
        after = scene.board.piece_map()
        before = scene.before.piece_map()
        gone = {square: piece for square, piece in before.items() if square not in after}
        gone.pop(move.from_square)
        gone.pop(move.to_square, None)
        if scene.before.is_en_passant(move):
            gone.pop(chess.square(move.to_square & 7, move.from_square >> 3))
    assert gone == {
        chess.parse_square(p["square"]): chess.Piece(KINDS[p["name"]], scene.colour == (whose == 0))
        for whose, p in found["destroyed"]
    }


def assert_variant_truth(variant: str, wording: str, games: int) -> None:
    told = VARIANT_WORDINGS[wording]
    env = ChessVariantEnv(variant=variant, wording=wording, colour="random", opponent="greedy")
    for scene in scenes(env, games, seed=2, rare=False):
        lines = scene.page.split("\n")
        goals = told.goals.get(variant, (told.chess.goal,) * 2)
        assert lines[0] == goals[scene.colour]
        rules = told.rules[variant]
        assert tuple(lines[1 : 1 + len(rules)]) == rules
        said = reader(told.chess, told).read_all(lines[1 + len(rules) :])
        check_page(scene, told.chess, said)
        check_variant(scene, told, said)


@both_wordings
@pytest.mark.parametrize("variant", VARIANTS)
def test_every_statement_of_a_variant_is_true_of_its_board(variant: str, wording: str) -> None:
    assert_variant_truth(variant, wording, games=2)


@pytest.mark.slow
@both_wordings
@pytest.mark.parametrize("variant", VARIANTS)
def test_every_statement_of_a_variant_is_true_of_many_boards(variant: str, wording: str) -> None:
    assert_variant_truth(variant, wording, games=40)
