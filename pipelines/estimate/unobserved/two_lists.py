"""Two lists: Lincoln and Petersen's estimate, Chapman's, sums over strata, and what dependent lists would mean.

Both take the lists to be independent: who is in one is in the other as often as anybody. No two lists can tell whether
they are, so show what follows at other odds ratios. Belongs here: what needs two lists and nothing else.
Does not belong here: covariates that one list alone knows (``covariates``), errors of linkage (``linkage``).
"""

from __future__ import annotations

from math import inf, sqrt
from typing import TYPE_CHECKING, Literal

import numpy as np
from scipy.optimize import brentq
from scipy.stats import chi2

from pipelines.estimate.refused import RefusedError
from pipelines.estimate.unobserved.lists import (
    Counts,
    Estimate,
    log_normal_interval,
    refuse_wide,
    require_lists,
    summed,
)

if TYPE_CHECKING:
    from collections.abc import Callable

ENOUGH = 7
"""Persons in both lists below which there is no estimate: a rule of thumb, after Robson and Regier (1964) and Seber
(1982, section 3.1), whose bound on the bias is of the overlap that is expected, which nobody knows. Where smaller
overlaps are dropped, the estimates that remain are too low if fewer than about twelve were expected in both."""
ODDS_RATIOS = (0.5, 0.75, 1.0, 1.5, 2.0, 3.0)


def overlap(counts: Counts) -> tuple[int, int, int]:
    """Persons in both lists, in the first only, in the second only.

    Raises:
        ValueError: there are more than two lists.
        RefusedError: see ``lists.require_lists``; fewer than ``ENOUGH`` in both (``overlap_too_small``).
    """
    if len(counts.lists) > 2:
        raise ValueError(f"{len(counts.lists)} lists where two are meant")
    require_lists(counts, 2)
    second, first, both = (int(persons) for persons in counts.complete().persons)
    if both < ENOUGH:
        raise RefusedError(
            "overlap_too_small", f"{both} persons are in both lists; fewer than {ENOUGH} tell too little."
        )
    return both, first, second


def lincoln_petersen(
    counts: Counts,
    *,
    odds_ratio: float = 1.0,
    interval: Literal["profile", "log-normal"] = "profile",
    level: float = 0.95,
) -> Estimate:
    """The maximum-likelihood estimate: the first list times the second, divided by the overlap.

    Args:
        counts: of two lists; strata are not looked at.
        odds_ratio: by how much being in one list multiplies the odds of being in the other; 1 is independence.
        interval: ``profile`` holds each number of unobserved persons with which the likelihood-ratio test does not
            reject the odds ratio (Cormack 1992). The multinomial profile of ``loglinear`` ends a little lower; it is
            not taken here, as it has next to no width where nobody seems unobserved. ``log-normal`` is that of Burnham
            et al. (1987) and Chao (1987), and gives way to the profile where it would have none.
        level: of the interval.

    Raises:
        ValueError: the odds ratio is not above nought, or infinite.
        RefusedError: see ``overlap`` and ``lists.refuse_wide``.

    Source: Seber (1982), section 3.1; the variance is that of Sekar and Deming (1949); with an odds ratio Gerritse, van
    der Heijden and Bakker (2015).

    >>> lincoln_petersen(Counts.of(["a", "b"], {"10": 60, "01": 30, "11": 20})).value
    200.0
    """
    if not 0 < odds_ratio < inf:
        raise ValueError(f"an odds ratio of {odds_ratio}")
    both, first, second = overlap(counts)
    unobserved = odds_ratio * first * second / both
    odds = "" if odds_ratio == 1 else f", odds ratio {odds_ratio:g}"
    # By the delta method; with odds ratio 1 this is first list * second list * first only * second only / both cubed.
    relative = 1 / both + (1 / first + 1 / second if unobserved else 0)
    return _estimate(
        f"two lists: Lincoln-Petersen{odds}",
        counts,
        unobserved,
        unobserved + unobserved**2 * relative,
        odds_ratio=odds_ratio,
        interval=interval,
        level=level,
    )


