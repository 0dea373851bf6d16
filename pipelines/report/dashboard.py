"""The first page: every municipality of the newest year on a map and in a table, and files with which its script shows
other choices.

Belongs here: the page and its words. Does not belong here: choosing and ranking figures (``year``), shapes of the map
(``maps``), laying out (``templates/dashboard.html``), or choosing among what is written here
(``templates/dashboard.js``, which knows no language).
"""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import asdict
from functools import cache
from itertools import pairwise
from typing import TYPE_CHECKING, Any

from pipelines.report.facts import web_address
from pipelines.report.site import Page
from pipelines.report.words import MARGIN, Words
from pipelines.report.year import (
    CSV_COLUMNS,
    FINALITIES,
    GAP,
    LACKING,
    MEASURES,
    REGIONS,
    STATUSES,
    Measure,
    Year,
    basis,
    breaks,
    sign,
    three,
)

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping, Sequence

    from pipelines.report.facts import Facts, Row


def pages(facts: Facts) -> Iterator[Page]:
    """The page in two languages, and for each reporting year a CSV and data: of all groups together, and of each."""
    found = facts.rows("select distinct reporting_year from registration_gap order by reporting_year desc")
    years = [Year(facts, row["reporting_year"]) for row in found]
    for year in years:
        yield _script(str(year.number), year.places(outlined=year is not years[0]) | year.data("all"))
        for group in year.groups:
            if group != "all":
                yield _script(f"{year.number}-{group}", year.data(group))
        yield Page(path=f"data/{year.csv_name}", template=None, content={"text": year.csv()})
    for words in (Words("nl"), Words("en")):
        yield Page(
            path=words.say("index.html", "en/index.html"), template="dashboard.html", lang=words.lang, twin=True,
            content=_told(facts, words, years) if years else {"year": None},
        )  # fmt: skip


def _script(name: str, told: object) -> Page:
    written = json.dumps(told, separators=(",", ":"), ensure_ascii=False)
    return Page(
        path=f"data/{name}.js", template=None, content={"text": f'(window.zicht??={{}})["{name}"]={written};\n'}
    )


def _told(facts: Facts, words: Words, years: Sequence[Year]) -> dict[str, Any]:
    """What the template lays out: the newest year, the choices that the script offers, and every text it shows."""
    newest = years[0]
    comparisons = _comparisons(facts, words)
    rows = newest.of("all")
    usual = _usual(rows)
    rows.sort(key=lambda row: _by_rank(row, usual))
    edges = breaks(rows, GAP)
    drawn = _drawn(newest, rows, edges, words)
    counted = {row["municipality_code"] for row in rows}
    groups = {group for year in years for group in year.groups}
    return {
        "texts": _texts(words),
        "year": newest.number,
        "choices": {
            "years": [[year.number, year.number] for year in years],
            "groups": [[key, words.say(*said)] for key, said in facts.origin_groups.items() if key in groups],
            "regions": _regions(facts, years, words),
            "comparisons": [["", words.say("die de voorkeur heeft", "the preferred one")]] + [
                [one["key"], f"{one['number']}. {one['workers']['title']} – {one['residents']['title']}"]
                for one in comparisons
            ],
        },
        "measures": [asdict(measure) | {"title": words.say(measure.nl, measure.en)} for measure in MEASURES],
        "columns": CSV_COLUMNS,
        "comparisons": comparisons,
        "counts": {
            "rows": len(rows),
            "areas": len(newest.areas),
            "open": sum(row["gap"] is None for row in rows),
            "provisional": sum(row["finality"] == "provisional" for row in rows),
        },
        "rows": [_shown(row, words, facts, comparisons, usual) for row in rows],
        "bare": [area["name"] for area in newest.areas if area["code"] not in counted],
        "map": drawn,
        "legend": _legend({one["sign"] for one in drawn["shapes"]}, edges, words),
        "maps": [
            {
                "year": year.number,
                "source": words.say(year.outlines.source_nl, year.outlines.source_en),
                "undrawn": list(year.outlines.undrawn.values()),
            }
            for year in years
        ],
        "csv": [[year.number, f"data/{year.csv_name}"] for year in years],
        "margin": words.say(*MARGIN),
    }  # fmt: skip


