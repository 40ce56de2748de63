"""TextWorldExpress and ScienceWorld, run for real: what is told, done, paid, and closed again."""

from typing import Any

import gymnasium as gym
import numpy as np
import pytest

import alectors  # noqa: F401  (registers the environments)
from alectors.envs.adventure_wording import command_words
from alectors.envs.adventure_words import sentences
from alectors.envs.errors import (
    InvalidArgument,
    TooManyActions,
)
from alectors.envs.express_env import ExpressEnv
from alectors.envs.registration import TASKS
from alectors.envs.science_env import ScienceEnv
from alectors.envs.science_gold import Valid, exactly, pick_up, same
from alectors.envs.science_words import prose, without_shortcuts
from alectors.envs.simulator_heldout import EXPRESS_HELDOUT, SCIENCE_HELDOUT
from alectors.envs.simulator_names import GAMES, id_name
from alectors.envs.wrappers import TextActions

EXPRESS = "alectors/TextWorldExpress-CoinCollector-v0"
SCIENCE = "alectors/ScienceWorld-FindAnimal-v0"
both = pytest.mark.parametrize("env_id", [EXPRESS, SCIENCE])


def follow(env: gym.Env[str, int], seed: int) -> tuple[float, list[str], dict[str, Any]]:
    """What the oracle earns, does, and is told at the end, as long as it knows what to do."""
    _, info = env.reset(seed=seed)
    total, done, over = 0.0, [], False
    while not over and (action := env.unwrapped.oracle_action()) is not None:  # type: ignore[attr-defined]
        done.append(info["actions"][int(info["action_mask"][:action].sum())])
        _, reward, terminated, truncated, info = env.step(action)
        total, over = total + reward, terminated or truncated
    return total, done, info


def test_their_ids_are_registered_by_rule() -> None:
    families = [task.family for task in TASKS.values()]
    assert families.count("TextWorldExpress") == 8
    assert families.count("ScienceWorld") == 30
    assert len(families) >= 240


@pytest.mark.parametrize("game", GAMES)
def test_the_oracle_solves_every_game_of_textworld_express(game: str) -> None:
    env = gym.make(f"alectors/TextWorldExpress-{game}-v0", split="test")
    for seed in range(2):
        total, done, info = follow(env, seed)
        assert info["success"], done
        assert (info["score"], total) == (1.0, pytest.approx(1.0))
        assert not {"look around", "inventory", "task"} & set(done)
    env.close()


@pytest.mark.parametrize(
    "name",
    [
        "FindAnimal",
        *(
            pytest.param(id_name(task), marks=pytest.mark.slow)
            for task in ("boil", "find-plant", "lifespan-longest-lived")
        ),
    ],
)
def test_the_oracle_solves_tasks_of_scienceworld(name: str) -> None:
    env = gym.make(f"alectors/ScienceWorld-{name}-v0", split="test", max_steps=300)
    total, done, info = follow(env, 0)
    assert info["success"], done
    assert (info["score"], total) == (1.0, pytest.approx(1.0))
    env.close()


@both
def test_an_oracle_asked_late_knows_whether_the_path_was_left(env_id: str) -> None:
    env = gym.make(env_id).unwrapped
    first = follow_words(env, 3, asked=True)[:2]
    assert follow_words(env, 3, asked=False)[:2] == first
    env.reset(seed=3)
    wrong = next(k for k in range(40) if k != env.oracle_action())  # type: ignore[attr-defined]
    env.reset(seed=3)
    page, *_, info = env.step(wrong)
    assert env.oracle_action() is None  # type: ignore[attr-defined]
    again, *_, after = env.step(-1)
    assert page.split("\n") == [line for k, line in enumerate(again.split("\n")) if k != 1]
    assert after["actions"] == info["actions"]
    env.close()


