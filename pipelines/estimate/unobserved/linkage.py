"""Errors of linkage: two lists where the same person was not always recognised, or another was taken for the same.

A missed link makes two persons of one and so raises the estimate, a false link lowers it. Belongs here: known rates of
both, in two lists. Does not belong here: linking, and measuring how well it was done.
"""

from __future__ import annotations

from math import sqrt
from typing import TYPE_CHECKING

from pipelines.estimate.refused import RefusedError
from pipelines.estimate.unobserved.lists import Estimate
from pipelines.estimate.unobserved.two_lists import ENOUGH, lincoln_petersen, overlap

if TYPE_CHECKING:
    from pipelines.estimate.unobserved.lists import Counts


def with_linkage_error(counts: Counts, missed: float, false: float = 0.0, *, level: float = 0.95) -> Estimate:
    """Lincoln and Petersen's estimate, with the overlap that there would be without errors of linkage.

    ``observed`` is what the lists hold without those errors, rounded down. The rates are taken as known: that they were
    measured is not in the interval, so show the estimate for the rates that are possible.

    Args:
        counts: of two lists, as they were linked.
        missed: the share of persons in both lists that was not linked.
        false: the share of persons in the first list only that was linked to somebody else in the second.
        level: of the interval, which is log-normal; with rates of nought that of ``lincoln_petersen``.

    Raises:
        ValueError: the rates are no shares, or a true link is made no more often than a false one.
        RefusedError: see ``two_lists.overlap`` and ``lists.refuse_wide``; fewer than seven links are right
            (``overlap_too_small``); with these rates at least as many persons are in both lists as in one of them, and
            so nobody seems unseen (``no_maximum``; with rates of nought that is ``lincoln_petersen``, which gives the
            upper end).

    Source: Ding and Fienberg (1994); false links as in Di Consiglio and Tuoto (2015). The variance is the delta
    method's, given how many persons each list holds: that of the overlap, of the missed and of the false links.
    """
    if min(missed, false) < 0 or missed + false >= 1:
        raise ValueError(f"missed {missed} and false {false} are no rates of a linkage")
    if not missed and not false:
        return lincoln_petersen(counts, level=level)
    linked, first_only, second_only = overlap(counts)
    first, second = linked + first_only, linked + second_only
    made = 1 - missed - false
    both = (linked - false * first) / made
    if both * (1 - missed) < ENOUGH:
        raise RefusedError("overlap_too_small", f"Of {linked} links fewer than {ENOUGH} are right, with these rates.")
    if both >= min(first, second):
        raise RefusedError(
            "no_maximum", "With these rates at least as many persons are in both lists as one of them holds."
        )
    value = first * second / both
    variance_of_links = (
        made**2 * both * (1 - first / value) * (1 - second / value)
        + missed * (1 - missed) * both
        + false * (1 - false) * (first - both)
    )
    standard_error = value / both / made * sqrt(variance_of_links)
    observed = int(first + second - both)
    method = f"two lists: linkage error, missed {missed:g}, false {false:g}"
    return Estimate.log_normal(method, observed, value, standard_error, level)
