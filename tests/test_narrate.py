"""`alectors.narrate`: any environment with discrete actions keeps the whole contract."""

import pickle
import re
import sys
from types import ModuleType
from typing import Any

import gymnasium as gym
import numpy as np
import pytest
from gymnasium.envs.registration import EnvSpec
from gymnasium.error import ResetNeeded

import alectors
from alectors.envs.base import NOTICE, TEST_SEEDS, TRAIN_SEEDS
from alectors.envs.errors import InvalidArgument
from alectors.envs.narrated import NarratedEnv

NAMES = ["turn down", "leave it", "turn up"]


class Thermostat(gym.Env[int, int]):
    """A room to be kept at 20 degrees; its actions are counted from 5, and it tells a mask."""

    observation_space = gym.spaces.Discrete(41)
    action_space = gym.spaces.Discrete(3, start=5)

    def __init__(self, cut: int = 0, masked: bool = True) -> None:
        self.cut, self.masked = cut, masked
        self.seeds: list[int | None] = []
        self.options: Any = None

    def _info(self) -> dict[str, Any]:
        return {"action_mask": np.array([self.heat > 10, 1, self.heat < 30])} if self.masked else {}

    def reset(self, *, seed: int | None = None, options: Any = None) -> Any:
        super().reset(seed=seed)
        self.seeds.append(seed)
        self.options = options
        self.heat, self.steps = int(self.np_random.integers(10, 31)), 0
        return self.heat, self._info()

    def step(self, action: int) -> Any:
        assert self.action_space.contains(action)
        self.heat, self.steps = self.heat + action - 6, self.steps + 1
        found = self.heat == 20
        return self.heat, np.float32(found), found, self.steps == self.cut, self._info()


def tell(heat: int, info: dict[str, Any]) -> list[str]:
    return ["Your goal is to bring the room to 20 degrees.", f"It has {heat} degrees."]


def never_down(heat: int, info: dict[str, Any]) -> list[int]:
    return [0, 1, 1]


def judge(total: float, terminated: bool) -> tuple[bool, float]:
    return terminated, 0.25


def make(**options: Any) -> NarratedEnv:
    inside = Thermostat(options.pop("cut", 0), options.pop("masked", True))
    return alectors.narrate(inside, tell, **{"actions": NAMES, "max_steps": 40, **options})


def test_it_keeps_the_contract() -> None:
    env = make()
    alectors.testing.check(env, steps=200)
    page, info = env.reset(seed=1)
    assert page == f"Your goal is to bring the room to 20 degrees.\nIt has {env.game.heat} degrees."
    assert info["actions"] == NAMES
    assert isinstance(env.game, Thermostat)


@pytest.mark.parametrize("masked", [True, False])
def test_its_own_mask_is_taken_where_it_gives_one(masked: bool) -> None:
    env = make(masked=masked)
    env.reset(seed=0)
    env.game.heat = 11
    *_, info = env.step(0)
    assert info["action_mask"].tolist() == ([0, 1, 1] if masked else [1, 1, 1])
    assert info["actions"] == (NAMES[1:] if masked else NAMES)
    assert (NOTICE in env.step(0)[0]) is masked


def test_a_mask_function_is_preferred() -> None:
    env = make(mask=never_down)
    _, info = env.reset(seed=0)
    assert info["actions"] == NAMES[1:]
    before = env.game.heat
    env.step(0)
    assert env.game.heat == before


@pytest.mark.parametrize(("split", "seeds"), [("train", TRAIN_SEEDS), ("test", TEST_SEEDS)])
def test_level_seeds_come_from_the_split_and_options_arrive(split: str, seeds: range) -> None:
    env = make(split=split)
    env.reset(seed=0, options={"window": "open"})
    assert env.game.options == {"window": "open"}
    for _ in range(20):
        env.reset()
    assert all(seed in seeds for seed in env.game.seeds)
    assert len(set(env.game.seeds)) == 21


def test_the_end_inside_is_the_end() -> None:
    env = make(on_invalid="error")
    env.reset(seed=4)
    over = False
    while not over:
        _, reward, over, truncated, info = env.step(0 if env.game.heat > 20 else 2)
    assert (reward, truncated) == (1.0, False)
    assert type(reward) is float
    assert (info["success"], info["score"]) == (True, 1.0)
    with pytest.raises(ResetNeeded):
        env.step(1)


def test_truncation_inside_truncates_in_this_episode_only() -> None:
    env = make(cut=2)
    for _ in range(2):
        env.reset(seed=2)
        assert env.step(1)[2:4] == (False, False)
        *ends, info = env.step(1)[2:]
        assert (ends, info["success"], info["score"]) == ([False, True], False, 0.0)
    assert env.reset(seed=2)
    env.game.cut = 0
    assert not any(env.step(1)[3] for _ in range(39))
    assert env.step(1)[3]


