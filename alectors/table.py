"""Statement → row → token embeddings: each distinct statement is read once."""

import time
from collections.abc import Iterable
from pathlib import Path
from typing import Protocol

import torch
from torch import Tensor
from torch.nn import functional

from alectors.envs.errors import require

from .disk import DiskCache
from .encoders import StatementEncoder

PADDING = 0
"""The row that stands for no statement; it has no tokens."""


class Table(Protocol):
    """What a network needs of the statements that a batch names by their rows."""

    places: dict[tuple[int, int], float]
    """See `alectors.relevance.goal_places`: by goal and row, under the present embeddings."""

    def __len__(self) -> int:
        """Distinct statements known."""

    def reading(self) -> "Table":
        """What gives out embeddings under the encoder's present weights, reading each row once."""

    def means(self, rows: Tensor) -> Tensor:
        """See `EmbeddingTable.means`."""

    def tokens(self, rows: Tensor) -> tuple[Tensor, Tensor]:
        """See `EmbeddingTable.tokens`."""


class EmbeddingTable:
    """The token embeddings of every statement met so far, in one growing arena.

    Row 0 is padding. Rows are numbered in the order in which statements were first met.

    Args:
        encoder: Reads the statements that the table does not know; it is frozen.
        max_tokens: Token embeddings kept in memory (1.5 kB each at 384 dimensions); a statement
            that does not fit keeps its row, its text and its mean embedding, and its tokens are
            read again whenever they are used.
        disk: A file that keeps embeddings from run to run, made for this encoder alone (see
            `alectors.disk.default_disk`), or None.
        device: Where the embeddings are kept and given out.
    """

    def __init__(
        self,
        encoder: StatementEncoder,
        *,
        max_tokens: int = 2_000_000,
        disk: Path | None = None,
        device: str | torch.device = "cpu",
    ) -> None:
        require(
            encoder.tuning == "frozen",
            "An EmbeddingTable keeps embeddings for ever, and a tuned encoder changes: TokenTable "
            "is made for that.",
        )
        self.encoder, self.max_tokens = encoder, max_tokens
        self.device = torch.device(device)
        self.encoded = 0
        """Statements that the encoder itself has read (not the disk)."""
        self.seconds = 0.0
        """Wall-clock seconds that reading them has taken."""
        self.places: dict[tuple[int, int], float] = {}
        """Where rows are spoken of in goals, found so far; see `Table`."""
        self._rows: dict[str, int] = {}
        self._texts: list[str] = [""]
        self._disk = DiskCache(disk) if disk is not None else None
        self._arena = torch.zeros(1024, encoder.width, device=self.device)
        self._used = 0
        self._offsets = torch.zeros(256, dtype=torch.long, device=self.device)
        self._lengths = torch.zeros_like(self._offsets)
        self._means = torch.zeros(256, encoder.width, device=self.device)
        self.standardised = False
        """Whether `standardise` has fixed the statistics."""
        self._mean = torch.zeros(encoder.width, device=self.device)
        self._scale = torch.ones_like(self._mean)

    def __len__(self) -> int:
        """Distinct statements known."""
        return len(self._texts) - 1

    @property
    def width(self) -> int:
        """Dimensions of a token embedding."""
        return self.encoder.width

    def rows(self, statements: Iterable[str]) -> list[int]:
        """The row number of each statement; new ones are read together, in one go."""
        wanted = list(statements)
        known = self._rows
        new = [text for text in dict.fromkeys(wanted) if text not in known]
        if new:
            self._add(new)
        return [known[text] for text in wanted]

    def texts(self, rows: Iterable[int]) -> list[str]:
        """The statements that stand in the given rows."""
        return [self._texts[row] for row in rows]

    def statistics(self) -> tuple[Tensor, Tensor]:
        """Mean and 1/deviation ``[width]`` of each dimension over all tokens met so far."""
        tokens = self._arena[: self._used]
        return tokens.mean(0), 1 / (tokens.std(0) + 1e-6)

    def standardise(self, mean: Tensor, scale: Tensor) -> None:
        """From now on give out standardised embeddings, for rows already met too.

        A token's embedding becomes ``(x - mean) * scale`` and is then normalised over its
        dimensions, as a LayerNorm without weights does; a row's mean embedding is standardised.

        Args:
            mean: ``[width]``.
            scale: ``[width]``.

        Raises:
            RuntimeError: The statistics were fixed before.
        """
        if self.standardised:
            raise RuntimeError("The statistics of an embedding table are fixed once.")
        self.standardised = True
        self.places.clear()
        self._mean, self._scale = (part.clone().to(self.device) for part in (mean, scale))
        # Row by row, as rows that come later are prepared: a loaded table has the same bytes.
        for row in range(1, len(self._texts)):
            if self._offsets[row] >= 0:
                stored = self._stored(row)
                tokens, self._means[row] = self._prepare(stored)
                stored.copy_(tokens)
            else:
                self._means[row] = (self._means[row] - self._mean) * self._scale

    def reading(self) -> "EmbeddingTable":
        """What gives out embeddings under the present weights: itself, since those never change."""
        return self

    def means(self, rows: Tensor) -> Tensor:
        """The mean embedding ``[U, width]`` of rows ``[U]``; zero for padding."""
        return self._means[rows]

    def lengths(self, rows: Tensor) -> Tensor:
        """The number of tokens ``[U]`` of rows ``[U]``; zero for padding."""
        return self._lengths[rows]

    def tokens(self, rows: Tensor) -> tuple[Tensor, Tensor]:
        """Token embeddings of rows.

        Args:
            rows: Row numbers ``[U]``.

        Returns:
            The embeddings ``[T, width]`` of all their tokens, one statement after the other, and
            a mask ``[U, L]`` with T True entries that says where each belongs. They are the
            encoder's own until `standardise` is called.
        """
        lengths = self._lengths[rows]
        longest = int(lengths.max()) if len(rows) else 0
        steps = torch.arange(max(longest, 1), device=lengths.device)
        mask = steps < lengths[:, None]
        offsets = self._offsets[rows]
        if bool((offsets < 0).any()):
            return self._reread(rows, offsets), mask
        return self._arena[(offsets[:, None] + steps)[mask]], mask

    def _reread(self, rows: Tensor, offsets: Tensor) -> Tensor:
        """Like the arena's gather, where some rows (offset -1) are over the size cap."""
        missing = [int(row) for row in rows[offsets < 0]]
        read = self._encode(self.texts(missing))
        again = {
            row: self._prepare(x.to(self.device))[0] for row, x in zip(missing, read, strict=True)
        }
        parts = [again[int(row)] if int(row) in again else self._stored(int(row)) for row in rows]
        return torch.cat(parts)

    def _prepare(self, embeddings: Tensor) -> tuple[Tensor, Tensor]:
        """What is kept of a statement: its tokens ``[L, width]`` and their mean ``[width]``."""
        return prepare(embeddings, self._mean, self._scale, self.standardised)

    def _stored(self, row: int) -> Tensor:
        start = int(self._offsets[row])
        return self._arena[start : start + int(self._lengths[row])]

    def _add(self, statements: list[str]) -> None:
        cached = self._disk.load(statements, self.width) if self._disk else {}
        unread = [text for text in statements if text not in cached]
        fresh = dict(zip(unread, self._encode(unread), strict=True))
        if self._disk and fresh:
            self._disk.save(fresh)
        found = [fresh[text] if text in fresh else cached[text] for text in statements]
        lengths = [len(tokens) for tokens in found]
        sent = torch.split(torch.cat(found).to(self.device), lengths)
        for text, tokens in zip(statements, sent, strict=True):
            self._store(text, tokens)

    def _encode(self, statements: list[str]) -> list[Tensor]:
        begun = time.perf_counter()
        embeddings = self.encoder.encode(statements)
        self.seconds += time.perf_counter() - begun
        self.encoded += len(statements)
        return embeddings

    def _store(self, text: str, embeddings: Tensor) -> None:
        row, length = len(self._texts), len(embeddings)
        self._rows[text] = row
        self._texts.append(text)
        while row >= len(self._offsets):
            self._offsets, self._lengths = _double(self._offsets), _double(self._lengths)
            self._means = _double(self._means)
        self._lengths[row] = length
        tokens, self._means[row] = self._prepare(embeddings)
        if self._used + length > self.max_tokens:
            self._offsets[row] = -1
            return
        while self._used + length > len(self._arena):
            self._arena = _double(self._arena)
        self._arena[self._used : self._used + length] = tokens
        self._offsets[row] = self._used
        self._used += length


def prepare(
    embeddings: Tensor, mean: Tensor, scale: Tensor, standardised: bool
) -> tuple[Tensor, Tensor]:
    """What is given out of a statement.

    Args:
        embeddings: Its tokens ``[L, width]``, as the encoder gives them.
        mean: ``[width]``.
        scale: ``[width]``.
        standardised: Whether the two are fixed; then tokens are normalised.

    Returns:
        Its tokens ``[L, width]`` and their mean ``[width]``.
    """
    standard = (embeddings - mean) * scale
    middle = standard.mean(0) if len(standard) else torch.zeros_like(mean)
    return _normal(standard) if standardised else standard, middle


def _normal(embeddings: Tensor) -> Tensor:
    return functional.layer_norm(embeddings, embeddings.shape[-1:])


def _double(tensor: Tensor) -> Tensor:
    return torch.cat([tensor, torch.zeros_like(tensor)])
