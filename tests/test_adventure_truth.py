"""What a page of a text adventure says of exits, doors and the inventory holds in TextWorld."""

import re
from typing import Any

import gymnasium as gym
import numpy as np
import pytest

import alectors  # noqa: F401  (registers the environments)

WORLDS: dict[str, dict[str, int]] = {
    "CoinCollector-L5-v0": {"num_games": 2},
    "TreasureHunter-L5-v0": {"num_games": 2},
    "Cooking-L5-v0": {"num_games": 2},
    "SimpleGame-v0": {"num_games": 2},
    "TextWorld-v0": {},
}
EXIT = re.compile(
    r"There is an (?:un\w+ )?exit to the (\w+)\."
    r"|There is an exit to the (\w+)\. Don't worry, .+"
    r"|You don't like doors\? Why not try going (\w+), .+"
    r"|You need an .*exit.*\? You should try going (\w+)\."
    r"|On the (\w+) side a way out is free\."
)
DOOR = re.compile(
    r"There is (?:an open|a (?P<state>closed|locked)) (?P<name>.+) leading (?P<way>\w+)\."
    r"|On the (?P<side>\w+) side the (?P<door>.+) is (?P<told>ajar|shut|bolted)\."
)
STATES = {None: "open", "ajar": "open", "shut": "closed", "bolted": "locked"}
CARRIED = re.compile(r"(?:You are carrying:?|The bag (?:holds|is)) (.+)\.")


def exits_told(lines: list[str]) -> tuple[set[str], dict[str, tuple[str, str]]]:
    """The directions of free ways, and by direction each door's name and state."""
    lines = [line.removeprefix("The tale goes on: ") for line in lines]
    ways = [next(filter(None, found.groups())) for found in map(EXIT.fullmatch, lines) if found]
    doors = {}
    for found in filter(None, map(DOOR.fullmatch, lines)):
        told = found["told"] or found["state"]
        doors[found["way"] or found["side"]] = (
            found["name"] or found["door"],
            STATES.get(told, told),
        )
    assert len(set(ways)) == len(ways)
    return set(ways), doors


def check_exits(lines: list[str], story: Any) -> None:
    """TextWorld's logic says where one can go, and which doors can be opened and closed."""
    ways, doors = exits_told(lines)
    commands = set(story.node.commands)
    opened = {way for way, (_, state) in doors.items() if state == "open"}
    assert not ways & doors.keys()
    assert {command[3:] for command in commands if command.startswith("go ")} == ways | opened
    for name, state in doors.values():
        # Inform says of a locked door, too, that it is closed.
        assert state == "closed" or f"open {name}" not in commands
        assert (f"close {name}" in commands) == (state == "open")


def check_inventory(lines: list[str], story: Any) -> None:
    """Besides the names of what TextWorld's facts put into the inventory nothing is told."""
    infos = story.logic.game.infos
    carried = [
        infos[fact.arguments[0].name].name
        for fact in story.node.facts
        if fact.name == "in" and fact.arguments[1].type == "I"
    ]
    (told,) = (found[1] for found in map(CARRIED.fullmatch, lines) if found)
    for name in sorted(carried, key=len, reverse=True):
        assert len(re.findall(rf"\b{re.escape(name)}\b", told)) >= 1
        told = re.sub(rf"\b{re.escape(name)}\b", "", told, count=1)
    # What has been done to food stands before its name.
    done = {"raw", "fried", "roasted", "grilled", "chopped", "sliced", "diced", "burned"}
    rest = set(re.findall(r"\w+", told)) - {"a", "an", "some", "and"} - done
    assert rest == (set() if carried else {"nothing"} if "nothing" in rest else {"empty"})


def assert_truth(name: str, wording: str, steps: int) -> None:
    env = gym.make(f"alectors/{name}", wording=wording, **WORLDS[name]).unwrapped
    random = np.random.default_rng(0)
    page, info = env.reset(seed=1)
    for _ in range(steps):
        story, lines = env._story, page.split("\n")
        if not story.ended:
            check_exits(lines, story)
            check_inventory(lines, story)
        legal = np.flatnonzero(info["action_mask"])
        page, _, terminated, truncated, info = env.step(int(random.choice(legal)))
        if terminated or truncated:
            page, info = env.reset()
    env.close()


@pytest.mark.parametrize("wording", ["train", "heldout"])
@pytest.mark.parametrize("name", WORLDS)
def test_exits_doors_and_inventory_are_those_of_the_game(name: str, wording: str) -> None:
    assert_truth(name, wording, steps=80)


@pytest.mark.slow
@pytest.mark.parametrize("wording", ["train", "heldout"])
@pytest.mark.parametrize("name", WORLDS)
def test_exits_doors_and_inventory_are_those_of_many_games(name: str, wording: str) -> None:
    assert_truth(name, wording, steps=1_500)
