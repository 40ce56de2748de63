"""The unit of a value, which follows the size of the returns."""

import torch
from torch import Tensor, nn


@torch.no_grad()
def rescale_values(value: nn.Linear, scale: Tensor, returns: Tensor) -> None:
    """Let a value's unit follow returns ``[B]`` that are larger than 1, outputs unchanged.

    A value loss in units of the returns' size keeps its gradient beside the policy's (van Hasselt
    et al., 2016, https://arxiv.org/abs/1602.07714).

    Args:
        value: The layer whose output times ``scale`` is the value; changed in place.
        scale: ``[]``; changed in place, and never falls.
        returns: Targets of the value.
    """
    size = returns.square().mean().sqrt().clamp(min=1.0)
    new = torch.maximum(scale, size)
    value.weight.mul_(scale / new)
    value.bias.mul_(scale / new)
    scale.copy_(new)
