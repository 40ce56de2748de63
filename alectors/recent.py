"""Means over recent episodes, which end in uneven numbers between two updates."""

from collections import deque


class RecentMeans:
    """Means of return, success and length over at least the last ``window`` episodes.

    Args:
        window: Episodes; fewer at the beginning.
    """

    NAMES = ("return", "success", "length")

    def __init__(self, window: int = 100) -> None:
        self.window = window
        self._seen: deque[dict[str, float]] = deque()

    def add(self, figures: dict[str, float]) -> None:
        """Take in the figures of an update: ``episodes``, and means over them."""
        self._seen.append({n: figures[n] for n in ("episodes", *self.NAMES) if n in figures})
        while self.count() - self._seen[0]["episodes"] >= self.window:
            self._seen.popleft()

    def count(self) -> float:
        """Episodes that the means are over."""
        return sum(seen["episodes"] for seen in self._seen)

    def means(self) -> dict[str, float]:
        """The means, by name, of what is known."""
        found = {}
        for name in self.NAMES:
            parts = [(seen["episodes"], seen[name]) for seen in self._seen if name in seen]
            if parts:
                found[name] = sum(n * value for n, value in parts) / sum(n for n, _ in parts)
        return found

    def state(self) -> list[dict[str, float]]:
        """What it remembers, ready for JSON."""
        return list(self._seen)

    def take_state(self, state: list[dict[str, float]]) -> None:
        """Remember what `state` gave."""
        self._seen = deque(state)
