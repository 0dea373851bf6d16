"""A synthetic table of StatLine: residents by nationality, counted from the invented population, as kept pages.

Belongs here: the words and the form of such a table. Does not belong here: inventing persons (``generate``), and what
the words mean (``sources.statline``).
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from pipelines.sources.statline.pages import name_of, packed

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

TABLE = "85644NED"
VERSION = "2026-01-15T02:00:00+01:00"
_TITLE = "Bevolking naar nationaliteit, SYNTHETISCH VOORBEELD"
_EVERYBODY, _ALL_AGES, _BOTH = "T001059", "10000", "T001038"


def write_table(
    folder: Path, counts: Mapping[str, Mapping[str, int]], titles: Mapping[str, str], year: int
) -> list[Path]:
    """Write the pages of the table and return them.

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
        "RegioS": ("GeoDimension", [("NL01", "Nederland"), *((f"GM{code}", f"GM{code}") for code in counts)]),
        "Perioden": ("TimeDimension", [(f"{year}JJ00", str(year))]),
    }
    observations = [
        {"Id": number, "Measure": "M000352", "ValueAttribute": "None", "Value": float(value), "StringValue": None}
        | {"Geslacht": _BOTH, "Leeftijd": _ALL_AGES, "Nationaliteit": nationality}
        | {"RegioS": area, "Perioden": f"{year}JJ00"}
        for number, (area, nationality, value) in enumerate(_cells(counts, titles))
    ]
    pages: dict[str, Any] = {
        "Properties": {
            "Identifier": TABLE, "Title": _TITLE, "Modified": VERSION, "Status": "Regulier",
            "ObservationCount": len(observations),
        },
        "Dimensions": [
            {"Identifier": name, "Title": name, "Kind": kind} for name, (kind, _) in dimensions.items()
        ],
        "MeasureCodes": [{"Identifier": "M000352", "Title": "Bevolking op 1 januari", "Unit": "aantal", "Decimals": 0}],
        "Observations": observations,
    } | {
        f"{name}Codes": [
            {"Identifier": code, "Title": title, "Description": "", "Status": "Voorlopig"} for code, title in codes
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


def _cells(counts: Mapping[str, Mapping[str, int]], titles: Mapping[str, str]) -> Iterator[tuple[str, str, int]]:
    """Area, nationality and count of every cell, the country first."""
    nationalities = {code for of_municipality in counts.values() for code in of_municipality}
    country = {code: sum(one.get(code, 0) for one in counts.values()) for code in nationalities}
    for area, here in [("NL01", country), *((f"GM{code}", one) for code, one in counts.items())]:
        yield area, _EVERYBODY, sum(here.values())
        for code in titles:
            yield area, f"NAT{code}", here.get(code, 0)
