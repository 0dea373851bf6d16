"""Municipal figures of a year that is not published yet: the nation's nowcast, divided by shares.

A share is that of the last known year, moved by its own growth in earlier years as far as that growth is more than
chance, else by its region's. Belongs here: what was known of municipalities, and one step ahead of it. Does not belong
here: whether it was any good (``backtest``).
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Literal

import numpy as np
from scipy.optimize import brentq, nnls

from pipelines.estimate.nowcast.disaggregate import QUARTERS, Conversion, chow_lin, denton, yearly
from pipelines.estimate.refused import RefusedError

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Numbers = NDArray[np.floating]

_EDITIONS = 3
"""Fewer say nothing of how much growth differs from year to year: then shares stay what they last were."""
_NARROW = 0.1
"""Of a figure: an interval that is no wider, as rounding leaves, still tells how it grew and how far one was off."""


@dataclass(frozen=True)
class History:
    """What was published of the years in a row up to the last one, on the borders of one date.

    Args:
        low: (years, municipalities), lower bounds of persons; those of no known municipality are a row of their own.
        high: upper bounds: equal where the figure is exact, infinite where there is none.
        national: (years,), persons in all municipalities together.
        indicator: (quarters,), a series that moves with ``national``, from the first year on and beyond the last.
        regions: (municipalities,), whose growth resembles each other's; by default the nation is one.
    """

    low: Numbers
    high: Numbers
    national: Numbers
    indicator: Numbers
    regions: NDArray[np.str_] | None = None

    def __post_init__(self) -> None:
        """Refuse what cannot be.

        Raises:
            ValueError: shapes differ, bounds cross or are negative, or no figures within them add up to the nation's.
        """
        years, municipalities = self.low.shape
        if self.high.shape != self.low.shape or self.national.shape != (years,):
            raise ValueError("bounds and national figures differ in length")
        if self.regions is not None and self.regions.shape != (municipalities,):
            raise ValueError("each municipality is in one region")
        if not ((self.low >= 0) & (self.low <= self.high) & np.isfinite(self.low)).all():
            raise ValueError("bounds cross, are negative or are missing")
        slack = 1e-9 * self.national
        if not ((self.low.sum(1) <= self.national + slack) & (self.national <= self.high.sum(1) + slack)).all():
            raise ValueError("municipalities do not add up to the nation")

    @property
    def published(self) -> NDArray[np.bool_]:
        """(years, municipalities), whether the figure is exact or at most narrowly rounded."""
        low, high = self.possible
        published: NDArray[np.bool_] = high - low <= _NARROW * low
        return published

    @property
    def known(self) -> NDArray[np.bool_]:
        """(years, municipalities), whether it is above nought too, so that growth from it has a meaning."""
        return self.published & (self.possible[0] > 0)

    @cached_property
    def possible(self) -> tuple[Numbers, Numbers]:
        """Bounds as far as the nation's figure narrows them."""
        room = np.maximum(self.national - self.low.sum(1), 0)
        high = np.minimum(self.high, self.low + room[:, None])
        spare = np.maximum(high.sum(1) - self.national, 0)
        return np.maximum(self.low, high - spare[:, None]), high

    @cached_property
    def persons(self) -> Numbers:
        """(years, municipalities): exact figures, and others equally far between their bounds, so that all add up."""
        low, high = self.possible
        width = (high - low).sum(1)
        part = np.divide(self.national - low.sum(1), width, out=np.zeros_like(width), where=width > 0)
        persons: Numbers = low + part[:, None] * (high - low)
        return persons

    def until(self, years: int, ahead: int) -> History:
        """What was known when the first ``years`` were published and the indicator ran ``ahead`` years further."""
        quarters = (years + ahead) * QUARTERS
        return History(
            self.low[:years], self.high[:years], self.national[:years], self.indicator[:quarters], self.regions
        )


@dataclass(frozen=True)
class Nowcast:
    """Figures of one year, (municipalities,) persons each.

    ``low`` and ``high`` are what the bounds of the last known figures leave open, no more: how far the method errs
    is for ``backtest.interval``.
    """

    value: Numbers
    low: Numbers
    high: Numbers


@dataclass(frozen=True)
class Growth:
    """Of shares, per year, as a difference of logarithms; (municipalities,) each.

    Args:
        own: of the municipality itself; that of the region where it is not known.
        region: of the region.
        weight: of ``own`` against ``region``, from 0 to 1.
    """

    own: Numbers
    region: Numbers
    weight: Numbers

    @property
    def shrunk(self) -> Numbers:
        """What is expected of the next year."""
        return self.region + self.weight * (self.own - self.region)


def nowcast(
    history: History, ahead: int, conversion: Conversion = "last", national: Literal["denton", "chow_lin"] = "denton"
) -> Nowcast:
    """Figures ``ahead`` years after the last known ones; they add up to the nation's nowcast.

    Args:
        history: with four quarters of the indicator for each year that is asked for.
        ahead: years, 1 or more.
        conversion: what a yearly figure is of its quarters.
        national: how the nation's figure follows from its indicator.

    Raises:
        ValueError: the indicator does not reach that year.
        RefusedError: the nation's figure has no meaning.
    """
    last = history.persons[-1]
    low, high = (bound[-1] for bound in history.possible)
    total = national_figure(history, ahead, conversion, national)
    factor = np.exp(ahead * growth(history).shrunk)
    # Proportional, which is the minimum-variance adjustment where the variance of a figure is proportional to it.
    grown = factor @ last
    if not grown:
        raise RefusedError("not_identifiable", "nobody was counted in the last year: there are no shares")
    least, most = _grown_total(factor, low, high, history.national[-1])
    return Nowcast(
        value=total * factor * last / grown,
        low=total * factor * low / most,
        high=np.minimum(total * factor * high / least, total),
    )


