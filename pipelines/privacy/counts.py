"""Counts of persons in the registers as tables: rounded together before they leave, and judged once they are shown.

The counts of one area on one day are one table: groups of origin and lengths of stay add up, universes lie within each
other, and who is certainly counted is part of who possibly is. Belongs here: those tables, and what is shown of them.
Does not belong here: how any table is rounded or judged (``tables``), or counting persons (the models).
"""

from __future__ import annotations

import hmac
import os
from collections import Counter, defaultdict
from dataclasses import dataclass
from functools import partial
from itertools import product
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
import polars as pl

from pipelines.privacy.disclosure import rules
from pipelines.privacy.pseudonyms import read_key
from pipelines.privacy.tables.audit import Finding, Release, audit, release_of
from pipelines.privacy.tables.rounding import Rounded, rounded
from pipelines.privacy.tables.sensitive import vague_below
from pipelines.privacy.tables.table import GaveUpError, Table
from pipelines.settings import UsageError

if TYPE_CHECKING:
    from collections.abc import Hashable, Iterator, Mapping

    Row = dict[str, Any]

NESTED = (
    ("brp_arrivals", "brp_residents_foreign_nationality"),
    ("brp_arrivals_from_rni", "brp_arrivals"),
    ("brp_arrivals_from_rni", "brp_residents_foreign_nationality"),
    ("rni_temporary_address_recent", "rni_temporary_address"),
)
"""Universes of which the first counts some of the persons of the second."""

KEY = ("counted_on", "area_code", "synthetic")
"""What a table is of; of another day the counts are of other persons."""


class Cell(NamedTuple):
    """A count: of a universe, or of one without another; ``of`` a group of origin and a length of stay, one being all.

    ``held`` is certain (who is certainly in it), uncertain (who may be) or possible (both together). A day is not
    named: a count that stays the same is to be rounded the same each month.
    """

    area_code: str
    universe: str
    of: tuple[str, str]
    held: str


@dataclass(frozen=True)
class Frame:
    """What the counts of persons are made of, as the models have them.

    Args:
        counted: a row for each count that may be shown: ``KEY``, ``register``, ``universe``, ``measured_as``,
            ``delivery_id``, ``origin_group``, ``stay_band``, ``persons_low`` and ``persons_high`` (none where only a
            lower bound is known).
        persons: what they add up from: ``KEY``, ``universe``, ``base_group``, ``first_band`` and ``last_band`` (places
            between which the length of stay lies), ``persons_low``, ``persons_high``.
        groups: ``base_group`` and each ``origin_group`` that it is in.
        bands: ``place`` and ``stay_band``.
    """

    counted: pl.DataFrame
    persons: pl.DataFrame
    groups: pl.DataFrame
    bands: pl.DataFrame

    def tables(self) -> Iterator[tuple[list[Row], Table]]:
        """The rows that may be shown of each area and day, and their table."""
        members: dict[str, list[str]] = defaultdict(list)
        for base_group, origin_group in self.groups.select("base_group", "origin_group").iter_rows():
            if base_group != "nl":
                members[origin_group].append(base_group)
        names = dict(self.bands.select("place", "stay_band").iter_rows())
        made_of = self.persons.partition_by(KEY, as_dict=True)
        for key, rows in self.counted.sort(*KEY, "universe").partition_by(KEY, as_dict=True).items():
            shown = rows.sort("universe", "stay_band", "origin_group").to_dicts()
            persons = made_of.get(key, self.persons[:0]).to_dicts()
            yield shown, _table(str(key[1]), shown, persons, members, names)


