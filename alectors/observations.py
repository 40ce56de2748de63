"""Pages and actions turned into numbers, for agents that read no text."""

from functools import cache
from typing import Any

import gymnasium as gym
import numpy as np
import torch

from alectors.envs.errors import InvalidArgument, choose, require
from alectors.envs.wrappers import require_pages

from .encoder import DEFAULT_ENCODER
from .encoders import StatementEncoder, make_encoder
from .table import EmbeddingTable

POOLINGS = ("mean", "statements", "tokens")
PLACES = {"mean": 1, "statements": 64, "tokens": 512}
"""Rows of an observation by default: statements or tokens that a page may have."""

Numbers = np.ndarray[Any, np.dtype[Any]]
Observation = Numbers | dict[str, Numbers]


class _NumberWrapper(gym.Wrapper[Any, int, str, int], gym.utils.RecordConstructorArgs):
    """What wrappers that observe numbers share: `action_masks`, and `observation` to fill in."""

    env: gym.Env[str, int]

    def __init__(self, env: gym.Env[str, int]) -> None:
        require_pages(env)
        super().__init__(env)
        self._mask: Numbers = np.ones(self._num_actions, dtype=bool)

    @property
    def _num_actions(self) -> int:
        return int(self.action_space.n)  # type: ignore[attr-defined]

    def observation(self, page: str, info: dict[str, Any]) -> Observation:
        """The numbers of a page and of the info beside it, whichever environment they are from."""
        raise NotImplementedError

    def action_masks(self) -> Numbers:
        """Which actions are legal now, as sb3-contrib's MaskablePPO asks for: bool ``[n]``."""
        return self._mask

    def reset(
        self, *, seed: int | None = None, options: dict[str, Any] | None = None
    ) -> tuple[Observation, dict[str, Any]]:
        """Begin an episode; see the environment."""
        page, info = self.env.reset(seed=seed, options=options)
        self._mask = info["action_mask"].astype(bool)
        return self.observation(page, info), info

    def step(self, action: int) -> tuple[Observation, float, bool, bool, dict[str, Any]]:
        """Take an action; see the environment."""
        page, reward, terminated, truncated, info = self.env.step(action)
        self._mask = info["action_mask"].astype(bool)
        return self.observation(page, info), float(reward), terminated, truncated, info


class EmbedObservation(_NumberWrapper):
    """Turns a page into embeddings by a frozen encoder; each distinct statement is read once.

    The observation is a float32 Box of the encoder's width D:

    - ``pooling="mean"``: ``[D]``, the mean of the statements' mean token embeddings;
    - ``"statements"``: ``[places, D]``, one mean embedding for each statement, the goal first;
    - ``"tokens"``: ``[places, D]``, the token embeddings of the statements, one after the other.

    Rows that a page does not need are zero. With ``actions=True`` it is a Dict: ``page`` as above,
    and ``actions`` ``[n, D]``, the mean of the embeddings of each legal action's clauses, zero
    where the action is illegal. That is for environments whose indices mean something else in
    every state (text adventures).

    Args:
        env: An environment of alectors.
        encoder: A hub id, a local folder or a control's name (read by one table for all
            environments of the process), an encoder, or an `EmbeddingTable`.
        pooling: ``"mean"``, ``"statements"`` or ``"tokens"``.
        places: Rows of the observation (default: 64 statements, 512 tokens; of no effect under
            ``"mean"``).
        actions: Whether the words of the actions are observed too.

    Raises:
        InvalidArgument: Later: a page needs more than ``places`` rows; it is never cut.
    """

    def __init__(
        self,
        env: gym.Env[str, int],
        encoder: EmbeddingTable | StatementEncoder | str = DEFAULT_ENCODER,
        *,
        pooling: str = "mean",
        places: int | None = None,
        actions: bool = False,
    ) -> None:
        choose("pooling", pooling, POOLINGS)
        _check_places(places)
        gym.utils.RecordConstructorArgs.__init__(
            self, encoder=encoder, pooling=pooling, places=places, actions=actions
        )
        super().__init__(env)
        self.table = _make_table(encoder)
        self.pooling, self.actions = pooling, actions
        self.places = places or PLACES[pooling]
        width = self.table.width
        page = _box((width,) if pooling == "mean" else (self.places, width))
        self.observation_space = (
            gym.spaces.Dict({"page": page, "actions": _box((self._num_actions, width))})
            if actions
            else page
        )

    def observation(self, page: str, info: dict[str, Any]) -> Observation:
        """The embeddings of a page, and of the actions where they are observed."""
        rows = torch.tensor(self.table.rows(page.split("\n")))
        numbers = self._embed(rows)
        if not self.actions:
            return numbers
        return {"page": numbers, "actions": self._embed_actions(info)}

    def _embed(self, rows: torch.Tensor) -> Numbers:
        if self.pooling == "tokens":
            return self._pad(self.table.tokens(rows)[0])
        means = self.table.means(rows)
        return means.mean(0).numpy() if self.pooling == "mean" else self._pad(means)

    def _pad(self, embeddings: torch.Tensor) -> Numbers:
        if len(embeddings) > self.places:
            raise InvalidArgument(
                f"A page has {len(embeddings)} {self.pooling}, and the observation has places for "
                f"{self.places}: make the wrapper with a larger places."
            )
        padded = np.zeros((self.places, self.table.width), dtype=np.float32)
        padded[: len(embeddings)] = embeddings.numpy()
        return padded

    def _embed_actions(self, info: dict[str, Any]) -> Numbers:
        numbers = np.zeros((self._num_actions, self.table.width), dtype=np.float32)
        clauses = [words.split(", ") for words in info["actions"]]
        self.table.rows(clause for parts in clauses for clause in parts)  # new ones in one go
        for index, parts in zip(np.flatnonzero(info["action_mask"]), clauses, strict=True):
            rows = torch.tensor(self.table.rows(parts))
            numbers[index] = self.table.means(rows).mean(0).numpy()
        return numbers


