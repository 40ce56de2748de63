"""Wrappers for environments that tell their states in words."""

from typing import Any

import gymnasium as gym

from .base import CHARSET
from .errors import InvalidArgument

NO_ACTION = -1
"""An index that no action has: what a text that names no legal action is turned into."""


class TextActions(gym.Wrapper[str, str, str, int], gym.utils.RecordConstructorArgs):
    """Takes an action's words instead of its index, so that a person or a language model can play.

    The text is compared with ``info["actions"]`` in any case and spacing; an environment may
    understand more (chess: SAN and UCI). Any other text is an illegal action, and does what
    ``on_invalid`` says.

    Args:
        env: An environment of alectors.
        max_length: Characters of an action in ``action_space``; longer texts are illegal actions.
    """

    def __init__(self, env: gym.Env[str, int], max_length: int = 1000) -> None:
        gym.utils.RecordConstructorArgs.__init__(self, max_length=max_length)
        super().__init__(env)  # type: ignore[arg-type]  # an environment of indices inside
        self.max_length = max_length
        self.action_space = gym.spaces.Text(max_length=max_length, charset=CHARSET)
        self._indices: dict[str, int] = {}

    def reset(
        self, *, seed: int | None = None, options: dict[str, Any] | None = None
    ) -> tuple[str, dict[str, Any]]:
        """Begin an episode; see the environment."""
        page, info = self.env.reset(seed=seed, options=options)
        self._remember(info)
        return page, info

    def step(self, action: str) -> tuple[str, float, bool, bool, dict[str, Any]]:
        """Take the action that ``action`` names.

        Args:
            action: An action's words.

        Returns:
            What the environment returns.
        """
        page, reward, terminated, truncated, info = self.env.step(self.index(action))  # type: ignore[arg-type]
        self._remember(info)
        return page, float(reward), terminated, truncated, info

    def index(self, action: str) -> int:
        """The index of the legal action that ``action`` names, or `NO_ACTION`."""
        if not isinstance(action, str):
            raise InvalidArgument(f"TextActions takes a string, and was given {action!r}.")
        if len(action) > self.max_length:
            return NO_ACTION
        found = self._indices.get(_key(action))
        if found is None and hasattr(self.unwrapped, "parse_action"):
            found = self.unwrapped.parse_action(action)
        return NO_ACTION if found is None else found

    def _remember(self, info: dict[str, Any]) -> None:
        legal = info["action_mask"].nonzero()[0]
        self._indices = {
            _key(words): int(index) for words, index in zip(info["actions"], legal, strict=True)
        }


def _key(text: str) -> str:
    return " ".join(text.split()).casefold()
