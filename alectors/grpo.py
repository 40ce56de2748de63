"""GRPO without a critic (DeepSeekMath, Shao et al., 2024, https://arxiv.org/abs/2402.03300).

As corrected by Dr. GRPO (Liu et al., 2025, https://arxiv.org/abs/2503.20783), and with the groups
of equal states of GiGPO (Feng et al., 2025, https://arxiv.org/abs/2505.10978).
"""

from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
import torch
from torch import Tensor

from alectors.envs.errors import require

from .agent import Agent
from .groups import Groups, Played
from .masked import log_probs_and_entropy, sample
from .memory import release_memory
from .network import NetworkConfig
from .proximal import clipped_objective, minibatches
from .recurrence import Past
from .schedules import check_schedule
from .states import states_as_numbers

# Configuration


@dataclass(frozen=True)
class GRPOConfig:
    """Everything that GRPO can be told."""

    groups: int = 4
    """Groups between two updates, each of a seed of its own."""
    group_size: int = 8
    """Episodes of a group: same seed, same policy."""
    epochs: int = 4
    """Passes over the episodes in an update."""
    minibatch_size: int = 256
    """States in a minibatch."""
    learning_rate: float = 5e-4
    """Learning rate at the start."""
    final_learning_rate: float = 0.0
    """Learning rate at the end of training."""
    schedule: str = "linear"
    """How it gets there: "linear" or "cosine"; "constant" stays at the start."""
    encoder_learning_rate: float | None = None
    """The same of an encoder that learns too, which falls alike; None: 1e-4 (lora), 2e-5 (full)."""
    reward_scale: float = 1.0
    """What rewards are multiplied by before anything is learnt from them."""
    length_divisor: float = 64.0
    """What an episode's sum over steps is divided by; a constant, whatever its length."""
    group_std: bool = False
    """Whether advantages are divided by their group's deviation, as in the first GRPO."""
    step_groups: float = 0.0
    """Weight of advantages among equal states of a group; 0 leaves them out (GiGPO has 1)."""
    gamma: float = 0.95
    """Discount of what follows a step, for the advantages among equal states."""
    clip: float = 0.2
    """How far the probability ratio may move before its gradient is cut."""
    entropy: float = 0.01
    """Weight of the entropy bonus; entropy is divided by log(number of legal actions)."""
    max_grad_norm: float = 0.5
    """Gradients are scaled down to this norm."""
    target_kl: float | None = 0.03
    """An update stops when the policy has moved this far (nats); None never stops."""
    unit: str = "statement"
    """What the encoder reads at once: a "statement", or the whole "state"."""
    disk_cache: bool = True
    """Whether embeddings are kept in the user's cache from run to run."""
    network: NetworkConfig = field(default_factory=NetworkConfig)
    """Size and switches of the network."""

    def __post_init__(self) -> None:
        for name in ("groups", "epochs", "minibatch_size"):
            require(getattr(self, name) >= 1, f"{name}={getattr(self, name)} must be at least 1.")
        require(self.group_size >= 2, f"group_size={self.group_size} must be at least 2.")
        require(0 <= self.gamma <= 1, "gamma must be between 0 and 1.")
        for name in ("learning_rate", "final_learning_rate", "clip", "entropy", "step_groups"):
            require(getattr(self, name) >= 0, f"{name} must be at least 0.")
        require((self.encoder_learning_rate or 0) >= 0, "encoder_learning_rate must be at least 0.")
        for name in ("max_grad_norm", "length_divisor", "reward_scale"):
            require(getattr(self, name) > 0, f"{name} must be more than 0.")
        check_schedule(self.schedule)

    @property
    def num_envs(self) -> int:
        """Environments that are stepped side by side: one for each episode."""
        return self.groups * self.group_size


# Data


@dataclass
class Rollout:
    """The T steps of the informative groups; every tensor is flat: ``[T]``."""

    states: Any
    """`States`."""
    choices: Tensor
    """Column of the chosen action in ``states.actions``."""
    log_probs: Tensor
    """Log-probability of the choice under the policy that made it."""
    advantages: Tensor
    episodes: int
    """How many episodes the steps are of."""
    past: Past | None = None
    """Which states follow one another, for a network that remembers."""


def centre(values: Tensor, owner: Tensor, divide: bool = False) -> Tensor:
    """What each value has over the mean of its group: Dr. GRPO's advantage.

    A = R - mean(R), or with ``divide`` DeepSeekMath's (R - mean(R)) / std(R), the deviation being
    that of a sample.

    Args:
        values: ``[K]`` float64: returns.
        owner: ``[K]``: the group of each.
        divide: Whether by the deviation.

    Returns:
        ``[K]``; exactly 0 where a group's values are all equal.
    """
    groups = int(owner.max()) + 1
    zeros = values.new_zeros(groups)
    count = zeros.index_add(0, owner, torch.ones_like(values)).clamp(min=1)
    mean = zeros.index_add(0, owner, values) / count
    low, high = (zeros.scatter_reduce(0, owner, values, how, include_self=False)
                 for how in ("amin", "amax"))  # fmt: skip
    # Rounding must not make a difference where there is none.
    over = torch.where((high > low)[owner], values - mean[owner], 0.0)
    if divide:
        square = zeros.index_add(0, owner, over.square())
        over = over / ((square / (count - 1).clamp(min=1)).sqrt()[owner] + 1e-8)
    return over


