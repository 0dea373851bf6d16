"""Rows with codes of several dimensions, each with a hierarchy, as a table with all its totals.

Municipality in region in province, group in group, and a municipality in two divisions of the country at once: a
hierarchy says of each total what its parts are. Belongs here: which cells there are and which rows are in each. Does
not belong here: what may be shown of them.
"""

from __future__ import annotations

import itertools
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import reduce
from typing import TYPE_CHECKING

import numpy as np
from scipy.sparse import csr_array, eye_array, kron, vstack

from pipelines.privacy.tables.table import Table, matrix_of

if TYPE_CHECKING:
    from collections.abc import Hashable

    from numpy.typing import NDArray

Hierarchy = Mapping[str, Sequence[str]]
"""Of each total its parts, all of them; a code without parts may stand alone, as years do: {"2024": (), "2025": ()}."""


@dataclass(frozen=True)
class Layout:
    """The cells of a table, one for each combination of codes, and the rows in each.

    Args:
        cells: n names, a code of each dimension.
        sums: (m, n), as in ``Table``.
        members: (n, rows), 1 where the row is in the cell.
    """

    cells: tuple[tuple[str, ...], ...]
    sums: csr_array
    members: csr_array

    def table(self, values: NDArray[np.int64]) -> Table:
        """The table of what each row holds: persons, or an amount in whole euros."""
        return Table(self.cells, self.members @ values, self.sums)

    def contributions(self, amounts: NDArray[np.int64], contributor: Sequence[Hashable]) -> csr_array:
        """(n, contributors), what each person or company adds to each cell, over all its rows (see ``sensitive``)."""
        number = {one: at for at, one in enumerate(dict.fromkeys(contributor))}
        columns = [number[one] for one in contributor]
        rows = csr_array((amounts, (np.arange(len(columns)), columns)), shape=(len(columns), len(number)))
        return csr_array(self.members @ rows)


def layout(dimensions: Mapping[str, Hierarchy], codes: Mapping[str, Sequence[str]]) -> Layout:
    """The cells of all combinations of the dimensions' codes, those without rows too: nought is told as well.

    Args:
        dimensions: the hierarchy of each dimension, in the order of the codes in a cell's name.
        codes: of each dimension the code of each row, the finest there is; a dimension that is left out stays at its
            one highest total, so that tables of other dimensions link to this one by the names of their cells.

    Raises:
        ValueError: a code is unknown or a total, or a dimension that is left out has no one highest total.
    """
    all_codes, added, within = [], [], []
    places = np.zeros(max(map(len, codes.values())), np.int64)
    for name, hierarchy in dimensions.items():
        found = [*dict.fromkeys(code for total, parts in hierarchy.items() for code in (total, *parts))]
        if name not in codes:
            found = [_highest(name, hierarchy)]
        sums = [(total, parts) for total, parts in hierarchy.items() if parts] if name in codes else []
        finest = {code: at for at, code in enumerate(found) if code not in dict(sums)}
        unknown = set(codes.get(name, ())) - set(finest)
        if unknown:
            raise ValueError(f"{name} {min(unknown)} is unknown or a total")
        all_codes.append(found)
        added.append(matrix_of(found, sums))
        within.append(_within(added[-1]))
        places = places * len(found) + np.array([finest[code] for code in codes.get(name, found * len(places))])
    sizes = [len(found) for found in all_codes]
    rows = csr_array(
        (np.ones(len(places), np.int64), (places, np.arange(len(places)))), shape=(np.prod(sizes), len(places))
    )
    return Layout(
        cells=tuple(itertools.product(*all_codes)),
        sums=csr_array(
            vstack(
                [
                    kron(kron(eye_array(int(np.prod(sizes[:at]))), one), eye_array(int(np.prod(sizes[at + 1 :]))))
                    for at, one in enumerate(added)
                ],
                dtype=np.int64,
            )
        ),
        members=csr_array(reduce(kron, within) @ rows),
    )


def _highest(name: str, hierarchy: Hierarchy) -> str:
    highest = set(hierarchy) - {part for parts in hierarchy.values() for part in parts}
    if len(highest) != 1:
        raise ValueError(f"{name} has no one highest total")
    return highest.pop()


def _within(sums: csr_array) -> csr_array:
    """(codes, codes), 1 where the second is the first or, however deep, a part of it."""
    inside = eye_array(sums.shape[1], dtype=np.int64, format="csr")
    is_total, is_part = csr_array(sums < 0, dtype=np.int64), csr_array(sums > 0, dtype=np.int64)
    step = inside + is_total.T @ is_part
    while (wider := csr_array(inside @ step > 0, dtype=np.int64)).nnz > inside.nnz:
        inside = wider
    return inside
