"""One game of TextWorldExpress, played command by command."""

import json
from dataclasses import replace
from typing import Any

from .errors import InvalidArgument
from .simulator_machine import Simulator
from .simulator_story import TASK, TOLD, SimulatorStory

EXPRESS = Simulator(
    name="TextWorldExpress",
    package="textworld_express",
    extra="textworld-express",
    jar="textworld-express.jar",
    interface="textworldexpress.runtime.PythonInterface",
    shared=True,  # Each game has its own random numbers, and but for `UNSHARED` its own things.
)
UNSHARED = ("sorting",)
"""Games whose things are the same objects in all games of a machine: each needs its own."""
DOCUMENTS = ("read cookbook", "examine cookbook", "read map", "read math problem")
"""Commands whose answer stays true for the whole game."""
RANDOM_WALKS, WALKS = ("coin", "twc"), 16
"""Games whose solution by the simulator is a random walk that nothing seeds, and how many of them
are tried; the shortest counts."""


class ExpressStory(SimulatorStory):
    """A running game, in the terms of `adventure_story.Story`.

    Args:
        name: The simulator's name of the game.
        parameters: Its settings, as the simulator takes them.

    Attributes:
        document: What was read last from a book, map or sheet that does not change.
        objective: What is to be done, as the game says it.
    """

    def __init__(self, name: str, parameters: str) -> None:
        super().__init__(replace(EXPRESS, shared=name not in UNSHARED))
        self._name, self._parameters = name, parameters

    def choose(self, fold: str, seed: int) -> None:
        """Which game is begun next."""
        self._fold, self._seed = fold, seed

    def _restart(self) -> None:
        self.document = ""
        self._read(self._generate(self.game, gold=False))
        self.objective = str(self.machine.ask(self.game.getTaskDescription))

    def _generate(self, game: Any, gold: bool) -> dict[str, Any]:
        error = self.machine.ask(game.load, self._name, self._parameters)
        if error:
            raise InvalidArgument(f"parameters={self._parameters!r}: {str(error).strip()}")
        answer = self.machine.ask(game.generateNewGameJSON, self._seed, self._fold, gold)
        return dict(json.loads(answer))

    def _send(self, command: str) -> None:
        self._read(json.loads(self.machine.ask(self.game.stepJSON, command)))
        if command in DOCUMENTS:
            self.document = self.news

    def _read(self, answer: dict[str, Any]) -> None:
        self.room, self.inventory = answer["look"], answer["inventory"]
        told = answer["observation"]
        self.news = "" if told in (self.room, self.inventory) else told
        self.score = float(answer["score"])
        self.won, self.lost = answer["tasksuccess"], answer["taskfailure"]
        self.commands = sorted({*answer["validActions"]} - {TASK})

    def _gold(self) -> list[str]:
        tries = WALKS if self._name in RANDOM_WALKS else 1
        game = self.machine.new_game()
        return min((self._solve(game) for _ in range(tries)), key=lambda path: (len(path), path))

    def _solve(self, game: Any) -> list[str]:
        """The simulator's solution, without its detours where they were for nothing."""
        self._generate(game, gold=True)
        solution = self.machine.texts(self.machine.ask(game.getGoldActionSequence))
        answers = self._replay(game, solution)
        path, states = list[str](), [_state(answers[0])]
        for command, answer in zip(solution, answers[1:], strict=False):
            path.append(command)
            states.append(_state(answer))
            first = states.index(states[-1])
            del path[first:], states[first + 1 :]
        # A door that a detour opened may be needed later.
        solved = self._replay(game, path)[-1]["tasksuccess"]
        return path if solved else solution[: len(answers) - 1]

    def _replay(self, game: Any, commands: list[str]) -> list[dict[str, Any]]:
        """The first answer and those to the commands, until the game is solved."""
        answers = [self._generate(game, gold=False)]
        for command in commands:
            if answers[-1]["tasksuccess"]:
                break
            answers.append(json.loads(self.machine.ask(game.stepJSON, command)))
        return answers

    def _next(self) -> str | None:
        while self._ahead and self._ahead[0] in TOLD:
            del self._ahead[0]
        return self._ahead[0] if self._ahead else None


def _state(answer: dict[str, Any]) -> tuple[Any, ...]:
    return (answer["look"], answer["inventory"], answer["score"], set(answer["validActions"]))
