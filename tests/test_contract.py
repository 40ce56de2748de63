"""What every environment does with illegal actions, wrong arguments and a missing reset."""

import re
from typing import Any

import gymnasium as gym
import pytest
from gymnasium.error import ResetNeeded

import alectors  # noqa: F401  (registers the environments)
from alectors.envs.adventure_env import TextWorldEnv
from alectors.envs.base import INVALID_PENALTY, NOTICE
from alectors.envs.errors import InvalidAction, InvalidArgument, TooManyActions

# An illegal index of each: a word that Echo has not, a move onto the own pawn, …
ILLEGAL = {
    "alectors/Echo-v0": 4,
    "alectors/Chess-v0": 0,
    "alectors/TextWorld-v0": 127,
    "alectors/MiniGrid-DoorKey-5x5-v0": 7,
}
FAMILIES = list(ILLEGAL)
each_family = pytest.mark.parametrize("env_id", FAMILIES)


def make(env_id: str, **kwargs: Any) -> gym.Env[str, int]:
    """The environment without Gymnasium's own checks of order and spaces."""
    return gym.make(env_id, **kwargs).unwrapped


@each_family
@pytest.mark.parametrize("action", ["illegal", -1, 10**12])
def test_noop_keeps_the_state_and_says_why(env_id: str, action: Any) -> None:
    env = make(env_id, max_steps=70)
    page, before = env.reset(seed=3)
    goal, *rest = page.split("\n")
    action = ILLEGAL[env_id] if action == "illegal" else action
    for count in (1, 2):
        told, reward, terminated, truncated, info = env.step(action)
        assert told.split("\n") == [goal, NOTICE, *rest]
        assert (reward, terminated, truncated) == (0.0, False, False)
        assert info["invalid_actions"] == count
        assert info["actions"] == before["actions"]
        assert (info["action_mask"] == before["action_mask"]).all()
    legal = int(before["action_mask"].argmax())
    told, *_, info = env.step(legal)
    assert NOTICE not in told
    assert info["invalid_actions"] == 2
    undisturbed = make(env_id, max_steps=70)
    undisturbed.reset(seed=3)
    assert undisturbed.step(legal)[0] == told
    env.reset()
    assert env.step(-1)[-1]["invalid_actions"] == 1


@each_family
def test_noop_spends_a_step(env_id: str) -> None:
    env = make(env_id, max_steps=2)
    env.reset(seed=3)
    assert env.step(-1)[2:4] == (False, False)
    page, reward, terminated, truncated, info = env.step(-1)
    assert (reward, terminated, truncated) == (0.0, False, True)
    assert NOTICE in page
    assert info["success"] is False


@each_family
def test_penalty_costs_reward_and_nothing_else(env_id: str) -> None:
    pages = {}
    for on_invalid in ("noop", "penalty"):
        env = make(env_id, on_invalid=on_invalid)
        env.reset(seed=3)
        pages[on_invalid], reward, terminated, truncated, info = env.step(ILLEGAL[env_id])
    assert pages["noop"] == pages["penalty"]
    assert (reward, terminated, truncated) == (INVALID_PENALTY, False, False)
    assert info["invalid_actions"] == 1


@each_family
def test_terminate_ends_the_episode_without_success(env_id: str) -> None:
    env = make(env_id, on_invalid="terminate")
    env.reset(seed=3)
    page, _, terminated, truncated, info = env.step(ILLEGAL[env_id])
    assert (terminated, truncated) == (True, False)
    assert (info["success"], info["score"]) == (False, 0.0)
    assert page.split("\n")[1] == NOTICE
    with pytest.raises(ResetNeeded):
        env.step(0)


@each_family
def test_error_raises_and_the_episode_goes_on(env_id: str) -> None:
    env = make(env_id, on_invalid="error")
    _, info = env.reset(seed=3)
    with pytest.raises(InvalidAction, match=rf"Action {ILLEGAL[env_id]} is not legal.*Legal ind"):
        env.step(ILLEGAL[env_id])
    page, *_ = env.step(int(info["action_mask"].argmax()))
    assert NOTICE not in page


