"""Reads a snapshot of the public register of inspections from CSV, a row for each case.

A case becomes up to three observations, in three units that never mix: the inspection, its fines, their amount. The
place is where the inspection was. Employers' names do not pass: a figure needs none.
"""

from __future__ import annotations

import csv
import io
import re
from datetime import date
from typing import TYPE_CHECKING, Any

from pipelines.areas.names import municipalities_of_place
from pipelines.landing.deliveries import RefusedError
from pipelines.sources.observations import reading

if TYPE_CHECKING:
    from collections.abc import Iterator

    import duckdb

    from pipelines.landing.deliveries import Manifest
    from pipelines.sources.forms import DeliveredFile
    from pipelines.sources.reading import Reading

REQUIRED = (
    "zaaknummer", "controleplaats", "startdatum", "wet", "uitkomst", "besluitdatum", "aantal_boetes", "boetebedrag",
)  # fmt: skip
OUTCOMES = {"geen overtreding": "no_violation", "boete": "fine", "stillegging": "stop"}
LAWS = {"wav": "wav", "wml": "wml", "waadi": "waadi"}
_REMEDY = "Deliver CSV UTF-8 with semicolons and these columns: " + ", ".join(REQUIRED)


def read(connection: duckdb.DuckDBPyConnection, manifest: Manifest, files: list[DeliveredFile]) -> Iterator[Reading]:
    """Observations of one snapshot; see ``sources.reading``.

    Raises:
        RefusedError: no CSV in UTF-8, or a column is missing.
    """
    rows: list[dict[str, Any]] = []
    rejected: list[dict[str, Any]] = []
    synthetic = False
    for file in files:
        for number, case in _cases(file):
            locator = {"locator_file": file.name, "locator_row": number}
            broken = _broken(case)
            if broken:
                rejected.append({**locator, "field": broken[0], "rule": broken[1]})
                continue
            synthetic = synthetic or case.get("synthetisch") == "ja"
            rows += [{**locator, "locator_cell": f"row {number}", **one} for one in _observations(case, manifest)]
    yield reading(connection, rows, rejected, synthetic=synthetic)


def _cases(file: DeliveredFile) -> list[tuple[int, dict[str, str]]]:
    """Each case with the row it starts in; one with a line break in it takes several."""
    try:
        with io.TextIOWrapper(file.open(), encoding="utf-8-sig", newline="") as stream:
            lines = csv.DictReader(stream, delimiter=";", strict=True)
            lacking = [name for name in REQUIRED if name not in (lines.fieldnames or ())]
            if lacking:
                raise RefusedError(f"{file.name} row 1", f"columns are missing: {', '.join(lacking)}", _REMEDY)
            cases, row = [], lines.line_num + 1
            for case in lines:
                cases.append((row, case))
                row = lines.line_num + 1
            return cases
    except UnicodeDecodeError:
        raise RefusedError(file.name, "it is not UTF-8", _REMEDY) from None
    except csv.Error as error:
        raise RefusedError(file.name, f"it is no CSV ({error})", _REMEDY) from None


def _broken(case: dict[str, str]) -> tuple[str, str] | None:
    """The first field that cannot be read, and why."""
    if None in case or None in case.values():
        return "row", "has another number of columns than the header"
    if not case["zaaknummer"]:
        return "zaaknummer", "is empty"
    for name in ("startdatum", "besluitdatum"):
        try:
            date.fromisoformat(case[name])
        except ValueError:
            return name, "is no date as 2024-02-29"
    if case["wet"].lower() not in LAWS:
        return "wet", f"is not one of {', '.join(LAWS)}"
    if case["uitkomst"] not in OUTCOMES:
        return "uitkomst", f"is not one of {', '.join(OUTCOMES)}"
    for name in ("aantal_boetes", "boetebedrag"):
        if case[name] and not re.fullmatch(r"[0-9]{1,9}", case[name]):
            return name, "is no whole number of at most nine digits"
    return None


def _observations(case: dict[str, str], manifest: Manifest) -> list[dict[str, Any]]:
    code = municipality_of(case["controleplaats"])
    day = date.fromisoformat(case["startdatum"])
    shared = {
        "area_type": "GM" if code else "unknown",
        "area_code": code,
        "period_start": day,
        "period_end": day,
        "date_precision": "day",
        "measured_as": "flow",
        "law": LAWS[case["wet"].lower()],
        "outcome": OUTCOMES[case["uitkomst"]],
        "place_basis": "inspection_place",
        "record_key": case["zaaknummer"],
        "universe": "inspectorate_public_register",
        "edition": str(manifest.reference_date),
        "version": manifest.sidecar.version,
        "bound_kind": "exact",
        "availability": "available",
        "finality": "final",
    }
    counts = [("inspections", "inspections", 1)]
    if case["aantal_boetes"]:
        counts.append(("fines", "fines", int(case["aantal_boetes"])))
    if case["boetebedrag"]:
        counts.append(("fine_amount", "euro", int(case["boetebedrag"])))
    return [
        shared | {"measure": measure, "unit": unit, "value": float(count), "low": count, "high": count}
        for measure, unit, count in counts
    ]


def municipality_of(place: str) -> str | None:
    """The code of today's municipality a place lies in, where its name says so beyond doubt."""
    codes = municipalities_of_place(place)
    return codes[0] if len(codes) == 1 else None
