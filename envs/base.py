"""The contract that every environment of alectors keeps: `TextEnv`."""

import string
from collections.abc import Callable, Sequence
from functools import partial
from typing import Any, ClassVar, Self

import gymnasium as gym
import numpy as np

from .errors import InvalidAction, InvalidArgument, TooManyActions, choose

CHARSET = string.ascii_letters + string.digits + string.punctuation + " \n"
"""The characters a page may hold: printable ASCII, the space and the line break."""

ON_INVALID = ("noop", "penalty", "terminate", "error")
INVALID_PENALTY = -0.1
"""The reward of an illegal action under ``on_invalid="penalty"`` (dimensionless)."""

Symbols = np.ndarray[tuple[int, ...], np.dtype[np.float32]]
"""A state as ``narration="symbolic"`` observes it."""

Pixels = np.ndarray[tuple[int, int, int], np.dtype[np.uint8]]
"""A picture: rows, columns and the three colours of RGB."""

NOTICE = "Your last choice was not a legal action, so nothing happened."
NOTICES = {
    "train": NOTICE,
    "heldout": "Nothing changed because what you chose last is not allowed here.",
}
"""The statement that follows the goal after an illegal action, by wording."""

SYMBOLIC = "symbolic"
"""The narration that observes an array of numbers instead of a page."""
TEST_SEEDS = range(0, 1_000_000)
TRAIN_SEEDS = range(1_000_000, 2**31 - 1)


