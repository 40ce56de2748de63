"""Numbers told in a bounded number of coarse phrases: `Scale`."""

from bisect import bisect_right
from collections.abc import Iterable
from dataclasses import dataclass
from math import inf


@dataclass(frozen=True)
class Scale:
    """Divides the numbers at edges, and has a phrase for each part."""

    edges: tuple[float, ...]
    """Where one phrase ends and the next begins, ascending; an edge belongs to the upper part."""
    phrases: tuple[str, ...]
    """One more than there are edges, from the lowest part to the highest."""

    def tell(self, value: float) -> str:
        """The phrase of the part that ``value`` lies in."""
        return self.phrases[bisect_right(self.edges, value)]

    def bounds(self, phrase: str) -> tuple[float, float]:
        """The part [low, high) that a phrase stands for; the outermost are without end.

        Raises:
            ValueError: The scale has no such phrase.
        """
        k = self.phrases.index(phrase)
        return (-inf, *self.edges)[k], (*self.edges, inf)[k]


@dataclass(frozen=True)
class ScaleWording:
    """One wording of a task whose state is a few numbers."""

    goal: str
    """The first statement."""
    actions: tuple[str, ...]
    """The names of the actions."""
    scales: tuple[Scale, ...]
    """Phrases for each number."""

    def tell(self, numbers: Iterable[float]) -> list[str]:
        """The goal, and a phrase for each number."""
        told = [scale.tell(value) for scale, value in zip(self.scales, numbers, strict=True)]
        return [self.goal, *told]


def mirror(
    edges: tuple[float, ...],
    middle: str,
    grades: tuple[str, ...],
    sides: tuple[str, str] = ("left", "right"),
) -> Scale:
    """A scale with the same phrases on both sides of zero.

    Args:
        edges: The positive edges, ascending.
        middle: The phrase between the first edge and its mirror image.
        grades: The phrase beyond each edge, with ``{side}`` in it.
        sides: The words for the negative and the positive side.
    """
    low, high = ([grade.format(side=side) for grade in grades] for side in sides)
    return Scale((*(-edge for edge in reversed(edges)), *edges), (*reversed(low), middle, *high))
