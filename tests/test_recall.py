"""`Recall` tells the last steps again: what it says is true, for every kind of environment."""

import pickle
import re
from typing import Any

import gymnasium as gym
import numpy as np
import pytest
from gymnasium.envs.registration import EnvSpec

import alectors
from alectors.envs.base import NOTICE
from alectors.envs.errors import InvalidArgument
from alectors.envs.registration import TASKS
from alectors.envs.wrappers import AGO, Recall, TextActions

FAMILIES = {
    task.family: env_id for env_id, task in reversed(TASKS.items()) if "-WFC-" not in env_id
}
every_family = pytest.mark.parametrize("env_id", FAMILIES.values())
GRID = "alectors/MiniGrid-DoorKey-5x5-v0"
CHOSE, READ = (re.compile(rf"({'|'.join(AGO)}) you {verb}: (.*)") for verb in ("chose", "read"))


def split(page: str, plain: str) -> list[str]:
    """What is told after the page itself."""
    assert page == plain or page.startswith(plain + "\n")
    return page[len(plain) + 1 :].split("\n") if page != plain else []


def told(lines: list[str], pattern: re.Pattern[str]) -> list[list[str]]:
    """For each step back, what the lines of one kind say of it."""
    found: list[list[str]] = [[] for _ in AGO]
    for line in lines:
        if match := pattern.fullmatch(line):
            found[AGO.index(match[1])].append(match[2])
    return found


@every_family
def test_it_tells_what_was_chosen_and_read(env_id: str) -> None:
    k, random = 3, np.random.default_rng(0)
    env, plain = Recall(gym.make(env_id), k=k), gym.make(env_id)
    page, info = env.reset(seed=5)
    pages, actions = [plain.reset(seed=5)[0]], []
    assert page == pages[0]
    for _ in range(12):
        choice = int(random.integers(len(info["actions"])))
        actions.append(info["actions"][choice])
        index = int(np.flatnonzero(info["action_mask"])[choice])
        page, *rest, info = env.step(index)
        bare, *plain_rest, plain_info = plain.step(index)
        pages.append(bare)
        assert rest == plain_rest
        assert info["actions"] == plain_info["actions"]
        assert env.observation_space.contains(page)
        lines = split(page, bare)
        chose, read = told(lines, CHOSE), told(lines, READ)
        assert sum(map(len, chose + read)) == len(lines)
        for ago in range(min(k, len(actions))):
            assert chose[ago] == [f"{clause}." for clause in actions[-1 - ago].split(", ")]
            then, after = pages[-2 - ago].split("\n"), pages[-1 - ago].split("\n")
            assert read[ago] == [line for line in then if line not in after]
        assert not any(chose[k:] + read[k:])
        if rest[1] or rest[2]:
            assert info["score"] == plain_info["score"]
            break


@every_family
def test_the_wrapped_environment_keeps_the_contract(env_id: str) -> None:
    env = Recall(gym.make(env_id), k=2)
    alectors.testing.check(env, steps=20)
    env.close()


def test_an_illegal_action_is_not_recalled() -> None:
    env = Recall(gym.make(GRID), k=2)
    env.reset(seed=0)
    goal, *rest = env.step(0)[0].split("\n")
    for _ in range(3):
        assert env.step(-1)[0].split("\n") == [goal, NOTICE, *rest]
    lines = env.step(1)[0].split("\n")
    assert "One step ago you chose: turn right." in lines
    assert "Two steps ago you chose: turn left." in lines
    assert not any(NOTICE in line for line in lines)


def test_a_reset_forgets() -> None:
    env = Recall(gym.make(GRID), k=4)
    page, _ = env.reset(seed=1)
    env.step(0)
    assert env.reset(seed=1)[0] == page


def test_the_vocabulary_grows_by_the_steps_recalled_and_no_more() -> None:
    def vocabulary(env: gym.Env[str, int]) -> set[str]:
        random, seen = np.random.default_rng(0), set()
        for episode in range(3):
            page, _ = env.reset(seed=episode)
            seen |= set(page.split("\n"))
            for _ in range(60):
                page, _, terminated, truncated, _ = env.step(int(random.integers(7)))
                seen |= set(page.split("\n"))
                if terminated or truncated:
                    break
        return seen

    k = 3
    plain, recalling = vocabulary(gym.make(GRID)), vocabulary(Recall(gym.make(GRID), k=k))
    assert plain < recalling
    assert len(recalling) <= len(plain) + k * (len(plain) + 7)


def test_it_is_pickled_and_its_spec_goes_to_json_and_back() -> None:
    env = Recall(gym.make(GRID, max_steps=9), k=3)
    env.reset(seed=3)
    page = env.step(2)[0]
    copies = pickle.loads(pickle.dumps(env)), gym.make(EnvSpec.from_json(env.spec.to_json()))
    for copy in copies:
        assert isinstance(copy, Recall)
        assert (copy.k, copy.unwrapped.max_steps) == (3, 9)
        copy.reset(seed=3)
        assert copy.step(2)[0] == page


def test_an_id_can_have_it_and_texts_can_go_around_it() -> None:
    name = "test/Recalling-v0"
    spec = gym.spec(GRID)
    wrappers = (Recall.wrapper_spec(k=2),)
    gym.register(name, spec.entry_point, kwargs=spec.kwargs, additional_wrappers=wrappers)
    try:
        env = TextActions(gym.make(name))
        env.reset(seed=0)
        assert "One step ago you chose: turn left." in env.step("turn left")[0].split("\n")
    finally:
        del gym.registry[name]


@pytest.mark.parametrize("k", [0, -1, 11, 2.0, "many", True, None])
def test_a_wrong_number_of_steps_is_refused(k: Any) -> None:
    with pytest.raises(InvalidArgument, match="must be a whole number from 1 to 10"):
        Recall(gym.make(GRID), k=k)
