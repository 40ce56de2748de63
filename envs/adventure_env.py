"""Text adventures: TextWorld's games, told as statements."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any, ClassVar

from . import adventure_games as games
from . import adventure_words as words
from .adventure_heldout import HELDOUT
from .adventure_making import SMALL_HOUSE, Recipe, coin_collector
from .adventure_story import Story
from .adventure_wording import TRAIN, command_words
from .base import TextEnv
from .errors import InvalidArgument, choose

PARTS = ("last", "feedback", "room", "inventory")
"""What a page can hold below the goal."""
WORDINGS = {"train": TRAIN, "heldout": HELDOUT}


def check_parts(page: Sequence[str], parts: Sequence[str]) -> tuple[str, ...]:
    """The parts that a page is to hold, in the order in which they are told.

    Raises:
        InvalidArgument: One of them is not among ``parts``.
    """
    for part in [page] if isinstance(page, str) else page:
        choose("page", part, parts)
    return tuple(part for part in parts if part in page)


class AdventureEnv(TextEnv):
    """What the text adventures share: the page, the commands and the rewards of a `Story`.

    A subclass supplies ``_find_game()``, the path of the next game, and ``_goal()``, its goal line.
    One whose pages have further parts names them in ``parts`` and tells them in ``_told()``.
    """

    wordings = tuple(WORDINGS)
    parts: ClassVar[tuple[str, ...]] = PARTS

    def __init__(
        self,
        *,
        page: Sequence[str] | None = None,
        num_actions: int = 128,
        max_steps: int = 100,
        **common: Any,
    ) -> None:
        self._parts = self.parts if page is None else check_parts(page, self.parts)
        super().__init__(num_actions=num_actions, max_steps=max_steps, **common)
        self._wording = WORDINGS[self.wording]
        self._story = Story(
            ask_room="room" in self._parts, ask_inventory="inventory" in self._parts
        )

    def _find_game(self) -> Path:
        raise NotImplementedError

    def _goal(self) -> str:
        raise NotImplementedError

    def _start(self, options: dict[str, Any]) -> None:
        self._story.start(self._find_game())
        self.game = self._story.game

    def _statements(self) -> list[str]:
        lines = [line for part in self._parts for line in self._told(part)]
        return list(dict.fromkeys([self._goal(), *lines]))

    def _told(self, part: str) -> tuple[str, ...]:
        told = {
            "last": self._last,
            "feedback": self._feedback,
            "room": self._room,
            "inventory": self._inventory,
        }
        return told[part]()

    def _last(self) -> tuple[str, ...]:
        if not self._story.taken:
            return (self._wording.nothing_done,)
        command = command_words(self._story.taken[-1], self._wording)
        return words.sentences(self._wording.last.format(command=command))

    def _feedback(self) -> tuple[str, ...]:
        won, lost = (self._wording.won,), (self._wording.lost,)
        ending = won * self._story.won + lost * self._story.lost
        return words.retold(self._story.news, self._wording) + ending

    def _room(self) -> tuple[str, ...]:
        return () if self._story.ended else words.room_statements(self._story.room, self._wording)

    def _inventory(self) -> tuple[str, ...]:
        return () if self._story.ended else words.retold(self._story.inventory, self._wording)

    def _legal(self) -> dict[int, str]:
        if self._story.ended:
            return {}
        return {k: command_words(c, self._wording) for k, c in enumerate(self._commands())}

    def _commands(self) -> list[str]:
        told = {"look": "room", "inventory": "inventory"}
        return [command for command in self._story.commands if told.get(command) not in self._parts]

    def _play(self, action: int) -> tuple[float, bool]:
        before = self._story.score
        self._story.step(self._commands()[action])
        return float(self._story.score - before), self._story.ended

    def _result(self) -> tuple[bool, float]:
        most = self._story.max_score
        share = self._story.score / most if most else float(self._story.won)
        return self._story.won, min(max(share, 0.0), 1.0)

    def _index(self, command: str | None) -> int | None:
        commands = self._commands()
        return commands.index(command) if command in commands else None

    def close(self) -> None:
        """Free the interpreter; a later reset starts another."""
        self._story.close()
        self.game = None


class PoolEnv(AdventureEnv):
    """What the text adventures with a pool of games for each split share.

    Args:
        recipe: How the split's games are made.
        num_games: How many of them are played; by default all.
    """

    def __init__(self, *, recipe: Recipe, num_games: int | None = None, **common: Any) -> None:
        super().__init__(**common)
        self._recipe = recipe
        most = games.POOL_SIZES[self.split]
        self._num_games = most if num_games is None else num_games
        if not isinstance(self._num_games, int) or not 1 <= self._num_games <= most:
            raise InvalidArgument(
                f"num_games={num_games!r} must be a whole number from 1 to {most}, which is how "
                f"many games the split {self.split!r} has."
            )

    def _find_game(self) -> Path:
        index = int(self.np_random.integers(self._num_games))
        return games.find_game(self._recipe, games.pool_seed(self.split, index))

    def _goal(self) -> str:
        return words.goal_statement(self._story.objective, self._wording)

    def oracle_action(self) -> int | None:
        """The next command of TextWorld's own plan, or of the walkthrough while on its path."""
        return None if self._story.ended else self._index(self._story.plan())


