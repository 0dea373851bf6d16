"""The cheapest whole numbers that fulfil sums: what rounding and suppression ask of the solver (HiGHS).

Not for the audit, which asks it in its own way, so that an error here cannot hide itself.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from scipy.optimize import Bounds, LinearConstraint, milp

from pipelines.privacy.tables.table import GaveUpError

if TYPE_CHECKING:
    from numpy.typing import NDArray
    from scipy.sparse import csr_array

    Numbers = NDArray[np.float64]
    Given = Numbers | NDArray[np.int64]

BEST, INFEASIBLE = 0, 2
"""States of a solution as scipy numbers them."""
_TOLERANCE = 1e-5  # of the solver, between its number and the whole one that it stands for


def cheapest(
    cost: Given,
    low: Numbers | float,
    high: Numbers | float,
    sums: csr_array,
    target: Given | float,
    *,
    nodes: int,
    gap: float = 0,
) -> tuple[Numbers, bool] | None:
    """Whole numbers at the least cost, and whether it is proven that none cost less; none if there are none.

    Args:
        cost: (n,), of each number.
        low: (n,), the least that each may be.
        high: (n,), the most.
        sums: (m, n), what the numbers add up to.
        target: (m,), what that must be.
        nodes: branches after which the solver gives up: a limit of time would end otherwise on another machine.
        gap: how near to the least the cost need be, as a share.

    Raises:
        GaveUpError: within its limits the solver found neither such numbers nor that there are none.
    """
    for is_whole in (0, 1):  # without the condition the solver is quicker, and often whole all the same
        solved = milp(
            cost,
            integrality=np.full(len(cost), is_whole),
            bounds=Bounds(low, high),
            constraints=LinearConstraint(sums, target, target),
            options={"mip_rel_gap": gap, "node_limit": nodes},
        )
        if solved.status == INFEASIBLE:
            return None
        if solved.x is not None:
            whole: Numbers = np.round(solved.x)
            if np.abs(whole - solved.x).max() < _TOLERANCE and not (sums @ whole - target).any():
                return whole, bool(solved.status == BEST)
    raise GaveUpError(f"the solver gave up: {solved.message}")
