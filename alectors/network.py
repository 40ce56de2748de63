"""The network that reads rows: statements and actions in, logits and a value out."""

from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional

from alectors.envs.errors import choose, require

from .pooling import POOLINGS, pool_tokens
from .reader import Batch
from .recurrence import Memory, Past
from .relevance import find_distinct, goal_places, goal_relevance
from .table import PADDING, EmbeddingTable, Table
from .tokens import TokenTable
from .value_scale import rescale_values

MEMORIES = ("none", "gru")


@dataclass(frozen=True)
class NetworkConfig:
    """The size and the switches of a `StatementNetwork`."""

    width: int = 96
    """Dimensions d of every vector after the adapter."""
    blocks: int = 1
    """Transformer blocks over statements and actions."""
    heads: int = 4
    """Attention heads of a block, and learned queries that pool a statement's tokens."""
    expansion: int = 2
    """Width of a block's hidden layer, in multiples of d."""
    pooling: str = "attention"
    """How a statement's tokens become one vector: by learned queries ("attention"), their "mean",
    or the largest of each dimension ("max")."""
    goal_relevance: bool = True
    """Whether each statement and action is marked with its similarity to the goal."""
    goal_places: bool = False
    """Whether a relevant statement is also marked with where in the goal it is spoken of: for goals
    that name two things, such as which is to be put next to which."""
    memory: str = "none"
    """What is remembered within an episode: "none", or a "gru" over the states' vectors."""

    def __post_init__(self) -> None:
        for name in ("width", "blocks", "heads", "expansion"):
            require(getattr(self, name) >= 1, f"network.{name} must be at least 1.")
        choose("network.memory", self.memory, MEMORIES)
        require(
            self.goal_relevance or not self.goal_places,
            "network.goal_places=True needs network.goal_relevance=True, too.",
        )
        require(
            self.width % self.heads == 0,
            f"network.width={self.width} must be a multiple of network.heads={self.heads}.",
        )
        choose("network.pooling", self.pooling, POOLINGS)


