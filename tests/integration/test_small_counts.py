"""The second door on a whole release: it lets the sample through, and no count of few persons, wherever one stands."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING

import duckdb
import pytest

from pipelines.quality.checks import run_suites
from pipelines.quality.suites import load_suites

if TYPE_CHECKING:
    from pathlib import Path

    from tests.integration.conftest import Refreshed

pytestmark = pytest.mark.slow

OF_REGISTERS = "regexp_matches({}, '(^| )(brp|rni)_')"
FEW = {
    "registered": ("persons = 3", OF_REGISTERS.format("universe")),
    "registered_current": ("persons = 13", OF_REGISTERS.format("universe")),
    "registration_gap": ("residents = 3", OF_REGISTERS.format("residents_universe")),
    "registration_gap_current": ("non_residents_here_low = 0, non_residents_here_high = 4", "true"),
    "gap_headline": ("residents = 3", OF_REGISTERS.format("residents_universe")),
    "worker_composition": ("workers = 3", OF_REGISTERS.format("universe")),
    "reconciliation": ("left_value_low = 1, left_value_high = 1", "check_name = 'own_brp_per_nationality'"),
    "peer_comparison": ("value = 3", "measure = 'residents' and per = 'count' and universe like '%brp%'"),
    "housing": ("places_occupied = 3", "places_occupied is not null"),
    "data_gap": (
        "explanation_en = regexp_replace(explanation_en, ': [0-9,]+ persons', ': 3 persons')",
        "kind = 'register_control'",
    ),
    "delivery": ("rows_rejected = 3", "source = 'brp'"),
}
"""By table: what makes a count small, and of which rows."""


@pytest.fixture(scope="module")
def candidate(sample: Refreshed, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the sample's release, as it left."""
    assert sample.ran.code == 0, (sample.ran.out, sample.ran.err)
    path = tmp_path_factory.mktemp("candidate") / "zicht.duckdb"
    shutil.copy(sample.place.data / "published" / "zicht.duckdb", path)
    return path


def blocked(database: Path) -> set[str]:
    results = run_suites(database, load_suites("release").values(), "release")
    return {one["table_name"] for one in results if not one["passed"] and one["severity"] == "block"}


def test_a_release_with_few_persons_in_any_of_its_tables_does_not_leave(candidate: Path) -> None:
    assert blocked(candidate) == set()
    with duckdb.connect(str(candidate)) as connection:
        for table, (change, rows) in FEW.items():
            changed = connection.execute(f"update {table} set {change} where {rows}").fetchone()
            assert changed, table
            assert changed[0] > 0, f"nothing to make small in {table}"
    assert set(FEW) <= blocked(candidate)
