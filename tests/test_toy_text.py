"""Toy text tells the truth: pages are parsed back and compared with the rules' own state."""

import re
from collections.abc import Iterator
from typing import Any

import gymnasium as gym
import numpy as np
import pytest

import alectors
from alectors.envs.errors import InvalidArgument
from alectors.envs.grid_splits import in_test
from alectors.envs.toy_blackjack import add, dealer_sums, value_of_hit, value_of_stick
from alectors.envs.toy_places import SIDES
from alectors.envs.toy_plan import Plan
from alectors.envs.toy_taxi import STANDS

OFFSET = r"(?:(\d+) rows? (up|down))?(?: and )?(?:(\d+) columns? to the (left|right))?"


def offset(words: str) -> tuple[int, int]:
    found = re.fullmatch(OFFSET, words)
    assert found is not None, words
    rows, vertical, columns, horizontal = found.groups()
    return (
        int(rows or 0) * (SIDES[vertical][0] if rows else 0),
        int(columns or 0) * (SIDES[horizontal][1] if columns else 0),
    )


def cell(page: str, who: str) -> tuple[int, int]:
    row, column = re.search(rf"^{who} in row (\d+), column (\d+)\.$", page, re.M).groups()  # type: ignore[union-attr]
    return int(row) - 1, int(column) - 1


def states(env_id: str, count: int, **kwargs: Any) -> Iterator[tuple[Any, str, dict[str, Any]]]:
    """The rules, the page and the info in ``count`` states of random play."""
    env, random = gym.make(env_id, **kwargs).unwrapped, np.random.default_rng(0)
    page, info = env.reset(seed=0)
    for _ in range(count):
        yield env.game, page, info
        page, _, terminated, truncated, info = env.step(
            int(random.choice(np.flatnonzero(info["action_mask"])))
        )
        if terminated or truncated:
            yield env.game, page, info
            page, info = env.reset()


def parse_taxi(page: str) -> tuple[int, int, int, int]:
    taxi = cell(page, "The taxi is")
    where = re.search(r"^The passenger is (in the taxi|at the (\w+) stand)\.$", page, re.M)
    goal = re.match(r"Your goal is to bring the passenger to the (\w+) stand\.\n", page)
    assert where is not None
    assert goal is not None
    passenger = STANDS.index(where[2]) if where[2] else len(STANDS)
    return (*taxi, passenger, STANDS.index(goal[1]))


@pytest.mark.parametrize("kwargs", [{}, {"rainy": True, "fickle": True}])
def test_taxi_pages_are_the_state(kwargs: dict[str, bool]) -> None:
    seen = set()
    for game, page, info in states("alectors/Taxi-v0", 1_500, **kwargs):
        seen.add(int(game.s))
        assert parse_taxi(page) == game.decode(int(game.s))
        taxi = cell(page, "The taxi is")
        for name, place in zip(STANDS, game.locs, strict=True):
            found = re.search(rf"^Seen from the taxi, the {name} stand is (.*)\.$", page, re.M)
            rows, columns = offset(found[1]) if found else (0, 0)
            assert (taxi[0] + rows, taxi[1] + columns) == place
            assert bool(found) != (f"The taxi is at the {name} stand." in page)
        walls = ["right below", "right above", "to the right of", "to the left of"]
        told = [f"A wall is {where} the taxi." in page for where in walls]
        assert told == [not free for free in info["action_mask"][:4]]
        assert ("It rains" in page, "change the destination" in page) == (bool(kwargs),) * 2
        if not kwargs:
            letter = game.desc[taxi[0] + 1, 2 * taxi[1] + 2]
            assert told[2] == (letter == b"|")
    assert len(seen) > 150


