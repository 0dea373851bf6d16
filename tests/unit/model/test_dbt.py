"""Running dbt: one manifest for as long as nothing changed, and what a run's results come to."""

from __future__ import annotations

import os
import subprocess
from typing import TYPE_CHECKING, Any

import pytest

from pipelines.model import dbt
from pipelines.model.dbt import executable, marts, prepare_manifest, project_files, set_environment
from pipelines.model.dbt import test_results as results_of_tests
from pipelines.settings import PROJECT
from tests.contract.project import manifest, prepared_manifest

if TYPE_CHECKING:
    from tests.conftest import House


@pytest.fixture(autouse=True)
def _prepared() -> None:
    prepared_manifest()


def test_everything_that_decides_what_is_built_is_counted_and_nothing_that_dbt_writes() -> None:
    files = {path.relative_to(PROJECT / "dbt_project").as_posix() for path in project_files()}
    assert {"dbt_project.yml", "profiles.yml", "seeds/municipality.csv", "macros/protect.sql"} <= files
    assert "models/intermediate/motives/int_motives__bounds.py" in files
    assert not {name for name in files if name.startswith(("target", "logs"))}


def test_the_dbt_of_this_environment_runs_wherever_the_path_leads(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "/nowhere")
    done = subprocess.run([executable(), "--version"], capture_output=True, text=True, check=True)
    assert "duckdb" in done.stdout


def test_the_manifest_is_parsed_once_while_nothing_changes() -> None:
    before = dbt.MANIFEST.stat().st_mtime_ns
    assert prepare_manifest() == dbt.MANIFEST
    assert dbt.MANIFEST.stat().st_mtime_ns == before


def test_dbt_is_told_where_the_house_is(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("ZICHT_STAGED", "ZICHT_WAREHOUSE", "DBT_PROFILES_DIR", "DO_NOT_TRACK"):
        monkeypatch.setenv(name, "of the run before")
    set_environment(house.settings)
    assert os.environ["ZICHT_STAGED"] == house.settings.staged.as_posix()
    assert os.environ["ZICHT_WAREHOUSE"] == house.settings.warehouse.as_posix()
    assert os.environ["DO_NOT_TRACK"] == "1"
    assert house.settings.build.is_dir()


def test_the_published_tables_come_in_order_of_name_and_no_other_model_is_among_them() -> None:
    names = [node["name"] for node in marts()]
    assert names == sorted(names)
    assert {"gap_headline", "data_dictionary"} <= set(names)
    assert not [name for name in names if name.startswith(("int_", "stg_"))]


def run(status: str, failures: int | None, kind: str = "test") -> tuple[list[dict[str, Any]], dict[str, Any]]:
    """What becomes of one result of a dbt run."""
    node = next(
        node
        for node in manifest()["nodes"].values()
        if node["resource_type"] == kind and (kind != "test" or node["name"].startswith("grain_area"))
    )
    result = {"unique_id": node["unique_id"], "status": status, "failures": failures, "message": None}
    return list(results_of_tests({"results": [result]})), node


def test_a_test_that_passed_is_a_result_of_its_table() -> None:
    (result,), node = run("pass", 0)
    assert (result["door"], result["table_name"], result["rule"]) == ("model", "area", node["name"])
    assert (result["passed"], result["severity"], result["failing_rows"]) == (True, "block", 0)


def test_a_test_that_failed_blocks_and_tells_how_many_rows() -> None:
    (result,), _ = run("fail", 3)
    assert (result["passed"], result["severity"], result["failing_rows"]) == (False, "block", 3)


def test_a_test_that_was_skipped_judged_nothing() -> None:
    """Its model could not be built: that is the failure, not this."""
    assert run("skipped", None)[0] == []


@pytest.mark.parametrize("kind", ["model", "seed"])
def test_models_and_seeds_are_no_results(kind: str) -> None:
    assert run("success", None, kind)[0] == []
