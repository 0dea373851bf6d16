"""The one Dagster code location: the graph, its jobs, and when they run.

``build_definitions`` assembles it; a test builds the same graph with other resources. How to start schedules and
sensors is described in docs/operations.md.
"""

import dagster as dg

from pipelines import logs
from pipelines.assets.arrivals import arrival_assets, freshness_checks
from pipelines.assets.checks import arrival_checks, release_checks
from pipelines.assets.house import House
from pipelines.assets.model import dbt_resource, model_assets
from pipelines.assets.published import published_assets
from pipelines.automation import (
    dependents_sensor,
    fetch_schedule,
    landing_sensor,
    nightly_schedule,
    run_failure_sensor,
    stale_release_sensor,
)

REFRESH = "refresh"
FETCH = "fetch"


def build_definitions(house: House | None = None) -> dg.Definitions:
    """The graph with its jobs, schedules and sensors."""
    job = dg.define_asset_job(
        REFRESH,
        selection=dg.AssetSelection.all() - dg.AssetSelection.groups(FETCH),
        executor_def=dg.in_process_executor,
        description="Everything once: land, read, model, protect, check, publish.",
    )
    fetch = dg.define_asset_job(
        FETCH,
        selection=dg.AssetSelection.groups(FETCH),
        executor_def=dg.in_process_executor,
        description="Download what CBS changed, into an inbox of its own; the next refresh takes it in.",
    )
    return dg.Definitions(
        assets=[*arrival_assets(), model_assets(), *published_assets()],
        asset_checks=[freshness_checks(), arrival_checks(), release_checks()],
        jobs=[fetch, job],
        schedules=[fetch_schedule(fetch), nightly_schedule(job)],
        sensors=[landing_sensor(job), dependents_sensor(), run_failure_sensor(), stale_release_sensor()],
        resources={"house": house or House(), "dbt": dbt_resource()},
        executor=dg.in_process_executor,
    )


logs.configure_once()
defs = build_definitions()
