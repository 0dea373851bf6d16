"""Tightest whole-number bounds of the cells of tables, which are tied by sums: what totals and parts say of each other.

First by propagation, which is exact where no sums cross; then by optimisation (HiGHS), where one solution shows of many
cells at once that their bounds are reached. Belongs here: cells by number, and sums of them. Does not belong here:
which figures add up (``implied``), and shares of counts (``bounds``).
"""

from __future__ import annotations

import os
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
from scipy.optimize import Bounds, LinearConstraint, milp
from scipy.sparse import block_array, csc_array, csr_array
from scipy.sparse.csgraph import connected_components

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from numpy.typing import NDArray

    Numbers = NDArray[np.float64]
    Flags = NDArray[np.bool_]
    Places = NDArray[np.intp]

LONG = 50
"""Sums of more cells than this bind by propagation alone: so many rounded parts leave their total more room than any of
them has. Without them a table falls apart into small ones."""
AT_ONCE = 12_000
"""Cells that are solved for side by side."""
BEYOND = 1e8
"""More than any count: what grows beyond half of it has no upper bound."""
NODES = 2_000
"""Branches after which the solver gives up: a limit of time would give other bounds on another machine."""
_BEST, _INFEASIBLE = 0, 2  # as scipy numbers them
_PASSES = 1_000  # of propagation, which may creep where sums contradict each other or nothing bounds from above
_TOLERANCE = 1e-4  # of the solver, between its number and the whole one that it stands for
_WORTHWHILE = 0.3  # of the ends that are pushed together: the share that a solution must settle


@dataclass(frozen=True)
class Sum:
    """The ``parts`` add up to the ``total``; if they are not all the parts, to no more. Cells by their number."""

    total: int
    parts: Sequence[int]
    complete: bool = True


@dataclass(frozen=True)
class Tightened:
    """Bounds of each cell, whether each is known to be reached, and sums by number that cannot hold together.

    Of a contradiction no sum can be left out; cells that are tied to one keep the bounds they had.
    """

    low: Numbers
    high: Numbers
    exact: Flags
    contradictions: tuple[tuple[int, ...], ...]


def tighten_tables(low: Numbers, high: Numbers, sums: Sequence[Sum]) -> Tightened:
    """The smallest and the largest whole number that each cell has in any solution of all sums.

    Args:
        low: lower bounds of counts.
        high: upper bounds, infinite where there is none.
        sums: what adds up to what.

    >>> found = tighten_tables(np.array([20.0, 8, 0]), np.array([20.0, 12, 99]), [Sum(0, [1, 2])])
    >>> found.low.tolist(), found.high.tolist()
    ([20.0, 8.0, 8.0], [20.0, 12.0, 12.0])
    """
    low, high = np.ceil(np.maximum(low, 0)), np.floor(high)
    with ThreadPoolExecutor(os.cpu_count()) as pool:  # the solver works outside of Python
        found = list(pool.map(lambda ties: _of_tables(ties, low, high), _batches(_Ties.of(sums))))
    return Tightened(
        low=np.maximum.reduce([low, *(one.low for one in found)]),
        high=np.minimum.reduce([high, *(one.high for one in found)]),
        exact=np.logical_and.reduce([np.ones(len(low), np.bool_), *(one.exact for one in found)]),
        contradictions=tuple(rows for one in found for rows in one.contradictions),
    )


def _of_tables(ties: _Ties, low: Numbers, high: Numbers) -> Tightened:
    """The bounds of whole tables; those that cannot hold are left as they are."""
    try:
        return _tightened(ties, low, high)
    except _ImpossibleError:
        contradictory = tuple(_contradictions(ties, low, high))
    label = ties.labels()
    away = np.isin(label, label[np.isin(ties.row, [row for rows in contradictory for row in rows])])
    found = _tightened(ties.where(~away), low, high)
    found.exact[ties.cell[away]] = False
    return replace(found, contradictions=contradictory)


class _ImpossibleError(Exception):
    """No whole numbers satisfy all sums."""


