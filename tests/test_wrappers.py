"""Actions given as text: what is understood, and that nothing else does anything."""

import pickle
import random
from typing import Any

import gymnasium as gym
import pytest
from gymnasium.envs.registration import EnvSpec
from gymnasium.error import ResetNeeded

import alectors  # noqa: F401  (registers the environments)
from alectors.envs.base import NOTICE
from alectors.envs.errors import InvalidAction, InvalidArgument
from alectors.envs.wrappers import NO_ACTION, TextActions

CHESS, GRID = "alectors/Chess-v0", "alectors/MiniGrid-DoorKey-5x5-v0"
HOUSE, ECHO = "alectors/TextWorld-v0", "alectors/Echo-v0"
FAMILIES = (CHESS, GRID, HOUSE, ECHO)
each_family = pytest.mark.parametrize("env_id", FAMILIES)


def begun(env_id: str, **kwargs: Any) -> tuple[TextActions, str, dict[str, Any]]:
    env = TextActions(gym.make(env_id, max_steps=100_000, **kwargs))
    return env, *env.reset(seed=3)


def spoil(text: str) -> str:
    """The same words in another case, with other blanks."""
    return "\t " + text.swapcase().replace(" ", "  \n") + " "


@each_family
def test_every_legal_action_is_taken_by_its_words(env_id: str) -> None:
    env, _, info = begun(env_id)
    indices = info["action_mask"].nonzero()[0].tolist()
    assert [env.index(words) for words in info["actions"]] == indices
    assert [env.index(spoil(words)) for words in info["actions"]] == indices
    assert all(env.action_space.contains(words) for words in info["actions"])


@each_family
def test_words_do_what_the_index_does(env_id: str) -> None:
    env, _, info = begun(env_id)
    plain = gym.make(env_id, max_steps=100_000)
    plain.reset(seed=3)
    choices = random.Random(0)
    for _ in range(15):
        index, words = choices.choice(
            list(zip(info["action_mask"].nonzero()[0], info["actions"], strict=True))
        )
        page, reward, terminated, truncated, info = env.step(spoil(words))
        assert (page, reward, terminated, truncated) == plain.step(int(index))[:4]
        if terminated or truncated:
            break


@pytest.mark.parametrize(
    "text", ["e4", "e2e4", "E2E4", "e4!", "pawn from e2 to e4", " PAWN from E2 to e4"]
)
def test_a_chess_move_has_many_names(text: str) -> None:
    env, *_ = begun(CHESS)
    env.step(text)
    assert env.unwrapped.game.move_stack[0].uci() == "e2e4"


def test_moves_are_those_of_the_present_position() -> None:
    env, *_ = begun(CHESS)
    env.step("Nf3")
    assert NOTICE in env.step("Nf3")[0]
    assert NOTICE not in env.step("Ng1")[0]


def test_too_long_a_text_is_no_action_even_if_its_words_are_one() -> None:
    env = TextActions(gym.make(ECHO), max_length=20)
    env.reset(seed=0)
    assert env.index("say north") == 0
    assert env.index("say" + " " * 20 + "north") == NO_ACTION


@pytest.mark.parametrize("action", [0, None, b"e4", ["e4"]])
def test_what_is_no_text_is_refused(action: Any) -> None:
    env, *_ = begun(CHESS)
    with pytest.raises(InvalidArgument, match="takes a string"):
        env.step(action)


def test_on_invalid_holds_for_texts_too() -> None:
    env, *_ = begun(CHESS, on_invalid="error")
    with pytest.raises(InvalidAction, match="not legal now"):
        env.step("castle through the wall")


def test_a_reset_is_needed_first() -> None:
    env = TextActions(gym.make(CHESS))
    with pytest.raises(ResetNeeded):
        env.step("e4")


def test_after_the_end_nothing_is_understood_until_the_reset() -> None:
    env = TextActions(gym.make(CHESS, opponent="random"))
    env.reset(seed=0, options={"fen": "6k1/5ppp/8/8/8/8/8/R5K1 w - - 0 1"})
    *_, terminated, _, info = env.step("Ra8#")
    assert terminated
    assert info["success"]
    assert env.index("Ra8") == env.index("e4") == NO_ACTION
    env.reset()
    assert env.index("e4") != NO_ACTION


@each_family
def test_a_wrapped_environment_is_pickled(env_id: str) -> None:
    env, page, info = begun(env_id)
    copy = pickle.loads(pickle.dumps(env))
    assert isinstance(copy, TextActions)
    assert copy.reset(seed=3)[0] == page
    assert copy.step(info["actions"][0])[:4] == env.step(info["actions"][0])[:4]


@each_family
def test_a_wrapped_environments_spec_goes_to_json_and_back(env_id: str) -> None:
    env = TextActions(gym.make(env_id, max_steps=9), max_length=77)
    page, info = env.reset(seed=3)
    copy = gym.make(EnvSpec.from_json(env.spec.to_json()))
    assert isinstance(copy, TextActions)
    assert (copy.max_length, copy.unwrapped.max_steps) == (77, 9)
    assert copy.reset(seed=3)[0] == page
    assert copy.step(info["actions"][0])[:4] == env.step(info["actions"][0])[:4]
