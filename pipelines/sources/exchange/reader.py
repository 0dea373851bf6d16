"""Reads a package of aggregates that another installation exported: ``datapackage.json`` and its Parquet.

What comes from elsewhere is believed only as far as it can be checked: the bytes, the form of the record, the area, and
that every row is one that an exporter writes, its bounds no narrower than the protection leaves them. Whether the
counts are true, and whether together they give a withheld one away, cannot be seen here. A package is right or it is
refused. Making one is ``publish.exchange``.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import polars as pl

from pipelines import records
from pipelines.landing.deliveries import RefusedError
from pipelines.privacy.disclosure import rules
from pipelines.sources.observations import NEUTRAL
from pipelines.sources.reading import Reading

if TYPE_CHECKING:
    from collections.abc import Iterator

    import duckdb

    from pipelines.landing.deliveries import Manifest
    from pipelines.sources.forms import DeliveredFile

PACKAGE, TABLE = "datapackage.json", "observations.parquet"
BY_DELIVERY = (
    "source", "scope", "delivery_id", "reference_date", "synthetic", "locator_file", "locator_sheet", "locator_cell",
    "locator_row",
)  # fmt: skip
"""Columns of the record that follow from the delivery and are in no package."""
_TYPES: dict[str, pl.DataType | type[pl.DataType]] = {
    "VARCHAR": pl.String, "VARCHAR[]": pl.List(pl.String), "BIGINT": pl.Int64, "DOUBLE": pl.Float64,
    "BOOLEAN": pl.Boolean, "DATE": pl.Date,
}  # fmt: skip
_COUNTED = (
    ("brp_residents_foreign_nationality", "residents", "stock", "here"),
    ("brp_arrivals", "arrivals", "flow", "all"),
    ("brp_arrivals_from_rni", "arrivals", "flow", "all"),
    ("brp_departures", "departures", "flow", "all"),
    ("rni_temporary_address", "non_residents", "stock", "all"),
    ("rni_temporary_address_recent", "non_residents", "stock", "all"),
)
"""What the registers count: universe, measure, measured_as, home_area."""
_CELL = ("area_code", "period_start", "period_end", "universe", "origin_group", "stay_band")
_TOLD = (
    *_CELL, "area_type", "date_precision", "measured_as", "measure", "home_area", "unit", "edition", "version",
    "value", "low", "high", "bound_kind", "availability", "finality", "computed",
)  # fmt: skip
"""Columns that tell something; of all others a package says nothing."""
_REMEDY = "Ask for a new package: `zicht export --aggregate`"


def read(connection: duckdb.DuckDBPyConnection, manifest: Manifest, files: list[DeliveredFile]) -> Iterator[Reading]:
    """Observations of a package; see ``sources.reading``.

    Raises:
        RefusedError: a file lacks or was changed, a column or word is unknown to the record, or a row is of another
            area than the delivery's, is not protected, is there twice, or is none that an exporter writes.
    """
    by_name = {file.name: file for file in files}
    tables = [name for name in by_name if name in (TABLE, f"synthetic_{TABLE}")]
    if len(tables) != 1 or set(by_name) != {PACKAGE, *tables}:
        raise RefusedError("the delivery", f"a package is {PACKAGE} and {TABLE} and nothing else", _REMEDY)
    [name] = tables
    synthetic = _is_synthetic(by_name[PACKAGE], {one.name: f"sha256:{one.sha256}" for one in manifest.parts}, name)
    try:
        with by_name[name].open() as stream:
            table = pl.read_parquet(stream)
    except (pl.exceptions.PolarsError, pl.exceptions.PanicException):  # it panics on some broken pages
        raise RefusedError(name, "it is no Parquet", _REMEDY) from None
    wanted = {one.name: _TYPES[one.type] for one in records.load("observation").columns if one.name not in BY_DELIVERY}
    if list(table.schema.items()) != list(wanted.items()):
        strange = ", ".join(sorted({column for column, _ in table.schema.items() ^ wanted.items()})) or "their order"
        raise RefusedError(name, f"its columns are not those of this version of zicht: {strange}", _REMEDY)
    rows = connection.from_arrow(table.with_row_index("locator_row", offset=1).to_arrow())
    _check(rows, manifest, name)
    accepted = rows.project(f"*, '{name}' as locator_file, 'row ' || locator_row as locator_cell")
    rejected = rows.filter("false").project("'' as locator_file, locator_row, '' as field, '' as rule")
    form = {"package": {column: str(kind) for column, kind in table.schema.items()}}
    yield Reading(accepted, rejected, table.height, synthetic=synthetic, form=form)


def _is_synthetic(file: DeliveredFile, hashes: dict[str, str], table: str) -> bool:
    """What the package says of itself, once its description was held against the bytes."""
    with file.open() as stream:
        try:
            content = json.load(stream)
            [resource] = content["resources"]
            said, synthetic = {resource["path"]: resource["hash"]}, bool(content["zicht"]["synthetic"])
        except (ValueError, KeyError, TypeError, RecursionError):
            raise RefusedError(PACKAGE, "it is no description of a package of zicht", _REMEDY) from None
    if said != {table: hashes[table]}:
        raise RefusedError(PACKAGE, f"it describes other bytes than those of {table}", _REMEDY)
    return synthetic or table != TABLE


def _check(rows: duckdb.DuckDBPyRelation, manifest: Manifest, name: str) -> None:
    """Refuse the first row that breaks a rule; of the rules the first that is broken."""
    numbered = rows.project(f"*, row_number() over (partition by {', '.join(_CELL)} order by locator_row) as copy")
    for field, rule, broken in _rules(manifest):
        found = numbered.filter(broken).aggregate("min(locator_row)").fetchone()
        if found and found[0] is not None:
            raise RefusedError(f"{name} row {found[0]}", f"{field} {rule}", _REMEDY)


def _rules(manifest: Manifest) -> list[tuple[str, str, str]]:
    """A column, what is wrong with it, and the SQL condition of that."""
    record = [column for column in records.load("observation").columns if column.name not in BY_DELIVERY]
    neutral = {one.name: f"'{NEUTRAL[one.name]}'" if one.name in NEUTRAL else "null" for one in record}
    small, base = rules().threshold, rules().base
    reaches = base - 1, 2 * base - 1  # of the rounding in one step and in two
    of_value = " or ".join(f"(low = greatest(value - {one}, 0) and high = value + {one})" for one in reaches)
    least_apart = f"case when low > 0 then {3 * base - 2} else {2 * base - 1} end"  # as both ends were rounded apart
    first_day = "case measured_as when 'stock' then period_end else period_end - interval 12 month + interval 1 day end"
    withheld, bounded = "availability = 'suppressed'", "availability = 'available' and value is null"
    unprotected = "is a count of persons that is not protected"
    return [
        *((one.name, "is empty", f"{one.name} is null") for one in record if one.required),
        *((one.name, f"is not one of {', '.join(one.values)}", f"{one.name} not in {one.values}")
          for one in record if one.values),
        *((column, "tells what no package tells", f"{column} is distinct from {said}")
          for column, said in neutral.items() if column not in _TOLD),
        ("area_code", f"is not the municipality of the delivery, {manifest.scope}",
         f"area_type <> 'GM' or area_code is distinct from '{manifest.scope}'"),
        ("universe", "is no universe of a register, or does not go with measure, measured_as and home_area",
         f"(universe, measure, measured_as, home_area) not in {_COUNTED}"),
        ("unit", "is not persons", "unit <> 'persons'"),
        ("computed", "is not true", "not computed"),
        ("period_end", "is after the date of the delivery, or before 1900",
         f"period_end not between date '1900-01-01' and date '{manifest.reference_date}'"),
        ("period_start", "is not that of a day, or for a flow of twelve months by days",
         f"date_precision <> 'day' or period_start <> {first_day}"),
        ("edition", "is not the day of the count in version 1",
         "edition <> cast(period_end as varchar) or version <> '1'"),
        ("stay_band", "and origin_group divide the same count", "stay_band <> 'all' and origin_group <> 'all'"),
        *((column, "is no finite number", f"not isfinite({column})") for column in ("value", "low", "high")),
        ("value", unprotected, f"value < {small} or value % {base} <> 0"),
        ("bound_kind", "does not go with availability",
         "(availability, bound_kind) not in (('available', 'rounding_known'), ('suppressed', 'suppressed'))"),
        ("high", f"{unprotected}: a withheld one is 0 to {base - 1} or has no upper bound",
         f"{withheld} and (value is not null or low is distinct from 0 or high not in {reaches})"),
        ("low", f"{unprotected}: of a value it is {base - 1} less, and high {base - 1} more",
         f"value is not null and not coalesce({of_value}, false)"),
        ("low", f"{unprotected}, or no bound",
         f"{bounded} and not coalesce(low > 0 and low % {base} = 1 or (low = 0 and high is not null), false)"),
        ("high", f"{unprotected}, or is below low",
         f"{bounded} and (high % {base} <> {base - 1} or high - low < {least_apart})"),
        ("high", "is known, and of who left it never is", "measure = 'departures' and high is not null"),
        ("universe", "is counted twice for one group, band and period", "copy > 1"),
    ]  # fmt: skip
