"""The prose and the commands of ScienceWorld, as pages and lists of actions hold them."""

import re
from collections.abc import Iterable

CARRIED_FIRST = (("move", "to"), ("pour", "into"), ("dunk", "into"), ("use", "on"))
"""Verbs of two things, and the word between the things."""
PUT_DOWN = "put down "

_LISTS = re.compile(r"\s*\b(In it, you see:|You also see:)")
_AMBIGUOUS = re.compile(r"Ambiguous request:[^\n]*")
_CHOICE = re.compile(r"^(\d+):\s*", re.MULTILINE)


def prose(text: str) -> str:
    """A text of the simulator, its lists and choices as paragraphs of their own.

    Its books spell the breaks of their lines out, as a backslash and an n.
    """
    text = text.replace("\\n", "\n")
    if _AMBIGUOUS.match(text):
        text = _AMBIGUOUS.sub("More than one thing is called that.", text)
        return _CHOICE.sub(r"\n\nAnswer \1 to choose this: ", text)
    return _LISTS.sub(r"\n\n\1", text)


def without_shortcuts(commands: Iterable[str]) -> list[str]:
    """Commands without those that the others can do in more steps.

    What is moved, poured, dunked or used must be carried first, and of the two orders in which
    things can be connected one is kept. That takes away nine tenths of the simulator's list.
    """
    commands = list(commands)
    carried = [c.removeprefix(PUT_DOWN) for c in commands if c.startswith(PUT_DOWN)]
    kept = tuple(f"{verb} {mine} {word} " for mine in carried for verb, word in CARRIED_FIRST)
    verbs = tuple(f"{verb} " for verb, _ in CARRIED_FIRST)
    return [c for c in commands if (c.startswith(kept) or not c.startswith(verbs)) and _first(c)]


def _first(command: str) -> bool:
    """Whether it is the first of the two orders in which things are connected."""
    one, to, other = command.partition(" to ")
    return not (command.startswith("connect ") and to) or one.removeprefix("connect ") < other
