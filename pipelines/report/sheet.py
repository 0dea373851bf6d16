"""Sections, tables and sources that a page and its PDF lay out from one content.

Belongs here: their form as JSON can hold it, and the numbering of sources. Does not belong here: what they tell (the
module of the page), or how they look (``templates``).

A cell is ``text`` with ``refs`` (numbers of sources), ``bar`` (value, low, high, most), ``dot`` (the same, and what was
``seen``), ``link`` (code of a municipality) and ``lang`` (of the text, where that is not the language of the page).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pipelines.report.facts import web_address

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from pipelines.report.facts import Facts, Row
    from pipelines.report.words import Words

Cell = dict[str, Any]
Table = dict[str, Any]
Section = dict[str, Any]
_ROWS_ON_PAPER = 5
_IN_COUNCIL_REPORT = ("indicatoren", "huisvesting")
Column = tuple[str, "Callable[[Row], Cell]", bool]
"""Its head, its cell of a row, and whether it holds numbers."""


def cell(
    text: str,
    refs: Sequence[int] = (),
    *,
    bar: dict[str, float | None] | None = None,
    dot: dict[str, float | None] | None = None,
    link: str | None = None,
    lang: str | None = None,
) -> Cell:
    """A cell."""
    return {"text": text, "refs": list(refs), "bar": bar, "dot": dot, "link": link, "lang": lang}


def bar(row: Row, name: str, most: float) -> dict[str, float | None] | None:
    """The bar of a figure among others of at most ``most``; none where it has neither value nor two bounds."""
    value, low, high = row[name], row[f"{name}_low"], row[f"{name}_high"]
    if value is None and None in (low, high):
        return None
    return {"value": value, "low": low, "high": high, "most": max(most, value or 0, high or 0)}


def table(
    caption: str,
    rows: Iterable[Row],
    columns: Sequence[Column],
    *,
    note: str = "",
    refs: Sequence[int] = (),
    standing: tuple[str, Callable[[Row], str]] | None = None,
    more: Callable[[Row], bool] | bool = False,
    strong: Callable[[Row], bool] | None = None,
    chosen: bool = False,
    folded: str = "",
) -> Table:
    """A table: a row of cells for each row.

    Args:
        caption: what it shows.
        rows: of the release.
        columns: of the table.
        note: below it.
        refs: sources of all of it.
        standing: what the last column is called and what it says of a row; where that is the same of all, the note
            says it instead.
        more: of a row or of all, whether only the page has room for it.
        strong: of a row, whether it stands out.
        chosen: the reader may choose among its rows, by ``reporting_year`` and ``origin_group``.
        folded: what is read on the page until the reader opens it.
    """
    rows = list(rows)
    if standing:
        said = {standing[1](row) for row in rows}
        if len(said) == 1:
            note = f"{standing[0]}: {said.pop()}. {note}".strip()
        else:
            columns = [*columns, (standing[0], lambda row: cell(standing[1](row)), False)]
    laid = [
        {
            "cells": [make(row) for _, make, _ in columns],
            "more": more(row) if callable(more) else more,
            "strong": strong(row) if strong else False,
            "year": row["reporting_year"] if chosen else None,
            "group": row["origin_group"] if chosen else None,
        }
        for row in rows
    ]
    numbers = [place for place, (_, _, is_number) in enumerate(columns) if is_number]
    head = [one for one, _, _ in columns]
    told = {"caption": caption, "head": head, "rows": laid, "numbers": numbers, "note": note, "refs": list(refs)}
    return {**told, "folded": folded}


def section(
    name: str,
    title: str,
    paragraphs: Sequence[str],
    tables: Sequence[Table] = (),
    *,
    chart: str | None = None,
    gaps: Sequence[dict[str, Any]] = (),
    empty: bool = False,
    paper: str = "",
) -> Section:
    """A section: its name in addresses, title, paragraphs, tables, what its chart shows in words, and data gaps.

    An ``empty`` one tells in its paragraphs what is lacking. Of one with a line for ``paper`` a sheet has that alone.
    """
    told = {"paragraphs": list(paragraphs), "tables": list(tables), "gaps": list(gaps)}
    return {"id": name, "title": title, "chart": chart, "empty": empty, "paper": paper, **told}


def brief(told: dict[str, Any]) -> dict[str, Any]:
    """A content (``key``, ``sections``, ``sources``, ``reports``) without what only the page has room for.

    A table that loses rows says so in its caption. One without rows is left out, and so are sources that nothing refers
    to any more. Those of one title stand together: their numbers, editions and reference dates. What a council report
    tells is left to it.
    """
    sections = []
    for one in told["sections"]:
        if told["reports"] and one["id"] in _IN_COUNCIL_REPORT and not one["empty"]:
            years = ", ".join(map(str, told["reports"]))
            words = f"Deze cijfers staan in de raadsrapportage over {years}."
            one = {**one, "paragraphs": [words], "tables": [], "empty": True}
        if one["paper"]:
            one = {**one, "paragraphs": [one["paper"]], "tables": [], "empty": True}
        tables = [_brief(each) for each in one["tables"]]
        sections.append(
            {
                **one,
                "tables": [each for each in tables if each["rows"]],
                "gaps": [gap for gap in one["gaps"] if not gap["more"]],
            }
        )
    tables = [each for one in sections for each in one["tables"]]
    cells = [*told["key"], *(one for each in tables for row in each["rows"] for one in row["cells"])]
    used = {number for one in [*cells, *tables] for number in one["refs"]}
    sources: dict[tuple[str, str | None], dict[str, Any]] = {}
    for one in told["sources"]:
        if one["number"] in used:
            line = sources.setdefault((one["title"], one["address"]), {"numbers": [], "facts": []})
            line["numbers"].append(one["number"])
            line["facts"].append(one["brief"])
    lines = [{"title": title, "address": address, **line} for (title, address), line in sources.items()]
    return {**told, "sections": sections, "sources": lines}


def _brief(table: Table) -> Table:
    rows, caption = [row for row in table["rows"] if not row["more"]][:_ROWS_ON_PAPER], table["caption"]
    if len(rows) < len(table["rows"]):
        caption += f" ({len(rows)} van de {len(table['rows'])}; alle staan op de webpagina)"
    return {**table, "rows": rows, "caption": caption}


class Origins:
    """What the release tells of universes, deliveries and layouts, for ``Sources``."""

    def __init__(self, facts: Facts) -> None:
        self.universes = {row["universe"]: row for row in facts.rows("from universe")}
        self.deliveries = {row["delivery_id"]: row for row in facts.rows("from delivery")}
        self.unverified = {
            (row["source"], row["layout"]) for row in facts.rows("from layout where not coalesce(verified, false)")
        }

    def title(self, universe: str, words: Words) -> str:
        """What a universe is called."""
        return str(self.universes.get(universe, {}).get(f"title_{words.lang}") or universe)


class Sources:
    """The sources of a page, numbered in the order in which its figures refer to them."""

    def __init__(self, origins: Origins, words: Words) -> None:
        self.origins, self.words = origins, words
        self.found: dict[tuple[str, ...], dict[str, str]] = {}

    def of(self, row: Row, part: int | None = None, where: str = "") -> list[int]:
        """Numbers of the sources of a row.

        Args:
            row: a figure, with ``universe``, ``edition``, ``version`` and ``delivery_id``, and ``cell`` where it is
                known; of a figure made of several they are joined by `` + ``.
            part: place of one universe among them, to get its source alone.
            where: what the figure is, to say beside its cell.
        """
        universes = row["universe"].split(" + ")

        def each(name: str) -> list[str]:
            given = (row.get(name) or "").split(" + ")
            return given if len(given) == len(universes) else [row.get(name) or ""] * len(universes)

        keys = zip(universes, each("edition"), each("version"), each("delivery_id"), strict=True)
        numbers = set()
        for place, (key, at) in enumerate(zip(keys, each("cell"), strict=True)):
            if part in (None, place):
                cells = self.found.setdefault(key, {})
                if at:
                    at = self.words.place(at)
                    cells[at] = cells.get(at) or where
                numbers.add(list(self.found).index(key) + 1)
        return sorted(numbers)

    def lines(self) -> list[dict[str, Any]]:
        """Each source: its number, title, definition, facts (name and text), those in ``brief``, cells and address."""
        return [
            self._line(number, key, [f"{where}: {at}" if where else at for at, where in cells.items()])
            for number, (key, cells) in enumerate(self.found.items(), 1)
        ]

    def _line(self, number: int, key: tuple[str, ...], at: list[str]) -> dict[str, Any]:
        universe, edition, version, deliveries = key
        say, lang = self.words.say, self.words.lang
        told = self.origins.universes.get(universe, {})
        facts = [[say("Editie", "Edition"), f"{self.words.told(edition)}, {say('versie', 'version')} {version}"]]
        known = [self.origins.deliveries[one] for one in deliveries.split(" + ") if one in self.origins.deliveries]
        days = sorted({row["reference_date"] for row in known})
        brief = ", ".join([self.words.told(edition), *map(self.words.day, days)])
        facts += [[say("Levering", "Delivery"), self._delivery(one)] for one in deliveries.split(" + ") if one]
        return {
            "number": number,
            "title": self.origins.title(universe, self.words),
            "definition": told.get(f"definition_{lang}") or say("De bron geeft geen definitie", "No definition given"),
            "facts": facts,
            "brief": brief,
            "cells": at,
            "address": web_address(told.get("source_address")),
        }

    def _delivery(self, delivery_id: str) -> str:
        say, row = self.words.say, self.origins.deliveries.get(delivery_id)
        if row is None:
            return delivery_id[:8]
        unverified = (row["source"], row["layout"]) in self.origins.unverified
        told = [
            f"{row['source']} {delivery_id[:8]}",
            say("peildatum {}", "as of {}").format(self.words.day(row["reference_date"])),
            say("van {}", "by {}").format(row["producer"]) if row["producer"] else "",
            say("licentie: {}", "licence: {}").format(self.words.told(row["licence"])) if row["licence"] else "",
            say("synthetisch", "synthetic") if row["synthetic"] else "",
            say("de indeling is nog niet getoetst aan een echte levering", "layout not yet verified by a real delivery")
            if unverified
            else "",
        ]
        return ", ".join(filter(None, told))
