"""Stepping a vector of environments for a learner: states out, choices in, episodes counted."""

from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from torch import Tensor

from .vector import split_infos


@dataclass
class Step:
    """What N environments returned, after the choice of a column in each."""

    rewards: Tensor
    """``[N]`` float32."""
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

    Args:
        agent: Whose reader reads, and whose network gets its statistics from the first pages.
        envs: What `alectors.make_vec` makes.
    """

    def __init__(self, agent: Any, envs: Any) -> None:
        self.agent, self.envs, self.reader = agent, envs, agent.reader
        self._returns = np.zeros(envs.num_envs)
        self._lengths = np.zeros(envs.num_envs, dtype=int)
        self._episodes: list[dict[str, float]] = []

    def begin(self, warm_up: int) -> None:
        """Reset all environments, by the agent's seed and steps.

        Args:
            warm_up: Steps to play at random first where the statistics of embeddings are not
                fixed yet, so that they come from more than first pages. Nothing is learnt from
                them but which words there are.
        """
        entropy = [self.agent.seed, self.agent.steps]
        drawn = np.random.SeedSequence(entropy).generate_state(self.envs.num_envs)
        seeds = [int(seed) for seed in drawn]
        observations, infos = self.envs.reset(seed=seeds)
        if not self.reader.ready:
            self._fix_statistics(observations, infos, warm_up)
            observations, infos = self.envs.reset(seed=seeds)
        self.state = self._read(observations, infos)

    def _fix_statistics(self, observations: Any, infos: Any, steps: int) -> None:
        for _ in range(steps):
            state = self._read(observations, infos)
            choices = torch.multinomial(state.legal.float(), 1, generator=self.agent.generator)
            actions = state.actions.gather(1, choices)[:, 0].numpy()
            observations, _, _, _, infos = self.envs.step(actions)
        self.agent.network.fix_statistics(self.agent.table)

    def step(self, choices: Tensor) -> Step:
        """Take the action in column ``choices[k]`` of each state ``[N]``; ``state`` goes on."""
        actions = self.state.actions.gather(1, choices[:, None])[:, 0].numpy()
        observations, rewards, terminated, truncated, infos = self.envs.step(actions)
        ends = terminated | truncated
        self._returns += rewards
        self._lengths += 1
        cut, finals = np.flatnonzero(truncated & ~terminated), None
        if ends.any():
            lasts = split_infos(infos["final_info"], self.envs.num_envs)
            if len(cut):
                pages = [infos["final_obs"][k] for k in cut]
                finals = self.reader.read(pages, [lasts[k] for k in cut])
            self._episodes += [self._episode(int(k), lasts[k]) for k in np.flatnonzero(ends)]
            self._returns[ends] = self._lengths[ends] = 0
        self.state = self._read(observations, infos)
        rewards_t = torch.as_tensor(rewards, dtype=torch.float32)
        return Step(rewards_t, torch.from_numpy(ends), torch.from_numpy(terminated), cut, finals)

    def summary(self) -> dict[str, float]:
        """The number of episodes that ended since the last call, and means over them."""
        episodes, self._episodes = self._episodes, []
        names = [n for n in (episodes or [{}])[0] if all(n in episode for episode in episodes)]
        means = {name: float(np.mean([episode[name] for episode in episodes])) for name in names}
        return {"episodes": float(len(episodes)), **means}

    def _read(self, observations: Any, infos: Any) -> Any:
        return self.reader.read(observations, split_infos(infos, self.envs.num_envs))

    def _episode(self, k: int, info: dict[str, Any]) -> dict[str, float]:
        ended = {"return": float(self._returns[k]), "length": float(self._lengths[k])}
        return ended | ({"success": float(info["success"])} if "success" in info else {})
