"""What releases show of the counts of persons: the rows that are such counts, and what they tell of how these changed.

Belongs here: what somebody knows who has published files, all sums, and no count. Does not belong here: what stands
behind a release (``counts``), or how bounds are found (``tables``).
"""

from __future__ import annotations

from functools import cache
from itertools import pairwise
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
import polars as pl

from pipelines.privacy.counts import KEY, Cell, Frame
from pipelines.privacy.disclosure import rules
from pipelines.privacy.tables.audit import ContradictionError, Release, differential
from pipelines.settings import PROJECT
from pipelines.sources import all_sources

if TYPE_CHECKING:
    from collections.abc import Hashable
    from datetime import date

    import duckdb

    Moment = tuple[str, str, bool, date]

CELL = (*KEY, "universe", "origin_group", "stay_band")
"""What tells the counts of a release apart."""
MOMENT = ("area_code", "register", "synthetic", "counted_on")
"""What is compared with what was shown before; no sum ties two registers."""


class Change(NamedTuple):
    """How much a count changed between two dates, or where they are one between two releases; bounds may be negative.

    ``universe`` and ``held`` are as of a ``Cell``: also of one universe without another, and of who is not certain.
    """

    area_code: str
    synthetic: bool
    universe: str
    origin_group: str
    stay_band: str
    held: str
    since: date
    counted_on: date
    low: float
    high: float


class Changes(NamedTuple):
    """Changes that show too well, and what could not be judged, because no counts agree with it.

    ``not_judged``: area, register and the two dates.
    """

    found: list[Change]
    not_judged: list[tuple[str, str, date, date]]


def shown_counts(connection: duckdb.DuckDBPyConnection, database: str) -> pl.DataFrame:
    """The municipalities' counts of our own registers in an attached published file.

    Returns:
        ``CELL``, ``register``, ``persons``, ``persons_low``, ``persons_high``, ``delivery_id``.
    """
    registers = [source.source for source in all_sources().values() if source.person_level]
    return connection.sql(
        f"""
        select
            period_end as counted_on, area_code, synthetic, universe, origin_group, stay_band, register,
            persons, persons_low, persons_high, delivery_id
        from {database}.registered
        where area_type = 'GM' and delivery_id in (select delivery_id from {database}.delivery where source in ?)
        """,
        params=[registers],
    ).pl()


@cache
def known_sums() -> tuple[pl.DataFrame, pl.DataFrame]:
    """Which groups and lengths of stay add up: ``groups`` and ``bands`` as of a ``Frame``.

    Source: the seeds origin_group and stay_band.
    """
    groups, bands = (
        pl.read_csv(PROJECT / "dbt_project" / "seeds" / f"{name}.csv") for name in ("origin_group", "stay_band")
    )
    return groups.select("base_group", "origin_group"), bands.select("place", "stay_band")


def changes(before: pl.DataFrame, after: pl.DataFrame) -> Changes:
    """Changes by fewer than the threshold that two releases show more precisely than within ``base - 1``.

    Compared is what both show of one date and differs, and within the later release each date with the one before it,
    unless neither is new. That a count did not change is a change by nought.

    Args:
        before: as ``shown_counts`` gives it, of the earlier release.
        after: of the later.
    """
    was, now = (_by_moment(rows) for rows in (before, after))
    fresh = {moment for moment, rows in now.items() if moment not in was or not rows.equals(was[moment])}
    pairs = [(moment, was[moment], now[moment]) for moment in sorted(fresh & was.keys())]
    pairs += [
        (one, now[one], now[other])
        for one, other in pairwise(sorted(now))
        if one[:-1] == other[:-1] and {one, other} & fresh
    ]
    found: list[Change] = []
    not_judged = []
    for (area, register, synthetic, since), old, new in pairs:
        day = new["counted_on"][0]
        try:
            findings = differential(_seen(old), _seen(new), rules().threshold, rules().base - 1)
        except ContradictionError:
            not_judged.append((area, register, since, day))
            continue
        for one in findings:
            cell: Any = one.cell  # the audit knows names alone
            group, band = cell.of
            found.append(Change(area, synthetic, cell.universe, group, band, cell.held, since, day, one.low, one.high))
    return Changes(found, not_judged)


def _by_moment(rows: pl.DataFrame) -> dict[Moment, pl.DataFrame]:
    return rows.sort(CELL).partition_by(MOMENT, as_dict=True)


def _seen(rows: pl.DataFrame) -> Release:
    """What is shown of the counts of one moment: their bounds, and the sums, which are those of a table of nobody."""
    groups, bands = known_sums()
    is_bounded = pl.col("persons_high").is_not_null().any().over("universe")
    nobody = rows.with_columns(persons_low=pl.lit(0), persons_high=pl.when(is_bounded).then(0))
    ((_, table),) = Frame(nobody, pl.DataFrame(schema=[*KEY]), groups, bands).tables()
    low: dict[Hashable, float] = {}
    high: dict[Hashable, float] = {}
    for area, universe, group, band, least, most in rows.select(
        "area_code", "universe", "origin_group", "stay_band", "persons_low", "persons_high"
    ).iter_rows():
        cell = Cell(area, universe, (group, band), "certain")
        low[cell] = least
        if most is not None:
            high[cell._replace(held="possible")] = most
    return Release(
        table.cells,
        table.sums,
        np.array([low.get(cell, 0.0) for cell in table.cells]),
        np.array([high.get(cell, np.inf) for cell in table.cells]),
    )
