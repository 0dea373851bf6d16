"""The graph: one code location, nothing that hangs on a thing that is not there, everything labelled."""

from __future__ import annotations

import tomllib
from typing import TYPE_CHECKING, Any

import dagster as dg
import pytest
import yaml

from pipelines import definitions as code_location
from pipelines.landing import catalogue
from pipelines.settings import PROJECT
from pipelines.sources import all_sources

if TYPE_CHECKING:
    from dagster._core.definitions.assets.graph.asset_graph import AssetGraph

GROUPS = {"fetch", "land", "read", "model", "protect", "marts", "publish", "reference"}


@pytest.fixture(scope="module")
def graph(definitions: dg.Definitions) -> AssetGraph:
    """Every asset and check of the code location."""
    return definitions.resolve_asset_graph()


@pytest.fixture(scope="module")
def sources_of_dbt(manifest: dict[str, Any]) -> dict[str, set[str]]:
    """The tables that dbt reads from outside, by dbt source."""
    found: dict[str, set[str]] = {}
    for node in manifest["sources"].values():
        found.setdefault(node["source_name"], set()).add(node["name"])
    return found


# one code location


def test_workspace_pyproject_and_package_name_the_same_code_location() -> None:
    workspace = yaml.safe_load((PROJECT / "workspace.yaml").read_text(encoding="utf-8"))
    project = tomllib.loads((PROJECT / "pyproject.toml").read_text(encoding="utf-8"))
    (entry,) = workspace["load_from"]
    declared = project["tool"]["dg"]["project"]
    assert entry["python_module"]["module_name"] == declared["code_location_target_module"] == code_location.__name__
    assert declared["root_module"] == code_location.__name__.partition(".")[0]
    assert entry["python_module"]["working_directory"] == "."
    assert entry["python_module"]["location_name"] == project["project"]["name"] == "zicht"


def test_the_command_is_the_one_that_pyproject_installs() -> None:
    from pipelines.cli import main

    project = tomllib.loads((PROJECT / "pyproject.toml").read_text(encoding="utf-8"))
    assert project["project"]["scripts"]["zicht"] == f"{main.__module__}:{main.__name__}"


def test_the_module_holds_one_set_of_definitions_and_dagster_can_load_it(definitions: dg.Definitions) -> None:
    found = [name for name, value in vars(code_location).items() if isinstance(value, dg.Definitions)]
    assert found == ["defs"]
    dg.Definitions.validate_loadable(definitions)


def test_a_graph_for_a_test_is_the_same_graph(definitions: dg.Definitions, graph: AssetGraph) -> None:
    from pipelines.assets.house import House

    other = code_location.build_definitions(House(sample=True)).resolve_asset_graph()
    assert other.get_all_asset_keys() == graph.get_all_asset_keys()
    assert other.asset_check_keys == graph.asset_check_keys


# nothing hangs in the air


def test_every_asset_can_be_made_here(graph: AssetGraph) -> None:
    """A dependency or a check on a key that nobody makes shows as an external asset: a phantom."""
    assert {key.to_user_string() for key in graph.external_asset_keys} == set()
    assert {key.to_user_string() for key in graph.unexecutable_asset_keys} == set()


def test_every_check_hangs_on_an_asset_that_exists(graph: AssetGraph) -> None:
    assert {key.asset_key for key in graph.asset_check_keys} <= set(graph.materializable_asset_keys)


def test_each_step_follows_the_one_before_it(graph: AssetGraph, models: dict[str, Any]) -> None:
    """One direction: from every source's bytes to the release, and nothing upstream of landing."""
    waiting = {dg.AssetKey(["marts", name]) for name, node in models.items() if "no_rows_yet" in node["raw_code"]}
    layers = ["fetched", "raw", "staged", "staging", "model", "marts", "published"]
    release = dg.AssetKey(["published", "zicht"])
    before = {key.path[0] for key in graph.get_ancestor_asset_keys(release)}
    assert before == {*layers, "reference"}
    roots = {key.path[0] for key in graph.root_materializable_asset_keys if key not in waiting}
    assert roots == {"fetched", "raw", "reference"}
    for source in all_sources():
        assert dg.AssetKey(["raw", source]) in graph.get_ancestor_asset_keys(dg.AssetKey(["staged", source]))
        assert dg.AssetKey(["staged", source]) in graph.get_ancestor_asset_keys(release)


