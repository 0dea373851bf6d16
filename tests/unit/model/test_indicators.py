"""Indicators beside their target, their baseline, the year before and their whole; commitments; and what is missing."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from tests.unit.areas.models import Modelled, Row, figure, modelled


def told(indicator: str, year: int, value: int | None, /, **changed: Any) -> Row:
    usual: Row = {
        "source": "indicators", "measure": "indicator", "record_key": indicator, "indicator": indicator,
        "period_start": date(year, 1, 1), "period_end": date(year, 12, 31), "date_precision": "year",
        "measured_as": "unknown", "universe": "municipal_register", "unit": "other", "unit_name": "woningen",
        "edition": "register", "quote": "zoals gezegd", "citation": "register",
    }  # fmt: skip
    return figure("0394", f"{year}-12-31", value, **usual | changed)


def aim(indicator: str, value: int, direction: str) -> Row:
    return told(indicator, 2024, value, measure="target", direction=direction)


def promise(number: str, **changed: Any) -> Row:
    said: Row = {"measure": "commitment", "indicator": "rose", "commitment": "promise", "status": "unknown"}
    return told(number, 2024, 1, **said | changed)


ABOUT = {"low": 90, "high": 110}
OBSERVATIONS = [
    # Targets: the name says the verdict.
    told("reached", 2024, 100), aim("reached", 100, "at_least"),
    told("not_reached", 2024, 100), aim("not_reached", 101, "at_least"),
    told("undecided", 2024, 100, **ABOUT), aim("undecided", 105, "at_least"),
    told("reached too", 2024, None, **ABOUT), aim("reached too", 110, "at_most"),
    told("not_reached too", 2024, 100, **ABOUT), aim("not_reached too", 89, "at_most"),
    # The year before: the name says the verdict.
    told("rose", 2023, 100), told("rose", 2024, 120), told("rose", 2024, 70, measure="baseline", low=60, high=80),
    told("fell", 2023, 100), told("fell", 2024, 99),
    told("undecided too", 2023, 100, **ABOUT), told("undecided too", 2024, 105),
    told("no_previous", 2022, 100), told("no_previous", 2024, 120),
    told("no_previous of a unit", 2023, 100, unit_name="gevallen"), told("no_previous of a unit", 2024, 120),
    told("no_previous of a definition", 2023, 100, universe="other"), told("no_previous of a definition", 2024, 120),
    told("no_previous of truth", 2023, 100, synthetic=True), told("no_previous of truth", 2024, 120),
    told("no_previous of a month", 2023, 10, period_start=date(2023, 12, 1), date_precision="month"),
    told("no_previous of a month", 2024, 120),
    *(
        told("rose in february", year, value, period_start=date(year, 2, 1), period_end=end, date_precision="month")
        for year, value, end in ((2023, 1, date(2023, 2, 28)), (2024, 2, date(2024, 2, 29)))
    ),
    # A newer delivery gives 2023 anew.
    told("fell anew", 2023, 50, reference_date=date(2024, 1, 1), edition="first"),
    told("fell anew", 2023, 500, reference_date=date(2025, 1, 1), edition="second"),
    told("fell anew", 2024, 100, reference_date=date(2025, 1, 1), edition="second"),
    # Parts.
    told("whole", 2024, 35), told("part", 2024, 33, part_of="whole"),
    told("rounded part", 2024, 35, low=30, high=40, part_of="whole"),
    told("part of another year", 2023, 1, part_of="whole"),
    told("part of none", 2024, 0, part_of="no_figures"), told("no_figures", 2024, 0),
    # What the newest year lacks; single facts of the country are no series.
    told("dropped", 2023, 4), told("fact", 2023, 4, area_type="NL", area_code="NL"),
    told("other fact", 2024, 4, area_type="NL", area_code="NL"),
    # Of neighbourhoods without a code in two municipalities; and of one municipality that gives it in two deliveries.
    *(
        told(name, year, 4, area_type="BU", area_code=None, area_name=area)
        for area in ("Noord (Haarlemmermeer)", "Noord (Rotterdam)")
        for name, year in (("of a quarter", 2023), ("of every quarter", 2024))
    ),
    told("twice", 2023, 4, delivery_id="a"), told("twice", 2023, 4, delivery_id="b", universe="elsewhere"),
    told("other", 2024, 4, delivery_id="b", universe="elsewhere", reference_date=date(2026, 1, 2)),
    promise("P1", definition="meer controles", due=date(2026, 12, 31)), promise("P2"), promise("P3"),
    promise("P4", reference_date=date(2025, 1, 1)),
]  # fmt: skip


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Modelled:
    models = "indicator", "commitment", "int_gaps__indicators", "int_gaps__commitments"
    return modelled(tmp_path_factory.mktemp("indicators"), OBSERVATIONS, *models)


def one(house: Modelled, indicator: str, columns: str, year: int = 2024) -> tuple[Any, ...]:
    (row,) = house.rows(
        f"select {columns} from indicator where indicator_id = '{indicator}' and year(period_end) = {year}"
        " and not superseded and not synthetic"
    )
    return row


@pytest.mark.parametrize("indicator", ["reached", "not_reached", "undecided", "reached too", "not_reached too"])
def test_a_target_is_reached_only_where_every_value_within_the_bounds_reaches_it(
    house: Modelled, indicator: str
) -> None:
    assert one(house, indicator, "target_verdict") == (indicator.split()[0],)


def test_without_a_target_there_is_no_verdict(house: Modelled) -> None:
    assert one(house, "rose", "target, direction, target_verdict") == (None, None, "no_target")


def test_a_change_has_the_bounds_of_both_figures(house: Modelled) -> None:
    columns = "previous, change_low, change, change_high"
    assert one(house, "undecided too", columns) == (100, -5, 5, 15)
    assert one(house, "rose", f"{columns}, baseline") == (100, 20, 20, 20, 70)
    from_baseline = "change_from_baseline_low, change_from_baseline, change_from_baseline_high"
    assert one(house, "rose", from_baseline) == (40, 50, 60)


@pytest.mark.parametrize(
    "indicator",
    [
        "rose", "fell", "undecided too", "no_previous", "no_previous of a unit", "no_previous of a definition",
        "no_previous of truth", "no_previous of a month", "rose in february", "fell anew",
    ],
)  # fmt: skip
def test_only_the_same_indicator_of_the_same_period_a_year_before_is_a_previous_one(
    house: Modelled, indicator: str
) -> None:
    assert one(house, indicator, "change_verdict") == (indicator.split()[0],)


def test_of_two_deliveries_the_newest_counts_and_the_older_stays_visible(house: Modelled) -> None:
    rows = house.rows(
        "select value, superseded, change_verdict from indicator"
        " where indicator_id = 'fell anew' and year(period_end) = 2023 order by value"
    )
    assert rows == [(50, True, "no_previous"), (500, False, "no_previous")]
    assert one(house, "fell anew", "previous, change") == (500, -400)


def test_a_part_is_a_share_of_its_whole_of_the_same_period(house: Modelled) -> None:
    columns = "share_of_whole_low, share_of_whole, share_of_whole_high"
    assert one(house, "part", "part_of, round(share_of_whole, 1)") == ("whole", 94.3)
    low, share, high = one(house, "rounded part", columns)
    assert (round(low, 1), share, high) == (85.7, 100, 100)
    assert one(house, "part of another year", columns, 2023) == (None, None, None)
    assert one(house, "part of none", columns) == (None, None, None), "of none there is no share"
    assert one(house, "whole", columns) == (None, None, None)


def test_an_indicator_that_the_newest_year_lacks_is_a_gap_and_a_single_fact_is_none(house: Modelled) -> None:
    found = house.rows("select measure, period_start, area_code, synthetic from int_gaps__indicators")
    assert ("dropped", date(2024, 1, 1), "0394", False) in found
    assert {row[0] for row in found} == {"dropped", "part of another year", "of a quarter", "twice"}


KEY = "area_type, area_code, period_start, period_end, measure, kind, source, synthetic"


@pytest.mark.parametrize("theme", ["indicators", "commitments"])
def test_no_two_gaps_are_one_to_the_ledger_which_could_not_close_one_of_them(house: Modelled, theme: str) -> None:
    assert house.rows(f"from int_gaps__{theme}")
    assert house.rows(f"select {KEY} from int_gaps__{theme} group by {KEY} having count(*) > 1") == []


def test_a_gap_of_a_neighbourhood_without_a_code_says_in_its_source_which_it_is(house: Modelled) -> None:
    found = house.rows("select source from int_gaps__indicators where measure = 'of a quarter' order by 1")
    assert found == [("indicators: Noord (Haarlemmermeer)",), ("indicators: Noord (Rotterdam)",)]


def test_a_commitment_whose_text_no_source_gives_says_so_and_is_a_gap(house: Modelled) -> None:
    texts = dict(house.rows("select commitment_id, text from commitment"))
    assert texts["P1"] == "meer controles"
    assert "geeft de tekst niet" in texts["P2"]
    (gap,) = house.rows("select explanation_nl, opened from int_gaps__commitments")
    assert gap == ("De bron geeft niet de tekst van: P2, P3, P4", date(2025, 1, 1))


def test_a_commitment_keeps_its_kind_its_status_its_date_and_its_indicator(house: Modelled) -> None:
    (row,) = house.rows("select kind, status, due, indicator from commitment where commitment_id = 'P1'")
    assert row == ("promise", "unknown", date(2026, 12, 31), "rose")
