"""Double DQN over the legal actions (van Hasselt et al., 2016, https://arxiv.org/abs/1509.06461).

Where actions are told in words it is DRRN (He et al., 2016, https://arxiv.org/abs/1511.04636) with
a target network.
"""

import copy
from dataclasses import dataclass, field
from typing import Any

import torch
from torch import Tensor
from torch.nn import functional

from alectors.envs.errors import require

from .agent import Agent
from .network import NetworkConfig
from .offpolicy import check_config, draw, exploration, iterate, make_replay, stray
from .qvalues import action_values, best_actions
from .replay import Sample

# Configuration


@dataclass(frozen=True)
class DDQNConfig:
    """Everything that DDQN can be told."""

    num_envs: int = 16
    """Environments that are stepped side by side."""
    num_steps: int = 64
    """Steps of each environment between two lines of progress."""
    update_every: int = 2
    """Steps of each environment between two updates."""
    minibatches: int = 1
    """Minibatches of an update."""
    minibatch_size: int = 128
    """Transitions in a minibatch."""
    learning_starts: int = 1024
    """Steps in all before the first minibatch."""
    replay_size: int = 100_000
    """States that are remembered."""
    n_step: int = 5
    """Rewards that are added up before a value is trusted."""
    learning_rate: float = 1e-3
    """Learning rate at the start."""
    final_learning_rate: float = 0.0
    """Learning rate at the end of training; it falls linearly."""
    schedule: str = "linear"
    """How it gets there: "linear" or "cosine"; "constant" stays at the start."""
    reward_scale: float = 1.0
    """What rewards are multiplied by before anything is learnt from them."""
    gamma: float = 0.99
    """Discount of a reward one step later."""
    target_every: int = 32
    """Steps of each environment between two copies to what values the states that follow."""
    exploration: float = 1.0
    """Share of random actions at the start."""
    final_exploration: float = 0.05
    """Share of random actions after ``exploration_steps``; it falls linearly."""
    exploration_steps: int = 10_000
    """Steps in all until exploration has fallen."""
    priority: float = 0.6
    """How much more often transitions are drawn whose value was wrong (0: all alike)."""
    correction: float = 0.4
    """How far importance weights make up for that at the start (1: wholly)."""
    correction_steps: int = 100_000
    """Steps in all until they do so wholly; it rises linearly."""
    max_grad_norm: float = 0.5
    """Gradients are scaled down to this norm."""
    unit: str = "statement"
    """What the encoder reads at once: a "statement", or the whole "state"."""
    disk_cache: bool = True
    """Whether embeddings are kept in the user's cache from run to run."""
    network: NetworkConfig = field(default_factory=NetworkConfig)
    """Size and switches of the network."""

    def __post_init__(self) -> None:
        require(self.target_every >= 1, f"target_every={self.target_every} must be at least 1.")
        check_config(self)


# Agent


class DDQN(Agent):
    """Double, dueling, n-step Q-learning from a prioritised replay; see `Agent` for the arguments.

    The network's logits are the advantages of actions, and its value is the state's.
    """

    name = "ddqn"
    config_class = DDQNConfig
    config: DDQNConfig

    def __init__(self, *arguments: Any, **settings: Any) -> None:
        super().__init__(*arguments, **settings)
        self.target = copy.deepcopy(self.network)
        self.replay = make_replay(self)

    def sample_action(self, observation: Any, info: dict[str, Any]) -> int:
        """The best action, or a random one as often as at the end of training."""
        batch, logits = self._judge_one(observation, info)
        best, share = logits.argmax()[None], self.config.final_exploration
        choice = stray(best, batch.legal, share, self._draws)
        return int(batch.actions[0, choice[0]])

    def tensors(self) -> dict[str, dict[str, Tensor]]:
        """The tensors of a checkpoint, by file and name; the replay is one of its files."""
        kept = {"target": self.target.state_dict(), "replay": self.replay.tensors()}
        return super().tensors() | kept

    def take_tensors(self, found: dict[str, dict[str, Tensor]]) -> None:
        """Take over what `tensors` gave."""
        super().take_tensors(found)
        self.target.load_state_dict(found["target"])
        self.replay.take_tensors(found["replay"])

    # Learning

    def _iterate(self) -> dict[str, float]:
        return iterate(self, self.config.target_every)

    def _renew(self) -> None:
        """Let the target be the network as it is now."""
        self.target.load_state_dict(self.network.state_dict())
        self._target_cache = self.target.make_cache(self.table)
        self._cache: Any = self.network.make_cache(self.table)

    # Rollout

    @torch.no_grad()
    def _collect(self) -> None:
        """Take one step in each environment and remember it."""
        state = self.collector.state
        logits, _ = self.network(state, self.table, self._cache)
        best = best_actions(logits, state.legal)
        choices = stray(best, state.legal, exploration(self), self.generator)
        self.replay.add(state, choices, self.collector.step(choices))
        self.steps += len(state)

    # Update

    def _update(self) -> dict[str, float]:
        sample = draw(self)
        targets = self._targets(sample)
        for network in (self.network, self.target):
            network.scale_values(targets)
        loss, errors, seen = self._loss(sample, targets)
        self._descend(loss, seen, sample)
        self.replay.set_errors(sample.slots, errors)
        self._cache = self.network.make_cache(self.table)
        return seen

    @torch.no_grad()
    def _targets(self, sample: Sample) -> Tensor:
        """Rewards, and the target's value of the action that the network itself takes. ``[B]``."""
        following = sample.following
        judges = (self.network, self._cache), (self.target, self._target_cache)
        own, lagging = (
            action_values(network(following, self.table, cache), following.legal)
            for network, cache in judges
        )
        best = best_actions(own, following.legal)
        return sample.returns + sample.discounts * lagging.gather(1, best[:, None])[:, 0]

    def _loss(self, sample: Sample, targets: Tensor) -> tuple[Tensor, Tensor, dict[str, float]]:
        """The loss, the error of each transition ``[B]``, and the figures to log."""
        states = sample.states
        values = action_values(self.network(states, self.table), states.legal)
        chosen = values.gather(1, sample.choices[:, None])[:, 0]
        errors = (chosen - targets) / self.network.value_scale
        loss = (
            sample.weights
            * functional.smooth_l1_loss(errors, torch.zeros_like(errors), reduction="none")
        ).mean()
        return loss, errors.detach(), {"q_loss": loss.item(), "q": chosen.mean().item()}
