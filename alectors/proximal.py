"""What PPO and GRPO share: minibatches, and the clipped ratio of probabilities."""

from collections.abc import Iterator

import torch
from torch import Tensor

from .recurrence import Past


def minibatches(
    size: int,
    part: int,
    epochs: int,
    generator: torch.Generator,
    device: torch.device,
    past: Past | None = None,
) -> Iterator[Tensor]:
    """The minibatches of all epochs, each epoch in an order of its own.

    Args:
        size: States in all.
        part: States of a minibatch.
        epochs: Passes.
        generator: Draws the orders, on the CPU.
        device: Where the indices are needed.
        past: Where it is given its sequences stay whole; a minibatch has about ``part`` states.

    Yields:
        Indices of states.
    """
    for _ in range(epochs):
        if past is None:
            yield from torch.split(torch.randperm(size, generator=generator).to(device), part)
        else:
            yield from _whole(past.owners, part, generator)


def _whole(owners: Tensor, part: int, generator: torch.Generator) -> Iterator[Tensor]:
    """Minibatches of whole sequences, from the sequence of each state ``[size]``."""
    lengths = torch.bincount(owners)
    order = torch.randperm(len(lengths), generator=generator).to(owners.device)
    # A sequence goes to the minibatch in which its first state falls.
    batch = torch.empty_like(order)
    batch[order] = (lengths[order].cumsum(0) - lengths[order]) // part
    for number in torch.unique(batch):
        yield torch.nonzero(batch[owners] == number)[:, 0]


def clipped_objective(
    log_probs: Tensor, old: Tensor, advantages: Tensor, clip: float
) -> tuple[Tensor, Tensor]:
    """PPO's clipped surrogate (Schulman et al., 2017, https://arxiv.org/abs/1707.06347), eq. 7.

    Args:
        log_probs: ``[B]``, of the choices under the present policy.
        old: ``[B]``, under the policy that made them.
        advantages: ``[B]``.
        clip: How far the ratio may move before its gradient is cut.

    Returns:
        ``min(r A, clip(r, 1 ± clip) A)`` ``[B]``, to be maximised, and Schulman's low-variance
        estimate of the divergence (http://joschu.net/blog/kl-approx.html) ``[B]``.
    """
    log_ratio = log_probs - old
    ratio = log_ratio.exp()
    clipped = ratio.clamp(1 - clip, 1 + clip)
    return torch.minimum(ratio * advantages, clipped * advantages), (ratio - 1) - log_ratio
