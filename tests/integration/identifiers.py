"""Looking for what tells who somebody is: in the bytes of every file, in every cell of those that are compressed."""

from __future__ import annotations

import re
import sqlite3
import uuid
import zipfile
import zlib
from functools import cache
from typing import TYPE_CHECKING

import duckdb

from tests.conftest import below

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

# Numbers of eight to ten digits, addresses of fifteen or sixteen, postcodes, dates, hashes and keys made of them, as a
# word of their own: within a hash they mean nothing.
_FORM = (
    r"(?<![0-9A-Za-z])(?:\d{8,10}|\d{15,16}|\d{4} ?[A-Z]{2}|\d{4}-\d\d-\d\d|\d\d-\d\d-\d{4}"
    r"|[0-9a-f]{32}|[0-9a-f]{40}|[0-9a-f]{64}|[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12})(?![0-9A-Za-z])"
)
_IN_BYTES, _IN_TEXT = re.compile(_FORM.encode()), re.compile(_FORM)


def traces(places: Iterable[Path], identifiers: set[str]) -> dict[str, list[str]]:
    """In which files which identifiers stand."""
    strange = [one for one in identifiers if not _IN_TEXT.fullmatch(one)]
    assert not strange, "these would never be found"
    found = {str(path): sorted(_words(path) & identifiers) for place in places for path in below(place)}
    return {path: seen for path, seen in found.items() if seen}


def texts(places: Iterable[Path], sought: set[str]) -> dict[str, list[str]]:
    """In which files names and streets stand, which have no form: as a part of any text, in each way it is written."""
    written = {
        one: {
            form.encode(encoding)
            for form in (one, one.upper(), one.lower())
            for encoding in ("utf-8", "latin-1", "utf-16-le")
            if encoding != "latin-1" or form.isascii() or _is_latin(form)
        }
        for one in sought
    }
    escaped = {one: one.encode("unicode_escape") for one in sought}  # as JSON and Python write what is not ASCII
    found = {}
    for path in (path for place in places for path in below(place)):
        contents = [path.read_bytes(), *_members(path), "\n".join(_cells(path)).encode()]
        seen = [
            one
            for one in sought
            if any(form in content for form in written[one] | {escaped[one]} for content in contents)
        ]
        if seen:
            found[str(path)] = sorted(seen)
    return found


def in_columns(path: Path, keys: Iterable[str]) -> list[str]:
    """Which keys of 128 bits stand in a file as DuckDB stores them, also in blocks that no table has any more."""
    content = path.read_bytes()
    return [key for key in keys if (uuid.UUID(key).int ^ 1 << 127).to_bytes(16, "little") in content]


def _is_latin(text: str) -> bool:
    return all(sign < "\u0100" for sign in text)


@cache
def _words(path: Path) -> set[str]:
    """Everything in a file that has the form of an identifier."""
    contents = [path.read_bytes(), *_members(path)]
    words = {one.decode() for content in contents for one in _IN_BYTES.findall(content)}
    return words | {one for text in _cells(path) for one in _IN_TEXT.findall(text)}


def _members(path: Path) -> Iterator[bytes]:
    """What an archive holds; a workbook is one. One that is cut off cannot be looked into."""
    if zipfile.is_zipfile(path):
        with zipfile.ZipFile(path) as archive:
            yield from (archive.read(name) for name in archive.namelist())


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
            yield from _unpacked(events)


def _unpacked(events: sqlite3.Connection) -> Iterator[str]:
    """What Dagster keeps compressed."""
    for (table,) in events.execute("select name from sqlite_master where type = 'table'").fetchall():
        for row in events.execute(f'select * from "{table}"'):
            for blob in (cell for cell in row if isinstance(cell, bytes)):
                try:
                    yield zlib.decompress(blob).decode("utf-8", "replace")
                except zlib.error:
                    continue


def _values(connection: duckdb.DuckDBPyConnection, table: str) -> Iterator[str]:
    columns = [row[0] for row in connection.execute(f"describe from {table}").fetchall()]
    for column in columns:
        for (value,) in connection.execute(f'select distinct cast("{column}" as varchar) from {table}').fetchall():
            if value is not None:
                yield value