def find_advantages(played: Played, group_size: int, config: GRPOConfig) -> Tensor:
    """The advantage of each step ``[T]``, float64.

    An episode's return over the mean of its group stands at each of its steps; GiGPO (eq. 7) adds,
    with weight ω, what a step's discounted return has over the mean among all steps of the group
    that were taken in an equal state.
    """
    returns = played.rewards.sum(0)
    group = torch.arange(len(returns), device=returns.device) // group_size
    advantages = centre(returns, group, config.group_std)[played.episodes]
    if config.step_groups:
        togo = discounted(played.rewards, config.gamma)[played.times, played.episodes]
        told = states_as_numbers(played.states).to(togo.device)
        keys = torch.cat([group[played.episodes][:, None].double(), told], 1)
        equal = torch.unique(keys, dim=0, return_inverse=True)[1]
        advantages = advantages + config.step_groups * centre(togo, equal, config.group_std)
    return advantages


def discounted(rewards: Tensor, gamma: float) -> Tensor:
    """What follows from each step on, ``R_t = r_t + γ R_{t+1}``, of rewards ``[longest, E]``."""
    togo = rewards.clone()
    for t in reversed(range(len(togo) - 1)):
        togo[t] += gamma * togo[t + 1]
    return togo


# Agent


class GRPO(Agent):
    """Group relative policy optimisation; see `Agent` for the arguments."""

    name = "grpo"
    config_class = GRPOConfig
    can_remember = True
    tunes = True
    config: GRPOConfig

    def _begin(self, envs: Any) -> None:
        self._collector = Groups(self, envs, self.config.group_size, self.progress())

    # Learning

    def _iterate(self) -> dict[str, float]:
        rollout, figures = self._collect()
        figures |= self._update(rollout)
        release_memory()
        return figures

    # Rollout

    @torch.no_grad()
    def _collect(self) -> tuple[Rollout | None, dict[str, float]]:
        """The steps of the groups that tell something; None where none does."""
        self._cache: Any = self.network.make_cache(self.table)
        self._running = self.memory.nothing(self.config.num_envs)
        played = self.groups.play(self._act)
        played.rewards *= self.config.reward_scale
        self.steps += len(played.choices)
        advantages = find_advantages(played, self.config.group_size, self.config)
        group = played.episodes // self.config.group_size
        informative = torch.zeros_like(advantages[: self.config.groups], dtype=torch.bool)
        informative[group[advantages != 0]] = True
        figures = self.groups.summary() | {"informative": informative.double().mean().item()}
        if not informative.any():
            return None, figures
        kept = torch.nonzero(informative[group])[:, 0]
        there = kept.to(self.device)
        rollout = Rollout(
            played.states[there],
            played.choices[there],
            played.log_probs[there],
            advantages[kept].float().to(self.device),
            int(informative.sum()) * self.config.group_size,
            self._past_of(played)[there] if self.memory.on else None,
        )
        return rollout, figures

    @property
    def groups(self) -> Groups:
        """The groups that it learns from, from the beginning of `learn`."""
        groups: Groups = self._collector
        return groups

    def _act(self, states: Any, episodes: Tensor) -> tuple[Tensor, Tensor]:
        episodes = episodes.to(self.device)
        past = self.memory.follow(self._running[episodes])
        logits, _ = self._forward(states, self._cache, past)
        if past:
            self._running[episodes] = past.after
        log_probs, _ = log_probs_and_entropy(logits, states.legal)
        choices = sample(log_probs.exp(), self.generator)
        return choices, log_probs.gather(1, choices[:, None])[:, 0]

    def _past_of(self, played: Played) -> Past:
        """Every episode is a sequence that began with nothing to remember."""
        begun = self.memory.nothing(self.config.num_envs)
        return Past(begun, played.episodes.to(self.device), played.times.to(self.device))

    # Update

    def _update(self, rollout: Rollout | None) -> dict[str, float]:
        if rollout is None:
            return {}
        figures: list[dict[str, float]] = []
        settings = (self.config.minibatch_size, self.config.epochs, self.generator, self.device)
        for index in minibatches(len(rollout.choices), *settings, rollout.past):
            loss, seen = self._loss(rollout, index)
            figures.append(seen)
            if self.config.target_kl and seen["kl"] > 1.5 * self.config.target_kl:
                break
            self._descend(loss, seen, replace(rollout, past=None), index)
        return {name: float(np.mean([f[name] for f in figures])) for name in figures[0]}

    def _loss(self, rollout: Rollout, index: Tensor) -> tuple[Tensor, dict[str, float]]:
        """Dr. GRPO's: the sum over steps by a constant, the mean over episodes.

        A minibatch's sum is scaled up to the T steps of the rollout, which it is a sample of.
        """
        states = rollout.states[index]
        past = rollout.past[index] if rollout.past else None
        logits, _ = self._forward(states, None, past)
        log_probs, entropy = log_probs_and_entropy(logits, states.legal)
        objective, divergence = clipped_objective(
            log_probs.gather(1, rollout.choices[index, None])[:, 0],
            rollout.log_probs[index],
            rollout.advantages[index],
            self.config.clip,
        )
        share = len(index) / len(rollout.choices)
        unit = share * rollout.episodes * self.config.length_divisor
        free = states.legal.sum(1) > 1
        policy_loss = -(objective * free).sum() / unit
        bonus = (entropy * free).sum()
        loss = policy_loss - self.config.entropy * bonus / unit
        choices = free.sum().clamp(min=1)
        return loss, {
            "policy_loss": policy_loss.item(),
            "entropy": (bonus / choices).item(),
            "kl": ((divergence * free).sum() / choices).item(),
        }
