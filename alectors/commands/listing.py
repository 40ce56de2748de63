"""``alectors envs [ID]``: the list of the environments by family, or the page of one."""

from __future__ import annotations

from typing import Any

import gymnasium as gym
from gymnasium.envs.registration import load_env_creator
from rich.text import Text

from alectors.envs.errors import UnknownName, nearest
from alectors.envs.registration import FAMILIES, TASKS, Task

from ..arguments import Context, Envs
from .ids import resolve_id


def list_envs(command: Envs, context: Context) -> int:
    """List the environments, or describe the one that is asked for."""
    if command.id is not None:
        from .describing import describe

        describe(resolve_id(command.id), context)
        return 0
    wanted = FAMILIES if command.family is None else [_find_family(command.family)]
    for family in wanted:
        tasks = [task for task in TASKS.values() if task.family == family]
        shown = [task for task in tasks if task.core or not command.core]
        if shown:
            _show_family(family, shown, context)
    context.console.print("* a core task; `alectors envs ID` describes one", style="dim")
    return 0


def _show_family(family: str, tasks: list[Task], context: Context) -> None:
    """A family's heading, and a line for each id: what it fixes, or what its class is about."""
    console = context.console
    console.print(Text.assemble((family, "bold"), f": {FAMILIES[family]}"))
    width = max(len(task.id) for task in tasks)
    summaries = {task.name: _summary(task) for task in tasks}
    for task in tasks:
        about = summaries[task.name] if len(set(summaries.values())) > 1 else ""
        fixed = "".join(f"{name}={value}: " for name, value in task.kwargs.items() if about)
        line = Text.assemble(
            f"{'*' if task.core else ' '} ", (f"{task.id:{width}}", "cyan"), f"  {fixed}{about}"
        )
        line.rstrip()
        if console.is_terminal:  # what goes into a file or a pipe is told in full
            line.truncate(console.width, overflow="ellipsis")
        console.print(line)
    console.print()


def _summary(task: Task) -> str:
    creator: Any = load_env_creator(str(gym.spec(task.id).entry_point))
    return (creator.__doc__ or "").split("\n")[0]


def _find_family(name: str) -> str:
    by_key = {family.casefold(): family for family in FAMILIES}
    if name.casefold() not in by_key:
        raise UnknownName(
            f"No family is called {name!r}; there are {', '.join(FAMILIES)}."
            + nearest(name, FAMILIES)
        )
    return by_key[name.casefold()]
