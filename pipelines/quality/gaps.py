"""Data gaps that show in the arrivals: what never came, is late or stale, was refused, expired, or has unreadable rows.

Pure functions of the declarations, the deliveries and a date. Gaps that show in the figures themselves are found in the
models (``int_gaps__``); the mart ``data_gap`` holds both. When which severity is given: docs/decisions/0023.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from typing import TYPE_CHECKING, Literal

from pipelines.landing.deliveries import TABLE
from pipelines.privacy.disclosure import count_in_words

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from pipelines.landing.land import Refusal
    from pipelines.sources import Source

Kind = Literal["missing", "late", "out_of_sync", "refused", "expired", "invalid_rows"]

_CAME = ("current", "expired")
"""Standings of a delivery that came and could be read, also where it may no longer be held."""


@dataclass(frozen=True)
class Arrival:
    """What the search for gaps needs to know of a delivery."""

    delivery_id: str
    source: str
    scope: str
    reference_date: date
    standing: str
    rows_read: int
    rows_rejected: int
    message: str
    synthetic: bool
    retain_until: date | None = None


@dataclass(frozen=True)
class Outage:
    """A download that failed, since when; what was downloaded before goes on to be used."""

    source: str
    scope: str
    since: date
    fault: str


@dataclass(frozen=True)
class Gap:
    """A row of ``data_gap``; ``opened`` is none where nothing but the first sight of it dates it."""

    area_type: str
    area_code: str | None
    period_start: date | None
    period_end: date | None
    measure: str
    kind: Kind
    severity: Literal["high", "medium", "low"]
    source: str
    opened: date | None
    delivery_id: str | None
    explanation_nl: str
    explanation_en: str
    remedy_nl: str
    remedy_en: str
    synthetic: bool

    @property
    def key(self) -> str:
        """What makes it the same gap tomorrow; neither its wording nor how many days it has been open."""
        parts = (self.area_type, self.area_code, self.period_start, self.measure, self.kind, self.source)
        return "|".join("" if part is None else str(part) for part in (*parts, self.delivery_id))


def find_gaps(
    sources: dict[str, Source],
    arrivals: list[Arrival],
    refusals: list[Refusal],
    outages: list[Outage],
    as_of: date,
    *,
    sample: bool,
) -> list[Gap]:
    """All gaps in the arrivals as of a date, in a stable order."""
    gaps = [
        *_missing(sources, arrivals, sample=sample),
        *_late(sources, arrivals, as_of),
        *_stale(sources, arrivals, as_of),
        *_refused(sources, arrivals, refusals, sample=sample),
        *_not_downloaded(arrivals, outages),
        *_expired(sources, arrivals),
        *_invalid(sources, arrivals),
    ]
    return sorted(gaps, key=lambda gap: gap.key)


def _missing(sources: dict[str, Source], arrivals: list[Arrival], *, sample: bool) -> Iterator[Gap]:
    delivered = {arrival.source for arrival in arrivals if arrival.standing in _CAME}
    for source in sources.values():
        if not source.expected or source.source in delivered:
            continue
        for measure in source.measures:
            yield Gap(
                "NL", "NL", None, None, measure, "missing", "high", source.source, None, None,
                f"Van de bron {source.title_nl} is nooit iets geleverd",
                f"Nothing was ever delivered of the source {source.title_en}",
                source.remedy_nl, source.remedy_en, sample,
            )  # fmt: skip


def _newest(arrivals: list[Arrival]) -> Iterable[Arrival]:
    """The newest delivery of each scope of a source."""
    came = sorted((one for one in arrivals if one.standing in _CAME), key=lambda one: one.reference_date)
    return {(one.source, one.scope): one for one in came}.values()


def _late(sources: dict[str, Source], arrivals: list[Arrival], as_of: date) -> Iterator[Gap]:
    for arrival in _newest(arrivals):
        source = sources[arrival.source]
        if source.cadence is None:
            continue
        expected = arrival.reference_date + timedelta(days=source.cadence.every_days)
        late_from = expected + timedelta(days=source.cadence.grace_days + 1)
        if as_of < late_from:
            continue
        for measure in source.measures:
            yield Gap(
                *area_of(arrival.scope), expected, expected, measure, "late", "medium", source.source, late_from, None,
                f"De jongste levering is van {arrival.reference_date}; een volgende werd verwacht van {expected}",
                f"The newest delivery is of {arrival.reference_date}; the next was expected of {expected}",
                source.remedy_nl, source.remedy_en, arrival.synthetic,
            )  # fmt: skip


def _stale(sources: dict[str, Source], arrivals: list[Arrival], as_of: date) -> Iterator[Gap]:
    for arrival in _newest(arrivals):
        source, day = sources[arrival.source], arrival.reference_date
        if source.cadence is None or source.cadence.stale_after_days is None:
            continue
        stale_from = day + timedelta(days=source.cadence.stale_after_days + 1)
        if as_of < stale_from:
            continue
        for measure in source.measures:
            yield Gap(
                *area_of(arrival.scope), day, day, measure, "out_of_sync", "medium", source.source, stale_from, None,
                f"De jongste levering is van {day}: meer dan {source.cadence.stale_after_days} dagen oud",
                f"The newest delivery is of {day}: more than {source.cadence.stale_after_days} days old",
                source.remedy_nl, source.remedy_en, arrival.synthetic,
            )  # fmt: skip


def _refused(
    sources: dict[str, Source], arrivals: list[Arrival], refusals: list[Refusal], *, sample: bool
) -> Iterator[Gap]:
    for refusal in {one.mark: one for one in refusals}.values():  # of several at one place nothing else may be told
        yield Gap(
            *area_of(refusal.scope), None, None, "all", "refused", "high", refusal.source, None, refusal.mark,
            "Een levering in de inbox is geweigerd; `zicht status` zegt welke en waarom",
            "A delivery in the inbox was refused; `zicht status` says which and why",
            "Verbeter de levering zoals `zicht status` zegt en laat haar op haar plaats in de inbox",
            "Mend the delivery as `zicht status` says and leave it at its place in the inbox", sample,
        )  # fmt: skip
    held = {(one.source, one.scope, one.reference_date) for one in arrivals if one.standing == "current"}
    for arrival in arrivals:
        if arrival.standing != "refused" or (arrival.source, arrival.scope, arrival.reference_date) in held:
            continue
        source = sources[arrival.source]
        for measure in source.measures:
            yield Gap(
                *area_of(arrival.scope), arrival.reference_date, arrival.reference_date, measure, "refused", "high",
                source.source, arrival.reference_date, arrival.delivery_id,
                f"De levering is geweigerd (reden in het Engels: {arrival.message})",
                f"The delivery was refused: {arrival.message}",
                "Verbeter het bestand en lever het opnieuw op dezelfde plaats, met zijn delivery.yml",
                "Mend the file and deliver it again at the same place, with its delivery.yml", arrival.synthetic,
            )  # fmt: skip


def _not_downloaded(arrivals: list[Arrival], outages: list[Outage]) -> Iterator[Gap]:
    newest = {(one.source, one.scope): one for one in arrivals if one.standing == "current"}
    for outage in outages:
        last = newest.get((outage.source, outage.scope))
        held_nl = f"de cijfers zijn die van {last.reference_date}" if last else "er is geen eerdere levering"
        held_en = f"the figures are those of {last.reference_date}" if last else "there is no earlier delivery"
        yield Gap(
            *area_of(outage.scope), None, None, "all", "late" if last else "missing", "medium" if last else "high",
            f"{outage.source} {outage.scope}", outage.since, last.delivery_id if last else None,
            f"De tabel is niet op te halen (reden in het Engels: {outage.fault}); {held_nl}",
            f"The table cannot be downloaded: {outage.fault}; {held_en}",
            "Niets als de bron morgen weer antwoordt; zet anders de tabel zelf in de inbox",
            "Nothing if the source answers again tomorrow; else put the table in the inbox yourself", False,
        )  # fmt: skip


def _expired(sources: dict[str, Source], arrivals: list[Arrival]) -> Iterator[Gap]:
    held = {(one.source, one.scope, one.reference_date) for one in arrivals if one.standing == "current"}
    for arrival in arrivals:
        if arrival.standing != "expired" or (arrival.source, arrival.scope, arrival.reference_date) in held:
            continue
        until = arrival.retain_until
        for measure in sources[arrival.source].measures:
            yield Gap(
                *area_of(arrival.scope), arrival.reference_date, arrival.reference_date, measure, "expired", "medium",
                arrival.source, until and until + timedelta(days=1), arrival.delivery_id,
                f"De levering mocht tot en met {until} worden bewaard en telt niet meer mee",
                f"The delivery could be held until {until} and counts no longer",
                "Vernieuw de grondslag en lever haar opnieuw, met een latere retain_until in delivery.yml",
                "Renew the ground and deliver it again, with a later retain_until in delivery.yml", arrival.synthetic,
            )  # fmt: skip


def _invalid(sources: dict[str, Source], arrivals: list[Arrival]) -> Iterator[Gap]:
    for arrival in arrivals:
        if arrival.standing != "current" or arrival.rows_rejected == 0:
            continue
        source = sources[arrival.source]
        for measure in source.measures:
            yield Gap(
                *area_of(arrival.scope), arrival.reference_date, arrival.reference_date, measure, "invalid_rows", "low",
                source.source, arrival.reference_date, arrival.delivery_id,
                f"Niet te lezen rijen: {_said(source, arrival.rows_rejected, 'minder dan')}",
                f"Rows that cannot be read: {_said(source, arrival.rows_rejected, 'fewer than')}",
                source.remedy_nl, source.remedy_en, arrival.synthetic,
            )  # fmt: skip


def _said(source: Source, rows: int, fewer_than: str) -> str:
    """A number of rows; of persons as it may be published of them."""
    return count_in_words(rows, fewer_than) if source.person_level else str(rows)


def area_of(scope: str) -> tuple[str, str | None]:
    """Area type and code of a delivery's scope; a region's own name is no code."""
    if scope == "NL" or TABLE.fullmatch(scope):  # a table covers the country
        return "NL", "NL"
    return ("GM", scope) if scope.isdecimal() else ("unknown", None)
