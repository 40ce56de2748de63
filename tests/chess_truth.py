"""Compares the pages of chess with the board: what the tests of truth share."""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from typing import Any

import chess
import numpy as np
from reading_back import Reader, one_of, templates_of

from alectors.envs import chess_heldout, chess_wording
from alectors.envs.chess_env import ChessEnv
from alectors.envs.chess_rules import VARIANT_REASONS

WORDINGS = {
    ("prose", "train"): chess_wording.TRAIN,
    ("relations", "train"): chess_wording.TRAIN,
    ("safety", "train"): chess_wording.TRAIN,
    ("terse", "train"): chess_wording.TERSE,
    ("prose", "heldout"): chess_heldout.HELDOUT,
    ("relations", "heldout"): chess_heldout.HELDOUT,
    ("safety", "heldout"): chess_heldout.HELDOUT,
    ("terse", "heldout"): chess_heldout.HELDOUT_TERSE,
}
STATEMENTS = (
    *("goal", "plays", "own", "enemy", "arrived", "came_from", "enemy_castled", "enemy_captured"),
    *("enemy_captured_en_passant", "enemy_promoted", "check", "own_castling", "enemy_castling"),
    *("en_passant", "clock_low", "clock", "moves_left", "at_most", "more_than", "repeated", "over"),
    *("attacks", "defends", "pins", "flight", "no_flight"),
)
ENEMY_MOVE = (
    *("arrived", "came_from", "enemy_castled", "enemy_captured", "enemy_captured_en_passant"),
    "enemy_promoted",
)
VARIANT_STATEMENTS = ("given", "holds", "was_pawn", "dropped", "blew_up", "destroyed")
REASONS = {
    "checkmate": chess.Termination.CHECKMATE,
    "stalemate": chess.Termination.STALEMATE,
    "insufficient material": chess.Termination.INSUFFICIENT_MATERIAL,
    "the fifty-move rule": chess.Termination.FIFTY_MOVES,
    "threefold repetition": chess.Termination.THREEFOLD_REPETITION,
}
NAMES = {
    chess.PAWN: ("pawn", "P", "footman", "Fm"),
    chess.KNIGHT: ("knight", "N", "horse", "Hs"),
    chess.BISHOP: ("bishop", "B", "cleric", "Cl"),
    chess.ROOK: ("rook", "R", "tower", "Tw"),
    chess.QUEEN: ("queen", "Q", "lady", "Ld"),
    chess.KING: ("king", "K", "monarch", "Mo"),
}
KINDS = {name: kind for kind, names in NAMES.items() for name in names}
"""python-chess's piece type of each name in any wording."""
WHITE = {"white": True, "light": True, "black": False, "dark": False}
SHORT = {"kingside": True, "the short way": True, "queenside": False, "the long way": False}
CLOCK = (0, 10, 20, 30, 40, 45, 1_000)
LEFT = (1, 5, 10, 20, 50)


@cache
def reader(wording: Any, variant: Any = None) -> Reader:
    forms = {
        "name": one_of({*wording.names, *(variant.plurals if variant else ())}),
        "other": one_of(wording.names),
        "square": "[a-h][1-8]",
        "target": "[a-h][1-8]",
        "side": one_of(wording.sides),
        "colour": one_of(wording.colours),
        "moves": r"\d+",
        "reason": one_of([*REASONS, *VARIANT_REASONS.values(), *wording.reasons.values()]),
        "checks": r"no checks|1 check|\d checks|none|one|\d",
        "pieces": ".+",
    }
    templates = templates_of(wording, STATEMENTS)
    if variant:
        templates |= templates_of(variant, VARIANT_STATEMENTS)
    return Reader(templates, forms)


@dataclass
class Scene:
    """A page and what is known of the game that it tells."""

    page: str
    board: chess.Board
    before: chess.Board | None
    """The position before the enemy's last move; None where the agent has moved last."""
    colour: chess.Color
    steps_left: int
    info: dict[str, Any]


def random_position(random: np.random.Generator) -> str | None:
    """A position of both kings and a few pieces, white to move, or None where it is no game."""
    squares = random.permutation(64)[: int(random.integers(4, 12))]
    board = chess.Board(None)
    for k, square in enumerate(map(int, squares)):
        kind = chess.KING if k < 2 else int(random.choice([1, 1, 1, 2, 3, 4, 5]))
        board.set_piece_at(square, chess.Piece(kind, bool(k % 2)))
    usable = board.is_valid() and not board.is_game_over()
    return board.fen() if usable else None


