"""Echo: the page says which word to choose. For learning tests that take seconds."""

from typing import Any

from .base import TextEnv
from .errors import InvalidArgument

WORDS = ("north", "south", "east", "west", "up", "down", "left", "right")


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
        split: Void: there is one level, and the words drawn in it are the same in both splits.

    Version History:
        v0: first version (narration 1).
    """

    def __init__(self, *, words: int = 4, max_steps: int = 10, **common: Any) -> None:
        if not isinstance(words, int) or not 2 <= words <= len(WORDS):
            raise InvalidArgument(
                f"words={words!r} must be a whole number between 2 and {len(WORDS)}."
            )
        super().__init__(num_actions=words, max_steps=max_steps, **common)
        self._choices = WORDS[:words]

    def _start(self, options: dict[str, Any]) -> None:
        self._right = 0
        self._draw()

    def _draw(self) -> None:
        self.game = int(self.np_random.integers(len(self._choices)))

    def _statements(self) -> list[str]:
        return [
            "Your goal is to say the word that you read.",
            f"The word is {self._choices[self.game]}.",
        ]

    def _legal(self) -> dict[int, str]:
        return {index: f"say {word}" for index, word in enumerate(self._choices)}

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
