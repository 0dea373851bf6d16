"""Poisson regression of counts, the same for every log-linear model. Whether there is a maximum: ``existence``."""

from __future__ import annotations

import warnings
from typing import TYPE_CHECKING, Any

import numpy as np

from pipelines.estimate.refused import RefusedError

if TYPE_CHECKING:
    from numpy.typing import NDArray


def poisson_regression(design: NDArray[np.float64], persons: NDArray[np.float64] | NDArray[np.int64]) -> Any:
    """The results of statsmodels of a Poisson regression that has a maximum.

    Args:
        design: (n, p), of full column rank, with a column of ones.
        persons: (n,), in each cell.

    Raises:
        RefusedError: the maximum was not found.
    """
    from statsmodels.genmod.families import Poisson
    from statsmodels.genmod.generalized_linear_model import GLM
    from statsmodels.tools.sm_exceptions import PerfectSeparationWarning

    # A model with a parameter for each cell fits all counts exactly. Here that is no fault: there is a maximum, and
    # nothing is estimated from residuals. Its deviance is rounding alone, so convergence is judged by the parameters.
    with warnings.catch_warnings(), np.errstate(divide="ignore", invalid="ignore"):
        warnings.simplefilter("ignore", PerfectSeparationWarning)
        found = GLM(persons, design, family=Poisson()).fit(maxiter=200, tol_criterion="params", tol=1e-9, rtol=1e-9)
    if not found.converged:
        raise RefusedError("not_converged", "the maximum of the likelihood was not found")
    return found
