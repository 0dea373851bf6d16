"""Erasing: which bytes are due and when, what stays of them, and what happens when the ground itself lapses."""

from __future__ import annotations

import shutil
from dataclasses import replace
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

import polars as pl
import pytest

from pipelines.landing.catalogue import gaps, write_catalogue
from pipelines.landing.deliveries import Snapshot, delivered, outcome, outcome_path, snapshots, standing
from pipelines.landing.land import is_waiting
from pipelines.landing.retention import due
from pipelines.privacy.pseudonyms import make_key
from pipelines.sources import all_sources
from pipelines.sources.reading import unread
from tests.conftest import DAY, GROUNDS, House, below, declared, lo_csv, resident

if TYPE_CHECKING:
    from pathlib import Path

PERSONS, OTHER_PERSONS = lo_csv([resident()]), lo_csv([resident(1)])
FOREVER = GROUNDS | {"retain_until": date(2099, 12, 31)}
UNTIL = date(2026, 2, 20)
BRIEFLY = GROUNDS | {"retain_until": UNTIL}


def landed(house: House, content: str = PERSONS, **sidecar: object) -> Snapshot:
    """A delivery of residents, landed and read."""
    house.deliver("brp", {"a.csv": content}, sidecar=FOREVER | sidecar)
    (snapshot,) = house.land("brp").new
    house.read("brp")
    return snapshot


def after(house: House, days: int, keep: int | None) -> House:
    """The same house some days after the landing of today, with a term for bytes."""
    (snapshot, *_) = snapshots(house.settings, "brp")
    day = snapshot.manifest.landed_at.astimezone(ZoneInfo("Europe/Amsterdam")).date()
    return House(replace(house.settings, as_of=day + timedelta(days=days), retention_days=keep))


def on(house: House, day: date) -> House:
    return House(replace(house.settings, as_of=day))


def settled(house: House) -> House:
    """Nothing waits but what the test brings about."""
    for source in all_sources():
        house.land(source)
    return house


def names(folder: Path) -> list[str]:
    return [path.name for path in below(folder) if not path.name.startswith(".")]


# the term of this installation


@pytest.mark.parametrize("keep", [0, 30])
def test_bytes_that_were_read_are_kept_as_many_days_as_is_said_and_not_one_more(house: House, keep: int) -> None:
    snapshot = landed(settled(house))
    last = after(house, keep, keep)
    assert not is_waiting(last.settings)
    last.land("brp")
    assert names(snapshot.path) == ["a.csv", "manifest.json"]
    assert not snapshot.is_erased

    next_day = after(house, keep + 1, keep)
    assert is_waiting(next_day.settings)
    assert names(snapshot.path) == ["a.csv", "manifest.json"], "looking erases nothing"
    next_day.land("brp")
    assert "a.csv" not in names(snapshot.path)
    assert "manifest.json" in names(snapshot.path)
    assert snapshot.is_erased
    assert not is_waiting(next_day.settings), "it is erased once"


def test_without_a_term_bytes_stay(house: House) -> None:
    snapshot = landed(house)
    after(house, 10_000, None).land("brp")
    assert (snapshot.path / "a.csv").exists()


def test_what_was_read_of_erased_bytes_stays_and_keeps_its_standing(house: House) -> None:
    snapshot = landed(house)
    rows = house.accepted("brp")
    later = after(house, 9, 8)
    later.land("brp")
    assert standing(later.settings) == {snapshot.id: "current"}
    assert later.accepted("brp") == rows
    assert [one.kind for one in gaps(later.settings) if one.source == "brp" and one.kind == "expired"] == []


def test_bytes_that_were_not_read_yet_are_not_erased(house: House) -> None:
    house.deliver("brp", {"a.csv": PERSONS}, sidecar=FOREVER)
    (snapshot,) = house.land("brp").new
    after(house, 9, 8).land("brp")
    assert (snapshot.path / "a.csv").exists()


