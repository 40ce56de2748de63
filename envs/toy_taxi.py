"""Gymnasium's Taxi, told in words."""

from dataclasses import dataclass
from typing import Any

from .grid_splits import in_test
from .narrated import NarratedEnv, judge_end, make_bare, pick_wording
from .toy_places import PLACES, PlaceWording, require_bool, tell_offset
from .toy_plan import Plan

STANDS = ("red", "green", "yellow", "blue")
IN_TAXI = len(STANDS)


@dataclass(frozen=True)
class TaxiWording:
    """The templates of one wording."""

    goal: str
    """The first statement: the destination's ``stand``."""
    actions: tuple[str, ...]
    """The names of Taxi's actions, in its own order."""
    stands: tuple[str, ...]
    """The names of the stands, in Taxi's own order."""
    waits: str
    """The passenger is at a ``stand``."""
    rides: str
    """The passenger is in the taxi."""
    taxi: str
    """The taxi's ``row`` and ``column``, from 1."""
    at_stand: str
    """The taxi is at a ``stand``."""
    stand: str
    """Where a ``stand`` is, seen from the taxi: ``place``."""
    walls: tuple[str, ...]
    """What is told of each side that the taxi cannot drive to, in the order of the actions."""
    rain: str
    """The taxi may skid."""
    fickle: str
    """The destination may change."""
    places: PlaceWording
    """The words of offsets."""


WORDINGS = {
    "train": TaxiWording(
        goal="Your goal is to bring the passenger to the {stand} stand.",
        actions=(
            "drive down",
            "drive up",
            "drive right",
            "drive left",
            "pick up the passenger",
            "drop off the passenger",
        ),
        stands=STANDS,
        waits="The passenger is at the {stand} stand.",
        rides="The passenger is in the taxi.",
        taxi="The taxi is in row {row}, column {column}.",
        at_stand="The taxi is at the {stand} stand.",
        stand="Seen from the taxi, the {stand} stand is {place}.",
        walls=(
            "A wall is right below the taxi.",
            "A wall is right above the taxi.",
            "A wall is to the right of the taxi.",
            "A wall is to the left of the taxi.",
        ),
        rain="It rains, and the taxi may skid to either side of where it drives.",
        fickle="The passenger may change the destination on the way.",
        places=PLACES["train"],
    ),
    "heldout": TaxiWording(
        goal="Carry your customer to the {stand} rank.",
        actions=(
            "steer lower",
            "steer higher",
            "steer rightward",
            "steer leftward",
            "let the customer in",
            "let the customer out",
        ),
        stands=("scarlet", "emerald", "golden", "azure"),
        waits="At the {stand} rank a customer waits.",
        rides="On the back seat sits your customer.",
        taxi="Line {row}, file {column} is where the cab stands.",
        at_stand="Right here is the {stand} rank.",
        stand="From the cab it is {place} to the {stand} rank.",
        walls=(
            "No way leads lower from here.",
            "No way leads higher from here.",
            "No way leads rightward from here.",
            "No way leads leftward from here.",
        ),
        rain="Wet streets may make the cab slip aside from its course.",
        fickle="Customers have been known to ask for another rank halfway.",
        places=PLACES["heldout"],
    ),
}


class TaxiEnv(NarratedEnv):
    """Fetch a passenger at one of four stands and bring them to another.

    Description:
        Gymnasium's Taxi-v4, which is ``env.unwrapped.game``: a town of 5 rows and 5 columns with
        a few walls and four stands. There are 300 beginnings: 25 places of the taxi, 4 of the
        passenger, 3 destinations.

    Observation:
        The goal with the destination; where the passenger is; where the taxi is; where each stand
        is, seen from the taxi; the walls next to it, e.g.
        ``Seen from the taxi, the red stand is 2 rows up and 1 column to the left.``

    Actions:
        ``Discrete(6)``, Gymnasium's own: 0 drive down, 1 drive up, 2 drive right, 3 drive left,
        4 pick up the passenger, 5 drop off the passenger. Legal are those of Gymnasium's own
        mask: an action that cannot change anything is illegal.

    Rewards:
        -1 for each step, 20 for the delivery. (Gymnasium's -10 for picking up or dropping off in
        the wrong place cannot occur: these are illegal actions here.)

    Episode end:
        Terminates at the delivery; truncated after ``max_steps``. ``success`` means that the
        passenger was delivered; ``score`` is 1 then, else 0.

    Arguments:
        rainy: Whether the taxi skids to a side in one drive of five (default False).
        fickle: Whether the passenger sometimes changes the destination (default False).
        max_steps: Length of an episode (default 200).
        wording: ``"train"`` (default) or ``"heldout"``, which has other words and sentences.
        split: By a hash of the beginning: about a quarter of the 300 is for the tests.
        The oracle plays by value iteration over the transitions: it is exact, and delivers always.

    Version History:
        v0: first version (narration 1).
    """

    wordings = tuple(WORDINGS)

    def __init__(
        self, *, rainy: bool = False, fickle: bool = False, max_steps: int = 200, **common: Any
    ) -> None:
        require_bool("rainy", rainy)
        require_bool("fickle", fickle)
        self._told = told = pick_wording(WORDINGS, common)
        self._rules = [told.rain] * rainy + [told.fickle] * fickle
        super().__init__(
            env=make_bare("Taxi-v4", common, is_rainy=rainy, fickle_passenger=fickle),
            narrator=self._tell_town,
            actions=told.actions,
            result=judge_end,
            max_steps=max_steps,
            **common,
        )
        self._plan: Plan | None = None

    def _start(self, options: dict[str, Any]) -> None:
        super()._start(options)
        while in_test(f"taxi {self._observation}") != (self.split == "test"):
            super()._start(options)

    def _tell_town(self, observation: int, info: dict[str, Any]) -> list[str]:
        row, column, passenger, destination = self.game.decode(int(observation))
        told = self._told
        rides = passenger == IN_TAXI
        return [
            told.goal.format(stand=told.stands[destination]),
            told.rides if rides else told.waits.format(stand=told.stands[passenger]),
            told.taxi.format(row=row + 1, column=column + 1),
            *(
                _tell_stand(name, there[0] - row, there[1] - column, told)
                for name, there in zip(told.stands, self.game.locs, strict=True)
            ),
            *(wall for k, wall in enumerate(told.walls) if not info["action_mask"][k]),
            *self._rules,
        ]

    def oracle_action(self) -> int | None:
        """The best action by value iteration."""
        self._plan = self._plan or Plan(self.game.P)
        return self._plan.choose(int(self.game.s), self._words)


def _tell_stand(name: str, rows: int, columns: int, wording: TaxiWording) -> str:
    if not rows and not columns:
        return wording.at_stand.format(stand=name)
    return wording.stand.format(stand=name, place=tell_offset(rows, columns, wording.places))
