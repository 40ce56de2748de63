"""Vectors give whole pages, and no row whose action was ignored."""

from collections.abc import Sequence
from typing import Any

import gymnasium as gym
import numpy as np
import pytest
from gymnasium.vector import AsyncVectorEnv, AutoresetMode, SyncVectorEnv, VectorEnv

from alectors import make_vec
from alectors.envs.echo import WORDS
from alectors.vector import split_infos

ECHO = "alectors/Echo-v0"
HOUSE = "alectors/CoinCollector-L5-v0"


def echo() -> gym.Env[str, int]:
    return gym.make(ECHO, max_steps=3)


def right_words(pages: Sequence[str]) -> Any:
    """The rewarded action of each page of Echo."""
    return np.array([WORDS.index(page.split()[-1].rstrip(".")) for page in pages])


def single_pages(seeds: Sequence[int], env_id: str = ECHO) -> list[str]:
    return [gym.make(env_id).reset(seed=seed)[0] for seed in seeds]


def test_gymnasiums_shared_memory_garbles_text() -> None:
    # Why make_vec passes shared_memory=False: once this fails, it need not any more.
    vector = AsyncVectorEnv([echo, echo])
    pages, _ = vector.reset(seed=[1, 2])
    vector.close()
    assert list(pages) != single_pages([1, 2])


@pytest.mark.parametrize("mode", ["sync", "async"])
def test_pages_arrive_whole(mode: str) -> None:
    vector = make_vec(ECHO, 2, vectorization_mode=mode)
    assert isinstance(vector, {"sync": SyncVectorEnv, "async": AsyncVectorEnv}[mode])
    pages, _ = vector.reset(seed=[1, 2])
    vector.close()
    assert list(pages) == single_pages([1, 2])


def rewards_of_perfect_play(vector: VectorEnv[Any, Any, Any], steps: int) -> list[Any]:
    pages, _ = vector.reset(seed=0)
    rewards = []
    for _ in range(steps):
        pages, reward, *_ = vector.step(right_words(pages))
        rewards.append(reward.tolist())
    vector.close()
    return rewards


def test_gymnasiums_default_has_rows_whose_action_was_ignored() -> None:
    # Why make_vec passes SAME_STEP: every fourth row resets, and a right answer earns nothing.
    ones, zeros = [1.0, 1.0], [0.0, 0.0]
    rewards = rewards_of_perfect_play(SyncVectorEnv([echo, echo]), steps=8)
    assert rewards == [ones, ones, ones, zeros] * 2


@pytest.mark.parametrize("mode", ["sync", "async"])
def test_no_row_has_an_ignored_action(mode: str) -> None:
    vector = make_vec(ECHO, 2, vectorization_mode=mode, max_steps=3)
    assert rewards_of_perfect_play(vector, steps=8) == [[1.0, 1.0]] * 8


def test_the_last_page_of_an_episode_is_kept() -> None:
    vector = make_vec(ECHO, 2, max_steps=3)
    singles = [echo(), echo()]
    pages, _ = vector.reset(seed=[4, 5])
    expected = [env.reset(seed=seed) for env, seed in zip(singles, [4, 5], strict=True)]
    for step in range(1, 7):
        actions = right_words(pages)
        pages, _, terminated, truncated, infos = vector.step(actions)
        answers = [env.step(int(a)) for env, a in zip(singles, actions, strict=True)]
        assert not terminated.any()
        assert (truncated == (step % 3 == 0)).all()
        assert ("final_obs" in infos) == (step % 3 == 0)
        if step % 3 == 0:
            assert list(infos["final_obs"]) == [answer[0] for answer in answers]
            finals = split_infos(infos["final_info"], 2)
            assert [(info["success"], info["score"]) for info in finals] == [(True, 1.0)] * 2
            answers = expected = [env.reset() for env in singles]
            assert all("success" not in info for info in split_infos(infos, 2))
        assert list(pages) == [answer[0] for answer in answers]
    assert expected
    vector.close()


def same_info(one: dict[str, Any], other: dict[str, Any]) -> bool:
    return one.keys() == other.keys() and all(np.array_equal(one[k], other[k]) for k in one)


def test_infos_are_split_into_those_of_single_environments() -> None:
    # Rooms have different numbers of exits, and one episode ends before the other.
    vector = make_vec(HOUSE, 2, max_steps=4, autoreset_mode=AutoresetMode.SAME_STEP)
    singles = [gym.make(HOUSE, max_steps=4) for _ in range(2)]
    vector.envs[1].unwrapped.max_steps = singles[1].unwrapped.max_steps = 3
    _, infos = vector.reset(seed=[0, 1])
    expected = [env.reset(seed=seed)[1] for seed, env in enumerate(singles)]
    ends = 0
    for _ in range(12):
        split = split_infos(infos, 2)
        for info in split:
            info.pop("final_obs", None)
        assert all(map(same_info, split, expected))
        assert all(type(info["actions"]) is list for info in split)
        actions = [int(info["action_mask"].argmax()) for info in split]
        *_, infos = vector.step(np.array(actions))
        answers = [env.step(action) for env, action in zip(singles, actions, strict=True)]
        expected = [answer[-1] for answer in answers]
        for k, answer in enumerate(answers):
            if answer[2] or answer[3]:
                assert same_info(split_infos(infos["final_info"], 2)[k], answer[-1])
                expected[k] = singles[k].reset()[1]
                ends += 1
    assert ends == 7
    vector.close()


def test_a_key_that_one_environment_lacks_is_left_out() -> None:
    infos = {
        "score": np.array([0.0, 0.5]),
        "_score": np.array([False, True]),
        "steps": np.array([3, 4]),
        "final_info": {"score": np.array([1.0, 1.0])},
    }
    assert split_infos(infos, 2) == [{"steps": 3}, {"steps": 4, "score": 0.5}]


@pytest.mark.parametrize("mode", ["sync", "async"])
def test_the_caller_can_choose_which_reset_to_which_seed(mode: str) -> None:
    vector = make_vec(
        HOUSE, 3, vectorization_mode=mode, autoreset_mode=AutoresetMode.DISABLED, max_steps=2
    )
    vector.reset(seed=[1, 2, 3])
    legal = np.zeros(3, dtype=int)
    vector.step(legal)
    before, _, _, truncated, infos = vector.step(legal)
    assert truncated.all()
    assert [info["success"] for info in split_infos(infos, 3)] == [False] * 3
    mask = np.array([False, True, False])
    pages, _ = vector.reset(seed=[7, 0, 7], options={"reset_mask": mask})
    assert list(pages) == [before[0], single_pages([0], HOUSE)[0], before[2]]
    pages, _ = vector.reset(seed=[9, 9, 9], options={"reset_mask": ~mask})
    nine = single_pages([9], HOUSE)[0]
    assert [pages[0], pages[2]] == [nine, nine]
    vector.close()


def test_arguments_reach_every_environment() -> None:
    vector = make_vec(ECHO, 3, words=6, max_steps=5)
    assert vector.num_envs == 3
    assert vector.single_action_space.n == 6
    assert vector.get_attr("max_steps") == (5, 5, 5)
    vector.close()


def test_an_unknown_argument_is_named() -> None:
    with pytest.raises(TypeError, match="'nonsense'"):
        make_vec(ECHO, 2, nonsense=1)
