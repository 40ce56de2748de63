"""The interpreter's process, seen from the environment: its crash or hang is an error here."""

import importlib.util
import json
import math
import os
import select
import signal
import subprocess
import sys
import time
import weakref
from contextlib import suppress
from pathlib import Path
from typing import Any

from .errors import InterpreterError, MissingDependency

WORKER = Path(__file__).with_name("jericho_worker.py")


def _kill(pid: int, process: "subprocess.Popen[bytes]") -> None:
    if os.getpid() != pid:  # A fork inherits the object, not the right to end its parent's process.
        return
    with suppress(ProcessLookupError, PermissionError):
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()
    for pipe in (process.stdin, process.stdout):
        if pipe is not None:
            with suppress(OSError):
                pipe.close()


class Interpreter:
    """A Z-machine interpreter in a process of its own, which never outlives this object.

    The process starts with `load` and ends with `close`, with garbage collection, with the Python
    interpreter, and with any failure.

    Args:
        seconds: What it may take for the requests between two calls of `begin`.
    """

    def __init__(self, seconds: float) -> None:
        self.seconds = seconds
        self.words: dict[str, bool] = {}
        self._rom: Path | None = None
        self._process: subprocess.Popen[bytes] | None = None
        self._stop: weakref.finalize[Any, Any] | None = None
        self._pid = os.getpid()
        self._read = b""
        self.begin()

    def begin(self) -> None:
        """Let the time limit begin anew."""
        self._deadline = time.monotonic() + self.seconds

    def load(self, rom: Path) -> None:
        """Load a story file, unless it is loaded.

        Raises:
            MissingDependency: jericho is not installed.
            InterpreterError: The interpreter ended or did not answer in time.
        """
        if self._process is not None and self._pid == os.getpid() and self._rom == rom:
            return
        self.close()
        if importlib.util.find_spec("jericho") is None:
            raise MissingDependency(
                "Z-machine games need the package jericho, which exists for Linux and macOS only: "
                "install it with `pip install jericho` (on Windows, inside WSL)."
            )
        self._process, self._pid = self._start(), os.getpid()
        self._stop = weakref.finalize(self, _kill, self._pid, self._process)
        self._rom = rom
        self.words = self.request("load", rom=str(rom))["words"]

    def _start(self) -> "subprocess.Popen[bytes]":
        return subprocess.Popen(
            # -P: the modules beside the script are no top-level modules.
            [sys.executable, "-P", str(WORKER)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            # Ctrl-C in the terminal is for whoever plays.
            process_group=0,
        )

    def request(self, do: str, **arguments: Any) -> dict[str, Any]:
        """Ask the process.

        Args:
            do: What: a method of the worker's ``Machine``, or "load", "start" or "play".
            arguments: For it.

        Returns:
            The answer.

        Raises:
            InterpreterError: The process has ended, or does not answer in time.
        """
        left = self._deadline - time.monotonic()
        message = {"do": do, "seconds": max(1, math.ceil(left)) + 1, **arguments}
        try:
            if self._process is None or self._pid != os.getpid():  # Never loaded, or in a fork.
                raise EOFError
            assert self._process.stdin is not None
            self._process.stdin.write(json.dumps(message).encode() + b"\n")
            self._process.stdin.flush()
            answer: dict[str, Any] = json.loads(self._line())
        except BaseException as error:
            played = arguments.get("command", "")
            status = self.close()
            if not isinstance(error, Exception):
                raise
            raise InterpreterError(self._explain(error, played, status)) from error
        return answer

    def _line(self) -> bytes:
        assert self._process is not None
        assert self._process.stdout is not None
        descriptor = self._process.stdout.fileno()
        ready = select.poll()
        ready.register(descriptor, select.POLLIN)
        while b"\n" not in self._read:
            left = self._deadline - time.monotonic()
            if left <= 0 or not ready.poll(1000 * left):
                raise TimeoutError
            some = os.read(descriptor, 1 << 16)
            if not some:
                raise EOFError
            self._read += some
        line, _, self._read = self._read.partition(b"\n")
        return line

    def _explain(self, error: Exception, played: str, status: int | None) -> str:
        doing = f"while it played {played!r} in {self._rom}" if played else f"with {self._rom}"
        if isinstance(error, TimeoutError):
            return (
                f"The interpreter did not answer within {self.seconds:g} seconds {doing}: make "
                "the environment with a larger time_limit, or reset it to begin a new game."
            )
        return (
            f"The interpreter ended {doing} (exit status {status}): reset the environment to begin "
            "a new game; if that fails too, the story file is damaged or not supported by jericho."
        )

    def close(self) -> int | None:
        """End the process, if there is one; a later `load` starts another.

        Returns:
            Its exit status, where it had ended by itself.
        """
        process, self._process, self._read = self._process, None, b""
        if process is None or self._stop is None:
            return None
        status = process.poll()
        self._stop()
        self._stop = None
        return status
