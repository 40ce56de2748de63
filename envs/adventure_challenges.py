"""The recipes of TextWorld's other challenges: Treasure Hunter, Cooking and the Simple Game."""

from dataclasses import asdict, dataclass
from typing import Any

from .adventure_making import Recipe, check_level, walkthrough_by_logic
from .errors import InvalidArgument, choose

TREASURE_LEVELS = 30
SEARCH_STEPS = 400
"""Commands tried after which the search for a quest from one room is given up: most searches try 10
to 100, and a few would not end within hours."""

ATTEMPTS = 100
REWARDS = ("dense", "balanced", "sparse")
"""How often the Simple Game gives a point."""


@dataclass(frozen=True)
class Kitchen:
    """The settings of a level of the cooking game, in TextWorld's names."""

    recipe: int = 1
    """Ingredients of the recipe."""
    take: int = 1
    """Ingredients that the player does not carry at the start."""
    go: int = 1
    """Rooms."""
    cook: bool = False
    """Whether ingredients have to be fried, roasted or grilled."""
    cut: bool = False
    """Whether ingredients have to be chopped, sliced or diced."""
    open: bool = True
    """Whether doors and containers are closed at the start."""


KITCHENS = (
    Kitchen(),
    Kitchen(cook=True),
    Kitchen(cut=True),
    Kitchen(go=6),
    Kitchen(go=9),
    Kitchen(go=12),
    Kitchen(cook=True, cut=True),
    Kitchen(recipe=3, take=3, go=6),
    Kitchen(recipe=3, take=3, go=6, cook=True, cut=True),
    Kitchen(recipe=3, take=3, go=12, cook=True, cut=True),
)
"""The levels of Cooking, the first of them level 1: those of the games that came with GATA
(Adhikari et al. 2020, https://github.com/xingdi-eric-yuan/GATA-public, `rl.0.2`), which TALES plays
too."""


def treasure_hunter(level: int) -> Recipe:
    """TextWorld's Treasure Hunter at a level.

    Raises:
        InvalidArgument: There is no such level.
    """
    check_level(level, TREASURE_LEVELS)
    return Recipe(
        f"treasure-hunter-l{level}", lambda options: _make_treasure_hunter(level, options)
    )


def _make_treasure_hunter(level: int, options: Any) -> Any:
    from textworld.challenges.tw_treasure_hunter import treasure_hunter as challenge
    from textworld.generator import QuestGenerationError

    drawn = options.seeds
    for attempt in range(ATTEMPTS):
        # Some maps have no quest of the length asked for: the next ones are tried in their order.
        options.seeds = {name: seed + attempt for name, seed in drawn.items()}
        options.chaining = _bounded_chaining()
        try:
            return challenge.make({"level": level}, options)
        except QuestGenerationError:
            continue
    raise InvalidArgument(f"TextWorld found no treasure hunt of level {level} in {ATTEMPTS} maps.")


def _bounded_chaining() -> Any:
    """TextWorld's options of the search for a quest, with an end to it."""
    from textworld.generator import QuestGenerationError
    from textworld.generator.chaining import ChainingOptions

    class BoundedChaining(ChainingOptions):  # type: ignore[misc]
        steps = 0

        def get_rules(self, depth: int) -> Any:
            if depth == 0:  # Another room to start in: a search of its own.
                self.steps = 0
            return super().get_rules(depth)

        def check_action(self, state: Any, action: Any) -> bool:
            self.steps += 1
            if self.steps > SEARCH_STEPS:
                raise QuestGenerationError("The search takes too long.")
            return bool(super().check_action(state, action))

    return BoundedChaining()


def cooking(level: int, split: str) -> Recipe:
    """TextWorld's cooking game at a level of `KITCHENS`.

    Args:
        level: 1 to 10.
        split: "train" or "test": whose ingredients and preparations are used.

    Raises:
        InvalidArgument: There is no such level.
    """
    check_level(level, len(KITCHENS))
    settings = {"recipe_seed": 0, "split": split, **asdict(KITCHENS[level - 1])}
    return Recipe(f"cooking-l{level}-{split}", lambda options: _make_cooking(settings, options))


def _make_cooking(settings: dict[str, Any], options: Any) -> Any:
    from textworld.challenges.tw_cooking import cooking as challenge

    with walkthrough_by_logic():
        return challenge.make(settings, options)


def simple_game(rewards: str, split: str) -> Recipe:
    """TextWorld's Simple Game.

    Args:
        rewards: One of `REWARDS`.
        split: "train" or "test": whose foods are asked for.

    Raises:
        InvalidArgument: There are no such rewards.
    """
    choose("rewards", rewards, REWARDS)
    settings = {"rewards": rewards, "goal": "brief", "test": split == "test"}
    return Recipe(f"simple-{rewards}-{split}", lambda options: _make_simple_game(settings, options))


def _make_simple_game(settings: dict[str, Any], options: Any) -> Any:
    from textworld.challenges.tw_simple import simple as challenge

    with walkthrough_by_logic():
        return challenge.make(settings, options)
