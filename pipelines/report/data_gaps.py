"""The data-gap report: what is missing or cannot be trusted, since when, and who can mend it.

Belongs here: putting equal gaps together and naming them in Dutch, and beside them estimates of the country that were
refused. Does not belong here: finding gaps (``quality.gaps`` and the models), or since when they are open
(``quality.gap_history``).
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from functools import cache
from itertools import takewhile
from typing import TYPE_CHECKING, Any

from pipelines.report.site import Page
from pipelines.report.words import Words
from pipelines.sources import all_sources

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping

    from pipelines.report.facts import Facts, Row

SEVERITIES = {
    "high": ("hoog", "high", "Gebruik het cijfer niet, of doe het zonder."),
    "medium": ("middel", "medium", "Gebruik het cijfer met wat het datahiaat erbij zegt."),
    "low": ("laag", "low", "Gebruik de rest van de cijfers zoals die is."),
}
"""In Dutch and English, and what a reader should do; worst first."""
KINDS = {
    "contradiction": ("tegenspraak", "contradiction"),
    "refused": ("levering geweigerd", "refused"),
    "missing": ("ontbreekt", "missing"),
    "implausible": ("onaannemelijk", "implausible"),
    "late": ("te laat", "late"),
    "out_of_sync": ("loopt niet in de pas", "out of sync"),
    "expired": ("bewaartermijn voorbij", "expired"),
    "broken_series": ("breuk in de reeks", "broken series"),
    "lower_bound": ("alleen een ondergrens", "lower bound"),
    "unknown_code": ("onbekende code of plaats", "unknown code"),
    "suppressed": ("niet gepubliceerd door de bron", "suppressed"),
    "invalid_rows": ("onleesbare rijen", "invalid rows"),
    "register_control": ("controle van de registers", "register control"),
}
MEASURES = {
    "workers": "werkzame personen",
    "residents": "ingezetenen",
    "non_residents": "niet-ingezetenen",
    "gap": "verschil werken–ingeschreven",
    "arrivals": "vestigingen",
    "departures": "vertrek",
    "inhabitants": "inwoners",
    "inhabitants_moved": "inwoners die van gemeente wisselden door een grenswijziging",
    "inhabitants_per_km2": "inwoners per vierkante kilometer",
    "lies_in": "in welk gebied een gemeente ligt",
    "borders": "gemeentegrenzen",
    "migrants": "migranten",
    "all motives": "migranten naar motief",
    "share_of_migrants": "aandeel van de migranten",
    "share_of_motive": "aandeel van het motief",
    "share_of_population": "aandeel van de bevolking",
    "inspections": "inspecties",
    "fines": "boetes",
    "fine_amount": "bedrag van de boetes",
    "companies": "geïnspecteerde bedrijven",
    "indicator": "indicatoren",
    "baseline": "uitgangswaarden",
    "target": "streefwaarden",
    "commitment": "moties, toezeggingen en aandachtspunten",
    "lodging_locations": "huisvestingslocaties",
    "places_permitted": "vergunde plaatsen",
    "places_occupied": "bezette plaatsen",
    "licences": "vergunningen voor huisvesting",
    "lodging_inspections": "controles van huisvesting",
    "over_occupied": "overbewoonde locaties",
    "over_occupation_reports": "meldingen van overbewoning",
    "overlap": "personen naar de lijsten waarop zij staan",
    "possibly_due": "mogelijk aan inschrijving toe",
    "temporary_address_expired": "verlopen tijdelijke adressen",
    "established_absent": "vastgesteld niet op het adres",
    "abroad_country_is_dutch": "vertrokken met Nederland als land",
    "double_record": "dubbele persoonslijsten",
    "two_municipalities": "ingezetene van twee gemeenten",
    "birth_year_impossible": "onmogelijke geboortejaren",
    "suspended_without_date": "opgeschort zonder datum",
    "crowded_address": "adressen met veel personen",
    "stale_rni_record": "ingezetenen met een open RNI-registratie",
}
"""What a gap is about; the number of an indicator stands for itself."""
OWNERS = {
    "data team of the municipality": "het datateam van de gemeente",
    "housing department of the municipality": "de afdeling huisvesting van de gemeente",
    "policy officer of the municipality": "de beleidsmedewerker van de gemeente",
    "zicht": "de makers van zicht",
}
_WORDS = Words("nl")
_SHOWN_CLOSED = 30
_ORDER = "opened, area_type desc, area_code, period_start, measure, explanation_nl"
_SAME = ("severity", "kind", "measure", "source", "owner", "remedy_nl", "synthetic", "closed")
"""What equal gaps have in common."""


def pages(facts: Facts) -> Iterator[Page]:
    """The report as a page and as a PDF."""
    told = report(facts)
    yield Page(path="datahiaten.html", template="data_gaps.html", content=told)
    yield Page(path="datahiaten.pdf", template="data_gaps.typ", content=told)


def report(facts: Facts) -> dict[str, Any]:
    """What the report tells: counts, open gaps by severity, municipalities, and what closed last."""
    order = list(KINDS)
    gaps = sorted(
        facts.rows(f"from data_gap where closed is null order by {_ORDER}"),
        key=lambda row: order.index(row["kind"]) if row["kind"] in order else len(order),
    )
    gone = facts.rows(f"from data_gap where closed is not null order by closed desc, {_ORDER}")
    return {
        "count": len(gaps),
        "severities": [
            {"name": nl, "en": en, "means": means}
            | {"groups": grouped(facts, [row for row in gaps if row["severity"] == severity])}
            for severity, (nl, en, means) in SEVERITIES.items()
        ],
        "kinds": _counted(gaps, lambda row: kind_of(row["kind"])),
        "sources": _counted(gaps, lambda row: source_of(row["source"].partition(":")[0])),
        "owners": _counted(gaps, lambda row: owner_of(row["owner"])),
        "municipalities": _by_municipality(facts, gaps),
        "refused": list(_refused(facts)),
        "closed": grouped(facts, gone)[:_SHOWN_CLOSED],
    }


def grouped(facts: Facts, rows: Iterable[Row]) -> list[dict[str, Any]]:
    """Equal gaps together, in the order in which they come; those of a group by the day they opened.

    Args:
        facts: of the release, for the names of areas.
        rows: of ``data_gap``.

    Returns:
        of each group ``what`` is missing (several, if all else is the same), ``kind``, ``source``, ``text``,
        ``period``, ``since``, ``closed``, ``owner``, ``remedy`` and ``synthetic``, in Dutch, and its ``places``: names
        of areas by what is told of these alone.
    """
    equal: dict[tuple[Any, ...], list[Row]] = defaultdict(list)
    for row in rows:
        equal[tuple(row[name] for name in _SAME)].append(row)
    found: list[dict[str, Any]] = []
    for same in equal.values():
        group, what = _group(same, facts.area_names), measure_of(same[0]["measure"])
        if twin := next((one for one in found if one == group | {"what": one["what"]}), None):
            twin["what"].append(what)
        else:
            found.append(group | {"what": [what]})
    return found


def worst_first(rows: Iterable[Row]) -> list[Row]:
    """Gaps by their severity, and otherwise in the order in which they come."""
    order = list(SEVERITIES)
    return sorted(rows, key=lambda row: order.index(row["severity"]))


def measure_of(measure: str) -> str:
    """What a gap is about, in Dutch."""
    return MEASURES.get(measure, measure) or "onbekend"  # a heading without words is not accessible


def kind_of(kind: str) -> str:
    """A kind of gap in Dutch."""
    return KINDS[kind][0] if kind in KINDS else kind


def owner_of(owner: str | None) -> str:
    """Who can mend a gap, in Dutch."""
    return OWNERS.get(owner, owner) if owner else "onbekend"


def source_of(source: str) -> str:
    """A source as people call it; what a gap says behind its name stays."""
    titles = _titles()
    return re.sub("[a-z0-9_]+", lambda one: titles.get(one[0], one[0]), source, count=2)


@cache
def _titles() -> dict[str, str]:
    """Titles of sources and of their universes."""
    sources = all_sources()
    titles = {one.universe: one.title_nl for declared in sources.values() for one in declared.universes}
    return titles | {name: declared.title_nl for name, declared in sources.items()}


def _refused(facts: Facts) -> Iterator[str]:
    """Estimates of the whole country that are not given, and why: one line for each reason."""
    rows = facts.rows(
        "select measure, universe, explanation_nl, list(distinct period_start::varchar order by 1) as starts,"
        " list(distinct period_end::varchar order by 1) as ends from estimate"
        " where area_type = 'NL' and refused_because is not null group by all order by measure desc, universe"
    )
    for row in rows:
        periods = ", ".join(dict.fromkeys(map(_WORDS.period, row["starts"], row["ends"])))
        why = row["explanation_nl"].rstrip(".")
        yield f"{measure_of(row['measure'])}, {periods} ({source_of(row['universe'])}): {why}."


def _group(same: list[Row], places: Mapping[tuple[str, str | None], str]) -> dict[str, Any]:
    first, text = same[0], _shared([row["explanation_nl"] for row in same])
    days = sorted({row["opened"] for row in same})
    periods = {_WORDS.period(row["period_start"], row["period_end"]) for row in same}
    shared = periods.pop() if len(periods) == 1 else None
    told: dict[str, list[str]] = defaultdict(list)
    for row in same:
        period = _WORDS.period(row["period_start"], row["period_end"]) if shared is None else ""
        detail = ": ".join(one for one in (period, row["explanation_nl"][len(text) :].strip()) if one)
        told[detail].append(places.get((row["area_type"], row["area_code"]), "gebied onbekend"))
    return {
        "kind": kind_of(first["kind"]),
        "source": source_of(first["source"]),
        "text": text if text.endswith(":") else f"{text}.",
        "period": shared or "",
        "since": _WORDS.day(days[0]) + (f" (de laatste sinds {_WORDS.day(days[-1])})" if days[1:] else ""),
        "closed": _WORDS.day(first["closed"]) if first["closed"] else "",
        "owner": owner_of(first["owner"]),
        "remedy": f"{first['remedy_nl'].rstrip('.')}.",
        "synthetic": first["synthetic"],
        "places": [{"detail": detail, "names": names} for detail, names in told.items()],
    }


def _shared(texts: list[str]) -> str:
    """The words with which all of them begin, without a bracket that is left open."""
    abreast = zip(*map(str.split, texts), strict=False)
    alike = [words[0] for words in takewhile(lambda words: len(set(words)) == 1, abreast)]
    while " ".join(alike).count("(") > " ".join(alike).count(")"):
        alike.pop()
    return " ".join(alike)


def _counted(gaps: list[Row], name_of: Callable[[Row], str]) -> list[dict[str, Any]]:
    """How many gaps have a name, by severity and together; most first."""
    counts: dict[str, Counter[str]] = defaultdict(Counter)
    for row in gaps:
        counts[name_of(row)][row["severity"]] += 1
    most_first = sorted(counts.items(), key=lambda one: (-one[1].total(), one[0]))
    return [
        {"name": name, "counts": [count[one] for one in SEVERITIES], "count": count.total()}
        for name, count in most_first
    ]


def _by_municipality(facts: Facts, gaps: list[Row]) -> list[dict[str, Any]]:
    """Of each municipality that has any: how many, and about what; with its code where it has a page of its own."""
    found: dict[str, list[Row]] = defaultdict(list)
    for row in gaps:
        if row["area_type"] == "GM":
            found[row["area_code"]].append(row)
    names = {code: facts.area_names.get(("GM", code), code) for code in found}
    return [
        {
            "name": names[code],
            "code": code if code in facts.own_pages else "",
            "counts": [sum(row["severity"] == one for row in of_it) for one in SEVERITIES],
            "measures": sorted({measure_of(row["measure"]) for row in of_it}),
        }
        for code, of_it in sorted(found.items(), key=lambda one: names[one[0]])
    ]
