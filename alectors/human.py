"""A person at a terminal: pages and pictures shown, answers asked for."""

from typing import Any

import gymnasium as gym
import numpy as np
from rich.columns import Columns
from rich.console import Console, Group, RenderableType
from rich.table import Table
from rich.text import Text

from alectors.envs.errors import PlayerLeft
from alectors.envs.wrappers import NO_ACTION, find_action

GAP = 3
"""Columns between the words and the drawing."""
LEAST_WORDS = 40
"""Columns that the words need; with fewer left the drawing stands above them."""


class HumanAgent:
    """Shows each state to a person and asks for an action, by its number or by its words.

    Args:
        console: Where it is shown; the standard output by default.
    """

    name = "human"

    def __init__(self, console: Console | None = None) -> None:
        self.console = console or Console(highlight=False, soft_wrap=True)
        self._env: gym.Env[Any, Any] | None = None

    def attach(self, env: gym.Env[Any, Any]) -> None:
        """Remember the environment: it draws its state, and may understand more than its words."""
        self._env = env

    def choose_action(self, observation: Any, info: dict[str, Any]) -> int:
        """What the person answers.

        Raises:
            PlayerLeft: The person left.
        """
        self.show(observation)
        legal = np.flatnonzero(info["action_mask"])
        show_actions(info["actions"], self.console)
        while True:
            answer = self._ask()
            # A number is the action's place in the list just shown.
            if answer.isdecimal() and 1 <= int(answer) <= len(legal):
                return int(legal[int(answer) - 1])
            index = find_action(answer, info, self._env)
            if index != NO_ACTION:
                return index
            self.console.print(
                f"{answer!r} is not an action here: type a number from 1 to {len(legal)}, or the "
                "words beside it.",
                markup=False,
            )

    def show(self, page: Any) -> None:
        """Show a page; in a terminal with the drawing of the state, where there is one."""
        sketch = getattr(self._env.unwrapped, "sketch", None) if self._env else None
        drawn = sketch() if sketch and self.console.is_terminal else None
        self.console.print()
        if drawn is None:
            self.console.print(str(page), markup=False)
        else:
            self.console.print(_lay_out(str(page), drawn, self.console.width), soft_wrap=False)
        self.console.print()

    def _ask(self) -> str:
        """A person's answer, which is not empty."""
        answer = ""
        while not answer:
            try:
                answer = self.console.input(
                    "\nYour action (a number or words; quit leaves): "
                ).strip()
            except EOFError:
                answer = "quit"
        if answer.lower() in ("q", "quit", "exit"):
            raise PlayerLeft("You left before the end; nothing was written.")
        return answer


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


def show_actions(actions: list[str], console: Console) -> None:
    """The actions with their numbers; in a terminal in as many columns as it has room for."""
    told = [f"{k:4d}  {words}" for k, words in enumerate(actions, 1)]
    if console.is_terminal:
        columns = Columns(map(Text, told), padding=(0, GAP), equal=True, column_first=True)
        console.print(columns, soft_wrap=False)
    else:
        console.print("\n".join(told), markup=False)
