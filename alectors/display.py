"""What a training run shows while it goes on."""

import sys
from typing import Any

from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn


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
