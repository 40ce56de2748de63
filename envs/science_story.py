"""One task of ScienceWorld, played command by command."""

import json
from collections.abc import Iterable
from typing import Any

from . import science_gold, science_words
from .simulator_machine import Simulator
from .simulator_story import TASK, TOLD, SimulatorStory

SCIENCE = Simulator(
    name="ScienceWorld",
    package="scienceworld",
    extra="scienceworld",
    jar="scienceworld.jar",
    interface="scienceworld.runtime.pythonapi.PythonInterface",
)
"""Random numbers, simplifications and names of things are global in it: one game to a machine."""
NO_WIRES = "noElectricalAction"
UNDONE = ("reset task", TASK)
"""Commands that are never offered: the goal is always told, and a reset is the user's."""


class ScienceStory(SimulatorStory):
    """A running game, in the terms of `adventure_story.Story`.

    Args:
        task: The simulator's name of the task.
        simplifications: Of the simulator.
        every: Whether `commands` holds all that the simulator calls valid.

    Attributes:
        objective: What is to be done, as the task says it.
    """

    def __init__(self, task: str, simplifications: Iterable[str], every: bool) -> None:
        super().__init__(SCIENCE)
        self._task, self._every = task, every
        self._simplifications = ",".join(simplifications)
        self._variations: dict[str, list[int]] = {}
        self.variation = 0

    def variations(self, fold: str) -> list[int]:
        """The simulator's own numbers of the games of a fold."""
        if not self._variations:
            self.open()
            self._load(0, gold=False)
            lists = {
                "train": self.game.getVariationsTrain,
                "dev": self.game.getVariationsDev,
                "test": self.game.getVariationsTest,
            }
            ask = self.machine.ask
            self._variations = {
                name: json.loads(ask(ask(get).toString)) for name, get in lists.items()
            }
        return self._variations[fold]

    def _load(self, variation: int, gold: bool) -> None:
        self.machine.ask(self.game.load, self._task, variation, self._simplifications, gold)

    def _restart(self) -> None:
        self._load(self.variation, gold=False)
        self.objective = str(self.machine.ask(self.game.getTaskDescription))
        self._look("")

    def _send(self, command: str) -> None:
        answer = self.machine.ask(self.game.step, command)
        self.score = round(float(self.machine.ask(self.game.getScore)), 2)
        completed = self.machine.ask(self.game.getCompleted)
        self.won = completed and self.score >= 1
        self.lost = not self.won and (completed or self.score < 0)
        self._look(answer)

    def _look(self, answer: str) -> None:
        ask = self.machine.ask
        room, inventory = ask(self.game.freeActionLook), ask(self.game.freeActionInventory)
        self.news = "" if answer in (room, inventory) else science_words.prose(answer)
        self.room, self.inventory = science_words.prose(room), science_words.prose(inventory)
        valid = self._list_valid()
        offered = sorted(set(valid).difference(UNDONE))
        self.commands = offered if self._every else science_words.without_shortcuts(offered)

    def _gold(self) -> list[str]:
        self._load(self.variation, gold=True)
        self._planned: tuple[int, str | None] = (-1, None)
        return self.machine.texts(self.machine.ask(self.game.getGoldActionSequence))

    def _next(self) -> str | None:
        if self._planned[0] != len(self.taken):
            self._planned = len(self.taken), self._find_next()
        return self._planned[1]

    def _find_next(self) -> str | None:
        """Sets ``_detour`` too: whether the command only prepares the next one of the solution."""
        valid: list[science_gold.Valid] = []
        while self._ahead:
            command, self._detour = self._ahead[0], False
            if command in TOLD:
                del self._ahead[0]
                continue
            if found := science_gold.exactly(command, self.commands):
                return found
            valid = valid or self._named()
            if found := science_gold.same(command, valid):
                return found
            if found := self._detour_to(command, valid):
                self._detour = True
                return found
            if not science_gold.is_needless(command):
                break
            del self._ahead[0]
        self._ahead = []
        return None

    def _detour_to(self, command: str, valid: list[science_gold.Valid]) -> str | None:
        if self.commands[0] == "0":  # A choice that the solution, in other words, had not to make.
            return "0"
        return science_gold.pick_up(command, valid)

    def _advance(self) -> None:
        if not self._detour:
            super()._advance()

    def _list_valid(self) -> list[str]:
        # The simulator draws random numbers to tell things apart by name: each list is asked for
        # once, and the oracle reads the one that tells more.
        ask, self._told = self.machine.ask, list[dict[str, Any]]()
        if not self._ahead:
            return self.machine.texts(ask(self.game.getValidActionObjectCombinations))
        self._told = json.loads(ask(self.game.getValidActionObjectCombinationsJSON))["validActions"]
        return [each["action"] for each in self._told]

    def _named(self) -> list[science_gold.Valid]:
        """The present commands and what their things can be called."""
        offered = set(self.commands)
        known = json.loads(self.machine.ask(self.game.getAllObjectIdsTypesReferentsLUTJSON))
        return [
            science_gold.Valid(
                each["action"],
                tuple(
                    tuple(known[str(k)]["referents"]) for k in each["obj_ids"] if str(k) in known
                ),
            )
            for each in self._told
            if each["action"] in offered
        ]
