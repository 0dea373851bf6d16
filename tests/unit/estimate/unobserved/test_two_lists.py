"""Two lists: published answers, enumeration, and what the deviance of a log-linear model says."""

from __future__ import annotations

import warnings
from math import lgamma, log, sqrt
from typing import TYPE_CHECKING

import numpy as np
import pytest
from hypothesis import assume, given, reject
from hypothesis import strategies as st
from scipy.stats import chi2, hypergeom

from pipelines.estimate.refused import RefusedError
from pipelines.estimate.unobserved.lists import Counts, Estimate
from pipelines.estimate.unobserved.loglinear import fit
from pipelines.estimate.unobserved.two_lists import ENOUGH, ODDS_RATIOS, chapman, lincoln_petersen, stratified

if TYPE_CHECKING:
    from collections.abc import Callable

METHODS = pytest.mark.parametrize("method", [lincoln_petersen, chapman])


def lists(first: int, second: int, both: int) -> Counts:
    """By how many each list holds, as these data are published."""
    return Counts.of(["first", "second"], {"10": first - both, "01": second - both, "11": both})


KREBS = lists(948, 421, 167)


def test_lincoln_petersen_gives_what_krebs_publishes() -> None:
    """Ecological Methodology (1989), box 2.1."""
    assert round(lincoln_petersen(KREBS).value) == 2390


@pytest.mark.parametrize(
    ("first", "second", "both", "published"),
    [
        (948, 421, 167, 2383),  # Krebs (1989), box 2.1
        (109, 177, 57, 337),  # Ricker (1975)
        (421, 332, 88, 1578),  # Pine et al. (2013), box 11.2
        (500, 149, 7, 9393),  # Seber (2002), tables 3.7 and 3.8
        (1000, 243, 21, 11101),  # the same
    ],
)
def test_chapman_gives_what_is_published(first: int, second: int, both: int, published: int) -> None:
    """As the tests of the R package FSA quote them."""
    assert round(chapman(lists(first, second, both)).value) == published


@pytest.mark.parametrize(("first", "second", "both", "published"), [(500, 149, 7, 3022), (1000, 243, 21, 2184)])
def test_the_standard_error_of_chapman_is_sebers(first: int, second: int, both: int, published: int) -> None:
    """Seber (2002), tables 3.7 and 3.8."""
    assert round(chapman(lists(first, second, both)).standard_error or 0) == published


def test_people_born_in_the_middle_east_in_the_netherlands() -> None:
    """Van der Heijden et al. (2012): 1 085 in both registers, 26 254 and 255 in one; 6 170.3 in neither follows."""
    counts = Counts.of(["population register", "police"], {"11": 1085, "10": 26_254, "01": 255})
    assert lincoln_petersen(counts).unobserved == pytest.approx(26_254 * 255 / 1085)
    assert lincoln_petersen(counts).coverage == pytest.approx(27_594 / 33_764.3, abs=1e-5)


def test_where_the_lists_hold_as_many_as_there_are_persons_chapman_and_its_variance_are_unbiased() -> None:
    """Every overlap that 18 and 20 of 30 persons can have, with its probability (Chapman 1951, Seber 1970)."""
    persons, first, second = 30, 18, 20
    overlaps = range(first + second - persons, first + 1)
    assert overlaps[0] >= ENOUGH
    estimates = [chapman(lists(first, second, both)) for both in overlaps]
    value = np.array([one.value for one in estimates])
    variance = np.array([(one.standard_error or 0) ** 2 for one in estimates])
    probability = hypergeom(persons, first, second).pmf(overlaps)
    assert probability @ value == pytest.approx(persons)
    assert probability @ variance == pytest.approx(probability @ value**2 - persons**2)


def test_the_standard_error_of_lincoln_petersen_is_the_textbooks() -> None:
    assert lincoln_petersen(KREBS).standard_error == pytest.approx(sqrt(948 * 421 * (948 - 167) * (421 - 167) / 167**3))


