"""When a game of chess ends, and where it may begin."""

from collections.abc import Callable
from typing import NamedTuple

import chess

from .errors import InvalidArgument

VALUES = (0, 1, 3, 3, 5, 9, 0)
"""What a piece is worth in pawns, by python-chess's piece type."""
FIFTY_MOVES = 100
"""Half-moves without a capture or pawn move after which a game is drawn."""

VARIANT_REASONS = {
    "3check": "a third check",
    "antichess": "one side having no legal move",
    "atomic": "the explosion of a king",
    "horde": "the capture of the horde",
    "kingofthehill": "a king on the hill",
    "racingkings": "the race to the eighth rank",
}
"""How a game ends that chess would go on with, by python-chess's name of the variant."""


class Ending(NamedTuple):
    """How a game ended, from the agent's side."""

    score: float
    """1 won, 0.5 drawn, 0 lost."""
    reason: str
    """``checkmate``, ``stalemate``, …, as the page says it in training."""


class Repetitions:
    """Counts how often each position has occurred, one cheap key at each half-move.

    The same answers as ``chess.Board.is_repetition``, which takes back the game's moves each time.
    """

    def __init__(self) -> None:
        self._seen: dict[tuple[int | bool | None, ...], int] = {}

    def count(self, board: chess.Board) -> int:
        """Note the position on the board; how often it has now occurred, 3 at most in a variant."""
        if type(board) is not chess.Board:  # A position may have more to it, such as pockets.
            return sum(board.is_repetition(number) for number in (1, 2, 3))
        if board.halfmove_clock == 0:  # Nothing from before a capture or pawn move comes back.
            self._seen.clear()
        key = _key(board)
        self._seen[key] = self._seen.get(key, 0) + 1
        return self._seen[key]


def _key(board: chess.Board) -> tuple[int | bool | None, ...]:
    return (
        board.occupied_co[chess.WHITE],
        board.occupied_co[chess.BLACK],
        board.pawns,
        board.knights,
        board.bishops,
        board.rooks,
        board.queens,
        board.turn,
        board.clean_castling_rights(),
        board.ep_square if board.ep_square is not None and board.has_legal_en_passant() else None,
    )


def find_ending(
    board: chess.Board, colour: chess.Color, can_move: bool, occurrences: int
) -> Ending | None:
    """How the game has ended, or None while it goes on.

    Args:
        board: The position.
        colour: The agent's colour.
        can_move: Whether the side to move has a legal move.
        occurrences: How often the position has occurred, now included.
    """
    if not can_move and (score := _variant_score(board)) is not None:
        return Ending(score if board.turn == colour else 1 - score, _reason(board))
    if not can_move and board.is_check():
        return Ending(0.0 if board.turn == colour else 1.0, "checkmate")
    drawn = (
        (not can_move, "stalemate"),
        (_is_bare(board), "insufficient material"),
        (_is_quiet(board), "the fifty-move rule"),
        (occurrences >= 3, "threefold repetition"),
    )
    return next((Ending(0.5, reason) for is_so, reason in drawn if is_so), None)


def _variant_score(board: chess.Board) -> float | None:
    """What the side to move has by an end that only a variant has; None in standard chess."""
    results = ((board.is_variant_win, 1.0), (board.is_variant_loss, 0.0))
    found = next((score for is_so, score in results if is_so()), None)
    return 0.5 if found is None and board.is_variant_draw() else found


def _reason(board: chess.Board) -> str:
    return VARIANT_REASONS[type(board).uci_variant or ""]


def _is_bare(board: chess.Board) -> bool:
    if type(board) is chess.Board and board.pawns | board.rooks | board.queens:
        return False  # Saves the dear question.
    return board.is_insufficient_material()


def _is_quiet(board: chess.Board) -> bool:
    # python-chess is asked too, since crazyhouse knows no such rule.
    return board.halfmove_clock >= FIFTY_MOVES and board.is_fifty_moves()


def balance(board: chess.Board, colour: chess.Color) -> int:
    """Own material less the enemy's, in pawns."""
    own, enemy = board.occupied_co[colour], board.occupied_co[not colour]
    masks = (board.pawns, board.knights, board.bishops, board.rooks, board.queens)
    return sum(
        value * ((mask & own).bit_count() - (mask & enemy).bit_count())
        for value, mask in zip(VALUES[1:], masks, strict=False)
    )


def starting_board(fen: object, make: Callable[..., chess.Board] = chess.Board) -> chess.Board:
    """The board that an episode starts from.

    Args:
        fen: A position in Forsyth-Edwards notation; None is the initial position.
        make: The board's class; a variant has its own.

    Raises:
        InvalidArgument: The text is no position of a game that still goes on.
    """
    if fen is None:
        return make()
    try:
        board = make(str(fen))
    except ValueError as error:
        raise InvalidArgument(
            f"options['fen']={fen!r} is not a position in FEN: {error}."
        ) from error
    if not board.is_valid():
        raise InvalidArgument(
            f"options['fen']={fen!r} cannot arise in chess ({_faults(board)}): give another one."
        )
    if find_ending(board, board.turn, any(board.generate_legal_moves()), occurrences=1):
        raise InvalidArgument(f"options['fen']={fen!r} is a game that is over already.")
    return board


def _faults(board: chess.Board) -> str:
    names = (flag.name or "" for flag in board.status())
    return ", ".join(name.lower().replace("_", " ") for name in names)
