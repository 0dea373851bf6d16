"""The interval of a rounded figure: all that rounds to it, and nothing that does not."""

from __future__ import annotations

from fractions import Fraction

import duckdb
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipelines.sources.observations import BASES, NEUTRAL, count_bounds, reading, rounding_base, share_bounds

BASE = st.sampled_from(BASES)


@given(count=st.integers(0, 10_000_000), base=BASE)
def test_a_count_lies_within_the_bounds_of_what_it_was_rounded_to(count: int, base: int) -> None:
    below = count // base * base
    for published in {below, below + base}:
        if abs(count - published) * 2 <= base:  # the nearest, and both where it is a tie
            low, high = count_bounds(published, base)
            assert low <= count <= high


@given(times=st.integers(0, 10_000), base=BASE)
def test_every_whole_number_within_the_bounds_rounds_to_the_figure(times: int, base: int) -> None:
    low, high = count_bounds(times * base, base)
    assert low >= 0
    for edge in (low, high):
        assert edge == int(edge)
        assert abs(edge - times * base) * 2 <= base
    assert abs(high + 1 - times * base) * 2 > base
    assert low == 0 or abs(low - 1 - times * base) * 2 > base


@pytest.mark.parametrize(
    ("value", "base", "bounds"),
    [(3730, 10, (3725, 3735)), (4025, 5, (4023, 4027)), (17400, 100, (17350, 17450)), (0, 10, (0, 5)), (7, 1, (7, 7))],
)
def test_bounds_of_counts_that_were_published(value: int, base: int, bounds: tuple[int, int]) -> None:
    assert count_bounds(value, base) == bounds


@given(thousandths=st.integers(0, 200_000), decimals=st.integers(0, 2))
def test_a_share_lies_within_the_bounds_of_what_it_was_rounded_to(thousandths: int, decimals: int) -> None:
    share = Fraction(thousandths, 1000)
    published = float(round(share, decimals))
    low, high = share_bounds(published, decimals)
    assert Fraction(str(low)) <= share <= Fraction(str(high))


def test_bounds_of_a_share_are_free_of_float_noise_and_never_below_nought() -> None:
    assert share_bounds(11.4, 1) == (11.35, 11.45)
    assert share_bounds(43, 0) == (42.5, 43.5)
    assert share_bounds(0, 0) == (0, 0.5)


@given(times=st.lists(st.integers(1, 500), min_size=1, max_size=10), base=BASE)
def test_figures_that_were_rounded_to_a_base_show_at_least_that_base(times: list[int], base: int) -> None:
    found = rounding_base([one * base for one in times])
    assert found >= base
    assert all(one * base % found == 0 for one in times)


@pytest.mark.parametrize(
    ("values", "base"),
    [([17400], 100), ([3730], 10), ([4025], 5), ([7975, 4025, 18480], 5), ([18480, 17400], 10), ([3], 1), ([2.5], 1)],
)
def test_the_coarsest_base_that_all_figures_of_a_table_allow(values: list[float], base: int) -> None:
    assert rounding_base(values) == base


def test_a_lone_nought_says_nothing_of_a_base() -> None:
    assert rounding_base([0]) == 1


def test_a_nought_beside_other_figures_does_not_change_their_base() -> None:
    assert rounding_base([0, 30, 120]) == 10


def row(number: int, **fields: object) -> dict[str, object]:
    return {"locator_file": "a.csv", "locator_row": number, "value": 1.0} | fields


def test_rows_that_come_from_one_source_row_are_read_once() -> None:
    rejected = [{"locator_file": "a.csv", "locator_row": 4, "field": "wet", "rule": "is empty"}]
    with duckdb.connect() as connection:
        found = reading(connection, [row(2), row(2), row(3)], rejected, form={})
        assert found.rows_read == 3
        assert len(found.accepted.fetchall()) == 3
        assert found.rejected.fetchall() == [("a.csv", 4, "wet", "is empty")]


def test_a_dimension_by_which_a_figure_is_not_divided_is_neutral() -> None:
    with duckdb.connect() as connection:
        found = reading(connection, [row(2, law="wav")], [], form={})
        (only,) = found.accepted.fetchall()
        fields = dict(zip(found.accepted.columns, only, strict=True))
    assert fields["law"] == "wav"
    assert {name: fields[name] for name in NEUTRAL if name != "law"} == {n: v for n, v in NEUTRAL.items() if n != "law"}


@given(count=st.integers(0, 10_000_000), base=BASE)
def test_a_count_lies_within_its_bounds_whichever_way_it_was_rounded(count: int, base: int) -> None:
    below = count // base * base
    above = below if below == count else below + base
    for mode, published in (("down", below), ("up", above), ("either", below), ("either", above)):
        low, high = count_bounds(published, base, mode)
        assert low <= count <= high
        assert high - low <= 2 * (base - 1)


def test_bounds_of_each_way_of_rounding() -> None:
    found = [count_bounds(120, 10, mode) for mode in ("nearest", "down", "up", "either")]
    assert found == [(115, 125), (120, 129), (111, 120), (111, 129)]
    assert count_bounds(0, 10, "up") == (0, 0)
