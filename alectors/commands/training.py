"""``alectors train ID``."""

from __future__ import annotations

import shlex
from pathlib import Path
from typing import TYPE_CHECKING, Any

from alectors.envs.errors import InvalidArgument, require
from alectors.envs.registration import TASKS

from ..arguments import Context, Evaluate, Train
from ..files import read_json
from .ids import resolve_id
from .scoring import knew_something, print_results, score

if TYPE_CHECKING:
    from ..agent import Agent
    from ..training import Run

DEFAULT_STEPS = 100_000
SETTINGS = {"threads": 1, "checkpoint_every": 20_000, "eval_every": None, "eval_episodes": 20}
"""What a run keeps when it is resumed, unless another value is given; and the defaults."""


def train(command: Train, context: Context) -> int:
    """``alectors train ID``: learn, then score beside random and oracle."""
    begin = _resumed if command.resume else _fresh
    agent, folder, steps, settings = begin(command, context)
    context.console.print(f"Training {agent.name} on {agent.env_id} into {folder}", soft_wrap=True)
    if not _run(agent, folder, steps, settings, context).train():
        context.console.print(
            f"Saved at {agent.steps:,} of {steps:,} steps. Go on with:\n"
            f"  alectors train --resume {shlex.quote(str(folder))}"
        )
        return 130
    if command.episodes:
        _score(agent, folder, command.episodes, context)
    return 0


def _run(agent: Agent, folder: Path, steps: int, settings: dict[str, Any], context: Context) -> Run:
    from ..callbacks import EvaluateEvery
    from ..training import Run

    callback = None
    if settings["eval_every"]:
        callback = EvaluateEvery(
            settings["eval_every"], settings["eval_episodes"], keep_best=folder / "best"
        )
    return Run(
        agent,
        folder,
        steps,
        checkpoint_every=settings["checkpoint_every"],
        console=context.console,
        callback=callback,
        settings=settings,
    )


def _settle(command: Train, kept: dict[str, Any]) -> dict[str, Any]:
    """The settings: given, kept or default. Torch's threads are set, before anything is read."""
    import torch

    given = {name: getattr(command, name) for name in SETTINGS}
    settings = SETTINGS | kept | {name: v for name, v in given.items() if v is not None}
    require(
        settings["eval_every"] is not None or command.eval_episodes is None,
        "--eval-episodes does nothing without --eval-every.",
    )
    torch.set_num_threads(settings["threads"])
    return settings


def _fresh(command: Train, context: Context) -> tuple[Agent, Path, int, dict[str, Any]]:
    from ..agents import find_agent
    from ..checkpoints import checkpoints

    if command.id is None:
        raise InvalidArgument("Say which environment to train on: alectors train ID.")
    kind = find_agent(command.agent)
    env_id = resolve_id(command.id, told=False)
    folder = command.out or Path("runs") / f"{Path(env_id).name}-{command.agent}-{command.seed}"
    if (folder / "progress.jsonl").exists() or checkpoints(folder):
        raise InvalidArgument(
            f"{folder} holds a run already: go on with it by --resume {folder}, or choose another "
            "folder by --out."
        )
    settings = _settle(command, {})
    chosen: dict[str, Any] = {"encoder": command.encoder} if command.encoder else {}
    chosen |= {"tuning": command.tuning, "layer": command.layer, "device": command.device}
    agent = kind(
        env_id,
        seed=command.seed,
        env_kwargs=context.env_kwargs,
        recall=command.recall,
        network_class=command.network_class,
        optimizer_class=command.optimizer_class,
        **chosen,
        **context.config,
    )
    return agent, folder, command.steps or DEFAULT_STEPS, settings


def _resumed(command: Train, context: Context) -> tuple[Agent, Path, int, dict[str, Any]]:
    from ..agents import load
    from ..checkpoints import checkpoints, newest_checkpoint

    folder = command.resume
    assert folder is not None
    other = Train(resume=folder)
    own = ("encoder", "tuning", "layer", "recall", "network_class", "optimizer_class")
    for name in ("id", "agent", "seed", "out", *own):
        if getattr(command, name) != getattr(other, name):
            raise InvalidArgument(f"A resumed run keeps its own {name}: leave it out.")
    place = newest_checkpoint(folder)
    if place not in checkpoints(folder):
        raise InvalidArgument(f"{folder} is an agent; --resume takes the folder of its run.")
    run = read_json(place / "run.json")
    settings = _settle(command, run["settings"])
    agent = load(place, device=command.device, **context.config)
    before, steps = run["total_steps"], command.steps or run["total_steps"]
    if command.steps is not None and agent.steps >= steps:
        raise InvalidArgument(
            f"{folder} has {agent.steps:,} steps already: ask for more with --steps."
        )
    if steps != before:
        context.console.print(
            f"The run now ends at {steps:,} steps and not at {before:,}: what follows a schedule, "
            "such as the learning rate, follows the new one from here on."
        )
    return agent, folder, steps, settings


def _score(agent: Agent, folder: Path, episodes: int, context: Context) -> None:
    """Evaluate the agent, random and oracle on the same test levels, and show them."""
    from ..players import BASELINES

    rows = []
    others = [kind() for name, kind in BASELINES.items() if name != "oracle" or _told(agent.env_id)]
    for who in (agent, *others):
        protocol = Evaluate(who.name, episodes=episodes)
        result = score(who, agent.env_id, agent.env_kwargs, protocol, context)
        if not knew_something(who):
            context.console.print("No oracle: the environment knows no good actions here.")
            continue
        result.write(folder / f"evaluation-{who.name}.json", command=context.command)
        rows.append((who.name, result))
    print_results(rows, context)


def _told(env_id: str) -> bool:
    return env_id in TASKS
