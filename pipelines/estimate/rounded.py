"""Overlaps of lists, rounded once: whatever is told of them is computed from the rounded counts.

From estimates of exact counts a reader can solve for the counts, however the estimates are rounded. Belongs here: the
rounding, and what it does to an interval. Does not belong here: which counts are too small to tell anything of.
"""

from __future__ import annotations

from contextlib import suppress
from dataclasses import replace
from math import hypot, log, sqrt
from typing import TYPE_CHECKING

import polars as pl

from pipelines.estimate.refused import RefusedError
from pipelines.estimate.unobserved.lists import NOBODY
from pipelines.privacy.tables.chance import draws

if TYPE_CHECKING:
    from collections.abc import Callable

    import numpy as np
    from numpy.typing import NDArray

    from pipelines.estimate.unobserved.lists import Estimate
    from pipelines.privacy.disclosure import Rules

    Whole = NDArray[np.int64]

CELL = ("area_type", "area_code", "period_start", "period_end", "lists", "stratum", "held_by", "contacts")
"""What makes a cell: not its count, so that the same draw decides whatever the count is corrected to."""
PER_CELL = 1 / 6
"""Variance of the rounding of a count, in squares of the base: that of its two multiples, over all remainders."""


def rounded(overlaps: pl.DataFrame, rules: Rules, secret: bytes) -> pl.DataFrame:
    """Each count to one of the two multiples of the base beside it, by chance and so that its expected value is right.

    A count of at least the threshold never becomes nought.

    Args:
        overlaps: the columns of ``CELL``, and ``persons``.
        rules: of disclosure control.
        secret: that draws, at least 16 bytes; of no counts it may be empty.

    Returns:
        The same with a column ``rounded``.

    Raises:
        ValueError: the secret is short.
    """
    if overlaps.is_empty():
        return overlaps.with_columns(rounded=pl.lit(None, pl.Int64))
    persons = overlaps["persons"].to_numpy()
    up = draws(secret, "overlap", overlaps.select(CELL).iter_rows()) * rules.base < persons % rules.base
    up |= (persons >= rules.threshold) & (persons < rules.base)
    return overlaps.with_columns(rounded=pl.Series((persons // rules.base + up) * rules.base, dtype=pl.Int64))


def reach(level: float, cells: int, base: int) -> float:
    """How far a sum of so many rounded counts may be from that of the exact ones, as often as the level says."""
    from scipy.stats import norm

    return float(norm.ppf((1 + level) / 2)) * base * sqrt(PER_CELL * cells)


def widened(estimate: Estimate, unobserved_of: Callable[[Whole], float], persons: Whole, base: int) -> Estimate:
    """An estimate from rounded counts, with an interval that holds what the rounding may have done besides chance.

    The interval of the unobserved grows by the square root of one plus the variance by rounding over that by chance
    (the square of the standard error over the unobserved), on the scale of its logarithm, and so stays above nought.
    What a count does is tried: the estimate is made again with the base more and less in it, which is all that a method
    needs to allow. A change that is refused is not looked at. How far the observed may be off is joined to both ends,
    but nobody who was observed is left out.

    Args:
        estimate: from ``persons``, with a standard error and somebody unobserved.
        unobserved_of: the unobserved by the same method of other counts, or ``RefusedError``.
        persons: rounded counts.
        base: of the rounding.

    Raises:
        ValueError: the estimate has no standard error.
    """
    if not estimate.standard_error:
        raise ValueError(f"{estimate.method} has no standard error to compare the rounding with")
    unobserved = estimate.unobserved
    slopes = (_slope(unobserved_of, unobserved, persons, place, base) for place in range(len(persons)))
    by_rounding = PER_CELL * sum(slope**2 for slope in slopes)
    factor = sqrt(1 + by_rounding * (unobserved / estimate.standard_error) ** 2)

    def off(end: float) -> float:
        """How far an end is from the estimate."""
        times = (end - estimate.observed) / unobserved
        return hypot(unobserved * (float(times**factor) - 1), reach(estimate.level, len(persons), base))

    return replace(
        estimate,
        low=max(estimate.value - off(estimate.low), estimate.observed),
        high=estimate.value + off(estimate.high),
        standard_error=hypot(factor * estimate.standard_error, base * sqrt(PER_CELL * len(persons))),
    )


def _slope(unobserved_of: Callable[[Whole], float], found: float, persons: Whole, place: int, base: int) -> float:
    """By how much the logarithm of the unobserved changes if a count has one base more."""
    unobserved = {0: found}
    for steps in (-1, 1):
        changed = persons.copy()
        changed[place] += steps * base
        if changed[place] > 0:
            with suppress(RefusedError):
                unobserved[steps] = unobserved_of(changed)
    first, last = min(unobserved), max(unobserved)
    # Parts of a person are nobody: their logarithm would tell of changes that are none.
    return log(max(unobserved[last], NOBODY) / max(unobserved[first], NOBODY)) / max(last - first, 1)
