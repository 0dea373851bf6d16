"""Heterogeneity of persons, compared with the documented output of R's Rcapture and with formulas of few lists."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import minimize

from pipelines.estimate.refused import RefusedError
from pipelines.estimate.unobserved.heterogeneity import Form, heterogeneity
from pipelines.estimate.unobserved.lists import Counts, Estimate

FORMS: list[Form] = ["chao", "poisson", "darroch"]
# Snowshoe hares on six days: Cormack (1989), Biometrics 45; data set ``hare`` of Rcapture.
HARES = Counts.of(
    ["1", "2", "3", "4", "5", "6"],
    {
        "100000": 3, "010000": 6, "001000": 5, "101000": 1, "000100": 3, "100100": 2, "010100": 3, "101100": 1,
        "000010": 4, "100010": 2, "010010": 3, "110010": 1, "101010": 1, "000110": 1, "000001": 4, "100001": 1,
        "010001": 1, "110001": 1, "001001": 2, "011001": 2, "000101": 4, "010101": 3, "001101": 1, "011101": 2,
        "000011": 2, "010011": 1, "001011": 1, "011011": 1, "000111": 1, "100111": 1, "010111": 1, "011111": 1,
        "111111": 2,
    },
)  # fmt: skip
HISTORIES = ["100", "010", "001", "110", "101", "011", "111"]


def three(*persons: int) -> Counts:
    """Persons in the order of HISTORIES."""
    return Counts.of(["police", "shelter", "info"], dict(zip(HISTORIES, persons, strict=True)))


def outcome(counts: Counts, form: Form, *, equal_lists: bool) -> Estimate | str:
    """The estimate, or why there is none."""
    try:
        return heterogeneity(counts, form, equal_lists=equal_lists)
    except RefusedError as refused:
        return refused.reason


def test_the_hares_typed_in_have_the_documented_frequencies() -> None:
    """``descriptive(hare)``: hares by number of captures, and by day."""
    assert HARES.observed == 68
    assert np.bincount(HARES.held.sum(axis=1), weights=HARES.persons)[1:].tolist() == [25, 22, 13, 5, 1, 2]
    assert (HARES.persons @ HARES.held).tolist() == [16, 28, 20, 26, 23, 32]


@pytest.mark.parametrize(
    ("form", "equal_lists", "value", "standard_error", "aic", "parameters"),
    [
        ("chao", True, 79.8, 6.4, 150.214, 63 - 58),
        ("poisson", True, 81.5, 5.7, 147.298, 63 - 60),
        ("darroch", True, 90.4, 11.6, 149.791, 63 - 60),
        ("chao", False, 79.6, 6.3, 151.305, 63 - 52),
        ("poisson", False, 81.1, 5.6, 146.327, 63 - 55),
        ("darroch", False, 90.5, 11.7, 148.896, 63 - 55),
    ],
)
def test_the_hares_are_as_many_as_rcapture_says(
    form: Form, equal_lists: bool, value: float, standard_error: float, aic: float, parameters: int
) -> None:
    """``closedp.t(hare)`` in the documentation of Rcapture, in all digits printed; the AIC fixes the fit to six."""
    found = heterogeneity(HARES, form, equal_lists=equal_lists)
    assert found.value == pytest.approx(value, abs=0.05)
    assert found.standard_error == pytest.approx(standard_error, abs=0.05)
    assert found.aic == pytest.approx(aic, abs=0.0005)
    assert found.parameters == parameters


def test_with_equal_lists_chao_is_a_formula() -> None:
    """Of k lists at least (k - 1) / 2k f1² / f2 were missed, where those in three lists and more are in excess."""
    found = heterogeneity(three(30, 40, 20, 9, 8, 13, 10), equal_lists=True)
    assert found.unobserved == pytest.approx((2 / 6) * 90**2 / 30, rel=1e-9)


def test_with_equal_lists_and_no_excess_chao_is_the_binomial() -> None:
    """Nobody in all three lists: the bound holds, and the estimate is that of persons who do not differ."""
    found = heterogeneity(three(30, 40, 20, 9, 8, 13, 0), equal_lists=True)
    times, persons = np.array([1, 2]), np.array([90.0, 30.0])

    def minus_loglikelihood(log_odds: float) -> float:
        p = 1 / (1 + np.exp(-log_odds))
        return -float(persons @ (times * np.log(p) + (3 - times) * np.log(1 - p)) - 120 * np.log(1 - (1 - p) ** 3))

    p = 1 / (1 + np.exp(-minimize(lambda x: minus_loglikelihood(x[0]), [0.0], tol=1e-12).x[0]))
    assert found.value == pytest.approx(120 / (1 - (1 - p) ** 3), rel=1e-5)
    assert found.parameters == 2


def test_the_search_within_the_bounds_finds_what_a_general_optimiser_finds() -> None:
    """Mth Chao of the hares by direct optimisation with bounds."""
    counts = HARES.complete()
    times = counts.held.sum(axis=1)
    design = np.column_stack([np.ones(63), counts.held, np.maximum(times[:, None] - np.arange(2, 6), 0)])

    def minus_loglikelihood(x: np.ndarray) -> tuple[float, np.ndarray]:
        mean = np.exp(design @ x)
        return float(mean.sum() - counts.persons @ (design @ x)), design.T @ (mean - counts.persons)

    bounds = [(None, None)] * 7 + [(0, None)] * 4
    options = {"ftol": 1e-15, "gtol": 1e-9, "maxiter": 10_000, "maxfun": 100_000}
    best = minimize(minus_loglikelihood, np.zeros(11), jac=True, method="L-BFGS-B", bounds=bounds, options=options)
    assert heterogeneity(HARES).unobserved == pytest.approx(np.exp(best.x[0]), rel=1e-4)


def test_more_who_are_hard_to_find_means_more_who_were_not_found() -> None:
    chao, poisson, darroch = (heterogeneity(HARES, form).value for form in FORMS)
    assert chao < poisson < darroch


@pytest.mark.parametrize("form", ["poisson", "darroch"])
def test_lists_that_overlap_less_than_by_chance_show_no_difference_of_persons(form: Form) -> None:
    """Without the refusal 804 and 713, below the 1,078 that Chao gives as a lower bound."""
    counts = three(200, 100, 150, 60, 70, 50, 5)
    with pytest.raises(RefusedError) as refused:
        heterogeneity(counts, form)
    assert refused.value.reason == "negative"
    assert round(heterogeneity(counts).value) == 1078


def test_many_persons_are_no_reason_not_to_converge() -> None:
    """The deviance of a table that is fitted exactly is rounding, and the more so the more persons there are."""
    chao = heterogeneity(three(5777, 9204, 6022, 8843, 9624, 876, 723))
    assert chao.observed < chao.low
    million, billion = (heterogeneity(three(*[n] * 3, *[n // 10] * 4), "darroch").value for n in (10**6, 10**9))
    assert billion == pytest.approx(1000 * million)


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("equal_lists", [True, False])
def test_two_lists_are_too_few(form: Form, equal_lists: bool) -> None:
    with pytest.raises(RefusedError) as refused:
        heterogeneity(Counts.of("ab", {"10": 50, "01": 40, "11": 20}), form, equal_lists=equal_lists)
    assert refused.value.reason == "too_few_lists"


@pytest.mark.parametrize(
    ("persons", "reason"),
    [
        ((30, 40, 20, 0, 0, 0, 0), "overlap_too_small"),
        ((30, 40, 0, 10, 0, 0, 0), "too_few_lists"),
        ((30, 0, 0, 10, 10, 0, 5), "no_maximum"),
        ((30, 40, 20, 1, 0, 0, 0), "overlap_too_small"),
        ((900, 900, 900, 1, 1, 1, 0), "overlap_too_small"),
    ],
)
def test_lists_that_hardly_overlap_give_no_estimate(persons: tuple[int, ...], reason: str) -> None:
    with pytest.raises(RefusedError) as refused:
        heterogeneity(three(*persons))
    assert refused.value.reason == reason


@given(
    persons=st.lists(st.integers(0, 60), min_size=7, max_size=7),
    order=st.permutations(range(3)),
    form=st.sampled_from(FORMS),
    equal_lists=st.booleans(),
)
@settings(max_examples=60, deadline=None)
def test_an_estimate_does_not_depend_on_the_order_of_lists_and_never_falls_below_the_observed(
    persons: list[int], order: list[int], form: Form, equal_lists: bool
) -> None:
    shuffled = {
        "".join(history[place] for place in order): count for history, count in zip(HISTORIES, persons, strict=True)
    }
    found = outcome(three(*persons), form, equal_lists=equal_lists)
    again = outcome(Counts.of("xyz", shuffled), form, equal_lists=equal_lists)
    if isinstance(found, str) or isinstance(again, str):
        assert found == again
        return
    assert again.value == pytest.approx(found.value, rel=1e-6)
    assert found.observed <= found.low <= found.value <= found.high < np.inf


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("equal_lists", [True, False])
def test_every_pattern_of_empty_histories_gives_a_finite_estimate_or_a_reason(form: Form, equal_lists: bool) -> None:
    """All 128 tables with nobody or five persons in each history: nothing else is raised, nothing is infinite."""
    found = [outcome(three(*persons), form, equal_lists=equal_lists) for persons in itertools.product([0, 5], repeat=7)]
    estimates = [one for one in found if isinstance(one, Estimate)]
    assert all(one.observed <= one.low <= one.value <= one.high < np.inf for one in estimates)
    assert {one for one in found if isinstance(one, str)} <= {
        "too_few_lists",
        "overlap_too_small",
        "no_maximum",
        "negative",
    }
    assert 0 < len(estimates) < len(found)
