"""Schedules and sensors: when they ask for a run, for which, and what they tell."""

from __future__ import annotations

import gc
import itertools
import json
import shutil
from datetime import UTC, datetime
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

import dagster as dg
import pytest
from dagster._core.remote_origin import RegisteredCodeLocationOrigin, RemoteRepositoryOrigin
from dagster._core.storage.defs_state.base import set_defs_state_storage
from dagster._core.test_utils import create_run_for_test
from dagster._utils.schedules import schedule_execution_time_iterator

from pipelines.assets.arrivals import raw_asset
from pipelines.assets.house import House as Resource
from pipelines.assets.published import published_assets
from pipelines.automation import (
    landing_sensor,
    nightly_schedule,
    run_failure_sensor,
    stale_release_sensor,
)
from pipelines.files import write_json
from pipelines.landing.catalogue import write_catalogue
from pipelines.publish.fingerprint import code_version, fingerprint
from pipelines.refresh import ended, last_failures, partition_tags
from pipelines.settings import TIME_ZONE, UsageError
from pipelines.sources import all_sources
from tests.conftest import DAY, House, declared, lo_csv, resident
from tests.unit.publish.warehouse import furnish, release_all

if TYPE_CHECKING:
    from collections.abc import Iterator

RANGE = ("dagster/asset_partition_range_start", "dagster/asset_partition_range_end")
HEADER = "zaaknummer;controleplaats;startdatum;wet;uitkomst;besluitdatum;aantal_boetes;boetebedrag\n"


@pytest.fixture
def instance() -> Iterator[dg.DagsterInstance]:
    with TemporaryDirectory() as folder, set_defs_state_storage(None), dg.DagsterInstance.local_temp(folder) as found:
        yield found
        gc.collect()  # contexts that Dagster leaves open end here, and not in a later test, which they would send here


