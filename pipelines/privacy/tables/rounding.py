"""Controlled rounding: each cell to a multiple of the base beside it, so that all sums still hold exactly.

The optimum is found, and proven to be one, by HiGHS. Belongs here: rounding. Does not belong here: whether a rounded
table reveals anybody (``audit``).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import numpy as np
from scipy.optimize import Bounds, LinearConstraint, milp

from pipelines.privacy.tables.table import UnprotectableError

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from pipelines.privacy.tables.table import Table

    Whole = NDArray[np.int64]

NODES = 20_000
"""Branches after which the solver gives up: a limit of time would round otherwise on another machine."""
_INFEASIBLE = 2  # as scipy numbers it


@dataclass(frozen=True)
class Rounded:
    """A rounded table.

    Args:
        values: (n,), multiples of ``base``, for which all sums hold.
        base: of the rounding.
        steps: 1 if every cell went to a multiple beside it and multiples stayed (zero-restricted), 2 if some went
            one further.
        cost: what was made as small as possible: the sum of the distances, unless it was left to chance.
        gap: how much smaller it could be at most, as a share of ``cost``; 0 is a proven optimum.
    """

    values: Whole
    base: int
    steps: Literal[1, 2]
    cost: int
    gap: float

    @property
    def reach(self) -> int:
        """The furthest that a cell can be from what is shown."""
        return self.steps * self.base - 1


def rounded(table: Table, base: int, chance: np.random.Generator | None = None) -> Rounded:
    """Round a table so that its sums hold, as close to the table as can be.

    Cox and Ernst (1982) and Causey, Cox and Ernst (1985) for the problem and zero restriction; where that has no
    solution, each cell may go to the next multiple but one.

    Args:
        table: any table.
        base: what shown numbers are multiples of, at least 2.
        chance: of each cell whether up or down is wanted is drawn first, up with the chance that makes the expected
            value right, and the nearest table to that is taken. Then every table within reach may have been the one,
            and the audit tells exactly what can be known; without it, someone who knows that the nearest table is
            taken knows a little more. Seed it by a secret and the table: what is drawn anew each night averages out.

    Raises:
        ValueError: the base is below 2.
        UnprotectableError: there is no such table, or none was found within the limit.

    >>> from pipelines.privacy.tables.table import Table
    >>> rounded(Table.of({"all": 14, "a": 6, "b": 8}, [("all", ["a", "b"])]), 5).values.tolist()
    [15, 5, 10]
    """
    if base < 2:
        raise ValueError("the base is below 2")
    below, above = table.values // base, -(-table.values // base)
    wanted = table.values
    if chance is not None:
        up = chance.random(len(wanted)) * base < wanted % base
        wanted = np.where(up, above, below) * base
    found = _nearest(table, wanted, base, below, above, 1)
    return found or _nearest(table, wanted, base, np.maximum(below - 1, 0), above + 1, 2) or _none(base)


def _none(base: int) -> Rounded:
    raise UnprotectableError(f"no table of multiples of {base} is near enough")


def _nearest(
    table: Table, wanted: Whole, base: int, lowest: Whole, highest: Whole, steps: Literal[1, 2]
) -> Rounded | None:
    """The nearest table of multiples between ``lowest`` and ``highest``, none if there is none.

    A variable is a step up of a cell. Each step of a cell costs more than the one before: they are taken in order.
    """
    cell = np.repeat(np.arange(len(wanted)), highest - lowest)
    step = np.arange(len(cell)) - np.repeat(np.cumsum(highest - lowest) - (highest - lowest), highest - lowest)
    multiple = (lowest[cell] + step) * base
    cost = np.abs(multiple + base - wanted[cell]) - np.abs(multiple - wanted[cell])
    target = -(table.sums @ lowest)
    if not len(cell):
        return None if target.any() else Rounded(wanted, base, steps, 0, 0.0)
    solved = milp(
        cost,
        integrality=np.ones(len(cell)),
        bounds=Bounds(0, 1),
        constraints=LinearConstraint(table.sums[:, cell], target, target),
        options={"mip_rel_gap": 0, "node_limit": NODES},
    )
    if solved.status == _INFEASIBLE:
        return None
    if solved.x is None:
        raise UnprotectableError(f"no table of multiples of {base} was found: {solved.message}")
    values = base * (lowest + np.bincount(cell, np.round(solved.x), len(wanted)).astype(np.int64))
    return Rounded(values, base, steps, int(np.abs(values - wanted).sum()), float(solved.mip_gap))
