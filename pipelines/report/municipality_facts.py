"""What the page of a municipality draws on: the rows of the release that are asked of each, and how one says a figure.

Belongs here: reading, and words that its sentences and its tables share. Does not belong here: the sentences
(``municipality``) and the tables (``municipality_tables``).
"""

from __future__ import annotations

import re
from collections import defaultdict
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from pipelines.report.sheet import Origins, Sources, cell, section, table

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from pipelines.report.facts import Facts, Row
    from pipelines.report.sheet import Cell, Column, Section, Table
    from pipelines.report.words import Words

PER = "1,000 residents"
MEASURES = {
    "workers": ("Werkzame personen", "Workers"),
    "residents": ("Ingezetenen", "Residents"),
    "gap": ("Verschil werken–ingeschreven", "Gap between working and registered"),
}
_BOUNDS = {
    "exact": ("exact", "exact"),
    "rounding_known": ("afgerond", "rounded"),
    "rounding_assumed": ("afronding aangenomen", "assumed to be rounded"),
    "suppressed": ("te klein of geheim", "too small or confidential"),
    "weights": ("geschat met een steekproef", "estimated from a sample"),
    "model": ("met een model", "by a model"),
}
_RELATIONS = {
    "same": ("Beide cijfers tellen dezelfde groep.", "Both figures count the same group."),
    "nested": ("De ingezetenen zijn een deel van de werkzame personen.", "The residents are a part of the workers."),
    "overlapping": (
        "De twee groepen vallen voor een deel samen. Het ene cijfer is dus geen deel van het andere.",
        "The two groups partly coincide, so the one figure is no part of the other.",
    ),
    "different": ("De twee cijfers tellen verschillende groepen.", "The two figures count different groups."),
    "unknown": (
        "Niemand heeft kunnen toetsen hoe de twee groepen zich verhouden.",
        "Nobody could verify how the two groups relate.",
    ),
}
_CLAIMED = {
    "same": ("De bron noemt het wel dezelfde groep.", "The source does call it the same group."),
    "nested": (
        "De bron noemt de ingezetenen wel een deel van de werkzame personen.",
        "The source does call the residents a part of the workers.",
    ),
    "overlapping": ("De bron zegt dat ze voor een deel samenvallen.", "The source says that they partly coincide."),
    "different": ("De bron noemt het verschillende groepen.", "The source calls them different groups."),
}
_TITLES = {
    "verschil": ("Wat het verschil wel en niet zegt", "What the gap does and does not say"),
    "trend": ("Door de jaren", "Over the years"),
    "samenstelling": ("Waar de werkzame personen ingeschreven staan", "Where the workers are registered"),
    "vergelijkingen": ("Alle vergelijkingen", "All comparisons"),
    "gemeenten": ("Naast andere gemeenten", "Beside other municipalities"),
    "ingeschreven": ("Ingeschreven in de gemeente", "Registered in the municipality"),
    "geen-lijst": ("Wie op geen lijst staat", "Who is in no list"),
    "motieven": ("Waarom migranten kwamen", "Why migrants came"),
    "inspecties": ("Inspecties en boetes", "Inspections and fines"),
    "indicatoren": ("Indicatoren van de gemeente", "Indicators of the municipality"),
    "huisvesting": ("Huisvesting die de gemeente kent", "Lodging that the municipality knows"),
    "datahiaten": ("Wat er niet bekend is", "What is not known"),
}
_LACKS = {
    "vergelijkingen": (
        "Er is nog niets te vergelijken. De Migrantenmonitor van het CBS geeft de cijfers die nodig zijn.",
        "There is nothing to compare yet. The Migrantenmonitor of Statistics Netherlands gives the figures.",
    ),
    "trend": ("Er is nog geen jaar met een vergelijking.", "No year has a comparison yet."),
    "samenstelling": (
        "Niet bekend. De Migrantenmonitor van het CBS vertelt van werkzame personen waar ze ingeschreven staan.",
        "Not known. The Migrantenmonitor of Statistics Netherlands tells of workers where they are registered.",
    ),
    "gemeenten": (
        "Geen vergelijking met andere gemeenten. Daarvoor zijn cijfers nodig van dezelfde bron en hetzelfde jaar.",
        "No comparison with other municipalities. It needs figures of the same source and the same year.",
    ),
    "ingeschreven": (
        "Geen cijfers. Ze kunnen komen uit de BRP, de RNI of de open tabellen van het CBS.",
        "No figures. They can come from the BRP, the RNI or the open tables of Statistics Netherlands.",
    ),
    "motieven": (
        "Geen cijfers over deze gemeente. Het CBS kan ze als maatwerk leveren.",
        "No figures of this municipality. Statistics Netherlands can deliver them to order.",
    ),
    "inspecties": (
        "Geen inspecties bekend. Er kunnen er wel geweest zijn: de Arbeidsinspectie publiceert ze drie jaar lang.",
        "No inspections known. There may have been some: the Labour Inspectorate publishes them for three years.",
    ),
    "indicatoren": (
        "Geen indicatoren bekend. De gemeente kan ze zelf aanleveren, met een doel en een bron erbij.",
        "No indicators known. The municipality can deliver them itself, with a target and a source.",
    ),
    "huisvesting": (
        "Geen cijfers. De gemeente kan haar eigen lijst van huisvesting aanleveren.",
        "No figures. The municipality can deliver its own list of lodging.",
    ),
}
"""What a section says where the release has nothing for it, and which source would give it."""
_OF = {
    "area": "select area_code as code, successors, valid_to from area where area_type = 'GM'"
    " qualify row_number() over (partition by area_code order by valid_to desc nulls first) = 1",
    "headline": "select municipality_code as code, * from gap_headline order by reporting_year",
    "comparisons": "select municipality_code as code, * from registration_gap where not superseded"
    " order by preference, workers_universe, residents_universe, reporting_year desc, synthetic",
    "composition": "select municipality_code as code, * from worker_composition where origin_group = 'all'"
    " order by period_end desc, synthetic, overlap",
    "workers": "select area_code as code, * from working where area_type = 'GM' and origin_group = 'all'"
    " and employment = 'all' and sector = 'all' and home_area = 'all' and unit = 'persons' and not superseded"
    " order by synthetic, period_end desc",
    "registered": "select area_code as code, * from registered where area_type = 'GM' and stay_band = 'all'"
    " and origin_group = 'all' qualify period_end = max(period_end) over (partition by area_code, universe,"
    " measured_as, synthetic) order by measured_as = 'flow', synthetic, register, universe",
    "unseen": "select area_code as code, * from estimate where area_type = 'GM' and measure = 'all_persons'"
    " order by period_end desc, period_start, synthetic, lists, universe, method",
    "unseen_if": "select area_code as code, * from estimate_sensitivity where area_type = 'GM'"
    " and measure = 'all_persons' order by stratum <> 'all', stratum, try_cast(assumed as double), value, assumed",
    "expected": "select area_code as code, * from estimate where area_type = 'GM'"
    " and measure in ('workers', 'residents') and value is not null"
    " order by measure desc, universe, period_end desc, synthetic, method desc",
    "motives": "select area_code as code, * from migration_motive where area_type = 'GM'"
    " and not superseded order by motive <> 'all',"
    " max(persons_low) over (partition by area_code, motive) desc nulls last, motive, period_start",
    "inspections": "select area_code as code, year(period_start) as year, * from inspection where area_type = 'GM'"
    " and sector = 'all' and outcome = 'all' and unit in ('inspections', 'fines')"
    " qualify year > max(year) over (partition by area_code, universe) - 3 order by year desc, law <> 'all', law",
    "indicators": "select area_code as code, * from indicator where area_type = 'GM' and not superseded qualify"
    " period_end = max(period_end) over (partition by area_code, indicator_id, synthetic)"
    " order by target is null, previous is null, domain, indicator_id",
    "housing": "select area_code as code, * from housing where area_type = 'GM' and not superseded qualify"
    " period_end = max(period_end) over (partition by area_code, universe, synthetic)"
    " order by synthetic, kind <> 'all', kind",
    "peers": "select area_code as code, year(period_start) as year, * from peer_comparison where area_type = 'GM'"
    " order by peer_set desc",
    "gaps": "select area_code as code, * from data_gap where area_type = 'GM' and closed is null"
    " order by opened desc nulls last, measure",
}
"""What is asked of each municipality, in the order in which it is told."""


