"""The whole refresh of the sample with Spark's words: every table is the one that DuckDB made, row by row.

The engine is Sail, or the server that ``SPARK_REMOTE`` names. It shares a directory with zicht, and once only a store.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest

from pipelines.model.store import files_at
from tests.scale.compare import ENGINE, unequal_tables, warehouse
from tests.scale.conftest import BUCKET

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.integration.conftest import Place, Ran, Refreshed

pytest.importorskip("pyspark")
pytestmark = [pytest.mark.slow, pytest.mark.scale]

ADDRESS = {name: value for name, value in os.environ.items() if name == "SPARK_REMOTE"}


@pytest.fixture(scope="module", params=["a directory", "a store"])
def there(
    sample: Refreshed, request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[tuple[Place, Ran]]:
    """The house of the sample, of which everything was modelled anew by the other engine."""
    where: dict[str, str] = {}
    if request.param == "a store":
        if ADDRESS:
            pytest.skip("a server on other machines cannot reach the store on this one")
        where = request.getfixturevalue("store") | {"ZICHT_STORE": BUCKET}
    place = sample.place.copy(tmp_path_factory.mktemp("scale") / "demo")
    warehouse(place).unlink()
    with pytest.MonkeyPatch.context() as environment:
        for name, value in where.items():
            environment.setenv(name, value)
        yield place, place.refresh(**ENGINE, **ADDRESS, **where)


def tables(place: Place) -> str:
    """Where the other engine left its tables, as it was told by the environment."""
    store = os.environ.get("ZICHT_STORE")
    return f"{store}/demo/tables" if store else str(place.data / "build" / "tables")


def test_the_refresh_ends_well_and_its_checks_pass(there: tuple[Place, Ran]) -> None:
    _, ran = there
    assert (ran.code, ran.summary["checks"]["failed"]) == (0, 0), ran.err


def test_nearly_all_models_ran_on_the_other_engine(there: tuple[Place, Ran]) -> None:
    place, _ = there
    files = files_at(tables(place))
    made = {path.split("/")[-2] for path in files.find(tables(place))} - {"tables"}  # where DuckDB's own lie
    assert len(made) > 80


def test_a_store_holds_what_was_accepted_and_nothing_of_what_was_rejected(there: tuple[Place, Ran]) -> None:
    place, _ = there
    if not (store := os.environ.get("ZICHT_STORE")):
        assert not (place.data / "build" / "staged").exists()
        return
    root = store.partition("://")[2] + "/demo/staged/"
    brought = {path.removeprefix(root) for path in files_at(store).find(f"{store}/demo/staged")}
    staged = {path.relative_to(place.data / "staged").as_posix() for path in place.data.glob("staged/**/*.parquet")}
    assert brought == {path for path in staged if "/rejected/" not in path}
    assert len(brought) > 20


def test_every_table_is_the_same_intervals_and_statuses_included(sample: Refreshed, there: tuple[Place, Ran]) -> None:
    place, _ = there
    assert unequal_tables(sample.place, place, tables(place)) == {}
