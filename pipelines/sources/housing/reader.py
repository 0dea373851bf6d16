"""Reads where labour migrants lodge, from a template with a row for each location, or for a total of locations.

Each count is an observation. An empty cell is unknown and not nought. No address and no name of a person is taken in.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pipelines.sources.observations import reading
from pipelines.sources.templates import Line, Template, form_of, lines

if TYPE_CHECKING:
    from collections.abc import Iterator

    import duckdb

    from pipelines.landing.deliveries import Manifest
    from pipelines.sources.forms import DeliveredFile
    from pipelines.sources.reading import Reading

HOUSING = Template(
    "Huisvesting",
    (
        "gemeente", "buurt", "jaar", "peildatum", "soort", "locaties", "vergunde plaatsen", "bezette plaatsen",
        "vergunning", "controles", "overbewoonde locaties", "meldingen overbewoning", "bron",
    ),
    ("gemeente", "bron"),
)  # fmt: skip

TEMPLATES = (HOUSING,)

_KINDS = {
    "grootschalig": "large_scale", "woning": "dwelling", "recreatie": "recreation", "bij werkgever": "employer_site",
    "anders": "other", "onbekend": "unknown",
}  # fmt: skip
_COUNTS = {
    "vergunde plaatsen": ("places_permitted", "places"),
    "bezette plaatsen": ("places_occupied", "places"),
    "controles": ("lodging_inspections", "inspections"),
    "overbewoonde locaties": ("over_occupied", "locations"),
    "meldingen overbewoning": ("over_occupation_reports", "other"),
}

Row = dict[str, Any]


def read(connection: duckdb.DuckDBPyConnection, manifest: Manifest, files: list[DeliveredFile]) -> Iterator[Reading]:
    """Observations of lodging; see ``sources.reading``.

    Raises:
        RefusedError: a row breaks a rule.
    """
    found = [line for file in files for line in lines(file, *TEMPLATES)]
    delivered = {"edition": str(manifest.reference_date), "version": manifest.sidecar.version}
    rows = [row | delivered for line in found for row in _observations(line, manifest)]
    synthetic = any("synthetisch" in line["bron"].casefold() for line in found)
    yield reading(connection, rows, [], synthetic=synthetic, form=form_of(found))


def _observations(line: Line, manifest: Manifest) -> Iterator[Row]:
    period = line.period(manifest.reference_date)
    area = line.of_scope(line.area("buurt", period["period_end"]), manifest.scope)
    if area["area_type"] in ("NL", "unknown"):
        raise line.refused("housing is of a municipality")
    shared = dict(line.locator) | period | area
    shared |= {
        "measured_as": "stock" if line["peildatum"] else "unknown",
        "lodging": line.word("soort", _KINDS, "unknown"),
        "citation": line["bron"],
        "universe": "municipal_lodging",
        "finality": "final",
    }
    locations = line.count("locaties") if line["locaties"] else 1.0
    counts = {measure: (unit, line.count(column)) for column, (measure, unit) in _COUNTS.items()}
    counts["lodging_locations"] = "locations", locations
    counts["licences"] = "other", _licences(line, locations)
    if (counts["over_occupied"][1] or 0) > (locations or 0):
        raise line.refused("more locations are over-occupied than there are")
    for measure, (unit, count) in counts.items():
        known = count is not None
        yield shared | {
            "measure": measure,
            "unit": unit,
            "value": count,
            "low": count if known else 0.0,
            "high": count,
            "bound_kind": "exact" if known else "none",
            "availability": "available" if known else "missing",
        }


def _licences(line: Line, locations: float | None) -> float | None:
    """How many licences: a number, or one for each location, or none."""
    answer = line["vergunning"].casefold()
    if answer in ("", "onbekend"):
        return None
    return {"ja": locations, "nee": 0.0}[answer] if answer in ("ja", "nee") else line.count("vergunning")
