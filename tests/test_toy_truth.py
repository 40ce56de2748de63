"""Toy text and classic control tell the truth: pages are read back, in both wordings."""

import re
from collections.abc import Iterator
from functools import cache
from math import acos, atan2, cos, pi
from typing import Any

import gymnasium as gym
import numpy as np
import pytest
from reading_back import Reader, one_of, templates_of

import alectors  # noqa: F401  (registers the environments)
from alectors.envs import (
    toy_acrobot,
    toy_blackjack,
    toy_cartpole,
    toy_cliff,
    toy_lake,
    toy_mountain,
    toy_taxi,
)

MODULES = {
    "Taxi-v0": toy_taxi,
    "FrozenLake-v0": toy_lake,
    "CliffWalking-v0": toy_cliff,
    "Blackjack-v0": toy_blackjack,
    "CartPole-v0": toy_cartpole,
    "MountainCar-v0": toy_mountain,
    "Acrobot-v0": toy_acrobot,
}
CONTROL = ("CartPole-v0", "MountainCar-v0", "Acrobot-v0")
STATEMENTS = {
    "Taxi-v0": ("goal", "waits", "rides", "taxi", "at_stand", "stand", "walls", "rain", "fickle"),
    "FrozenLake-v0": ("goal", "size", "place", "slippery", "fields", "reached"),
    "CliffWalking-v0": (
        *("goal", "place", "there", "arrived", "cliff", "fall", "slippery", "below", "beside"),
    ),
    "Blackjack-v0": ("goal", "total", "over", "ace", "shown", "shown_ace"),
}
STANDS = {
    "train": ("red", "green", "yellow", "blue"),
    "heldout": ("scarlet", "emerald", "golden", "azure"),
}
both_wordings = pytest.mark.parametrize("wording", ["train", "heldout"])

Said = dict[str, list[tuple[Any, dict[str, str]]]]
"""By the name of a template: which of them it is, and what was put into it."""


@cache
def reader(name: str, wording: str) -> Reader:
    told: Any = MODULES[name].WORDINGS[wording]
    forms = dict.fromkeys(("row", "column", "rows", "columns", "total", "value"), r"\d+")
    forms |= {"stand": one_of(getattr(told, "stands", ["none"])), "place": r"\d.*"}
    return Reader(templates_of(told, STATEMENTS[name]), forms)


def states(name: str, wording: str, count: int, **kwargs: Any) -> Iterator[tuple[Any, Said, Any]]:
    """The environment, what its page says and the info in ``count`` states of random play."""
    env = gym.make(f"alectors/{name}", wording=wording, **kwargs).unwrapped
    random = np.random.default_rng(0)
    page, info = env.reset(seed=0)
    over = False
    for _ in range(count):
        said: Said = {field: [] for field in STATEMENTS[name]}
        for (field, key), places in reader(name, wording).read_all(page.split("\n")):
            said[field].append((key, places))
        assert len(said["goal"]) == 1
        yield env, said, info
        if over:
            page, info = env.reset()
            over = False
        elif name in TABLES and random.random() < 0.5:
            page, info = move_to(env, int(random.choice(TABLES[name](env.game))))
        else:
            action = int(random.choice(np.flatnonzero(info["action_mask"])))
            page, _, terminated, truncated, info = env.step(action)
            over = terminated or truncated


TABLES = {
    "Taxi-v0": lambda game: np.arange(500),
    "FrozenLake-v0": lambda game: np.flatnonzero(~np.isin(game.desc, [b"G", b"H"])),
    "CliffWalking-v0": lambda game: np.flatnonzero(~game._cliff)[:-1],
}
"""The states in which an episode goes on."""


def move_to(env: Any, state: int) -> tuple[str, dict[str, Any]]:
    """Put the game into a state, as reset might have done, and tell it."""
    env.game.s = env._observation = state
    if hasattr(env.game, "action_mask"):
        env._info = {"action_mask": env.game.action_mask(state)}
    told: tuple[str, dict[str, Any]] = env._tell(notice=None, ended=False)
    return told


ROWS = r"(?:(?P<rows>\d+) (?:row|line)s? (?P<vertical>up|down|higher|lower))?"
COLUMNS = r"(?:(?P<columns>\d+) (?:column|file)s? (?:to the )?(?P<side>left|right)(?:ward)?)?"
OFFSETS = {"train": f"{ROWS}(?: and )?{COLUMNS}", "heldout": f"{COLUMNS}(?: plus )?{ROWS}"}