class TextEnv(gym.Env[str, int]):
    """An environment whose observation is a page: a ``str`` with one statement on each line.

    A subclass supplies the hooks below; this class turns them into Gymnasium's ``reset`` and
    ``step``, the action mask and its words, illegal actions, truncation and pickling.

    Hooks:
        ``_start(options)`` begins an episode, drawing only from ``self.np_random``;
        ``_statements()`` tells the state, the goal first;
        ``_legal()`` maps each legal index, ascending, to its words;
        ``_play(action)`` applies a legal action and returns (reward, terminated);
        ``_result()`` returns (success, score in [0, 1]) of the episode that has just ended;
        ``_symbol_space()`` and ``_symbols()``, where ``narration="symbolic"`` exists, are its Box
        and the array that tells the state;
        ``_picture()``, where ``metadata`` has the render mode ``"rgb_array"``, draws the state.

    Attributes:
        game: The rules object behind the words (``chess.Board``, the MiniGrid environment, …).
        max_steps: Own actions after which an episode is truncated.
        split: ``"train"`` or ``"test"``: which levels are drawn.
    """

    metadata: dict[str, Any] = {"render_modes": ["ansi"], "render_fps": 4}
    narrations: ClassVar[tuple[str, ...]] = ("prose",)
    wordings: ClassVar[tuple[str, ...]] = ("train",)
    narration_version: ClassVar[int] = 1
    """Raised whenever a word of the pages or of the actions changes."""

    game: Any
    _arguments: dict[str, Any]

    def __new__(cls, **kwargs: Any) -> Self:
        """Remember the constructor's arguments, which are all that pickling keeps."""
        env = super().__new__(cls)
        env._arguments = kwargs
        return env

    def __init__(
        self,
        *,
        num_actions: int,
        max_steps: int,
        max_length: int = 10_000,
        split: str = "train",
        on_invalid: str = "noop",
        narration: str = "prose",
        wording: str = "train",
        render_mode: str | None = None,
    ) -> None:
        choose("split", split, ("train", "test"))
        choose("on_invalid", on_invalid, ON_INVALID)
        choose("narration", narration, self.narrations)
        choose("wording", wording, self.wordings)
        if render_mode is not None:
            choose("render_mode", render_mode, self.metadata["render_modes"])
        for name, value in (("max_steps", max_steps), ("num_actions", num_actions)):
            if isinstance(value, bool) or not isinstance(value, int) or value < 1:
                raise InvalidArgument(f"{name}={value!r} must be a whole number of at least 1.")
        self.max_steps, self.split, self.on_invalid = max_steps, split, on_invalid
        self.narration, self.wording, self.render_mode = narration, wording, render_mode
        self.observation_space = (
            self._symbol_space()  # type: ignore[assignment]  # the one exception to pages
            if narration == SYMBOLIC
            else gym.spaces.Text(max_length=max_length, charset=CHARSET)
        )
        self.action_space = gym.spaces.Discrete(num_actions)  # type: ignore[assignment]
        self._steps = 0
        self._invalid_actions = 0
        self._ended = True
        self._page = ""
        self._words: dict[int, str] = {}

    # What a subclass supplies.

    def _start(self, options: dict[str, Any]) -> None:
        raise NotImplementedError

    def _statements(self) -> list[str]:
        raise NotImplementedError

    def _legal(self) -> dict[int, str]:
        raise NotImplementedError

    def _play(self, action: int) -> tuple[float, bool]:
        raise NotImplementedError

    def _result(self) -> tuple[bool, float]:
        raise NotImplementedError

    def _symbol_space(self) -> gym.spaces.Box:
        raise NotImplementedError

    def _symbols(self) -> Symbols:
        raise NotImplementedError

    def _picture(self) -> Pixels:
        raise NotImplementedError

    def sketch(self) -> str | None:
        """The state drawn with letters and ANSI colours for a terminal; None where nothing is."""
        return None

    def svg(self) -> str | None:
        """The picture of the state as an SVG; None where it is drawn in pixels or not at all."""
        return None

    def oracle_action(self) -> int | None:
        """The index of a good action in the present state, or None where none can be computed."""
        return None

    # What Gymnasium calls.

    def reset(
        self, *, seed: int | None = None, options: dict[str, Any] | None = None
    ) -> tuple[str, dict[str, Any]]:
        """Begin an episode.

        Args:
            seed: Decides everything that follows, 0 included; None goes on with the present stream.
            options: Passed to the environment's own start; unknown ones are ignored.

        Returns:
            The page (under ``narration="symbolic"`` an array, here and in `step`), and the info
            with ``actions``, ``action_mask`` and ``invalid_actions``.
        """
        super().reset(seed=seed)
        self._steps = self._invalid_actions = 0
        self._ended = True  # until the start has succeeded
        self._start(options or {})
        self._ended = False
        return self._tell(notice=None, ended=False)

    def step(self, action: int) -> tuple[str, float, bool, bool, dict[str, Any]]:
        """Take one action.

        Args:
            action: An index of the action space; what an illegal one does is ``on_invalid``.

        Returns:
            page, reward, terminated, truncated, info. At an episode's end the info also has
            ``success`` (bool) and ``score`` (0 to 1).

        Raises:
            InvalidAction: The action is illegal and ``on_invalid="error"``.
            gymnasium.error.ResetNeeded: The episode has ended, or was never begun.
        """
        if self._ended:
            raise gym.error.ResetNeeded("The episode has ended: call reset() before step().")
        legal = int(action) in self._words
        reward, terminated = self._play(int(action)) if legal else self._reject(action)
        self._steps += 1
        truncated = not terminated and self._steps >= self.max_steps
        self._ended = terminated or truncated
        page, info = self._tell(notice=None if legal else NOTICES[self.wording], ended=self._ended)
        return page, float(reward), terminated, truncated, info

    def render(self) -> Any:
        """The page in ``render_mode="ansi"``, a picture in ``"rgb_array"``; it changes nothing."""
        if self.render_mode == "rgb_array":
            return self._picture()
        return self._page if self.render_mode == "ansi" else None

    def __reduce__(self) -> tuple[Callable[[], Self], tuple[()]]:
        # Constructor arguments only: simulators hold processes and pointers that cannot be pickled.
        return partial(type(self), **self._arguments), ()

    # What subclasses may use.

    def _draw_level_seed(self) -> int:
        """A level seed from the split's own range; the two ranges are disjoint."""
        seeds = TRAIN_SEEDS if self.split == "train" else TEST_SEEDS
        return int(self.np_random.integers(seeds.start, seeds.stop))

    def _reject(self, action: object) -> tuple[float, bool]:
        self._invalid_actions += 1
        if self.on_invalid == "error":
            raise InvalidAction(
                f"Action {action!r} is not legal now. Legal indices: {_some(list(self._words))} "
                "(see info['action_mask'])."
            )
        return INVALID_PENALTY if self.on_invalid == "penalty" else 0.0, (
            self.on_invalid == "terminate"
        )

    def _tell(self, notice: str | None, ended: bool) -> tuple[str, dict[str, Any]]:
        goal, *rest = self._statements()
        self._page = "\n".join([goal, notice, *rest] if notice else [goal, *rest])
        # An illegal action changes nothing, so what is legal stays; yet an episode can end on one.
        if notice is None or ended:
            self._words = self._legal()
            self._check_room()
        info: dict[str, Any] = {
            "actions": list(self._words.values()),
            "action_mask": self._mask(),
            "invalid_actions": self._invalid_actions,
        }
        if ended:
            info["success"], info["score"] = self._result()
        return self._observe(), info

    def _observe(self) -> Any:
        """What ``reset`` and ``step`` return: the page, or the array of a symbolic narration."""
        return self._symbols() if self.narration == SYMBOLIC else self._page

    def _mask(self) -> np.ndarray[tuple[int], np.dtype[np.int8]]:
        mask = np.zeros(self._num_actions, dtype=np.int8)
        mask[list(self._words)] = 1
        return mask

    @property
    def _num_actions(self) -> int:
        return int(self.action_space.n)  # type: ignore[attr-defined]

    def _check_room(self) -> None:
        if self._words and max(self._words) >= self._num_actions:
            raise TooManyActions(
                f"{len(self._words)} actions are legal here, and the action space has "
                f"{self._num_actions} places: make the environment with a larger num_actions."
            )


def _some(items: Sequence[object], most: int = 12) -> str:
    shown = ", ".join(map(str, items[:most]))
    return shown + (f" and {len(items) - most} more" if len(items) > most else "")
