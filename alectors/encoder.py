"""A pretrained transformer encoder: statements in, token embeddings out."""

import copy
import hashlib
import json
import warnings
from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple, Self

import torch
from torch import Tensor, nn

from alectors.envs.errors import DamagedFile, InvalidArgument, choose, require

from .adapters import TUNINGS, learn_adapters
from .weights import DEFAULT_ENCODER as DEFAULT_ENCODER
from .weights import DEFAULT_SHA256 as DEFAULT_SHA256
from .weights import find_weights as find_weights
from .weights import load_weights

BATCH, GPU_BATCH = 4, 64
"""Statements in one forward pass, always: an embedding must not depend on its batch mates."""
FLOAT32_ONLY = {"deberta"}
"""Families that mix float32 into what they compute, which fails in bfloat16."""
LENGTH_STEP = 8
"""Statements are padded to a multiple of this many tokens, for the same reason."""


class Tokens(NamedTuple):
    """A statement in the tokenizer's words."""

    ids: list[int]
    """Every token, special ones included."""
    kept: list[int]
    """The places of those that the statement itself has: no [CLS], [SEP], …"""


class Encoder:
    """A tokenizer and a `transformers.AutoModel` behind one class.

    Args:
        name: A hub id or a local folder with an AutoModel encoder and its tokenizer.
        tuning: ``"frozen"``: the weights stay as they are; ``"lora"``: low-rank adapters beside
            them are learnt (Hu et al., 2021, https://arxiv.org/abs/2106.09685; extra ``lora``);
            ``"full"``: all weights are. Dropout is off under each.
        precision: ``"float32"``, ``"bfloat16"``, or ``"auto"``: bfloat16 where the processor
            computes in it, float32 elsewhere (where bfloat16 is up to 100 times slower) and
            wherever weights are learnt.
        max_length: Tokens of a statement that are read, special tokens included; None takes what
            the model can.
        layer: Hidden layer to read, counted as Transformers does (0: the word embeddings); None
            reads the last.
        rank: Of the adapters under ``"lora"``, which start alike for every seed.
        device: Where it computes.

    Raises:
        MissingDependency: No weights were found; the message names all three ways to supply them.
            Or peft is not installed, and ``"lora"`` asks for it.
        DamagedFile: The default encoder's weights are not the published ones.
    """

    def __init__(
        self,
        name: str = DEFAULT_ENCODER,
        *,
        tuning: str = "frozen",
        precision: str = "auto",
        max_length: int | None = None,
        layer: int | None = None,
        rank: int = 8,
        device: str | torch.device = "cpu",
    ) -> None:
        choose("tuning", tuning, TUNINGS)
        choose("precision", precision, ("auto", "float32", "bfloat16"))
        require(rank >= 1, f"rank={rank} must be at least 1.")
        self.name, self.tuning, self.layer, self.rank = name, tuning, layer, rank
        self.device = torch.device(device)
        self.dtype = _dtype(precision, tuning, self.device)
        source = find_weights(name) or name
        self.tokenizer, self.model = load_weights(source, self.dtype)
        if self.dtype != torch.float32 and self.model.config.model_type in FLOAT32_ONLY:
            require(precision == "auto", f"{name} computes in float32 only: leave out precision.")
            self.dtype = torch.float32
            self.tokenizer, self.model = load_weights(source, self.dtype)
        self.model.to(self.device).eval().requires_grad_(False)
        self.max_length = _max_length(self.tokenizer, self.model, max_length)
        self._check_layer()
        self._fingerprint: str | None = None
        if tuning != "frozen":
            self._fingerprint = self.fingerprint  # of the weights before they are learnt
            learn_adapters(self.model, rank) if tuning == "lora" else self.model.requires_grad_()

    def _check_layer(self) -> None:
        layers = self.model.config.num_hidden_layers
        if self.layer is not None and not 0 <= self.layer <= layers:
            raise InvalidArgument(
                f"layer={self.layer} does not exist: {self.name} has layers 0 to {layers}."
            )
        require(
            self.layer != 0 or self.tuning != "lora",
            'tuning="lora" adapts the layers above the word embeddings, and layer=0 reads those: '
            'choose a higher layer, or tuning="full".',
        )

    @property
    def learned(self) -> dict[str, nn.Parameter]:
        """The parameters that learn, by name: none, the adapters' or all."""
        named = self.model.named_parameters()
        return {name: value for name, value in named if value.requires_grad}

    def load_learned(self, found: dict[str, Tensor]) -> None:
        """Take over the values of `learned`.

        Raises:
            DamagedFile: They are those of another encoder or tuning.
        """
        own = self.learned
        if {name: value.shape for name, value in own.items()} != {
            name: value.shape for name, value in found.items()
        }:
            raise DamagedFile(f"These are not the learned weights of {self.name}, {self.tuning}.")
        with torch.no_grad():
            for name, value in own.items():
                value.copy_(found[name])

    def copy(self) -> Self:
        """An encoder that learns apart from this one."""
        other = copy.copy(self)
        other.model = copy.deepcopy(self.model)
        return other

    def to(self, device: torch.device) -> Self:
        """Compute on ``device`` from now on."""
        self.device = device
        self.model.to(device)
        return self

    @property
    def width(self) -> int:
        """Dimensions of a token embedding."""
        return int(self.model.config.hidden_size)

    @property
    def fingerprint(self) -> str:
        """A hash (16 hex digits) of weights, tokenizer, layer, precision and maximum length.

        Of a tuned encoder it is that of the weights that it started from, and of the tuning.
        """
        if self._fingerprint is None:
            digest = hashlib.sha256()
            for key, value in sorted(self.model.state_dict().items()):
                digest.update(key.encode())
                digest.update(value.detach().cpu().contiguous().view(torch.uint8).numpy().data)
            digest.update(_describe(self.tokenizer).encode())
            settings: list[Any] = [self.layer, str(self.dtype), self.max_length]
            settings += [] if self.tuning == "frozen" else [self.tuning, self.rank]
            digest.update(json.dumps(settings).encode())
            self._fingerprint = digest.hexdigest()[:16]
        return self._fingerprint

    def describe(self) -> dict[str, Any]:
        """What decides its embeddings, ready for JSON."""
        return {
            "name": self.name,
            "fingerprint": self.fingerprint,
            "precision": str(self.dtype).removeprefix("torch."),
            "max_length": self.max_length,
            "layer": self.layer,
            "tuning": self.tuning,
            "rank": self.rank,
        }

    def encode(self, statements: Sequence[str]) -> list[Tensor]:
        """Read statements.

        Args:
            statements: Any number of texts.

        Returns:
            For each a float32 CPU tensor ``[tokens, width]`` of its last (or ``layer``-th) hidden
            states, without the rows of special tokens ([CLS], [SEP], …).
        """
        with torch.no_grad():
            return [tokens.cpu() for tokens in self.read(self.tokenize(statements))]

    def tokenize(self, statements: Sequence[str]) -> list[Tokens]:
        """The tokens of each statement, cut at ``max_length``."""
        if not statements:
            return []
        read = self.tokenizer(list(statements), return_special_tokens_mask=True)
        if any(len(ids) > self.max_length for ids in read["input_ids"]):
            warnings.warn(
                f"A statement is longer than the {self.max_length} tokens that {self.name} reads; "
                "the rest of it is not seen.",
                stacklevel=3,
            )
            read = self.tokenizer(
                list(statements),
                return_special_tokens_mask=True,
                truncation=True,
                max_length=self.max_length,
            )
        pairs = zip(read["input_ids"], read["special_tokens_mask"], strict=True)
        return [
            Tokens(ids, [k for k, extra in enumerate(mask) if not extra]) for ids, mask in pairs
        ]

    def read(self, statements: Sequence[Tokens]) -> list[Tensor]:
        """Like `encode`, from tokens, on the encoder's device, and with gradients if it learns."""
        order = sorted(range(len(statements)), key=lambda k: (_padded(statements[k].ids), k))
        found: dict[int, Tensor] = {}
        for batch in _batches(order, statements, self._batch):
            hidden = self._forward([statements[k].ids for k in batch])
            for k, one in zip(batch, hidden, strict=False):
                kept = torch.tensor(statements[k].kept, dtype=torch.long).to(one.device)
                found[k] = one[kept]
        return [found[k] for k in range(len(statements))]

    @property
    def _batch(self) -> int:
        return BATCH if self.device.type == "cpu" else GPU_BATCH

    def _forward(self, ids: list[list[int]]) -> Tensor:
        """Hidden states ``[batch, padded length, width]``; missing rows repeat the first."""
        rows = ids + [ids[0]] * (self._batch - len(ids))
        length = min(_padded(rows[0]), self.max_length)
        pad = self.tokenizer.pad_token_id or 0
        padded = [row + [pad] * (length - len(row)) for row in rows]
        mask = [[1] * len(row) + [0] * (length - len(row)) for row in rows]
        self.model.eval()  # train(), by whomever, would turn dropout on
        output = self.model(
            input_ids=torch.tensor(padded).to(self.device),
            attention_mask=torch.tensor(mask).to(self.device),
            output_hidden_states=self.layer is not None,
        )
        hidden = (
            output.last_hidden_state if self.layer is None else output.hidden_states[self.layer]
        )
        return torch.as_tensor(hidden.float(), device=self.device)


