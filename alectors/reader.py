"""Pages and the words of actions in, row numbers out."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from torch import Tensor

from alectors.envs.errors import choose

from .states import send
from .table import PADDING, EmbeddingTable
from .tokens import TokenTable

UNITS = ("statement", "state")


@dataclass(frozen=True)
class Batch:
    """B states as row numbers of an `EmbeddingTable`; 0 is padding everywhere."""

    statements: Tensor
    """``[B, S]``: the rows of a page's statements, the goal in column 0."""
    clauses: Tensor
    """``[B, A, C]``: the rows of the clauses of each legal action's words."""
    actions: Tensor
    """``[B, A]``: the environment's index of each legal action, ascending; -1 is padding."""

    def __len__(self) -> int:
        return len(self.statements)

    @property
    def legal(self) -> Tensor:
        """``[B, A]`` bool: the columns that hold an action."""
        return self.actions >= 0

    def __getitem__(self, index: Tensor) -> "Batch":
        """The chosen states, without columns that all of them leave empty."""
        statements, clauses = self.statements[index], self.clauses[index]
        actions = self.actions[index]
        width = _used(statements != PADDING)
        choices = _used(actions >= 0)
        parts = _used((clauses != PADDING).flatten(0, 1))
        return Batch(statements[:, :width], clauses[:, :choices, :parts], actions[:, :choices])


class Reader:
    """Turns what environments return into a `Batch`.

    Args:
        table: Knows the row of each statement and reads new ones.
        unit: ``"statement"``: every line of a page and every clause of an action is read by
            itself. ``"state"``: a page is read as one text, and an action's words too.
    """

    def __init__(self, table: EmbeddingTable | TokenTable, unit: str = "statement") -> None:
        choose("unit", unit, UNITS)
        self.table, self.unit = table, unit
        self._clauses: dict[str, list[int]] = {}

    def read(self, pages: Sequence[str], infos: Sequence[dict[str, Any]]) -> Batch:
        """Read B states.

        Args:
            pages: B pages.
            infos: B infos, each with ``actions`` and ``action_mask``.

        Returns:
            Their rows, padded to the longest page and the longest list of actions.
        """
        return send(self.collate(pages, infos), self.device)[0]

    def collate(self, pages: Sequence[str], infos: Sequence[dict[str, Any]]) -> Batch:
        """Like `read`, but still on the CPU, to be sent to the table's device with more."""
        split = [self._split(page) for page in pages]
        self._meet(split, infos)
        statements = [self.table.rows(lines) for lines in split]
        clauses = [[self._clauses[words] for words in info["actions"]] for info in infos]
        return Batch(
            _pad(statements, PADDING),
            _pad_clauses(clauses),
            _indices([i["action_mask"] for i in infos]),
        )

    packed_dtype = torch.int32
    """What a page is packed in: row numbers."""

    def pack(self, states: Batch) -> tuple[Tensor, Tensor, Tensor]:
        """What a replay keeps of B states.

        Returns:
            The rows of statements ``[B, S]``, a mask of those that are not padding, and the
            actions ``[B, A, 1 + C]``: index, then clauses.
        """
        offered = torch.cat([states.actions[:, :, None], states.clauses], 2)
        return states.statements, states.statements != PADDING, offered

    def unpack(self, told: Tensor, offered: Tensor) -> Batch:
        """The states again, from ``told`` and from legal actions with 1 + index first; 0: none."""
        actions, clauses = offered[:, :, 0].long() - 1, offered[:, :, 1:].long()
        parts = _used((clauses != PADDING).flatten(0, 1))
        return Batch(told.long(), clauses[:, :, :parts], actions)

    @property
    def device(self) -> torch.device:
        """Where `read` puts what it has read: where the table is."""
        return self.table.device

    @property
    def ready(self) -> bool:
        """Whether the statistics of embeddings are fixed, so that states can be judged."""
        return self.table.standardised

    def figures(self) -> dict[str, float]:
        """What a training log says of reading."""
        return {
            "distinct_statements": len(self.table),
            "encoded_statements": self.table.encoded,
            "encoder_seconds": round(self.table.seconds, 3),
        }

    def take_figures(self, figures: dict[str, float]) -> None:
        """Count on from what `figures` gave, in a run that is resumed."""
        self.table.encoded = int(figures["encoded_statements"])
        self.table.seconds = figures["encoder_seconds"]

    def _split(self, page: str) -> list[str]:
        return page.split("\n") if self.unit == "statement" else [page]

    def _meet(self, split: list[list[str]], infos: Sequence[dict[str, Any]]) -> None:
        """Read everything new in one go: statements of all pages, clauses of all actions."""
        new = [w for info in infos for w in info["actions"] if w not in self._clauses]
        parts = {w: w.split(", ") if self.unit == "statement" else [w] for w in new}
        self.table.rows(
            [s for lines in split for s in lines] + [c for p in parts.values() for c in p]
        )
        for words, pieces in parts.items():
            self._clauses[words] = self.table.rows(pieces)


def _used(filled: Tensor) -> int:
    """How many leading columns of ``filled`` are needed by any row."""
    columns = torch.nonzero(filled.any(0))
    return int(columns[-1]) + 1 if len(columns) else 1


def _pad(rows: Sequence[Sequence[int] | np.ndarray], fill: int) -> Tensor:
    """Rows of different lengths as ``[B, longest]``, at least one column wide."""
    padded = np.full((len(rows), max(1, *map(len, rows))), fill, dtype=np.int64)
    for k, row in enumerate(rows):
        padded[k, : len(row)] = row
    return torch.from_numpy(padded)


def _pad_clauses(clauses: list[list[list[int]]]) -> Tensor:
    choices = max(1, *(len(actions) for actions in clauses)) if clauses else 1
    parts = max((len(action) for actions in clauses for action in actions), default=1)
    flat = [
        value
        for actions in clauses
        for action in actions + [[]] * (choices - len(actions))
        for value in action + [PADDING] * (parts - len(action))
    ]
    return torch.tensor(flat, dtype=torch.long).view(len(clauses), choices, parts)


def _indices(masks: Sequence[np.ndarray]) -> Tensor:
    """The set bits of each mask, ascending, padded with -1."""
    return _pad([np.flatnonzero(mask) for mask in masks], -1)
