"""The catalogue: what the models must know beside the records, as small Parquet files in ``data/staged/catalogue``.

Deliveries and their standing, layouts and what confirmed them, universes and how they relate, where series break, data
gaps in the arrivals, the date of the run.
"""

from __future__ import annotations

from dataclasses import asdict, replace
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any

import polars as pl

from pipelines.landing.deliveries import Outcome, Snapshot, delivered, outcome, standing
from pipelines.landing.land import refusals
from pipelines.quality.gaps import Arrival, Gap, find_gaps
from pipelines.sources import SeriesBreak, Universe, UniversePair, all_layouts, all_sources
from pipelines.sources.fetching import all_outages

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from pydantic import BaseModel

    from pipelines.settings import Settings
    from pipelines.sources import Declaration

_TEXT: type[pl.DataType] = pl.String
_COUNT: type[pl.DataType] = pl.Int64
_DAY: type[pl.DataType] = pl.Date
_FLAG: type[pl.DataType] = pl.Boolean

DELIVERY: dict[str, type[pl.DataType] | pl.DataType] = {
    "delivery_id": _TEXT, "source": _TEXT, "scope": _TEXT, "reference_date": _DAY, "sequence": _COUNT,
    "version": _TEXT, "standing": _TEXT, "producer": _TEXT, "licence": _TEXT, "files": _TEXT, "bytes": _COUNT,
    "sha256": _TEXT, "landed_at": pl.Datetime("us"), "rows_read": _COUNT, "rows_accepted": _COUNT,
    "rows_rejected": _COUNT, "person_level": _FLAG, "layout": _TEXT, "message": _TEXT, "retain_until": _DAY,
    "synthetic": _FLAG,
}  # fmt: skip
GAP: dict[str, type[pl.DataType] | pl.DataType] = {
    "area_type": _TEXT, "area_code": _TEXT, "period_start": _DAY, "period_end": _DAY, "measure": _TEXT,
    "kind": _TEXT, "severity": _TEXT, "source": _TEXT, "opened": _DAY, "delivery_id": _TEXT,
    "explanation_nl": _TEXT, "explanation_en": _TEXT, "remedy_nl": _TEXT, "remedy_en": _TEXT, "synthetic": _FLAG,
}  # fmt: skip
LAYOUT: dict[str, type[pl.DataType] | pl.DataType] = {
    "source": _TEXT, "layout": _TEXT, "title_nl": _TEXT, "title_en": _TEXT, "source_address": _TEXT,
    "verified": _FLAG, "evidence_delivery_id": _TEXT, "evidence_date": _DAY,
}  # fmt: skip
EXPECTED: dict[str, type[pl.DataType] | pl.DataType] = {
    "source": _TEXT, "measure": _TEXT, "area": _TEXT, "due_after_days": _COUNT,
    "last_due_year": _COUNT, "has_cadence": _FLAG,
}  # fmt: skip
IN_STEP: dict[str, type[pl.DataType] | pl.DataType] = {"source": _TEXT, "other": _TEXT, "days": _COUNT}
SOURCE = dict.fromkeys(("source", "title_nl", "title_en", "owner", "remedy_nl", "remedy_en"), _TEXT)
SUM: dict[str, type[pl.DataType] | pl.DataType] = {
    "source": _TEXT, "layout": _TEXT, "sum": _TEXT, "edition": _TEXT, "version": _TEXT, "table_id": _TEXT,
    "dimension": _TEXT, "total": _TEXT, "part": _TEXT, "parts": _COUNT, "complete": _FLAG,
}  # fmt: skip


def arrivals(settings: Settings) -> list[Arrival]:
    """Every landed delivery with its standing and counts."""
    stands = standing(settings)
    result = []
    for snapshot in delivered(settings):
        read = outcome(settings, snapshot)
        result.append(
            Arrival(
                delivery_id=snapshot.id,
                source=snapshot.manifest.source,
                scope=snapshot.manifest.scope,
                reference_date=snapshot.manifest.reference_date,
                standing=stands[snapshot.id],
                rows_read=read.rows_read if read else 0,
                rows_rejected=read.rows_rejected if read else 0,
                message=_published_message(snapshot, read) if read else "",
                synthetic=snapshot.manifest.sidecar.synthetic,
                retain_until=snapshot.manifest.sidecar.retain_until,
            )
        )
    return result


def gaps(settings: Settings) -> list[Gap]:
    """The open gaps in the arrivals; one that nothing dates opens on the day of the run."""
    found = find_gaps(
        all_sources(),
        arrivals(settings),
        refusals(settings),
        all_outages(settings),
        settings.as_of,
        sample=settings.sample,
    )
    return [gap if gap.opened else replace(gap, opened=settings.as_of) for gap in found]


def expected(as_of: date) -> list[dict[str, Any]]:
    """What each source should have brought by a date: of every reporting year up to ``last_due_year``."""
    return [
        one.model_dump(include={"area", "due_after_days"})
        | {"source": source.source, "measure": measure, "has_cadence": source.cadence is not None}
        | {"last_due_year": (as_of - timedelta(days=one.due_after_days)).year - 1}
        for source in all_sources().values()
        for one in source.expects
        for measure in one.measures
    ]


