"""Tightest whole bounds, compared with counting everything that is possible."""

from __future__ import annotations

import itertools
from fractions import Fraction
from math import ceil, floor

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipelines.estimate.bounds import ContradictionError, Interval, Share, tighten


def test_a_cell_that_is_tied_to_nothing_keeps_its_bounds() -> None:
    assert tighten({"a": Interval(3, 7)}) == {("a",): Interval(3, 7)}


def test_counts_are_whole_and_never_negative() -> None:
    assert tighten({"a": Interval(1.2, 3.8), "b": Interval(None, 2)}) == {
        ("a",): Interval(2, 3),
        ("b",): Interval(0, 2),
    }


def test_what_has_no_upper_bound_has_none() -> None:
    assert tighten({"a": Interval(4, None)})[("a",)] == Interval(4, None)


def test_the_rest_of_a_total_is_bounded_by_the_other_cells() -> None:
    cells = {"all": Interval(18, 22), "a": Interval(8, 12), "b": Interval(None, None)}
    assert tighten(cells, [("all", ["a", "b"])])[("b",)] == Interval(6, 14)


def test_cells_tighten_each_other_and_their_total() -> None:
    cells = {"all": Interval(0, 5), "a": Interval(3, 9), "b": Interval(1, 9)}
    found = tighten(cells, [("all", ["a", "b"])])
    assert found == {("all",): Interval(4, 5), ("a",): Interval(3, 4), ("b",): Interval(1, 2)}


def test_a_share_bounds_its_part() -> None:
    cells = {"all": Interval(1000, 1000), "a": Interval(0, None)}
    assert tighten(cells, shares=[Share("a", "all", 5.5, 6.5)])[("a",)] == Interval(55, 65)


def test_a_share_of_half_a_percent_point_is_exact_at_its_edges() -> None:
    """5.5 percent of 200 is 11: a tolerance of the solver may neither lose nor gain one."""
    cells = {"all": Interval(200, 200), "a": Interval(0, None)}
    assert tighten(cells, shares=[Share("a", "all", 5.5, 6.5)])[("a",)] == Interval(11, 13)


def test_a_sum_is_tighter_than_the_sum_of_its_parts() -> None:
    cells = {"all": Interval(10, 10), "a": Interval(4, 4), "b": Interval(0, None), "c": Interval(0, None)}
    found = tighten(cells, [("all", ["a", "b", "c"])], targets=[["b"], ["c"], ["b", "c"]])
    assert found[("b",)] == found[("c",)] == Interval(0, 6)
    assert found[("b", "c")] == Interval(6, 6)


@pytest.mark.parametrize("free", [Interval(0, 100), Interval(0, None), Interval(None, None)])
def test_figures_that_contradict_each_other_are_an_error_and_never_a_bound(free: Interval) -> None:
    cells = {"all": Interval(5, 5), "a": Interval(9, 9), "b": free}
    with pytest.raises(ContradictionError):
        tighten(cells, [("all", ["a", "b"])])


def test_a_contradiction_is_found_where_a_cell_has_no_bound_at_all() -> None:
    cells = {"all": Interval(5, 5), "a": Interval(9, None), "elsewhere": Interval(0, None), "b": Interval(0, None)}
    with pytest.raises(ContradictionError):
        tighten(cells, [("all", ["a", "b"])], targets=[["elsewhere"]])


@given(
    ranges=st.lists(st.tuples(st.integers(0, 6), st.integers(0, 4)), min_size=2, max_size=3),
    total=st.tuples(st.integers(0, 14), st.integers(0, 3)),
    share=st.tuples(st.integers(0, 100), st.integers(0, 40)),
)
def test_bounds_are_those_of_counting_everything_that_is_possible(
    ranges: list[tuple[int, int]], total: tuple[int, int], share: tuple[int, int]
) -> None:
    cells = {f"c{place}": Interval(low, low + width) for place, (low, width) in enumerate(ranges)}
    cells["all"] = Interval(total[0], total[0] + total[1])
    tie = Share("c0", "all", share[0], min(100, share[0] + share[1]))
    possible = [
        parts
        for parts in itertools.product(*(range(low, low + width + 1) for low, width in ranges))
        if total[0] <= sum(parts) <= total[0] + total[1]
        and tie.low * sum(parts) <= 100 * parts[0] <= tie.high * sum(parts)
    ]
    arguments = (cells, [("all", [f"c{place}" for place in range(len(ranges))])], [tie])
    if not possible:
        with pytest.raises(ContradictionError):
            tighten(*arguments)
        return
    found = tighten(*arguments)
    for place in range(len(ranges)):
        values = [parts[place] for parts in possible]
        assert found[(f"c{place}",)] == Interval(min(values), max(values))


@given(whole=st.integers(1_000, 3_000_000), known=st.integers(30, 60), first=st.integers(5, 20))
def test_bounds_are_exact_to_the_person_where_numbers_are_large(whole: int, known: int, first: int) -> None:
    """A solver stops by default when it is near enough; one person in a million is not near enough."""
    counted = whole * known // 100
    second = 100 - known - first
    cells = {
        "all": Interval(whole - 2, whole + 2),
        "known": Interval(counted - 2, counted + 2),
        "a": Interval(0, None),
        "b": Interval(0, None),
    }
    half = Fraction(1, 2)
    shares = [Share("a", "all", first - 0.5, first + 0.5), Share("b", "all", second - 0.5, second + 0.5)]
    found = tighten(cells, [("all", ["known", "a", "b"])], shares, [["a"]])[("a",)]
    highs, lows = [], []
    for total in range(whole - 2, whole + 3):
        for rest in range(total - counted - 2, total - counted + 3):
            high = min(floor((first + half) * total / 100), rest - ceil((second - half) * total / 100))
            low = max(ceil((first - half) * total / 100), rest - floor((second + half) * total / 100))
            if low <= high:
                highs.append(high)
                lows.append(low)
    assert found == Interval(min(lows), max(highs))
