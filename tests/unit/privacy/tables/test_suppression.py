"""Suppression: the lightest choice by hand and by trying every choice, and the audit's word on each choice."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from scipy.optimize import OptimizeResult

from pipelines.privacy.tables import solver, suppression
from pipelines.privacy.tables.audit import Release, audit, release_of
from pipelines.privacy.tables.hierarchy import layout
from pipelines.privacy.tables.sensitive import Required, vague_below, withheld_below
from pipelines.privacy.tables.suppression import suppressed
from pipelines.privacy.tables.table import Table, UnprotectableError
from tests.unit.privacy.tables.made import INVESTMENT_SENSITIVE, SECRET, crossed, investment

EXACT, GOOD = 250, 0


def withheld_release(table: Table, withheld: np.ndarray) -> Release:
    return release_of(table, np.where(withheld, np.nan, table.values))


def names(table: Table, withheld: np.ndarray) -> set[object]:
    return {cell for cell, gone in zip(table.cells, withheld, strict=True) if gone}


@pytest.mark.parametrize("exact_up_to", [EXACT, GOOD])
def test_of_the_investment_table_four_cells_at_the_corners_of_a_rectangle_are_withheld(exact_up_to: int) -> None:
    """With activity II in region C also A, and both of III; that nothing is lighter is tried below."""
    table = investment()
    sensitive = np.array([cell == INVESTMENT_SENSITIVE for cell in table.cells])
    required = Required.of(table.cells, sensitive, 17, 27)
    found = suppressed(table, required, table.values.astype(float), exact_up_to=exact_up_to, secret=None)
    assert names(table, found.withheld) == {("1", "2"), ("1", "0"), ("2", "0"), ("2", "2")}
    assert (found.weight, found.optimal) == (22 + 8 + 17 + 12, exact_up_to == EXACT)


def lightest_of_all(table: Table, required: Required, weight: np.ndarray) -> float:
    """The weight of the lightest choice that the audit accepts."""
    free = np.flatnonzero(~required.sensitive)
    choices = sorted(
        (cells for size in range(len(free) + 1) for cells in itertools.combinations(free, size)),
        key=lambda cells: weight[list(cells)].sum(),
    )
    for cells in choices:
        withheld = required.sensitive.copy()
        withheld[list(cells)] = True
        if not audit(required, withheld_release(table, withheld)):
            return float(weight[withheld].sum())
    raise AssertionError("nothing is enough")


def test_no_other_choice_in_the_investment_table_is_lighter() -> None:
    table = investment()
    sensitive = np.array([cell == INVESTMENT_SENSITIVE for cell in table.cells])
    assert lightest_of_all(table, Required.of(table.cells, sensitive, 17, 27), table.values.astype(float)) == 59


@settings(max_examples=4, deadline=None)
@given(arrays(np.int64, (2, 2), elements=st.integers(0, 12)), st.integers(2, 6))
def test_of_a_small_table_nothing_lighter_is_enough(values: np.ndarray, threshold: int) -> None:
    table = crossed(values)
    required = withheld_below(table, threshold)
    weight = 1.0 + table.values
    assert suppressed(table, required, weight, secret=None).weight == pytest.approx(
        lightest_of_all(table, required, weight)
    )


@settings(max_examples=25, deadline=None)
@given(
    arrays(np.int64, st.tuples(st.integers(2, 4), st.integers(2, 4)), elements=st.integers(0, 30)),
    st.sampled_from([EXACT, GOOD]),
    st.booleans(),
)
def test_the_audit_finds_no_cell_after_suppression(values: np.ndarray, exact_up_to: int, nought: bool) -> None:
    table = crossed(values)
    required = withheld_below(table, 10, nought=nought)
    found = suppressed(table, required, exact_up_to=exact_up_to, secret=None)
    assert found.withheld[required.sensitive].all()
    assert audit(required, withheld_release(table, found.withheld)) == []


@settings(max_examples=10, deadline=None)
@given(arrays(np.int64, (2, 2, 3), elements=st.integers(0, 30)), st.sampled_from([EXACT, GOOD]))
def test_nor_of_three_dimensions_where_fractions_could_hide_what_whole_numbers_show(
    values: np.ndarray, exact_up_to: int
) -> None:
    table = crossed(values)
    required = withheld_below(table, 10)
    assert (
        audit(
            required,
            withheld_release(table, suppressed(table, required, exact_up_to=exact_up_to, secret=None).withheld),
        )
        == []
    )


@settings(max_examples=10, deadline=None)
@given(arrays(np.int64, 8, elements=st.integers(0, 40)))
def test_nor_in_a_hierarchy_where_it_is_known_which_cells_are_withheld_for_being_small(values: np.ndarray) -> None:
    area = {"NL": ["PV1", "PV2"], "PV1": ["GM1", "GM2"], "PV2": ["GM3", "GM4"]}
    rows = list(itertools.product(["GM1", "GM2", "GM3", "GM4"], ["eu", "outside"]))
    codes = {"area": [area for area, _ in rows], "group": [group for _, group in rows]}
    table = layout({"area": area, "group": {"all": ["eu", "outside"]}}, codes).table(values)
    required = withheld_below(table, 10)
    assume((table.values[required.sensitive] < table.values.sum()).all())
    high = np.where(required.sensitive, 9.0, np.inf)
    try:
        found = suppressed(table, required, high=high, secret=None)
    except UnprotectableError:
        assume(False)
    shown = np.where(found.withheld, np.nan, table.values)
    assert audit(required, release_of(table, shown, high=high)) == []


def test_a_good_choice_is_no_lighter_than_the_best() -> None:
    table = crossed(np.random.default_rng(3).negative_binomial(0.4, 0.01, (8, 6)))
    required = withheld_below(table, 10)
    best, good = (suppressed(table, required, exact_up_to=up_to, secret=None) for up_to in (EXACT, GOOD))
    assert best.optimal
    assert not good.optimal
    assert required.sensitive.sum() < best.weight <= good.weight


@pytest.mark.parametrize("exact_up_to", [EXACT, GOOD])
def test_a_range_wider_than_the_whole_table_can_be_asked(exact_up_to: int) -> None:
    """If all three are withheld any of them could be anything."""
    table = Table.of({"all": 7, "a": 3, "b": 4}, [("all", ["a", "b"])])
    required = vague_below(table, 10, 30)
    found = suppressed(table, required, secret=None, exact_up_to=exact_up_to)
    assert found.withheld.all()
    assert audit(required, withheld_release(table, found.withheld)) == []


def test_where_the_least_takes_too_long_a_good_choice_is_made(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("pipelines.privacy.tables.suppression.CUTS", 0)
    table = investment()
    required = Required.of(table.cells, np.array([cell == INVESTMENT_SENSITIVE for cell in table.cells]), 17, 27)
    found = suppressed(table, required, secret=None)
    assert not found.optimal
    assert audit(required, withheld_release(table, found.withheld)) == []


def test_where_the_solver_gives_up_on_a_move_the_choice_is_not_called_the_least(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The reach of a cell comes in fractions, and whether whole numbers do it too is left open."""
    milp, linprog = solver.milp, suppression.linprog
    table = Table.of({"all": 60, "a": 4, "b": 26, "c": 30}, [("all", ["a", "b", "c"])])
    gave_up = iter([OptimizeResult(status=1, x=None, message="limit")] * 2)

    def in_fractions(*args: object, **options: object) -> OptimizeResult:
        found = linprog(*args, **options)
        found.x = found.x + 0.5
        return found

    def gives_up_on_the_first_move(goal: np.ndarray, **options: object) -> OptimizeResult:
        return next(gave_up, None) or milp(goal, **options)

    monkeypatch.setattr(suppression, "linprog", in_fractions)
    monkeypatch.setattr(solver, "milp", gives_up_on_the_first_move)
    assert not suppressed(table, withheld_below(table, 10), secret=None).optimal
    assert suppressed(table, withheld_below(table, 10), secret=None).optimal


