"""The release notes: what this release is, what changed since the one before and why, and the fate of earlier ones."""

from __future__ import annotations

import shutil
from dataclasses import replace
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any

import duckdb
import pytest

from pipelines.publish.diff import CAUSES as KNOWN_CAUSES
from pipelines.publish.release import publish, rollback
from pipelines.report.facts import Facts
from pipelines.report.releases import CAUSES, notes
from tests.conftest import AS_OF, House
from tests.unit.publish.warehouse import Row, candidate
from tests.unit.report.released import RELEASE, TOWNS, facts_of

if TYPE_CHECKING:
    from collections.abc import Callable

JANUARY = date(2026, 1, 1)
Notes = dict[str, Any]


@pytest.fixture
def told(house: House, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Notes]:
    """Release these rows, a day later than the last, and return the notes that were written of it."""
    seen: list[Notes] = []

    def write_site(settings: Any, folder: Any, release: Any, results: Any) -> None:
        with duckdb.connect(str(folder / "zicht.duckdb"), read_only=True) as connection:
            seen.append(notes(Facts(settings, release, results, connection)))

    monkeypatch.setattr("pipelines.publish.release.write_site", write_site)

    def release(**rows: list[Row]) -> Notes:
        # Of another basis too, so that none is held because one like it was rolled back.
        day = House(replace(house.settings, as_of=AS_OF + timedelta(days=len(seen)), contact=str(len(seen))))
        day.take_in("inspectorate", {"a.csv": f"zaaknummer\n{len(seen)}\n"})  # so that each has its own fingerprint
        candidate(day, area=TOWNS, **rows)
        publish(day.settings)
        return seen[-1]

    return release


def delivery(name: str, standing: str = "current", day: date = JANUARY) -> Row:
    return {
        "delivery_id": name, "source": "brp", "scope": "NL", "reference_date": day, "sequence": 1, "sha256": name,
        "standing": standing, "producer": "Burgerzaken", "rows_read": 100, "rows_rejected": None, "synthetic": False,
    }  # fmt: skip


def persons(count: int, of: str = "d1", code: str = "0394") -> Row:
    return {
        "area_type": "GM", "area_code": code, "period_start": JANUARY, "period_end": JANUARY, "register": "brp",
        "origin_group": "all", "stay_band": "all", "universe": "u", "edition": "2026", "version": of,
        "synthetic": False, "delivery_id": of, "persons": count, "persons_low": count, "persons_high": count,
    }  # fmt: skip


def changed(found: Notes, table: str) -> dict[str, Any]:
    (one,) = [one for one in found["change"]["tables"] if one["name"] == table]
    return dict(one)


# this release


def test_the_notes_tell_deliveries_and_tables_in_words(house: House) -> None:
    with facts_of(house, delivery=[delivery("d1"), delivery("d0", "superseded")]) as facts:
        found = notes(facts)
    (one,) = found["deliveries"]
    assert (one["source"], one["producer"], one["rows_rejected"]) == (
        "BRP-uittreksel (ingezetenen)",
        "Burgerzaken",
        None,
    )
    (table,) = [one for one in found["tables"] if one["name"] == "registered"]
    assert table["rows"] == 15082
    assert table["means"].startswith("Personen in BRP of RNI")
    assert found["gaps"] == {"ontbreekt": 12}


# what changed


def test_the_first_release_is_compared_with_none(told: Callable[..., Notes]) -> None:
    assert told()["change"]["state"] == "first"


def test_a_correction_is_told_with_its_cause_its_rows_and_where(told: Callable[..., Notes]) -> None:
    told(delivery=[delivery("d1")], registered=[persons(10), persons(20, code="0599")])
    found = told(
        delivery=[delivery("d1", "superseded"), delivery("d2")],
        registered=[persons(15, "d2"), persons(20, "d2", "0599")],
    )
    assert found["change"]["state"] == "compared"
    assert found["change"]["why"] == [
        "Correctie van de bron: BRP-uittreksel (ingezetenen), NL, 1 januari 2026.",
        "De peildatum ging van 15 februari 2026 naar 16 februari 2026.",
    ]
    one = changed(found, "registered")
    assert one["changes"] == ["1 anders", "1 gelijk, opnieuw geleverd"]
    assert one["causes"] == ["correctie van de bron: 1"]
    assert one["municipalities"] == ["Haarlemmermeer (1)"]
    assert "area" in found["change"]["same"]


def test_the_notes_are_of_the_release_that_is_made_and_not_of_the_one_that_stands(told: Callable[..., Notes]) -> None:
    told(registered=[persons(10)])
    told(registered=[persons(10), persons(20, code="0599")])
    found = told(registered=[persons(20, code="0599")])
    assert changed(found, "registered")["changes"] == ["1 weg"]


def test_equal_tables_of_two_nights_are_said_to_be_equal(told: Callable[..., Notes]) -> None:
    told(registered=[persons(10)])
    found = told(registered=[persons(10)])
    assert "registered" in found["change"]["same"]


def test_where_the_release_before_is_gone_that_is_said(house: House, told: Callable[..., Notes]) -> None:
    told()
    told(registered=[persons(10)])
    (first,) = [one for one in house.settings.releases.iterdir() if one != house.settings.current.resolve()]
    shutil.rmtree(first)
    standing = house.settings.current.resolve().name
    with facts_of(house, RELEASE | {"release_id": standing}) as facts:  # made again
        change = notes(facts)["change"]
    assert (change["state"], change["before"]) == ("gone", first.name)


def test_a_release_before_that_cannot_be_read_holds_up_nothing(house: House, told: Callable[..., Notes]) -> None:
    told()
    database = house.settings.current / "zicht.duckdb"
    database.write_bytes(b"x" * 5000)
    assert told(registered=[persons(10)])["change"]["state"] == "unreadable"


def test_every_cause_has_a_dutch_name() -> None:
    assert CAUSES.keys() == set(KNOWN_CAUSES)


# earlier ones


def test_earlier_releases_stand_newest_first_with_what_became_of_them(house: House, told: Callable[..., Notes]) -> None:
    assert told()["earlier"] == []
    told(registered=[persons(10)])
    rollback(house.settings)
    found = told(registered=[persons(20)])
    assert [one["as_of"] for one in found["earlier"]] == ["2026-02-16", "2026-02-15"]
    assert [one["fate"].partition(" op ")[0].partition(" vanaf ")[0] for one in found["earlier"]] == [
        "teruggedraaid", "opnieuw geldig",
    ]  # fmt: skip
    assert found["change"]["before"] == found["earlier"][1]["release_id"], (
        "with what stood, not with what was rolled back"
    )
