"""A UCI engine in a process of its own, which never outlives the object that holds it.

``chess.engine.SimpleEngine`` is not used: it gives a search limited by nodes no time-out, and its
thread keeps the interpreter from exiting while an engine is open.
"""

import asyncio
import contextlib
import os
import shutil
import signal
import subprocess
import threading
import weakref
from collections.abc import Coroutine
from pathlib import Path
from typing import Any, TypeVar

import chess
import chess.engine
import numpy as np

from .errors import MissingDependency, OpponentError

T = TypeVar("T")
STOCKFISH_FOLDERS = ("/usr/games",)
"""Where Stockfish is looked for beside the PATH: Debian installs it there."""
GRACE = 5.0
"""Seconds that a killed engine has to disappear."""


def find_stockfish() -> str | None:
    """The path of the Stockfish program, or None where it is not installed."""
    folders = os.pathsep.join((os.environ.get("PATH", os.defpath), *STOCKFISH_FOLDERS))
    return shutil.which("stockfish", path=folders)


def require_stockfish() -> str:
    """The path of the Stockfish program.

    Raises:
        MissingDependency: It is not installed; the message says how to get it.
    """
    path = find_stockfish()
    if path is None:
        raise MissingDependency(
            "Stockfish is not installed: it is neither on the PATH nor in /usr/games. Install it "
            "(Debian and Ubuntu: apt install stockfish; macOS: brew install stockfish), or name "
            "another engine with opponent='uci:/path/to/engine'."
        )
    return path


def _kill(pid: int, loop: asyncio.AbstractEventLoop, running: "_Running") -> None:
    if os.getpid() != pid:  # A fork inherits the object, not the right to end its parent's engine.
        return
    ended = asyncio.run_coroutine_threadsafe(running.stop(), loop)
    ended.add_done_callback(lambda _: loop.call_soon_threadsafe(loop.stop))
    if not _is_inside(loop):  # Garbage may be collected in any thread; that one cannot wait.
        with contextlib.suppress(Exception):
            ended.result(2 * GRACE)


def _is_inside(loop: asyncio.AbstractEventLoop) -> bool:
    try:
        return asyncio.get_running_loop() is loop
    except RuntimeError:
        return False


class _Running:
    """The process: everything here runs in the event loop's thread."""

    def __init__(self) -> None:
        self.transport: asyncio.SubprocessTransport | None = None
        self.protocol: chess.engine.UciProtocol | None = None

    async def start(self, path: str, options: dict[str, str | int]) -> None:
        self.transport, self.protocol = await chess.engine.UciProtocol.popen(
            path, setpgrp=True, stderr=subprocess.DEVNULL
        )
        await self.protocol.initialize()
        known = self.protocol.options
        await self.protocol.configure({key: options[key] for key in options if key in known})

    async def play(
        self, board: chess.Board, nodes: int, game: object
    ) -> chess.engine.PlayResult | None:
        if self.protocol is None:
            return None
        return await self.protocol.play(board, chess.engine.Limit(nodes=nodes), game=game)

    async def stop(self) -> None:
        if self.transport is None or self.protocol is None:
            return
        try:
            if not self.protocol.returncode.done():
                self._kill_group()
                # Closing asks for the exit status, and asyncio's watcher, which then misses it,
                # complains on stderr: it comes first.
                await asyncio.wait_for(asyncio.shield(self.protocol.returncode), GRACE)
        finally:
            self.transport.close()

    def _kill_group(self) -> None:
        assert self.transport is not None
        try:
            # The whole group, since an engine may be a script that starts the real one.
            os.killpg(self.transport.get_pid(), signal.SIGKILL)
        except (AttributeError, ProcessLookupError, PermissionError):  # Windows has no killpg.
            with contextlib.suppress(ProcessLookupError):
                self.transport.kill()


class UciEngine:
    """A UCI engine that plays with a fixed number of nodes, so that time does not matter.

    The process starts with the first move and ends with `close`, with garbage collection, with the
    interpreter, and with any failure.

    Args:
        path: The program.
        nodes: Nodes it may search for a move.
        timeout: Seconds it may take to start, and to move.
        options: UCI options; those the engine does not know are left out.
    """

    def __init__(self, path: str, nodes: int, timeout: float, **options: str | int) -> None:
        self.path, self.nodes, self.timeout = path, nodes, timeout
        self._options: dict[str, str | int] = {"Threads": 1, "Hash": 16, **options}
        self._running, self._pid = _Running(), os.getpid()
        self._stop: weakref.finalize[Any, Any] | None = None
        self._game: object = object()
        _check_program(path)

    def begin(self) -> None:
        """Begin a game: the engine forgets what it knew (``ucinewgame``)."""
        self._game = object()

    def __call__(self, board: chess.Board, rng: np.random.Generator) -> chess.Move:
        """The engine's move; ``rng`` is not used.

        Raises:
            OpponentError: It cannot be started, crashed, ran past its time, or gave no legal move.
        """
        result = self._guard(self._answer(board))
        if result is None or result.move is None or not board.is_legal(result.move):
            self.close()
            raise OpponentError(f"The engine {self.path} gave no legal move in {board.fen()}.")
        return result.move

    def close(self) -> None:
        """End the process, if there is one; a later move starts it again."""
        if self._stop is not None:
            self._stop()
            self._stop = None

    async def _answer(self, board: chess.Board) -> chess.engine.PlayResult | None:
        if self._running.protocol is None:
            await asyncio.wait_for(self._running.start(self.path, self._options), self.timeout)
        return await asyncio.wait_for(
            self._running.play(board, self.nodes, self._game), self.timeout
        )

    def _guard(self, work: Coroutine[Any, Any, T]) -> T:
        """Run work in the engine's thread; whatever goes wrong ends the process."""
        loop = self._loop()
        try:
            return asyncio.run_coroutine_threadsafe(work, loop).result(3 * self.timeout)
        except BaseException as error:
            self.close()
            if not isinstance(error, Exception):
                raise
            raise OpponentError(self._explain(error)) from error

    def _loop(self) -> asyncio.AbstractEventLoop:
        if self._stop is None or self._pid != os.getpid():
            self._running, self._pid = _Running(), os.getpid()
            self._thread_loop = asyncio.new_event_loop()
            # A daemon, so that a forgotten close() does not keep the interpreter alive.
            threading.Thread(target=_serve, args=(self._thread_loop,), daemon=True).start()
            self._stop = weakref.finalize(self, _kill, self._pid, self._thread_loop, self._running)
        return self._thread_loop

    def _explain(self, error: Exception) -> str:
        if isinstance(error, TimeoutError):
            return (
                f"The engine {self.path} did not answer within {self.timeout:g} seconds. Is it a "
                "UCI engine? A slow one needs a larger engine_timeout, or fewer nodes."
            )
        if isinstance(error, chess.engine.EngineTerminatedError):
            return f"The engine {self.path} ended without an answer. Is it a UCI engine?"
        if isinstance(error, OSError):
            return f"The engine {self.path} could not be started: {error.strerror}."
        return f"The engine {self.path} broke the UCI protocol: {error}."


def _serve(loop: asyncio.AbstractEventLoop) -> None:
    try:
        loop.run_forever()
    finally:
        loop.close()


def _check_program(path: str) -> None:
    if not Path(path).is_file():
        raise OpponentError(f"There is no engine at {path}: give the path of a UCI engine.")
    if not os.access(path, os.X_OK):
        raise OpponentError(f"The engine {path} is not executable (chmod +x makes it so).")
