"""Overlaps rounded once: by chance that a secret fixes, right on average, and owned up to by the interval."""

from __future__ import annotations

from datetime import date
from math import hypot, sqrt
from typing import TYPE_CHECKING

import numpy as np
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipelines.estimate.rounded import CELL, rounded, widened
from pipelines.estimate.unobserved.lists import Counts, Estimate
from pipelines.estimate.unobserved.two_lists import lincoln_petersen
from pipelines.privacy.disclosure import Rules

if TYPE_CHECKING:
    from numpy.typing import NDArray

RULES, SECRET = Rules(threshold=10, base=10), bytes(range(16))


def cells(persons: list[int], stratum: str = "all") -> pl.DataFrame:
    """One list whose persons were met so often."""
    of = dict.fromkeys(CELL, "a") | {"period_start": date(2025, 1, 1), "period_end": date(2025, 12, 31)}
    rows = [of | {"stratum": stratum, "contacts": times, "persons": number} for times, number in enumerate(persons, 1)]
    return pl.DataFrame(rows)


def of(persons: list[int], rules: Rules = RULES, secret: bytes = SECRET, stratum: str = "all") -> list[int]:
    return rounded(cells(persons, stratum), rules, secret)["rounded"].to_list()


@given(persons=st.lists(st.integers(0, 200), min_size=1, max_size=20), secret=st.binary(min_size=16, max_size=16))
def test_a_count_becomes_a_multiple_beside_it_and_of_enough_persons_never_nought(
    persons: list[int], secret: bytes
) -> None:
    for rules in (RULES, Rules(threshold=10, base=15)):
        for exact, shown in zip(persons, of(persons, rules, secret), strict=True):
            assert shown % rules.base == 0
            assert abs(shown - exact) < rules.base
            assert exact < rules.threshold or shown >= rules.base


def test_the_rounding_is_right_on_average() -> None:
    shown = of([13] * 4000)
    assert set(shown) == {10, 20}
    assert np.mean(shown) == pytest.approx(13, abs=0.3)


def test_the_secret_and_the_cell_decide_and_the_count_does_not() -> None:
    assert of([15] * 50) == of([15] * 50)
    assert of([15] * 50) != of([15] * 50, secret=bytes(16))
    assert of([15] * 50) != of([15] * 50, stratum="farms")
    rising = [of([count] * 50) for count in range(20, 31)]
    assert all((np.diff(np.array(rising), axis=0) >= 0).ravel()), "a draw stays while a count is corrected"


def test_counts_need_a_secret_and_no_counts_do_not() -> None:
    with pytest.raises(ValueError, match="secret"):
        of([1], secret=b"")
    assert rounded(cells([1]).clear(), RULES, b"")["rounded"].to_list() == []


HELD = np.array([[True, False], [False, True], [True, True]])


def plain(persons: NDArray[np.int64]) -> Estimate:
    return lincoln_petersen(Counts(("a", "b"), HELD, persons))


def test_the_interval_grows_by_the_variance_of_the_rounding_over_that_of_chance() -> None:
    """The derivatives of the logarithm of a b / c are known."""
    persons = np.array([4100, 1800, 600])
    found = plain(persons)
    wide = widened(found, lambda counts: plain(counts).unobserved, persons, 10)
    assert found.standard_error
    factor = sqrt(1 + 100 / 6 * (1 / persons**2).sum() * (found.unobserved / found.standard_error) ** 2)
    assert wide.value == found.value
    for end, before in ((wide.low, found.low), (wide.high, found.high)):
        by_all = found.unobserved * (((before - found.observed) / found.unobserved) ** factor - 1)
        assert end == pytest.approx(found.value + np.sign(by_all) * hypot(by_all, 1.96 * sqrt(300 / 6)), rel=1e-5)
    assert found.observed < wide.low < found.low < found.high < wide.high


def test_widened_intervals_hold_the_number_far_more_often_than_others() -> None:
    """Two lists of 200 and 160 of 1,600 persons: some 20 in both, which rounding changes by up to half."""
    chance, number = np.random.default_rng(1), 1600
    exact = chance.multinomial(number, [0.1125, 0.0875, 0.0125, 0.7875], 5000)[:, :3]
    exact = exact[exact[:, 2] >= RULES.threshold]
    shown = (exact // 10 + (chance.random(exact.shape) * 10 < exact % 10)) * 10
    draws = held = held_widened = 0
    for persons, times in zip(*np.unique(shown, axis=0, return_counts=True), strict=True):
        found = plain(persons)
        wide = widened(found, lambda counts: plain(counts).unobserved, persons, 10)
        draws += times
        held += times * (found.low <= number <= found.high)
        held_widened += times * (wide.low <= number <= wide.high)
    assert held < 0.82 * draws
    assert held_widened > 0.92 * draws


def test_where_next_to_nobody_is_unseen_the_interval_is_that_of_who_was_seen() -> None:
    """A thirtieth of a person: the logarithm of that must not carry how the others were rounded."""
    persons = np.array([10, 10, 3000])
    wide = widened(plain(persons), lambda counts: plain(counts).unobserved, persons, 10)
    assert wide.low == wide.observed == 3020
    assert wide.high < 3050


def test_counts_of_which_nobody_would_be_unseen_are_as_those_of_which_one_would() -> None:
    persons = np.array([300, 200, 100])
    nobody, one = (widened(plain(persons), lambda _, unseen=unseen: unseen, persons, 10) for unseen in (0.0, 1.0))
    assert nobody == one


def test_an_estimate_without_a_standard_error_is_no_case_for_widening() -> None:
    nested = np.array([0, 400, 100])
    with pytest.raises(ValueError, match="no standard error"):
        widened(plain(nested), lambda counts: plain(counts).unobserved, nested, 10)
