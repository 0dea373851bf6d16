"""Workbooks (.xlsx, .xls) as grids, in which each cell stands where the spreadsheet has it.

Belongs here: opening one, addresses of cells, and telling a number from a text that looks like one. Does not belong
here: what a cell means (the readers).
"""

from __future__ import annotations

import io
import re
import struct
import zipfile
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal, get_args
from xml.etree import ElementTree

from pipelines.landing.deliveries import RefusedError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import IO

    import polars as pl

Kind = Literal["string", "boolean"]

# The library holds a sheet as the rectangle up to its furthest cell, and ends the process where memory does not do.
MOST_CELLS = 60_000_000  # a million persons of 57 rubrics
MOST_CELLS_OF_A_GRID = 5_000_000  # each of them is an object, and no table of areas comes near
_MOST_ROWS = 1 << 20  # of any sheet

_BEYOND_Z = re.compile(rb"r=[\"']([A-Za-z]{2,3})([0-9])")
_FILLED = re.compile(rb"<(?:\w+:)?c\s[^>]*?\br=[\"']([A-Za-z]{1,3})([0-9]{1,7})[^>]*(?<!/)>\s*<[^/]")
_OLD = b"\xd0\xcf\x11\xe0"  # how an .xls begins
_OLD_SHEET = re.compile(rb"\x09\x08..\x00[\x05\x06]\x10\x00", re.DOTALL)
_DIMENSIONS, _END = 0x0200, 0x000A  # records of an old sheet
_OVERLAP = 1024  # more than the tag of a cell
_ERRORS = {"Div0": "#DIV/0!", "NA": "#N/A", "Name": "#NAME?", "Null": "#NULL!", "Num": "#NUM!", "Ref": "#REF!"}


def frames(
    name: str,
    content: bytes,
    remedy: str,
    *,
    first: bool = False,
    kind: Kind = "string",
    most: int = MOST_CELLS,
) -> dict[str, pl.DataFrame]:
    """The sheets (or the first) by name, from row 1 and column A on; a cell is its text, or null.

    The text of an error is its word, as ``#DIV/0!``. As ``boolean`` a cell is null unless it holds a number, which
    tells ``1.234`` from the text "1.234".

    Raises:
        RefusedError: ``name`` is no workbook, one that is broken, or one of which a sheet reaches further than ``most``
            cells.
    """
    import fastexcel
    import polars as pl

    def whole(sheet: str) -> pl.DataFrame:
        # Without skip_rows the empty rows on top are left out, as the empty columns always are: addresses would shift.
        loaded = book.load_sheet(sheet, header_row=None, skip_rows=0, dtypes=kind)
        before = loaded.available_columns()[0].absolute_index if loaded.width else 0
        frame = loaded.to_polars()
        if kind == "string" and loaded.width:
            frame = frame.with_columns(
                frame.to_series(column).scatter(list(words), list(words.values()))
                for column, words in _error_words(loaded).items()
            )
        return frame.select(*(pl.lit(None).alias(f"before {number}") for number in range(before)), pl.all())

    try:
        _refuse_vast(name, content, most)
        book = fastexcel.read_excel(content)
        return {sheet: whole(sheet) for sheet in (book.sheet_names[:1] if first else book.sheet_names)}
    except (KeyboardInterrupt, SystemExit, MemoryError, RefusedError):
        raise
    except BaseException as error:  # noqa: BLE001 - calamine's errors have no common class, and of a broken .xls
        # it panics, which is no Exception. Their text may be content.
        rule = f"it is no workbook that can be read ({type(error).__name__})"
        raise RefusedError(name, rule, remedy) from None


def _error_words(loaded: Any) -> dict[int, dict[int, str]]:
    """The errors of a sheet that was loaded as text, where the library leaves nulls: column, row, word."""
    found: dict[int, dict[int, str]] = {}
    _, errors = loaded.to_arrow_with_errors()
    for error in errors.errors if errors else ():
        row, column = error.position
        kind = re.search(r"Error\((\w+)\)", error.detail)
        found.setdefault(column, {})[row] = _ERRORS.get(kind[1] if kind else "", "#VALUE!")
    return found


def _refuse_vast(name: str, content: bytes, most: int) -> None:
    """Refuse a workbook of which a sheet reaches too far."""
    sizes = _old_sizes(content) if content.startswith(_OLD) else _sizes(content, most)
    for number, (rows, columns) in enumerate(sizes, 1):
        if rows * columns > most:
            # Not by its name: a sheet may be named after a person.
            where = f"{name} sheet {number} cell {column_letters(columns - 1)}{rows}"
            rule, remedy = f"it reaches further than {most:,} cells", "Delete the stray cells far from the table"
            raise RefusedError(where, rule, f"{remedy}, and save it again")


