"""Which cells are sensitive, and between which bounds nobody may be able to place them.

Belongs here: the rules, on counts (threshold) and on amounts (contributors, dominance, p%). Does not belong here: how a
cell is protected, or whether it is.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Hashable, Iterable

    from numpy.typing import NDArray
    from scipy.sparse import csr_array

    from pipelines.privacy.tables.table import Table

    Whole = NDArray[np.int64]
    Numbers = NDArray[np.float64]
    Flags = NDArray[np.bool_]


@dataclass(frozen=True)
class Required:
    """What a reader must still think possible of each cell: ``low`` or less, ``high`` or more, in a range of ``width``.

    Of cells that are not sensitive nothing is required: infinity, minus infinity, 0. Each is (n,), as the cells; of
    several tables with ``|``, in which cells of the same name are one.
    """

    cells: tuple[Hashable, ...]
    low: Numbers
    high: Numbers
    width: Numbers

    @property
    def sensitive(self) -> Flags:
        """Of which cells anything is required."""
        found: Flags = (self.low < np.inf) | (self.high > -np.inf) | (self.width > 0)
        return found

    @classmethod
    def of(
        cls,
        cells: tuple[Hashable, ...],
        sensitive: Flags,
        low: Numbers | float,
        high: Numbers | float,
        width: float = 0,
    ) -> Required:
        """The same rule for all sensitive cells; none for others."""
        return cls(
            cells,
            np.where(sensitive, low, np.inf),
            np.where(sensitive, high, -np.inf),
            np.where(sensitive, float(width), 0.0),
        )

    def on(self, cells: Iterable[Hashable]) -> Required:
        """The same for cells in this order; of those that it does not name nothing is required.

        Raises:
            KeyError: something is required of a cell that is not among them.
        """
        place = {cell: at for at, cell in enumerate(cells)}
        one, at = self.sensitive, np.array([place[self.cells[cell]] for cell in np.flatnonzero(self.sensitive)], int)
        low, high, width = np.full(len(place), np.inf), np.full(len(place), -np.inf), np.zeros(len(place))
        low[at], high[at], width[at] = self.low[one], self.high[one], self.width[one]
        return Required(tuple(place), low, high, width)

    def __or__(self, other: Required) -> Required:
        """What either requires."""
        cells = tuple(dict.fromkeys((*self.cells, *other.cells)))
        one, two = self.on(cells), other.on(cells)
        return Required(
            cells, np.minimum(one.low, two.low), np.maximum(one.high, two.high), np.maximum(one.width, two.width)
        )


def few(values: Whole, threshold: int, *, nought: bool = True) -> Flags:
    """Cells of fewer than ``threshold`` persons; of nobody only if nought is sensitive too."""
    small: Flags = values < threshold
    return small if nought else small & (values > 0)


def withheld_below(table: Table, threshold: int, *, nought: bool = True) -> Required:
    """For suppression: a small count must seem able to be nought and to be the last below ``threshold``.

    These ends are what is required, and not every number between them.
    """
    return Required.of(table.cells, few(table.values, threshold, nought=nought), 0.0, threshold - 1.0)


def vague_below(table: Table, threshold: int, width: int, *, nought: bool = True) -> Required:
    """For rounding: nobody may place a small count within a narrower range than ``width``, which base - 1 promises."""
    return Required.of(table.cells, few(table.values, threshold, nought=nought), np.inf, -np.inf, width)


def contributed_by_few(table: Table, contributions: csr_array, threshold: int, percent: float) -> Required:
    """Amounts of fewer than ``threshold`` contributors, however evenly they share it.

    Args:
        table: amounts.
        contributions: (cells, contributors), what each adds to each cell, never negative.
        threshold: how many contributors are enough.
        percent: how much less and how much more than it is the amount must seem able to be.
    """
    contributors = (contributions > 0).sum(axis=1)
    less, more = (table.values * (1 + sign * percent / 100) for sign in (-1, 1))
    sensitive = (contributors > 0) & (contributors < threshold)
    return Required.of(table.cells, sensitive, np.floor(np.round(less, 6)), np.ceil(np.round(more, 6)))


def dominated(table: Table, contributions: csr_array, n: int, percent: float) -> Required:
    """The (n, k) rule: the ``n`` largest contribute more than ``percent`` of the cell.

    Args:
        table: amounts.
        contributions: (cells, contributors), what each adds to each cell, never negative.
        n: how many may not dominate together.
        percent: k, above 0 and below 100.

    Returns:
        A reader must think an amount possible of which they would have no more than ``percent``
        (Willenborg and de Waal 2001, *Elements of Statistical Disclosure Control*, on protection levels).
    """
    return _at_least(table, 100 / percent * _largest(contributions, n).sum(axis=1))


def estimable(table: Table, contributions: csr_array, percent: float) -> Required:
    """The p% rule: the second largest could estimate the largest to within ``percent``, for the rest is too small.

    Args and returns as of ``dominated``; the rest must be able to be p% of the largest (same source).
    """
    largest = _largest(contributions, 2)
    return _at_least(table, largest.sum(axis=1) + percent / 100 * largest[:, 0])


def _at_least(table: Table, high: Numbers) -> Required:
    """Cells below an amount are sensitive, and must seem able to be it."""
    high = np.ceil(np.round(high, 6))  # so that 100 / 75 * 75 is 100
    return Required.of(table.cells, (table.values > 0) & (table.values < high), table.values.astype(float), high)


def _largest(contributions: csr_array, n: int) -> Numbers:
    """(cells, n), the largest contributions first, nought where there are fewer."""
    found = np.zeros((contributions.shape[0], n))
    for cell, (start, end) in enumerate(zip(contributions.indptr, contributions.indptr[1:], strict=False)):
        largest = np.sort(contributions.data[start:end])[::-1][:n]
        found[cell, : len(largest)] = largest
    return found
