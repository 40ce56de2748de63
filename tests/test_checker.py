"""`alectors.testing.check` fails on an environment that breaks a promise, and names the promise."""

import random
from typing import Any

import gymnasium as gym
import numpy as np
import pytest

from alectors.envs.base import TextEnv
from alectors.envs.echo import EchoEnv
from alectors.testing import check


def test_a_good_environment_passes() -> None:
    check(EchoEnv())


def test_it_takes_other_ways_of_treating_illegal_actions() -> None:
    check(EchoEnv(on_invalid="error"))


class Page(EchoEnv):
    """Its page is spoiled."""

    def __init__(self, *, spoil: str) -> None:
        super().__init__()
        self._spoil = spoil

    def _statements(self) -> list[str]:
        return [line.replace("The ", self._spoil) for line in super()._statements()]


class Info(EchoEnv):
    """Its info is spoiled: a None takes the entry away."""

    def __init__(self, *, entry: str, value: Any) -> None:
        super().__init__()
        self._change = entry, value

    def _tell(self, notice: str | None, ended: bool) -> tuple[str, dict[str, Any]]:
        page, info = super()._tell(notice, ended)
        entry, value = self._change
        if entry in info:
            del info[entry]
            info |= {} if value is None else {entry: value}
        return page, info


class Reward(EchoEnv):
    """Its reward is a whole number."""

    def step(self, action: int) -> Any:
        page, reward, *rest = super().step(action)
        return page, int(reward), *rest


class SeedlessReset(EchoEnv):
    """Its word does not come from the seed."""

    def _draw(self) -> None:
        self.game = random.randrange(4)


class SeedlessReward(EchoEnv):
    """Its reward does not come from the seed."""

    def _play(self, action: int) -> tuple[float, bool]:
        super()._play(action)
        return random.random(), False


class SeedlessEnd(EchoEnv):
    """Its end does not come from the seed."""

    def _play(self, action: int) -> tuple[float, bool]:
        return super()._play(action)[0], random.random() < 0.3


class Forgetful(EchoEnv):
    """Its pickled copy has lost an argument."""

    def __reduce__(self) -> Any:
        return type(self), ()


class Stuck(EchoEnv):
    """After the first action nothing is legal, and the episode goes on."""

    def _legal(self) -> dict[int, str]:
        return {} if self._steps else super()._legal()


class Meddling(EchoEnv):
    """An illegal action draws another word."""

    def _reject(self, action: object) -> tuple[float, bool]:
        self._draw()
        return super()._reject(action)


class Restless(EchoEnv):
    """An illegal action changes much of the page."""

    def _statements(self) -> list[str]:
        count = self._invalid_actions
        return [*super()._statements(), f"One of {count}.", f"Two of {count}."]


class NewGoal(EchoEnv):
    """An illegal action changes the goal."""

    def _statements(self) -> list[str]:
        goal, *rest = super()._statements()
        return [f"{goal[:-1]} {self._invalid_actions}.", *rest]


class Cheating(EchoEnv):
    """An illegal action changes what is legal."""

    def _reject(self, action: object) -> tuple[float, bool]:
        self._words.popitem()
        return super()._reject(action)


class Silent(EchoEnv):
    """The page does not say that an action was illegal."""

    def _tell(self, notice: str | None, ended: bool) -> tuple[str, dict[str, Any]]:
        return super()._tell(None, ended)


class Uncounted(EchoEnv):
    """An illegal action is not counted."""

    def _reject(self, action: object) -> tuple[float, bool]:
        return 0.0, False


class Fined(EchoEnv):
    """An illegal action costs reward although nothing was said of it."""

    def _reject(self, action: object) -> tuple[float, bool]:
        self._invalid_actions += 1
        return -1.0, False


class Ending(EchoEnv):
    """An illegal action ends the episode."""

    def _reject(self, action: object) -> tuple[float, bool]:
        self._invalid_actions += 1
        return 0.0, True


class OtherSpace(EchoEnv):
    """One of its spaces is of another kind."""

    def __init__(self, *, name: str, space: gym.Space[Any]) -> None:
        super().__init__()
        setattr(self, name, space)


class Nameless(gym.Wrapper[str, int, str, int]):
    """Its unwrapped environment lacks an attribute."""

    def __init__(self, name: str) -> None:
        super().__init__(EchoEnv())
        self._name = name

    @property
    def unwrapped(self) -> Any:
        class Lacking:
            def __getattr__(me, name: str) -> Any:  # noqa: N805
                if name == self._name:
                    raise AttributeError(name)
                return getattr(self.env, name)

        return Lacking()


