"""``alectors envs [ID]``."""

from __future__ import annotations

import inspect

from rich.table import Table

from alectors.envs.registration import TASKS

from ..arguments import Context, Envs
from .ids import make, resolve_id


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
