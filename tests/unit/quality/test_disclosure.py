"""The audit as a gate: what the models protect passes, and what shows a small count does not."""

from __future__ import annotations

import logging
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import duckdb
import polars as pl
import pytest

from pipelines.privacy.disclosure import rules
from pipelines.publish.release import NotJudgedError, publish
from pipelines.quality import disclosure
from pipelines.quality.checks import keep_results
from pipelines.quality.disclosure import disclosure_results
from pipelines.quality.suites import VAGUE, VAGUE_TOGETHER
from tests.unit.publish.warehouse import candidate
from tests.unit.quality.counted import FEBRUARY, delivery, exact, frame, rounded, told

if TYPE_CHECKING:
    from pipelines.privacy.counts import Frame
    from tests.conftest import House
    from tests.unit.quality.counted import Row

SMALL = frame({"0394": {"moe": 43, "other_eu": 7, "third_country": 21, "ukraine": 2}})


def otherwise() -> list[Row]:
    """The same counts by the first key that rounds those two persons to another number."""
    keys = (bytes([number]) * 32 for number in range(1, 256))
    return next(rows for rows in (rounded(SMALL, key) for key in keys) if high(rows) != high(rounded(SMALL)))


def high(rows: list[Row]) -> int:
    return next(int(row["persons_high"]) for row in rows if row["origin_group"] == "ukraine")