@pytest.mark.parametrize("odds_ratio", [0.5, 1.0, 3.0])
def test_at_the_ends_of_the_profile_interval_a_log_linear_model_deviates_as_much_as_the_level_allows(
    odds_ratio: float,
) -> None:
    """Another route: statsmodels fits the four cells, with the odds ratio as an offset of the first."""
    import statsmodels.api as sm
    from statsmodels.tools.sm_exceptions import PerfectSeparationWarning

    found = lincoln_petersen(KREBS, odds_ratio=odds_ratio, level=0.9)
    design = np.array([[1, 1, 1], [1, 1, 0], [1, 0, 1], [1, 0, 0]])
    for end, allowed in ((found.low, chi2.ppf(0.9, 1)), (found.high, chi2.ppf(0.9, 1)), (found.value, 0)):
        cells = np.array([167, 781, 254, end - found.observed])
        offset = np.array([log(odds_ratio), 0, 0, 0])
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", PerfectSeparationWarning)  # at the estimate the fit is meant to be perfect
            model = sm.GLM(cells, design, family=sm.families.Poisson(), offset=offset).fit(tol=1e-12)
        assert model.deviance == pytest.approx(allowed, abs=1e-6)


def test_the_profile_interval_is_that_of_the_multinomial_likelihood_of_whole_persons() -> None:
    """Another route: every number of persons tried; the ends differ by less than a hundredth of the width."""
    first, second, observed = 948, 421, 1202

    def loglikelihood(persons: int) -> float:
        unseen = lgamma(persons + 1) - lgamma(persons - observed + 1)
        return unseen + sum((persons - n) * log(1 - n / persons) + n * log(n / persons) for n in (first, second))

    likelihood = {persons: loglikelihood(persons) for persons in range(observed, 4000)}
    likely = [one for one, value in likelihood.items() if value > max(likelihood.values()) - chi2.ppf(0.95, 1) / 2]
    found = lincoln_petersen(KREBS)
    assert (found.low, found.high) == pytest.approx((likely[0], likely[-1]), abs=(likely[-1] - likely[0]) / 100)


def test_the_profile_interval_differs_little_from_the_multinomial_one_of_a_log_linear_model() -> None:
    found, other = lincoln_petersen(lists(80, 50, 20)), fit(lists(80, 50, 20), "[1,2]")
    assert other.value == pytest.approx(found.value)
    assert (other.low, other.high) == pytest.approx((found.low, found.high), rel=0.02)
    assert other.low < found.low
    assert other.high < found.high


@pytest.mark.parametrize("persons", [105, 115])
def test_the_profile_interval_holds_even_where_often_nobody_seems_unobserved(persons: int) -> None:
    """Every overlap that lists of 100 and 10 can have; intervals of the multinomial profile hold 0.39 and 0.76."""
    overlaps = np.arange(ENOUGH, 11)
    found = [lincoln_petersen(lists(100, 10, both)) for both in overlaps.tolist()]
    held = [one.low <= persons <= one.high for one in found]
    assert hypergeom(persons, 100, 10).pmf(overlaps) @ held > 0.95


def test_chapmans_interval_holds_where_a_small_overlap_was_expected() -> None:
    """Every overlap that lists of 300 can have, ten persons expected; log-normal intervals hold 0.91."""
    overlaps = np.arange(ENOUGH, 40)
    probability = hypergeom(9000, 300, 300).pmf(overlaps)
    found = [chapman(lists(300, 300, both)) for both in overlaps.tolist()]
    held = [one.low <= 9000 <= one.high for one in found]
    assert 0.95 < probability @ held / probability.sum() < 0.98
    # What is said of dropped overlaps: the estimates that remain are too low.
    assert probability @ [one.value for one in found] / probability.sum() == pytest.approx(0.905 * 9000, rel=0.001)


def test_an_estimate_of_which_the_standard_error_is_more_than_half_is_refused() -> None:
    with pytest.raises(RefusedError, match="standard error"):
        lincoln_petersen(lists(8, 8, 7), odds_ratio=1000)


