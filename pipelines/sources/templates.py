"""Templates that people fill in, as CSV or as a workbook: one line for each row, its cells by their Dutch header.

Belongs here: finding the header, and reading what may stand in a cell: a number, a day, a period, an area. Does not
belong here: what a column means (the readers).
"""

from __future__ import annotations

import csv
import io
import re
from dataclasses import dataclass
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any

from pipelines.areas.names import is_municipality, municipalities_named, name_of
from pipelines.landing.deliveries import RefusedError
from pipelines.sources.workbooks import Grid, grids

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping
    from pathlib import Path

    from pipelines.landing.drift import Form
    from pipelines.sources.forms import DeliveredFile

PERIOD_COLUMNS = ("jaar", "van", "tot")

_NUMBER = re.compile(r"(?:[0-9]{1,3}(?:\.[0-9]{3}){1,4}|[0-9]{1,15})(?:,([0-9]{1,6}))?")
_DAY = re.compile(r"((?:19|20)[0-9]{2})-([0-9]{1,2})-([0-9]{1,2})(?: 00:00:00)?")
_DUTCH_DAY = re.compile(r"([0-9]{1,2})-([0-9]{1,2})-((?:19|20)[0-9]{2})")
_YEAR = re.compile(r"(?:19|20)[0-9]{2}")
_NEIGHBOURHOOD = re.compile(r"(WK)([0-9]{6})|(BU)([0-9]{8})")
_OF_PERSONS = re.compile(r"adres|straat|huisn|postcode|naam|eigenaar|huurder|bewoner|telefoon|mail|bsn|kvk")
_WHOLE_MONTHS = {1: "month", 3: "quarter", 6: "half_year", 12: "year"}


@dataclass(frozen=True)
class Template:
    """The columns of a template, and which of them must be filled in every row.

    ``of_persons``: its rows are persons, and it names the columns of persons that it does take in. A row that lacks a
    required cell is for its reader to reject, and no message repeats a header: a file without one has content there.
    """

    name: str
    columns: tuple[str, ...]
    required: tuple[str, ...]
    of_persons: bool = False


@dataclass(frozen=True)
class Number:
    """A number as it was written; ``decimals`` is with how many."""

    value: float
    decimals: int


