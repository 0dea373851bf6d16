"""Contacts of one list, compared with the documented output of R's Rcapture, singleRcapture and VGAM."""

from __future__ import annotations

import itertools
from collections import Counter
from typing import TYPE_CHECKING

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipelines.estimate.refused import RefusedError
from pipelines.estimate.unobserved.lists import Estimate, log_normal_interval
from pipelines.estimate.unobserved.repeated import (
    chao,
    zelterman,
    zero_truncated_poisson,
    zero_truncated_regression,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

METHODS = [zero_truncated_poisson, zelterman, chao]
# Illegal immigrants whom the police of four Dutch cities met in 1995 and could not expel: van der Heijden, Cruyff & van
# Houwelingen (2003), Statistica Neerlandica 57; data sets ``ill`` of Rcapture, ``netherlandsimmigrant`` of
# singleRcapture.
POLICE = {1: 1645, 2: 183, 3: 37, 4: 13, 5: 1, 6: 1}


def normal_interval(estimate: Estimate) -> tuple[int, int]:
    """The symmetric interval that singleRcapture prints beside the log-normal one."""
    assert estimate.standard_error is not None
    half = 1.959964 * estimate.standard_error
    return round(estimate.value - half), round(estimate.value + half)


def test_the_police_met_a_quarter_if_all_are_met_as_often() -> None:
    """``closedp.0(ill, t=Inf)`` of Rcapture, model M0: 7079.9 (365.8); ``ztpoisson`` of singleRcapture: 6363-7797."""
    found = zero_truncated_poisson(POLICE)
    assert found.value == pytest.approx(7079.9, abs=0.05)
    assert found.standard_error == pytest.approx(365.8, abs=0.05)
    assert normal_interval(found) == (6363, 7797)


def test_the_police_met_a_fifth_at_most_if_persons_differ() -> None:
    """The same of Rcapture, model Mh Chao: 9273.5 (662.6)."""
    found = chao(POLICE)
    assert found.value == pytest.approx(9273.5, abs=0.05)
    assert found.standard_error == pytest.approx(662.6, abs=0.05)


def test_the_police_met_a_fifth_if_the_unmet_are_as_those_met_once_or_twice() -> None:
    """``zelterman`` of singleRcapture, in its own tests: 9425, 8084-10765."""
    found = zelterman(POLICE)
    assert round(found.value) == 9425
    assert normal_interval(found) == (8084, 10765)


def test_the_log_normal_interval_is_the_documented_one() -> None:
    """The vignette of singleRcapture, with covariates: 12690.35 (2808.165) of 1880 gives 8431.277-19718.31."""
    low, high = log_normal_interval(1880, 12690.35, 2808.165)
    assert low == pytest.approx(8431.277, abs=0.002)
    assert high == pytest.approx(19718.31, abs=0.02)


def test_with_the_sexes_apart_one_division_of_the_contacts_gives_the_documented_answer() -> None:
    """398 women and 1,482 men had 2,185 contacts; singleRcapture says 7319, 6504-8134 with ``capture ~ gender``.

    How the contacts divide is not published here, so the division is looked for: one alone gives that estimate, and its
    interval is right too. The totals are sufficient: who had a contact more is taken to have had two.
    """
    answers = {}
    for extra in range(30, 80):
        persons = [398 - extra, extra, 1482 - (305 - extra), 305 - extra]
        design = [[1, 0], [1, 0], [1, 1], [1, 1]]
        found = zero_truncated_regression(design, [1, 2, 1, 2], persons).estimate
        if round(found.value) == 7319:
            answers[extra] = normal_interval(found)
    assert answers == {43: (6504, 8134)}


# Made up: contacts and persons by sex and origin.
CONTACTS = np.array([1, 2, 3, 1, 2, 3, 1, 2, 4, 1, 2, 5])
PERSONS = np.array([120, 18, 3, 60, 4, 1, 200, 45, 6, 90, 22, 2])
DESIGN = np.column_stack([np.ones(12), np.tile(np.repeat([0, 1], 3), 2), np.repeat([0, 1], 6)])


def test_a_regression_is_that_of_another_program() -> None:
    """``vglm(contacts ~ male + east, pospoisson)`` of R's VGAM 1.1-7, run for this test: no published answer."""
    found = zero_truncated_regression(DESIGN, CONTACTS, PERSONS)
    assert found.coefficients == pytest.approx([-1.25108920, -0.09092712, 0.52881083], abs=1e-7)
    assert np.diag(found.covariance) == pytest.approx([0.035128402, 0.036937810, 0.041949353], rel=1e-5)
    assert found.estimate.loglikelihood == pytest.approx(-324.431943706, abs=1e-8)
    assert found.estimate.value == pytest.approx(1819.92605972, rel=1e-9)


def test_a_regression_is_that_of_statsmodels() -> None:
    from statsmodels.discrete.truncated_model import TruncatedLFPoisson

    contacts, design = np.repeat(CONTACTS, PERSONS), np.repeat(DESIGN, PERSONS, axis=0)
    other = TruncatedLFPoisson(contacts, design, truncation=0).fit(method="newton", disp=0)
    found = zero_truncated_regression(DESIGN, CONTACTS, PERSONS)
    assert found.coefficients == pytest.approx(other.params, rel=1e-6)
    assert found.estimate.loglikelihood == pytest.approx(other.llf, rel=1e-9)
    assert found.estimate.aic == pytest.approx(other.aic, rel=1e-9)


def test_the_standard_error_is_that_of_repeated_sampling() -> None:
    """1,000 samples of 1,500 persons of two kinds, the same in each run: within a twentieth."""
    chance = np.random.default_rng(8)
    values, errors = [], []
    for _ in range(1000):
        contacts = chance.poisson(np.repeat([0.5, 1.2], [900, 600]))
        counted = Counter(zip(contacts.tolist(), np.repeat([0, 1], [900, 600]).tolist(), strict=True))
        rows = [(kind, times, persons) for (times, kind), persons in counted.items() if times]
        design = [[1, kind] for kind, _, _ in rows]
        found = zero_truncated_regression(design, [row[1] for row in rows], [row[2] for row in rows]).estimate
        values.append(found.value)
        errors.append(found.standard_error or 0)
    assert np.mean(values) == pytest.approx(1500, rel=0.01)
    assert np.mean(errors) == pytest.approx(np.std(values), rel=0.05)


def test_the_units_of_a_covariate_do_not_matter() -> None:
    age = np.array([25, 30, 41, 52, 33, 28, 44, 39, 27, 61, 35, 29])
    in_years = zero_truncated_regression(np.column_stack([np.ones(12), age]), CONTACTS, PERSONS)
    in_days = zero_truncated_regression(np.column_stack([np.ones(12), 365 * (age - 18)]), CONTACTS, PERSONS)
    assert in_days.estimate.value == pytest.approx(in_years.estimate.value, rel=1e-9)
    assert in_days.estimate.standard_error == pytest.approx(in_years.estimate.standard_error, rel=1e-9)
    assert in_days.coefficients[1] * 365 == pytest.approx(in_years.coefficients[1], rel=1e-8)


def test_covariates_raise_the_estimate() -> None:
    """Who are all taken for the same are taken for easier to meet than they are."""
    alone = zero_truncated_regression(DESIGN[:, :1], CONTACTS, PERSONS).estimate
    assert zero_truncated_regression(DESIGN, CONTACTS, PERSONS).estimate.value > alone.value


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("contacts", [{1: 40}, {1: 40, 2: 0}, {1: 900, 2: 1}])
def test_without_repeats_or_with_a_chance_one_there_is_no_estimate(
    method: Callable[[Mapping[int, int]], Estimate], contacts: dict[int, int]
) -> None:
    with pytest.raises(RefusedError) as refused:
        method(contacts)
    assert refused.value.reason == "overlap_too_small"


@pytest.mark.parametrize("method", [zelterman, chao])
@pytest.mark.parametrize("contacts", [{2: 30, 3: 8}, {2: 1}])
def test_without_anybody_met_once_nothing_says_how_many_were_never_met(
    method: Callable[[Mapping[int, int]], Estimate], contacts: dict[int, int]
) -> None:
    with pytest.raises(RefusedError) as refused:
        method(contacts)
    assert refused.value.reason == "no_maximum"


def test_nobody_seems_unmet_is_no_estimate_but_few_are() -> None:
    """At a mean of 92 contacts e⁻⁹² of the persons were missed, which is an interval of no width."""
    with pytest.raises(RefusedError, match="nobody seems unseen"):
        zero_truncated_poisson({1: 5, 2: 5, 1000: 1})
    assert zero_truncated_poisson({3: 20, 4: 30, 5: 20}).high > 72


def test_a_group_that_nobody_was_met_twice_in_has_no_maximum() -> None:
    with pytest.raises(RefusedError) as refused:
        zero_truncated_regression([[1, 0], [1, 0], [1, 1]], [1, 2, 1], [30, 10, 25])
    assert refused.value.reason == "no_maximum"


def test_a_covariate_that_follows_from_the_others_is_refused() -> None:
    with pytest.raises(RefusedError) as refused:
        zero_truncated_regression([[1, 0, 1], [1, 0, 1], [1, 1, 0], [1, 1, 0]], [1, 2, 1, 2], [30, 10, 25, 9])
    assert refused.value.reason == "not_identifiable"


@pytest.mark.parametrize("contacts", [{0: 5, 1: 40, 2: 9}, {1: 40, 2: -9}, {1.5: 3, 2: 9}])
def test_what_counts_no_contacts_is_an_error(contacts: dict[int, int]) -> None:
    for method in METHODS:
        with pytest.raises(ValueError, match="contacts are 1, 2"):
            method(contacts)


@given(st.dictionaries(st.integers(1, 9), st.integers(0, 300), min_size=1))
@settings(max_examples=150, deadline=None)
def test_an_estimate_never_falls_below_the_observed(contacts: dict[int, int]) -> None:
    for method in METHODS:
        try:
            found = method(contacts)
        except RefusedError as refused:
            assert refused.reason in ("overlap_too_small", "no_maximum")  # noqa: PT017  # both are right
            continue
        assert found.observed == sum(contacts.values())
        assert found.observed <= found.low <= found.value <= found.high < np.inf


def test_every_small_table_gives_a_finite_estimate_or_a_reason() -> None:
    """All 625 tables of none to four persons met one to four times."""
    estimates = 0
    for persons in itertools.product(range(5), repeat=4):
        try:
            found = zero_truncated_poisson(dict(enumerate(persons, start=1)))
        except RefusedError as refused:
            assert refused.reason in ("overlap_too_small", "no_maximum")  # noqa: PT017  # nothing else is right
            continue
        estimates += 1
        assert found.observed <= found.low <= found.value <= found.high < np.inf
    assert estimates > 300


@given(persons=st.lists(st.integers(1, 40), min_size=12, max_size=12), order=st.permutations(range(12)))
@settings(max_examples=50, deadline=None)
def test_rows_may_stand_in_any_order_and_for_one_person_each(persons: list[int], order: list[int]) -> None:
    count, place = np.array(persons), np.array(order)
    found = zero_truncated_regression(DESIGN, CONTACTS, count).estimate
    shuffled = zero_truncated_regression(DESIGN[place], CONTACTS[place], count[place]).estimate
    each = zero_truncated_regression(np.repeat(DESIGN, count, axis=0), np.repeat(CONTACTS, count)).estimate
    assert shuffled.value == pytest.approx(found.value, rel=1e-8)
    assert each.value == pytest.approx(found.value, rel=1e-8)
    assert each.standard_error == pytest.approx(found.standard_error, rel=1e-8)