def test_bytes_that_could_not_be_read_are_erased_too(house: House) -> None:
    snapshot = landed(house, "no rubrics\n")
    read = outcome(house.settings, snapshot)
    assert read is not None
    assert read.status == "refused"
    after(house, 9, 8).land("brp")
    assert not (snapshot.path / "a.csv").exists()


def test_bytes_that_name_nobody_are_never_erased(house: House) -> None:
    for day in (DAY, "2026-02-02"):
        house.deliver("migrantenmonitor", {"a.xlsx": "x"}, day=day, sidecar={"retain_until": date(2026, 1, 1)})
    found = house.land("migrantenmonitor").new
    house.read("migrantenmonitor")
    later = House(replace(house.settings, as_of=date(2099, 1, 1), retention_days=0))
    later.land("migrantenmonitor")
    assert [(snapshot.path / "a.xlsx").exists() for snapshot in found] == [True, True]
    assert {one.id for one in found} <= {one.id for one in snapshots(later.settings)}


def test_what_a_killed_run_left_of_the_bytes_is_erased_by_the_next(house: House) -> None:
    house.deliver("brp", {"a.csv": PERSONS, "b.csv": OTHER_PERSONS}, sidecar=FOREVER)
    (snapshot,) = house.land("brp").new
    house.read("brp")
    (snapshot.path / "a.csv").unlink()
    assert not snapshot.is_erased
    after(house, 9, 8).land("brp")
    assert snapshot.is_erased
    assert not (snapshot.path / "b.csv").exists()


# an erased delivery among others


def test_erased_bytes_that_come_again_are_unchanged_and_leave_the_inbox(house: House) -> None:
    landed(house)
    later = after(house, 9, 8)
    later.land("brp")
    folder = house.deliver("brp", {"b.csv": PERSONS}, sidecar=FOREVER)
    again = later.land("brp")
    assert (again.new, again.refused, len(again.unchanged)) == ([], [], 1)
    assert not folder.exists()


def test_other_bytes_do_not_slip_into_the_place_of_erased_ones(house: House) -> None:
    landed(house)
    later = after(house, 9, 8)
    later.land("brp")
    house.deliver("brp", {"a.csv": OTHER_PERSONS}, sidecar=FOREVER)
    (refusal,) = later.land("brp").refused
    assert "sequence: 2" in refusal.remedy
    house.deliver("brp", {"a.csv": OTHER_PERSONS}, sidecar=FOREVER | {"sequence": 2})
    assert len(later.land("brp").new) == 1


def test_an_erased_delivery_that_must_be_read_again_is_taken_in_again(house: House) -> None:
    """Refused, because it could not be read, or because its rows were read under another key."""
    snapshot = landed(house, "no rubrics\n")
    later = after(house, 9, 8)
    later.land("brp")
    house.deliver("brp", {"a.csv": "no rubrics\n"}, sidecar=FOREVER)
    assert [one.id for one in later.land("brp").new] == [snapshot.id]
    assert (snapshot.path / "a.csv").exists()
    assert not snapshot.is_erased


def test_under_another_key_an_erased_delivery_is_taken_in_again_in_the_same_run(house: House, tmp_path: Path) -> None:
    snapshot = landed(house)
    make_key(tmp_path / "new.key")
    later = House(replace(after(house, 9, 8).settings, key_file=tmp_path / "new.key"))
    house.deliver("brp", {"a.csv": PERSONS}, sidecar=FOREVER)
    assert [one.id for one in later.land("brp").new] == [snapshot.id]
    later.read("brp")
    assert standing(later.settings) == {snapshot.id: "current"}


def test_bytes_that_are_merely_lost_are_not_taken_for_erased(house: House) -> None:
    snapshot = landed(house)
    (snapshot.path / "a.csv").unlink()
    assert not snapshot.is_erased
    house.deliver("brp", {"a.csv": PERSONS}, sidecar=FOREVER)
    assert len(house.land("brp").new) == 1


