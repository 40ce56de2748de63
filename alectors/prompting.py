"""How a state and its actions are told to a language model, and how its answer is understood."""

import re
from typing import Any

import numpy as np

from alectors.envs.wrappers import NO_ACTION, find_action

RULE = (
    "You play a game that is told in text. You see the state of the game and the actions that are "
    "allowed now. Choose the action that serves the goal best."
)
"""What a language model is told first."""


def tell_state(page: str, actions: list[str]) -> str:
    """The page, and the actions with their numbers from 1."""
    listed = "\n".join(f"{k}. {words}" for k, words in enumerate(actions, 1))
    return f"{page}\n\nActions:\n{listed}"


def understand(answer: str, info: dict[str, Any]) -> int:
    """The index of the action that an answer means.

    Args:
        answer: A number from the list, an action's words, or a text that holds either; of several
            the last counts, since reasons stand before a decision.
        info: The info beside the page.

    Returns:
        An index, or `alectors.envs.wrappers.NO_ACTION`.
    """
    legal = np.flatnonzero(info["action_mask"])
    for line in reversed(answer.strip().splitlines()):
        text = line.strip().strip("*`\"'. ")
        index = find_action(text, info, None)
        if index != NO_ACTION:
            return index
        named = [k for k in map(int, re.findall(r"\b\d{1,6}\b", text)) if 1 <= k <= len(legal)]
        if named:
            return int(legal[named[-1] - 1])
        spoken = [k for k, words in enumerate(info["actions"]) if words.lower() in text.lower()]
        if spoken:
            # "go north east" holds "go north" too: the longest is meant.
            return int(legal[max(spoken, key=lambda k: len(info["actions"][k]))])
    return NO_ACTION
