"""Yearly figures and a quarterly series that moves with them: quarters that fit both, also after the last year.

Belongs here: one series at a time. Does not belong here: municipalities (``shares``), and whether the outcome is any
good (``backtest``).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import numpy as np
from scipy.linalg import toeplitz
from scipy.optimize import minimize_scalar

from pipelines.estimate.refused import RefusedError

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Numbers = NDArray[np.floating]

Conversion = Literal["sum", "average", "last"]
"""What a yearly figure is of its quarters: their sum (flow), their average, or the last one (stock of 31 December)."""

QUARTERS = 4
_WEIGHTS = {"sum": (1.0, 1.0, 1.0, 1.0), "average": (0.25, 0.25, 0.25, 0.25), "last": (0.0, 0.0, 0.0, 1.0)}
_HIGHEST_RHO = 0.999  # beyond it the errors are a random walk for all that a few years can tell


def yearly(quarterly: Numbers, conversion: Conversion) -> Numbers:
    """The figures of the years that are complete.

    >>> yearly(np.array([1.0, 2, 3, 4, 5]), "average").tolist()
    [2.5]
    """
    return _conversion(len(quarterly) // QUARTERS, len(quarterly), conversion) @ quarterly


def denton(annual: Numbers, indicator: Numbers, conversion: Conversion = "sum") -> Numbers:
    """Quarters that add up to the years while their ratio to the indicator changes as little as possible.

    The proportional first-difference method in the form of Cholette, which leaves the first quarter free. Where no
    yearly figure stands yet, the ratio stays what it last was.

    Args:
        annual: (years,), from the first year of the indicator on.
        indicator: (quarters,), not negative; four for each year, and those after it.
        conversion: what a yearly figure is of its quarters.

    Returns:
        (quarters,), in the unit of ``annual``.

    Raises:
        ValueError: a figure is missing or negative, or a year has not its four quarters.
        RefusedError: the indicator is nought where a year needs it, or a quarter falls below nought between years that
            differ much.

    Source: Denton (1971); Cholette (1984); International Monetary Fund, Quarterly National Accounts Manual (2001),
    chapter VI.

    >>> denton(np.array([40.0, 80.0]), np.array([1.0, 1, 1, 1, 2, 2, 2, 2, 3])).round(6).tolist()
    [10.0, 10.0, 10.0, 10.0, 20.0, 20.0, 20.0, 20.0, 30.0]
    """
    _check(annual, indicator)
    if annual.min() < 0 or indicator.min() < 0:
        raise ValueError("a figure is negative")
    years, quarters = len(annual), len(indicator)
    # In units near one, so that the system is as well conditioned as it can be.
    unit = indicator.mean() or 1.0
    constraint = _conversion(years, quarters, conversion) * (indicator / unit)
    if not constraint.any(axis=1).all():
        raise RefusedError("not_identifiable", "the indicator is nought in a year that has a figure")
    change = np.diff(np.eye(quarters), axis=0)
    system = np.block([[change.T @ change, constraint.T], [constraint, np.zeros((years, years))]])
    ratio = np.linalg.solve(system, np.concatenate([np.zeros(quarters), annual]))[:quarters]
    values: Numbers = ratio * indicator / unit
    if values.min() < -1e-9 * annual.max():
        raise RefusedError("negative", "a quarter falls below nought between years that differ much")
    return values


@dataclass(frozen=True)
class ChowLin:
    """Quarters by regression on an indicator.

    Args:
        values: (quarters,), in the unit of the yearly figures, to which they add up.
        covariance: (quarters, quarters), of their errors; of the estimation of ``rho`` it knows nothing.
        coefficients: (1 + indicators,), the constant first.
        rho: correlation of the errors of two quarters that follow each other.
        loglikelihood: of the yearly figures.
    """

    values: Numbers
    covariance: Numbers
    coefficients: Numbers
    rho: float
    loglikelihood: float

    @property
    def standard_errors(self) -> Numbers:
        """Of each quarter; nought where a yearly figure fixes it."""
        return np.sqrt(np.maximum(np.diag(self.covariance), 0.0))


def chow_lin(annual: Numbers, indicator: Numbers, rho: float | None = None, conversion: Conversion = "sum") -> ChowLin:
    """Quarters that follow from a regression of the years on the indicator, with errors that fade from one to the next.

    Generalised least squares with first-order autoregressive errors. Negative ``rho`` is not looked for: it makes
    quarters that swing up and down for no reason.

    Args:
        annual: (years,), from the first year of the indicator on.
        indicator: (quarters,) or (quarters, indicators); four for each year, and those after it.
        rho: from 0 to below 1; by default the one with the largest likelihood.
        conversion: what a yearly figure is of its quarters.

    Raises:
        ValueError: a figure is missing, a year has not its four quarters, or ``rho`` is out of its range.
        RefusedError: there are no more years than coefficients, the indicators tell no coefficients apart, years follow
            them without any error, or the likelihood grows until the errors are a random walk.

    Source: Chow and Lin (1971); the likelihood of ``rho`` as in Bournay and Laroque (1979).
    """
    columns = indicator.reshape(len(indicator), -1)
    _check(annual, columns)
    design = np.column_stack([np.ones(len(columns)), columns])
    aggregation = _conversion(len(annual), len(design), conversion)
    if rho is None:
        return _likeliest(annual, design, aggregation)
    if not 0 <= rho < 1:
        raise ValueError("rho is from 0 to below 1")
    return _regression(annual, design, aggregation, rho)


def _regression(annual: Numbers, design: Numbers, aggregation: Numbers, rho: float) -> ChowLin:
    years = aggregation @ design
    freedom = len(annual) - design.shape[1]
    if freedom < 1 or np.linalg.matrix_rank(years) < design.shape[1]:
        raise RefusedError("not_identifiable", "too few years, or indicators too alike, for the coefficients")
    correlation = toeplitz(rho ** np.arange(len(design)))
    precision = np.linalg.inv(aggregation @ correlation @ aggregation.T)
    bread = np.linalg.inv(years.T @ precision @ years)
    coefficients = bread @ years.T @ precision @ annual
    residuals = annual - years @ coefficients
    if np.abs(residuals).max() <= 1e-10 * np.abs(annual).max():
        raise RefusedError("not_identifiable", "years follow the indicator without error: nothing tells how far off")
    squares = residuals @ precision @ residuals
    spread = correlation @ aggregation.T @ precision
    unexplained = design - spread @ years
    covariance = correlation - spread @ aggregation @ correlation + unexplained @ bread @ unexplained.T
    likelihood = np.linalg.slogdet(precision).logabsdet - len(annual) * (np.log(2 * np.pi * squares / len(annual)) + 1)
    return ChowLin(
        values=design @ coefficients + spread @ residuals,
        covariance=squares / freedom * covariance,
        coefficients=coefficients,
        rho=rho,
        loglikelihood=float(likelihood / 2),
    )


def _likeliest(annual: Numbers, design: Numbers, aggregation: Numbers) -> ChowLin:
    """The best of a grid, as the likelihood may have two tops, and then the best near it."""

    def against(rho: float) -> float:
        return -_regression(annual, design, aggregation, rho).loglikelihood

    grid = np.linspace(0, _HIGHEST_RHO, 51)
    best = int(np.argmin([against(rho) for rho in grid]))
    near = minimize_scalar(
        against, bounds=(grid[max(best - 1, 0)], grid[min(best + 1, 50)]), method="bounded", options={"xatol": 1e-9}
    )
    if not near.success or near.x > _HIGHEST_RHO - 1e-6:
        raise RefusedError("no_maximum", "the likelihood grows until the errors of quarters are a random walk")
    return _regression(annual, design, aggregation, float(near.x))


def _conversion(years: int, quarters: int, conversion: Conversion) -> Numbers:
    """(years, quarters): what each quarter adds to each year; quarters after the last year add nothing."""
    matrix = np.kron(np.eye(years), _WEIGHTS[conversion])
    return np.pad(matrix, ((0, 0), (0, quarters - years * QUARTERS)))


def _check(annual: Numbers, indicator: Numbers) -> None:
    if not len(annual) or len(indicator) < len(annual) * QUARTERS:
        raise ValueError("each year needs the four quarters of its indicator")
    if not (np.isfinite(annual).all() and np.isfinite(indicator).all()):
        raise ValueError("a figure is missing")
