"""A public checker of the environment contract: `check`."""

import pickle
from collections.abc import Iterator
from typing import Any, NamedTuple

import gymnasium as gym
import numpy as np
from gymnasium.utils.env_checker import data_equivalence

Env = gym.Env[str, int]


class Moment(NamedTuple):
    """What a reset or a step returned."""

    page: Any
    """A str; an array under ``narration="symbolic"``."""
    info: dict[str, Any]
    reward: float = 0.0
    over: bool = False
    """Whether the episode has ended, terminated or truncated."""


def check(env: Env, *, steps: int = 50, seed: int = 7) -> None:
    """Check that an environment keeps the contract of alectors, by playing it.

    Args:
        env: An environment made by ``gymnasium.make``.
        steps: Random legal steps to take.
        seed: Of the episodes and of the choices.

    Raises:
        AssertionError: A promise is broken; the message says which, and where.
    """
    _check_spaces(env)
    first = []
    for moment in _play(env, steps, seed):  # each moment is checked before play relies on it
        (_check_symbols if _is_symbolic(env) else _check_page)(env, moment.page)
        _check_info(env, moment.info, moment.over)
        assert isinstance(moment.reward, float), f"the reward is {moment.reward!r}, not a float"
        first.append(moment)
    assert_same(first, list(_play(env, steps, seed)), "the same seed gives another episode")
    copy = pickle.loads(pickle.dumps(env))
    assert_same(first[:5], list(_play(copy, 5, seed))[: len(first[:5])], "a pickled copy differs")
    copy.close()
    if getattr(env.unwrapped, "on_invalid", "noop") == "noop":
        _check_invalid(env, seed)


def _check_spaces(env: Env) -> None:
    wanted = gym.spaces.Box if _is_symbolic(env) else gym.spaces.Text
    assert isinstance(env.observation_space, wanted), (
        f"the observation space is not {wanted.__name__}"
    )
    assert isinstance(env.action_space, gym.spaces.Discrete), "the action space is not Discrete"
    assert env.action_space.start == 0, "the action space does not start at 0"
    unwrapped = env.unwrapped
    for name in ("oracle_action", "narration_version", "max_steps"):
        assert hasattr(unwrapped, name), f"env.unwrapped.{name} is missing"
    env.reset(seed=0)  # an attribute of the episode may be there only afterwards
    assert hasattr(unwrapped, "game"), "env.unwrapped.game is missing after reset"


def _is_symbolic(env: Env) -> bool:
    return getattr(env.unwrapped, "narration", "") == "symbolic"


def _play(env: Env, steps: int, seed: int) -> Iterator[Moment]:
    """Random legal play, beginning anew whenever an episode ends."""
    random = np.random.default_rng(seed)
    moment = Moment(*env.reset(seed=seed))
    yield moment
    for _ in range(steps):
        moment = _step(env, moment, random)
        yield moment
        if moment.over:
            moment = Moment(*env.reset())
            yield moment


def _step(env: Env, moment: Moment, random: np.random.Generator) -> Moment:
    action = int(random.choice(np.flatnonzero(moment.info["action_mask"])))
    page, reward, terminated, truncated, info = env.step(action)
    return Moment(page, info, reward, terminated or truncated)  # type: ignore[arg-type]


def _check_page(env: Env, page: str) -> None:
    assert isinstance(page, str), f"the page is {type(page).__name__}, not a str"
    strange = sorted(set(page) - env.observation_space.character_set)  # type: ignore[attr-defined]
    assert not strange, f"the page holds characters outside its space: {strange}"
    assert env.observation_space.contains(page), "the page is not in its space (too long?)"
    for statement in page.split("\n"):
        assert statement.strip() == statement, f"a statement has blanks around it: {statement!r}"
        assert statement, "the page has an empty line"


def _check_symbols(env: Env, symbols: Any) -> None:
    assert env.observation_space.contains(symbols), "the array is not in its space"


