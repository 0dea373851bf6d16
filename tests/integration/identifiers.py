"""Looking for what tells who somebody is: in the bytes of every file, in every cell of those that are compressed."""

from __future__ import annotations

import re
import sqlite3
from functools import cache
from typing import TYPE_CHECKING

import duckdb

from tests.conftest import below

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

# Numbers of eight to ten digits, postcodes and dates, as a word of their own: within a hash they mean nothing.
_FORM = r"(?<![0-9A-Za-z])(?:\d{8,10}|\d{4} ?[A-Z]{2}|\d{4}-\d\d-\d\d)(?![0-9A-Za-z])"
_IN_BYTES, _IN_TEXT = re.compile(_FORM.encode()), re.compile(_FORM)


def traces(places: Iterable[Path], identifiers: set[str]) -> dict[str, list[str]]:
    """In which files which identifiers stand."""
    strange = [one for one in identifiers if not _IN_TEXT.fullmatch(one)]
    assert not strange, "these would never be found"
    found = {str(path): sorted(_words(path) & identifiers) for place in places for path in below(place)}
    return {path: seen for path, seen in found.items() if seen}


@cache
def _words(path: Path) -> set[str]:
    """Everything in a file that has the form of an identifier."""
    words = {one.decode() for one in _IN_BYTES.findall(path.read_bytes())}
    return words | {one for text in _cells(path) for one in _IN_TEXT.findall(text)}


def _cells(path: Path) -> Iterator[str]:
    """Every distinct value of a Parquet file or a database, as text."""
    if path.suffix == ".parquet":
        with duckdb.connect() as connection:
            yield from _values(connection, f"read_parquet('{path}')")
    elif path.suffix == ".duckdb":
        with duckdb.connect(str(path), read_only=True) as connection:
            for (table,) in connection.execute("select table_name from duckdb_tables()").fetchall():
                yield from _values(connection, f'"{table}"')
    elif path.suffix == ".db":
        with sqlite3.connect(f"file:{path}?mode=ro", uri=True) as events:
            yield from events.iterdump()


def _values(connection: duckdb.DuckDBPyConnection, table: str) -> Iterator[str]:
    columns = [row[0] for row in connection.execute(f"describe from {table}").fetchall()]
    for column in columns:
        for (value,) in connection.execute(f'select distinct cast("{column}" as varchar) from {table}').fetchall():
            if value is not None:
                yield value