class CoinCollectorEnv(PoolEnv):
    """Find the coin in a house of many rooms, and take it.

    Description:
        TextWorld's Coin Collector. The player walks from room to room; somewhere lies a coin.
        Up to level 100 a game is a chain of ``level`` rooms with the coin in the last one. From
        101 on every room of the chain also has a dead end, and the chain has ``level - 100``
        rooms. The map, the rooms' names and their descriptions differ from game to game.

    Observation:
        A goal; the last action; what it brought about, if that is more than the new room; the
        room's description with its exits, one sentence on each line; the inventory.

    Actions:
        ``Discrete(num_actions)``: index k is the k-th possible command in alphabetical order, e.g.
        ``go east`` or ``take coin``. ``look`` and ``inventory`` are left out where the page
        already tells what they would tell. ``examine coin`` changes nothing and stays.

    Rewards:
        The increase of the game's score at this step: 1 for taking the coin, else 0.

    Episode end:
        Terminates when the coin is taken; truncated after ``max_steps``. ``success`` means that
        the coin was taken, ``score`` is the game's score over its maximum (0 or 1).

    Arguments:
        level: Difficulty, 1 to 150 (default 5).
        num_games: How many games the split's pool has; by default 200 (train) or 50 (test), of
            which a smaller number uses the first. The pools are made from different seeds. A
            game takes about a second to make, once, and is kept on disk (``ALECTORS_CACHE``).
        page: Parts of the page below the goal: "last", "feedback", "room", "inventory".
        num_actions: Places for commands (default 128); more commands than that is an error.
        wording: ``"train"`` (default) or ``"heldout"``: other words of the actions and of what is
            told, but for the names of rooms and things.
        max_steps: Length of an episode; by default 10 for each room of the chain, at least 50.

    Version History:
        v0: first version (narration 1).
    """

    def __init__(self, *, level: int = 5, max_steps: int | None = None, **common: Any) -> None:
        recipe = coin_collector(level)
        chain = (level - 1) % 100 + 1
        longest = max(50, 10 * chain) if max_steps is None else max_steps
        super().__init__(recipe=recipe, max_steps=longest, **common)

    def _goal(self) -> str:
        return self._wording.coin

    def oracle_action(self) -> int | None:
        """The first step of a shortest way to the coin; None once the episode has ended."""
        story = self._story
        if story.ended:
            return None
        path = story.logic.shortest(
            story.node,
            is_goal=lambda node: "take coin" in node.commands,
            may_take=lambda command: command.startswith("go "),
        )
        return None if path is None else self._index(path[0] if path else "take coin")


class TextWorldEnv(AdventureEnv):
    """Any game that TextWorld has made.

    Description:
        A game file (``.z8``, with the ``.json`` that TextWorld wrote beside it) as an environment.

    Observation:
        A goal (the game's objective); the last action; what it brought about; the room's
        description with its exits, one sentence on each line; the inventory.

    Actions:
        ``Discrete(num_actions)``: index k is the k-th possible command in alphabetical order.
        ``look`` and ``inventory`` are left out where the page already tells what they would tell.

    Rewards:
        The increase of the game's score at this step.

    Episode end:
        Terminates when the game is won or lost; truncated after ``max_steps``. ``success`` means
        won, ``score`` is the game's score over its maximum.

    Arguments:
        game_file: The game. By default a small house with four rooms and a quest of four commands,
            made from a fixed seed: enough to try things out.
        page: Parts of the page below the goal: "last", "feedback", "room", "inventory".
        num_actions: Places for commands (default 128); more commands than that is an error.
        wording: ``"train"`` (default) or ``"heldout"``: other words of the actions and of what is
            told, but for the names of rooms and things.
        max_steps: Length of an episode (default 100).
        split: Void: there is one game.

    Version History:
        v0: first version (narration 1).
    """

    def __init__(self, *, game_file: str | None = None, **common: Any) -> None:
        super().__init__(**common)
        self._game_file = None if game_file is None else games.check_game_file(game_file)

    def _find_game(self) -> Path:
        return self._game_file or games.find_game(SMALL_HOUSE, 0)

    def _goal(self) -> str:
        return words.goal_statement(self._story.objective, self._wording)

    def oracle_action(self) -> int | None:
        """The next command of TextWorld's own plan, or of the walkthrough while on its path."""
        return None if self._story.ended else self._index(self._story.plan())
