"""Counts of persons by the lists that hold them: whether a table of them is whole, and its rows as observations.

Belongs here: what holds of every such table, whether a municipality counted it or zicht did. Does not belong here: how
a count is found in a file (the readers).
"""

from __future__ import annotations

import re
from collections import defaultdict
from dataclasses import dataclass
from itertools import combinations, islice
from typing import TYPE_CHECKING, Any

from pipelines.sources.lists.vocabulary import LISTS

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping

    from pipelines.landing.deliveries import RefusedError
    from pipelines.sources.templates import Line

    Row = dict[str, Any]

MOST_LISTS, MOST_GROUPS = 5, 8
UNDIVIDED = "all"
"""The group of a table that is not divided."""

_OF_PERSONS = re.compile(r"[0-9]{8}|@|[0-9]{1,4}-[0-9]{1,2}-[0-9]{1,4}")  # numbers of persons, mail, days of birth
_TOLD = 5  # of the combinations that are missing
_WORDS = {one.name: word for word, one in LISTS.items()}

Held = frozenset[str]
"""Names of lists, as ``vocabulary`` has them."""


@dataclass(frozen=True)
class Cell:
    """How many persons are in exactly some of the lists that were laid side by side.

    Attributes:
        place: the columns of area and period.
        lists: all lists of the table.
        held: those of them that hold these persons.
        contacts: of one list, how often they were met; none of several.
        group: which part of the persons, ``UNDIVIDED`` of all.
        persons: how many.
        source: the other columns of the row, among them where it was read.
        refused: makes the refusal of the delivery for what stands here.
    """

    place: Mapping[str, Any]
    lists: Held
    held: Held
    contacts: int | None
    group: str
    persons: float
    source: Mapping[str, Any]
    refused: Callable[[str], RefusedError]


def observations(cells: Iterable[Cell], universe: str) -> list[Row]:
    """The cells as rows of the record, counted in ``universe``.

    Raises:
        RefusedError: too many lists or groups stand side by side, a group may be a person, or a table is not whole:
            each combination of its lists, or each number of contacts with one, stands there once for each group.
    """
    tables: dict[tuple[Any, ...], list[Cell]] = defaultdict(list)
    for cell in cells:
        key = (cell.place["area_code"], cell.place["period_start"], cell.place["period_end"], cell.lists)
        tables[key].append(cell)
    for table in tables.values():
        _refuse_groups(table)
        for group in dict.fromkeys(cell.group for cell in table):
            _refuse_parts([cell for cell in table if cell.group == group])
    return [_observation(cell, universe) for table in tables.values() for cell in table]


def refuse_lists(lists: Held, refused: Callable[[str], RefusedError]) -> None:
    """Refuse more lists than can be laid side by side.

    Raises:
        RefusedError: there are more than ``MOST_LISTS``.
    """
    if len(lists) > MOST_LISTS:
        raise refused(f"{len(lists)} lists stand side by side, and at most {MOST_LISTS} can: join some")


def group_of(line: Line) -> str:
    """The group that a row names, ``UNDIVIDED`` where it names none.

    Raises:
        RefusedError: it has the name of all of them together.
    """
    if line["groep"].casefold() == UNDIVIDED:
        raise line.refused(f"groep {UNDIVIDED} is no part of the persons: leave it empty where they are not divided")
    return line["groep"] or UNDIVIDED


def parts_of(lists: Held, most: int) -> Iterator[tuple[Held, int | None]]:
    """Each combination of several lists; of one list each number of contacts up to ``most``."""
    if len(lists) == 1:
        return ((lists, contacts) for contacts in range(1, most + 1))
    return ((frozenset(held), None) for size in range(1, len(lists) + 1) for held in combinations(sorted(lists), size))


def words_of(lists: Held) -> str:
    """Lists in the words of a municipality."""
    return " + ".join(_WORDS[name] for name in sorted(lists))


def _refuse_groups(table: list[Cell]) -> None:
    groups = {cell.group: cell for cell in reversed(table)}  # the first of each
    if len(groups) > 1 and UNDIVIDED in groups:
        raise groups[UNDIVIDED].refused("groep is empty, where other rows of the same lists and period have one")
    if len(groups) > MOST_GROUPS:
        raise table[-1].refused(f"{len(groups)} groups in one table, and at most {MOST_GROUPS} can be told: join some")
    for group, cell in groups.items():
        if _OF_PERSONS.search(group):
            raise cell.refused("groep may be a number, a day of birth or an address of somebody: give groups a name")


def _refuse_parts(cells: list[Cell]) -> None:
    """Refuse what is no whole table of one group."""
    lists, found = cells[0].lists, set[tuple[Held, int | None]]()
    for cell in cells:
        part = (cell.held, cell.contacts)
        if part in found:
            raise cell.refused(f"{_told(*part)} stands there twice for {_group(cell)}")
        found.add(part)
    missing = (part for part in parts_of(lists, max(cell.contacts or 0 for cell in cells)) if part not in found)
    if told := [_told(*part) for part in islice(missing, _TOLD)]:
        more = " and perhaps more" if len(told) == _TOLD else ""
        rule = f"of {words_of(lists)} some rows are missing for {_group(cells[0])}: {'; '.join(told)}{more}"
        raise cells[0].refused(f"{rule} (nobody is written as 0)")


def _told(held: Held, contacts: int | None) -> str:
    return words_of(held) if contacts is None else f"{words_of(held)}, keer gezien {contacts}"


def _group(cell: Cell) -> str:
    return "everybody" if cell.group == UNDIVIDED else "a group"


def _observation(cell: Cell, universe: str) -> Row:
    return dict(cell.source) | dict(cell.place) | {
        "measure": "overlap", "measured_as": "ever", "unit": "persons", "universe": universe,
        "lists": " + ".join(sorted(cell.lists)), "held_by": " + ".join(sorted(cell.held)), "contacts": cell.contacts,
        "stratum": cell.group, "value": cell.persons, "low": cell.persons, "high": cell.persons,
        "bound_kind": "exact", "availability": "available", "finality": "final",
    }  # fmt: skip
