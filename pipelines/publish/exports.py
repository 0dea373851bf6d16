"""The release in the forms that are no database: Parquet, CSV, one workbook, and the data package that describes them.

Belongs here: writing the published tables beside the published file, and what a table says of itself (``Table``).
Does not belong here: which tables there are (the models), a copy in a server (``postgres``), or a package for another
municipality (``exchange``).
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import duckdb

from pipelines.files import write_json
from pipelines.landing.deliveries import fingerprint_file

if TYPE_CHECKING:
    from pathlib import Path

    import polars as pl

DATABASE = "zicht.duckdb"
WORKBOOK = "zicht.xlsx"
PACKAGE = "datapackage.json"
SHEET_ROWS = 1_048_576 - 1
"""Rows of a sheet of Excel, its header aside."""
_CELL = 32_767 // 2
"""Signs of a cell that Excel takes whatever they are: it counts those outside the common plane twice."""
_KINDS = ("parquet", "csv")
_FIELDS = {
    "VARCHAR": "string", "BIGINT": "integer", "DOUBLE": "number", "BOOLEAN": "boolean", "DATE": "date",
    "TIMESTAMP": "datetime",
}  # fmt: skip
_LICENCE_NAME = re.compile("[-a-zA-Z0-9._]+")
_SYNTHETIC_NL = "SYNTHETISCH: er staan verzonnen cijfers in; zie de kolom synthetic"
_SYNTHETIC_EN = "SYNTHETIC: some of these figures are made up; see the column synthetic"


@dataclass(frozen=True)
class Column:
    """A column as ``data_dictionary`` has it; ``type`` is DuckDB's, ``comment`` says it in Dutch and English."""

    name: str
    type: str
    comment: str


@dataclass(frozen=True)
class Table:
    """A published table.

    Attributes:
        name: its name.
        nl: what it holds, in Dutch.
        en: the same in English.
        columns: in their order.
        keys: columns that tell its rows apart.
        complete: no row lacks a value in any of those.
    """

    name: str
    nl: str
    en: str
    columns: tuple[Column, ...]
    keys: tuple[str, ...]
    complete: bool


def published_tables(connection: duckdb.DuckDBPyConnection) -> list[Table]:
    """The tables of a published file, by name."""
    rows = connection.execute(
        "select table_name, column_name, data_type, is_key, description_nl, description_en"
        " from data_dictionary order by table_name, position"
    ).fetchall()
    tables = []
    for name, _, _, _, nl, en in (row for row in rows if not row[1]):
        own = [row[1:] for row in rows if row[0] == name and row[1]]
        keys = tuple(column for column, _, is_key, _, _ in own if is_key)
        lacking = " or ".join(f"coalesce(cast(\"{key}\" as varchar), '') = ''" for key in keys)
        complete = bool(keys) and not connection.table(name).filter(lacking).limit(1).fetchall()
        columns = tuple(Column(column, kind, f"{its_nl} / {its_en}") for column, kind, _, its_nl, its_en in own)
        tables.append(Table(name, nl, en, columns, keys, complete))
    return tables


def export_name(name: str, *, synthetic: bool) -> str:
    """The name of an exported file: with the sample it says in itself that figures are made up."""
    return f"synthetic_{name}" if synthetic else name


def write_exports(folder: Path, *, synthetic: bool) -> None:
    """Write ``parquet/<table>.parquet``, ``csv/<table>.csv``, ``zicht.xlsx`` and ``datapackage.json`` beside the file.

    Takes ``zicht.duckdb`` in the folder, complete and closed. Equal tables give equal bytes of Parquet and CSV.
    """
    for kind in _KINDS:
        (folder / kind).mkdir()
    # One thread: otherwise how rows fall into groups of Parquet follows from which thread came first.
    with duckdb.connect(str(folder / DATABASE), read_only=True, config={"threads": 1}) as connection:
        tables = published_tables(connection)
        release = _rows_of(connection, "select * from release where is_current")[0]
        resources = []
        for table in tables:
            rows = connection.table(table.name).order(", ".join(f'"{key}"' for key in table.keys))
            parquet, csv = (folder / kind / export_name(f"{table.name}.{kind}", synthetic=synthetic) for kind in _KINDS)
            rows.write_parquet(str(parquet), compression="zstd", row_group_size=122_880)
            rows.write_csv(str(csv), timestamp_format="%Y-%m-%dT%H:%M:%S")
            resources.append(_resource(folder, csv, table))
        workbook = folder / export_name(WORKBOOK, synthetic=synthetic)
        _write_workbook(workbook, connection, tables, release, synthetic=synthetic)
        description = _description(connection, release, resources, synthetic=synthetic)
    write_json(folder / export_name(PACKAGE, synthetic=synthetic), description)


def _rows_of(connection: duckdb.DuckDBPyConnection, query: str) -> list[dict[str, Any]]:
    """What a query gives, by the names of its columns."""
    found = connection.execute(query)
    names = [column[0] for column in found.description]
    return [dict(zip(names, row, strict=True)) for row in found.fetchall()]