class StatementNetwork(nn.Module):
    """Scores legal actions and values a state, both from statements that were each read once.

    Work is done on the distinct rows of a minibatch first and gathered afterwards. After the goal
    a page is a set: permuting its statements changes nothing, permuting the actions permutes the
    logits, and padding changes neither.

    Args:
        embedding_width: Dimensions of the encoder's token embeddings.
        config: Size and switches.
    """

    mean: Tensor
    scale: Tensor
    value_scale: Tensor

    def __init__(self, embedding_width: int, config: NetworkConfig) -> None:
        super().__init__()
        self.config = config
        d = config.width
        self.register_buffer("mean", torch.zeros(embedding_width))
        self.register_buffer("scale", torch.ones(embedding_width))
        self.register_buffer("value_scale", torch.ones(()))
        # The table's tokens are normalised already, once per statement and not once per use.
        self.adapter = nn.Sequential(nn.Linear(embedding_width, d), nn.GELU())
        self.pool = nn.Linear(d, config.heads) if config.pooling == "attention" else None
        self.clause = nn.Linear(d, d)
        self.goal = nn.Parameter(torch.randn(d) * 0.02)
        self.relevance = nn.Parameter(torch.randn(2, d) * 0.1)
        self.query = nn.Parameter(torch.randn(d) * 0.02)
        self.place = nn.Parameter(torch.randn(d) * 0.1) if config.goal_places else None
        self.blocks = nn.ModuleList(Block(config) for _ in range(config.blocks))
        self.norm = nn.LayerNorm(d)
        self.scorer = nn.Linear(d, 1)
        self.value = nn.Linear(d, 1)
        self.memory = Memory(d) if config.memory == "gru" else None
        # Zero: the first policy is uniform over the legal actions, and nothing is worth anything.
        for head in (self.scorer, self.value):
            nn.init.zeros_(head.weight)
            nn.init.zeros_(head.bias)

    @torch.no_grad()
    def fix_statistics(self, table: EmbeddingTable | TokenTable) -> None:
        """Fix the mean and scale of each embedding dimension from all statements in ``table``."""
        mean, scale = table.statistics()
        self.mean.copy_(mean)
        self.scale.copy_(scale)
        table.standardise(mean, scale)

    def scale_values(self, returns: Tensor) -> None:
        """Let the value's unit follow returns ``[B]``; see `rescale_values`."""
        rescale_values(self.value, self.value_scale, returns)

    def make_cache(self, table: Any) -> "VectorCache":
        """A cache for use until the weights change."""
        return VectorCache(self, table)

    def forward(
        self,
        batch: Batch,
        table: Table,
        cache: "VectorCache | None" = None,
        past: Past | None = None,
    ) -> tuple[Tensor, Tensor]:
        """Score and value states.

        Args:
            batch: B states.
            table: The embeddings of the rows that the batch names.
            cache: Vectors of rows under these very weights, to use instead of computing them.
            past: Which states follow one another, for a network that remembers.

        Returns:
            Logits ``[B, A]``, -inf where there is no action, and values ``[B]``; float32.
        """
        table = table.reading() if cache is None else cache.table
        told, legal = batch.statements != PADDING, batch.legal
        rows, place, clauses, part = distinct = find_distinct(batch)
        read = self._read(rows, table, cache)
        is_goal = torch.zeros_like(told)
        is_goal[:, 0] = True
        statements = functional.embedding(place, read) + is_goal[told][:, None] * self.goal
        offered = self._read_clauses(clauses, table, cache)
        actions = functional.embedding_bag(part, offered, mode="sum")
        if self.config.goal_relevance:
            marks = goal_relevance(batch, table, distinct)
            statements = statements + marks[0][:, None] * self.relevance[0]
            actions = actions + marks[1][:, None] * self.relevance[1]
            if self.place is not None:
                # The place of what the goal does not speak of says nothing.
                places = goal_places(batch, table, distinct) * marks[0].clamp(min=0)
                statements = statements + places[:, None] * self.place
        return self._decide(statements, told, actions, legal, past)

    def read_statements(self, rows: Tensor, table: Table) -> Tensor:
        """One vector for each row: its adapted tokens, pooled. ``[U, d]``."""
        tokens, mask = table.tokens(rows)
        adapted = self.adapter(tokens)
        if self.pool is None:
            return pool_tokens(adapted, mask, self.config.pooling)
        # One softmax over the tokens of each statement and head; padding has no weight.
        scores = adapted.new_full((*mask.shape, self.config.heads), -1e9)
        scores[mask] = self.pool(adapted)
        weights = scores.softmax(1)[mask]
        heads = adapted.view(len(adapted), self.config.heads, -1) * weights[:, :, None]
        owner = torch.nonzero(mask)[:, 0]
        pooled = adapted.new_zeros(len(rows), self.config.width)
        vectors: Tensor = pooled.index_add(0, owner, heads.flatten(1))
        return vectors

    def _read_clauses(self, rows: Tensor, table: Table, cache: "VectorCache | None") -> Tensor:
        """One vector for each clause row, read as a statement is and projected. ``[U, d]``.

        The mean of a clause's tokens, which is cheaper, loses which square a move comes from and
        which it goes to: with it chess needed half as many steps again.
        """
        said = rows != PADDING
        read = self._read(rows[said], table, cache)
        vectors = read.new_zeros(len(rows), self.config.width)
        vectors[said] = self.clause(read)
        return vectors

    def _read(self, rows: Tensor, table: Table, cache: "VectorCache | None") -> Tensor:
        return self.read_statements(rows, table) if cache is None else cache.statements(rows)

    def _decide(
        self, statements: Tensor, told: Tensor, actions: Tensor, legal: Tensor, past: Past | None
    ) -> tuple[Tensor, Tensor]:
        """Blocks over value query, actions and statements; the head reads the first two.

        Positions are kept packed, ``[T, d]``, without padding: values, then actions, then
        statements. Only attention itself sees them as ``[B, N, d]``.
        """
        states = len(told)
        query = self.query.expand(states, -1)
        x = torch.cat([query, actions, statements])
        present = torch.cat([torch.ones_like(legal[:, :1]), legal, told], 1)
        slots = _slots(present, [1, legal.shape[1], told.shape[1]])
        for k, block in enumerate(self.blocks):
            # The last block's statements are read by nobody: only the head's rows are computed.
            wanted = states + len(actions) if k == len(self.blocks) - 1 else len(x)
            x = block(x, present, slots, wanted)
        x = self.norm(x)
        if self.memory:
            numbers = torch.arange(states, device=x.device)
            x = self.memory(x, torch.cat([numbers, torch.nonzero(legal)[:, 0]]), past)
        logits = torch.full(legal.shape, -torch.inf, device=legal.device)
        logits[legal] = self.scorer(x[states:]).squeeze(1).float()
        return logits, self.value_scale * self.value(x[:states]).squeeze(1).float()