@each_family
def test_a_reset_is_needed_first_and_after_the_end(env_id: str) -> None:
    env = make(env_id, max_steps=1)
    with pytest.raises(ResetNeeded, match=r"call reset\(\)"):
        env.step(0)
    env.reset(seed=0)
    env.step(-1)
    with pytest.raises(ResetNeeded, match=r"call reset\(\)"):
        env.step(0)
    env.reset()
    env.step(-1)


def test_a_reset_that_failed_leaves_no_episode() -> None:
    env = make("alectors/Chess-v0")
    _, info = env.reset(seed=0)
    legal = int(info["action_mask"].argmax())
    with pytest.raises(InvalidArgument, match="FEN"):
        env.reset(options={"fen": "no position"})
    with pytest.raises(ResetNeeded):
        env.step(legal)
    env.reset(seed=0)
    env.step(legal)


@each_family
@pytest.mark.parametrize(
    ("name", "value", "sentence"),
    [
        (
            "split",
            "tset",
            "split='tset' is not known here; it can be 'train', 'test'. Did you mean",
        ),
        ("split", None, "split=None is not known here"),
        ("narration", "poem", "narration='poem' is not known here; it can be 'prose'"),
        ("wording", "other", "wording='other' is not known here; it can be 'train'"),
        ("render_mode", "film", "render_mode='film' is not known here; it can be 'ansi'"),
        ("on_invalid", "ignore", "on_invalid='ignore' is not known here; it can be 'noop', "),
        ("max_steps", 0, "max_steps=0 must be a whole number of at least 1."),
        ("max_steps", -1, "max_steps=-1 must be a whole number of at least 1."),
        ("max_steps", 2.5, "max_steps=2.5 must be a whole number of at least 1."),
        ("max_steps", "9", "max_steps='9' must be a whole number of at least 1."),
        ("max_steps", True, "max_steps=True must be a whole number of at least 1."),
    ],
)
def test_a_wrong_value_is_refused_in_a_sentence(
    env_id: str, name: str, value: object, sentence: str
) -> None:
    with pytest.raises(InvalidArgument, match=re.escape(sentence)):
        gym.make(env_id, **{name: value})


@each_family
def test_an_unknown_argument_is_named(env_id: str) -> None:
    with pytest.raises((TypeError, InvalidArgument), match="'nonsense'"):
        gym.make(env_id, nonsense=1)


def test_too_few_places_for_the_actions_are_an_error_and_no_silent_cut() -> None:
    env = TextWorldEnv(num_actions=2)
    with pytest.raises(TooManyActions, match=r"\d actions are legal.*2 places.*larger num_actions"):
        env.reset(seed=0)


@pytest.mark.parametrize("places", [0, -3, 2.0, "many"])
def test_a_wrong_number_of_places_is_refused(places: Any) -> None:
    with pytest.raises(InvalidArgument, match="num_actions="):
        TextWorldEnv(num_actions=places)


def test_the_page_is_rendered_where_that_is_asked_for() -> None:
    env = make("alectors/Echo-v0", render_mode="ansi")
    page, _ = env.reset(seed=0)
    assert env.render() == page
    silent = make("alectors/Echo-v0")
    silent.reset(seed=0)
    assert silent.render() is None


def test_an_end_on_the_last_step_is_no_truncation() -> None:
    env = make("alectors/Chess-v0", max_steps=1)
    _, info = env.reset(seed=0, options={"fen": "6k1/5ppp/8/8/8/8/8/R5K1 w - - 0 1"})
    mate = info["actions"].index("rook from a1 to a8, giving check")
    _, _, terminated, truncated, info = env.step(int(info["action_mask"].nonzero()[0][mate]))
    assert (terminated, truncated, info["success"]) == (True, False, True)
