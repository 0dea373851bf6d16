"""The tables of the page of a municipality, and what its chart draws.

Belongs here: choosing rows and columns, and the words of those. Does not belong here: the sentences at the top of the
page and on data gaps (``municipality``), or the form of the chart (``charts``).
"""

from __future__ import annotations

import re
from collections import defaultdict
from itertools import groupby, pairwise
from typing import TYPE_CHECKING, Any

from pipelines.report.municipality_estimates import expected
from pipelines.report.municipality_facts import (
    MEASURES,
    PER,
    compares,
    figure,
    of_migrants,
    peer_set,
    rank,
    reason,
    related,
    same_pair,
)
from pipelines.report.sheet import bar, cell, table

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pipelines.report.facts import Row
    from pipelines.report.municipality_facts import Own
    from pipelines.report.sheet import Cell, Column, Section

_PARTS = {
    "resident_anywhere": ("Ingezetene van een Nederlandse gemeente", "Resident of a Dutch municipality"),
    "resident_here": ("– ingezetene van deze gemeente", "– resident of this municipality"),
    "resident_elsewhere": ("– ingezetene van een andere gemeente", "– resident of another municipality"),
    "not_resident": ("Geen ingezetene van Nederland", "No resident of the Netherlands"),
    "unknown": ("Niet bekend waar ingeschreven", "Not known where registered"),
    "non_resident_address_here": (
        "Niet-ingezetene met een tijdelijk verblijfsadres hier",
        "Non-resident with a temporary address here",
    ),
    "frontier_germany": ("Woont in Duitsland", "Lives in Germany"),
    "frontier_belgium": ("Woont in België", "Lives in Belgium"),
}
_MOTIVES = {
    "all": ("Alle motieven", "All motives"),
    "labour": ("Arbeid", "Labour"),
    "family": ("Gezin", "Family"),
    "asylum": ("Asiel", "Asylum"),
    "study": ("Studie", "Study"),
    "ukraine": ("Oekraïne", "Ukraine"),
    "other": ("Overig", "Other"),
    "unknown": ("Onbekend", "Unknown"),
    "ukraine_and_unknown": ("Oekraïne en onbekend samen", "Ukraine and unknown together"),
}
_LAWS = {
    "all": ("Alle wetten samen", "All laws together"),
    "not_stated": ("Wet niet genoemd", "Act not stated"),
    "wav": ("Wet arbeid vreemdelingen", "Foreign Nationals Employment Act (Wav)"),
    "wml": ("Wet minimumloon", "Minimum Wage Act (WML)"),
    "waadi": ("Waadi (uitzenden en uitlenen)", "Placement of Personnel Act (Waadi)"),
}
_PLACES = {
    "inspection_place": ("plaats van de inspectie", "place of the inspection"),
    "seat": ("vestigingsplaats van het bedrijf", "seat of the company"),
    "municipal_report": ("opgave van de gemeente", "report of the municipality"),
}
_LODGING = {
    "all": ("Alle soorten", "All kinds"),
    "dwelling": ("Woning", "Dwelling"),
    "employer_site": ("Terrein van de werkgever", "Site of the employer"),
    "large_scale": ("Grote locatie", "Large-scale site"),
    "recreation": ("Recreatiepark", "Holiday park"),
}
_TARGETS = {
    "reached": ("gehaald", "reached"),
    "not_reached": ("niet gehaald", "not reached"),
    "undecided": ("onbeslist: de marge laat beide toe", "undecided: the bounds allow both"),
}
_INDICATORS_ON_PAPER = 5


