"""Goal relevance: where the encoder's pretrained semantics enter."""

from typing import NamedTuple

import torch
from torch import Tensor
from torch.nn import functional

from .reader import Batch
from .table import PADDING, Table

TEMPERATURE = 0.1
"""Of the softmax over a goal's tokens, in cosines, that says where a statement is spoken of."""
MOST_PLACES = 1_000_000
"""Places that a table keeps; then it finds them anew."""


class Distinct(NamedTuple):
    """The distinct rows of a batch, on which work is done first."""

    rows: Tensor
    """``[U]``: rows of statements."""
    place: Tensor
    """``[Q]``: where each of the batch's Q statements stands in ``rows``."""
    clauses: Tensor
    """``[V]``: rows of clauses, padding among them."""
    part: Tensor
    """``[P, C]``: where each clause of the batch's P legal actions stands in ``clauses``."""


def find_distinct(batch: Batch) -> Distinct:
    """The distinct rows of ``batch``."""
    told = batch.statements[batch.statements != PADDING]
    offered = batch.clauses[batch.legal]
    return Distinct(
        *torch.unique(told, return_inverse=True), *torch.unique(offered, return_inverse=True)
    )


@torch.no_grad()
def goal_relevance(batch: Batch, table: Table, distinct: Distinct) -> tuple[Tensor, Tensor]:
    """How similar each statement ``[Q]`` and each action ``[P]`` is to its page's goal.

    The cosine of mean embeddings, for an action the mean over its clauses, is standardised over
    the page's statements (the goal left out, which gets 0) or actions, and cut at ±3.
    """
    rows, place, clauses, part = distinct
    told, legal = batch.statements != PADDING, batch.legal
    goals, goal = torch.unique(batch.statements[:, 0], return_inverse=True)
    directions = functional.normalize(table.means(goals), dim=1).T
    near = functional.normalize(table.means(rows), dim=1) @ directions
    offered = functional.normalize(table.means(clauses), dim=1) @ directions
    state, choice = (torch.nonzero(mask)[:, 0] for mask in (told, legal))
    parts = (batch.clauses[legal] != PADDING).sum(1).clamp(min=1)
    similar = offered[part, goal[choice][:, None]].sum(1) / parts
    rest = told.clone()
    rest[:, 0] = False
    return _standardise(near[place, goal[state]], told, rest), _standardise(similar, legal, legal)


@torch.no_grad()
def goal_places(batch: Batch, table: Table, distinct: Distinct) -> Tensor:
    """Where in its page's goal each statement ``[Q]`` is spoken of: -1 the start, 1 the end.

    For goals that name two things: both are relevant, and only their places tell them apart. Each
    token of the goal counts by its best match among the statement's tokens (the late interaction
    of Khattab & Zaharia, 2020, https://arxiv.org/abs/2004.12832) in a softmax over the goal, and
    the place is the mean of theirs. The goal itself has 0.
    """
    rows, place = distinct.rows, distinct.place
    state = torch.nonzero(batch.statements != PADDING)[:, 0]
    pairs, pair = torch.unique(
        torch.stack([batch.statements[state, 0], rows[place]], 1), dim=0, return_inverse=True
    )
    asked: list[tuple[int, int]] = [(goal, row) for goal, row in pairs.tolist()]
    known = table.places
    if len(known) > MOST_PLACES:
        known.clear()
    new = [names for names in asked if names not in known]
    if new:
        known.update(_find_places(new, table, state.device))
    return torch.tensor([known[names] for names in asked], device=state.device)[pair]


def _find_places(
    pairs: list[tuple[int, int]], table: Table, device: torch.device
) -> dict[tuple[int, int], float]:
    """The place of the second row of each pair in the first."""
    rows = sorted({row for names in pairs for row in names})
    tokens, mask = table.tokens(torch.tensor(rows, device=device))
    said = dict(zip(rows, torch.split(tokens, mask.sum(1).tolist()), strict=True))
    # Pair by pair: found again, beside others, a place has the same bytes.
    return {(goal, row): _find_place(said[goal], said[row]) for goal, row in pairs}


def _find_place(goal: Tensor, statement: Tensor) -> float:
    """The place of a statement's tokens ``[L, width]`` in a goal's ``[G, width]``."""
    if statement is goal or not len(statement) or not len(goal):
        return 0.0
    near = functional.normalize(statement, dim=1) @ functional.normalize(goal, dim=1).T
    steps = torch.linspace(-1, 1, len(goal), device=near.device)
    return float((near.amax(0) / TEMPERATURE).softmax(0) @ steps)


def _standardise(similarity: Tensor, places: Tensor, counted: Tensor) -> Tensor:
    """Packed similarities to mean 0 and deviation 1 over each page's ``counted`` ones, within ±3.

    What is not counted gets 0.
    """
    padded = similarity.new_zeros(places.shape)
    padded[places] = similarity
    count = counted.sum(1, keepdim=True).clamp(min=1)
    centred = (padded - (padded * counted).sum(1, keepdim=True) / count) * counted
    spread = (centred.square().sum(1, keepdim=True) / count).sqrt()
    return (centred / (spread + 1e-4)).clamp(-3, 3)[places]
