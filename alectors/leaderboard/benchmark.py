"""A benchmark: the matrix of agents, tasks and seeds, with progress over all of it."""

import json
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

from .jobs import RESULT, Job, find_result
from .processes import Executor, Outcome

EVALUATION_WORTH = 1_000
"""Steps that an evaluation counts as in the progress of a matrix."""


def run_matrix(
    jobs: list[Job], folder: Path, executor: Executor, console: Console
) -> list[Outcome]:
    """Do the jobs that are not done yet.

    Args:
        jobs: The whole matrix.
        folder: Keeps every job; the same folder goes on with the same matrix.
        executor: Does the jobs.
        console: Where progress is shown.

    Returns:
        The outcomes of the jobs that failed.
    """
    left = [job for job in jobs if find_result(folder, job) is None]
    done = len(jobs) - len(left)
    if done:
        console.print(f"{done} of {len(jobs)} jobs were done before.")
    failed = []
    try:
        with _bar(console) as bar:
            for outcome in executor.run(left, folder, _watch(bar, jobs, folder)):
                done += not outcome.error
                failed += [outcome] if outcome.error else []
                console.print(f"{done} of {len(jobs)} done. {_tell(outcome, folder)}", markup=False)
    except KeyboardInterrupt:
        console.print(f"Stopped at {done} of {len(jobs)}; the same command goes on.")
        raise
    return failed


def _bar(console: Console) -> Progress:
    return Progress(
        BarColumn(bar_width=24),
        TextColumn("{task.percentage:>3.0f} % of the matrix"),
        TextColumn("{task.fields[now]}"),
        TimeElapsedColumn(),
        console=console,
        transient=True,
        disable=not console.is_terminal,
    )


def _watch(bar: Progress, jobs: list[Job], folder: Path) -> Callable[[list[Job]], None]:
    """Shows how far the whole matrix is, once a second."""
    task = bar.add_task("", total=sum(map(_worth, jobs)), now="")
    last = [0.0]

    def watch(running: list[Job]) -> None:
        if bar.disable or time.monotonic() - last[0] < 1:
            return
        last[0] = time.monotonic()
        steps = sum(
            _worth(job) if find_result(folder, job) else _steps(job, folder) for job in jobs
        )
        now = f"{len(running)} under way: {running[0]}" if running else ""
        bar.update(task, completed=steps, now=now)

    return watch


def _worth(job: Job) -> int:
    return job.steps + EVALUATION_WORTH


def _steps(job: Job, folder: Path) -> int:
    """What a job has done of its worth; one under way, by the last whole line of its log."""
    if (folder / job.name / RESULT).exists():
        return _worth(job)
    log = folder / job.name / "run" / "progress.jsonl"
    if not log.exists():
        return 0
    with log.open("rb") as file:
        file.seek(max(0, log.stat().st_size - 4_096))
        lines = file.read().split(b"\n")[:-1]
    try:
        return int(json.loads(lines[-1])["steps"]) if lines else 0
    except ValueError:  # a line longer than what was read
        return 0


def _tell(outcome: Outcome, folder: Path) -> str:
    if outcome.error:
        return f"Failed: {outcome.job}: {outcome.error}"
    result = find_result(folder, outcome.job)
    return f"{outcome.job}: {_tell_result(result)}" if result else str(outcome.job)


def _tell_result(result: dict[str, Any]) -> str:
    episodes = result["run"]["episodes"]
    success = sum(episode["success"] for episode in episodes) / len(episodes)
    mean = sum(episode["total"] for episode in episodes) / len(episodes)
    return f"success {success:.2f}, return {mean:.3f}, {result['run']['seconds']:,.0f} s"
