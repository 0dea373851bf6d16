"""The one Dagster code location: the graph, the nightly schedule and the sensor on the inbox.

``build_definitions`` assembles it; a test builds the same graph with other resources. How to start the schedule and the
sensor is described in docs/operations.md.
"""

from typing import Any

import dagster as dg

from pipelines.assets.arrivals import arrival_assets
from pipelines.assets.checks import arrival_checks, release_checks
from pipelines.assets.house import SCOPES, House
from pipelines.assets.model import dbt_resource, model_assets
from pipelines.assets.published import published_assets
from pipelines.refresh import has_work, partition_tags, run_key
from pipelines.settings import TIME_ZONE

REFRESH = "refresh"
FETCH = "fetch"


def build_definitions(house: House | None = None) -> dg.Definitions:
    """The graph with its jobs, schedules and sensor."""
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
        asset_checks=[arrival_checks(), release_checks()],
        jobs=[fetch, job],
        schedules=[
            dg.ScheduleDefinition("nightly_fetch", job=fetch, cron_schedule="0 1 * * *", execution_timezone=TIME_ZONE),
            nightly_schedule(job),
        ],
        sensors=[landing_sensor(job)],
        resources={"house": house or House(), "dbt": dbt_resource()},
        executor=dg.in_process_executor,
    )


def nightly_schedule(job: Any) -> dg.ScheduleDefinition:
    """02:30 in the Netherlands; a night on which nothing changed starts no run."""

    @dg.schedule(name="nightly", job=job, cron_schedule="30 2 * * *", execution_timezone=TIME_ZONE)
    def nightly(context: dg.ScheduleEvaluationContext, house: House) -> dg.RunRequest | dg.SkipReason:
        return _request(context.instance, house, again=True)

    return nightly


def landing_sensor(job: Any) -> dg.SensorDefinition:
    """Looks into the inbox every five minutes and starts a refresh for what is new there."""

    @dg.sensor(name="landing", job=job, minimum_interval_seconds=300)
    def landing(context: dg.SensorEvaluationContext, house: House) -> dg.RunRequest | dg.SkipReason:
        return _request(context.instance, house, again=False)

    return landing


def _request(instance: dg.DagsterInstance, house: House, *, again: bool) -> dg.RunRequest | dg.SkipReason:
    """A run for this state of the inbox: once, or again on another day where the last run of it failed."""
    settings = house.settings()
    if not has_work(settings):
        return dg.SkipReason("nothing changed since the last release")
    tags = partition_tags(instance, settings, str(SCOPES.name))
    key = run_key(settings)
    return dg.RunRequest(run_key=f"{key}-{settings.as_of}" if again else key, tags=tags)


defs = build_definitions()
