"""Reads a snapshot of the public register of inspections, a row for each case.

A case becomes observations in units that never mix: the inspection, its fines, their amount; each where the inspection
was, and again where the company has its seat. Who the company is does not pass: of its cases the first names it. Nor
does any other text of the file, but numbers of cases and places that are known.
"""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Any

from pipelines.areas.names import municipalities_of_place
from pipelines.landing.drift import joined, unread
from pipelines.sources.inspectorate.layout import fitting, plain
from pipelines.sources.inspectorate.tables import table
from pipelines.sources.observations import reading

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    import duckdb

    from pipelines.landing.deliveries import Manifest
    from pipelines.landing.drift import Form
    from pipelines.sources.forms import DeliveredFile
    from pipelines.sources.inspectorate.layout import Field, Words
    from pipelines.sources.reading import Reading

Cells = dict["Field", str]

_CASE = re.compile(r"(?=[^0-9]*[0-9])[A-Za-z0-9][A-Za-z0-9./_-]{0,39}")  # with a digit, or it might be a name
_NUMBER = re.compile(r"([0-9]{1,9})(?:[.,]0{1,2})?")
_DAY = re.compile(r"(\d{4})-(\d{2})-(\d{2})(?:[T ]00:00:00(?:\.0+)?Z?)?", re.ASCII)
_DUTCH_DAY = re.compile(r"(?P<day>\d{1,2})-(?P<month>\d{1,2})-(?P<year>\d{4})", re.ASCII)


@dataclass(frozen=True)
class _Case:
    """What passes of a case; ``company`` and ``company_number`` do not."""

    row: dict[str, Any]
    counts: dict[str, int]
    places: dict[str, str]
    company: str
    company_number: str


class _BrokenError(Exception):
    """A cell that cannot be read: its field, and the rule it breaks."""


def read(connection: duckdb.DuckDBPyConnection, manifest: Manifest, files: list[DeliveredFile]) -> Iterator[Reading]:
    """Observations of one snapshot; see ``sources.reading``.

    Raises:
        RefusedError: a file has none of the forms, or its columns fit no layout.
    """
    cases: list[_Case] = []
    rejected: list[dict[str, Any]] = []
    layouts: dict[str, None] = {}
    form: Form = {}
    synthetic = False
    for file in files:
        content = table(file)
        layout = fitting(file.name, content.header)
        layouts[layout.layout] = None
        fields = layout.fields(content.header)
        columns = {layout.names(field): kind for field, kind in zip(fields, content.kinds, strict=True) if field}
        form = joined(form, {f"{layout.layout}, {content.form}": columns | unread(fields.count(None))})
        for number, texts in content.rows:
            locator = {"locator_file": file.name, "locator_row": number}
            try:
                if texts is None:
                    raise _BrokenError("row", "does not go with the header")
                cells = {field: text.strip() for field, text in zip(fields, texts, strict=True) if field}
                cases.append(_case(locator | {"locator_cell": f"row {number}"}, cells, layout.words))
                synthetic = synthetic or plain(cells.get("synthetic", "")) in ("ja", "true")
            except _BrokenError as broken:
                field, rule = broken.args
                rejected.append({**locator, "field": "row" if field == "row" else layout.names(field), "rule": rule})
    companies = _companies(cases)
    rows = [
        row | {"company_key": company}
        for case, company in zip(cases, companies, strict=True)
        for row in _observations(case, manifest)
    ]
    yield reading(connection, rows, rejected, synthetic=synthetic, layout=", ".join(layouts), form=form)


def _case(locator: dict[str, Any], cells: Cells, words: Words) -> _Case:
    if not _CASE.fullmatch(cells["case"]):
        raise _BrokenError("case", "is no number of a case: letters, digits and ./_- with a digit among them")
    day = _day(cells["started"])
    sector = plain(cells.get("sector", ""))
    appeal = plain(cells.get("appeal", ""))
    row = locator | {
        "record_key": cells["case"],
        "period_start": day,
        "period_end": day,
        "law": _word("law", cells, words.law),
        "outcome": _word("outcome", cells, words.outcome),
        "sector": words.sector.get(sector, "unknown") if sector else "not_stated",
        # How a pending appeal is worded is not known for sure: a word that is not mapped may be one.
        "finality": words.appeal.get(appeal, "provisional") if appeal else "final",
    }
    counts = {"inspections": 1}
    for field in ("fines", "fine_amount"):
        if cells.get(field):
            counts[field] = _number(field, cells)
    places = {"inspection_place": cells["place"]} | ({"seat": cells["seat"]} if "seat" in cells else {})
    return _Case(row, counts, places, _company("company", cells, words), _company("company_number", cells, words))


def _day(text: str) -> date:
    found = _DAY.fullmatch(text)
    parts = found.groups() if found else ()
    if found := _DUTCH_DAY.fullmatch(text):
        parts = found.group("year", "month", "day")
    try:
        return date(*map(int, parts))
    except (TypeError, ValueError):
        raise _BrokenError("started", "is no date as 2024-02-29 or 29-2-2024") from None


def _word(field: Field, cells: Cells, words: Mapping[str, str]) -> str:
    try:
        return words[plain(cells[field])]
    except KeyError:
        raise _BrokenError(field, f"is not one of {', '.join(words)}") from None


def _number(field: Field, cells: Cells) -> int:
    found = _NUMBER.fullmatch(cells[field])
    if found is None:
        raise _BrokenError(field, "is no whole number of at most nine digits")
    return int(found[1])


def _company(field: Field, cells: Cells, words: Words) -> str:
    """A name or a number without what does not tell companies apart; empty where none is given."""
    named = plain(cells.get(field, ""))
    return "" if named in words.no_company else re.sub(r"\W", "", named)


def _companies(cases: list[_Case]) -> list[str | None]:
    """Of each case the first case of its company, numbered where that is the first of several companies.

    Where the delivery tells companies by number, a name alone may be that of any of them and tells none.
    """
    numbered = any(case.company_number for case in cases)
    named = [case.company_number if numbered else case.company for case in cases]
    first: dict[str, str] = {}
    for case, company in zip(cases, named, strict=True):
        first[company] = min(case.row["record_key"], first.get(company, case.row["record_key"]))
    first.pop("", None)
    keys: dict[str, str] = {}
    seen: Counter[str] = Counter()
    for company, key in first.items():
        seen[key] += 1
        keys[company] = key if seen[key] == 1 else f"{key}:{seen[key]}"
    return [keys.get(company) for company in named]


def _observations(case: _Case, manifest: Manifest) -> Iterator[dict[str, Any]]:
    shared = case.row | {
        "date_precision": "day",
        "measured_as": "flow",
        "universe": "inspectorate_public_register",
        "edition": str(manifest.reference_date),
        "version": manifest.sidecar.version,
        "bound_kind": "exact",
        "availability": "available",
    }
    for basis, place in case.places.items():
        for measure, count in case.counts.items():
            figure = {"value": float(count), "low": count, "high": count}
            unit = "euro" if measure == "fine_amount" else measure
            yield shared | _area(place) | figure | {"place_basis": basis, "measure": measure, "unit": unit}


def _area(place: str) -> dict[str, Any]:
    """Today's municipality of a place; of a name that several places share, the name and the municipalities."""
    codes = municipalities_of_place(place)
    shared = len(codes) > 1
    return {
        "area_type": "GM" if len(codes) == 1 else "unknown",
        "area_code": codes[0] if len(codes) == 1 else None,
        "area_name": place if shared else None,
        "area_candidates": list(codes) if shared else None,
    }