def _sizes(content: bytes, most: int) -> Iterator[tuple[int, int]]:
    """The row and the column up to which cells of each sheet have content, whatever it says of its size itself.

    One that has few columns for any number of rows, as sheets of persons, is not looked through, and has no size.
    """
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        relations = _elements(archive.read("xl/_rels/workbook.xml.rels"), "Relationship")
        targets = {one.get("Id"): one.get("Target", "") for one in relations}
        for sheet in _elements(archive.read("xl/workbook.xml"), "sheet"):
            target = targets[next(value for key, value in sheet.items() if key.endswith("}id"))]
            part = target[1:] if target.startswith("/") else f"xl/{target}"
            with archive.open(part) as stream:
                _, columns = _furthest(_BEYOND_Z, stream)
            if max(columns, 26) * _MOST_ROWS <= most:
                yield 0, 0
                continue
            with archive.open(part) as stream:
                yield _furthest(_FILLED, stream)


def _elements(xml: bytes, tag: str) -> list[ElementTree.Element]:
    return ElementTree.fromstring(xml).findall(f".//{{*}}{tag}")  # noqa: S314 - expat itself stops what would swell


def _furthest(cells: re.Pattern[bytes], stream: IO[bytes]) -> tuple[int, int]:
    """The furthest row and the furthest column, from 1, of the cells that a pattern finds."""
    row = column = 0
    chunk = b""
    while more := stream.read(1 << 20):
        chunk = chunk[-_OVERLAP:] + more
        if found := cells.findall(chunk):
            letters, numbers = (set(parts) for parts in zip(*found, strict=True))
            column = max(column, *(column_number(one.decode().upper()) + 1 for one in letters))
            row = max(row, *(int(one) for one in numbers))
    return row, column


def _old_sizes(content: bytes) -> Iterator[tuple[int, int]]:
    """Rows and columns that sheets of an .xls claim, for which the library makes room at once."""
    for sheet in _OLD_SHEET.finditer(content):
        at = sheet.start()
        while at + 18 <= len(content):
            kind, length = struct.unpack_from("<HH", content, at)
            if kind == _DIMENSIONS:
                _, rows, _, columns = struct.unpack_from("<IIHH" if length > 10 else "<HHHH", content, at + 4)
                yield rows, columns
            if kind in (_DIMENSIONS, _END):
                break
            at += 4 + length


@dataclass(frozen=True)
class Grid:
    """The cells of a sheet; rows and columns are numbered from 0, and beyond its edges it is blank."""

    texts: list[tuple[str | None, ...]]
    numbers: list[tuple[bool | None, ...]]

    @property
    def height(self) -> int:
        """Number of rows."""
        return len(self.texts)

    @property
    def width(self) -> int:
        """Number of columns."""
        return len(self.texts[0]) if self.texts else 0

    def word(self, row: int, column: int) -> str:
        """The content as text, each run of blanks (thin, no-break, a new line) as one; empty where there is none."""
        inside = row < self.height and column < self.width
        return " ".join((self.texts[row][column] or "").split()) if inside else ""

    def is_number(self, row: int, column: int) -> bool:
        """Whether the cell holds a number, and not a text."""
        return self.numbers[row][column] is not None and self.word(row, column) not in ("true", "false")


def grids(name: str, content: bytes) -> dict[str, Grid]:
    """Every sheet of a workbook.

    Raises:
        RefusedError: see ``frames``.
    """
    texts, numbers = (
        frames(name, content, "Save it as .xlsx", kind=kind, most=MOST_CELLS_OF_A_GRID) for kind in get_args(Kind)
    )
    return {sheet: Grid(texts[sheet].rows(), numbers[sheet].rows()) for sheet in texts}


def position(cell: str) -> tuple[int, int]:
    """Row and column of a cell's address, both from 0.

    >>> position("B3")
    (2, 1)
    """
    match = re.fullmatch(r"([A-Z]+)([1-9]\d*)", cell)
    if match is None:
        raise ValueError(f"{cell!r} is no address of a cell")
    return int(match[2]) - 1, column_number(match[1])


def column_number(letters: str) -> int:
    """Number of a column, from 0."""
    number = 0
    for letter in letters:
        number = number * 26 + ord(letter) - ord("A") + 1
    return number - 1


def column_letters(number: int) -> str:
    """Letters of a column numbered from 0."""
    letters = ""
    number += 1
    while number:
        number, rest = divmod(number - 1, 26)
        letters = chr(ord("A") + rest) + letters
    return letters
