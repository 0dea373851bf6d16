"""The candidate: the published tables as one DuckDB file, with the comments and the dictionary that the models declare.

Belongs here: taking tables out of the warehouse into the published form, whole, so that nothing of them changes once
they were judged. Does not belong here: judging them (``quality``) or making them the release (``release``).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import duckdb

from pipelines.files import read_json, write_json
from pipelines.model.dbt import marts
from pipelines.publish.fingerprint import FINGERPRINT, contract_version
from pipelines.quality import ledger
from pipelines.quality.checks import forget_results
from pipelines.quality.gap_history import GapHistory

if TYPE_CHECKING:
    from pathlib import Path

    from pipelines.settings import Settings

# Readable by every client since DuckDB 1.1 (docs/decisions).
STORAGE_VERSION = "v1.0.0"
TYPES = frozenset({"date", "timestamp", "bigint", "double", "varchar", "boolean"})
MADE_OF = "candidate.json"
"""File beside the candidate: fingerprint and date of what the models were given, whatever arrived since."""


Schema = dict[str, dict[str, str]]
"""Type of every column, by table."""


class ContractError(Exception):
    """The candidate lacks or retypes what the standing release publishes under the same version of the contract."""


def build_candidate(settings: Settings) -> dict[str, int]:
    """Write the candidate from the warehouse; return the number of rows of each table.

    Rows stand in the order of their table's grain, so that two releases can be laid side by side.

    Raises:
        ContractError: see there.
        ValueError: a table declares a type that not every BI client reads.
    """
    ledger.settle(settings)
    forget_results(settings, "release")  # they judged another candidate
    path = settings.candidate
    path.parent.mkdir(parents=True, exist_ok=True)
    path.unlink(missing_ok=True)
    tables = marts()
    rows = {}
    spilled = str(settings.build / "spilled")  # not into the directory that the command happens to be run from
    with duckdb.connect(config={"autoinstall_known_extensions": "false", "temp_directory": spilled}) as connection:
        connection.execute(f"attach '{quoted(settings.warehouse)}' as warehouse (read_only)")
        connection.execute(f"attach '{quoted(path)}' as candidate (storage_version '{STORAGE_VERSION}')")
        connection.execute("begin")  # one transaction: hundreds of comments, each on its own, would take a second
        for node in tables:
            rows[node["name"]] = _copy(connection, node)
        dictionary = [row for node in tables for row in dictionary_of(node)]
        insert(connection, "candidate.data_dictionary", dictionary)
        catalogue = settings.staged / "catalogue"
        (as_of,) = connection.execute(f"select as_of from '{quoted(catalogue / 'run.parquet')}'").fetchall()[0]
        made_of = {"fingerprint": (catalogue / FINGERPRINT).read_text(encoding="utf-8"), "as_of": str(as_of)}
        rows["data_gap"] += tell_history(connection, "candidate.data_gap", settings, made_of["as_of"])
        connection.execute("commit")
        _require_contract(settings, connection)
    write_json(path.parent / MADE_OF, made_of)
    rows["data_dictionary"] = len(dictionary)
    return rows


def tell_history(connection: duckdb.DuckDBPyConnection, table: str, settings: Settings, as_of: str) -> int:
    """Say of each data gap since when it is open, and add those that closed; return how many those are."""
    columns = connection.table(table).columns
    history = GapHistory(ledger.entries(settings, "data_gap"))
    found = []
    for place, *values in connection.execute(f"select rowid, * from {table}").fetchall():
        row = dict(zip(columns, values, strict=True))
        since = history.since(row, as_of)
        if since != str(row["opened"]):
            connection.execute(f"update {table} set opened = ? where rowid = ?", [since, place])
        found.append(row | {"opened": since})
    history.add(history.compare(found, as_of))
    closed = [{name: entry.get(name) for name in columns} for entries in history.closed.values() for entry in entries]
    insert(connection, table, closed)
    return len(closed)


def columns_of(connection: duckdb.DuckDBPyConnection, database: str) -> Schema:
    """The columns of an attached file."""
    found: Schema = {}
    for table, column, kind in connection.execute(
        "select table_name, column_name, data_type from duckdb_columns() where database_name = ?"
        " order by table_name, column_index",
        [database],
    ).fetchall():
        found.setdefault(table, {})[column] = kind
    return found


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
        marks = f"({', '.join('?' * len(columns))})"
        connection.execute(  # one statement: as many as there are rows take many times as long
            f"insert into {table} ({', '.join(columns)}) values {', '.join([marks] * len(rows))}",
            [row[column] for row in rows for column in columns],
        )


def broken(old: Schema, new: Schema) -> list[str]:
    """What reports that rest on the old schema would miss in the new one."""
    return [
        f"{table}.{column} " + (f"was {kind} and is {now}" if now else "is gone")
        for table, columns in old.items()
        for column, kind in columns.items()
        if (now := new.get(table, {}).get(column)) != kind
    ]


def _require_contract(settings: Settings, connection: duckdb.DuckDBPyConnection) -> None:
    """Compare with what stands; a file that cannot be opened keeps no contract: this release replaces it.

    Raises:
        ContractError: see there.
    """
    standing = read_json(settings.current / "release.json") or {}
    version = contract_version()
    if standing.get("contract_version") != version:
        return
    try:
        connection.execute(f"attach '{quoted(settings.database)}' as standing (read_only)")
    except duckdb.Error:
        return
    if missed := broken(columns_of(connection, "standing"), columns_of(connection, "candidate")):
        raise ContractError(
            f"release {standing['release_id']} has the same contract version {version}, but {'; '.join(missed)}: give"
            " them back, or raise contract_version in dbt_project/dbt_project.yml and tell readers in CHANGELOG.md;"
            " for an older program go back to a release of it first, with `zicht rollback`"
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
