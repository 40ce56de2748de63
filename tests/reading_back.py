"""Reads statements back: from the templates of a wording to what a line says."""

import re
from collections.abc import Iterable, Mapping
from string import Formatter


class Reader:
    """Finds the template that a line was made from, and what was put into it.

    Args:
        templates: Format strings by a key of the reader's own.
        forms: Regular expressions of what can stand in a place of the templates, by its name.
    """

    def __init__(self, templates: Mapping[object, str], forms: Mapping[str, str]) -> None:
        self._patterns = [
            (key, re.compile(pattern(template, forms))) for key, template in templates.items()
        ]
        self._known: dict[str, tuple[object, dict[str, str]]] = {}

    def read(self, line: str) -> tuple[object, dict[str, str]]:
        """The key of the one template that the whole line fits, and its places."""
        if line not in self._known:
            found = [(key, form.fullmatch(line)) for key, form in self._patterns]
            fitting = [(key, match.groupdict()) for key, match in found if match]
            assert len(fitting) == 1, f"{line!r} is {fitting}"
            self._known[line] = fitting[0]
        return self._known[line]

    def read_all(self, lines: Iterable[str]) -> list[tuple[object, dict[str, str]]]:
        """`read` of each line."""
        return [self.read(line) for line in lines]


def pattern(template: str, forms: Mapping[str, str]) -> str:
    """A regular expression for the sentences that a format string makes."""
    parts = []
    for literal, place, _, _ in Formatter().parse(template):
        parts.append(re.escape(literal))
        if place is not None:
            parts.append(f"(?P<{place}>{forms[place]})")
    return "".join(parts)


def one_of(words: Iterable[str]) -> str:
    """A regular expression for one of the words."""
    return "|".join(re.escape(word) for word in sorted(words, key=len, reverse=True) if word)


def templates_of(wording: object, names: Iterable[str]) -> dict[object, str]:
    """The templates of some fields of a wording: (field, place in it) to format string."""
    found: dict[object, str] = {}
    for name in names:
        value = getattr(wording, name)
        if isinstance(value, str):
            found[name, 0] = value
        else:
            pairs = value.items() if isinstance(value, dict) else enumerate(value)
            found.update({(name, key): template for key, template in pairs})
    return found
