"""Nowcasts as the release shows them: what sources give goes in, rows of the table ``estimate`` come out.

Belongs here: which figures and series may be laid together, which years are asked, and what of the outcome is shown.
Does not belong here: the methods and their past errors (``nowcast``), and sentences (``expected_words``).
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, replace
from datetime import date
from functools import partial
from math import ceil, floor, inf
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
import polars as pl

from pipelines.estimate.expected_words import Words, of_figure, of_past, of_refusal
from pipelines.estimate.nowcast.backtest import ORIGINS, Method, Score, backtest, interval, past_error, publishable
from pipelines.estimate.nowcast.disaggregate import QUARTERS
from pipelines.estimate.nowcast.shares import History, Nowcast, nowcast
from pipelines.estimate.refused import RefusedError

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from numpy.typing import NDArray

    Numbers = NDArray[np.floating]

AHEAD = 3
"""Years after the last known one that are asked: past errors of more years ahead are those of too few origins."""
CAME = 3
"""Years that are known by now of which the nowcast is kept beside the figure."""
FIRST = 3
"""Years that a method sees at least when it is tried: with fewer, shares stay what they are."""

SCHEMA: Mapping[str, pl.DataType | type[pl.DataType]] = {
    "area_type": pl.String, "area_code": pl.String, "period_start": pl.Date, "period_end": pl.Date,
    "date_precision": pl.String, "measured_as": pl.String, "measure": pl.String, "method": pl.String,
    "value": pl.Float64, "value_low": pl.Float64, "value_high": pl.Float64,
    "realised": pl.Float64, "realised_low": pl.Float64, "realised_high": pl.Float64, "level": pl.Int64,
    "stratum": pl.String, "refused_because": pl.String, "explanation_nl": pl.String, "explanation_en": pl.String,
    "unit": pl.String, "universe": pl.String, "edition": pl.String, "version": pl.String, "bound_kind": pl.String,
    "availability": pl.String, "finality": pl.String, "computed": pl.Boolean, "synthetic": pl.Boolean,
    "delivery_id": pl.String,
}  # fmt: skip

Row = dict[str, Any]


METHODS: Mapping[str, Method] = {
    "nowcast_denton": nowcast,
    "nowcast_chow_lin": partial(nowcast, national="chow_lin"),
}

_SIZES = {0: "under_100", 100: "from_100", 1000: "from_1000"}
"""From how many persons in the first year, so that how a municipality grew does not decide with whom it is judged."""
_NO_MUNICIPALITY = "no_municipality"


class _NoHistoryError(Exception):
    """The figures of a universe cannot be laid beside a series; ``reason`` says why in one word."""

    def __init__(self, reason: str, **told: int | Words) -> None:
        super().__init__(reason)
        self.reason, self.told = reason, told


class _Figure(NamedTuple):
    """Persons; without bounds where nothing is told of them."""

    value: float | None = None
    low: float = 0.0
    high: float = inf


@dataclass(frozen=True)
class _Year:
    """The figures of one year, as one edition gives them: the nation's, by municipality, and of those in none."""

    edition: str
    version: str
    delivery_id: str
    national: float
    elsewhere: _Figure
    persons: Mapping[str, _Figure]


@dataclass(frozen=True)
class _Known:
    """What is known of one universe: years in a row, of the same municipalities and those in none as the last."""

    first: int
    years: Sequence[_Year]
    areas: Sequence[str]
    classes: NDArray[np.str_]
    history: History
    synthetic: bool
    delivery_id: str
    series: Words
    base: int

    def until(self, years: int) -> _Known:
        """What was known of the first ``years``, with the series a year further."""
        return replace(self, years=self.years[:years], history=self.history.until(years, 1))

    @property
    def last(self) -> int:
        return self.first + len(self.years) - 1


@dataclass(frozen=True)
class _Expected:
    """One year of all municipalities: by index the figure that is shown, and why others are not."""

    shown: Mapping[int, _Figure]
    withheld: Counter[str]
    scores: Mapping[str, Score]


