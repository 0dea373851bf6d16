"""Controlled rounding: sums hold, cells go no further than they may, and nothing nearer exists."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from scipy.optimize import OptimizeResult

from pipelines.privacy.tables.audit import audit, release_of
from pipelines.privacy.tables.rounding import rounded
from pipelines.privacy.tables.sensitive import vague_below
from pipelines.privacy.tables.table import GaveUpError, Table, UnprotectableError
from tests.unit.privacy.tables.made import SECRET, crossed, possible

SMALL = arrays(np.int64, st.tuples(st.integers(1, 3), st.integers(1, 3)), elements=st.integers(0, 12))


def beside(value: int, base: int) -> list[int]:
    return sorted({value // base * base, -(-value // base) * base})


@settings(max_examples=60, deadline=None)
@given(SMALL, st.integers(2, 7))
def test_every_sum_holds_and_each_cell_goes_to_a_multiple_beside_it(values: np.ndarray, base: int) -> None:
    """Of two dimensions such a rounding always exists (Causey, Cox and Ernst 1985)."""
    table = crossed(values)
    found = rounded(table, base, None)
    assert found.steps == 1
    assert not (table.sums @ found.values).any()
    assert all(to in beside(value, base) for value, to in zip(table.values, found.values, strict=True))


@settings(max_examples=30, deadline=None)
@given(arrays(np.int64, (2, 3), elements=st.integers(0, 12)), st.integers(2, 7))
def test_no_table_of_neighbouring_multiples_is_nearer(values: np.ndarray, base: int) -> None:
    table = crossed(values)
    every = possible(table, [beside(value, base) for value in table.values.tolist()])
    assert rounded(table, base, None).cost == min(np.abs(one - table.values).sum() for one in map(np.array, every))


@settings(max_examples=30, deadline=None)
@given(SMALL, st.integers(2, 7), st.binary(min_size=16, max_size=16))
def test_rounding_left_to_chance_keeps_sums_and_reach(values: np.ndarray, base: int, secret: bytes) -> None:
    table = crossed(values)
    found = rounded(table, base, secret)
    assert not (table.sums @ found.values).any()
    assert np.abs(found.values - table.values).max() <= found.reach


def test_a_lone_cell_left_to_chance_is_right_on_average() -> None:
    table = Table.of(dict.fromkeys(range(600), 7), [])
    drawn = rounded(table, 5, SECRET).values.tolist()
    assert set(drawn) == {5, 10}
    assert np.mean(drawn) == pytest.approx(7, abs=0.4)  # four standard errors


def test_a_cell_keeps_its_draw_every_night_whatever_else_is_in_the_table() -> None:
    """b is a multiple whatever it is, so nothing but the draw of a decides."""
    nights = [Table.of({"b": b, "a": 4, "all": 4 + b}, [("all", ["a", "b"])]) for b in range(1000, 1400, 10)]
    drawn = {int(rounded(night, 10, SECRET).values[1]) for night in nights}
    alone = rounded(Table.of({"a": 4}, []), 10, SECRET).values.tolist()
    assert len(drawn) == 1
    assert alone == rounded(Table.of({"c": 7, "a": 4}, []), 10, SECRET).values[1:].tolist()


def test_a_short_secret_is_refused() -> None:
    with pytest.raises(ValueError, match="16 bytes"):
        rounded(Table.of({"a": 1}, []), 5, b"short")


def without_a_zero_restricted_rounding() -> Table:
    """Ones on the even corners of a cube: every line holds a one, so of base 2 every plane is a multiple and stays.

    By counting (below): of each two even corners exactly one would have to go up, which three corners cannot do.
    """
    values = np.zeros((2, 2, 2), np.int64)
    for corner in ((0, 0, 0), (0, 1, 1), (1, 0, 1), (1, 1, 0)):
        values[corner] = 1
    return crossed(values)


def test_a_cube_without_neighbouring_multiples_goes_one_step_further_only_if_asked_and_says_so() -> None:
    table = without_a_zero_restricted_rounding()
    assert not list(possible(table, [beside(value, 2) for value in table.values.tolist()]))
    with pytest.raises(UnprotectableError):
        rounded(table, 2, None)
    found = rounded(table, 2, None, two_steps=True)
    assert (found.steps, found.reach, found.optimal) == (2, 3, True)
    assert not (table.sums @ found.values).any()
    assert (found.values % 2 == 0).all()


def test_where_even_one_step_further_does_not_help_it_says_that() -> None:
    """A hundred cells that are equal, as sums tell, would all go up or all stay."""
    cells = dict.fromkeys(range(100), 1)
    table = Table.of({"all": 100, **cells}, [("all", [*cells]), *[(0, [part]) for part in cells if part]])
    with pytest.raises(UnprotectableError):
        rounded(table, 11, None, two_steps=True)


def test_a_table_that_is_round_stays() -> None:
    table = crossed(np.array([[5, 10], [0, 15]]))
    assert rounded(table, 5, None).values.tolist() == table.values.tolist()


def test_a_table_on_which_the_solver_stops_early_is_not_called_the_nearest(monkeypatch: pytest.MonkeyPatch) -> None:
    stopped = OptimizeResult(status=1, x=np.array([1.0]), mip_gap=0.0)
    monkeypatch.setattr("pipelines.privacy.tables.solver.milp", lambda *_, **__: stopped)
    assert not rounded(Table.of({"a": 1}, []), 5, None).optimal


def test_a_table_on_which_the_solver_gives_up_takes_no_second_step(monkeypatch: pytest.MonkeyPatch) -> None:
    asked = []

    def give_up(*_: object, **said: object) -> OptimizeResult:
        asked.append(said)
        return OptimizeResult(status=1, x=None, message="node limit")

    monkeypatch.setattr("pipelines.privacy.tables.solver.milp", give_up)
    with pytest.raises(GaveUpError, match="node limit"):
        rounded(without_a_zero_restricted_rounding(), 2, None, two_steps=True)
    assert len(asked) == 2, "once with and once without the condition that numbers are whole"


def test_a_base_of_one_is_refused() -> None:
    with pytest.raises(ValueError, match="below 2"):
        rounded(Table.of({"a": 1}, []), 1, None)


def test_all_municipalities_by_twelve_groups_with_margins_are_rounded_and_audited() -> None:
    table = crossed(np.random.default_rng(0).negative_binomial(0.4, 0.01, (342, 12)))
    found = rounded(table, 10, None)
    release = release_of(table, found.values.astype(float), 10, found.reach)
    assert audit(vague_below(table, 10, 9), release) == []
    assert (found.steps, found.optimal) == (1, True)
