"""Gaps in the arrivals: what never came, is late or stale, was refused, expired, or has rows that cannot be read."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest

from pipelines.landing.land import Refusal
from pipelines.quality.gaps import Arrival, Gap, Outage, area_of, find_gaps
from pipelines.sources import Cadence, Source
from tests.conftest import declared

AS_OF = date(2026, 2, 15)
REGISTER = declared("brp").model_copy(
    update={"cadence": Cadence(every_days=31, grace_days=14), "expected": True, "measures": ("residents", "movers")}
)
REPORT = declared("figures").model_copy(update={"cadence": None, "expected": False})


def arrival(**changed: Any) -> Arrival:
    """A delivery of the register that was read."""
    usual = Arrival(
        delivery_id="d1", source="brp", scope="0394", reference_date=date(2026, 2, 1),
        standing="current", rows_read=100, rows_rejected=0, message="", synthetic=False,
    )  # fmt: skip
    return replace(usual, **changed)


def gaps(
    *arrivals: Arrival,
    sources: tuple[Source, ...] = (REGISTER,),
    refusals: tuple[Refusal, ...] = (),
    outages: tuple[Outage, ...] = (),
    as_of: date = AS_OF,
) -> list[Gap]:
    """What is found as of a date."""
    known = {source.source: source for source in sources}
    return find_gaps(known, list(arrivals), list(refusals), list(outages), as_of, sample=False)


def refusal(name: str = "Jan de Vries") -> Refusal:
    """A delivery that was refused at the door."""
    place = f"brp/0599/2026-02-01/{name}.csv"
    return Refusal("brp", place, f"/inbox/{place}", "the file is empty", "Deliver it again")


# never


def test_an_expected_source_that_never_came_is_missing_for_each_of_its_measures() -> None:
    found = gaps()
    assert [(gap.kind, gap.measure, gap.severity) for gap in found] == [
        ("missing", "movers", "high"), ("missing", "residents", "high"),
    ]  # fmt: skip
    assert {(gap.area_type, gap.area_code) for gap in found} == {("NL", "NL")}
    assert {gap.opened for gap in found} == {None}, "nothing but the first sight of it dates it"


def test_a_source_that_nobody_expects_is_not_missed() -> None:
    assert gaps(sources=(REPORT,)) == []


@pytest.mark.parametrize("standing", ["refused", "unread"])
def test_a_delivery_that_was_not_taken_in_does_not_fill_the_gap(standing: str) -> None:
    assert "missing" in {gap.kind for gap in gaps(arrival(standing=standing))}


def test_a_source_in_order_has_no_gap() -> None:
    assert gaps(arrival()) == []


# late

LATE_FROM = date(2026, 2, 1) + timedelta(days=31 + 14 + 1)


def test_a_source_is_late_from_the_day_after_its_grace_and_not_a_day_earlier() -> None:
    assert gaps(arrival(), as_of=LATE_FROM - timedelta(days=1)) == []
    found = gaps(arrival(), as_of=LATE_FROM)
    assert {gap.kind for gap in found} == {"late"}
    assert {gap.opened for gap in found} == {LATE_FROM}
    assert {gap.period_start for gap in found} == {date(2026, 3, 4)}


def test_a_late_gap_is_the_same_gap_however_long_it_lasts() -> None:
    first, later = gaps(arrival(), as_of=LATE_FROM), gaps(arrival(), as_of=LATE_FROM + timedelta(days=200))
    assert [gap.key for gap in first] == [gap.key for gap in later]
    assert first == later


def test_the_youngest_delivery_of_a_scope_decides_and_scopes_do_not_help_each_other() -> None:
    old = arrival(reference_date=date(2025, 1, 1))
    assert gaps(old, arrival(delivery_id="d2")) == []
    assert {gap.area_code for gap in gaps(old, arrival(delivery_id="d2", scope="0599"))} == {"0394"}


def test_a_superseded_delivery_is_not_late() -> None:
    assert gaps(arrival(reference_date=date(2025, 1, 1), standing="superseded"), arrival(delivery_id="d2")) == []


def test_a_source_without_a_rhythm_is_never_late() -> None:
    report = arrival(source="figures", scope="NL")
    assert gaps(report, sources=(REPORT,), as_of=date(2099, 1, 1)) == []


# stale

AGEING = REGISTER.model_copy(update={"cadence": Cadence(every_days=31, grace_days=14, stale_after_days=92)})
STALE_FROM = date(2026, 2, 1) + timedelta(days=93)


def stale(*arrivals: Arrival, as_of: date = STALE_FROM) -> list[Gap]:
    return [gap for gap in gaps(*arrivals, sources=(AGEING,), as_of=as_of) if gap.kind == "out_of_sync"]


def test_an_extract_is_stale_from_the_day_on_which_it_is_older_than_it_may_be() -> None:
    assert stale(arrival(), as_of=STALE_FROM - timedelta(days=1)) == []
    found = stale(arrival())
    assert {gap.measure for gap in found} == {"residents", "movers"}
    assert {(gap.area_code, gap.opened, gap.period_start) for gap in found} == {
        ("0394", STALE_FROM, date(2026, 2, 1)),
    }  # fmt: skip
    assert stale(arrival(), as_of=STALE_FROM + timedelta(days=300)) == found, "it is the same gap as long as it lasts"


def test_a_newer_extract_of_the_scope_ends_it_and_a_source_that_says_no_age_is_never_stale() -> None:
    assert stale(arrival(), arrival(delivery_id="d2", reference_date=date(2026, 4, 1))) == []
    assert "out_of_sync" not in {gap.kind for gap in gaps(arrival(), as_of=date(2099, 1, 1))}


# refused


def test_a_refusal_at_the_door_is_a_gap_that_names_no_file() -> None:
    """A file may be named after a person, and gaps are published."""
    refused = (refusal(), refusal("Anna de Boer"))
    (gap,) = [gap for gap in gaps(arrival(), refusals=refused) if gap.kind == "refused"]
    assert "de " not in f"{gap.delivery_id} {gap.key} {gap.source}"
    assert "zicht status" in gap.explanation_nl
    assert "zicht status" in gap.explanation_en


def test_a_delivery_that_could_not_be_read_is_a_gap_of_its_area() -> None:
    found = gaps(arrival(delivery_id="d2", scope="0599", standing="refused", message="row 3: no date"), arrival())
    assert {(gap.kind, gap.area_code, gap.delivery_id) for gap in found} == {("refused", "0599", "d2")}
    assert all("row 3: no date" in gap.explanation_en for gap in found)


def test_a_refused_delivery_whose_place_was_filled_since_is_no_gap() -> None:
    assert gaps(arrival(delivery_id="d2", standing="refused"), arrival()) == []


def test_a_good_delivery_of_another_day_does_not_fill_the_place() -> None:
    found = gaps(arrival(delivery_id="d2", standing="refused", reference_date=date(2026, 1, 1)), arrival())
    assert {gap.kind for gap in found} == {"refused"}


# expired

EXPIRED = arrival(standing="expired", retain_until=date(2026, 2, 10))


def test_a_delivery_that_expired_is_a_gap_from_the_day_after_its_ground() -> None:
    found = gaps(EXPIRED)
    assert {(gap.kind, gap.severity, gap.area_code, gap.opened) for gap in found} == {
        ("expired", "medium", "0394", date(2026, 2, 11))
    }
    assert {gap.measure for gap in found} == {"residents", "movers"}
    assert all("2026-02-10" in gap.explanation_nl and "2026-02-10" in gap.explanation_en for gap in found)


def test_a_source_whose_deliveries_expired_was_delivered_once_and_is_late_in_time() -> None:
    assert {gap.kind for gap in gaps(EXPIRED, as_of=LATE_FROM)} == {"expired", "late"}


def test_an_expired_delivery_whose_place_was_filled_is_no_gap() -> None:
    assert gaps(EXPIRED, arrival(delivery_id="d2")) == []


# rows that cannot be read


def test_rejected_rows_are_a_small_gap_that_counts_them() -> None:
    found = gaps(arrival(rows_rejected=3))
    assert {(gap.kind, gap.severity) for gap in found} == {("invalid_rows", "low")}
    assert all("minder dan 10" in gap.explanation_nl and "fewer than 10" in gap.explanation_en for gap in found)
    assert all("10" in gap.explanation_en for gap in gaps(arrival(rows_rejected=13)))


def test_rejected_rows_of_a_superseded_delivery_matter_no_more() -> None:
    assert gaps(arrival(rows_rejected=3, standing="superseded"), arrival(delivery_id="d2")) == []


# all


def test_gaps_come_in_the_same_order_whatever_the_order_of_arrival() -> None:
    several = [arrival(delivery_id=f"d{n}", scope=f"{n:04}", rows_rejected=n) for n in (5, 1, 3)]
    assert gaps(*several) == gaps(*reversed(several))


def test_no_two_gaps_share_a_key() -> None:
    found = gaps(
        arrival(rows_rejected=1), arrival(delivery_id="d2", scope="0599", standing="refused", message="m"),
        refusals=(refusal(),), as_of=date(2027, 1, 1),
    )  # fmt: skip
    assert {gap.kind for gap in found} == {"invalid_rows", "refused", "late"}
    assert len({gap.key for gap in found}) == len(found)


def test_a_gap_of_a_synthetic_delivery_is_synthetic() -> None:
    assert all(gap.synthetic for gap in gaps(arrival(rows_rejected=1, synthetic=True)))
    assert not any(gap.synthetic for gap in gaps(arrival(rows_rejected=1)))


@pytest.mark.parametrize(
    ("scope", "area"),
    [
        ("NL", ("NL", "NL")),
        ("0394", ("GM", "0394")),
        ("Rijnmond", ("unknown", None)),
        ("85644NED", ("NL", "NL")),
        ("Land-van-Beneden-ned", ("unknown", None)),
    ],
)
def test_the_area_of_a_scope(scope: str, area: tuple[str, str | None]) -> None:
    assert area_of(scope) == area


# not downloaded

DOWN = Outage(source="figures", scope="85644NED", since=date(2026, 2, 14), fault="HTTP 503")


def test_a_table_that_cannot_be_downloaded_is_late_and_the_last_good_one_is_named() -> None:
    held = arrival(source="figures", scope="85644NED", reference_date=date(2025, 6, 1))
    (gap,) = gaps(held, sources=(REPORT,), outages=(DOWN,))
    assert (gap.kind, gap.severity, gap.source) == ("late", "medium", "figures 85644NED")
    assert (gap.area_type, gap.opened, gap.delivery_id) == ("NL", date(2026, 2, 14), "d1")
    assert "HTTP 503" in gap.explanation_en
    assert "2025-06-01" in gap.explanation_nl


def test_a_table_that_was_never_downloaded_is_missing() -> None:
    (gap,) = gaps(sources=(REPORT,), outages=(DOWN,))
    assert (gap.kind, gap.severity, gap.delivery_id) == ("missing", "high", None)


def test_two_tables_that_fail_are_two_gaps_and_the_same_ones_tomorrow() -> None:
    other = replace(DOWN, scope="70072ned")
    first = gaps(sources=(REPORT,), outages=(DOWN, other))
    later = gaps(sources=(REPORT,), outages=(replace(DOWN, fault="a reset"), other), as_of=AS_OF + timedelta(days=1))
    assert len({gap.key for gap in first}) == 2
    assert [gap.key for gap in first] == [gap.key for gap in later]
