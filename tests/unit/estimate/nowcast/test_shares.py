"""Municipal nowcasts: they add up, small municipalities are trusted less, and what was an interval stays one."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.optimize import linprog

from pipelines.estimate.nowcast.shares import (
    History,
    _grown_total,
    _variance_between,
    growth,
    national_figure,
    nowcast,
)
from pipelines.estimate.refused import RefusedError

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Numbers = NDArray[np.floating]


def history(persons: Numbers, next_year: float = 1.1, **others: NDArray[np.str_]) -> History:
    """Exact figures, and an indicator that follows the nation and then grows by so much."""
    national = persons.sum(axis=1)
    return History(persons, persons, national, np.repeat([*national, national[-1] * next_year], 4), **others)


def growing(persons: list[int], seed: int = 2, years: int = 8) -> Numbers:
    """Municipalities of so many persons whose growth differs, counted with chance."""
    chance = np.random.default_rng(seed)
    rates = chance.normal(0.05, 0.06, len(persons)) + chance.normal(0, 0.03, (years, len(persons)))
    return chance.poisson(np.array(persons) * np.exp(np.cumsum(rates, axis=0))).astype(float)


def test_two_years_say_nothing_of_growth_and_leave_the_last_shares() -> None:
    found = nowcast(history(np.array([[100.0, 100], [150, 50]])), 1)
    assert found.value == pytest.approx([165, 55])
    assert found.low == pytest.approx(found.value)
    assert found.high == pytest.approx(found.value)


def test_figures_add_up_to_the_nation() -> None:
    known = history(growing([20, 200, 2000, 300]))
    assert growth(known).weight.max() > 0
    assert nowcast(known, 1).value.sum() == pytest.approx(national_figure(known, 1))


def test_the_growth_of_a_small_municipality_is_trusted_less() -> None:
    weight = growth(history(growing(sorted([10, 30, 100, 300, 1000, 3000] * 10)))).weight
    by_size = weight.reshape(6, 10).mean(axis=1)
    assert (np.diff(by_size) > 0).all()
    assert 0 < by_size[0] < 0.5 < by_size[-1] < 1


def test_growth_that_is_chance_alone_is_not_followed() -> None:
    """Shares that wander around one value: averages differ less than single years lead to expect."""
    chance = np.random.default_rng(3)
    assert growth(history(chance.poisson(500, (8, 60)).astype(float))).weight.max() == 0


@pytest.mark.parametrize("years", [3, 6])
def test_growth_that_is_the_same_each_year_is_followed(years: int) -> None:
    persons = 1000.0 * np.array([[1.2, 1.0, 0.9]]) ** np.arange(years)[:, None]
    found = nowcast(history(persons), 1)
    assert found.value / found.value.sum() == pytest.approx(
        persons[-1] * [1.2, 1.0, 0.9] / (persons[-1] @ [1.2, 1.0, 0.9])
    )


def test_with_equal_variances_the_variance_between_is_what_is_left_of_that_of_averages() -> None:
    own, one_region = np.array([-0.3, 0.0, 0.1, 0.4]), np.zeros(4, dtype=np.intp)
    assert _variance_between(own, np.full(4, 0.02), one_region) == pytest.approx(own.var(ddof=1) - 0.02)
    assert _variance_between(own, np.full(4, 0.2), one_region) == 0


def test_a_region_lends_its_growth_to_whom_it_is_not_known_of() -> None:
    persons = growing([1000, 1100, 1200, 1300, 500, 500])
    persons[:, :2] *= np.exp(0.1 * np.arange(8))[:, None]
    low, high = persons.copy(), persons.copy()
    low[:, 4:], high[:, 4:] = 0, 3000
    national = persons.sum(axis=1)
    regions = np.array(["west", "west", "east", "east", "west", "east"])
    found = growth(History(low, high, national, np.repeat(national, 4), regions))
    assert found.weight[4:].tolist() == [0, 0]
    assert found.shrunk[4] == found.region[0] > found.region[2] == found.shrunk[5]


def test_a_region_of_which_nothing_is_known_grows_as_all_do() -> None:
    persons = growing([1000, 1100, 1200, 1300, 500, 500])
    low, high = persons.copy(), persons.copy()
    low[:, 4:], high[:, 4:] = 0, 3000
    national = persons.sum(axis=1)
    regions = np.array(["west", "west", "west", "west", "east", "east"])
    found = growth(History(low, high, national, np.repeat(national, 4), regions))
    assert found.shrunk[4] == pytest.approx(found.region[0])


@given(st.permutations(range(6)))
def test_the_order_of_municipalities_does_not_matter(order: list[int]) -> None:
    persons = growing([20, 50, 200, 500, 2000, 300])
    regions = np.array(["a", "b", "a", "b", "a", "b"])
    one = nowcast(history(persons, regions=regions), 1).value
    other = nowcast(history(persons[:, order], regions=regions[order]), 1).value
    assert other == pytest.approx(one[order])


def test_unknown_figures_share_what_the_nation_leaves() -> None:
    found = History(np.array([[80.0, 0, 0]]), np.array([[80.0, 9, 19]]), np.array([94.0]), np.ones(8))
    assert found.persons[0] == pytest.approx([80, 4.5, 9.5])
    assert [bound.tolist() for bound in found.possible] == [[[80, 0, 5]], [[80, 9, 14]]]


def test_what_the_nation_leaves_to_one_alone_is_known() -> None:
    found = History(np.array([[80.0, 0, 2]]), np.array([[80.0, 9, 2]]), np.array([88.0]), np.ones(8))
    assert found.known.tolist() == [[True, True, True]]
    assert found.possible[0].tolist() == [[80, 6, 2]]


def test_ten_percent_is_narrow_and_more_is_not() -> None:
    found = History(np.array([[100.0, 100, 0, 0]]), np.array([[110.0, 111, 0, 9]]), np.array([215.0]), np.ones(4))
    assert found.known.tolist() == [[True, False, False, False]]
    assert found.published.tolist() == [[True, False, True, False]]


def test_a_figure_without_upper_bound_has_the_nation_as_one() -> None:
    found = History(np.array([[80.0, 0]]), np.array([[80.0, np.inf]]), np.array([94.0]), np.ones(8))
    assert found.persons[0].tolist() == [80, 14]


def test_a_suppressed_figure_gives_an_interval_and_an_exact_one_hardly_any() -> None:
    persons = growing([900, 1000, 1100, 40, 50])
    low, high = persons.copy(), persons.copy()
    low[:, 3:], high[:, 3:] = 0, 200
    national = persons.sum(axis=1)
    found = nowcast(History(low, high, national, np.repeat([*national, national[-1]], 4)), 1)
    assert (found.low[3:] == 0).all()
    assert (found.high[3:] > 1.9 * found.value[3:]).all()
    assert ((found.high - found.low)[:3] < 0.02 * found.value[:3]).all()
    assert ((found.low <= found.value) & (found.value <= found.high)).all()


def test_nobody_can_have_more_than_the_nation() -> None:
    """Two suppressed figures hold nearly all; one grows, so that its share of what grows least would be above one."""
    persons = 10.0 * np.array([[1.2, 1.21, 0.8, 0.81, 1, 1]]) ** np.arange(6.0)[:, None]
    low, high, national = persons.copy(), persons.copy(), np.full(6, 1000.0)
    low[:, 4:], high[:, 4:] = 0, np.inf
    regions = np.array(["up", "up", "down", "down", "up", "down"])
    found = nowcast(History(low, high, national, np.ones(28), regions), 1)
    assert found.high[4] == 1000 > found.high[5]


@given(
    cells=st.lists(st.tuples(st.integers(0, 50), st.integers(0, 50), st.floats(0.5, 2.0)), min_size=1, max_size=6),
    part=st.floats(0, 1),
)
def test_the_bounds_of_the_whole_are_those_of_linear_programming(
    cells: list[tuple[int, int, float]], part: float
) -> None:
    low, width, factor = (np.array(one, dtype=float) for one in zip(*cells, strict=True))
    total = low.sum() + part * width.sum()
    found = _grown_total(factor, low, low + width, total)
    bounds = np.column_stack([low, low + width])
    for end, sign in zip(found, (1, -1), strict=True):
        solved = linprog(sign * factor, A_eq=np.ones((1, len(low))), b_eq=[total], bounds=bounds)
        assert end == pytest.approx(sign * solved.fun, rel=1e-6, abs=1e-6)


@given(
    open_to=st.lists(st.integers(0, 60), min_size=3, max_size=3),
    tenths=st.lists(st.integers(0, 10), min_size=3, max_size=3),
)
def test_whatever_the_suppressed_figures_were_their_nowcast_is_in_the_interval(
    open_to: list[int], tenths: list[int]
) -> None:
    persons = growing([900, 1000, 1100, 30, 30, 30])
    low, high = persons.copy(), persons.copy()
    low[:, 3:], high[-1, 3:] = 0, open_to
    high[:-1, 3:] = 100
    actual = np.append(persons[-1, :3], np.array(open_to) * np.array(tenths) / 10)
    national = np.append(persons[:-1].sum(axis=1), actual.sum())
    known = History(low, high, national, np.repeat([*national, national[-1]], 4))
    grown = actual * np.exp(growth(known).shrunk)
    expected = national_figure(known, 1) * grown / grown.sum()
    found = nowcast(known, 1)
    assert (found.low <= expected * (1 + 1e-9)).all()
    assert (expected <= found.high * (1 + 1e-9)).all()


def test_two_years_ahead_growth_counts_twice() -> None:
    persons = 1000.0 * np.array([[1.2, 0.9]]) ** np.arange(6)[:, None]
    national = persons.sum(axis=1)
    found = nowcast(History(persons, persons, national, np.repeat([*national, 1.0, 1.0], 4)), 2)
    assert found.value[0] / found.value[1] == pytest.approx(persons[-1, 0] / persons[-1, 1] * (1.2 / 0.9) ** 2)


def test_the_nation_may_follow_from_regression() -> None:
    chance = np.random.default_rng(1)
    national = np.array([100.0, 120, 130, 160, 170, 190]) + chance.normal(0, 2, 6)
    known = History(national[:, None], national[:, None], national, np.repeat([10.0, 12, 13, 16, 17, 19, 25], 4))
    assert nowcast(known, 1, "average", "chow_lin").value == pytest.approx([250], abs=15)


@pytest.mark.parametrize(
    ("low", "high", "national"),
    [
        ([[5.0, 5]], [[5.0, 5]], [11.0]),
        ([[5.0, 6]], [[5.0, 5]], [10.0]),
        ([[-1.0, 6]], [[5.0, 6]], [10.0]),
        ([[5.0, np.nan]], [[5.0, 6]], [10.0]),
        ([[5.0, 5]], [[5.0, 5]], [10.0, 10.0]),
    ],
)
def test_figures_that_cannot_be_are_no_history(
    low: list[list[float]], high: list[list[float]], national: list[float]
) -> None:
    with pytest.raises(ValueError, match=r"bounds|add up"):
        History(np.array(low), np.array(high), np.array(national), np.ones(8))


def test_regions_are_of_all_municipalities() -> None:
    with pytest.raises(ValueError, match="region"):
        history(np.array([[5.0, 5, 5]]), regions=np.array(["east", "west"]))


def test_no_year_is_told_of_that_the_indicator_does_not_reach() -> None:
    with pytest.raises(ValueError, match="reach"):
        nowcast(history(np.array([[5.0, 5]])), 2)


@pytest.mark.parametrize(
    ("persons", "next_year", "reason"), [([[5.0, 5]], 0.0, "negative"), ([[5.0, 5], [0, 0]], 1.0, "not_identifiable")]
)
def test_nobody_is_no_nowcast(persons: list[list[float]], next_year: float, reason: str) -> None:
    known = history(np.array(persons), next_year)
    with pytest.raises(RefusedError) as refused:
        nowcast(known, 1)
    assert refused.value.reason == reason


def test_the_worked_example_of_the_documentation() -> None:
    """Made-up figures of Duinstad, Polderhoek, Veenmeer, Heidorp and Slotwaard (suppressed), and all others."""
    persons = np.array(
        [
            [1180.0, 420, 95, 38, 12, 98200],
            [1290, 431, 104, 33, 15, 104100],
            [1450, 436, 99, 41, 9, 111900],
            [1610, 455, 118, 36, 14, 118300],
            [1790, 462, 112, 44, 16, 124800],
        ]
    )
    low, high, national = persons.copy(), persons.copy(), persons.sum(axis=1)
    low[:, 3:5], high[:, 3:5] = 0, 49
    quarters = "702 731 748 712 728 752 775 744 770 799 821 788 806 833 858 829 849 871 902 866 881 909 938 893"
    known = History(low, high, national, np.array(quarters.split(), dtype=float))
    assert national_figure(known, 1) == pytest.approx(127_224 * 893 / 866)
    assert national_figure(known, 1, method="chow_lin") == pytest.approx(132_012, abs=0.5)
    found = growth(known)
    assert (found.own[0], found.region[0], found.weight[0]) == pytest.approx((0.0438, -0.0031, 0.688), abs=0.0005)
    assert nowcast(known, 1).value[:4] == pytest.approx([1902, 465, 114, 31], abs=0.5)
    assert nowcast(known, 1).low[3:5] == pytest.approx([11, 11], abs=0.5)
    assert nowcast(known, 1).high[3:5] == pytest.approx([50, 50], abs=0.5)