def trend(own: Own, headline: list[Row]) -> tuple[Section, dict[str, Any] | None]:
    """The preferred comparison over the years, estimated years beside it, and what the chart draws of it."""
    say, awaited = own.say, expected(own)
    if not headline:
        return own.section("trend", [], awaited), None
    alike = [row for row in headline if same_pair(row, headline[-1])]
    known = {row["reporting_year"]: row for row in headline}
    years = range(min(known), max(known) + 1)
    none = say("geen cijfer", "no figure")
    columns: list[Column] = [
        (say("Jaar", "Year"), lambda row: cell(str(row["reporting_year"])), False),
        *((head, lambda row, make=make: make(row) if "gap" in row else cell(none), True) for head, make, _ in own.pair),
    ]
    rows = [known.get(year, {"reporting_year": year}) for year in reversed(years)]
    caption = say("De vergelijking van elk jaar", "The comparison of each year")
    standing = (say("Stand", "Standing"), lambda row: own.standing(row) if "gap" in row else none)
    tables = [table(caption, rows, columns, standing=standing), *awaited]
    breaks = {other["reporting_year"]: list(_breaks(own, one, other)) for one, other in pairwise(headline)}
    paragraphs = [text for why in breaks.values() for text in why]
    if len(alike) == 1:
        only = say(
            "Er is één jaar met cijfers van deze vergelijking, dus nog geen lijn.",
            "One year has figures of this comparison, so there is no line yet.",
        )
        return own.section("trend", [*paragraphs, only], tables), None
    apart = {year for year, why in breaks.items() if why or year - 1 not in known}
    drawn = {row["reporting_year"]: row for row in alike}
    years = range(min(drawn), max(drawn) + 1)
    labels = {year: str(year) for year in years}
    chart = {
        "years": list(labels.values()),
        "points": list(_points(alike, apart, labels)),
        "crosses": [
            labels[year] for year in years if year not in drawn or None in (drawn[year][one] for one in MEASURES)
        ],
        "breaks": [labels[year] for year in years[1:] if breaks.get(year)],
    }
    if len(alike) < len(headline):
        paragraphs.append(
            say(
                "De grafiek toont alleen de jaren van de nieuwste vergelijking.",
                "The chart shows the years of the newest comparison alone.",
            )
        )
    if alike[-1]["synthetic"]:
        paragraphs.append(say("De cijfers in de grafiek zijn synthetisch.", "The figures in the chart are synthetic."))
    return own.section("trend", paragraphs, tables, chart=_described(own, alike)), chart


def _points(headline: list[Row], apart: set[int], labels: dict[int, str]) -> Iterator[dict[str, Any]]:
    """What ``charts.trend`` draws; no line crosses a break, a year without figures, or a figure that is not known."""
    for line in MEASURES:
        stretch = 0
        for row in headline:
            stretch += row["reporting_year"] in apart or row[line] is None
            yield {
                "year": labels[row["reporting_year"]], "line": line, "value": row[line], "low": row[f"{line}_low"],
                "high": row[f"{line}_high"], "open": row["finality"] != "final", "stretch": f"{line} {stretch}",
            }  # fmt: skip
            stretch += row[line] is None


def _breaks(own: Own, row: Row, later: Row) -> Iterator[str]:
    """Why the figures of two years cannot be compared."""
    first, last = row["reporting_year"], later["reporting_year"]
    if not same_pair(row, later):
        yield own.say(
            "Breuk tussen {} en {}: een andere bron, of een andere groep. Vergelijk die jaren niet met elkaar.",
            "Break between {} and {}: another source, or another group. Do not compare those years.",
        ).format(first, last)
        return
    told: dict[str, None] = {}
    for universe in (row["workers_universe"], row["residents_universe"]):
        breaks = own.shared.origins.universes.get(universe, {}).get(f"series_breaks_{own.words.lang}") or ""
        for day, text in re.findall(r"(\d{4}-\d\d-\d\d): (.*?)(?=; \d{4}-\d\d-\d\d: |$)", breaks):
            if f"{first}-12-31" < day <= f"{last}-12-31":
                told[own.say("Breuk op {}: {}.", "Break on {}: {}.").format(own.words.day(day), text)] = None
    yield from told


def _described(own: Own, headline: list[Row]) -> str:
    """The chart in words, for who cannot see it."""
    first, last = headline[0], headline[-1]
    return own.say(
        "Lijngrafiek van {0} tot {1}. Verschil werken–ingeschreven in {0}: {2}. In {1}: {3}. De tabel heeft alle"
        " cijfers.",
        "Line chart from {0} to {1}. Gap between working and registered in {0}: {2}. In {1}: {3}. The table has all"
        " figures.",
    ).format(
        first["reporting_year"], last["reporting_year"],
        figure(own.words, first, "gap"), figure(own.words, last, "gap"),
    )  # fmt: skip


