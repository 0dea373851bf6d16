"""The files of the register as tables of text, whichever of three forms they have: CSV, JSON or a workbook.

Belongs here: recognising the form by its content, and opening it. Does not belong here: what a column is (``layout``).
"""

from __future__ import annotations

import csv
import io
import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from pipelines.landing.deliveries import RefusedError
from pipelines.landing.drift import kind_of
from pipelines.sources import workbooks

if TYPE_CHECKING:
    from pipelines.sources.forms import DeliveredFile

REMEDY = "Deliver CSV in UTF-8, a JSON list of cases, or a workbook whose first sheet begins with the names of columns"


@dataclass(frozen=True)
class Table:
    """The names of the columns, and below them rows by number; without cells: they do not go with the header.

    ``form`` is which of the three it had, ``kinds`` those of its columns (``landing.drift``).
    """

    form: str
    header: list[str]
    kinds: list[str]
    rows: list[tuple[int, list[str] | None]]


def table(file: DeliveredFile) -> Table:
    """The one table of a file. A row is numbered as the spreadsheet or editor does, an object of JSON by its place.

    Raises:
        RefusedError: it has none of the three forms, or no table in it.
    """
    with file.open() as stream:
        content = stream.read()
    if content.startswith(b"PK\x03\x04"):
        return _of_workbook(file.name, content)
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise RefusedError(file.name, "it is not UTF-8", REMEDY) from None
    return (_of_json if text.lstrip()[:1] in ("[", "{") else _of_csv)(file.name, text)


def _of_csv(name: str, text: str) -> Table:
    first = text.lstrip().partition("\n")[0]
    lines = csv.reader(io.StringIO(text, newline=""), delimiter=max(";,", key=first.count), strict=True)
    rows, number = [], 1
    try:
        for cells in lines:
            rows.append((number, cells))
            number = lines.line_num + 1  # a line break within quotes makes a row of several lines
    except csv.Error as error:
        raise RefusedError(f"{name} row {number}", f"it is no CSV ({error})", REMEDY) from None
    return _below_header("csv", name, rows)


def _of_workbook(name: str, content: bytes) -> Table:
    sheets = workbooks.frames(name, content, REMEDY, first=True, most=workbooks.MOST_CELLS_OF_A_GRID)
    grid = next(iter(sheets.values())).rows()
    rows = [(number, [cell or "" for cell in row]) for number, row in enumerate(grid, start=1)]
    return _below_header("workbook", name, rows)


def _below_header(form: str, name: str, lines: list[tuple[int, list[str]]]) -> Table:
    filled = [(number, cells) for number, cells in lines if any(cells)]
    if not filled:
        raise RefusedError(name, "it has no header", REMEDY)
    (_, header), *below = filled
    rows = [(number, cells if len(cells) == len(header) else None) for number, cells in below]
    kinds = [kind_of(cells[place] for _, cells in rows if cells) for place in range(len(header))]
    return Table(form, header, kinds, rows)


def _of_json(name: str, text: str) -> Table:
    try:
        content = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise RefusedError(name, f"it is no JSON ({type(error).__name__})", REMEDY) from None
    lists = [content] if isinstance(content, list) else [one for one in content.values() if isinstance(one, list)]
    if len(lists) != 1:
        raise RefusedError(name, f"it has {len(lists)} lists, and one is expected", REMEDY)
    (cases,) = lists
    header = list(dict.fromkeys(member for case in cases if isinstance(case, dict) for member in case))

    def cells(case: Any) -> list[str] | None:
        members = [case.get(member) for member in header] if isinstance(case, dict) else [case]
        nested = not isinstance(case, dict) or any(isinstance(member, dict | list) for member in members)
        return None if nested else [_text(member) for member in members]

    objects = [case for case in cases if isinstance(case, dict)]
    kinds = [kind_of((case.get(member) for case in objects), typed=True) for member in header]
    return Table("json", header, kinds, [(number, cells(case)) for number, case in enumerate(cases, start=1)])


def _text(member: str | float | bool | None) -> str:
    if isinstance(member, bool):
        return str(member).lower()  # as in a workbook
    return "" if member is None else str(member)
