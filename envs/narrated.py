"""Any Gymnasium environment with discrete actions, told in words: `narrate`."""

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Any, Self, TypeVar

import gymnasium as gym
import numpy as np
from gymnasium.envs.registration import EnvSpec

from .base import Pixels, TextEnv
from .errors import InvalidArgument, choose
from .importing import import_callable
from .sketching import sketch_map

Wording = TypeVar("Wording")
Narrator = Callable[[Any, dict[str, Any]], Sequence[str]]
"""From (observation, info) to the statements of the page, the goal first."""
Masker = Callable[[Any, dict[str, Any]], Sequence[int] | np.ndarray]
"""From (observation, info) to one number for each action: 0 where it is illegal."""
Judge = Callable[[float, bool], tuple[bool, float]]
"""From (the episode's return, whether it terminated) to (success, score in [0, 1])."""

MAX_STEPS = 1_000
"""Length of an episode where neither the caller nor the environment's spec gives one."""


def judge_return(total: float, terminated: bool) -> tuple[bool, float]:
    """Success is an end with a positive return; the score is the return clipped to 0..1."""
    return terminated and total > 0, min(1.0, max(0.0, total))


def judge_end(_total: float, terminated: bool) -> tuple[bool, float]:
    """Success is an end before time runs out, with the score 1: where only the goal ends."""
    return terminated, float(terminated)


def info_mask(_observation: Any, info: dict[str, Any]) -> Any:
    """The mask that the environment itself gives, or None."""
    return info.get("action_mask")


class NarratedEnv(TextEnv):
    """A Gymnasium environment with discrete actions, told in words by a narrator.

    Description:
        The rules are those of the environment inside, which is ``env.unwrapped.game``; a narrator
        turns what it observes into statements. `alectors.narrate` makes one.

    Observation:
        The narrator's statements, the goal first.

    Actions:
        ``Discrete(n)`` as in the environment inside, with the given names. Legal are those of the
        mask function or of the environment's own ``info["action_mask"]``, else all.

    Rewards:
        The environment's own.

    Episode end:
        Terminates and truncates when the environment inside does; truncated after ``max_steps``.
        ``success`` and ``score`` are what ``result`` says, by default `judge_return`.

    Arguments:
        env: The environment, its spec, or its id. Pickling keeps the spec where there is one.
        narrator: A function from (observation, info) to a list of statements, the goal first, or
            its import path ``module:function``.
        actions: A name for each action, in the order of their indices; None takes
            ``narrator.actions``.
        mask: A function from (observation, info) to one number for each action, 0 where it is
            illegal, or its import path.
        result: A function from (return, terminated) to (success, score in 0..1), or its import
            path.
        max_steps: Length of an episode (default: the spec's ``max_episode_steps``, else 1,000).
        max_length: Characters that a page may have (default 10,000).
        split: The environment inside is reset with level seeds from the split's own range.
        render_mode: ``"rgb_array"`` needs an environment that was made with it.

    Version History:
        The words are the narrator's; who changes them registers a new version of the id.
    """

    metadata: dict[str, Any] = {"render_modes": ["ansi", "rgb_array"], "render_fps": 10}

    def __init__(
        self,
        *,
        env: "gym.Env[Any, Any] | EnvSpec | str",
        narrator: Narrator | str,
        actions: Sequence[str] | None = None,
        mask: Masker | str | None = None,
        result: Judge | str | None = None,
        max_steps: int | None = None,
        max_length: int = 10_000,
        **common: Any,
    ) -> None:
        self.game = _make(env, common.get("render_mode"))
        self._narrate: Narrator = _resolve("narrator", narrator)
        self._mask_of: Masker = _resolve("mask", mask) if mask else info_mask
        self._judge: Judge = _resolve("result", result) if result else judge_return
        self._names = _check_names(self.game, actions or getattr(self._narrate, "actions", None))
        super().__init__(
            num_actions=len(self._names),
            max_steps=_spec_steps(self.game) if max_steps is None else max_steps,
            max_length=max_length,
            **common,
        )
        self._max_length, self._most_steps = max_length, self.max_steps
        self._observation: Any = None
        self._info: dict[str, Any] = {}
        self._total, self._terminated = 0.0, False

    def _start(self, options: dict[str, Any]) -> None:
        self.max_steps = self._most_steps
        self._total, self._terminated = 0.0, False
        self._observation, self._info = self.game.reset(
            seed=self._draw_level_seed(), options=options or None
        )

    def _statements(self) -> list[str]:
        statements = list(self._narrate(self._observation, self._info))
        _check_statements(statements, self._max_length)
        return statements

    def _legal(self) -> dict[int, str]:
        mask = self._mask_of(self._observation, self._info)
        if mask is None:
            return dict(enumerate(self._names))
        if len(mask) != len(self._names):
            raise InvalidArgument(
                f"The mask has {len(mask)} numbers, and there are {len(self._names)} actions: give "
                "one number for each, 0 where the action is illegal."
            )
        return {k: name for k, name in enumerate(self._names) if mask[k]}

    def _play(self, action: int) -> tuple[float, bool]:
        first = int(self.game.action_space.start)
        self._observation, reward, terminated, truncated, self._info = self.game.step(
            first + action
        )
        self._total += float(reward)
        self._terminated = bool(terminated)
        if truncated:
            self.max_steps = self._steps + 1  # the environment inside goes no further
        return float(reward), self._terminated

    def _result(self) -> tuple[bool, float]:
        success, score = self._judge(self._total, self._terminated)
        return bool(success), float(score)

    def _picture(self) -> Pixels:
        return self.game.render()  # type: ignore[no-any-return]

    def sketch(self) -> str | None:
        """The map of the toy text environments, as Gymnasium prints it; None for others."""
        draw = getattr(self.game.unwrapped, "_render_text", None)
        return None if draw is None else sketch_map(draw())

    def close(self) -> None:
        """Close the environment inside."""
        self.game.close()

    def __reduce__(self) -> tuple[Callable[[], Self], tuple[()]]:
        inside = self._arguments.get("env")
        # A spec makes its environment with every wrapper, so it stands for none without.
        if isinstance(inside, gym.Wrapper) and inside.spec is not None:
            return partial(type(self), **{**self._arguments, "env": inside.spec}), ()
        return super().__reduce__()


