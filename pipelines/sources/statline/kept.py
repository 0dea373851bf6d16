"""A table as it is kept in pages: what it says of itself, whether it is whole, and its rows as SQL.

Belongs here: what a download and a reading both must know of the pages. Does not belong here: one page (``pages``), and
what the rows become (``reader``).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import duckdb

from pipelines.landing.deliveries import RefusedError
from pipelines.sources.statline.metadata import Metadata, metadata
from pipelines.sources.statline.pages import (
    REMEDY,
    REQUEST,
    V3,
    V4,
    content_of,
    first_row,
    name_of,
    of_entity,
    rows_in,
)

if TYPE_CHECKING:
    from pipelines.sources.forms import DeliveredFile
    from pipelines.sources.statline.pages import Rows

_LARGEST = 1 << 29


def described(files: list[DeliveredFile]) -> Metadata:
    """What CBS says of the table in a delivery's own pages.

    Raises:
        RefusedError: a page of it is missing, or is not what it should be.
    """
    generation = V4 if of_entity(files, V4.properties) else V3

    def rows(entity: str) -> Rows:
        pages = of_entity(files, entity)
        if not pages:
            raise RefusedError(name_of(entity, 1), "it is missing from the delivery", REMEDY)
        return [row for page in pages for row in rows_in(content_of(page))]

    try:
        return metadata(generation, rows)
    except ValueError as error:
        raise RefusedError(name_of(generation.properties, 1), f"the table's description: {error}", REMEDY) from None


def asked(files: list[DeliveredFile]) -> dict[str, Any]:
    """What was asked of CBS: ``filter`` and ``selection``; nothing where the delivery does not say."""
    return next((content_of(file) for file in files if file.name == REQUEST), {})


def counted(first: dict[str, Any], found: Metadata, request: dict[str, Any]) -> int:
    """How many rows CBS says that there are: on the first page, or of the whole table where nothing was filtered.

    Raises:
        RefusedError: it does not say, so that a lost page would not show.
    """
    generation = found.generation
    said = first.get(generation.count, found.observations if request.get("filter") == "" else None)
    if not str(said).isdecimal():
        rule = "CBS does not say how many rows there are, so that a missing page would not show"
        raise RefusedError(name_of(generation.observations, 1), rule, REMEDY)
    return int(str(said))


def check(
    connection: duckdb.DuckDBPyConnection, found: Metadata, pages: list[DeliveredFile], request: dict[str, Any]
) -> None:
    """Whether the pages are all of what was asked for: each row once, as many as CBS counts, with every column.

    Raises:
        RefusedError: they are not.
    """
    generation = found.generation
    names = [page.name for page in pages]
    if not pages or names != [name_of(generation.observations, number + 1) for number in range(len(pages))]:
        there = f"{names[0]} to {names[-1]}" if names else "none"
        rule = f"pages of observations are missing ({len(names)} are there: {there})"
        raise RefusedError(name_of(generation.observations, 1), rule, REMEDY)
    topics = [topic.code for topic in found.topics] if generation is V3 else ["Measure", "ValueAttribute", "Value"]
    wanted = [generation.key, *found.titles, *topics]
    for page in pages:
        columns = first_row(page)
        if "StringValue" in columns:  # a table of texts need have no numbers
            columns.add("Value")
        if lacking := [name for name in wanted if columns and name not in columns]:
            rule = f"its rows have no column {', '.join(lacking)}"
            raise RefusedError(page.name, rule, "CBS changed the table: mend its layout")
    source = source_of(pages, {generation.key: "BIGINT"})
    sql = f"select count(*), count(row.{generation.key}), count(distinct row.{generation.key}) from {source}"
    rows, numbered, distinct = run(connection, sql, pages).fetchone() or (0, 0, 0)
    expected = counted(content_of(pages[0]), found, request)
    if numbered < rows or distinct < rows:
        raise RefusedError(names[0], f"of {rows} rows only {distinct} differ: a page came twice", REMEDY)
    if expected != rows:
        raise RefusedError(names[0], f"{rows} rows came, and CBS counts {expected}: a page is missing", REMEDY)


def source_of(pages: list[DeliveredFile], columns: dict[str, str]) -> str:
    """SQL of the rows of pages as one struct ``row`` each, with the columns and types asked for, beside their ``file``.

    The pages are files on disk: none of them holds persons, so none is encrypted.
    """
    paths, largest = [], 0
    for page in pages:
        with page.open() as stream:
            paths.append(str(stream.name))
            stream.seek(-4, 2)
            largest = max(largest, int.from_bytes(stream.read(4), "little"))  # gzip ends with the plain size
    fields = ", ".join(f'"{name}" {kind}' for name, kind in columns.items())
    listed = ", ".join("'" + path.replace("'", "''") + "'" for path in paths)
    return (
        "(select parse_filename(filename) as file, unnest(value) as row from read_json("
        f"[{listed}], columns={{value: 'STRUCT({fields})[]'}}, format='unstructured', records=true, "
        f"compression='gzip', filename=true, maximum_object_size={min(largest + 1, _LARGEST)}))"
    )


def run(connection: duckdb.DuckDBPyConnection, sql: str, pages: list[DeliveredFile]) -> duckdb.DuckDBPyConnection:
    """Run SQL over the source of these pages.

    Raises:
        RefusedError: one of them is cut off, or holds something else than was asked for.
    """
    try:
        return connection.execute(sql)
    except (duckdb.DataError, duckdb.InvalidInputException, duckdb.IOException) as error:
        where = f"{pages[0].name} to {pages[-1].name}"
        raise RefusedError(where, f"they cannot be read ({str(error).splitlines()[0][:200]})", REMEDY) from None
