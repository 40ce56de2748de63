"""What the commands of ScienceWorld's own solutions are called in its lists of valid commands."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

VERBS = (
    *("open", "close", "pick up", "put down", "activate", "deactivate", "focus on", "look at"),
    *("read", "eat", "mix", "flush", "disconnect", "look in"),
)
PAIRS = {"move": "to", "pour": "into", "dunk": "into", "use": "on", "connect": "to"}
"""Verbs of two things, and the word between them in the valid commands."""
SYNONYMS = (
    (re.compile(r"^drop "), "put down "),
    (re.compile(r"^examine "), "look at "),
    (re.compile(r"^pick up (.+) in inventory$"), r"pick up \1"),
)
NEEDLESS = ("look", "examine", "open", "close", "activate", "deactivate", "pick", "drop")
"""First words of commands that can be left out where nothing valid fits: things are so already."""

_DOOR = re.compile(r"(open|close) door to (.+)")


@dataclass(frozen=True)
class Valid:
    """A valid command, as the simulator's JSON tells it."""

    text: str
    """Its words."""
    things: tuple[tuple[str, ...], ...]
    """What each of its things can be called."""


def same(command: str, valid: Sequence[Valid]) -> str | None:
    """The valid command that does what a command of a solution does, or None.

    Things have many names; the one that a solution uses may end in where the thing is ("thermometer
    in inventory"). Of several that fit, the longest name counts, then the likest end.
    """
    command = command.lower()
    for pattern, words in SYNONYMS:
        command = pattern.sub(words, command)
    fits = [
        (sum(fit), _likeness(each.text.lower(), command), each.text)
        for verb, phrases in _readings(command)
        for each in valid
        if each.text.startswith(verb + " ") and len(each.things) == len(phrases)
        if all(fit := [_fit(*pair) for pair in zip(phrases, each.things, strict=True)])
    ]
    return max(fits)[2] if fits else None


def exactly(command: str, commands: Sequence[str]) -> str | None:
    """The command of that name, or None; the only door of a room is just "door" in some."""
    door = _DOOR.fullmatch(command)
    names = (command, f"{door[1]} {door[2]} door", f"{door[1]} door") if door else (command,)
    return next((name for name in names if name in commands), None)


def _readings(command: str) -> Iterator[tuple[str, tuple[str, ...]]]:
    for verb in VERBS:
        if command.startswith(verb + " "):
            yield verb, (command.removeprefix(verb + " "),)
    verb, _, rest = command.partition(" ")
    if verb in PAIRS:
        words = "into|in" if PAIRS[verb] == "into" else PAIRS[verb]
        for gap in re.finditer(rf" (?:{words}) ", rest):
            pair = rest[: gap.start()], rest[gap.end() :]
            yield from [(verb, pair)] + [(verb, pair[::-1])] * (verb == "connect")


def _fit(phrase: str, names: tuple[str, ...]) -> int:
    """How long the name is that the phrase begins with; 0 where it begins with none."""
    known = (name.lower() for name in names)
    whole = [n for n in known if phrase == n or phrase.startswith((f"{n} in ", f"{n} on "))]
    return max(map(len, whole), default=0)


def _likeness(one: str, other: str) -> int:
    """How many letters at the end two texts share."""
    pairs = zip(reversed(one), reversed(other), strict=False)
    return next((k for k, (a, b) in enumerate(pairs) if a != b), min(len(one), len(other)))


def pick_up(command: str, valid: Sequence[Valid]) -> str | None:
    """The valid command that takes the first thing of a command of two things."""
    verb = command.partition(" ")[0]
    if verb not in PAIRS:
        return None
    for _, (mine, _) in _readings(command.lower()):
        found = same(f"pick up {mine}", valid)
        if found:
            return found
    return None


def is_needless(command: str) -> bool:
    """Whether a command of a solution can be left out where nothing valid does it."""
    return command.isdigit() or command.partition(" ")[0] in NEEDLESS
