"""What a wording of the grids consists of, and the wordings of training."""

from dataclasses import dataclass, field, replace
from enum import IntEnum


class Event(IntEnum):
    """What the last action did; 0 to 6 are MiniGrid's actions that changed nothing."""

    NO_LEFT_TURN = 0
    NO_RIGHT_TURN = 1
    NO_MOVE = 2
    NO_PICKUP = 3
    NO_DROP = 4
    NO_TOGGLE = 5
    DONE = 6
    ARRIVED = 7
    TURNED_LEFT = 8
    TURNED_RIGHT = 9
    MOVED = 10
    DROPPED = 11
    PICKED_UP = 12
    OPENED_BOX = 13
    UNLOCKED = 14
    OPENED = 15
    CLOSED = 16


@dataclass(frozen=True, eq=False)
class GridWording:
    """The templates of one wording; the first letter of a statement is made a capital.

    Compared and hashed by identity, so that it can be a key of caches at every step.
    """

    goal: str
    """The first statement: the ``mission``."""
    no_goal: str
    """The first statement of a world without a mission."""
    actions: tuple[str, ...]
    """MiniGrid's seven actions."""
    events: tuple[str, ...]
    """What the last action did, by `Event`."""
    carry: str
    """What the agent carries: ``thing``."""
    nothing: str
    """The ``thing`` that is carried when nothing is."""
    face: str
    """What is in front of the agent: ``thing``."""
    floor: str
    """The ``thing`` in front when the floor is free."""
    see: str
    """A ``thing`` and its ``place``."""
    wall: str
    """A straight run of wall: ``where`` it lies, its ``start`` and its ``end``."""
    ahead: str
    """So many ``steps`` ahead."""
    beside: tuple[str, str]
    """So many ``steps`` to the left; to the right."""
    both: str
    """``ahead`` and ``beside`` as one place."""
    ends: tuple[str, str]
    """An end of a wall across, so many ``steps`` left; right."""
    level: str
    """No step ahead."""
    straight: str
    """No step to the side."""
    steps: tuple[str, str]
    """One step; ``count`` steps."""
    door: str
    """A door: ``state``, ``color``, ``kind``."""
    coloured: str
    """Another thing: ``color``, ``kind``."""
    articles: tuple[str, str]
    """The article before a consonant and before a vowel, with its blank."""
    kinds: dict[str, str] = field(default_factory=dict)
    """Nouns by MiniGrid's kinds; one that is missing keeps its own, as in the next two."""
    colors: dict[str, str] = field(default_factory=dict)
    """Adjectives by MiniGrid's colours."""
    states: dict[str, str] = field(default_factory=dict)
    """Adjectives by a door's state: open, closed, locked."""
    phrases: dict[str, str] = field(default_factory=dict)
    """What phrases of a mission are replaced by, besides nouns and colours."""


TRAIN = GridWording(
    goal="Your goal is to {mission}.",
    no_goal="You have no goal here.",
    actions=(
        "turn left",
        "turn right",
        "move forward",
        "pick up the object in front of you",
        "drop what you carry in front of you",
        "open or close the thing in front of you",
        "declare that you are done",
    ),
    events=(
        "You could not turn left.",
        "You could not turn right.",
        "You could not move forward.",
        "You could not pick anything up.",
        "You could not drop anything.",
        "You could not open or close anything.",
        "You declared that you are done.",
        "You have just arrived.",
        "You turned left.",
        "You turned right.",
        "You moved forward.",
        "You dropped what you carried.",
        "You picked up the object in front of you.",
        "You opened the box in front of you.",
        "You unlocked and opened the door in front of you.",
        "You opened the door in front of you.",
        "You closed the door in front of you.",
    ),
    carry="You carry {thing}.",
    nothing="nothing",
    face="Directly in front of you is {thing}.",
    floor="free floor",
    see="{thing} is {place}.",
    wall="A wall lies {where}, from {start} to {end}.",
    ahead="{steps} ahead",
    beside=("{steps} to your left", "{steps} to your right"),
    both="{ahead} and {beside}",
    ends=("{steps} left", "{steps} right"),
    level="beside you",
    straight="straight ahead",
    steps=("1 step", "{count} steps"),
    door="{state} {color} {kind}",
    coloured="{color} {kind}",
    articles=("a ", "an "),
    kinds={"goal": "goal square", "floor": "floor tile"},
)
"""Whole sentences: what ``narration="prose"`` tells in training."""

TERSE = replace(
    TRAIN,
    goal="Goal: {mission}.",
    no_goal="No goal.",
    actions=("left", "right", "forward", "pick up", "drop", "open or close", "done"),
    events=(
        "No left turn.",
        "No right turn.",
        "No move.",
        "No pickup.",
        "No drop.",
        "No opening.",
        "Done.",
        "Arrived.",
        "Turned left.",
        "Turned right.",
        "Moved.",
        "Dropped.",
        "Picked up.",
        "Opened box.",
        "Unlocked.",
        "Opened.",
        "Closed.",
    ),
    carry="Carrying {thing}.",
    face="Facing {thing}.",
    see="{thing} {place}.",
    wall="Wall {where} from {start} to {end}.",
    beside=("{steps} left", "{steps} right"),
    both="{ahead} {beside}",
    level="level",
    straight="straight",
    steps=("1", "{count}"),
    articles=("", ""),
)
"""The same facts in few words: ``narration="terse"`` in training."""
