"""Landing and reading as assets: the same work, with counts beside it and a version that follows the bytes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import dagster as dg
import pytest

from pipelines import records
from pipelines.assets.arrivals import _totals, raw_asset, staged_asset
from pipelines.assets.house import SCOPES, column_schema
from pipelines.assets.house import House as Resource
from pipelines.landing.catalogue import gaps
from pipelines.sources import all_sources
from tests.conftest import DAY, House, declared, lo_csv, resident

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
    house.settings.landing.mkdir(exist_ok=True)
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
    assert found["refusals"] == "- inspectorate/0394/2026-02-01: the file is empty. Deliver it again"
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


def test_reading_tells_what_was_read_now_and_the_rows_that_stand(house: House, instance: dg.DagsterInstance) -> None:
    many = "".join(CASE.replace("Z1", f"Z{number}") for number in range(200))
    house.deliver(SOURCE, {"a.csv": HEADER + many + CASE.replace("2025-03-04", "maart")}, day=DAY)
    materialized(instance)
    first, second = materialized(instance, "0394"), materialized(instance, "0394")
    assert (first["deliveries_read_now"], second["deliveries_read_now"]) == (1, 0)
    for found in (first, second):
        assert (found["rows_read"], found["rows_rejected"], found["dagster/row_count"]) == (201, 1, 200)
    assert second["version"] == first["version"]


def test_dagster_is_told_of_rows_of_persons_what_may_be_published_of_them(house: House) -> None:
    house.take_in("brp", {"dossier.csv": lo_csv([resident(number) for number in range(12)])})
    told = _totals(house.settings, declared("brp"), ["0394"])
    assert told == {"rows_read": 10, "dagster/row_count": 10, "rows_rejected": None}


def test_one_run_covers_a_range_of_scopes(house: House, instance: dg.DagsterInstance) -> None:
    for scope in ("0394", "0599"):
        house.deliver(SOURCE, {"a.csv": HEADER + CASE.replace("Z1", scope)}, scope=scope)
    materialized(instance)
    scopes = instance.get_dynamic_partitions(str(SCOPES.name))
    assert materialized(instance, scopes[0], scopes[-1])["deliveries_read_now"] == 2


def fresh(instance: dg.DagsterInstance, source: str, scope: str) -> Any:
    """What the check ``fresh`` says of a source after a run over one scope."""
    from pipelines.assets.arrivals import freshness_checks

    made = [raw_asset(declared(source)), staged_asset(declared(source))]
    others = [dg.AssetSpec([step, name]) for name in all_sources() for step in ("raw", "staged") if name != source]
    upstream = [dg.AssetSpec(key) for key in made[0].dependency_keys]
    definitions = dg.Definitions(
        assets=[*made, *others, *upstream], asset_checks=[freshness_checks()],
        resources={"house": Resource(sample=False)},
        jobs=[dg.define_asset_job("one", dg.AssetSelection.assets(*made))],
    )  # fmt: skip
    instance.add_dynamic_partitions(str(SCOPES.name), [scope])
    tags = {f"dagster/asset_partition_range_{end}": scope for end in ("start", "end")}
    result = definitions.resolve_job_def("one").execute_in_process(instance=instance, tags=tags)
    (evaluation,) = result.get_asset_check_evaluations()
    return evaluation


def test_a_source_is_fresh_by_the_reference_date_of_what_stands(house: House, instance: dg.DagsterInstance) -> None:
    """Landing it today does not make an old extract young; a young one beside it does."""
    house.deliver("brp", {"a.csv": lo_csv([resident()])}, day="2025-06-01")
    old = fresh(instance, "brp", "0394")
    assert (old.asset_key.to_user_string(), old.check_name) == ("raw/brp", "fresh")
    assert (old.passed, old.severity, old.blocking) == (False, dg.AssetCheckSeverity.WARN, False)
    late = old.metadata["late"].value
    assert "2025-06-01" in late
    assert {gap.explanation_en for gap in gaps(house.settings) if gap.kind in ("late", "out_of_sync")} == {
        line.removeprefix("- ") for line in late.splitlines()
    }
    house.deliver("brp", {"a.csv": lo_csv([resident()])}, day=DAY)
    assert fresh(instance, "brp", "0394").passed is True


def test_a_source_without_a_cadence_is_never_late(house: House, instance: dg.DagsterInstance) -> None:
    assert declared("figures").cadence is None
    assert fresh(instance, "figures", "NL").passed is True


def test_columns_are_shown_with_both_languages_and_what_may_be_null() -> None:
    record = records.load("observation")
    schema = column_schema(record)
    assert [column.name for column in schema.columns] == [column.name for column in record.columns]
    first, required = schema.columns[0], {column.name for column in record.columns if column.required}
    assert first.description == f"{record.columns[0].nl} / {record.columns[0].en}"
    assert {column.name for column in schema.columns if not column.constraints.nullable} == required