def follow_words(env: Any, seed: int, asked: bool) -> list[int]:
    """The first actions of the oracle: asked at each step, or only after the first two."""
    env.reset(seed=seed)
    actions = []
    for _ in range(2):
        actions.append(env.oracle_action())
        env.step(actions[-1])
    if not asked:
        env.reset(seed=seed)
        env.step(actions[0])
        actions[1] = env.oracle_action()
    return actions


def test_the_fold_follows_the_split_and_can_be_chosen() -> None:
    folds = {"train": range(1000), "dev": range(10_000, 11_000), "test": range(20_000, 21_000)}
    for arguments, fold in (
        ({}, "train"),
        ({"split": "test"}, "test"),
        ({"fold": "dev"}, "dev"),
        ({"split": "test", "fold": "train"}, "train"),
    ):
        env = ExpressEnv(game="SimonSays", **arguments)
        seeds = set()
        for seed in range(5):
            env.reset(seed=seed)
            seeds.add(env._story._seed)
        assert len(seeds) > 1
        assert seeds <= set(folds[fold])
        env.close()


def test_variations_are_the_simulators_own_and_disjoint() -> None:
    env = ScienceEnv(task="find-animal")
    folds = [env._story.variations(fold) for fold in ("train", "dev", "test")]
    assert [len(fold) for fold in folds] == [150, 75, 75]
    assert sorted(number for fold in folds for number in fold) == list(range(300))
    env.close()


def test_a_failed_game_ends_and_costs_what_was_earned_and_one_more() -> None:
    env = gym.make("alectors/TextWorldExpress-SimonSays-v0").unwrapped
    _, info = env.reset(seed=0)
    _, reward, *_ = env.step(env.oracle_action())  # type: ignore[attr-defined]
    assert reward == pytest.approx(0.2)
    wrong = next(k for k in range(8) if k != env.oracle_action())  # type: ignore[attr-defined]
    page, reward, terminated, truncated, info = env.step(wrong)
    assert (terminated, truncated, info["success"], info["score"]) == (True, False, False, 0.0)
    assert reward == pytest.approx(-1.2)
    assert page.endswith("You have lost.")
    env.close()


def test_a_document_stays_on_the_page() -> None:
    env = TextActions(gym.make("alectors/TextWorldExpress-MapReader-v0"))
    env.reset(seed=1)
    page, *_ = env.step("read map")
    told = [line for line in page.split("\n") if line.startswith("The map reads: The ")]
    assert len(told) == 15
    page, *_ = env.step("put map in box")
    assert [line for line in page.split("\n") if line in told] == told
    env.reset(seed=2)
    assert not set(env.step("inventory")[0].split("\n")) & set(told)
    env.close()


def test_parameters_reach_the_simulator_and_wrong_ones_are_told() -> None:
    env = ExpressEnv(game="CoinCollector", parameters="numLocations=1, includeDoors=0")
    page, _ = env.reset(seed=0)
    assert "To the" not in page
    env.close()
    env = ExpressEnv(game="CoinCollector", parameters="numLocations=99")
    with pytest.raises(InvalidArgument, match="numLocations=99"):
        env.reset(seed=0)
    env.close()


@pytest.mark.parametrize(
    ("made", "wrong"),
    [
        (ExpressEnv, {"game": "Chess"}),
        (ExpressEnv, {"parameters": 3}),
        (ExpressEnv, {"fold": "all"}),
        (ScienceEnv, {"task": "dance"}),
        (ScienceEnv, {"actions": "some"}),
        (ScienceEnv, {"simplifications": ["none"]}),
    ],
)
def test_a_wrong_argument_is_told(made: Any, wrong: dict[str, Any]) -> None:
    with pytest.raises(InvalidArgument, match=next(iter(wrong))):
        made(**wrong)