def write_catalogue(settings: Settings) -> dict[str, int]:
    """Write the catalogue; return how many rows each table has."""
    stands, sources = standing(settings), all_sources().values()
    deliveries = [_delivery(settings, snapshot, stands[snapshot.id]) for snapshot in delivered(settings)]
    frames = {
        "run": pl.DataFrame({"as_of": [settings.as_of]}),
        "layout": pl.DataFrame(_layouts(settings), schema=LAYOUT),
        "delivery": pl.DataFrame(deliveries, schema=DELIVERY),
        "gap": pl.DataFrame([asdict(gap) for gap in gaps(settings)], schema=GAP),
        "expected": pl.DataFrame(expected(settings.as_of), schema=EXPECTED),
        "in_step": pl.DataFrame(_in_step(), schema=IN_STEP),
        "source": pl.DataFrame([one.model_dump(include=set(SOURCE)) for one in sources], schema=SOURCE),
        "sum": pl.DataFrame(_sums(), schema=SUM),
        "universe": _models(Universe, lambda one: one.universes),
        "universe_pair": _models(UniversePair, lambda one: one.universe_pairs),
        "series_break": _models(SeriesBreak, lambda one: one.series_breaks),
    }
    folder = settings.staged / "catalogue"
    folder.mkdir(parents=True, exist_ok=True)
    for name, frame in frames.items():
        fresh = folder / f".{name}"
        frame.write_parquet(fresh)
        fresh.replace(folder / f"{name}.parquet")
    return {name: frame.height for name, frame in frames.items()}


def _delivery(settings: Settings, snapshot: Snapshot, stands: str) -> dict[str, Any]:
    manifest, read = snapshot.manifest, outcome(settings, snapshot)
    source = all_sources()[manifest.source]
    return {
        "delivery_id": manifest.delivery_id,
        "source": manifest.source,
        "scope": manifest.scope,
        "reference_date": manifest.reference_date,
        "sequence": manifest.sidecar.sequence,
        "version": manifest.sidecar.version,
        "standing": stands,
        "producer": manifest.sidecar.producer,
        "licence": manifest.sidecar.licence or source.licence,
        # A file that names persons or companies may be named after one.
        "files": None if source.names_somebody else ", ".join(part.name for part in manifest.parts),
        # Whoever guesses the content, as of a small table of counts, would see by either that the guess is right.
        "bytes": None if source.is_confidential else sum(part.size for part in manifest.parts),
        "sha256": None if source.is_confidential else ", ".join(part.sha256 for part in manifest.parts),
        "landed_at": manifest.landed_at.replace(tzinfo=None),
        "rows_read": read.rows_read if read else None,
        "rows_accepted": read.rows_accepted if read else None,
        "rows_rejected": read.rows_rejected if read else None,
        "message": _published_message(snapshot, read) or None if read else None,
        "layout": (read.layout or None) if read else None,
        "person_level": source.person_level,
        "retain_until": manifest.sidecar.retain_until,
        "synthetic": manifest.sidecar.synthetic,
    }


def _published_message(snapshot: Snapshot, read: Outcome) -> str:
    """Why a delivery was refused; of one that names persons or companies without the place in its files.

    A file or a sheet may be named after a person, and the number of a row tells how many there are at least.
    """
    if not read.message or not all_sources()[snapshot.manifest.source].names_somebody:
        return read.message
    # An older program did not keep the place apart.
    return f"{snapshot.place}{read.message.removeprefix(read.where)}" if read.where else f"{snapshot.place}: refused"


def _layouts(settings: Settings) -> list[dict[str, Any]]:
    """Every layout, with the first real delivery that it could read: what confirms it."""
    evidence: dict[tuple[str, str], Snapshot] = {}
    for snapshot in delivered(settings):
        read = outcome(settings, snapshot)
        if read and read.status == "read" and _is_real(snapshot):
            for name in read.layout.split(", "):
                evidence.setdefault((snapshot.manifest.source, name), snapshot)
    rows = []
    for source, layouts in all_layouts().items():
        for layout in layouts:
            found = evidence.get((source, layout.layout))
            rows.append(
                layout.model_dump(include={"layout", "title_nl", "title_en", "source_address"})
                | {"source": source, "verified": layout.verified or found is not None}
                | {"evidence_delivery_id": found.id if found else None}
                | {"evidence_date": found.manifest.reference_date if found else None}
            )
    return rows


def _sums() -> list[dict[str, Any]]:
    """What adds up to what, a row for each part."""
    return [
        one.model_dump(exclude={"parts"})
        | {"source": source, "layout": layout.layout, "sum": f"{layout.layout}/{number}"}
        | {"edition": layout.edition or layout.layout, "version": layout.version}
        | {"part": part, "parts": len(one.parts)}
        for source, layouts in all_layouts().items()
        for layout in layouts
        for number, one in enumerate(layout.sums)
        for part in one.parts
    ]


def _in_step() -> list[dict[str, Any]]:
    return [
        {"source": source.source, "other": other, "days": days}
        for source in all_sources().values()
        for other, days in source.in_step_with.items()
    ]


def _is_real(snapshot: Snapshot) -> bool:
    """Whether a delivery shows what its publisher delivers: none that is made up, and of a download only its own."""
    sidecar = snapshot.manifest.sidecar
    is_own = sidecar.producer == "CBS" or not all_sources()[snapshot.manifest.source].fetched
    return is_own and not sidecar.synthetic


def _models(form: type[BaseModel], of: Callable[[Declaration], Iterable[BaseModel]]) -> pl.DataFrame:
    """What sources and their layouts declare of one kind."""
    kinds: dict[Any, type[pl.DataType]] = {int: _COUNT, date: _DAY, bool: _FLAG}
    fields = {name: kinds.get(field.annotation, _TEXT) for name, field in form.model_fields.items()}
    rows = [
        {"source": source.source, **row.model_dump()}
        for source in all_sources().values()
        for declaration in (source, *all_layouts().get(source.source, ()))
        for row in of(declaration)
    ]
    return pl.DataFrame(rows, schema={"source": _TEXT} | fields)