def nowcasts(figures: pl.DataFrame, quarterly: pl.DataFrame, until: int, base: int) -> pl.DataFrame:
    """Figures of years that no source gives yet, those of years that came since, and why others are not shown.

    Args:
        figures: persons at the turn of each year, on the borders of one date: ``measure``, ``universe``, ``edition``,
            ``version``, ``synthetic``, ``delivery_id``, ``reporting_year``, ``area_type`` (NL, GM or unknown),
            ``area_code``, ``persons`` and its bounds.
        quarterly: the series that goes with each ``measure``, at the end of each ``quarter`` of a ``year``: ``value``,
            ``synthetic``, ``delivery_id``, ``title_nl`` and ``title_en``.
        until: last year that is asked.
        base: to which figures are rounded.

    Returns:
        The columns of ``SCHEMA``. A municipality has a row for each year and method that is shown; of the years that
        are known by now also what came (``realised``). The nation has a row for each year and method that is not shown
        of some municipalities: ``refused_because`` is the reason of most of them, and the explanation tells all.
    """
    order = ["measure", "universe", "synthetic"]
    rows: list[Row] = []
    for (measure, universe, synthetic), cells in figures.sort(order).group_by(order, maintain_order=True):
        series = quarterly.filter(pl.col("measure") == measure, pl.col("synthetic") == synthetic)
        same = {"measure": measure, "universe": universe, "synthetic": synthetic}
        rows += [same | row for row in _of_universe(cells, series, until, base)]
    return pl.DataFrame(rows, schema=SCHEMA)


def _of_universe(cells: pl.DataFrame, series: pl.DataFrame, until: int, base: int) -> Iterator[Row]:
    years = cells.filter(pl.col("area_type") == "GM")["reporting_year"].unique().sort().to_list()
    if not years:
        return
    asked = range(years[-1] + 1, min(until, years[-1] + AHEAD) + 1)
    try:
        known = _known(cells, series, years[-1], base)
    except _NoHistoryError as refused:
        newest = cells.filter(pl.col("reporting_year") == years[-1]).row(0, named=True)
        source = {name: newest[name] for name in ("edition", "version", "delivery_id")}
        for year in asked:
            for name in METHODS:
                yield _refusal(year, name, {refused.reason: 0}, 0, refused.told) | source
        return
    for name, method in METHODS.items():
        once = _once(method)
        yield from _asked(known, name, once, asked)
        yield from _came(known, name, once)


def _once(method: Method) -> Method:
    """The same for one universe, of which as many years are always the same ones: each is computed once."""
    found: dict[tuple[int, int], Nowcast] = {}

    def once(history: History, ahead: int) -> Nowcast:
        asked = len(history.national), ahead
        if asked not in found:
            found[asked] = method(history, ahead)
        return found[asked]

    return once


# what is known


def _known(cells: pl.DataFrame, series: pl.DataFrame, last: int, base: int) -> _Known:
    """The years in a row up to the last one, beside a series without holes.

    Raises:
        _NoHistoryError: the last year cannot be laid beside the series.
    """
    if series.is_empty():
        raise _NoHistoryError("no_series")
    titles: Words = series.select("title_nl", "title_en").row(0)
    quarters: dict[int, float] = {
        year * QUARTERS + quarter - 1: value
        for year, quarter, value in series.select("year", "quarter", "value").iter_rows()
    }
    years: list[_Year] = []
    for year in range(last, last - len(quarters), -1):
        try:
            if not all(year * QUARTERS + quarter in quarters for quarter in range(QUARTERS)):
                raise _NoHistoryError("series_too_short", year=year, series=titles)
            years.insert(0, _year(cells.filter(pl.col("reporting_year") == year), year))
        except _NoHistoryError:
            if not years:
                raise
            break
    first = last - len(years) + 1
    areas = sorted({area for one in years for area in one.persons})
    table = [[*(one.persons.get(area, _Figure()) for area in areas), one.elsewhere] for one in years]
    end = first * QUARTERS
    while end in quarters:
        end += 1
    history = History(
        np.array([[figure.low for figure in row] for row in table]),
        np.array([[figure.high for figure in row] for row in table]),
        np.array([one.national for one in years]),
        np.array([quarters[quarter] for quarter in range(first * QUARTERS, end)], dtype=float),
    )
    classes = np.array([*_SIZES.values(), _NO_MUNICIPALITY])[np.digitize(history.persons[0], list(_SIZES)) - 1]
    classes[-1] = _NO_MUNICIPALITY
    deliveries = {one.delivery_id for one in years} | set(series["delivery_id"])
    return _Known(
        first=first,
        years=years,
        areas=areas,
        classes=classes,
        history=history,
        synthetic=bool(cells["synthetic"][0]),
        delivery_id=" + ".join(sorted(deliveries)),
        series=titles,
        base=base,
    )


