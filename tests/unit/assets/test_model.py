"""How Dagster shows the models: names and groups by step, and rows counted."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import dagster as dg
import pytest

from pipelines.assets.model import Translator, _with_shape
from tests.contract.project import manifest

if TYPE_CHECKING:
    from tests.conftest import House

KEYS = {
    "model.zicht.gap_headline": ("marts/gap_headline", "marts"),
    "model.zicht.int_registered__protected": ("model/int_registered__protected", "protect"),
    "model.zicht.int_workers": ("model/int_workers", "model"),
    "model.zicht.stg_brp__person": ("staging/stg_brp__person", "read"),
    "seed.zicht.municipality": ("reference/municipality", "reference"),
    "source.zicht.staged.brp": ("staged/brp", None),
    "source.zicht.catalogue.gap": ("staged/catalogue", None),
}


def node(identity: str) -> dict[str, Any]:
    content = manifest()
    found: dict[str, Any] = content["sources"].get(identity) or content["nodes"][identity]
    return found


@pytest.mark.parametrize(("identity", "key"), [(identity, key) for identity, (key, _) in KEYS.items()])
def test_a_model_is_called_after_its_layer_and_a_source_after_what_the_reader_made(identity: str, key: str) -> None:
    assert Translator().get_asset_key(node(identity)).to_user_string() == key


@pytest.mark.parametrize(("identity", "group"), [(identity, group) for identity, (_, group) in KEYS.items() if group])
def test_a_model_stands_in_the_group_of_its_step(identity: str, group: str) -> None:
    assert Translator().get_group_name(node(identity)) == group


def test_the_rows_of_the_longest_name_that_fits_are_counted() -> None:
    """``area`` is the end of ``small_area`` too."""
    output = dg.Output(None, output_name="marts__small__area", metadata={"kind": "table"})
    shapes = {name: {"dagster/row_count": rows} for name, rows in (("area", 1), ("small__area", 2))}
    counted = _with_shape(output, shapes)
    assert counted.metadata["dagster/row_count"].value == 2
    assert counted.metadata["kind"].value == "table"


def test_a_published_table_keeps_the_columns_it_declares() -> None:
    found = dg.TableSchema([dg.TableColumn("area_code", "varchar")])
    shapes = {"area": {"dagster/row_count": 1, "dagster/column_schema": found}}
    assert "dagster/column_schema" not in _with_shape(dg.Output(None, output_name="marts__area"), shapes).metadata
    assert "dagster/column_schema" in _with_shape(dg.Output(None, output_name="model__area"), shapes).metadata


def test_the_rows_of_a_table_that_is_not_published_are_not_told_for_they_may_be_persons() -> None:
    shapes = {"int_moves": {"dagster/row_count": 3}}
    assert not _with_shape(dg.Output(None, output_name="model__int_moves"), shapes).metadata


def test_what_is_no_output_is_passed_on_as_it_is() -> None:
    event = object()
    assert _with_shape(event, {"area": {}}) is event


# a part of the models


def test_a_model_step_that_fails_is_told_and_not_tried_again(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    """Here because a part of a warehouse that is not there would not be a warehouse."""
    from pipelines.definitions import REFRESH, defs

    monkeypatch.setenv("ZICHT_DATA", str(house.settings.data))
    monkeypatch.delenv("ZICHT_SAMPLE", raising=False)
    job = defs.resolve_job_def(REFRESH).get_subset(asset_selection={dg.AssetKey(["marts", "area"])})
    with dg.DagsterInstance.ephemeral() as instance:
        result = job.execute_in_process(instance=instance, raise_on_error=False)
    happened = [event.event_type_value for event in result.all_events]
    assert (happened.count("STEP_START"), happened.count("STEP_FAILURE")) == (1, 1)
    assert not any("RETRY" in event or "RESTART" in event for event in happened)
    (failure,) = [event for event in result.all_events if event.event_type_value == "STEP_FAILURE"]
    assert "HalfMadeError" in str(failure.event_specific_data)
    assert not house.settings.warehouse.exists()


def test_a_seed_follows_no_delivery() -> None:
    assert Translator().get_automation_condition(node("seed.zicht.municipality")) is None
