"""The command line: ``alectors envs | play | train | evaluate | record | benchmark | …``."""

import sys
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import gymnasium
import tyro
from rich.console import Console

from alectors.envs.errors import AlectorsError, require

from .arguments import CHANGEABLE, Command, Context, Envs, Evaluate, Play, Record, Train
from .board_arguments import Benchmark, Leaderboard, Report, Submit
from .checkpoints import DamagedCheckpoint
from .options import take


def main(argv: list[str] | None = None) -> int:
    """Run the command line.

    Args:
        argv: The arguments; those of the process by default.

    Returns:
        The exit status: 0, or 2 after one sentence that says what was wrong.
    """
    given = sys.argv[1:] if argv is None else argv
    if "" not in sys.path:
        sys.path.append("")  # module:name may stand in the present folder, as under `python -m`
    console = Console(highlight=False, soft_wrap=True)
    try:
        rest, env_kwargs = take(given, "env")
        rest, config = take(rest, "config")
        command = tyro.cli(Command, args=rest, prog="alectors", description=_DESCRIPTION)
        command.check()
        _refuse_unused(command, env_kwargs, config)
        with _warnings_as_sentences():
            return _run(command, Context(console, given, env_kwargs, config))
    except (KeyboardInterrupt, BrokenPipeError):
        return 130
    except (AlectorsError, OSError, gymnasium.error.Error) as error:
        print(f"alectors: {error}", file=sys.stderr)
        return 2


_DESCRIPTION = (
    "Environments told in natural language, and agents that learn to act in them. "
    "Arguments of an environment are given as --env.NAME VALUE, fields of an agent's "
    "configuration as --config.NAME VALUE."
)


@contextmanager
def _warnings_as_sentences() -> Iterator[None]:
    """Print our own warnings as errors are printed; those of others stay as they are."""
    with warnings.catch_warnings():
        others = warnings.showwarning

        def show(message: Warning | str, category: type[Warning], *place: Any) -> None:
            if category is DamagedCheckpoint:
                print(f"alectors: {message}", file=sys.stderr)
            else:
                others(message, category, *place)

        warnings.simplefilter("always", DamagedCheckpoint)
        warnings.showwarning = show  # type: ignore[assignment]
        yield


def _refuse_unused(command: Any, env_kwargs: dict[str, Any], config: dict[str, Any]) -> None:
    """An option that would do nothing is a mistake that its user should hear of."""
    name = type(command).__name__.lower()
    trains = isinstance(command, Train)
    fresh = trains and command.resume is None
    scores = isinstance(getattr(command, "action", command), Benchmark | Submit)
    for field in config:
        taken = fresh or scores or (trains and field in CHANGEABLE)
        require(taken, f"--config.{field} does nothing in this {name}.")
    tells = not (isinstance(command, Envs) and command.id is None)
    tells &= scores or not isinstance(command, Leaderboard | Report)
    resumed = trains and not fresh
    require(
        not env_kwargs or (tells and not resumed),
        f"--env.{next(iter(env_kwargs), '')} does nothing in this {name}.",
    )
    require(
        not (isinstance(command, Evaluate | Record) and "split" in env_kwargs),
        "Say which levels are played with --split, not --env.split.",
    )


def _run(command: Any, context: Context) -> int:
    from .commands import (
        benchmarking,
        boards,
        listing,
        playing,
        recording,
        reporting,
        scoring,
        training,
    )

    runs: dict[type, Callable[[Any, Context], int]] = {
        Envs: listing.list_envs,
        Play: playing.play,
        Train: training.train,
        Evaluate: scoring.evaluate,
        Record: recording.record,
        Benchmark: benchmarking.benchmark,
        Leaderboard: boards.leaderboard,
        Report: reporting.report,
    }
    return runs[type(command)](command, context)


if __name__ == "__main__":
    sys.exit(main())
