"""The variants of chess that python-chess knows, told as chess is told."""

import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any

import chess
import chess.variant

from .chess_env import ChessEnv
from .chess_moves import MOVES, STANDARD, Vocabulary
from .chess_rules import starting_board
from .chess_variant_wording import WORDINGS
from .chess_variant_words import tell_extras, tell_variant_move, variant_move_words
from .errors import choose, require

POSITIONS = 960
"""Starting positions of Chess960."""
TEST_SHARE = 5
"""One starting position of Chess960 in this many is a test position."""


def _king_promotions() -> list[chess.Move]:
    return [
        chess.Move(move.from_square, move.to_square, chess.KING)
        for move in MOVES
        if move.promotion == chess.QUEEN
    ]


def _drops() -> list[chess.Move]:
    return [
        chess.Move(square, square, drop=piece)
        for piece in (chess.PAWN, chess.KNIGHT, chess.BISHOP, chess.ROOK, chess.QUEEN)
        for square in chess.SQUARES
        if piece != chess.PAWN or not chess.BB_BACKRANKS >> square & 1
    ]


@dataclass(frozen=True)
class Variant:
    """What the rules of a variant are made of."""

    board: Callable[..., chess.Board]
    """Makes the board, the initial one without a FEN."""
    vocabulary: Vocabulary = STANDARD
    """Its moves; those of chess come first, so that they have the same index everywhere."""


VARIANTS: dict[str, Variant] = {
    "3check": Variant(chess.variant.ThreeCheckBoard),
    "antichess": Variant(chess.variant.AntichessBoard, Vocabulary([*MOVES, *_king_promotions()])),
    "atomic": Variant(chess.variant.AtomicBoard),
    "chess960": Variant(partial(chess.Board, chess960=True)),
    "crazyhouse": Variant(chess.variant.CrazyhouseBoard, Vocabulary([*MOVES, *_drops()])),
    "horde": Variant(chess.variant.HordeBoard),
    "kingofthehill": Variant(chess.variant.KingOfTheHillBoard),
    "racingkings": Variant(chess.variant.RacingKingsBoard),
}


class ChessVariantEnv(ChessEnv):
    """A game of a chess variant against a built-in opponent or an engine.

    Description:
        As in ``Chess-v0``, by the rules of python-chess's board for the variant, which is ``game``:

        - ``3check``: three checks win as a mate does.
        - ``antichess``: who has lost all pieces, or has no legal move, wins. Captures are
          compulsory, kings are ordinary pieces, and nobody castles.
        - ``atomic``: a capture blows up both pieces and every piece but pawns on the squares around
          them; who blows up the enemy king wins.
        - ``chess960``: chess from one of 960 starting positions, drawn at each reset.
        - ``crazyhouse``: captured pieces may be dropped on empty squares. There is no fifty-move
          rule.
        - ``horde``: white has 36 pawns and no king, and mates; black captures all of them.
        - ``kingofthehill``: a king on d4, e4, d5 or e5 wins.
        - ``racingkings``: the first king on the eighth rank wins; nobody may give check.

    Observation:
        The page of ``Chess-v0`` under a goal that states the variant's aim, with statements of the
        rules that differ, of the checks given so far (``3check``), of the pieces that each side
        holds to drop and of the promoted pieces, which are held as pawns once captured
        (``crazyhouse``), and of what the enemy's capture has blown up (``atomic``).

    Actions:
        The 1,968 actions of ``Chess-v0`` under the same indices; then, in ``antichess``, 44
        promotions to a king, and in ``crazyhouse`` 304 drops, pawns to queens, each from a1 to h8
        (``dropping a knight on f3``). In ``chess960`` castling has the index of the king's move to
        its own rook's square, as UCI notation names it there, and the words ``castling kingside``
        or ``castling queenside`` by the side on which that rook stands.

    Rewards:
        1 for a win, 0 for a draw, -1 for a loss, and ``material_reward`` as in ``Chess-v0``.

    Episode end:
        Terminates where ``Chess-v0`` does and at the variant's own ends. Truncated after
        ``max_steps`` own moves, which counts as a draw. ``success`` means that the agent has won;
        ``score`` is 1, 0.5 or 0.

    Arguments:
        variant: One of the names above.
        opponent: As in ``Chess-v0``. ``greedy`` takes the most valuable piece whether that is wise
            or not; ``minimax`` judges material and mobility, and sees the variant's own ends.
            Stockfish plays ``chess960`` alone; ``uci:<path>`` names an engine that knows the
            variant.
        split: In ``chess960`` a fifth of the starting positions, by a hash of their number, are
            test positions. Elsewhere void: every game starts from the same position.
        wording: ``"train"`` (default) or ``"heldout"``, as in ``Chess-v0``.
        colour, max_steps, material_reward, nodes, engine_timeout: As in ``Chess-v0``.

        ``reset(options={"fen": ...})`` starts from another position, in the FEN that python-chess
        has for the variant.

    Version History:
        v0: first version (narration 1).
    """

    narrations = ("prose",)
    wordings = tuple(WORDINGS)

    def __init__(self, *, variant: str, opponent: str = "random", **arguments: Any) -> None:
        choose("variant", variant, VARIANTS)
        require(
            variant == "chess960" or not str(opponent).startswith("stockfish"),
            f"opponent={opponent!r}: Stockfish does not play {variant}; take another opponent, or "
            "an engine that knows the variant with 'uci:/path/to/engine'.",
        )
        self.variant = variant
        self._variant = VARIANTS[variant]
        self._vocabulary = self._variant.vocabulary
        super().__init__(opponent=opponent, **arguments)
        self._told = WORDINGS[self.wording]

    def _begin_game(self, options: dict[str, Any]) -> tuple[chess.Board, chess.Color]:
        board = starting_board(options.get("fen"), self._variant.board)
        if self.variant == "chess960" and options.get("fen") is None:
            board.set_chess960_pos(self._draw_position())
        return board, self._draw_colour()

    def _draw_position(self) -> int:
        """A number of the split's own, by Scharnagl's numbering."""
        while True:
            number = int(self.np_random.integers(POSITIONS))
            if is_test_position(number) == (self.split == "test"):
                return number

    def _statements(self) -> list[str]:
        goal, *told = super()._statements()
        goals = self._told.goals.get(self.variant)
        extras = tell_extras(self.game, self._colour, self._told)
        rules = self._told.rules[self.variant]
        return [goals[self._colour] if goals else goal, *rules, *told, *extras]

    def _legal(self) -> dict[int, str]:
        if self._ending is not None:
            return {}
        return variant_move_words(self.game, self._moves, self._vocabulary, self._told)

    def _tell_enemy_move(self, board: chess.Board, move: chess.Move) -> list[str]:
        return tell_variant_move(board, move, self._colour, self._told)

    def oracle_action(self) -> int | None:
        """Stockfish's move in ``chess960``; None in the other variants, which it does not play."""
        return super().oracle_action() if self.variant == "chess960" else None


def is_test_position(number: int) -> bool:
    """Whether a starting position of Chess960 (0 to 959) belongs to the test split."""
    return hashlib.sha256(str(number).encode()).digest()[0] % TEST_SHARE == 0
