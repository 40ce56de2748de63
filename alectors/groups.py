"""Playing groups of episodes that begin alike, for algorithms that compare them."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from torch import Tensor

from .collecting import Collector, summarise
from .seeds import episode_seed
from .states import stack

Act = Callable[[Any, Tensor], tuple[Tensor, Tensor]]
"""From the states of the running episodes ``[K]``, and the episodes' numbers, to a column and its
log-probability for each."""


@dataclass
class Played:
    """T steps of E episodes, each beginning as the others of its group do."""

    states: Any
    """`States` of T, the first steps of all episodes first."""
    choices: Tensor
    """``[T]``: column of the chosen action in ``states.actions``."""
    log_probs: Tensor
    """``[T]``: log-probability of the choice under the policy that made it."""
    episodes: Tensor
    """``[T]``: to which episode a step belongs."""
    times: Tensor
    """``[T]``: which step of the episode it is, from 0."""
    rewards: Tensor
    """``[longest, E]``: 0 after an episode's end."""


class Groups:
    """Groups of episodes: ``group_size`` environments that are reset with one seed.

    The number of a group decides its seed, so that the next one can be had again from the number
    of those begun. An environment whose episode has ended is not stepped until all have.

    Args:
        agent: Whose reader reads, and whose network gets its statistics from the first pages.
        envs: What `alectors.make_vec` makes with ``autoreset_mode="DISABLED"``.
        group_size: Episodes of a group; the vector holds a multiple of it.
        progress: What `progress` returned: go on from there. None: begin.
    """

    def __init__(
        self, agent: Any, envs: Any, group_size: int, progress: dict[str, Any] | None = None
    ) -> None:
        self.agent, self.envs, self.group_size = agent, envs, group_size
        self._begun: int = progress["groups"] if progress else 0
        self._ended: list[dict[str, float]] = []
        if not agent.reader.ready:
            Collector(agent, envs)  # it plays the random steps that statistics are taken from

    def play(self, act: Act) -> Played:
        """Play the next groups to their end, one in each ``group_size`` environments."""
        count = self.envs.num_envs
        observations, infos = self._reset()
        rewards: list[np.ndarray[Any, np.dtype[np.float64]]] = []
        parts, live = [], np.arange(count)
        while len(live):
            states = self.agent.reader.read(
                [observations[k] for k in live], [infos[k] for k in live]
            )
            episodes = torch.from_numpy(live)
            choices, log_probs = act(states, episodes)
            parts.append((states, choices, log_probs, episodes))
            rewards.append(np.zeros(count))
            over = []
            actions = states.actions.gather(1, choices[:, None])[:, 0].cpu().tolist()
            for k, action in zip(live, actions, strict=True):
                observations[k], rewards[-1][k], *ends, infos[k] = self.envs.envs[k].step(action)
                over.append(any(ends))
            live = live[~np.array(over)]
        self._count(np.stack(rewards), parts, infos)
        return _join(parts, np.stack(rewards))

    def summary(self) -> dict[str, float]:
        """The number of episodes that ended since the last call, and means over them."""
        ended, self._ended = self._ended, []
        return summarise(ended)

    def progress(self) -> dict[str, Any]:
        """How many groups have begun, ready for JSON; all of them have ended."""
        return {"groups": self._begun}

    def _reset(self) -> tuple[list[Any], list[dict[str, Any]]]:
        numbers = self._begun + np.arange(self.envs.num_envs) // self.group_size
        self._begun = int(numbers[-1]) + 1
        # As if a group were an environment of its own, in the first place for all of them.
        seeds = [episode_seed(self.agent.seed, 0, int(number)) for number in numbers]
        begun = [env.reset(seed=s) for env, s in zip(self.envs.envs, seeds, strict=True)]
        return [observation for observation, _ in begun], [info for _, info in begun]

    def _count(self, rewards: Any, parts: list[Any], infos: list[dict[str, Any]]) -> None:
        lengths = np.bincount(np.concatenate([episodes for *_, episodes in parts]))
        for k, info in enumerate(infos):
            ended = {"return": float(rewards[:, k].sum()), "length": float(lengths[k])}
            told = {"success": float(info["success"])} if "success" in info else {}
            self._ended.append(ended | told)


def _join(parts: list[Any], rewards: Any) -> Played:
    states, choices, log_probs, episodes = zip(*parts, strict=True)
    times = [torch.full_like(found, t) for t, found in enumerate(episodes)]
    return Played(
        stack(states),
        torch.cat(choices),
        torch.cat(log_probs),
        torch.cat(episodes),
        torch.cat(times),
        torch.from_numpy(rewards),
    )