def protected(frame: Frame, secret: bytes) -> pl.DataFrame:
    """Every count as it may leave: a multiple of the base, with the bounds of what it may be.

    A count that was rounded to nought is withheld: it may be anything below the base. So is a lower bound that is too
    low to tell anything. A count that is not certain has bounds, and a value only where they were rounded alike, so
    that nobody learns that one is certain.

    Raises:
        UnprotectableError: the counts of an area cannot be rounded together, or the solver gave up on them.

    Returns:
        The rows of ``counted``, whose bounds are now those of what is shown, with ``persons``, ``bound_kind`` and
        ``availability``.
    """
    rows: list[Row] = []
    for counts, table in frame.tables():
        whole = _rounded(table, secret)
        shown = dict(zip(table.cells, whole.values.tolist(), strict=True))
        for row in counts:
            certain, possible = shown[_cell(row, "certain")], shown.get(_cell(row, "possible"))
            low = max(certain - whole.reach, 0)
            is_small = (low if possible is None else possible) == 0
            rows.append(
                row
                | {
                    "persons": certain if certain == possible and not is_small else None,
                    "persons_low": low,
                    "persons_high": None if possible is None else possible + whole.reach,
                    "bound_kind": "suppressed" if is_small else "rounding_known",
                    "availability": "suppressed" if is_small else "available",
                }
            )
    told = {"persons_low": pl.Int64, "persons_high": pl.Int64, "bound_kind": pl.String, "availability": pl.String}
    of = {name: kind for name, kind in frame.counted.schema.items() if name not in told}
    return pl.DataFrame(rows, schema={**of, "persons": pl.Int64, **told})


def revealed(frame: Frame, *releases: pl.DataFrame) -> list[tuple[Row, Finding]]:
    """Small counts that a reader of the releases can place more precisely than within ``base - 1``, each with its key.

    Args:
        frame: what is behind them.
        releases: ``KEY``, ``universe``, ``origin_group``, ``stay_band``, ``persons``, ``persons_low`` and
            ``persons_high`` as each release shows them; those of other counts than are behind them are left out.

    Raises:
        ContradictionError: no whole numbers agree with what is shown.
    """
    by_key = [{key: rows.to_dicts() for key, rows in one.partition_by(KEY, as_dict=True).items()} for one in releases]
    found = []
    for counts, table in frame.tables():
        key = tuple(counts[0][name] for name in KEY)
        shown = [_release(table, one[key]) for one in by_key if key in one]
        if shown:
            required = vague_below(table, rules().threshold, rules().base - 1)
            found += [(dict(zip(KEY, key, strict=True)), one) for one in audit(required, *shown)]
    return found


def rounding_secret(key_file: Path | None) -> bytes:
    """The secret that decides which counts are rounded up, made of the key of the pseudonyms.

    Raises:
        UsageError: there is no such key.
    """
    if key_file is None:
        raise UsageError(
            "counts of persons are rounded by a secret: name the key of their pseudonyms in ZICHT_PSEUDONYM_KEY_FILE"
        )
    return hmac.digest(read_key(key_file), b"zicht rounding", "sha256")


def secret_for(counts: pl.DataFrame) -> bytes:
    """The secret by which a model of dbt rounds these counts, of the key that the run named; none needs none.

    Raises:
        UsageError: see ``rounding_secret``.
    """
    key_file = os.environ.get("ZICHT_KEY_FILE")
    return b"" if counts.is_empty() else rounding_secret(Path(key_file) if key_file else None)


def _cell(row: Row, held: str) -> Cell:
    return Cell(row["area_code"], row["universe"], (row["origin_group"], row["stay_band"]), held)


