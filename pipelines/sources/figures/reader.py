"""Reads figures that stand in published documents, from a CSV with one figure in a row.

How a figure was rounded is mostly unknown: the coarsest base that the digits of all figures of its table allow is
assumed, and said so. A figure may also be stated as bounds only ("more than three quarters").
"""

from __future__ import annotations

import csv
import io
import math
from collections import defaultdict
from datetime import date
from typing import TYPE_CHECKING, Any

from pipelines import records
from pipelines.landing.deliveries import RefusedError
from pipelines.sources import all_sources
from pipelines.sources.observations import count_bounds, reading, rounding_base, share_bounds

if TYPE_CHECKING:
    from collections.abc import Iterator

    import duckdb

    from pipelines.landing.deliveries import Manifest
    from pipelines.sources.forms import DeliveredFile
    from pipelines.sources.reading import Reading

COLUMNS = (
    "figure_id", "table_id", "measure", "universe", "area_type", "area_code", "period_start", "period_end",
    "date_precision", "measured_as", "motive", "origin_group", "law", "place_basis", "indicator", "value",
    "bound_low", "bound_high", "unit", "unit_name", "denominator", "fact", "quote", "document", "document_date",
)  # fmt: skip
_TAKEN_OVER = (
    "table_id", "measure", "universe", "area_type", "area_code", "date_precision", "measured_as", "motive",
    "origin_group", "law", "place_basis", "indicator", "unit", "unit_name", "denominator", "quote",
)  # fmt: skip
_REMEDY = "Correct the row; the columns are described in docs/own-data.md"


def read(connection: duckdb.DuckDBPyConnection, _manifest: Manifest, files: list[DeliveredFile]) -> Iterator[Reading]:
    """Observations of published figures; see ``sources.reading``.

    Raises:
        RefusedError: a column is missing, or a row breaks a rule; a list of citations is right or it is not.
    """
    figures = [(file.name, number, row) for file in files for number, row in _rows(file)]
    for name, number, row in figures:
        _check(f"{name} row {number}", row)
    _check_each_once(figures)
    values: dict[str, list[float]] = defaultdict(list)
    for _, _, row in figures:
        if row["value"] and row["unit"] != "percent":
            values[row["table_id"]].append(float(row["value"]))
    bases = {table: rounding_base(its_values) for table, its_values in values.items()}
    rows = [_observation(name, number, row, bases.get(row["table_id"], 1)) for name, number, row in figures]
    # Every cell is judged by the rule of its column.
    yield reading(connection, rows, [], form={"csv": dict.fromkeys(COLUMNS, "text")})


def _rows(file: DeliveredFile) -> list[tuple[int, dict[str, str]]]:
    try:
        with io.TextIOWrapper(file.open(), encoding="utf-8-sig", newline="") as stream:
            lines = csv.DictReader(stream, strict=True)
            if lines.fieldnames is None or tuple(lines.fieldnames) != COLUMNS:
                lacking = ", ".join(sorted(set(COLUMNS) - set(lines.fieldnames or ()))) or "another order"
                raise RefusedError(f"{file.name} row 1", f"the columns differ: {lacking}", _REMEDY)
            return list(enumerate(lines, start=2))
    except UnicodeDecodeError:
        raise RefusedError(file.name, "it is not UTF-8", "Save it as CSV UTF-8") from None
    except csv.Error as error:
        raise RefusedError(file.name, f"it is no CSV ({error})", "Save it as CSV UTF-8") from None


def _check(where: str, row: dict[str, str]) -> None:
    if None in row or None in row.values():
        raise RefusedError(where, "it has another number of columns than the header", _REMEDY)
    vocabulary = {column.name: column.values for column in records.load("observation").columns if column.values}
    for name in COLUMNS:
        words = vocabulary.get(name)
        if words and row[name] not in words and not (name == "place_basis" and row[name] == ""):
            raise RefusedError(where, f"{name} should be one of {', '.join(words)}", _REMEDY)
    universes = {universe.universe for universe in all_sources()["figures"].universes}
    if row["universe"] not in universes:
        raise RefusedError(where, f"universe should be one of {', '.join(sorted(universes))}", _REMEDY)
    if not row["quote"] or not row["document"]:
        raise RefusedError(where, "a figure without its quote or document is no evidence", _REMEDY)
    try:
        date.fromisoformat(row["period_start"]), date.fromisoformat(row["period_end"])
        numbers = [float(row[name]) for name in ("value", "bound_low", "bound_high") if row[name]]
    except ValueError:
        rule = "a date (as 2023-12-31) or a number (as 11.4) cannot be read"
        raise RefusedError(where, rule, _REMEDY) from None
    if not row["value"] and len(numbers) != 2:
        raise RefusedError(where, "it has neither a value nor two bounds", _REMEDY)
    if not all(math.isfinite(number) and number >= 0 for number in numbers):
        raise RefusedError(where, "a figure is a number from nought up", _REMEDY)
    if row["period_end"] < row["period_start"]:
        raise RefusedError(where, "its period ends before it starts", _REMEDY)
    if row["bound_low"] and row["bound_high"] and float(row["bound_low"]) > float(row["bound_high"]):
        raise RefusedError(where, "its lower bound is above its upper bound", _REMEDY)


def _check_each_once(figures: list[tuple[str, int, dict[str, str]]]) -> None:
    told: set[str] = set()
    for name, number, row in figures:
        if row["figure_id"] in told:
            raise RefusedError(f"{name} row {number}", f"figure_id {row['figure_id']} stands there twice", _REMEDY)
        told.add(row["figure_id"])


def _observation(name: str, number: int, row: dict[str, str], base: int) -> dict[str, Any]:
    value = float(row["value"]) if row["value"] else None
    if value is None:
        low, high = float(row["bound_low"]), float(row["bound_high"])
    elif row["unit"] == "percent" or not value.is_integer():
        low, high = share_bounds(value, len(row["value"].partition(".")[2]))
    else:
        low, high = count_bounds(value, base)
    return {column: row[column] or None for column in _TAKEN_OVER} | {
        "locator_file": name,
        "locator_cell": f"row {number}",
        "locator_row": number,
        "citation": f"{row['document']} ({row['document_date']})",
        "record_key": row["figure_id"],
        "indicator": row["fact"] if row["measure"] == "indicator" else None,
        "period_start": date.fromisoformat(row["period_start"]),
        "period_end": date.fromisoformat(row["period_end"]),
        "workplace_basis": "unknown" if row["measure"] == "workers" else None,
        "edition": row["document"],
        "version": "1",
        "value": value,
        "low": low,
        "high": high,
        "bound_kind": "rounding_assumed",
        "availability": "available",
        "finality": "final",
    }
