"""The network without words: numbers in, logits and a value out, as from `StatementNetwork`."""

from itertools import pairwise
from typing import Any

import torch
from torch import Tensor, nn

from .arrays import ArrayBatch
from .network import NetworkConfig, rescale_values


class MlpNetwork(nn.Module):
    """A multilayer perceptron in the place of the reading network.

    It has ``1 + config.blocks`` hidden layers of ``config.width`` units, each with a LayerNorm;
    the other fields of the configuration are for pages.

    Args:
        size: Numbers in an observation.
        num_actions: Actions of the environment.
        config: The size.
    """

    value_scale: Tensor

    def __init__(self, size: int, num_actions: int, config: NetworkConfig) -> None:
        super().__init__()
        self.config = config
        self.register_buffer("value_scale", torch.ones(()))
        sizes = [size] + [config.width] * (1 + config.blocks)
        self.body = nn.Sequential(
            *(
                nn.Sequential(nn.Linear(before, after), nn.LayerNorm(after), nn.GELU())
                for before, after in pairwise(sizes)
            )
        )
        self.scorer = nn.Linear(config.width, num_actions)
        self.value = nn.Linear(config.width, 1)
        # Zero: the first policy is uniform over the legal actions, and nothing is worth anything.
        for head in (self.scorer, self.value):
            nn.init.zeros_(head.weight)
            nn.init.zeros_(head.bias)

    def scale_values(self, returns: Tensor) -> None:
        """Let the value's unit follow returns ``[B]``; see `rescale_values`."""
        rescale_values(self.value, self.value_scale, returns)

    def make_cache(self, table: Any = None) -> None:
        """There is nothing to keep between states."""

    def forward(
        self, batch: ArrayBatch, table: Any = None, cache: Any = None
    ) -> tuple[Tensor, Tensor]:
        """Score and value states.

        Args:
            batch: B states.
            table: Not used, as is ``cache``: they are for pages.
            cache: Not used.

        Returns:
            Logits ``[B, A]``, -inf where an action is illegal, and values ``[B]``.
        """
        x = self.body(batch.observations)
        logits = self.scorer(x).masked_fill(~batch.legal, -torch.inf)
        return logits, self.value_scale * self.value(x).squeeze(1)
