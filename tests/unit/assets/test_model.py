"""How Dagster shows the models: names and groups by step, and rows counted."""

from __future__ import annotations

from typing import Any

import dagster as dg
import pytest

from pipelines.assets.model import Translator, _with_shape
from tests.contract.project import manifest

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
    output = dg.Output(None, output_name="model__small__area", metadata={"kind": "table"})
    shapes = {name: {"dagster/row_count": rows} for name, rows in (("area", 1), ("small__area", 2))}
    counted = _with_shape(output, shapes)
    assert counted.metadata["dagster/row_count"].value == 2
    assert counted.metadata["kind"].value == "table"


def test_a_published_table_keeps_the_columns_it_declares() -> None:
    found = dg.TableSchema([dg.TableColumn("area_code", "varchar")])
    shapes = {"area": {"dagster/row_count": 1, "dagster/column_schema": found}}
    assert "dagster/column_schema" not in _with_shape(dg.Output(None, output_name="marts__area"), shapes).metadata
    assert "dagster/column_schema" in _with_shape(dg.Output(None, output_name="model__area"), shapes).metadata


def test_what_is_no_output_is_passed_on_as_it_is() -> None:
    event = object()
    assert _with_shape(event, {"area": {}}) is event
