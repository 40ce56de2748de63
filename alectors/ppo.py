"""PPO with masked actions (Schulman et al., 2017, https://arxiv.org/abs/1707.06347)."""

from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
import torch
from torch import Tensor

from alectors.envs.errors import require

from .agent import Agent
from .masked import log_probs_and_entropy, sample, standardise
from .memory import release_memory
from .network import NetworkConfig
from .proximal import clipped_objective, minibatches
from .recurrence import Past, cut_at_ends
from .schedules import check_schedule
from .states import stack

# Configuration


@dataclass(frozen=True)
class PPOConfig:
    """Everything that PPO can be told."""

    num_envs: int = 16
    """Environments that are stepped side by side."""
    num_steps: int = 64
    """Steps of each environment between two updates."""
    epochs: int = 4
    """Passes over a rollout in an update."""
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
    gamma: float = 0.99
    """Discount of a reward one step later."""
    gae_lambda: float = 0.95
    """Weight of longer returns in the advantage (0: one step, 1: the whole episode)."""
    clip: float = 0.2
    """How far the probability ratio may move before its gradient is cut."""
    advantage_floor: float = 0.05
    """Least deviation, in units of the returns' size, that advantages are divided by: where nothing
    is won or lost they are the value's errors, and must not drive the policy (0: divide by any)."""
    entropy: float = 0.01
    """Weight of the entropy bonus; entropy is divided by log(number of legal actions)."""
    value: float = 0.5
    """Weight of the value loss."""
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
        for name in ("num_envs", "num_steps", "epochs", "minibatch_size"):
            value = getattr(self, name)
            require(value >= 1, f"{name}={value} must be at least 1.")
        for name in ("gamma", "gae_lambda"):
            require(0 <= getattr(self, name) <= 1, f"{name} must be between 0 and 1.")
        rates = ("learning_rate", "final_learning_rate")
        for name in (*rates, "clip", "entropy", "value", "advantage_floor"):
            require(getattr(self, name) >= 0, f"{name} must be at least 0.")
        require((self.encoder_learning_rate or 0) >= 0, "encoder_learning_rate must be at least 0.")
        for name in ("max_grad_norm", "reward_scale"):
            require(getattr(self, name) > 0, f"{name} must be more than 0.")
        check_schedule(self.schedule)
        size = self.num_envs * self.num_steps
        require(
            self.minibatch_size <= size,
            f"minibatch_size={self.minibatch_size} is more than the {size} states of a rollout.",
        )


# Data


@dataclass
class Rollout:
    """T steps of N environments; every tensor is flat, time first: ``[T * N]``."""

    states: Any
    """`States`."""
    choices: Tensor
    """Column of the chosen action in ``states.actions``."""
    log_probs: Tensor
    """Log-probability of the choice under the policy that made it."""
    advantages: Tensor
    returns: Tensor
    """Targets of the value."""
    past: Past | None
    """Which states follow one another, for a network that remembers."""


def gae(
    rewards: Tensor, values: Tensor, ends: Tensor, last: Tensor, gamma: float, lam: float
) -> Tensor:
    """Generalised advantage estimation (Schulman et al., 2016, https://arxiv.org/abs/1506.02438).

    Args:
        rewards: ``[T, N]``; at a truncation it already holds γ·V(final observation).
        values: ``[T, N]``, V of each state.
        ends: ``[T, N]`` bool: whether the step ended its episode, either way.
        last: ``[N]``, V of the states after the rollout.
        gamma: Discount.
        lam: λ.

    Returns:
        Advantages ``[T, N]``.
    """
    advantages = torch.zeros_like(rewards)
    following, running = last, torch.zeros_like(last)
    for t in reversed(range(len(rewards))):
        goes_on = (~ends[t]).float()
        delta = rewards[t] + gamma * following * goes_on - values[t]
        running = delta + gamma * lam * goes_on * running
        advantages[t], following = running, values[t]
    return advantages


# Agent


