"""An encoder without semantics: a fixed random vector for each word."""

import hashlib
import re
from collections.abc import Sequence
from typing import Any

import numpy as np
import torch
from torch import Tensor

WORD = re.compile(r"\w+|[^\w\s]")
VERSION = 1
"""Raised with whatever changes a vector."""


class HashEncoder:
    """A control: what can be learnt from which words stand on a page, not from what they mean.

    The vector of a word (letters of either case alike; a punctuation mark is a word) has
    independent uniform entries of mean 0 and deviation 1 that the word itself decides, so that
    they are the same in every run and on every machine. Needs neither weights nor Transformers.

    Args:
        width: Dimensions; by default those of the default encoder.
    """

    name = "hash"
    tuning = "frozen"

    def __init__(self, width: int = 384) -> None:
        self.width = width
        self._vectors: dict[str, Tensor] = {}

    @property
    def fingerprint(self) -> str:
        """A hash (16 hex digits) of what decides the vectors."""
        return hashlib.sha256(f"hash {VERSION} {self.width}".encode()).hexdigest()[:16]

    def describe(self) -> dict[str, Any]:
        """What decides its embeddings, ready for JSON."""
        return {"name": self.name, "fingerprint": self.fingerprint, "width": self.width}

    def encode(self, statements: Sequence[str]) -> list[Tensor]:
        """For each statement a float32 tensor ``[words, width]``."""
        return [
            torch.stack([self._vector(word) for word in words])
            if (words := WORD.findall(text.lower()))
            else torch.zeros(0, self.width, device="cpu")
            for text in statements
        ]

    def _vector(self, word: str) -> Tensor:
        if word not in self._vectors:
            drawn = hashlib.shake_256(word.encode()).digest(4 * self.width)
            uniform = (np.frombuffer(drawn, dtype="<u4") + 0.5) / 2**32
            vector = ((2 * uniform - 1) * 3**0.5).astype(np.float32)
            self._vectors[word] = torch.from_numpy(vector)
        return self._vectors[word]