def composition(own: Own) -> Section:
    """Workers by where they are registered; what may be the same persons stands beside."""
    say, rows = own.say, own.rows("composition")
    most: dict[str, float] = defaultdict(float)
    for row in rows:
        year = row["period_end"][:4]
        most[year] = max(most[year], row["workers_high"] or row["workers"] or 0)
    for row in own.rows("comparisons"):
        year = str(row["reporting_year"])
        if year in most and row["origin_group"] == "all":  # a bar is a part of all who work here
            most[year] = max(most[year], row["workers_high"] or 0)
    whole = most[max((row["period_end"] for row in rows if row["overlap"] == "part"), default="")[:4]]
    claimed = {
        (str(row["reporting_year"]), row["workers_universe"])
        for row in own.rows("comparisons")
        if row["relation_claimed"] == "nested" != row["relation"]
    }
    claim = say(
        "Dat deze ingezetenen een deel van de werkzame personen zijn, zegt de bron. Het is niet te toetsen.",
        "That these residents are a part of the workers is what the source says. It cannot be verified.",
    )
    order = list(_PARTS)
    rows = sorted(
        rows,
        key=lambda row: (
            -int(row["period_end"][:4]),
            row["universe"],
            order.index(row["part"]) if row["part"] in order else 99,
        ),
    )
    tables = []
    for overlap, caption in (
        ("part", say("Delen van de werkzame personen", "Parts of the workers")),
        (
            "unknown",
            say("Staat ernaast: misschien deels dezelfde personen", "Stands beside: perhaps partly the same persons"),
        ),
    ):
        alike = [row for row in rows if row["overlap"] == overlap]
        for (year, universe), group in groupby(alike, lambda row: (row["period_end"][:4], row["universe"])):
            shown = list(group)
            # A part of a part is set in; where the whole of it is not told it stands by itself.
            has_parent = any(row["part"] == "resident_anywhere" for row in shown)
            scale = most[year] if overlap == "part" else whole
            older = year != alike[0]["period_end"][:4]
            columns = _parts_columns(own, scale, has_parent=has_parent)
            note = claim if (year, universe) in claimed else ""
            tables.append(own.table(f"{caption}, {year}", shown, columns, more=older, note=note))
    paragraphs = [
        say(
            "Elk deel is apart geteld of begrensd; geen deel is wat er overblijft. Een open staaf geeft alleen"
            " grenzen.",
            "Each part is counted or bounded by itself; none is what remains. An open bar gives bounds alone.",
        )
    ]
    return own.section("samenstelling", paragraphs, tables)


def _parts_columns(own: Own, scale: float, *, has_parent: bool) -> list[Column]:
    def part(row: Row) -> Cell:
        name = own.term(_PARTS, row["part"])
        return cell(name if has_parent else name.removeprefix("– "))

    return [
        (own.say("Deel", "Part"), part, False),
        (own.say("Peildatum", "As of"), lambda row: cell(own.period(row)), False),
        (own.say("Personen", "Persons"), lambda row: own.figure(row, "workers"), True),
        (own.say("Staaf", "Bar"), lambda row: cell("", bar=bar(row, "workers", scale)), False),
    ]


def comparisons(own: Own, newest: Row | None) -> Section:
    """The comparisons of the newest year side by side, and every comparison in a table for each pair of universes."""
    say, groups = own.say, list(own.shared.facts.origin_groups)
    pairs: dict[tuple[str, str], list[Row]] = defaultdict(list)
    for row in own.rows("comparisons"):
        pairs[row["workers_universe"], row["residents_universe"]].append(row)
    if newest is None or not pairs:
        return own.section("vergelijkingen", [], [])
    year = newest["reporting_year"]
    ordered = sorted(pairs.values(), key=lambda rows: not any(same_pair(row, newest) for row in rows))
    tables = [
        own.table(
            say("De vergelijkingen van {} naast elkaar", "The comparisons of {} side by side").format(year),
            [row for rows in ordered for row in rows if row["reporting_year"] == year and row["origin_group"] == "all"],
            [
                (say("Werkend", "Working"), lambda row: _named(own, row, "workers", 0), False),
                (say("Ingeschreven", "Registered"), lambda row: _named(own, row, "residents", 1), False),
                own.pair[2],
            ],
        )
    ]
    beside = [row for row in own.rows("composition") if row["part"] == "non_resident_address_here"]
    columns: list[Column] = [
        (say("Jaar", "Year"), lambda row: cell(str(row["reporting_year"])), False),
        (say("Herkomst", "Origin"), lambda row: cell(own.group(row["origin_group"])), False),
        *own.pair,
        (
            say("Niet-ingezetenen met een adres hier", "Non-residents with an address here"),
            lambda row: cell(
                figure(
                    own.words, row | {"availability": row["non_residents_here_availability"]}, "non_residents_here"
                ),
                own.sources.of(beside[0]) if beside and row["non_residents_here_availability"] != "missing" else (),
            ),
            True,
        ),
    ]  # fmt: skip
    care = say(
        "Tel herkomstgroepen niet op: de ene kan in de andere zitten. Niet-ingezetenen staan er los naast: niemand weet"
        " hoeveel van hen ook bij de werkzame personen horen.",
        "Do not add up groups of origin: the one may be in the other. Non-residents stand beside them: nobody knows how"
        " many of them are among the workers.",
    )
    for rows in ordered:
        rows.sort(key=lambda row: (-row["reporting_year"], groups.index(row["origin_group"])))
        for row in rows:
            own.sources.of(row, where=f"{row['reporting_year']}, {own.group(row['origin_group'])}")
        caption = say("Werkend: {}. Ingeschreven: {}.", "Working: {}. Registered: {}.").format(
            own.title(rows[0]["workers_universe"]), own.title(rows[0]["residents_universe"])
        )
        told = " ".join([*related(own, rows[0]), *reason(own, rows[0]), care])
        # On paper the overview must do.
        tables.append(own.table(caption, rows, columns, note=told, more=True, chosen=True))
    return own.section("vergelijkingen", [], tables)


