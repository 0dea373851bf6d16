"""How far a method was off in years that are known by now, beside the last known figure carried forward.

Each year in turn is taken as not yet published. Belongs here: past errors, the intervals that follow from them, and
whether they allow to publish. Does not belong here: any method.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import numpy as np

from pipelines.estimate.nowcast.shares import History, Nowcast
from pipelines.estimate.refused import RefusedError

if TYPE_CHECKING:
    from collections.abc import Iterable

    from numpy.typing import NDArray

    Numbers = NDArray[np.floating]

Method = Callable[[History, int], Nowcast]
"""From what was known, and how many years ahead of it, to figures."""

Unpublishable = Literal[
    "last_figure_unknown", "synthetic", "too_few_origins", "too_few_errors", "no_better_than_carry_forward"
]
"""Why a nowcast is not shown."""

ORIGINS = 5
"""Years that a method must have been tried from: within one all municipalities err together."""


@dataclass(frozen=True)
class Score:
    """Past errors in one size class, so many years ahead.

    Only figures are scored that are ``published``, nought too, and whose last figure at the origin was ``known``. One
    that is suppressed by then is not, which makes the intervals of a class too narrow where that happens.

    Args:
        size_class: which municipalities.
        ahead: years.
        origins: years from which the method was tried.
        refused: years from which it gave nothing.
        won: origins at which it was off by fewer persons, all municipalities together, than the last known figures.
        figures: how many were scored.
        error: median of the error as a part of the last known figure, which is above nought.
        error_carried: the same of the last known figures.
        scaled_error: mean absolute error as a part of that of the last known figures (relative MAE in Hyndman and
            Koehler 2006), none where these were not off at all.
        low: figures as a multiple of their nowcast: fewer than so many in ``(1 - level) / 2`` of all cases.
        high: more than so many in as many cases.
        level: how often a figure should lie between them.
    """

    size_class: str
    ahead: int
    origins: int
    refused: int
    won: int
    figures: int
    error: float
    error_carried: float
    scaled_error: float | None
    low: float
    high: float
    level: float

    @property
    def beats_carry_forward(self) -> bool:
        """By the median, by the mean, and at more than half of the origins."""
        is_closer = self.scaled_error is not None and self.scaled_error < 1
        return is_closer and self.error < self.error_carried and 2 * self.won > self.origins


def backtest(
    history: History, classes: NDArray[np.str_], method: Method, *, ahead: int = 1, first: int = 3, level: float = 0.9
) -> tuple[Score, ...]:
    """Scores of each size class and of each number of years up to ``ahead``, where anything could be scored.

    Args:
        history: all that is known by now; at each origin the method sees nothing of later years but the indicator.
        classes: (municipalities,), the size class of each.
        method: such as ``shares.nowcast``.
        ahead: the most years ahead.
        first: years that a method sees at least.
        level: of the empirical intervals. All municipalities of a year err together as far as the nation does, so that
            few origins make them too narrow where that is most of the error.

    Raises:
        ValueError: a municipality has no class, or ``first`` leaves a method nothing to see.

    Source: Tashman (2000) for the rolling origin.
    """
    if first < 1 or classes.shape != history.low.shape[1:]:
        raise ValueError("each municipality has one class, and a method sees a year at least")
    scores = []
    for years_ahead in range(1, ahead + 1):
        tries, refused = _tries(history, method, years_ahead, first)
        for size_class in np.unique(classes):
            of_class = [one[:, (classes == size_class) & ~np.isnan(one[0])] for one in tries]
            of_class = [one for one in of_class if one.size]
            if of_class:
                scores.append(_score(str(size_class), years_ahead, of_class, refused, level))
    return tuple(scores)


def _tries(history: History, method: Method, ahead: int, first: int) -> tuple[list[Numbers], int]:
    """From each origin (nowcast, last figure, actual figure; municipalities), and from how many the method refused.

    Missing where not scored.
    """
    tries = []
    origins = range(first, len(history.national) - ahead + 1)
    for years in origins:
        past, target = history.until(years, ahead), years + ahead - 1
        try:
            value = method(past, ahead).value
        except RefusedError:
            continue
        scored = history.known[years - 1] & history.published[target]
        tries.append(np.where(scored, [value, history.persons[years - 1], history.persons[target]], np.nan))
    return tries, len(origins) - len(tries)


def _score(size_class: str, ahead: int, tries: list[Numbers], refused: int, level: float) -> Score:
    value, carried, actual = np.hstack(tries)
    off, off_carried = np.abs(value - actual), np.abs(carried - actual)
    # Positions that hold a new figure as often as they say, if it is one of the same kind.
    low, high = np.quantile(actual / value, [(1 - level) / 2, (1 + level) / 2], method="weibull")
    return Score(
        size_class=size_class,
        ahead=ahead,
        origins=len(tries),
        refused=refused,
        won=sum(bool(np.abs(one[0] - one[2]).sum() < np.abs(one[1] - one[2]).sum()) for one in tries),
        figures=len(actual),
        error=float(np.median(off / carried)),
        error_carried=float(np.median(off_carried / carried)),
        scaled_error=float(off.sum() / off_carried.sum()) if off_carried.any() else None,
        low=float(low),
        high=float(high),
        level=level,
    )


def publishable(score: Score, *, real: bool, known: bool) -> Unpublishable | None:
    """Why the nowcast of a municipality may not be shown; nothing if it may.

    Args:
        score: of its size class, so many years ahead.
        real: whether every edition in the backtest is one that was published, and none synthetic.
        known: whether its last figure is ``known``. Only such were scored, and intervals as multiples say nothing of
            one at nought.
    """
    if not known:
        return "last_figure_unknown"
    if not real:
        return "synthetic"
    if score.origins < ORIGINS:
        return "too_few_origins"
    # With fewer the interval would end at the largest error that was seen, and hold too little.
    if score.figures + 1 < round(2 / (1 - score.level)):
        return "too_few_errors"
    if not score.beats_carry_forward:
        return "no_better_than_carry_forward"
    return None


def interval(nowcast: Nowcast, ahead: int, classes: NDArray[np.str_], scores: Iterable[Score]) -> Nowcast:
    """The nowcast with past errors around it, on top of what the last known figures left open.

    Args:
        nowcast: of so many years ``ahead``.
        classes: (municipalities,), the size class of each.
        scores: of a backtest.

    Raises:
        KeyError: a class has no score so many years ahead.
        ValueError: a municipality has no class.
    """
    if classes.shape != nowcast.value.shape:
        raise ValueError("each municipality has one class")
    by_class = {score.size_class: score for score in scores if score.ahead == ahead}
    low = np.array([by_class[str(one)].low for one in classes])
    high = np.array([by_class[str(one)].high for one in classes])
    # The nowcast is inside even where the method was off to one side in all past years.
    return Nowcast(nowcast.value, nowcast.low * np.minimum(low, 1), nowcast.high * np.maximum(high, 1))


def past_error(nowcast: Numbers, low: Numbers, high: Numbers) -> tuple[Numbers, Numbers]:
    """By how many persons a nowcast was above the figure that came since, which may be an interval.

    >>> past_error(np.array([110.0]), np.array([95.0]), np.array([105.0]))
    (array([5.]), array([15.]))
    """
    return nowcast - high, nowcast - low
