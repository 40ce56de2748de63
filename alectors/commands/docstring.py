"""The parts of an environment's docstring."""

from __future__ import annotations

import inspect
import re
from dataclasses import dataclass, field

_HEADING = re.compile(r"[A-Z][a-z]+(?: [A-Za-z]+)?:")
_ARGUMENT = re.compile(r"(?P<names>[a-z_]+(?:, [a-z_]+)*): +(?P<text>.*)")


@dataclass(frozen=True)
class Argument:
    """What a docstring says of an argument, or of several at once."""

    names: tuple[str, ...]
    text: str


@dataclass
class Docstring:
    """A docstring in parts."""

    summary: str = ""
    """Its first line."""
    sections: dict[str, list[str]] = field(default_factory=dict)
    """The blocks under each heading: paragraphs on one line, lists and tables as they stand."""
    arguments: list[Argument] = field(default_factory=list)
    """The arguments; what else stands under that heading is a block of its section."""


def read_docstring(of: object) -> Docstring:
    """Take the docstring of a class or function apart.

    Args:
        of: The class or function.
    """
    summary, *lines = (inspect.getdoc(of) or "").split("\n")
    read = Docstring(summary)
    heading = "Description"
    bodies: dict[str, list[str]] = {}
    for line in lines:
        if _HEADING.fullmatch(line):
            heading = line.rstrip(":")
        bodies.setdefault(heading, []).append("" if _HEADING.fullmatch(line) else line)
    for name, body in bodies.items():
        text = inspect.cleandoc("\n".join(["", *body]))
        if name == "Arguments":
            read.arguments, text = _take_arguments(text)
        blocks = [_join(block.strip("\n")) for block in re.split(r"\n\s*\n", text) if block.strip()]
        if blocks or name == "Arguments":
            read.sections[name] = blocks
    return read


def _take_arguments(text: str) -> tuple[list[Argument], str]:
    """The arguments, and the text without them."""
    arguments: list[Argument] = []
    rest: list[str] = []
    inside = False
    for line in text.split("\n"):
        found = _ARGUMENT.fullmatch(line)
        inside = bool(found) or (inside and line.startswith(" "))
        if found:
            arguments.append(Argument(tuple(found["names"].split(", ")), found["text"]))
        elif inside:
            last = arguments[-1]
            arguments[-1] = Argument(last.names, f"{last.text} {line.strip()}")
        else:
            rest.append(line)
    return arguments, "\n".join(rest)


def _join(block: str) -> str:
    """A block with each paragraph and each item of a list on one line; a table as it stands."""
    if block.lstrip().startswith("="):
        return block
    lines: list[str] = []
    for line in block.split("\n"):
        if lines and not line.startswith("- "):
            lines[-1] += " " + line.strip()
        else:
            lines.append(line.strip())
    return "\n".join(lines)
