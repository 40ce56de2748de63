"""Any Z-machine game as an environment."""

from pathlib import Path
from typing import Any

from . import adventure_games as games
from .adventure_env import AdventureEnv
from .adventure_heldout import HELDOUT_STORY
from .adventure_making import SMALL_HOUSE
from .adventure_wording import TRAIN
from .errors import InterpreterError, InvalidArgument
from .jericho_story import JerichoStory, check_rom

SEEDS = 2**15
"""How many seeds of the interpreter's random numbers are drawn from."""
WORDINGS = {"train": TRAIN, "heldout": HELDOUT_STORY}


class JerichoEnv(AdventureEnv):
    """Any Z-machine story file that the user has.

    Description:
        Jericho (Hausknecht et al. 2020, arXiv:1909.05398) plays a story file in a process of its
        own. It lists 57 games, whose scores and endings it knows; no listed game can be
        distributed, so none could be tested with this environment. It is tested on games that
        TextWorld and Inform 6 compile, which jericho does not list: there the score is read from
        the status line or from the answer to ``score``, and the end from the closing line (``***
        You have died ***``).

    Observation:
        A goal; the last action; what it brought about, if that is more than the new place (at
        first, the introduction); the place's description, one sentence on each line; the
        inventory.

    Actions:
        ``Discrete(num_actions)``: index k is the k-th command in alphabetical order. Jericho's own
        list of valid actions needs a spaCy model for listed games and is empty for others.
        Instead, verb templates are tried on the nouns of the page and undone; of those that lead
        to the same state of the world one is kept, of those that change nothing none. ``wait`` is
        always there. What the templates lack cannot be done.

    Rewards:
        The increase of the game's score at this step.

    Episode end:
        Terminates when the game ends; truncated after ``max_steps``. ``success`` means that jericho
        or the closing line says so, or that the game ended with its highest score; ``score`` is
        the game's score over the highest, where the game tells that one.

    Arguments:
        rom: The story file (``.z1`` to ``.z5``, ``.z8``). By default the small house of
            ``TextWorld-v0``: enough to try things out.
        game_seed: Of the interpreter's random numbers, 0 included; by default each episode draws
            another. (Jericho itself takes 0 for the seed of its walkthrough.)
        time_limit: Seconds that a step may take (default 60). When the interpreter crashes or
            takes longer, an `InterpreterError` ends the episode; a reset starts it again.
        page: Parts of the page below the goal: "last", "feedback", "room", "inventory". The last
            two are asked for in any case, since actions come from their nouns.
        num_actions: Places for commands (default 128); more commands than that is an error.
        wording: ``"train"`` (default) or ``"heldout"``: other words of the goal, of the actions and
            of what else is not the story's own prose, which stays.
        max_steps: Length of an episode (default 100).
        split: Void: there is one game.

    Version History:
        v0: first version (narration 1).
    """

    _story: JerichoStory  # type: ignore[assignment]

    def __init__(
        self,
        *,
        rom: str | None = None,
        game_seed: int | None = None,
        time_limit: float = 60.0,
        **common: Any,
    ) -> None:
        super().__init__(**common)
        if isinstance(time_limit, bool) or not time_limit > 0:
            raise InvalidArgument(f"time_limit={time_limit!r} must be a number of seconds above 0.")
        if game_seed is not None and (not isinstance(game_seed, int) or not 0 <= game_seed < SEEDS):
            raise InvalidArgument(f"game_seed={game_seed!r} must be a whole number below {SEEDS}.")
        self._wording = WORDINGS[self.wording]
        self._rom = None if rom is None else check_rom(rom)
        self._game_seed = game_seed
        self._story = JerichoStory(time_limit)

    def _find_game(self) -> Path:
        return self._rom or games.find_game(SMALL_HOUSE, 0)

    def _start(self, options: dict[str, Any]) -> None:
        drawn = int(self.np_random.integers(SEEDS))
        self._story.start(self._find_game(), drawn if self._game_seed is None else self._game_seed)
        self.game = self._story.game

    def _goal(self) -> str:
        return self._wording.story

    def _play(self, action: int) -> tuple[float, bool]:
        try:
            return super()._play(action)
        except InterpreterError:
            self._ended = True
            raise
