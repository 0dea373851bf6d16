"""What DuckDB needs for the bare minimum, as a floor to hold the rest against: reading the file, hashing its numbers.

Belongs here: single statements, each in a process of its own, that print the seconds of the statement alone. They do
less than the job: rows of another length are let through, and nothing is judged.

``python -m tests.benchmarks.duckdb_passes count|table|hash BRP.csv [RNI.csv]``
"""

from __future__ import annotations

import sys
import time

import duckdb

OPTIONS = "header = true, delim = ',', quote = '', escape = '', all_varchar = true, null_padding = true"
"""Of ``read_csv``: no quoting, as in LO-CSV; a row that is too short is filled up with nulls, or reading would fail."""

HASHES = 4
"""An HMAC-SHA256 of a short number is four blocks of SHA-256, a bare SHA-256 of it is one."""


def main() -> None:
    """Do one pass and print its seconds."""
    kind, *files = sys.argv[1:]
    with duckdb.connect() as connection:
        statements = {"count": count, "table": table, "hash": hashes}[kind](connection, files)
        start = time.perf_counter()
        for statement in statements:
            connection.execute(statement).fetchall()
        print(time.perf_counter() - start)


def source(files: list[str]) -> str:
    """SQL: the rows of the files."""
    names = ", ".join("'{}'".format(file.replace("'", "''")) for file in files)
    return (
        f"read_csv([{names}], {OPTIONS}, union_by_name = true)" if len(files) > 1 else f"read_csv({names}, {OPTIONS})"
    )


def count(connection: duckdb.DuckDBPyConnection, files: list[str]) -> list[str]:
    """Count what is there in every column, so that every column is read."""
    columns = connection.execute(f"describe from {source(files)}").fetchall()
    counts = ", ".join(f'count("{column[0]}")' for column in columns)
    return [f"select {counts} from {source(files)}"]


def table(connection: duckdb.DuckDBPyConnection, files: list[str]) -> list[str]:
    """Read every column into a table in memory."""
    return [f"create table extract as from {source(files)}"]


def hashes(connection: duckdb.DuckDBPyConnection, files: list[str]) -> list[str]:
    """Hash the A-nummer and the BSN of a table that is in memory already, each four times."""
    connection.execute(f'create table numbers as select "01.01.10" as a, "01.01.20" as b from {source(files)}')
    return [f"select max(sha256({column})) from numbers" for column in ("a", "b")] * HASHES


if __name__ == "__main__":
    main()
