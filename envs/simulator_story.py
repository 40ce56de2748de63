"""What games of simulators share: beginning, the next command of the gold path, closing."""

from typing import Any

from .simulator_machine import Machine, Simulator, start_machine

TASK = "task"
"""The command that tells the goal, which is on the page in any case: it is never offered."""
TOLD = ("look around", "inventory", TASK)
"""Commands of solutions whose answer is on the page."""


class SimulatorStory:
    """A running game of a simulator, in the terms of `adventure_story.Story`.

    A subclass supplies ``_restart()``, which begins the game anew; ``_send(command)``, which plays
    a command; ``_gold()``, the simulator's own solution; and ``_next()``, what the first command
    ahead of that solution is called here.

    Args:
        simulator: Which one.

    Attributes:
        game: The simulator's own interface, a Java object.
        news: What the last command brought about, in prose.
        room: The description of the present place.
        inventory: What the player carries, in prose.
        commands: What can be done, sorted.
        score: The simulator's score: 1 is all, and a failed task brings it to -1 in most games.
        taken: The commands since the start.
        objective: What is to be done, as the game says it.
    """

    max_score = 1
    objective = ""

    def __init__(self, simulator: Simulator) -> None:
        self.game: Any = None
        self._simulator = simulator
        self._machine: Machine | None = None

    def start(self) -> None:
        """Begin the game from its first page."""
        self.open()
        self.taken = list[str]()
        self._ahead: list[str] | None = None
        self._begin()

    def open(self) -> None:
        """Start the machine, unless it runs."""
        if self._machine is None or not self._machine.runs:
            self._machine = start_machine(self._simulator)
            self.game = self._machine.new_game()

    def _begin(self) -> None:
        self.score, self.won, self.lost = 0.0, False, False
        self.news, self.room, self.inventory = "", "", ""
        self.commands = list[str]()
        self._restart()

    @property
    def machine(self) -> Machine:
        """The machine that the game runs in."""
        assert self._machine is not None
        return self._machine

    @property
    def ended(self) -> bool:
        """Whether the game is won or lost."""
        return self.won or self.lost

    def step(self, command: str) -> None:
        """Give the game a command."""
        self._follow(command)
        self.taken.append(command)
        self._send(command)

    def plan(self) -> str | None:
        """The next command of the simulator's solution while on its path, else None."""
        if self._ahead is None:
            taken, self.taken = self.taken, []
            self._ahead = self._gold()
            self._begin()
            for command in taken:
                self.step(command)
        return self._next()

    def _follow(self, command: str) -> None:
        if self._ahead and self._next() == command:
            self._advance()
        elif self._ahead:
            self._ahead = []

    def _advance(self) -> None:
        assert self._ahead
        del self._ahead[0]

    def _next(self) -> str | None:
        raise NotImplementedError

    def _restart(self) -> None:
        raise NotImplementedError

    def _send(self, command: str) -> None:
        raise NotImplementedError

    def _gold(self) -> list[str]:
        raise NotImplementedError

    def close(self) -> None:
        """Leave the machine, which ends with its last game."""
        self.game = self._machine = None
