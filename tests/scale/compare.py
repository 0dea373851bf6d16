"""Whether two houses model the same: every table of their warehouses, row by row."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import duckdb

from pipelines.model.store import see
from tests.conftest import PAGED

if TYPE_CHECKING:
    from pathlib import Path

    from tests.integration.conftest import Place


ENGINE = {"ZICHT_ENGINE": "spark", "ZICHT_FACTSHEETS": PAGED}
"""Settings of a refresh by the other engine: fewer pages than the sample has, so that there is something to do."""


def warehouse(place: Place) -> Path:
    """dbt's database."""
    return place.data / "build" / "warehouse.duckdb"


def unequal_tables(one: Place, other: Place, tables: str) -> dict[str, list[Any]]:
    """Some rows of each table that only one of two houses has; none where all are equal.

    Args:
        one: the house whose tables are looked for.
        other: another.
        tables: where the engine of the other left them.
    """
    with duckdb.connect() as both:
        see(both, tables)
        both.execute(f"attach '{warehouse(one)}' as here (read_only)")
        both.execute(f"attach '{warehouse(other)}' as there (read_only)")
        found = both.sql("select table_name from duckdb_tables() where database_name = 'here'").fetchall()
        assert len(found) > 100
        return {name: rows for (name,) in found if (rows := _differences(both, name))}


def _differences(both: duckdb.DuckDBPyConnection, name: str) -> list[Any]:
    told = both.sql(f"describe here.{name}").fetchall()
    # The last digits of a sum of doubles are of the order in which they are added.
    same = ", ".join(
        f'round("{column}", 6)' if kind == "DOUBLE" else f'cast("{column}" as {kind})' for column, kind, *_ in told
    )
    here, there = (f"(select {same} from {house}.{name})" for house in ("here", "there"))
    return both.sql(f"({here} except all {there}) union all ({there} except all {here}) limit 3").fetchall()
