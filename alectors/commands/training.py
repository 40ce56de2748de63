"""``alectors train ID``."""

from __future__ import annotations

import shlex
from pathlib import Path
from typing import TYPE_CHECKING

from alectors.envs.errors import InvalidArgument
from alectors.envs.registration import TASKS

from ..arguments import Context, Evaluate, Train
from ..files import read_json
from .ids import resolve_id
from .scoring import print_results, score

if TYPE_CHECKING:
    from ..agent import Agent

DEFAULT_STEPS = 100_000


def train(command: Train, context: Context) -> int:
    """``alectors train ID``: learn, then score beside random and oracle."""
    import torch

    from ..training import Run

    torch.set_num_threads(command.threads)
    agent, folder, steps = _resumed(command) if command.resume else _fresh(command, context)
    context.console.print(f"Training {agent.name} on {agent.env_id} into {folder}", soft_wrap=True)
    if not Run(agent, folder, steps, console=context.console).train():
        context.console.print(
            f"Saved at {agent.steps:,} of {steps:,} steps. Go on with:\n"
            f"  alectors train --resume {shlex.quote(str(folder))}"
        )
        return 130
    if command.episodes:
        _score(agent, folder, command.episodes, context)
    return 0


def _fresh(command: Train, context: Context) -> tuple[Agent, Path, int]:
    from ..agents import find_agent

    if command.id is None:
        raise InvalidArgument("Say which environment to train on: alectors train ID.")
    kind = find_agent(command.agent)
    env_id = resolve_id(command.id, told=False)
    folder = command.out or Path("runs") / f"{Path(env_id).name}-{command.agent}-{command.seed}"
    if (folder / "progress.jsonl").exists() or (folder / "checkpoints").exists():
        raise InvalidArgument(
            f"{folder} holds a run already: go on with it by --resume {folder}, or choose another "
            "folder by --out."
        )
    settings = {"encoder": command.encoder} if command.encoder else {}
    agent = kind(
        env_id, seed=command.seed, env_kwargs=context.env_kwargs, **settings, **context.config
    )
    return agent, folder, command.steps or DEFAULT_STEPS


def _resumed(command: Train) -> tuple[Agent, Path, int]:
    from ..agents import load

    folder = command.resume
    assert folder is not None
    other = Train(resume=folder)
    for name in ("id", "agent", "seed", "out", "encoder"):
        if getattr(command, name) != getattr(other, name):
            raise InvalidArgument(f"A resumed run keeps its own {name}: leave it out.")
    if (folder / "agent.json").exists():
        raise InvalidArgument(f"{folder} is an agent; --resume takes the folder of its run.")
    agent = load(folder)
    steps = command.steps or int(read_json(folder / "config.json")["total_steps"])
    if agent.steps >= steps:
        raise InvalidArgument(
            f"{folder} has {agent.steps:,} steps already: ask for more with --steps."
        )
    return agent, folder, steps


def _score(agent: Agent, folder: Path, episodes: int, context: Context) -> None:
    """Evaluate the agent, random and oracle on the same test levels, and show them."""
    from ..players import BASELINES

    rows = []
    others = [kind() for name, kind in BASELINES.items() if name != "oracle" or _told(agent.env_id)]
    for who in (agent, *others):
        protocol = Evaluate(who.name, episodes=episodes)
        result = score(who, agent.env_id, agent.env_kwargs, protocol, context)
        result.write(folder / f"evaluation-{who.name}.json", command=context.command)
        rows.append((who.name, result))
    print_results(rows, context)


def _told(env_id: str) -> bool:
    return env_id in TASKS
