"""Taking deliveries in, while the process is killed, the snapshot is damaged, or the inbox changes under it."""

from __future__ import annotations

import subprocess
import sys
import time
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from pipelines.landing.deliveries import MANIFEST, snapshots
from pipelines.landing.land import is_waiting, refusals
from tests.conftest import House, below, lo_csv, resident
from tests.faults.faults import CASES, Fault, environment, is_killed, left_alone, meets

if TYPE_CHECKING:
    from pathlib import Path

LAND = "pipelines.landing.land"
PARTS = {"a.csv": lo_csv([resident(0)]), "b.csv": lo_csv([resident(1)])}
KILLS = [
    Fault("before", f"{LAND}:_copy", "a.csv"),
    Fault("before", f"{LAND}:_copy", "b.csv"),
    Fault("before", f"{LAND}:to_disk", MANIFEST),
    Fault("before", "pathlib:Path.rename", ".incoming"),
    Fault("after", "pathlib:Path.rename", ".incoming"),
    Fault("before", f"{LAND}:_empty"),
    Fault("before", "pathlib:Path.unlink", "a.csv"),
    Fault("before", "pathlib:Path.unlink", "b.csv"),
    Fault("before", "pathlib:Path.unlink", "delivery.yml"),
    Fault("before", "pathlib:Path.rmdir"),
]


def contents(folder: Path, suffix: str = ".csv") -> list[str]:
    """What the files below a directory hold."""
    return sorted(path.read_text(encoding="utf-8") for path in below(folder) if path.suffix == suffix)


@pytest.mark.parametrize("fault", KILLS, ids=str)
def test_persons_are_landed_once_wherever_landing_is_killed(house: House, fault: Fault) -> None:
    left_alone(house.deliver("brp", PARTS).parent)
    is_killed(house, fault, "land", "brp")
    kept = [text for one in snapshots(house.settings, "brp") for text in contents(one.path)]
    assert set(kept) | set(contents(house.settings.landing)) == set(PARTS.values()), "every byte is here or there"
    assert house.land("brp").refused == []
    (snapshot,) = snapshots(house.settings, "brp")
    assert contents(house.settings.raw / "brp") == contents(snapshot.path) == sorted(PARTS.values())
    assert contents(house.settings.landing) == [], "what names people does not stay in the inbox"
    assert not list(house.settings.raw.rglob(".incoming*"))
    assert not is_waiting(house.settings)
    (read,) = house.read("brp")
    assert (read.status, read.rows_accepted) == ("read", 2)


@pytest.mark.parametrize("fault", KILLS[2:5], ids=str)
def test_a_public_file_is_landed_once_wherever_landing_is_killed(house: House, fault: Fault) -> None:
    left_alone(house.deliver("migrantenmonitor", {"a.xlsx": "bytes"}).parent)
    is_killed(house, fault, "land", "migrantenmonitor")
    house.land("migrantenmonitor")
    assert contents(house.settings.raw, ".xlsx") == ["bytes"]
    assert contents(house.settings.landing, ".xlsx") == ["bytes"], "it is copied, not moved"
    assert house.land("migrantenmonitor").new == []


@pytest.mark.parametrize("fault", KILLS[3:5], ids=str)
def test_what_replaces_a_damaged_snapshot_is_read_wherever_landing_is_killed(house: House, fault: Fault) -> None:
    house.deliver("brp", PARTS)
    (snapshot,) = house.land("brp").new
    damage(snapshot.path / "a.csv")
    (read,) = house.read("brp")
    assert read.status == "refused"
    left_alone(house.deliver("brp", PARTS).parent)
    is_killed(house, fault, "land", "brp")
    house.land("brp")
    (read,) = house.read("brp")
    assert (read.status, read.rows_accepted) == ("read", 2)


# damaged snapshots


def damage(path: Path) -> None:
    """Change a byte in the middle; the file keeps its size."""
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 0xFF
    path.write_bytes(content)


def test_a_damaged_snapshot_is_refused_and_taken_anew_from_an_inbox_that_still_has_it(house: House) -> None:
    house.deliver("housing", {"a.csv": "soort\n"})
    (snapshot,) = house.land("housing").new
    damage(snapshot.path / "a.csv")
    (read,) = house.read("housing")
    assert read.status == "refused"
    assert "not what was landed" in read.message
    assert is_waiting(house.settings), "the next night has work"
    house.land("housing")
    (healed,) = snapshots(house.settings, "housing")
    assert contents(healed.path) == ["soort\n"]
    (read,) = house.read("housing")
    assert "not what was landed" not in read.message


def test_a_snapshot_that_was_cut_off_after_it_was_read_is_taken_anew(house: House) -> None:
    house.deliver("housing", {"a.csv": "soort\n"})
    (snapshot,) = house.land("housing").new
    house.read("housing")
    assert not is_waiting(house.settings)
    (snapshot.path / "a.csv").write_text("so", encoding="utf-8")
    assert is_waiting(house.settings)
    house.land("housing")
    assert contents(snapshot.path) == ["soort\n"]


@pytest.mark.parametrize("content", ["", "{", "null", '{"delivery_id": "x"}', "\0\0\0"])
def test_a_damaged_manifest_of_a_public_delivery_is_made_anew_from_the_inbox(house: House, content: str) -> None:
    house.deliver("migrantenmonitor", {"a.xlsx": "bytes"})
    (snapshot,) = house.land("migrantenmonitor").new
    (snapshot.path / MANIFEST).write_text(content, encoding="utf-8")
    assert is_waiting(house.settings)
    assert house.land("migrantenmonitor").refused == []
    (healed,) = snapshots(house.settings, "migrantenmonitor")
    assert (healed.id, healed.path) == (snapshot.id, snapshot.path)


