"""When things run under Dagster's daemon, and whom it tells: at night, on a delivery, on what that changed, on failure.

Belongs here: schedules and sensors, thin. What they ask stands in ``refresh``, and who is told in ``alerts``; on
what an asset follows stands with the asset. Does not belong here: the headless command, which a timer starts.
"""

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import dagster as dg

from pipelines.assets.arrivals import version_of_raw
from pipelines.assets.house import LANDS_ALONE, SCOPES, House
from pipelines.landing.land import waiting
from pipelines.model.warehouse import made_of
from pipelines.publish.fingerprint import fingerprint
from pipelines.publish.release import current_release
from pipelines.refresh import ended, has_work, partition_tags, require_ready, run_key, telling, watch
from pipelines.settings import TIME_ZONE, Settings
from pipelines.sources import all_sources
from pipelines.sources.reading import unread


def fetch_schedule(job: Any) -> dg.ScheduleDefinition:
    """01:00 in the Netherlands, so that what CBS changed lies in the inbox when the night's run begins."""
    return dg.ScheduleDefinition("nightly_fetch", job=job, cron_schedule="0 1 * * *", execution_timezone=TIME_ZONE)


def nightly_schedule(job: Any) -> dg.ScheduleDefinition:
    """02:30 in the Netherlands; a night on which nothing changed starts no run and says what was found to stand."""

    @dg.schedule(name="nightly", job=job, cron_schedule="30 2 * * *", execution_timezone=TIME_ZONE)
    def nightly(context: dg.ScheduleEvaluationContext, house: House) -> dg.RunRequest | dg.SkipReason:
        settings = house.settings()
        with telling(settings):
            require_ready(settings)
            work = has_work(settings)
        if work:
            tags = partition_tags(context.instance, settings, str(SCOPES.name))
            # Again on another day, where the last run for this very state failed.
            return dg.RunRequest(run_key=f"{run_key(settings)}-{settings.as_of}", tags=tags)
        for event in _found_to_stand(settings):
            context.instance.report_runless_asset_event(event)
        ended(settings)
        return dg.SkipReason("nothing changed since the last release")

    return nightly


def _found_to_stand(settings: Settings) -> Iterator[dg.AssetMaterialization]:
    """What a night without a run is worth to freshness: every inbox was looked into, and the release is still true."""
    nothing_new = {"looked": "nothing changed"}
    for name, source in all_sources().items():
        tags = {"dagster/data_version": version_of_raw(settings, source).value}
        yield dg.AssetMaterialization(["raw", name], metadata=nothing_new, tags=tags)
    release = current_release(settings) or {}
    yield dg.AssetMaterialization(["published", "zicht"], metadata=nothing_new | {"release": release["release_id"]})


def landing_sensor(job: Any) -> dg.SensorDefinition:
    """Looks into the inbox every five minutes; what is new there is landed, read and listed, and nothing else.

    What was read then starts what depends on it (``dependents_sensor``). Where more than deliveries changed, or the
    warehouse is not of one piece, the whole job runs. While a run is under way it waits: what that run lands or models
    would no longer be what was seen here.
    """

    @dg.sensor(name="landing", job=job, minimum_interval_seconds=300)
    def landing(context: dg.SensorEvaluationContext, house: House) -> dg.RunRequest | dg.SkipReason:
        settings = house.settings()
        with telling(settings):
            require_ready(settings)
        if _is_busy(context.instance):
            return dg.SkipReason("a run is under way; what is new is looked at after it")
        found = sorted(set(waiting(settings)), key=str)
        if not found:
            return dg.SkipReason("nothing new in the inbox")
        tags = partition_tags(context.instance, settings, str(SCOPES.name))
        if any(scope is None for _, scope in found) or not _is_of_one_piece(settings):
            return dg.RunRequest(run_key=run_key(settings), tags=tags)
        steps = [
            [step, source] for source in dict.fromkeys(source for source, _ in found) for step in ("raw", "staged")
        ]
        return dg.RunRequest(
            run_key=run_key(settings),
            tags=tags | LANDS_ALONE,
            asset_selection=[dg.AssetKey(step) for step in [*steps, ["staged", "catalogue"]]],
        )

    return landing


def _is_busy(instance: dg.DagsterInstance) -> bool:
    """Whether a run waits or is under way that the daemon or the webserver started; the lock keeps off others."""
    status = dg.DagsterRunStatus
    under_way = dg.RunsFilter(statuses=[status.QUEUED, status.STARTING, status.STARTED, status.CANCELING])
    return any(run.remote_job_origin for run in instance.get_runs(under_way))


def _is_of_one_piece(settings: Settings) -> bool:
    """Whether everything that was landed is read and modelled, by the present code and as of today."""
    return not unread(settings) and made_of(settings).get("fingerprint") == fingerprint(settings)


def dependents_sensor() -> dg.AutomationConditionSensorDefinition:
    """Asks for what depends on what was read, up to the release, as the assets' conditions say."""
    return dg.AutomationConditionSensorDefinition("dependents", target=dg.AssetSelection.all())


def run_failure_sensor() -> dg.SensorDefinition:
    """Tells somebody that a run failed, by its failed checks, or else by its failed steps."""

    @dg.run_failure_sensor(name="run_failure")
    def run_failure(context: dg.RunFailureSensorContext, house: House) -> None:
        evaluated = context.instance.get_records_for_run(
            context.dagster_run.run_id, of_type=dg.DagsterEventType.ASSET_CHECK_EVALUATION
        )
        checks = [record.event_log_entry.asset_check_evaluation for record in evaluated.records]
        failed = [
            f"check {check.asset_key.to_user_string()} {check.check_name}"
            for check in checks
            if check and not check.passed and check.severity is dg.AssetCheckSeverity.ERROR
        ]
        steps = [f"step {event.step_key}" for event in context.get_step_failure_events()]
        ended(house.settings(), failed or steps or ["the run ended before its first step"])

    return run_failure


def stale_release_sensor() -> dg.SensorDefinition:
    """Looks every hour whether something waits too long to be released, and tells somebody."""

    @dg.sensor(name="stale_release", minimum_interval_seconds=3600)
    def stale_release(house: House) -> dg.SkipReason:
        return dg.SkipReason("stale" if watch(house.settings(), datetime.now(UTC)) else "fresh")

    return stale_release
