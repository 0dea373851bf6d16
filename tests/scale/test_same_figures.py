"""The whole refresh of the sample with Spark's words: every table is the one that DuckDB made, row by row.

The engine is Sail, or the server that ``SPARK_REMOTE`` names.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any

import duckdb
import pytest

if TYPE_CHECKING:
    from pathlib import Path

    from tests.integration.conftest import Place, Ran, Refreshed

pytest.importorskip("pyspark")
pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def there(sample: Refreshed, tmp_path_factory: pytest.TempPathFactory) -> tuple[Place, Ran]:
    """The house of the sample, of which everything was modelled anew by the other engine."""
    place = sample.place.copy(tmp_path_factory.mktemp("scale") / "demo")
    (place.data / "build" / "warehouse.duckdb").unlink()
    address = {name: value for name, value in os.environ.items() if name == "SPARK_REMOTE"}
    return place, place.refresh(ZICHT_ENGINE="spark", **address)


def warehouse(place: Place) -> Path:
    return place.data / "build" / "warehouse.duckdb"


def test_the_refresh_ends_well_and_its_checks_pass(there: tuple[Place, Ran]) -> None:
    _, ran = there
    assert (ran.code, ran.summary["checks"]["failed"]) == (0, 0), ran.err


def test_nearly_all_models_ran_on_the_other_engine(there: tuple[Place, Ran]) -> None:
    place, _ = there
    made = [path for path in (place.data / "build" / "tables").iterdir() if path.is_dir()]
    assert len(made) > 80


def test_every_table_is_the_same_intervals_and_statuses_included(sample: Refreshed, there: tuple[Place, Ran]) -> None:
    place, _ = there
    with duckdb.connect() as both:
        both.execute(f"attach '{warehouse(sample.place)}' as here (read_only)")
        both.execute(f"attach '{warehouse(place)}' as there (read_only)")
        tables = [name for (name,) in both.sql("select table_name from duckdb_tables() where database_name = 'here'")
                  .fetchall()]  # fmt: skip
        assert len(tables) > 100
        assert {name: found for name in tables if (found := _differences(both, name))} == {}


def _differences(both: duckdb.DuckDBPyConnection, name: str) -> list[Any]:
    """Rows that one of the engines made and the other did not; some of them."""
    told = both.sql(f"describe here.{name}").fetchall()
    # The last digits of a sum of doubles are of the order in which they are added.
    same = ", ".join(
        f'round("{column}", 6)' if kind == "DOUBLE" else f'cast("{column}" as {kind})' for column, kind, *_ in told
    )
    here, there = (f"(select {same} from {house}.{name})" for house in ("here", "there"))
    return both.sql(f"({here} except all {there}) union all ({there} except all {here}) limit 3").fetchall()
