"""The languages in which a game of chess can be told: which statements, which words of moves."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from functools import partial
from typing import NamedTuple

import chess

from .chess_heldout import HELDOUT, HELDOUT_TERSE
from .chess_moves import index_of
from .chess_relations import tell_relations
from .chess_rules import Ending
from .chess_safety import safety_words, tell_flights
from .chess_wording import TERSE, TRAIN, ChessWording
from .chess_words import (
    move_words,
    tell_clocks,
    tell_ending,
    tell_enemy_move,
    tell_pieces,
    tell_rights,
)


class Scene(NamedTuple):
    """What there is to tell of a game at one time."""

    board: chess.Board
    """The position."""
    colour: chess.Color
    """The agent's colour."""
    ending: Ending | None
    """How the game has ended, None while it goes on."""
    occurrences: int
    """How often the position has occurred, now included."""
    moves_left: int
    """Own moves until the episode is truncated."""
    enemy_move: list[str]
    """What the enemy's last move did, told by the narrator."""


@dataclass(frozen=True)
class Narrator:
    """One language of chess."""

    goal: str
    """The first statement of a page."""
    tell: Callable[[Scene], list[str]]
    """The statements after the goal."""
    tell_enemy_move: Callable[[chess.Board, chess.Move], list[str]]
    """From the position before the enemy's move and the move, what it did."""
    move_words: Callable[[chess.Board, Iterable[chess.Move]], dict[int, str]]
    """From a position and its legal moves, each move's index and words, ascending."""


def _tell_prose(wording: ChessWording, scene: Scene) -> list[str]:
    board, colour = scene.board, scene.colour
    return [
        wording.plays.format(colour=wording.colours[colour]),
        *_over(wording, scene),
        *tell_pieces(board, colour, wording),
        *tell_rights(board, colour, wording),
        *_clocks(wording, scene),
        *scene.enemy_move,
    ]


def _tell_relations(wording: ChessWording, scene: Scene) -> list[str]:
    return _tell_prose(wording, scene) + tell_relations(scene.board, scene.colour, wording)


def _tell_safety(wording: ChessWording, scene: Scene) -> list[str]:
    return _tell_prose(wording, scene) + tell_flights(scene.board, scene.colour, wording)


def _tell_fen(wording: ChessWording, scene: Scene) -> list[str]:
    fen = wording.fen.format(fen=scene.board.fen())
    return [*_over(wording, scene), fen, *_clocks(wording, scene)]


def _over(wording: ChessWording, scene: Scene) -> list[str]:
    return [] if scene.ending is None else [tell_ending(scene.ending, wording)]


def _clocks(wording: ChessWording, scene: Scene) -> list[str]:
    halfmoves = scene.board.halfmove_clock
    return tell_clocks(halfmoves, scene.moves_left, scene.occurrences, wording)


def _uci_words(_board: chess.Board, moves: Iterable[chess.Move]) -> dict[int, str]:
    return dict(sorted((index_of(move), move.uci()) for move in moves))


def _no_words(_board: chess.Board, _move: chess.Move) -> list[str]:
    return []


def _in_sentences(
    wording: ChessWording, tell: Callable[[ChessWording, Scene], list[str]] = _tell_prose
) -> Narrator:
    return Narrator(
        wording.goal,
        partial(tell, wording),
        partial(tell_enemy_move, wording=wording),
        partial(move_words, wording=wording),
    )


def _with_safety(wording: ChessWording) -> Narrator:
    words = partial(safety_words, wording=wording)
    return replace(_in_sentences(wording, _tell_safety), move_words=words)


def _in_notation(wording: ChessWording) -> Narrator:
    return Narrator(wording.goal, partial(_tell_fen, wording), _no_words, _uci_words)


def _languages(prose: ChessWording, terse: ChessWording) -> dict[str, Narrator]:
    return {
        "prose": _in_sentences(prose),
        "relations": _in_sentences(prose, _tell_relations),
        "safety": _with_safety(prose),
        "terse": _in_sentences(terse),
        "fen": _in_notation(prose),
        # Its page is not observed, but rendered; its actions have their words.
        "symbolic": _in_sentences(prose),
    }


NARRATORS = {"train": _languages(TRAIN, TERSE), "heldout": _languages(HELDOUT, HELDOUT_TERSE)}
"""The narrator of each wording and narration."""