@pytest.fixture(autouse=True)
def _without_exports(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("pipelines.publish.release.write_exports", lambda *_, **__: None)
    monkeypatch.setattr("pipelines.publish.release.write_site", lambda *_, **__: None)


def counted(house: House, counts: Frame) -> None:
    """Write a warehouse in which these are the counts."""
    house.settings.build.mkdir(parents=True, exist_ok=True)
    with duckdb.connect(str(house.settings.warehouse)) as connection:
        for name, rows in (("counted", counts.counted), ("persons", counts.persons)):
            connection.register("given", rows)
            connection.execute(f"create or replace table int_registered__{name} as from given")


def judged(house: House, counts: Frame, rows: list[Row], source: str = "rni") -> dict[str, dict[str, Any]]:
    """What the gate says, by rule, of a candidate with these rows over these counts."""
    counted(house, counts)
    candidate(house, registered=rows, delivery=[delivery(source=source), delivery("d2", source)])
    return {one["rule"]: one for one in disclosure_results(house.settings)}


def failed(results: dict[str, dict[str, Any]]) -> set[str]:
    return {rule for rule, one in results.items() if not one["passed"]}


# one release


def test_what_the_models_protect_passes_both_rules(house: House) -> None:
    found = judged(house, SMALL, rounded(SMALL))
    assert found.keys() == {VAGUE.rule, VAGUE_TOGETHER.rule}
    assert failed(found) == set()
    assert {one["failing_rows"] for one in found.values()} == {0}


def test_a_count_that_is_left_out_but_follows_from_its_siblings_blocks_the_release(house: House) -> None:
    found = judged(house, SMALL, [row for row in exact(SMALL) if row["origin_group"] != "ukraine"])
    assert failed(found) == {VAGUE.rule}
    assert (found[VAGUE.rule]["severity"], found[VAGUE.rule]["reason"]) == ("block", VAGUE.reason)


def test_a_count_rounded_to_half_the_base_blocks_the_release(house: House) -> None:
    def to_five(row: Row) -> tuple[int, int]:
        number = round(row["persons_low"] / 5) * 5
        return max(number - 2, 0), number + 2

    assert failed(judged(house, SMALL, told(SMALL, to_five))) == {VAGUE.rule}


def test_bounds_that_do_not_hold_the_counts_behind_them_block_the_release(house: House) -> None:
    other = frame({"0394": {"moe": 143, "other_eu": 7, "third_country": 21, "ukraine": 2}})
    found = judged(house, SMALL, rounded(other))
    assert failed(found) == {VAGUE.rule}
    assert "make the candidate anew" in found[VAGUE.rule]["reason"]


def test_numbers_that_do_not_add_up_block_the_release(house: House) -> None:
    def apart(row: Row) -> tuple[int, int]:
        return (500, 509) if row["origin_group"] == "moe" else (0, 30)

    assert failed(judged(house, SMALL, told(SMALL, apart))) == {VAGUE.rule}


def test_rows_of_our_registers_without_counts_behind_them_block_the_release(house: House) -> None:
    elsewhere = frame({"0599": {"moe": 43}})
    assert failed(judged(house, SMALL, rounded(elsewhere))) == {VAGUE.rule}
    nothing = frame({})
    assert failed(judged(house, nothing, rounded(elsewhere))) == {VAGUE.rule}


def test_a_count_that_is_shown_twice_blocks_the_release(house: House) -> None:
    rows = rounded(SMALL)
    twice = [row | {"version": "2"} for row in rows]
    assert failed(judged(house, SMALL, rows + twice)) == {VAGUE.rule}


def test_counts_that_others_publish_are_not_ours_to_judge(house: House) -> None:
    assert failed(judged(house, SMALL, exact(SMALL), source="exchange")) == set()
    region = [row | {"area_type": "PV"} for row in exact(SMALL)]
    assert failed(judged(house, SMALL, region)) == set()


def test_where_nothing_is_counted_both_rules_say_that_nothing_shows(house: House) -> None:
    found = judged(house, frame({}), [])
    assert found.keys() == {VAGUE.rule, VAGUE_TOGETHER.rule}
    assert failed(found) == set()


def test_places_are_told_and_never_a_count(house: House) -> None:
    towns = {f"{code:04}": {"moe": 4, "ukraine": 7} for code in range(1, 5)}
    small = frame(towns)
    result = judged(house, small, exact(small))[VAGUE.rule]
    assert result["examples"].split("; ") == [f"area_code {code}, period_end 2026-01-01" for code in sorted(towns)[:3]]
    assert result["failing_rows"] is None, "so few areas are as vague as so few persons"


def test_a_release_that_shows_too_much_is_not_published(house: House) -> None:
    keep_results(house.settings, "release", [*judged(house, SMALL, exact(SMALL)).values()], whole=True)
    with pytest.raises(NotJudgedError, match=VAGUE.rule):
        publish(house.settings)


# beside releases that are kept


def release(house: House, rows: list[Row]) -> None:
    candidate(house, registered=rows, delivery=[delivery()])
    publish(house.settings)


def test_the_same_counts_rounded_by_two_keys_are_a_warning_and_where_stands_in_the_log_alone(
    house: House, caplog: pytest.LogCaptureFixture
) -> None:
    release(house, rounded(SMALL))
    with caplog.at_level(logging.WARNING, "zicht.check"):
        found = judged(house, SMALL, otherwise())
    assert failed(found) == {VAGUE_TOGETHER.rule}
    assert (found[VAGUE_TOGETHER.rule]["severity"], found[VAGUE_TOGETHER.rule]["examples"]) == ("warn", None)
    assert "area_code 0394, period_end 2026-01-01" in caplog.text


def test_counts_of_another_delivery_are_no_second_telling_of_the_same(house: House) -> None:
    release(house, [row | {"delivery_id": "d0"} for row in rounded(SMALL)])
    assert failed(judged(house, SMALL, otherwise())) == set()


def test_a_release_that_was_rounded_to_another_base_is_not_read_as_one_of_ours(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as older:
        older.setattr("pipelines.publish.release.configuration", lambda: {"rounding_base": rules().base // 2})
        release(house, exact(SMALL))
    assert failed(judged(house, SMALL, rounded(SMALL))) == set()


def test_a_kept_release_that_cannot_be_opened_holds_up_nothing(house: House) -> None:
    release(house, rounded(SMALL))
    (kept,) = house.settings.releases.glob("*/zicht.duckdb")
    kept.write_bytes(b"nothing of a database")
    assert failed(judged(house, SMALL, otherwise())) == set()


# what was judged before


def watched(house: House, monkeypatch: pytest.MonkeyPatch, counts: Frame, rows: list[Row]) -> list[tuple[str, str]]:
    """The areas and days that the gate looks at."""
    seen = []
    judge = disclosure.judge

    def watching(frame: Frame, now: Any, earlier: Any) -> Any:
        seen.extend((code, str(day)) for code, day in now.select("area_code", "counted_on").unique().iter_rows())
        return judge(frame, now, earlier)

    monkeypatch.setattr(disclosure, "judge", watching)
    assert failed(judged(house, counts, rows)) == set()
    return sorted(seen)


def test_what_the_standing_release_shows_alike_is_not_judged_again(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    both = frame({"0394": {"moe": 43, "ukraine": 2}, "0599": {"moe": 12}})
    rows = rounded(both)
    release(house, rows)
    assert watched(house, monkeypatch, both, rows) == []
    redelivered = [row | {"delivery_id": "d2"} if row["area_code"] == "0599" else row for row in rows]
    assert watched(house, monkeypatch, both, redelivered) == [("0599", "2026-01-01")]


def test_a_new_day_of_an_area_is_judged_and_the_days_before_it_are_not(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    release(house, rounded(SMALL))
    february = frame({"0394": {"moe": 44, "other_eu": 7, "third_country": 21, "ukraine": 2}}, FEBRUARY)
    both = replace(
        SMALL,
        counted=pl.concat([SMALL.counted, february.counted]),
        persons=pl.concat([SMALL.persons, february.persons]),
    )
    assert watched(house, monkeypatch, both, rounded(SMALL) + rounded(february)) == [("0394", "2026-02-01")]


def test_what_the_standing_release_shows_alike_is_blocked_where_the_counts_behind_it_are_others(house: House) -> None:
    release(house, rounded(SMALL))
    other = frame({"0394": {"moe": 143, "other_eu": 7, "third_country": 21, "ukraine": 2}})
    found = judged(house, other, rounded(SMALL))
    assert failed(found) == {VAGUE.rule}
    assert "make the candidate anew" in found[VAGUE.rule]["reason"]


def test_another_program_judges_everything_again(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    release(house, rounded(SMALL))
    monkeypatch.setattr(disclosure, "code_version", lambda: "another")
    assert watched(house, monkeypatch, SMALL, rounded(SMALL)) == [("0394", "2026-01-01")]
