"""Values of actions from what a network says of states."""

import torch
from torch import Tensor, nn

from .mlp import MlpNetwork
from .network import StatementNetwork


def action_values(judged: tuple[Tensor, Tensor], legal: Tensor) -> Tensor:
    """Q = V + A - the mean of A (Wang et al., 2016, https://arxiv.org/abs/1511.06581).

    Args:
        judged: What a network returns: logits ``[B, A]``, here advantages, and values ``[B]``.
        legal: ``[B, A]`` bool. The mean is over these alone.

    Returns:
        ``[B, A]``, 0 where no action is, so that sums over actions stay finite.
    """
    advantages = judged[0].masked_fill(~legal, 0.0)
    mean = advantages.sum(1) / legal.sum(1).clamp(min=1)
    return (advantages + (judged[1] - mean)[:, None]).masked_fill(~legal, 0.0)


def begin_at_zero(network: StatementNetwork | MlpNetwork) -> None:
    """Let all values of a new network be 0.

    A network that has seen no reward would otherwise learn from its own random values for long.
    """
    nn.init.zeros_(network.value.weight)
    nn.init.zeros_(network.value.bias)


def best_actions(values: Tensor, legal: Tensor) -> Tensor:
    """The legal column ``[B]`` of the highest value; 0 where none is legal."""
    return values.masked_fill(~legal, -torch.inf).argmax(1)
