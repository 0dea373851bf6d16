"""Reads workbooks of the Migrantenmonitor, each through the profile of its edition, one figure for each cell.

A table that is not as its profile says is refused whole: a shifted column is a wrong number everywhere.
"""

from __future__ import annotations

import re
from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from pipelines.areas.names import is_municipality, municipalities_ever_named, municipalities_named
from pipelines.landing.deliveries import RefusedError
from pipelines.landing.drift import UNREAD, kind_of
from pipelines.sources.migrantenmonitor.profile import TELLING_APART, all_profiles
from pipelines.sources.observations import count_bounds, reading, share_bounds
from pipelines.sources.workbooks import column_letters, column_number, grids, position

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from datetime import date

    import duckdb

    from pipelines.landing.deliveries import Manifest
    from pipelines.sources import Sum
    from pipelines.sources.forms import DeliveredFile
    from pipelines.sources.migrantenmonitor.profile import Column, Profile, Sheet
    from pipelines.sources.reading import Reading
    from pipelines.sources.workbooks import Grid

Row = dict[str, Any]

# With a digit right before it nobody can tell the mark from the number: 305) may be 30 with note 5, or 3 with note 05.
_MARKS = re.compile(r"(?<=\S)(?:\s*(?:\*|(?<!\d)\d{1,2}\)|[¹²³⁴-⁹]\)?))+$")
CODE = re.compile(r"(?:GM)?0*([1-9]\d{0,3})(?:\.0+)?")
_GROUPED = re.compile(r"\d{1,3}(?:\.\d{3})+(?:,\d+)?|\d{1,3}(?: \d{3})+(?:,\d+)?")
_PLAIN = re.compile(r"\d+(?:[.,]\d+)?")
_NOISE = 1e-6  # of the spreadsheet: 28.880000000000003
_NO_FIGURE = {"value": None, "low": None, "high": None, "bound_kind": "none"}


def read(connection: duckdb.DuckDBPyConnection, _manifest: Manifest, files: list[DeliveredFile]) -> Iterator[Reading]:
    """Observations of one workbook after another; see ``sources.reading``.

    Raises:
        RefusedError: no workbook, no known edition, or a table that is not as the profile says.
    """
    counted = 0
    for file in files:
        book = grids(file.name, file.open().read())
        profile = recognise(file.name, book)
        rows = list(observations(file.name, book, profile))
        for row in rows:
            counted += 1
            row["locator_row"] = counted
        tables = [_Table(file.name, book[sheet.sheet], sheet) for sheet in profile.sheets]
        form = {f"{profile.layout}, {one.sheet.sheet}, {one.sheet.table_id}": one.form() for one in tables}
        yield reading(connection, rows, [], synthetic=profile.synthetic, layout=profile.layout, form=form)


def recognise(name: str, book: dict[str, Grid]) -> Profile:
    """The profile that knows a workbook.

    Raises:
        RefusedError: none does, or several do, or one of all profiles is wrong.
    """
    try:
        known = [profile for profile in all_profiles() if _knows(profile, book)]
    except ValueError as error:
        remedy = "Mend it in pipelines/sources/migrantenmonitor/layouts"
        raise RefusedError(name, f"a profile is wrong: {error}", remedy) from None
    if len(known) > 1:
        rule = f"the profiles {' and '.join(profile.layout for profile in known)} both know this edition"
        raise RefusedError(name, rule, "Let each recognise a cell that the other does not have")
    if not known:
        remedy = "Add a profile in pipelines/sources/migrantenmonitor/layouts; `zicht profile` proposes one"
        raise RefusedError(name, "no profile knows this edition", remedy)
    return known[0]


def _knows(profile: Profile, book: dict[str, Grid]) -> bool:
    return all(
        one.sheet in book and one.contains in book[one.sheet].word(*position(one.cell)) for one in profile.recognise
    )