def offset(words: str, wording: str) -> tuple[int, int]:
    """(rows down, columns to the right) that an offset stands for."""
    found = re.fullmatch(OFFSETS[wording], words)
    assert found, words
    rows = int(found["rows"] or 0) * (-1 if found["vertical"] in ("up", "higher") else 1)
    return rows, int(found["columns"] or 0) * (-1 if found["side"] == "left" else 1)


def cell(said: Said, field: str) -> tuple[int, int]:
    ((_, places),) = said[field]
    return int(places["row"]) - 1, int(places["column"]) - 1


def check_taxi(count: int, wording: str, **kwargs: bool) -> None:
    names = STANDS[wording]
    seen = set()
    for env, said, info in states("Taxi-v0", wording, count, **kwargs):
        game = env.game
        row, column, passenger, destination = game.decode(int(game.s))
        seen.add(int(game.s))
        assert cell(said, "taxi") == (row, column)
        assert said["goal"][0][1]["stand"] == names[destination]
        waits = [names.index(places["stand"]) for _, places in said["waits"]]
        assert waits + [4] * len(said["rides"]) == [passenger]
        stands = {names.index(p["stand"]): offset(p["place"], wording) for _, p in said["stand"]}
        stands |= {names.index(places["stand"]): (0, 0) for _, places in said["at_stand"]}
        assert {k: (row + v, column + h) for k, (v, h) in stands.items()} == dict(
            enumerate(game.locs)
        )
        assert len(said["stand"]) + len(said["at_stand"]) == 4
        blocked = [k for k, _ in said["walls"]]
        assert blocked == [k for k in range(4) if not info["action_mask"][k]]
        if not kwargs:
            wall_right = game.desc[row + 1, 2 * column + 2] == b"|"
            wall_left = game.desc[row + 1, 2 * column] == b"|"
            assert [2 in blocked, 3 in blocked] == [wall_right, wall_left]
            assert [0 in blocked, 1 in blocked] == [row == 4, row == 0]
        assert [len(said["rain"]), len(said["fickle"])] == [bool(kwargs)] * 2
    assert len(seen) > count / 10


def check_lake(count: int, wording: str, **kwargs: Any) -> None:
    lakes = set()
    for env, said, _ in states("FrozenLake-v0", wording, count, **kwargs):
        game = env.game
        rows, columns = game.desc.shape
        assert [p for _, p in said["size"]] == [{"rows": str(rows), "columns": str(columns)}]
        row, column = cell(said, "place")
        assert row * columns + column == game.s
        board = np.full((rows, columns), b"F")
        board[0, 0] = b"S"
        told = [(key, offset(p["place"], wording)) for key, p in said["fields"]]
        told += [(key, (0, 0)) for key, _ in said["reached"]]
        for is_gift, (down, right) in told:
            board[row + down, column + right] = b"HG"[is_gift : is_gift + 1]
        assert len({place for _, place in told}) == len(told)
        assert (board == game.desc).all()
        assert len(said["slippery"]) == kwargs.get("slippery", False)
        lakes.add(game.desc.tobytes())
    assert len(lakes) == 1 if kwargs.get("map", "random") != "random" else len(lakes) > count / 50


def check_cliff(count: int, wording: str, **kwargs: Any) -> None:
    for env, said, _ in states("CliffWalking-v0", wording, count, **kwargs):
        game = env.game
        row, column = cell(said, "place")
        assert row * 12 + column == game.s
        goals = [offset(places["place"], wording) for _, places in said["there"]]
        goals += [(0, 0)] * len(said["arrived"])
        assert [(row + down, column + right) for down, right in goals] == [(3, 11)]
        assert len(said["below"]) == (row < 3 and game._cliff[row + 1, column])
        assert len(said["beside"]) == (column < 11 and game._cliff[row, column + 1])
        assert len(said["cliff"]) == len(said["fall"]) == 1
        assert len(said["slippery"]) == kwargs.get("slippery", False)


def check_blackjack(count: int, wording: str, **kwargs: Any) -> None:
    for env, said, _ in states("Blackjack-v0", wording, count, **kwargs):
        total, dealer, ace = env.game._get_obs()
        sums = [int(places["total"]) for _, places in said["total"]] + [22] * len(said["over"])
        assert sums == [min(total, 22)]
        assert [key for key, _ in said["ace"]] == [ace]
        shown = [int(places["value"]) for _, places in said["shown"]] + [1] * len(said["shown_ace"])
        assert shown == [dealer]


CASES = [
    (check_taxi, {}),
    (check_taxi, {"rainy": True, "fickle": True}),
    (check_lake, {}),
    (check_lake, {"size": 8}),
    (check_lake, {"size": 10, "slippery": True}),
    (check_lake, {"map": "4x4"}),
    (check_lake, {"map": "8x8"}),
    (check_cliff, {}),
    (check_cliff, {"slippery": True}),
    (check_blackjack, {}),
]
every_case = pytest.mark.parametrize(
    ("check", "kwargs"), CASES, ids=[f"{check.__name__}-{kwargs}" for check, kwargs in CASES]
)


