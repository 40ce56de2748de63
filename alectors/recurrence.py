"""What a network remembers within an episode: a GRU over the vectors of its states."""

from dataclasses import dataclass, field
from typing import Any

import torch
from torch import Tensor, nn

LONGEST = 64
"""Steps over which a fresh memory's slowest dimension keeps what it has taken in."""


@dataclass
class Past:
    """B states as the steps of S sequences, none longer than an episode."""

    hidden: Tensor
    """``[S, d]``: the hidden state before each sequence; zero where an episode begins."""
    owners: Tensor
    """``[B]``: to which sequence a state belongs."""
    times: Tensor
    """``[B]``: its place there; each sequence counts from 0 without a gap."""
    after: Tensor = field(init=False)
    """``[B, d]``: the hidden state after each state, known once a network has read them."""

    def __getitem__(self, index: Tensor) -> "Past":
        """The chosen states, whole sequences of them."""
        kept, owners = torch.unique(self.owners[index], return_inverse=True)
        return Past(self.hidden[kept], owners, self.times[index])


def follow(hidden: Tensor) -> Past:
    """One next state for each hidden state ``[B, d]``."""
    owners = torch.arange(len(hidden), device=hidden.device)
    return Past(hidden, owners, torch.zeros_like(owners))


def cut_at_ends(hidden: Tensor, ends: Tensor) -> Past:
    """The sequences of a rollout, cut where an episode ended.

    Args:
        hidden: ``[N, d]``, the hidden states before the first step.
        ends: ``[T, N]`` bool: whether the step ended its episode.

    Returns:
        The T * N states, time first.
    """
    steps, count = ends.shape
    begins = torch.cat([torch.zeros_like(ends[:1]), ends[:-1]])
    numbers = begins.long().cumsum(0) * count + torch.arange(count, device=ends.device)
    _, owners = torch.unique(numbers.flatten(), return_inverse=True)
    now = torch.arange(steps, device=ends.device)[:, None].expand(-1, count)
    times = now - torch.where(begins, now, 0).cummax(0).values
    before = hidden.new_zeros(int(owners.max()) + 1, hidden.shape[1])
    before[owners[:count]] = hidden
    return Past(before, owners, times.flatten())


class Remembering:
    """Whether a network remembers, and the hidden states of episodes that it is to read on.

    Args:
        config: A `NetworkConfig`.
        device: Where the network reads.
    """

    def __init__(self, config: Any, device: torch.device) -> None:
        self.on, self.width, self.device = config.memory != "none", config.width, device

    def nothing(self, count: int) -> Tensor:
        """The hidden states ``[count, d]`` of episodes that begin."""
        return torch.zeros(count, self.width, device=self.device)

    def follow(self, hidden: Tensor) -> Past | None:
        """The next state of each of B episodes, from ``[B, d]``; None without a memory."""
        return follow(hidden) if self.on else None


class Memory(nn.Module):
    """A GRU (Cho et al., 2014, https://arxiv.org/abs/1406.1078), and what its output changes.

    Each dimension of a vector is scaled and shifted by what is remembered (FiLM: Perez et al.,
    2018, https://arxiv.org/abs/1709.07871). What an action is worth depends on a product of the
    two; with a perceptron over both side by side, a cue of two steps ago was not learnt at all.
    Fresh dimensions forget over 2 to `LONGEST` steps (chrono initialisation: Tallec and Ollivier,
    2018, https://arxiv.org/abs/1804.11188): by PyTorch's own start half is gone after each step.

    Args:
        width: Dimensions d of a vector and of the hidden state.
    """

    def __init__(self, width: int) -> None:
        super().__init__()
        self.width = width
        self.gru = nn.GRU(width, width)
        spans = torch.empty(width).uniform_(1, LONGEST - 1)
        into, within = self.gru.get_parameter("bias_ih_l0"), self.gru.get_parameter("bias_hh_l0")
        with torch.no_grad():  # the second of the three gates is the one that keeps
            into[width : 2 * width] = spans.log()
            within[width : 2 * width] = 0.0
        self.norm = nn.LayerNorm(width)
        self.film = nn.Linear(width, 2 * width)
        self.mix = nn.Sequential(
            nn.LayerNorm(width), nn.Linear(width, 2 * width), nn.GELU(), nn.Linear(2 * width, width)
        )

    def forward(self, x: Tensor, states: Tensor, past: Past | None) -> Tensor:
        """Change vectors by what the states before theirs told.

        Args:
            x: ``[T, d]``; the first B are the vectors of the states.
            states: ``[T]``: of which state each vector is; the first B count from 0.
            past: Which states follow one another; None: none does, each begins an episode.

        Returns:
            ``[T, d]``.
        """
        count = int(states.max()) + 1
        past = past or follow(x.new_zeros(count, self.width))
        padded = x.new_zeros(int(past.times.max()) + 1, *past.hidden.shape)
        padded = padded.index_put((past.times, past.owners), x[:count])
        remembered = self.gru(padded, past.hidden[None])[0][past.times, past.owners]
        past.after = remembered.detach()
        scale, shift = self.film(self.norm(remembered)).chunk(2, 1)
        x = x * (1 + scale[states]) + shift[states]
        mixed: Tensor = x + self.mix(x)
        return mixed