def _named(own: Own, row: Row, name: str, part: int) -> Cell:
    """A figure with the name of its universe."""
    shown = own.figure(row, name, part)
    return {**shown, "text": f"{own.title(row[f'{name}_universe'])}: {shown['text']}"}


def peers(own: Own, newest: Row | None) -> Section:
    """The gap of each peer beside that of the municipality, a table for each set of peers."""
    say, facts = own.say, own.shared.facts
    paragraphs = [
        say(
            "De marges bepalen wat er over de volgorde te zeggen is. Overlappen ze, dan is de volgorde onbekend.",
            "The bounds decide what can be said of the order. Where they overlap, the order is unknown.",
        )
    ]
    tables = []
    for row in own.rows("peers"):
        if newest is None or not compares(row, newest) or (row["measure"], row["per"]) != ("gap", PER):
            continue
        of = (row["year"], row["universe"], row["synthetic"])
        shown: list[Row] = [
            {"code": code, **{one: own.shared.compared.get((code, *of, one, PER)) for one in MEASURES}}
            for code in [own.code, *own.shared.peers[own.code, row["peer_set"]]]
        ]
        shown = sorted((one for one in shown if one["gap"]), key=lambda one: -_middle(one["gap"]))
        same = row["not_distinguishable_from"]
        told = [
            say(
                "Plaats van {} onder {}: {}. Plaats 1 heeft het grootste verschil.",
                "Place of {} among {}: {}. Number 1 has the largest gap.",
            ).format(own.name, peer_set(own, row), rank(own, row)),
            say("Niet te onderscheiden van: {}.", "Not distinguishable from: {}.").format(same) if same else "",
            f"{row[f'rule_{own.words.lang}']}.",
        ]
        paragraphs.append(" ".join(filter(None, told)))
        columns: list[Column] = [
            (
                say("Gemeente", "Municipality"),
                lambda one: cell(
                    str(facts.municipalities.get(one["code"], one["code"])),
                    link=one["code"] if one["code"] in facts.own_pages and one["code"] != own.code else None,
                ),
                False,
            ),
            *((say(*MEASURES[name]), lambda one, name=name: _per(own, one[name]), True) for name in MEASURES),
        ]
        caption = say("Per 1.000 inwoners, {}: {}", "Per 1,000 inhabitants, {}: {}").format(
            row["year"], peer_set(own, row)
        )

        def is_own(one: Row) -> bool:
            return bool(one["code"] == own.code)

        tables.append(table(caption, shown, columns, refs=own.sources.of(row), more=True, strong=is_own))
    return own.section("gemeenten", paragraphs, tables)


def _per(own: Own, row: Row | None) -> Cell:
    return cell(figure(own.words, row, "value", digits=1) if row else own.say("ontbreekt", "missing"))


def _middle(row: Row) -> float:
    """Where a figure comes in a list: at its value, or half-way its bounds."""
    known = [one for one in (row["value_low"], row["value_high"]) if one is not None]
    return float(row["value"] if row["value"] is not None else sum(known) / max(len(known), 1))


