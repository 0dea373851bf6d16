"""Reads a register of municipal indicators, and of what was promised to a council, from the templates of both.

An indicator gives a figure and perhaps a baseline and a target, which are observations of their own. Without stated
bounds, the coarsest base that the digits of all figures of its document allow is assumed.
"""

from __future__ import annotations

from collections import defaultdict
from functools import cache
from typing import TYPE_CHECKING, Any

from pipelines.sources import all_sources
from pipelines.sources.observations import count_bounds, reading, rounding_base, share_bounds
from pipelines.sources.templates import PERIOD_COLUMNS, Line, Number, Template, form_of, lines

if TYPE_CHECKING:
    from collections.abc import Iterator

    import duckdb

    from pipelines.landing.deliveries import Manifest
    from pipelines.sources.forms import DeliveredFile
    from pipelines.sources.reading import Reading

INDICATORS = Template(
    "Indicatoren",
    (
        "gemeente", "gebied", "indicator-id", "indicator", "domein", "definitie", "eenheid", "noemer",
        *PERIOD_COLUMNS, "waarde", "ondergrens", "bovengrens", "uitgangswaarde", "streefwaarde", "richting",
        "deel van", "document", "datum", "citaat", "populatie",
    ),
    ("gemeente", "indicator-id", "indicator", "domein", "eenheid", "document", "citaat"),
)  # fmt: skip
COMMITMENTS = Template(
    "Toezeggingen",
    (
        "gemeente", "nummer", "soort", "tekst", "status", "vervaldatum", *PERIOD_COLUMNS, "indicator-id",
        "document", "datum", "citaat", "populatie",
    ),
    ("gemeente", "nummer", "soort", "document", "citaat"),
)  # fmt: skip

TEMPLATES = (INDICATORS, COMMITMENTS)

_UNITS = {
    "personen": "persons", "banen": "jobs", "%": "percent", "procent": "percent", "boetes": "fines",
    "bedrijven": "companies", "euro": "euro", "locaties": "locations", "plaatsen": "places",
}  # fmt: skip
_DIRECTIONS = {"minstens": "at_least", "hoogstens": "at_most"}
_KINDS = {"motie": "motion", "toezegging": "promise", "aandachtspunt": "point_of_attention"}
_STATUSES = {
    "open": "open", "in uitvoering": "in_progress", "afgerond": "done", "verworpen": "rejected", "onbekend": "unknown"
}  # fmt: skip

Row = dict[str, Any]


def read(connection: duckdb.DuckDBPyConnection, manifest: Manifest, files: list[DeliveredFile]) -> Iterator[Reading]:
    """Observations of indicators, with their baselines and targets, and of commitments; see ``sources.reading``.

    Raises:
        RefusedError: a row breaks a rule; a register is right or it is not.
    """
    found = [line for file in files for line in lines(file, *TEMPLATES)]
    figures = [line for line in found if line.template is INDICATORS]
    bases = _bases(figures)
    rows = [row for line in figures for row in _indicator(line, bases[line["document"]], manifest)]
    rows += [_commitment(line, manifest) for line in found if line.template is COMMITMENTS]
    _check_each_once(found, rows)
    _check_units(figures)
    _check_parts(figures, rows)
    synthetic = any("synthetisch" in line["document"].casefold() for line in found)
    yield reading(connection, rows, [], synthetic=synthetic, form=form_of(found))


def _bases(figures: list[Line]) -> dict[str, int]:
    """To which base the figures of each document are taken to be rounded."""
    values: dict[str, list[float]] = defaultdict(list)
    for line in figures:
        numbers = [line.number(column) for column in ("waarde", "uitgangswaarde")]
        values[line["document"]] += [one.value for one in numbers if one and not _is_share(line, one)]
    return {document: rounding_base(its_values) for document, its_values in values.items()}


def _is_share(line: Line, number: Number) -> bool:
    return _unit(line) == "percent" or number.decimals > 0


def _unit(line: Line) -> str:
    return _UNITS.get(line["eenheid"].casefold(), "other")


