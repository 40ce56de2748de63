"""Statement → row → token ids: for an encoder that learns, and so reads its statements anew."""

import time
from collections.abc import Iterable
from typing import Any

import torch
from torch import Tensor

from alectors.envs.errors import InvalidArgument

from .disk import default_disk
from .encoder import Encoder, Tokens
from .encoders import StatementEncoder
from .table import PADDING, EmbeddingTable, prepare


def make_table(
    encoder: StatementEncoder, device: torch.device, disk_cache: bool
) -> "EmbeddingTable | TokenTable":
    """What an agent keeps of statements: a frozen encoder's embeddings, or a tuned one's tokens."""
    if encoder.tuning == "frozen":
        disk = default_disk(encoder) if disk_cache else None
        return EmbeddingTable(encoder, disk=disk, device=device)
    if not isinstance(encoder, Encoder):
        raise InvalidArgument("Only an alectors.Encoder can be tuned.")
    return TokenTable(encoder, device=device)


class TokenTable:
    """In the place of an `EmbeddingTable` where the encoder is tuned: its rows hold token ids.

    Nothing is kept on disk, and no embedding outlives the weights that it was read under. Rows are
    numbered as there, and standardised with statistics that are fixed as early.

    Args:
        encoder: An encoder that learns.
        device: Where embeddings are given out: the encoder's own.
    """

    def __init__(self, encoder: Encoder, *, device: str | torch.device = "cpu") -> None:
        self.encoder, self.device = encoder, torch.device(device)
        self.encoded = 0
        """Statements that the encoder has read, each as often as it was read."""
        self.seconds = 0.0
        """Wall-clock seconds that reading them has taken, without the way back."""
        self.standardised = False
        """Whether `standardise` has fixed the statistics."""
        self.mean = torch.zeros(encoder.width, device=self.device)
        self.scale = torch.ones_like(self.mean)
        self._rows: dict[str, int] = {}
        self._texts: list[str] = [""]
        self._tokens: list[Tokens] = [Tokens([], [])]
        self._kept: tuple[int, Reading] | None = None
        self._changes = 0

    def __len__(self) -> int:
        """Distinct statements known."""
        return len(self._texts) - 1

    @property
    def width(self) -> int:
        """Dimensions of a token embedding."""
        return self.encoder.width

    def rows(self, statements: Iterable[str]) -> list[int]:
        """The row number of each statement."""
        wanted = list(statements)
        new = [text for text in dict.fromkeys(wanted) if text not in self._rows]
        for text, tokens in zip(new, self.encoder.tokenize(new), strict=True):
            self._rows[text] = len(self._texts)
            self._texts.append(text)
            self._tokens.append(tokens)
        return [self._rows[text] for text in wanted]

    def texts(self, rows: Iterable[int]) -> list[str]:
        """The statements that stand in the given rows."""
        return [self._texts[row] for row in rows]

    @torch.no_grad()
    def statistics(self) -> tuple[Tensor, Tensor]:
        """Mean and 1/deviation ``[width]`` of each dimension over all statements met so far."""
        tokens = torch.cat(self.read(range(1, len(self._texts))))
        return tokens.mean(0), 1 / (tokens.std(0) + 1e-6)

    def standardise(self, mean: Tensor, scale: Tensor) -> None:
        """From now on give out standardised embeddings; see `EmbeddingTable.standardise`."""
        if self.standardised:
            raise RuntimeError("The statistics of an embedding table are fixed once.")
        self.standardised, self._kept = True, None
        self.mean, self.scale = (part.clone().to(self.device) for part in (mean, scale))

    def reading(self) -> "Reading":
        """What the present weights make of statements, each read once.

        Without gradients it is kept until the weights change, so that a rollout reads a statement
        once; with them it is a new one for each minibatch.
        """
        if torch.is_grad_enabled():
            return Reading(self)
        changed = sum(weight._version for weight in self.encoder.learned.values())
        version = self._changes + changed
        if self._kept is None or self._kept[0] != version:
            self._kept = version, Reading(self)
        return self._kept[1]

    def follow(self, optimizer: torch.optim.Optimizer) -> None:
        """Know of the steps of an optimiser: a fused one leaves weights' versions as they were."""

        def note(*_: Any) -> None:
            self._changes += 1

        optimizer.register_step_post_hook(note)

    def means(self, rows: Tensor) -> Tensor:
        """See `EmbeddingTable.means`."""
        return self.reading().means(rows)

    def tokens(self, rows: Tensor) -> tuple[Tensor, Tensor]:
        """See `EmbeddingTable.tokens`."""
        return self.reading().tokens(rows)

    def read(self, rows: Iterable[int]) -> list[Tensor]:
        """What the encoder makes of rows now: token embeddings ``[tokens, width]`` of each."""
        begun = time.perf_counter()
        embeddings = self.encoder.read([self._tokens[row] for row in rows])
        self.seconds += time.perf_counter() - begun
        self.encoded += len(embeddings)
        return embeddings


class Reading:
    """Embeddings under one state of the encoder's weights; a row is read when first asked for.

    Args:
        table: Knows the tokens of the rows.
    """

    def __init__(self, table: TokenTable) -> None:
        self.table, self._learns = table, torch.is_grad_enabled()
        self.places: dict[tuple[int, int], float] = {}
        """Where rows are spoken of in goals, found so far; see `alectors.table.Table`."""
        empty = torch.zeros(0, table.width, device=table.device)
        self._tokens = {PADDING: empty}
        self._means = {PADDING: torch.zeros(table.width, device=table.device)}

    def __len__(self) -> int:
        """Distinct statements that the table knows."""
        return len(self.table)

    @property
    def width(self) -> int:
        """Dimensions of a token embedding."""
        return self.table.width

    def reading(self) -> "Reading":
        """Itself."""
        return self

    def means(self, rows: Tensor) -> Tensor:
        """The mean embedding ``[U, width]`` of rows ``[U]``, without gradient; 0 for padding."""
        return torch.stack([self._means[row] for row in self._read(rows)])

    def tokens(self, rows: Tensor) -> tuple[Tensor, Tensor]:
        """Token embeddings of rows ``[U]``, with gradients; see `EmbeddingTable.tokens`."""
        parts = [self._tokens[row] for row in self._read(rows)]
        lengths = torch.tensor([len(part) for part in parts], dtype=torch.long).to(rows.device)
        longest = max([1, *(len(part) for part in parts)])
        mask = torch.arange(longest, device=rows.device) < lengths[:, None]
        return torch.cat([self._tokens[PADDING], *parts]), mask

    def _read(self, rows: Tensor) -> list[int]:
        """The rows as numbers, after those that are new here were read together."""
        wanted: list[int] = rows.cpu().tolist()
        new = [row for row in dict.fromkeys(wanted) if row not in self._tokens]
        if new:
            table = self.table
            with torch.set_grad_enabled(self._learns):
                for row, found in zip(new, table.read(new), strict=True):
                    tokens, mean = prepare(found, table.mean, table.scale, table.standardised)
                    self._tokens[row], self._means[row] = tokens, mean.detach()
        return wanted
