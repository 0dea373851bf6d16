"""What every client of DuckDB is asked, and what must be refused it."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tests.bi.conftest import Published

KNOWN = "select workers, residents, gap from gap_headline where municipality_code = '0394' and reporting_year = 2021"
KNOWN_ANSWER = [[17400, 3730, 13670]]

REFUSED = {
    "another file": "select * from read_text('/etc/hostname')",
    "another database": "attach '/tmp/other.duckdb'",
    "a copy out": "copy area to '/tmp/area.csv'",
    "a change of settings": "set enable_external_access = true",
    "a change of rows": "delete from area",
}


def questions(published: Published) -> dict[str, str]:
    """A query for each table: how many rows, and of each column how many values, and the least and the largest."""
    asked = {}
    for table in published.tables():
        cells = [
            f'count("{one.name}"), cast(min("{one.name}") as varchar), cast(max("{one.name}") as varchar)'
            for one in table.columns
        ]
        asked[table.name] = f"select count(*), {', '.join(cells)} from {table.name}"
    return asked | {"known": KNOWN}