def national_figure(
    history: History, ahead: int, conversion: Conversion = "last", method: Literal["denton", "chow_lin"] = "denton"
) -> float:
    """The nation's figure, in persons, ``ahead`` years after the last known one.

    Raises:
        ValueError: the indicator does not reach that year.
        RefusedError: the method refuses, or the outcome is nought or negative.
    """
    if ahead < 1 or len(history.indicator) < (len(history.national) + ahead) * QUARTERS:
        raise ValueError("the indicator does not reach that year")
    if method == "denton":
        quarters = denton(history.national, history.indicator, conversion)
    else:
        quarters = chow_lin(history.national, history.indicator, conversion=conversion).values
    figure = float(yearly(quarters, conversion)[len(history.national) + ahead - 1])
    if figure <= 0:
        raise RefusedError("negative", "the indicator would leave nobody in the nation, or fewer")
    return figure


def growth(history: History) -> Growth:
    """How shares grew each year, the municipality's own growth drawn to that of its region as far as it may be chance.

    Empirical Bayes. How much a municipality's growth differs from year to year says how far its average is off, which
    is more where few persons are counted; how much averages differ between municipalities beyond that says how much
    of it is real. Those that are not ``known`` in some year get the growth of their region, and all of them none where
    there are fewer than three years.

    Source: Fay and Herriot (1979), with the regions as covariates and their equation of moments for the variance.
    """
    known = np.logical_and.reduce(history.known)
    names = np.zeros(len(known)) if history.regions is None else history.regions
    region = np.unique(names, return_inverse=True)[1]
    weight = np.zeros(len(known))
    if len(history.national) < _EDITIONS or known.sum() <= region.max() + 1:
        return Growth(weight, weight, weight)
    persons = history.persons[:, known]
    yearly_growth = np.diff(np.log(persons / history.national[:, None]), axis=0)
    own = yearly_growth.mean(axis=0)
    variance = _variance_of_average(yearly_growth, 1 / persons[:-1] + 1 / persons[1:])
    between = _variance_between(own, variance, region[known])
    by_region = _averages(own, 1 / (between + variance), region[known], region.max() + 1)[region]
    own_or_region = by_region.copy()
    own_or_region[known] = own
    weight[known] = between / (between + variance)
    return Growth(own_or_region, by_region, weight)


def _variance_of_average(yearly_growth: Numbers, by_chance: Numbers) -> Numbers:
    """Of each municipality's average growth.

    The variance of one year is the same for all, and more by what is inversely proportional to the persons counted.
    Both parts are estimated from all municipalities together, as few years of one tell too little; what a year did to
    all of them does not count, as shares do not feel it. Years are taken as independent: if what goes up comes down
    again, averages are better than this says, and are trusted too little rather than too much.
    """
    years, municipalities = yearly_growth.shape
    own, of_year = (yearly_growth.mean(axis=axis, keepdims=True) for axis in (0, 1))
    freedom = (1 - 1 / years) * (1 - 1 / municipalities)
    squares = (yearly_growth - own - of_year + yearly_growth.mean()) ** 2 / freedom
    design = np.column_stack([(1 / by_chance).ravel(), np.ones(by_chance.size)])
    common, counted = nnls(design, (squares / by_chance).ravel())[0]
    # Growth that is the same each year leaves no variance at all, and nothing to divide by.
    variance: Numbers = np.maximum(common + counted * by_chance.mean(axis=0), 1e-12) / years
    return variance


def _variance_between(own: Numbers, variance: Numbers, region: NDArray[np.intp]) -> float:
    """Of the true growth of municipalities around that of their region; nought where chance explains all."""
    freedom = len(own) - len(np.unique(region))

    def excess(between: float) -> float:
        precision = 1 / (between + variance)
        expected = _averages(own, precision, region, region.max() + 1)[region]
        return float(precision @ (own - expected) ** 2) - freedom

    if freedom < 1 or excess(0.0) <= 0:
        return 0.0
    # It cannot be larger than it would be if no average were off.
    spread = float(((own - own.mean()) ** 2).sum())
    return float(brentq(excess, 0.0, spread / freedom, xtol=1e-14))


def _averages(own: Numbers, precision: Numbers, region: NDArray[np.intp], size: int) -> Numbers:
    """Of each region; of one without municipalities that of all."""
    weights = np.bincount(region, precision, minlength=size)
    sums = np.bincount(region, precision * own, minlength=size)
    averages: Numbers = np.full(size, sums.sum() / weights.sum())
    return np.divide(sums, weights, out=averages, where=weights > 0)


def _grown_total(factor: Numbers, low: Numbers, high: Numbers, total: float) -> tuple[float, float]:
    """The least and the most that the last figures can grow to together, whatever they are within their bounds.

    What is open goes first to those that grow least, or most.
    """
    ends = []
    for order in (np.argsort(factor), np.argsort(-factor)):
        width = (high - low)[order]
        given = np.clip(total - low.sum() - (np.cumsum(width) - width), 0, width)
        ends.append(float(factor @ low + factor[order] @ given))
    return ends[0], ends[1]
