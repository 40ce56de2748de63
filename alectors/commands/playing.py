"""``alectors play ID``: a person reads, and answers with a number or with words."""

from __future__ import annotations

from typing import Any

from rich.columns import Columns
from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from ..arguments import Context, Play
from .ids import make, resolve_id

GAP = 3
"""Columns between the words and the drawing."""
LEAST_WORDS = 40
"""Columns that the words need; with fewer left the drawing stands above them."""


def play(command: Play, context: Context) -> int:
    """Play one episode with a person."""
    from alectors.envs.wrappers import TextActions

    env = TextActions(make(resolve_id(command.id), context.env_kwargs))
    page, info = env.reset(seed=command.seed)
    total, over = 0.0, False
    while not over:
        _show_page(page, env, context)
        _show_actions(info["actions"], context)
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
    _show_page(page, env, context)
    result = "success" if info["success"] else "no success"
    context.console.print(f"The end: {result}, score {info['score']:.2f}, return {total:.2f}.")
    env.close()
    return 0


def _show_page(page: Any, env: Any, context: Context) -> None:
    """The page; in a terminal with the drawing of the state, where there is one."""
    console = context.console
    sketch = env.unwrapped.sketch() if console.is_terminal else None
    console.print()
    if sketch is None:
        console.print(page, markup=False)
    else:
        console.print(_lay_out(str(page), sketch, console.width), soft_wrap=False)
    console.print()


def _lay_out(page: str, sketch: str, width: int) -> RenderableType:
    """Words and drawing beside each other, or above each other where that is too wide."""
    words, drawing = Text(page), Text.from_ansi(sketch, no_wrap=True)
    drawn = max(line.cell_len for line in drawing.split("\n"))
    if drawn > width:
        return words
    if width - drawn - GAP < LEAST_WORDS:
        return Group(drawing, "", words)
    beside = Table.grid(padding=(0, GAP, 0, 0))
    beside.add_row(drawing, words)  # on the left the drawing keeps its place
    return beside


def _show_actions(actions: list[str], context: Context) -> None:
    """The actions with their numbers; in a terminal in as many columns as it has room for."""
    told = [f"{k:4d}  {words}" for k, words in enumerate(actions, 1)]
    if context.console.is_terminal:
        columns = Columns(map(Text, told), padding=(0, GAP), equal=True, column_first=True)
        context.console.print(columns, soft_wrap=False)
    else:
        context.console.print("\n".join(told), markup=False)


def _ask(context: Context) -> str | None:
    """A person's answer; None to leave (quit, Ctrl-D)."""
    try:
        answer = context.console.input("\nYour action (a number or words; quit leaves): ").strip()
    except EOFError:
        return None
    return None if answer.lower() in ("q", "quit", "exit") else answer
