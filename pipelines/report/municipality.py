"""The page of a municipality and its factsheet: what the release tells of it, in figures and sentences.

Belongs here: which pages there are, the answer at their top, what it means, and the data gaps. Page and PDF share one
content (``sheet``). Does not belong here: the tables (``municipality_tables``), estimates (``municipality_estimates``),
or how it looks
(``templates/municipality.html``, ``templates/factsheet.typ``).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pipelines.report import charts, data_gaps
from pipelines.report import municipality_estimates as estimates
from pipelines.report import municipality_tables as tables
from pipelines.report.data_gaps import KINDS, owner_of, worst_first
from pipelines.report.municipality_facts import (
    MEASURES,
    PER,
    Own,
    Shared,
    compares,
    figure,
    of_migrants,
    peer_set,
    rank,
    reason,
    related,
    same_pair,
)
from pipelines.report.sheet import brief, cell
from pipelines.report.site import Page
from pipelines.report.words import MARGIN, Words

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pipelines.report.facts import Facts, Row
    from pipelines.report.sheet import Section

_GAPS_ON_PAPER, _GAPS_SHOWN = 4, 12


def pages(facts: Facts) -> Iterator[Page]:
    """Of every municipality with pages of its own: its page in two languages, its chart, and its factsheet."""
    shared = Shared(facts)
    for code in facts.own_pages:
        for words in (Words("nl"), Words("en")):
            told, chart = _content(Own(code, shared, words))
            path, html = f"gemeente/{code}", "municipality.html"
            if words.lang == "en":
                yield Page(path=f"en/{path}.html", template=html, content=told, lang="en", twin=True, kept=True)
                continue
            yield Page(path=f"{path}.html", template=html, content=told, twin=True, kept=True)
            if chart:
                yield Page(path=f"{path}-trend.svg", template="trend.svg", content=chart, kept=True)
            sheet = brief(told) | {"charts": {"trend": chart} if chart else {}}
            yield Page(path=f"{path}.pdf", template="factsheet.typ", content=sheet, kept=True)


def _content(own: Own) -> tuple[dict[str, Any], dict[str, Any] | None]:
    """What the page of a municipality tells, and what its chart draws, if there is one."""
    headline, compared = own.rows("headline"), own.rows("comparisons")
    newest = headline[-1] if headline else None
    key = _key_figures(own, newest) if newest else []
    trend, chart = tables.trend(own, headline)
    sections = [
        _meaning(own, newest),
        trend,
        tables.composition(own),
        tables.comparisons(own, newest),
        tables.peers(own, newest),
        tables.registered(own),
        *estimates.unseen(own),
        tables.motives(own),
        tables.inspections(own),
        tables.indicators(own),
        tables.housing(own),
    ]
    sections.append(_gaps(own, [one["title"] for one in sections if one["empty"]]))
    found, names = {row["origin_group"] for row in compared}, own.shared.facts.municipalities
    return {
        "code": own.code,
        "name": own.name,
        "answer": _answer(own, newest),
        "who": _who(own, newest) if newest else "",
        "remarks": list(_remarks(own, headline)),
        "key": key,
        "sections": sections,
        "sources": own.sources.lines(),
        "successors": [[code, names.get(code, code)] for code in own.successors if code in own.shared.facts.own_pages],
        "reports": own.shared.reports.get(own.code, []),
        "years": sorted({row["reporting_year"] for row in compared}, reverse=True),
        "groups": [[one, own.group(one)] for one in own.shared.facts.origin_groups if one in found],
        "symbols": {line: charts.symbol(line) for line in MEASURES} if chart else {},
    }, chart


def _answer(own: Own, row: Row | None) -> str:
    """The gap in one sentence."""
    say, name = own.say, own.name
    if row is None:
        return _half_an_answer(own)
    year, nested = row["reporting_year"], row["registered_share"] is not None
    workers, residents, gap = (figure(own.words, row, one) for one in MEASURES)
    if row["gap"] is None:
        return _gap_withheld(own, row)
    if row["gap_low"] > 0 and nested:
        told = say(
            "In {} werkten in {} {} migranten. Volgens de bron stonden {} van hen daar ingeschreven. Het verschil"
            " werken–ingeschreven is {}.",
            "In {0}, {2} migrants worked in {1}. The source says that {3} of them were registered there. The gap"
            " between working and registered is {4}.",
        )
    elif row["gap_low"] > 0:
        told = say(
            "In {} werkten in {} meer migranten dan er ingeschreven stonden: {} tegen {}. Het verschil"
            " werken–ingeschreven is {}.",
            "In {} more migrants worked in {} than were registered there: {} against {}. The gap between working and"
            " registered is {}.",
        )
    elif row["gap_high"] < 0:
        told = say(
            "In {} werkten in {} minder migranten dan er ingeschreven stonden: {} tegen {}. Het verschil"
            " werken–ingeschreven is {}.",
            "In {} fewer migrants worked in {} than were registered there: {} against {}. The gap between working and"
            " registered is {}.",
        )
    else:
        told = say(
            "In {} werkten in {} {} migranten en stonden er {} ingeschreven. Het verschil werken–ingeschreven is {}.",
            "In {0}, {2} migrants worked in {1} and {3} were registered there. The gap between working and registered"
            " is {4}.",
        ) + _undecided(own, row)
    return told.format(year, name, workers, residents, gap)


def _undecided(own: Own, row: Row) -> str:
    """What cannot be said of a gap that may be nought."""
    if row["gap_low"] == row["gap_high"]:
        return ""
    if row["gap_low"] == 0:
        return own.say(
            " Door de marge is niet te zeggen of het er meer zijn of even veel.",
            " The margin leaves open whether more worked there or as many.",
        )
    if row["gap_high"] == 0:
        return own.say(
            " Door de marge is niet te zeggen of het er minder zijn of even veel.",
            " The margin leaves open whether fewer worked there or as many.",
        )
    return own.say(
        " Door de marge is niet te zeggen of het er meer of minder zijn.",
        " The margin leaves open whether more or fewer worked there.",
    )


def _gap_withheld(own: Own, row: Row) -> str:
    """Why there is no gap, and what can still be said of it."""
    why = {
        "suppressed": own.say(
            "niet gepubliceerd, omdat een van de cijfers te klein of geheim is",
            "not published, as one of the figures is too small or confidential",
        ),
        "missing": own.say("niet bekend, omdat een van de cijfers ontbreekt", "not known, as a figure is missing"),
        "not_applicable": own.say("niet van toepassing", "not applicable"),
    }.get(row["availability"], own.say("alleen binnen grenzen bekend", "known within bounds alone"))
    between = figure(own.words, row | {"availability": "available"}, "gap")
    known = [bound for bound in (row["gap_low"], row["gap_high"]) if bound is not None]
    lies = own.say("; het ligt {}", "; it lies {}") if len(known) > 1 else own.say("; het is {}", "; it is {}")
    return own.say(
        "Het verschil werken–ingeschreven van {} in {} is {}{}.",
        "The gap between working and registered of {} in {} is {}{}.",
    ).format(own.name, row["reporting_year"], why, lies.format(between) if known else "")


def _half_an_answer(own: Own) -> str:
    """What is known where there is no comparison."""
    say = own.say
    residents = [row for row in own.rows("registered") if row["register"] == "brp" and of_migrants(row)]
    for rows, name, told in (
        (
            own.rows("workers"), "workers",
            say(
                "In {} werkten {} personen ({}; {}). Hoeveel van deze groep er ingeschreven staan is niet bekend, dus"
                " het verschil werken–ingeschreven is niet te geven.",
                "{1} persons worked in {0} ({2}; {3}). How many of this group are registered there is not known, so"
                " the gap between working and registered cannot be given.",
            ),
        ),
        (
            residents, "persons",
            say(
                "In {} staan {} personen ingeschreven ({}; {}). Hoeveel van deze groep er werken is niet bekend, dus"
                " het verschil werken–ingeschreven is niet te geven.",
                "{1} persons are registered in {0} ({2}; {3}). How many of this group work there is not known, so the"
                " gap between working and registered cannot be given.",
            ),
        ),
    ):  # fmt: skip
        if rows:
            row = rows[0]
            return told.format(
                own.name, figure(own.words, row, name), own.title(row["universe"]), own.period(row)
            )  # fmt: skip
    return say(
        "Van {} is niet bekend hoeveel migranten er werken en hoeveel er ingeschreven staan. Het verschil"
        " werken–ingeschreven is dus niet te geven.",
        "For {} it is not known how many migrants work there and how many are registered there, so the gap between"
        " working and registered cannot be given.",
    ).format(own.name)


def _remarks(own: Own, headline: list[Row]) -> Iterator[str]:
    """What a reader must heed of the figures at the top."""
    say = own.say
    if own.successors:
        into = say(" en ", " and ").join(own.shared.facts.municipalities.get(code, code) for code in own.successors)
        yield say(
            "{} is geen gemeente meer en hoort nu bij {}.", "{} is no longer a municipality and belongs to {}."
        ).format(own.name, into)
    if not headline:
        return
    newest = headline[-1]
    if newest["synthetic"]:
        yield say("Deze cijfers zijn verzonnen (synthetisch).", "These figures are made up (synthetic).")
        real = [row for row in headline if not row["synthetic"] and row["gap"] is not None]
        if real:
            yield say(
                "Het nieuwste echte verschil gaat over {}: {}.", "The newest gap that is real is of {}: {}."
            ).format(real[-1]["reporting_year"], figure(own.words, real[-1], "gap"))
    if newest["finality"] != "final":
        yield say("De cijfers over {} zijn {}.", "The figures of {} are {}.").format(
            newest["reporting_year"], own.words.finality(newest["finality"])
        )
    universes = ("workers_universe", "residents_universe")
    contrary = [
        f"{figure(own.words, row, 'gap')} "
        f"({'; '.join(own.title(row[one]) for one in universes if row[one] != newest[one])})"
        for row in own.rows("comparisons")
        if (row["reporting_year"], row["synthetic"]) == (newest["reporting_year"], newest["synthetic"])
        and row["origin_group"] == "all"
        and _direction(row) * _direction(newest) < 0
    ]
    if contrary:
        yield say(
            "Naar andere bronnen wijst het verschil van dit jaar de andere kant op: {}.",
            "By other sources the gap of this year points the other way: {}.",
        ).format("; ".join(contrary))


def _direction(row: Row) -> int:
    """1 where certainly more work than are registered, -1 where fewer, 0 where that is not known."""
    return ((row["gap_low"] or 0) > 0) - ((row["gap_high"] or 0) < 0)


def _who(own: Own, row: Row) -> str:
    """Whom the figures at the top count."""
    return own.say("Wie tellen mee? Werkend: {}. Ingeschreven: {}.", "Who counts? Working: {}. Registered: {}.").format(
        own.title(row["workers_universe"]), own.title(row["residents_universe"])
    )


def _key_figures(own: Own, row: Row) -> list[dict[str, Any]]:
    """The newest figures; each is a cell with its ``label``."""
    say, year = own.say, row["reporting_year"]
    own.sources.of(row, where=f"{year}, {own.group('all')}")
    nested = "nested" in (row["relation"], row["relation_claimed"])
    share = (
        own.figure(row, "registered_share", digits=1, unit="%")
        if nested
        else cell(
            say(
                "niet te geven: de ingezetenen zijn geen deel van de werkzame personen",
                "cannot be given: the residents are no part of the workers",
            )
        )
    )
    ranked = [one for one in own.rows("peers") if compares(one, row) and (one["measure"], one["per"]) == ("gap", PER)]
    per = (
        own.figure(ranked[0], "value", digits=1)
        if ranked
        else cell(say("niet te geven: geen vergelijkbaar cijfer", "cannot be given: no comparable figure"))
    )
    ranks = [
        (say("Rang onder {}", "Rank among {}").format(peer_set(own, one)), cell(rank(own, one), own.sources.of(one)))
        for one in ranked
    ]
    return [
        {"label": label, **shown}
        for label, shown in (
            *((head, make(row)) for head, make, _ in own.pair),
            (
                say(
                    "Deel van de werkzame personen dat hier ingeschreven staat", "Share of the workers registered here"
                ),
                share,
            ),
            (say("Verschil per 1.000 inwoners", "Gap per 1,000 inhabitants"), per),
            *ranks,
        )
    ]


def _meaning(own: Own, row: Row | None) -> Section:
    say = own.say
    paragraphs = [
        say(
            "Het verschil werken–ingeschreven is een aftreksom: hoeveel migranten werken hier, min hoeveel er hier"
            " ingeschreven staan. Wie hier werkt, kan in een andere gemeente ingeschreven staan, kort in Nederland"
            " blijven of over de grens wonen. Dat mag. Ook tellen de bronnen niet altijd dezelfde mensen.",
            "The gap between working and registered is a subtraction: how many migrants work here, minus how many are"
            " registered here. Who works here may be registered in another municipality, stay in the Netherlands for a"
            " short time, or live across the border. That is lawful. Nor do the sources always count the same people.",
        ),
        say(
            "Het verschil zegt dus niet hoeveel mensen nergens ingeschreven staan. Wie in geen enkel register staat,"
            " zit in geen van beide cijfers: voor werk op een loonlijst is een burgerservicenummer nodig.",
            "So the gap does not tell how many people are registered nowhere. Who is in no register is in neither"
            " figure: work on a payroll needs a citizen service number.",
        ),
    ]
    if row is not None:
        year = row["reporting_year"]
        reasons = [
            own_reason for one in own.rows("comparisons") if same_pair(one, row) for own_reason in reason(own, one)
        ]
        paragraphs += [
            " ".join([*related(own, row), *reasons[:1]]),
            " ".join(
                [
                    say("Waarom deze twee cijfers?", "Why these two figures?"),
                    row[f"why_preferred_{own.words.lang}"],
                    say(
                        "Verslagjaar {} zet 31 december {} naast 1 januari {}, binnen de gemeentegrenzen van 31"
                        " december.",
                        "Reporting year {} sets 31 December {} beside 1 January {}, within the borders of 31 December.",
                    ).format(year, year, year + 1),
                    say("Tussen haakjes staan de grenzen.", "Bounds are in brackets."),
                    say(*MARGIN),
                ]
            ),
        ]
    return own.section("verschil", paragraphs)


def _gaps(own: Own, lacking: list[str]) -> Section:
    """Open data gaps of the municipality, the severest first, equal ones together; what is left out is counted.

    Beside them the titles of sections without any figure, ``lacking``: that may be a gap of the whole country.
    """
    say, lang = own.say, own.words.lang
    rows = worst_first(own.rows("gaps"))
    told: dict[tuple[str, ...], list[str]] = {}
    for row in rows:
        owner = owner_of(row["owner"]) if lang == "nl" else row["owner"] or "unknown"
        facts = [
            say("sinds {}", "since {}").format(own.words.day(row["opened"])) if row["opened"] else "",
            say("wie kan het oplossen: {}", "who can mend it: {}").format(owner),
            say("synthetisch", "synthetic") if row["synthetic"] else "",
        ]
        text = f"{row[f'explanation_{lang}']}. {row[f'remedy_{lang}']}."
        measure = row["measure"].replace("_", " ")
        measures = told.setdefault((own.term(KINDS, row["kind"]), ", ".join(filter(None, facts)), text), [])
        measures.append(data_gaps.MEASURES.get(row["measure"], measure) if lang == "nl" else measure)
    gaps = [
        {
            "title": f"{', '.join(dict.fromkeys(measures))}: {kind}",
            "facts": facts,
            "text": text,
            "more": place >= _GAPS_ON_PAPER,
        }
        for place, ((kind, facts, text), measures) in enumerate(list(told.items())[:_GAPS_SHOWN])
    ]
    open_ones = (
        say("Van deze gemeente staan {} datahiaten open.", "Of this municipality {} data gaps are open.").format(
            len(rows)
        )
        if len(rows) > 1
        else say("Van deze gemeente staat één datahiaat open.", "Of this municipality one data gap is open.")
        if rows
        else say(
            "Er staat geen datahiaat open dat alleen deze gemeente raakt.",
            "No data gap is open that touches this municipality alone.",
        )
    )
    paragraphs = [
        say(
            "Een datahiaat is een cijfer dat er zou moeten zijn en er niet is, of dat niet te vertrouwen is. {}"
            " Andere datahiaten gelden voor heel Nederland of voor veel gemeenten.",
            "A data gap is a figure that should be there and is not, or that cannot be trusted. {} Other data gaps hold"
            " for the whole country or for many municipalities.",
        ).format(open_ones)
    ]
    if lacking:
        paragraphs.append(
            say("Deze bladzijde heeft geen enkel cijfer bij: {}.", "This page has no figure at all for: {}.").format(
                "; ".join(f"“{title}”" for title in lacking)
            )
        )
    if len(told) < len(rows):
        paragraphs.append(say("Gelijke staan hieronder samen.", "Equal ones stand together below."))
    if len(told) > len(gaps):
        paragraphs.append(say("Hier staan de ernstigste.", "The severest are here."))
    return own.section("datahiaten", paragraphs, gaps=gaps)