def observations(name: str, book: dict[str, Grid], profile: Profile) -> Iterator[Row]:
    """The figures of a workbook, and what its edition does not have, as rows of the record ``observation``.

    Raises:
        RefusedError: a sheet is missing or is not as the profile says.
    """
    edition = {"locator_file": name, "edition": profile.edition, "version": profile.version}
    for sheet in profile.sheets:
        if sheet.sheet not in book:
            raise RefusedError(name, f"the sheet {sheet.sheet!r} is missing", f"The profile {profile.layout} wants it")
        figures = list(_Table(f"{name} {sheet.sheet}", book[sheet.sheet], sheet).figures())
        _drop_false_zeros(figures, [one for one in profile.sums if one.table_id == sheet.table_id])
        for figure in figures:
            yield edition | {"locator_sheet": sheet.sheet, "table_id": sheet.table_id} | figure
    for one in profile.absent:
        lacking = one.model_dump(exclude={"reason_en", "reason_nl"}) | {"quote": one.reason_nl}
        nation = {"area_type": "NL", "area_code": "NL", "availability": "missing"}
        yield edition | {"locator_cell": "not in this edition"} | lacking | nation | _NO_FIGURE


@dataclass(frozen=True)
class _Table:
    """A sheet and what its profile says of it; ``where`` names it in refusals."""

    where: str
    grid: Grid
    sheet: Sheet

    def figures(self) -> Iterator[Row]:
        columns = self._columns()
        counted = {number: column.counted() for number, (column, _) in columns.items()}
        dates = {column.period_end for column, _ in columns.values()}
        seen: dict[str, int] = {}
        for row in self._area_rows(columns):
            code, name, row_is_starred = self._area_words(row)
            if (other := seen.setdefault(code or name, row)) != row:
                rule = f"its area stands in row {other + 1} too"
                remedy = "Give a second table its own entry in the profile, with first_row and last_row"
                raise RefusedError(f"{self.where} row {row + 1}", rule, remedy)
            self._check_code(row, code, name)
            areas = {on: self._area(code, name, on) for on in dates}
            for number, (column, column_is_starred) in columns.items():
                figure, is_starred = self._figure(row, number, column)
                if row_is_starred or column_is_starred or is_starred:
                    figure["finality"] = "provisional"
                place = {"locator_cell": _address(row, number)} | areas[column.period_end]
                yield place | counted[number] | figure

    # columns

    def _columns(self) -> dict[int, tuple[Column, bool]]:
        """Where each column of the profile stands, by the words above it, and whether a star is among them."""
        above = heads(self.grid, self.sheet.header_rows, self.sheet.unit_row)
        found = {}
        faults = []
        for column in self.sheet.columns:
            wanted = [unmarked(word)[0] for word in column.header]
            there = [number for number, head in above.items() if head.words == wanted]
            fitting = [number for number in there if above[number].unit == (column.unit_text or "")]
            named = " / ".join(column.header)
            if len(fitting) == 1:
                found[fitting[0]] = (column, above[fitting[0]].is_starred)
            elif there and not fitting:
                faults.append(f"the column {named} has the unit {above[there[0]].unit!r}, not {column.unit_text!r}")
            else:
                faults.append(f"the column {named} stands there {len(fitting)} times")
        if faults:
            where = f"{self.where} row {self.sheet.header_rows[-1]}"
            raise RefusedError(where, "; ".join(faults), "Is it another edition?")
        return found

    def form(self) -> dict[str, str]:
        """The columns by the words above them; of those that are read whether they hold numbers or typed texts."""
        columns = self._columns()
        rows = self._area_rows(columns)
        found = heads(self.grid, self.sheet.header_rows, self.sheet.unit_row)
        kinds = {number: self._kind(rows, number, column) for number, (column, _) in columns.items()}
        return {" / ".join(head.words): kinds.get(number, UNREAD) for number, head in found.items()}

    def _kind(self, rows: list[int], number: int, column: Column) -> str:
        words = {row: unmarked(self.grid.word(row, number))[0] for row in rows}
        figures = {row: word for row, word in words.items() if word not in column.symbols}
        return kind_of((0 if self.grid.is_number(row, number) else word for row, word in figures.items()), typed=True)

    # areas

    def _area_rows(self, columns: dict[int, tuple[Column, bool]]) -> list[int]:
        """The rows of areas. Other words between them are headings, and all below the last is a footer."""
        areas, nameless = [], []
        last = 0
        for row in range(self.sheet.first_row - 1, self.sheet.last_row or self.grid.height):
            code, name, _ = self._area_words(row)
            filled = [number for number in columns if self.grid.word(row, number)]
            has_figures = any(self._reads(row, number, columns[number][0]) for number in filled)
            is_known = CODE.fullmatch(code) is not None or name == self.sheet.national_name
            # Unless a code tells that it is another area of that name, as a province.
            is_known |= not code and any(
                municipalities_named(name, column.period_end) for column, _ in columns.values()
            )
            if is_known or ((code or name) and filled):
                areas.append(row)
            elif has_figures:
                nameless.append(row)
            if is_known or ((code or name) and has_figures):
                last = row
        if between := [row for row in nameless if row < last]:
            rule = "it has figures and no area"
            raise RefusedError(f"{self.where} row {between[0] + 1}", rule, "Name the area, or let the table end above")
        return [row for row in areas if row <= last]

    def _area_words(self, row: int) -> tuple[str, str, bool]:
        """Code as written (four digits if a municipality's), name without its marks, and whether one is a star."""
        code, name = (
            self.grid.word(row, column_number(letters)) if letters else ""
            for letters in (self.sheet.code_column, self.sheet.name_column)
        )
        match = CODE.fullmatch(code)
        return (match[1].zfill(4) if match else code), *unmarked(name)

    def _check_code(self, row: int, code: str, name: str) -> None:
        """Refuse a municipality's name beside a code it never had."""
        codes = municipalities_ever_named(name)
        if CODE.fullmatch(code) and codes and code not in codes:
            rule = f"the code {code} is not that of {name}"
            raise RefusedError(f"{self.where} row {row + 1}", rule, "Have the codes and the names shifted?")

    def _area(self, code: str, name: str, on: date) -> Row:
        if name == self.sheet.national_name:
            return {"area_type": "NL", "area_code": "NL", "quote": None}
        # A name beside another code is no municipality's: provinces bear the same names.
        codes = (code,) if code else municipalities_named(name, on)
        if len(codes) == 1 and is_municipality(codes[0]):
            return {"area_type": "GM", "area_code": codes[0], "quote": None}
        return {"area_type": "unknown", "area_code": None, "quote": f"{code} {name}".strip()}

    # figures

    def _reads(self, row: int, number: int, column: Column) -> bool:
        word, _ = unmarked(self.grid.word(row, number))
        return word in column.symbols or number_in(self.grid, row, number) is not None

    def _figure(self, row: int, number: int, column: Column) -> tuple[Row, bool]:
        """Value, bounds and status of a cell, and whether a star marks it. Nil, secret, unknown, blank stay four."""
        where = f"{self.where}!{_address(row, number)}"
        word, is_starred = unmarked(self.grid.word(row, number))
        meaning = column.symbols.get(word)
        if meaning == "suppressed":
            limits = {"low": None if column.suppressed_high is None else 0, "high": column.suppressed_high}
            return _NO_FIGURE | limits | {"bound_kind": "suppressed", "availability": "suppressed"}, is_starred
        if meaning in ("missing", "not_applicable"):
            return _NO_FIGURE | {"availability": meaning}, is_starred
        if meaning == "nil":
            return _stated(0, (0, 0), "exact"), is_starred
        written = 0.0 if meaning == "zero" else number_in(self.grid, row, number)
        if written is None:
            rule = "it is neither a number nor a symbol of this edition" if word else "it is blank"
            raise RefusedError(where, rule, "Let the profile say what it means, or where the table ends")
        step = _step(column)
        steps = written * column.factor / step
        if abs(steps - round(steps)) > _NOISE:
            rule = f"it is no multiple of {step:g}, to which this edition rounds"
            raise RefusedError(where, rule, "Are factor, decimals and base in the profile right?")
        value = round(round(steps) * step, 6)
        return _stated(value, _bounds(value, column), column.bound_kind), is_starred


