"""Cell suppression: which other cells to withhold, so that the sensitive ones cannot be computed from what is shown.

The least that is enough, proven (Fischetti and Salazar-González 2001); for tables too large for that a good choice.
Belongs here: choosing cells. Does not belong here: which are sensitive (``sensitive``), whether the choice holds
(``audit``).
"""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from scipy.optimize import Bounds, LinearConstraint, linprog, milp
from scipy.sparse import csr_array, hstack

from pipelines.privacy.tables.chance import draws
from pipelines.privacy.tables.solver import BEST, INFEASIBLE, cheapest
from pipelines.privacy.tables.table import GaveUpError, UnprotectableError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    from pipelines.privacy.tables.sensitive import Required
    from pipelines.privacy.tables.table import Table

    Numbers = NDArray[np.float64]
    Flags = NDArray[np.bool_]

EXACT_UP_TO = 250
"""Cells of a table for which the least is looked for; beyond it the time could be anything."""
NODES = 20_000
"""Branches after which the solver gives up a move."""
BRANCHES = 100
"""Branches after which it gives up the lightest choice: a limit of time would choose otherwise on another machine."""
CUTS = 500
"""Conditions on a choice after which the least is given up."""
TOGETHER = 30
"""How often a good choice moves many cells at once before it moves them one by one."""
WISH = 1.0
"""What it is worth to move a cell by one together with others: no more than moving the dearest cell besides costs, so
that what would withhold much is left for one by one."""
GAP = 0.05
"""How near to its best a move need be."""
_TOLERANCE = 1e-6  # of the solver


@dataclass(frozen=True)
class Suppressed:
    """Which cells are withheld.

    Args:
        withheld: (n,), the sensitive ones among them.
        weight: of all of these together, as was asked for.
        optimal: whether it is proven that nothing lighter is enough; with a secret, lighter by the weights it makes.
    """

    withheld: Flags
    weight: float
    optimal: bool


@dataclass(frozen=True)
class _Level:
    """How far at least a cell must seem able to move: ``sign`` 1 is up, -1 is down."""

    cell: int
    sign: int
    distance: float


def suppressed(
    table: Table,
    required: Required,
    weight: Numbers | None = None,
    high: Numbers | None = None,
    *,
    secret: bytes | None,
    exact_up_to: int = EXACT_UP_TO,
) -> Suppressed:
    """Withhold what must be, and as little besides as can be.

    Args:
        table: any table.
        required: what must seem possible of each cell; a width is asked above what is asked below.
        weight: (n,), positive, how much each cell is missed; by default all alike.
        high: (n,), the most that everybody knows each cell to be, such as that one is withheld for being small.
        secret: each weight is multiplied by a factor between a half and one and a half, by secret and cell name. With
            None the least is chosen, and a reader who knows that can learn more: that a lighter cell would not have
            been enough. The audit reckons with no knowledge of how was chosen; the factors blur it, not more.
        exact_up_to: tables of more cells get a good choice, not the best; so do those too hard for it.

    Raises:
        ValueError: the secret is short.
        UnprotectableError: even withholding everything is not enough, or the solver gave up.

    >>> from pipelines.privacy.tables.sensitive import withheld_below
    >>> from pipelines.privacy.tables.table import Table
    >>> table = Table.of({"all": 60, "a": 4, "b": 26, "c": 30}, [("all", ["a", "b", "c"])])
    >>> suppressed(table, withheld_below(table, 10), 1.0 * table.values, secret=None).withheld.tolist()
    [False, True, True, False]
    """
    weight = np.ones(len(table.cells)) if weight is None else weight
    cost = weight if secret is None else weight * (0.5 + draws(secret, "withhold", table.cells))
    required = required.on(table.cells)
    levels = list(_levels(table, required))
    down = table.values.astype(np.float64)
    up = np.full(len(down), down.sum() + max((one.distance for one in levels), default=0))
    if high is not None:
        up = np.minimum(up, high - down)
    withheld = None
    if len(down) <= exact_up_to:
        with suppress(GaveUpError):
            withheld = _least(table, required.sensitive, levels, cost, down, up)
    optimal = withheld is not None
    if withheld is None:
        withheld = _enough(table, required.sensitive, levels, cost, down, up)
    return Suppressed(withheld, float(weight[withheld].sum()), optimal)


def _levels(table: Table, required: Required) -> Iterator[_Level]:
    for cell in np.flatnonzero(required.sensitive).tolist():
        value = float(table.values[cell])
        low = min(required.low[cell], value)
        high = max(required.high[cell], value, low + required.width[cell])
        yield from (_Level(cell, sign, far) for sign, far in ((-1, value - low), (1, high - value)) if far > 0)


