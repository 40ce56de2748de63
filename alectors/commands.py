"""What each command of the command line does."""

from __future__ import annotations

import inspect
import shlex
from pathlib import Path
from typing import TYPE_CHECKING, Any

import gymnasium as gym
from rich.table import Table

from alectors.envs.errors import InvalidArgument, UnknownName, nearest
from alectors.envs.registration import NAMESPACE, TASKS

from .arguments import Context, Envs, Evaluate, Play, Train
from .files import read_json
from .options import check_env_kwargs

if TYPE_CHECKING:
    from .agent import Agent
    from .evaluation import Acting, Evaluation


DEFAULT_STEPS = 100_000


def list_envs(command: Envs, context: Context) -> int:
    """``alectors envs [ID]``."""
    if command.id is not None:
        return _tell_env(resolve_id(command.id), context)
    table = Table(box=None)
    for heading in ("id", "family", "core"):
        table.add_column(heading)
    for task in TASKS.values():
        if task.core or not command.core:
            table.add_row(task.id, task.family, "core" if task.core else "")
    context.console.print(table)
    return 0


def _tell_env(env_id: str, context: Context) -> int:
    env = make(env_id, context.env_kwargs)
    page, info = env.reset(seed=0)
    context.console.print(f"[bold]{env_id}[/bold]\n", soft_wrap=True)
    context.console.print(inspect.getdoc(env.unwrapped), markup=False)
    context.console.print("\n[bold]A page[/bold]\n")
    context.console.print(page, markup=False)
    context.console.print("\n[bold]Its actions[/bold]\n")
    context.console.print("\n".join(info["actions"]), markup=False)
    env.close()
    return 0


def play(command: Play, context: Context) -> int:
    """``alectors play ID``: a person reads, and answers with a number or with words."""
    from alectors.envs.wrappers import TextActions

    env = TextActions(make(resolve_id(command.id), context.env_kwargs))
    page, info = env.reset(seed=command.seed)
    total, over = 0.0, False
    while not over:
        _show(page, info["actions"], context)
        answer = _ask(context)
        if answer is None:
            env.close()
            return 0
        if not answer:
            continue
        # A number is the action's place in the list just shown.
        if answer.isdecimal() and 1 <= int(answer) <= len(info["actions"]):
            answer = info["actions"][int(answer) - 1]
        page, reward, terminated, truncated, info = env.step(answer)
        total, over = total + reward, terminated or truncated
    context.console.print(f"\n{page}\n", markup=False)
    result = "success" if info["success"] else "no success"
    context.console.print(f"The end: {result}, score {info['score']:.2f}, return {total:.2f}.")
    env.close()
    return 0


def _show(page: str, actions: list[str], context: Context) -> None:
    context.console.print(f"\n{page}\n", markup=False)
    for k, words in enumerate(actions, 1):
        context.console.print(f"{k:4d}  {words}", markup=False)


def _ask(context: Context) -> str | None:
    """A person's answer; None to leave (quit, Ctrl-D)."""
    try:
        answer = context.console.input("\nYour action (a number or words; quit leaves): ").strip()
    except EOFError:
        return None
    return None if answer.lower() in ("q", "quit", "exit") else answer


def train(command: Train, context: Context) -> int:
    """``alectors train ID``: learn, then score beside random and oracle."""
    import torch

    from .training import Run

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
    from .agents import find_agent

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
        env_id,
        seed=command.seed,
        env_kwargs=context.env_kwargs,
        recall=command.recall,
        **settings,
        **context.config,
    )
    return agent, folder, command.steps or DEFAULT_STEPS


def _resumed(command: Train) -> tuple[Agent, Path, int]:
    from .agents import load

    folder = command.resume
    assert folder is not None
    other = Train(resume=folder)
    for name in ("id", "agent", "seed", "out", "encoder", "recall"):
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
    from .agents import BASELINES

    rows = []
    others = [kind() for name, kind in BASELINES.items() if name != "oracle" or _told(agent.env_id)]
    for who in (agent, *others):
        protocol = Evaluate(who.name, episodes=episodes)
        result = _evaluate(who, agent.env_id, agent.env_kwargs, protocol, context)
        result.write(folder / f"evaluation-{who.name}.json", command=context.command)
        rows.append((who.name, result))
    _print_results(rows, context)


