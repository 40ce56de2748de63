"""TextWorld's challenges as environments: levels, splits, oracles, recipes, hostile strings."""

import os
import random
import subprocess
import sys
from pathlib import Path
from typing import Any

import gymnasium as gym
import numpy as np
import pytest

from alectors.envs import adventure_challenges as challenges
from alectors.envs import adventure_games as games
from alectors.envs import adventure_logic
from alectors.envs.adventure_challenge_env import CookingEnv, SimpleGameEnv, TreasureHunterEnv
from alectors.envs.adventure_env import PoolEnv
from alectors.envs.adventure_making import make_game
from alectors.envs.errors import InvalidArgument
from alectors.envs.wrappers import TextActions

EASY: dict[str, Any] = {
    "alectors/TreasureHunter-L5-v0": {},
    "alectors/Cooking-L1-v0": {},
    "alectors/SimpleGame-v0": {},
}
each_easy = pytest.mark.parametrize("env_id", EASY)


def oracle_episode(env: Any, seed: int) -> dict[str, Any]:
    """Follow the oracle to the end; the last info, with the steps and the return."""
    _, info = env.reset(seed=seed)
    steps, total, over = 0, 0.0, False
    while not over:
        _, reward, terminated, truncated, info = env.step(env.oracle_action())
        steps, total, over = steps + 1, total + reward, terminated or truncated
    return {**info, "steps": steps, "return": total}


@pytest.mark.parametrize("level", [0, -1, 31, 2.5, "5", True])
def test_treasure_levels_that_do_not_exist_are_told(level: Any) -> None:
    with pytest.raises(InvalidArgument, match="from 1 to 30"):
        TreasureHunterEnv(level=level)


@pytest.mark.parametrize("level", [0, 11, None])
def test_cooking_levels_that_do_not_exist_are_told(level: Any) -> None:
    with pytest.raises(InvalidArgument, match="from 1 to 10"):
        CookingEnv(level=level)


def test_rewards_that_do_not_exist_are_told() -> None:
    with pytest.raises(InvalidArgument, match="dense"):
        SimpleGameEnv(rewards="dence")


def test_the_docstring_has_the_levels_of_cooking() -> None:
    table = [line.split() for line in str(CookingEnv.__doc__).splitlines()]
    rows = {row[0]: row[1:5] for row in table if len(row) == 6 and row[0].isdigit()}
    yes = {True: "yes", False: "no"}
    assert rows == {
        str(level): [str(kitchen.recipe), str(kitchen.go), yes[kitchen.cut], yes[kitchen.cook]]
        for level, kitchen in enumerate(challenges.KITCHENS, start=1)
    }


@each_easy
def test_the_oracle_solves_test_games(env_id: str) -> None:
    env = gym.make(env_id, split="test", num_games=2).unwrapped
    for seed in range(3):
        info = oracle_episode(env, seed)
        assert (info["success"], info["score"]) == (True, 1.0)
    env.close()


