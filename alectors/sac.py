"""Discrete SAC with masked actions (Christodoulou, 2019, https://arxiv.org/abs/1910.07207).

Entropy is in the policy's objective alone unless asked for: in the critic's target too it keeps
discrete SAC from learning (Asad et al., 2025, https://arxiv.org/abs/2509.09838). The mean of the
critics in the place of their minimum is from Zhou et al., 2022, https://arxiv.org/abs/2209.10081,
the choice between two divergences from Chan et al., 2022, https://arxiv.org/abs/2107.08285.
"""

import copy
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional

from alectors.envs.errors import choose, require

from .agent import Agent
from .masked import divergence, excess_entropy, expected, log_probs_and_entropy, sample
from .mlp import MlpNetwork
from .network import NetworkConfig, StatementNetwork
from .offpolicy import check_config, draw, exploration, iterate, make_replay, stray
from .qvalues import action_values
from .replay import Sample
from .saving import flatten_state, load_state

# Configuration


@dataclass(frozen=True)
class SACConfig:
    """Everything that SAC can be told."""

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
    smoothing: float = 0.03
    """How far the targets go to the critics in each update. They value the states that follow, and
    are what the policy is brought to: the best action of the critics themselves changes from update
    to update where actions are worth nearly the same, and no policy can follow that."""
    exploration: float = 1.0
    """Share of random actions at the start: a policy that is soon sure tries nothing else."""
    final_exploration: float = 0.05
    """Share of random actions after ``exploration_steps``; it falls linearly."""
    exploration_steps: int = 10_000
    """Steps in all until exploration has fallen."""
    critics: str = "mean"
    """What counts of the two critics' values: their "min" or their "mean"."""
    projection: str = "forward"
    """How the policy is brought to softmax(Q / temperature): by the "reverse" divergence from it,
    as in the paper, whose gradient vanishes where the policy is sure of what is wrong, or by the
    "forward" one, whose does not."""
    entropy_in_target: bool = False
    """Whether entropy counts as a reward in the critics' targets, too (that of the last state)."""
    temperature: float = 0.03
    """Worth of a nat of entropy, as a share of the returns' size (at least of 1); where it is
    tuned, at the start."""
    tune_temperature: bool = True
    """Whether the temperature is tuned until the policy has the target entropy."""
    target_entropy: float = 0.2
    """Target entropy of a state, as a share of log(number of legal actions)."""
    temperature_learning_rate: float = 2e-2
    """Learning rate of the temperature's logarithm."""
    priority: float = 0.6
    """How much more often transitions are drawn whose value was wrong (0: all alike)."""
    correction: float = 0.4
    """How far importance weights make up for that at the start (1: wholly)."""
    correction_steps: int = 100_000
    """Steps in all until they do so wholly; it rises linearly."""
    max_grad_norm: float = 0.5
    """Gradients are scaled down to this norm, those of each network by themselves."""
    unit: str = "statement"
    """What the encoder reads at once: a "statement", or the whole "state"."""
    disk_cache: bool = True
    """Whether embeddings are kept in the user's cache from run to run."""
    network: NetworkConfig = field(default_factory=NetworkConfig)
    """Size and switches of the networks."""

    def __post_init__(self) -> None:
        choose("critics", self.critics, ("min", "mean"))
        choose("projection", self.projection, ("forward", "reverse"))
        require(0 <= self.target_entropy <= 1, "target_entropy must be between 0 and 1.")
        require(0 < self.smoothing <= 1, "smoothing must be more than 0 and at most 1.")
        require(self.temperature > 0, "temperature must be more than 0.")
        rate = self.temperature_learning_rate
        require(rate >= 0, f"temperature_learning_rate={rate} must be at least 0.")
        check_config(self)


# Agent


