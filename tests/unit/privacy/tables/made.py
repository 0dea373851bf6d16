"""Tables that several tests share, and counting everything that is possible in a small one."""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING

import numpy as np

from pipelines.privacy.tables.hierarchy import layout

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from pipelines.privacy.tables.table import Table


def crossed(values: np.ndarray) -> Table:
    """A table of two or more dimensions with all its margins; "t" is a total, "0" the first of a dimension."""
    dimensions = {f"d{axis}": {"t": [*map(str, range(size))]} for axis, size in enumerate(values.shape)}
    places = list(itertools.product(*(range(size) for size in values.shape)))
    codes = {name: [str(place[axis]) for place in places] for axis, name in enumerate(dimensions)}
    return layout(dimensions, codes).table(values.ravel())


def investment() -> Table:
    """Investment by activity and region, an example after Fischetti and Salazar-González (2001).

    The answers that tests expect of it are derived there by hand and by trying every choice.
    """
    return crossed(np.array([[20, 50, 10], [8, 19, 22], [17, 32, 12]]))


SECRET = b"of these tests only"

INVESTMENT_SENSITIVE = ("1", "2")
"""Activity II in region C."""


def possible(table: Table, choices: Sequence[Sequence[int]]) -> Iterator[tuple[int, ...]]:
    """All whole numbers for which the sums hold, each cell one of its choices; totals follow from their parts."""
    sums = table.sums.toarray()
    totals = {int(np.flatnonzero(row < 0)[0]): row for row in sums}
    free = [cell for cell in range(len(choices)) if cell not in totals]
    for values in itertools.product(*(choices[cell] for cell in free)):
        whole = dict(zip(free, values, strict=True))
        while len(whole) < len(choices):
            for total, row in totals.items():
                parts = np.flatnonzero(row > 0).tolist()
                if total not in whole and all(part in whole for part in parts):
                    whole[total] = sum(whole[part] for part in parts)
        found = tuple(whole[cell] for cell in range(len(choices)))
        if not (sums @ found).any() and all(value in choice for value, choice in zip(found, choices, strict=True)):
            yield found
