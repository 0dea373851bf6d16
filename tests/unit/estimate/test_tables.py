"""Tables that are tied by sums: bounds compared with counting everything that is possible, and what cannot hold."""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import OptimizeResult

from pipelines.estimate import tables
from pipelines.estimate.tables import Sum, Tightened, tighten_tables

if TYPE_CHECKING:
    import random

Interval = tuple[float, float]
ANY = (0, float("inf"))


def tightened(cells: list[Interval], *sums: Sum) -> Tightened:
    low, high = (np.array([cell[side] for cell in cells], float) for side in (0, 1))
    return tighten_tables(low, high, sums)


def bounds(cells: list[Interval], *sums: Sum) -> list[Interval]:
    found = tightened(cells, *sums)
    assert not found.contradictions
    assert found.exact.all()
    return list(zip(found.low.tolist(), found.high.tolist(), strict=True))


def crossed(*sizes: int) -> tuple[list[tuple[int, ...]], list[Sum]]:
    """A table with all its margins: index 0 is the total of a dimension; each cell by its number."""
    places = list(itertools.product(*(range(size + 1) for size in sizes)))
    number = {place: at for at, place in enumerate(places)}
    sums = [
        Sum(number[place], [number[(*place[:axis], part, *place[axis + 1 :])] for part in range(1, size + 1)])
        for axis, size in enumerate(sizes)
        for place in places
        if place[axis] == 0
    ]
    return places, sums


# by hand


def test_a_cell_that_is_in_no_sum_keeps_its_bounds() -> None:
    assert bounds([(3, 7), ANY]) == [(3, 7), ANY]


def test_a_suppressed_cell_gets_what_its_total_leaves() -> None:
    assert bounds([(115, 125), (105, 112), (0, 9)], Sum(0, [1, 2])) == [(115, 121), (106, 112), (3, 9)]


def test_a_part_without_bounds_is_bounded_by_its_total() -> None:
    assert bounds([(20, 20), (8, 12), ANY], Sum(0, [1, 2])) == [(20, 20), (8, 12), (8, 12)]


def test_a_total_that_is_absent_is_bounded_by_its_parts() -> None:
    assert bounds([ANY, (8, 12), (1, 2)], Sum(0, [1, 2])) == [(9, 14), (8, 12), (1, 2)]


def test_of_a_sum_that_is_not_complete_the_total_may_be_more() -> None:
    assert bounds([(0, 20), (8, 30)], Sum(0, [1], complete=False)) == [(8, 20), (8, 20)]
    assert bounds([ANY, (8, 30)], Sum(0, [1], complete=False)) == [(8, float("inf")), (8, 30)]


def test_two_suppressed_cells_that_cross_are_known_together() -> None:
    """Rows and columns of a table of two by two, each margin known: propagation alone leaves the corners open."""
    _, sums = crossed(2, 2)
    cells = [(30, 30), (15, 15), (15, 15), (14, 14), (0, 9), (5, 9), (16, 16), ANY, ANY]
    assert bounds(cells, *sums)[4:6] == [(5, 9), (5, 9)]


def test_what_can_grow_without_end_has_no_upper_bound_and_what_cannot_has_one() -> None:
    # Two totals in one: what is added to the same cell must be the same.
    found = bounds([ANY, ANY, (0, 5), ANY], Sum(0, [1, 2]), Sum(0, [1, 3]))
    assert found[3] == (0, 5)
    assert found[0][1] == found[1][1] == float("inf")


# contradictions


def test_a_contradiction_names_its_sum_and_leaves_its_cells_as_they_were() -> None:
    cells = [(20, 20), (8, 8), (9, 9), (5, 9), (3, 3), ANY]
    found = tightened(cells, Sum(0, [1, 2]), Sum(3, [4, 5]))
    assert found.contradictions == ((0,),)
    assert (found.low[:3].tolist(), found.high[:3].tolist()) == ([20, 8, 9], [20, 8, 9])
    assert (found.low[5], found.high[5]) == (2, 6)
    assert found.exact.tolist() == [False, False, False, True, True, True]


def test_a_contradiction_of_several_sums_names_those_and_no_others() -> None:
    # 0 = 1 + 2 and 3 = 1 + 2, but 0 and 3 differ; 4 = 0 + 5 has nothing to do with it.
    found = tightened([(5, 6), ANY, ANY, (8, 9), ANY, (1, 2)], Sum(4, [0, 5]), Sum(0, [1, 2]), Sum(3, [1, 2]))
    assert found.contradictions == ((1, 2),)
    assert not found.exact.any()


def test_a_contradiction_in_whole_numbers_alone_is_found() -> None:
    """Three sums of two out of three cells, each 1: half a person in each would do."""
    sums = Sum(3, [0, 1]), Sum(4, [1, 2]), Sum(5, [0, 2])
    found = tightened([(0, 1)] * 3 + [(1, 1)] * 3, *sums)
    assert found.contradictions == ((0, 1, 2),)


# by counting


@st.composite
def small_tables(draw: st.DrawFn, *sizes: int, complete: bool) -> tuple[list[Interval], list[Sum]]:
    places, sums = crossed(*sizes)
    cells: list[Interval] = []
    for place in places:
        low = draw(st.integers(0, 2) if 0 not in place else st.integers(0, 5))
        cells.append((low, low + draw(st.integers(0, 2))))
    return cells, [Sum(one.total, one.parts, complete=complete or draw(st.integers(0, 4)) > 0) for one in sums]


