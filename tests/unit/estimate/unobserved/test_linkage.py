"""Errors of linkage: what known rates must give back, and a likelihood that is tried person by person."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import binom, hypergeom

from pipelines.estimate.refused import RefusedError
from pipelines.estimate.unobserved.linkage import with_linkage_error
from pipelines.estimate.unobserved.lists import Counts
from pipelines.estimate.unobserved.two_lists import lincoln_petersen


def linked(first: int, second: int, links: int) -> Counts:
    return Counts.of(["first", "second"], {"10": first - links, "01": second - links, "11": links})


def test_without_errors_it_is_lincoln_and_petersens_estimate() -> None:
    counts = linked(948, 421, 167)
    found, without = with_linkage_error(counts, 0.0), lincoln_petersen(counts)
    for name in ("observed", "value", "low", "high", "standard_error"):
        assert getattr(found, name) == pytest.approx(getattr(without, name))


def test_links_that_are_missed_and_made_as_expected_give_back_the_population() -> None:
    """Of 10 000 persons one list holds 4 000 and the other 3 000, 1 200 of them in both; a tenth of these is missed."""
    found = with_linkage_error(linked(4000, 3000, 1080), missed=0.1)
    assert found.value == pytest.approx(10_000)
    assert found.observed == 4000 + 3000 - 1200
    # And of the 2 800 in the first list only, 1 in 100 is linked to somebody else.
    assert with_linkage_error(linked(4000, 3000, 1080 + 28), missed=0.1, false=0.01).value == pytest.approx(10_000)


def test_missed_links_are_many_persons_too_many() -> None:
    counts = linked(4000, 3000, 1080)
    assert lincoln_petersen(counts).low > 10_000
    assert with_linkage_error(counts, missed=0.1).low < 10_000 < with_linkage_error(counts, missed=0.1).high


def test_the_estimate_has_the_largest_likelihood_of_all_numbers_of_persons() -> None:
    """Another route: the overlap is hypergeometric and its links binomial; every population is tried."""
    first, second, links, missed = 60, 50, 18, 0.2
    overlaps = np.arange(second + 1)
    populations = range(first + second - links, 300)
    likelihood = [
        hypergeom(persons, first, second).pmf(overlaps) @ binom(overlaps, 1 - missed).pmf(links)
        for persons in populations
    ]
    best = populations[int(np.argmax(likelihood))]
    assert with_linkage_error(linked(first, second, links), missed).value == pytest.approx(best, abs=1)


def test_the_standard_error_is_that_of_all_samples() -> None:
    """Every overlap and number of links that 20 000 persons can give, with its probability; the rest is curvature."""
    persons, first, second, missed, false = 20_000, 8000, 6000, 0.1, 0.02
    overlaps = np.arange(2200, 2600)
    right = np.arange(1900, 2450)
    wrong = np.arange(60, 170)
    of_overlap = hypergeom(persons, first, second).pmf(overlaps)
    of_right = of_overlap @ binom(overlaps[:, None], 1 - missed).pmf(right)
    of_wrong = binom(first - 2400, false).pmf(wrong)
    assert min(of_right.sum(), of_wrong.sum()) > 0.9999
    probability = np.outer(of_right, of_wrong)
    value = first * second * (1 - missed - false) / (np.add.outer(right, wrong) - false * first)
    spread = np.sqrt((probability * value**2).sum() - (probability * value).sum() ** 2)
    found = with_linkage_error(linked(first, second, 2160 + 112), missed, false)
    assert found.value == pytest.approx(persons)
    assert found.standard_error == pytest.approx(spread, rel=0.02)


@given(
    both=st.integers(50, 10**5),
    first=st.integers(1, 10**5),
    second=st.integers(1, 10**5),
    missed=st.floats(0, 0.5),
    false=st.floats(0, 0.2),
)
def test_an_estimate_is_never_below_what_the_lists_hold_and_errors_work_each_their_way(
    both: int, first: int, second: int, missed: float, false: float
) -> None:
    links = min(round(both * (1 - missed) + false * first), both + second)
    counts = linked(both + first, both + second, links)

    def estimated(missed: float, false: float) -> float:
        try:
            found = with_linkage_error(counts, missed, false)
        except RefusedError as refused:
            return {"no_maximum": 0.0, "overlap_too_small": np.inf}[refused.reason]
        assert found.observed <= found.low < found.value < found.high < np.inf
        return found.value

    value = estimated(missed, false)
    assert estimated(missed / 2, false) >= value * (1 - 1e-9)
    assert estimated(missed, false / 2) <= value * (1 + 1e-9)


@given(missed=st.floats(0, 0.3))
def test_the_order_of_the_lists_does_not_matter_to_missed_links(missed: float) -> None:
    one, other = linked(4000, 3000, 1080), linked(3000, 4000, 1080)
    assert with_linkage_error(one, missed).value == pytest.approx(with_linkage_error(other, missed).value)


def test_links_of_which_few_are_right_are_refused() -> None:
    with pytest.raises(RefusedError, match="Of 20 links fewer than 7 are right") as refused:
        with_linkage_error(linked(1000, 1000, 20), missed=0.0, false=0.015)
    assert refused.value.reason == "overlap_too_small"


def test_an_estimate_that_says_next_to_nothing_is_refused() -> None:
    """Of 507 links 500 are expected to be false; seven are left, give or take twenty."""
    with pytest.raises(RefusedError, match="standard error") as refused:
        with_linkage_error(linked(10_000, 1007, 507), missed=0, false=0.05)
    assert refused.value.reason == "overlap_too_small"


def test_where_nobody_seems_unseen_only_a_linkage_without_errors_has_an_estimate() -> None:
    counts = linked(100, 10, 10)
    assert with_linkage_error(counts, 0) == lincoln_petersen(counts)
    with pytest.raises(RefusedError, match="at least as many persons are in both"):
        with_linkage_error(linked(100, 20, 18), missed=0.1)


def test_rates_that_contradict_the_lists_are_refused() -> None:
    with pytest.raises(RefusedError, match="at least as many persons are in both") as refused:
        with_linkage_error(linked(1000, 100, 95), missed=0.2)
    assert refused.value.reason == "no_maximum"


@pytest.mark.parametrize(("missed", "false"), [(-0.1, 0), (0, -0.1), (1, 0), (0.6, 0.4)])
def test_what_is_no_rate_of_a_linkage_is_a_mistake(missed: float, false: float) -> None:
    with pytest.raises(ValueError, match="no rates"):
        with_linkage_error(linked(4000, 3000, 1080), missed, false)