def _year(cells: pl.DataFrame, year: int) -> _Year:
    """The figures of one year, with those in no municipality so that all add up to the nation.

    What municipalities cannot hold is in none of them, beside what a table says is.

    Raises:
        _NoHistoryError: there is no national figure, or municipalities hold more.
    """
    by_type: dict[str, dict[str, _Figure]] = {"NL": {}, "GM": {}, "unknown": {}}
    for area_type, area, *figure in cells.select(
        "area_type", "area_code", "persons", pl.col("persons_low").fill_null(0), pl.col("persons_high").fill_null(inf)
    ).iter_rows():
        by_type[area_type][area] = _Figure(*figure)
    nation = next(iter(by_type["NL"].values()), None)
    if nation is None or nation.value is None or not by_type["GM"]:
        raise _NoHistoryError("no_national_figure", year=year)
    (least, most), (low, high) = (
        (sum(figure.low for figure in by_type[kind].values()), sum(figure.high for figure in by_type[kind].values()))
        for kind in ("GM", "unknown")
    )
    # A rounded national figure may be a few persons below what municipalities hold at least.
    national = max(nation.value, min(least + low, nation.high))
    elsewhere = max(low, national - most)
    if least + elsewhere > national:
        raise _NoHistoryError("contradiction", year=year)
    newest = cells.row(0, named=True)
    return _Year(
        edition=newest["edition"],
        version=newest["version"],
        delivery_id=newest["delivery_id"],
        national=national,
        elsewhere=_Figure(None, elsewhere, max(high, elsewhere)),
        persons=by_type["GM"],
    )


# what is shown


def _expected(known: _Known, method: Method, ahead: int, scores: Iterable[Score]) -> _Expected:
    """A year that was not known, with past errors around it where it may be shown.

    Raises:
        RefusedError: the method gives nothing.
    """
    found = method(known.history.until(len(known.years), ahead), ahead)
    scores = [score for score in scores if score.ahead == ahead]
    by_class = {score.size_class: score for score in scores}
    is_known = known.history.known[-1]
    why = [
        publishable(by_class[size], real=not known.synthetic, known=bool(is_known[index]))
        if size in by_class else "too_few_origins"
        for index, size in enumerate(known.classes[:-1])
    ]  # fmt: skip
    shown = np.array([index for index, reason in enumerate(why) if reason is None], dtype=int)
    part = Nowcast(found.value[shown], found.low[shown], found.high[shown])
    bounded = interval(part, ahead, known.classes[shown], scores)
    return _Expected(
        shown={
            int(index): _rounded(value, low, high, known.base)
            for index, value, low, high in zip(shown, bounded.value, bounded.low, bounded.high, strict=True)
        },
        withheld=Counter(reason for reason in why if reason is not None),
        scores=by_class,
    )


def _rounded(value: float, low: float, high: float, base: int) -> _Figure:
    """To a multiple of the base; bounds outward.

    >>> _rounded(1234.0, 1198.0, 1301.0, 10)
    _Figure(value=1230.0, low=1190.0, high=1310.0)
    """
    return _Figure(float(round(value / base) * base), float(floor(low / base) * base), float(ceil(high / base) * base))


