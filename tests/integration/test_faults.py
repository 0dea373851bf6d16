"""Whole refreshes to which something happens, each compared with one to which nothing did.

The faults at single places are in ``tests/faults``; a refresh takes so long that here many happen to one house.
"""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import time
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from pipelines.settings import PROJECT
from tests.conftest import PATIENCE_SECONDS, below
from tests.faults.conftest import disk  # noqa: F401 - a fixture
from tests.faults.faults import CASES
from tests.integration.conftest import Place, installed

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.faults.conftest import Disk
    from tests.integration.conftest import Once, Refreshed

pytestmark = pytest.mark.slow

MOMENTS = {"released_at", "checked_at", "at", "landed_at"}


def with_delivery(real: Refreshed, data: Path) -> Place:
    """A copy of the real release, with a delivery in its inbox."""
    shutil.copytree(real.place.data, data, symlinks=True)
    house = replace(real.place, data=data)
    house.deliver("inspectorate", "NL", "2026-02-01", {"a.csv": CASES})
    return house


def told(house: Place) -> dict[str, Any]:
    """How many rows each table has, what it says of inspections, and all that the ledger says."""

    def without_moments(rows: list[dict[str, Any]]) -> list[str]:
        return sorted(str({key: value for key, value in row.items() if key not in MOMENTS}) for row in rows)

    return (
        {table: len(house.rows(f"from {table}")) for table in house.tables()}
        | {f"ledger {book}": without_moments(house.ledger(book)) for book in ("data_gap", "quality", "release")}
        | {"inspections": without_moments(house.rows("from inspection"))}
        | {
            "inbox": len(list(below(house.data / "landing"))),
            "releases": len(list((house.data / "published" / "releases").iterdir())),
        }
    )


@pytest.fixture(scope="session")
def undisturbed(real: Refreshed, once: Once) -> dict[str, Any]:
    """What a house tells after a refresh to which nothing happened."""

    def build(folder: Path) -> dict[str, Any]:
        house = with_delivery(real, folder / "data")
        ran = house.refresh()
        assert (ran.code, ran.summary["released"]) == (0, True), ran.err
        return told(house)

    return once("undisturbed", build)


def test_undisturbed_there_is_something_to_compare_with(real: Refreshed, undisturbed: dict[str, Any]) -> None:
    assert len(undisturbed["ledger release"]) == undisturbed["release"] == 2
    assert undisturbed["inspections"]
    assert undisturbed["inbox"] == 0
    assert undisturbed["releases"] == 2


# killed while dbt runs


def processes(house: Place) -> set[int]:
    """Every process that knows where the house is."""
    found = set()
    for path in Path("/proc").glob("[0-9]*"):
        try:
            if str(house.data).encode() in (path / "environ").read_bytes():
                found.add(int(path.name))
        except OSError:
            continue
    return found


def is_dbt(process: int) -> bool:
    try:
        return b"/dbt\0build" in Path(f"/proc/{process}/cmdline").read_bytes()
    except OSError:
        return False


def until(happened: Callable[[], Any], seconds: float = PATIENCE_SECONDS) -> Any:
    """Wait until something is so."""
    end = time.monotonic() + seconds
    while not (found := happened()):
        assert time.monotonic() < end, "it did not come to that"
        time.sleep(0.02)
    return found


def killed_while_dbt_writes(house: Place, *, group: bool) -> float:
    """Kill a refresh, or all of its group, while dbt writes; return how long dbt outlived it, in seconds."""
    log = house.data / "build" / "warehouse.duckdb.wal"
    log.unlink(missing_ok=True)
    words, environment = house.command("refresh")
    with (house.data.parent / "killed.log").open("w", encoding="utf-8") as output:
        process = subprocess.Popen(
            words, cwd=PROJECT, env=environment, stdout=output, stderr=output, start_new_session=True
        )
        until(lambda: log.exists() or process.poll() is not None)
        (dbt,) = [one for one in processes(house) if is_dbt(one)]
        if group:
            os.killpg(process.pid, signal.SIGKILL)
        else:
            process.kill()
        assert process.wait() == -signal.SIGKILL
    began = time.monotonic()
    until(lambda: not is_dbt(dbt), 60)
    return time.monotonic() - began


@dataclass(frozen=True)
class Killed:
    """A house whose refresh was killed twice, and what was seen of that."""

    place: Place
    outlived: list[float]
    figures: list[int]


@pytest.fixture(scope="session")
def killed(real: Refreshed, once: Once) -> Killed:
    """The refresh alone was killed, and then a refresh with all its processes."""

    def build(folder: Path) -> Killed:
        house = with_delivery(real, folder / "data")
        seen = Killed(house, [], [])
        for group in (False, True):
            seen.outlived.append(killed_while_dbt_writes(house, group=group))
            seen.figures.append(len(house.rows("from gap_headline")))
        return seen

    return once("killed", build)


