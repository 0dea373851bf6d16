"""Which cells are sensitive, and between which bounds nobody may be able to place them.

Belongs here: the rules, on counts (threshold) and on amounts (dominance, p%). Does not belong here: how a cell is
protected, or whether it is.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray
    from scipy.sparse import csr_array

    from pipelines.privacy.tables.table import Table

    Whole = NDArray[np.int64]
    Numbers = NDArray[np.float64]
    Flags = NDArray[np.bool_]


@dataclass(frozen=True)
class Required:
    """What a reader must still think possible of each cell: ``low`` or less, ``high`` or more, in a range of ``width``.

    Of cells that are not sensitive nothing is required: infinity, minus infinity, 0. Each is (n,), as the cells.
    """

    low: Numbers
    high: Numbers
    width: Numbers

    @property
    def sensitive(self) -> Flags:
        """Of which cells anything is required."""
        found: Flags = (self.low < np.inf) | (self.high > -np.inf) | (self.width > 0)
        return found

    @classmethod
    def of(cls, sensitive: Flags, low: Numbers | float, high: Numbers | float, width: float = 0) -> Required:
        """The same rule for all sensitive cells; none for others."""
        return cls(
            np.where(sensitive, low, np.inf), np.where(sensitive, high, -np.inf), np.where(sensitive, float(width), 0.0)
        )

    def __or__(self, other: Required) -> Required:
        """What either requires."""
        return Required(
            np.minimum(self.low, other.low), np.maximum(self.high, other.high), np.maximum(self.width, other.width)
        )


def few(values: Whole, threshold: int, *, nought: bool = True) -> Flags:
    """Cells of fewer than ``threshold`` persons; of nobody only if nought is sensitive too."""
    small: Flags = values < threshold
    return small if nought else small & (values > 0)


def withheld_below(table: Table, threshold: int, *, nought: bool = True) -> Required:
    """For suppression: of a small count nobody may learn more than that it is below ``threshold``."""
    return Required.of(few(table.values, threshold, nought=nought), 0.0, threshold - 1.0)


def vague_below(table: Table, threshold: int, width: int, *, nought: bool = True) -> Required:
    """For rounding: nobody may place a small count within a narrower range than ``width``, which base - 1 promises."""
    return Required.of(few(table.values, threshold, nought=nought), np.inf, -np.inf, width)


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
    return Required.of((table.values > 0) & (table.values < high), table.values.astype(float), high)


def _largest(contributions: csr_array, n: int) -> Numbers:
    """(cells, n), the largest contributions first, nought where there are fewer."""
    found = np.zeros((contributions.shape[0], n))
    for cell, (start, end) in enumerate(zip(contributions.indptr, contributions.indptr[1:], strict=False)):
        largest = np.sort(contributions.data[start:end])[::-1][:n]
        found[cell, : len(largest)] = largest
    return found
