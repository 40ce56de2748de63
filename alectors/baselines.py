"""Agents that do not learn, to stand beside those that do."""

from typing import Any

import gymnasium as gym
import numpy as np

from alectors.envs.errors import require


class RandomAgent:
    """Chooses uniformly among the legal actions.

    Args:
        seed: Decides the choices until `reset` gives another.
    """

    name = "random"

    def __init__(self, seed: int = 0) -> None:
        self._random = np.random.default_rng(seed)
        self._num_actions = 0

    def attach(self, env: gym.Env[Any, Any]) -> None:
        """Learn how many actions there are, where no mask will say it."""
        self._num_actions = int(getattr(env.action_space, "n", 0))

    def reset(self, seed: int | None = None) -> None:
        """Begin an episode, whose seed decides the choices in it."""
        if seed is not None:
            # A stream of its own: the environment's levels come from the same number.
            self._random = np.random.default_rng([seed, 1])

    def choose_action(self, observation: Any, info: dict[str, Any]) -> int:
        """A legal index."""
        mask = info.get("action_mask")
        legal = np.arange(self._num_actions) if mask is None else np.flatnonzero(mask)
        return int(self._random.choice(legal))


class OracleAgent:
    """Asks the environment for a good action; chooses at random where it knows none.

    ``answers`` counts what it was told: a score with none of them is that of random play.
    """

    name = "oracle"

    def __init__(self, seed: int = 0) -> None:
        self._fallback = RandomAgent(seed)
        self._env: gym.Env[Any, Any] | None = None
        self.answers = 0

    def attach(self, env: gym.Env[Any, Any]) -> None:
        """Remember whom to ask."""
        require(
            hasattr(env.unwrapped, "oracle_action"),
            f"{env.spec.id if env.spec else env} has no oracle: it has no oracle_action().",
        )
        self._env = env

    def reset(self, seed: int | None = None) -> None:
        """Begin an episode."""
        self._fallback.reset(seed)

    def choose_action(self, observation: Any, info: dict[str, Any]) -> int:
        """The oracle's index, or a random legal one."""
        ask = getattr(self._env.unwrapped, "oracle_action", None) if self._env else None
        found = ask() if ask else None
        if found is None:
            return self._fallback.choose_action(observation, info)
        self.answers += 1
        return int(found)
