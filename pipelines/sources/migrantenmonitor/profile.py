"""The profile of an edition: which sheets, how deep the header, where areas stand, what each column counts.

A new edition is a new YAML file in ``layouts`` and no code; ``docs/own-data.md`` says how to write one. Reading a
workbook through a profile is ``reader``, proposing one from an unknown workbook ``propose``.
"""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, model_validator

from pipelines import records
from pipelines.sources import Layout, all_sources, layouts_of
from pipelines.sources.observations import RoundingMode

if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import Self

SOURCE = "migrantenmonitor"
OPEN = "?"
"""What stands in a proposed profile where a person must decide; a profile that holds it is refused."""
DIMENSIONS = ("origin_group", "nationality", "motive", "employment", "sector", "home_area", "stay_band")
TELLING_APART = ("measure", "universe", "unit", "period_start", "period_end", "measured_as", *DIMENSIONS)
"""What two figures of one area differ in."""

Meaning = Literal["suppressed", "missing", "not_applicable", "nil", "zero"]
"""What a symbol stands for; ``nil`` is none at all, ``zero`` less than half the rounding base."""


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Counted(_Strict):
    """What a figure counts, in the words of the record ``observation``."""

    measure: str
    universe: str
    unit: str
    unit_name: str | None = None
    denominator: str | None = None
    period_start: date
    period_end: date
    date_precision: str
    measured_as: str
    finality: str
    workplace_basis: str | None = None
    origin_group: str = "all"
    nationality: str = "all"
    motive: str = "all"
    employment: str = "all"
    sector: str = "all"
    home_area: str = "all"
    stay_band: str = "all"

    @model_validator(mode="after")
    def _known_words(self) -> Self:
        for column in records.load("observation").columns:
            said = getattr(self, column.name, None)
            if column.values and said is not None and said not in column.values:
                raise ValueError(f"{column.name} is {said!r} and not one of {', '.join(column.values)}")
        if (self.unit == "percent") != self.measure.startswith("share_of"):
            raise ValueError(f"{self.measure} in {self.unit}: shares, and only they, are in percent")
        if self.period_end < self.period_start:
            raise ValueError("period_end lies before period_start")
        return self


class Column(Counted):
    """One column, found by the words of its header levels, and how its cells are written.

    ``unit_text`` is what must stand above it in the sheet's ``unit_row``. A number times ``factor`` is the figure;
    ``decimals`` are those it is printed with. ``rounding_base`` and ``rounding_mode`` are those of the counts;
    ``suppressed_high`` is the largest count that a secret cell may stand for, if CBS said so. The symbol ``""``
    is a blank cell.
    """

    header: tuple[str, ...] = Field(min_length=1)
    unit_text: str | None = None
    factor: int = Field(default=1, ge=1)
    decimals: int = Field(default=0, ge=0)
    rounding_base: int = Field(ge=1)
    rounding_mode: RoundingMode = "nearest"
    bound_kind: Literal["rounding_known", "rounding_assumed"]
    symbols: dict[str, Meaning]
    suppressed_high: int | None = None

    def counted(self) -> dict[str, Any]:
        """The columns of the record that are the same for all its cells."""
        return self.model_dump(include=set(Counted.model_fields))


class Absence(Counted):
    """What an edition does not give, though one would look for it there; with the reason."""

    table_id: str
    reason_en: str
    reason_nl: str


class Sheet(_Strict):
    """One table. Rows and columns are named as in the workbook: rows from 1, columns by letter."""

    sheet: str
    table_id: str
    header_rows: tuple[int, ...] = Field(min_length=1)
    unit_row: int | None = None
    first_row: int
    last_row: int | None = None
    code_column: str | None = None
    name_column: str | None = None
    national_name: str | None = None
    columns: tuple[Column, ...] = Field(min_length=1)

    @model_validator(mode="after")
    def _hangs_together(self) -> Self:
        if self.first_row <= max(*self.header_rows, self.unit_row or 0):
            raise ValueError(f"{self.sheet}: the figures begin within the header")
        if not (self.code_column or self.name_column):
            raise ValueError(f"{self.sheet}: neither code_column nor name_column says where the areas stand")
        if self.national_name and not self.name_column:
            raise ValueError(f"{self.sheet}: national_name needs a name_column")
        seen = set()
        for column in self.columns:
            if len(column.header) != len(self.header_rows):
                raise ValueError(f"{self.sheet} {column.header}: {len(self.header_rows)} levels of header are needed")
            if (column.unit_text is None) != (self.unit_row is None):
                raise ValueError(f"{self.sheet} {column.header}: unit_row and unit_text go together")
            if (counts := tuple(getattr(column, name) for name in TELLING_APART)) in seen:
                raise ValueError(f"{self.sheet} {column.header}: another column counts the same")
            seen.add(counts)
        return self


