"""The audit: the bounds an intruder computes, by hand and by trying all tables; and what it lets pass."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from scipy.optimize import OptimizeResult
from scipy.sparse import csr_array

from pipelines.privacy.tables.audit import (
    ContradictionError,
    Finding,
    Release,
    audit,
    differential,
    joined,
    release_of,
)
from pipelines.privacy.tables.rounding import rounded
from pipelines.privacy.tables.sensitive import Required, vague_below, withheld_below
from pipelines.privacy.tables.suppression import suppressed
from pipelines.privacy.tables.table import Table
from tests.unit.privacy.tables.made import INVESTMENT_SENSITIVE, crossed, investment, possible


def everything(table: Table) -> Required:
    """More than any table allows, so that the audit tells the bounds of every cell."""
    return Required.of(table.cells, np.ones(len(table.cells), np.bool_), -1, 1e6)


def bounds(table: Table, *releases: Release) -> dict[object, tuple[float, float]]:
    return {one.cell: (one.low, one.high) for one in audit(everything(table), *releases)}


def exactly(table: Table) -> Release:
    return release_of(table, table.values.astype(float))


# by hand


def test_of_four_withheld_corners_one_bounds_the_others() -> None:
    """Activity II has 30 in A and C together, III has 29 there: of C's 34 at least 5 and at most 30 are of II."""
    table = investment()
    hidden = [("1", "2"), ("1", "0"), ("2", "0"), ("2", "2")]
    shown = np.array(
        [np.nan if cell in hidden else value for cell, value in zip(table.cells, table.values, strict=True)]
    )
    found = bounds(table, release_of(table, shown))
    assert found[INVESTMENT_SENSITIVE] == (5, 30)
    assert found["1", "0"] == (0, 25)


def test_withholding_the_sensitive_cell_alone_hides_nothing() -> None:
    table = investment()
    sensitive = np.array([cell == INVESTMENT_SENSITIVE for cell in table.cells])
    release = release_of(table, np.where(sensitive, np.nan, table.values))
    assert audit(Required.of(table.cells, sensitive, 17, 27), release) == [Finding(INVESTMENT_SENSITIVE, 22, 22)]


# by trying all


@settings(max_examples=25, deadline=None)
@given(arrays(np.int64, (2, 2), elements=st.integers(0, 8)), st.integers(2, 4))
def test_the_bounds_of_a_rounded_table_are_those_of_all_tables_behind_it(values: np.ndarray, base: int) -> None:
    table = crossed(values)
    found = rounded(table, base, None)
    choices = [range(max(0, shown - base + 1), shown + base) for shown in found.values.tolist()]
    every = np.array([*possible(table, choices)])
    told = bounds(table, release_of(table, found.values.astype(float), base, found.reach))
    assert told == dict(zip(table.cells, zip(every.min(axis=0), every.max(axis=0), strict=True), strict=True))


@settings(max_examples=10, deadline=None)
@given(arrays(np.int64, (2, 2, 2), elements=st.integers(0, 2)), st.lists(st.booleans(), min_size=27, max_size=27))
def test_the_bounds_of_a_suppressed_cube_are_those_of_all_tables_behind_it(
    values: np.ndarray, gone: list[bool]
) -> None:
    table = crossed(values)
    withheld = np.array(gone)
    most = np.array([2.0 * 2 ** sum(code == "t" for code in cell) for cell in table.cells])
    choices = [
        range(int(up) + 1) if hidden else [value]
        for value, hidden, up in zip(table.values.tolist(), withheld, most, strict=True)
    ]
    every = np.array([*possible(table, choices)])
    told = bounds(table, release_of(table, np.where(withheld, np.nan, table.values), high=most))
    assert told == dict(zip(table.cells, zip(every.min(axis=0), every.max(axis=0), strict=True), strict=True))


def test_a_rounded_table_of_which_small_cells_are_withheld_gives_away_what_both_sums_say() -> None:
    """All 25, a 20: b would be shown as 5, so it is from 1 to 9; bounds of the counts alone would say 0 to 13."""
    table = Table.of({"all": 23, "a": 19, "b": 4}, [("all", ["a", "b"])])
    release = release_of(table, np.array([25, 20, np.nan]), base=5, reach=4)
    assert bounds(table, release) == {"all": (21, 29), "a": (16, 24), "b": (1, 9)}


