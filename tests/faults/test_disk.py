"""A disk that is full and then is not, and one that cannot be written: real ones, of a few megabytes."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from pipelines.landing.deliveries import outcome, snapshots
from pipelines.publish.release import publish
from pipelines.refresh import refresh
from pipelines.settings import PROJECT
from tests.conftest import House, below, lo_csv, resident
from tests.faults.faults import Fault, copy, environment, left_alone, leftovers, meets, name, told

if TYPE_CHECKING:
    from tests.faults.conftest import Disk

LAND, READING = "pipelines.landing.land", "pipelines.sources.reading"
RELEASE, LEDGER = "pipelines.publish.release", "pipelines.quality.ledger"
PERSONS = lo_csv([resident(number) for number in range(3)])


def within(house: House, disk: Disk) -> dict[str, str]:
    """The environment of a process on the disk that finds a house there."""
    return environment(House(replace(house.settings, data=disk.within / "data")))


def where_it_fills(house: House, disk: Disk, fault: Fault, *step: str) -> House:
    """Run a step on the disk, in which that fills up; return the house as it is then, where there is room again."""
    copy(house, disk.path / "data")
    full = f"cat /dev/zero > {disk.within}/filler 2> /dev/null"
    done = meets(fault, full, *step, told=within(house, disk), around=disk.around)
    assert done.returncode != 0
    assert "No space left on device" in done.stderr, done.stderr
    shutil.rmtree(house.settings.data)
    return copy(House(replace(house.settings, data=disk.path / "data")), house.settings.data)


# a full disk


@pytest.mark.parametrize(
    "fault", [Fault("before", f"{LAND}:_copy"), Fault("before", "pathlib:Path.write_text", "manifest.json")], ids=str
)
def test_a_delivery_that_finds_no_room_stays_in_the_inbox_until_there_is(
    house: House, disk: Disk, fault: Fault
) -> None:
    folder = house.deliver("brp", {"a.csv": PERSONS})
    left_alone(folder)
    after = where_it_fills(house, disk, fault, "land", "brp")
    assert snapshots(after.settings, "brp") == []
    assert not [path for path in below(after.settings.raw) if path.name == "a.csv"]
    assert (folder / "a.csv").read_text(encoding="utf-8") == PERSONS
    assert len(after.land("brp").new) == 1
    assert not folder.exists()


@pytest.mark.parametrize(
    "fault", [Fault("before", f"{READING}:_write"), Fault("before", f"{READING}:write_json")], ids=str
)
def test_a_delivery_that_finds_no_room_for_its_rows_is_read_once_there_is(
    house: House, disk: Disk, fault: Fault
) -> None:
    house.deliver("brp", {"a.csv": PERSONS})
    house.land("brp")
    after = where_it_fills(house, disk, fault, "read", "brp", "0394")
    (snapshot,) = snapshots(after.settings, "brp")
    assert outcome(after.settings, snapshot) is None, "it was not refused: nothing is wrong with it"
    (read,) = after.read("brp")
    assert (read.status, read.rows_accepted, len(after.accepted("brp"))) == ("read", 3, 3)
    assert not list((after.settings.staged / "brp").glob(".*"))


@pytest.mark.parametrize(
    "fault",
    [
        Fault("before", "shutil:copyfile", ".incoming"),
        Fault("before", f"{RELEASE}:write_exports"),
        Fault("before", f"{RELEASE}:write_json", "release.json"),
    ],
    ids=str,
)
def test_a_release_that_finds_no_room_leaves_the_old_one_and_takes_none(
    begun: House, undisturbed: dict[str, Any], disk: Disk, fault: Fault
) -> None:
    after = where_it_fills(begun, disk, fault, "publish")
    assert name(after) == "old"
    assert leftovers(after) == []
    publish(after.settings)
    assert told(after) == undisturbed


@pytest.mark.parametrize("book", ["data_gap", "quality", "release"])
def test_a_ledger_that_finds_no_room_is_finished_once_there_is(
    begun: House, undisturbed: dict[str, Any], disk: Disk, book: str
) -> None:
    path = begun.settings.ledger / f"{book}.jsonl"
    path.touch()
    # On a full disk a file grows until the end of its last block: here by ten bytes, which is half a line.
    room = -(path.stat().st_size + 10) % os.sysconf("SC_PAGE_SIZE")
    before = b"\n" * room + path.read_bytes()
    path.write_bytes(before)
    after = where_it_fills(begun, disk, Fault("before", f"{LEDGER}:append", f"'{book}', [{{"), "publish")
    assert name(after) == "new"
    assert path.stat().st_size == len(before) + 10
    assert refresh(after.settings).released is False
    assert told(after) == undisturbed


# a disk that cannot be written


def test_on_a_disk_that_cannot_be_written_the_command_says_so_in_one_line_and_readers_read_on(
    begun: House, disk: Disk
) -> None:
    copy(begun, disk.path / "data")

    def zicht(*words: str) -> subprocess.CompletedProcess[str]:
        command = [*disk.around, sys.executable, "-m", "pipelines.cli", *words]
        return subprocess.run(
            command, cwd=PROJECT, env=within(begun, disk), capture_output=True, text=True, check=False
        )

    def read() -> str:
        code = (
            "import sys, duckdb; print(duckdb.connect(sys.argv[1], read_only=True).sql('from area').fetchall()[0][2])"
        )
        reader = [*disk.around, sys.executable, "-c", code, f"{disk.within}/data/published/zicht.duckdb"]
        return subprocess.run(reader, capture_output=True, text=True, check=True).stdout

    assert zicht("refresh").returncode == 0
    before = read()
    disk.run("mount", "-o", "remount,ro", str(disk.within))
    refused = zicht("refresh")
    assert refused.returncode == 3
    (line,) = refused.stderr.splitlines()
    assert "Read-only file system" in line
    assert read() == before
    status = zicht("status", "--json")
    assert status.returncode == 0, status.stderr
    assert json.loads(status.stdout)["release_id"]
    disk.run("mount", "-o", "remount,rw", str(disk.within))
    assert zicht("refresh").returncode == 0
