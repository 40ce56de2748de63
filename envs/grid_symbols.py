"""A grid as zeros and ones, for agents that do not read."""

from functools import lru_cache
from typing import Any

import gymnasium as gym
import numpy as np

from .base import Symbols
from .grid_wording import Event
from .grid_words import mission_of

CHANNELS = (11, 6, 3)
"""MiniGrid's numbers of kinds, colours and states of a cell."""
MISSION_LENGTH = 80
"""The words of the longest mission that BabyAI can make: four times "put … next to …"."""
VOCABULARY = (
    *("a", "after", "and", "at", "avoid", "ball", "behind", "blue", "box", "door", "end", "fetch"),
    *("find", "from", "front", "get", "go", "goal", "green", "grey", "hallway", "in", "key"),
    *("lava", "left", "matching", "near", "next", "object", "of", "on", "open", "opening", "pick"),
    *("purple", "put", "reach", "red", "right", "room", "rooms", "square", "the", "then", "to"),
    *("traverse", "unlock", "up", "use", "yellow", "you", "your"),
)
"""The words of the missions of minigrid 3.2; any other word counts as one more."""

_WORD = {word: number for number, word in enumerate(VOCABULARY)}
_ONE_HOT = [np.eye(count, dtype=np.float32) for count in CHANNELS]


def symbol_space(view_size: int) -> gym.spaces.Box:
    """The space of `symbols` for a view of ``view_size`` cells along its side."""
    cells = view_size * view_size * sum(CHANNELS)
    size = cells + len(Event) + MISSION_LENGTH * (len(VOCABULARY) + 1)
    return gym.spaces.Box(0.0, 1.0, (size,), np.float32)


def symbols(game: Any, event: Event) -> Symbols:
    """What the page tells, as a flat array of zeros and ones.

    Args:
        game: A MiniGrid environment that has been reset.
        event: What the last action did.

    Returns:
        Three parts after each other. MiniGrid's own partial view, ``[view, view, 20]``: for each
        cell its kind (11), colour (6) and state (3) one-hot, as in
        ``minigrid.wrappers.OneHotPartialObsWrapper``; what the agent carries stands in its own
        cell, and unseen cells differ from empty ones. The last action's effect, one-hot over
        `Event`. The mission, ``[80, 53]``: each of its words one-hot over `VOCABULARY`, in order,
        padded with zeros. The compass direction is left out, as no page tells it.
    """
    image = game.gen_obs()["image"]
    view = [eye[image[..., channel]] for channel, eye in enumerate(_ONE_HOT)]
    happened = np.zeros(len(Event), dtype=np.float32)
    happened[event] = 1
    told: Symbols = np.concatenate(
        [np.concatenate(view, axis=-1).ravel(), happened, _mission(game.mission)]
    )
    return told


@lru_cache(maxsize=1_024)
def _mission(mission: str) -> Symbols:
    told = np.zeros((MISSION_LENGTH, len(VOCABULARY) + 1), dtype=np.float32)
    words = mission_of(mission).replace(",", "").split()[:MISSION_LENGTH]
    for place, word in enumerate(words):
        told[place, _WORD.get(word, len(VOCABULARY))] = 1
    return told.ravel()