class TokenizeObservation(_NumberWrapper):
    """Turns a page into token ids, for agents that bring an encoder of their own.

    The observation is a Dict of two int64 Boxes ``[places]``, as the tokenizer returns them:
    ``input_ids`` (special tokens included) and ``attention_mask`` (1 for a token, 0 for padding).

    Args:
        env: An environment of alectors.
        tokenizer: A Transformers tokenizer, an `Encoder`, or a hub id or local folder.
        places: Tokens of an observation (default 512).

    Raises:
        InvalidArgument: Later: a page has more than ``places`` tokens; it is never cut.
    """

    def __init__(
        self, env: gym.Env[str, int], tokenizer: Any = DEFAULT_ENCODER, *, places: int = 512
    ) -> None:
        _check_places(places)
        gym.utils.RecordConstructorArgs.__init__(self, tokenizer=tokenizer, places=places)
        super().__init__(env)
        self.places = places
        if isinstance(tokenizer, str):
            tokenizer = _table_of(tokenizer).encoder
            require(
                hasattr(tokenizer, "tokenizer"),
                "This encoder has no tokenizer: give a Transformers one, or another encoder.",
            )
        self.tokenizer = getattr(tokenizer, "tokenizer", tokenizer)
        ids = gym.spaces.Box(0, len(self.tokenizer) - 1, (places,), np.int64)
        mask = gym.spaces.Box(0, 1, (places,), np.int64)
        self.observation_space = gym.spaces.Dict({"input_ids": ids, "attention_mask": mask})

    def observation(self, page: str, info: dict[str, Any]) -> Observation:
        """The token ids of a page and their mask."""
        read = self.tokenizer(page)
        ids = read["input_ids"]
        if len(ids) > self.places:
            raise InvalidArgument(
                f"A page has {len(ids)} tokens, and the observation has places for {self.places}: "
                "make the wrapper with a larger places."
            )
        empty = [0] * (self.places - len(ids))
        pad = [self.tokenizer.pad_token_id or 0] * len(empty)
        return {
            "input_ids": np.array(ids + pad, dtype=np.int64),
            "attention_mask": np.array(list(read["attention_mask"]) + empty, dtype=np.int64),
        }


@cache
def _table_of(encoder: str) -> EmbeddingTable:
    """One table for all environments of the process: a statement is read once."""
    return EmbeddingTable(make_encoder(encoder))


def _make_table(encoder: EmbeddingTable | StatementEncoder | str) -> EmbeddingTable:
    if isinstance(encoder, str):
        return _table_of(encoder)
    if isinstance(encoder, EmbeddingTable):
        return encoder
    return EmbeddingTable(make_encoder(encoder))


def _box(shape: tuple[int, ...]) -> gym.spaces.Box:
    return gym.spaces.Box(-np.inf, np.inf, shape, np.float32)


def _check_places(places: object) -> None:
    require(
        places is None or (type(places) is int and places >= 1),
        f"places={places!r} must be a whole number of at least 1.",
    )
