"""Workbooks (.xlsx, .xls) as grids, in which each cell stands where the spreadsheet has it.

Belongs here: opening one, addresses of cells, and telling a number from a text that looks like one. Does not belong
here: what a cell means (the readers).
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from pipelines.landing.deliveries import RefusedError

if TYPE_CHECKING:
    import polars as pl


def frames(
    name: str, content: bytes, remedy: str, *, first: bool = False, kind: Literal["string", "boolean"] = "string"
) -> dict[str, pl.DataFrame]:
    """The sheets (or the first) by name, from row 1 and column A on; a cell is its text, or null.

    As ``boolean`` a cell is null unless it holds a number, which tells ``1.234`` from the text "1.234".

    Raises:
        RefusedError: ``name`` is no workbook, or one that is broken.
    """
    import fastexcel
    import polars as pl

    def whole(sheet: str) -> pl.DataFrame:
        # Without skip_rows the empty rows on top are left out, as the empty columns always are: addresses would shift.
        loaded = book.load_sheet(sheet, header_row=None, skip_rows=0, dtypes=kind)
        before = loaded.available_columns()[0].absolute_index if loaded.width else 0
        return loaded.to_polars().select(
            *(pl.lit(None).alias(f"before {number}") for number in range(before)), pl.all()
        )

    try:
        book = fastexcel.read_excel(content)
        return {sheet: whole(sheet) for sheet in (book.sheet_names[:1] if first else book.sheet_names)}
    except (KeyboardInterrupt, SystemExit, MemoryError):
        raise
    except BaseException as error:  # noqa: BLE001 - calamine's errors have no common class, and of a broken .xls
        # it panics, which is no Exception. Their text may be content.
        rule = f"it is no workbook that can be read ({type(error).__name__})"
        raise RefusedError(name, rule, remedy) from None


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
    remedy = "Save it as .xlsx"
    texts, numbers = frames(name, content, remedy), frames(name, content, remedy, kind="boolean")
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
