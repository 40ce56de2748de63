"""A training run: its folder, its display, its logs, its checkpoints, and Ctrl-C."""

import json
import shutil
import signal
import sys
import time
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import FrameType
from typing import Any

from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn

from .agent import Agent
from .files import write_json, write_text

KEPT_CHECKPOINTS = 2
WINDOW = 100
"""Episodes over which the display averages."""


class Run:
    """Trains an agent into a folder.

    The folder holds ``config.json`` (the resolved configuration), ``progress.jsonl`` (a line for
    each update), ``tensorboard/`` and ``checkpoints/step-…/``.

    Args:
        agent: The agent; its present steps count.
        folder: Made if it does not exist.
        total_steps: Environment steps in all.
        checkpoint_every: Steps between two checkpoints.
        console: Where progress is shown.
    """

    def __init__(
        self,
        agent: Agent,
        folder: Path,
        total_steps: int,
        *,
        checkpoint_every: int = 50_000,
        console: Console | None = None,
    ) -> None:
        self.agent, self.folder, self.total_steps = agent, folder, total_steps
        self.checkpoint_every = checkpoint_every
        self.console = console or Console()
        self.interrupted = False
        self._recent: deque[tuple[float, dict[str, float]]] = deque()
        self._saved_at = agent.steps
        self._begun = time.monotonic()
        self._first_step = agent.steps

    def train(self) -> bool:
        """Learn to the end.

        Returns:
            Whether the end was reached; False after Ctrl-C, with the agent saved either way.
        """
        from torch.utils.tensorboard import SummaryWriter

        self.folder.mkdir(parents=True, exist_ok=True)
        settings = {**self.agent.describe(), "total_steps": self.total_steps}
        write_json(self.folder / "config.json", settings)
        self._forget_later_rows()
        display = Display(self.console, self.agent.steps, self.total_steps)
        with (
            SummaryWriter(
                str(self.folder / "tensorboard"), purge_step=self.agent.steps + 1
            ) as board,
            (self.folder / "progress.jsonl").open("a") as log,
            display,
            self._interruptible(),
        ):

            def after_update(agent: Agent, figures: dict[str, float]) -> bool:
                row = self._row(figures)
                log.write(json.dumps(row) + "\n")
                log.flush()
                for name, value in row.items():
                    board.add_scalar(name, value, agent.steps)
                display.show(row)
                if self.interrupted:
                    self.console.print("Stopping, and saving …")
                if agent.steps - self._saved_at >= self.checkpoint_every:
                    self.save()
                return not self.interrupted

            self.agent.learn(self.total_steps, after_update)
        self.save()
        return self.agent.steps >= self.total_steps

    def _forget_later_rows(self) -> None:
        """Drop progress beyond the agent's steps: a resumed run makes it again."""
        log = self.folder / "progress.jsonl"
        rows = log.read_text().splitlines(keepends=True) if log.exists() else []
        kept = [row for row in rows if json.loads(row)["steps"] <= self.agent.steps]
        if kept != rows:
            write_text(log, "".join(kept))

    def save(self) -> Path:
        """Write a checkpoint and delete all but the newest two."""
        checkpoints = self.folder / "checkpoints"
        place = checkpoints / f"step-{self.agent.steps:09d}"
        self.agent.save(place)
        self._saved_at = self.agent.steps
        for old in sorted(checkpoints.glob("step-*"))[:-KEPT_CHECKPOINTS]:
            shutil.rmtree(old)
        return place

    def _row(self, figures: dict[str, float]) -> dict[str, float]:
        """One line of progress: totals, speed, means over recent episodes, the update's figures."""
        seconds = time.monotonic() - self._begun
        self._recent.append((figures["episodes"], figures))
        while sum(n for n, _ in self._recent) - self._recent[0][0] >= WINDOW:
            self._recent.popleft()
        row: dict[str, float] = {
            "steps": self.agent.steps,
            "seconds": round(seconds, 2),
            "steps_per_second": round((self.agent.steps - self._first_step) / seconds, 1),
            **self.agent.reader.figures(),
        }
        for name in ("return", "success", "length"):
            parts = [(n, seen[name]) for n, seen in self._recent if name in seen]
            if parts:
                row[name] = sum(n * value for n, value in parts) / sum(n for n, _ in parts)
        return row | {k: v for k, v in figures.items() if k not in row and k != "episodes"}

    @contextmanager
    def _interruptible(self) -> Iterator[None]:
        """The first Ctrl-C ends the run after the present update; a second one at once."""

        def stop(_signum: int, _frame: FrameType | None) -> None:
            if self.interrupted:
                raise KeyboardInterrupt
            self.interrupted = True  # nothing is printed here: a print may be what it interrupted

        try:
            previous = signal.signal(signal.SIGINT, stop)
        except ValueError:  # not the main thread: whoever runs it handles signals
            yield
            return
        try:
            yield
        finally:
            signal.signal(signal.SIGINT, previous)


class Display:
    """Progress as a live line on a terminal, and as a line for every 5 % elsewhere."""

    def __init__(self, console: Console, steps: int, total_steps: int) -> None:
        self.console, self.total_steps = console, total_steps
        self._live = console.is_terminal
        self._next = 0.0
        self._progress = Progress(
            BarColumn(bar_width=24),
            TextColumn("{task.completed:>9,.0f} steps"),
            TextColumn("{task.fields[figures]}"),
            TimeRemainingColumn(),
            TextColumn("left"),
            console=console,
            disable=not self._live,
        )
        self._task = self._progress.add_task(
            "", total=total_steps, completed=steps, figures="reading the first pages …"
        )

    def __enter__(self) -> "Display":
        self._progress.start()
        return self

    def __exit__(self, *_: Any) -> None:
        self._progress.stop()

    def show(self, row: dict[str, float]) -> None:
        """Show one line of progress."""
        shown = (
            ("return", "return {:6.3f}"),
            ("success", "success {:5.2f}"),
            ("steps_per_second", "{:5.0f} steps/s"),
            ("distinct_statements", "{:5.0f} statements"),
        )
        figures = "  ".join(words.format(row[name]) for name, words in shown if name in row)
        self._progress.update(self._task, completed=row["steps"], figures=figures)
        share = row["steps"] / self.total_steps
        if not self._live and share >= self._next:
            self._next = share + 0.05
            left = (self.total_steps - row["steps"]) / max(row["steps_per_second"], 1e-9)
            print(
                f"{row['steps']:>9,.0f} steps  {figures}  {max(left, 0) / 60:5.1f} min left",
                file=self.console.file if self.console.file else sys.stdout,
                flush=True,
            )
