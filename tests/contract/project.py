"""The project as its files declare it, for tests that hold two places together.

``python -m tests.contract.project`` writes the snapshot of the published schema, which is how a change of the contract
is made on purpose. A column that goes away or gets another type needs a higher ``contract_version`` in
``dbt_project.yml`` first.
"""

from __future__ import annotations

import json
import os
import tempfile
from pathlib import Path
from typing import Any

from filelock import FileLock

from pipelines.publish.candidate import broken
from pipelines.settings import PROJECT

Schema = dict[str, dict[str, str]]
"""Type of every published column, by table."""

SNAPSHOT = Path(__file__).with_name("published_schema.json")
SEEDS = PROJECT / "dbt_project" / "seeds"

FIGURE_COLUMNS = (
    "universe", "edition", "version", "bound_kind", "availability", "finality", "computed", "synthetic", "delivery_id",
)  # fmt: skip
AREA = ("area_type", "area_code")
PERIOD = ("period_start", "period_end")

# The design's table "Published file", written out by hand: a table's grain, beside the columns of every figure.
FIGURE_TABLES: dict[str, tuple[str, ...]] = {
    "gap_headline": ("municipality_code", "reporting_year"),
    "registration_gap": (
        "municipality_code", "reporting_year", "origin_group", "workers_universe", "residents_universe",
    ),
    "worker_composition": ("municipality_code", *PERIOD, "origin_group", "part"),
    "registered": (*AREA, *PERIOD, "register", "origin_group", "stay_band"),
    "working": (*AREA, *PERIOD, "origin_group", "employment", "sector", "home_area"),
    "migration_motive": (*AREA, *PERIOD, "motive", "origin_group"),
    "inspection": (*AREA, *PERIOD, "law", "sector", "unit", "outcome"),
    "indicator": (*AREA, *PERIOD, "indicator"),
    "housing": (*AREA, *PERIOD, "kind"),
    "peer_comparison": (*AREA, *PERIOD, "measure", "per", "peer_set"),
    "estimate": (*AREA, *PERIOD, "measure", "method", "lists", "stratum"),
    "estimate_sensitivity": (*AREA, *PERIOD, "measure", "method", "lists", "stratum", "assumption", "assumed"),
    "reconciliation": ("check_name", "cell", *AREA, *PERIOD),
}  # fmt: skip
CURRENT = ("registration_gap", "registered", "working", "migration_motive", "inspection")
FIGURE_TABLES |= {f"{table}_current": FIGURE_TABLES[table] for table in CURRENT}
OTHER_TABLES: dict[str, tuple[str, ...]] = {
    "commitment": ("commitment_id",),
    "peer": ("peer_set", "municipality_code", "peer_code"),
    "data_gap": (*AREA, *PERIOD, "measure", "kind"),
    "area": (*AREA, "valid_from"),
    "universe": ("universe",),
    "layout": ("source", "layout"),
    "universe_pair": ("workers_universe", "residents_universe"),
    "delivery": ("delivery_id",),
    "quality_result": ("door", "table_name", "rule"),
    "release": ("release_id",),
    "data_dictionary": ("table_name", "column_name"),
}
TABLES = FIGURE_TABLES | OTHER_TABLES

# What a table must hold beside its grain, of the design's right-hand column.
MUST_HOLD: dict[str, tuple[str, ...]] = {
    "gap_headline": (
        "workers", "residents", "gap", "registered_share", "relation", "relation_claimed", "workers_universe",
        "residents_universe", "why_preferred_nl", "why_preferred_en", "explanation_nl", "explanation_en", "cell",
    ),
    "registration_gap": (
        "workers", "residents", "gap", "not_resident_here", "registered_share", "non_residents_here", "relation",
        "relation_claimed", "explanation_nl", "explanation_en", "cell",
    ),
    "worker_composition": ("workers", "overlap"),
    "working": ("unit", "workplace_basis"),
    "migration_motive": ("persons", "share_of_migrants", "share_of_population", "nl_share_of_population"),
    "inspection": ("cases", "amount_eur", "place_basis", "withdrawn", "per_100_inspections", "rate_nl", "rate_en"),
    "indicator": ("value", "unit", "domain", "baseline", "target", "source", "quote"),
    "commitment": ("text", "due", "status", "indicator"),
    "housing": ("locations", "places_permitted", "places_occupied", "licences", "inspections", "over_occupied"),
    "peer_comparison": ("rank_low", "rank_high", "peers", "rule_nl", "rule_en", "not_distinguishable_from"),
    "estimate": (
        "value", "model_spread", "observed", "unobserved", "coverage", "realised", "refused_because", "explanation_nl",
        "explanation_en",
    ),
    "estimate_sensitivity": ("value", "coverage", "refused_because", "explanation_nl", "explanation_en"),
    "reconciliation": (
        "left_value", "right_value", "difference", "allowed", "verdict", "explanation_nl", "explanation_en",
    ),
    "data_gap": (
        "severity", "source", "owner", "opened", "closed", "remedy_nl", "remedy_en", "explanation_nl", "explanation_en",
    ),
    "area": ("area_name", "parents", "valid_to", "successors"),
    "universe": ("definition_nl", "definition_en", "editions", "unit", "age", "source_address"),
    "layout": ("verified", "evidence_delivery_id", "source_address"),
    "universe_pair": ("relation", "reason_nl", "reason_en"),
}  # fmt: skip


def prepared_manifest() -> Path:
    """The dbt manifest, made once though several test processes ask for it at the same time."""
    from pipelines.model.dbt import prepare_manifest

    with FileLock(Path(tempfile.gettempdir()) / f"zicht-tests-{os.getuid()}.lock"):
        return prepare_manifest()


def manifest() -> dict[str, Any]:
    """What dbt made of the project."""
    content: dict[str, Any] = json.loads(prepared_manifest().read_text(encoding="utf-8"))
    return content


def published_models() -> dict[str, dict[str, Any]]:
    """The models that are published, by table."""
    return {
        node["name"]: node
        for node in manifest()["nodes"].values()
        if node["resource_type"] == "model" and node["fqn"][1] == "marts"
    }


def schema_of(models: dict[str, dict[str, Any]]) -> Schema:
    """Type of every published column, by table."""
    return {
        table: {column["name"]: column["data_type"].upper() for column in node["columns"].values()}
        for table, node in sorted(models.items())
    }


def snapshot() -> Schema:
    """The published schema as it was last written down."""
    content: Schema = json.loads(SNAPSHOT.read_text(encoding="utf-8"))["tables"]
    return content


def snapshot_version() -> int:
    """The contract version under which it was written down."""
    version: int = json.loads(SNAPSHOT.read_text(encoding="utf-8"))["contract_version"]
    return version


def write_snapshot(schema: Schema, version: int) -> None:
    """Write the schema down.

    Raises:
        SystemExit: it removes or retypes a column, and the contract version is the old one.
    """
    if version == snapshot_version() and (gone := broken(snapshot(), schema)):
        raise SystemExit(
            f"{'; '.join(gone)}: raise contract_version in dbt_project/dbt_project.yml (it is {version}) and say in"
            " CHANGELOG.md what a reader must do"
        )
    content = {"contract_version": version, "tables": schema}
    SNAPSHOT.write_text(json.dumps(content, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    from pipelines.publish.fingerprint import contract_version

    write_snapshot(schema_of(published_models()), contract_version())
