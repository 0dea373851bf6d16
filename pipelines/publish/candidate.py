"""The candidate: the published tables as one DuckDB file, with the comments and the dictionary that the models declare.

Belongs here: taking tables out of the warehouse into the published form. Does not belong here: judging them
(``quality``) or making them the release (``release``).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import duckdb

from pipelines.files import write_text
from pipelines.model.dbt import marts
from pipelines.publish.fingerprint import FINGERPRINT

if TYPE_CHECKING:
    from pathlib import Path

    from pipelines.settings import Settings

# Readable by every client since DuckDB 1.1 (docs/decisions).
STORAGE_VERSION = "v1.0.0"
TYPES = frozenset({"date", "timestamp", "bigint", "double", "varchar", "boolean"})


def build_candidate(settings: Settings) -> dict[str, int]:
    """Write the candidate from the warehouse; return the number of rows of each table.

    Rows stand in the order of their table's grain, so that two releases can be laid side by side.

    Raises:
        ValueError: a table declares a type that not every BI client reads.
    """
    path = settings.candidate
    path.parent.mkdir(parents=True, exist_ok=True)
    path.unlink(missing_ok=True)
    tables = marts()
    rows = {}
    with duckdb.connect(config={"autoinstall_known_extensions": "false"}) as connection:
        connection.execute(f"attach '{quoted(settings.warehouse)}' as warehouse (read_only)")
        connection.execute(f"attach '{quoted(path)}' as candidate (storage_version '{STORAGE_VERSION}')")
        connection.execute("begin")  # one transaction: hundreds of comments, each on its own, would take a second
        for node in tables:
            rows[node["name"]] = _copy(connection, node)
        dictionary = [row for node in tables for row in dictionary_of(node)]
        insert(connection, "candidate.data_dictionary", dictionary)
        connection.execute("commit")
    write_text(path.parent / FINGERPRINT, (settings.staged / "catalogue" / FINGERPRINT).read_text(encoding="utf-8"))
    rows["data_dictionary"] = len(dictionary)
    return rows


def dictionary_of(node: dict[str, Any]) -> list[dict[str, Any]]:
    """The rows of ``data_dictionary`` for one published table; the table itself has position 0 and no type."""
    name, grain = node["name"], node["config"]["meta"]["grain"]
    table = {
        "table_name": name,
        "column_name": "",
        "position": 0,
        "data_type": None,
        "is_key": None,
        "description_nl": node["config"]["meta"]["nl"],
        "description_en": node["description"],
    }
    return [table] + [
        {
            "table_name": name,
            "column_name": column["name"],
            "position": position,
            "data_type": column["data_type"].upper(),
            "is_key": column["name"] in grain,
            "description_nl": column["config"]["meta"]["nl"],
            "description_en": column["description"],
        }
        for position, column in enumerate(node["columns"].values(), start=1)
    ]


def insert(connection: duckdb.DuckDBPyConnection, table: str, rows: list[dict[str, Any]]) -> None:
    """Insert rows by the names of their columns."""
    if rows:
        columns = list(rows[0])
        marks = ", ".join("?" * len(columns))
        connection.executemany(
            f"insert into {table} ({', '.join(columns)}) values ({marks})",
            [[row[column] for column in columns] for row in rows],
        )


def _copy(connection: duckdb.DuckDBPyConnection, node: dict[str, Any]) -> int:
    name = node["name"]
    columns = {column["name"]: column["data_type"] for column in node["columns"].values()}
    if strange := sorted(set(columns.values()) - TYPES):
        raise ValueError(f"{name} declares types that not every client reads: {', '.join(strange)}")
    declared = ", ".join(f'"{column}" {kind}' for column, kind in columns.items())
    listed = ", ".join(f'"{column}"' for column in columns)
    connection.execute(f"create table candidate.{name} ({declared})")
    order = ", ".join(f'"{column}"' for column in node["config"]["meta"]["grain"])
    connection.execute(f"insert into candidate.{name} select {listed} from warehouse.{name} order by {order}")
    for entry in dictionary_of(node):
        comment = f"{entry['description_nl']} / {entry['description_en']}".replace("'", "''")
        target = f'column candidate.{name}."{entry["column_name"]}"' if entry["position"] else f"table candidate.{name}"
        connection.execute(f"comment on {target} is '{comment}'")
    counted = connection.execute(f"select count(*) from candidate.{name}").fetchone()
    return int(counted[0]) if counted else 0


def quoted(path: Path) -> str:
    """A path within quotes of SQL."""
    return path.as_posix().replace("'", "''")
