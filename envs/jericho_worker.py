"""The Z-machine interpreter in a process of its own: a request a line, an answer a line, in JSON.

This file is run as a script, so that starting it imports nothing of alectors.
"""

import json
import os
import signal
import sys
import warnings
from typing import Any

import numpy as np
import numpy.typing as npt

Table = npt.NDArray[np.uint8]


def object_rows(memory: Table) -> tuple[int, int, int]:
    """Where the Z-machine's objects stand, which are the world: where each is, its attributes.

    The Z-Machine Standards Document 1.1, section 12: a row is attributes, parent, sibling, child
    and the address of properties; the first properties follow the last row.

    Args:
        memory: Dynamic memory, uint8[bytes].

    Returns:
        The first byte, the byte after the last, and the bytes of a row: 9 up to version 3, else 14.
    """
    defaults, width = (62, 9) if memory[0] <= 3 else (126, 14)
    start = int(memory[0x0A]) * 256 + int(memory[0x0B]) + defaults
    end, row = len(memory), start
    while row + width <= end:
        properties = int(memory[row + width - 2]) * 256 + int(memory[row + width - 1])
        end = min(end, properties) if properties > row else end
        row += width
    return start, row, width


class Machine:
    """A story that is being played by jericho's interpreter."""

    def __init__(self, rom: str) -> None:
        import jericho

        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # It warns that it cannot score unlisted games.
            self.env = jericho.FrotzEnv(rom)
        self.listed = bool(self.env.is_fully_supported)

    def start(self, seed: int) -> str:
        """Begin anew; a seed of 0 is 0, where jericho would take the walkthrough's."""
        self.env._seed = seed
        text = str(self.env.reset()[0])
        self._first, self._end, self._width = object_rows(self.env._get_ram())
        self._noise = np.zeros(self._width, dtype=np.uint8)
        return text

    def _objects(self) -> Table:
        memory: Table = self.env._get_ram()
        return memory[self._first : self._end].reshape(-1, self._width)

    def world(self) -> bytes:
        """The objects, without the attributes that merely looking has been seen to change."""
        return (self._objects() & ~self._noise).tobytes()

    def ask(self, commands: list[str]) -> list[str]:
        """The answers to commands that are undone, each from the present state."""
        state = self.env.get_state()
        answers = []
        for command in commands:
            answers.append(str(self.env.step(command)[0]))
            self._restore(state)
        return answers

    def look(self, commands: list[str]) -> list[str]:
        """`ask` of commands that only look, which shows what attributes looking changes."""
        before, state = self._objects(), self.env.get_state()
        attributes = 4 if self._width == 9 else 6
        answers = []
        for command in commands:
            answers.append(str(self.env.step(command)[0]))
            changed = np.bitwise_or.reduce(before ^ self._objects(), axis=0)
            self._noise[:attributes] |= changed[:attributes]
            self._restore(state)
        return answers

    def known(self, commands: list[str]) -> list[str]:
        """Those of the commands whose nouns the game knows and finds here."""
        from jericho.util import recognized

        answers = self.ask(commands)
        return [
            command
            for command, answer in zip(commands, answers, strict=True)
            if recognized(" ".join(answer.split()))
        ]

    def changing(self, commands: list[str]) -> list[str]:
        """The first command for each state of the world that some of them lead to."""
        state = self.env.get_state()
        worlds = {self.world(), self._after("wait", state)}
        found = []
        for command in commands:
            outcome = self._after(command, state)
            if outcome not in worlds:
                worlds.add(outcome)
                found.append(command)
        return found

    def _after(self, command: str, state: Any) -> bytes:
        self.env.step(command)
        world = self.world()
        self._restore(state)
        return world

    def _restore(self, state: Any) -> None:
        if self.env._emulator_halted():
            self.env.reset()
        self.env.set_state(state)

    def report(self) -> dict[str, Any]:
        """What jericho knows of the state: of listed games all, of others whether they run."""
        told: dict[str, Any] = {"halted": bool(self.env._emulator_halted()), "listed": self.listed}
        if self.listed:
            told["score"], told["max_score"] = self.env.get_score(), self.env.get_max_score()
            told["won"], told["lost"] = self.env.victory(), self.env.game_over()
        return told

    def vocabulary(self) -> dict[str, bool]:
        """The words that the game knows, and whether each can be part of a thing's name."""
        return {
            str(entry.word): bool(entry.is_noun or entry.is_adj)
            for entry in self.env.get_dictionary()
        }


class Server:
    """Answers requests; one story at a time."""

    def __init__(self) -> None:
        self.machine: Machine | None = None

    def answer(self, request: dict[str, Any]) -> dict[str, Any]:
        """The answer to a request: ``do`` names it, the other keys are its arguments."""
        do = request["do"]
        if do == "load":
            self.machine = Machine(request["rom"])
            return {"words": self.machine.vocabulary()}
        machine = self.machine
        assert machine is not None
        if do == "start":
            return {"text": machine.start(request["seed"]), **machine.report()}
        if do == "play":
            return {"text": str(machine.env.step(request["command"])[0]), **machine.report()}
        return {"found": getattr(machine, do)(request["commands"])}


def serve() -> None:
    """Answer the requests on standard input until it ends."""
    answers = os.fdopen(os.dup(1), "w", encoding="ascii")
    os.dup2(os.open(os.devnull, os.O_WRONLY), 1)  # The interpreter in C prints there now and then.
    server = Server()
    for line in sys.stdin:
        request = json.loads(line)
        signal.alarm(request.pop("seconds"))  # Ends this process even where nobody else does.
        answer = server.answer(request)
        signal.alarm(0)
        answers.write(json.dumps(answer) + "\n")
        answers.flush()


if __name__ == "__main__":
    serve()
