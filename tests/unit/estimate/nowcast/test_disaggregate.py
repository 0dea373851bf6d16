"""Quarters that fit yearly figures: published answers, and the same answers by other routes."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.linalg import cholesky, null_space, solve_triangular, toeplitz
from scipy.stats import multivariate_normal

from pipelines.estimate.nowcast.disaggregate import Conversion, chow_lin, denton, yearly
from pipelines.estimate.refused import RefusedError

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Numbers = NDArray[np.floating]

CONVERSIONS: list[Conversion] = ["sum", "average", "last"]
YEARS, QUARTERS = 11, 48


def made_up() -> tuple[Numbers, Numbers]:
    """A series, and an indicator that it follows with errors that fade."""
    chance = np.random.default_rng(5)
    indicator = 100 + np.cumsum(chance.normal(1, 2, QUARTERS))
    error = np.zeros(QUARTERS)
    for quarter in range(1, QUARTERS):
        error[quarter] = 0.8 * error[quarter - 1] + chance.normal(0, 3)
    return 20 + 2 * indicator + error, indicator


def aggregation(conversion: Conversion, years: int = YEARS, quarters: int = QUARTERS) -> Numbers:
    """By hand: the years of each quarter alone."""
    matrix = np.zeros((years, quarters))
    for year in range(years):
        matrix[year, 4 * year + 3] = 1
        if conversion != "last":
            matrix[year, 4 * year : 4 * year + 4] = 1 if conversion == "sum" else 0.25
    return matrix


def test_denton_gives_the_worked_example_of_the_international_monetary_fund() -> None:
    """Bloem, Dippelsman and Maehle (2001), Quarterly National Accounts Manual, chapter VI, as statsmodels tests it.

    In one decimal; the third year has no yearly figure yet.
    """
    indicator = np.array([98.2, 100.8, 102.2, 100.8, 99.0, 101.6, 102.7, 101.5, 100.5, 103.0, 103.5, 101.5])
    published = [969.8, 998.4, 1018.3, 1013.4, 1007.2, 1042.9, 1060.3, 1051.0, 1040.6, 1066.5, 1071.7, 1051.0]
    # All agree to the decimal but one, which is 1042.8485 here.
    assert denton(np.array([4000.0, 4161.4]), indicator) == pytest.approx(published, abs=0.0516)


def test_denton_gives_what_stata_gives() -> None:
    """The figures of Stata's denton command, as the tests of statsmodels hold them."""
    published = (
        "64.334796 127.80616 187.82379 120.03526 56.563894 105.97568 147.50144 89.958987 40.547201 74.445963 "
        "108.34473 76.66211 42.763347 94.14664 153.41596 109.67405 58.290761 122.62556 190.41409 128.66959"
    )
    found = denton(np.array([500.0, 400, 300, 400, 500]), np.array([50.0, 100, 150, 100] * 5))
    assert found == pytest.approx([float(one) for one in published.split()], rel=1e-6)


def test_denton_gives_what_statsmodels_gives() -> None:
    from statsmodels.tsa.interp.denton import dentonm

    series, indicator = made_up()
    annual = yearly(series, "sum")[:YEARS]
    assert denton(annual, indicator) == pytest.approx(dentonm(indicator, annual), rel=1e-9)


@pytest.mark.parametrize("conversion", CONVERSIONS)
def test_denton_is_the_least_change_among_all_that_fit(conversion: Conversion) -> None:
    """No published answer: all solutions of the yearly figures are written down, and least squares picks one."""
    series, indicator = made_up()
    fits = aggregation(conversion) * indicator
    annual = yearly(series, conversion)[:YEARS]
    one, others = np.linalg.lstsq(fits, annual)[0], null_space(fits)
    change = np.diff(np.eye(QUARTERS), axis=0)
    best = one - others @ np.linalg.lstsq(change @ others, change @ one)[0]
    assert denton(annual, indicator, conversion) == pytest.approx(best * indicator, rel=1e-8)


def test_between_stocks_the_ratio_of_denton_runs_straight_and_stays_what_it_last_was() -> None:
    series, indicator = made_up()
    ends = np.arange(3, 4 * YEARS, 4)
    expected = np.interp(np.arange(QUARTERS), ends, (series / indicator)[ends]) * indicator
    assert denton(series[ends], indicator, "last") == pytest.approx(expected, rel=1e-9)