class Recognise(_Strict):
    """A cell by whose content a workbook is known to be this edition."""

    sheet: str
    cell: str = Field(pattern="^[A-Z]+[1-9][0-9]*$")
    contains: str = Field(min_length=1)


class Replaces(_Strict):
    """The version of which this one replaces some tables; it holds those and no others."""

    edition: str
    version: str
    tables: tuple[str, ...]


INHERITED = set(Column.model_fields) - {"header"}
"""What a sheet or the edition may say on behalf of its columns."""


class Profile(Layout):
    """A version of an edition of the monitor.

    What a column does not say its sheet says, and what a sheet does not say the edition says.
    """

    edition: str
    version: str
    synthetic: bool = False
    recognise: tuple[Recognise, ...] = Field(min_length=1)
    replaces: Replaces | None = None
    absent: tuple[Absence, ...] = ()
    sheets: tuple[Sheet, ...] = Field(min_length=1)

    @model_validator(mode="before")
    @classmethod
    def _inherited(cls, content: dict[str, Any]) -> dict[str, Any]:
        if places := ", ".join(left_open(content)):
            raise ValueError(f"left open: {places}")
        sheets = []
        try:
            said, profile = _parted(content)
            for one in content["sheets"]:
                closer, sheet = _parted(one)
                sheets.append(sheet | {"columns": [said | closer | column for column in sheet["columns"]]})
            counted = {name: fact for name, fact in said.items() if name in Counted.model_fields}
            absent = [counted | one for one in content.get("absent", ())]
        except (AttributeError, KeyError, TypeError):
            raise ValueError("sheets, their columns and absent are lists of fields") from None
        return profile | {"sheets": sheets, "absent": absent}

    @model_validator(mode="after")
    def _is_of_this_source(self) -> Self:
        known = {one.universe for one in (*all_sources()[SOURCE].universes, *self.universes)}
        named = {one.universe for sheet in self.sheets for one in sheet.columns} | {one.universe for one in self.absent}
        if undeclared := ", ".join(sorted(named - known)):
            raise ValueError(f"no such universe is declared: {undeclared}")
        tables = {sheet.table_id for sheet in self.sheets}
        if self.replaces and tables != set(self.replaces.tables):
            raise ValueError(f"it replaces the tables {self.replaces.tables}, but holds {sorted(tables)}")
        for one in self.sums:
            columns = [column for sheet in self.sheets if sheet.table_id == one.table_id for column in sheet.columns]
            values: set[object] = {getattr(column, one.dimension, None) for column in columns}
            if one.dimension == "area" and columns:
                values = {"NL", "GM"}
            if one.dimension not in (*DIMENSIONS, "area") or not {one.total, *one.parts} <= values:
                raise ValueError(f"the sum {one.total} of {one.dimension} names what is not in table {one.table_id!r}")
        return self


def all_profiles() -> tuple[Profile, ...]:
    """Every version that is known, in order of file name.

    Raises:
        ValueError: one is not of this form; the message names it.
    """
    return layouts_of(SOURCE, Profile)


def _parted(content: dict[str, Any]) -> tuple[dict[str, Any], dict[str, Any]]:
    """What is said on behalf of columns, and the rest."""
    said = {name: fact for name, fact in content.items() if name in INHERITED}
    return said, {name: fact for name, fact in content.items() if name not in INHERITED}


def left_open(content: object, place: str = "") -> Iterator[str]:
    """Where a person has still to decide, as ``sheets/0/unit``."""
    if content == OPEN:
        yield place.lstrip("/")
    elif isinstance(content, dict | list):
        for name, one in content.items() if isinstance(content, dict) else enumerate(content):
            yield from left_open(one, f"{place}/{name}")
