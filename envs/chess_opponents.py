"""The opponents of chess: who answers the agent's moves."""

import re
import shutil
from collections.abc import Callable
from typing import Any, Protocol

import chess
import numpy as np

from .chess_engine import UciEngine, require_stockfish
from .chess_minimax import DEPTHS, Minimax
from .chess_rules import VALUES
from .errors import AlectorsError, InvalidArgument, OpponentError, nearest
from .importing import import_callable

KINDS = (
    "random",
    "greedy",
    *(f"minimax-{depth}" for depth in DEPTHS),
    "stockfish-<skill 0 to 20>",
    "uci:<path>",
    "<module>:<callable>",
    "<module>:<factory>:<argument>",
)
MAX_SKILL = 20


class Opponent(Protocol):
    """Chooses a move for the side to move."""

    def begin(self) -> None:
        """Begin a game."""

    def __call__(self, board: chess.Board, rng: np.random.Generator) -> chess.Move:
        """A legal move; chance comes from ``rng`` only."""

    def close(self) -> None:
        """Let go of whatever is held; may be called again."""


def make_opponent(spec: str, *, nodes: int, timeout: float) -> Opponent:
    """The opponent that a name stands for.

    Args:
        spec: One of `KINDS`.
        nodes: Nodes that an engine may search for a move.
        timeout: Seconds that an engine may take for a move.

    Raises:
        InvalidArgument: The name means nothing.
        MissingDependency: Stockfish is asked for and not installed.
        OpponentError: There is no such engine.
    """
    if not isinstance(spec, str):
        raise InvalidArgument(f"opponent={spec!r} must be a name: {_kinds()}.")
    if spec in _RULES:
        return Rule(_RULES[spec])
    if spec.startswith("stockfish"):
        level = {"Skill Level": _skill(spec)}
        return UciEngine(require_stockfish(), nodes, timeout, **level)
    if spec.startswith("uci:"):
        path = spec.removeprefix("uci:")
        return UciEngine(shutil.which(path) or path, nodes, timeout)
    if ":" in spec:
        return Guest(spec)
    hint = nearest(spec, (*_RULES, "stockfish-20"))
    raise InvalidArgument(f"opponent={spec!r} is not known here; it can be {_kinds()}.{hint}")


def _kinds() -> str:
    return ", ".join(KINDS)


def _skill(spec: str) -> int:
    match = re.fullmatch(r"stockfish-([0-9]{1,2})", spec)
    if match is None or int(match[1]) > MAX_SKILL:
        raise InvalidArgument(
            f"opponent={spec!r} needs a skill from 0 to {MAX_SKILL}, as in 'stockfish-5'."
        )
    return int(match[1])


def play_random(board: chess.Board, rng: np.random.Generator) -> chess.Move:
    """Any legal move, each equally likely."""
    moves = list(board.generate_legal_moves())
    return moves[int(rng.integers(len(moves)))]


def play_greedy(board: chess.Board, rng: np.random.Generator) -> chess.Move:
    """The capture of the most valuable piece, else the best promotion, else any move."""
    moves = list(board.generate_legal_moves())
    gains = [(_captured(board, move), VALUES[move.promotion or 0]) for move in moves]
    most = max(gains)
    best = [move for move, gain in zip(moves, gains, strict=True) if gain == most]
    return best[int(rng.integers(len(best)))]


def _captured(board: chess.Board, move: chess.Move) -> int:
    if board.is_en_passant(move):
        return VALUES[chess.PAWN]
    if board.occupied_co[board.turn] >> move.to_square & 1:
        return 0  # Castling in Chess960 is told as the king taking its own rook.
    return VALUES[board.piece_type_at(move.to_square) or 0]


_RULES: dict[str, Callable[[chess.Board, np.random.Generator], chess.Move]] = {
    "random": play_random,
    "greedy": play_greedy,
    **{f"minimax-{depth}": Minimax(depth) for depth in DEPTHS},
}


class Rule:
    """An opponent that is a plain function of the position."""

    def __init__(self, rule: Callable[[chess.Board, np.random.Generator], chess.Move]) -> None:
        self._rule = rule

    def begin(self) -> None:
        """Nothing is kept from game to game."""

    def __call__(self, board: chess.Board, rng: np.random.Generator) -> chess.Move:
        """The rule's move."""
        return self._rule(board, rng)

    def close(self) -> None:
        """Nothing is held."""


class Guest:
    """Somebody else's callable, named by import path; its moves are checked.

    ``<module>:<callable>`` is the callable itself, and ``<module>:<factory>:<argument>`` is what
    the factory returns for the argument, a text.

    Raises:
        InvalidArgument: The name leads to nothing that can be called.
    """

    def __init__(self, spec: str) -> None:
        self._spec = spec
        path, colon, argument = _split(spec)
        self._callable = import_callable("opponent", path)
        if colon:
            self._callable = _build(self._callable, argument, spec)

    def begin(self) -> None:
        """A callable is not told that a game begins."""

    def __call__(self, board: chess.Board, rng: np.random.Generator) -> chess.Move:
        """The callable's move.

        Raises:
            OpponentError: It failed, or did not return a legal move.
        """
        try:
            move = self._callable(board.copy(), rng)  # A copy: what it does there stays there.
        except Exception as error:
            raise OpponentError(
                f"The opponent {self._spec} failed in {board.fen()}: "
                f"{type(error).__name__}: {error}"
            ) from error
        if not isinstance(move, chess.Move) or not board.is_legal(move):
            raise OpponentError(
                f"The opponent {self._spec} returned {move!r} in {board.fen()}, which is not a "
                "legal chess.Move."
            )
        return move

    def close(self) -> None:
        """Nothing is held."""


def _split(spec: str) -> tuple[str, str, str]:
    """The import path, a colon if an argument follows, and the argument."""
    module, _, rest = spec.partition(":")
    name, colon, argument = rest.partition(":")
    return f"{module}:{name}", colon, argument


def _build(factory: Callable[..., Any], argument: str, spec: str) -> Callable[..., Any]:
    try:
        made = factory(argument)
    except AlectorsError:
        raise  # It says what was wrong.
    except Exception as error:
        raise InvalidArgument(
            f"opponent={spec!r}: the factory failed: {type(error).__name__}: {error}"
        ) from error
    if not callable(made):
        raise InvalidArgument(f"opponent={spec!r}: the factory returned {made!r}, no callable.")
    return made  # type: ignore[no-any-return]
