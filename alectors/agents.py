"""The registry of agents, and loading a saved one."""

from pathlib import Path
from typing import Any, NoReturn

from alectors.envs.errors import DamagedFile, InvalidArgument, UnknownName, nearest

from .agent import Agent
from .checkpoints import newest_checkpoint
from .ddqn import DDQN
from .device import find_device
from .encoders import StatementEncoder, described_encoder
from .files import read_json
from .grpo import GRPO
from .ppo import PPO
from .sac import SAC

AGENTS: dict[str, type[Agent]] = {"ppo": PPO, "sac": SAC, "ddqn": DDQN, "grpo": GRPO}
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


def refuse_tuning(name: str) -> NoReturn:
    """Raise `InvalidArgument` for an agent that cannot tune an encoder; say which can."""
    able = ", ".join(other for other, kind in AGENTS.items() if kind.tunes)
    raise InvalidArgument(
        f"{name} learns from old steps, whose pages a tuned encoder would have to read again: "
        f"leave out tuning, or choose an agent that learns from fresh ones: {able}."
    )


def load(
    folder: str | Path,
    encoder: StatementEncoder | str | None = None,
    *,
    device: str = "auto",
    **changed: Any,
) -> Agent:
    """Load a saved agent.

    Args:
        folder: What `Agent.save` wrote, or a training run's folder, whose newest checkpoint is
            taken; the one before it, with a `DamagedCheckpoint` warning, when a file of the newest
            is missing or not as it was written. Or the name of a trained agent that the package
            brings, such as ``"ppo-Chess-v0"``; see `alectors.checkpoints.policies`.
        encoder: The encoder that the agent was trained with, if it is already loaded, or its name
            where that has changed.
        device: Where it goes on; any, wherever it was saved.
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
        encoder=_encoder_of(about["encoder"], encoder, device),
        seed=about["seed"],
        env_kwargs=about["env_kwargs"],
        recall=about["recall"],
        network_class=about["network_class"],
        optimizer_class=about["optimizer_class"],
        device=device,
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


def _encoder_of(
    about: dict[str, Any] | None, given: StatementEncoder | str | None, device: str
) -> StatementEncoder | None:
    """The encoder of a saved agent; None where it reads arrays."""
    if about is None:
        return None
    if given is not None and not isinstance(given, str):
        return given
    name = about["name"] if given is None else given
    return described_encoder({**about, "name": name}, find_device(device))
