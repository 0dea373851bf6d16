"""A house that Dagster's daemon keeps: a delivery is dropped in the inbox, and nobody does anything more."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import time
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import dagster as dg
import pytest

from pipelines.settings import PROJECT
from tests.conftest import PATIENCE_SECONDS, below, lo_csv, resident
from tests.e2e.conftest import program

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from tests.integration.conftest import Once, Place, Ran, Refreshed

pytestmark = pytest.mark.slow


@dataclass(frozen=True)
class Kept:
    """A house after the daemon was done with a delivery: what it ran, and what had been read before."""

    place: Place
    release_before: str
    read_before: dict[str, int]
    runs: list[dict[str, Any]]
    log: str


@contextmanager
def daemon(house: Place) -> Iterator[None]:
    """Dagster's daemon with its code server and every sensor switched on; gone at the end."""
    _, environment = house.command(DAGSTER_HOME=str(house.data / "dagster"))
    start = [program("dagster"), "sensor", "start", "--start-all", "-w", "workspace.yaml"]
    subprocess.run(start, cwd=PROJECT, env=environment, capture_output=True, check=True, timeout=PATIENCE_SECONDS)
    with (house.data / "daemon.log").open("w") as log:
        process = subprocess.Popen(
            [program("dagster-daemon"), "run", "-w", "workspace.yaml"],
            cwd=PROJECT, env=environment, stdout=log, stderr=log, start_new_session=True,
        )  # fmt: skip
        try:
            yield
        finally:
            process.send_signal(signal.SIGINT)
            try:
                process.wait(30)
            except subprocess.TimeoutExpired:
                os.killpg(process.pid, signal.SIGKILL)
                process.wait()


def until(came_about: Callable[[], bool]) -> None:
    """Wait until something came about, or patience ends."""
    end = time.monotonic() + PATIENCE_SECONDS
    while not came_about() and time.monotonic() < end:
        time.sleep(1)


def release_of(house: Place) -> str:
    """The release that stands."""
    manifest = json.loads((house.data / "published" / "release.json").read_text(encoding="utf-8"))
    return str(manifest["release_id"])


def runs_of(house: Place) -> list[dict[str, Any]]:
    """The runs that a sensor asked for, in their order: who asked, how they ended, what they made."""
    with dg.DagsterInstance.from_config(str(house.data / "dagster")) as instance:
        found = []
        for run in reversed(instance.get_runs()):
            records = instance.get_records_for_run(run.run_id, of_type=dg.DagsterEventType.ASSET_MATERIALIZATION)
            made = [one.event_log_entry.asset_materialization for one in records.records]
            found.append(
                {
                    "by": run.tags.get("dagster/sensor_name"),
                    "status": run.status.value,
                    "made": {(one.asset_key.to_user_string(), one.partition) for one in made if one},
                    "steps": {one.step_key for one in instance.get_run_step_stats(run.run_id)},
                }
            )
    return [one for one in found if one["by"]]


@pytest.fixture(scope="module")
def kept(real: Refreshed, once: Once) -> Kept:
    def build(folder: Path) -> Kept:
        house = real.place.copy(folder / "data")
        before = release_of(house)
        read_before = {
            str(path.relative_to(house.data)): path.stat().st_mtime_ns
            for path in below(house.data / "staged")
            if "outcome" in path.parts or "accepted" in path.parts
        }
        persons = [resident(number) for number in range(30)]
        house.deliver("brp", "0394", "2026-02-01", {"extract.csv": lo_csv(persons)})
        with daemon(house):
            until(lambda: release_of(house) != before)
            until(lambda: all(one["status"] in ("SUCCESS", "FAILURE") for one in runs_of(house)))
        return Kept(house, before, read_before, runs_of(house), (house.data / "daemon.log").read_text())

    return once("daemon", build)


def test_a_delivery_in_the_inbox_comes_into_the_published_file_by_itself(kept: Kept) -> None:
    assert release_of(kept.place) != kept.release_before, kept.log[-5000:]
    (row,) = kept.place.rows(
        "from registered where area_code = '0394' and origin_group = 'all' and stay_band = 'all'"
        " and universe = 'brp_residents_foreign_nationality' and period_end = '2026-02-01'"
    )
    assert row["persons"] == 30
    assert not list(below(kept.place.data / "landing")), "persons do not stay in the inbox"


def test_it_takes_one_run_to_read_it_and_one_for_what_depends_on_it(kept: Kept) -> None:
    assert [(run["by"], run["status"]) for run in kept.runs] == [("landing", "SUCCESS"), ("dependents", "SUCCESS")]
    assert kept.runs[0]["steps"] == {
        "raw__brp", "staged__brp", "staged__catalogue", "arrival_checks", "freshness_checks",
    }  # fmt: skip
    assert kept.runs[1]["steps"] == {"model", "published__candidate", "release_checks", "published__zicht"}


def test_only_that_municipality_is_read(kept: Kept) -> None:
    assert kept.runs[0]["made"] == {("raw/brp", None), ("staged/brp", "0394"), ("staged/catalogue", None)}
    still = {name: (kept.place.data / name).stat().st_mtime_ns for name in kept.read_before if "empty" not in name}
    assert still
    assert still == {name: moment for name, moment in kept.read_before.items() if name in still}


def test_models_that_do_not_depend_on_it_are_left_alone(kept: Kept) -> None:
    made = {name for name, _ in kept.runs[1]["made"]}
    assert {"staging/stg_brp__person", "marts/registered", "marts/delivery", "published/zicht"} <= made
    others = {"staging/stg_rni__person", "staging/stg_inspectorate__observation", "model/int_observations__unioned"}
    assert made.isdisjoint(others | {"marts/inspection", "marts/indicator", "marts/housing", "marts/universe"})
    assert not any(name.startswith("reference/") for name in made)


def test_what_was_made_in_part_equals_what_is_made_whole(kept: Kept, tmp_path: Path) -> None:
    whole = kept.place.copy(tmp_path / "data")
    for name in ("staged", "build"):
        shutil.rmtree(whole.data / name)
    (whole.data / "published" / "current").unlink()
    ran: Ran = whole.refresh()
    assert ran.code == 0, ran.err
    assert ran.summary["release_id"] == release_of(kept.place)
    for table in sorted(set(kept.place.tables()) - {"release", "quality_result"}):
        assert whole.rows(f"from {table} order by all") == kept.place.rows(f"from {table} order by all"), table


def test_nothing_is_left_to_do(kept: Kept) -> None:
    assert kept.place.zicht("status", "--json").summary["work_waiting"] is False


def test_dagster_finds_what_was_looked_at_fresh(kept: Kept) -> None:
    with dg.DagsterInstance.from_config(str(kept.place.data / "dagster")) as instance:
        keys = [dg.AssetKey(["raw", "brp"]), dg.AssetKey(["published", "zicht"])]
        states = instance.get_freshness_state_records(keys)
    assert {key.to_user_string(): states[key].freshness_state.value for key in keys if key in states} == {
        "raw/brp": "PASS", "published/zicht": "PASS",
    }  # fmt: skip