class SAC(Agent):
    """Soft actor-critic for discrete actions; see `Agent` for the arguments.

    A critic's logits are the advantages of actions, and its value is the state's.
    """

    name = "sac"
    config_class = SACConfig
    config: SACConfig

    def __init__(self, *arguments: Any, **settings: Any) -> None:
        super().__init__(*arguments, **settings)
        self.targets = copy.deepcopy(self.critics)
        self._target_caches: list[Any] = [None, None]
        self.replay = make_replay(self)

    def _make_network(self) -> StatementNetwork | MlpNetwork:
        made = [super(SAC, self)._make_network() for _ in range(3)]
        self.critics: Any = nn.ModuleList(made[1:]).to(self.device)
        return made[0]

    def _make_optimizer(self) -> torch.optim.Optimizer:
        begun = torch.tensor(self.config.temperature).to(self.device)
        self.log_temperature = begun.log().requires_grad_()
        self.temperature_optimizer = torch.optim.Adam(
            [self.log_temperature], lr=self.config.temperature_learning_rate
        )
        groups = [{"params": list(n.parameters())} for n in (self.network, *self.critics)]
        return self._optimise(groups)

    def tensors(self) -> dict[str, dict[str, Tensor]]:
        """The tensors of a checkpoint, by file and name; the replay is one of its files."""
        temperature = {"log": self.log_temperature.detach()}
        return super().tensors() | {
            "critics": self.critics.state_dict(),
            "targets": self.targets.state_dict(),
            "temperature": temperature | flatten_state(self.temperature_optimizer),
            "replay": self.replay.tensors(),
        }

    def take_tensors(self, found: dict[str, dict[str, Tensor]]) -> None:
        """Take over what `tensors` gave."""
        super().take_tensors(found)
        self.critics.load_state_dict(found["critics"])
        self.targets.load_state_dict(found["targets"])
        temperature = dict(found["temperature"])
        self.log_temperature.data.copy_(temperature.pop("log"))
        load_state(self.temperature_optimizer, temperature)
        self.replay.take_tensors(found["replay"])

    # Learning

    def _iterate(self) -> dict[str, float]:
        return iterate(self, self.config.num_steps) | {"temperature": self._temperature.item()}

    def _renew(self) -> None:
        """Let vectors be those of the networks as they are now."""
        self._target_caches = [target.make_cache(self.table) for target in self.targets]
        self._cache: Any = self.network.make_cache(self.table)

    # Rollout

    @torch.no_grad()
    def _collect(self) -> None:
        """Take one step in each environment and remember it."""
        state = self.collector.state
        logits, _ = self.network(state, self.table, self._cache)
        log_probs, _ = log_probs_and_entropy(logits, state.legal)
        drawn = sample(log_probs.exp(), self.generator)
        choices = stray(drawn, state.legal, exploration(self), self.generator)
        self.replay.add(state, choices, self.collector.step(choices))
        self.steps += len(state)

    # Update

    @property
    def _temperature(self) -> Tensor:
        """In units of the return, whose size the critics follow."""
        size: Tensor = self.critics[0].value_scale
        return self.log_temperature.detach().exp() * size

    def _update(self) -> dict[str, float]:
        sample = draw(self)
        targets = self._targets(sample)
        for network in (*self.critics, *self.targets):
            network.scale_values(targets)
        loss, errors, seen = self._loss(sample, targets)
        self._descend(loss, seen, sample)
        self.replay.set_errors(sample.slots, errors)
        if self.config.tune_temperature:
            self._tune(seen["excess_entropy"])
        self._follow()
        self._renew()
        return seen

    @torch.no_grad()
    def _follow(self) -> None:
        """Let the targets be running means of the critics."""
        pairs = zip(self.targets.parameters(), self.critics.parameters(), strict=True)
        for target, critic in pairs:
            target.lerp_(critic, self.config.smoothing)

    @torch.no_grad()
    def _targets(self, sample: Sample) -> Tensor:
        """Rewards, and the policy's mean of the target critics' values afterwards. ``[B]``."""
        following = sample.following
        logits, _ = self.network(following, self.table, self._cache)
        log_probs, _ = log_probs_and_entropy(logits, following.legal)
        worth = self._temperature * self.config.entropy_in_target
        values = self._join(self._judge(self.targets, following, self._target_caches))
        following_value = expected(log_probs, values, worth, following.legal)
        return sample.returns + sample.discounts * following_value

    def _judge(self, critics: Any, states: Any, caches: Sequence[Any] = (None, None)) -> Tensor:
        """The values of all actions by both critics ``[2, B, A]``."""
        judged = [
            action_values(critic(states, self.table, cache), states.legal)
            for critic, cache in zip(critics, caches, strict=True)
        ]
        return torch.stack(judged)

    def _join(self, values: Tensor) -> Tensor:
        return values.amin(0) if self.config.critics == "min" else values.mean(0)

    def _loss(self, sample: Sample, targets: Tensor) -> tuple[Tensor, Tensor, dict[str, float]]:
        """The loss, the error of each transition ``[B]``, and the figures to log."""
        states = sample.states
        values = self._judge(self.critics, states)
        chosen = values.gather(2, sample.choices.expand(2, -1)[:, :, None])[:, :, 0]
        errors = (chosen - targets) / self.critics[0].value_scale
        wrong = functional.smooth_l1_loss(errors, torch.zeros_like(errors), reduction="none")
        critic_loss = (sample.weights * wrong).mean(1).sum()
        policy_loss, told = self._policy_loss(states)
        return (
            critic_loss + policy_loss,
            errors.detach().abs().mean(0),
            {"critic_loss": critic_loss.item(), "q": chosen.mean().item(), **told},
        )

    def _policy_loss(self, states: Any) -> tuple[Tensor, dict[str, float]]:
        """How far the policy is from softmax(Q / temperature), and the figures to log."""
        legal = states.legal
        log_probs, entropy = log_probs_and_entropy(self.network(states, self.table)[0], legal)
        with torch.no_grad():
            values = self._join(self._judge(self.targets, states, self._target_caches))
        scores = values / self._temperature
        distance = divergence(log_probs, scores, legal, self.config.projection)
        free = legal.sum(1) > 1
        count = free.sum().clamp(min=1)
        loss = (distance * free).sum() / count
        # A policy that is slow to follow has entropy that no temperature takes away: what it is
        # brought to is measured, where it is brought to something given.
        aimed = log_probs_and_entropy(scores, legal)[1]
        measured = aimed if self.config.projection == "forward" else entropy.detach()
        return loss, {
            "policy_loss": loss.item(),
            "entropy": ((entropy * free).sum() / count).item(),
            "excess_entropy": excess_entropy(measured, legal, self.config.target_entropy).item(),
        }

    def _tune(self, excess: float) -> None:
        """Lower the temperature where entropy is above its target, raise it where it is below."""
        self.log_temperature.grad = self.log_temperature.new_tensor(excess)
        self.temperature_optimizer.step()
