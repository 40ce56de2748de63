"""States kept compactly: row numbers or numbers in rings, each distinct action once."""

from typing import Any

import torch
from torch import Tensor

NO_ACTION = 0
"""The row of a store's actions that stands for none."""


class Ring:
    """Rows of different lengths one after the other; the oldest make room for the newest.

    Args:
        capacity: Rows.
        dtype: Of their entries.
    """

    def __init__(self, capacity: int, dtype: torch.dtype) -> None:
        self.capacity = capacity
        self.starts = torch.zeros(capacity, dtype=torch.long)
        self.lengths = torch.zeros(capacity, dtype=torch.int32)
        self._data = torch.zeros(1024, dtype=dtype)
        self._rows = self._head = 0

    def add(self, values: Tensor, lengths: Tensor) -> Tensor:
        """Add n rows.

        Args:
            values: Their entries, one row after the other.
            lengths: ``[n]``, entries of each row.

        Returns:
            Their slots ``[n]``.
        """
        slots = (self._rows + torch.arange(len(lengths))) % self.capacity
        self._rows += len(lengths)
        tail = self._tail()
        self._make_room(self._head + len(values) - tail, tail)
        self._data[(self._head + torch.arange(len(values))) % len(self._data)] = values.to(
            self._data.dtype
        )
        self.starts[slots] = self._head + lengths.cumsum(0) - lengths
        self.lengths[slots] = lengths.to(torch.int32)
        self._head += len(values)
        return slots

    def get(self, slots: Tensor) -> tuple[Tensor, Tensor]:
        """The rows in ``slots`` as ``[B, longest]``, and a mask of what is not padding (0)."""
        lengths = self.lengths[slots]
        longest = int(lengths.max()) if len(slots) else 0
        places = torch.arange(max(longest, 1))
        mask = places < lengths[:, None]
        found = self._data[(self.starts[slots][:, None] + places) % len(self._data)]
        return found.masked_fill(~mask, 0), mask

    def _tail(self) -> int:
        """Where the oldest row begins that is still kept."""
        return int(self.starts[self._rows % self.capacity]) if self._rows > self.capacity else 0

    def _make_room(self, needed: int, tail: int) -> None:
        if needed <= len(self._data):
            return
        live = torch.arange(tail, self._head)
        grown = torch.zeros(max(needed, len(self._data) * 3 // 2), dtype=self._data.dtype)
        grown[live % len(grown)] = self._data[live % len(self._data)]
        self._data = grown

    def tensors(self) -> dict[str, Tensor]:
        """All that is kept, ready for a checkpoint."""
        used, tail = min(self._rows, self.capacity), self._tail()
        live = torch.arange(tail, self._head)
        return {
            "data": self._data[live % len(self._data)],
            "starts": self.starts[:used].clone(),
            "lengths": self.lengths[:used].clone(),
            "counts": torch.tensor([self._rows, tail, self._head]),
        }

    def take_tensors(self, found: dict[str, Tensor]) -> None:
        """Take over what `tensors` gave."""
        rows, tail, head = (int(count) for count in found["counts"])
        data = found["data"]
        self.starts[: len(found["starts"])] = found["starts"]
        self.lengths[: len(found["lengths"])] = found["lengths"]
        self._data = torch.zeros(max(1024, len(data)), dtype=data.dtype)
        self._data[torch.arange(tail, head) % len(self._data)] = data
        self._rows, self._head = rows, head


class StateStore:
    """The last ``capacity`` states: what they tell, and the legal actions, each as one number.

    A chess position comes to about 70 numbers of 4 bytes: the clauses of an action are kept once,
    however many states offer it.

    Args:
        reader: Packs and unpacks the states.
        capacity: States.
    """

    def __init__(self, reader: Any, capacity: int) -> None:
        self._reader = reader
        self._told = Ring(capacity, reader.packed_dtype)
        self._offers = Ring(capacity, torch.int32)
        self._known: dict[bytes, int] = {}
        self._actions = torch.zeros(1, 1, dtype=torch.int32)

    def add(self, states: Any) -> Tensor:
        """Keep n states; returns their slots ``[n]``."""
        told, present, offered = self._reader.pack(states)
        legal = states.legal
        slots = self._told.add(told[present], present.sum(1))
        self._offers.add(self._numbers(offered[legal]), legal.sum(1))
        return slots

    def get(self, slots: Tensor) -> Any:
        """The states in ``slots`` ``[B]``."""
        told, _ = self._told.get(slots)
        numbers, _ = self._offers.get(slots)
        return self._reader.unpack(told, self._actions[numbers.long()])

    def _numbers(self, offered: Tensor) -> Tensor:
        """The number of each action ``[P, K]``, index (from 0) first; new ones are added."""
        keys = offered.to(torch.int32)
        keys[:, 0] += 1  # so that no key is empty without its trailing zeros
        raw, size = keys.numpy().tobytes(), 4 * keys.shape[1]
        # Clauses are padded to the longest action beside them: the zeros do not count.
        parts = [raw[k : k + size].rstrip(b"\0") for k in range(0, len(raw), size)]
        new: dict[bytes, int] = {}
        for place, part in enumerate(parts):
            if part not in self._known:
                self._known[part] = 1 + len(self._known)
                new[part] = place
        if new:
            self._append(keys[list(new.values())])
        return torch.tensor([self._known[part] for part in parts], dtype=torch.int32)

    def _append(self, keys: Tensor) -> None:
        width = max(self._actions.shape[1], keys.shape[1])
        rows = [
            torch.nn.functional.pad(part, (0, width - part.shape[1]))
            for part in (self._actions, keys)
        ]
        self._actions = torch.cat(rows)

    def tensors(self) -> dict[str, Tensor]:
        """All that is kept, ready for a checkpoint."""
        rings = {"told": self._told, "offers": self._offers}
        kept = {f"{n}.{k}": v for n, ring in rings.items() for k, v in ring.tensors().items()}
        return kept | {"actions": self._actions}

    def take_tensors(self, found: dict[str, Tensor]) -> None:
        """Take over what `tensors` gave."""
        for name, ring in (("told", self._told), ("offers", self._offers)):
            ring.take_tensors(
                {key: found[f"{name}.{key}"] for key in ("data", "starts", "lengths", "counts")}
            )
        self._actions = found["actions"]
        self._known = {
            key.numpy().tobytes().rstrip(b"\0"): k for k, key in enumerate(self._actions) if k
        }