@pytest.fixture(autouse=True)
def _environment(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ZICHT_DATA", str(house.settings.data))
    house.settings.landing.mkdir()
    monkeypatch.setenv("ZICHT_LANDING", str(house.settings.landing))
    monkeypatch.setenv("ZICHT_AS_OF", str(house.settings.as_of))
    monkeypatch.setenv("ZICHT_PSEUDONYM_KEY_FILE", str(house.settings.key_file))
    monkeypatch.delenv("ZICHT_SAMPLE", raising=False)


@pytest.fixture
def released(house: House) -> House:
    """A house that is up to date: everything was taken, modelled and released."""
    furnish(house, release_all)
    house.settings.warehouse.touch()
    write_json(
        house.settings.build / "made_of.json",
        {"fingerprint": fingerprint(house.settings), "code": code_version()},
    )
    return house


@pytest.fixture(scope="module")
def job() -> Any:
    from pipelines.definitions import REFRESH, defs

    return defs.resolve_job_def(REFRESH)


def at_night(job: Any, instance: dg.DagsterInstance) -> dg.RunRequest | None:
    """What the nightly schedule asks for."""
    context = dg.build_schedule_context(instance=instance, resources={"house": Resource(sample=False)})
    asked = nightly_schedule(job).evaluate_tick(context).run_requests or []
    return asked[0] if asked else None


def on_arrival(job: Any, instance: dg.DagsterInstance) -> dg.RunRequest | None:
    """What the sensor on the inbox asks for."""
    context = dg.build_sensor_context(instance=instance, resources={"house": Resource(sample=False)})
    asked = landing_sensor(job).evaluate_tick(context).run_requests or []
    return asked[0] if asked else None


def keys(request: dg.RunRequest) -> set[str]:
    return {key.to_user_string() for key in request.asset_selection or []}


# at night


@pytest.mark.parametrize(
    ("day", "what"),
    [
        ("2027-03-28", "02:30 does not exist"),
        ("2027-10-31", "02:30 comes twice"),
        ("2027-06-15", "a night like others"),
    ],
)
def test_every_night_has_one_run_also_when_the_clock_changes(job: Any, day: str, what: str) -> None:
    """By the iterator that the daemon goes by: its ticks from the noon before."""
    schedule, zone = nightly_schedule(job), ZoneInfo(TIME_ZONE)
    noon = datetime.fromisoformat(f"{day}T12:00").replace(tzinfo=zone)
    ticks = schedule_execution_time_iterator(
        noon.timestamp() - 24 * 3600, schedule.cron_schedule, schedule.execution_timezone
    )
    (tick,) = itertools.takewhile(lambda tick: tick <= noon, ticks)
    assert tick.astimezone(zone).date().isoformat() == day, what


def test_a_night_with_work_asks_for_everything_once_a_day(
    released: House, job: Any, instance: dg.DagsterInstance, monkeypatch: pytest.MonkeyPatch
) -> None:
    released.deliver("brp", {"a.csv": lo_csv([resident()])})
    request, again = at_night(job, instance), at_night(job, instance)
    assert request is not None
    assert again is not None
    assert request.asset_selection is None
    assert request.run_key == again.run_key, "one run for one state"
    assert [request.tags[tag] for tag in RANGE] == ["0394", "NL"]
    monkeypatch.setenv("ZICHT_AS_OF", "2026-02-16")
    tomorrow = at_night(job, instance)
    assert tomorrow is not None
    assert tomorrow.run_key != request.run_key, "again where it failed"


def test_a_night_on_which_nothing_changed_runs_nothing_and_keeps_the_release_fresh(
    released: House, job: Any, instance: dg.DagsterInstance
) -> None:
    assert at_night(job, instance) is None
    for key in (["published", "zicht"], *(["raw", source] for source in all_sources())):
        event = instance.get_latest_materialization_event(dg.AssetKey(key))
        assert event is not None, key
        assert event.asset_materialization is not None
        assert event.asset_materialization.metadata["looked"].value == "nothing changed"
        assert event.run_id == "", "no run"


def test_saying_that_nothing_changed_changes_no_version(
    released: House, job: Any, instance: dg.DagsterInstance
) -> None:
    asset = raw_asset(declared("figures"))
    upstream = [dg.AssetSpec(key) for key in asset.dependency_keys]
    dg.materialize(
        [asset, *upstream], instance=instance, resources={"house": Resource(sample=False)}, selection=[asset]
    )
    at_night(job, instance)
    made, found = (
        record.event_log_entry.asset_materialization.tags["dagster/data_version"]  # type: ignore[union-attr, index]
        for record in instance.fetch_materializations(dg.AssetKey(["raw", "figures"]), limit=2).records
    )
    assert made == found


def test_sources_and_release_are_stale_where_nobody_looked_at_them_in_the_night() -> None:
    from pipelines.definitions import defs

    graph = defs.resolve_asset_graph()
    policies = {key.to_user_string(): graph.get(key).freshness_policy for key in graph.get_all_asset_keys()}
    kept = {name for name, policy in policies.items() if policy}
    assert kept == {"published/zicht"} | {f"raw/{source}" for source in all_sources()}
    policy = policies["published/zicht"]
    assert isinstance(policy, dg.FreshnessPolicy)
    assert (policy.deadline_cron, policy.timezone) == ("0 6 * * *", TIME_ZONE)  # type: ignore[attr-defined]


# on arrival


def test_an_empty_inbox_asks_for_nothing(released: House, job: Any, instance: dg.DagsterInstance) -> None:
    assert on_arrival(job, instance) is None


def test_a_delivery_of_one_municipality_asks_for_its_source_and_scope_alone(
    released: House, job: Any, instance: dg.DagsterInstance
) -> None:
    partition_tags(instance, released.settings, "scope")  # a run was here before
    released.deliver("brp", {"a.csv": lo_csv([resident()])}, scope="0599")
    request = on_arrival(job, instance)
    assert request is not None
    assert keys(request) == {"raw/brp", "staged/brp", "staged/catalogue"}
    assert [request.tags[tag] for tag in RANGE] == ["0599", "0599"]


def test_the_same_inbox_asks_for_the_same_run_and_another_for_another(
    released: House, job: Any, instance: dg.DagsterInstance
) -> None:
    released.deliver("brp", {"a.csv": lo_csv([resident()])}, scope="0599")
    first, again = on_arrival(job, instance), on_arrival(job, instance)
    released.deliver("rni", {"a.csv": lo_csv([resident()])}, scope="0394")
    other = on_arrival(job, instance)
    assert first is not None
    assert again is not None
    assert other is not None
    assert first.run_key == again.run_key != other.run_key
    assert keys(other) == {"raw/brp", "staged/brp", "raw/rni", "staged/rni", "staged/catalogue"}
    assert {other.tags[tag] for tag in RANGE} == {"0394", "0599"}


def test_a_delivery_that_is_refused_at_the_door_asks_for_everything(
    released: House, job: Any, instance: dg.DagsterInstance
) -> None:
    released.deliver("inspectorate", {"a.csv": ""})
    request = on_arrival(job, instance)
    assert request is not None
    assert request.asset_selection is None


@pytest.mark.parametrize("what", ["warehouse", "made_of.json", "staged", "date"])
def test_a_house_that_is_not_of_one_piece_is_refreshed_whole(
    released: House, job: Any, instance: dg.DagsterInstance, what: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Something besides the delivery changed: a part would leave the rest behind."""
    released.deliver("brp", {"a.csv": lo_csv([resident()])}, scope="0599")
    if what == "warehouse":
        released.settings.warehouse.unlink()
    elif what == "made_of.json":
        (released.settings.build / what).unlink()
    elif what == "staged":
        next((released.settings.staged / "figures" / "outcome").rglob("*.json")).unlink()
    else:
        monkeypatch.setenv("ZICHT_AS_OF", "2099-01-01")
    request = on_arrival(job, instance)
    assert request is not None
    assert request.asset_selection is None
    known = instance.get_dynamic_partitions("scope")
    assert [request.tags[tag] for tag in RANGE] == [known[0], known[-1]]


@pytest.mark.parametrize("status", ["QUEUED", "STARTED"])
def test_while_a_run_waits_or_is_under_way_no_other_delivery_is_asked_for(
    released: House, job: Any, instance: dg.DagsterInstance, status: str
) -> None:
    """Two that are landed before the models run would each make a part of both."""
    released.deliver("brp", {"a.csv": lo_csv([resident()])}, scope="0599")
    here = RemoteRepositoryOrigin(RegisteredCodeLocationOrigin("zicht"), "__repository__")
    run = create_run_for_test(
        instance,
        status=dg.DagsterRunStatus(status),
        remote_job_origin=here.get_job_origin("refresh"),
    )
    assert on_arrival(job, instance) is None
    instance.report_run_canceled(run)
    assert on_arrival(job, instance) is not None


def test_a_run_of_the_headless_command_is_waited_for_by_the_lock_and_not_here(
    released: House, job: Any, instance: dg.DagsterInstance
) -> None:
    """Killed, it stays under way in Dagster's books."""
    released.deliver("brp", {"a.csv": lo_csv([resident()])}, scope="0599")
    create_run_for_test(instance, status=dg.DagsterRunStatus.STARTED)
    assert on_arrival(job, instance) is not None


def test_where_one_delivery_was_landed_and_not_yet_modelled_the_next_asks_for_everything(
    released: House, job: Any, instance: dg.DagsterInstance
) -> None:
    released.take_in("brp", {"a.csv": lo_csv([resident()])}, scope="0599")
    write_catalogue(released.settings)
    released.deliver("rni", {"a.csv": lo_csv([resident()])}, scope="NL")
    request = on_arrival(job, instance)
    assert request is not None
    assert request.asset_selection is None


# when something is wrong


def told(house: House) -> dict[str, Any]:
    """What is remembered of alerts."""
    path = house.settings.data / "alerts.json"
    content: dict[str, Any] = json.loads(path.read_text(encoding="utf-8")) if path.exists() else {}
    return content


@pytest.fixture
def webhook(httpserver: Any, tmp_path: Any, monkeypatch: pytest.MonkeyPatch) -> Any:
    """A server that takes alerts."""
    httpserver.expect_request("/hook", method="POST").respond_with_data("ok")
    (tmp_path / "hook").write_text(httpserver.url_for("/hook"), encoding="utf-8")
    monkeypatch.setenv("ZICHT_ALERT_WEBHOOK_FILE", str(tmp_path / "hook"))
    return httpserver


def failing(instance: dg.DagsterInstance, *, by_check: bool) -> tuple[Any, Any, Any]:
    """A run of a small graph that fails: in a step, or by a blocking check beside one that only warns."""

    @dg.asset(name="figures", check_specs=[dg.AssetCheckSpec("door", asset="figures", blocking=True)])
    def figures():  # type: ignore[no-untyped-def]
        if not by_check:
            raise ValueError("secret of 123456782")
        yield dg.MaterializeResult(check_results=[dg.AssetCheckResult(passed=False)])

    job = dg.Definitions(assets=[figures], jobs=[dg.define_asset_job("j")]).resolve_job_def("j")
    result = job.execute_in_process(instance=instance, raise_on_error=False)
    (failure,) = [event for event in result.all_events if event.event_type_value == "PIPELINE_FAILURE"]
    return instance.get_run_by_id(result.run_id), failure, result


@pytest.mark.parametrize(("by_check", "said"), [(False, "step figures"), (True, "check figures door")])
def test_a_run_that_fails_is_told_by_its_check_or_its_step_and_never_by_its_message(
    released: House, instance: dg.DagsterInstance, webhook: Any, by_check: bool, said: str
) -> None:
    run, failure, _ = failing(instance, by_check=by_check)
    context = dg.build_run_status_sensor_context(
        "run_failure", dagster_instance=instance, dagster_run=run, dagster_event=failure,
        resources={"house": Resource(sample=False)},
    ).for_run_failure()  # fmt: skip
    run_failure_sensor()(context)
    run_failure_sensor()(context)
    ((request, _),) = webhook.log
    text = request.get_json()["text"]
    assert said in text.splitlines()
    assert "secret" not in text
    assert told(released)["failed"]["told"] == {"post": [[said]]}
    assert last_failures(released.settings) == [said], "and `zicht status` says it"


@pytest.mark.parametrize("by", ["an unchanged night", "a release"])
def test_what_goes_well_ends_the_incident(released: House, job: Any, instance: dg.DagsterInstance, by: str) -> None:
    write_json(released.settings.data / "alerts.json", {"failed": {"told": {"post": [["step model"]]}}})
    ended(released.settings, ["step model"])
    if by == "a release":
        candidate, zicht = published_assets()
        specs = [dg.AssetSpec(candidate.key)]
        made = dg.materialize(
            [zicht, *specs], instance=instance, resources={"house": Resource(sample=False)}, selection=[zicht]
        )
        assert made.success
    else:
        assert at_night(job, instance) is None
    assert told(released) == {}
    assert last_failures(released.settings) == []


def unmounted(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    shutil.rmtree(house.settings.landing)


def set_back(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ZICHT_AS_OF", "2026-02-14")


WRONG = pytest.mark.parametrize(("wrong", "named"), [(unmounted, "ZICHT_LANDING"), (set_back, "ZICHT_AS_OF")])


@WRONG
def test_without_inbox_or_with_the_clock_set_back_nobody_says_that_nothing_changed(
    released: House, job: Any, instance: dg.DagsterInstance, webhook: Any, monkeypatch: pytest.MonkeyPatch,
    wrong: Any, named: str,
) -> None:  # fmt: skip
    wrong(released, monkeypatch)
    for look in (at_night, on_arrival, at_night):
        with pytest.raises((UsageError, dg.DagsterError)):
            look(job, instance)
    assert instance.get_latest_materialization_event(dg.AssetKey(["published", "zicht"])) is None
    ((request, _),) = webhook.log
    assert f"configuration {named}" in request.get_json()["text"].splitlines()
    assert last_failures(released.settings)


@WRONG
def test_nor_does_a_run_that_somebody_starts_then_land_or_release(
    released: House, instance: dg.DagsterInstance, monkeypatch: pytest.MonkeyPatch, wrong: Any, named: str
) -> None:
    wrong(released, monkeypatch)
    before = released.settings.current.readlink()
    for asset in (raw_asset(declared("brp")), published_assets()[1]):
        upstream = [dg.AssetSpec(key) for key in asset.dependency_keys]
        with pytest.raises(dg.DagsterError, match="house") as stopped:
            dg.materialize(
                [asset, *upstream], instance=instance, resources={"house": Resource(sample=False)}, selection=[asset]
            )
        assert named in str(stopped.value.__cause__)
    assert released.settings.current.readlink() == before


def test_the_hourly_look_says_whether_the_release_is_stale(
    released: House, instance: dg.DagsterInstance, webhook: Any
) -> None:
    def look() -> str | None:
        context = dg.build_sensor_context(instance=instance, resources={"house": Resource(sample=False)})
        return stale_release_sensor().evaluate_tick(context).skip_message

    assert look() == "fresh"
    released.deliver("inspectorate", {"a.csv": HEADER}, day=DAY)
    assert look() == "fresh", "it has waited no day yet"
    write_json(released.settings.data / "alerts.json", {"stale": {"since": "2026-02-13T10:00+00:00"}})
    assert look() == "stale"
    assert look() == "stale"
    ((request, _),) = webhook.log
    assert "2026-02-13T10:00+00:00" in request.get_json()["text"]
    assert datetime.now(UTC) > datetime.fromisoformat("2026-02-13T10:00+00:00")