def unmarked(text: str) -> tuple[str, bool]:
    """Words without their footnote marks, and whether one was a star: provisional.

    >>> unmarked("Nederland 1)"), unmarked("2022**")
    (('Nederland', False), ('2022', True))
    """
    words = _MARKS.sub("", text)
    return words, "*" in text[len(words) :]


def number_in(grid: Grid, row: int, number: int) -> float | None:
    """The number in a cell; none where there is none or a negative one.

    As text it is Dutch: points or blanks between thousands, a comma before decimals.
    """
    word, _ = unmarked(grid.word(row, number))
    if grid.is_number(row, number):
        return float(word) if float(word) >= 0 else None
    if _GROUPED.fullmatch(word):
        word = word.replace(" ", "").replace(".", "")
    return float(word.replace(",", ".")) if _PLAIN.fullmatch(word) else None


@dataclass(frozen=True)
class Head:
    """What stands above a column: its words top to bottom and its unit, without marks, and whether one was a star."""

    words: list[str]
    unit: str
    is_starred: bool


def heads(grid: Grid, rows: Sequence[int], unit_row: int | None) -> dict[int, Head]:
    """The head of each column that has a word of its own above it; the others are spacers.

    Of merged cells the first alone has the word; it holds for those after it, up to where a higher level begins
    another.
    """
    levels, own = [], set[int]()
    for row in rows:
        own |= {number for number in range(grid.width) if grid.word(row - 1, number)}
        levels.append(_filled(grid, row, own))
    units = [""] * grid.width
    if unit_row:
        beneath = {number for number in range(grid.width) if grid.word(unit_row - 1, number)}
        units = _filled(grid, unit_row, beneath)
        own |= beneath
    found = {}
    for number in sorted(own):
        words = [unmarked(level[number]) for level in levels]
        is_starred = any(is_starred for _, is_starred in words)
        found[number] = Head([word for word, _ in words], unmarked(units[number])[0], is_starred)
    return found


