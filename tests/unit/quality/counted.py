"""A few counts of the RNI, what is behind them, and rows of ``registered`` that show them in a way of the test."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Any

import polars as pl

from pipelines.privacy.counts import Frame, protected
from pipelines.privacy.shown import known_sums

if TYPE_CHECKING:
    from collections.abc import Callable

JANUARY, FEBRUARY = date(2026, 1, 1), date(2026, 2, 1)
UNIVERSE = "rni_temporary_address"
GROUPS, BANDS = known_sums()

Row = dict[str, Any]


def frame(persons: dict[str, dict[str, int]], day: date = JANUARY) -> Frame:
    """Persons by municipality and base group, all of them certain, and their counts, noughts included."""
    made_of = pl.DataFrame(
        [
            (day, area, False, UNIVERSE, group, 1, 4, count, count)
            for area, groups in persons.items()
            for group, count in groups.items()
        ],
        schema={
            "counted_on": pl.Date, "area_code": pl.String, "synthetic": pl.Boolean, "universe": pl.String,
            "base_group": pl.String, "first_band": pl.Int64, "last_band": pl.Int64,
            "persons_low": pl.Int64, "persons_high": pl.Int64,
        },
        orient="row",
    )  # fmt: skip
    key = ["counted_on", "area_code", "synthetic", "universe"]
    cells = made_of.select(key).unique().join(GROUPS.filter(pl.col("base_group") != "nl"), how="cross")
    counted = (
        cells.join(made_of, on=[*key, "base_group"], how="left")
        .group_by(*key, "origin_group")
        .agg(pl.col("persons_low", "persons_high").sum())
        .with_columns(register=pl.lit("rni"), measured_as=pl.lit("stock"), delivery_id=pl.lit("d1"))
        .with_columns(stay_band=pl.lit("all"))
    )
    return Frame(counted, made_of, GROUPS, BANDS)


def rounded(counts: Frame, secret: bytes = b"s" * 32) -> list[Row]:
    """What the models would publish of it."""
    return [_published(row) for row in protected(counts, secret).to_dicts()]


def exact(counts: Frame) -> list[Row]:
    """Every count as it is."""
    return told(counts, lambda row: (row["persons_low"], row["persons_low"]))


def told(counts: Frame, bounds: Callable[[Row], tuple[int, int]]) -> list[Row]:
    """Every count between bounds; with a value where they are one number."""
    rows = []
    for row in counts.counted.to_dicts():
        low, high = bounds(row)
        shows = {"persons": low if low == high else None, "persons_low": low, "persons_high": high}
        rows.append(_published(row | shows))
    return rows


def _published(row: Row) -> Row:
    return {
        "area_type": "GM", "area_code": row["area_code"], "period_start": row["counted_on"],
        "period_end": row["counted_on"], "register": "rni", "origin_group": row["origin_group"], "stay_band": "all",
        "universe": row["universe"], "edition": str(row["counted_on"]), "version": "1", "synthetic": False,
        "delivery_id": row["delivery_id"], "persons": row["persons"], "persons_low": row["persons_low"],
        "persons_high": row["persons_high"],
    }  # fmt: skip


def delivery(name: str = "d1", source: str = "rni", day: date = JANUARY) -> Row:
    """A delivery as its table has it."""
    return {
        "delivery_id": name, "source": source, "scope": "0394", "reference_date": day, "sequence": 1, "sha256": name,
        "standing": "current",
    }  # fmt: skip