def _asked(known: _Known, name: str, method: Method, asked: Sequence[int]) -> Iterator[Row]:
    """Rows of the years after the last known one."""
    source = _source(known, known.years[-1])
    scores = backtest(known.history, known.classes, method, ahead=len(asked), first=FIRST)
    for ahead, year in enumerate(asked, start=1):
        needed = FIRST + ahead - 1 + ORIGINS
        told = {
            "year": year, "series": known.series, "last": known.last, "known": len(known.years), "needed": needed,
        }  # fmt: skip
        if len(known.years) < needed:
            yield _refusal(year, name, {"too_few_origins": 0}, 0, told) | source
            continue
        if len(known.history.indicator) < (len(known.years) + ahead) * QUARTERS:
            yield _refusal(year, name, {"series_too_short": 0}, 0, told) | source
            continue
        try:
            expected = _expected(known, method, ahead, scores)
        except RefusedError as refused:
            yield _refusal(year, name, {refused.reason: 0}, 0, told) | source
            continue
        for index, figure in expected.shown.items():
            score = expected.scores[known.classes[index]]
            words = of_figure(name, known.series, score)
            yield _figure(known.areas[index], year, name, figure, score.level, words) | source
        if expected.withheld:
            yield _refusal(year, name, expected.withheld, len(known.areas), told) | source


def _came(known: _Known, name: str, method: Method) -> Iterator[Row]:
    """Rows of the last known years: what would have been shown a year before, beside the figure that came."""
    for years in range(max(FIRST + ORIGINS, len(known.years) - CAME), len(known.years)):
        past, came = known.until(years), known.years[years]
        scores = backtest(past.history, past.classes, method, first=FIRST)
        try:
            expected = _expected(past, method, 1, scores)
        except RefusedError:
            continue
        for index, figure in expected.shown.items():
            realised = came.persons.get(known.areas[index], _Figure())
            if realised.high == inf:
                continue
            off = past_error(np.array([figure.value]), np.array([realised.low]), np.array([realised.high]))
            words = of_past(float(off[0][0]), float(off[1][0]))
            level = expected.scores[past.classes[index]].level
            row = _figure(known.areas[index], known.first + years, name, figure, level, words)
            yield row | _source(known, came) | {
                "realised": realised.value, "realised_low": realised.low, "realised_high": realised.high,
            }  # fmt: skip


# rows and words


def _source(known: _Known, newest: _Year) -> Row:
    return {"edition": newest.edition, "version": newest.version, "delivery_id": known.delivery_id}


def _row(year: int, method: str) -> Row:
    day = date(year, 12, 31)
    return {
        "period_start": day, "period_end": day, "date_precision": "day", "measured_as": "stock", "method": method,
        "stratum": "all", "unit": "persons", "bound_kind": "model", "finality": "estimated", "computed": True,
    }  # fmt: skip


def _figure(area: str, year: int, method: str, figure: _Figure, level: float, words: Words) -> Row:
    return _row(year, method) | {
        "area_type": "GM", "area_code": area, "availability": "available",
        "value": figure.value, "value_low": figure.low, "value_high": figure.high, "level": round(100 * level),
        "explanation_nl": words[0], "explanation_en": words[1],
    }  # fmt: skip


def _refusal(year: int, method: str, reasons: Mapping[str, int], of: int, told: Mapping[str, Any]) -> Row:
    """The row of the nation: why nothing is shown of municipalities, ``of`` so many."""
    ordered = dict(sorted(reasons.items(), key=lambda reason: (-reason[1], reason[0])))
    nl, en = of_refusal(year, ordered, of, told)
    return _row(year, method) | {
        "area_type": "NL", "area_code": "NL", "availability": "not_applicable", "refused_because": next(iter(ordered)),
        "explanation_nl": nl, "explanation_en": en,
    }  # fmt: skip
