"""Reading, while the process is killed, and rows and outcomes that are damaged after they were written."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from pipelines.landing.catalogue import arrivals
from pipelines.landing.deliveries import outcome, outcome_path, snapshots
from pipelines.refresh import has_work, last_failures, state
from pipelines.sources import reading
from pipelines.sources.reading import unread
from pipelines.sources.statline.fetch import failures
from tests.conftest import AS_OF, House, below, lo_csv, resident
from tests.faults.faults import Fault, is_killed

if TYPE_CHECKING:
    from collections.abc import Callable

    from pipelines.sources import Source
    from pipelines.sources.reading import Reader

READING = "pipelines.sources.reading"
PERSONS = lo_csv([resident(number) for number in range(3)])
KILLS = [
    Fault("before", f"{READING}:_write", "person"),
    Fault("after", f"{READING}:_write", "rejected"),
    Fault("before", "pathlib:Path.rename", "accepted"),
    Fault("before", "pathlib:Path.rename", "rejected"),
    Fault("before", f"{READING}:write_json"),
    Fault("after", f"{READING}:write_json"),
]


@pytest.fixture
def landed(house: House) -> House:
    """Three persons, landed and not read."""
    house.deliver("brp", {"a.csv": PERSONS})
    house.land("brp")
    return house


@pytest.fixture
def taken_in(landed: House) -> House:
    """Three persons, landed and read."""
    landed.read("brp")
    assert is_whole(landed)
    return landed


def waits(house: House) -> bool:
    """Whether persons wait to be read."""
    return "brp" in [one.manifest.source for one in unread(house.settings)]


def is_whole(house: House) -> bool:
    """Whether the three persons were read, once, with nothing left beside them."""
    (arrival,) = [one for one in arrivals(house.settings) if one.source == "brp"]
    (snapshot,) = snapshots(house.settings, "brp")
    read = outcome(house.settings, snapshot)
    return (
        not waits(house)
        and (arrival.standing, arrival.rows_read) == ("current", 3)
        and read is not None
        and read.rows_accepted == len(house.accepted("brp")) == 3
        and not list((house.settings.staged / "brp").glob(".*"))
    )


@pytest.mark.parametrize("fault", KILLS, ids=str)
def test_a_delivery_is_read_once_wherever_reading_is_killed(landed: House, fault: Fault) -> None:
    is_killed(landed, fault, "read", "brp", "0394")
    landed.read("brp")
    assert is_whole(landed)


@pytest.mark.parametrize("fault", KILLS, ids=str)
def test_a_delivery_that_is_read_again_counts_once_wherever_that_is_killed(taken_in: House, fault: Fault) -> None:
    path = kept_outcome(taken_in)
    earlier = json.loads(path.read_text(encoding="utf-8"))
    path.write_text(json.dumps(earlier | {"code": "of-an-older-program"}), encoding="utf-8")
    assert waits(taken_in)
    is_killed(taken_in, fault, "read", "brp", "0394")
    taken_in.read("brp")
    assert is_whole(taken_in)


def test_rows_that_do_not_fit_into_memory_stay_where_a_killed_run_is_cleared_up(
    landed: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    spilled: list[Path] = []
    original = reading._reader

    def asking(source: Source) -> Reader:
        def read(connection: Any, *delivered: Any) -> Any:
            spilled.append(Path(connection.sql("select current_setting('temp_directory')").fetchall()[0][0]))
            yield from original(source)(connection, *delivered)

        return read

    monkeypatch.setattr(reading, "_reader", asking)
    landed.read("brp")
    (place,) = spilled
    assert place.parent.parent == landed.settings.staged / "brp"
    assert place.parent.name.startswith(".reading-")
    assert not place.exists()


# damage


def kept_outcome(house: House) -> Path:
    (snapshot,) = snapshots(house.settings, "brp")
    return outcome_path(house.settings, snapshot)


def rows(house: House) -> Path:
    (path,) = [one for one in below(house.settings.staged / "brp" / "accepted") if one.name.startswith("part-")]
    return path


def cut_off(path: Path) -> None:
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])


def flip(path: Path) -> None:
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 0xFF
    path.write_bytes(content)


def empty(path: Path) -> None:
    path.write_bytes(b"")


def double(path: Path) -> None:
    path.with_name("part-00001.parquet").write_bytes(path.read_bytes())


DAMAGE = [cut_off, flip, empty, double, lambda path: path.unlink()]
NAMES = ["cut_off", "flipped", "empty", "doubled", "gone"]


@pytest.mark.parametrize("harm", DAMAGE, ids=NAMES)
def test_damaged_rows_are_read_again_from_the_snapshot(taken_in: House, harm: Callable[[Path], None]) -> None:
    harm(rows(taken_in))
    assert waits(taken_in)
    taken_in.read("brp")
    assert is_whole(taken_in)


def test_damaged_rows_of_which_the_bytes_were_erased_are_refused_and_asked_for_again(taken_in: House) -> None:
    later = House(replace(taken_in.settings, retention_days=0, as_of=AS_OF + timedelta(days=900)))
    later.land("brp")
    assert not waits(later)
    cut_off(rows(taken_in))
    (read,) = later.read("brp")
    assert read.status == "refused"
    assert "Deliver it again" in read.message


@pytest.mark.parametrize("harm", [cut_off, flip, empty, lambda path: path.unlink()], ids=NAMES[:3] + NAMES[4:])
def test_a_damaged_outcome_is_made_again(taken_in: House, harm: Callable[[Path], None]) -> None:
    harm(kept_outcome(taken_in))
    assert waits(taken_in)
    taken_in.read("brp")
    assert is_whole(taken_in)


def test_status_answers_whatever_notes_of_runs_are_damaged(taken_in: House) -> None:
    """They are made again by the next run; until then they say nothing."""
    settings = taken_in.settings
    notes = [settings.raw / "statline" / "fetch.json", settings.build / "last_refresh.json"]
    for note in [*notes, settings.raw / "brp" / "refused.json", kept_outcome(taken_in)]:
        note.parent.mkdir(parents=True, exist_ok=True)
        note.write_bytes(b'{"fail\xc3')
    assert failures(settings) == []
    assert last_failures(settings) == []
    assert state(settings).attention == []
    assert has_work(settings)
