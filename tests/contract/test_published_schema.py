"""The published file: tables, columns and types that analysts' reports rest on."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from pipelines.publish.candidate import TYPES, broken
from pipelines.publish.fingerprint import contract_version
from tests.contract import project
from tests.contract.project import (
    FIGURE_COLUMNS,
    FIGURE_TABLES,
    MUST_HOLD,
    TABLES,
    Schema,
    snapshot,
    snapshot_version,
    write_snapshot,
)

if TYPE_CHECKING:
    from pathlib import Path

Models = dict[str, dict[str, Any]]

UPDATE = (
    "Reports of municipalities rest on this. If it is meant: raise contract_version in dbt_project/dbt_project.yml, "
    "run `python -m tests.contract.project` and say in CHANGELOG.md what changed and what a reader must do."
)
# Numbers that are no figure: they have no bounds of their own.
NO_FIGURE = {
    "level",
    "reporting_year", "preference", "baseline", "target", "allowed", "rank_low", "rank_high", "peer_count",
    "withdrawn",
}  # fmt: skip


def test_the_tables_of_the_design_are_published_and_no_other(schema: Schema) -> None:
    assert set(schema) == set(TABLES)


@pytest.mark.parametrize("table", TABLES)
def test_a_table_has_the_columns_of_its_grain(table: str, schema: Schema) -> None:
    assert set(TABLES[table]) <= set(schema[table])


@pytest.mark.parametrize("table", MUST_HOLD)
def test_a_table_holds_what_the_design_says_it_must(table: str, schema: Schema) -> None:
    assert set(MUST_HOLD[table]) <= set(schema[table])


@pytest.mark.parametrize("table", TABLES)
def test_the_declared_grain_is_columns_of_the_table_and_covers_that_of_the_design(table: str, models: Models) -> None:
    declared = models[table]["config"]["meta"]["grain"]
    assert set(declared) <= set(models[table]["columns"])
    in_one_moment = {"period_end"}  # of one start there is one end unless the grain says otherwise
    same = {"indicator": "indicator_id"}
    assert {same.get(column, column) for column in set(TABLES[table]) - in_one_moment} <= set(declared)


@pytest.mark.parametrize("table", TABLES)
def test_the_grain_is_tested_in_the_warehouse(table: str, models: Models, manifest: dict[str, Any]) -> None:
    (test,) = [node for node in _tests_of(manifest, models[table]) if node["test_metadata"]["name"] == "grain"]
    assert test["test_metadata"]["kwargs"]["columns"] == models[table]["config"]["meta"]["grain"]


@pytest.mark.parametrize("table", FIGURE_TABLES)
def test_a_figure_table_says_of_each_row_whom_it_counts_and_how_sure_it_is(table: str, schema: Schema) -> None:
    assert set(FIGURE_COLUMNS) <= set(schema[table])
    assert schema[table]["computed"] == schema[table]["synthetic"] == "BOOLEAN"


@pytest.mark.parametrize("table", FIGURE_TABLES)
def test_every_figure_has_both_bounds_in_its_own_type(table: str, schema: Schema) -> None:
    figures = _figures(schema[table])
    assert figures or table == "peer_comparison", "a figure table without a figure"
    for figure in figures:
        for bound in ("low", "high"):
            assert schema[table].get(f"{figure}_{bound}") == schema[table][figure], f"{figure}_{bound}"


@pytest.mark.parametrize("table", FIGURE_TABLES)
def test_no_bounds_stand_without_their_figure(table: str, schema: Schema) -> None:
    bounds = {name for name in schema[table] if name.endswith(("_low", "_high")) and name not in NO_FIGURE}
    assert {name.rpartition("_")[0] for name in bounds} <= set(_figures(schema[table]))


@pytest.mark.parametrize("table", FIGURE_TABLES)
def test_every_figure_is_tested_to_lie_within_its_bounds(
    table: str, models: Models, manifest: dict[str, Any], schema: Schema
) -> None:
    tested = {
        node["test_metadata"]["kwargs"]["figure"]
        for node in _tests_of(manifest, models[table])
        if node["test_metadata"]["name"] == "interval"
    }
    assert tested == set(_figures(schema[table]))


def test_only_types_that_every_bi_client_reads_are_declared(schema: Schema) -> None:
    allowed = {"DATE", "TIMESTAMP", "BIGINT", "DOUBLE", "VARCHAR", "BOOLEAN"}
    assert {kind for columns in schema.values() for kind in columns.values()} <= allowed
    assert {kind.upper() for kind in TYPES} == allowed, "the candidate lets other types pass than the contract"


def test_a_column_of_one_name_has_one_type_in_every_table(schema: Schema) -> None:
    kinds: dict[str, set[str]] = {}
    for columns in schema.values():
        for name, kind in columns.items():
            kinds.setdefault(name, set()).add(kind)
    assert {name: found for name, found in kinds.items() if len(found) > 1} == {}


@pytest.mark.parametrize("table", TABLES)
def test_every_table_and_column_is_described_in_english_and_in_dutch(table: str, models: Models) -> None:
    node = models[table]
    words = {table: (node["description"], node["config"]["meta"].get("nl"))} | {
        column["name"]: (column["description"], column["config"]["meta"].get("nl"))
        for column in node["columns"].values()
    }
    undescribed = [name for name, (english, dutch) in words.items() if not english or not dutch]
    assert undescribed == []


@pytest.mark.parametrize("table", TABLES)
def test_dbt_enforces_the_contract_of_a_published_table(table: str, models: Models) -> None:
    assert models[table]["config"]["contract"]["enforced"] is True


def test_no_published_column_was_removed_or_retyped(schema: Schema) -> None:
    assert broken(snapshot(), schema) == [], UPDATE


def test_the_snapshot_is_of_the_contract_version_that_releases_carry() -> None:
    assert snapshot_version() == contract_version(), UPDATE


@pytest.fixture
def written_down(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A snapshot of one table under version 1."""
    path = tmp_path / "published_schema.json"
    monkeypatch.setattr(project, "SNAPSHOT", path)
    path.write_text('{"contract_version": 1, "tables": {"area": {"code": "VARCHAR", "size": "BIGINT"}}}', "utf-8")
    return path