class VectorCache:
    """Statement vectors under fixed weights, each computed once: for rollouts and play.

    Args:
        network: Whose weights; after they change the cache is void.
        table: The embeddings.
    """

    def __init__(self, network: StatementNetwork, table: Table) -> None:
        self.network, self.table = network, table.reading()
        self._vectors = network.query.new_zeros(0, network.config.width)
        self._known = torch.zeros(0, dtype=torch.bool, device=network.query.device)

    @torch.no_grad()
    def statements(self, rows: Tensor) -> Tensor:
        """One vector for each row. ``[U, d]``."""
        if len(self._known) <= len(self.table):
            grown = 2 * (len(self.table) + 1) - len(self._known)
            self._known = torch.cat([self._known, self._known.new_zeros(grown)])
            self._vectors = torch.cat(
                [self._vectors, self._vectors.new_zeros(grown, self._vectors.shape[1])]
            )
        new = rows[~self._known[rows]]
        if len(new):
            self._vectors[new] = self.network.read_statements(new, self.table)
            self._known[new] = True
        return self._vectors[rows]


class Block(nn.Module):
    """A pre-LN transformer block over packed positions."""

    def __init__(self, config: NetworkConfig) -> None:
        super().__init__()
        d = config.width
        self.heads = config.heads
        self.norm = nn.LayerNorm(d)
        self.q, self.kv = nn.Linear(d, d), nn.Linear(d, 2 * d)
        self.out = nn.Linear(d, d)
        self.mlp = nn.Sequential(
            nn.LayerNorm(d),
            nn.Linear(d, config.expansion * d),
            nn.GELU(),
            nn.Linear(config.expansion * d, d),
        )

    def forward(self, x: Tensor, present: Tensor, slots: Tensor, wanted: int) -> Tensor:
        """One block.

        Args:
            x: ``[T, d]``, the positions of all states.
            present: ``[B, N]`` bool with T True entries: where there is a position.
            slots: ``[T]``, the place of each in the flattened ``[B * N]``.
            wanted: How many of the T outputs are needed.

        Returns:
            The first ``wanted`` outputs ``[wanted, d]``.
        """
        states, length = present.shape
        normed = self.norm(x)
        # A state's wanted positions come first in its row of N, so queries are cut to them.
        last = int((slots[:wanted] % length).max()) + 1
        places = slots[:wanted] // length * last + slots[:wanted] % length
        q = _spread(self.q(normed[:wanted]), places, states, last)
        k, v = _spread(self.kv(normed), slots, states, length).chunk(2, 2)
        q, k, v = (self._split(part) for part in (q, k, v))
        mask = present[:, None, None, :]
        mixed = functional.scaled_dot_product_attention(q, k, v, attn_mask=mask)
        x = x[:wanted] + self.out(mixed.transpose(1, 2).reshape(states * last, -1)[places])
        updated: Tensor = x + self.mlp(x)
        return updated

    def _split(self, x: Tensor) -> Tensor:
        return x.view(*x.shape[:2], self.heads, -1).transpose(1, 2)


def _spread(x: Tensor, slots: Tensor, states: int, length: int) -> Tensor:
    """Packed ``[T, d]`` to padded ``[states, length, d]``, zero where nothing is."""
    empty = x.new_zeros(states * length, x.shape[1])
    return empty.index_copy(0, slots, x).view(states, length, -1)


def _slots(present: Tensor, widths: list[int]) -> Tensor:
    """Where each position stands in the flattened ``present``: group after group, ``[T]``."""
    length = present.shape[1]
    numbers = torch.arange(present.numel(), device=present.device).view(-1, length)
    groups = zip(torch.split(numbers, widths, 1), torch.split(present, widths, 1), strict=True)
    return torch.cat([group[mask] for group, mask in groups])