def test_a_damaged_manifest_of_persons_is_told_until_it_is_put_back_and_then_counts_again(house: House) -> None:
    house.take_in("brp", PARTS)
    (snapshot,) = snapshots(house.settings, "brp")
    manifest = (snapshot.path / MANIFEST).read_bytes()
    (snapshot.path / MANIFEST).write_bytes(manifest[:40])
    assert is_waiting(house.settings)
    (refusal,) = house.land("brp").refused
    assert str(snapshot.path) in str(refusal)
    assert "Put it back" in str(refusal)
    assert [one.scope for one in refusals(house.settings)] == ["0394"]
    assert not is_waiting(house.settings), "told once is enough"
    assert contents(snapshot.path) == sorted(PARTS.values()), "its bytes stay"
    (snapshot.path / MANIFEST).write_bytes(manifest)
    assert is_waiting(house.settings)
    assert house.land("brp").refused == []
    assert len(house.accepted("brp")) == 2


def test_a_damaged_list_of_refusals_is_made_anew(house: House) -> None:
    house.deliver("housing", {"a.csv": ""})
    house.land("housing")
    (house.settings.raw / "housing" / "refused.json").write_text('[{"sour', encoding="utf-8")
    assert is_waiting(house.settings)
    house.land("housing")
    assert len(refusals(house.settings)) == 1


# an inbox in which something happens

WRITES = """
import pathlib, sys, time
path, pause, rows = pathlib.Path(sys.argv[1]), float(sys.argv[2]), int(sys.argv[3])
with path.open("w") as stream:
    for number in range(rows):
        stream.write(f"row {number}\\n"); stream.flush()
        if not number: print("began", flush=True)
        time.sleep(pause)
"""


@pytest.mark.parametrize("pause", [0.01, 0.6], ids=["fast", "slow"])
def test_a_delivery_that_is_still_written_stays_in_the_inbox_and_is_taken_whole_later(
    house: House, pause: float
) -> None:
    waits = House(replace(house.settings, settle_seconds=1))
    folder = house.deliver("inspectorate", {"a.csv": ""})
    writer = subprocess.Popen(
        [sys.executable, "-c", WRITES, str(folder / "a.csv"), str(pause), str(int(4 / pause))], stdout=subprocess.PIPE
    )
    assert writer.stdout is not None
    with writer:
        assert writer.stdout.readline() == b"began\n"
        (refusal,) = waits.land("inspectorate").refused
        assert writer.poll() is None, "it was still being written"
    assert "changed while it was read" in str(refusal)
    assert snapshots(house.settings, "inspectorate") == []
    whole = (folder / "a.csv").read_text(encoding="utf-8")
    assert whole.endswith(f"row {int(4 / pause) - 1}\n")
    assert is_waiting(house.settings)
    assert waits.land("inspectorate").refused == []
    assert contents(house.settings.raw / "inspectorate") == [whole]
    assert contents(house.settings.landing) == []


def test_what_was_left_alone_is_taken_at_once(house: House) -> None:
    waits = House(replace(house.settings, settle_seconds=30))
    left_alone(house.deliver("inspectorate", {"a.csv": CASES}).parent)
    began = time.monotonic()
    assert len(waits.land("inspectorate").new) == 1
    assert time.monotonic() - began < 10


def test_bytes_that_come_after_a_file_was_landed_are_not_thrown_away_with_it(house: House) -> None:
    folder = house.deliver("brp", PARTS)
    left_alone(folder.parent)
    meets(Fault("before", f"{LAND}:_empty"), f"echo more >> {folder}/b.csv", "land", "brp", told=environment(house))
    (snapshot,) = snapshots(house.settings, "brp")
    assert contents(snapshot.path) == sorted(PARTS.values())
    assert contents(folder) == [PARTS["b.csv"] + "more\n"]
    (refusal,) = house.land("brp").refused
    assert "sequence: 2" in str(refusal)


@pytest.mark.parametrize("place", [f"{LAND}:_examine", f"{LAND}:_store", f"{LAND}:_copy"])
def test_an_inbox_that_vanishes_ends_the_run_and_nothing_is_lost_when_it_is_back(house: House, place: str) -> None:
    left_alone(house.deliver("brp", PARTS).parent)
    inbox = house.settings.landing
    away = inbox.with_name("away")
    done = meets(Fault("before", place), f"mv {inbox} {away}", "land", "brp", told=environment(house))
    assert "FileNotFoundError" in done.stderr
    assert snapshots(house.settings, "brp") == []
    assert contents(away) == sorted(PARTS.values())
    away.rename(inbox)
    assert house.land("brp").refused == []
    assert contents(house.settings.raw / "brp") == sorted(PARTS.values())


def test_an_inbox_that_vanishes_is_told_by_the_command_in_one_line(house: House) -> None:
    left_alone(house.deliver("brp", PARTS).parent)
    inbox = house.settings.landing
    fault = Fault("before", f"{LAND}:_examine", str(inbox))
    done = meets(fault, f"mv {inbox} {inbox}.away", "zicht", "refresh", told=environment(house))
    assert done.returncode == 3
    (told,) = [line for line in done.stdout.splitlines() if line.startswith("FAILED")]
    assert "raw__brp" in told
    assert "No such file or directory" in told
    assert inbox.name in told
    assert "Traceback" not in done.stderr


def test_an_inbox_that_is_not_mounted_is_told_every_night_and_nothing_is_released(house: House) -> None:
    for _ in range(2):
        done = subprocess.run(
            [sys.executable, "-m", "pipelines.cli", "refresh"], env=environment(house), capture_output=True, text=True
        )
        assert done.returncode == 2
        (line,) = done.stderr.splitlines()
        assert "ZICHT_LANDING" in line
        assert "is it mounted?" in line
    assert not house.settings.published.exists()