# the term of the ground


def test_a_delivery_is_held_on_the_last_day_of_its_ground(house: House) -> None:
    snapshot = landed(settled(house), **BRIEFLY)
    last = on(house, UNTIL)
    assert not is_waiting(last.settings)
    last.land("brp")
    assert (snapshot.path / "a.csv").exists()
    assert standing(last.settings)[snapshot.id] == "current"


@pytest.mark.parametrize("form", ["file", "directory"])
def test_when_the_ground_lapses_bytes_and_rows_go_and_the_manifest_stays(house: House, form: str) -> None:
    snapshot = landed(settled(house), **BRIEFLY)
    staged = house.settings.staged / "brp"
    for kind in ("accepted", "rejected"):
        rows = staged / kind / "0394" / snapshot.path.name
        for path in (rows, rows.with_suffix(".parquet")):
            if path.is_dir():
                shutil.rmtree(path)
            path.unlink(missing_ok=True)
        path = rows / "part-0.parquet" if form == "directory" else rows.with_suffix(".parquet")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(b"rows")
    modelled = [house.settings.warehouse, house.settings.build / "tables" / "int_person__states" / "0.parquet"]
    for path in modelled:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(b"rows")

    after_it = on(house, UNTIL + timedelta(days=1))
    assert is_waiting(after_it.settings)
    assert len(due(after_it.settings, declared("brp"))) == 1
    assert (snapshot.path / "a.csv").exists(), "looking erases nothing"
    after_it.land("brp")
    assert not [path for path in staged.rglob("*") if snapshot.path.name in str(path)]
    assert not (snapshot.path / "a.csv").exists()
    assert [path for path in modelled if path.exists()] == []
    assert (snapshot.path / "manifest.json").exists()
    assert not outcome_path(house.settings, snapshot).exists()
    assert not is_waiting(after_it.settings), "it is erased once"


def test_an_expired_delivery_is_known_as_such_and_never_read_again(house: House) -> None:
    snapshot = landed(house, **BRIEFLY)
    after_it = on(house, UNTIL + timedelta(days=1))
    after_it.land("brp")
    assert standing(after_it.settings) == {snapshot.id: "expired"}
    assert snapshots(after_it.settings, "brp") == []
    assert [one.id for one in delivered(after_it.settings, "brp")] == [snapshot.id]
    assert unread(after_it.settings) == []
    assert after_it.read("brp") == []
    assert unread(replace(after_it.settings, key_file=None)) == [], "what is gone needs no key"


def test_an_expired_delivery_is_a_gap_that_says_how_to_close_it(house: House) -> None:
    landed(house, **BRIEFLY)
    after_it = on(house, UNTIL + timedelta(days=1))
    after_it.land("brp")
    found = [one for one in gaps(after_it.settings) if one.kind == "expired"]
    assert {(one.severity, one.area_code, one.opened) for one in found} == {("medium", "0394", after_it.settings.as_of)}
    assert all("retain_until" in one.remedy_nl and "retain_until" in one.remedy_en for one in found)


def test_the_catalogue_says_what_expired(house: House) -> None:
    snapshot = landed(house, **BRIEFLY)
    after_it = on(house, UNTIL + timedelta(days=1))
    after_it.land("brp")
    write_catalogue(after_it.settings)
    table = pl.read_parquet(house.settings.staged / "catalogue" / "delivery.parquet")
    known = table.filter(pl.col("delivery_id") == snapshot.id).select("standing", "rows_read", "retain_until").row(0)
    assert known == ("expired", None, UNTIL)


def test_bytes_that_were_erased_before_leave_their_rows_to_the_end_of_the_ground(house: House) -> None:
    snapshot = landed(house, **BRIEFLY)
    House(replace(house.settings, as_of=date(2099, 1, 1))).land("brp")
    assert snapshot.is_erased
    assert house.accepted("brp") == []