@dataclass(frozen=True)
class _Ties:
    """Sums, an entry for each cell in each: its row, its cell, 1 for a part and -1 for the total.

    The entries of a row add up to nought, or if it is not ``complete`` to nought at most.
    """

    row: Places
    cell: Places
    sign: Numbers
    complete: Flags

    @staticmethod
    def of(sums: Sequence[Sum]) -> _Ties:
        lengths = [1 + len(one.parts) for one in sums]
        cell = np.array([cell for one in sums for cell in (one.total, *one.parts)], np.intp)
        sign = np.array([sign for length in lengths for sign in (-1.0, *[1.0] * (length - 1))])
        complete = np.array([one.complete for one in sums], np.bool_)
        return _Ties(np.repeat(np.arange(len(sums)), lengths), cell, sign, complete)

    def where(self, entries: Flags) -> _Ties:
        return replace(self, row=self.row[entries], cell=self.cell[entries], sign=self.sign[entries])

    def labels(self) -> Places:
        """Of each entry which table it is in: entries are in one table if sums tie their cells."""
        cell = np.unique(self.cell, return_inverse=True)[1]
        row = np.unique(self.row, return_inverse=True)[1]
        shape = row.max(initial=-1) + 1, cell.max(initial=-1) + 1
        return _tied(csr_array((self.sign, (row, cell)), shape=shape))[cell]

    def added(self, values: Numbers) -> Numbers:
        """The sum of each row of a value for each entry."""
        return np.bincount(self.row, values, minlength=len(self.complete)).astype(np.float64)

    def contributions(self, low: Numbers, high: Numbers) -> tuple[Numbers, Numbers]:
        """The least and the most that each entry adds to its row."""
        low, high = low[self.cell], high[self.cell]
        return np.where(self.sign > 0, low, -high), np.where(self.sign > 0, high, -low)

    def impossible(self, low: Numbers, high: Numbers) -> Places:
        """Rows that cannot hold, each looked at alone."""
        least, most = (self.added(one) for one in self.contributions(low, high))
        return np.flatnonzero((least > 0) | (self.complete & (most < 0)))


def _tied(matrix: csr_array) -> Places:
    """Which columns rows tie together, directly or through others: a number for each column."""
    rows, columns = matrix.shape
    graph = block_array([[csr_array((rows, rows)), matrix], [None, csr_array((columns, columns))]])
    label: Places = connected_components(graph, directed=False)[1][rows:]
    return label