def _indicator(line: Line, base: int, manifest: Manifest) -> Iterator[Row]:
    """The figure, its baseline and its target.

    Raises:
        RefusedError: the row breaks a rule.
    """
    number = line.share if _unit(line) == "percent" else line.number
    value, low, high, baseline, target = (
        number(column) for column in ("waarde", "ondergrens", "bovengrens", "uitgangswaarde", "streefwaarde")
    )
    if _unit(line) == "percent" and not line["noemer"]:
        raise line.refused("a share names in noemer what it is a share of")
    if bool(target) != bool(line["richting"]):
        raise line.refused("a streefwaarde goes with a richting: minstens or hoogstens")
    if bool(low) != bool(high) or not (value or low):
        raise line.refused("it has neither a waarde nor an ondergrens and a bovengrens")
    if low and high and not low.value <= (value or low).value <= high.value:
        raise line.refused("its ondergrens, waarde and bovengrens are not in this order")
    period = line.period(manifest.reference_date)
    area = line.of_scope(line.area("gebied", period["period_end"]), manifest.scope)
    shared = _shared(line) | period | area
    shared |= {
        "record_key": line["indicator-id"],
        "indicator": line["indicator"],
        "domain": line["domein"],
        "definition": line["definitie"] or None,
        "unit": _unit(line),
        "unit_name": line["eenheid"],
        "denominator": line["noemer"] or None,
        "bound_kind": "rounding_assumed",
    }
    bounds = (low.value, high.value) if low and high else _bounds(line, value, base)
    yield shared | _interval(value, bounds) | {"measure": "indicator", "part_of": line["deel van"] or None}
    if baseline:
        yield shared | _interval(baseline, _bounds(line, baseline, base)) | {"measure": "baseline"}
    if target:
        aim = {"measure": "target", "direction": line.word("richting", _DIRECTIONS), "bound_kind": "exact"}
        yield shared | _interval(target, (target.value, target.value)) | aim


def _bounds(line: Line, number: Number | None, base: int) -> tuple[float, float]:
    assert number is not None  # noqa: S101 - a figure without bounds has a value
    if _is_share(line, number):
        return share_bounds(number.value, number.decimals)
    return count_bounds(number.value, base)


def _interval(number: Number | None, bounds: tuple[float, float]) -> Row:
    return {"value": number.value if number else None, "low": bounds[0], "high": bounds[1]}


def _commitment(line: Line, manifest: Manifest) -> Row:
    """A motion, promise or point of attention; a text that the source does not give is absent.

    Raises:
        RefusedError: the row breaks a rule.
    """
    period = line.period(manifest.reference_date)
    area = line.of_scope(line.municipality(period["period_end"]), manifest.scope)
    return _shared(line) | period | area | {
        "measure": "commitment",
        "record_key": line["nummer"],
        "commitment": line.word("soort", _KINDS),
        "definition": line["tekst"] or None,
        "status": line.word("status", _STATUSES, "unknown"),
        "due": line.day("vervaldatum"),
        "indicator": line["indicator-id"] or None,
        "unit": "other",
        "value": 1.0,
        "low": 1.0,
        "high": 1.0,
        "bound_kind": "exact",
    }  # fmt: skip


def _shared(line: Line) -> Row:
    universe = line["populatie"] or "municipal_register"
    if universe not in _universes():
        raise line.refused(f"populatie should be empty or one of {', '.join(sorted(_universes()))}")
    return dict(line.locator) | {
        "measured_as": "unknown",
        "quote": line["citaat"],
        "citation": f"{line['document']} ({line['datum']})" if line["datum"] else line["document"],
        "universe": universe,
        "edition": line["document"],
        "version": "1",
        "availability": "available",
        "finality": "final",
    }


@cache
def _universes() -> frozenset[str]:
    return frozenset(one.universe for source in all_sources().values() for one in source.universes)


def _place(row: Row) -> tuple[Any, ...]:
    """Of whom, of which area and period a row tells."""
    names = ("universe", "area_type", "area_code", "area_name", "period_start", "period_end")
    return tuple(row.get(name) for name in names)


def _check_each_once(found: list[Line], rows: list[Row]) -> None:
    where = {(line.locator["locator_file"], line.locator["locator_row"]): line for line in found}
    told = set()
    for row in rows:
        key = (row["measure"], row["record_key"], *_place(row))
        if key in told:
            raise where[row["locator_file"], row["locator_row"]].refused("it is of an area and a period told before")
        told.add(key)


def _check_units(figures: list[Line]) -> None:
    units: dict[str, str] = {}
    for line in figures:
        unit = units.setdefault(line["indicator-id"], line["eenheid"])
        if unit != line["eenheid"]:
            raise line.refused(f"indicator {line['indicator-id']} was in {unit}: another eenheid is another indicator")


def _check_parts(figures: list[Line], rows: list[Row]) -> None:
    """A funnel stays within one unit, and no part is more than its whole."""
    wholes = {line["indicator-id"]: line for line in figures}
    told = {(row["record_key"], *_place(row)): row for row in rows if row["measure"] == "indicator"}
    for line, part in zip(figures, told.values(), strict=True):
        if not line["deel van"]:
            continue
        whole = wholes.get(line["deel van"])
        if whole is None or line["deel van"] == line["indicator-id"]:
            raise line.refused(f"deel van names no other indicator of this register: {line['deel van']}")
        if (whole["eenheid"], whole["noemer"]) != (line["eenheid"], line["noemer"]):
            raise line.refused("a part has the eenheid (and noemer) of its whole")
        beside = told.get((line["deel van"], *_place(part)))
        if beside and part["low"] > beside["high"]:
            raise line.refused(f"a part is not more than its whole, {line['deel van']}")
