"""The games of TextWorldExpress as environments."""

from typing import Any

from . import adventure_words as words
from .adventure_wording import TRAIN
from .errors import InvalidArgument, choose
from .express_story import ExpressStory
from .simulator_env import SimulatorEnv
from .simulator_heldout import EXPRESS_HELDOUT
from .simulator_names import GAMES

SEEDS = {
    "train": range(1000),
    "dev": range(10_000, 11_000),
    "test": range(20_000, 21_000),
}
"""The simulator's own seeds of each fold."""


class ExpressEnv(SimulatorEnv):
    """One of the games of TextWorldExpress, a fast simulator of small text games.

    Description:
        TextWorldExpress (Jansen and Côté 2023, arXiv:2208.01174) makes each game from a seed.
        ``CookingWorld``: read the recipe in the kitchen, gather and prepare the ingredients, eat
        the meal. ``CoinCollector``: find the coin in a house. ``Commonsense``: put things where
        they usually belong. ``MapReader``: fetch the coin from a place that a map helps to find.
        ``Arithmetic``: solve a problem and put as many things as it comes to into the box.
        ``Sorting``: put things into the box from the fewest to the most. ``SimonSays``: do what
        is said. ``PeckingOrder``: follow a book whose instructions change. It needs the extra
        ``textworld-express`` and Java; the environments of a process share one virtual machine.
        The oracle follows the simulator's own solution without its detours. In CoinCollector and
        Commonsense that one is a random walk that no seed decides: of 16 the shortest is taken,
        and now and then another run takes another one, which wins too.

    Observation:
        A goal; the last action; what it brought about, if that is more than the new room; the
        recipe, map or problem once it has been read; the room with its exits, one sentence on
        each line; the inventory.

    Actions:
        ``Discrete(num_actions)``: index k is the k-th command of the simulator's own list of valid
        ones in alphabetical order. ``look around`` and ``inventory`` are left out where the page
        already tells what they would tell, and ``task`` always.

    Rewards:
        The increase of the game's score at this step, in [-2, 1]. A solved game comes to 1 in all;
        the wrong thing done in Arithmetic, Sorting, SimonSays or PeckingOrder fails the game and
        takes the score from where it is to -1.

    Episode end:
        Terminates when the game is solved or failed; truncated after ``max_steps``. ``success``
        means solved, ``score`` is the game's score, at least 0.

    Arguments:
        game: "CookingWorld" (default), "CoinCollector", "Commonsense", "MapReader",
            "Arithmetic", "Sorting", "SimonSays" or "PeckingOrder".
        parameters: The simulator's settings of the game, e.g. ``"numLocations=3, includeDoors=0"``;
            by default its own.
        fold: "train", "dev" or "test": 1000 seeds each, disjoint. By default as ``split`` says.
        page: Parts of the page below the goal: "last", "feedback", "document", "room",
            "inventory".
        num_actions: Places for commands (default 128); more commands than that is an error.
        wording: ``"train"`` (default) or ``"heldout"``: other words of the actions and of what is
            told, but for the names of rooms and things.
        max_steps: Length of an episode (default 100).

    Version History:
        v0: first version (narration 1).
    """

    languages = {"train": TRAIN, "heldout": EXPRESS_HELDOUT}
    parts = ("last", "feedback", "document", "room", "inventory")

    _story: ExpressStory

    def __init__(self, *, game: str = "CookingWorld", parameters: str = "", **common: Any) -> None:
        choose("game", game, GAMES)
        if not isinstance(parameters, str):
            raise InvalidArgument(
                f'parameters={parameters!r} must be a text like "numLocations=3".'
            )
        super().__init__(story=ExpressStory(GAMES[game], parameters), **common)

    def _choose(self, fold: str) -> None:
        seed = SEEDS[fold].start + int(self.np_random.integers(len(SEEDS[fold])))
        self._story.choose(fold, seed)

    def _told(self, part: str) -> tuple[str, ...]:
        if part == "document":
            return words.retold(self._story.document, self._wording)
        return super()._told(part)
