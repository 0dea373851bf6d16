"""Reads a package of aggregates that another installation exported: ``datapackage.json`` and its Parquet.

What comes from elsewhere is believed only as far as it can be checked: the bytes, the form of the record, the area, and
that every count of persons left protected. A package is right or it is refused. Making one is ``publish.exchange``.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import polars as pl

from pipelines import records
from pipelines.landing.deliveries import RefusedError
from pipelines.privacy.disclosure import leaks
from pipelines.sources import all_universes
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
_REMEDY = "Ask for a new package: `zicht export --aggregate`"


def read(connection: duckdb.DuckDBPyConnection, manifest: Manifest, files: list[DeliveredFile]) -> Iterator[Reading]:
    """Observations of a package; see ``sources.reading``.

    Raises:
        RefusedError: a file lacks or was changed, a column or word is unknown to the record, or a row is of another
            area than the delivery's, of an unknown universe, or not protected.
    """
    by_name = {file.name: file for file in files}
    tables = [name for name in by_name if name in (TABLE, f"synthetic_{TABLE}")]
    if len(tables) != 1 or set(by_name) != {PACKAGE, *tables}:
        raise RefusedError("the delivery", f"a package is {PACKAGE} and {TABLE} and nothing else", _REMEDY)
    [name] = tables
    synthetic = _is_synthetic(by_name[PACKAGE], {one.name: f"sha256:{one.sha256}" for one in manifest.parts}, name)
    with by_name[name].open() as stream:
        table = pl.read_parquet(stream)
    wanted = [column.name for column in records.load("observation").columns if column.name not in BY_DELIVERY]
    if table.columns != wanted:
        strange = ", ".join(sorted(set(table.columns) ^ set(wanted))) or "their order"
        raise RefusedError(name, f"its columns are not those of this version of zicht: {strange}", _REMEDY)
    rows = connection.from_arrow(table.with_row_index("locator_row", offset=1).to_arrow())
    _check(rows, manifest.scope, name)
    accepted = rows.project(f"*, '{name}' as locator_file, 'row ' || locator_row as locator_cell")
    rejected = rows.filter("false").project("'' as locator_file, locator_row, '' as field, '' as rule")
    yield Reading(accepted, rejected, table.height, synthetic=synthetic)


def _is_synthetic(file: DeliveredFile, hashes: dict[str, str], table: str) -> bool:
    """What the package says of itself, once its description was held against the bytes."""
    with file.open() as stream:
        try:
            content = json.load(stream)
            [resource] = content["resources"]
            said, synthetic = {resource["path"]: resource["hash"]}, bool(content["zicht"]["synthetic"])
        except (ValueError, KeyError, TypeError):
            raise RefusedError(PACKAGE, "it is no description of a package of zicht", _REMEDY) from None
    if said != {table: hashes[table]}:
        raise RefusedError(PACKAGE, f"it describes other bytes than those of {table}", _REMEDY)
    return synthetic or table != TABLE


def _check(rows: duckdb.DuckDBPyRelation, municipality: str, name: str) -> None:
    """Refuse the first row that breaks a rule."""
    record = [column for column in records.load("observation").columns if column.name not in BY_DELIVERY]
    rules = [(column.name, "is empty", f"{column.name} is null") for column in record if column.required]
    rules += [
        (column.name, f"is not one of {', '.join(column.values)}", f"{column.name} not in {column.values}")
        for column in record
        if column.values
    ]
    rules += [
        ("area_code", f"is not the municipality of the delivery, {municipality}",
         f"area_type <> 'GM' or area_code is distinct from '{municipality}'"),
        ("universe", "is no universe of this version of zicht", f"universe not in {tuple(all_universes())}"),
        ("value", "is a count of persons that is not protected", f"unit = 'persons' and {leaks('value', 'high')}"),
    ]  # fmt: skip
    for field, rule, broken in rules:
        found = rows.filter(broken).aggregate("min(locator_row)").fetchone()
        if found and found[0] is not None:
            raise RefusedError(f"{name} row {found[0]}", f"{field} {rule}", _REMEDY)
