"""One text adventure, played command by command through TextWorld's environment."""

import warnings
from pathlib import Path
from typing import Any

from . import adventure_words as words
from .adventure_logic import MOST_NODES, Guide, Logic, Node
from .adventure_making import textworld
from .adventure_rules import WHEREABOUTS, kind_of

_logics: dict[tuple[Path, int], Logic] = {}
"""The logics of games, by story and the time when its data were written, last used last."""


def logic_of(story: Path) -> Logic:
    """The logic of a game, which all environments of a process share.

    Args:
        story: The game's story file; TextWorld's data lie beside it.
    """
    data = story.with_suffix(".json")
    key = (story, data.stat().st_mtime_ns)
    known = _logics.pop(key, None)
    _logics[key] = known or Logic(textworld().Game.load(str(data)))
    while len(_logics) > 1 and sum(map(len, _logics.values())) > MOST_NODES:
        del _logics[next(iter(_logics))]
    return _logics[key]


class Story:
    """A running game: what it said last, what holds now, and which commands are possible.

    TextWorld can print the room and the inventory after every command, which costs more than the
    command. Here the room is read from the answer where the answer tells it (after a move), and
    otherwise both are asked for only when the world's facts have changed, and from a copy of
    the interpreter's state, so that asking takes no turn.

    Attributes:
        game: TextWorld's environment.
        news: What the last command brought about, in prose.
        room: The description of the present room.
        inventory: What the player carries, in prose.
        node: The present state of TextWorld's own logic.
        score: TextWorld's cumulative score.
        taken: The commands since the start.
    """

    def __init__(self, *, ask_room: bool = True, ask_inventory: bool = True) -> None:
        self.game: Any = None
        self._ask_room, self._ask_inventory = ask_room, ask_inventory
        self._path: Path | None = None

    def start(self, path: Path) -> None:
        """Begin a game from its first page."""
        self._load(path)
        state = self.game.reset()
        self.game._send("tw-trace-actions")
        self.node, self.taken = self.logic.root, list[str]()
        self._guide: Guide | None = None
        self._happened: list[Any] = []
        self.score, self.won, self.lost = 0, False, False
        self.news, self.room = "", words.split_answer(state.feedback)[1] or self._ask("look")
        self.inventory = self._ask("inventory") if self._ask_inventory else ""

    def _load(self, path: Path) -> None:
        self.logic = logic_of(path)
        if self.game is None:
            from .adventure_interpreter import start

            self.game = start()
        if path != self._path:
            # The wrappers of TextWorld look there before they read the game's data again.
            self.game.unwrapped._game = self.logic.game
            with warnings.catch_warnings():
                # The interpreter warns that it cannot score games that it does not know, as
                # TextWorld asks the games themselves.
                warnings.simplefilter("ignore")
                self.game.load(str(path))
        self._path = path

    def step(self, command: str) -> None:
        """Give the game a command."""
        state, _, _ = self.game.step(command)
        before = self.node
        for event in words.events(state.feedback):
            action, self.node = self.logic.after(self.node, event)
            self._happened += [] if action is None else [action]
        self.taken.append(command)
        self.score, self.won, self.lost = int(state.score), bool(state.won), bool(state.lost)
        self.news, room = words.split_answer(state.feedback)
        if not self.ended:
            self._look_around(before, room)

    def _look_around(self, before: Node, room: str) -> None:
        """Ask for what the change of the facts can have changed in the room and the inventory."""
        changed = [fact for fact in before.facts ^ self.node.facts if kind_of(fact) != WHEREABOUTS]
        things = {thing.name for fact in changed for thing in fact.arguments}
        if room or (self._ask_room and things - _carried(before)):
            self.room = room or self._ask("look")
        if self._ask_inventory and things & _carried(self.node):
            self.inventory = self._ask("inventory")

    def _ask(self, command: str) -> str:
        """What the game would answer to a command that is then undone."""
        interpreter = self.game.unwrapped._jericho
        state = interpreter.get_state()
        answer = interpreter.step(command)[0]
        interpreter.set_state(state)
        news, room = words.split_answer(answer)
        return room or news

    def plan(self) -> str | None:
        """The next command of TextWorld's plan, else of the walkthrough while on its path."""
        if self._guide is None:
            self._guide = Guide(self.logic.game)
        planned = self._guide.commands(self._happened)
        if planned:
            return planned[0]
        walkthrough = _doing(self.logic.game.metadata.get("walkthrough") or [])
        taken = _doing(self.taken)
        ahead = walkthrough[len(taken) :] if taken == walkthrough[: len(taken)] else []
        return ahead[0] if ahead else None

    @property
    def commands(self) -> list[str]:
        """What can be done, sorted."""
        return list(self.node.commands)

    @property
    def max_score(self) -> int:
        """The highest score that the game has."""
        return int(self.logic.game.max_score)

    @property
    def objective(self) -> str:
        """What is to be done, as the game says it, the way to it left out."""
        return self.logic.objective

    @property
    def ended(self) -> bool:
        """Whether the game is won or lost."""
        return self.won or self.lost

    def close(self) -> None:
        """Free the interpreter."""
        if self.game is not None:
            self.game.close()
        self.game, self._path = None, None


def _carried(node: Node) -> set[str]:
    """The names of all that the player carries, and of the inventory itself."""
    within = [fact.arguments for fact in node.kinds.get("in", ())]
    return {"I"} | {thing.name for thing, place in within if place.name == "I"}


def _doing(commands: list[str]) -> list[str]:
    return [command for command in commands if command not in ("look", "inventory")]