@given(
    annual=st.lists(st.integers(1, 10_000), min_size=1, max_size=6),
    beyond=st.integers(0, 6),
    conversion=st.sampled_from(CONVERSIONS),
    data=st.data(),
)
def test_quarters_make_up_their_years(
    annual: list[int], beyond: int, conversion: Conversion, data: st.DataObject
) -> None:
    size = 4 * len(annual) + beyond
    indicator = np.array(data.draw(st.lists(st.integers(1, 1000), min_size=size, max_size=size)), dtype=float)
    try:
        quarters = denton(np.array(annual, dtype=float), indicator, conversion)
    except RefusedError:
        assert conversion != "last"  # between stocks it runs straight
        return
    assert quarters.min() >= -1e-9 * max(annual)
    assert yearly(quarters, conversion)[: len(annual)] == pytest.approx(annual, rel=1e-6)


def test_chow_lin_on_stocks_gives_what_the_kalman_filter_gives() -> None:
    """Of a stock the other quarters are missing observations: likelihood and expected values by state space."""
    import statsmodels.api as sm

    series, indicator = made_up()
    annual = yearly(series, "last")[:YEARS]
    found = chow_lin(annual, indicator, conversion="last")
    assert 0.5 < found.rho < 0.99
    observed = np.full(QUARTERS, np.nan)
    observed[3 : 4 * YEARS : 4] = annual
    design = np.column_stack([np.ones(QUARTERS), indicator])
    model = sm.tsa.SARIMAX(observed, exog=design, order=(1, 0, 0))
    residuals = annual - (design @ found.coefficients)[3 : 4 * YEARS : 4]
    correlation = toeplitz(found.rho ** (4.0 * np.arange(YEARS)))
    innovation = (residuals @ np.linalg.solve(correlation, residuals)) / YEARS * (1 - found.rho**2)
    best = np.array([*found.coefficients, found.rho, innovation])
    assert model.loglike(best) == pytest.approx(found.loglikelihood, rel=1e-9)
    for place, unit in enumerate(np.abs(best) * 1e-3):
        step = unit * (np.arange(4) == place)
        assert max(model.loglike(best + step), model.loglike(best - step)) < found.loglikelihood
    smoothed = model.smooth(best).smoothed_state[0] + design @ found.coefficients
    assert found.values == pytest.approx(smoothed, rel=1e-9)


@pytest.mark.parametrize("conversion", CONVERSIONS)
def test_chow_lin_is_the_least_error_among_all_quarters_and_coefficients_that_fit(conversion: Conversion) -> None:
    """No published answer to enough digits: quarters and coefficients are chosen together, by least squares."""
    series, indicator = made_up()
    annual = yearly(series, conversion)[:YEARS]
    found = chow_lin(annual, indicator, 0.7, conversion)
    design = np.column_stack([np.ones(QUARTERS), indicator])
    whiten = solve_triangular(cholesky(toeplitz(0.7 ** np.arange(QUARTERS)), lower=True), np.eye(QUARTERS), lower=True)
    fits = aggregation(conversion)
    one, others = np.linalg.lstsq(fits, annual)[0], null_space(fits)
    chosen = np.linalg.lstsq(whiten @ np.column_stack([others, -design]), -whiten @ one)[0]
    assert found.values == pytest.approx(one + others @ chosen[:-2], rel=1e-8)
    assert found.coefficients == pytest.approx(chosen[-2:], rel=1e-6)


@pytest.mark.parametrize("conversion", CONVERSIONS)
def test_errors_of_chow_lin_are_those_of_quarters_given_the_years(conversion: Conversion) -> None:
    """Coefficients of which nothing is known beforehand: as a normal distribution, very wide, given its sums."""
    series, indicator = made_up()
    indicator = (indicator - indicator.mean()) / indicator.std()
    annual = yearly(series, conversion)[:YEARS]
    found = chow_lin(annual, indicator, 0.7, conversion)
    fits, design = aggregation(conversion), np.column_stack([np.ones(QUARTERS), indicator])
    correlation = toeplitz(0.7 ** np.arange(QUARTERS))
    residuals = annual - fits @ design @ found.coefficients
    scale = residuals @ np.linalg.solve(fits @ correlation @ fits.T, residuals) / (YEARS - 2)
    before = scale * (correlation + 1e7 * design @ design.T)
    after = before - before @ fits.T @ np.linalg.solve(fits @ before @ fits.T, fits @ before)
    assert found.standard_errors[-4:] == pytest.approx(np.sqrt(np.diag(after)[-4:]), rel=1e-5)
    assert fits @ found.covariance @ fits.T == pytest.approx(np.zeros((YEARS, YEARS)), abs=1e-8)


