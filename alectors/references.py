"""What random and oracle reach on test levels: the scores that come with the package."""

import json
from dataclasses import dataclass
from functools import cache
from importlib.resources import files


@dataclass(frozen=True)
class Reference:
    """The score of an agent that does not learn, over 100 test episodes."""

    mean_return: float
    """Mean undiscounted return."""
    success_rate: float
    """Share of episodes with success."""


def find_references(env_id: str) -> dict[str, Reference]:
    """Reference scores of an id with its own arguments.

    Args:
        env_id: A whole id.

    Returns:
        By the agent's name, ``random`` and ``oracle``; empty where none were made.
    """
    return {agent: Reference(**score) for agent, score in _read().get(env_id, {}).items()}


@cache
def _read() -> dict[str, dict[str, dict[str, float]]]:
    """``references.json``, which a test writes from the results in ``leaderboards``."""
    text = files("alectors").joinpath("references.json").read_text(encoding="utf-8")
    read: dict[str, dict[str, dict[str, float]]] = json.loads(text)
    return read
