"""From what was typed to an environment."""

from __future__ import annotations

from typing import Any

import gymnasium as gym

from alectors.envs.errors import UnknownName, nearest
from alectors.envs.registration import NAMESPACE, TASKS

from ..options import check_env_kwargs


def resolve_id(given: str, told: bool = True) -> str:
    """An id as Gymnasium knows it; the namespace may be left out.

    Args:
        given: What was typed.
        told: Whether it must be one of those told in words.

    Raises:
        UnknownName: There is none; the message has the nearest one.
    """
    for name in (given, f"{NAMESPACE}/{given}"):
        if name in TASKS:
            return name
    if not told and given in gym.registry:
        return given
    raise UnknownName(
        f"No environment is called {given!r}.{nearest(given, [*TASKS, *_short()])} "
        "`alectors envs` lists them."
    )


def _short() -> list[str]:
    return [task.name for task in TASKS.values()]


def make(env_id: str, env_kwargs: dict[str, Any]) -> Any:
    """`gymnasium.make` after the arguments' names were checked."""
    check_env_kwargs(env_id, env_kwargs)
    return gym.make(env_id, **env_kwargs)