def evaluate(command: Evaluate, context: Context) -> int:
    """``alectors evaluate DIR|NAME [ID]``."""
    import torch

    torch.set_num_threads(command.threads)
    if command.json and command.json.is_dir():
        raise InvalidArgument(f"--json {command.json} is a folder: name a file.")
    agent, env_id, env_kwargs = _find_agent(command, context)
    name = str(getattr(agent, "name", command.agent))
    result = _evaluate(agent, env_id, env_kwargs, command, context)
    _print_results([(name, result)], context)
    if command.json:
        result.write(command.json, command=context.command)
    return 0


def _find_agent(command: Evaluate, context: Context) -> tuple[Acting, str, dict[str, Any]]:
    """The agent, its environment and that one's arguments."""
    from .agents import BASELINES, load

    if command.agent in BASELINES:
        if command.id is None:
            raise InvalidArgument(f"Say where: alectors evaluate {command.agent} ID.")
        return BASELINES[command.agent](), resolve_id(command.id, told=False), context.env_kwargs
    if not Path(command.agent).exists():
        raise UnknownName(
            f"{command.agent!r} is neither a run's folder nor one of the agents "
            f"{', '.join(BASELINES)}.{nearest(command.agent, BASELINES)}"
        )
    agent = load(command.agent)
    if command.id is None or resolve_id(command.id, told=False) == agent.env_id:
        return agent, agent.env_id, {**agent.env_kwargs, **context.env_kwargs}
    return agent, resolve_id(command.id, told=False), context.env_kwargs


def _evaluate(
    agent: Acting, env_id: str, env_kwargs: dict[str, Any], protocol: Evaluate, context: Context
) -> Evaluation:
    from rich.progress import Progress

    from .evaluation import evaluate as score

    episodes = protocol.episodes
    name = str(getattr(agent, "name", "agent"))
    live = context.console.is_terminal
    with Progress(console=context.console, transient=True, disable=not live) as bar:
        task = bar.add_task(f"{name}: {episodes} episodes", total=episodes)
        return score(
            agent,
            env_id,
            episodes=episodes,
            seed=protocol.seed,
            split=protocol.split,
            sampled=protocol.drawn,
            env_kwargs=env_kwargs,
            progress=lambda done: bar.update(task, completed=done),
        )


def _print_results(rows: list[tuple[str, Evaluation]], context: Context) -> None:
    first = rows[0][1]
    how = ", actions drawn from the policy" if first.sampled else ""
    levels = f"{first.split} levels" if first.split else "episodes (it has no test levels)"
    table = Table(
        title=f"{first.env_id}, {len(first.episodes)} {levels}{how}", title_justify="left"
    )
    columns = {
        "success": "success_rate:.2f",
        "return": "mean_return:.3f",
        "score": "mean_score:.3f",
        "length": "mean_length:.1f",
    }
    if not first.split:  # success and score are of environments told in words
        del columns["success"], columns["score"]
    table.add_column("agent")
    for heading in columns:
        table.add_column(heading, justify="right")
    for name, result in rows:
        table.add_row(name, *(f"{{0.{what}}}".format(result) for what in columns.values()))
    context.console.print(table)


def _told(env_id: str) -> bool:
    return env_id in TASKS


def resolve_id(given: str, told: bool = True) -> str:
    """An id as Gymnasium knows it; the namespace may be left out.

    Args:
        given: What was typed.
        told: Whether it must be one of those told in words.

    Raises:
        UnknownName: There is none; the message has the nearest one.
    """
    for name in (given, f"{NAMESPACE}/{given}"):
        if name in TASKS:
            return name
    if not told and given in gym.registry:
        return given
    raise UnknownName(
        f"No environment is called {given!r}.{nearest(given, [*TASKS, *_short()])} "
        "`alectors envs` lists them."
    )


def _short() -> list[str]:
    return [task.name for task in TASKS.values()]


def make(env_id: str, env_kwargs: dict[str, Any]) -> Any:
    """`gymnasium.make` after the arguments' names were checked."""
    check_env_kwargs(env_id, env_kwargs)
    return gym.make(env_id, **env_kwargs)