def test_a_renewed_ground_brings_an_expired_delivery_back(house: House) -> None:
    snapshot = landed(house, **BRIEFLY)
    after_it = on(house, UNTIL + timedelta(days=1))
    after_it.land("brp")
    house.deliver("brp", {"a.csv": PERSONS}, sidecar=FOREVER)
    assert [one.id for one in after_it.land("brp").new] == [snapshot.id]
    after_it.read("brp")
    assert standing(after_it.settings) == {snapshot.id: "current"}


def test_an_expired_delivery_does_not_hold_its_place(house: House) -> None:
    landed(house, **BRIEFLY)
    after_it = on(house, UNTIL + timedelta(days=1))
    house.deliver("brp", {"a.csv": OTHER_PERSONS}, sidecar=FOREVER)
    assert len(after_it.land("brp").new) == 1


def test_a_ground_can_be_renewed_before_it_lapses_by_the_same_bytes(house: House) -> None:
    snapshot = landed(house, **BRIEFLY)
    house.deliver("brp", {"a.csv": PERSONS}, sidecar=FOREVER)
    assert [one.id for one in house.land("brp").new] == [snapshot.id]
    house.read("brp")
    assert standing(on(house, UNTIL + timedelta(days=1)).settings) == {snapshot.id: "current"}


# names of companies, which their source withdraws

COMPANY = "Geheim Uitzendbureau"
LATER = "2026-02-02"


def inspected(house: House, number: str = "Z1", *, day: str = DAY, content: str = "", **delivered: Any) -> Snapshot:
    """A snapshot of the register of inspections with one case, landed and read."""
    header = "zaaknummer;bedrijf;controleplaats;startdatum;wet;uitkomst\n"
    case = f"{number};{COMPANY};Hoofddorp;2025-03-04;Wav;boete\n"
    house.deliver("inspectorate", {"r.csv": content or header + case}, day=day, **delivered)
    (snapshot,) = house.land("inspectorate").new
    house.read("inspectorate", snapshot.manifest.scope)
    return snapshot


def holding_the_name(house: House) -> list[str]:
    """Files of the house in which the company is named."""
    return [path.name for path in below(house.settings.data) if COMPANY.encode() in path.read_bytes()]


def test_a_register_that_names_companies_does_not_stay_in_the_inbox(house: House) -> None:
    inspected(house)
    assert list(below(house.settings.landing)) == []
    assert holding_the_name(house) == ["r.csv"], "else the search could not find it anywhere"


def test_once_a_newer_snapshot_was_read_the_names_of_the_older_are_gone_and_its_cases_stay(house: House) -> None:
    older = inspected(settled(house))
    assert not is_waiting(house.settings)
    newer = inspected(house, "Z2", day=LATER)
    assert is_waiting(house.settings)
    house.land("inspectorate")
    assert not is_waiting(house.settings), "it is erased once"
    assert (older.is_erased, newer.is_erased) == (True, False)
    assert names(older.path) == ["erased.json", "manifest.json"]
    assert standing(house.settings) | {older.id: "current", newer.id: "current"} == standing(house.settings)
    assert {row["record_key"] for row in house.accepted("inspectorate")} == {"Z1", "Z2"}
    inspected(house, content=(newer.path / "r.csv").read_text(encoding="utf-8").replace(COMPANY, ""), day="2026-02-03")
    house.land("inspectorate")
    assert holding_the_name(house) == [], "the newest no longer names it"


def test_names_are_kept_while_the_newer_snapshot_is_not_read_is_refused_or_is_of_another_scope(house: House) -> None:
    older = inspected(house)
    inspected(house, "Z2", day=LATER, scope="0599")
    inspected(house, content="no register\n", day=LATER)
    house.deliver("inspectorate", {"r.csv": "anything"}, day="2026-02-03")
    house.land("inspectorate")
    house.land("inspectorate")
    assert not older.is_erased


