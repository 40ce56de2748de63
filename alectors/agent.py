"""What every learning agent shares: its reader, its network, and how it is kept on disk."""

import platform
from abc import ABC, abstractmethod
from collections.abc import Callable
from contextlib import suppress
from dataclasses import asdict
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any, ClassVar

import gymnasium as gym
import torch
from safetensors.torch import load_file, save_file
from torch import Tensor

from alectors.envs.errors import DamagedFile, InvalidArgument, require

from .arrays import ArrayReader
from .configuration import make_config
from .disk import default_disk
from .encoder import DEFAULT_ENCODER, Encoder
from .files import new_folder, read_json, write_json
from .mlp import MlpNetwork
from .network import StatementNetwork
from .options import check_env_id, check_env_kwargs
from .reader import Reader
from .states import States
from .table import EmbeddingTable
from .vector import find_spaces

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
        **config: Fields of the algorithm's configuration.
    """

    name: ClassVar[str]
    config_class: ClassVar[type]

    def __init__(
        self,
        env_id: str,
        *,
        encoder: str | Encoder | None = DEFAULT_ENCODER,
        seed: int = 0,
        env_kwargs: dict[str, Any] | None = None,
        **config: Any,
    ) -> None:
        self.env_id, self.seed, self.env_kwargs = env_id, seed, dict(env_kwargs or {})
        self.config = make_config(self.config_class, config)
        check_env_id(env_id)
        check_env_kwargs(env_id, self.env_kwargs)
        self.encoder: Encoder | None = None
        self.table: EmbeddingTable | None = None
        self.reader = self._make_reader(encoder)
        with torch.random.fork_rng():
            torch.manual_seed(seed)
            self.network = self._make_network()
        self.generator = torch.Generator().manual_seed(seed)
        self._draws = torch.Generator().manual_seed(seed)
        self.optimizer = self._make_optimizer()
        self.steps = 0

    def _make_reader(self, encoder: str | Encoder | None) -> Reader | ArrayReader:
        """Pages need an encoder, arrays none; the environment's spaces say which it is."""
        observations, actions = find_spaces(self.env_id, self.env_kwargs)
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

    @abstractmethod
    def learn(self, total_steps: int, callback: Callback | None = None) -> "Agent":
        """Learn until ``total_steps`` environment steps have been taken in all."""

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
        drawn = torch.multinomial(logits.softmax(0), 1, generator=self._draws)
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
        target = Path(folder).resolve()
        _check_replaceable(target)
        with new_folder(target) as place:
            write_json(place / "agent.json", self.describe())
            save_file(self.network.state_dict(), place / "model.safetensors")
            save_file(_flatten(self.optimizer), place / "optimizer.safetensors")
            save_file({"generator": self.generator.get_state()}, place / "random.safetensors")
            # Sums run in the order of rows: the same order gives the same bytes after a resume.
            known = self.table.texts(range(1, len(self.table) + 1)) if self.table else []
            write_json(place / "statements.json", known)

    def describe(self) -> dict[str, Any]:
        """The resolved configuration, ready for JSON."""
        return {
            "agent": self.name,
            "env_id": self.env_id,
            "env_kwargs": self.env_kwargs,
            "seed": self.seed,
            "steps": self.steps,
            "standardised": self.table is not None and self.table.standardised,
            "encoder": self.encoder.describe() if self.encoder else None,
            "config": asdict(self.config),
            "versions": versions(),
        }

    def restore(self, folder: Path) -> None:
        """Take over weights, optimiser, statements, steps and random state from a folder."""
        try:
            self.network.load_state_dict(load_file(folder / "model.safetensors"))
            _unflatten(self.optimizer, load_file(folder / "optimizer.safetensors"))
            random = load_file(folder / "random.safetensors")
        except Exception as error:  # safetensors has no one class for what can be wrong with a file
            raise DamagedFile(f"The checkpoint {folder} cannot be read: {error}") from error
        about = read_json(folder / "agent.json")
        if self.table is not None and isinstance(self.network, StatementNetwork):
            if about["standardised"]:
                self.table.standardise(self.network.mean, self.network.scale)
            self.table.rows(read_json(folder / "statements.json"))
        self.generator.set_state(random["generator"])
        self.steps = int(about["steps"])


def versions() -> dict[str, str]:
    """Versions of what decides a result."""
    names = ("alectors", "torch", "transformers", "gymnasium", "minigrid", "textworld", "chess")
    found = {"python": platform.python_version()}
    for name in names:
        with suppress(PackageNotFoundError):  # textworld, where it cannot be installed
            found[name] = version(name)
    return found


SAVED = {
    "agent.json",
    "model.safetensors",
    "optimizer.safetensors",
    "random.safetensors",
    "statements.json",
}
"""The files of a saved agent."""


def _check_replaceable(folder: Path) -> None:
    names = {path.name for path in folder.iterdir()} if folder.is_dir() else set()
    require(
        (folder.is_dir() or not folder.exists()) and names <= SAVED,
        f"{folder} holds something else than a saved agent; choose a new folder to save to.",
    )


def _flatten(optimizer: torch.optim.Optimizer) -> dict[str, Tensor]:
    state = optimizer.state_dict()["state"]
    return {f"{k}.{name}": value for k, entry in state.items() for name, value in entry.items()}


def _unflatten(optimizer: torch.optim.Optimizer, tensors: dict[str, Tensor]) -> None:
    state: dict[int, dict[str, Tensor]] = {}
    for key, value in tensors.items():
        k, name = key.split(".")
        state.setdefault(int(k), {})[name] = value
    groups = optimizer.state_dict()["param_groups"]
    optimizer.load_state_dict({"state": state, "param_groups": groups})
