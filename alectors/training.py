"""A training run: its folder, its logs, its checkpoints, Ctrl-C, and going on after any end."""

import json
import math
import shlex
import signal
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import FrameType
from typing import TYPE_CHECKING, Any

from rich.console import Console

from alectors.envs.errors import Diverged, require

from .agent import Agent
from .callbacks import Callback, crossed, give_state, state_of
from .checkpoints import drop_later, drop_oldest, place_of
from .display import Display
from .files import read_json, sweep, write_json, write_text
from .guards import check_weights
from .recent import RecentMeans
from .saving import save_agent

if TYPE_CHECKING:
    from torch.utils.tensorboard import SummaryWriter

KEPT_CHECKPOINTS = 2
CHECKPOINT_EVERY = 20_000
"""Environment steps between two checkpoints, unless another number is given."""
WINDOW = 100
"""Episodes over which the display averages."""


class Run:
    """Trains an agent into a folder.

    The folder holds ``config.json`` (the resolved configuration), ``progress.jsonl`` (a line for
    each update), ``tensorboard/`` and ``checkpoints/step-…/``. An agent that was loaded from a
    checkpoint of this folder goes on where that stands: however often a run is killed and resumed,
    it ends as one that never was, its logs too.

    Args:
        agent: The agent; its present steps count.
        folder: Made if it does not exist.
        total_steps: Environment steps in all.
        checkpoint_every: Steps between two checkpoints.
        console: Where progress is shown.
        callback: Called after each update, before it is logged; see `alectors.callbacks`.
        settings: Kept with each checkpoint under ``"settings"``, for whoever resumes the run.
    """

    def __init__(
        self,
        agent: Agent,
        folder: Path,
        total_steps: int,
        *,
        checkpoint_every: int = CHECKPOINT_EVERY,
        console: Console | None = None,
        callback: Callback | None = None,
        settings: dict[str, Any] | None = None,
    ) -> None:
        require(checkpoint_every >= 1, f"checkpoint_every={checkpoint_every} must be at least 1.")
        self.agent, self.folder, self.total_steps = agent, folder, total_steps
        self.checkpoint_every, self.settings = checkpoint_every, settings or {}
        self.console = console or Console()
        self.callback = callback
        self.interrupted = False
        self._recent = RecentMeans(WINDOW)
        self._begun = time.monotonic()
        self._first_step = self._before = agent.steps
        self._saved_at = -1
        here = place_of(folder, agent.steps)
        self._resumed_at = here if _same(agent.loaded_from, here) else None
        if self._resumed_at:
            self._take_up(read_json(here / "run.json"))

    def train(self) -> bool:
        """Learn to the end.

        Returns:
            Whether the end was reached, or a callback stopped; False after Ctrl-C, with the agent
            saved in any case.

        Raises:
            Diverged: A number is not finite; what is known of it is in ``diverged.json``, and the
                last checkpoint is kept.
            InvalidArgument: The folder holds a run that is further on than the agent.
        """
        self._tidy()
        self._save_once()  # before anything else, so that whatever has begun can be resumed
        display = Display(self.console, self.agent.steps, self.total_steps)
        with (
            open_board(self.folder / "tensorboard", self.agent.steps) as board,
            (self.folder / "progress.jsonl").open("a") as log,
            display,
            self._interruptible(),
            self._guarded(),
        ):

            def after_update(agent: Agent, figures: dict[str, float]) -> bool:
                go_on = self.callback is None or self.callback(agent, figures) is not False
                row = self._row(figures)
                log.write(json.dumps(row) + "\n")
                log.flush()
                for name, value in row.items():
                    board.add_scalar(name, value, agent.steps)
                display.show(row)
                if self.interrupted:
                    self.console.print("Stopping, and saving …")
                if crossed(agent.steps, self._before, self.checkpoint_every):
                    board.flush()  # what is before a checkpoint is not made again
                    self._save_once()
                self._before = agent.steps
                return go_on and not self.interrupted

            self.agent.learn(self.total_steps, after_update)
            self._save_once()
        return self.agent.steps >= self.total_steps or not self.interrupted

    def save(self) -> Path:
        """Write a checkpoint and delete all but the newest two."""
        check_weights(self.agent.network, self.agent.steps)
        place = place_of(self.folder, self.agent.steps)
        save_agent(self.agent, place, run=self._state())
        self._saved_at = self.agent.steps
        drop_oldest(self.folder, KEPT_CHECKPOINTS)
        return place

    def _save_once(self) -> None:
        if self._saved_at != self.agent.steps:
            self.save()

    def _state(self) -> dict[str, Any]:
        """What a checkpoint keeps of the run itself, ready for JSON."""
        return {
            "total_steps": self.total_steps,
            "checkpoint_every": self.checkpoint_every,
            "settings": self.settings,
            "seconds": time.monotonic() - self._begun,
            "recent": self._recent.state(),
            "callback": state_of(self.callback),
            "reading": self.agent.reader.figures(),
        }

    def _take_up(self, state: dict[str, Any]) -> None:
        """Go on as the run that gave ``state``."""
        self._saved_at = self.agent.steps
        self._begun -= state["seconds"]
        self._first_step = 0
        self._recent.take_state(state["recent"])
        give_state(self.callback, state["callback"])
        self.agent.reader.take_figures(state["reading"])

    def _tidy(self) -> None:
        """Make the folder what it was at the agent's steps: what came later is made again."""
        self.folder.mkdir(parents=True, exist_ok=True)
        drop_later(self.folder, self._resumed_at)
        for place in (self.folder, self.folder / "checkpoints"):
            sweep(place)
        self._diverged.unlink(missing_ok=True)
        settings = {**self.agent.describe(), "total_steps": self.total_steps}
        write_json(self.folder / "config.json", settings)
        self._forget_later_rows()

    def _forget_later_rows(self) -> None:
        log = self.folder / "progress.jsonl"
        rows = log.read_text().splitlines(keepends=True) if log.exists() else []
        kept = [row for row in rows if _steps(row) <= self.agent.steps]
        if kept != rows:
            write_text(log, "".join(kept))

    def _row(self, figures: dict[str, float]) -> dict[str, float]:
        """One line of progress: totals, speed, means over recent episodes, the update's figures."""
        seconds = time.monotonic() - self._begun
        self._recent.add(figures)
        row: dict[str, float] = {
            "steps": self.agent.steps,
            "seconds": round(seconds, 2),
            "steps_per_second": round((self.agent.steps - self._first_step) / seconds, 1),
            **self.agent.reader.figures(),
            **self._recent.means(),
        }
        return row | {k: v for k, v in figures.items() if k not in row and k != "episodes"}

    @property
    def _diverged(self) -> Path:
        return self.folder / "diverged.json"

    @contextmanager
    def _guarded(self) -> Iterator[None]:
        """Tell what is known of numbers that are not finite, and how to go on."""
        try:
            yield
        except Diverged as error:
            told = {"message": str(error), "steps": self.agent.steps, **error.statistics}
            write_json(self._diverged, _writable(told))
            rate = self.agent.config.learning_rate / 2
            more = Diverged(
                f"{error} What is known of the batch is in {self._diverged}; the last checkpoint, "
                f"of step {self._saved_at:,}, is kept. Go on from it with a lower learning rate: "
                f"alectors train --resume {shlex.quote(str(self.folder))} "
                f"--config.learning_rate {rate:g}"
            )
            more.statistics = error.statistics
            raise more from error

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