def _table(
    area: str, counts: list[Row], persons: list[Row], members: Mapping[str, list[str]], bands: Mapping[int, str]
) -> Table:
    """The table behind the counts of one area and day.

    Raises:
        ValueError: a count is not the sum of the persons it counts.
    """
    made_of = _made_of(area, persons, bands)
    groups = {(group, "all"): [(part, "all") for part in parts] for group, parts in members.items()}
    base_groups = list(dict.fromkeys(part for parts in groups.values() for part in parts))
    everybody, unknown_stay = ("all", "all"), ("all", "unknown")
    stays = [*(("all", band) for band in bands.values()), unknown_stay]
    bounded = {row["universe"] for row in counts if row["persons_high"] is not None}
    banded = {row["universe"] for row in counts if row["stay_band"] != "all"}
    values: dict[Hashable, int] = {}
    sums: list[tuple[Cell, list[Cell]]] = []

    def add(total: Cell, parts: list[Cell]) -> None:
        values.setdefault(total, sum(values[part] for part in parts))
        sums.append((total, parts))

    for universe in dict.fromkeys(row["universe"] for row in counts):
        cell = partial(Cell, area, universe)
        by_stay = stays if universe in banded else []
        kinds = ("certain", "uncertain") if universe in bounded else ("certain",)
        for held in kinds:
            values |= {cell(of, held): made_of[cell(of, held)] for of in (*base_groups, *by_stay)}
            for group, parts in groups.items():
                if parts != [group]:
                    add(cell(group, held), [cell(part, held) for part in parts])
            if by_stay:
                add(cell(everybody, held), [cell(stay, held) for stay in by_stay])
        if universe in bounded:
            for group in groups:
                add(cell(group, "possible"), [cell(group, held) for held in kinds])
            for stay in by_stay:  # whose length of stay is unknown may be in any band
                within = dict.fromkeys((stay, unknown_stay))
                add(cell(stay, "possible"), [cell(one, held) for one in within for held in kinds])
    for narrow, wide in NESTED:
        for of, held in product((*groups, *stays), ("certain", "possible")):
            part, whole = Cell(area, narrow, of, held), Cell(area, wide, of, held)
            if part in values and values.get(whole, -1) >= values[part]:
                rest = whole._replace(universe=f"{wide} without {narrow}")
                values[rest] = values[whole] - values[part]
                add(whole, [part, rest])
    for row in counts:
        known = values[_cell(row, "certain")], values.get(_cell(row, "possible"))
        if known != (row["persons_low"], row["persons_high"]):
            raise ValueError(f"{row['universe']} {row['origin_group']} is not the sum of the persons it counts")
    return Table.of(values, sums)


def _made_of(area: str, persons: list[Row], bands: Mapping[int, str]) -> Counter[Cell]:
    """Persons by universe and base group, and by universe and length of stay."""
    found: Counter[Cell] = Counter()
    for row in persons:
        is_known = row["first_band"] == row["last_band"]
        stay = bands[row["first_band"]] if is_known else "unknown"
        for of in ((row["base_group"], "all"), ("all", stay)):
            cell = partial(Cell, area, row["universe"], of)
            found[cell("certain")] += row["persons_low"]
            found[cell("uncertain")] += row["persons_high"] - row["persons_low"]
    return found


def _rounded(table: Table, secret: bytes) -> Rounded:
    """The one best rounding: another that sums allow would tell how the solver came to it.

    Raises:
        GaveUpError: the solver did not prove that it is the best.
    """
    whole = rounded(table, rules().base, secret, two_steps=True)
    if not whole.optimal:
        raise GaveUpError("it is not proven that no rounding is nearer to what chance wanted")
    return whole


def _release(table: Table, rows: list[Row]) -> Release:
    """What a release shows of the counts of one area and day.

    The rounded numbers follow from the bounds, and add up; but where a table needed a second step, a lower bound of
    nought leaves two of them possible.
    """
    one_step = rules().base - 1
    reach = max((row["persons_high"] - row["persons"] for row in rows if row["persons"] is not None), default=one_step)
    told: dict[Hashable, tuple[float, float, float]] = {}
    for row in rows:
        low, high = row["persons_low"], row["persons_high"]
        number = low + reach if low else 0 if reach == one_step else np.nan
        told[_cell(row, "certain")] = number, low, np.inf
        if high is not None:
            told[_cell(row, "possible")] = high - reach, 0, high
    shown, least, most = np.array([told.get(cell, (np.nan, 0, np.inf)) for cell in table.cells]).T
    return release_of(table, shown, rules().base, reach, least, most)
