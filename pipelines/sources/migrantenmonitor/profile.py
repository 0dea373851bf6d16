"""The profile of an edition: which sheet, how deep the header, where codes stand, which column is which measure.

A new edition is a new YAML file in ``profiles`` and no code. Reading a workbook through a profile is ``reader``.
"""

from __future__ import annotations

import re
from datetime import date
from functools import cache
from pathlib import Path
from typing import Literal

import yaml
from pydantic import BaseModel, ConfigDict, Field


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Recognise(_Strict):
    """The cell by whose content a workbook is known to be this edition."""

    sheet: str
    cell: str
    contains: str


class ColumnProfile(_Strict):
    """One column, found by the words of its header levels, merged cells filled from the left."""

    header: tuple[str, ...]
    origin_group: str
    home_area: str


class SheetProfile(_Strict):
    """One table. Rows and columns are named as in the workbook: rows from 1, columns by letter.

    ``unit_text`` is what must stand in ``unit_row`` above each column: ``aantal``, where thousands would be misread.
    """

    sheet: str
    table_id: str
    measure: str
    universe: str
    unit: str
    workplace_basis: str | None = None
    header_rows: tuple[int, ...]
    unit_row: int
    unit_text: str
    first_row: int
    code_column: str
    name_column: str
    national_name: str
    columns: tuple[ColumnProfile, ...]


class Profile(_Strict):
    """An edition of the monitor.

    ``verified`` says that a real workbook of this edition confirmed the layout. ``rounding_base`` is the base of the
    published counts; ``suppressed_high`` the largest count that a secret cell may stand for, if CBS said so.
    """

    edition: str
    version: str
    verified: bool
    synthetic: bool = False
    recognise: Recognise
    period_start: date
    period_end: date
    date_precision: Literal["day", "month", "quarter", "half_year", "year"]
    measured_as: Literal["stock", "flow", "ever", "average", "unknown"]
    finality: Literal["final", "provisional", "estimated"]
    rounding_base: int = Field(ge=1)
    symbols: dict[str, Literal["suppressed", "missing", "zero"]]
    suppressed_high: int | None = None
    sheets: tuple[SheetProfile, ...]


@cache
def all_profiles() -> tuple[Profile, ...]:
    """Every edition that is known, in order of file name."""
    return tuple(
        Profile.model_validate(yaml.safe_load(path.read_text(encoding="utf-8")))
        for path in sorted((Path(__file__).parent / "profiles").glob("*.yml"))
    )


def position(cell: str) -> tuple[int, int]:
    """Row and column of a cell's address, both from 0.

    >>> position("B3")
    (2, 1)
    """
    match = re.fullmatch(r"([A-Z]+)(\d+)", cell)
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
