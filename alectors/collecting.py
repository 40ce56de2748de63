"""Stepping a vector of environments for a learner: states out, choices in, episodes counted."""

from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from torch import Tensor

from .masked import sample
from .seeds import episode_seed as episode_seed
from .states import send
from .vector import split_infos

WARM_UP = 64
"""Random steps of each environment before the statistics of embeddings are fixed."""


@dataclass
class Step:
    """What N environments returned, after the choice of a column in each."""

    rewards: Tensor
    """``[N]`` float32, times ``config.reward_scale``."""
    ends: Tensor
    """``[N]`` bool: whether the step ended its episode, either way."""
    terminated: Tensor
    """``[N]`` bool: whether it ended by the rules, so that nothing follows."""
    cut: np.ndarray[Any, np.dtype[np.intp]]
    """The K environments whose episode was truncated and not terminated."""
    finals: Any
    """Their K last states, which a bootstrapped value belongs to; None when K is 0."""


class Collector:
    """The states of a vector of environments, and the episodes that end in it.

    An episode's seed is decided by the agent's seed, the environment's place and the episode's
    number there, so that the same environments can be had again by playing the same actions.

    Args:
        agent: Whose reader reads, and whose network gets its statistics from the first pages.
        envs: What `alectors.make_vec` makes with ``autoreset_mode="DISABLED"``.
        progress: What `progress` returned: go on from there. None: begin.

    Attributes:
        state: The present states, `States` of N.
    """

    state: Any

    def __init__(self, agent: Any, envs: Any, progress: dict[str, Any] | None = None) -> None:
        self.agent, self.envs, self.reader = agent, envs, agent.reader
        self._episodes: list[dict[str, float]] = []
        if not self.reader.ready:
            self._fix_statistics()
        self._start_over(progress)

    def step(self, choices: Tensor) -> Step:
        """Take the action in column ``choices[k]`` of each state ``[N]``; ``state`` goes on."""
        actions = self.state.actions.gather(1, choices[:, None])[:, 0].cpu().numpy()
        observations, rewards, terminated, truncated, infos = self.envs.step(actions)
        ends = terminated | truncated
        seen = split_infos(infos, self.envs.num_envs)
        self._returns += rewards
        self._lengths += 1
        for played, action in zip(self._actions, actions, strict=True):
            played.append(int(action))
        cut, finals = np.flatnonzero(truncated & ~terminated), None
        if len(cut):
            finals = self.reader.read([observations[k] for k in cut], [seen[k] for k in cut])
        if ends.any():
            self._episodes += [self._episode(int(k), seen[k]) for k in np.flatnonzero(ends)]
            observations, seen = self._reset(ends, seen)
        earned = torch.as_tensor(rewards, dtype=torch.float32) * self.agent.config.reward_scale
        told = [earned, torch.from_numpy(ends), torch.from_numpy(terminated)]
        self.state, *results = send(
            self.reader.collate(observations, seen), self.reader.device, *told
        )
        earned, over, by_rules = results
        return Step(earned, over, by_rules, cut, finals)

    def summary(self) -> dict[str, float]:
        """The number of episodes that ended since the last call, and means over them."""
        episodes, self._episodes = self._episodes, []
        return summarise(episodes)

    def progress(self) -> dict[str, Any]:
        """Where the environments are, ready for JSON: episodes begun, and actions since then."""
        return {
            "begun": self._begun.tolist(),
            "actions": [list(a) for a in self._actions],
            "ended": self._episodes,
        }

    def _start_over(self, progress: dict[str, Any] | None = None) -> None:
        """Begin, or play the actions of ``progress`` again."""
        count = self.envs.num_envs
        self._returns, self._lengths = np.zeros(count), np.zeros(count, dtype=int)
        self._actions: list[list[int]] = [[] for _ in range(count)]
        self._begun = np.array(progress["begun"] if progress else [0] * count) - bool(progress)
        observations, infos = self._reset(np.ones(count, dtype=bool), [{}] * count)
        if progress:
            observations = list(observations)
            for k, actions in enumerate(progress["actions"]):
                for action in actions:
                    observations[k], reward, _, _, infos[k] = self.envs.envs[k].step(action)
                    self._returns[k] += reward
                self._actions[k], self._lengths[k] = list(actions), len(actions)
            self._episodes = list(progress["ended"])
        self.state = self.reader.read(observations, infos)

    def _reset(self, which: Any, infos: list[dict[str, Any]]) -> tuple[Any, list[dict[str, Any]]]:
        """Begin the next episode of ``which`` environments; the infos of the others stay."""
        seeds = [
            episode_seed(self.agent.seed, k, int(number)) for k, number in enumerate(self._begun)
        ]
        observations, fresh = self.envs.reset(seed=seeds, options={"reset_mask": which})
        begun = split_infos(fresh, self.envs.num_envs)
        self._begun += which
        for k in np.flatnonzero(which):
            self._actions[k] = []
        self._returns[which] = self._lengths[which] = 0
        return observations, [begun[k] if which[k] else infos[k] for k in range(len(which))]

    def _fix_statistics(self) -> None:
        """Play at random first, so that statistics come from more than first pages.

        Nothing is learnt from these steps but which words there are.
        """
        self._start_over()
        for _ in range(WARM_UP):
            self.step(sample(self.state.legal.float(), self.agent.generator))
        self.agent.network.fix_statistics(self.agent.table)
        self.summary()

    def _episode(self, k: int, info: dict[str, Any]) -> dict[str, float]:
        ended = {"return": float(self._returns[k]), "length": float(self._lengths[k])}
        return ended | ({"success": float(info["success"])} if "success" in info else {})


def summarise(episodes: list[dict[str, float]]) -> dict[str, float]:
    """The number of episodes, and means over them of what all of them tell."""
    names = [n for n in (episodes or [{}])[0] if all(n in episode for episode in episodes)]
    means = {name: float(np.mean([episode[name] for episode in episodes])) for name in names}
    return {"episodes": float(len(episodes)), **means}