def _regions(facts: Facts, years: Sequence[Year], words: Words) -> list[list[Any]]:
    """Areas in which municipalities are sought: of each type that there is its title, and code and name of each."""
    titles = (
        words.say("Provincies", "Provinces"),
        words.say("COROP-gebieden", "COROP areas"),
        words.say("Arbeidsmarktregio's", "Labour market regions"),
    )
    there = {code for year in years for area in year.areas for code in area["regions"]}
    found = [
        row
        for row in facts.rows("select area_type, area_code, area_name from area order by area_name, area_code")
        if row["area_code"] in there
    ]
    offered = [
        [title, [[row["area_code"], row["area_name"]] for row in found if row["area_type"] == kind]]
        for kind, title in zip(REGIONS, titles, strict=True)
    ]
    return [one for one in offered if one[1]]


def _shown(
    row: Row, words: Words, facts: Facts, comparisons: Sequence[Mapping[str, Any]], usual: tuple[Any, ...]
) -> dict[str, Any]:
    """A row of the table, in words; the script says the same of the same row."""
    return {
        "code": row["municipality_code"],
        "name": row["municipality_name"],
        "own_page": row["municipality_code"] in facts.own_pages,
        "figures": [_figure(row, measure, words) for measure in MEASURES if not measure.per],
        "rank": _ranked(row["rank"][GAP.name], words) if basis(row) == usual else _texts(words)["apart"],
        "notes": ", ".join(
            filter(None, (words.finality(row["finality"]), words.say("synthetisch", "synthetic") * row["synthetic"]))
        ),
        "comparison": next(one["number"] for one in comparisons if one["key"] == row["comparison"]),
    }


def _figure(row: Row, measure: Measure, words: Words) -> str:
    told = dict(zip((f"{measure.name}{part}" for part in ("", "_low", "_high")), three(row, measure), strict=True))
    told["availability"] = row["status"][measure.name]
    return words.figure(told, measure.name, digits=measure.digits, unit=measure.unit)


def _ranked(rank: tuple[int, int, int] | None, words: Words) -> str:
    texts = _texts(words)
    if rank is None or rank[2] == 1:
        return str(texts["no_rank"])
    low, high, of = map(words.number, rank)
    return str(texts["rank"].format(low, of) if low == high else texts["ranks"].format(low, high, of))


def _usual(rows: Sequence[Row]) -> tuple[Any, ...]:
    """What most figures are based on: their ranks are shown, as those of others are ranks among others."""
    counted = Counter(map(basis, rows))
    return min(counted, key=lambda one: (-counted[one], one), default=())


def _by_rank(row: Row, usual: tuple[Any, ...]) -> tuple[float, ...]:
    rank = row["rank"][GAP.name]
    return (float(basis(row) != usual), *rank) if rank else (float("inf"),)


def _comparisons(facts: Facts, words: Words) -> list[dict[str, Any]]:
    """The pairs of universes that are compared in the release, nearest first, each with its number on the page."""
    universes = {row["universe"]: row for row in facts.rows("select * from universe")}

    def told(universe: str) -> dict[str, Any]:
        row = universes[universe]
        return {
            "title": row[f"title_{words.lang}"],
            "definition": row[f"definition_{words.lang}"],
            "address": web_address(row["source_address"]),
        }

    pairs = facts.rows(
        """
        select
            pair.*,
            string_agg(distinct gap.edition, '; ' order by gap.edition)
                filter (gap.reporting_year = (select max(reporting_year) from registration_gap)) as editions
        from universe_pair as pair
        inner join registration_gap as gap using (workers_universe, residents_universe)
        group by all
        order by pair.preference, pair.workers_universe, pair.residents_universe
        """
    )
    return [
        {
            "number": number,
            "key": f"{pair['workers_universe']}.{pair['residents_universe']}",
            "workers": told(pair["workers_universe"]),
            "residents": told(pair["residents_universe"]),
            "reason": pair[f"reason_{words.lang}"],
            "editions": pair["editions"],
        }
        for number, pair in enumerate(pairs, start=1)
    ]


def _drawn(year: Year, rows: Sequence[Row], edges: Sequence[float], words: Words) -> dict[str, Any]:
    """The map with its signs; an area without a row is on it too."""
    row_of = {row["municipality_code"]: row for row in rows}
    area_of = {area["code"]: area for area in year.areas}
    shapes = []
    for code, path in year.outlines.shapes.items():
        row = row_of.get(code)
        mark = sign(row, GAP, edges) if row else ""
        told = _figure(row, GAP, words) if row else _texts(words)["none"]
        shapes.append(
            area_of[code] | {
                "path": path, "at": year.outlines.labels[code], "sign": mark, "kind": _kind(mark),
                "told": f"{area_of[code]['name']}: {told}",
            }
        )  # fmt: skip
    return {"kind": year.outlines.kind, "box": year.outlines.view_box, "shapes": shapes}


