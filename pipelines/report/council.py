"""The council report: how indicators and promises of a municipality stand in a year, for a letter to its council.

Belongs here: choosing and wording what it tells, in Dutch. Every change and every verdict is that of the release; none
is made here. Does not belong here: how it looks (``templates/council.*``), or the page of a municipality.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from itertools import groupby
from typing import TYPE_CHECKING, Any

from pipelines.report.data_gaps import grouped, worst_first
from pipelines.report.municipality_facts import same_pair
from pipelines.report.site import Page
from pipelines.report.words import Words

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from pipelines.report.facts import Facts, Row

_WORDS = Words("nl")
_YEAR = "year(period_end - interval 1 day)"
"""The reporting year of a period: what stands on 1 January tells of the year before."""
_ABSENT = "geen cijfer"
_UNDECIDED = "onbeslist door de marge"
_CHANGES = {"rose": "gestegen", "fell": "gedaald", "equal": "gelijk gebleven", "undecided": _UNDECIDED}
_TARGETS = {"reached": "gehaald", "not_reached": "niet gehaald", "undecided": _UNDECIDED}
_DIRECTIONS = {"at_least": "minstens ", "at_most": "hoogstens "}
_STATUSES = {
    "done": "afgerond", "rejected": "verworpen", "in_progress": "in uitvoering", "open": "open", "unknown": "onbekend",
}  # fmt: skip
_CONCLUDED = ("done", "rejected")
_KINDS = {
    "motion": ("motie", "moties"),
    "promise": ("toezegging", "toezeggingen"),
    "point_of_attention": ("aandachtspunt", "aandachtspunten"),
}
_LODGING = {
    "locations": "Locaties",
    "places_permitted": "Vergunde plaatsen",
    "places_occupied": "Bezette plaatsen",
    "licences": "Vergunningen",
    "inspections": "Controles",
    "over_occupied": "Overbewoonde locaties",
    "over_occupation_reports": "Meldingen van mogelijke overbewoning",
}
_INSPECTED = {
    ("inspections", "all"): "Inspecties",
    ("inspections", "fine"): "Inspecties met een boete",
    ("fines", "all"): "Boetes",
    ("companies", "all"): "Geïnspecteerde bedrijven",
}
_GAPS_OF = ("indicators", "housing", "inspectorate", "figures")
"""The sources of what the report tells."""


def reports(facts: Facts) -> list[tuple[str, int]]:
    """Code and year of every report, newest first within a municipality; of those alone that get pages of their own.

    A year is one with indicators; a municipality with promises alone has the year in which they were delivered.
    """
    years: dict[str, set[int]] = defaultdict(set)
    for row in _indicators(facts):
        years[row["code"]].add(row["year"])
    for row in facts.rows(
        "select area_code, max(year(reference_date)) as year from commitment join delivery using (delivery_id)"
        " where area_type = 'GM' group by all"
    ):
        years[row["area_code"]] = years[row["area_code"]] or {row["year"]}
    return [(code, year) for code in facts.own_pages for year in sorted(years[code], reverse=True)]


def pages(facts: Facts) -> Iterator[Page]:
    """Each report as a page and as a PDF, and the list of them."""
    found = reports(facts)
    rows = _indicators(facts)
    indicators: dict[str, list[Row]] = defaultdict(list)
    for row in rows:
        indicators[row["code"]].append(row)
    for code, year in found:
        told = report(facts, code, year, indicators[code])
        yield Page(path=f"raad/{code}-{year}.html", template="council.html", content=told, kept=True)
        yield Page(path=f"raad/{code}-{year}.pdf", template="council.typ", content=told, kept=True)
    listed = [
        {"name": facts.own_pages[code], "code": code, "years": [year for _, year in years]}
        for code, years in groupby(found, lambda one: one[0])
    ]
    yield Page(
        path="raad/index.html",
        template="raad.html",
        content={"listed": listed, "lost": _without_municipality(facts, rows)},
    )


def report(facts: Facts, code: str, year: int, indicators: list[Row]) -> dict[str, Any]:
    """What a report tells: sentences, and the texts of its tables.

    Args:
        facts: of the release.
        code: of the municipality.
        year: that it reports on.
        indicators: rows of ``indicator`` of the municipality, of all years, by domain.
    """
    sources = _Sources(facts)
    names = {row["indicator_id"]: row["indicator"] for row in indicators}
    of_year = [row for row in indicators if row["year"] == year]
    preferred, before = (
        facts.rows("from gap_headline where municipality_code = ? and reporting_year = ?", code, one)
        for one in (year, year - 1)
    )
    before = [row for row in before for newer in preferred if same_pair(row, newer)]
    commitments = facts.rows(
        "from commitment where area_type = 'GM' and area_code = ? and not superseded order by commitment_id", code
    )
    as_of = facts.release["as_of"]
    late = [row for row in commitments if row["due"] and row["due"] < as_of and row["status"] not in _CONCLUDED]
    return {
        "code": code,
        "name": facts.municipalities[code],
        "year": year,
        "summary": [
            *_on_comparison(preferred + before),
            *_on_figures(of_year, year),
            *_on_commitments(commitments, late),
        ],
        "key": [_key_figures(row, before, sources) for row in preferred],
        "other": [] if preferred else _other_year(facts, code, sources),
        "domains": [
            {"domain": domain or "overige onderwerpen", "rows": [_indicator(row, names, sources) for row in rows]}
            for domain, rows in groupby(of_year, lambda row: row["domain"])
        ],
        "lodging": _lodging(facts, code, year, sources),
        "inspected": _inspected(facts, code, year, sources),
        "inspectorate": bool(facts.rows("from delivery where source = 'inspectorate' limit 1")),
        "commitments": _commitments(commitments, names, sources),
        "late": _commitments(late, names, sources),
        "gaps": _gaps(facts, code),
        "sources": sources.told,
        "universes": sources.universes(),
    }


class _Sources:
    """The documents and populations that a report names, documents numbered as they come."""

    def __init__(self, facts: Facts) -> None:
        self.known = {row["universe"]: row for row in facts.rows("from universe")}
        self.told: list[dict[str, str]] = []
        self.named: dict[str, None] = {}

    def number(self, row: Mapping[str, Any]) -> int:
        """The number of what a row comes from, with its delivery: its document, or edition and cells of populations."""
        named = row["universe"].split(" + ") if "universe" in row else []
        self.named |= dict.fromkeys(named)
        edition = _WORDS.told(row.get("edition") or "")
        edition = edition if edition == "jongste momentopname" else f"editie {edition}"
        titles = " en ".join(self._title(one) for one in named)
        places = [titles, edition, *([_WORDS.place(row["cell"])] if row.get("cell") else [])]
        deliveries = " + ".join(one[:12] for one in row["delivery_id"].split(" + "))
        told = {"source": row.get("source") or ", ".join(places), "delivery": deliveries}
        if told not in self.told:
            self.told.append(told)
        return self.told.index(told) + 1

    def universes(self) -> list[dict[str, str]]:
        """Whom or what the populations count that were named."""
        known = [self.known[one] for one in self.named if one in self.known]
        return [{"title": one["title_nl"], "definition": one["definition_nl"]} for one in known]

    def _title(self, universe: str) -> str:
        return str(self.known[universe]["title_nl"]) if universe in self.known else universe


def _indicators(facts: Facts) -> list[Row]:
    """The figures of municipalities and their neighbourhoods, with ``code`` and ``year``, by domain."""
    rows = facts.rows(
        f"select *, {_YEAR} as year, area_code[:4] as code from indicator where area_type in ('GM', 'WK', 'BU')"
        " and not superseded order by domain nulls last, area_type = 'GM' desc, indicator_id, area_type desc,"
        " area_name, area_code, period_start"
    )
    for row in rows:
        if row["code"] is None:  # a neighbourhood has the name of its municipality behind its own
            named = row["area_name"] or ""
            lies_in = (code for code, name in facts.municipalities.items() if named.endswith(f" ({name})"))
            row["code"] = next(lies_in, "")
    return rows


def _without_municipality(facts: Facts, rows: list[Row]) -> list[str]:
    """What the places are called of which no municipality is known, so that no report has their figures."""
    lost = [row for row in rows if row["code"] not in facts.municipalities]
    return sorted({row["area_name"] or row["area_code"] or "gebied onbekend" for row in lost})


def _on_comparison(rows: list[Row]) -> Iterator[str]:
    """A sentence on the year, and one on the year before if that had the same comparison."""
    for row, told in zip(
        rows,
        (
            "In {} werkten er {} en stonden er {} ingeschreven: een verschil van {}{}.",
            "In {} waren dat er {} en {}: een verschil van {}{}.",
        ),
        strict=False,
    ):
        if row["gap"] is not None:
            figures = (_WORDS.figure(row, one) for one in ("workers", "residents", "gap"))
            marks = ", ".join(filter(None, [_WORDS.finality(row["finality"]), "verzonnen" * row["synthetic"]]))
            yield told.format(row["reporting_year"], *figures, marks and f" ({marks})")


def _on_figures(rows: list[Row], year: int) -> Iterator[str]:
    """Sentences on how many indicators rose, fell and reached their target; made-up ones are counted apart."""
    if not rows:
        yield f"Over {year} zijn er geen indicatoren."
        return
    rows, made_up = _real_first(rows)
    domains = _many(len({row["domain"] for row in rows}), "onderwerp", "onderwerpen")
    yield f"Dit rapport geeft {_many(len(rows), 'indicator', 'indicatoren')} van {year} over {domains}."
    if compared := [row for row in rows if row["change_verdict"] != "no_previous"]:
        counted = _many(len(compared), "indicator is", "indicatoren zijn")
        yield f"{counted} te vergelijken met een jaar eerder: {_tally(map(_change, compared), _CHANGES)}."
        yield "Een stijging is niet altijd goed en een daling niet altijd slecht: dat hangt af van het onderwerp."
    else:
        yield f"Geen van deze indicatoren is te vergelijken met een jaar eerder: over {year - 1} is er geen cijfer."
    if aimed := [row["target_verdict"] for row in rows if row["target_verdict"] != "no_target"]:
        yield f"Bij {_many(len(aimed), 'indicator', 'indicatoren')} hoort een streefwaarde: {_tally(aimed, _TARGETS)}."
    else:
        yield "Voor geen van deze indicatoren is een streefwaarde bekend."
    if made_up:
        yield f"Niet meegeteld: {_many(len(made_up), 'verzonnen indicator', 'verzonnen indicatoren')}."
    elif rows[0]["synthetic"]:
        yield "Al deze indicatoren zijn verzonnen."


def _on_commitments(rows: list[Row], late: list[Row]) -> Iterator[str]:
    """Sentences on how many promises there are, and how they stand."""
    if not rows:
        yield "Er zijn geen moties, toezeggingen of aandachtspunten bekend."
        return
    rows, made_up = _real_first(rows)
    stand = _tally((row["status"] for row in rows), _STATUSES)
    yield f"Dit rapport volgt {_kinds(rows)}. Zo staan ze ervoor: {stand}."
    if passed := sum(row in rows for row in late):
        yield f"Van {passed} is de afgesproken datum voorbij."
    if made_up:
        yield f"Niet meegeteld: {_kinds(made_up, 'verzonnen ')}."
    elif rows[0]["synthetic"]:
        yield "Die zijn allemaal verzonnen."


def _kinds(rows: list[Row], before: str = "") -> str:
    kinds = Counter(row["kind"] for row in rows)
    return _series(
        [_many(kinds[kind], *(before + one for one in names)) for kind, names in _KINDS.items() if kinds[kind]]
    )


def _real_first(rows: list[Row]) -> tuple[list[Row], list[Row]]:
    """The rows to count, and the made-up ones beside them; where all are made up, those are counted."""
    made_up = [row for row in rows if row["synthetic"]]
    return ([row for row in rows if not row["synthetic"]], made_up) if len(made_up) < len(rows) else (rows, [])


def _key_figures(row: Row, before: list[Row], sources: _Sources) -> dict[str, Any]:
    """Workers, residents and the difference, as the release prefers them, beside the year before."""
    lines = [
        ("Werkzame personen", "workers", ""),
        ("Ingezetenen", "residents", ""),
        ("Verschil werken–ingeschreven", "gap", ""),
    ]
    if row["registered_share_low"] is not None:  # only where residents are some of the workers
        lines.append(("Aandeel ingeschreven", "registered_share", "%"))
    rows = [
        (label, _figure(row, name, unit=unit), _figure(before[0], name, unit=unit) if before else _ABSENT)
        for label, name, unit in lines
    ]
    marks = _marks(row, sources)
    return {
        "rows": rows,
        "explanation": row["explanation_nl"],
        "before": [_marks(one, sources) for one in before],
        **marks,
    }


def _other_year(facts: Facts, code: str, sources: _Sources) -> list[dict[str, Any]]:
    """The comparison of the newest year that has one, a real one first; none where there never was one."""
    newest = facts.rows(
        "from gap_headline where municipality_code = ? order by synthetic, reporting_year desc limit 1", code
    )
    return [
        {"text": f"De nieuwste vergelijking gaat over {row['reporting_year']}. {row['explanation_nl']}"}
        | _marks(row, sources)
        for row in newest
    ]


def _indicator(row: Row, names: Mapping[str, str], sources: _Sources) -> dict[str, Any]:
    compared, aimed = row["change_verdict"] != "no_previous", row["target"] is not None
    unit = "%" if row["unit"] == "%" else ""
    start, end = row["period_start"], row["period_end"]
    part_of = names.get(row["part_of"], row["part_of"])
    plain = unit or row["unit"] == "stuks" or row["unit"] in row["indicator"]
    return {
        "name": row["indicator"],
        "unit": "" if plain else row["unit"],
        "about": [
            *([] if row["area_type"] == "GM" else [row["area_name"] or row["area_code"]]),
            *([_WORDS.period(start, end)] if (start[5:], end[5:]) != ("01-01", "12-31") else []),
            *([row["definition"]] if row["definition"] else []),
            *([f"{_figure(row, 'share_of_whole', unit='%')} van: {part_of}"] if part_of else []),
        ],
        "denominator": " + ".join(names.get(one, _WORDS.told(one)) for one in (row["denominator"] or "").split(" + ")),
        "quote": row["quote"],
        "value": _figure(row, "value", unit=unit),
        "previous": _figure(row, "previous", unit=unit) if compared else _ABSENT,
        "change": _figure(row, "change") if compared else "",
        "changed": _CHANGES.get(_change(row), ""),
        "target": f"{_DIRECTIONS.get(row['direction'], '')}{_number(row['target'])}{unit}" if aimed else "geen",
        "reached": _TARGETS.get(row["target_verdict"], ""),
        **_marks(row, sources),
    }


def _lodging(facts: Facts, code: str, year: int, sources: _Sources) -> dict[str, Any]:
    """Lodging as it stood last in the year, beside the year before."""
    found = facts.rows(
        f"select *, {_YEAR} as year from housing where area_type = 'GM' and area_code = ? and kind = 'all'"
        f" and {_YEAR} in (?, ?) and not superseded"
        " qualify row_number() over (partition by universe, synthetic, year order by period_end desc) = 1"
        " order by universe, synthetic, period_end desc",
        code, year, year - 1,
    )  # fmt: skip
    return {
        "days": _series(sorted({_WORDS.day(row["period_end"]) for row in found})),
        "rows": [
            {"name": label, **_two_years(of_two, name, year), **_marks(of_two[0], sources)}
            for of_two in _grouped(found, "universe", "synthetic")
            for name, label in _LODGING.items()
        ],
    }


def _inspected(facts: Facts, code: str, year: int, sources: _Sources) -> list[dict[str, Any]]:
    """Inspections, fines and companies beside the year before: units that never mix."""
    found = facts.rows(
        f"select *, {_YEAR} as year from inspection where area_type = 'GM' and area_code = ? and sector = 'all'"
        f" and {_YEAR} in (?, ?)"
        " and (law, place_basis) in (('all', 'inspection_place'), ('not_stated', 'municipal_report'))"
        " order by universe, synthetic, unit = 'companies', unit = 'fines', outcome, year desc",
        code, year, year - 1,
    )  # fmt: skip
    told = []
    for of_two in _grouped(found, "universe", "synthetic", "unit", "outcome"):
        row = of_two[0]
        if label := _INSPECTED.get((row["unit"], row["outcome"])):
            label += " volgens het gemeentelijke verslag" if row["place_basis"] == "municipal_report" else ""
            told.append({"name": label, **_two_years(of_two, "cases", year), **_marks(row, sources)})
        if label == "Boetes" and row["amount_eur_low"] is not None:
            told.append(
                {
                    "name": "Bedrag van de boetes, in euro",
                    **_two_years(of_two, "amount_eur", year),
                    **_marks(row, sources),
                }
            )
    return told


def _commitments(rows: list[Row], names: Mapping[str, str], sources: _Sources) -> list[dict[str, Any]]:
    """Promises; those that say the same of themselves are one."""
    told = []
    for same in _grouped(rows, "kind", "text", "due", "status", "indicator", "source", "quote"):
        row = same[0]
        # What stands in for a text that no source gives says so in English too.
        text = row["text"].removesuffix(" (the source does not give the text)")
        told.append(
            {
                "numbers": [one["commitment_id"] for one in same],
                "kind": _many(len(same), *_KINDS[row["kind"]]) if len(same) > 1 else _KINDS[row["kind"]][0],
                "text": text,
                "due": _WORDS.day(row["due"]) if row["due"] else "geen datum bekend",
                "status": _STATUSES[row["status"]],
                "indicator": names.get(row["indicator"], row["indicator"]),
                "quote": row["quote"],
                **_marks(row, sources),
            }
        )
    return told


def _gaps(facts: Facts, code: str) -> list[dict[str, Any]]:
    """What is missing of what the report tells; see ``data_gaps.grouped``."""
    rows = facts.rows(
        "from data_gap where area_type = 'GM' and area_code = ? and closed is null and source in ?"
        " order by opened, measure, period_start",
        code, _GAPS_OF,
    )  # fmt: skip
    return grouped(facts, worst_first(rows))


def _two_years(rows: list[Row], name: str, year: int) -> dict[str, str]:
    by_year = {row["year"]: row for row in rows}
    value, previous = (_figure(by_year[one], name) if one in by_year else _ABSENT for one in (year, year - 1))
    return {"value": value, "previous": previous}


def _marks(row: Row, sources: _Sources) -> dict[str, Any]:
    return {"source": sources.number(row), "synthetic": row["synthetic"]}


def _figure(row: Row, name: str, *, unit: str = "") -> str:
    """A figure of a row in words, with as many digits as it has, up to one, and that it is not final."""
    bounds = [row[one] for one in (f"{name}_low", f"{name}_high") if row[one] is not None]
    known = bounds if row[name] is None else [row[name]]
    digits = 0 if all(round(one, 1) == int(one) for one in known) else 1
    told = _WORDS.figure(row, name, digits=digits, unit=unit)
    return ", ".join(one for one in (told, _WORDS.finality(row["finality"])) if one)


def _number(value: float) -> str:
    return _WORDS.number(value, 0 if value == int(value) else 1)


def _change(row: Row) -> str:
    """The verdict on a change; what is nought for certain stayed the same."""
    return "equal" if row["change_low"] == row["change_high"] == 0 else str(row["change_verdict"])


def _grouped(rows: list[Row], *names: str) -> Iterator[list[Row]]:
    """Neighbours that are the same in these columns."""
    return (list(group) for _, group in groupby(rows, lambda row: [row[name] for name in names]))


def _many(count: int, one: str, more: str) -> str:
    return f"{_WORDS.number(count)} {one if count == 1 else more}"


def _tally(found: Iterable[str], words: Mapping[str, str]) -> str:
    counted = Counter(found)
    return _series([f"{counted[one]} {word}" for one, word in words.items() if counted[one]])


def _series(texts: list[str]) -> str:
    return " en ".join(", ".join(texts).rsplit(", ", 1))
