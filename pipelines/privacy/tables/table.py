"""A table: cells with whole numbers, and sums that tie them.

Any table is that: margins, hierarchies and linked tables differ only in their sums, and cells that are equal are one
cell. Belongs here: the table, and joining tables. Does not belong here: making one of rows (``hierarchy``), or what may
be shown of it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from scipy.sparse import csr_array

if TYPE_CHECKING:
    from collections.abc import Hashable, Iterable, Mapping, Sequence

    from numpy.typing import NDArray

    Whole = NDArray[np.int64]
    Numbers = NDArray[np.float64]
    Flags = NDArray[np.bool_]


class UnprotectableError(Exception):
    """There is no way to protect this table as asked."""


class GaveUpError(UnprotectableError):
    """Within its limits the solver found neither a way nor that there is none."""


@dataclass(frozen=True)
class Table:
    """Cells by name, and what they add up to.

    Args:
        cells: n different names, such as ("GM0394", "moe").
        values: (n,), whole and never negative: persons, or an amount in whole euros.
        sums: (m, n), a row for each sum: 1 for each part, -1 for the total; ``sums @ values`` is nought.
    """

    cells: tuple[Hashable, ...]
    values: Whole
    sums: csr_array

    def __post_init__(self) -> None:
        """Refuse what is no table.

        Raises:
            ValueError: shapes differ, a cell stands twice, a value is negative, or a sum does not hold.
        """
        cells = len(self.cells)
        if len(set(self.cells)) != cells or self.values.shape != (cells,) or self.sums.shape[1] != cells:
            raise ValueError("cells, values and sums differ in length, or a cell stands twice")
        if (self.values < 0).any():
            raise ValueError("a value is negative")
        if (self.sums @ self.values).any():
            raise ValueError("a total is not the sum of its parts")

    @classmethod
    def of(cls, values: Mapping[Hashable, int], sums: Iterable[tuple[Hashable, Sequence[Hashable]]]) -> Table:
        """A table of values by cell, and pairs of a total and its parts.

        >>> Table.of({"all": 12, "eu": 9, "outside": 3}, [("all", ["eu", "outside"])]).values.tolist()
        [12, 9, 3]
        """
        return cls(tuple(values), np.array([*values.values()], np.int64), matrix_of(list(values), sums))


def matrix_of(cells: Sequence[Hashable], sums: Iterable[tuple[Hashable, Sequence[Hashable]]]) -> csr_array:
    """Pairs of a total and its parts as rows: 1 for each part, -1 for the total.

    Raises:
        KeyError: a sum names a cell that is not there.
    """
    place, sums = {cell: at for at, cell in enumerate(cells)}, list(sums)
    entries = [
        (row, place[cell], sign)
        for row, (total, parts) in enumerate(sums)
        for cell, sign in ((total, -1), *((part, 1) for part in parts))
    ]
    rows, columns, signs = np.array(entries, np.int64).reshape(-1, 3).T
    return csr_array((signs, (rows, columns)), shape=(len(sums), len(cells)))


def linked(*tables: Table) -> Table:
    """Several tables as one, in which cells of the same name are one cell.

    Raises:
        ValueError: the same cell has different values.
    """
    values: dict[Hashable, int] = {}
    for table in tables:
        for cell, value in zip(table.cells, table.values.tolist(), strict=True):
            if values.setdefault(cell, value) != value:
                raise ValueError(f"{cell} differs from table to table")
    return Table(
        tuple(values),
        np.array([*values.values()], np.int64),
        aligned(tuple(values), *((t.cells, t.sums) for t in tables)),
    )


def aligned(cells: tuple[Hashable, ...], *sums: tuple[tuple[Hashable, ...], csr_array]) -> csr_array:
    """Sums over some cells each, one under another, as sums over all ``cells``."""
    place = {cell: at for at, cell in enumerate(cells)}
    parts = []
    for names, matrix in sums:
        entries = matrix.tocoo()
        columns = np.array([place[name] for name in names], np.int64)[entries.col]
        parts.append((entries.data, entries.row, columns, matrix.shape[0]))
    start = np.cumsum([0, *(part[3] for part in parts)])
    rows = np.concatenate([part[1] + at for part, at in zip(parts, start, strict=False)])
    data, columns = (np.concatenate([part[one] for part in parts]) for one in (0, 2))
    return csr_array((data, (rows, columns)), shape=(int(start[-1]), len(cells)))
