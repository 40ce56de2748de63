"""What off-policy agents remember: n-step transitions between states that are kept once."""

from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from torch import Tensor

from alectors.envs.errors import require

from .collecting import Step
from .priorities import SumTree
from .states import send
from .store import StateStore

CPU = torch.device("cpu")
"""Where transitions are kept, whatever device learns from them."""
EPSILON = 1e-6
"""Added to an error, so that no transition is forgotten."""


@dataclass
class Sample:
    """B transitions."""

    slots: Tensor
    """``[B]``: where they are kept; on the CPU."""
    states: Any
    """`States`."""
    choices: Tensor
    """``[B]``: column of the chosen action in ``states.actions``."""
    returns: Tensor
    """``[B]``: the discounted rewards of up to n steps."""
    discounts: Tensor
    """``[B]``: what the value of ``following`` counts, γ to the number of steps; 0: nothing."""
    following: Any
    """`States` after those steps, with the actions that are legal there."""
    weights: Tensor
    """``[B]``: importance weights, 1 the largest."""


class Replay:
    """The last ``capacity`` states of N environments, and the n-step transitions between them.

    A transition goes over n steps, or as many as its episode still had: to the last state where
    the episode was truncated, to no state where it terminated. It can be drawn as soon as the
    state that it leads to is kept.

    Args:
        reader: Packs and unpacks the states.
        capacity: States.
        num_envs: N.
        n_step: n.
        gamma: γ.
        alpha: How much priorities count (0: all transitions are drawn alike; Schaul et al., 2016,
            https://arxiv.org/abs/1511.05952).
    """

    def __init__(
        self,
        reader: Any,
        capacity: int,
        num_envs: int,
        *,
        n_step: int = 1,
        gamma: float = 0.99,
        alpha: float = 0.0,
    ) -> None:
        least = 2 * num_envs * (n_step + 1)
        require(
            capacity >= least,
            f"A replay of {num_envs} environments and {n_step} steps holds at least {least} "
            f"states, not {capacity}.",
        )
        self.n_step, self.gamma, self.alpha = n_step, gamma, alpha
        self._store, self._device = StateStore(reader, capacity), reader.device
        self._choices = torch.zeros(capacity, dtype=torch.int32)
        self._returns, self._discounts = torch.zeros(capacity), torch.zeros(capacity)
        self._following = torch.zeros(capacity, dtype=torch.int32)
        self._tree = SumTree(capacity)
        self._highest = 1.0
        # Slots of the states whose steps are still being taken, the newest first.
        self._open = torch.zeros(n_step, num_envs, dtype=torch.long)
        self._ages = torch.zeros(num_envs, dtype=torch.long)

    def __len__(self) -> int:
        """Transitions that can be drawn."""
        return int(np.count_nonzero(self._tree.leaves))

    def add(self, states: Any, choices: Tensor, step: Step) -> None:
        """Keep what one step of all environments was.

        Args:
            states: The N `States` before it.
            choices: ``[N]``, the columns chosen in them.
            step: What came of it.
        """
        states, *told = send(states, CPU, choices, step.rewards, step.ends, step.terminated)
        choices, rewards, ends, terminated = told
        slots = self._keep(states)
        self._choices[slots] = choices.to(torch.int32)
        self._returns[slots] = 0.0
        full = self._ages == self.n_step
        done = [self._close(self._open[-1, full], slots[full], self.gamma**self.n_step)]
        self._open = torch.cat([slots[None], self._open[:-1]])
        self._ages = (self._ages + 1).clamp(max=self.n_step)
        finals = slots.clone()
        if len(step.cut):
            finals[torch.from_numpy(step.cut)] = self._keep(send(step.finals, CPU)[0])
        for age in range(self.n_step):
            here = self._ages > age
            self._returns[self._open[age, here]] += self.gamma**age * rewards[here]
            over = here & terminated
            # Nothing follows: the state itself stands there, with a legal action and no weight.
            done.append(self._close(self._open[age, over], self._open[age, over], 0.0))
            cut = here & ends & ~terminated
            done.append(self._close(self._open[age, cut], finals[cut], self.gamma ** (age + 1)))
        self._ages[ends] = 0
        self._tree.set(torch.cat(done).numpy(), self._highest**self.alpha)

    def _keep(self, states: Any) -> Tensor:
        """Keep states that no transition begins at as yet."""
        slots = self._store.add(states)
        self._tree.set(slots.numpy(), 0.0)
        return slots

    def _close(self, slots: Tensor, following: Tensor, discount: float) -> Tensor:
        """Say where the transitions that begin at ``slots`` lead."""
        self._following[slots] = following.to(torch.int32)
        self._discounts[slots] = discount
        return slots

    def sample(self, size: int, generator: torch.Generator, beta: float = 0.0) -> Sample:
        """Draw transitions, in proportion to their priority to the power of ``alpha``.

        Args:
            size: B. Each is drawn from its own B-th part of all priorities.
            generator: Decides which.
            beta: How far importance weights ``(number · probability)^-beta``, divided by the
                largest, make up for unequal probabilities.
        """
        parts = torch.arange(size) + torch.rand(size, generator=generator, dtype=torch.float64)
        found = self._tree.find((parts * (self._tree.total / size)).numpy())
        slots = torch.from_numpy(found)
        probabilities = self._tree.leaves[found] / self._tree.total
        weights = (len(self) * probabilities) ** -beta
        states, *told = send(
            self._store.get(slots),
            self._device,
            self._choices[slots].long(),
            self._returns[slots],
            self._discounts[slots],
            torch.from_numpy(weights / weights.max()).float(),
        )
        choices, returns, discounts, counted = told
        following = send(self._store.get(self._following[slots].long()), self._device)[0]
        return Sample(slots, states, choices, returns, discounts, following, counted)

    def set_errors(self, slots: Tensor, errors: Tensor) -> None:
        """Give transitions the priority of how wrong they were: ``|errors|`` ``[B]``."""
        priorities = errors.abs().double().cpu().numpy() + EPSILON
        self._highest = max(self._highest, float(priorities.max()))
        self._tree.set(slots.numpy(), priorities**self.alpha)

    def tensors(self) -> dict[str, Tensor]:
        """All that is kept, ready for a checkpoint."""
        return self._store.tensors() | {
            "choices": self._choices,
            "returns": self._returns,
            "discounts": self._discounts,
            "following": self._following,
            "priorities": torch.from_numpy(self._tree.leaves.copy()),
            "highest": torch.tensor(self._highest, dtype=torch.float64),
            "open": self._open,
            "ages": self._ages,
        }

    def take_tensors(self, found: dict[str, Tensor]) -> None:
        """Take over what `tensors` gave."""
        self._store.take_tensors(found)
        for name in ("choices", "returns", "discounts", "following", "open", "ages"):
            getattr(self, f"_{name}").copy_(found[name])
        self._highest = float(found["highest"])
        self._tree.set(np.arange(self._tree.capacity), found["priorities"].numpy())