def open_board(folder: Path, steps: int) -> "SummaryWriter":
    """TensorBoard's log of what follows ``steps``; what an earlier one tells of it is forgotten.

    TensorBoard reads the files of a folder by name, which begins with the second that the file was
    made in and ends in a counter without leading zeros: of two files of one second the second may
    be read first, and be forgotten. So a file waits for a second of its own.
    """
    from torch.utils.tensorboard import SummaryWriter

    made = [int(file.name.split(".")[3]) for file in folder.glob("events.out.tfevents.*")]
    wait = max(made, default=0) + 1 - time.time()
    if 0 < wait <= 1:  # more than that is a clock that was set back
        time.sleep(wait)
    return SummaryWriter(str(folder), purge_step=steps + 1)


def _same(one: Path | None, other: Path) -> bool:
    return one is not None and one.resolve() == other.resolve()


def _steps(row: str) -> float:
    """The steps of a line of progress; infinite where it was cut short."""
    try:
        return float(json.loads(row)["steps"])
    except (ValueError, KeyError, TypeError):
        return math.inf


def _writable(value: Any) -> Any:
    """JSON has no number for what is not finite: that is written as a word."""
    if isinstance(value, dict):
        return {name: _writable(part) for name, part in value.items()}
    return str(value) if isinstance(value, float) and not math.isfinite(value) else value
