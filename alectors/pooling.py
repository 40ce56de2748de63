"""From the tokens of a statement to one vector, without anything learned."""

import torch
from torch import Tensor

POOLINGS = ("attention", "mean", "max")
"""What `NetworkConfig.pooling` can be; attention is the network's own."""


def pool_tokens(tokens: Tensor, mask: Tensor, pooling: str) -> Tensor:
    """One vector for each statement.

    Args:
        tokens: ``[T, d]``, the tokens of all statements, one statement after the other.
        mask: ``[U, L]`` bool with T True entries: where each token belongs.
        pooling: ``"mean"`` or ``"max"``.

    Returns:
        ``[U, d]``; zero for a statement without tokens.
    """
    owner = torch.nonzero(mask)[:, 0]
    pooled = tokens.new_zeros(len(mask), tokens.shape[1])
    if pooling == "max":
        places = owner[:, None].expand_as(tokens)
        return pooled.scatter_reduce(0, places, tokens, "amax", include_self=False)
    return pooled.index_add(0, owner, tokens) / mask.sum(1, keepdim=True).clamp(min=1)
