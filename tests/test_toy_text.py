"""Toy text: oracles, scores, splits, pictures and arguments."""

from typing import Any

import gymnasium as gym
import numpy as np
import pytest

import alectors
from alectors.envs.errors import InvalidArgument
from alectors.envs.grid_splits import in_test
from alectors.envs.toy_blackjack import add, dealer_sums, value_of_hit, value_of_stick
from alectors.envs.toy_plan import Plan

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
