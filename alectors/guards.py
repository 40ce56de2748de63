"""Numbers that are not finite: where they are, and how a run stops on them."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import fields, is_dataclass
from typing import Any

import torch
from torch import Tensor, nn

from alectors.envs.errors import Diverged


def check_finite(name: str, value: Tensor, steps: int) -> None:
    """Raise `Diverged` unless ``value`` ``[]`` is a finite number."""
    if not torch.isfinite(value):
        raise Diverged(f"The {name} is {value.item()} after {steps:,} steps.")


def check_weights(network: nn.Module, steps: int) -> None:
    """Raise `Diverged` when a weight or a buffer is not finite."""
    if broken := _broken(network.state_dict()):
        raise Diverged(f"Weights are not finite after {steps:,} steps: {', '.join(broken)}.")


@contextmanager
def telling(
    network: nn.Module, figures: dict[str, float], batch: Any = None, index: Tensor | None = None
) -> Iterator[None]:
    """Add to a `Diverged` from inside what is known of the batch, the weights and the gradients.

    Args:
        network: Whose weights and gradients.
        figures: Told as they are.
        batch: See `tell_batch`, as ``index``.
        index: The rows that count.
    """
    try:
        yield
    except Diverged as error:
        told = {"figures": figures, "batch": tell_batch(batch, index)}
        error.statistics = told | tell_network(network)
        raise


def tell_batch(batch: Any, index: Tensor | None = None) -> dict[str, Any]:
    """Statistics of each tensor of a batch, ready for JSON.

    Args:
        batch: A tensor, or dicts, dataclasses and tuples of tensors, at any depth.
        index: The rows that count; None: all.

    Returns:
        By the tensor's name: its shape, how many of its numbers are not finite, and mean,
        deviation, minimum and maximum of those that are.
    """
    return {
        name: _tell(tensor if index is None else tensor[index]) for name, tensor in _walk(batch)
    }


def tell_network(network: nn.Module) -> dict[str, Any]:
    """The size of weights and gradients, and which are not finite; ready for JSON."""
    gradients = {n: p.grad for n, p in network.named_parameters() if p.grad is not None}
    weights = network.state_dict()
    return {
        "weights": {"norm": _norm(weights), "not_finite": _broken(weights)},
        "gradients": {"norm": _norm(gradients), "not_finite": _broken(gradients)},
    }


def _walk(value: Any, name: str = "batch") -> Iterator[tuple[str, Tensor]]:
    if isinstance(value, Tensor):
        yield name, value
        return
    parts: dict[Any, Any] = {}
    if is_dataclass(value):
        parts = {field.name: getattr(value, field.name) for field in fields(value)}
    elif isinstance(value, dict):
        parts = value
    elif isinstance(value, list | tuple):
        parts = dict(enumerate(value))
    for key, part in parts.items():
        yield from _walk(part, f"{name}.{key}")


def _tell(tensor: Tensor) -> dict[str, Any]:
    values = tensor.detach().double().flatten()
    finite = values[torch.isfinite(values)]
    told: dict[str, Any] = {
        "shape": list(tensor.shape),
        "not_finite": len(values) - len(finite),
    }
    if len(finite):
        told |= {"mean": finite.mean().item(), "deviation": finite.std(correction=0).item()}
        told |= {"minimum": finite.min().item(), "maximum": finite.max().item()}
    return told


def _broken(tensors: dict[str, Any]) -> list[str]:
    return [name for name, tensor in tensors.items() if not torch.isfinite(tensor).all()]


def _norm(tensors: dict[str, Any]) -> str:
    """As words, since JSON has no number for what is not finite."""
    squares = [tensor.detach().double().square().sum() for tensor in tensors.values()]
    return f"{torch.stack(squares).sum().sqrt().item():.6g}" if squares else "0"
