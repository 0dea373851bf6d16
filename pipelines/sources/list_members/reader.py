"""Reads who is in which of a municipality's lists, and gives back how many persons are in which of them.

A person is a name and a day of birth. Of the name the letters alone count, in their order: without case, without marks
on letters (``é`` is ``e``, ``ł`` is ``l``), without blanks, hyphens and points. Both become one keyed token in memory;
token, name and day of birth end with the reading. Belongs here: who is the same. Does not belong here: what a whole
table of counts is (``lists.overlaps``).
"""

from __future__ import annotations

import unicodedata
from collections import Counter, defaultdict
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import polars as pl

from pipelines.areas.names import is_municipality
from pipelines.landing.deliveries import RefusedError
from pipelines.privacy.disclosure import rules
from pipelines.sources.lists.overlaps import UNDIVIDED, Cell, group_of, observations, parts_of, refuse_lists
from pipelines.sources.lists.vocabulary import LISTS
from pipelines.sources.observations import reading
from pipelines.sources.templates import Line, Template, form_of, lines

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from datetime import date

    import duckdb

    from pipelines.landing.deliveries import Manifest
    from pipelines.sources.forms import DeliveredFile
    from pipelines.sources.reading import Reading

    Row = dict[str, Any]

MEMBERS = Template(
    "Personen",
    ("lijst", "naam", "geboortedatum", "groep", "jaar", "van", "tot"),
    ("lijst", "naam", "geboortedatum"),
    of_persons=True,
)

TEMPLATES = (MEMBERS,)

# Letters that are no other letter with a mark on it.
_PLAIN = str.maketrans({"ł": "l", "ø": "o", "đ": "d", "ð": "d", "ħ": "h", "ŧ": "t", "ı": "i", "æ": "ae", "œ": "oe"})


@dataclass(frozen=True)
class _Member:
    """A row that names a person; its token is the same for the same person."""

    line: Line
    period: tuple[tuple[str, Any], ...]
    list: str
    group: str
    token: str


def read(connection: duckdb.DuckDBPyConnection, manifest: Manifest, files: list[DeliveredFile]) -> Iterator[Reading]:
    """Observations of overlap, one for each combination of lists; see ``sources.reading``.

    Raises:
        RefusedError: a row breaks a rule of the template, a group is too small to be named, or the lists are of no
            municipality or too many.
    """
    connection.execute("set temp_directory = ''")  # names do not leave memory, not even when it runs short
    found = [line for file in files for line in lines(file, *TEMPLATES)]
    rejected: list[Row] = []
    members = _of_one_group(_members(connection, manifest, found, rejected), rejected)
    delivered = {"edition": str(manifest.reference_date), "version": manifest.sidecar.version, "computed": True}
    cells = _cells(members, manifest.scope)
    rows = [row | delivered for row in observations(cells, "municipal_list_members")]
    whole = reading(connection, rows, rejected, form=form_of(found))
    yield replace(whole, rows_read=len(found), rows_behind=len(members))


def letters(name: str) -> str:
    """What of a name counts.

    >>> letters("Wałęsa-D'Ávila, J."), letters("WALESA DAVILA J")
    ('walesadavilaj', 'walesadavilaj')
    """
    plain = unicodedata.normalize("NFKD", name).casefold().translate(_PLAIN)
    return "".join(sign for sign in plain if sign.isalpha())


def _members(
    connection: duckdb.DuckDBPyConnection, manifest: Manifest, found: Iterable[Line], rejected: list[Row]
) -> list[_Member]:
    """The rows that name somebody in a list."""
    kept, persons = [], []
    for line in found:
        period = line.period(manifest.reference_date)
        group, name, born = group_of(line), letters(line["naam"]), _born(line)
        if line["lijst"].casefold() not in LISTS:
            rejected.append(_rejected(line, "lijst", f"is none of {', '.join(LISTS)}"))
        elif not name:
            rejected.append(_rejected(line, "naam", "has no letters"))
        elif born is None or born > period["period_end"]:
            rejected.append(_rejected(line, "geboortedatum", "is no whole day before the end of the period"))
        else:
            kept.append((line, tuple(period.items()), LISTS[line["lijst"].casefold()].name, group))
            persons.append(f"{name} {born}")
    named = pl.DataFrame({"place": range(len(persons)), "person": persons}).to_arrow()
    tokens = connection.from_arrow(named).project("place, pseudonym(person)").order("place").fetchall()
    return [_Member(*row, token) for row, (_, token) in zip(kept, tokens, strict=True)]


def _born(line: Line) -> date | None:
    try:
        return line.day("geboortedatum")
    except RefusedError:
        return None


def _of_one_group(members: Sequence[_Member], rejected: list[Row]) -> list[_Member]:
    """Those who stand in one group alone, where the persons of a period are divided."""
    divided = {member.period for member in members if member.group != UNDIVIDED}
    groups = defaultdict(set)
    for member in members:
        groups[member.period, member.token].update({member.group} - {UNDIVIDED})
    kept = []
    for member in members:
        if member.group == UNDIVIDED and member.period in divided:
            rejected.append(_rejected(member.line, "groep", "is empty, where other rows of the period have one"))
        elif len(groups[member.period, member.token]) > 1:
            rejected.append(_rejected(member.line, "groep", "is not the same in all rows of this person"))
        else:
            kept.append(member)
    return kept


def _rejected(line: Line, field: str, rule: str) -> Row:
    place = {name: line.locator[name] for name in ("locator_file", "locator_row")}
    return place | {"field": field, "rule": rule}


def _cells(members: Iterable[_Member], scope: str) -> Iterator[Cell]:
    """The counts of each period, nought included."""
    periods: dict[tuple[tuple[str, Any], ...], list[_Member]] = defaultdict(list)
    for member in members:
        periods[member.period].append(member)
    row = 0
    for period, those in periods.items():
        place = dict(period) | {"area_type": "GM", "area_code": scope}
        if not scope.isdecimal() or not is_municipality(scope, place["period_end"]):
            raise _refused("lists of persons are of one municipality, of which the delivery stands in the inbox")
        lists = frozenset(member.list for member in those)
        refuse_lists(lists, _refused)
        for group in dict.fromkeys(member.group for member in those):
            held: dict[str, Counter[str]] = defaultdict(Counter)
            for member in those:
                if member.group == group:
                    held[member.token][member.list] += 1
            # The name of a group is shown, so it must not be one person's.
            if group != UNDIVIDED and len(held) < rules().threshold:
                raise _refused(f"a group holds fewer than {rules().threshold} persons: join groups")
            of_one = len(lists) == 1
            counts = Counter((frozenset(one), one.total() if of_one else None) for one in held.values())
            for part in parts_of(lists, max(one.total() for one in held.values())):
                row += 1
                locator = {"locator_file": "delivery", "locator_cell": "all rows", "locator_row": row}
                yield Cell(place, lists, *part, group, float(counts[part]), locator, _refused)


def _refused(rule: str) -> RefusedError:
    return RefusedError("the delivery", rule, "Correct it; the columns are described in docs/own-data.md")