class Shared:
    """What the pages of all municipalities draw on, read once.

    Attributes:
        of: rows of each municipality by what was asked (``_OF``).
        peers: codes of the peers of a municipality in a set, most alike first.
        compared: a row of ``peer_comparison`` of a municipality, by year, universe, synthetic, measure and per.
        reports: years of which a municipality has a council report.
    """

    def __init__(self, facts: Facts) -> None:
        from pipelines.report import council

        self.facts, self.origins = facts, Origins(facts)
        self.of: dict[str, dict[str, list[Row]]] = {name: defaultdict(list) for name in _OF}
        for name, query in _OF.items():
            for row in facts.rows(query):
                self.of[name][row["code"]].append(row)
        self.peers: dict[tuple[str, str], list[str]] = defaultdict(list)
        for row in facts.rows("from peer order by distance, peer_code"):
            self.peers[row["municipality_code"], row["peer_set"]].append(row["peer_code"])
        self.compared = {
            (code, row["year"], row["universe"], row["synthetic"], row["measure"], row["per"]): row
            for code, rows in self.of["peers"].items()
            for row in rows
        }
        self.reports: dict[str, list[int]] = defaultdict(list)
        for code, year in council.reports(facts):
            self.reports[code].append(year)


@dataclass(frozen=True)
class Own:
    """A municipality while its page is written."""

    code: str
    shared: Shared
    words: Words
    sources: Sources = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "sources", Sources(self.shared.origins, self.words))

    @property
    def name(self) -> str:
        return self.shared.facts.municipalities[self.code]

    @property
    def successors(self) -> list[str]:
        """Codes of the municipalities that it went into, where it is no more."""
        as_of = self.shared.facts.release["as_of"]
        gone = [row["successors"] or "" for row in self.rows("area") if row["valid_to"] and row["valid_to"] <= as_of]
        return re.findall(r"\d{4}", " ".join(gone))

    def rows(self, asked: str) -> list[Row]:
        return self.shared.of[asked].get(self.code, [])

    def say(self, nl: str, en: str) -> str:
        return self.words.say(nl, en)

    def term(self, words: Mapping[str, tuple[str, str]], one: str) -> str:
        """What something is called; what has no name yet keeps its own."""
        return self.say(*words[one]) if one in words else one

    def group(self, one: str) -> str:
        return self.term(self.shared.facts.origin_groups, one)

    def title(self, universe: str) -> str:
        return self.shared.origins.title(universe, self.words)

    def figure(self, row: Row, name: str, part: int | None = None, **notation: Any) -> Cell:
        """A figure with its source, that of one of its universes where ``part`` says which."""
        return cell(figure(self.words, row, name, **notation), self.sources.of(row, part))

    def period(self, row: Row) -> str:
        return self.words.period(row["period_start"], row["period_end"])

    def standing(self, row: Row) -> str:
        """How final a figure is, what its bounds rest on, and that it is made up."""
        told = [
            self.words.finality(row["finality"]) or self.say("definitief", "final"),
            self.say(*_BOUNDS.get(row["bound_kind"], ("", ""))),
            self.say("synthetisch", "synthetic") if row["synthetic"] else "",
        ]
        return ", ".join(filter(None, told))

    def table(self, caption: str, rows: Iterable[Row], columns: Sequence[Column], **more: Any) -> Table:
        """A table of figures, with how each stands."""
        return table(caption, rows, columns, standing=(self.say("Stand", "Standing"), self.standing), **more)

    @property
    def pair(self) -> list[Column]:
        """The figures of a comparison."""
        return [
            (self.say(*MEASURES["workers"]), lambda row: self.figure(row, "workers", 0), True),
            (self.say(*MEASURES["residents"]), lambda row: self.figure(row, "residents", 1), True),
            (self.say(*MEASURES["gap"]), lambda row: self.figure(row, "gap"), True),
        ]

    def section(self, name: str, paragraphs: list[str], tables: list[Table] | None = None, **more: Any) -> Section:
        """A section; where its tables are none, it says what they lack."""
        empty = tables == []
        told = [self.term(_LACKS, name)] if empty else paragraphs
        return section(name, self.term(_TITLES, name), told, tables or [], empty=empty, **more)


