"""Synthetic tables of StatLine as kept pages: residents by nationality, counted from the invented population, and the
inhabitants of municipalities.

Belongs here: the words and the form of such tables. Does not belong here: inventing persons (``generate``), and what
the words mean (``sources.statline``).
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from pipelines.sources.statline.pages import name_of, packed

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping
    from pathlib import Path

RESIDENTS, INHABITANTS = "85644NED", "70072ned"
VERSION = "2026-01-15T02:00:00+01:00"
_EVERYBODY, _ALL_AGES, _BOTH = "T001059", "10000", "T001038"
_COUNTRY = "NL01"

Cell = tuple[dict[str, str], float]
"""The codes of a cell by dimension and measure, and its value."""


def write_residents(
    folder: Path, counts: Mapping[str, Mapping[str, int]], titles: Mapping[str, str], year: int
) -> list[Path]:
    """Write residents by nationality and return the pages.

    Args:
        folder: of the delivery.
        counts: of each municipality (four digits) its residents by nationality (Tabel 32).
        titles: StatLine's word for each nationality that the table gives; others stand in the totals alone.
        year: the figures are of 1 January of it.
    """
    dimensions = {
        "Geslacht": ("Dimension", [(_BOTH, "Totaal mannen en vrouwen")]),
        "Leeftijd": ("Dimension", [(_ALL_AGES, "Totaal")]),
        "Nationaliteit": (
            "Dimension",
            [(_EVERYBODY, "Totaal"), *((f"NAT{code}", word) for code, word in titles.items())],
        ),
    } | _places(counts, year)
    cells = (
        (
            {"Geslacht": _BOTH, "Leeftijd": _ALL_AGES, "Nationaliteit": nationality, "RegioS": area, "Measure": "M1"},
            value,
        )
        for area, nationality, value in _by_nationality(counts, titles)
    )
    title = "Bevolking naar nationaliteit, SYNTHETISCH VOORBEELD"
    return _write(folder, RESIDENTS, title, dimensions, {"M1": "Bevolking op 1 januari"}, cells, year)


def write_inhabitants(
    folder: Path, inhabitants: Mapping[str, int], per_km2: Mapping[str, int], year: int
) -> list[Path]:
    """Write inhabitants and density of each municipality (four digits) on 1 January and return the pages."""
    cells = [({"RegioS": _COUNTRY, "Measure": "M1"}, sum(inhabitants.values()))]
    for measure, values in (("M1", inhabitants), ("M2", per_km2)):
        cells += [({"RegioS": f"GM{code}", "Measure": measure}, value) for code, value in values.items()]
    title = "Regionale kerncijfers, SYNTHETISCH VOORBEELD"
    measures = {"M1": "Totale bevolking", "M2": "Bevolkingsdichtheid"}
    return _write(folder, INHABITANTS, title, _places(inhabitants, year), measures, cells, year)


def _places(codes: Mapping[str, object], year: int) -> dict[str, tuple[str, list[tuple[str, str]]]]:
    return {
        "RegioS": ("GeoDimension", [(_COUNTRY, "Nederland"), *((f"GM{code}", f"GM{code}") for code in codes)]),
        "Perioden": ("TimeDimension", [(f"{year}JJ00", str(year))]),
    }


def _by_nationality(
    counts: Mapping[str, Mapping[str, int]], titles: Mapping[str, str]
) -> Iterator[tuple[str, str, int]]:
    """Area, nationality and count of every cell, the country first."""
    nationalities = {code for of_municipality in counts.values() for code in of_municipality}
    country = {code: sum(one.get(code, 0) for one in counts.values()) for code in nationalities}
    for area, here in [(_COUNTRY, country), *((f"GM{code}", one) for code, one in counts.items())]:
        yield area, _EVERYBODY, sum(here.values())
        for code in titles:
            yield area, f"NAT{code}", here.get(code, 0)


def _write(
    folder: Path,
    table: str,
    title: str,
    dimensions: Mapping[str, tuple[str, list[tuple[str, str]]]],
    measures: Mapping[str, str],
    cells: Iterable[Cell],
    year: int,
) -> list[Path]:
    observations = [
        {"Id": number, "ValueAttribute": "None", "Value": float(value), "StringValue": None}
        | {"Perioden": f"{year}JJ00"} | codes
        for number, (codes, value) in enumerate(cells)
    ]  # fmt: skip
    pages: dict[str, Any] = {
        "Properties": {
            "Identifier": table, "Title": title, "Modified": VERSION, "Status": "Regulier",
            "ObservationCount": len(observations),
        },
        "Dimensions": [
            {"Identifier": name, "Title": name, "Kind": kind} for name, (kind, _) in dimensions.items()
        ],
        "MeasureCodes": [
            {"Identifier": code, "Title": word, "Unit": "aantal", "Decimals": 0} for code, word in measures.items()
        ],
        "Observations": observations,
    } | {
        f"{name}Codes": [
            {"Identifier": code, "Title": word, "Description": "", "Status": "Voorlopig"} for code, word in codes
        ]
        for name, (_, codes) in dimensions.items()
    }  # fmt: skip
    written = []
    for entity, content in pages.items():
        body = content if isinstance(content, dict) else {"value": content}
        if entity == "Observations":
            body = {"@odata.count": len(observations)} | body
        path = folder / name_of(entity, 1)
        path.write_bytes(packed(json.dumps(body, ensure_ascii=False).encode()))
        written.append(path)
    return written