def narrate(
    env: "gym.Env[Any, Any] | EnvSpec | str",
    narrator: Narrator | str,
    *,
    actions: Sequence[str] | None = None,
    **options: Any,
) -> NarratedEnv:
    """Make a text environment, with the whole contract, of a Gymnasium environment.

    Args:
        env: An environment with a ``Discrete`` action space, its spec, or its id.
        narrator: A function from (observation, info) to a list of statements, the goal first.
        actions: A name for each action; None takes ``narrator.actions``.
        **options: Further arguments of `NarratedEnv`: ``mask``, ``result``, ``max_steps``,
            ``split``, ``on_invalid``, ….

    Returns:
        The environment. To give it an id, register `NarratedEnv` with the same arguments, the
        environment as its id and the functions as import paths.

    Raises:
        InvalidArgument: The actions are not discrete, or their names do not fit them; later, a
            statement is no line of printable ASCII.
    """
    return NarratedEnv(env=env, narrator=narrator, actions=actions, **options)


def make_bare(env_id: str, common: dict[str, Any], **options: Any) -> Any:
    """An environment without Gymnasium's wrappers, for a subclass of `NarratedEnv`.

    Args:
        env_id: Its id.
        common: The subclass's common arguments: a picture is made where they ask for one.
        **options: Arguments of the environment.
    """
    return gym.make(env_id, render_mode=_picture(common.get("render_mode")), **options).unwrapped


def pick_wording(wordings: Mapping[str, Wording], common: dict[str, Any]) -> Wording:
    """The wording that a subclass's common arguments ask for.

    Raises:
        InvalidArgument: There is no such wording.
    """
    name = common.get("wording", "train")
    choose("wording", name, wordings)
    return wordings[name]


def _picture(render_mode: str | None) -> str | None:
    """The mode of the environment inside, which draws no pages."""
    return render_mode if render_mode == "rgb_array" else None


def _make(env: "gym.Env[Any, Any] | EnvSpec | str", render_mode: str | None) -> Any:
    if not isinstance(env, gym.Env):
        return gym.make(env, render_mode=_picture(render_mode))
    if render_mode == "rgb_array" and env.render_mode != render_mode:
        raise InvalidArgument(
            "render_mode='rgb_array' shows the picture of the environment inside: make that one "
            "with render_mode='rgb_array' too."
        )
    return env


def _resolve(argument: str, function: Callable[..., Any] | str) -> Callable[..., Any]:
    if isinstance(function, str):
        return import_callable(argument, function)
    if not callable(function):
        raise InvalidArgument(
            f"{argument}={function!r} must be a function, or its import path 'module:function'."
        )
    return function


def _check_names(env: Any, names: object) -> tuple[str, ...]:
    """The names as a tuple, if there is a different line of words for each action."""
    space = env.action_space
    if not isinstance(space, gym.spaces.Discrete):
        raise InvalidArgument(f"{env} has the actions {space}; only Discrete ones can be told.")
    listed = tuple(names) if isinstance(names, list | tuple) else ()
    if len(set(listed)) != space.n or not all(map(_is_line, listed)):
        raise InvalidArgument(
            f"actions={names!r} must be a list of {space.n} different names, one for each action "
            "of the environment, each a line of printable ASCII."
        )
    return listed


def _is_line(text: object) -> bool:
    """Whether ``text`` is one line of printable ASCII without blanks around it."""
    return (
        isinstance(text, str)
        and bool(text)
        and text.isascii()
        and text.isprintable()
        and text.strip() == text
    )


def _check_statements(statements: list[str], max_length: int) -> None:
    wrong = [statement for statement in statements if not _is_line(statement)]
    if wrong or not statements:
        raise InvalidArgument(
            "A narrator returns a list of statements, the goal first, each a line of printable "
            f"ASCII; this one returned {wrong[0] if wrong else statements!r}."
        )
    length = sum(map(len, statements)) + len(statements)
    if length > max_length:
        raise InvalidArgument(
            f"The narrator's page has {length} characters: give narrate() a larger max_length."
        )


def _spec_steps(env: Any) -> int:
    return (env.spec and env.spec.max_episode_steps) or MAX_STEPS