def test_withholding_in_a_rounded_table_is_safe_when_enough_is_withheld() -> None:
    table = crossed(np.array([[4, 31, 48], [62, 7, 25], [33, 41, 58]]))
    whole = rounded(table, 5, None)
    small = table.values < 10
    in_multiples = Table(table.cells, whole.values // 5, table.sums)
    withheld = suppressed(in_multiples, Required.of(table.cells, small, 0, 2), secret=None).withheld
    shown = np.where(withheld, np.nan, whole.values)
    low = np.where(withheld, 0, 10)
    required = Required.of(table.cells, small, 0, 9)
    assert audit(required, release_of(table, shown, 5, whole.reach, low)) == []
    assert audit(required, release_of(table, np.where(small, np.nan, whole.values), 5, whole.reach, low))


# rounding passes, and when it does not


@settings(max_examples=25, deadline=None)
@given(arrays(np.int64, st.tuples(st.integers(2, 4), st.integers(2, 4)), elements=st.integers(0, 40)))
def test_a_cell_that_passes_may_be_anything_in_its_range(values: np.ndarray) -> None:
    """What the audit lets pass is at least as vague as asked; what it finds is within reach of what was shown."""
    table = crossed(values)
    found = rounded(table, 10, None)
    release = release_of(table, found.values.astype(float), 10, found.reach)
    short = {one.cell: one for one in audit(vague_below(table, 10, 9), release)}
    told = bounds(table, release)
    for cell, value in zip(table.cells, table.values, strict=True):
        low, high = told[cell]
        assert low <= value <= high
        assert (cell in short) == (value < 10 and high - low < 9)


def test_a_total_that_is_told_more_precisely_gives_its_rounded_parts_away() -> None:
    table = Table.of({"all": 3, "a": 1, "b": 1, "c": 1}, [("all", ["a", "b", "c"])])
    required = Required.of(table.cells, np.array([False, True, True, True]), np.inf, -np.inf, 4)
    shown = np.zeros(4)
    assert audit(required, release_of(table, shown, 5, 4)) == []
    told = release_of(table, shown, 5, 4, high=np.array([3, np.inf, np.inf, np.inf]))
    assert audit(required, told) == [Finding(part, 0, 3) for part in ("a", "b", "c")]


def test_amounts_of_many_millions_are_audited_as_counts_are() -> None:
    table = Table.of({"all": 90_000_000, "a": 60_000_000, "b": 30_000_000}, [("all", ["a", "b"])])
    release = release_of(table, np.array([9e7, np.nan, np.nan]))
    assert bounds(table, release)["a"] == (0, 90_000_000)


@pytest.mark.parametrize("parts", [6, 8, 9, 11, 20])
def test_a_withheld_total_of_many_large_parts_is_known_exactly(parts: int) -> None:
    """However many times larger than what is shown it is."""
    each = dict.fromkeys(range(parts), 2_000_000)
    table = Table.of({"all": 2_000_000 * parts, **each}, [("all", [*each])])
    release = release_of(table, np.array([np.nan, *each.values()]))
    required = Required.of(table.cells, table.values > 2_000_000, table.values * 1.0, table.values * 1.1)
    assert audit(required, release) == [Finding("all", 2_000_000 * parts, 2_000_000 * parts)]


def test_what_the_solver_gives_up_on_is_a_finding_and_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    gave_up = OptimizeResult(status=1, x=None)
    monkeypatch.setattr("pipelines.privacy.tables.audit.milp", lambda *_, **__: gave_up)
    table = Table.of({"a": 3}, [])
    found = audit(vague_below(table, 10, 4), release_of(table, np.array([0.0]), 5, 4))
    assert found == [Finding("a", 0, 4, proven=False)]


def test_an_earlier_release_of_the_same_cells_narrows_them() -> None:
    table = Table.of({"a": 3}, [])
    first, second = (release_of(table, np.array([shown]), 5, 4) for shown in (0.0, 5.0))
    required = vague_below(table, 10, 4)
    assert audit(required, first) == audit(required, second) == []
    assert audit(required, second, first) == [Finding("a", 1, 4)]


def test_a_linked_table_narrows_the_cells_it_shares() -> None:
    by_group = Table.of({"all": 30, "eu": 26, "outside": 4}, [("all", ["eu", "outside"])])
    by_stay = Table.of({"eu": 26, "short": 12, "long": 14}, [("eu", ["short", "long"])])
    hides_two = release_of(by_group, np.array([30, np.nan, np.nan]))
    small = Required.of(by_group.cells, np.array([False, False, True]), 0, 9)
    assert audit(small, hides_two) == []
    assert audit(small, hides_two, exactly(by_stay)) == [Finding("outside", 4, 4)]


def test_cells_of_every_release_are_judged_whichever_comes_first_and_in_whatever_order() -> None:
    by_group = Table.of({"all": 30, "eu": 26, "outside": 4}, [("all", ["eu", "outside"])])
    by_stay = Table.of({"short": 12, "long": 14, "eu": 26}, [("eu", ["short", "long"])])
    hides_two = release_of(by_group, np.array([30, np.nan, np.nan]))
    both = withheld_below(by_stay, 10) | withheld_below(by_group, 10)
    assert audit(both, exactly(by_stay), hides_two) == [Finding("outside", 4, 4)]
    assert audit(both, hides_two, exactly(by_stay)) == [Finding("outside", 4, 4)]


def test_what_is_required_of_a_cell_that_is_in_no_release_is_refused() -> None:
    one, other = Table.of({"a": 3}, []), Table.of({"b": 3}, [])
    with pytest.raises(KeyError):
        audit(withheld_below(one, 10), exactly(other))


def test_two_roundings_that_withhold_the_same_cell_narrow_it_together() -> None:
    table = Table.of({"all": 23, "a": 19, "b": 4}, [("all", ["a", "b"])])
    up, down = (release_of(table, np.array([total, 20, np.nan]), base=5, reach=4) for total in (25, 20))
    assert bounds(table, up)["b"] == (1, 9)
    assert bounds(table, down)["b"] == (0, 4)
    assert bounds(table, up, down)["b"] == (1, 4)


def test_releases_of_which_no_table_can_be_true_are_refused() -> None:
    table, other = Table.of({"a": 3}, []), Table.of({"a": 4}, [])
    with pytest.raises(ContradictionError):
        audit(everything(table), exactly(table), exactly(other))


def test_a_cell_without_bound_is_told_as_such() -> None:
    table = Table.of({"all": 5, "a": 5}, [("all", ["a"])])
    required = Required.of(table.cells, np.array([True, True]), -1, 0)
    assert audit(required, release_of(table, np.array([np.nan, np.nan])))[0].high == np.inf


# two releases


def change(before: Release, after: Release, *, nought: bool = True) -> list[Finding]:
    return differential(before, after, 10, 4, nought=nought)


def test_two_exact_releases_show_who_came() -> None:
    before, after = (exactly(Table.of({"a": value}, [])) for value in (100, 103))
    assert change(before, after) == [Finding("a", 3, 3)]


def test_a_change_of_many_and_one_that_is_vague_show_nobody() -> None:
    table = Table.of({"a": 100}, [])
    assert change(exactly(table), exactly(Table.of({"a": 140}, []))) == []
    before, after = (release_of(table, np.array([shown]), 5, 4) for shown in (100.0, 105.0))
    assert change(before, after) == []


def test_that_nobody_came_is_told_unless_it_may_be_known() -> None:
    release = exactly(Table.of({"a": 100}, []))
    assert change(release, release) == [Finding("a", 0, 0)]
    assert change(release, release, nought=False) == []


def test_what_the_solver_gives_up_on_between_releases_is_a_finding_too(monkeypatch: pytest.MonkeyPatch) -> None:
    """It stops at a change of 12, from which the change is certainly large; but it may be as small as 9."""
    before = exactly(Table.of({"a": 100}, []))
    after = Release(("a",), csr_array((0, 1)), np.array([109.0]), np.array([113.0]))
    stopped = OptimizeResult(status=1, x=np.array([12.0, 100, 112]))
    monkeypatch.setattr("pipelines.privacy.tables.audit.milp", lambda *_, **__: stopped)
    assert change(before, after) == [Finding("a", 12, 12, proven=False)]


def test_linked_tables_of_one_date_show_together_who_came() -> None:
    def release(outside: int) -> Release:
        by_group = Table.of({"all": 50 + outside, "eu": 50, "outside": outside}, [("all", ["eu", "outside"])])
        by_stay = Table.of({"eu": 50, "short": 20, "long": 30}, [("eu", ["short", "long"])])
        shows_the_total = release_of(by_group, np.array([50 + outside, np.nan, np.nan]))
        return joined(shows_the_total, release_of(by_stay, np.array([np.nan, 20, 30])))

    assert Finding("outside", 3, 3) in change(release(30), release(33))


def test_the_change_of_a_withheld_cell_follows_from_its_sums() -> None:
    first = Table.of({"all": 60, "a": 4, "b": 56}, [("all", ["a", "b"])])
    second = Table.of({"all": 62, "a": 6, "b": 56}, [("all", ["a", "b"])])
    before, after = (release_of(one, np.where(one.values < 10, np.nan, one.values)) for one in (first, second))
    assert Finding("a", 2, 2) in change(before, after)


@settings(max_examples=15, deadline=None)
@given(*[arrays(np.int64, (2, 2), elements=st.integers(0, 6)) for _ in range(2)])
def test_the_bounds_of_changes_are_those_of_all_pairs_of_tables(old: np.ndarray, new: np.ndarray) -> None:
    tables = crossed(old), crossed(new)
    releases, every = [], []
    for table in tables:
        found = rounded(table, 3, None)
        releases.append(release_of(table, found.values.astype(float), 3, found.reach))
        choices = [range(max(0, shown - 2), shown + 3) for shown in found.values.tolist()]
        every.append(np.array([*possible(table, choices)]))
    low, high = every[1].min(axis=0) - every[0].max(axis=0), every[1].max(axis=0) - every[0].min(axis=0)
    told = {one.cell: (one.low, one.high) for one in differential(*releases, threshold=1000, width=1000)}
    assert told == dict(zip(tables[0].cells, zip(low, high, strict=True), strict=True))