def registered(own: Own) -> Section:
    say, rows = own.say, own.rows("registered")
    columns: list[Column] = [
        (say("Wie", "Who"), lambda row: cell(own.title(row["universe"])), False),
        (say("Wanneer", "When"), lambda row: cell(own.period(row)), False),
        (say("Personen", "Persons"), lambda row: own.figure(row, "persons"), True),
    ]
    paragraphs = [
        say(
            "De BRP is het register van inwoners (ingezetenen). De RNI is het register van mensen die kort in"
            " Nederland zijn of er niet wonen (niet-ingezetenen).",
            "The BRP is the register of inhabitants (residents). The RNI is the register of people who are in the"
            " Netherlands for a short time or do not live there (non-residents).",
        )
    ]
    caption = say("Ingeschreven personen, nieuwste cijfers", "Registered persons, newest figures")
    tables = (
        [
            own.table(
                caption, rows, columns, more=lambda row: not of_migrants(row) or row["universe"].endswith("_recent")
            )
        ]
        if rows
        else []
    )
    return own.section("ingeschreven", paragraphs, tables)


def motives(own: Own) -> Section:
    """Migrants as a share of the population beside the country, and by motive."""
    say, rows = own.say, own.rows("motives")
    percent: dict[str, Any] = {"digits": 1, "unit": "%"}
    when: Column = (say("Jaar", "Year"), lambda row: cell(own.period(row)), False)
    whole: list[Column] = [
        when,
        (own.name, lambda row: own.figure(row, "share_of_population", **percent), True),
        (say("Nederland", "Netherlands"), lambda row: own.figure(row, "nl_share_of_population", **percent), True),
    ]
    parts: list[Column] = [
        (say("Motief", "Motive"), lambda row: cell(_motive(own, row["motive"])), False),
        when,
        (say("Personen", "Persons"), lambda row: own.figure(row, "persons"), True),
        (
            say("Deel van de migranten", "Share of migrants"),
            lambda row: (
                own.figure(row, "share_of_migrants", **percent)
                if row["motive"] != "all"
                else cell(say("het geheel", "the whole"))
            ),
            True,
        ),
        (say("Staaf", "Bar"), lambda row: cell("", bar=bar(row, "persons", most)), False),
    ]
    of_motive: list[Column] = [
        parts[0],
        when,
        (say("Herkomst", "Origin"), lambda row: cell(own.group(row["origin_group"])), False),
        (
            say("Deel binnen het motief", "Share of the motive"),
            lambda row: own.figure(row, "share_of_motive", **percent),
            True,
        ),
    ]
    everybody = [row for row in rows if row["origin_group"] == "all"]
    wholes = [row for row in everybody if row["motive"] == "all"]
    counted = [row for row in everybody if row["persons_low"] is not None]
    most = max((row["persons_high"] or 0 for row in counted), default=0)
    divided = [row for row in rows if row["share_of_motive_low"] is not None]
    tables = []
    if wholes:
        caption = say(
            "Ingeschreven migranten als deel van de bevolking", "Registered migrants, share of the population"
        )
        tables.append(own.table(caption, wholes, whole))
    if counted:
        tables.append(
            own.table(say("Ingeschreven migranten naar motief", "Registered migrants by motive"), counted, parts)
        )
    if divided:
        caption = say("Herkomst binnen een motief", "Origin within a motive")
        tables.append(own.table(caption, divided, of_motive, more=True))
    open_bar = say("Een open staaf geeft alleen grenzen.", "An open bar gives bounds alone.")
    return own.section("motieven", [open_bar] if counted else [], tables)


def _motive(own: Own, motive: str) -> str:
    """A motive, or motives that are known together alone."""
    parts = [motive] if motive in _MOTIVES else motive.split("_and_")
    return own.say(" en ", " and ").join(own.term(_MOTIVES, one) for one in parts)