@pytest.mark.parametrize(
    "kwargs",
    [{}, {"size": 8}, {"size": 10, "slippery": True}, {"map": "4x4"}, {"map": "8x8"}],
)
def test_lake_pages_are_the_lake(kwargs: dict[str, Any]) -> None:
    lakes = set()
    for game, page, _ in states("alectors/FrozenLake-v0", 400, **kwargs):
        rows, columns = game.desc.shape
        assert f"The lake has {rows} rows and {columns} columns." in page
        row, column = cell(page, "You are")
        assert row * columns + column == game.s
        board = np.full((rows, columns), b"F")
        board[0, 0] = b"S"
        for what, words in re.findall(r"^(The gift|A hole) is (.*)\.$", page, re.M):
            down, right = offset(words)
            board[row + down, column + right] = b"G" if what == "The gift" else b"H"
        if "You have reached the gift." in page:
            board[row, column] = b"G"
        if "You have fallen into a hole." in page:
            board[row, column] = b"H"
        assert (board == game.desc).all()
        assert ("slippery" in page) is kwargs.get("slippery", False)
        lakes.add(game.desc.tobytes())
    assert len(lakes) == 1 if "map" in kwargs else len(lakes) > 10


@pytest.mark.parametrize("slippery", [False, True])
def test_cliff_pages_are_the_state(slippery: bool) -> None:
    for game, page, _ in states("alectors/CliffWalking-v0", 1_000, slippery=slippery):
        row, column = cell(page, "You are")
        assert row * 12 + column == game.s
        found = re.search(r"^The goal is (.*)\.$", page, re.M)
        down, right = offset(found[1]) if found else (0, 0)
        assert (row + down, column + right) == (3, 11)
        below = row < 3 and game._cliff[row + 1, column]
        assert ("The cliff is right below you." in page) == below
        beside = column < 11 and game._cliff[row, column + 1]
        assert ("The cliff is to the right of you." in page) == beside
        assert ("slippery" in page) is slippery


def test_blackjack_pages_are_the_hand() -> None:
    for game, page, _ in states("alectors/Blackjack-v0", 1_500):
        total, dealer, ace = game._get_obs()
        words = str(total) if total <= 21 else "over 21"
        assert f"Your cards add up to {words}." in page.split("\n")
        assert ("You hold an ace that counts as 11." in page) == bool(ace)
        shown = "an ace" if dealer == 1 else f"a card that counts as {dealer}"
        assert f"The dealer shows {shown}." in page.split("\n")


TEXT = ("FrozenLake-v0", "FrozenLake-8x8-v0", "Taxi-v0", "CliffWalking-v0", "Blackjack-v0")


@pytest.mark.parametrize("name", TEXT)
def test_the_oracle_wins_and_random_does_not(name: str) -> None:
    random, oracle = (
        alectors.evaluate(alectors.BASELINES[agent](), f"alectors/{name}", episodes=10)
        for agent in ("random", "oracle")
    )
    assert random.mean_return < oracle.mean_return
    if name != "Blackjack-v0":
        assert oracle.success_rate == oracle.mean_score == 1.0
    assert name != "CliffWalking-v0" or {e.total for e in oracle.episodes} == {-13.0}


def test_taxis_plan_takes_the_shortest_ways() -> None:
    """Over all beginnings the shortest ways are known: breadth-first search finds them."""
    game = gym.make("Taxi-v4").unwrapped
    plan = Plan(game.P)
    for state in map(int, np.flatnonzero(game.initial_state_distrib)):
        ways, following, length = {state}, state, 0
        over = False
        while not over:
            (move,) = game.P[following][plan.choose(following, range(6))]
            _, following, _, over = move
            length += 1
            ends = [game.P[way][action][0] for way in ways for action in range(6)]
            assert over or not any(end[3] for end in ends)
            ways |= {end[1] for end in ends}
        assert any(end[3] for end in ends), length


def test_blackjacks_values_are_the_known_ones() -> None:
    """Sutton and Barto, section 5.3: the optimal policy of figure 5.2."""

    def sticks(ace: int, dealer: int) -> int:
        """The lowest sum to stick with."""
        return next(
            total
            for total in range(12, 22)
            if value_of_stick(total, dealer) >= value_of_hit(total, ace, dealer)
        )

    assert [sticks(0, dealer) for dealer in range(1, 11)] == [17, 13, 13, 12, 12, 12, *[17] * 4]
    assert [sticks(1, dealer) for dealer in range(2, 11)] == [18] * 7 + [19] * 2
    assert sum(dealer_sums(16, 0).values()) == pytest.approx(1)
    assert dealer_sums(16, 0)[0] == pytest.approx(8 / 13)


