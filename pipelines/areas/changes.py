"""Reads what StatLine's table 70739ned tells in words of each municipality: what it received, gave and became.

Belongs here: the words and the irregular punctuation of those texts. Does not belong here: where a text comes from, and
what a change does to figures.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace
from datetime import date
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

Kind = Literal["ended", "renamed", "border_change"]
_WEIGHTIEST: tuple[Kind, ...] = ("ended", "renamed", "border_change")


@dataclass(frozen=True)
class Change:
    """Inhabitants who went from one municipality to another on a day, because its borders or its name changed.

    Two changes are equal whoever tells them: spelling of names and teller are left out of the comparison.

    Attributes:
        kind: ``ended``: the old one ceased to exist; ``renamed``: it goes on under another name, and mostly another
            code; ``border_change``: both go on.
        on: first day of the new situation.
        old_code, new_code: four digits.
        old_name, new_name: as the text writes them; empty where it is not named.
        inhabitants: persons who went along; none where the text does not say.
        stated_by: the municipality whose text says so.
    """

    kind: Kind
    on: date
    old_code: str
    old_name: str = field(compare=False)
    new_code: str
    new_name: str = field(compare=False)
    inhabitants: int | None
    stated_by: str = field(default="", compare=False)


_NOISE = r"[\s.,:;…•*–—-]*"
_DATE = r"(?P<day>\d{1,2})-(?P<month>\d{1,2})-(?P<year>\d{4})"
_STATEMENT = re.compile(
    r"\b(provinciale\s+wijziging|grenswijziging|naamswijziging|wijziging|opgeheven|ontstaan|begindatum)\b",
    re.IGNORECASE,
)
_PER = re.compile(rf"{_NOISE}per{_NOISE}{_DATE}{_NOISE}", re.IGNORECASE)
_BEGIN = re.compile(rf"{_NOISE}(?:voor\s+\d{{4}}|{_DATE}){_NOISE}", re.IGNORECASE)
_DIRECTION = re.compile(rf"(ontvangen\s+van|overgegaan\s+naar|oude\s+naam|nieuwe\s+naam)\b{_NOISE}", re.IGNORECASE)
# Neither digits nor a dash between blanks stand in a name: words that are not understood would hide in it.
_NAME = r"(?P<name>['’‘`´]?[^\W\d](?:(?!\s[–—-]\s)[^\d()])*?(?:\([^()\d]*\))?)"
_NUMBER = r"\d{1,3}(?:\.\d{3})+|\d+"
_ITEM = re.compile(
    rf"{_NAME}\s*\(\s*GM\s*(?P<code>\d{{4}})\s*\){_NOISE}"
    rf"(?:(?:{_NUMBER})\s*hectaren?\b{_NOISE})?(?:met\b{_NOISE})?(?:(?:{_NUMBER})\s*woning(?:en)?\b{_NOISE})?"
    rf"(?:en\b{_NOISE})?(?:(?P<inhabitants>{_NUMBER})\s*inwoners?\b)?{_NOISE}",
    re.IGNORECASE,
)
# Which directions a statement may have, and what kind of change each is. A giver that goes on says "wijziging" of what
# it gave; who receives says so too when the giver ended: the giver's own text decides (``merged``).
_KINDS: dict[str, dict[str, Kind]] = {
    "opgeheven": {"overgegaan naar": "ended"},
    "ontstaan": {"ontvangen van": "ended"},
    "wijziging": {"ontvangen van": "ended", "overgegaan naar": "border_change"},
    "grenswijziging": {"ontvangen van": "border_change", "overgegaan naar": "border_change"},
    "naamswijziging": {"oude naam": "renamed", "nieuwe naam": "renamed"},
}


def changes_of(code: str, text: str, name: str = "") -> list[Change]:
    """The changes that the text of municipality ``code`` (four digits) tells, in its order; ``name`` is its own name.

    Changes of province and the date on which it began are read over: they move no inhabitants.

    Raises:
        ValueError: some of the text cannot be read; the message shows where. Nothing of it is returned then, for half
            a municipality is a wrong one.
    """
    before, *statements = _STATEMENT.split(text)
    if not re.fullmatch(_NOISE, before):
        raise _unread(before)
    found: list[Change] = []
    for kind, content in zip(statements[::2], statements[1::2], strict=True):
        found += _statement(_plain(kind), content, code, name)
    return found


def merged(changes: Iterable[Change]) -> list[Change]:
    """Each change once, in order of date and codes; where giver and receiver differ, the giver's word holds.

    A receiver cannot tell whether the giver ended. A number of inhabitants that only one of them states is kept.
    What one text tells twice of a day, as an end and a border change beside it, went over together.
    """
    told: dict[tuple[str, date, str, str], Change] = {}
    for change in changes:
        place = change.stated_by, change.on, change.old_code, change.new_code
        told[place] = _together(told[place], change) if place in told else change
    chosen: dict[tuple[date, str, str], Change] = {}
    for change in sorted(told.values(), key=lambda one: one.stated_by == one.old_code):
        way = change.on, change.old_code, change.new_code
        other = chosen.get(way, change)
        chosen[way] = replace(
            change,
            old_name=change.old_name or other.old_name,
            new_name=change.new_name or other.new_name,
            inhabitants=other.inhabitants if change.inhabitants is None else change.inhabitants,
        )
    return [chosen[way] for way in sorted(chosen)]


def _together(one: Change, other: Change) -> Change:
    kind = next(kind for kind in _WEIGHTIEST if kind in (one.kind, other.kind))
    if one.inhabitants is None or other.inhabitants is None:
        return replace(one, kind=kind, inhabitants=None)
    return replace(one, kind=kind, inhabitants=one.inhabitants + other.inhabitants)


def _statement(kind: str, content: str, code: str, name: str) -> Iterator[Change]:
    if kind == "begindatum":
        if not _BEGIN.fullmatch(content):
            raise _unread(f"{kind}{content}")
        return
    per = _PER.match(content)
    if per is None:
        raise _unread(f"{kind}{content}")
    if kind == "provinciale wijziging":
        return
    on = date(int(per["year"]), int(per["month"]), int(per["day"]))
    position, count = per.end(), 0
    while position < len(content):
        direction = _DIRECTION.match(content, position)
        words = _plain(direction[1]) if direction else ""
        if direction is None or words not in _KINDS[kind]:
            raise _unread(content[position:])
        position = direction.end()
        while position < len(content) and not _DIRECTION.match(content, position):
            item = _ITEM.match(content, position)
            if item is None:
                raise _unread(content[position:])
            own, other = (code, name), (item["code"], item["name"].strip())
            old, new = (other, own) if words in ("ontvangen van", "oude naam") else (own, other)
            number = item["inhabitants"]
            inhabitants = int(number.replace(".", "")) if number else None
            yield Change(_KINDS[kind][words], on, *old, *new, inhabitants, stated_by=code)
            position, count = item.end(), count + 1
    if not count:
        raise _unread(f"{kind}{content}")


def _plain(words: str) -> str:
    return " ".join(words.lower().split())


def _unread(text: str) -> ValueError:
    return ValueError(f"cannot be read from {text.strip()[:60]!r}")