def test_a_judge_of_its_own() -> None:
    env = make(result=judge, max_steps=1)
    env.reset(seed=0)
    *_, info = env.step(1)
    assert (info["success"], info["score"]) == (False, 0.25)


def test_a_spec_gives_the_length_and_stands_for_the_environment() -> None:
    inside = gym.make("CartPole-v1")
    env = alectors.narrate(inside, tell_numbers, actions=["left", "right"])
    assert env.max_steps == 500
    copy = pickle.loads(pickle.dumps(env))
    assert copy.game is not inside
    assert copy.game.spec.id == inside.spec.id
    alectors.testing.check(env)


def tell_numbers(numbers: Any, info: dict[str, Any]) -> list[str]:
    return [
        "Your goal is balance.",
        f"The pole leans to the {'right' if numbers[2] > 0 else 'left'}.",
    ]


tell_numbers.actions = ["left", "right"]  # type: ignore[attr-defined]


def test_a_narrator_may_bring_the_names() -> None:
    env = alectors.narrate("CartPole-v1", tell_numbers)
    assert env.reset(seed=0)[1]["actions"] == ["left", "right"]


def test_an_id_of_ones_own_goes_to_json_and_back_and_is_evaluated(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    module = ModuleType("narrators_of_a_test")
    module.tell = tell_numbers  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, module.__name__, module)
    kwargs = {"env": "CartPole-v1", "narrator": f"{module.__name__}:tell", "actions": ["a", "b"]}
    gym.register("test/Told-v0", "alectors.envs.narrated:NarratedEnv", kwargs=kwargs)
    try:
        env = gym.make("test/Told-v0", max_steps=7)
        copy = gym.make(EnvSpec.from_json(env.spec.to_json()))
        assert copy.reset(seed=3)[0] == env.reset(seed=3)[0]
        result = alectors.evaluate(alectors.BASELINES["random"](), "test/Told-v0", episodes=2)
        assert 8 <= result.mean_length <= 60
    finally:
        del gym.registry["test/Told-v0"]


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        ({"actions": NAMES[:2]}, "must be a list of 3 different names"),
        ({"actions": ["a", "a", "b"]}, "must be a list of 3 different names"),
        ({"actions": ["a", "b\n", "c"]}, "each a line of printable ASCII"),
        ({"actions": None}, "actions=None must be a list"),
        ({"narrator": 3}, "narrator=3 must be a function, or its import path"),
        ({"narrator": "nowhere.at.all:tell"}, "the module 'nowhere.at.all' cannot be imported"),
        ({"mask": "math:no_such"}, "mask='math:no_such': math has no callable 'no_such'"),
        ({"max_steps": 0}, "max_steps=0 must be a whole number of at least 1."),
        ({"render_mode": "rgb_array"}, "make that one with render_mode='rgb_array' too"),
    ],
)
def test_a_wrong_argument_is_told_in_a_sentence(options: dict[str, Any], sentence: str) -> None:
    arguments = {"env": Thermostat(), "narrator": tell, "actions": NAMES, **options}
    with pytest.raises(InvalidArgument, match=re.escape(sentence)):
        NarratedEnv(**arguments)


def test_other_actions_cannot_be_told() -> None:
    with pytest.raises(InvalidArgument, match="only Discrete ones can be told"):
        alectors.narrate("Pendulum-v1", tell, actions=["a"])


@pytest.mark.parametrize(
    "statements",
    [[], ["two\nlines"], [""], [" blanks"], ["caf\u00e9"], [3], [None], ["tab\t"], ["\x1b[2J"]],
)  # fmt: skip
def test_a_narrator_that_returns_no_page_is_told_so(statements: list[Any]) -> None:
    env = alectors.narrate(Thermostat(), lambda heat, info: statements, actions=NAMES)
    with pytest.raises(InvalidArgument, match="A narrator returns a list of statements"):
        env.reset(seed=0)


def test_a_page_longer_than_its_space_is_refused() -> None:
    env = make(max_length=20)
    with pytest.raises(InvalidArgument, match="larger max_length"):
        env.reset(seed=0)


def test_a_mask_of_another_length_is_refused() -> None:
    env = make(mask=lambda heat, info: [1, 1])
    with pytest.raises(InvalidArgument, match="The mask has 2 numbers, and there are 3 actions"):
        env.reset(seed=0)


def test_the_picture_is_that_of_the_environment_inside() -> None:
    env = alectors.narrate("CartPole-v1", tell_numbers, render_mode="rgb_array")
    env.reset(seed=0)
    assert env.render().shape == (400, 600, 3)
    env.close()
