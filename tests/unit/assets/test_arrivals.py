"""Landing and reading as assets: the same work, with counts beside it and a version that follows the bytes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import dagster as dg
import pytest

from pipelines import records
from pipelines.assets.arrivals import raw_asset, staged_asset
from pipelines.assets.house import SCOPES, column_schema
from pipelines.assets.house import House as Resource
from tests.conftest import DAY, House, declared

if TYPE_CHECKING:
    from collections.abc import Iterator

HEADER = "zaaknummer;controleplaats;startdatum;wet;uitkomst;besluitdatum;aantal_boetes;boetebedrag\n"
CASE = "Z1;Rotterdam;2025-03-04;Wav;boete;2025-05-01;1;4000\n"
SOURCE = "inspectorate"


@pytest.fixture
def instance() -> Iterator[dg.DagsterInstance]:
    with dg.DagsterInstance.ephemeral() as found:
        yield found


@pytest.fixture(autouse=True)
def _environment(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ZICHT_DATA", str(house.settings.data))
    monkeypatch.setenv("ZICHT_LANDING", str(house.settings.landing))
    monkeypatch.setenv("ZICHT_AS_OF", str(house.settings.as_of))
    monkeypatch.setenv("ZICHT_PSEUDONYM_KEY_FILE", str(house.settings.key_file))
    monkeypatch.delenv("ZICHT_SAMPLE", raising=False)


def materialized(instance: dg.DagsterInstance, *scopes: str) -> dict[str, Any]:
    """Metadata of ``raw`` (no scope given) or ``staged``, with the data version."""
    asset = staged_asset(declared(SOURCE)) if scopes else raw_asset(declared(SOURCE))
    tags = (
        {"dagster/asset_partition_range_start": scopes[0], "dagster/asset_partition_range_end": scopes[-1]}
        if scopes
        else {}
    )
    upstream = [] if not scopes else [dg.AssetSpec(["raw", SOURCE])]
    result = dg.materialize(
        [asset, *upstream], instance=instance, resources={"house": Resource(sample=False)}, tags=tags, selection=[asset]
    )
    assert result.success
    event = result.get_asset_materialization_events()[0].step_materialization_data.materialization
    return {name: value.value for name, value in event.metadata.items()} | {
        "version": (event.tags or {})["dagster/data_version"]
    }


def test_landing_counts_and_makes_the_scopes_known(house: House, instance: dg.DagsterInstance) -> None:
    house.deliver(SOURCE, {"a.csv": HEADER + CASE}, scope="0599")
    house.deliver(SOURCE, {"a.csv": ""}, scope="0394")
    found = materialized(instance)
    assert (found["new"], found["unchanged"], found["refused"], found["dagster/row_count"]) == (1, 0, 1, 1)
    assert "a.csv" in found["refusals"]
    assert {"0599", "0394"} <= set(instance.get_dynamic_partitions(str(SCOPES.name)))


def test_the_same_bytes_have_the_same_version_and_new_bytes_another(house: House, instance: dg.DagsterInstance) -> None:
    house.deliver(SOURCE, {"a.csv": HEADER + CASE})
    first = materialized(instance)
    house.deliver(SOURCE, {"a.csv": HEADER + CASE})
    second = materialized(instance)
    assert (second["new"], second["unchanged"]) == (0, 1)
    assert second["version"] == first["version"]
    house.deliver(SOURCE, {"a.csv": HEADER + CASE}, day="2026-01-01")
    assert materialized(instance)["version"] != first["version"]


def test_reading_tells_rows_read_now_and_rows_that_stand(house: House, instance: dg.DagsterInstance) -> None:
    many = "".join(CASE.replace("Z1", f"Z{number}") for number in range(200))
    house.deliver(SOURCE, {"a.csv": HEADER + many + CASE.replace("2025-03-04", "maart")}, day=DAY)
    materialized(instance)
    first, second = materialized(instance, "0394"), materialized(instance, "0394")
    assert (first["rows_read_now"], first["rows_rejected_now"], first["dagster/row_count"]) == (201, 1, 200)
    assert (second["rows_read_now"], second["deliveries_read_now"], second["dagster/row_count"]) == (0, 0, 200)
    assert first["rows_read"] == first["rows_accepted"] + first["rows_rejected"]
    assert second["version"] == first["version"]


def test_one_run_covers_a_range_of_scopes(house: House, instance: dg.DagsterInstance) -> None:
    for scope in ("0394", "0599"):
        house.deliver(SOURCE, {"a.csv": HEADER + CASE.replace("Z1", scope)}, scope=scope)
    materialized(instance)
    scopes = instance.get_dynamic_partitions(str(SCOPES.name))
    assert materialized(instance, scopes[0], scopes[-1])["deliveries_read_now"] == 2


def test_columns_are_shown_with_both_languages_and_what_may_be_null() -> None:
    record = records.load("observation")
    schema = column_schema(record)
    assert [column.name for column in schema.columns] == [column.name for column in record.columns]
    first, required = schema.columns[0], {column.name for column in record.columns if column.required}
    assert first.description == f"{record.columns[0].nl} / {record.columns[0].en}"
    assert {column.name for column in schema.columns if not column.constraints.nullable} == required