def test_dbt_ends_with_the_refresh_that_is_killed(killed: Killed) -> None:
    assert max(killed.outlived) < 5, "it would go on to write for as long as the models take"


def test_killed_while_dbt_writes_the_last_release_stands_and_the_work_waits(real: Refreshed, killed: Killed) -> None:
    assert killed.figures == [len(real.place.rows("from gap_headline"))] * 2
    status = killed.place.zicht("status", "--json").summary
    assert status["release_id"] == real.ran.summary["release_id"]
    assert status["work_waiting"] is True


# damaged


def test_killed_twice_and_all_that_can_be_made_again_damaged_the_next_refresh_ends_as_if_nothing_had_happened(
    killed: Killed, undisturbed: dict[str, Any], tmp_path: Path
) -> None:
    shutil.copytree(killed.place.data, tmp_path / "data", symlinks=True)
    house = replace(killed.place, data=tmp_path / "data")
    made = [*below(house.data / "build"), *below(house.data / "staged")]
    assert {"warehouse.duckdb", "zicht.duckdb", "delivery.parquet", "candidate.json"} <= {path.name for path in made}
    for path in made:
        path.write_bytes(b"damaged \xff\0" * 500)
    spilled = house.data / "build" / "warehouse.duckdb.tmp"
    spilled.mkdir(exist_ok=True)
    (spilled / "duckdb_temp_storage_DEFAULT-0.tmp").write_bytes(b"rows")
    ran = house.refresh()
    assert (ran.code, ran.summary["released"]) == (0, True), (ran.summary["failures"], ran.err)
    assert told(house) == undisturbed
    assert not spilled.exists(), "no row outlives its warehouse"


def test_a_damaged_manifest_of_the_models_is_parsed_anew(tmp_path: Path) -> None:
    program = installed(tmp_path / "program")
    asks = "from pipelines.model.dbt import marts, prepare_manifest; prepare_manifest(); print(len(marts()))"

    def tables() -> int:
        words, environment = replace(Place(tmp_path / "data"), project=program).command()
        done = subprocess.run(
            [words[0], "-c", asks], cwd=program, env=environment, capture_output=True, text=True, check=True
        )
        return int(done.stdout.split()[-1])

    first = tables()
    for path in below(program / "dbt_project" / "target"):
        if path.name != "zicht_digest":
            path.write_bytes(b"damaged \xff\0" * 500)
    assert tables() == first


# full


def test_a_disk_that_fills_up_during_a_refresh_ends_it_with_the_cause_and_the_last_release_stands(
    real: Refreshed,
    disk: Disk,  # noqa: F811
) -> None:
    disk.run("mount", "-o", "remount,size=2g", str(disk.within))
    with_delivery(real, disk.path / "data")
    used = shutil.disk_usage(disk.path).used + (6 << 20)
    disk.run("mount", "-o", f"remount,size={used}", str(disk.within))
    house = replace(real.place, data=disk.within / "data")
    words, environment = house.command("refresh")
    ran = subprocess.run(
        [*disk.around, *words], cwd=PROJECT, env=environment, capture_output=True, text=True, check=False
    )
    assert ran.returncode == 3
    told = [*ran.stdout.splitlines(), ran.stderr.splitlines()[-1]]
    causes = ("No space left on device", "the disk is full or broken")
    assert any(cause in line for line in told for cause in causes), (ran.stdout, ran.stderr)
    published = disk.path / "data" / "published" / "zicht.duckdb"
    assert published.read_bytes() == real.place.database.read_bytes()


# at the same time

DAGSTER = """
import sys, dagster as dg
from pipelines.assets.house import SCOPES
from pipelines.definitions import REFRESH, defs
from pipelines.refresh import partition_tags
from pipelines.settings import Settings
with dg.DagsterInstance.get() as instance:
    tags = partition_tags(instance, Settings.from_environment(), str(SCOPES.name))
    run = defs.resolve_job_def(REFRESH).execute_in_process(instance=instance, tags=tags, raise_on_error=False)
sys.exit(not run.success)
"""


def test_two_refreshes_and_a_run_of_dagster_at_the_same_time_release_once(
    real: Refreshed, undisturbed: dict[str, Any], tmp_path: Path
) -> None:
    house = with_delivery(real, tmp_path / "data")
    words, environment = house.command("refresh", "--json")
    environment["DAGSTER_HOME"] = str(house.data / "dagster")
    started = [
        subprocess.Popen(
            command, cwd=PROJECT, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
        )
        for command in ([words[0], "-c", DAGSTER], words, words)
    ]
    ended = [(*process.communicate(), process.returncode) for process in started]
    assert [code for *_, code in ended] == [0, 0, 0], ended
    assert sum("another run is writing" in err for _, err, _ in ended) >= 1
    one, other = (json.loads(out) for out, *_ in ended[1:])
    assert one["release_id"] == other["release_id"] != real.ran.summary["release_id"]
    assert told(house) == undisturbed
