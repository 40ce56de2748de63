"""What every learning agent shares: its reader, its network, and how it is kept on disk."""

from abc import ABC, abstractmethod
from collections.abc import Iterable
from pathlib import Path
from typing import Any, ClassVar, Self

import torch
from torch import Tensor

from alectors.envs.errors import require

from .adapters import learned_group
from .callbacks import Callback
from .collecting import Collector
from .configuration import make_config
from .device import find_device
from .encoder import DEFAULT_ENCODER, Encoder
from .encoders import StatementEncoder
from .guards import check_weights, descend, tell
from .masked import sample
from .mlp import MlpNetwork
from .network import StatementNetwork
from .options import check_env_id, check_env_kwargs
from .parts import Part, make_network, make_optimizer, name_part
from .reading import make_reader
from .recurrence import Past, Remembering
from .saving import (
    common_tensors,
    describe_agent,
    restore_agent,
    save_agent,
    take_common_tensors,
)
from .schedules import scheduled
from .states import States
from .table import EmbeddingTable
from .tokens import TokenTable
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
        recall: How many steps each page tells again, by `alectors.envs.wrappers.Recall`; 0: none.
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
    can_remember: ClassVar[bool] = False
    """Whether the algorithm learns with ``network.memory``."""

    def __init__(
        self,
        env_id: str,
        *,
        encoder: str | StatementEncoder | None = DEFAULT_ENCODER,
        tuning: str | None = None,
        layer: int | None = None,
        seed: int = 0,
        env_kwargs: dict[str, Any] | None = None,
        recall: int = 0,
        network_class: Part | None = None,
        optimizer_class: Part | None = None,
        device: str = "auto",
        **config: Any,
    ) -> None:
        self.env_id, self.seed, self.env_kwargs = env_id, seed, dict(env_kwargs or {})
        self.device = find_device(device)
        self.config = make_config(self.config_class, config)
        self.recall, self.memory = recall, Remembering(self.config.network, self.device)
        check_env_id(env_id)
        check_env_kwargs(env_id, self.env_kwargs)
        require(
            self.can_remember or not self.memory.on,
            f"{self.name} learns without network.memory: leave it out, or train ppo or grpo.",
        )
        parts = {"network_class": network_class, "optimizer_class": optimizer_class}
        self.parts = {name: name_part(name, part) for name, part in parts.items()}
        spaces = find_spaces(env_id, self.env_kwargs, recall)
        self.reader = make_reader(
            env_id, spaces, encoder, self.config, tuning=tuning, layer=layer, device=self.device
        )
        self.table: EmbeddingTable | TokenTable | None = self.reader.table
        self.encoder: StatementEncoder | None = getattr(self.table, "encoder", None)
        if self.tuned and not self.tunes:
            from .agents import refuse_tuning

            refuse_tuning(self.name)
        with torch.random.fork_rng():
            torch.manual_seed(seed)
            # Made on the CPU, so that a seed has the same weights on every device.
            self.network = self._make_network().to(self.device)
        self.generator = torch.Generator().manual_seed(seed)
        self._draws = torch.Generator().manual_seed(seed)
        self._hidden = self.memory.nothing(1)
        self.optimizer = self._make_optimizer()
        if isinstance(self.table, TokenTable):
            self.table.follow(self.optimizer)
        self.steps = 0
        self._collector: Any = None
        self._stopped_at: dict[str, Any] | None = None
        self.loaded_from: Path | None = None

    @property
    def tuned(self) -> Encoder | None:
        """The encoder, if it learns too."""
        return self.table.encoder if isinstance(self.table, TokenTable) else None

    def _make_network(self) -> StatementNetwork | MlpNetwork:
        """A new network of the configured size; torch's seed decides its weights."""
        return make_network(self.reader, self.config.network, self.parts["network_class"])

    def _make_optimizer(self) -> torch.optim.Optimizer:
        return self._optimise(self.parameter_groups())

    def _optimise(self, parameters: Iterable[Any]) -> torch.optim.Optimizer:
        """The optimiser that was asked for, Adam by default, of parameters or groups of them."""
        return make_optimizer(parameters, self.config.learning_rate, self.parts["optimizer_class"])

    def parameter_groups(self) -> list[dict[str, Any]]:
        """What learns, for an optimiser: the network, and a tuned encoder at its own rate."""
        groups: list[dict[str, Any]] = [{"params": list(self.network.parameters())}]
        return groups + ([learned_group(self.tuned, self.config)] if self.tuned else [])

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
    def collector(self) -> Collector:
        """The environments that it learns on, from the beginning of `learn`."""
        if self._collector is None:
            raise RuntimeError("The agent has not begun to learn.")
        found: Collector = self._collector
        return found

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
        descend(
            self.optimizer,
            loss,
            self.config.max_grad_norm,
            self.steps,
            lambda: tell(self.network, figures, batch, index),
        )

    def reset(self, seed: int | None = None) -> None:
        """Begin an episode; the seed decides what `sample_action` draws in it."""
        self._hidden = self.memory.nothing(1)
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
        drawn = sample(logits.softmax(0)[None], self._draws)
        return int(batch.actions[0, drawn[0]])

    @torch.no_grad()
    def _judge_one(self, observation: Any, info: dict[str, Any]) -> tuple[States, Tensor]:
        batch = self.reader.read([observation], [info])
        past = self.memory.follow(self._hidden)
        logits, _ = self._forward(batch, None, past)
        if past:
            self._hidden = past.after
        return batch, logits[0]

    def _forward(self, states: Any, cache: Any, past: Past | None) -> tuple[Tensor, Tensor]:
        """Logits and values; an own network need not know of ``past`` unless it remembers."""
        more = (past,) if past else ()
        judged: tuple[Tensor, Tensor] = self.network(states, self.table, cache, *more)
        return judged

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
        return common_tensors(self)

    def take_tensors(self, found: dict[str, dict[str, Tensor]]) -> None:
        """Take over what `tensors` gave."""
        take_common_tensors(self, found)

    def stop_at(self, steps: int, progress: dict[str, Any] | None) -> None:
        """Stand where another agent stopped: `learn` goes on from there."""
        self.steps, self._collector, self._stopped_at = steps, None, progress

    def describe(self) -> dict[str, Any]:
        """The resolved configuration, ready for JSON."""
        return describe_agent(self)
