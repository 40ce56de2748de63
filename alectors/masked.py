"""Distributions and statistics over legal actions only."""

import torch
from torch import Tensor


def log_probs_and_entropy(logits: Tensor, legal: Tensor) -> tuple[Tensor, Tensor]:
    """Masked log-probabilities ``[B, A]`` and entropy ``[B]`` divided by log(legal actions).

    The entropy of a forced move is 0. Illegal columns are filled before the product, since
    0 * -inf would put NaN into the gradient.
    """
    log_probs = logits.masked_fill(~legal, -1e9).log_softmax(1)
    entropy = -(log_probs.exp() * log_probs.masked_fill(~legal, 0.0)).sum(1)
    count = legal.sum(1)
    return log_probs, torch.where(count > 1, entropy / count.clamp(min=2).log(), 0.0)


def sample(weights: Tensor, generator: torch.Generator) -> Tensor:
    """A column ``[B]`` drawn from each row of ``weights`` ``[B, A]``, with that probability.

    Draws are made on the CPU wherever the weights are, so that one generator serves all devices and
    is kept in a checkpoint for any.
    """
    drawn = torch.multinomial(weights.cpu(), 1, generator=generator)
    return drawn[:, 0].to(weights.device)


def standardise(advantages: Tensor, free: Tensor, floor: float = 0.0) -> Tensor:
    """Advantages with mean 0 and deviation 1 over the states where there was a choice.

    Args:
        advantages: ``[B]``.
        free: ``[B]`` bool: where more than one action was legal; the others get 0.
        floor: A deviation below this is taken for it, so that the errors of the value are not
            blown up to the size of a signal where nothing was won or lost.
    """
    chosen = advantages[free]
    if len(chosen) < 2:
        return torch.zeros_like(advantages)
    return (advantages - chosen.mean()) / (chosen.std().clamp(min=floor) + 1e-8) * free


def expected(log_probs: Tensor, values: Tensor, temperature: Tensor, legal: Tensor) -> Tensor:
    """The policy's mean of ``values - temperature · log_probs``, a sum over legal actions.

    Args:
        log_probs: ``[B, A]``.
        values: ``[B, A]``.
        temperature: ``[]``; 0 leaves the entropy out.
        legal: ``[B, A]`` bool.

    Returns:
        ``[B]``; 0 where nothing is legal. Illegal columns are filled before the product, since
        0 * -inf would be NaN.
    """
    probabilities = log_probs.exp() * legal
    return (probabilities * (values - temperature * log_probs).masked_fill(~legal, 0.0)).sum(1)


def divergence(log_probs: Tensor, scores: Tensor, legal: Tensor, direction: str) -> Tensor:
    """The Kullback-Leibler divergence of a policy and the softmax of ``scores``, up to a constant.

    Args:
        log_probs: ``[B, A]``, the policy's, which learns.
        scores: ``[B, A]``.
        legal: ``[B, A]`` bool.
        direction: ``"reverse"``: the policy's mean of ``log_probs - scores``. ``"forward"``: the
            softmax's mean of ``-log_probs``.

    Returns:
        ``[B]``.
    """
    if direction == "reverse":
        return -expected(log_probs, scores, scores.new_ones(()), legal)
    wanted = scores.masked_fill(~legal, -1e9).softmax(1) * legal
    return -(wanted * log_probs.masked_fill(~legal, 0.0)).sum(1)


def excess_entropy(entropy: Tensor, legal: Tensor, target: float) -> Tensor:
    """How far the entropy is above its target (nats), on average where there is a choice.

    Args:
        entropy: ``[B]``, divided by log(legal actions).
        legal: ``[B, A]`` bool.
        target: As a share of log(legal actions), so that each state has a target of its own.
    """
    count = legal.sum(1)
    nats = (entropy - target) * count.clamp(min=1).log()
    return nats.sum() / (count > 1).sum().clamp(min=1)
