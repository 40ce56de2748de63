"""Echo: the page says which word to choose. For learning tests that take seconds."""

from dataclasses import dataclass
from typing import Any

from .base import TextEnv
from .errors import InvalidArgument


@dataclass(frozen=True)
class EchoWording:
    """The words of one wording."""

    goal: str
    """The first statement."""
    told: str
    """The statement that names the ``word``."""
    say: str
    """The action of choosing the ``word``."""
    words: tuple[str, ...]
    """What there is to say."""


WORDINGS = {
    "train": EchoWording(
        goal="Your goal is to say the word that you read.",
        told="The word is {word}.",
        say="say {word}",
        words=("north", "south", "east", "west", "up", "down", "left", "right"),
    ),
    "heldout": EchoWording(
        goal="Repeating what this page shows you is your task.",
        told='"{word}" is shown here.',
        say="repeat {word}",
        words=(
            "northward",
            "southward",
            "eastward",
            "westward",
            "skyward",
            "earthward",
            "leftward",
            "rightward",
        ),
    ),
}
WORDS = WORDINGS["train"].words


class EchoEnv(TextEnv):
    """The page names a word, and choosing that word is right.

    Description:
        The identity task. At each step a word is drawn; the agent chooses a word from the list.

    Observation:
        A goal and one statement that names the word, e.g. ``The word is north.``

    Actions:
        ``Discrete(words)``: one word each, always all legal. Index k is always the same word.

    Rewards:
        1 for the right word, 0 otherwise.

    Episode end:
        Never terminates; truncated after ``max_steps``. ``score`` is the share of right choices,
        ``success`` means that every choice was right.

    Arguments:
        words: How many words there are, 2 to 8 (default 4).
        max_steps: Length of an episode (default 10).
        wording: ``"train"`` or ``"heldout"``, which has other sentences and synonyms of the words.
        split: Void: there is one level, and the words drawn in it are the same in both splits.

    Version History:
        v0: first version (narration 1).
    """

    wordings = tuple(WORDINGS)

    def __init__(self, *, words: int = 4, max_steps: int = 10, **common: Any) -> None:
        if not isinstance(words, int) or not 2 <= words <= len(WORDS):
            raise InvalidArgument(
                f"words={words!r} must be a whole number between 2 and {len(WORDS)}."
            )
        super().__init__(num_actions=words, max_steps=max_steps, **common)
        self._wording = WORDINGS[self.wording]
        self._choices = self._wording.words[:words]

    def _start(self, options: dict[str, Any]) -> None:
        self._right = 0
        self._draw()

    def _draw(self) -> None:
        self.game = int(self.np_random.integers(len(self._choices)))

    def _statements(self) -> list[str]:
        return [self._wording.goal, self._wording.told.format(word=self._choices[self.game])]

    def _legal(self) -> dict[int, str]:
        return {
            index: self._wording.say.format(word=word) for index, word in enumerate(self._choices)
        }

    def _play(self, action: int) -> tuple[float, bool]:
        right = action == self.game
        self._right += right
        self._draw()
        return float(right), False

    def _result(self) -> tuple[bool, float]:
        return self._right == self.max_steps, self._right / self.max_steps

    def oracle_action(self) -> int | None:
        """The index of the word on the page."""
        return int(self.game)