def scenes(env: ChessEnv, games: int, seed: int, rare: bool = True) -> Iterator[Scene]:
    """Random games, every second one from a random position; under any end of theirs."""
    random = np.random.default_rng(seed)
    for game in range(games):
        fen = random_position(random) if rare and game % 2 else None
        page, info = env.reset(seed=game, options={"fen": fen} if fen else {})
        steps = 0
        over = False
        while True:
            board = env.game
            before = None
            if (board.move_stack and board.turn == env._colour) or (over and env._enemy_move):
                before = board.copy()
                before.pop()
            yield Scene(page, board, before, env._colour, env.max_steps - steps, info)
            if over or not info["actions"]:
                break
            legal = np.flatnonzero(info["action_mask"])
            page, _, terminated, truncated, info = env.step(int(random.choice(legal)))
            steps, over = steps + 1, terminated or truncated


def check_page(scene: Scene, wording: Any, said: list[tuple[Any, dict[str, str]]]) -> None:
    """Compare what a page says with the board, and with what it should not be silent about."""
    board, colour = scene.board, scene.colour
    told: dict[str, list[tuple[Any, dict[str, str]]]] = {name: [] for name in STATEMENTS}
    for (name, key), places in said:
        told.setdefault(name, []).append((key, places))
    assert [WHITE[p["colour"]] for _, p in told["plays"]] == [colour]
    assert pieces_told(told, colour) == board.piece_map()
    own_turn = board.turn == colour
    assert [key for key, _ in told["check"]] == [board.is_check()] * own_turn
    for name, side in (("own_castling", colour), ("enemy_castling", not colour)):
        rights = board.has_kingside_castling_rights(side)
        rights += 2 * board.has_queenside_castling_rights(side)
        assert [key for key, _ in told[name]] == [rights]
    en_passant = [board.ep_square] * (own_turn and board.has_legal_en_passant())
    assert [chess.parse_square(p["square"]) for _, p in told["en_passant"]] == en_passant
    check_clocks(told, board, scene.steps_left)
    check_ending(told, wording, scene)
    check_enemy_move(told, scene)


def pieces_told(told: Any, colour: chess.Color) -> dict[int, chess.Piece]:
    found: dict[int, chess.Piece] = {}
    for name, side in (("own", colour), ("enemy", not colour)):
        for _, places in told[name]:
            square = chess.parse_square(places["square"])
            assert square not in found
            found[square] = chess.Piece(KINDS[places["name"]], side)
    return found


def check_clocks(told: Any, board: chess.Board, left: int) -> None:
    moves = board.halfmove_clock // 2
    step = [0] * len(told["clock_low"]) + [int(p["moves"]) for _, p in told["clock"]]
    assert len(step) == 1
    assert step[0] <= moves < CLOCK[CLOCK.index(step[0]) + 1]
    few = [key for key, _ in told["moves_left"]]
    most = [int(p["moves"]) for _, p in told["at_most"]]
    more = [int(p["moves"]) for _, p in told["more_than"]]
    assert len(few + most + more) == 1
    assert few == [left] * (left < 2)
    assert all(LEFT[LEFT.index(number) - 1] < left <= number for number in most)
    assert all(left > number == LEFT[-1] for number in more)
    assert len(told["repeated"]) == (board.is_repetition(2))


def check_ending(told: Any, wording: Any, scene: Scene) -> None:
    if not told["over"]:
        assert not scene.board.is_game_over()
        return
    ((score, places),) = told["over"]
    assert scene.info["score"] == score
    outcome = scene.board.outcome(claim_draw=True)
    assert outcome is not None
    assert score == (0.5 if outcome.winner is None else outcome.winner == scene.colour)
    names = {wording.reasons.get(reason, reason): kind for reason, kind in REASONS.items()}
    if places["reason"] in names:
        assert names[places["reason"]] == outcome.termination
    else:
        own = VARIANT_REASONS[type(scene.board).uci_variant or ""]
        assert wording.reasons.get(own, own) == places["reason"]


def check_enemy_move(told: Any, scene: Scene) -> None:
    before, move = scene.before, scene.board.peek() if scene.before else None
    said = {name: [read(places) for _, places in told[name]] for name in ENEMY_MOVE}
    expected: dict[str, list[dict[str, Any]]] = {name: [] for name in ENEMY_MOVE}
    if move and before.is_castling(move):
        expected["enemy_castled"] = [{"side": before.is_kingside_castling(move)}]
    elif move and not move.drop:
        mover, captured = before.piece_type_at(move.from_square), before.piece_at(move.to_square)
        expected["arrived"] = [{"name": mover, "square": move.to_square}]
        expected["came_from"] = [{"square": move.from_square}]
        if before.is_en_passant(move):
            expected["enemy_captured_en_passant"] = [{}]
        elif captured:
            expected["enemy_captured"] = [{"name": captured.piece_type}]
        if move.promotion:
            expected["enemy_promoted"] = [{"name": move.promotion}]
    assert said == expected


def read(places: dict[str, str]) -> dict[str, Any]:
    """The names, squares and sides in a statement as python-chess has them."""
    meanings = {"name": KINDS.get, "square": chess.parse_square, "side": SHORT.get}
    return {place: meanings[place](words) for place, words in places.items()}
