"""Drawing in proportion to priorities, in logarithmic time."""

import numpy as np
from numpy.typing import NDArray


class SumTree:
    """Priorities of ``capacity`` slots, 0 at first, and their sums over halves of halves.

    Args:
        capacity: Slots.
    """

    def __init__(self, capacity: int) -> None:
        self._leaves = 1 << (max(capacity, 2) - 1).bit_length()
        self._sums = np.zeros(2 * self._leaves)
        self.capacity = capacity

    @property
    def total(self) -> float:
        """The sum of all priorities."""
        return float(self._sums[1])

    @property
    def leaves(self) -> NDArray[np.float64]:
        """The priorities ``[capacity]``."""
        return self._sums[self._leaves : self._leaves + self.capacity]

    def set(self, slots: NDArray[np.intp], priorities: NDArray[np.float64] | float) -> None:
        """Give ``slots`` other priorities, none below 0."""
        node = slots + self._leaves
        self._sums[node] = priorities
        while len(node) and node[0] > 1:
            node = node >> 1
            self._sums[node] = self._sums[2 * node] + self._sums[2 * node + 1]

    def find(self, sums: NDArray[np.float64]) -> NDArray[np.intp]:
        """The slots at which the running sum of priorities passes each of ``sums``.

        Args:
            sums: ``[B]``, each from 0 to below `total`.

        Returns:
            Slots ``[B]``, none with priority 0 unless all are.
        """
        node, left = np.ones(len(sums), dtype=np.intp), sums.copy()
        while node[0] < self._leaves:
            below = self._sums[2 * node]
            # Sums are rounded: a half without priority is never entered for that.
            right = (left >= below) & (self._sums[2 * node + 1] > 0)
            left -= below * right
            node = 2 * node + right
        return node - self._leaves
