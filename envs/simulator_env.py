"""What the environments of simulators share: folds, pages and what ends an episode."""

from typing import Any, ClassVar

from . import adventure_words as words
from .adventure_env import AdventureEnv
from .adventure_wording import AdventureWording
from .errors import InterpreterError, choose
from .simulator_story import SimulatorStory

FOLDS = ("train", "dev", "test")
TOLD = {"look around": "room", "inventory": "inventory"}
"""Commands whose answer is a part of the page."""


class SimulatorEnv(AdventureEnv):
    """What the environments of simulators share.

    A subclass supplies ``_choose(fold)``, which draws the next game from a fold.

    Args:
        story: The game, which is not begun yet.
        fold: The part of the simulator's games that is played; by default as ``split`` says.
        **common: Arguments of `AdventureEnv`.
    """

    languages: ClassVar[dict[str, AdventureWording]]
    """The wordings."""

    _story: SimulatorStory  # type: ignore[assignment]

    def __init__(self, *, story: SimulatorStory, fold: str | None = None, **common: Any) -> None:
        super().__init__(**common)
        if fold is not None:
            choose("fold", fold, FOLDS)
        self._fold = fold or self.split
        self._wording = self.languages[self.wording]
        self._story = story

    def _choose(self, fold: str) -> None:
        raise NotImplementedError

    def _start(self, options: dict[str, Any]) -> None:
        self._choose(self._fold)
        self._story.start()
        self.game = self._story.game

    def _goal(self) -> str:
        return words.goal_statement(self._story.objective, self._wording)

    def _commands(self) -> list[str]:
        return [c for c in self._story.commands if TOLD.get(c) not in self._parts]

    def _play(self, action: int) -> tuple[float, bool]:
        before, command = self._story.score, self._commands()[action]
        try:
            self._story.step(command)
        except InterpreterError:
            self._ended = True
            raise
        return self._story.score - before, self._story.ended

    def oracle_action(self) -> int | None:
        """The next command of the simulator's own solution while on its path, else None."""
        return None if self._story.ended else self._index(self._story.plan())
