"""Chess, told in words from the agent's side."""

import math
from typing import Any

import chess
import gymnasium as gym
import numpy as np

from .base import Pixels, Symbols, TextEnv
from .chess_engine import UciEngine, find_stockfish
from .chess_moves import STANDARD, Vocabulary
from .chess_narrators import NARRATORS, Scene
from .chess_opponents import make_opponent
from .chess_parse import parse_move
from .chess_picture import board_svg, draw_board
from .chess_planes import plane_space, planes
from .chess_relations import MOST_LENGTH
from .chess_rules import Ending, Repetitions, balance, find_ending, starting_board
from .chess_sketch import sketch_board
from .errors import OpponentError, check_number, choose

COLOURS = ("white", "black", "random")
ORACLE_NODES = 20_000


class ChessEnv(TextEnv):
    """A game of chess against a built-in opponent or an engine.

    Description:
        The agent plays one side by the rules of python-chess; ``game`` is the ``chess.Board``. At
        each step it makes a move, and the opponent answers. Playing black, it meets the opponent's
        first move at reset.

    Observation:
        The goal, the agent's colour, one statement for each piece (``Your knight is on g1.``,
        ``The enemy queen is on d8.``), whether the agent is in check, castling rights, a possible
        en passant capture, the fifty-move clock and the moves left in coarse steps, whether the
        position has occurred before, and what the enemy's last move did.

        That is ``narration="prose"``. ``"relations"`` adds a statement for each attack, defence
        and pin (``Your knight on f3 attacks the enemy pawn on e5.``), which are many more distinct
        statements (`chess_relations`); ``"safety"`` adds where the enemy king can go (``The enemy
        king can go to g8.``) and, to the words of a move, the least valuable pieces that attack and
        defend where it leads (``…, attacked by a king, defended by a rook``); ``"terse"`` tells the
        same facts as ``"prose"`` in a few characters (``N g1.``); ``"fen"`` tells the goal, the
        position in Forsyth-Edwards notation and the clocks, with actions in UCI. ``"symbolic"``
        observes an array instead, ``Box(0, 1, (25, 8, 8), float32)``, described at
        `chess_planes.planes`; its actions have the words of ``"prose"``.

    Actions:
        ``Discrete(1968)``: all moves that UCI notation can name, in alphabetical order of their
        UCI text, so that an index is always the same move. The words of one are e.g. ``knight from
        g1 to f3, capturing a bishop, giving check``; a move that mates is told as giving check.

    Rewards:
        1 for a win, 0 for a draw, -1 for a loss. With ``material_reward`` each step adds that many
        points for each pawn of material that the balance has changed by since the agent's previous
        turn, its own move and the answer together (pieces count 1, 3, 3, 5, 9).

    Episode end:
        Terminates at checkmate, stalemate and insufficient material, and at the third occurrence
        of a position and after fifty moves without a capture or pawn move, where a draw is taken
        as claimed. Truncated after ``max_steps`` own moves, which counts as a draw. ``success``
        means that the agent has won; ``score`` is 1, 0.5 or 0. An illegal move under
        ``on_invalid="terminate"`` forfeits the game (score 0).

    Arguments:
        opponent: ``"random"`` (default); ``"greedy"``, which takes the most valuable piece it can,
            else promotes, else moves at random; ``"minimax-1"``, ``"minimax-2"``, ``"minimax-3"``,
            which search that many half-moves for material and mobility;
            ``"stockfish-<skill 0 to 20>"``;
            ``"uci:<path>"``, any UCI engine; ``"<module>:<callable>"``, called with the
            ``chess.Board`` and a ``numpy.random.Generator`` and returning a ``chess.Move``;
            ``"<module>:<factory>:<argument>"``, what the factory returns for the argument, such as
            ``"alectors.selfplay:from_run:<folder>"``, the agent that a training run has saved.
            Below skill 20 Stockfish draws from a chance of its own that no seed reaches: such
            games cannot be repeated.
        colour: ``"white"`` (default), ``"black"`` or ``"random"``, drawn at each reset.
        max_steps: Own moves after which an episode is truncated (default 100).
        material_reward: Reward for each pawn of material (default 0).
        nodes: Nodes that an engine may search for a move (default 10,000).
        engine_timeout: Seconds that an engine may take for a move (default 10); past that an
            ``OpponentError`` is raised.
        narration: ``"prose"`` (default), ``"relations"``, ``"safety"``, ``"terse"``, ``"fen"``,
            ``"symbolic"``.
        wording: ``"train"`` (default) or ``"heldout"``, which has other names of the pieces and
            other sentences, for pages and actions.
        render_mode: ``"ansi"`` or ``"rgb_array"``, the board from the agent's side.
        split: Void: every game starts from the same position.

        ``reset(options={"fen": ...})`` starts from another position. If it is the opponent's turn
        there, the opponent moves first; should that end the game, the first step, whatever its
        action, ends the episode.

    Version History:
        v0: first version (narration 1).
    """

    metadata: dict[str, Any] = {"render_modes": ["ansi", "rgb_array"], "render_fps": 2}
    narrations = tuple(NARRATORS["train"])
    wordings = tuple(NARRATORS)

    game: chess.Board
    _ending: Ending | None
    _vocabulary: Vocabulary = STANDARD

    def __init__(
        self,
        *,
        opponent: str = "random",
        colour: str = "white",
        max_steps: int = 100,
        material_reward: float = 0.0,
        nodes: int = 10_000,
        engine_timeout: float = 10.0,
        **common: Any,
    ) -> None:
        choose("colour", colour, COLOURS)
        check_number("material_reward", material_reward, least=-math.inf)
        check_number("nodes", nodes, least=1, kinds=(int,))
        check_number("engine_timeout", engine_timeout, least=0.001)
        super().__init__(
            num_actions=len(self._vocabulary.moves),
            max_steps=max_steps,
            max_length=MOST_LENGTH,
            **common,
        )
        self._narrator = NARRATORS[self.wording][self.narration]
        self._opponent = make_opponent(opponent, nodes=nodes, timeout=engine_timeout)
        self._colour_wanted, self._material_reward = colour, material_reward
        self._oracle: UciEngine | None = None

    # The hooks of TextEnv.

    def _start(self, options: dict[str, Any]) -> None:
        self.game, self._colour = self._begin_game(options)
        self._opponent_random = np.random.default_rng(int(self.np_random.integers(2**63)))
        self._opponent.begin()
        self._repetitions = Repetitions()
        self._enemy_move: list[str] = []
        self._settle()
        if self.game.turn != self._colour:
            self._reply()
        self._balance = balance(self.game, self._colour)

    def _begin_game(self, options: dict[str, Any]) -> tuple[chess.Board, chess.Color]:
        """The board that an episode starts from, and the agent's colour."""
        return starting_board(options.get("fen")), self._draw_colour()

    def _draw_colour(self) -> chess.Color:
        if self._colour_wanted == "random":
            return bool(self.np_random.integers(2))
        return self._colour_wanted == "white"

    def _statements(self) -> list[str]:
        return [self._goal(), *self._narrator.tell(self._scene())]

    def _goal(self) -> str:
        return self._narrator.goal

    def _scene(self) -> Scene:
        return Scene(
            self.game,
            self._colour,
            self._ending,
            self._occurrences,
            self._moves_left(),
            self._enemy_move,
        )

    def _symbol_space(self) -> gym.spaces.Box:
        return plane_space()

    def _symbols(self) -> Symbols:
        answered = self.game.turn == self._colour and self.game.move_stack
        return planes(
            self.game,
            self._colour,
            self._occurrences,
            max(0, self._moves_left()) / self.max_steps,
            self.game.peek() if answered else None,
        )

    def _picture(self) -> Pixels:
        return draw_board(self.game, self._colour)

    def svg(self) -> str:
        """The picture as an SVG, which needs no further package."""
        return board_svg(self.game, self._colour)

    def sketch(self) -> str:
        """The board for a terminal, the agent's side at the bottom."""
        return sketch_board(self.game, self._colour)

    def _moves_left(self) -> int:
        """Own moves until the episode is over at the latest."""
        return self.max_steps - self._steps

    def _legal(self) -> dict[int, str]:
        return {} if self._ending is not None else self._narrator.move_words(self.game, self._moves)

    def _play(self, action: int) -> tuple[float, bool]:
        self._enemy_move = []
        self.game.push(self._vocabulary.moves[action])
        self._settle()
        if self._ending is None:
            self._reply()
        return self._reward(), self._ending is not None

    def _reject(self, action: object) -> tuple[float, bool]:
        if self._ending is not None:  # The opponent's first move at reset ended the game.
            return self._reward(), True
        reward, terminated = super()._reject(action)
        if terminated:
            self._ending = Ending(0.0, "making an illegal move")
        return reward, terminated

    def _result(self) -> tuple[bool, float]:
        score = 0.5 if self._ending is None else self._ending.score
        return score == 1.0, score

    # The game.

    def _settle(self) -> None:
        """Look at the position that a move has brought about."""
        self._moves = list(self.game.generate_legal_moves())
        self._occurrences = self._repetitions.count(self.game)
        self._ending = find_ending(self.game, self._colour, bool(self._moves), self._occurrences)

    def _reply(self) -> None:
        try:
            move = self._opponent(self.game, self._opponent_random)
        except OpponentError:
            self._ended = True  # The agent's move stands unanswered: only reset() goes on.
            raise
        self._enemy_move = self._tell_enemy_move(self.game, move)
        self.game.push(move)
        self._settle()

    def _tell_enemy_move(self, board: chess.Board, move: chess.Move) -> list[str]:
        return self._narrator.tell_enemy_move(board, move)

    def _reward(self) -> float:
        result = 0.0 if self._ending is None else 2 * self._ending.score - 1
        if not self._material_reward:
            return result
        before, self._balance = self._balance, balance(self.game, self._colour)
        return result + self._material_reward * (self._balance - before)

    # What others may use.

    def look(self, board: chess.Board) -> tuple[str, dict[str, Any]]:
        """What the side to move would be told on the board of another game.

        For an agent that sits at that board as somebody's opponent. An episode of this environment
        is over with it.

        Args:
            board: A position in which the game goes on, with the moves that led to it.

        Returns:
            The page and the info, as from ``reset``.
        """
        self._ended, self._invalid_actions = True, 0
        self.game, self._colour = board.copy(), board.turn
        self._steps = min(len(board.move_stack) // 2, self.max_steps - 1)
        self._enemy_move = []
        if self.game.move_stack:
            move = self.game.pop()
            self._enemy_move = self._tell_enemy_move(self.game, move)
            self.game.push(move)
        self._repetitions = Repetitions()
        self._settle()
        self._occurrences = sum(board.is_repetition(number) for number in (1, 2, 3))
        return self._tell(notice=None, ended=False)

    def move_of(self, index: int) -> chess.Move:
        """The move that an index of the action space stands for."""
        return self._vocabulary.moves[index]

    def parse_action(self, text: str) -> int | None:
        """The index of the legal move that a text names in UCI or SAN, or None.

        Case matters only where two moves differ by it (``bxc3`` and ``Bxc3``).
        """
        moves = self._moves if self._words else ()
        return parse_move(text, self.game, moves, self._vocabulary) if moves else None

    def oracle_action(self) -> int | None:
        """The move of Stockfish at full skill and 20,000 nodes; None where it is not installed."""
        path = find_stockfish()
        if path is None or not self._words:
            return None
        if self._oracle is None:
            self._oracle = UciEngine(path, ORACLE_NODES, 10.0)
        self._oracle.begin()  # Nothing remembered, so that the answer depends on the state alone.
        return self._vocabulary.index_of(self._oracle(self.game, self._opponent_random))

    def close(self) -> None:
        """End the engines' processes; a later reset starts them again."""
        self._opponent.close()
        if self._oracle is not None:
            self._oracle.close()
        super().close()
