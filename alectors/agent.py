"""What every learning agent shares: its reader, its network, and how it is kept on disk."""

from abc import ABC, abstractmethod
from collections.abc import Iterable
from dataclasses import asdict
from functools import partial
from pathlib import Path
from typing import Any, ClassVar, Self

import gymnasium as gym
import torch
from torch import Tensor

from alectors.envs.errors import InvalidArgument, require

from .adapters import RATES
from .arrays import ArrayReader
from .callbacks import Callback
from .collecting import Collector
from .configuration import make_config
from .device import find_device
from .encoder import DEFAULT_ENCODER, Encoder
from .encoders import StatementEncoder, make_encoder
from .guards import check_finite, check_weights, telling
from .masked import sample
from .mlp import MlpNetwork
from .network import StatementNetwork
from .options import check_env_id, check_env_kwargs
from .parts import Part, find_part, name_part
from .reader import Reader
from .saving import flatten_state, load_state, restore_agent, save_agent, versions
from .schedules import scheduled
from .states import States
from .table import EmbeddingTable
from .tokens import TokenTable, make_table
from .vector import find_spaces, make_vec


class Agent(ABC):
    """An agent that reads pages, or arrays of numbers, and learns by reinforcement alone.

    Args:
        env_id: The environment to learn on: one told in words, or any other of Gymnasium's with
            Box or Discrete observations; its actions are Discrete.
        encoder: A hub id, a local folder, a control (``"hash"``, ``"static"``), or an encoder; see
            `make_encoder`. Arrays need none: it is left alone there, and may be None.
        tuning: Whether the encoder learns too: ``"frozen"``, ``"lora"`` or ``"full"``; see
            `Encoder`, to which it is said where one is given.
        layer: The encoder's hidden layer to read; None reads the last.
        seed: Decides weights, levels, samples and minibatches.
        env_kwargs: Arguments of the environment.
        network_class: Makes the network, as `StatementNetwork` does for pages and `MlpNetwork` for
            arrays: called with their arguments, it returns a module with their methods.
        optimizer_class: Makes the optimiser, as the classes of ``torch.optim`` do: called with the
            parameters and ``lr``.
        device: Where it reads and learns: ``"auto"`` (CUDA where there is a GPU, else the CPU),
            ``"cpu"``, ``"cuda"`` or ``"cuda:0"``. Environments, and all draws of random numbers,
            stay on the CPU.
        **config: Fields of the algorithm's configuration.
    """

    name: ClassVar[str]
    config_class: ClassVar[type]
    tunes: ClassVar[bool] = False
    """Whether it can tune an encoder, whose weights are then among `parameter_groups`."""

    def __init__(
        self,
        env_id: str,
        *,
        encoder: str | StatementEncoder | None = DEFAULT_ENCODER,
        tuning: str | None = None,
        layer: int | None = None,
        seed: int = 0,
        env_kwargs: dict[str, Any] | None = None,
        network_class: Part | None = None,
        optimizer_class: Part | None = None,
        device: str = "auto",
        **config: Any,
    ) -> None:
        self.env_id, self.seed, self.env_kwargs = env_id, seed, dict(env_kwargs or {})
        self.device = find_device(device)
        self.config = make_config(self.config_class, config)
        check_env_id(env_id)
        check_env_kwargs(env_id, self.env_kwargs)
        self.parts = {
            "network_class": name_part("network_class", network_class),
            "optimizer_class": name_part("optimizer_class", optimizer_class),
        }
        self.encoder: StatementEncoder | None = None
        self.table: EmbeddingTable | TokenTable | None = None
        self.reader = self._make_reader(encoder, tuning, layer)
        with torch.random.fork_rng():
            torch.manual_seed(seed)
            # Made on the CPU, so that a seed has the same weights on every device.
            self.network = self._make_network().to(self.device)
        self.generator = torch.Generator().manual_seed(seed)
        self._draws = torch.Generator().manual_seed(seed)
        self.optimizer = self._make_optimizer()
        if isinstance(self.table, TokenTable):
            self.table.follow(self.optimizer)
        self.steps = 0
        self._collector: Collector | None = None
        self._stopped_at: dict[str, Any] | None = None
        self.loaded_from: Path | None = None

    def _make_reader(
        self, encoder: str | StatementEncoder | None, tuning: str | None, layer: int | None
    ) -> Reader | ArrayReader:
        """Pages need an encoder, arrays none; the environment's spaces say which it is."""
        observations, actions = find_spaces(self.env_id, self.env_kwargs)
        if not isinstance(observations, gym.spaces.Text):
            require(
                encoder in (None, DEFAULT_ENCODER) and tuning is None and layer is None,
                f"{self.env_id} gives arrays here, which no encoder reads: leave out the encoder.",
            )
            return ArrayReader(self.env_id, observations, actions, self.device)
        if encoder is None:
            raise InvalidArgument(
                f"{self.env_id} is told in words: encoder=None is for arrays; leave it out."
            )
        self.encoder = make_encoder(encoder, tuning=tuning, layer=layer, device=self.device)
        if self.encoder.tuning != "frozen" and not self.tunes:
            from .agents import refuse_tuning

            refuse_tuning(self.name)
        self.table = make_table(self.encoder, self.device, self.config.disk_cache)
        return Reader(self.table, self.config.unit)

    @property
    def tuned(self) -> Encoder | None:
        """The encoder, if it learns too."""
        return self.table.encoder if isinstance(self.table, TokenTable) else None

    def _make_network(self) -> StatementNetwork | MlpNetwork:
        """A new network of the configured size; torch's seed decides its weights."""
        network: StatementNetwork | MlpNetwork
        if isinstance(self.reader, ArrayReader):
            kind = self._part("network_class", MlpNetwork)
            network = kind(self.reader.width, self.reader.num_actions, self.config.network)
        else:
            kind = self._part("network_class", StatementNetwork)
            network = kind(self.reader.table.width, self.config.network)
        return network

    def _make_optimizer(self) -> torch.optim.Optimizer:
        return self._optimise(self.parameter_groups())

    def _optimise(self, parameters: Iterable[Any]) -> torch.optim.Optimizer:
        """The optimiser that was asked for, Adam by default, of parameters or groups of them."""
        adam = partial(torch.optim.Adam, eps=1e-5, fused=True)
        kind = self._part("optimizer_class", adam)
        made: torch.optim.Optimizer = kind(parameters, lr=self.config.learning_rate)
        return made

    def _part(self, name: str, default: Any) -> Any:
        path = self.parts[name]
        return default if path is None else find_part(name, path)

    def parameter_groups(self) -> list[dict[str, Any]]:
        """What learns, for an optimiser: the network, and a tuned encoder at its own rate."""
        groups: list[dict[str, Any]] = [{"params": list(self.network.parameters())}]
        if self.tuned:
            rate, own = self.config.learning_rate, self.config.encoder_learning_rate
            own = RATES[self.tuned.tuning] if own is None else own
            weights = list(self.tuned.learned.values())
            groups.append({"params": weights, "lr": own, "share": own / rate if rate else 0.0})
        return groups

    def learn(self, total_steps: int, callback: Callback | None = None) -> Self:
        """Learn until ``total_steps`` environment steps have been taken in all.

        Args:
            total_steps: Also the end of the learning rate's schedule.
            callback: Called after each update; False stops. See `alectors.callbacks`.

        Raises:
            Diverged: A loss, a gradient or a weight is not a finite number.
        """
        envs = self._make_envs()
        try:
            self._begin(envs)
            while self.steps < total_steps:
                self._set_learning_rate(self.steps / total_steps)
                figures = self._iterate_safely()
                if callback and callback(self, figures) is False:
                    break
        finally:
            envs.close()
        return self

    def _make_envs(self) -> Any:
        """The vector of environments to learn on."""
        return make_vec(
            self.env_id, self.config.num_envs, autoreset_mode="DISABLED", **self.env_kwargs
        )

    def _begin(self, envs: Any) -> None:
        """Begin to learn on ``envs``, or go on where the agent stopped."""
        self._collector = Collector(self, envs, self.progress())

    @property
    def collector(self) -> Collector:
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
            rate = scheduled(self.config.schedule, start, end, done)
            group["lr"] = rate * group.get("share", 1.0)

    def _iterate_safely(self) -> dict[str, float]:
        try:
            return self._iterate()
        except RuntimeError:  # such as that nothing can be drawn from a policy of NaN
            check_weights(self.network, self.steps)
            raise

    @abstractmethod
    def _iterate(self) -> dict[str, float]:
        """Take some environment steps, learn from them, and return the figures to log."""

    def _descend(
        self, loss: Tensor, figures: dict[str, float], batch: Any = None, index: Any = None
    ) -> None:
        """One step of the optimiser down ``loss``, which is of the rows ``index`` of ``batch``.

        Raises:
            Diverged: The loss or its gradient is not finite; no weight was changed.
        """
        with telling(self.network, figures, batch, index):
            check_finite("loss", loss, self.steps)
            self.optimizer.zero_grad()
            loss.backward()  # type: ignore[no-untyped-call]
            for group in self.optimizer.param_groups:
                limit = self.config.max_grad_norm
                norm = torch.nn.utils.clip_grad_norm_(group["params"], limit)
                check_finite("norm of the gradient", norm, self.steps)
        self.optimizer.step()

    def reset(self, seed: int | None = None) -> None:
        """Begin an episode; the seed decides what `sample_action` draws in it."""
        if seed is not None:
            self._draws.manual_seed(seed)

    def choose_action(self, observation: Any, info: dict[str, Any]) -> int:
        """The likeliest action by the present policy.

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
        drawn = sample(logits.softmax(0)[None], self._draws)
        return int(batch.actions[0, drawn[0]])

    @torch.no_grad()
    def _judge_one(self, observation: Any, info: dict[str, Any]) -> tuple[States, Tensor]:
        batch = self.reader.read([observation], [info])
        logits, _ = self.network(batch, self.table)
        return batch, logits[0]

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
        found = {
            "model": self.network.state_dict(),
            "optimizer": flatten_state(self.optimizer),
            "random": {"generator": self.generator.get_state()},
        }
        if self.tuned:
            found["encoder"] = {name: x.detach() for name, x in self.tuned.learned.items()}
        return found

    def take_tensors(self, found: dict[str, dict[str, Tensor]]) -> None:
        """Take over what `tensors` gave."""
        self.network.load_state_dict(found["model"])
        if self.tuned:
            self.tuned.load_learned(found["encoder"])
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
            "seed": self.seed,
            "steps": self.steps,
            "device": str(self.device),
            "standardised": self.table is not None and self.table.standardised,
            "encoder": self.encoder.describe() if self.encoder else None,
            "config": asdict(self.config),
            **self.parts,
            "versions": versions(),
        }
