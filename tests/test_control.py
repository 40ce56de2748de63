"""Classic control: phrases hold the numbers they stand for, and suffice to solve the tasks."""

from math import inf
from typing import Any

import gymnasium as gym
import numpy as np
import pytest

import alectors
from alectors.envs import toy_acrobot, toy_cartpole, toy_mountain
from alectors.envs.scales import Scale, mirror

CONTROL = ("CartPole-v0", "MountainCar-v0", "Acrobot-v0")


def middle(scale: Scale, phrase: str) -> float:
    """A number that the phrase stands for; the outermost parts are as wide as their edge."""
    low, high = scale.bounds(phrase)
    if low == -inf:
        return high * 1.2
    return low * 1.2 if high == inf else (low + high) / 2


def test_a_scale_tells_the_part_that_a_number_lies_in() -> None:
    scale = mirror((1.0, 2.0), "middle", ("some {side}", "far {side}"))
    told = [scale.tell(value) for value in (-9, -2.1, -2, -1, 0, 0.99, 1, 2, inf)]
    sides = ["far left", "far left", "some left", "middle", "middle", "middle", "some right"]
    assert told == [*sides, "far right", "far right"]
    assert scale.bounds("middle") == (-1.0, 1.0)
    assert scale.bounds("far left") == (-inf, -2.0)
    with pytest.raises(ValueError, match="not in tuple"):
        scale.bounds("nowhere")


SCALES = (
    *toy_cartpole.SCALES,
    toy_mountain.PLACE,
    toy_mountain.SPEED,
    toy_acrobot.UPPER,
    toy_acrobot.BEND,
    toy_acrobot.UPPER_SPEED,
    toy_acrobot.LOWER_SPEED,
    toy_acrobot.HEIGHT,
)


@pytest.mark.parametrize("scale", SCALES, ids=lambda scale: scale.phrases[0])
def test_every_number_lies_in_the_bounds_of_its_phrase(scale: Scale) -> None:
    assert list(scale.edges) == sorted(scale.edges)
    assert len(scale.phrases) == len(scale.edges) + 1
    for value in np.random.default_rng(0).normal(0, 2 * max(scale.edges), 1_000):
        phrase = scale.tell(float(value))
        low, high = scale.bounds(phrase)
        # The clock's 12 stands at both ends of its scale.
        assert low <= value < high or phrase == scale.phrases[0] == scale.phrases[-1]


def play_by_phrases(name: str, scales: tuple[Scale, ...], choose: Any, seed: int) -> dict[str, Any]:
    """An episode of a controller that knows nothing but the page."""
    env = gym.make(f"alectors/{name}")
    page, info = env.reset(seed=seed)
    over = False
    while not over:
        phrases = page.split("\n")[1 : 1 + len(scales)]
        numbers = [middle(scale, phrase) for scale, phrase in zip(scales, phrases, strict=True)]
        page, _, terminated, truncated, info = env.step(choose(np.array(numbers)))
        over = terminated or truncated
    return info


@pytest.mark.parametrize("seed", range(3))
def test_the_phrases_suffice_for_cartpole(seed: int) -> None:
    info = play_by_phrases(
        "CartPole-v0", toy_cartpole.SCALES, lambda x: int(toy_cartpole.GAINS @ x > 0), seed
    )
    assert (info["success"], info["score"]) == (True, 1.0)


@pytest.mark.parametrize("seed", range(3))
def test_the_phrases_suffice_for_mountain_car(seed: int) -> None:
    scales = (toy_mountain.PLACE, toy_mountain.SPEED)
    info = play_by_phrases("MountainCar-v0", scales, lambda x: 2 if x[1] >= 0 else 0, seed)
    assert (info["success"], info["score"]) == (True, 1.0)


@pytest.mark.parametrize("seed", range(3))
def test_the_phrases_suffice_for_acrobot(seed: int) -> None:
    scales = (toy_acrobot.UPPER, toy_acrobot.BEND, toy_acrobot.UPPER_SPEED)
    info = play_by_phrases("Acrobot-v0", scales, lambda x: 0 if x[2] > 0 else 2, seed)
    assert (info["success"], info["score"]) == (True, 1.0)


@pytest.mark.parametrize("name", CONTROL)
def test_the_oracle_wins_and_random_does_not(name: str) -> None:
    random, oracle = (
        alectors.evaluate(alectors.BASELINES[agent](), f"alectors/{name}", episodes=2)
        for agent in ("random", "oracle")
    )
    assert oracle.success_rate == oracle.mean_score == 1.0
    assert random.success_rate == 0.0
    assert random.mean_return < oracle.mean_return


def test_right_is_where_the_numbers_grow() -> None:
    page = toy_cartpole.tell(np.array([2.0, 0.5, -0.1, 3.0]), {})
    assert page[1:] == [
        "The cart is near the right end of the track.",
        "The cart moves slowly to the right.",
        "The pole leans clearly to the left.",
        "The pole turns quickly to the right.",
    ]
    assert toy_mountain.tell(np.array([0.3, -0.02]), {})[1:] == [
        "The car is high on the right hill.",
        "The car rolls steadily to the left.",
    ]


@pytest.mark.parametrize("action", [0, 1])
def test_a_fallen_pole_is_told(action: int) -> None:
    env = gym.make("alectors/CartPole-v0")
    env.reset(seed=0)
    over = False
    while not over:
        page, _, over, _, info = env.step(action)
    assert f"The pole has fallen to the {'left' if action else 'right'}." in page
    assert not info["success"]
    assert 0 < info["score"] < 0.05


def test_a_short_cartpole_is_won_by_standing_to_its_end() -> None:
    env = gym.make("alectors/CartPole-v0", max_steps=3)
    env.reset(seed=0)
    for action in (0, 1):
        env.step(action)
    *ends, info = env.step(0)[2:]
    assert (ends, info["success"], info["score"]) == ([False, True], True, 1.0)


@pytest.mark.parametrize("name", CONTROL)
def test_there_is_a_picture(name: str) -> None:
    env = gym.make(f"alectors/{name}", render_mode="rgb_array")
    env.reset(seed=0)
    assert env.render().std() > 0
    env.close()