@dataclass(frozen=True)
class Line:
    """A filled row of a template; a column that is absent or empty is an empty text.

    ``of_workbook`` are the columns in which a workbook has a number, and not a text.
    """

    template: Template
    locator: Mapping[str, Any]
    cells: Mapping[str, str]
    of_workbook: frozenset[str] = frozenset()

    def __getitem__(self, column: str) -> str:
        return self.cells.get(column, "")

    def refused(self, rule: str) -> RefusedError:
        """The refusal of the file for what stands in this row."""
        where = " ".join(filter(None, (self.locator["locator_file"], self.locator["locator_sheet"])))
        return _refused(f"{where} {self.locator['locator_cell']}", rule)

    def number(self, column: str) -> Number | None:
        """The number in a cell as the Dutch write it (1.234,5); none where it is empty.

        Raises:
            RefusedError: it is no number from nought up.
        """
        match = _NUMBER.fullmatch(self[column])
        if match:
            value = float(match[0].replace(".", "").replace(",", "."))
            return Number(value, len(match[1] or ""))
        if self[column]:
            raise self.refused(f"{column} is no number from nought up, as 1.234,5")
        return None

    def share(self, column: str) -> Number | None:
        """The same of a percentage.

        Raises:
            RefusedError: a workbook has a number up to 1 there: it holds 35% as 0.35, and does not tell which is meant.
        """
        number = self.number(column)
        if number and column in self.of_workbook and 0 < number.value <= 1:
            raise self.refused(
                f"{column} may be a percentage up to 100 or up to 1: type 35 and not 35%, or 0,35 as text"
            )
        return number

    def count(self, column: str) -> float | None:
        """The same of a whole number."""
        number = self.number(column)
        if number and not number.value.is_integer():
            raise self.refused(f"{column} is no whole number")
        return number.value if number else None

    def day(self, column: str) -> date | None:
        """The day in a cell, as 2025-07-01 or 1-7-2025; none where it is empty.

        Raises:
            RefusedError: there is no such day.
        """
        if not self[column]:
            return None
        match, dutch = _DAY.fullmatch(self[column]), _DUTCH_DAY.fullmatch(self[column])
        parts = match.groups() if match else dutch.groups()[::-1] if dutch else ()
        try:
            return date(*(int(part) for part in parts))
        except (TypeError, ValueError):
            raise self.refused(f"{column} is no day, as 2025-07-01 or 1-7-2025") from None

    def word(self, column: str, words: Mapping[str, str], default: str | None = None) -> str | None:
        """What the word in a cell stands for, in any case; ``default`` where it is empty.

        Raises:
            RefusedError: it is none of the words.
        """
        if not self[column]:
            return default
        if self[column].casefold() not in words:
            raise self.refused(f"{column} should be one of {', '.join(words)}")
        return words[self[column].casefold()]

    def period(self, known_on: date | None = None) -> dict[str, Any]:
        """Period and precision of the columns ``jaar``, or ``van`` and ``tot``, or ``peildatum``.

        Raises:
            RefusedError: there is neither or both, the period ends before it starts, or begins after ``known_on``.
        """
        year, moment = self["jaar"], self.day("peildatum")
        start, end = self.day("van") or moment, self.day("tot") or moment
        if bool(year) == bool(start) or bool(start) != bool(end):
            raise self.refused("it has no period or two: fill in jaar, or the days")
        if year and not _YEAR.fullmatch(year):
            raise self.refused("jaar is no year, as 2025")
        start, end = start or date(int(year), 1, 1), end or date(int(year), 12, 31)
        if end < start:
            raise self.refused("its period ends before it starts")
        if known_on and start > known_on:
            raise self.refused(f"its period begins after {known_on}, the reference date of the delivery")
        return {"period_start": start, "period_end": end, "date_precision": _precision(start, end)}

    def municipality(self, on: date) -> dict[str, Any]:
        """The area of the column ``gemeente``: a code or a name of a municipality, ``Nederland`` or ``onbekend``.

        Raises:
            RefusedError: it is none of them on that day, or the name of more than one.
        """
        name = self["gemeente"]
        if name.casefold() in ("nl", "nederland"):
            return {"area_type": "NL", "area_code": "NL"}
        if name.casefold() == "onbekend":
            return {"area_type": "unknown", "area_code": None}
        if re.fullmatch(r"(?:GM)?[0-9]{1,4}", name):  # a spreadsheet drops the zeros before a number
            code = name.removeprefix("GM").zfill(4)
            codes: tuple[str, ...] = (code,) if is_municipality(code, on) else ()
        else:
            codes = municipalities_named(name, on)
        if len(codes) != 1:
            meant = f"it may mean {', '.join(codes)}: give the code" if codes else "no municipality is called so"
            raise self.refused(f"gemeente does not name one municipality of {on}; {meant}")
        return {"area_type": "GM", "area_code": codes[0]}

    def of_scope(self, area: dict[str, Any], scope: str) -> dict[str, Any]:
        """The same area.

        Raises:
            RefusedError: it is, or lies in, another municipality than the one that ``scope`` of the delivery names.
        """
        told = area.get("other_area_code") or area["area_code"]
        if area["area_type"] not in ("NL", "unknown") and scope.isdecimal() and told != scope:
            raise self.refused(f"gemeente is {told}, and the delivery stands in the inbox as one of {scope}")
        return area

    def area(self, column: str, on: date) -> dict[str, Any]:
        """The same, or the neighbourhood in it that ``column`` gives by code (WK, BU) or by a name without digits.

        A neighbourhood keeps its municipality as the other area, in which it lies, and in its name.

        Raises:
            RefusedError: see ``municipality``; or the neighbourhood lies in another one, or could be an address.
        """
        municipality, name = self.municipality(on), self[column]
        if not name:
            return municipality
        if municipality["area_type"] != "GM":
            raise self.refused(f"{column} needs its municipality")
        code = municipality["area_code"]
        lies_in = {"other_area_type": "GM", "other_area_code": code}
        if match := _NEIGHBOURHOOD.fullmatch(name.upper()):
            kind, number = (part for part in match.groups() if part)
            if not number.startswith(code):
                raise self.refused(f"{column} {name} does not lie in municipality {code}")
            return {"area_type": kind, "area_code": number} | lies_in
        if any(sign.isdigit() for sign in name):
            rule = "a name without digits, which could be an address, or its code: WK and six digits, BU and eight"
            raise self.refused(f"{column} is {rule}")
        return {"area_type": "BU", "area_code": None, "area_name": f"{name} ({name_of(code)})"} | lies_in


def lines(file: DeliveredFile, *templates: Template) -> Iterator[Line]:
    """The filled rows of a file, of whichever of the templates a table or sheet is; empty rows are passed over.

    Raises:
        RefusedError: it is none of them, a column is unknown or missing, or a row has other columns than the header.
    """
    above = 0
    of_persons = any(template.of_persons for template in templates)
    for place, (title, rows) in enumerate(_tables(file), 1):
        sheet = f"sheet {place}" if title and of_persons else title  # it may be named after one
        filled = [(number, cells, numeric) for number, cells, numeric in rows if any(cells)]
        if filled:
            where = " ".join(filter(None, (file.name, sheet)))
            number, head, _ = filled[0]
            header = _header(f"{where} row {number}", head, templates)
            template = _nearest(header, templates)
            for number, cells, numeric in filled[1:]:
                if len(cells) < len(header) or any(cells[len(header) :]):
                    raise _refused(f"{where} row {number}", "it has another number of columns than the header")
                locator: dict[str, Any] = {
                    "locator_file": file.name,
                    "locator_sheet": sheet,
                    "locator_cell": f"row {number}",
                }
                locator["locator_row"] = above + number
                of_workbook = frozenset(name for place, name in enumerate(header) if place in numeric)
                line = Line(template, locator, dict(zip(header, cells, strict=False)), of_workbook)
                empty = [column for column in template.required if not line[column]]
                if empty and not template.of_persons:
                    raise line.refused(f"{', '.join(empty)} should be filled in")
                yield line
        above += rows[-1][0] if rows else 0


