"""``alectors report``."""

from __future__ import annotations

from pathlib import Path

from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn

from alectors.envs.errors import require

from ..arguments import Context
from ..board_arguments import Report


def report(command: Report, context: Context) -> int:
    """Write the site, and say what is missing from it."""
    from ..leaderboard.entry import find_entries
    from ..report.site import write_report

    require(command.root.is_dir(), f"There is no folder {command.root}: name it by --root.")
    columns = BarColumn(bar_width=24), MofNCompleteColumn(), TextColumn("{task.description}")
    console = context.console
    with Progress(*columns, console=console, disable=not console.is_terminal) as progress:
        task = progress.add_task("", total=len(find_entries(command.root)))
        begun: list[str] = []

        def tell(name: str) -> None:
            progress.update(task, completed=len(begun), description=name)
            begun.append(name)

        written = write_report(command.root, command.out, command.episodes, tell)
        progress.update(task, completed=len(begun), description="")
    for warning in written.warnings:
        console.print(f"{warning}", markup=False)
    size = sum(file.stat().st_size for file in written.index.parent.rglob("*") if file.is_file())
    console.print(
        f"Written: {_shown(written.index)} ({written.entries} entries, {written.replays} replays, "
        f"{size / 1e6:.1f} MB). Open it in a browser.",
        markup=False,
    )
    return 0


def _shown(path: Path) -> Path:
    """From the present folder, where it lies in that."""
    here = Path.cwd().resolve()
    return path.relative_to(here) if path.is_relative_to(here) else path
