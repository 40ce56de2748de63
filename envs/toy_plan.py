"""The best actions of a small environment whose transitions are known: value iteration."""

from collections.abc import Iterable
from typing import Any

import numpy as np

DISCOUNT = 0.99
TOLERANCE = 1e-9


class Plan:
    """Optimal discounted action values of an environment with the table ``P``.

    Computed by value iteration (Sutton and Barto, *Reinforcement Learning*, second edition,
    section 4.4) with the discount `DISCOUNT`, so that shorter ways are better.

    Args:
        transitions: Gymnasium's ``P``: for each state and action a list of (probability, next
            state, reward, terminated).
    """

    def __init__(self, transitions: dict[int, dict[int, list[Any]]]) -> None:
        goes, rewards = _arrays(transitions)
        values = np.zeros(len(transitions))
        while True:
            actions = rewards + DISCOUNT * goes @ values
            best = actions.max(1)
            if np.abs(best - values).max() < TOLERANCE:
                break
            values = best
        self.values = actions
        """``[states, actions]``"""

    def choose(self, state: int, legal: Iterable[int]) -> int:
        """The best of the legal actions, the lowest index among equals."""
        return max(legal, key=lambda action: self.values[state, action].round(6))


def _arrays(
    transitions: dict[int, dict[int, list[Any]]],
) -> tuple[np.ndarray[Any, Any], np.ndarray[Any, Any]]:
    """Probabilities ``[S, A, S]`` of going on in a state, and expected rewards ``[S, A]``."""
    states, actions = len(transitions), len(transitions[0])
    goes, rewards = np.zeros((states, actions, states)), np.zeros((states, actions))
    for state, choices in transitions.items():
        for action, outcomes in choices.items():
            for probability, following, reward, terminated in outcomes:
                rewards[state, action] += probability * reward
                goes[state, action, following] += 0 if terminated else probability
    return goes, rewards