def counted(cells: list[Interval], sums: list[Sum]) -> dict[int, Interval]:
    """The bounds of each cell that is in a sum, by trying all that is possible; nothing if nothing is."""
    found: dict[int, Interval] = {}
    values: dict[int, int] = {}
    totals = {one.total for one in sums}
    order = sorted({cell for one in sums for cell in (one.total, *one.parts)}, key=lambda cell: (cell in totals, cell))
    checks = [
        [one for one in sums if max(order.index(cell) for cell in (one.total, *one.parts)) == place]
        for place in range(len(order))
    ]

    def holds(one: Sum) -> bool:
        rest = values[one.total] - sum(values[part] for part in one.parts)
        return rest == 0 if one.complete else rest >= 0

    def go(place: int) -> None:
        if place == len(order):
            for cell, value in values.items():
                low, high = found.get(cell, (value, value))
                found[cell] = min(low, value), max(high, value)
            return
        low, high = cells[order[place]]
        for value in range(int(low), int(high) + 1):
            values[order[place]] = value
            if all(holds(one) for one in checks[place]):
                go(place + 1)

    go(0)
    return found


@settings(max_examples=60, deadline=None)
@given(table=st.one_of(small_tables(2, 2, complete=False), small_tables(3, 2, complete=True)))
def test_bounds_of_a_table_of_two_dimensions_are_those_of_counting(table: tuple[list[Interval], list[Sum]]) -> None:
    _compare(*table)


@settings(max_examples=15, deadline=None)
@given(table=small_tables(2, 2, 2, complete=True))
def test_bounds_of_a_table_of_three_dimensions_are_those_of_counting(table: tuple[list[Interval], list[Sum]]) -> None:
    _compare(*table)


@settings(max_examples=60, deadline=None)
@given(table=small_tables(3, 2, complete=True))
def test_with_long_sums_bounds_hold_and_none_is_called_exact_that_they_tie(
    table: tuple[list[Interval], list[Sum]],
) -> None:
    """Sums of four cells count as long here: the totals of three, and with them the whole table."""
    cells, sums = table
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(tables, "LONG", 3)
        found = tightened(cells, *sums)
    for cell, (low, high) in counted(cells, sums).items():
        assert not found.contradictions
        assert cells[cell][0] <= found.low[cell] <= low <= high <= found.high[cell] <= cells[cell][1]
        assert not found.exact[cell]


def _compare(cells: list[Interval], sums: list[Sum]) -> None:
    found = tightened(cells, *sums)
    possible = counted(cells, sums)
    assert bool(found.contradictions) != bool(possible)
    for rows in found.contradictions:
        assert not counted(cells, [sums[row] for row in rows])
        for row in rows:
            assert counted(cells, [sums[other] for other in rows if other != row]) or len(rows) == 1
    for cell, interval in possible.items():
        assert (found.low[cell], found.high[cell], found.exact[cell]) == (*interval, True)


# whatever way they are told


@settings(max_examples=30, deadline=None)
@given(table=small_tables(2, 2, complete=False), chance=st.randoms(use_true_random=False))
def test_the_order_of_cells_sums_and_parts_changes_nothing(
    table: tuple[list[Interval], list[Sum]], chance: random.Random
) -> None:
    cells, sums = table
    new = chance.sample(range(len(cells)), len(cells))
    moved = [cells[new.index(place)] for place in range(len(cells))]
    told = [
        Sum(new[one.total], chance.sample([new[p] for p in one.parts], len(one.parts)), one.complete) for one in sums
    ]
    found, again = tightened(cells, *sums), tightened(moved, *chance.sample(told, len(told)))
    assert found.low.tolist() == again.low[new].tolist()
    assert found.high.tolist() == again.high[new].tolist()


@settings(max_examples=30, deadline=None)
@given(counts=st.lists(st.integers(0, 200), min_size=6, max_size=6))
def test_finer_rounding_never_widens_bounds(counts: list[int]) -> None:
    places, sums = crossed(3, 2)
    inner = [place for place in places if 0 not in place]
    true = dict(zip(inner, counts, strict=True))
    values = [
        sum(true[one] for one in inner if all(part in (0, at) for part, at in zip(place, one, strict=True)))
        for place in places
    ]
    # Multiples of 5 that are told to 5, to 10 and to 50: each interval lies in the next.
    widths = []
    for half in (25, 5, 2):
        found = bounds([(max(0, value - half), value + half) for value in values], *sums)
        assert all(low <= value <= high for value, (low, high) in zip(values, found, strict=True))
        widths.append([high - low for low, high in found])
    assert all(
        coarse >= fine for one, next_ in itertools.pairwise(widths) for coarse, fine in zip(one, next_, strict=True)
    )


def test_a_solver_that_gives_up_leaves_bounds_that_hold_and_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    cells = [(0, 1)] * 3 + [(0, 1)] * 3
    sums = Sum(3, [0, 1]), Sum(4, [1, 2]), Sum(5, [0, 2])
    monkeypatch.setattr(tables, "milp", lambda *_, **__: OptimizeResult(status=1, x=None))
    found = tightened(cells, *sums)
    assert (found.low.tolist(), found.high.tolist()) == ([0] * 6, [1] * 6)
    assert not found.exact.any()


def test_a_table_of_three_dimensions_needs_whole_numbers() -> None:
    """Three of six cells of 0 or 1, each pair of them 1 at most: half a person in each would be one and a half."""
    sums = Sum(3, [0, 1]), Sum(4, [1, 2]), Sum(5, [0, 2]), Sum(6, [0, 1, 2])
    assert bounds([(0, 1)] * 6 + [(0, 3)], *sums)[6] == (0, 1)
