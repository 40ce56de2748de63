"""What SAC and DDQN share: the order of an iteration, the replay, exploration, and checks."""

from typing import Any

import numpy as np
import torch
from torch import Tensor

from alectors.envs.errors import require

from .masked import sample
from .memory import release_memory
from .qvalues import rise
from .replay import Replay, Sample
from .schedules import check_schedule

COUNTS = (
    "num_envs",
    "num_steps",
    "update_every",
    "minibatches",
    "minibatch_size",
    "n_step",
)
"""Fields that are at least 1."""
SHARES = ("gamma", "correction", "exploration", "final_exploration")
"""Fields from 0 to 1."""
RATES = ("learning_rate", "final_learning_rate", "learning_starts", "priority")
"""Fields that are at least 0."""
POSITIVE = ("exploration_steps", "correction_steps", "max_grad_norm", "reward_scale")
"""Fields that are more than 0."""


def check_config(config: Any) -> None:
    """Raise `InvalidArgument` where a field that both algorithms have is out of range."""
    for name in COUNTS:
        value = getattr(config, name)
        require(value >= 1, f"{name}={value} must be at least 1.")
    for name in SHARES:
        require(0 <= getattr(config, name) <= 1, f"{name} must be between 0 and 1.")
    for name in RATES:
        require(getattr(config, name) >= 0, f"{name} must be at least 0.")
    for name in POSITIVE:
        require(getattr(config, name) > 0, f"{name} must be more than 0.")
    check_schedule(config.schedule)


def make_replay(agent: Any) -> Replay:
    """The replay that an agent's configuration asks for."""
    config = agent.config
    return Replay(
        agent.reader,
        config.replay_size,
        config.num_envs,
        n_step=config.n_step,
        gamma=config.gamma,
        alpha=config.priority,
    )


def iterate(agent: Any, renew_every: int) -> dict[str, float]:
    """Step and learn in turn; returns the means of what the updates told.

    Args:
        agent: Its ``_collect`` takes one step in each environment, ``_update`` learns from one
            minibatch, and ``_renew`` makes what is kept between updates anew.
        renew_every: Steps of each environment between two calls of ``_renew``.
    """
    config = agent.config
    figures: list[dict[str, float]] = []
    for k in range(config.num_steps):
        if k % renew_every == 0:
            agent._renew()
        agent._collect()
        enough = agent.steps > config.learning_starts and len(agent.replay) > 0
        if k % config.update_every == 0 and enough:
            figures += [agent._update() for _ in range(config.minibatches)]
    release_memory()
    names = figures[0] if figures else ()
    means = {name: float(np.mean([f[name] for f in figures])) for name in names}
    told = {"exploration": exploration(agent), "replay": float(len(agent.replay))}
    summary: dict[str, float] = agent.collector.summary()
    return summary | means | told


def draw(agent: Any) -> Sample:
    """A minibatch, with the correction that the present step asks for."""
    config = agent.config
    beta = rise(config.correction, 1.0, agent.steps / config.correction_steps)
    return agent.replay.sample(config.minibatch_size, agent.generator, beta)  # type: ignore[no-any-return]


def exploration(agent: Any) -> float:
    """The present share of random actions."""
    config = agent.config
    done = agent.steps / config.exploration_steps
    return rise(config.exploration, config.final_exploration, done)


def stray(choices: Tensor, legal: Tensor, share: float, generator: torch.Generator) -> Tensor:
    """``choices`` ``[B]``, or any legal column in a ``share`` of cases.

    Args:
        choices: A legal column of each state.
        legal: ``[B, A]`` bool.
        share: From 0 to 1.
        generator: Decides which.
    """
    anything = sample(legal.float(), generator)
    strays = torch.rand(len(choices), generator=generator).to(anything.device) < share
    return torch.where(strays, anything, choices)
