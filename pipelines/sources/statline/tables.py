"""The layout of a StatLine table: which of its cells are kept and what they are, found by name in what CBS sends.

A table is a file in ``layouts`` and no code. Names are codes or titles; blanks, signs and capitals do not count, nor
the number behind a column's name in v3; ``a | b`` is either. Belongs here: the form of a layout, areas and periods.
Does not belong here: asking for a table (``fetch``) and reading its pages (``reader``).
"""

from __future__ import annotations

import calendar
import hashlib
import re
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from pydantic import BaseModel, ConfigDict, Field, field_validator

from pipelines.files import from_yaml
from pipelines.landing.deliveries import RefusedError
from pipelines.sources import Layout, layouts_of
from pipelines.sources.observations import RoundingMode
from pipelines.sources.statline.pages import V4

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from pipelines.sources.statline.metadata import Metadata, Topic

Columns = dict[str, str]
"""Columns of the observation record and what stands in them."""
Dated = Literal["period", "start", "end", "december"]


class _Form(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Dimension(_Form):
    """The values of a dimension that are kept, and the columns each sets; those of ``if_there`` may lack."""

    keep: dict[str, Columns]
    if_there: dict[str, Columns] = Field(default={})

    @field_validator("if_there", mode="before")
    @classmethod
    def _shared(cls, given: object) -> object:
        """``nationalities`` stands for all of them, whose words several tables share."""
        if given != "nationalities":
            return given
        words = from_yaml((Path(__file__).parent / "nationalities.yml").read_text(encoding="utf-8"))
        return {word: {"nationality": code} for word, code in words.items()}


class Measured(_Form):
    """A measure of the table, which may lack one ``if_there``.

    Its figure is the cell times ``factor``, rounded by CBS on ``rounding_base`` as
    ``rounding_mode`` says.
    """

    find: str
    measure: str
    measured_as: Literal["stock", "flow", "average", "unknown"]
    unit: str
    universe: str
    if_there: bool = False
    factor: float = 1
    rounding_base: float = Field(default=1, ge=1)
    rounding_mode: RoundingMode = "nearest"


class Home(_Form):
    """The dimension of homes in a table of work by home.

    Kept are the ``total`` of homes, homes in the area of work itself, and the total of work by home, which is of
    another ``universe`` and by area of residence.
    """

    dimension: str
    total: str
    universe: str


class Table(Layout):
    """A table of StatLine; its ``layout`` is the table's number.

    ``target`` says what its cells become: figures; changes between municipalities, read from the texts of the
    dimension of areas; or membership, the areas in which a municipality lies on 1 January of ``year``. ``dated`` says
    what a year stands for: itself, its first or last day, or its December; ``periods`` which kinds of periods are kept
    (``MM``), all if empty. Every row gets ``columns``.
    """

    target: Literal["figures", "changes", "membership"]
    area: str
    year: int | None = None
    dated: Dated = "period"
    home: Home | None = None
    periods: tuple[str, ...] = ()
    dimensions: dict[str, Dimension] = Field(default={})
    measures: tuple[Measured, ...] = ()
    columns: Columns = Field(default={})

    @property
    def selection(self) -> str:
        """A mark of what is asked of CBS: another mark, another download."""
        asked = self.model_dump_json(include={"target", "area", "home", "dimensions"})
        return hashlib.sha256(repr([asked, *(one.find for one in self.measures)]).encode()).hexdigest()[:16]


@dataclass(frozen=True)
class Selection:
    """A layout's names as CBS writes them: dimensions, and the codes and measures that are kept.

    ``lacking`` names what may lack and does.
    """

    area: str
    home: str
    home_total: str
    kept: Mapping[str, Mapping[str, Columns]]
    measures: Mapping[str, tuple[Topic, Measured]]
    lacking: tuple[str, ...]


def tables() -> dict[str, Table]:
    """Every declared table by its number."""
    return {table.layout: table for table in layouts_of("statline", Table)}


def nationality_words() -> dict[str, str]:
    """StatLine's word for each nationality that the table of residents gives, by its code in Tabel 32."""
    dimensions = tables()["85644NED"].dimensions.values()
    kept = [named for dimension in dimensions for named in (*dimension.keep.items(), *dimension.if_there.items())]
    return {sets["nationality"]: title.split(" | ")[0] for title, sets in kept if "nationality" in sets}


def select(table: Table, found: Metadata) -> Selection:
    """Find a layout's names in what CBS says of the table.

    Raises:
        RefusedError: a name is not there, or means several things; or there is a dimension that the layout does not
            know. The message says what is there.
    """

    def misfit(rule: str) -> RefusedError:
        return RefusedError(table.layout, rule, f"Mend pipelines/sources/statline/layouts/{table.layout}.yml")

    def one(wanted: str, there: Iterable[tuple[str, str]], what: str) -> str:
        there = list(there)
        codes = _matching(wanted, there)
        if len(codes) != 1:
            some = ", ".join(f"{code.strip()} {title}".strip() for code, title in there[:8])
            raise misfit(f"{what} {wanted!r} is there {len(codes)} times, among {len(there)}: {some}")
        return codes[0]

    names = found.titles.items()
    area = one(table.area, names, "the dimension")
    home = one(table.home.dimension, names, "the dimension") if table.home else ""
    titles = {name: [(code.code, code.title) for code in codes] for name, codes in found.codes.items()}
    kept: dict[str, dict[str, Columns]] = {}
    lacking: list[str] = []
    for wanted, dimension in table.dimensions.items():
        name = one(wanted, names, "the dimension")
        kept[name] = {one(title, titles[name], f"in {name} the value"): sets for title, sets in dimension.keep.items()}
        for title, sets in dimension.if_there.items():
            if _matching(title, titles[name]):
                kept[name][one(title, titles[name], f"in {name} the value")] = sets
            else:
                lacking.append(title)
    if unknown := sorted(found.titles.keys() - kept.keys() - {area, home, found.time}):
        raise misfit(f"it is divided by {', '.join(unknown)}, of which the layout says nothing")
    if table.target == "figures" and not found.time:
        raise misfit("none of its dimensions is of time")
    topics = {topic.code: topic for topic in found.topics}
    there = [(topic.code, topic.title) for topic in found.topics]
    lacking += [one.find for one in table.measures if one.if_there and not _matching(one.find, there)]
    measures = {
        one(measure.find, there, "the measure"): measure for measure in table.measures if measure.find not in lacking
    }
    return Selection(
        area,
        home,
        one(table.home.total, titles[home], f"in {home} the value") if table.home else "",
        kept,
        {code: (topics[code], measure) for code, measure in measures.items()},
        tuple(lacking),
    )


def filter_of(selection: Selection, found: Metadata) -> str:
    """The condition for the server, so that it sends no more than is kept; empty where that is everything."""
    wanted: dict[str, Iterable[str]] = {
        name: codes for name, codes in selection.kept.items() if len(codes) < len(found.codes[name])
    }
    if found.generation is V4 and 0 < len(selection.measures) < len(found.topics):
        wanted["Measure"] = selection.measures
    conditions = [" or ".join(f"{name} eq '{code}'" for code in codes) for name, codes in wanted.items()]
    return " and ".join(f"({condition})" for condition in conditions)


def _matching(wanted: str, there: Iterable[tuple[str, str]]) -> list[str]:
    names = {_plain(name) for name in wanted.split("|")}
    return [code for code, title in there if names & {_plain(code), _plain(title), _plain(re.sub(r"_\d+$", "", code))}]


def _plain(name: str) -> str:
    return re.sub(r"[\W_]", "", name).casefold()


def area_of(code: str) -> tuple[str, str]:
    """Area type and code of a region of StatLine; of a kind that the record does not know, ``unknown`` and the region.

    >>> area_of("GM0394"), area_of("PV27  "), area_of("LD01")
    (('GM', '0394'), ('PV', 'PV27'), ('unknown', 'LD01'))
    """
    code = code.strip()
    if re.fullmatch(r"NL\d\d", code, re.ASCII):
        return "NL", "NL"
    if match := re.fullmatch(r"(GM)(\d{4})|(WK)(\d{6})|(BU)(\d{8})", code, re.ASCII):
        kind, number = (group for group in match.groups() if group)
        return kind, number
    return (code[:2] if re.fullmatch(r"(PV|CR|AM)\d\d", code, re.ASCII) else "unknown"), code


def period_of(code: str, dated: Dated) -> tuple[date, date, str] | None:
    """First day, last day and precision of a period of StatLine; none where it is no such period.

    >>> period_of("2023KW02", "period")
    (datetime.date(2023, 4, 1), datetime.date(2023, 6, 30), 'quarter')
    >>> period_of("2023JJ00", "start")
    (datetime.date(2023, 1, 1), datetime.date(2023, 1, 1), 'day')
    """
    match = re.fullmatch(r"([1-9]\d{3})(JJ|HJ|KW|MM|SJ|\d\d)(\d\d)", code.strip(), re.ASCII)
    if match is None:
        return None
    year, kind, number = int(match[1]), match[2], int(match[3])
    if kind.isdecimal():
        try:
            day = date(year, int(kind), number)
        except ValueError:
            return None
        return day, day, "day"
    last, months, precision = _KINDS[kind]
    if (kind in ("JJ", "SJ") and number) or (kind not in ("JJ", "SJ") and not 1 <= number <= last):
        return None
    if dated == "december" and kind == "JJ":
        number, months, precision = 12, 1, "month"
    start_month = 8 if kind == "SJ" else (max(number, 1) - 1) * months + 1  # a school year begins in August
    start = date(year, start_month, 1)
    end_year, end_month = year + (start_month + months - 2) // 12, (start_month + months - 2) % 12 + 1
    if end_year > date.max.year:
        return None
    end = date(end_year, end_month, calendar.monthrange(end_year, end_month)[1])
    if dated in ("start", "end"):
        day = start if dated == "start" else end
        return day, day, "day"
    return start, end, precision


# How many there are in a year, months of each, and their precision.
_KINDS = {
    "JJ": (1, 12, "year"),
    "SJ": (1, 12, "year"),
    "HJ": (2, 6, "half_year"),
    "KW": (4, 3, "quarter"),
    "MM": (12, 1, "month"),
}