def compares(peers: Row, row: Row) -> bool:
    """Whether a row of ``peer_comparison`` is about a headline."""
    return (peers["year"], peers["universe"], peers["synthetic"]) == (
        row["reporting_year"],
        row["universe"],
        row["synthetic"],
    )


def of_migrants(row: Row) -> bool:
    """Whether a row of ``registered`` is a stock of a group of migrants: not of all inhabitants, and no movement."""
    named = row["universe"].endswith(("_foreign", "_foreign_nationality", "_born_abroad"))
    return bool(row["measured_as"] == "stock" and (named or row["register"] == "rni"))


def rank(own: Own, row: Row) -> str:
    low, high, of = row["rank_low"], row["rank_high"], row["peer_count"]
    if (low, high) == (1, of):
        return own.say("niet te bepalen", "cannot be determined")
    if low == high:
        return own.say("plaats {} van {}", "number {} of {}").format(low, of)
    return own.say("tussen plaats {} en {} van {}", "between number {} and {} of {}").format(low, high, of)


def peer_set(own: Own, row: Row) -> str:
    if row["peer_set"] == "similar":
        return own.say("vergelijkbare gemeenten", "similar municipalities")
    return own.say("omliggende gemeenten", "surrounding municipalities")


def related(own: Own, row: Row) -> Iterator[str]:
    """How the two universes of a comparison relate, and what the source says of that."""
    yield own.term(_RELATIONS, row["relation"])
    if row["relation_claimed"] != row["relation"] and row["relation_claimed"] in _CLAIMED:
        yield own.term(_CLAIMED, row["relation_claimed"])


def reason(own: Own, row: Row) -> list[str]:
    reason = row[f"relation_reason_{own.words.lang}"]
    return [f"{reason}."] if reason else []


def same_pair(row: Row, other: Row) -> bool:
    return all(row[name] == other[name] for name in ("workers_universe", "residents_universe", "synthetic"))


def figure(words: Words, row: Row, name: str, **notation: Any) -> str:
    """A figure in words, as ``Words.figure``; what a row says of two figures together is not said of one.

    A count of at least nothing is not a bound. Where a comparison lacks both its figures, its row does not tell which
    of them is missing and which too small.
    """
    shown = dict(row)
    if row[name] is None and row[f"{name}_low"] == 0 and row[f"{name}_high"] is None:
        shown[f"{name}_low"] = None
    both_absent = "residents" in row and row["workers"] is None and row["residents"] is None
    if both_absent and row["availability"] == "missing" and name in ("workers", "residents"):
        shown["availability"] = "available"
    return words.figure(shown, name, **notation)
