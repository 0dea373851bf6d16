"""The estimates on the page of a municipality: persons in no list, and years that are not published yet.

Belongs here: choosing rows and columns, and the sentences around them; of a municipality without estimates nothing.
Does not belong here: what methods, lists and reasons are called (``words``), or any computation.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from pipelines.report.municipality_facts import MEASURES, figure
from pipelines.report.sheet import cell, table
from pipelines.report.words import ASSUMPTIONS, LISTS, METHODS, REFUSALS

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from pipelines.report.facts import Row
    from pipelines.report.municipality_facts import Own
    from pipelines.report.sheet import Cell, Column, Section, Table

_TABLE = ("period_start", "period_end", "lists", "universe", "edition", "version", "synthetic", "delivery_id")
"""What estimates from one table of counts have in common."""
_AS_ESTIMATED = {"odds_ratio": 1.0, "links_missed": 0.0}
"""The number with which the estimates themselves were made."""


def unseen(own: Own) -> Iterator[Section]:
    """The section on persons in no list, if lists were laid side by side: estimates, what if, and refusals."""
    say, rows = own.say, [row for alike in _tables(own.rows("unseen")) for row in alike]
    if not rows:
        return
    known = [row for row in rows if row["refused_because"] is None]
    tables: list[Table] = []
    for alike in _tables(known):
        tables += _estimated(own, alike)
        tables += _varied(own, alike, [row for row in own.rows("unseen_if") if _of(row) == _of(alike[0])])
        tables.append(_explained(own, alike))
    refused = [row for row in rows if row["refused_because"] is not None]
    if refused:
        tables.append(_refused(own, refused))
    paragraphs = [
        say(
            "Van wie de gemeente en anderen tegenkomen, houden zij lijsten bij. Hoe vaak dezelfde persoon meer dan eens"
            " is gezien, zegt iets over hoeveel personen niemand heeft gezien. Dat is een schatting met een"
            " bandbreedte, geen telling.",
            "The municipality and others keep lists of whom they meet. How often the same person was seen more than"
            " once tells something of how many persons nobody has seen. That is an estimate with an interval, not a"
            " count.",
        ),
        say(
            "Wie op geen van deze lijsten staat, kan wel in een register staan, zoals de BRP of de RNI.",
            "Who is in none of these lists may be in a register all the same, such as the BRP or the RNI.",
        ),
    ]
    if known:
        paragraphs += [
            say(
                "Een schatting klopt alleen als de lijsten over dezelfde groep, plaats en periode gaan, als daarin"
                " niemand erbij komt of weggaat, als een persoon altijd is herkend, en als wie op de ene lijst staat"
                " niet vaker of minder vaak dan anderen op een andere staat, behalve waar de methode daarmee rekent. Of"
                " dat zo is, is aan de cijfers niet te zien. Daarom staan hier meer methoden naast elkaar, en wat eruit"
                " komt als een aanname niet klopt. Neem de uitkomsten samen; geen ervan is de juiste.",
                "An estimate is right only if the lists are of the same group, place and period, if nobody comes or"
                " goes in it, if a person was always recognised, and if who is in one list is in another neither more"
                " nor less often than others are, but for what a method allows. The figures cannot show whether that is"
                " so. So more methods stand side by side, and what comes out if an assumption fails. Take the outcomes"
                " together; none of them is the right one.",
            ),
            say(
                "In het beeld is de balk wie is gezien, de stip de schatting van alle personen en de streep de"
                " bandbreedte. Kloppen de aannamen, dan bevat zo'n bandbreedte in {} van de 100 gevallen het aantal.",
                "In the picture the bar is who was seen, the dot the estimate of all persons and the line the"
                " interval. If the assumptions are right, such an interval holds the number in {} of 100 cases.",
            ).format(known[0]["level"]),
        ]
    yield own.section("geen-lijst", paragraphs, tables, paper=_on_paper(own, known))


def expected(own: Own) -> list[Table]:
    """Years that are not published yet, where they are estimated, beside earlier estimates and what they became."""
    say, rows = own.say, own.rows("expected")
    if not rows:
        return []
    explained = f"explanation_{own.words.lang}"
    columns: list[Column] = [
        (say("Wat", "What"), lambda row: cell(f"{_measured(own, row)} ({own.title(row['universe'])})"), False),
        (say("Wanneer", "When"), lambda row: cell(own.period(row)), False),
        (say("Geschat", "Estimated"), lambda row: own.figure(row, "value"), True),
        (
            say("Later gepubliceerd", "Published since"),
            lambda row: cell(figure(own.words, row, "realised") if _has_come(row) else say("nog niet", "not yet")),
            True,
        ),
        (say("Methode", "Method"), lambda row: cell(own.term(METHODS, row["method"])), False),
    ]
    caption = say("Geschat, omdat de bron achterloopt", "Estimated, as the source lags behind")
    # What is said of a year that came is how far off its estimate was: the two figures beside each other show that.
    said = dict.fromkeys(row[explained] for row in rows if not _has_come(row))
    return [own.table(caption, rows, columns, note=" ".join(map(_sentence, said)), more=True)]


def _has_come(row: Row) -> bool:
    """Whether the figure is there, if only as an interval."""
    return row["realised_high"] is not None


def _estimated(own: Own, rows: list[Row]) -> Iterator[Table]:
    """The estimates from one table of counts: of everybody, and folded those of its groups."""
    everybody = [row for row in rows if row["stratum"] == "all"]
    groups = [row for row in rows if row["stratum"] != "all"]
    if everybody:
        caption = own.say("{}. Gezien: {}.", "{}. Seen: {}.").format(
            _laid(own, rows[0]), figure(own.words, everybody[0], "observed")
        )
        yield own.table(
            caption, everybody, [_method(own), *_figures(own, everybody)], refs=own.sources.of(rows[0]), more=True,
            note=_spread(own, everybody),
        )  # fmt: skip
    if groups:
        seen: Column = (own.say("Gezien", "Seen"), lambda row: cell(figure(own.words, row, "observed")), True)
        yield own.table(
            own.say("{}, per groep", "{}, by group").format(_laid(own, rows[0])), groups,
            [_group(own), _method(own), seen, *_figures(own, groups)], refs=own.sources.of(rows[0]), more=True,
            note=_spread(own, groups), folded=own.say("Per groep", "By group") if everybody else "",
        )  # fmt: skip


def _figures(own: Own, rows: list[Row]) -> list[Column]:
    """How many are in no list and in all, the picture of that, and which part is in a list."""
    most, say = _most(rows), own.say
    return [
        (say("Op geen lijst", "In no list"), lambda row: cell(figure(own.words, row, "unobserved")), True),
        (say("Alle personen", "All persons"), lambda row: cell(figure(own.words, row, "value")), True),
        (_scale(own, most), lambda row: cell("", dot=_dot(row, row["observed"], most)), False),
        (
            say("Deel op een lijst", "Share in a list"),
            lambda row: cell(figure(own.words, row, "coverage", unit="%")),
            True,
        ),
    ]


def _varied(own: Own, estimated: list[Row], rows: list[Row]) -> Iterator[Table]:
    """What estimates become if an assumption fails, folded: a table for each assumption and method."""
    seen = {row["stratum"]: row["observed"] for row in estimated}
    kinds = dict.fromkeys((row["assumption"], row["method"]) for row in rows)
    for assumption, method in sorted(kinds, key=lambda one: list(ASSUMPTIONS).index(one[0])):
        alike = [row for row in rows if (row["assumption"], row["method"]) == (assumption, method)]
        yield _varied_one(own, alike, seen)


def _varied_one(own: Own, rows: list[Row], seen: dict[str, float | None]) -> Table:
    say, assumption, most = own.say, rows[0]["assumption"], _most(rows)
    head, note = {
        "odds_ratio": (
            say("Odds ratio", "Odds ratio"),
            say(
                "Bij 2 heeft wie op de ene lijst staat een twee keer zo hoge kansverhouding om op de andere te staan;"
                " bij 0,5 een half zo hoge.",
                "At 2 the odds of being in the other list are twice as high for who is in the one; at 0.5 half as"
                " high.",
            ),
        ),
        "links_missed": (
            say("Niet herkend", "Not recognised"),
            say(
                "Zoveel van wie op beide lijsten staan, is niet als dezelfde persoon herkend.",
                "So many of those in both lists were not recognised as the same person.",
            ),
        ),
        "model": (
            say("Welke lijsten samenhangen", "Which lists depend on each other"),
            say(
                "Elke regel is een model. Modellen die veel slechter bij de cijfers passen, staan er niet bij.",
                "Each line is a model. Models that fit the counts far worse are left out.",
            ),
        ),
    }[assumption]

    def persons(row: Row) -> Cell:
        why = row["refused_because"]
        return cell(_why(own, why) if why else figure(own.words, row, "value"))

    columns: list[Column] = [
        (head, lambda row: cell(_assumed(own, row)), False),
        (say("Alle personen", "All persons"), persons, True),
        (_scale(own, most), lambda row: cell("", dot=_dot(row, seen.get(row["stratum"]), most)), False),
        (
            say("Deel op een lijst", "Share in a list"),
            lambda row: cell(
                say("niet te geven", "cannot be given")
                if row["refused_because"]
                else figure(own.words, row, "coverage", unit="%")
            ),
            True,
        ),
    ]
    if any(row["stratum"] != "all" for row in rows):
        columns.insert(0, _group(own))
    title = own.say(*ASSUMPTIONS[assumption])
    known = [row for row in rows if row["refused_because"] is None] or rows
    told = [
        f"{say('Stand', 'Standing')}: {own.standing(known[0])}.",
        note,
        say("De cijfers kunnen niet zeggen welke regel waar is.", "The counts cannot tell which line is true."),
    ]
    return table(
        f"{title}: {_laid(own, rows[0])}. {own.term(METHODS, rows[0]['method'])}", rows, columns,
        note=" ".join(told), refs=own.sources.of(rows[0]), more=True, strong=_as_estimated, folded=title,
    )  # fmt: skip


def _as_estimated(row: Row) -> bool:
    """Whether a line assumes what the estimate itself does."""
    used = _AS_ESTIMATED.get(row["assumption"])
    return used is not None and float(row["assumed"]) == used


def _assumed(own: Own, row: Row) -> str:
    """What a line assumes: a number as pages write it, or which lists depend on each other."""
    if row["assumption"] == "model":
        return _model(own, row["assumed"], row["lists"].split(" + "))
    number = float(row["assumed"])
    digits = len(f"{number:g}".partition(".")[2])
    told = own.words.number(number, digits) + ("%" if row["assumption"] == "links_missed" else "")
    used = own.say("{} (zo is geschat)", "{} (as estimated)")
    return used.format(told) if _as_estimated(row) else told


def _model(own: Own, model: str, lists: list[str]) -> str:
    """A model such as ``[12,3]`` in words; its digits are the places of lists. What is no such thing stays."""
    terms = model.strip("[]").split(",")
    if not all(re.fullmatch(f"[1-{len(lists)}]+", term) for term in terms):
        return model
    joined = [_joined(own, [lists[int(place) - 1] for place in term]) for term in terms if len(term) > 1]
    return "; ".join(joined) or own.say("geen", "none")


def _explained(own: Own, rows: list[Row]) -> Table:
    """What each method assumes, folded; groups of which it says the same together."""
    explained = f"explanation_{own.words.lang}"
    title = own.say("Wat elke methode aanneemt", "What each method assumes")
    columns: list[Column] = [
        _method(own),
        (own.say("Uitleg", "Explanation"), lambda row: cell(_sentence(row[explained])), False),
    ]
    if any(row["stratum"] != "all" for row in rows):
        columns.insert(1, _groups(own))
    shown = _by_group(own, rows, ("method", explained))
    return table(f"{title}: {_laid(own, rows[0])}", shown, columns, more=True, folded=title)


def _refused(own: Own, rows: list[Row]) -> Table:
    """Where no estimate is given, and why; methods with the same reason together, and groups with the same methods."""
    say, explained = own.say, f"explanation_{own.words.lang}"
    methods: dict[tuple[Any, ...], list[Row]] = {}
    for row in rows:
        methods.setdefault((*_of(row), row["stratum"], row[explained]), []).append(row)
    joined = [
        row | {"methods": "; ".join(own.term(METHODS, one["method"]) for one in (row, *others))}
        for row, *others in methods.values()
    ]
    columns: list[Column] = [
        (say("Lijsten", "Lists"), lambda row: cell(_laid(own, row), own.sources.of(row)), False),
        (
            say("Methode", "Method"),
            lambda row: cell(say("alle", "all") if row["refused_because"] == "needs_bsn" else row["methods"]),
            False,
        ),
        (say("Waarom niet", "Why not"), lambda row: cell(_sentence(row[explained])), False),
    ]
    if any(row["stratum"] != "all" for row in rows):
        columns.insert(1, _groups(own))
    shown = _by_group(own, joined, (*_TABLE, "methods", explained))
    return table(say("Geen schatting, en waarom", "No estimate, and why"), shown, columns, more=True)


def _by_group(own: Own, rows: list[Row], alike: Iterable[str]) -> list[Row]:
    """Rows that are alike as one, with the names of their ``groups``."""
    found: dict[tuple[Any, ...], list[Row]] = {}
    for row in rows:
        found.setdefault(tuple(row[name] for name in alike), []).append(row)
    return [
        same[0] | {"groups": "; ".join(dict.fromkeys(_group_name(own, row) for row in same))} for same in found.values()
    ]


def _on_paper(own: Own, known: list[Row]) -> str:
    """The one line of a sheet: from where to where the estimates of everybody in the newest table go.

    Those of two lists also if the lists depend on each other. A lower bound says nothing of where they end.
    """
    everybody = [row for row in known if row["stratum"] == "all"]
    if not everybody:
        return own.say("Er is geen schatting; zie de webpagina.", "There is no estimate; see the web page.")
    newest = next(_tables(everybody))
    seen = newest[0]["observed"]
    ends = [
        (row["unobserved_low"], row["unobserved_high"]) for row in newest if not row["method"].endswith("_chao")
    ] + [
        (max(row["value_low"] - seen, 0), row["value_high"] - seen)
        for row in own.rows("unseen_if")
        if (row["assumption"], row["stratum"], _of(row)) == ("odds_ratio", "all", _of(newest[0]))
        and row["refused_because"] is None
    ]
    number = own.words.number
    if ends:
        low, high = (number(end(side)) for end, side in zip((min, max), zip(*ends, strict=True), strict=True))
        persons = own.say("{} tot {}", "{} to {}").format(low, high)
    else:
        persons = own.say("ten minste {}", "at least {}").format(number(min(row["unobserved_low"] for row in newest)))
    return own.say(
        "{}, naar schatting{}: {} personen (zij kunnen in een register staan). Zie de webpagina.",
        "{}, estimated{}: {} persons (they may be in a register). See the web page.",
    ).format(
        own.period(newest[0]), own.say(" (synthetisch)", " (synthetic)") if newest[0]["synthetic"] else "", persons
    )


def _of(row: Row) -> tuple[Any, ...]:
    return tuple(row[name] for name in _TABLE)


def _tables(rows: Iterable[Row]) -> Iterator[list[Row]]:
    """Rows of one table of counts together: those of everybody first, and methods as they are told."""
    order = list(METHODS)
    found: dict[tuple[Any, ...], list[Row]] = {}
    for row in rows:
        found.setdefault(_of(row), []).append(row)
    for alike in found.values():
        yield sorted(
            alike,
            key=lambda row: (
                row["stratum"] != "all",
                row["stratum"],
                order.index(row["method"]) if row["method"] in order else len(order),
            ),
        )


def _method(own: Own) -> Column:
    return (own.say("Methode", "Method"), lambda row: cell(own.term(METHODS, row["method"])), False)


def _group(own: Own) -> Column:
    return (own.say("Groep", "Group"), lambda row: cell(_group_name(own, row)), False)


def _groups(own: Own) -> Column:
    return (own.say("Groep", "Group"), lambda row: cell(row["groups"]), False)


def _group_name(own: Own, row: Row) -> str:
    return own.say("allen", "everybody") if row["stratum"] == "all" else str(row["stratum"])


def _most(rows: list[Row]) -> float:
    """Where the picture of a table ends."""
    return max((row[name] or 0 for row in rows for name in ("value", "value_high")), default=0)


def _scale(own: Own, most: float) -> str:
    return own.say("Beeld, 0 tot {}", "Picture, 0 to {}").format(own.words.number(most))


def _dot(row: Row, seen: float | None, most: float) -> dict[str, float | None] | None:
    """The picture of an estimate; none where it was refused."""
    if row["value"] is None:
        return None
    return {"value": row["value"], "low": row["value_low"], "high": row["value_high"], "seen": seen or 0, "most": most}


def _laid(own: Own, row: Row) -> str:
    """A table of counts: its period and its lists."""
    return f"{own.period(row)}: {_joined(own, row['lists'].split(' + '))}"


def _joined(own: Own, lists: list[str]) -> str:
    *most, last = [own.term(LISTS, one) for one in lists]
    return own.say(" en ", " and ").join(filter(None, [", ".join(most), last]))


def _spread(own: Own, rows: list[Row]) -> str:
    """From where to where models go that fit nearly as well as the one that is shown."""
    told = own.say("Modellen die bijna zo goed passen{}: {}.", "Models that fit nearly as well{}: {}.")
    return " ".join(
        told.format(
            "" if row["stratum"] == "all" else f" ({row['stratum']})",
            figure(own.words, row, "model_spread"),
        )
        for row in rows
        if row["model_spread_low"] is not None
    )


def _measured(own: Own, row: Row) -> str:
    return own.term(MEASURES, row["measure"])


def _why(own: Own, reason: str) -> str:
    return own.say("geen schatting: {}", "no estimate: {}").format(own.term(REFUSALS, reason))


def _sentence(text: str) -> str:
    return f"{text.rstrip('.')}."