@pytest.mark.parametrize(
    ("now", "said"),
    [
        ({"area": {"code": "VARCHAR"}}, "area.size is gone"),
        ({"area": {"code": "VARCHAR", "size": "DOUBLE"}}, "area.size was BIGINT and is DOUBLE"),
        ({}, "area.code is gone"),
    ],
)
def test_a_removal_is_not_written_down_under_the_same_contract_version(
    written_down: Path, now: Schema, said: str
) -> None:
    before = written_down.read_bytes()
    with pytest.raises(SystemExit, match=said):
        write_snapshot(now, 1)
    assert written_down.read_bytes() == before
    write_snapshot(now, 2)
    assert (snapshot(), snapshot_version()) == (now, 2)


def test_an_addition_is_written_down_under_the_same_contract_version(written_down: Path) -> None:
    added = snapshot() | {"town": {"name": "VARCHAR"}}
    write_snapshot(added, 1)
    assert (snapshot(), snapshot_version()) == (added, 1)
    assert written_down.exists()


def test_what_was_added_is_written_down_so_that_its_removal_will_be_seen(schema: Schema) -> None:
    known = snapshot()
    added = [f"{table}.{column}" for table in schema for column in schema[table] if column not in known.get(table, {})]
    assert added == [], f"new in the published file: {', '.join(added)}. {UPDATE}"


def _figures(columns: dict[str, str]) -> list[str]:
    return [
        name
        for name, kind in columns.items()
        if kind in ("BIGINT", "DOUBLE") and name not in NO_FIGURE and not name.endswith(("_low", "_high"))
    ]


def _tests_of(manifest: dict[str, Any], model: dict[str, Any]) -> list[dict[str, Any]]:
    return [
        node
        for node in manifest["nodes"].values()
        if node["resource_type"] == "test" and node.get("attached_node") == model["unique_id"]
    ]
