"""Goal relevance: where the encoder's pretrained semantics enter."""

from typing import NamedTuple

import torch
from torch import Tensor
from torch.nn import functional

from .reader import Batch
from .table import PADDING, Table


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