def test_the_default_list_is_the_whole_one_without_what_other_actions_do() -> None:
    small, whole = (ScienceEnv(task="find-animal", actions=each) for each in ("carried", "all"))
    few, many = (set(env.reset(seed=0)[1]["actions"]) for env in (small, whole))
    left = many - few
    assert few < many
    assert len(many) > 4 * len(few)
    verbs = ("connect", "disconnect", "move", "pour", "dunk", "use")
    assert all(words.startswith(verbs) for words in left)
    assert "reset task" not in many
    tight = ExpressEnv(num_actions=5)
    with pytest.raises(TooManyActions, match="larger num_actions"):
        tight.reset(seed=0)
    for env in (small, whole, tight):
        env.close()


def test_shortcuts_are_left_out() -> None:
    commands = [
        *("put down orange", "move orange to table", "move table to orange", "use axe on tree"),
        *("connect wire to lamp", "connect lamp to wire", "go to kitchen"),
    ]
    kept = ["put down orange", "move orange to table", "connect lamp to wire", "go to kitchen"]
    assert without_shortcuts(commands) == kept


def test_a_choice_between_things_of_one_name_is_told_number_by_number() -> None:
    request = "Ambiguous request: Please enter the number for the action you intended (or ...):"
    told = prose(f"{request}\n0:\tmix water (in outside)\n1:\tmix water (in fountain)\n")
    assert sentences(told) == (
        "More than one thing is called that.",
        "Answer 0 to choose this: mix water (in outside).",
        "Answer 1 to choose this: mix water (in fountain).",
    )


def test_a_solutions_command_is_found_among_the_valid_ones() -> None:
    pot, pot_too, stove = ("metal pot", "pot"), ("pot",), ("stove",)
    valid = [
        Valid("pick up metal pot", (pot,)),
        Valid("pick up pot on stove", (pot_too,)),
        Valid("move metal pot to stove", (pot, stove)),
        Valid("connect anode in battery to wire", (("battery anode",), ("wire",))),
        Valid("go to hallway", (("ERROR",),)),
    ]
    assert same("move metal pot in inventory to stove", valid) == "move metal pot to stove"
    assert same("connect wire to battery anode", valid) == "connect anode in battery to wire"
    assert same("drop metal pot", valid) is None
    assert pick_up("pour metal pot in sink", valid) == "pick up metal pot"
    assert exactly("open door to kitchen", ["open door"]) == "open door"
    assert exactly("go to hallway", ["go to hallway"]) == "go to hallway"


def test_held_out_commands_are_one_to_one() -> None:
    forms = {
        EXPRESS_HELDOUT: (
            *("move north", "open door to north", "close door to north", "put {} in {}", "take {}"),
            *("cook {} in {}", "read {}", "slice {}", "dice {}", "eat {}", "open {}", "jump"),
        ),
        SCIENCE_HELDOUT: (
            *("go to {}", "pick up {}", "put down {}", "move {} to {}", "pour {} into {}", "0"),
            *("use {} on {}", "connect {} to {}", "disconnect {}", "focus on {}", "look at {}"),
            *("look in {}", "mix {}", "activate {}", "deactivate {}", "wait", "wait1", "1"),
        ),
    }
    names = ("kitchen", "thing in pot", "map", "box to go")
    for wording, verbs in forms.items():
        commands = {form.format(a, b) for form in verbs for a in names for b in names}
        told = {command_words(command, wording) for command in commands}
        assert len(told) == len(commands)
        assert not told & commands


def test_hostile_strings_change_nothing() -> None:
    for env_id in (EXPRESS, SCIENCE):
        env = TextActions(gym.make(env_id, max_steps=10_000))
        page, info = env.reset(seed=0)
        random = np.random.default_rng(0)
        hostile = ["", "help", "reset task", "task\n", "\x00", "läuft", "|", "x" * 5000]
        hostile += ["".join(map(chr, random.integers(0, 0x300, 40))) for _ in range(50)]
        for text in hostile:
            told, reward, terminated, truncated, after = env.step(text)
            assert (reward, terminated, truncated) == (0.0, False, False)
            assert told.split("\n")[2:] == page.split("\n")[1:]
            assert after["actions"] == info["actions"]
        env.close()