def test_with_a_secret_chance_decides_between_choices_and_always_the_same_way() -> None:
    """All 47, a 9, b 19, c 19: by the counts either b or c; by a secret and their names one of them, and not both."""
    table = Table.of({"all": 47, "a": 9, "b": 19, "c": 19}, [("all", ["a", "b", "c"])])

    def chosen(secret: bytes) -> frozenset[object]:
        found = suppressed(table, withheld_below(table, 10), 1.0 * table.values, secret=secret)
        assert found.weight == 28
        return frozenset(names(table, found.withheld))

    assert chosen(SECRET) == chosen(SECRET)
    assert {chosen(SECRET + bytes([one])) for one in range(20)} == {frozenset("ab"), frozenset("ac")}


@pytest.mark.parametrize("exact_up_to", [EXACT, GOOD])
def test_what_cannot_be_hidden_is_said(exact_up_to: int) -> None:
    """It is asked that 20 seems possible, of what everybody knows to be 9 at most."""
    table = Table.of({"all": 18, "a": 9, "b": 9}, [("all", ["a", "b"])])
    required = Required.of(table.cells, table.values < 10, 0, 20)
    with pytest.raises(UnprotectableError):
        suppressed(table, required, high=np.array([np.inf, 9, 9]), exact_up_to=exact_up_to, secret=None)


def test_without_sensitive_cells_nothing_is_withheld() -> None:
    table = crossed(np.array([[20, 30], [40, 50]]))
    assert not suppressed(table, withheld_below(table, 10), secret=None).withheld.any()
