"""The grids' oracle solves what it says it solves, and stops where it cannot."""

import random

import pytest

from alectors.envs import grid_oracle
from alectors.envs.grid_env import GridEnv


def solved(task: str, episodes: int, noise: float = 0.0) -> float:
    """The share of test levels solved; ``noise`` of the actions are random instead."""
    env = GridEnv(task=task, split="test")
    rng = random.Random(0)
    wins = 0
    for seed in range(episodes):
        env.reset(seed=seed)
        done = False
        while not done and (action := env.oracle_action()) is not None:
            action = rng.randrange(3) if rng.random() < noise else action
            _, _, terminated, truncated, info = env.step(action)
            done = terminated or truncated
        wins += done and info["success"]
    return wins / episodes


@pytest.mark.parametrize(
    "task",
    [
        "MiniGrid-DoorKey-5x5-v0",
        "MiniGrid-DoorKey-8x8-v0",
        "MiniGrid-LavaCrossingS9N2-v0",
        "MiniGrid-MultiRoom-N4-S5-v1",
        "MiniGrid-FourRooms-v0",
        "MiniGrid-Dynamic-Obstacles-5x5-v0",
        "BabyAI-GoToRedBallGrey-v0",
        "BabyAI-GoToLocal-v0",
        "BabyAI-UnlockPickup-v0",
    ],
)
def test_levels_are_solved(task: str) -> None:
    assert solved(task, 20) >= 0.95


@pytest.mark.slow
@pytest.mark.parametrize(
    "task", ["MiniGrid-DoorKey-5x5-v0", "BabyAI-GoToRedBallGrey-v0", "BabyAI-GoToLocal-v0"]
)
def test_a_hundred_levels_are_solved(task: str) -> None:
    assert solved(task, 100) >= 0.95


@pytest.mark.parametrize("task", ["MiniGrid-DoorKey-5x5-v0", "BabyAI-GoToLocal-v0"])
def test_other_actions_than_the_advised_do_not_confuse_it(task: str) -> None:
    assert solved(task, 20, noise=0.3) >= 0.95


def test_the_way_to_the_goal_is_a_shortest_one() -> None:
    env = GridEnv(task="MiniGrid-Empty-8x8-v0")
    env.reset(seed=0)
    steps = 0
    terminated = False
    while not terminated:
        _, _, terminated, _, _ = env.step(env.oracle_action())
        steps += 1
    assert steps == 5 + 1 + 5


def test_without_a_goal_square_there_is_no_advice() -> None:
    env = GridEnv(task="MiniGrid-Fetch-5x5-N2-v0")
    env.reset(seed=0)
    assert env.oracle_action() is None


@pytest.mark.parametrize("task", ["MiniGrid-MemoryS7-v0", "MiniGrid-MemoryS13Random-v0"])
def test_the_oracle_of_memory_goes_to_what_it_was_shown(task: str) -> None:
    assert solved(task, 20) == 1.0


def test_a_bot_that_goes_round_in_circles_is_stopped(monkeypatch: pytest.MonkeyPatch) -> None:
    env = GridEnv(task="BabyAI-GoToLocal-v0")
    env.reset(seed=0)
    from minigrid.utils.baby_ai_bot import BabyAIBot, GoNextToSubgoal

    def push_for_ever(self: GoNextToSubgoal) -> None:
        self.bot.stack.append(self)

    monkeypatch.setattr(GoNextToSubgoal, "replan_before_action", push_for_ever)
    monkeypatch.setattr(BabyAIBot, "_find_drop_pos", lambda self: None)
    assert env.oracle_action() is None


def test_the_search_is_capped(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(grid_oracle, "MOST_NODES", 10)
    env = GridEnv(task="MiniGrid-FourRooms-v0")
    env.reset(seed=0)
    assert env.oracle_action() is None


def test_asking_the_oracle_changes_nothing_else() -> None:
    asked, silent = (GridEnv(task="BabyAI-GoToLocal-v0") for _ in range(2))
    assert asked.reset(seed=3)[0] == silent.reset(seed=3)[0]
    for _ in range(20):
        action = asked.oracle_action()
        if action is None:
            break
        told, heard = asked.step(action), silent.step(action)
        assert told[:4] == heard[:4]
        if told[2]:
            break
