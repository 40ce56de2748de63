"""Simulators that run on Java: a virtual machine that never outlives whoever uses it."""

import importlib.util
import os
import shutil
import subprocess
import weakref
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from .errors import InterpreterError, MissingDependency

JAVA = "java"
OPTIONS = (
    "-XX:+UseSerialGC",
    # The order of Java's sets follows hash codes that differ from run to run, and what ScienceWorld
    # calls things follows that order. With one hash code for all it is the order of insertion.
    *("-XX:+UnlockExperimentalVMOptions", "-XX:+IgnoreUnrecognizedVMOptions", "-XX:hashCode=2"),
)
SECONDS = 300.0
"""How long the machine may take for one answer; the slowest known one takes about 10 s."""


@dataclass(frozen=True)
class Simulator:
    """A simulator that a Python package brings as a jar."""

    name: str
    """As its users call it."""
    package: str
    """The Python package that holds the jar."""
    extra: str
    """The extra of alectors that installs the package."""
    jar: str
    """The jar's name inside the package."""
    interface: str
    """The Java class that plays one game."""
    shared: bool = False
    """Whether several games can be played in one machine without touching each other."""


class Machine:
    """A Java virtual machine with a simulator in it.

    It ends with `stop`, with garbage collection and with the Python interpreter; should that one
    be killed, the machine's standard input closes, on which it ends by itself.

    Args:
        simulator: What runs in it.

    Raises:
        MissingDependency: The package or Java is not installed.
        InterpreterError: Java does not start.
    """

    def __init__(self, simulator: Simulator) -> None:
        self._name = simulator.name
        folder, java = _folder(simulator), _java(simulator)
        from py4j.java_gateway import GatewayParameters, JavaGateway

        self._pid, self._process = os.getpid(), _launch(java, folder / simulator.jar)
        self.stop = weakref.finalize(self, _kill, self._pid, self._process, None)
        try:
            port, token = (self._line() for _ in range(2))
            settings = GatewayParameters(port=int(port), auth_token=token, read_timeout=SECONDS)
        except ValueError as error:
            self.stop()
            raise InterpreterError(
                f"Java did not start {simulator.name}: `{java} -version` should tell a version of "
                "at least 8."
            ) from error
        self._gateway = JavaGateway(gateway_parameters=settings)
        self.stop.detach()
        self.stop = weakref.finalize(self, _kill, self._pid, self._process, self._gateway)
        self._interface = simulator.interface
        self.ask(self._silence)

    def _line(self) -> str:
        assert self._process.stdout is not None
        return self._process.stdout.readline().decode().strip()

    def _silence(self) -> None:
        # Simulators print at every step, and nobody would empty the pipe.
        jvm = self._gateway.jvm
        jvm.java.lang.System.setOut(jvm.java.io.PrintStream(os.devnull))

    @property
    def runs(self) -> bool:
        """Whether it can be asked; in a fork it cannot, since it belongs to the parent."""
        return self.stop.alive and self._pid == os.getpid() and self._process.poll() is None

    def new_game(self) -> Any:
        """A fresh object of the simulator's interface."""
        interface: Any = self._gateway.jvm
        for name in self._interface.split("."):
            interface = getattr(interface, name)
        return self.ask(interface)

    def texts(self, listed: Any) -> list[str]:
        """A Java list of strings, fetched at once: one by one, each costs a request."""
        joined = self.ask(self._gateway.jvm.java.lang.String.join, "|", listed)
        return joined.split("|") if joined else []

    def ask(self, method: Callable[..., Any], *arguments: Any) -> Any:
        """Call a method of an object in the machine.

        Raises:
            InterpreterError: The machine has ended, does not answer, or the simulator failed.
        """
        from py4j.protocol import Py4JError, Py4JJavaError

        try:
            if not self.runs:
                raise EOFError
            return method(*arguments)
        except (Py4JError, OSError, EOFError) as error:
            if not isinstance(error, Py4JJavaError):  # That one is the game's, not the machine's.
                self.stop()
            played = f" at {arguments!r}" if arguments else ""
            raise InterpreterError(
                f"{self._name} ended or failed{played}: reset the environment to begin a new game."
            ) from error


_SHARED: "weakref.WeakValueDictionary[tuple[int, str], Machine]" = weakref.WeakValueDictionary()


def start_machine(simulator: Simulator) -> Machine:
    """A running machine: where games can share one, that of this process, else a new one."""
    if not simulator.shared:
        return Machine(simulator)
    machine = _SHARED.get((os.getpid(), simulator.name))
    if machine is None or not machine.runs:
        _SHARED[os.getpid(), simulator.name] = machine = Machine(simulator)
    return machine


def _folder(simulator: Simulator) -> Path:
    found = [importlib.util.find_spec(name) for name in (simulator.package, "py4j")]
    if found[0] is None or found[1] is None or found[0].origin is None:
        raise MissingDependency(
            f"{simulator.name} is an optional simulator that is not installed: install it with "
            f'`pip install "alectors[{simulator.extra}]"`.'
        )
    return Path(found[0].origin).parent


def _java(simulator: Simulator) -> str:
    found = shutil.which(JAVA)
    if found is None:
        raise MissingDependency(
            f"{simulator.name} runs on Java, and there is no `java` on the PATH: install it with "
            "`apt-get install default-jre-headless` (or from https://adoptium.net)."
        )
    return found


def _launch(java: str, jar: Path) -> "subprocess.Popen[bytes]":
    from py4j.java_gateway import find_jar_path

    classpath = os.pathsep.join((os.path.abspath(find_jar_path()), str(jar)))
    server = ("py4j.GatewayServer", "--die-on-broken-pipe", "--enable-auth", "0")
    return subprocess.Popen(
        [java, *OPTIONS, "-classpath", classpath, *server],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        cwd=jar.parent,
        # Ctrl-C in the terminal is for whoever plays.
        process_group=0,
    )


def _kill(pid: int, process: "subprocess.Popen[bytes]", gateway: Any) -> None:
    if os.getpid() != pid:  # A fork inherits the object, not the right to end its parent's process.
        return
    process.kill()
    process.wait()
    for pipe in (process.stdin, process.stdout):
        if pipe is not None:
            with suppress(OSError):
                pipe.close()
    if gateway is not None:
        # Objects of the machine that are still known here would ask it to forget them.
        gateway._gateway_client.is_connected = False
        gateway.close()