def _check_info(env: Env, info: dict[str, Any], over: bool) -> None:
    for name in ("actions", "action_mask", "invalid_actions"):
        assert name in info, f"info[{name!r}] is missing"
    actions, mask = info["actions"], info["action_mask"]
    assert isinstance(actions, list), "info['actions'] is not a list"
    assert all(isinstance(words, str) and words for words in actions), "an action has no words"
    assert len(set(actions)) == len(actions), "two legal actions have the same words"
    assert isinstance(mask, np.ndarray), "info['action_mask'] is not an array"
    assert mask.dtype == np.int8, f"the action mask is {mask.dtype}, not int8"
    assert mask.shape == (env.action_space.n,), "the action mask has the wrong shape"  # type: ignore[attr-defined]
    assert mask.sum() == len(actions), "the action mask and the list of actions differ in number"
    assert over or actions, "no action is legal, and the episode goes on"
    assert info["invalid_actions"] == 0, "legal play was counted as invalid"
    if over:
        assert isinstance(info.get("success"), bool), "info['success'] is not a bool at the end"
        score = info.get("score")
        assert isinstance(score, int | float), f"info['score'] is {score!r} at the end"
        assert 0 <= score <= 1, f"info['score'] is {score}, not in 0 to 1"


def _check_invalid(env: Env, seed: int) -> None:
    """An illegal index changes nothing but the count, under the default ``on_invalid``."""
    before, after = _after_illegal(env, seed)
    assert after.reward == 0, f"an illegal action gave the reward {after.reward}"
    assert after.info["invalid_actions"] == 1, "an illegal action was not counted"
    actions = before.info["actions"]
    assert after.info["actions"] == actions, "an illegal action changed what is legal"
    if not _is_symbolic(env):
        _check_notice(before.page, after.page)
    _check_future(env, seed)


def _check_notice(before: str, after: str) -> None:
    goal, *rest = before.split("\n")
    changed_goal, *notice_and_rest = after.split("\n")
    assert changed_goal == goal, "an illegal action changed the goal"
    noticed = len(notice_and_rest) == len(rest) + 1 and notice_and_rest[0] not in rest
    assert noticed, "no statement after the goal says that the action was illegal"
    changed = [line for line in notice_and_rest[1:] if line not in rest]
    # One may differ: an illegal action spends a step, and a statement may tell how many are left.
    assert len(changed) <= 1, f"an illegal action changed the page: {changed}"


def _check_future(env: Env, seed: int) -> None:
    """The same legal actions lead to the same end with an illegal action before them and without.

    Pages are not compared: they may tell how many steps are left.
    """
    undisturbed = _future(env, Moment(*env.reset(seed=seed)), seed)
    disturbed = _future(env, _after_illegal(env, seed)[1], seed)
    # The disturbed episode has a step less to go.
    assert undisturbed[: len(disturbed)] == disturbed, "an illegal action changed the state"


def _future(env: Env, now: Moment, seed: int, steps: int = 5) -> list[tuple[float, list[str]]]:
    """The reward and the legal actions after each of a few random legal steps."""
    random = np.random.default_rng(seed)
    told = []
    for _ in range(steps):
        if now.over:
            break
        now = _step(env, now, random)
        told.append((now.reward, now.info["actions"]))
    return told


def _after_illegal(env: Env, seed: int) -> tuple[Moment, Moment]:
    """A fresh episode, and what follows when its first action is illegal."""
    before = Moment(*env.reset(seed=seed))
    illegal = np.flatnonzero(before.info["action_mask"] == 0)
    page, reward, terminated, truncated, info = env.step(int(illegal[0]) if len(illegal) else -1)
    assert not terminated, "an illegal action ended the episode"
    return before, Moment(page, info, float(reward), truncated)


def assert_same(first: list[Moment], second: list[Moment], what: str) -> None:
    """Assert that two lists of moments are equal."""
    assert len(first) == len(second), f"{what}: another number of steps"
    for k, (one, other) in enumerate(zip(first, second, strict=True)):
        pages = f"{one.page}\n---\n{other.page}"
        assert data_equivalence(one.page, other.page, exact=True), (
            f"{what}: pages differ at step {k}:\n{pages}"
        )
        actions = one.info["actions"], other.info["actions"]
        assert actions[0] == actions[1], f"{what}: actions differ at step {k}"
        assert one.reward == other.reward, f"{what}: rewards differ at step {k}"
        assert one.over == other.over, f"{what}: the end differs at step {k}"