def _batches(ties: _Ties) -> Iterator[_Ties]:
    """Whole tables, as many together as are solved for at once."""
    label = ties.labels()
    batch = (np.cumsum(np.bincount(label)) // AT_ONCE)[label]
    for one in np.unique(batch):
        yield ties.where(batch == one)


def _tightened(ties: _Ties, low: Numbers, high: Numbers) -> Tightened:
    """Long sums bind by propagation alone; what they tie is exact only as far as the short sums go."""
    is_long = ties.added(np.ones(len(ties.row))) > LONG
    label = ties.labels()
    low, high = _propagated(ties, low, high)
    exact = np.ones(len(low), np.bool_)
    for blocks in _batches(ties.where(~is_long[ties.row])):
        low, high = _optimised(blocks, low, high, exact)
    low, high = _propagated(ties, low, high)
    exact[ties.cell[np.isin(label, label[is_long[ties.row]])]] = False
    return Tightened(low, high, exact, ())


def _propagated(ties: _Ties, low: Numbers, high: Numbers) -> tuple[Numbers, Numbers]:
    """Bounds of each cell from those of the others in each of its sums, until nothing changes.

    Raises:
        _ImpossibleError: a cell has no bounds left.
    """
    up = ties.sign > 0
    for _ in range(_PASSES):
        least, most = ties.contributions(low, high)
        tight_most = np.minimum(most, -_of_others(ties, least))
        tight_least = np.where(ties.complete[ties.row], np.maximum(least, -_of_others(ties, most)), least)
        tight_low, tight_high = low.copy(), high.copy()
        np.maximum.at(tight_low, ties.cell, np.where(up, tight_least, -tight_most))
        np.minimum.at(tight_high, ties.cell, np.where(up, tight_most, -tight_least))
        if (tight_low > tight_high)[ties.cell].any():
            raise _ImpossibleError
        if np.array_equal(tight_low, low) and np.array_equal(tight_high, high):
            break
        low, high = tight_low, tight_high
    return low, high


def _of_others(ties: _Ties, values: Numbers) -> Numbers:
    """Of each entry what the others of its row add up to; infinite if one of them is."""
    without = np.isinf(values)
    finite = np.where(without, 0.0, values)
    infinite = ties.added(without.astype(float))[ties.row] > without
    return np.where(infinite, ties.added(values)[ties.row], ties.added(finite)[ties.row] - finite)


def _optimised(ties: _Ties, low: Numbers, high: Numbers, exact: Flags) -> tuple[Numbers, Numbers]:
    """Bounds of the loose cells of tables in which sums cross: an end is settled when a solution reaches it.

    Where the solver gives up, ``exact`` is unset.

    Raises:
        _ImpossibleError: there is no solution.
    """
    problem = _Problem.of(ties, low, high)
    ends = np.array([np.zeros_like(problem.width), problem.width])
    is_open = np.ones_like(ends, np.bool_)
    chance = np.random.default_rng(0)
    # First an end of every cell is pushed, which settles many at once. Then one of each block, whose best value is its
    # bound; what that leaves between whole numbers is looked for in whole ones.
    together, is_whole = True, False
    while is_open.any():
        unsettled = np.unique(problem.blocks[is_open.any(axis=0)])
        # Whole numbers are looked for in one block at a time: side by side their branches would multiply.
        at = np.flatnonzero(np.isin(problem.blocks, unsettled[:1] if is_whole else unsettled))
        label = at if together else problem.blocks[at]
        pushed = _one_of_each(label, is_open[:, at] & (np.isfinite(ends[:, at]) | (not together)), chance)
        values, is_best = problem.solved(at, pushed[1] * 1.0 - pushed[0], ends[:, at], is_whole=is_whole)
        if not together:
            ends[:, at] = np.where(pushed & is_best, np.where(values < BEYOND / 2, values, np.inf), ends[:, at])
        settled = is_open[:, at] & ((values == ends[:, at]) | (pushed & is_best & (not together)))
        if is_whole:
            given_up = pushed & ~settled
            exact[problem.cells[at]] &= ~given_up.any(axis=0)
            settled |= given_up
        is_open[:, at] &= ~settled
        if settled.sum() <= _WORTHWHILE * pushed.sum():
            together, is_whole = False, not together
    low, high = low.copy(), high.copy()
    low[problem.cells], high[problem.cells] = problem.low + ends
    return low, high


def _one_of_each(label: Places, ends: Flags, chance: np.random.Generator) -> Flags:
    """One of the ends for each label, any of them."""
    side, place = np.nonzero(ends)
    shuffled = chance.permutation(len(place))
    first = shuffled[np.unique(label[place[shuffled]], return_index=True)[1]]
    picked = np.zeros_like(ends)
    picked[side[first], place[first]] = True
    return picked


@dataclass(frozen=True)
class _Problem:
    """The loose cells of tables in which sums cross, as the solver wants them: counted from their lower bounds.

    ``blocks`` says which cells are tied.
    """

    cells: Places
    blocks: Places
    low: Numbers
    width: Numbers
    matrix: csc_array
    least: Numbers
    most: Numbers

    @staticmethod
    def of(ties: _Ties, low: Numbers, high: Numbers) -> _Problem:
        rest = -ties.added(ties.sign * low[ties.cell])
        loose = ties.where((low < high)[ties.cell])
        label = loose.labels()
        # Where no sums cross there is one tie fewer than there are cells and sums, and propagation was exact.
        nodes = sum(np.bincount(label[np.unique(one, return_index=True)[1]]) for one in (loose.cell, loose.row))
        loose = loose.where((np.bincount(label) >= nodes)[label])
        cells, cell = np.unique(loose.cell, return_inverse=True)
        rows, row = np.unique(loose.row, return_inverse=True)
        matrix = csr_array((loose.sign, (row, cell)), shape=(len(rows), len(cells)))
        return _Problem(
            cells=cells,
            blocks=_tied(matrix),
            low=low[cells],
            width=(high - low)[cells],
            matrix=matrix.tocsc(),
            least=np.where(ties.complete[rows], rest[rows], -np.inf),
            most=rest[rows],
        )

    def solved(self, at: Places, goal: Numbers, ends: Numbers, *, is_whole: bool) -> tuple[Numbers, Flags]:
        """Values of some cells, all those of their blocks, between ends for which the goal is largest.

        Whole numbers for each block that the solver found such for, else none; and whether they are known to be best.

        Raises:
            _ImpossibleError: there are none.
        """
        matrix = self.matrix[:, at]
        rows = np.unique(matrix.indices)
        matrix, least, most = matrix.tocsr()[rows], self.least[rows], self.most[rows]
        solution = milp(
            -goal,
            integrality=np.full(len(at), int(is_whole)),
            bounds=Bounds(ends[0], np.minimum(ends[1], BEYOND)),
            constraints=LinearConstraint(matrix, least, most),
            # By default it stops within 0.01 %; to simplify before takes longer than to solve.
            options={"mip_rel_gap": 0, "node_limit": NODES, "presolve": is_whole},
        )
        if solution.status == _INFEASIBLE:
            raise _ImpossibleError
        if solution.x is None:
            return np.full(len(at), np.nan), np.zeros(len(at), np.bool_)
        values = np.round(solution.x)
        added = matrix @ values
        broken = matrix[(added < least) | (most < added)].indices
        is_wrong = np.isin(self.blocks[at], self.blocks[at][broken])
        is_wrong |= np.isin(self.blocks[at], self.blocks[at][np.abs(values - solution.x) > _TOLERANCE])
        is_best = ~is_wrong & (solution.status == _BEST)
        return np.where(is_wrong, np.nan, values), is_best


def _contradictions(ties: _Ties, low: Numbers, high: Numbers) -> Iterator[tuple[int, ...]]:
    """Sums that cannot hold, each alone; of tables without such a sum, a few that cannot hold together."""
    label = ties.labels()
    alone = ties.impossible(low, high)
    yield from ((int(row),) for row in alone)
    for table in np.setdiff1d(label, label[np.isin(ties.row, alone)]):
        rows = np.unique(ties.row[label == table]).tolist()
        if not _possible(ties, rows, low, high):
            yield tuple(sorted(_conflict(ties, [], rows, low, high)))


def _possible(ties: _Ties, rows: Sequence[int], low: Numbers, high: Numbers) -> bool:
    some = ties.where(np.isin(ties.row, rows))
    try:
        problem = _Problem.of(some, *_propagated(some, low, high))
        if len(problem.cells):
            ends = np.array([np.zeros_like(problem.width), problem.width])
            problem.solved(np.arange(len(problem.cells)), np.zeros(len(problem.cells)), ends, is_whole=True)
    except _ImpossibleError:
        return False
    return True


def _conflict(
    ties: _Ties, given: list[int], rows: list[int], low: Numbers, high: Numbers, *, is_new: bool = False
) -> list[int]:
    """Which of the rows cannot hold with those that are given, none to spare (QuickXplain, Junker 2004)."""
    if is_new and not _possible(ties, given, low, high):
        return []
    if len(rows) == 1:
        return rows
    first, second = rows[: len(rows) // 2], rows[len(rows) // 2 :]
    of_second = _conflict(ties, given + first, second, low, high, is_new=True)
    return of_second + _conflict(ties, given + of_second, first, low, high, is_new=bool(of_second))