def chapman(counts: Counts, *, level: float = 0.95) -> Estimate:
    """Chapman's estimate, unbiased where the lists together hold as many as there are persons, else nearly so.

    Its interval is the profile of ``lincoln_petersen``: at overlaps below fifteen the log-normal one ends too low.

    Raises:
        RefusedError: see ``overlap`` and ``lists.refuse_wide``; at a small overlap Chapman's estimate exists, but is
            far too low.

    Source: Chapman (1951); the variance is that of Seber (1970).
    """
    both, first, second = overlap(counts)
    unobserved = first * second / (both + 1)
    variance = unobserved * (both + first + 1) * (both + second + 1) / ((both + 1) * (both + 2))
    return _estimate("two lists: Chapman", counts, unobserved, variance, level=level)


def stratified(
    counts: Counts, by: str, *, method: Callable[..., Estimate] = chapman, level: float = 0.95
) -> tuple[dict[str, Estimate], Estimate]:
    """An estimate for each stratum, and their sum: lists need to be independent only among persons who are alike.

    The interval of the sum is that of ``lists.summed``.

    Args:
        counts: of two lists.
        by: the name of the covariate that makes the strata; a stratum of nobody is left out.
        method: ``chapman`` or ``lincoln_petersen``.
        level: of the intervals.

    Raises:
        ValueError: the stratum of some persons is blank.
        RefusedError: see ``lists.require_lists``; there is no estimate for one of the strata, which the text names;
            strata may be joined.

    Source: Sekar and Deming (1949).
    """
    require_lists(counts, 2)
    label = counts.strata[by]
    strata: dict[str, Estimate] = {}
    for name in np.unique(label[counts.persons > 0]).tolist():
        if not name.strip():
            raise ValueError(f"{by} is blank for some persons")
        rows = label == name
        try:
            strata[name] = method(Counts(counts.lists, counts.held[rows], counts.persons[rows]), level=level)
        except RefusedError as refused:
            raise RefusedError(refused.reason, f"{by} {name}: {refused}") from refused
    parts = [*strata.values()]
    return strata, summed(parts, f"{parts[0].method}, summed over {by}")


def _estimate(
    method: str,
    counts: Counts,
    unobserved: float,
    variance: float,
    *,
    odds_ratio: float = 1.0,
    interval: str = "profile",
    level: float,
) -> Estimate:
    value = counts.observed + unobserved
    standard_error = sqrt(variance) if unobserved else None
    if standard_error:
        refuse_wide(value, standard_error)
    if standard_error and interval == "log-normal":
        low, high = log_normal_interval(counts.observed, value, standard_error, level)
    else:
        interval = "profile"
        low, high = _profile(*overlap(counts), odds_ratio, level)
    return Estimate(
        method=method,
        observed=counts.observed,
        value=value,
        low=low,
        high=high,
        interval=interval,
        level=level,
        standard_error=standard_error,
    )


def _profile(both: int, first: int, second: int, odds_ratio: float, level: float) -> tuple[float, float]:
    """The fewest and the most persons with which the deviance from the odds ratio is what the level allows."""
    observed = both + first + second
    best = odds_ratio * first * second / both

    def excess(unobserved: float) -> float:
        """The deviance of the table with so many unobserved, less what the level allows."""
        # The fit has the margins of the table, and so differs by the same number in each cell: the root of a quadratic,
        # written so that it also holds at an odds ratio of 1.
        b, c = both + unobserved + odds_ratio * (first + second), odds_ratio * first * second - both * unobserved
        shift = 2 * c / (b + sqrt(b**2 + 4 * (1 - odds_ratio) * c))
        cells = np.array([both, first, second, unobserved])
        fitted = cells + shift * np.array([1, -1, -1, 1])
        held = cells > 0
        return float(2 * cells[held] @ np.log(cells[held] / fitted[held]) - chi2.ppf(level, 1))

    above = best + 1
    while excess(above) < 0:
        above *= 2
    low = brentq(excess, 0, best) if excess(0) > 0 else 0.0
    return observed + low, observed + brentq(excess, best, above)