def test_the_log_normal_interval_is_burnhams() -> None:
    found = lincoln_petersen(KREBS, interval="log-normal")
    factor = (found.high - found.observed) / found.unobserved
    assert (found.low - found.observed) * factor == pytest.approx(found.unobserved)
    assert log(factor) == pytest.approx(
        1.959964 * sqrt(log(1 + ((found.standard_error or 0) / found.unobserved) ** 2)), rel=1e-6
    )


@METHODS
def test_a_list_that_lies_wholly_in_the_other_leaves_nobody_unseen_but_says_how_many_there_may_be(
    method: Callable[..., Estimate],
) -> None:
    found = method(lists(100, 10, 10))
    assert (found.value, found.low, found.interval) == (100, 100, "profile")
    assert found.standard_error is None  # and not nought: nobody is that sure
    # That ten who were drawn at random are all among the 100 is likely enough of 120 persons, and not of 121.
    chance = hypergeom(np.array([120, 121]), 100, 10).logpmf(10)
    assert -2 * chance[0] < chi2.ppf(0.95, 1) < -2 * chance[1]
    assert 120 < found.high < 121


@METHODS
@pytest.mark.parametrize("both", [0, 3, ENOUGH - 1])
def test_a_small_overlap_is_refused(method: Callable[..., Estimate], both: int) -> None:
    with pytest.raises(RefusedError, match=f"{both} persons are in both") as refused:
        method(lists(100, 100, both))
    assert refused.value.reason == "overlap_too_small"


@METHODS
@pytest.mark.parametrize("persons", [{"10": 9}, {"01": 9}, {}])
def test_an_empty_list_is_refused(method: Callable[..., Estimate], persons: dict[str, int]) -> None:
    counts = Counts.of(["a", "b"], {"11": 0} | persons)
    with pytest.raises(RefusedError, match="holds nobody") as refused:
        method(counts)
    assert refused.value.reason == "too_few_lists"


@METHODS
def test_one_list_is_refused_and_three_are_a_mistake(
    method: Callable[..., Estimate],
) -> None:
    with pytest.raises(RefusedError, match="at least 2 lists"):
        method(Counts.of(["a"], {"1": 50}))
    with pytest.raises(ValueError, match="3 lists where two"):
        method(Counts.of(["a", "b", "c"], {"110": 50, "001": 20}))


COUNTS = st.builds(
    lambda both, first, second: Counts.of(["a", "b"], {"11": both, "10": first, "01": second}),
    st.integers(ENOUGH, 10**6),
    st.integers(0, 10**6),
    st.integers(0, 10**6),
)


@given(counts=COUNTS, odds_ratio=st.floats(0.1, 10), level=st.floats(0.5, 0.999))
def test_an_estimate_and_its_interval_are_never_below_who_was_observed(
    counts: Counts, odds_ratio: float, level: float
) -> None:
    try:
        of_ratio = lincoln_petersen(counts, odds_ratio=odds_ratio, level=level)
    except RefusedError:
        reject()
    for found in (
        of_ratio,
        lincoln_petersen(counts, odds_ratio=odds_ratio, level=level, interval="log-normal"),
        chapman(counts, level=level),
    ):
        assert counts.observed <= found.low <= found.value < found.high < np.inf
        assert 0 < found.coverage <= 1


def same(one: Estimate, other: Estimate) -> bool:
    numbers = [(found.value, found.low, found.high, found.standard_error or 0) for found in (one, other)]
    return numbers[0] == pytest.approx(numbers[1], rel=1e-6)


@given(counts=COUNTS)
def test_the_order_of_the_lists_does_not_matter(counts: Counts) -> None:
    swapped = Counts(counts.lists, counts.held[:, ::-1], counts.persons)
    assert same(lincoln_petersen(counts, odds_ratio=2), lincoln_petersen(swapped, odds_ratio=2))
    assert same(chapman(counts), chapman(swapped))