def _write_workbook(
    path: Path,
    connection: duckdb.DuckDBPyConnection,
    tables: list[Table],
    release: dict[str, Any],
    *,
    synthetic: bool,
) -> None:
    """A sheet of contents, and one for each table that fits."""
    import polars as pl
    import xlsxturbo

    frames = {table.name: connection.table(table.name).pl() for table in tables}
    contents = pl.DataFrame(
        {
            "tabel / table": table.name,
            "rijen / rows": frames[table.name].height,
            "wat het is": table.nl,
            "what it is": table.en,
            "waar / where": "in dit bestand / in this file"
            if _fits(frames[table.name])
            else f"past niet in Excel / does not fit: csv/{export_name(table.name, synthetic=synthetic)}.csv",
        }
        for table in tables
    )
    titles = [
        f"zicht: uitgave / release {release['release_id']}, per / as of {release['as_of']}",
        f"{_SYNTHETIC_NL} / {_SYNTHETIC_EN}" if synthetic else "",
        "Kolommen / columns: data_dictionary. Populaties / universes: universe. _low, _high: grenzen / bounds.",
    ]
    first = {
        "startrow": len(titles) + 1,
        "freeze_panes": True,
        "header_format": {"bold": True},
        "cells": {f"A{row}": title for row, title in enumerate(titles, start=1) if title},
        "column_widths": {0: 26, 1: 12, 2: 70, 3: 70, 4: 40},
    }
    shared = {"freeze_panes": True, "autofilter": True, "header_format": {"bold": True}, "column_widths": {"_all": 14}}
    sheets = [(frame, name, shared) for name, frame in frames.items() if _fits(frame)]
    xlsxturbo.dfs_to_xlsx([(contents, "Inhoud", first), *sheets], str(path))


def _fits(frame: pl.DataFrame) -> bool:
    """Whether a table fits a sheet: its rows, and its longest text."""
    import polars as pl

    longest = frame.select(pl.max_horizontal(pl.lit(0), pl.col(pl.String).str.len_chars().max())).item()
    return frame.height <= SHEET_ROWS and longest <= _CELL


def _resource(folder: Path, path: Path, table: Table) -> dict[str, Any]:
    """A table of the data package. Its Parquet is not in it: that tells its own form."""
    part = fingerprint_file(path)
    fields = [{"name": one.name, "type": _FIELDS[one.type], "description": one.comment} for one in table.columns]
    keys = list(table.keys)  # a primary key of a data package has no empty cells
    return {
        "name": path.stem,
        "type": "table",
        "title": table.nl,
        "description": table.en,
        "path": path.relative_to(folder).as_posix(),
        "format": "csv",
        "mediatype": "text/csv",
        "encoding": "utf-8",
        "bytes": part.size,
        "hash": f"sha256:{part.sha256}",
        "schema": {"fields": fields, **({"primaryKey": keys} if table.complete else {"uniqueKeys": [keys]})},
    }


def _description(
    connection: duckdb.DuckDBPyConnection,
    release: dict[str, Any],
    resources: list[dict[str, Any]],
    *,
    synthetic: bool,
) -> dict[str, Any]:
    """``datapackage.json`` (Data Package 2.0): the tables, where their figures come from, and under what licence."""
    says_so = (f" {_SYNTHETIC_NL}.", f" {_SYNTHETIC_EN}.") if synthetic else ("", "")
    producers = _rows_of(
        connection,
        "select distinct concat_ws(': ', source, producer) as title from delivery where standing = 'current'"
        " order by title",
    )
    addresses = _rows_of(
        connection,
        "select min(title_nl) as title, source_address as path from universe where source_address is not null"
        " group by source_address order by 2",
    )
    licences = _rows_of(
        connection,
        "select licence, string_agg(distinct source, ', ' order by source) as sources from delivery"
        " where standing = 'current' and licence is not null group by licence order by 1",
    )
    return {
        "$schema": "https://datapackage.org/profiles/2.0/datapackage.json",
        "name": export_name("zicht", synthetic=synthetic),
        "title": f"Werken en ingeschreven staan van arbeidsmigranten per gemeente.{says_so[0]}",
        "description": "Where labour migrants work and where they are registered, by municipality, with bounds,"
        f" provenance and what is missing.{says_so[1]} A figure has the licence of its delivery (table delivery).",
        "version": release["release_id"],
        "created": f"{release['released_at'].isoformat()}Z",
        "sources": producers + addresses,
        "licenses": [
            {
                "path": f"csv/{export_name('delivery.csv', synthetic=synthetic)}",
                "title": f"{one['licence']} ({one['sources']})",
            }
            | ({"name": one["licence"]} if _LICENCE_NAME.fullmatch(one["licence"]) else {})
            for one in licences
        ],
        "resources": resources,
        "zicht": {"release_id": release["release_id"], "as_of": release["as_of"], "synthetic": synthetic},
    }
