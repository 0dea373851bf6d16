"""Reads how many persons are in which of a municipality's lists, from a template with a row for each combination.

Every combination of the lists that were laid side by side stands there, nought included: an estimate of who is in none
rests on all of them. No name and no number of a person is taken in.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from pipelines.sources.lists.overlaps import Cell, Held, group_of, observations, refuse_lists
from pipelines.sources.lists.vocabulary import LISTS
from pipelines.sources.observations import reading
from pipelines.sources.templates import Line, Template, form_of, lines

if TYPE_CHECKING:
    from collections.abc import Iterator

    import duckdb

    from pipelines.landing.deliveries import Manifest
    from pipelines.sources.forms import DeliveredFile
    from pipelines.sources.reading import Reading

COUNTS = Template(
    "Lijsten",
    ("gemeente", "jaar", "van", "tot", "groep", "lijsten", "staat op", "keer gezien", "personen", "bron"),
    ("gemeente", "lijsten", "staat op", "personen", "bron"),
)

TEMPLATES = (COUNTS,)


def read(connection: duckdb.DuckDBPyConnection, manifest: Manifest, files: list[DeliveredFile]) -> Iterator[Reading]:
    """Observations of overlap, one for each row; see ``sources.reading``.

    Raises:
        RefusedError: a row breaks a rule, or the rows of some lists are no whole table.
    """
    found = [line for file in files for line in lines(file, *TEMPLATES)]
    delivered = {"edition": str(manifest.reference_date), "version": manifest.sidecar.version}
    cells = [_cell(line, manifest) for line in found]
    rows = [row | delivered for row in observations(cells, "municipal_lists")]
    synthetic = any("synthetisch" in line["bron"].casefold() for line in found)
    yield reading(connection, rows, [], synthetic=synthetic, form=form_of(found))


def _cell(line: Line, manifest: Manifest) -> Cell:
    period = line.period(manifest.reference_date)
    area = line.of_scope(line.municipality(period["period_end"]), manifest.scope)
    if area["area_type"] != "GM":
        raise line.refused("lists are of a municipality")
    lists, held = _named(line, "lijsten"), _named(line, "staat op")
    refuse_lists(lists, line.refused)
    if not held <= lists:
        raise line.refused("staat op names a list that is not among lijsten")
    contacts = line.count("keer gezien")
    if len(lists) > 1 and contacts is not None:
        raise line.refused("keer gezien is of one list alone, and here stand several")
    if len(lists) == 1 and not contacts:
        raise line.refused("keer gezien should be 1 or more: of one list alone it tells how often persons were met")
    return Cell(
        place=area | period,
        lists=lists,
        held=held,
        contacts=None if contacts is None else int(contacts),
        group=group_of(line),
        persons=line.count("personen") or 0.0,
        source=dict(line.locator) | {"citation": line["bron"]},
        refused=line.refused,
    )


def _named(line: Line, column: str) -> Held:
    """The lists that a cell names, joined by a plus."""
    words = [" ".join(word.split()) for word in line[column].casefold().split("+")]
    if not set(words) <= LISTS.keys():
        raise line.refused(f"{column} should name lists out of {', '.join(LISTS)}, joined by +")
    if len(set(words)) < len(words):
        raise line.refused(f"{column} names a list twice")
    return frozenset(LISTS[word].name for word in words)
