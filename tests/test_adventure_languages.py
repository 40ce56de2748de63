"""The held-out wording of text adventures: what is said of TextWorld's sentences and commands."""

from itertools import product

import gymnasium as gym
import numpy as np
import pytest

import alectors  # noqa: F401  (registers the environments)
from alectors.envs import adventure_words as words
from alectors.envs.adventure_heldout import HELDOUT
from alectors.envs.adventure_wording import TRAIN, command_words, retell
from alectors.envs.jericho_env import JerichoEnv
from alectors.envs.wrappers import TextActions

NAMES = ("key", "type P box", "lost and found", "letter from home", "case with on it", "into")
VERBS = (
    "go north",
    "look",
    "inventory",
    "prepare meal",
    "jump",
    *("open {}", "close {}", "take {}", "drop {}", "examine {}", "eat {}", "drink {}", "turn {}"),
    *("take {} from {}", "insert {} into {}", "put {} on {}", "unlock {} with {}"),
    *("lock {} with {}", "cook {} with {}", "slice {} with {}", "chop {} with {}"),
    "dice {} with {}",
)


def test_commands_and_their_words_are_one_to_one() -> None:
    commands = {verb.format(*pair) for verb in VERBS for pair in product(NAMES, NAMES)}
    told = {command_words(command, HELDOUT) for command in commands}
    assert len(told) == len(commands)
    assert not told & commands
    assert all(command_words(command, TRAIN) == command for command in commands)
    assert all(", " not in line for line in told)


@pytest.mark.parametrize(
    ("sentence", "told"),
    [
        ("You need an unguarded exit? You should try going east.", "On the east side a way out"),
        ("There is a closed gate leading east.", "On the east side the gate is shut."),
        ("There is a coin on the floor.", "A coin can be found on the ground."),
        ("You are carrying nothing.", "The bag is empty."),
        ("You pick up the coin from the ground.", "Into the bag went the coin, from the ground."),
        ("The type P box is empty!", "Inside the type P box can be found nothing."),
        ("You've just walked into an attic.", "Around you is an attic."),
        ("You have opened a door.", "The tale goes on: You have opened a door."),
        ("Well, look {at} that!", "The tale goes on: Well, look {at} that!"),
    ],
)
def test_a_sentence_is_told_in_other_words(sentence: str, told: str) -> None:
    assert retell(sentence, HELDOUT).startswith(told)
    assert retell(sentence, TRAIN) == sentence


def test_an_objective_keeps_the_names_of_things() -> None:
    goal = words.goal_statement("Please open the open box. Then, retrieve the lock.", HELDOUT)
    assert goal == "What you are here for: kindly pull open the open box. Then, grab the lock."
    assert words.goal_statement("", HELDOUT) == HELDOUT.explore


def test_the_oracles_words_win_in_the_held_out_wording() -> None:
    env = TextActions(gym.make("alectors/CoinCollector-L5-v0", wording="heldout", num_games=1))
    _, info = env.reset(seed=1)
    over = False
    while not over:
        index = env.unwrapped.oracle_action()
        said = info["actions"][int(info["action_mask"][:index].sum())]
        page, reward, terminated, truncated, info = env.step(said)
        over = terminated or truncated
    assert (reward, info["success"], info["invalid_actions"]) == (1.0, True, 0)
    assert page.endswith("Victory is yours.")
    env.close()


OURS = ("Your goal is", "You have not done", "Your last action", "You are in the", "You have won")


def test_a_story_keeps_its_own_prose_and_nothing_else() -> None:
    usual, other = JerichoEnv(), JerichoEnv(wording="heldout")
    (page, info), (told, told_info) = usual.reset(seed=0), other.reset(seed=0)
    random = np.random.default_rng(0)
    kept = set()
    for _ in range(12):
        for line, told_line in zip(page.split("\n"), told.split("\n"), strict=True):
            assert (line == told_line) != line.startswith(OURS), line
            kept |= {line} & {told_line}
        assert len(set(told_info["actions"])) == len(info["actions"])
        assert not set(told_info["actions"]) & set(info["actions"])
        if not info["actions"]:
            break
        action = int(random.integers(len(info["actions"])))
        page, *_, info = usual.step(action)
        told, *_, told_info = other.step(action)
    assert len(kept) > 5
    usual.close()
    other.close()