def _least(table: Table, sensitive: Flags, levels: list[_Level], weight: Numbers, down: Numbers, up: Numbers) -> Flags:
    """The lightest choice that is enough, by cutting planes.

    The lightest choice so far is tried against each level; where a cell cannot move far enough, the dual solution tells
    how much each withheld cell would help, which is a condition on the next choice (Fischetti and Salazar-González
    2001, the capacity constraints).

    Raises:
        UnprotectableError: there is none; or, as ``GaveUpError``, none was found within the limits.
    """
    cuts: list[Numbers] = []
    while len(cuts) <= CUTS:
        withheld = _lightest(sensitive, weight, cuts)
        found = [cut for level in levels if (cut := _cut(table, withheld, level, down, up)) is not None]
        if not found:
            return withheld
        cuts += found
    raise GaveUpError(f"{CUTS} conditions were not enough for the least")


def _lightest(sensitive: Flags, weight: Numbers, cuts: list[Numbers]) -> Flags:
    """The lightest choice for which each cut adds up to 1."""
    solved = milp(
        weight,
        integrality=np.ones(len(weight)),
        bounds=Bounds(sensitive.astype(float), 1),
        constraints=LinearConstraint(csr_array(np.array(cuts)), 1, np.inf) if cuts else (),
        options={"mip_rel_gap": 0, "node_limit": BRANCHES},
    )
    if solved.status == INFEASIBLE:
        raise UnprotectableError("no choice of cells is enough")
    if solved.status != BEST:
        raise GaveUpError(f"the lightest choice was not found: {solved.message}")
    chosen: Flags = np.round(solved.x) > 0
    return chosen


def _cut(table: Table, withheld: Flags, level: _Level, down: Numbers, up: Numbers) -> Numbers | None:
    """What a choice of cells must fulfil for a level that this choice does not reach, none if it does.

    How far a cell moves is bounded by the dual solution, which is linear in the choice; no cell helps beyond enough.
    """
    goal = np.zeros(len(down))
    goal[level.cell] = -level.sign
    bounds = np.column_stack([-down * withheld, up * withheld])
    solved = linprog(goal, A_eq=table.sums, b_eq=np.zeros(table.sums.shape[0]), bounds=bounds)
    if solved.status != BEST:
        raise GaveUpError(f"the reach of a cell was not found: {solved.message}")
    if -solved.fun < level.distance - _TOLERANCE:
        help_of = -(solved.lower.marginals * -down + solved.upper.marginals * up)
        cut: Numbers = np.clip(help_of / level.distance, 0, 1)
        return cut
    if (
        np.abs(solved.x - np.round(solved.x)).max() > _TOLERANCE
        and _move(table, [level], goal * 0, down * withheld, up * withheld) is None
    ):
        return (~withheld).astype(np.float64)  # enough in fractions, not in whole numbers: something else must go too
    return None


def _enough(table: Table, sensitive: Flags, levels: list[_Level], weight: Numbers, down: Numbers, up: Numbers) -> Flags:
    """A choice that is enough: the lightest ways to move many cells as far as they must seem to, and then one by one.

    Every move leads to a table of whole numbers that agrees with all that is shown, so it proves the levels it reaches.
    """
    withheld = sensitive.copy()
    low, high = np.zeros(len(down)), np.zeros(len(down))

    def missing() -> list[_Level]:
        return [one for one in levels if (high if one.sign > 0 else -low)[one.cell] < one.distance]

    def take(move: Numbers) -> None:
        withheld[move != 0] = True
        np.minimum(low, move, out=low)
        np.maximum(high, move, out=high)

    chance = np.random.default_rng(0)
    for _ in range(TOGETHER):
        one_side = {one.cell: one for one in chance.permutation(np.array(missing(), object))}
        if not one_side:
            break
        with suppress(GaveUpError):
            move = _move(table, [*one_side.values()], weight * ~withheld, down, up, wish=True)
            if move is not None:
                take(move)
    while left := missing():
        move = _move(table, left[:1], weight * ~withheld, down, up)
        if move is None:
            raise UnprotectableError(f"{table.cells[left[0].cell]} cannot be hidden")
        take(move)
    return withheld


def _move(
    table: Table, levels: list[_Level], cost: Numbers, down: Numbers, up: Numbers, *, wish: bool = False
) -> Numbers | None:
    """How far each cell moves, in whole numbers, at the least cost for cells to reach their levels; none if none can.

    Of a wish, as much as can be had.

    Raises:
        GaveUpError: the solver did.
    """
    n = len(cost)
    goal = np.concatenate([cost, cost]) / cost.max(initial=1) + _TOLERANCE
    least, most = np.zeros(2 * n), np.concatenate([up, down])
    at = np.array([one.cell + n * (one.sign < 0) for one in levels])
    distance = np.array([one.distance for one in levels])
    most[(at + n) % (2 * n)] = 0
    if wish:
        most[at] = np.minimum(most[at], distance)
        goal[at] -= WISH
    else:
        least[at] = distance
    if (least > most).any():
        return None
    found = cheapest(goal, least, most, csr_array(hstack([table.sums, -table.sums])), 0, nodes=NODES, gap=GAP)
    return None if found is None else found[0][:n] - found[0][n:]
