"""Controlled rounding: each cell to a multiple of the base beside it, so that all sums still hold exactly.

The optimum is found, and proven to be one, by HiGHS. Belongs here: rounding. Does not belong here: whether a rounded
table reveals anybody (``audit``).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import numpy as np

from pipelines.privacy.tables.chance import draws
from pipelines.privacy.tables.solver import cheapest
from pipelines.privacy.tables.table import UnprotectableError

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from pipelines.privacy.tables.table import Table

    Whole = NDArray[np.int64]

NODES = 20_000
"""Branches after which the solver gives up."""


@dataclass(frozen=True)
class Rounded:
    """A rounded table.

    Args:
        values: (n,), multiples of ``base``, for which all sums hold.
        base: of the rounding.
        steps: 1 if every cell went to a multiple beside it and multiples stayed (zero-restricted), 2 if some went
            one further.
        cost: what was made as small as possible: the sum of the distances to the table, or to what chance wanted. Not
            to be published, for it tells more of the table than the rounding does.
        optimal: whether it is proven that it cannot be smaller.
    """

    values: Whole
    base: int
    steps: Literal[1, 2]
    cost: int
    optimal: bool

    @property
    def reach(self) -> int:
        """The furthest that a cell can be from what is shown."""
        return self.steps * self.base - 1


def rounded(table: Table, base: int, secret: bytes | None, *, two_steps: bool = False) -> Rounded:
    """Round a table so that its sums hold, as close to the table as can be.

    Cox and Ernst (1982) and Causey, Cox and Ernst (1985) for the problem and zero restriction.

    Args:
        table: any table.
        base: what shown numbers are multiples of, at least 2.
        secret: of each cell whether up or down is wanted is drawn first, by secret and name, up with the chance that
            makes the expected value right, and the nearest table to that is taken. Then every table within reach may
            have been the one, and the audit tells exactly what can be known. With None the nearest table is taken, and
            a reader who knows that can place cells in about half the range that the audit reckons with: for tables in
            which nothing is sensitive.
        two_steps: whether, where zero restriction has no solution, each cell may go to the next multiple but one. That
            it has none is then told too, and the audit does not reckon with it.

    Raises:
        ValueError: the base is below 2, or the secret is short.
        UnprotectableError: there is no such table.
        GaveUpError: none was found within the limit, nor that there is none; no second step is taken then.

    >>> from pipelines.privacy.tables.table import Table
    >>> rounded(Table.of({"all": 14, "a": 6, "b": 8}, [("all", ["a", "b"])]), 5, None).values.tolist()
    [15, 5, 10]
    """
    if base < 2:
        raise ValueError("the base is below 2")
    below, above = table.values // base, -(-table.values // base)
    wanted = table.values
    if secret is not None:
        up = draws(secret, "round", table.cells) * base < wanted % base
        wanted = np.where(up, above, below) * base
    found = _nearest(table, wanted, base, below, above, 1)
    if found is None and two_steps:
        found = _nearest(table, wanted, base, np.maximum(below - 1, 0), above + 1, 2)
    if found is None:
        raise UnprotectableError(f"no table of multiples of {base} is near enough")
    return found


def _nearest(
    table: Table, wanted: Whole, base: int, lowest: Whole, highest: Whole, steps: Literal[1, 2]
) -> Rounded | None:
    """The nearest table of multiples between ``lowest`` and ``highest``, none if it is proven that there is none.

    A variable is a step up of a cell. Each step of a cell costs more than the one before: they are taken in order.

    Raises:
        GaveUpError: see ``rounded``.
    """
    cell = np.repeat(np.arange(len(wanted)), highest - lowest)
    step = np.arange(len(cell)) - np.repeat(np.cumsum(highest - lowest) - (highest - lowest), highest - lowest)
    multiple = (lowest[cell] + step) * base
    cost = np.abs(multiple + base - wanted[cell]) - np.abs(multiple - wanted[cell])
    target = -(table.sums @ lowest)
    if not len(cell):
        return None if target.any() else Rounded(wanted, base, steps, 0, optimal=True)
    found = cheapest(cost, 0, 1, table.sums[:, cell], target, nodes=NODES)
    if found is None:
        return None
    steps_up, is_best = found
    values = base * (lowest + np.bincount(cell, steps_up, len(wanted)).astype(np.int64))
    return Rounded(values, base, steps, int(np.abs(values - wanted).sum()), is_best)