def form_of(found: Iterable[Line]) -> Form:
    """The columns of each template. Every cell is judged by the rule of its column, typed as a number or as a text."""
    form: dict[str, dict[str, str]] = {}
    for line in found:
        form.setdefault(line.template.name, {}).update(dict.fromkeys(line.cells, "text"))
    return form


def write_template(path: Path, *templates: Template) -> None:
    """Write an empty template: a workbook (.xlsx) with a sheet for each, or the first as CSV.

    The cells of a workbook are texts, so that what is typed is what is read.

    Raises:
        OSError: it cannot be written there.
    """
    if path.suffix != ".xlsx":
        path.write_text(";".join(templates[0].columns) + "\n", encoding="utf-8-sig", newline="")
        return
    import xlsxwriter  # type: ignore[import-untyped]

    stream = io.BytesIO()
    with xlsxwriter.Workbook(stream) as book:
        bold, as_typed = book.add_format({"bold": True, "text_wrap": True}), book.add_format({"num_format": 49})  # text
        for template in templates:
            sheet = book.add_worksheet(template.name)
            sheet.write_row(0, 0, template.columns, bold)
            sheet.set_column(0, len(template.columns) - 1, 16, as_typed)
            sheet.freeze_panes(1, 0)
    path.write_bytes(stream.getvalue())


def _tables(file: DeliveredFile) -> Iterator[tuple[str | None, list[tuple[int, list[str], set[int]]]]]:
    """Each sheet, or the whole CSV, as rows with their number and the columns in which a workbook has a number."""
    if not file.name.lower().endswith(".csv"):
        with file.open() as stream:
            book = grids(file.name, stream.read())
        for sheet, grid in book.items():
            yield sheet, [(row + 1, *_cells(grid, row)) for row in range(grid.height)]
        return
    try:
        with file.open() as stream:
            text = stream.read().decode("utf-8-sig")
        delimiter = max(";,", key=text.partition("\n")[0].count)
        records, rows, row = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True), [], 1
        for record in records:
            rows.append((row, [" ".join(cell.split()) for cell in record], set[int]()))
            row = records.line_num + 1  # a cell with a line end in it takes several lines
        yield None, rows
    except UnicodeDecodeError:
        raise RefusedError(file.name, "it is not UTF-8", "Save it as CSV UTF-8") from None
    except csv.Error as error:
        raise RefusedError(file.name, f"it is no CSV ({error})", "Save it as CSV UTF-8") from None


def _cells(grid: Grid, row: int) -> tuple[list[str], set[int]]:
    """The texts of a row, a number as the Dutch write it, and which of them are numbers."""
    numeric = {column for column in range(grid.width) if grid.is_number(row, column)}
    words = [grid.word(row, column) for column in range(grid.width)]
    return [word.replace(".", ",") if place in numeric else word for place, word in enumerate(words)], numeric


def _header(where: str, cells: list[str], templates: tuple[Template, ...]) -> list[str]:
    header = [" ".join(cell.casefold().split()) for cell in cells]
    while header and not header[-1]:
        header.pop()
    template = _nearest(header, templates)
    unknown = [name for name in header if name not in template.columns]
    remedy = "Deliver it again without that column, and remove the refused delivery from data/raw"
    if not template.of_persons and (personal := [name for name in unknown if _OF_PERSONS.search(name)]):
        raise RefusedError(where, f"addresses and names are not taken in: {', '.join(personal)}", remedy)
    if lacking := [name for name in template.required if name not in header]:
        raise _refused(where, f"columns are missing: {', '.join(lacking)}")
    if unknown and template.of_persons:
        places = ", ".join(str(place) for place, name in enumerate(header, 1) if name in unknown)
        raise RefusedError(where, f"the template has no such column as number {places}", remedy)
    if unknown:
        told = ", ".join(name or "a column without a name" for name in unknown)
        raise _refused(where, f"the template has no such column: {told}")
    if len(set(header)) < len(header):
        raise _refused(where, "a column stands there twice")
    return header


def _nearest(header: list[str], templates: tuple[Template, ...]) -> Template:
    return max(templates, key=lambda template: len(set(template.columns) & set(header)))


def _precision(start: date, end: date) -> str:
    if start.day != 1 or (end + timedelta(days=1)).day != 1:
        return "day"
    months = (end.year - start.year) * 12 + end.month - start.month + 1
    return _WHOLE_MONTHS.get(months, "day") if (start.month - 1) % months == 0 else "day"


def _refused(where: str, rule: str) -> RefusedError:
    return RefusedError(where, rule, "Correct it; the columns are described in docs/own-data.md")
