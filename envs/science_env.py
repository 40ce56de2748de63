"""The tasks of ScienceWorld as environments."""

from collections.abc import Sequence
from typing import Any

from .adventure_wording import TRAIN
from .errors import choose
from .science_story import NO_WIRES, ScienceStory
from .simulator_env import SimulatorEnv
from .simulator_heldout import SCIENCE_HELDOUT
from .simulator_names import TASKS

ELECTRICAL = ("power-component", "test-conductivity")
"""How the tasks begin that need things to be connected."""
SIMPLIFICATIONS = (
    *("teleportAction", "selfWateringFlowerPots", "openContainers", "openDoors"),
    *(NO_WIRES, "easy"),
)
LISTS = {"carried": 2048, "all": 8192}
"""The lists of actions, and how many places each has by default."""


class ScienceEnv(SimulatorEnv):
    """One of the 30 tasks of ScienceWorld, a simulator of school science in a house of ten places.

    Description:
        ScienceWorld (Wang et al. 2022, arXiv:2203.07540): boil a substance, find an animal, build
        a circuit, grow a plant, find out which of two traits is dominant. Things have temperature,
        state, parts and age, and each task has 10 to 1386 variations. Many tasks ask to "focus
        on" the right thing first, which tells the simulator what the answer is; the wrong thing
        fails the task. It needs the extra ``scienceworld`` and Java; each environment has a virtual
        machine of its own (about 200 MB), since what a game changes in it is global. The oracle
        follows the simulator's own solution, picks up what that one uses without carrying it, and
        tells nothing once its path is left. It is not exact: in tasks of electricity it mostly
        fails, since the words of the solution fit several of the connections that are offered.

    Observation:
        A goal; the last action; what it brought about, if that is more than the new place; the
        place, one thing on each line, and its exits; the inventory. Of several things that look
        alike one is told.

    Actions:
        ``Discrete(num_actions)``: index k is the k-th command in alphabetical order. The simulator
        calls up to 5,000 commands valid at a time, most of them one thing on another. By default
        (``actions="carried"``) what is moved, poured, dunked or used must be carried first, nothing
        is connected in tasks without electricity (the simulator's own ``noElectricalAction``), and
        of the two orders of a connection one is kept: mostly 80 to 450 commands (1,700 where
        things are connected outdoors), and everything can still be done, in more steps.
        ``look around`` and ``inventory`` are left out where the page already tells what they would
        tell; ``task`` and ``reset task`` always. Where a name fits several things, the next action
        is the number of one of them, told on the page.

    Rewards:
        The increase of the task's score at this step, in [-2, 1]: parts of the task done. A solved
        task comes to 1 in all; a failed one takes the score from where it is to -1.

    Episode end:
        Terminates when the task is solved or failed; truncated after ``max_steps``. ``success``
        means solved, ``score`` is the task's score, at least 0.

    Arguments:
        task: The simulator's name of the task (default "boil").
        actions: "carried" (default) or "all", everything that the simulator calls valid.
        simplifications: Of the simulator: "teleportAction", "selfWateringFlowerPots",
            "openContainers", "openDoors", "noElectricalAction" or "easy"; by default none but what
            ``actions`` says.
        fold: "train", "dev" or "test": the simulator's own variations of each (half, a quarter, a
            quarter). By default as ``split`` says.
        page: Parts of the page below the goal: "last", "feedback", "room", "inventory".
        num_actions: Places for commands (default 2048, 8192 for ``actions="all"``); more commands
            than that is an error.
        wording: ``"train"`` (default) or ``"heldout"``: other words of the actions and of what is
            told, but for the names of places and things.
        max_steps: Length of an episode (default 100, as the simulator's own; the simulator's
            solutions of some tasks take up to 250).

    Version History:
        v0: first version (narration 1); line breaks in books are no longer spelled out
        (narration 2).
    """

    narration_version = 2

    languages = {"train": TRAIN, "heldout": SCIENCE_HELDOUT}

    _story: ScienceStory

    def __init__(
        self,
        *,
        task: str = "boil",
        actions: str = "carried",
        simplifications: Sequence[str] = (),
        num_actions: int | None = None,
        **common: Any,
    ) -> None:
        choose("task", task, TASKS)
        choose("actions", actions, LISTS)
        chosen = [simplifications] if isinstance(simplifications, str) else list(simplifications)
        for each in chosen:
            choose("simplifications", each, SIMPLIFICATIONS)
        if actions == "carried" and not task.startswith(ELECTRICAL) and "easy" not in chosen:
            chosen = list(dict.fromkeys([*chosen, NO_WIRES]))
        places = LISTS[actions] if num_actions is None else num_actions
        story = ScienceStory(task, chosen, every=actions == "all")
        super().__init__(story=story, num_actions=places, max_length=30_000, **common)

    def _choose(self, fold: str) -> None:
        variations = self._story.variations(fold)
        self._story.variation = variations[int(self.np_random.integers(len(variations)))]