@both_wordings
@every_case
def test_a_page_read_back_is_the_state(check: Any, kwargs: dict[str, Any], wording: str) -> None:
    check(800, wording, **kwargs)


@pytest.mark.slow
@both_wordings
@every_case
def test_thousands_of_pages_read_back_are_the_states(
    check: Any, kwargs: dict[str, Any], wording: str
) -> None:
    check(4_000, wording, **kwargs)


def numbers(name: str, env: Any) -> tuple[float, ...]:
    """The numbers that a page of classic control tells, from the rules' own state."""
    state = tuple(map(float, env.game.state))
    if name != "Acrobot-v0":
        return tuple(np.float32(state).tolist())
    upper, bend, upper_speed, lower_speed = state
    angles = [atan2(np.sin(angle), np.cos(angle)) for angle in (upper, bend)]
    return (*angles, upper_speed, lower_speed, -cos(upper) - cos(upper + bend))


@both_wordings
@pytest.mark.parametrize("name", CONTROL)
def test_phrases_hold_the_numbers_of_the_game(name: str, wording: str) -> None:
    told = MODULES[name].WORDINGS[wording]
    env = gym.make(f"alectors/{name}", wording=wording).unwrapped
    random = np.random.default_rng(0)
    page, info = env.reset(seed=0)
    for _ in range(1_500):
        goal, *phrases = page.split("\n")
        assert (goal, tuple(info["actions"])) == (told.goal, told.actions)
        for scale, phrase, value in zip(told.scales, phrases, numbers(name, env), strict=True):
            low, high = scale.bounds(phrase)
            # The clock's 12 stands at both ends of its scale; float32 blurs the edges.
            twelve = phrase == scale.phrases[0] == scale.phrases[-1]
            assert low - 1e-6 <= value <= high + 1e-6 or twelve, (phrase, value)
        page, _, terminated, truncated, info = env.step(int(random.integers(len(info["actions"]))))
        if terminated or truncated:
            page, info = env.reset()


@pytest.mark.parametrize("name", CONTROL)
def test_held_out_phrases_part_the_numbers_as_the_usual_ones_do(name: str) -> None:
    usual, other = (MODULES[name].WORDINGS[wording].scales for wording in ("train", "heldout"))
    sides = {"left": "left|west", "right": "right|east"}
    sides |= {"clockwise": "with", "counterclockwise": "against"}
    for scale, twin in zip(usual, other, strict=True):
        assert scale.edges == twin.edges
        assert len(twin.phrases) == len(scale.phrases)
        for phrase, told in zip(scale.phrases, twin.phrases, strict=True):
            for word in re.findall(rf"\b({one_of(sides)})\b", phrase)[-1:]:
                assert re.search(sides[word], told), (phrase, told)
            hours = [re.findall(r"\d+", each) for each in (phrase, told)]
            assert hours[0] == hours[1]


@both_wordings
def test_the_clock_is_right(wording: str) -> None:
    """Gymnasium draws the upper link's end at (sin, -cos) of its angle, the y axis up."""
    told = toy_acrobot.WORDINGS[wording]
    for angle in np.linspace(-pi, pi, 500):
        words = toy_acrobot.tell(np.array([np.cos(angle), np.sin(angle), 1, 0, 0, 0]), {}, told)[1]
        (hour,) = map(int, re.findall(r"\d+", words))
        x, y = np.sin(hour * pi / 6), np.cos(hour * pi / 6)  # where a clock has its hour
        assert acos(min(1.0, x * np.sin(angle) - y * np.cos(angle))) <= pi / 12 + 1e-6


@both_wordings
@pytest.mark.parametrize("name", list(MODULES))
def test_actions_are_told_by_their_directions(name: str, wording: str) -> None:
    """The words of each action stand for the same direction in both wordings."""
    usual, other = (MODULES[name].WORDINGS[key].actions for key in ("train", wording))
    synonyms = {
        "left": "left|west",
        "right": "right|east",
        "up": "up|higher",
        "down": "down|lower",
        "clockwise": "clockwise|with the clock",
        "counterclockwise": "counterclockwise|against the clock",
    }
    assert len(set(other)) == len(usual)
    for words, told in zip(usual, other, strict=True):
        for word in set(words.split()) & set(synonyms):
            if not words.startswith("pick"):
                assert re.search(synonyms[word], told), (words, told)