@pytest.mark.parametrize("conversion", CONVERSIONS)
def test_no_other_rho_is_likelier(conversion: Conversion) -> None:
    series, indicator = made_up()
    annual = yearly(series, conversion)[:YEARS]
    found = chow_lin(annual, indicator, conversion=conversion)
    others = [chow_lin(annual, indicator, rho, conversion).loglikelihood for rho in np.linspace(0, 0.99, 200)]
    assert max(others) <= found.loglikelihood < max(others) + 0.01


def test_the_likelihood_is_that_of_a_normal_distribution() -> None:
    series, indicator = made_up()
    annual, fits = yearly(series, "sum")[:YEARS], aggregation("sum")
    found = chow_lin(annual, indicator, 0.7)
    mean = fits @ np.column_stack([np.ones(QUARTERS), indicator]) @ found.coefficients
    spread = fits @ toeplitz(0.7 ** np.arange(QUARTERS)) @ fits.T
    scale = (annual - mean) @ np.linalg.solve(spread, annual - mean) / YEARS
    assert found.loglikelihood == pytest.approx(multivariate_normal(mean, scale * spread).logpdf(annual), rel=1e-10)


def test_without_correlation_chow_lin_is_ordinary_regression_of_the_years() -> None:
    import statsmodels.api as sm

    series, indicator = made_up()
    annual = yearly(series, "sum")[:YEARS]
    found = chow_lin(annual, indicator, 0.0)
    design = np.column_stack([np.full(YEARS, 4.0), yearly(indicator, "sum")[:YEARS]])
    expected = sm.OLS(annual, design).fit()
    assert found.coefficients == pytest.approx(expected.params, rel=1e-9)
    spread = np.pad(np.repeat(expected.resid / 4, 4), (0, QUARTERS - 4 * YEARS))
    line = found.coefficients[0] + found.coefficients[1] * indicator
    assert found.values == pytest.approx(line + spread, rel=1e-9)


def test_what_fits_no_better_with_correlation_has_none() -> None:
    years = np.array([10.0, 13, 10, 13, 10, 13, 10, 13])
    assert chow_lin(years, np.repeat(np.arange(8.0), 4)).rho == pytest.approx(0, abs=1e-6)


def test_chow_lin_takes_more_than_one_indicator() -> None:
    series, indicator = made_up()
    both = np.column_stack([indicator, np.arange(QUARTERS) ** 1.5])
    assert len(chow_lin(yearly(series, "sum")[:YEARS], both, 0.5).coefficients) == 3


@pytest.mark.parametrize(
    ("annual", "indicator", "reason"),
    [
        ([4.0, 9], np.arange(8.0), "not_identifiable"),  # as many years as coefficients
        ([4.0, 9, 7], np.ones(12), "not_identifiable"),  # an indicator that is one with the constant
        ([6.0, 22, 38], np.arange(12.0), "not_identifiable"),  # nothing to tell the size of errors
        (np.arange(80.0), np.resize([5.0, 7, 9, 11, 6, 8, 10], 320), "no_maximum"),  # it does not follow at all
    ],
)
def test_chow_lin_refuses_what_years_do_not_tell(annual: list[float], indicator: Numbers, reason: str) -> None:
    with pytest.raises(RefusedError) as refused:
        chow_lin(np.array(annual), indicator)
    assert refused.value.reason == reason


def test_denton_refuses_an_indicator_that_shows_nobody_in_a_year() -> None:
    with pytest.raises(RefusedError, match="nought"):
        denton(np.array([4.0, 8.0]), np.array([0.0, 0, 0, 0, 1, 1, 1, 1]))


def test_denton_refuses_years_between_which_a_quarter_falls_below_nought() -> None:
    """From 100 to 1 the smoothest way ends at -5.68; as stocks they run straight, and never below nought."""
    annual = np.array([100.0, 100, 1])
    with pytest.raises(RefusedError, match="below nought"):
        denton(annual, np.ones(12))
    assert denton(annual, np.ones(12), "last").min() == pytest.approx(1)
    assert denton(np.zeros(2), np.ones(8)).tolist() == [0] * 8


@pytest.mark.parametrize(
    ("annual", "indicator"),
    [([], [1.0]), ([4.0], [1.0, 1, 1]), ([4.0], [1.0, 1, np.nan, 1]), ([-4.0], [1.0] * 4), ([4.0], [1.0, 1, 1, -1])],
)
def test_figures_that_are_missing_or_negative_are_no_input(annual: list[float], indicator: list[float]) -> None:
    with pytest.raises(ValueError, match=r"quarters|missing|negative"):
        denton(np.array(annual), np.array(indicator))


def test_rho_is_from_nought_to_below_one() -> None:
    with pytest.raises(ValueError, match="rho"):
        chow_lin(np.array([4.0, 9, 8]), np.arange(12.0), 1.0)