def test_names_of_what_was_refused_go_when_another_was_read_in_its_place(house: House) -> None:
    refused = inspected(house, content=f"no register of {COMPANY}\n")
    taken = inspected(house)
    house.land("inspectorate")
    assert (refused.is_erased, taken.is_erased) == (True, False)


def test_an_older_snapshot_that_comes_late_is_read_and_then_its_names_go(house: House) -> None:
    newer = inspected(house, "Z2", day=LATER)
    older = inspected(house)
    house.land("inspectorate")
    assert (older.is_erased, newer.is_erased) == (True, False)
    assert {row["record_key"] for row in house.accepted("inspectorate")} == {"Z1", "Z2"}


def test_cases_of_erased_snapshots_stay_as_they_were_read_whatever_code_reads_now(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    inspected(house)
    newer = inspected(house, "Z2", day=LATER)
    house.land("inspectorate")
    rows = sorted(map(str, house.accepted("inspectorate")))
    monkeypatch.setattr("pipelines.sources.reading.reading_code", lambda: "other")
    assert [one.id for one in unread(house.settings) if one.manifest.source == "inspectorate"] == [newer.id]
    house.read("inspectorate")
    assert sorted(map(str, house.accepted("inspectorate"))) == rows


def test_the_same_bytes_again_are_unchanged_and_leave_the_inbox(house: House) -> None:
    older = inspected(house)
    content = (older.path / "r.csv").read_text(encoding="utf-8")
    inspected(house, "Z2", day=LATER)
    house.land("inspectorate")
    house.deliver("inspectorate", {"r.csv": content})
    assert house.land("inspectorate").unchanged == [older.place]
    assert holding_the_name(house) == ["r.csv"], "of the newest alone"
    assert list(below(house.settings.landing)) == []


def test_names_go_after_the_retention_days_though_no_newer_snapshot_comes(house: House) -> None:
    snapshot = inspected(house)
    landed_on = snapshot.manifest.landed_at.astimezone(ZoneInfo("Europe/Amsterdam")).date()
    for days, kept in ((8, True), (9, False)):
        House(replace(house.settings, as_of=landed_on + timedelta(days=days), retention_days=8)).land("inspectorate")
        assert bool(holding_the_name(house)) == kept
    assert {row["record_key"] for row in house.accepted("inspectorate")} == {"Z1"}


def test_names_go_three_years_after_the_reference_date_at_the_latest_once_they_were_read(house: House) -> None:
    inspected(house)
    on(house, date(2029, 1, 30)).land("inspectorate")
    assert holding_the_name(house) == ["r.csv"]
    on(house, date(2029, 2, 1)).land("inspectorate")
    assert holding_the_name(house) == []
    assert {row["record_key"] for row in house.accepted("inspectorate")} == {"Z1"}
    house.deliver("inspectorate", {"r.csv": COMPANY}, day="2026-01-01")
    house.land("inspectorate")
    on(house, date(2029, 2, 1)).land("inspectorate")
    assert holding_the_name(house) == ["r.csv"], "it was not read yet"


@pytest.mark.parametrize("content", ["", "no register\n"])
def test_no_name_of_a_file_that_is_called_after_a_company_is_published(house: House, content: str) -> None:
    name = f"{COMPANY}.csv"
    header = "zaaknummer;bedrijf;controleplaats;startdatum;wet;uitkomst\n"
    case = f"Z1;{COMPANY};Hoofddorp;2025-03-04;Wav;boete\n"
    outcome_of_it = house.take_in("inspectorate", {name: content or header + case})
    assert outcome_of_it.status == ("refused" if content else "read")
    write_catalogue(house.settings)
    catalogue = house.settings.staged / "catalogue"
    tables = [pl.read_parquet(path).write_csv() for path in sorted(catalogue.glob("*.parquet"))]
    assert any("inspectorate" in table for table in tables)
    assert [table for table in tables if COMPANY in table] == []
