"""Vectors of environments with the settings that text needs."""

from functools import partial
from typing import Any

import gymnasium as gym
from gymnasium.vector import AutoresetMode, VectorEnv

from alectors.envs.errors import InvalidArgument
from alectors.envs.wrappers import Recall


def make_vec(
    env_id: str,
    num_envs: int = 1,
    *,
    vectorization_mode: str = "sync",
    autoreset_mode: AutoresetMode | str = AutoresetMode.SAME_STEP,
    recall: int = 0,
    **env_kwargs: Any,
) -> VectorEnv[Any, Any, Any]:
    """Make a vector of environments whose pages arrive whole and whose every row is a real step.

    Gymnasium's own defaults garble text in shared memory and put a row with an ignored action
    after each episode's end; these do not.

    Args:
        env_id: A registered id.
        num_envs: How many copies.
        vectorization_mode: ``"sync"`` (one process, best for all but slow simulators) or
            ``"async"`` (a process for each).
        autoreset_mode: ``SAME_STEP``: an episode's last page is in ``infos["final_obs"]``.
            ``DISABLED``: the caller resets, with ``options={"reset_mask": …}``.
        recall: How many steps are told again on each page, by `Recall`; 0: none.
        **env_kwargs: Passed to each environment.

    Returns:
        The vector environment; its observations are a tuple of pages (under
        ``narration="symbolic"`` one array, the copies along its first axis).
    """
    if isinstance(autoreset_mode, str) and autoreset_mode in AutoresetMode.__members__:
        autoreset_mode = AutoresetMode[autoreset_mode]
    settings: dict[str, Any] = {"autoreset_mode": autoreset_mode}
    if vectorization_mode == "async":
        settings["shared_memory"] = False
    return gym.make_vec(
        env_id,
        num_envs=num_envs,
        vectorization_mode=vectorization_mode,
        vector_kwargs=settings,
        wrappers=[partial(Recall, k=recall)] if recall else (),
        **env_kwargs,
    )


def make_one(env_id: str, env_kwargs: dict[str, Any], recall: int = 0) -> gym.Env[Any, Any]:
    """One environment as `make_vec` makes many; see there."""
    env = gym.make(env_id, **env_kwargs)
    return Recall(env, k=recall) if recall else env


def find_spaces(
    env_id: str, env_kwargs: dict[str, Any], recall: int = 0
) -> tuple[gym.Space[Any], gym.spaces.Discrete]:
    """The observation space and the action space of an environment, which is made and closed.

    Raises:
        InvalidArgument: Its actions are not Discrete, counted from 0.
    """
    env = make_one(env_id, env_kwargs, recall)
    observations, actions = env.observation_space, env.action_space
    env.close()
    if not isinstance(actions, gym.spaces.Discrete) or actions.start != 0:
        raise InvalidArgument(
            f"The actions of {env_id} are {actions}: an agent chooses among Discrete actions, "
            "counted from 0."
        )
    return observations, actions


def split_infos(infos: dict[str, Any], num_envs: int) -> list[dict[str, Any]]:
    """One info for each environment, from the dict of arrays that a vector returns.

    Args:
        infos: What ``reset`` or ``step`` returned, or its ``final_info``.
        num_envs: How many environments the vector has.

    Returns:
        A list of ``num_envs`` dicts without nested ones (``final_info``); a key is left out where
        its ``_key`` mask is False.
    """
    keys = [
        key
        for key, value in infos.items()
        if not key.startswith("_") and not isinstance(value, dict)
    ]
    return [
        {key: infos[key][k] for key in keys if f"_{key}" not in infos or infos[f"_{key}"][k]}
        for k in range(num_envs)
    ]
