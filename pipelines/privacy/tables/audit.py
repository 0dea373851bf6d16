"""What a reader could compute of a table from all that is published of it: the gate of a release.

A reader knows that counts are whole and never negative, all sums, what is shown, how it was rounded, and every earlier
release of the same cells. The bounds that follow are exact, by linear and mixed-integer optimisation (HiGHS). Belongs
here: judging releases. Does not belong here: protecting them; nothing of ``rounding`` or ``suppression`` is used, so
that an error there cannot hide itself here.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cache
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from scipy.optimize import Bounds, LinearConstraint, milp
from scipy.sparse import block_array, csr_array, eye_array, hstack

from pipelines.privacy.tables.sensitive import Required
from pipelines.privacy.tables.table import aligned

if TYPE_CHECKING:
    from collections.abc import Hashable, Iterator

    from numpy.typing import NDArray
    from scipy.optimize import OptimizeResult

    from pipelines.privacy.tables.table import Table

    Numbers = NDArray[np.float64]
    Flags = NDArray[np.bool_]

BEYOND = 10
"""How many times all numbers that are told, or a million, stand for no bound at all: none that is less is infinite."""
NODES = 500
"""Branches after which the solver gives up; a cell that it gave up on is a finding."""
TOGETHER = 40
"""How often all cells are pushed together before each is pushed alone."""
KINDS = 200
"""How many kinds of persons a table may tell apart for all of them to be looked for."""
ENOUGH = 0.1
"""How near to the best such a push need come, as a share: any table that goes far will do."""
_BEST, _INFEASIBLE = 0, 2  # as scipy numbers them
_CONTRADICTION = "no whole numbers agree with what is published"
_TOLERANCE = 1e-4  # of the solver, between its number and the whole one that it stands for


class ContradictionError(Exception):
    """No table is behind these releases: they are not of the same cells, or a count was changed in between."""


@dataclass(frozen=True)
class Release:
    """What is published of a table, as bounds of its cells.

    Args:
        cells: n names; in several releases a name is one cell with one value.
        sums: (m, n), rows that add up to nought.
        low: (n,), the least that each cell can be as far as is shown, infinite where nothing is.
        high: (n,), the most.
    """

    cells: tuple[Hashable, ...]
    sums: csr_array
    low: Numbers
    high: Numbers


@dataclass(frozen=True)
class Finding:
    """A cell that a reader can place more precisely than is allowed: between ``low`` and ``high``, both reached.

    Where the solver gave up (not ``proven``) these are as far as it came: the reader may know less than that.
    """

    cell: Hashable
    low: float
    high: float
    proven: bool = True


def release_of(
    table: Table,
    shown: Numbers,
    base: int = 1,
    reach: int = 0,
    low: Numbers | float = 0,
    high: Numbers | float = np.inf,
) -> Release:
    """What a reader sees of a table.

    Args:
        table: its cells and sums; no value is looked at.
        shown: (n,), the numbers that are shown, NaN where withheld; all numbers, shown or not, add up.
        base: they are multiples of this.
        reach: the furthest that a cell can be from its number.
        low: what is told besides of each cell, such as that one is shown only from the threshold on.
        high: likewise, such as that one is withheld because it is below the threshold.
    """
    cells, n = table.cells, len(table.cells)
    shown = _following(table.sums, shown)
    withheld = np.isnan(shown)
    least: Numbers = np.fmax(np.broadcast_to(low, n), shown - reach)
    most: Numbers = np.fmin(np.broadcast_to(high, n), shown + reach)
    if reach == 0 or not withheld.any():
        return Release(cells, table.sums, least, most)
    # Withheld numbers of a rounded table follow in part from the sums of the others. So the number of each cell, in
    # multiples, and its distance from the count are unknowns of their own, of this release alone.
    one, multiple, distance = eye_array(n), object(), object()
    return Release(
        (*cells, *(_Hidden(multiple, cell) for cell in cells), *(_Hidden(distance, cell) for cell in cells)),
        csr_array(block_array([[table.sums, None, None], [None, table.sums, None], [one, -base * one, -one]])),
        np.concatenate([least, np.where(withheld, 0, shown / base), np.full(n, -reach)]),
        np.concatenate([most, np.where(withheld, np.inf, shown / base), np.full(n, reach)]),
    )


def audit(required: Required, *releases: Release) -> list[Finding]:
    """Cells that a reader of all releases can place more precisely than is allowed; none means safe.

    Args:
        required: by cell name, of whichever release; of several tables ``required_of_one | required_of_another``.
        releases: at least one; earlier ones, or of linked tables, beside it.

    Raises:
        KeyError: something is required of a cell that is in no release.
        ContradictionError: no whole numbers agree with the releases.
    """
    everything = joined(*releases)
    required = required.on(everything.cells)
    ends = np.concatenate([everything.low, everything.high])
    beyond = BEYOND * max(1e6, np.ceil(np.abs(ends[np.isfinite(ends)]).sum()))
    finite = replace(everything, low=np.maximum(everything.low, -beyond), high=np.minimum(everything.high, beyond))
    low, high, given_up = _reached(finite, required)
    low, high = np.where(low > -beyond, low, -np.inf), np.where(high < beyond, high, np.inf)
    return [
        Finding(everything.cells[cell], float(low[cell]), float(high[cell]), proven=not given_up[cell])
        for cell in np.flatnonzero(given_up | (required.sensitive & _short(required, low, high)))
    ]


def differential(before: Release, after: Release, threshold: int, width: int, *, nought: bool = True) -> list[Finding]:
    """Cells of which two releases show how a count changed more precisely than ``width``, unless it changed by much.

    For releases that are a period apart, in which counts differ: those who came or left are a group too.

    Args:
        before: the earlier release; of several tables ``joined``.
        after: the later one, likewise; cells of the same name are compared.
        threshold: a change that is certainly as large as this, up or down, reveals nobody.
        width: how wide the range of a smaller change must be.
        nought: whether nobody may learn that a count did not change.

    Returns:
        The bounds of each change that is too well known, or that the solver gave up on; they may be negative.

    Raises:
        ContradictionError: no whole numbers agree with a release.
    """
    place = {cell: at for at, cell in enumerate(before.cells)}
    cells = [cell for cell in after.cells if cell in place and not isinstance(cell, _Hidden)]
    old = [place[cell] for cell in cells]
    new = [at for at, cell in enumerate(after.cells) if cell in place and not isinstance(cell, _Hidden)]
    one = eye_array(len(cells))
    changes = Release(
        (*cells, *(_Hidden("before", cell) for cell in cells), *(_Hidden("after", cell) for cell in cells)),
        csr_array(hstack([-one, -one, one])),
        np.concatenate([after.low[new] - before.high[old], before.low[old], after.low[new]]),
        np.concatenate([after.high[new] - before.low[old], before.high[old], after.high[new]]),
    )
    may_be_small = (changes.low[: len(cells)] < threshold) & (changes.high[: len(cells)] > -threshold)
    renamed = (
        replace(release, cells=tuple(_Hidden(when, cell) for cell in release.cells))
        for when, release in (("before", before), ("after", after))
    )
    small = Required.of(tuple(cells), may_be_small, np.inf, -np.inf, width)
    return [
        one
        for one in audit(small, changes, *renamed)
        if not one.proven or (-threshold < one.high and one.low < threshold and (nought or one.low or one.high))
    ]


def joined(*releases: Release) -> Release:
    """Releases as one, such as of linked tables of one date; cells of the same name are one cell with one value."""
    cells = tuple(dict.fromkeys(cell for one in releases for cell in one.cells))
    place = {cell: at for at, cell in enumerate(cells)}
    low, high = np.full(len(cells), -np.inf), np.full(len(cells), np.inf)
    for one in releases:
        at = [place[cell] for cell in one.cells]
        low[at], high[at] = np.maximum(low[at], one.low), np.minimum(high[at], one.high)
    return Release(cells, aligned(cells, *((one.cells, one.sums) for one in releases)), low, high)


def _following(sums: csr_array, shown: Numbers) -> Numbers:
    """The shown numbers, with those that are the only ones that a sum lacks."""
    shown = shown.copy()
    while (lacking := np.flatnonzero(abs(sums) @ np.isnan(shown) == 1)).size:
        for row in lacking:
            entries = slice(sums.indptr[row], sums.indptr[row + 1])
            cells, signs = sums.indices[entries], sums.data[entries]
            unknown = np.isnan(shown[cells])
            if unknown.sum() == 1:  # another sum may have told it since
                shown[cells[unknown]] = -(signs[~unknown] @ shown[cells[~unknown]]) * signs[unknown]
    return shown


class _Hidden(NamedTuple):
    """An unknown that no release names."""

    kind: Hashable
    cell: Hashable


def _short(required: Required, low: Numbers, high: Numbers) -> Flags:
    short: Flags = (low > required.low) | (high < required.high) | (high - low < required.width)
    return short


def _reached(release: Release, required: Required) -> tuple[Numbers, Numbers, Flags]:
    """The least and the most that cells have in tables that agree with the release, so far as that matters.

    Each such table shows of all cells at once what they can be. First an end of every cell is pushed, some times; cells
    for which that does not help are pushed alone, which is exact.

    Returns:
        Of each cell of which something can be required its least, its most, and whether the solver gave up on these.

    Raises:
        ContradictionError: there is no such table.
    """
    n = len(release.cells)
    low, high = np.full(n, np.inf), np.full(n, -np.inf)
    given_up = np.zeros(n, np.bool_)
    chance = np.random.default_rng(0)

    def unsettled() -> Flags:
        at_its_ends = (low <= release.low) & (high >= release.high)
        return required.sensitive & _short(required, low, high) & ~at_its_ends

    def look_at(values: Numbers | None) -> None:
        if values is not None:
            np.minimum(low, values, out=low)
            np.maximum(high, values, out=high)

    for table in _vague(release, required):
        look_at(table)
    for _ in range(TOGETHER):
        if not (loose := unsettled()).any():
            break
        look_at(_near(release, 1.0 * loose * chance.choice([-1, 1], n))[0])
    for cell in np.flatnonzero(unsettled()):
        for sign in (-1, 1):
            if unsettled()[cell]:
                goal = np.zeros(n)
                goal[cell] = sign
                values, is_best = _best(release, goal)
                look_at(values)
                given_up[cell] |= not is_best
    given_up &= _short(required, low, high)
    nothing = low > high
    return np.where(nothing, release.low, low), np.where(nothing, release.high, high), given_up


def _vague(release: Release, required: Required) -> Iterator[Numbers]:
    """Tables that agree with a release of rounded numbers, found without solving anything for it; perhaps none.

    Where the most of every cell less the width is a table, such as that of the rounded numbers, so is that with
    ``width`` more of any kind of person.
    """
    width = required.width.max(initial=0)
    least = release.high - width
    is_whole = not (least % 1).any() and not (release.sums @ least).any()
    if width and is_whole and (least >= release.low).all():
        entries = release.sums.tocoo()
        kinds = _kinds(entries.shape, *(one.astype(int).tobytes() for one in (entries.data, *entries.coords)))
        yield from [least, *(least + width * kinds)] if len(kinds) else []


@cache
def _kinds(shape: tuple[int, int], data: bytes, rows: bytes, cells: bytes) -> Numbers:
    """Tables of one person, (kinds, n), that have one in each cell that can have one; none where those are too many.

    They are the same for all areas, and each has one in no more cells that lacked one than the one before.
    """
    values, *places = (np.frombuffer(one, int) for one in (data, rows, cells))
    sums = csr_array((values.astype(float), tuple(places)), shape=shape)
    one_or_none = Release((), sums, np.zeros(shape[1]), np.ones(shape[1]))
    found: list[Numbers] = []
    lacking = np.ones(shape[1])
    while (kind := _near(one_or_none, lacking)[0]) is not None and kind @ lacking:
        if (KINDS - len(found)) * (kind @ lacking) < lacking.sum():
            return np.empty((0, shape[1]))
        found.append(kind)
        lacking = lacking * (1 - kind)
    return np.array(found).reshape(-1, shape[1])


def _near(release: Release, goal: Numbers) -> tuple[Numbers | None, bool]:
    """A table for which the goal is large: beside the best in fractions. Whether it is known that there is no better.

    Raises:
        ContradictionError: there is none in fractions either.
    """
    best = _solution(release, goal, is_whole=False)
    if best.status == _INFEASIBLE:
        raise ContradictionError(_CONTRADICTION)
    values = _table(release, best)
    if values is None and best.x is not None:
        low, high = np.floor(best.x + _TOLERANCE) - 1, np.ceil(best.x - _TOLERANCE) + 1
        beside = replace(release, low=np.maximum(release.low, low), high=np.minimum(release.high, high))
        values = _table(release, _solution(beside, goal, is_whole=True, gap=ENOUGH))
    is_best = values is not None and best.status == _BEST and goal @ values > goal @ best.x - 1 + _TOLERANCE
    return values, bool(is_best)


def _best(release: Release, goal: Numbers) -> tuple[Numbers | None, bool]:
    """A table for which the goal is largest, and whether that is proven; none if the solver gave up.

    Raises:
        ContradictionError: there is no table.
    """
    values, is_best = _near(release, goal)
    if is_best:
        return values, True
    best = _solution(release, goal, is_whole=True)
    if best.status == _INFEASIBLE:
        raise ContradictionError(_CONTRADICTION)
    return _table(release, best), best.status == _BEST


def _solution(release: Release, goal: Numbers, *, is_whole: bool, gap: float = 0) -> OptimizeResult:
    return milp(
        -goal,
        integrality=np.full(len(goal), int(is_whole)),
        bounds=Bounds(release.low, release.high),
        constraints=LinearConstraint(release.sums, 0, 0),
        options={"mip_rel_gap": gap, "node_limit": NODES},
    )


def _table(release: Release, solution: OptimizeResult) -> Numbers | None:
    """The solution, if it is one in whole numbers."""
    if solution.x is None:
        return None
    values: Numbers = np.round(solution.x)
    is_whole = np.abs(values - solution.x).max() < _TOLERANCE and not (release.sums @ values).any()
    return values if is_whole else None
