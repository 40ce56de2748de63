"""What every learning agent shares: its reader, its network, and how it is kept on disk."""

from abc import ABC, abstractmethod
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path
from typing import Any, ClassVar, Self

import gymnasium as gym
import torch
from torch import Tensor

from alectors.envs.errors import Diverged, InvalidArgument, require

from .arrays import ArrayReader
from .collecting import Collector
from .configuration import make_config
from .disk import default_disk
from .encoder import DEFAULT_ENCODER, Encoder
from .mlp import MlpNetwork
from .network import StatementNetwork
from .options import check_env_id, check_env_kwargs
from .reader import Reader
from .recurrence import Past, follow
from .saving import flatten_state, load_state, restore_agent, save_agent, versions
from .states import States
from .table import EmbeddingTable
from .vector import find_spaces, make_vec

Callback = Callable[["Agent", dict[str, float]], bool | None]
"""Called after each update with the agent and its figures; returning False stops the training."""


class Agent(ABC):
    """An agent that reads pages, or arrays of numbers, and learns by reinforcement alone.

    Args:
        env_id: The environment to learn on: one told in words, or any other of Gymnasium's with
            Box or Discrete observations; its actions are Discrete.
        encoder: A hub id, a local folder, or an `Encoder`. Arrays need none: it is left alone
            there, and may be None.
        seed: Decides weights, levels, samples and minibatches.
        env_kwargs: Arguments of the environment.
        recall: How many steps each page tells again, in training and in `evaluate`, by
            `alectors.envs.wrappers.Recall`; 0: none.
        **config: Fields of the algorithm's configuration.
    """

    name: ClassVar[str]
    config_class: ClassVar[type]
    can_remember: ClassVar[bool] = False
    """Whether the algorithm learns with ``network.memory``."""

    def __init__(
        self,
        env_id: str,
        *,
        encoder: str | Encoder | None = DEFAULT_ENCODER,
        seed: int = 0,
        env_kwargs: dict[str, Any] | None = None,
        recall: int = 0,
        **config: Any,
    ) -> None:
        self.env_id, self.seed, self.env_kwargs = env_id, seed, dict(env_kwargs or {})
        self.config = make_config(self.config_class, config)
        self.recall = recall
        check_env_id(env_id)
        check_env_kwargs(env_id, self.env_kwargs)
        require(
            self.can_remember or not self.remembers,
            f"{self.name} learns without network.memory: leave it out, or train ppo or grpo.",
        )
        self.encoder: Encoder | None = None
        self.table: EmbeddingTable | None = None
        self.reader = self._make_reader(encoder)
        with torch.random.fork_rng():
            torch.manual_seed(seed)
            self.network = self._make_network()
        self.generator = torch.Generator().manual_seed(seed)
        self._draws = torch.Generator().manual_seed(seed)
        self._hidden = self._nothing_remembered(1)
        self.optimizer = self._make_optimizer()
        self.steps = 0
        self._collector: Any = None
        self._stopped_at: dict[str, Any] | None = None

    def _make_reader(self, encoder: str | Encoder | None) -> Reader | ArrayReader:
        """Pages need an encoder, arrays none; the environment's spaces say which it is."""
        observations, actions = find_spaces(self.env_id, self.env_kwargs, self.recall)
        if not isinstance(observations, gym.spaces.Text):
            require(
                encoder is None or encoder == DEFAULT_ENCODER,
                f"{self.env_id} gives arrays here, which no encoder reads: leave out the encoder.",
            )
            return ArrayReader(self.env_id, observations, actions)
        if encoder is None:
            raise InvalidArgument(
                f"{self.env_id} is told in words: encoder=None is for arrays; leave it out."
            )
        self.encoder = encoder if isinstance(encoder, Encoder) else Encoder(encoder)
        disk = default_disk(self.encoder) if self.config.disk_cache else None
        self.table = EmbeddingTable(self.encoder, disk=disk)
        return Reader(self.table, self.config.unit)

    def _make_network(self) -> StatementNetwork | MlpNetwork:
        """A new network of the configured size; torch's seed decides its weights."""
        if isinstance(self.reader, ArrayReader):
            return MlpNetwork(self.reader.width, self.reader.num_actions, self.config.network)
        return StatementNetwork(self.reader.table.width, self.config.network)

    @abstractmethod
    def _make_optimizer(self) -> torch.optim.Optimizer: ...

    def learn(self, total_steps: int, callback: Callback | None = None) -> Self:
        """Learn until ``total_steps`` environment steps have been taken in all.

        Args:
            total_steps: Also the end of the learning rate's schedule.
            callback: Called after each update; False stops.
        """
        envs = self._make_envs()
        try:
            self._begin(envs)
            while self.steps < total_steps:
                self._set_learning_rate(self.steps / total_steps)
                figures = self._iterate()
                if callback and callback(self, figures) is False:
                    break
        finally:
            envs.close()
        return self

    def _make_envs(self) -> Any:
        """The vector of environments to learn on."""
        return make_vec(
            self.env_id,
            self.config.num_envs,
            autoreset_mode="DISABLED",
            recall=self.recall,
            **self.env_kwargs,
        )

    def _begin(self, envs: Any) -> None:
        """Begin to learn on ``envs``, or go on where the agent stopped."""
        self._collector = Collector(self, envs, self.progress())

    @property
    def collector(self) -> Any:
        """The environments that it learns on, from the beginning of `learn`."""
        if self._collector is None:
            raise RuntimeError("The agent has not begun to learn.")
        return self._collector

    def progress(self) -> dict[str, Any] | None:
        """Where its environments are, ready for JSON; None before it has learnt."""
        return self._collector.progress() if self._collector else self._stopped_at

    def _set_learning_rate(self, done: float) -> None:
        start, end = self.config.learning_rate, self.config.final_learning_rate
        for group in self.optimizer.param_groups:
            group["lr"] = start + (end - start) * done

    @abstractmethod
    def _iterate(self) -> dict[str, float]:
        """Take some environment steps, learn from them, and return the figures to log."""

    def _descend(self, loss: Tensor, figures: dict[str, float]) -> None:
        """One step of the optimiser down ``loss``; ``figures`` are told if it is not finite."""
        if not torch.isfinite(loss):
            raise Diverged(f"The loss is {loss.item()} after {self.steps:,} steps: {figures}.")
        self.optimizer.zero_grad()
        loss.backward()  # type: ignore[no-untyped-call]
        torch.nn.utils.clip_grad_norm_(self.network.parameters(), self.config.max_grad_norm)
        self.optimizer.step()

    def reset(self, seed: int | None = None) -> None:
        """Begin an episode; the seed decides what `sample_action` draws in it."""
        self._hidden = self._nothing_remembered(1)
        if seed is not None:
            self._draws.manual_seed(seed)

    def choose_action(self, observation: Any, info: dict[str, Any]) -> int:
        """The likeliest action by the present policy.

        With ``network.memory`` it is a step of the episode that `reset` began.

        Args:
            observation: A page, or an array.
            info: The info beside it.

        Returns:
            An index of the environment's action space, legal by ``info["action_mask"]``.
        """
        batch, logits = self._judge_one(observation, info)
        return int(batch.actions[0, logits.argmax()])

    def sample_action(self, observation: Any, info: dict[str, Any]) -> int:
        """An action drawn from the present policy; see `choose_action`."""
        batch, logits = self._judge_one(observation, info)
        drawn = torch.multinomial(logits.softmax(0), 1, generator=self._draws)
        return int(batch.actions[0, drawn[0]])

    @torch.no_grad()
    def _judge_one(self, observation: Any, info: dict[str, Any]) -> tuple[States, Tensor]:
        batch = self.reader.read([observation], [info])
        past = self._follow(self._hidden)
        logits, _ = self.network(batch, self.table, None, past)
        if past:
            self._hidden = past.after
        return batch, logits[0]

    # Memory, where ``network.memory`` asks for one

    @property
    def remembers(self) -> bool:
        """Whether the network has a memory."""
        return bool(self.config.network.memory != "none")

    def _nothing_remembered(self, count: int) -> Tensor:
        """The hidden states ``[count, d]`` of episodes that begin."""
        return torch.zeros(count, self.config.network.width)

    def _follow(self, hidden: Tensor) -> Past | None:
        """The next state of each of B episodes, from hidden states ``[B, d]``."""
        return follow(hidden) if self.remembers else None

    def save(self, folder: str | Path) -> None:
        """Write the agent to ``folder``, which is complete or not there at all.

        Args:
            folder: A new folder, an empty one, or one that holds a saved agent and nothing else.

        Raises:
            InvalidArgument: The folder holds something else, which saving would delete.
        """
        save_agent(self, Path(folder))

    def restore(self, folder: Path) -> None:
        """Take over weights, optimiser, statements, steps, random state and progress."""
        restore_agent(self, folder)

    # What a checkpoint holds; an algorithm adds what it keeps besides.

    def tensors(self) -> dict[str, dict[str, Tensor]]:
        """The tensors of a checkpoint, by file and name."""
        return {
            "model": self.network.state_dict(),
            "optimizer": flatten_state(self.optimizer),
            "random": {"generator": self.generator.get_state()},
        }

    def take_tensors(self, found: dict[str, dict[str, Tensor]]) -> None:
        """Take over what `tensors` gave."""
        self.network.load_state_dict(found["model"])
        load_state(self.optimizer, found["optimizer"])
        self.generator.set_state(found["random"]["generator"])

    def stop_at(self, steps: int, progress: dict[str, Any] | None) -> None:
        """Stand where another agent stopped: `learn` goes on from there."""
        self.steps, self._collector, self._stopped_at = steps, None, progress

    def describe(self) -> dict[str, Any]:
        """The resolved configuration, ready for JSON."""
        return {
            "agent": self.name,
            "env_id": self.env_id,
            "env_kwargs": self.env_kwargs,
            "recall": self.recall,
            "seed": self.seed,
            "steps": self.steps,
            "standardised": self.table is not None and self.table.standardised,
            "encoder": self.encoder.describe() if self.encoder else None,
            "config": asdict(self.config),
            "versions": versions(),
        }
