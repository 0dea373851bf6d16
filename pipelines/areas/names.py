"""Which municipality a name means, on a date.

Belongs here: what does not tell names apart (case, accents, points, hyphens, blanks). Does not belong here: any name;
names and their variants are seeds of the models, so that they are tested and kept as facts.
"""

from __future__ import annotations

import csv
import re
import unicodedata
from collections import defaultdict
from functools import cache
from typing import TYPE_CHECKING

from pipelines.settings import PROJECT

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import date

_SEEDS = PROJECT / "dbt_project" / "seeds"
_FIRST_DAY = "2010-01-01"


def municipalities_named(name: str, on: date | None = None) -> tuple[str, ...]:
    """Codes (four digits, sorted) of the municipalities that bear a name on a date; without a date, those of today.

    None: the name is unknown. Several: it is ambiguous, as Bergen is. Before 2010 the names are those of 2010.
    Source: the seeds municipality and municipality_name_variant.
    """
    return _valid(_named().get(_key(name), set()), on)


def municipalities_ever_named(name: str) -> tuple[str, ...]:
    """Codes (four digits, sorted) of the municipalities that bear a name or once did, since 2010."""
    return tuple(sorted(_named().get(_key(name), set())))


def is_municipality(code: str, on: date | None = None) -> bool:
    """Whether four digits are the code of a municipality on a date; without a date, of today or since 2010."""
    return code in _periods() and (on is None or bool(_valid((code,), on)))


def name_of(code: str) -> str:
    """The name of a municipality by its four digits, as it is called now or was called last."""
    return _newest_names()[code]


def municipalities_of_place(place: str, on: date | None = None) -> tuple[str, ...]:
    """The same of a place of residence (woonplaats), whether it bears its municipality's name or not.

    Source: the seed municipality_place, and for a place that is not in it the municipality of that name.
    """
    return _valid(_placed().get(_key(place), set()), on) or municipalities_named(place, on)


def _valid(codes: Iterable[str], on: date | None) -> tuple[str, ...]:
    day = max(on.isoformat(), _FIRST_DAY) if on else "today"  # a word sorts after any date, so open ends alone hold
    periods = _periods()
    return tuple(sorted(code for code in codes if any(start <= day < end for start, end in periods[code])))


@cache
def _periods() -> dict[str, list[tuple[str, str]]]:
    """By code, when it was valid: ISO dates, the end exclusive."""
    found = defaultdict(list)
    for row in _seed("municipality"):
        found[row["municipality_code"]].append((row["valid_from"], row["valid_to"] or "without end"))
    return found


@cache
def _newest_names() -> dict[str, str]:
    rows = sorted(_seed("municipality"), key=lambda row: row["valid_from"])
    return {row["municipality_code"]: row["municipality_name"] for row in rows}


@cache
def _named() -> dict[str, set[str]]:
    names = [(row["municipality_name"], row["municipality_code"]) for row in _seed("municipality")]
    variants = [(row["name"], row["municipality_code"]) for row in _seed("municipality_name_variant")]
    return _by_key(names + variants)


@cache
def _placed() -> dict[str, set[str]]:
    return _by_key([(row["place"], row["municipality_code"]) for row in _seed("municipality_place")])


def _by_key(bearers: list[tuple[str, str]]) -> dict[str, set[str]]:
    found = defaultdict(set)
    for name, code in bearers:
        found[_key(name)].add(code)
    return found


def _seed(name: str) -> list[dict[str, str]]:
    with (_SEEDS / f"{name}.csv").open(encoding="utf-8", newline="") as stream:
        return list(csv.DictReader(stream))


def _key(name: str) -> str:
    """A name without what does not tell it apart; "gemeente" only tells it from the province or the place."""
    plain = "".join(sign for sign in unicodedata.normalize("NFKD", name) if not unicodedata.combining(sign))
    return re.sub(r"\bgemeente\b|[^a-z0-9]", "", plain.casefold())
