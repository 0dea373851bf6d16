"""One list that meets the same person more than once: how many it never met, from how many it met once, twice, more.

Persons are given by their number of contacts: ``{1: 1645, 2: 183}`` is 1645 persons met once and 183 met twice. Does
not belong here: several lists, each of which holds a person or not.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
from scipy.special import gammaln

from pipelines.estimate.refused import RefusedError
from pipelines.estimate.unobserved.lists import Estimate, refuse_complete

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import ArrayLike, NDArray

    Numbers = NDArray[np.float64]

_STEPS = 100


@dataclass(frozen=True)
class Regression:
    """A zero-truncated Poisson regression.

    Args:
        estimate: of all persons.
        coefficients: (p,), of the logarithm of the contacts expected of everybody, met or not.
        covariance: (p, p), of the coefficients.
    """

    estimate: Estimate
    coefficients: Numbers
    covariance: Numbers


def zero_truncated_poisson(contacts: Mapping[int, int], *, level: float = 0.95) -> Estimate:
    """How many persons there are, if contacts come by chance and as often for everybody.

    Args:
        contacts: persons by their number of contacts.
        level: of the interval, log-normal.

    Raises:
        RefusedError: nobody was met twice, or too few for an estimate; nobody seems unmet; or no maximum was found.
        ValueError: contacts that are not 1, 2, …, or fewer persons than nobody.

    Source: van der Heijden, Bustami, Cruyff, Engbersen & van Houwelingen (2003), Statistical Modelling 3.
    """
    ones = np.ones((len(contacts), 1))
    return zero_truncated_regression(ones, list(contacts), list(contacts.values()), level=level).estimate


def zero_truncated_regression(
    design: ArrayLike, contacts: ArrayLike, persons: ArrayLike | None = None, *, level: float = 0.95
) -> Regression:
    """How many persons there are, if contacts come by chance and as often for everybody with the same covariates.

    Args:
        design: (n, p), the covariates of each row, a column of ones among them.
        contacts: (n,), how often each person of a row was met.
        persons: (n,), how many persons a row stands for, by default one.
        level: of the interval, log-normal.

    Raises:
        RefusedError: nobody was met twice, or too few for an estimate; a covariate follows from the others; there is
            no maximum, as when nobody of some group was met twice; nobody seems unmet; or it was not found.
        ValueError: contacts that are not 1, 2, …, fewer persons than nobody, or lengths that differ.

    Source: as ``zero_truncated_poisson``, where each who was met stands for the inverse of the probability to be met
    (Horvitz & Thompson); the variance as in the R package singleRcapture.
    """
    design, contacts = np.asarray(design, float), np.asarray(contacts, float)
    persons = np.ones(len(contacts)) if persons is None else np.asarray(persons, float)
    _check(contacts, persons)
    design, contacts, persons = (one[persons > 0] for one in (design, contacts, persons))
    if np.linalg.matrix_rank(design) < design.shape[1]:
        raise RefusedError("not_identifiable", "a covariate follows from the others")
    # Columns at right angles and of one length: the search must not depend on the units of the covariates.
    columns, units = np.linalg.qr(design)
    columns, back = columns * np.sqrt(len(columns)), np.linalg.inv(units / np.sqrt(len(columns)))
    if not _has_maximum(columns, contacts == 1):
        raise RefusedError("no_maximum", "nobody with some covariates was met twice: the likelihood has no maximum")
    found = _maximum(columns, contacts, persons)
    rate, covariance = np.exp(columns @ found), np.linalg.inv(_information(columns, persons, found))
    value, standard_error = _horvitz_thompson(columns, persons, rate, covariance)
    estimate = _estimate("zero-truncated Poisson", int(persons.sum()), value, standard_error, level)
    return Regression(
        replace(
            estimate,
            parameters=design.shape[1],
            loglikelihood=_loglikelihood(columns, contacts, persons, found),
        ),
        coefficients=back @ found,
        covariance=back @ covariance @ back.T,
    )


def zelterman(contacts: Mapping[int, int], *, level: float = 0.95) -> Estimate:
    """How many persons there are, if those never met are met at the rate of those who were met once or twice.

    Args:
        contacts: persons by their number of contacts.
        level: of the interval, log-normal.

    Raises:
        RefusedError: nobody was met twice, or too few for an estimate; or nobody once.
        ValueError: contacts that are not 1, 2, …, or fewer persons than nobody.

    Source: Zelterman (1988), Journal of Statistical Planning and Inference 18; the variance is that of Böhning (2008),
    Statistical Methodology 5.
    """
    once, twice, observed = _once_and_twice(contacts)
    rate, covariance = np.array([2 * twice / once]), np.array([[1 / once + 1 / twice]])
    value, standard_error = _horvitz_thompson(np.ones((1, 1)), np.array([float(observed)]), rate, covariance)
    return _estimate("Zelterman", observed, value, standard_error, level)


def chao(contacts: Mapping[int, int], *, level: float = 0.95) -> Estimate:
    """How many persons there are at least, however much they differ in how often they are met.

    Args:
        contacts: persons by their number of contacts.
        level: of the interval, log-normal.

    Raises:
        RefusedError: nobody was met twice, or too few for an estimate; or nobody once.
        ValueError: contacts that are not 1, 2, …, or fewer persons than nobody.

    Source: Chao (1987), Biometrics 43.
    """
    once, twice, observed = _once_and_twice(contacts)
    ratio = once / twice
    standard_error = np.sqrt(twice * (ratio**2 / 2 + ratio**3 + ratio**4 / 4))
    return _estimate("Chao", observed, observed + once * ratio / 2, float(standard_error), level)


def _estimate(method: str, observed: int, value: float, standard_error: float, level: float) -> Estimate:
    refuse_complete(observed, value)
    return Estimate.log_normal(f"repeated contacts: {method}", observed, value, standard_error, level)


def _horvitz_thompson(
    columns: Numbers, persons: Numbers, rate: Numbers, covariance: NDArray[np.floating]
) -> tuple[float, float]:
    """All persons and the standard error, from chance (who was met) and from the coefficients of ``columns``."""
    met = -np.expm1(-rate)
    chance = persons * np.exp(-rate) / met**2
    slope = columns.T @ (chance * rate)
    return float((persons / met).sum()), float(np.sqrt(chance.sum() + slope @ covariance @ slope))


def _has_maximum(design: Numbers, lowest: NDArray[np.bool_]) -> bool:
    """Whether the likelihood is largest somewhere, and not only on the way to infinity.

    It is not if some change of the parameters leaves the rows with a count above the lowest as they are and lowers the
    expectation of others, whose count is the lowest there can be.

    Args:
        design: (n, p), of full column rank, with entries of about one.
        lowest: (n,), whether a row's count is the lowest possible: nobody, or one contact if none cannot be seen.

    Source: Haberman (1974), The Analysis of Frequency Data, chapter 2; decided by linear programming.
    """
    from scipy.optimize import linprog

    fall = linprog(
        design[lowest].sum(axis=0),
        A_ub=design[lowest],
        b_ub=np.zeros(lowest.sum()),
        A_eq=design[~lowest],
        b_eq=np.zeros((~lowest).sum()),
        bounds=(-1, 1),
    )
    return bool(fall.fun > -1e-6)  # the solver's tolerance is smaller, a true fall is about one


def _maximum(columns: Numbers, contacts: Numbers, persons: Numbers) -> Numbers:
    """Coefficients of the most likely zero-truncated Poisson regression, by Newton's method.

    Raises:
        RefusedError: they were not found.
    """
    x = np.zeros(columns.shape[1])
    for _ in range(_STEPS):
        score = columns.T @ (persons * (contacts - _mean(np.exp(columns @ x))))
        step = np.linalg.solve(_information(columns, persons, x), score)
        step /= max(1, np.abs(step).max())
        # A step that goes too far is halved: the likelihood is concave, so a shorter one must raise it.
        worst = _loglikelihood(columns, contacts, persons, x) - 1e-9 * persons.sum()
        while _loglikelihood(columns, contacts, persons, x + step) < worst:
            step /= 2
        x = x + step
        if np.abs(step).max() < 1e-9:
            return x
    raise RefusedError("not_converged", "the maximum of the likelihood was not found")


def _loglikelihood(columns: Numbers, contacts: Numbers, persons: Numbers, x: Numbers) -> float:
    rate = np.exp(columns @ x)
    return float(persons @ (contacts * (columns @ x) - rate - np.log(-np.expm1(-rate)) - gammaln(contacts + 1)))


def _information(columns: Numbers, persons: Numbers, x: Numbers) -> Numbers:
    rate = np.exp(columns @ x)
    information: Numbers = columns.T @ ((persons * _mean(rate) * (1 + rate - _mean(rate)))[:, None] * columns)
    return information


def _mean(rate: Numbers) -> Numbers:
    """Contacts expected of those who were met."""
    mean: Numbers = rate / -np.expm1(-rate)
    return mean


def _check(contacts: Numbers, persons: Numbers) -> None:
    """Refuse what counts no contacts, and where nobody was met twice."""
    if len(contacts) != len(persons) or (contacts < 1).any() or (contacts % 1).any() or (persons < 0).any():
        raise ValueError("contacts are 1, 2, …, each of a number of persons")
    if not persons[contacts > 1].any():
        raise RefusedError("overlap_too_small", "nobody was met twice")


def _once_and_twice(contacts: Mapping[int, int]) -> tuple[int, int, int]:
    """Persons met once, twice, and at all."""
    _check(np.array(list(contacts)), np.array(list(contacts.values())))
    if not contacts.get(2):
        raise RefusedError("overlap_too_small", "nobody was met twice and no more")
    if not contacts.get(1):
        raise RefusedError("no_maximum", "nobody was met once: nothing bounds the rate of contacts")
    return contacts[1], contacts[2], sum(contacts.values())
