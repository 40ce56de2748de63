"""Chess problems: a forced mate to find."""

from typing import Any

import chess
import numpy as np

from .chess_env import ChessEnv
from .chess_mates import LEVELS, find_shortest_mate, mate_position, play_longest
from .chess_moves import index_of
from .chess_opponents import Rule
from .chess_rules import starting_board
from .errors import require


class ChessMateEnv(ChessEnv):
    """A position with a forced mate, which the agent is to find.

    Description:
        The agent is to move in a position from a game that a random or greedy player has played
        against another. A search has proved that it can force mate in exactly ``moves`` moves.
        The enemy puts the mate off as long as it can, or escapes it.

    Observation:
        That of ``alectors/Chess-v0``.

    Actions:
        Those of ``alectors/Chess-v0``. Any first move that forces mate in time is as good as
        another.

    Rewards:
        1 for mate, -1 for being mated, else 0.

    Episode end:
        Terminates as ``alectors/Chess-v0`` does, and after ``moves`` own moves without mate.
        Truncated after ``max_steps`` actions, illegal ones included. ``success`` means that the
        agent has mated; ``score`` is then 1, else 0.

    Arguments:
        moves: The agent's moves to mate: 1 (default), 2 or 3.
        colour: ``"white"`` (default), ``"black"`` or ``"random"``, drawn at each reset.
        max_steps: Actions after which an episode is truncated (default 10).
        split: By a hash of the position. There are 20,000 positions to train on and 500 to test on
            for each ``moves``; mates in two or three are looked for when they are first needed in
            a process.
        narration, wording: As in ``alectors/Chess-v0``.

        ``reset(options={"fen": ...})`` starts from another position, the agent to move.
        ``oracle_action`` is exact as long as the mate is still forced within ``moves``; else it is
        Stockfish's, or None where that is not installed.

    Version History:
        v0: first version (narration 1).
    """

    def __init__(
        self,
        *,
        moves: int = 1,
        colour: str = "white",
        max_steps: int = 10,
        **common: Any,
    ) -> None:
        require(
            isinstance(moves, int) and not isinstance(moves, bool) and moves in (1, 2, 3),
            f"moves={moves!r} must be 1, 2 or 3, the agent's moves to mate.",
        )
        require("opponent" not in common, "The enemy of a problem is fixed: leave out opponent.")
        super().__init__(
            opponent="random",
            colour=colour,
            max_steps=max_steps,
            **common,
        )
        self._opponent = Rule(self._resist)
        self._mate_moves = moves

    # The hooks of ChessEnv and TextEnv.

    def _begin_game(self, options: dict[str, Any]) -> tuple[chess.Board, chess.Color]:
        if options.get("fen") is not None:
            board = starting_board(options["fen"])
        else:
            level = int(self.np_random.integers(LEVELS[self.split]))
            board = chess.Board(mate_position(self._mate_moves, self.split, level))
            board = board if self._draw_colour() == board.turn else board.mirror()
        return board, board.turn

    def _result(self) -> tuple[bool, float]:
        success, _ = super()._result()
        return success, float(success)

    def _play(self, action: int) -> tuple[float, bool]:
        reward, terminated = super()._play(action)
        return reward, terminated or self._moves_to_mate() <= 0

    def _moves_left(self) -> int:
        return min(super()._moves_left(), self._moves_to_mate())

    def _moves_to_mate(self) -> int:
        """The agent's moves until it must have mated."""
        return self._mate_moves - (len(self.game.move_stack) + 1) // 2

    def _resist(self, board: chess.Board, rng: np.random.Generator) -> chess.Move:
        return play_longest(board, self._moves_to_mate(), rng)

    def oracle_action(self) -> int | None:
        """The first move of a shortest forced mate; where there is none, Stockfish's move."""
        mate = find_shortest_mate(self.game, self._moves_to_mate()) if self._words else None
        return super().oracle_action() if mate is None else index_of(mate[1])