@given(counts=COUNTS)
def test_the_more_the_lists_attract_each_other_the_more_persons_are_in_neither(counts: Counts) -> None:
    assume(lincoln_petersen(counts).unobserved)
    table = [(ratio, lincoln_petersen(counts, odds_ratio=ratio)) for ratio in ODDS_RATIOS]
    independent = lincoln_petersen(counts)
    assert dict(table)[1.0] == independent
    for ratio, found in table:
        assert found.unobserved == pytest.approx(ratio * independent.unobserved, rel=1e-3, abs=1e-3)
    coverage = [found.coverage for _, found in table]
    assert coverage == sorted(coverage, reverse=True)


def test_the_method_names_the_odds_ratio() -> None:
    assert [lincoln_petersen(KREBS, odds_ratio=ratio).method for ratio in (1, 2)] == [
        "two lists: Lincoln-Petersen",
        "two lists: Lincoln-Petersen, odds ratio 2",
    ]
    for ratio in (0, np.nan, np.inf):
        with pytest.raises(ValueError, match=f"odds ratio of {ratio}"):
            lincoln_petersen(KREBS, odds_ratio=ratio)


def by_sector(**strata: Counts) -> Counts:
    parts = strata.values()
    return Counts(
        ("first", "second"),
        np.vstack([one.held for one in parts]),
        np.concatenate([one.persons for one in parts]),
        {"sector": np.repeat(list(strata), [len(one.persons) for one in parts])},
    )


@METHODS
def test_strata_are_estimated_apart_and_summed_with_their_variances(
    method: Callable[..., Estimate],
) -> None:
    parts = {"farms": lists(500, 149, 17), "building": lists(1000, 243, 21)}
    each, total = stratified(by_sector(**parts), "sector", method=method)
    assert each == {name: method(counts) for name, counts in parts.items()}
    assert total.observed == 500 + 149 - 17 + 1000 + 243 - 21
    assert total.value == pytest.approx(sum(one.value for one in each.values()))
    assert total.standard_error == pytest.approx(sqrt(sum((one.standard_error or 0) ** 2 for one in each.values())))
    assert sum(one.low for one in each.values()) < total.low < total.value < total.high
    assert total.high < sum(one.high for one in each.values())
    assert total.method.endswith("summed over sector")


def test_of_one_stratum_the_sum_is_its_estimate() -> None:
    _, total = stratified(by_sector(farms=KREBS), "sector")
    assert same(total, chapman(KREBS))


def test_strata_undo_the_bias_of_lists_that_both_prefer_the_same_persons() -> None:
    """Two groups of 1 000; one is often in both lists, the other seldom: together the lists seem to attract."""
    seen = lists(600, 600, 360)  # each list holds 0.6 of them, independently
    hidden = lists(100, 100, 10)  # each holds 0.1
    _, total = stratified(by_sector(seen=seen, hidden=hidden), "sector", method=lincoln_petersen)
    assert total.value == pytest.approx(2000)
    assert lincoln_petersen(by_sector(seen=seen, hidden=hidden)).high < 2000


def test_a_stratum_without_an_estimate_refuses_the_sum_by_name() -> None:
    with pytest.raises(RefusedError, match="sector farms: 3 persons are in both") as refused:
        stratified(by_sector(farms=lists(30, 20, 3), building=KREBS), "sector")
    assert refused.value.reason == "overlap_too_small"


def test_a_stratum_that_is_wholly_seen_leaves_the_sum_without_a_standard_error_but_with_an_interval() -> None:
    _, total = stratified(by_sector(farms=lists(100, 10, 10), building=KREBS), "sector")
    assert total.standard_error is None
    assert total.high > chapman(KREBS).high + 100


def test_a_stratum_of_nobody_is_left_out_and_one_without_a_name_is_a_mistake() -> None:
    empty = Counts.of(["first", "second"], {"10": 0})
    assert stratified(by_sector(farms=KREBS, fishing=empty), "sector") == stratified(by_sector(farms=KREBS), "sector")
    with pytest.raises(RefusedError, match="holds nobody"):
        stratified(by_sector(fishing=empty), "sector")
    with pytest.raises(ValueError, match="sector is blank"):
        stratified(by_sector(**{"farms": KREBS, " ": KREBS}), "sector")
