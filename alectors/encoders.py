"""What an encoder must offer, and the encoder of a name."""

from collections.abc import Sequence
from typing import Any, Protocol

import torch
from torch import Tensor

from alectors.envs.errors import InvalidArgument, require

from .encoder import Encoder
from .hashing import HashEncoder


class StatementEncoder(Protocol):
    """Statements in, token embeddings out; what stands here is all that a frozen one needs."""

    @property
    def name(self) -> str:
        """For logs and messages."""

    @property
    def tuning(self) -> str:
        """``"frozen"``, except for an `Encoder` that learns."""

    @property
    def width(self) -> int:
        """Dimensions of a token embedding."""

    @property
    def fingerprint(self) -> str:
        """A hash of all that decides the embeddings."""

    def describe(self) -> dict[str, Any]:
        """Name, fingerprint and settings, ready for JSON."""

    def encode(self, statements: Sequence[str]) -> list[Tensor]:
        """For each statement a float32 CPU tensor ``[tokens, width]``."""


def make_encoder(
    encoder: str | StatementEncoder,
    *,
    tuning: str | None = None,
    layer: int | None = None,
    device: str | torch.device = "cpu",
) -> StatementEncoder:
    """The encoder that was asked for.

    Args:
        encoder: A hub id, a local folder, a control's name, or an encoder. The controls are
            ``"hash"`` (no semantics: a fixed random vector for each word) and ``"static"`` (the
            default encoder's word embeddings, its layer 0).
        tuning: See `Encoder`; None for what an encoder has, and for ``"frozen"`` with a name.
        layer: See `Encoder`.
        device: Where an encoder that is made here, or one that learns, computes.

    Returns:
        ``encoder`` itself if it is one and frozen, and a copy of it if it learns: two agents never
        learn the same weights.

    Raises:
        InvalidArgument: It can have no tuning or layer, or is no encoder at all.
    """
    if isinstance(encoder, str):
        return _named(encoder, tuning or "frozen", layer, device)
    require(
        tuning is None and layer is None,
        "tuning and layer are for an encoder that is given by name: say them to Encoder(...).",
    )
    if not all(hasattr(encoder, name) for name in ("encode", "describe", "width", "tuning")):
        raise InvalidArgument(f"{encoder!r} is neither the name of an encoder nor an encoder.")
    if isinstance(encoder, Encoder) and encoder.tuning != "frozen":
        return encoder.copy().to(torch.device(device))
    return encoder


def _named(
    name: str, tuning: str, layer: int | None, device: str | torch.device
) -> StatementEncoder:
    if name == "hash":
        require(
            tuning == "frozen" and layer is None,
            'encoder="hash" has neither layers nor weights: leave out tuning and layer.',
        )
        return HashEncoder()
    if name == "static":
        require(layer is None, 'encoder="static" reads layer 0: leave out layer.')
        return Encoder(layer=0, tuning=tuning, device=device)
    return Encoder(name, tuning=tuning, layer=layer, device=device)


def described_encoder(
    about: dict[str, Any], device: str | torch.device = "cpu"
) -> StatementEncoder:
    """An encoder like the one that ``about``, which its `describe` gave, is of."""
    if about["name"] == HashEncoder.name:
        return HashEncoder(about["width"])
    names = ("precision", "max_length", "layer", "tuning", "rank")
    return Encoder(
        about["name"], device=device, **{name: about[name] for name in names if name in about}
    )