def test_the_candidate_waits_for_every_published_table(graph: AssetGraph, models: dict[str, Any]) -> None:
    parents = graph.get(dg.AssetKey(["published", "candidate"])).parent_keys
    assert parents == {dg.AssetKey(["marts", table]) for table in models}


def test_both_doors_block_and_hang_where_the_design_puts_them(graph: AssetGraph) -> None:
    from pipelines.quality.suites import load_suites

    arrival = {dg.AssetCheckKey(dg.AssetKey(["staged", name]), "arrival") for name in load_suites("arrival")}
    candidate = dg.AssetKey(["published", "candidate"])
    release = {dg.AssetCheckKey(candidate, name) for name in load_suites("release")}
    doors = {key for key in graph.asset_check_keys if key.asset_key.path[0] in ("staged", "published")}
    assert doors == arrival | release
    assert all(graph.get_check_spec(key).blocking for key in doors)


# everything labelled


def test_every_asset_has_a_group_of_the_design_and_every_group_has_assets(graph: AssetGraph) -> None:
    assert {node.group_name for node in graph.asset_nodes} == GROUPS


def test_every_asset_has_kinds_owners_and_a_description(graph: AssetGraph) -> None:
    bare = {
        node.key.to_user_string(): missing
        for node in graph.asset_nodes
        if (missing := [name for name in ("kinds", "owners", "description") if not getattr(node, name)])
    }
    assert bare == {}


def test_a_description_says_something_of_its_own(graph: AssetGraph) -> None:
    """A dbt model without a description shows as ``dbt model x`` and its SQL."""
    empty = [
        node.key.to_user_string()
        for node in graph.asset_nodes
        if (node.description or "").lower().startswith(("dbt model", "dbt seed", "#### raw sql"))
    ]
    assert empty == []


def test_everything_that_opens_the_database_waits_for_the_one_writer(definitions: dg.Definitions) -> None:
    graph = definitions.resolve_asset_graph()
    pools = {assets.node_def.name: getattr(assets.node_def, "pool", None) for assets in graph.assets_defs}
    assert pools
    assert {name: pool for name, pool in pools.items() if pool != "duckdb"} == {}


def test_staged_is_partitioned_by_scope_and_the_rest_is_made_whole(graph: AssetGraph) -> None:
    partitioned = {node.key.to_user_string() for node in graph.asset_nodes if node.is_partitioned}
    assert partitioned == {f"staged/{source}" for source in all_sources()}


def test_every_asset_after_reading_says_when_it_should_run(graph: AssetGraph) -> None:
    """What is landed, read and listed is asked for by the sensor on the inbox; seeds change with the code."""
    without = {node.key.path[0] for node in graph.asset_nodes if node.automation_condition is None}
    assert without == {"fetched", "raw", "staged", "reference"}


# when it runs


def test_the_nightly_schedule_runs_the_main_job_at_half_past_two_in_the_netherlands(
    definitions: dg.Definitions,
) -> None:
    schedule = definitions.resolve_schedule_def("nightly")
    assert schedule.cron_schedule == "30 2 * * *"
    assert schedule.execution_timezone == "Europe/Amsterdam"
    assert schedule.job_name == "refresh"


def test_downloads_have_a_job_and_a_schedule_of_their_own_that_end_before_the_main_job(
    definitions: dg.Definitions,
) -> None:
    schedule = definitions.resolve_schedule_def("nightly_fetch")
    assert (schedule.cron_schedule, schedule.execution_timezone) == ("0 1 * * *", "Europe/Amsterdam")
    job = definitions.resolve_job_def(schedule.job_name)
    fetched = {dg.AssetKey(["fetched", source.source]) for source in all_sources().values() if source.fetched}
    borders = dg.AssetKey(["fetched", "boundaries"])
    assert set(job.asset_layer.selected_asset_keys) == fetched | {borders} != {borders}


