"""Persons who differ in how easily lists find them: log-linear models with columns for the number of lists.

Whoever is easily found is in many lists, which makes lists that are independent look dependent. Models Mh (lists that
find equally many) and Mth (each list its own share). Does not belong here: dependence between two given lists.
"""

from __future__ import annotations

from itertools import combinations
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from pipelines.estimate.refused import RefusedError
from pipelines.estimate.unobserved.existence import existence
from pipelines.estimate.unobserved.lists import Counts, Estimate, refuse_complete, require_lists
from pipelines.estimate.unobserved.regression import poisson_regression

if TYPE_CHECKING:
    from numpy.typing import NDArray

Form = Literal["chao", "poisson", "darroch"]
"""How persons differ: ``chao`` assumes no form and bounds from below; ``poisson`` and ``darroch`` assume one, of which
the second has more persons who are hard to find."""

_ROUNDING = 1e-6  # of a coefficient: less below zero is none


def heterogeneity(counts: Counts, form: Form = "chao", *, equal_lists: bool = False, level: float = 0.95) -> Estimate:
    """How many persons there are, if they differ in how easily lists find them and lists depend on nothing else.

    Args:
        counts: of three or more lists; strata are added up.
        form: how persons differ.
        equal_lists: Mh, all lists find the same share; otherwise Mth, each its own.
        level: of the interval, log-normal.

    Raises:
        RefusedError: fewer than three lists that hold somebody; nobody or too few in two of them; nobody seems unseen;
            no maximum, or it was not found; or a coefficient of ``form`` that is negative, which no difference of
            persons makes.

    Source: Rivest & Baillargeon (2007), Biometrics 63; as ``closedp.t`` of the R package Rcapture, where ``poisson`` is
    Poisson2. For ``chao`` the excess of persons in three lists and more is the most likely that is not negative.
    """
    require_lists(counts, 3)
    counts = counts.complete()
    times = counts.held.sum(axis=1)
    if not counts.persons[times > 1].any():
        raise RefusedError("overlap_too_small", "nobody is in two lists")
    design = np.column_stack([np.ones(len(times)), times if equal_lists else counts.held])
    if form == "chao":
        fit = _fit_chao(counts.persons, design, np.maximum(times[:, None] - np.arange(2, len(counts.lists)), 0))
    else:
        fit = _fit(counts.persons, np.column_stack([design, 2**times - 1 if form == "poisson" else times**2 / 2]))
    if fit is None:
        raise RefusedError("no_maximum", "too few combinations of lists hold somebody: the likelihood has no maximum")
    if fit.params[-1] < -_ROUNDING and form != "chao":
        raise RefusedError("negative", f"the lists overlap less than by chance: persons do not differ as {form} has it")
    unobserved = np.exp(fit.params[0])
    value = float(counts.observed + unobserved)
    refuse_complete(counts.observed, value)
    # The unobserved vary as a count around their expectation, which itself is estimated.
    standard_error = float(np.sqrt(unobserved + unobserved**2 * fit.cov_params()[0, 0]))
    return Estimate.log_normal(
        f"heterogeneity: {'Mh' if equal_lists else 'Mth'} {form}",
        counts.observed,
        value,
        standard_error,
        level,
        parameters=len(fit.params),
        loglikelihood=float(fit.llf),
    )


def _fit_chao(persons: NDArray[np.int64], design: NDArray[np.float64], excess: NDArray[np.int64]) -> Any | None:
    """The best fit in which no coefficient of ``excess`` is negative: the others are left out."""
    columns = range(excess.shape[1])
    subsets = [list(subset) for size in range(len(columns) + 1) for subset in combinations(columns, size)]
    fits = [_fit(persons, np.column_stack([design, excess[:, subset]])) for subset in subsets]
    within = [fit for fit in fits if fit is not None and (fit.params[design.shape[1] :] >= 0).all()]
    return max(within, key=lambda fit: float(fit.llf), default=None)


def _fit(persons: NDArray[np.int64], design: NDArray[np.float64]) -> Any | None:
    """The Poisson regression, or none if its likelihood has no maximum.

    Raises:
        RefusedError: the maximum was not found.
    """
    unseen = np.eye(1, design.shape[1])
    if not existence(design, persons, unseen, [""] * design.shape[1]).positive.all():
        return None
    return poisson_regression(design, persons)
