"""A release as its pages see it: every published table, with the few rows that a test gives it."""

from __future__ import annotations

import shutil
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import duckdb

from pipelines.report.facts import Facts
from pipelines.report.site import write_site
from tests.unit.publish.warehouse import Row, candidate, town

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from tests.conftest import House

RELEASE: dict[str, Any] = {
    "release_id": "2026-02-05-eeeeeeee", "as_of": "2026-02-05", "released_at": "2026-02-05 03:10:00",
    "synthetic": False, "code_version": "c0de", "data_gaps": {"missing": 12},
    "rows": {"area": 2, "housing": 0, "registered": 15082},
}  # fmt: skip
TOWNS = [town("0394", "Haarlemmermeer"), town("0599", "Rotterdam")]


@contextmanager
def facts_of(
    house: House, release: dict[str, Any] = RELEASE, results: Sequence[Row] = (), **rows: list[Row]
) -> Iterator[Facts]:
    """What a release of these rows tells."""
    candidate(house, **{"area": TOWNS} | rows)
    with duckdb.connect(str(house.settings.candidate), read_only=True) as connection:
        yield Facts(house.settings, release, results, connection)


def written(
    house: House, folder: Path, release: dict[str, Any] = RELEASE, results: Sequence[Row] = (), **rows: list[Row]
) -> Path:
    """The site of a release of these rows, which is put into a directory of its own."""
    candidate(house, **{"area": TOWNS} | rows)
    folder.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(house.settings.candidate, folder / house.settings.database.name)
    write_site(house.settings, folder, release, list(results))
    return folder / "site"


def indicator(name: str = "huisbezoeken", year: int = 2025, value: float | None = 10, **changed: Any) -> Row:
    """A figure of a municipal register, without a year before or a target."""
    return {
        "area_type": "GM", "area_code": "0394", "area_name": None, "period_start": f"{year}-01-01",
        "period_end": f"{year}-12-31", "indicator_id": name, "indicator": name, "domain": "handhaving",
        "definition": None, "value": value, "value_low": value, "value_high": value, "unit": "bezoeken",
        "target": None, "direction": None, "target_verdict": "no_target", "previous": None, "previous_low": None,
        "previous_high": None, "change": None, "change_low": None, "change_high": None,
        "change_verdict": "no_previous", "part_of": None, "share_of_whole": None, "share_of_whole_low": None,
        "share_of_whole_high": None, "denominator": None, "source": "Raadsbrief (2026)", "quote": f"{value} bezoeken",
        "superseded": False, "universe": "municipal_register", "edition": "Raadsbrief", "availability": "available",
        "finality": "final", "synthetic": False, "delivery_id": "d" * 64,
    } | changed  # fmt: skip


def promise(number: str = "M1", **changed: Any) -> Row:
    """A promise to a council, with neither a date nor an indicator."""
    return {
        "commitment_id": number, "area_type": "GM", "area_code": "0394", "kind": "promise", "text": "Elk jaar tellen",
        "due": None, "status": "open", "indicator": None, "source": "Raadsbrief (2026)", "quote": "wij tellen",
        "superseded": False, "synthetic": False, "delivery_id": "d" * 64,
    } | changed  # fmt: skip


def comparison(year: int = 2025, **changed: Any) -> Row:
    """Workers beside residents of one municipality."""
    figures = {f"{name}{part}": 20 for name in ("workers", "residents") for part in ("", "_low", "_high")}
    return figures | {
        "municipality_code": "0394", "municipality_name": "Haarlemmermeer", "reporting_year": year,
        "origin_group": "all", "gap": 0, "gap_low": 0, "gap_high": 0, "relation": "overlapping",
        "relation_claimed": "overlapping", "workers_universe": "w", "residents_universe": "r", "universe": "w + r",
        "edition": "2025", "version": "1", "unit": "persons", "bound_kind": "exact", "availability": "available",
        "finality": "final", "computed": True, "synthetic": False, "delivery_id": "d" * 64,
    } | changed  # fmt: skip
