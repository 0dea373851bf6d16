"""Model and protect: the dbt project as one step, whole or in part, shown as an asset for each model."""

import logging
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from functools import cached_property
from importlib.metadata import version
from typing import Any

import dagster as dg
import duckdb
from dagster_dbt import DagsterDbtTranslator, DagsterDbtTranslatorSettings, DbtCliResource, dbt_assets
from packaging.version import Version

from pipelines.assets.house import ALONG, ON_NEW_VERSIONS, OWNERS, POOL, House
from pipelines.model.dbt import (
    DBT_PROJECT,
    build_errors,
    executable,
    nodes,
    prepare_manifest,
    set_environment,
    test_results,
)
from pipelines.model.store import mirror, remove_warehouse, see
from pipelines.model.warehouse import follows, making, require_enough
from pipelines.quality.checks import keep_results
from pipelines.quality.registers import control_results
from pipelines.settings import Settings

log = logging.getLogger("zicht.model")


class Translator(DagsterDbtTranslator):
    """Names and groups: ``marts/<table>``, ``model/<model>``, ``reference/<seed>``, sources by reader."""

    def get_asset_key(self, dbt_resource_props: Mapping[str, Any]) -> dg.AssetKey:
        """Key of a model by its layer; the catalogue's tables are one asset."""
        name = dbt_resource_props["name"]
        if dbt_resource_props["resource_type"] == "source":
            known = name if dbt_resource_props["source_name"] == "staged" else "catalogue"
            return dg.AssetKey(["staged", known])
        return dg.AssetKey([self._layer(dbt_resource_props), name])

    def get_group_name(self, dbt_resource_props: Mapping[str, Any]) -> str:
        """The step a model belongs to."""
        return dbt_resource_props["config"].get("group") or "reference"

    def get_automation_condition(self, dbt_resource_props: Mapping[str, Any]) -> dg.AutomationCondition[Any] | None:
        """Models go along with what they follow; those that stage a source where something new was read of it."""
        if dbt_resource_props["resource_type"] != "model":
            return None
        known, followed = nodes(), follows(dbt_resource_props)
        keys = {one: self.get_asset_key(known[one]) for one in dbt_resource_props["depends_on"]["nodes"]}
        read = dg.AssetSelection.assets(*(keys[one] for one in followed if one.startswith("source.")))
        along = ALONG.ignore(dg.AssetSelection.assets(*(key for one, key in keys.items() if one not in followed)))
        if dbt_resource_props["fqn"][1] == "staging" and dbt_resource_props["fqn"][2] != "catalogue":
            # Not before the catalogue tells of it, with which the table of deliveries goes along.
            return ON_NEW_VERSIONS.allow(read) & ALONG
        return ON_NEW_VERSIONS.allow(read) | along

    def get_owners(self, dbt_resource_props: Mapping[str, Any]) -> list[str]:  # noqa: ARG002
        """Owners as for every asset; dbt's own groups carry people's names."""
        return OWNERS

    @staticmethod
    def _layer(props: Mapping[str, Any]) -> str:
        if props["resource_type"] == "seed":
            return "reference"
        return {"staging": "staging", "intermediate": "model", "marts": "marts"}[props["fqn"][1]]


class Dbt(DbtCliResource):
    """dbt's program, and nothing of dbt in this process.

    Its version is that of its package: to ask the program starts it for nothing else. And rows and columns are looked
    up here (``_shapes``): Dagster's own look loads the program, its configuration and the manifest into this process.
    """

    @cached_property
    def _cli_version(self) -> Version:
        return Version(version("dbt-core"))

    def _initialize_dbt_core_adapter(self, args: Sequence[str]) -> Any:  # noqa: ARG002
        return None


def dbt_resource() -> DbtCliResource:
    """The dbt of this environment on the project."""
    return Dbt(project_dir=str(DBT_PROJECT), profiles_dir=str(DBT_PROJECT), dbt_executable=executable())


def model_assets() -> dg.AssetsDefinition:
    """The dbt project; its manifest is prepared where it is missing or old."""

    @dbt_assets(
        manifest=prepare_manifest(),
        name="model",
        pool=POOL,
        dagster_dbt_translator=Translator(DagsterDbtTranslatorSettings(enable_duplicate_source_asset_keys=True)),
    )
    def model(context: dg.AssetExecutionContext, dbt: DbtCliResource, house: House) -> Iterator[Any]:
        with house.writing() as settings:
            set_environment(settings)
            if context.is_subset:
                require_enough(settings, {key.path[-1] for key in context.selected_asset_keys})
            else:
                # Anew: a database keeps the bytes of rows that it dropped, of old keys and of erased deliveries.
                remove_warehouse(settings)
            mirror(settings)
            with making(settings):
                # Unit tests judge the code, whatever the night brought and however the parameters are set.
                command = ["build", "--exclude-resource-type", "unit_test", "--target", settings.engine]
                run = dbt.cli(command, context=context, raise_on_error=False, target_path=settings.build / "dbt")
                events = list(run.stream())
                results = run.get_artifact("run_results.json")
                _keep_test_results(settings, results, whole=not context.is_subset)
                shapes = _shapes(settings)
                made = len(context.selected_asset_keys)
                log.info("modelled %d of %d tables", made, len(shapes), extra={"made": made, "tables": len(shapes)})
                for event in events:
                    yield _with_shape(event, shapes)
                if errors := build_errors(results):
                    raise RuntimeError("dbt could not build " + "; ".join(errors))
                if not run.is_successful():
                    raise RuntimeError("tests of the models failed")
                keep_results(settings, "register", control_results(settings), whole=True)

    return model


def _keep_test_results(settings: Settings, found: dict[str, Any], *, whole: bool) -> None:
    moment = datetime.now(UTC).replace(tzinfo=None, microsecond=0)
    keep_results(settings, "model", [result | {"checked_at": moment} for result in test_results(found)], whole=whole)


def _shapes(settings: Settings) -> dict[str, dict[str, Any]]:
    """Rows and columns of every table and view; closed again here, which dagster-dbt's own look is not."""
    with duckdb.connect(str(settings.warehouse), read_only=True) as connection:
        see(connection, settings.tables)
        described = connection.execute(
            "select table_name, column_name, data_type from duckdb_columns() where not internal order by column_index"
        ).fetchall()
        columns: dict[str, list[dg.TableColumn]] = {}
        for table, column, kind in described:
            columns.setdefault(table, []).append(dg.TableColumn(column, kind.lower()))
        return {
            table: {
                "dagster/row_count": connection.table(table).shape[0],
                "dagster/column_schema": dg.TableSchema(listed),
            }
            for table, listed in columns.items()
        }


def _with_shape(event: Any, shapes: dict[str, dict[str, Any]]) -> Any:
    if not isinstance(event, dg.Output):
        return event
    table = max((name for name in shapes if event.output_name.endswith(f"__{name}")), key=len, default=None)
    shape = shapes.get(table or "", {})
    # Columns of published tables come with their meaning from the declaration; how many rows the others have may tell
    # how many persons there are.
    shown = "dagster/row_count" if event.output_name.startswith("marts__") else "dagster/column_schema"
    extra = {name: value for name, value in shape.items() if name == shown}
    return event.with_metadata({**event.metadata, **extra})
