"""Training never meets a level of the tests, whatever the size of the world."""

import pytest

from alectors.envs import grid_splits
from alectors.envs.errors import InvalidArgument
from alectors.envs.grid_env import GridEnv
from alectors.envs.grid_splits import (
    REPEATING,
    SINGLE,
    describe,
    describe_place,
    find_salt,
    in_test,
    measure,
)


def layouts(task: str, split: str, episodes: int, **kwargs: object) -> set[str]:
    env = GridEnv(task=task, split=split, **kwargs)
    found = set()
    for seed in range(episodes):
        env.reset(seed=seed)
        found.add(describe(env.game))
    return found


@pytest.mark.parametrize(
    ("task", "number"),
    [
        ("MiniGrid-DoorKey-5x5-v0", 48),
        ("MiniGrid-MemoryS7-v0", 16),
        ("MiniGrid-LavaGapS5-v0", 3),
        ("MiniGrid-LavaGapS6-v0", 8),
        ("MiniGrid-Dynamic-Obstacles-5x5-v0", 21),
        ("MiniGrid-Empty-Random-5x5-v0", 32),
    ],
)
def test_small_worlds_are_parted_by_layout(task: str, number: int) -> None:
    train, test = layouts(task, "train", 400), layouts(task, "test", 400)
    assert not train & test
    assert len(train) + len(test) == number
    assert 0.2 <= len(test) / number <= 0.34


def test_both_cues_of_a_place_are_on_one_side_of_the_split() -> None:
    places = []
    for split in ("train", "test"):
        env = GridEnv(task="MiniGrid-MemoryS7-v0", split=split)
        cues: dict[str, set[str]] = {}
        for seed in range(200):
            env.reset(seed=seed)
            cue = env.game.grid.get(1, env.game.grid.height // 2 - 1).type
            cues.setdefault(describe_place(env.game), set()).add(cue)
        assert all(seen == {"key", "ball"} for seen in cues.values())
        places.append(set(cues))
    assert [len(found) for found in places] == [6, 2]
    assert not places[0] & places[1]


@pytest.mark.parametrize("task", ["MiniGrid-MemoryS9-v0", "MiniGrid-LavaGapS7-v0"])
def test_the_table_is_what_a_measurement_gives(task: str) -> None:
    assert find_salt(measure(GridEnv(task=task).game, range(500))) == REPEATING[task]


def test_single_worlds_have_one_layout_and_a_void_split() -> None:
    for task in SINGLE:
        assert len(measure(GridEnv(task=task).game, range(30))) == 1
        assert layouts(task, "train", 3) == layouts(task, "test", 3)


@pytest.mark.parametrize("task", ["BabyAI-GoToLocal-v0", "BabyAI-GoToRedBallGrey-v0"])
def test_large_worlds_do_not_repeat(task: str) -> None:
    assert task not in REPEATING
    assert len(measure(GridEnv(task=task).game, range(300))) == 300
    assert not layouts(task, "train", 100) & layouts(task, "test", 100)


def test_an_unmeasured_world_is_parted_by_layout() -> None:
    train = layouts("MiniGrid-DoorKey-8x8-v0", "train", 200, size=5)
    test = layouts("MiniGrid-DoorKey-8x8-v0", "test", 200, size=5)
    assert train
    assert test
    assert not train & test


def test_an_unmeasured_world_with_one_layout_still_plays() -> None:
    for split in ("train", "test"):
        assert len(layouts("MiniGrid-Empty-8x8-v0", split, 3, size=10)) == 1


def test_a_split_without_levels_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(grid_splits, "in_test", lambda layout, salt: False)
    with pytest.raises(InvalidArgument, match="48 layouts"):
        layouts("MiniGrid-DoorKey-5x5-v0", "test", 1)


def test_the_view_does_not_move_the_split() -> None:
    assert layouts("MiniGrid-MemoryS7-v0", "test", 60) == layouts(
        "MiniGrid-MemoryS7-v0", "test", 60, agent_view_size=3, max_steps=9
    )


def test_the_hash_is_the_same_everywhere() -> None:
    # Python's own hash() of a str differs from process to process.
    assert [in_test(str(k)) for k in range(12)] == HASHED
    assert sum(in_test(str(k)) for k in range(10_000)) == pytest.approx(2_500, abs=150)


HASHED = [False, False, False, False, False, False, False, True, False, False, False, False]


def test_hidden_things_make_another_layout() -> None:
    from minigrid.core.world_object import Ball, Box

    env = GridEnv(task="MiniGrid-Empty-5x5-v0")
    env.reset(seed=0)
    told = set()
    for content in (None, Ball("red"), Ball("blue")):
        env.game.grid.set(2, 2, Box("green", contains=content))
        told.add(describe(env.game))
    assert len(told) == 3
