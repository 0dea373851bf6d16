"""Nights on which the clock changes, and a clock that was set back."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from pipelines.publish.release import current_release, kept_releases, publish
from pipelines.quality import ledger
from pipelines.refresh import refresh
from pipelines.settings import Settings, UsageError
from tests.conftest import House
from tests.faults.faults import CASES, name
from tests.unit.publish.warehouse import candidate, town


def at(monkeypatch: pytest.MonkeyPatch, moment: str) -> None:
    """Let it be a moment in UTC."""
    now = datetime.fromisoformat(moment).replace(tzinfo=UTC)

    class Clock(datetime):
        @classmethod
        def now(cls, tz: Any = None) -> datetime:
            return now.astimezone(tz)

    for module in ("settings", "publish.release"):
        monkeypatch.setattr(f"pipelines.{module}.datetime", Clock)


@pytest.mark.parametrize(
    ("moment", "day"),
    [
        ("2027-03-27T22:59", "2027-03-27"),  # 23:59
        ("2027-03-27T23:00", "2027-03-28"),  # midnight, in winter time
        ("2027-03-28T00:59", "2027-03-28"),  # 01:59
        ("2027-03-28T01:00", "2027-03-28"),  # 03:00: there is no 02:30
        ("2027-03-28T21:59", "2027-03-28"),  # 23:59, in summer time
        ("2027-03-28T22:00", "2027-03-29"),
        ("2027-10-30T21:59", "2027-10-30"),  # 23:59
        ("2027-10-30T22:00", "2027-10-31"),  # midnight, in summer time
        ("2027-10-31T00:30", "2027-10-31"),  # 02:30
        ("2027-10-31T01:30", "2027-10-31"),  # 02:30 again
        ("2027-10-31T22:59", "2027-10-31"),  # 23:59, in winter time
        ("2027-10-31T23:00", "2027-11-01"),
    ],
)
def test_the_date_of_a_run_is_that_of_the_netherlands_also_when_the_clock_changes(
    monkeypatch: pytest.MonkeyPatch, moment: str, day: str
) -> None:
    monkeypatch.delenv("ZICHT_AS_OF", raising=False)
    at(monkeypatch, moment)
    assert Settings.from_environment(sample=False).as_of == date.fromisoformat(day)


def releases(begun: House, monkeypatch: pytest.MonkeyPatch, moment: str, **settings: Any) -> House:
    """Release at a moment of 31 October 2027 what the house holds."""
    at(monkeypatch, moment)
    house = House(replace(begun.settings, as_of=date(2027, 10, 31), **settings))
    candidate(house, area=[town("0394", moment)])
    publish(house.settings)
    return house


def test_two_releases_at_the_two_half_past_twos_of_one_night_keep_their_order(
    begun: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    house = releases(begun, monkeypatch, "2027-10-31T00:30")
    house.take_in("inspectorate", {"a.csv": CASES})
    releases(begun, monkeypatch, "2027-10-31T01:30")
    assert name(house) == "2027-10-31T01:30"
    first, second = [one["released_at"] for one in ledger.entries(house.settings, "release")[-2:]]
    assert (first, second) == ("2027-10-31 00:30:00", "2027-10-31 01:30:00")
    assert [one["released_at"] for one in kept_releases(house.settings)[:2]] == [second, first]


def test_a_release_after_the_clock_was_set_back_stands_and_is_not_taken_for_an_old_one(
    begun: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    house = releases(begun, monkeypatch, "2027-10-31T12:00", kept_releases=1)
    house.take_in("inspectorate", {"a.csv": CASES})
    releases(begun, monkeypatch, "2027-10-31T11:00", kept_releases=1)
    assert name(house) == "2027-10-31T11:00"
    standing = current_release(house.settings)
    assert standing is not None
    assert [path.name for path in house.settings.releases.iterdir()] == [standing["release_id"]]
    assert ledger.entries(house.settings, "release")[-1]["release_id"] == standing["release_id"]


def test_a_clock_that_was_set_back_to_before_the_release_is_told_and_history_stays(begun: House) -> None:
    publish(begun.settings)
    before = begun.settings.ledger.joinpath("release.jsonl").read_bytes()
    yesterday = begun.settings.as_of - timedelta(days=1)
    with pytest.raises(UsageError, match="later date"):
        refresh(replace(begun.settings, as_of=yesterday))
    assert name(begun) == "new"
    assert begun.settings.ledger.joinpath("release.jsonl").read_bytes() == before
    assert refresh(begun.settings).exit_code == 0, "and when the clock is right again it goes on"
