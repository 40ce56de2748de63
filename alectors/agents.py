"""The registry of agents, and loading a saved one."""

from pathlib import Path
from typing import Any

from alectors.envs.errors import DamagedFile, UnknownName, nearest

from .agent import Agent
from .checkpoints import newest_checkpoint
from .ddqn import DDQN
from .encoder import Encoder
from .files import read_json
from .ppo import PPO
from .sac import SAC

AGENTS: dict[str, type[Agent]] = {"ppo": PPO, "sac": SAC, "ddqn": DDQN}
"""Agents that learn."""


def find_agent(name: str) -> type[Agent]:
    """The class of a learning agent.

    Raises:
        UnknownName: There is none of that name; the message has the nearest.
    """
    if name not in AGENTS:
        raise UnknownName(
            f"No learning agent is called {name!r}; there are {', '.join(AGENTS)}."
            + nearest(name, AGENTS)
        )
    return AGENTS[name]


def load(folder: str | Path, encoder: Encoder | None = None, **changed: Any) -> Agent:
    """Load a saved agent.

    Args:
        folder: What `Agent.save` wrote, or a training run's folder, whose newest checkpoint is
            taken; the one before it, with a `DamagedCheckpoint` warning, when a file of the newest
            is missing or not as it was written.
        encoder: The encoder that the agent was trained with, if it is already loaded.
        **changed: Fields of the configuration that shall be other than they were, such as a lower
            learning rate to go on with.

    Raises:
        UnknownName: There is no such folder.
        DamagedFile: It holds no agent, none that is whole, or the encoder is not the one that it
            was trained with.
    """
    place = newest_checkpoint(Path(folder))
    about = read_json(place / "agent.json")
    agent = find_agent(about["agent"])(
        about["env_id"],
        encoder=(encoder or _encoder(about["encoder"])) if about["encoder"] else None,
        seed=about["seed"],
        env_kwargs=about["env_kwargs"],
        network_class=about["network_class"],
        optimizer_class=about["optimizer_class"],
        **{**about["config"], **changed},
    )
    if agent.encoder and agent.encoder.fingerprint != about["encoder"]["fingerprint"]:
        raise DamagedFile(
            f"{place} was trained with another encoder: its fingerprint is "
            f"{about['encoder']['fingerprint']}, and {agent.encoder.name} has "
            f"{agent.encoder.fingerprint}."
        )
    agent.restore(place)
    agent.loaded_from = place
    return agent


def _encoder(about: dict[str, Any]) -> Encoder:
    return Encoder(
        about["name"],
        precision=about["precision"],
        max_length=about["max_length"],
        layer=about["layer"],
    )