class Numbers(EchoEnv):
    """Tells the word's number, so many times over, and some noise that no seed decides."""

    narrations = ("symbolic",)

    def __init__(self, *, times: float = 1.0, noise: float = 0.0) -> None:
        super().__init__(narration="symbolic")
        self._times, self._noise = times, noise

    def _symbol_space(self) -> gym.spaces.Box:
        return gym.spaces.Box(0.0, 4.0, (1,), np.float32)

    def _symbols(self) -> Any:
        return np.array([self._times * self.game + self._noise * random.random()], np.float32)

    def __reduce__(self) -> Any:
        return Numbers, ()


def test_a_good_symbolic_environment_passes() -> None:
    check(Numbers())


TEXT = gym.spaces.Text(max_length=10, charset="abc")
NO_ACTIONS = np.zeros(4, dtype=np.int8)
BROKEN: list[tuple[TextEnv | gym.Env[str, int], str]] = [
    (Page(spoil=" The "), "blanks around it"),
    (Page(spoil="\n\nThe "), "an empty line"),
    (Page(spoil="Thé "), "characters outside its space: ['é']"),
    (Page(spoil="The " * 9_999), "not in its space (too long?)"),
    (Info(entry="actions", value=None), "info['actions'] is missing"),
    (Info(entry="action_mask", value=None), "info['action_mask'] is missing"),
    (Info(entry="invalid_actions", value=None), "info['invalid_actions'] is missing"),
    (Info(entry="actions", value=("a", "b", "c", "d")), "is not a list"),
    (Info(entry="actions", value=["a", "b", "c"]), "differ in number"),
    (Info(entry="actions", value=["a", "b", "c", ""]), "has no words"),
    (Info(entry="actions", value=["a", "b", "c", "a"]), "two legal actions have the same words"),
    (Info(entry="action_mask", value=NO_ACTIONS), "differ in number"),
    (Info(entry="action_mask", value=np.ones(4)), "the action mask is float64"),
    (Info(entry="action_mask", value=np.ones(5, dtype=np.int8)), "has the wrong shape"),
    (Info(entry="invalid_actions", value=2), "legal play was counted as invalid"),
    (Info(entry="success", value=None), "info['success'] is not a bool"),
    (Info(entry="success", value=1), "info['success'] is not a bool"),
    (Info(entry="score", value=None), "info['score'] is None"),
    (Info(entry="score", value=1.5), "info['score'] is 1.5, not in 0 to 1"),
    (Reward(), "not a float"),
    (SeedlessReset(), "the same seed gives another episode: pages differ"),
    (SeedlessReward(), "the same seed gives another episode: rewards differ"),
    (SeedlessEnd(), "the same seed gives another episode"),
    (Forgetful(words=5), "a pickled copy differs"),
    (Stuck(), "no action is legal, and the episode goes on"),
    (Meddling(), "an illegal action changed the state"),
    (Restless(), "an illegal action changed the page"),
    (NewGoal(), "an illegal action changed the goal"),
    (Cheating(), "an illegal action changed what is legal"),
    (Silent(), "no statement after the goal says"),
    (Uncounted(), "an illegal action was not counted"),
    (Fined(), "an illegal action gave the reward -1.0"),
    (Ending(), "an illegal action ended the episode"),
    (OtherSpace(name="observation_space", space=gym.spaces.Discrete(2)), "is not Text"),
    (Numbers(times=9.0), "the array is not in its space"),
    (Numbers(noise=0.5), "the same seed gives another episode: pages differ"),
    (Numbers(times=0.5), "a pickled copy differs"),
    (OtherSpace(name="observation_space", space=TEXT), "characters outside its space"),
    (OtherSpace(name="action_space", space=TEXT), "is not Discrete"),
    (OtherSpace(name="action_space", space=gym.spaces.Discrete(4, start=1)), "start at 0"),
    (Nameless("oracle_action"), "env.unwrapped.oracle_action is missing"),
    (Nameless("narration_version"), "env.unwrapped.narration_version is missing"),
    (Nameless("max_steps"), "env.unwrapped.max_steps is missing"),
    (Nameless("game"), "env.unwrapped.game is missing after reset"),
]


@pytest.mark.parametrize(
    ("env", "promise"), BROKEN, ids=[f"{type(env).__name__}-{promise}" for env, promise in BROKEN]
)
def test_a_broken_promise_is_named(env: gym.Env[str, int], promise: str) -> None:
    random.seed(0)
    with pytest.raises(AssertionError) as failure:
        check(env)
    assert promise in str(failure.value)
