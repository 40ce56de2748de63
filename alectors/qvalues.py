"""Values of actions from what a network says of states."""

import torch
from torch import Tensor


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


def best_actions(values: Tensor, legal: Tensor) -> Tensor:
    """The legal column ``[B]`` of the highest value; 0 where none is legal."""
    return values.masked_fill(~legal, -torch.inf).argmax(1)


def rise(start: float, end: float, done: float) -> float:
    """From ``start`` to ``end`` in a straight line, where ``done`` is 1 and beyond."""
    return start + (end - start) * min(done, 1.0)
