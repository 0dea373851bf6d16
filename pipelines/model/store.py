"""Where tables lie that another engine than DuckDB reads and makes: beside the warehouse, or in an object store.

Belongs here: file systems, and bringing files there and away. Does not belong here: what is in the tables, and who
makes them (``spark``).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import fsspec

from pipelines.files import remove_database

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection
    from fsspec import AbstractFileSystem

    from pipelines.settings import Settings

_ALLOWANCE = 3600.0
"""Seconds by which the clock of a store may differ from ours."""


def files_at(place: str) -> AbstractFileSystem:
    """The files of an address or a directory; credentials are found in the environment (``AWS_…``, ``AZURE_…``).

    Raises:
        ModuleNotFoundError: the extra ``spark`` is not installed, with which object stores come.
    """
    scheme, is_address, _ = place.partition("://")
    if not is_address:
        return fsspec.filesystem("file", auto_mkdir=True)
    from obstore.fsspec import register

    register(scheme)
    return fsspec.filesystem(scheme)


def see(connection: DuckDBPyConnection, place: str) -> None:
    """Let DuckDB read what lies in a store, as the warehouse's views of it do."""
    if "://" in place:
        connection.register_filesystem(files_at(place))


def mirror(settings: Settings) -> None:
    """Where there is a store, make it hold the rows that were accepted and the catalogue, and nothing else of them.

    What is there already stays as it is: a file of the same size, that was brought after ours was written.
    """
    if not (place := settings.mirror):
        return
    files = files_at(place)
    root = files._strip_protocol(place)  # with which the paths found there begin
    there = {path.removeprefix(f"{root}/"): told for path, told in files.find(place, detail=True).items()}
    staged = (path.relative_to(settings.staged) for path in settings.staged.rglob("*.parquet"))
    here = {path.as_posix(): settings.staged / path for path in staged if "rejected" not in path.parts}
    for name in there.keys() - here.keys():
        files.rm_file(f"{place}/{name}")
    for name, path in here.items():
        told, ours = there.get(name), path.stat()
        if not told or told["size"] != ours.st_size or told["LastModified"].timestamp() - _ALLOWANCE < ours.st_mtime:
            files.put_file(str(path), f"{place}/{name}")


def remove_warehouse(settings: Settings) -> None:
    """Remove what models made, wherever it lies: a database keeps the bytes of rows that it dropped."""
    remove_database(settings.warehouse)
    empty(settings.tables)


def empty(place: str) -> None:
    """Remove everything below a place, if there is anything."""
    files = files_at(place)
    if files.exists(place):
        files.rm(place, recursive=True)
