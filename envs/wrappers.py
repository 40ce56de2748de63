"""Wrappers for environments that tell their states in words."""

from collections import deque
from typing import Any, NamedTuple

import gymnasium as gym

from .base import CHARSET
from .errors import InvalidArgument, require

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
        return _look_up(action, self._indices, self)

    def _remember(self, info: dict[str, Any]) -> None:
        self._indices = _indices_by_key(info)


def find_action(text: str, info: dict[str, Any], env: gym.Env[Any, Any] | None = None) -> int:
    """The index of the legal action that ``text`` names, as `TextActions` understands it.

    Args:
        text: An action's words.
        info: The info beside the page.
        env: The environment, which may understand more than the words (chess: SAN and UCI).

    Returns:
        The index, or `NO_ACTION`.
    """
    return _look_up(text, _indices_by_key(info), env)


def _look_up(text: str, indices: dict[str, int], env: gym.Env[Any, Any] | None) -> int:
    found = indices.get(_key(text))
    if found is None and env is not None and hasattr(env.unwrapped, "parse_action"):
        found = env.unwrapped.parse_action(text)
    return NO_ACTION if found is None else found


def _indices_by_key(info: dict[str, Any]) -> dict[str, int]:
    legal = info["action_mask"].nonzero()[0]
    return {_key(words): int(index) for words, index in zip(info["actions"], legal, strict=True)}


NUMBERS = ("Two", "Three", "Four", "Five", "Six", "Seven", "Eight", "Nine", "Ten")
AGO = ("One step ago", *(f"{number} steps ago" for number in NUMBERS))
"""How long ago something was; `Recall` goes back as far as there are words for."""
LONGEST_LEAD = max(len(f"{ago} you chose: .") for ago in AGO)


class Moment(NamedTuple):
    """What `Recall` keeps of one step."""

    gone: list[str]
    """The statements of the page that the next page had no longer."""
    action: str
    """The words of the action taken on it."""


def require_pages(env: gym.Env[Any, Any]) -> None:
    """Check that an environment's observations are pages.

    Raises:
        InvalidArgument: They are not, as under ``narration="symbolic"``.
    """
    require(
        isinstance(env.observation_space, gym.spaces.Text),
        f"A page is needed here, and the observations are {env.observation_space}: leave out "
        "narration='symbolic'.",
    )


class Recall(gym.Wrapper[str, int, str, int], gym.utils.RecordConstructorArgs):
    """Tells the last ``k`` pages and actions again, for agents that remember nothing.

    After the page's own statements stands for each of the last ``k`` steps what was chosen, clause
    by clause, and which statements of that page the next one had no longer:
    ``Two steps ago you chose: turn left.`` and ``Two steps ago you read: A door is ahead.``
    Together with the present page these tell which statements each of those pages had lost since.
    Illegal actions change nothing, so they are not told again. The distinct statements grow
    ``k + 1`` times at most. An episode begins with nothing to recall.

    A wrapper that takes other actions (`TextActions`) goes around this one, not inside it.

    Args:
        env: An environment of alectors.
        k: How many steps are recalled, 1 to 10.

    Raises:
        InvalidArgument: ``k`` is no such number.
    """

    def __init__(self, env: gym.Env[str, int], k: int = 4) -> None:
        require(
            type(k) is int and 1 <= k <= len(AGO),
            f"k={k!r} must be a whole number from 1 to {len(AGO)}.",
        )
        require_pages(env)
        gym.utils.RecordConstructorArgs.__init__(self, k=k)
        super().__init__(env)
        self.k = k
        length = env.observation_space.max_length  # type: ignore[attr-defined]
        # A recalled statement of n characters and its line break take at most (n + 1) * this lead.
        self.observation_space = gym.spaces.Text(
            max_length=length * (1 + k * LONGEST_LEAD), charset=CHARSET
        )
        self._past: deque[Moment] = deque(maxlen=k)
        self._statements: list[str] = []
        self._words: dict[int, str] = {}

    def reset(
        self, *, seed: int | None = None, options: dict[str, Any] | None = None
    ) -> tuple[str, dict[str, Any]]:
        """Begin an episode; see the environment."""
        page, info = self.env.reset(seed=seed, options=options)
        self._past.clear()
        self._remember(page, info)
        return page, info

    def step(self, action: int) -> tuple[str, float, bool, bool, dict[str, Any]]:
        """Take an action.

        Args:
            action: An index of the action space.

        Returns:
            What the environment returns, the page with what is recalled after it.
        """
        page, reward, terminated, truncated, info = self.env.step(action)
        if int(action) in self._words:
            now = set(page.split("\n"))
            gone = [statement for statement in self._statements if statement not in now]
            self._past.appendleft(Moment(gone, self._words[int(action)]))
            self._remember(page, info)
        return "\n".join([page, *self._recalled()]), float(reward), terminated, truncated, info

    def _remember(self, page: str, info: dict[str, Any]) -> None:
        self._statements = page.split("\n")
        legal = map(int, info["action_mask"].nonzero()[0])
        self._words = dict(zip(legal, info["actions"], strict=True))

    def _recalled(self) -> list[str]:
        told = []
        for ago, moment in zip(AGO, self._past, strict=False):
            told += [f"{ago} you chose: {clause}." for clause in moment.action.split(", ")]
            told += [f"{ago} you read: {statement}" for statement in moment.gone]
        return list(dict.fromkeys(told))


def _key(text: str) -> str:
    return " ".join(text.split()).casefold()
