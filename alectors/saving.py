"""Agents on disk: weights and tensors in safetensors, everything else in JSON."""

from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

import torch
from safetensors.torch import load_file, save_file
from torch import Tensor

from alectors.envs.errors import DamagedFile, require

from .checkpoints import MANIFEST, seal
from .files import new_folder, read_json, write_json
from .versions import versions

if TYPE_CHECKING:
    from .agent import Agent
    from .network import StatementNetwork


def save_agent(agent: "Agent", folder: Path, **beside: Any) -> None:
    """Write ``agent`` to ``folder``; see `Agent.save`.

    Args:
        agent: The agent.
        folder: Where to.
        **beside: Written beside it as JSON, each under its name, which is one of `JSON_FILES`.
    """
    target = folder.resolve()
    tensors = agent.tensors()
    _check_replaceable(target, {f"{name}.safetensors" for name in tensors})
    with new_folder(target) as place:
        write_json(place / "agent.json", agent.describe())
        for name, values in tensors.items():
            save_file(values, place / f"{name}.safetensors")
        # Sums run in the order of rows: the same order gives the same bytes after a resume.
        known = agent.table.texts(range(1, len(agent.table) + 1)) if agent.table else []
        write_json(place / "statements.json", known)
        write_json(place / "progress.json", agent.progress())
        for name, value in beside.items():
            write_json(place / f"{name}.json", value)
        seal(place)


def describe_agent(agent: "Agent") -> dict[str, Any]:
    """The resolved configuration of ``agent``, ready for JSON."""
    return {
        "agent": agent.name,
        "env_id": agent.env_id,
        "env_kwargs": agent.env_kwargs,
        "recall": agent.recall,
        "seed": agent.seed,
        "steps": agent.steps,
        "device": str(agent.device),
        "standardised": agent.table is not None and agent.table.standardised,
        "encoder": agent.encoder.describe() if agent.encoder else None,
        "config": asdict(agent.config),
        **agent.parts,
        "versions": versions(),
    }


def common_tensors(agent: "Agent") -> dict[str, dict[str, Tensor]]:
    """The tensors that every agent has, by file and name."""
    found = {
        "model": agent.network.state_dict(),
        "optimizer": flatten_state(agent.optimizer),
        "random": {"generator": agent.generator.get_state()},
    }
    if agent.tuned:
        found["encoder"] = {name: x.detach() for name, x in agent.tuned.learned.items()}
    return found


def take_common_tensors(agent: "Agent", found: dict[str, dict[str, Tensor]]) -> None:
    """Give ``agent`` what `common_tensors` gave."""
    agent.network.load_state_dict(found["model"])
    if agent.tuned:
        agent.tuned.load_learned(found["encoder"])
    load_state(agent.optimizer, found["optimizer"])
    agent.generator.set_state(found["random"]["generator"])


def restore_agent(agent: "Agent", folder: Path) -> None:
    """Give ``agent`` all that `save_agent` wrote to ``folder``.

    Raises:
        DamagedFile: Something is missing or cannot be read.
    """
    try:
        found = {name: load_file(folder / f"{name}.safetensors") for name in agent.tensors()}
        agent.take_tensors(found)
    except Exception as error:  # safetensors has no one class for what can be wrong with a file
        raise DamagedFile(f"The checkpoint {folder} cannot be read: {error}") from error
    about = read_json(folder / "agent.json")
    if agent.table is not None:
        network = cast("StatementNetwork", agent.network)  # or another that reads pages
        if about["standardised"]:
            agent.table.standardise(network.mean, network.scale)
        agent.table.rows(read_json(folder / "statements.json"))
    agent.stop_at(int(about["steps"]), read_json(folder / "progress.json"))


JSON_FILES = {
    "agent.json",
    "progress.json",
    "statements.json",
    "run.json",
    "evaluation.json",
    MANIFEST,
}
"""The files of a saved agent beside those of its tensors."""


def _check_replaceable(folder: Path, tensor_files: set[str]) -> None:
    names = {path.name for path in folder.iterdir()} if folder.is_dir() else set()
    require(
        (folder.is_dir() or not folder.exists()) and names <= JSON_FILES | tensor_files,
        f"{folder} holds something else than a saved agent; choose a new folder to save to.",
    )


def flatten_state(optimizer: torch.optim.Optimizer) -> dict[str, Tensor]:
    """The tensors of an optimiser's state, named ``parameter.entry``."""
    state = optimizer.state_dict()["state"]
    return {
        f"{k}.{name}": torch.as_tensor(value)
        for k, entry in state.items()
        for name, value in entry.items()
        if value is not None  # such as SGD's momentum where there is none
    }


def load_state(optimizer: torch.optim.Optimizer, tensors: dict[str, Tensor]) -> None:
    """Take over what `flatten_state` gave."""
    state: dict[int, dict[str, Tensor]] = {}
    for key, value in tensors.items():
        k, name = key.split(".")
        state.setdefault(int(k), {})[name] = value
    groups = optimizer.state_dict()["param_groups"]
    optimizer.load_state_dict({"state": state, "param_groups": groups})
