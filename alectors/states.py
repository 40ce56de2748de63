"""What an algorithm may know of states: which actions are legal, and how to pick and join them."""

from collections.abc import Sequence
from dataclasses import fields
from typing import Any, Protocol, TypeVar

import torch
from torch import Tensor


class States(Protocol):
    """B states, however they are told: rows of statements, or arrays of numbers.

    An implementation is a dataclass of tensors whose first dimension is B; in ``actions`` -1 is
    padding, in every other field 0.
    """

    @property
    def actions(self) -> Tensor:
        """``[B, A]``: the environment's index of the action in each column; -1: none."""

    @property
    def legal(self) -> Tensor:
        """``[B, A]`` bool: the columns that hold a legal action."""

    def __len__(self) -> int:
        """B."""

    def __getitem__(self, index: Tensor) -> Any:
        """The chosen states."""


S = TypeVar("S", bound=States)


def padding_of(field: str) -> int:
    """What stands where a field of states holds nothing."""
    return -1 if field == "actions" else 0


def stack(batches: Sequence[S]) -> S:
    """One batch of all the states of ``batches``, padded to the largest."""
    kind: Any = type(batches[0])
    names = [field.name for field in fields(kind)]
    joined: S = kind(
        *(_cat([getattr(batch, name) for batch in batches], padding_of(name)) for name in names)
    )
    return joined


def send(states: S, device: torch.device, *others: Tensor) -> tuple[S, *tuple[Tensor, ...]]:
    """States, and other tensors beside them, on ``device``: all in one transfer.

    Args:
        states: B states.
        device: Where they shall be; nothing is copied if they are on a device of that kind.
        others: More tensors, on the device that the states are on.
    """
    if device.type == states.actions.device.type:
        return states, *others
    kind: Any = type(states)
    names = [field.name for field in fields(kind)]
    moved = _send([*(getattr(states, name) for name in names), *others], device)
    return kind(*moved[: len(names)]), *moved[len(names) :]


def _send(tensors: Sequence[Tensor], device: torch.device) -> list[Tensor]:
    """Tensors packed as bytes, moved and unpacked; the widest numbers first keep them aligned."""
    order = sorted(range(len(tensors)), key=lambda k: -tensors[k].element_size())
    packed = [tensors[k].contiguous().view(-1).view(torch.uint8) for k in order]
    pieces = torch.split(torch.cat(packed).to(device), [len(piece) for piece in packed])
    there = {
        k: piece.view(tensors[k].dtype).view(tensors[k].shape)
        for k, piece in zip(order, pieces, strict=True)
    }
    return [there[k] for k in range(len(tensors))]


def _cat(tensors: list[Tensor], fill: int) -> Tensor:
    shape = [max(sizes) for sizes in zip(*(t.shape[1:] for t in tensors), strict=True)]
    first = tensors[0]
    whole = first.new_full((sum(len(t) for t in tensors), *shape), fill)
    start = 0
    for tensor in tensors:
        place = (slice(start, start + len(tensor)), *(slice(0, n) for n in tensor.shape[1:]))
        whole[place] = tensor
        start += len(tensor)
    return whole