def test_the_dealer_goes_over_as_often_as_is_known() -> None:
    """The published chances of a deck without end, by the open card (dealer stands on all 17)."""
    known = [0.1153, 0.3536, 0.3739, 0.3945, 0.4164, 0.4232, 0.2623, 0.2447, 0.2284, 0.2121]
    over = [dealer_sums(*add(0, 0, card))[0] for card in range(1, 11)]
    assert over == pytest.approx(known, abs=6e-4)


def test_a_hand_is_scored_by_its_reward() -> None:
    env, rewards = gym.make("alectors/Blackjack-v0").unwrapped, set()
    env.reset(seed=0)
    for _ in range(150):
        over = False
        while not over:
            _, reward, over, _, info = env.step(env.oracle_action())
        rewards.add(reward)
        assert info["score"] == (reward + 1) / 2
        assert info["success"] is (reward > 0)
        env.reset()
    assert rewards == {-1.0, 0.0, 1.0}


def begun(name: str, split: str, count: int) -> set[Any]:
    env = gym.make(f"alectors/{name}", split=split).unwrapped
    env.reset(seed=0)
    found = set()
    for _ in range(count):
        env.reset()
        lake = hasattr(env.game, "desc") and "Lake" in name
        found.add(env.game.desc.tobytes() if lake else int(env.game.s))
    return found


@pytest.mark.parametrize("name", ["Taxi-v0", "FrozenLake-v0"])
def test_no_level_is_in_both_splits(name: str) -> None:
    train, test = begun(name, "train", 200), begun(name, "test", 200)
    assert len(train) > 80
    assert len(test) > 40
    assert not train & test


def test_a_quarter_of_taxis_beginnings_is_for_the_tests() -> None:
    game = gym.make("Taxi-v4").unwrapped
    beginnings = np.flatnonzero(game.initial_state_distrib)
    assert len(beginnings) == 300
    assert 60 <= sum(in_test(f"taxi {state}") for state in beginnings) <= 90


def test_an_unfinished_hand_has_no_score() -> None:
    env = gym.make("alectors/Blackjack-v0", on_invalid="terminate").unwrapped
    env.reset(seed=0)
    *_, info = env.step(7)
    assert (info["success"], info["score"]) == (False, 0.0)


def test_a_fall_off_the_cliff_costs_score() -> None:
    env = gym.make("alectors/CliffWalking-v0").unwrapped
    env.reset(seed=0)
    assert env.step(1)[1] == -100.0
    over = False
    while not over:
        *_, over, _, info = env.step(env.oracle_action())
    assert info["success"]
    assert info["score"] == pytest.approx(13 / 113)


@pytest.mark.parametrize("name", ["FrozenLake-v0", "Taxi-v0", "CliffWalking-v0", "Blackjack-v0"])
def test_there_is_a_picture(name: str) -> None:
    env = gym.make(f"alectors/{name}", render_mode="rgb_array")
    env.reset(seed=0)
    picture = env.render()
    assert picture.ndim == 3
    assert picture.std() > 0
    env.close()


@pytest.mark.parametrize(
    ("name", "kwargs", "sentence"),
    [
        ("FrozenLake-v0", {"map": "9x9"}, "map='9x9' is not known here; it can be 'random'"),
        ("FrozenLake-v0", {"size": 3}, "size=3 must be a whole number from 4 to 10"),
        ("FrozenLake-v0", {"size": "8"}, "size='8' must be a whole number"),
        ("FrozenLake-v0", {"slippery": 1}, "slippery=1 must be True or False"),
        ("Taxi-v0", {"rainy": "yes"}, "rainy='yes' must be True or False"),
        ("CliffWalking-v0", {"slippery": None}, "slippery=None must be True or False"),
        ("Blackjack-v0", {"natural": "no"}, "natural='no' must be True or False"),
    ],
)
def test_a_wrong_argument_is_told(name: str, kwargs: dict[str, Any], sentence: str) -> None:
    with pytest.raises(InvalidArgument, match=sentence):
        gym.make(f"alectors/{name}", **kwargs)