def _legend(signs: Collection[str], edges: Sequence[float], words: Words) -> list[list[str]]:
    """What the signs on the map mean: each with how the style sheet calls it."""
    texts = _texts(words)
    written = [words.number(edge) for edge in edges]
    spans = [texts["less"].format(written[0]) if written else texts["a_figure"]]
    spans += [texts["from_to"].format(*pair) for pair in pairwise(written)]
    spans += [texts["or_more"].format(written[-1])] if written else []
    known = {"−": texts["below"], "≈": texts["unclear"]} | {
        str(place): said for place, said in enumerate(spans, start=1)
    }
    lacking = {mark: texts["statuses"][STATUSES.index(name)] or texts["only_bounds"] for name, mark in LACKING.items()}
    return [[one, _kind(one), said] for one, said in (known | lacking | {"": texts["none"]}).items() if one in signs]


def _kind(mark: str) -> str:
    """How the style sheet calls what a sign stands for."""
    return f"k{mark}" if mark.isdigit() else {"−": "below", "≈": "unclear"}.get(mark, "lacking")


@cache
def _texts(words: Words) -> dict[str, Any]:
    """What the script writes; it fills in ``{}`` in order."""
    say = words.say
    return {
        "locale": say("nl-NL", "en-GB"),
        "synthetic": say("synthetisch", "synthetic"),
        "statuses": [
            "",
            *(words.status(name) for name in STATUSES[1:4]),
            say("niet berekend", "not computed"),
            "",
        ],
        "only_bounds": say("alleen grenzen bekend", "only bounds known"),
        "status_codes": STATUSES,
        "finality_codes": FINALITIES,
        "lacking": ["", *LACKING.values()],
        "finalities": [words.finality(name) for name in FINALITIES],
        "margin": say("({} tot {})", "({} to {})"),
        "between": say("tussen {} en {}", "between {} and {}"),
        "at_least": say("ten minste {}", "at least {}"),
        "at_most": say("hoogstens {}", "at most {}"),
        "rank": say("{} van\u00a0{}", "{} of\u00a0{}"),
        "ranks": say("{}\u00a0tot\u00a0{} van\u00a0{}", "{}\u00a0to\u00a0{} of\u00a0{}"),
        "no_rank": say("geen rang", "no rank"),
        "apart": say("andere vergelijking", "other comparison"),
        "comparison": say("vergelijking {}", "comparison {}"),
        "sorted": say("Volgorde: {}.", "Order: {}."),
        "turned": say("{}, omgekeerd", "{}, reversed"),
        "no_name": say("Geen gemeente met ‘{}’ in de naam.", "No municipality with ‘{}’ in its name."),
        "no_name_there": say(
            "Geen gemeente met ‘{}’ in de naam in dit gebied: {}.",
            "No municipality with ‘{}’ in its name in this area: {}.",
        ),
        "none": say("geen cijfer in deze uitgave", "no figure in this release"),
        "a_figure": say("een cijfer", "a figure"),
        "less": say("minder dan {}", "less than {}"),
        "from_to": say("{} tot {}", "{} to {}"),
        "or_more": say("{} of meer", "{} or more"),
        "below": say("meer ingezetenen dan werkzame personen", "more residents than workers"),
        "unclear": say(
            "geen duidelijk verschil: nul ligt binnen de grenzen", "no clear gap: zero is within its bounds"
        ),
        "shown": say("U ziet: {}. Gemeenten in de tabel: {}.", "You see: {}. Municipalities in the table: {}."),
        "open": say(
            "Bij {} daarvan is dit cijfer niet gepubliceerd of niet bekend.",
            "For {} of them this figure is not published or not known.",
        ),
        "searched": say("naam met ‘{}’", "name with ‘{}’"),
        "unknown": say(
            "De link vraagt om ‘{}’. Dat staat niet in deze uitgave.",
            "The link asks for ‘{}’. That is not in this release.",
        ),
        "nothing": say(
            "Voor deze keuze heeft geen enkele gemeente een cijfer in deze uitgave.",
            "For this choice no municipality has a figure in this release.",
        ),
        "not_loaded": say(
            "De cijfers van {} zijn niet geladen. Probeer het nog eens.",
            "The figures of {} have not been loaded. Please try again.",
        ),
    }