class PPO(Agent):
    """Proximal policy optimisation; see `Agent` for the arguments."""

    name = "ppo"
    config_class = PPOConfig
    can_remember = True
    hidden: Tensor | None = None
    """``[num_envs, d]``: what is remembered of the episodes that it learns on."""
    config: PPOConfig
    tunes = True

    def tensors(self) -> dict[str, dict[str, Tensor]]:
        """The tensors of a checkpoint, by file and name."""
        kept = {"memory": {"hidden": self._remembered}} if self.memory.on else {}
        return super().tensors() | kept

    def take_tensors(self, found: dict[str, dict[str, Tensor]]) -> None:
        """Take over what `tensors` gave."""
        super().take_tensors(found)
        self.hidden = found["memory"]["hidden"] if self.memory.on else None

    # Learning

    def _iterate(self) -> dict[str, float]:
        rollout, figures = self._collect()
        figures |= self._update(rollout)
        release_memory()
        return figures

    # Rollout

    @torch.no_grad()
    def _collect(self) -> tuple[Rollout, dict[str, float]]:
        states, parts = [], []
        before = self._remembered
        self._cache: Any = self.network.make_cache(self.table)
        for _ in range(self.config.num_steps):
            state = self.collector.state
            past = self.memory.follow(self._remembered)
            logits, values = self._forward(state, self._cache, past)
            log_probs, _ = log_probs_and_entropy(logits, state.legal)
            choices = sample(log_probs.exp(), self.generator)
            states.append(state)
            rewards, ends = self._step(choices, past)
            chosen = log_probs.gather(1, choices[:, None])[:, 0]
            parts.append((choices, chosen, values, rewards, ends))
            self.steps += len(state)
        choices, log_probs, values, rewards, ends = (
            torch.stack(p) for p in zip(*parts, strict=True)
        )
        last = self._forward(
            self.collector.state, self._cache, self.memory.follow(self._remembered)
        )[1]
        advantages = gae(
            rewards, values, ends, last, self.config.gamma, self.config.gae_lambda
        ).flatten()
        rollout = Rollout(
            stack(states),
            choices.flatten(),
            log_probs.flatten(),
            advantages,
            advantages + values.flatten(),
            cut_at_ends(before, ends) if self.memory.on else None,
        )
        return rollout, self.collector.summary()

    @property
    def _remembered(self) -> Tensor:
        return self.memory.nothing(self.config.num_envs) if self.hidden is None else self.hidden

    def _step(self, choices: Tensor, past: Past | None) -> tuple[Tensor, Tensor]:
        """Step the vector; rewards ``[N]`` hold γ·V(final state) where an episode was truncated."""
        step = self.collector.step(choices)
        if len(step.cut):
            before = self.memory.follow(past.after[step.cut]) if past else None
            step.rewards[step.cut] += (
                self.config.gamma * self._forward(step.finals, self._cache, before)[1]
            )
        if past:
            self.hidden = past.after * ~step.ends[:, None]
        return step.rewards, step.ends

    # Update

    def _update(self, rollout: Rollout) -> dict[str, float]:
        self.network.scale_values(rollout.returns)
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
        states = rollout.states[index]
        past = rollout.past[index] if rollout.past else None
        logits, values = self._forward(states, None, past)
        log_probs, entropy = log_probs_and_entropy(logits, states.legal)
        free = states.legal.sum(1) > 1
        weight = free / free.sum().clamp(min=1)
        floor = self.config.advantage_floor * float(self.network.value_scale)
        objective, divergence = clipped_objective(
            log_probs.gather(1, rollout.choices[index, None])[:, 0],
            rollout.log_probs[index],
            standardise(rollout.advantages[index], free, floor),
            self.config.clip,
        )
        policy_loss = -(objective * weight).sum()
        error = (values - rollout.returns[index]) / self.network.value_scale
        value_loss = error.square().mean()
        bonus = (entropy * weight).sum()
        loss = policy_loss + self.config.value * value_loss - self.config.entropy * bonus
        return loss, {
            "policy_loss": policy_loss.item(),
            "value_loss": value_loss.item(),
            "entropy": bonus.item(),
            "kl": (divergence * weight).sum().item(),
        }
