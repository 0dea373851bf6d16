"""Reads a workbook of the Migrantenmonitor through the profile of its edition, one figure for each cell.

A table that is not as its profile says is refused whole: a shifted column is a wrong number everywhere.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import polars as pl

from pipelines.landing.deliveries import RefusedError
from pipelines.sources.migrantenmonitor.profile import (
    ColumnProfile,
    Profile,
    SheetProfile,
    all_profiles,
    column_letters,
    column_number,
    position,
)
from pipelines.sources.observations import count_bounds, reading

if TYPE_CHECKING:
    from collections.abc import Iterator

    import duckdb

    from pipelines.landing.deliveries import Manifest
    from pipelines.sources.forms import DeliveredFile
    from pipelines.sources.reading import Reading

Sheet = list[tuple[str | None, ...]]

_FOOTNOTE = re.compile(r"(?<=\S)\s*(\d\)|\*+)$")


def read(connection: duckdb.DuckDBPyConnection, _manifest: Manifest, files: list[DeliveredFile]) -> Iterator[Reading]:
    """Observations of one workbook; see ``sources.reading``.

    Raises:
        RefusedError: no workbook, no known edition, or a table that is not as the profile says.
    """
    rows: list[dict[str, Any]] = []
    synthetic = False
    for file in files:
        book = _open(file)
        profile = _recognise(file, book)
        synthetic = synthetic or profile.synthetic
        for sheet in profile.sheets:
            rows += _table(file.name, book, profile, sheet, len(rows))
    yield reading(connection, rows, [], synthetic=synthetic)


def _open(file: DeliveredFile) -> dict[str, Sheet]:
    try:
        sheets = pl.read_excel(
            file.open().read(),
            sheet_id=0,
            has_header=False,
            infer_schema_length=0,
            drop_empty_rows=False,
            drop_empty_cols=False,
            raise_if_empty=False,
        )
    except Exception as error:  # noqa: BLE001 - see below
        # calamine's errors have no common class; their text is of the archive, not of its content.
        raise RefusedError(file.name, f"it is no workbook ({type(error).__name__})", "Save it as .xlsx") from None
    return {name: frame.rows() for name, frame in sheets.items()}


def _recognise(file: DeliveredFile, book: dict[str, Sheet]) -> Profile:
    for profile in all_profiles():
        row, column = position(profile.recognise.cell)
        cell = _cell(book.get(profile.recognise.sheet, []), row, column)
        if profile.recognise.contains in cell:
            return profile
    raise RefusedError(
        file.name,
        "no profile knows this edition",
        "Add a profile in pipelines/sources/migrantenmonitor/profiles (docs/own-data.md)",
    )


def _table(
    file: str, book: dict[str, Sheet], profile: Profile, sheet: SheetProfile, counted: int
) -> list[dict[str, Any]]:
    if sheet.sheet not in book:
        raise RefusedError(file, f"the sheet {sheet.sheet!r} is missing", f"The profile {profile.edition} wants it")
    content = book[sheet.sheet]
    where = _columns(file, content, sheet)
    result: list[dict[str, Any]] = []
    for index in range(sheet.first_row - 1, len(content)):
        area = _area(file, content, sheet, index)
        if area is None:
            continue
        for number, column in where.items():
            address = f"{column_letters(number)}{index + 1}"
            result.append(
                {
                    "locator_file": file,
                    "locator_sheet": sheet.sheet,
                    "locator_cell": address,
                    "locator_row": counted + len(result) + 1,
                    **area,
                    "period_start": profile.period_start,
                    "period_end": profile.period_end,
                    "date_precision": profile.date_precision,
                    "measured_as": profile.measured_as,
                    "measure": sheet.measure,
                    "origin_group": column.origin_group,
                    "home_area": column.home_area,
                    "workplace_basis": sheet.workplace_basis,
                    "universe": sheet.universe,
                    "edition": profile.edition,
                    "version": profile.version,
                    "table_id": sheet.table_id,
                    "unit": sheet.unit,
                    "finality": profile.finality,
                    **_figure(f"{file} {sheet.sheet}!{address}", _cell(content, index, number), profile),
                }
            )
    return result


def _columns(file: str, content: Sheet, sheet: SheetProfile) -> dict[int, ColumnProfile]:
    """Where each column of the profile stands, by the words above it."""
    width = max((len(row) for row in content), default=0)
    levels = [_words(content, row, width, merged=row != sheet.header_rows[-1]) for row in sheet.header_rows]
    units = _words(content, sheet.unit_row, width, merged=True)
    found, faults = {}, []
    for column in sheet.columns:
        matches = [number for number in range(width) if tuple(level[number] for level in levels) == column.header]
        named = " / ".join(column.header)
        if len(matches) != 1:
            faults.append(f"the column {named} stands there {len(matches)} times")
        elif units[matches[0]] != sheet.unit_text:
            faults.append(f"the column {named} has the unit {units[matches[0]]!r} and not {sheet.unit_text!r}")
        else:
            found[matches[0]] = column
    if faults:
        where = f"{file} {sheet.sheet} row {sheet.header_rows[-1]}"
        raise RefusedError(where, "; ".join(faults), "Is it another edition?")
    return found


def _words(content: Sheet, row: int, width: int, *, merged: bool) -> list[str]:
    """The words of a row; of merged cells the word stands in the first column only and holds for those after it."""
    words = [_cell(content, row - 1, number) for number in range(width)]
    if merged:
        for number in range(1, width):
            words[number] = words[number] or words[number - 1]
    return words


def _area(file: str, content: Sheet, sheet: SheetProfile, index: int) -> dict[str, str] | None:
    """The area of a row; none for rows that are no figures (footers, blank lines)."""
    code = _cell(content, index, column_number(sheet.code_column))
    name = _FOOTNOTE.sub("", _cell(content, index, column_number(sheet.name_column)))
    if name == sheet.national_name:
        return {"area_type": "NL", "area_code": "NL"}
    if match := re.fullmatch(r"(?:GM)?0*(\d{1,4})(?:\.0)?", code):
        return {"area_type": "GM", "area_code": match[1].zfill(4)}
    if name:
        raise RefusedError(f"{file} {sheet.sheet} row {index + 1}", "a name without a municipality's code", "Add it")
    return None


def _figure(where: str, cell: str, profile: Profile) -> dict[str, Any]:
    """Value, bounds and status of a cell. Nil, secret, unknown and blank stay four different things."""
    kind = profile.symbols.get(cell)
    if kind == "zero":
        return _stated(0.0, profile.rounding_base)
    if kind == "suppressed":
        limit = profile.suppressed_high
        bounds = {"low": 0.0 if limit is not None else None, "high": limit}
        return {**bounds, "value": None, "bound_kind": "suppressed", "availability": "suppressed"}
    if kind == "missing":
        return {"value": None, "low": None, "high": None, "bound_kind": "none", "availability": "missing"}
    if not re.fullmatch(r"-?\d+(\.\d+)?", cell):
        raise RefusedError(where, "it is neither a number nor a symbol of this edition", "Add it to the profile")
    value = round(float(cell), 6)  # float noise of the spreadsheet
    if value < 0 or value % profile.rounding_base:
        rule = f"it is no multiple of the rounding base {profile.rounding_base}"
        raise RefusedError(where, rule, "Is the base in the profile right?")
    return _stated(value, profile.rounding_base)


def _stated(value: float, base: int) -> dict[str, Any]:
    low, high = count_bounds(value, base)
    return {
        "value": value,
        "low": low,
        "high": high,
        "bound_kind": "rounding_known",
        "availability": "available",
    }


def _cell(content: Sheet, row: int, column: int) -> str:
    if row < len(content) and column < len(content[row]):
        return (content[row][column] or "").strip()
    return ""