@pytest.mark.slow
@pytest.mark.parametrize(
    ("env", "most"),
    [
        *((TreasureHunterEnv(level=level, split="test"), 20) for level in (1, 5, 10)),
        (TreasureHunterEnv(level=15, split="test"), 2),
        *((CookingEnv(level=level, split="test"), 20) for level in (1, 5, 9)),
        *((CookingEnv(level=level, split="test"), 2) for level in (2, 3, 4, 6, 7, 8, 10)),
        *((SimpleGameEnv(rewards=rewards, split="test"), 10) for rewards in challenges.REWARDS),
    ],
    ids=lambda value: "" if isinstance(value, int) else value._recipe.name,
)
def test_the_oracle_solves_many_test_games(
    env: PoolEnv, most: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    numbers = iter(range(most))
    seed = games.pool_seed
    monkeypatch.setattr(games, "pool_seed", lambda split, index: seed(split, next(numbers)))
    for game in range(most):
        info = oracle_episode(env, game)
        assert (info["success"], info["score"]) == (True, 1.0), f"game {game}"
        assert info["return"] == env._story.max_score
    env.close()


def test_the_oracle_finds_the_treasure_from_elsewhere() -> None:
    env, chance = TreasureHunterEnv(num_games=1), random.Random(0)
    _, info = env.reset(seed=0)
    for _ in range(10):
        moves = [k for k, words in enumerate(info["actions"]) if words.startswith("go ")]
        info = env.step(chance.choice(moves))[4]
    over = False
    while not over:
        *_, over, _, info = env.step(env.oracle_action())
    assert info["success"]
    env.close()


@each_easy
def test_the_first_page_does_not_tell_the_way(env_id: str) -> None:
    env = gym.make(env_id, num_games=1).unwrapped
    page, _ = env.reset(seed=0)
    way = env._story.logic.game.metadata["walkthrough"]
    assert not adventure_logic.tells_the_way(page.splitlines()[0], way)
    assert not [command for command in way[:-1] if command in page.lower()]
    env.close()


def facts(env_id: str, split: str) -> set[frozenset[Any]]:
    """The first states of the first games of a split."""
    env = gym.make(env_id, split=split, num_games=2).unwrapped
    states = set()
    for seed in range(8):
        env.reset(seed=seed)
        names = {thing.id: thing.name for thing in env._story.logic.game.infos.values()}
        states.add(
            frozenset(
                (fact.name, *(names.get(part.name, "") for part in fact.arguments))
                for fact in env._story.node.facts
            )
        )
    env.close()
    return states


@each_easy
def test_the_splits_share_no_game(env_id: str) -> None:
    train, test = facts(env_id, "train"), facts(env_id, "test")
    assert (len(train), len(test), len(train & test)) == (2, 2, 0)


def test_the_splits_of_cooking_are_textworlds_own() -> None:
    from textworld import GameOptions
    from textworld.challenges.tw_cooking.cooking import FOOD_PREPARATIONS_SPLITS, FOODS_SPLITS

    trained = {
        (food, *ways) for food, all_ways in FOOD_PREPARATIONS_SPLITS["train"].items()
        for ways in all_ways
    }  # fmt: skip
    asked = {}
    for split in ("train", "test"):
        asked[split] = set()
        for index in range(5):
            options = GameOptions()
            options.seeds = games.pool_seed(split, index)
            made = challenges.cooking(7, split).make(options)
            asked[split] |= {tuple(map(str, what)) for what in made.metadata["ingredients"]}
    assert asked["train"] <= trained
    assert not asked["test"] & trained
    assert {food for food, *_ in asked["train"]} <= set(FOODS_SPLITS["train"])


def test_the_test_foods_of_the_simple_game_are_never_trained_on() -> None:
    goals = {split: set() for split in ("train", "test")}  # type: dict[str, set[str]]
    for split, seen in goals.items():
        env = SimpleGameEnv(split=split, num_games=3)
        seen |= {env.reset(seed=seed)[0].splitlines()[0].split()[-1] for seed in range(8)}
        env.close()
    assert goals["test"] <= {"garlic.", "kiwi.", "carrot."}
    assert not goals["train"] & goals["test"]


def test_a_recipe_stays_on_the_page_once_it_is_read() -> None:
    env = CookingEnv(num_games=1)
    page, info = env.reset(seed=0)
    assert "Ingredients:" not in page
    page, *_, info = env.step(info["actions"].index("examine cookbook"))
    told = [line for line in page.splitlines() if line.startswith(("Ingredients:", "Directions:"))]
    assert "Directions: prepare meal." in told
    page, *_, info = env.step(info["actions"].index("open fridge"))
    assert set(told) < set(page.splitlines())
    assert not set(told) & set(env.reset(seed=0)[0].splitlines())
    env.close()


def test_a_page_without_the_recipe_forgets_it() -> None:
    env = CookingEnv(num_games=1, page=["last", "feedback", "room", "inventory"])
    _, info = env.reset(seed=0)
    page, *_, info = env.step(info["actions"].index("examine cookbook"))
    assert "Directions: prepare meal." in page.splitlines()
    page, *_ = env.step(info["actions"].index("open fridge"))
    assert "Directions:" not in page
    env.close()


def test_only_what_is_asked_for_is_computed(monkeypatch: pytest.MonkeyPatch) -> None:
    env = SimpleGameEnv(num_games=1, page=["last", "feedback"])
    env.reset(seed=0)
    asked: list[str] = []
    monkeypatch.setattr(env._story, "_ask", lambda command: asked.append(command) or "")
    for _ in range(4):
        page, *_ = env.step(env.oracle_action())
        assert not [line for line in page.splitlines() if line.startswith("You are carrying")]
    assert asked == []
    env.close()


@each_easy
def test_hostile_strings_change_nothing(env_id: str) -> None:
    env = TextActions(gym.make(env_id, num_games=1, max_steps=100_000))
    page, info = env.reset(seed=0)
    rest, chance = page.splitlines()[1:], random.Random(0)
    strange = [
        "",
        "\n",
        "quit",
        "restart",
        "tw-trace-actions",
        "\x00go east",
        "go  \x1b[A",
        "x" * 9999,
    ]
    strange += ["".join(chr(chance.randrange(0x3000)) for _ in range(30)) for _ in range(300)]
    for text in strange:
        page, reward, terminated, truncated, after = env.step(text)
        assert (reward, terminated, truncated) == (0.0, False, False)
        assert page.splitlines()[2:] == rest
        assert after["actions"] == info["actions"]
    env.close()


ASK = """
import sys
from alectors.envs import adventure_challenges as challenges, adventure_games as games
for recipe in (challenges.cooking(1, "train"), challenges.treasure_hunter(2)):
    print(games.find_game(recipe, 7))
"""


def test_two_processes_may_ask_for_the_same_game(tmp_path: Path) -> None:
    asked = [
        subprocess.Popen(
            [sys.executable, "-c", ASK],
            env={**os.environ, "ALECTORS_CACHE": str(tmp_path), "PYTHONHASHSEED": str(seed)},
            stdout=subprocess.PIPE,
            text=True,
        )
        for seed in (1, 2)
    ]
    told = [process.communicate(timeout=250)[0].split() for process in asked]
    assert told[0] == told[1]
    assert len(told[0]) == 2
    assert [process.returncode for process in asked] == [0, 0]
    again = make_game(challenges.treasure_hunter(2), 7, tmp_path)
    for name in ("game.z8", "game.json"):
        assert (again / name).read_bytes() == Path(told[0][1]).with_name(name).read_bytes()


def test_a_search_without_end_is_given_up_for_the_next_map(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    from textworld import GameOptions

    tried = []
    seeds = GameOptions.seeds
    monkeypatch.setattr(
        GameOptions,
        "seeds",
        seeds.setter(lambda self, value: (tried.append(value), seeds.fset(self, value))[1]),
    )
    monkeypatch.setattr(challenges, "SEARCH_STEPS", 0)
    monkeypatch.setattr(challenges, "ATTEMPTS", 3)
    options = GameOptions()
    options.seeds = 5
    with pytest.raises(InvalidArgument, match="no treasure hunt of level 1 in 3 maps"):
        challenges.treasure_hunter(1).make(options)
    assert np.unique([seeds["map"] for seeds in tried[1:]]).size == 3
