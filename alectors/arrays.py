"""Arrays in, the same shape of batch out as from pages: agents without words."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import gymnasium as gym
import numpy as np
import torch
from torch import Tensor

from alectors.envs.errors import require

from .states import send

UNBOUNDED = 1e6
"""A bound of a Box beyond which a number is taken as it is, not scaled."""


@dataclass(frozen=True)
class ArrayBatch:
    """B states as numbers."""

    observations: Tensor
    """``[B, D]`` float32: the observations, flat and scaled."""
    actions: Tensor
    """``[B, A]``: the index of each action, its own column; -1 where it is illegal."""

    def __len__(self) -> int:
        return len(self.observations)

    @property
    def legal(self) -> Tensor:
        """``[B, A]`` bool: the actions that may be chosen."""
        return self.actions >= 0

    def __getitem__(self, index: Tensor) -> "ArrayBatch":
        """The chosen states."""
        return ArrayBatch(self.observations[index], self.actions[index])


class ArrayReader:
    """Turns arrays into an `ArrayBatch`; nothing is learnt and no encoder is needed.

    A number between finite bounds is scaled to between -1 and 1, any other is taken as it is; a
    Discrete observation becomes one-hot. Actions are masked by ``info["action_mask"]`` where an
    environment gives one, else all are legal.

    Args:
        env_id: For messages.
        observations: The observation space: Box or Discrete.
        actions: The action space: Discrete.
        device: Where `read` puts what it has read.

    Raises:
        InvalidArgument: The observation space is of another kind.
    """

    table = None
    """There are no statements."""
    ready = True
    """Scaling needs no statistics: the space has the bounds."""

    def __init__(
        self,
        env_id: str,
        observations: gym.Space[Any],
        actions: gym.spaces.Discrete,
        device: str | torch.device = "cpu",
    ) -> None:
        self.device = torch.device(device)
        require(
            isinstance(observations, gym.spaces.Box | gym.spaces.Discrete),
            f"The observations of {env_id} are a {type(observations).__name__}: an agent reads "
            "Text, Box or Discrete. gymnasium.wrappers.FlattenObservation may help, or tell it in "
            "words with alectors.narrate.",
        )
        self._space, self.num_actions = observations, int(actions.n)
        if isinstance(observations, gym.spaces.Box):
            self._centre, self._scale = _scaling(observations)
        self.width = gym.spaces.flatdim(observations)

    def read(self, observations: Sequence[Any], infos: Sequence[dict[str, Any]]) -> ArrayBatch:
        """Read B states.

        Args:
            observations: B observations.
            infos: B infos; ``action_mask`` is used where there is one.

        Returns:
            The states as numbers.
        """
        return send(self.collate(observations, infos), self.device)[0]

    def collate(self, observations: Sequence[Any], infos: Sequence[dict[str, Any]]) -> ArrayBatch:
        """Like `read`, but still on the CPU, to be sent to the device with more."""
        masks = [info.get("action_mask") for info in infos]
        every = np.ones(self.num_actions, dtype=bool)
        legal = np.stack([every if mask is None else np.asarray(mask) > 0 for mask in masks])
        return ArrayBatch(
            torch.from_numpy(np.stack([self._flatten(one) for one in observations])),
            torch.from_numpy(np.where(legal, np.arange(self.num_actions), -1)),
        )

    packed_dtype = torch.float32
    """What an observation is packed in."""

    def pack(self, states: ArrayBatch) -> tuple[Tensor, Tensor, Tensor]:
        """What a replay keeps of B states; see `Reader.pack`."""
        told = states.observations
        return told, torch.ones_like(told, dtype=torch.bool), states.actions[:, :, None]

    def unpack(self, told: Tensor, offered: Tensor) -> ArrayBatch:
        """The states again; see `Reader.unpack`. Each action returns to its own column."""
        index = offered[:, :, 0].long()
        columns = told.new_full((len(told), 1 + self.num_actions), -1, dtype=torch.long)
        columns.scatter_(1, index, index - 1)
        return ArrayBatch(told, columns[:, 1:])

    def figures(self) -> dict[str, float]:
        """What a training log says of reading: nothing."""
        return {}

    def take_figures(self, figures: dict[str, float]) -> None:
        """There is nothing to count on from."""

    def _flatten(self, observation: Any) -> np.ndarray[Any, np.dtype[np.float32]]:
        if isinstance(self._space, gym.spaces.Discrete):
            return np.asarray(gym.spaces.flatten(self._space, observation), dtype=np.float32)
        flat = np.asarray(observation, dtype=np.float32).ravel()
        return np.asarray((flat - self._centre) * self._scale, dtype=np.float32)


def _scaling(space: gym.spaces.Box) -> tuple[Any, Any]:
    """Centre and factor ``[D]`` that bring each bounded number to between -1 and 1."""
    low, high = (bound.astype(np.float64).ravel() for bound in (space.low, space.high))
    bounded = (np.abs(low) < UNBOUNDED) & (np.abs(high) < UNBOUNDED) & (high > low)
    low, high = np.where(bounded, low, -1.0), np.where(bounded, high, 1.0)
    centre, half = (high + low) / 2, (high - low) / 2
    return centre.astype(np.float32), (1 / half).astype(np.float32)