def test_the_landing_sensor_runs_the_main_job_or_a_part_of_it(definitions: dg.Definitions) -> None:
    sensor = definitions.resolve_sensor_def("landing")
    assert sensor.job_name == "refresh"
    assert (sensor.minimum_interval_seconds or 0) >= 60, "looking into the inbox hashes what lies there"


def test_one_sensor_of_our_own_asks_for_what_follows(definitions: dg.Definitions, graph: AssetGraph) -> None:
    """Dagster would add one of its own for assets that none looks at."""
    sensors = definitions.get_repository_def().sensor_defs
    (found,) = [one for one in sensors if isinstance(one, dg.AutomationConditionSensorDefinition)]
    assert found.name == "dependents"
    assert found.asset_selection.resolve(graph) == graph.get_all_asset_keys()


def test_nothing_runs_before_somebody_switches_it_on(definitions: dg.Definitions) -> None:
    repository = definitions.get_repository_def()
    states = {one.name: one.default_status.value for one in [*repository.sensor_defs, *repository.schedule_defs]}
    assert states == dict.fromkeys(
        ["nightly", "nightly_fetch", "landing", "dependents", "run_failure", "stale_release"], "STOPPED"
    )


def test_no_step_is_tried_again(definitions: dg.Definitions, graph: AssetGraph) -> None:
    """Downloads wait and ask again where they are made; what else fails, fails again."""
    for job in ("refresh", "fetch", "__ASSET_JOB"):
        resolved = definitions.resolve_job_def(job)
        assert resolved._op_retry_policy is None
        assert not {name for name in resolved.tags if "retr" in name}
    assert {assets.node_def.name for assets in graph.assets_defs if assets.node_def.retry_policy} == set()


def test_the_main_job_takes_every_asset_but_downloads_and_every_check(
    definitions: dg.Definitions, graph: AssetGraph
) -> None:
    layer = definitions.resolve_job_def("refresh").asset_layer
    downloads = {dg.AssetKey(["fetched", name]) for name in ("statline", "boundaries")}
    assert graph.get_all_asset_keys() - set(layer.selected_asset_keys) == downloads
    assert set(layer.asset_graph.asset_check_keys) == set(graph.asset_check_keys)


# declarations and dbt


def test_dbt_reads_every_declared_source_and_no_other(sources_of_dbt: dict[str, set[str]]) -> None:
    assert sources_of_dbt["staged"] == set(all_sources())
    assert set(sources_of_dbt) == {"staged", "catalogue"}


def test_dbt_reads_of_the_catalogue_what_landing_writes_there(
    sources_of_dbt: dict[str, set[str]], tmp_path: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    from tests.conftest import make_house

    written = catalogue.write_catalogue(make_house(tmp_path).settings)
    assert sources_of_dbt["catalogue"] <= set(written)


def test_dbt_unites_the_observations_of_exactly_the_sources_that_end_in_one(manifest: dict[str, Any]) -> None:
    variables = yaml.safe_load((PROJECT / "dbt_project" / "dbt_project.yml").read_text(encoding="utf-8"))["vars"]
    declared = {name for name, source in all_sources().items() if source.record == "observation"}
    assert set(variables["observation_sources"]) == declared
    united = manifest["nodes"]["model.zicht.int_observations__unioned"]["depends_on"]["nodes"]
    assert {f"model.zicht.stg_{name}__observation" for name in declared} <= set(united)


@pytest.mark.parametrize("name", all_sources())
def test_a_source_has_its_staging_model_in_its_own_directory(name: str, manifest: dict[str, Any]) -> None:
    record = all_sources()[name].record
    node = manifest["nodes"][f"model.zicht.stg_{name}__{record}"]
    assert node["path"].replace("\\", "/") == f"staging/{name}/stg_{name}__{record}.sql"
    assert f"source.zicht.staged.{name}" in node["depends_on"]["nodes"]


@pytest.mark.parametrize("name", all_sources())
def test_what_a_source_declares_comparable_is_declared_as_a_universe_somewhere(name: str) -> None:
    universes = {universe.universe for source in all_sources().values() for universe in source.universes}
    pairs = all_sources()[name].universe_pairs
    assert {one for pair in pairs for one in (pair.workers_universe, pair.residents_universe)} <= universes
