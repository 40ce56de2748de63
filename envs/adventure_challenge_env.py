"""TextWorld's challenges as environments: Treasure Hunter, Cooking and the Simple Game."""

from typing import Any

from . import adventure_words as words
from .adventure_challenges import cooking, simple_game, treasure_hunter
from .adventure_env import PoolEnv


class TreasureHunterEnv(PoolEnv):
    """Find the one thing that the goal names, in a house where other things lie too, and take it.

    Description:
        TextWorld's Treasure Hunter. The goal names a thing and where it lies; another thing lies
        elsewhere, and taking that one loses the game. Levels 1 to 10 have 5 rooms without doors,
        11 to 20 have 10 rooms with closed doors and containers, 21 to 30 have 20 rooms whose
        doors and containers can also be locked, with the keys somewhere in the house. Within each
        ten the way to the treasure grows: from 1 to 5, from 2 to 10, and from 3 to 20 commands.

    Observation:
        A goal; the last action; what it brought about, if that is more than the new room; the
        room's description with its exits, one sentence on each line; the inventory.

    Actions:
        ``Discrete(num_actions)``: index k is the k-th possible command in alphabetical order, e.g.
        ``go east``, ``open gate`` or ``take coin from box``. ``look`` and ``inventory`` are left
        out where the page already tells what they would tell.

    Rewards:
        The increase of the game's score at this step: 1 for taking the right thing, else 0.

    Episode end:
        Terminates when one of the two things is taken; truncated after ``max_steps``. ``success``
        means that it was the right one, ``score`` is the game's score over its maximum (0 or 1).

    Arguments:
        level: Difficulty, 1 to 30 (default 5).
        num_games: How many games the split's pool has; by default 200 (train) or 50 (test), of
            which a smaller number uses the first. The pools are made from different seeds. A
            game takes about a second to make, some above level 10 ten seconds, and those above
            level 20 minutes: TextWorld searches for a quest of that length in map after map.
            Each is made once and kept on disk (``ALECTORS_CACHE``).
        page: Parts of the page below the goal: "last", "feedback", "room", "inventory".
        num_actions: Places for commands (default 128); more commands than that is an error.
        wording: ``"train"`` (default) or ``"heldout"``: other words of the actions and of what is
            told, but for the names of rooms and things.
        max_steps: Length of an episode; by default 50, 100 or 200, as the rooms are 5, 10 or 20.

    Version History:
        v0: first version (narration 1).
    """

    def __init__(self, *, level: int = 5, max_steps: int | None = None, **common: Any) -> None:
        recipe = treasure_hunter(level)
        longest = (50, 100, 200)[(level - 1) // 10] if max_steps is None else max_steps
        super().__init__(recipe=recipe, max_steps=longest, **common)


class CookingEnv(PoolEnv):
    """Read the recipe in the kitchen, gather and prepare the ingredients, and eat the meal.

    Description:
        TextWorld's cooking game, of the First TextWorld Problems competition. The cookbook in the
        kitchen names the ingredients and what is to be done to each: cut with the knife (chop,
        slice, dice), cook (fry on the stove, roast in the oven, grill on the BBQ). Wrong cutting
        or cooking, or cooking twice, loses the game. At last the meal is prepared in the kitchen,
        and eaten. The levels have the settings of the games that came with GATA (Adhikari et al.
        2020, arXiv:2002.09127), which TALES plays too; doors and containers begin closed:

        ===== =========== ===== === ==== ==========
        level ingredients rooms cut cook max. score
        ===== =========== ===== === ==== ==========
        1     1           1     no  no   3
        2     1           1     no  yes  4
        3     1           1     yes no   4
        4     1           6     no  no   3
        5     1           9     no  no   3
        6     1           12    no  no   3
        7     1           1     yes yes  5
        8     3           6     no  no   5
        9     3           6     yes yes  11
        10    3           12    yes yes  11
        ===== =========== ===== === ==== ==========

        The games themselves are other ones, made here. ``split="train"`` and ``"test"`` are
        TextWorld's own: test games ask for foods that training never shows, and for known foods
        prepared in ways that training never asks for.

    Observation:
        A goal; the last action; what it brought about, if that is more than the new room; the
        recipe, once it has been read; the room's description with its exits, one sentence on each
        line; the inventory.

    Actions:
        ``Discrete(num_actions)``: index k is the k-th possible command in alphabetical order, e.g.
        ``cook carrot with stove``. ``look`` and ``inventory`` are left out where the page already
        tells what they would tell.

    Rewards:
        The increase of the game's score at this step: 1 for each ingredient taken, each cut and
        each cooking done as the recipe says, for preparing the meal, and for eating it.

    Episode end:
        Terminates when the meal is eaten or can no longer be made; truncated after ``max_steps``.
        ``success`` means eaten, ``score`` is the game's score over its maximum.

    Arguments:
        level: Difficulty, 1 to 10 (default 1).
        num_games: How many games the split's pool has; by default 200 (train) or 50 (test), of
            which a smaller number uses the first. The pools are made from different seeds. A
            game takes a second or two to make, once, and is kept on disk (``ALECTORS_CACHE``).
        page: Parts of the page below the goal: "last", "feedback", "recipe", "room", "inventory".
            Without "recipe" it stands there only while the cookbook is read, as in GATA.
        num_actions: Places for commands (default 128); more commands than that is an error.
        wording: ``"train"`` (default) or ``"heldout"``: other words of the actions and of what is
            told, but for the names of rooms and things.
        max_steps: Length of an episode (default 100).

    Version History:
        v0: first version (narration 1).
    """

    parts = ("last", "feedback", "recipe", "room", "inventory")

    def __init__(self, *, level: int = 1, split: str = "train", **common: Any) -> None:
        super().__init__(recipe=cooking(level, split), split=split, **common)
        self._recipe_told: tuple[str, ...] = ()

    def _start(self, options: dict[str, Any]) -> None:
        super()._start(options)
        self._recipe_told = ()

    def _play(self, action: int) -> tuple[float, bool]:
        command = self._commands()[action]
        played = super()._play(action)
        if command == "examine cookbook":
            self._recipe_told = words.retold(self._story.news, self._wording)
        return played

    def _told(self, part: str) -> tuple[str, ...]:
        return self._recipe_told if part == "recipe" else super()._told(part)


class SimpleGameEnv(PoolEnv):
    """Leave a locked bedroom, find the food that the goal names, and put it on the stove.

    Description:
        TextWorld's Simple Game: a house of six rooms that is always laid out alike. The bedroom is
        locked, and its key lies in one of two pieces of furniture. The goal names the food that
        dinner is missing. Which food that is, where each food lies, where the key is and how the
        house is described differ from game to game. Eating the food loses the game.
        ``split="test"`` asks for foods that training never shows (TextWorld's own test foods).

    Observation:
        A goal; the last action; what it brought about, if that is more than the new room; the
        room's description with its exits, one sentence on each line; the inventory.

    Actions:
        ``Discrete(num_actions)``: index k is the k-th possible command in alphabetical order, e.g.
        ``unlock wooden door with old key``. ``look`` and ``inventory`` are left out where the page
        already tells what they would tell.

    Rewards:
        The increase of the game's score at this step. "sparse": 1 for the food on the stove.
        "balanced": also 1 for leaving the bedroom, opening the screen door (where the food is
        behind it), and taking the food. "dense": also 1 for finding and taking the key, unlocking
        and opening the door, and for each room on the way to the food.

    Episode end:
        Terminates when the food is on the stove or eaten; truncated after ``max_steps``.
        ``success`` means on the stove, ``score`` is the game's score over its maximum.

    Arguments:
        rewards: "dense" (default), "balanced" or "sparse".
        num_games: How many games the split's pool has; by default 200 (train) or 50 (test), of
            which a smaller number uses the first. The pools are made from different seeds. A
            game takes about a second to make, once, and is kept on disk (``ALECTORS_CACHE``).
        page: Parts of the page below the goal: "last", "feedback", "room", "inventory".
        num_actions: Places for commands (default 128); more commands than that is an error.
        wording: ``"train"`` (default) or ``"heldout"``: other words of the actions and of what is
            told, but for the names of rooms and things.
        max_steps: Length of an episode (default 100).

    Version History:
        v0: first version (narration 1).
    """

    def __init__(self, *, rewards: str = "dense", split: str = "train", **common: Any) -> None:
        super().__init__(recipe=simple_game(rewards, split), split=split, **common)
