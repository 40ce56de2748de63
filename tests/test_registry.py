"""Every row of the registration table keeps the contract; a new row is tested by being there."""

import pickle
from collections.abc import Iterator
from typing import Any

import gymnasium as gym
import numpy as np
import pytest
from gymnasium.envs.registration import EnvSpec
from gymnasium.utils.env_checker import check_env, data_equivalence

import alectors
from alectors.envs.errors import MissingDependency
from alectors.envs.registration import TASKS, register_all

WFC = [env_id for env_id in TASKS if "-WFC-" in env_id]
"""Worlds that need packages and pictures which minigrid's published packages leave out."""
IDS = [env_id for env_id in TASKS if env_id not in WFC]
SIMULATED = ("TextWorldExpress", "ScienceWorld")
"""Families whose simulators run on Java: of each the quickest id is tested, all if asked for."""
QUICK = ("alectors/TextWorldExpress-CoinCollector-v0", "alectors/ScienceWorld-FindAnimal-v0")
FAST = [env_id for env_id in IDS if TASKS[env_id].family not in SIMULATED or env_id in QUICK]
REST = [env_id for env_id in IDS if env_id not in FAST]
FAMILIES = list({TASKS[env_id].family: env_id for env_id in reversed(FAST)}.values())
"""One id of each family."""
MOST_STATEMENTS = 64

pytestmark = pytest.mark.filterwarnings("ignore:.*is out of date")  # superseded ids are kept
every_id = pytest.mark.parametrize(
    "env_id", [*FAST, *(pytest.param(env_id, marks=pytest.mark.exhaustive) for env_id in REST)]
)


def play(env: gym.Env[str, int], seed: int, steps: int) -> Iterator[tuple[Any, ...]]:
    """What reset and step return under random legal play, episode after episode."""
    random = np.random.default_rng(seed)
    answer = env.reset(seed=seed)
    yield answer
    for _ in range(steps):
        answer = env.step(int(random.choice(np.flatnonzero(answer[-1]["action_mask"]))))
        yield answer
        if answer[2] or answer[3]:
            answer = env.reset()
            yield answer


def assert_equal(first: gym.Env[str, int], second: gym.Env[str, int], steps: int) -> None:
    """Both envs answer alike, byte for byte, to the same seed and actions."""
    answers = zip(play(first, 0, steps), play(second, 0, steps), strict=True)
    for k, (one, other) in enumerate(answers):
        assert data_equivalence(one, other, exact=True), f"they differ at step {k}:\n{one}\n{other}"
    first.close()
    second.close()


def test_the_table_is_registered_once() -> None:
    before = dict(gym.registry)
    register_all()
    assert gym.registry == before
    assert set(TASKS) == {name for name in gym.registry if name.startswith("alectors/")}


@pytest.mark.parametrize("env_id", WFC)
def test_a_world_that_needs_more_plays_or_says_what_it_needs(env_id: str) -> None:
    env = gym.make(env_id)
    missing = ""
    try:
        alectors.testing.check(env, steps=5)
    except MissingDependency as error:
        missing = str(error)
    assert "pip install" in missing or not missing


@every_id
@pytest.mark.filterwarnings("error", "ignore:.*is out of date")
def test_gymnasium_finds_nothing_to_warn_about(env_id: str) -> None:
    env = gym.make(env_id).unwrapped
    check_env(env)
    env.close()


@every_id
def test_it_keeps_the_contract(env_id: str) -> None:
    env = gym.make(env_id)
    alectors.testing.check(env)
    env.close()


@every_id
def test_the_same_seed_and_actions_give_the_same_bytes(env_id: str) -> None:
    assert_equal(gym.make(env_id), gym.make(env_id), steps=100)


@every_id
def test_pickling_keeps_the_constructor_arguments(env_id: str) -> None:
    env = gym.make(env_id, max_steps=7).unwrapped
    list(play(env, seed=1, steps=4))  # a copy is made from the arguments, wherever the game stands
    copy = pickle.loads(pickle.dumps(env))
    assert_equal(env, copy, steps=10)


@every_id
def test_its_spec_goes_to_json_and_back(env_id: str) -> None:
    env = gym.make(env_id, max_steps=7, on_invalid="penalty")
    spec = EnvSpec.from_json(env.spec.to_json())
    assert_equal(env, gym.make(spec), steps=10)


@every_id
def test_max_steps_truncates_and_never_terminates(env_id: str) -> None:
    env = gym.make(env_id, max_steps=3)
    env.reset(seed=0)
    ends = [env.step(-1)[2:4] for _ in range(3)]  # illegal actions, which change nothing
    assert ends == [(False, False), (False, False), (False, True)]
    legal_play = play(env, seed=0, steps=3)
    next(legal_play)
    steps, end = 0, (False, False)
    while not any(end):
        steps, end = steps + 1, next(legal_play)[2:4]
    assert end == (True, False) or (end, steps) == ((False, True), 3)
    env.close()


@every_id
def test_zero_is_a_seed(env_id: str) -> None:
    env = gym.make(env_id)
    page, _ = env.reset(seed=0)
    assert env.unwrapped.np_random_seed == 0
    env.reset(seed=1)
    assert env.reset(seed=0)[0] == page
    env.close()


@every_id
def test_a_page_is_a_short_set_of_statements(env_id: str) -> None:
    env = gym.make(env_id)
    for page, *_ in play(env, seed=2, steps=50):
        statements = page.split("\n")
        assert 2 <= len(statements) <= MOST_STATEMENTS
        assert len(set(statements)) == len(statements), page
        assert all(line.rstrip("\"')").endswith((".", "!", "?")) for line in statements), page
        assert "\\n" not in page, page
    env.close()


def assert_vector_equals_singles(env_id: str, mode: str, steps: int) -> None:
    seeds = [0, 5]
    vector = alectors.make_vec(env_id, 2, vectorization_mode=mode, max_steps=8)
    singles = [gym.make(env_id, max_steps=8) for _ in seeds]
    pages, infos = vector.reset(seed=seeds)
    answers = [env.reset(seed=seed) for env, seed in zip(singles, seeds, strict=True)]
    random = np.random.default_rng(0)
    for _ in range(steps):
        assert pages == tuple(answer[0] for answer in answers)
        masks = infos["action_mask"]
        assert (masks == [answer[-1]["action_mask"] for answer in answers]).all()
        actions = [int(random.choice(np.flatnonzero(mask))) for mask in masks]
        pages, rewards, terminated, truncated, infos = vector.step(np.array(actions))
        answers = [env.step(action) for env, action in zip(singles, actions, strict=True)]
        assert rewards.tolist() == [answer[1] for answer in answers]
        for k, env in enumerate(singles):
            assert (terminated[k], truncated[k]) == answers[k][2:4]
            if terminated[k] or truncated[k]:
                assert infos["final_obs"][k] == answers[k][0]
                answers[k] = env.reset()
    for each in (vector, *singles):
        each.close()


@every_id
def test_a_sync_vector_gives_the_pages_of_single_ones(env_id: str) -> None:
    assert_vector_equals_singles(env_id, "sync", steps=20)


@pytest.mark.parametrize("env_id", FAMILIES)
def test_an_async_vector_gives_the_pages_of_single_ones(env_id: str) -> None:
    assert_vector_equals_singles(env_id, "async", steps=20)


@pytest.mark.slow
@every_id
def test_it_keeps_the_contract_for_long(env_id: str) -> None:
    env = gym.make(env_id)
    alectors.testing.check(env, steps=100 if TASKS[env_id].family in SIMULATED else 1_000)
    env.close()
    assert_vector_equals_singles(env_id, "async", steps=20)