def _dtype(precision: str, tuning: str, device: torch.device) -> torch.dtype:
    if tuning != "frozen":
        require(precision != "bfloat16", "A tuned encoder learns in float32: leave out precision.")
        return torch.float32
    if precision == "auto" and device.type == "cuda":
        return torch.bfloat16 if torch.cuda.is_bf16_supported() else torch.float32
    if precision == "auto":
        asked = getattr(torch.cpu, "_is_avx512_bf16_supported", None)
        return torch.bfloat16 if asked and asked() else torch.float32
    return torch.bfloat16 if precision == "bfloat16" else torch.float32


def _max_length(tokenizer: Any, model: Any, asked: int | None) -> int:
    most = int(min(tokenizer.model_max_length, _positions(model)))
    if asked is not None and not 3 <= asked <= most:
        raise InvalidArgument(f"max_length={asked} must be between 3 and {most} for this encoder.")
    return asked or most


def _positions(model: Any) -> int:
    """Tokens that a model has positions for; RoBERTa's kin count theirs from after padding's."""
    positions = int(getattr(model.config, "max_position_embeddings", 512))
    for name, part in model.named_modules():
        if name.endswith("position_embeddings") and isinstance(part, nn.Embedding):
            positions -= 0 if part.padding_idx is None else part.padding_idx + 1
    return positions


def _describe(tokenizer: Any) -> str:
    """All that decides a tokenizer's output, without what the last call left in it."""
    backend = getattr(tokenizer, "backend_tokenizer", None)
    if backend is None:
        return str(sorted(tokenizer.get_vocab().items()))
    parts = json.loads(backend.to_str())
    return json.dumps({**parts, "truncation": None, "padding": None}, sort_keys=True)


def _padded(ids: Sequence[int]) -> int:
    return -(-len(ids) // LENGTH_STEP) * LENGTH_STEP


def _batches(order: list[int], statements: Sequence[Tokens], size: int) -> Iterator[list[int]]:
    """Groups of at most ``size`` indices whose statements are padded to one length."""
    batch: list[int] = []
    for k in order:
        if batch and (
            len(batch) == size or _padded(statements[k].ids) != _padded(statements[batch[0]].ids)
        ):
            yield batch
            batch = []
        batch.append(k)
    if batch:
        yield batch