def _filled(grid: Grid, row: int, begins: set[int]) -> list[str]:
    """The words of a row, each up to where another begins."""
    words: list[str] = []
    for number in range(grid.width):
        words.append(grid.word(row - 1, number) if number in begins or not words else words[-1])
    return words


def _step(column: Column) -> float:
    """What the figures of a column are multiples of."""
    if column.unit == "percent":
        return 1 / 10.0**column.decimals
    return max(column.rounding_base, column.factor / 10.0**column.decimals)


def _bounds(value: float, column: Column) -> tuple[float, float]:
    """What rounds to a figure. A count that is shown coarser than its base was rounded twice."""
    if column.unit == "percent":
        return share_bounds(value, column.decimals)
    step, base = _step(column), column.rounding_base
    shown = count_bounds(value, step) if step > base else (value, value)
    return count_bounds(shown[0], base, column.rounding_mode)[0], count_bounds(shown[1], base, column.rounding_mode)[1]


def _stated(value: float, bounds: tuple[float, float], bound_kind: str) -> Row:
    low, high = bounds
    return {"value": value, "low": low, "high": high, "bound_kind": bound_kind, "availability": "available"}


def _address(row: int, number: int) -> str:
    return f"{column_letters(number)}{row + 1}"


def _drop_false_zeros(figures: list[Row], sums: Sequence[Sum]) -> None:
    """A total of nought over a part that is secret or more than nought is no figure: CBS left it out of the sum."""
    false: set[int] = set()
    before = -1
    while len(false) > before:  # a total may be part of another
        before = len(false)
        for one in sums:
            totals, something = defaultdict(list), set()
            for number, row in enumerate(figures):
                area = [] if one.dimension == "area" else [row["area_code"], row["quote"]]
                place = (*area, *(row[name] for name in TELLING_APART if name != one.dimension))
                said = row["area_type" if one.dimension == "area" else one.dimension]
                if said == one.total and row["value"] == 0:
                    totals[place].append(number)
                elif said in one.parts and (number in false or row["availability"] == "suppressed" or row["value"]):
                    something.add(place)
            for place in something & totals.keys():
                false.update(totals[place])
        for number in false:
            figures[number] |= _NO_FIGURE | {"availability": "missing"}
