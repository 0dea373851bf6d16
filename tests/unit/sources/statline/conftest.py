"""A house that calls a SYNTHETIC StatLine on loopback, and nights in it."""

from __future__ import annotations

import itertools
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import pytest

from pipelines.sources.statline.client import Patience
from pipelines.sources.statline.fetch import Fetched, fetch_tables
from pipelines.sources.statline.tables import Table as Layout
from pipelines.sources.statline.tables import tables
from tests.conftest import House
from tests.statline_server import Dimension, Measure, StatLine, Table, Value

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import date

    from pipelines.landing.deliveries import Outcome
    from tests.statline_server import Fault

TABLE = "85644NED"
REGIONS = {
    "NL01": Value("Nederland"),
    "LD04": Value("Zuid-Nederland (LD)"),
    "PV27": Value("Noord-Holland (PV)"),
    "GM0394": Value("Haarlemmermeer"),
    "GM0599": Value("Rotterdam"),
}
PERIODS = {"2022JJ00": Value("2022", "Definitief"), "2023JJ00": Value("2023*", "Voorlopig")}
SEXES = {"T001038": Value("Totaal mannen en vrouwen"), "3000": Value("Mannen")}
NATIONALITIES = {
    "T001059": Value("Totaal"),
    "NAT9349": Value("Nederlands"),
    "NAT9350": Value("Pools"),
    "NAT9351": Value("Verzonnens"),
}
# A busy machine answers late: only who meets a server that is slow on purpose is in a hurry.
WAITS = Patience(tries=3, first=0, most=0.01, jitter=0, between=0, timeout=60, whole=60)
HURRIED = replace(WAITS, timeout=1, whole=1)


def waits_for(fault: Fault) -> Patience:
    """Little patience with a fault that takes time."""
    return HURRIED if fault in ("slow", "drip") else WAITS


def residents() -> Table:
    """SYNTHETIC residents by nationality: a cell for all but one combination, one secret and one impossible."""
    kinds = {"Perioden": "TimeDimension", "RegioS": "GeoDimension"}
    values = {
        "Geslacht": SEXES,
        "Leeftijd": {"10000": Value("Totaal")},
        "Nationaliteit": NATIONALITIES,
        "RegioS": REGIONS,
        "Perioden": PERIODS,
    }
    cells: list[Any] = [
        ("M000352", codes, 1000.0 + place, "None") for place, codes in enumerate(itertools.product(*values.values()))
    ]
    for place, attribute in {2: "Secret", 6: "Missing"}.items():
        cells[place] = (*cells[place][:2], None, attribute)
    del cells[4]
    dimensions = {name: Dimension(found, kinds.get(name, "Dimension")) for name, found in values.items()}
    measures = {"M000352": Measure("Bevolking op 1 januari", "BevolkingOp1Januari_1")}
    return Table(TABLE, dimensions, measures, cells)


@dataclass
class Nightly:
    """A house, its server, and the layouts it asks for."""

    house: House
    server: StatLine
    layouts: list[Layout]
    waits: Patience = WAITS

    def fetch(self, *, as_of: date | None = None) -> list[Fetched]:
        """One night's download."""
        settings = replace(self.house.settings, as_of=as_of) if as_of else self.house.settings
        return fetch_tables(settings, self.layouts, self.waits)

    def take_in(self, table: str = TABLE) -> list[Outcome]:
        """Download, land and read."""
        self.fetch()
        landed = self.house.land("statline")
        assert not landed.refused, landed.refused
        return self.house.read("statline", table)

    def rows(self) -> list[dict[str, Any]]:
        """What was read, without what says where it stood."""
        strange = {"locator_file", "locator_cell", "locator_row", "delivery_id", "version", "reference_date"}
        found = [{k: v for k, v in row.items() if k not in strange} for row in self.house.accepted("statline")]
        return sorted(found, key=lambda row: str(sorted(row.items(), key=str)))


@pytest.fixture
def nightly(house: House) -> Iterator[Nightly]:
    """Nights in which only the table of residents is asked for."""
    with StatLine({TABLE: residents()}, page=20) as server:
        settings = replace(
            house.settings, offline=False, cbs_v4_url=f"{server.address}/v4", cbs_v3_url=f"{server.address}/v3"
        )
        yield Nightly(House(settings), server, [tables()[TABLE]])
