"""Workbooks of made-up editions, and the profiles that a test puts in their place."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING, Any

import xlsxwriter  # type: ignore[import-untyped]
import xlwt  # type: ignore[import-untyped]

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from tests.conftest import House

Value = str | float
SYNTHETIC = {"synthetic": True}
KNOWN_BY = "Verzonnen editie"


def book(sheets: Mapping[str, Sequence[Sequence[Value]]], kind: str = "xlsx") -> bytes:
    """A workbook of these rows; an empty text is a blank cell."""
    content = io.BytesIO()
    if kind == "xls":
        old = xlwt.Workbook()
        for name, rows in sheets.items():
            _fill(old.add_sheet(name), rows)
        old.save(content)
    else:
        with xlsxwriter.Workbook(content, {"in_memory": True, "strings_to_numbers": False}) as new:
            for name, rows in sheets.items():
                _fill(new.add_worksheet(name), rows)
    return content.getvalue()


def _fill(sheet: Any, rows: Sequence[Sequence[Value]]) -> None:
    for row, cells in enumerate(rows):
        for column, value in enumerate(cells):
            if value != "":
                sheet.write(row, column, value)


def profile(**said: Any) -> dict[str, Any]:
    """A profile of one sheet ``T`` with codes in A, names in B and the words of its columns in row 2."""
    usual: dict[str, Any] = {
        "layout": "verzonnen-1",
        "title_en": "Made-up edition",
        "title_nl": KNOWN_BY,
        "verified": False,
        "edition": "verzonnen",
        "version": "1",
        "synthetic": True,
        "recognise": [{"sheet": "T", "cell": "A1", "contains": KNOWN_BY}],
        "measure": "workers",
        "universe": "monitor_workers_work_area",
        "unit": "persons",
        "period_start": "2022-12-31",
        "period_end": "2022-12-31",
        "date_precision": "day",
        "measured_as": "stock",
        "finality": "final",
        "rounding_base": 10,
        "bound_kind": "rounding_known",
        "symbols": {"x": "suppressed", ".": "missing", "-": "nil"},
        "sheets": [sheet(columns=[{"header": ["Totaal"]}])],
    }
    return usual | said


def sheet(**said: Any) -> dict[str, Any]:
    """The entry of sheet ``T``."""
    usual = {"sheet": "T", "table_id": "1", "header_rows": [2], "first_row": 3, "code_column": "A", "name_column": "B"}
    return usual | {"national_name": "Nederland"} | said


def table(header: Sequence[Value], *rows: Sequence[Value], title: str = KNOWN_BY) -> dict[str, list[Sequence[Value]]]:
    """The sheet ``T`` that ``profile`` describes."""
    return {"T": [[title], ["", "", *header], *rows]}


def take_in(house: House, files: Mapping[str, bytes]) -> Any:
    """Deliver workbooks as the made-up ones they are, and read them."""
    return house.take_in("migrantenmonitor", files, sidecar=SYNTHETIC)


def figures(house: House, content: bytes, name: str = "verzonnen.xlsx") -> dict[str, dict[str, Any]]:
    """The figures of a workbook by the address of their cell."""
    outcome = take_in(house, {name: content})
    assert outcome.status == "read", outcome.message
    rows = house.accepted("migrantenmonitor")
    assert outcome.rows_read == outcome.rows_accepted == len(rows)
    return {row["locator_cell"]: row for row in rows}


def refusal(house: House, content: bytes) -> str:
    """Why a workbook was refused."""
    outcome = take_in(house, {"verzonnen.xlsx": content})
    assert (outcome.status, outcome.rows_accepted) == ("refused", 0)
    return str(outcome.message)


def interval(figure: Mapping[str, Any]) -> tuple[Any, ...]:
    """Value with bounds, or why there is none."""
    if figure["availability"] == "available":
        return figure["low"], figure["value"], figure["high"]
    return figure["availability"], figure["low"], figure["high"]
