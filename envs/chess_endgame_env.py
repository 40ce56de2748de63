"""Chess endgames: a few pieces, and a king to mate."""

import math
from typing import Any

import chess
import numpy as np
from numpy.typing import NDArray

from .chess_env import ChessEnv
from .chess_moves import MOVES, index_of
from .chess_opponents import Rule
from .chess_rules import starting_board
from .chess_starts import draw_any, draw_won, material_of, read_material
from .chess_tables import TABLED, best_moves, moves_to_mate, play_perfect, table
from .errors import InvalidArgument, check_number, choose, require

DEFENDERS = ("random", "perfect")


class ChessEndgameEnv(ChessEnv):
    """An endgame of chess: the agent has the pieces, and is to mate.

    Description:
        A game of chess from a position of a few pieces, drawn at each reset, the agent to move.
        Queen, rook or pawn against the bare king are solved by retrograde analysis: their starting
        positions are won, and can be drawn by how far away the mate is.

    Observation:
        That of ``alectors/Chess-v0``.

    Actions:
        Those of ``alectors/Chess-v0``.

    Rewards:
        1 for a win, 0 for a draw, -1 for a loss. With ``distance_reward`` each legal move adds
        ``distance_reward * (discount * potential after - potential before)``, where the potential
        is minus the moves to mate that best play still needs at the agent's turn: 0 after mate, and
        one more than the longest win needs where the win is gone or the game drawn. To a learner
        with that discount this is shaping (Ng, Harada and Russell 1999, "Policy invariance under
        reward transformations") of a game in which a draw also costs that much.

    Episode end:
        As in ``alectors/Chess-v0``: ``success`` means that the agent has mated; ``score`` is 1, 0.5
        for a draw or a truncated game, or 0. Where there is a table, the info at the end also has
        ``optimal``: the share of the agent's legal moves that were on a shortest way to mate.

    Arguments:
        pieces: The material, the agent's pieces and then the defender's, each beginning with its
            king: ``"KQK"`` (default), ``"KRK"``, ``"KRRK"``, ``"KBBK"``, ``"KPK"``, ``"KRPKB"``, …,
            at most ten. KQK, KRK and KPK have tables.
        defender: ``"random"`` (default), or ``"perfect"``, which draws where it can and else
            puts the mate off as long as possible (needs a table).
        mate_distance: The fewest and the most moves that the mate may be away at the start (needs
            a table); by default any. The longest wins take 10 moves in KQK, 16 in KRK, 28 in KPK.
        nearness: How starts are spread over the distances to mate (needs a table). By default each
            position is equally likely, so that most are far from mate; with a number p >= 0 a
            distance of d moves is drawn with weight ``d ** -p``: with 0 all distances are equally
            likely, with 1 a mate in one is twice as likely as a mate in two.
        distance_reward: Reward for each move that the mate comes nearer (default 0; needs a table).
        discount: The learner's discount, for ``distance_reward`` (default 0.99).
        colour: ``"white"`` (default), ``"black"`` or ``"random"``, drawn at each reset.
        material_reward: Reward for each pawn of material (default 0).
        max_steps: Own moves after which an episode is truncated (default 50).
        split: By a hash of the starting position, its reflections being one with it: half of the
            positions are for training, the others for testing.
        narration, wording: As in ``alectors/Chess-v0``.

        ``reset(options={"fen": ...})`` starts from another position of the same material, the agent
        to move. ``oracle_action`` is exact where there is a table and the position still won; else
        it is Stockfish's, or None where that is not installed.

    Version History:
        v0: first version (narration 1).
    """

    def __init__(
        self,
        *,
        pieces: str = "KQK",
        defender: str = "random",
        mate_distance: tuple[int, int] | list[int] | None = None,
        nearness: float | None = None,
        distance_reward: float = 0.0,
        discount: float = 0.99,
        colour: str = "white",
        material_reward: float = 0.0,
        max_steps: int = 50,
        **common: Any,
    ) -> None:
        choose("defender", defender, DEFENDERS)
        check_number("distance_reward", distance_reward, least=-math.inf)
        check_number("discount", discount, least=0)
        require("opponent" not in common, "The enemy of an endgame is its defender: set that.")
        super().__init__(
            opponent="random",
            colour=colour,
            material_reward=material_reward,
            max_steps=max_steps,
            **common,
        )
        self._material = read_material(pieces)
        self._tabled = self._material in TABLED
        if defender == "perfect":
            self._need_table("defender", defender)
            self._opponent = Rule(play_perfect)
        if distance_reward:
            self._need_table("distance_reward", distance_reward)
        self._distance_reward, self._discount = distance_reward, discount
        if nearness is not None:
            check_number("nearness", nearness, least=0)
            self._need_table("nearness", nearness)
        self._starts, self._odds = self._find_starts(mate_distance, nearness)

    def _need_table(self, name: str, value: object) -> None:
        require(
            self._tabled,
            f"{name}={value!r} needs a table of the endgame, and {self._material} has none: "
            f"leave it out, or choose pieces from {', '.join(TABLED)}.",
        )

    def _find_starts(
        self, mate_distance: object, nearness: float | None
    ) -> tuple[list[NDArray[np.int64]], NDArray[np.float64]]:
        """Where an episode may start, as the table counts positions, in groups; none without one.

        Also how likely each group is: with ``nearness`` there is one for each distance.
        """
        if mate_distance is not None:
            self._need_table("mate_distance", mate_distance)
        if not self._tabled:
            return [], np.zeros(0)
        solved = table(self._material)
        low, high = _read_range(mate_distance, solved.longest)
        if nearness is None:
            return [solved.starts(low, high)], np.ones(1)
        distances = range(low, min(high, solved.longest) + 1)
        weights = (low / np.array(distances)) ** float(nearness)  # at most 1: no power overflows
        return [solved.starts(d, d) for d in distances], weights / weights.sum()

    # The hooks of ChessEnv and TextEnv.

    def _begin_game(self, options: dict[str, Any]) -> tuple[chess.Board, chess.Color]:
        if options.get("fen") is not None:
            board = starting_board(options["fen"])
            require(
                material_of(board) == self._material,
                f"options['fen']={options['fen']!r} is not a position of {self._material} with the "
                "side that has those pieces first to move.",
            )
        else:
            board = self._draw_start()
            board = board if self._draw_colour() == chess.WHITE else board.mirror()
        return board, board.turn

    def _draw_start(self) -> chess.Board:
        if self._tabled:
            return draw_won(self._material, self._draw_group(), self.split, self.np_random)
        return draw_any(self._material, self.split, self.np_random)

    def _draw_group(self) -> NDArray[np.int64]:
        if len(self._starts) == 1:
            return self._starts[0]
        return self._starts[int(self.np_random.choice(len(self._odds), p=self._odds))]

    def _start(self, options: dict[str, Any]) -> None:
        super()._start(options)
        self._played = self._shortest = 0
        self._distance = self._find_distance()

    def _play(self, action: int) -> tuple[float, bool]:
        self._played += 1
        self._shortest += self._is_shortest(MOVES[action])
        reward, terminated = super()._play(action)
        before, self._distance = self._potential(), self._find_distance()
        if self._distance_reward:
            after = self._potential(drawn=terminated and not self.game.is_checkmate())
            reward += self._distance_reward * (self._discount * after - before)
        return reward, terminated

    def _tell(self, notice: str | None, ended: bool) -> tuple[str, dict[str, Any]]:
        page, info = super()._tell(notice, ended)
        if ended and self._tabled:
            info["optimal"] = self._shortest / max(self._played, 1)
        return page, info

    # The table.

    def _find_distance(self) -> int | None:
        return moves_to_mate(self.game, self._colour) if self._tabled else None

    def _potential(self, drawn: bool = False) -> float:
        """Minus the moves to mate at the agent's turn; lowest where the win is gone.

        A draw counts as that, too: 0 would reward throwing a far win away.
        """
        if self._tabled and (drawn or self._distance is None):
            return -float(table(self._material).longest + 1)
        return -float(self._distance or 0)

    def _is_shortest(self, move: chess.Move) -> bool:
        if self._distance is None:
            return False
        self.game.push(move)
        left = moves_to_mate(self.game, self._colour)
        self.game.pop()
        return left == self._distance - 1

    def oracle_action(self) -> int | None:
        """A move on a shortest way to mate; where there is none, or no table, Stockfish's."""
        if self._distance is None or not self._words:
            return super().oracle_action()
        return index_of(best_moves(self.game, self._colour)[0])


def _read_range(mate_distance: object, longest: int) -> tuple[int, int]:
    if mate_distance is None:
        return 1, longest
    match mate_distance:
        case [int(low), int(high)] if 1 <= low <= high and low <= longest:
            return low, high
    raise InvalidArgument(
        f"mate_distance={mate_distance!r} must be two whole numbers of moves, the fewest and the "
        f"most, that begin between 1 and {longest} here, as in (1, 3)."
    )