def inspections(own: Own) -> Section:
    """Inspections and fines of the newest three years by law; by seat only where no place of inspection is known."""
    say, rows = own.say, own.rows("inspections")
    if any(row["place_basis"] == "inspection_place" for row in rows):
        rows = [row for row in rows if row["place_basis"] != "seat"]
    cases: dict[tuple[Any, ...], Row] = {}
    for row in rows:
        key = {one: row[one] for one in ("year", "law", "place_basis", "universe", "synthetic")}
        cases.setdefault(tuple(key.values()), key)[row["unit"]] = row
    none = cell(say("geen cijfer", "no figure"))
    columns: list[Column] = [
        (say("Jaar", "Year"), lambda one: cell(str(one["year"])), False),
        (say("Wet", "Act"), lambda one: cell(own.term(_LAWS, one["law"])), False),
        *(
            (head, lambda one, unit=unit, name=name: own.figure(one[unit], name) if unit in one else none, True)
            for head, unit, name in (
                (say("Inspecties", "Inspections"), "inspections", "cases"),
                (say("Boetes", "Fines"), "fines", "cases"),
                (say("Bedrag in euro", "Amount in euros"), "fines", "amount_eur"),
            )
        ),
        (say("Plaats", "Place"), lambda one: cell(own.term(_PLACES, one["place_basis"])), False),
    ]

    def standing(one: Row) -> str:
        return "; ".join(sorted({own.standing(one[unit]) for unit in ("inspections", "fines") if unit in one}))

    paragraphs = [
        say(
            "De cijfers zeggen waar is geïnspecteerd, niet waar het meest mis is. De Arbeidsinspectie publiceert een"
            " inspectie drie jaar lang.",
            "The figures tell where was inspected, not where most is wrong. The Labour Inspectorate publishes an"
            " inspection for three years.",
        )
    ]
    told = table(
        say("Inspecties en boetes per jaar en wet", "Inspections and fines by year and act"),
        cases.values(),
        columns,
        standing=(say("Stand", "Standing"), standing),
        more=lambda one: one["law"] in ("wav", "wml", "waadi"),
    )
    return own.section("inspecties", paragraphs, [told] if cases else [])


def indicators(own: Own) -> Section:
    """The newest figure of each indicator, those with a target first."""
    say, rows = own.say, own.rows("indicators")
    columns: list[Column] = [
        (say("Indicator", "Indicator"), lambda row: cell(row["indicator"], lang="nl"), False),
        (say("Wanneer", "When"), lambda row: cell(own.period(row)), False),
        (
            say("Nieuwste cijfer", "Newest figure"),
            lambda row: own.figure(row, "value", digits=_digits(row["value"]), unit=f" {row['unit']}") | {"lang": "nl"},
            True,
        ),
        (
            say("Verandering", "Change"),
            lambda row: cell(
                figure(own.words, row, "change", digits=_digits(row["change"]))
                if row["change_verdict"] != "no_previous"
                else say("geen eerder cijfer", "no earlier figure")
            ),
            True,
        ),
        (say("Doel", "Target"), lambda row: cell(_target(own, row)), False),
    ]
    on_paper = {id(row) for row in rows[:_INDICATORS_ON_PAPER]}
    caption = say("Het nieuwste cijfer van elke indicator", "The newest figure of each indicator")
    tables = [own.table(caption, rows, columns, more=lambda row: id(row) not in on_paper)] if rows else []
    return own.section("indicatoren", [], tables)


def _target(own: Own, row: Row) -> str:
    if row["target"] is None:
        return own.say("geen doel", "no target")
    bounds = {"at_least": own.say("ten minste ", "at least "), "at_most": own.say("hoogstens ", "at most ")}
    target = own.words.number(row["target"], _digits(row["target"]))
    return f"{bounds.get(row['direction'], '')}{target}: {own.term(_TARGETS, row['target_verdict'])}"


def _digits(value: float | None) -> int:
    return 0 if value is None or value == int(value) else 1


def housing(own: Own) -> Section:
    say, rows = own.say, own.rows("housing")
    columns: list[Column] = [
        (say("Soort", "Kind"), lambda row: cell(own.term(_LODGING, row["kind"])), False),
        (say("Peildatum", "As of"), lambda row: cell(own.period(row)), False),
        (say("Locaties", "Locations"), lambda row: own.figure(row, "locations"), True),
        (say("Vergunde plaatsen", "Permitted places"), lambda row: own.figure(row, "places_permitted"), True),
        (say("Bezette plaatsen", "Occupied places"), lambda row: own.figure(row, "places_occupied"), True),
    ]
    paragraphs = [
        say("Huisvesting die de gemeente niet kent, zit er niet in.", "Lodging that it does not know is not in it.")
    ]
    caption = say("Huisvesting van arbeidsmigranten", "Lodging of labour migrants")
    tables = [own.table(caption, rows, columns, more=lambda row: row["kind"] != "all")] if rows else []
    return own.section("huisvesting", paragraphs, tables)
