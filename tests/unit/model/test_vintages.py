"""Several versions and editions of one figure, and several ways to divide one total: which counts, and beside what."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from tests.unit.areas.models import Modelled, Row, figure, modelled, moved

WORKERS, RESIDENTS = "monitor_workers_work_area", "monitor_workers_home_area"
MONITOR: dict[str, Any] = {"source": "migrantenmonitor", "reference_date": date(2023, 12, 31)}


def workers(code: str, day: str, value: int | None, **changed: Any) -> Row:
    return figure(code, day, value, universe=WORKERS, table_id="1", **(MONITOR | changed))


def residents(code: str, day: str, value: int | None, **changed: Any) -> Row:
    said = {"measure": "residents", "home_area": "here", "universe": RESIDENTS, "table_id": "2"}
    return figure(code, day, value, **(MONITOR | said | changed))


def flow(code: str, value: int, year: int) -> Row:
    return figure(
        code, f"{year}-12-31", value, period_start=date(year, 1, 1), date_precision="year", measured_as="flow",
        source="statline", measure="arrivals", universe="statline_arrivals_nationality", edition="85451NED",
    )  # fmt: skip


WITHHELD = {"low": 0, "high": 9, "availability": "suppressed", "bound_kind": "suppressed"}
OBSERVATIONS = [
    # Two versions of one edition, both tables given anew.
    *(workers("0394", "2022-12-31", value, edition="2022", version=v) for v, value in (("1", 1000), ("2", 1100))),
    *(residents("0394", "2022-12-31", value, edition="2022", version=v) for v, value in (("1", 300), ("2", 400))),
    # Version 2 withholds what version 1 gave.
    *(workers("0518", "2022-12-31", 700, edition="2022", version=version) for version in ("1", "2")),
    residents("0518", "2022-12-31", 50, edition="2022", version="1"),
    residents("0518", "2022-12-31", None, edition="2022", version="2", **WITHHELD),
    # Version 2 of another edition gives the workers alone.
    *(workers("0363", "2020-12-31", value, edition="2020", version=v) for v, value in (("1", 80), ("2", 90))),
    residents("0363", "2020-12-31", 20, edition="2020", version="1"),
    # Two editions tell of one year.
    workers("0599", "2021-12-31", 500, edition="2021", finality="provisional"),
    residents("0599", "2021-12-31", 100, edition="2021", finality="provisional"),
    workers("0599", "2021-12-31", 520, edition="2022b", finality="final"),
    residents("0599", "2021-12-31", 110, edition="2022b", finality="final"),
    # A year's flow on the borders of its beginning: Weesp (0457) joined Amsterdam (0363) on 24 March 2022.
    flow("0457", 50, 2022), flow("0363", 9000, 2022), flow("0599", 7000, 2022), flow("0363", 9100, 2023),
    # Gaps of a day and of the year that begins with it; a change of name, which never tells of inhabitants.
    *(
        figure("0600", day, None, low=None, high=None, availability="missing", bound_kind="none",
               period_start=date(2020, 1, 1), date_precision=precision, edition=precision)
        for day, precision in (("2020-01-01", "day"), ("2020-12-31", "year"))
    ),
    moved("1921", "1940", "2015-07-01", None, change="renamed", availability="missing", bound_kind="none"),
    # Two ways to divide a total, in two editions that call their tables alike.
    *(
        figure("0100", "2021-12-31", value, edition=edition, table_id="9", origin_group=group)
        for edition, factor in (("a", 1), ("b", 2))
        for group, value in (("all", 100 * factor), ("eu", 60 * factor), ("outside_eu", 40 * factor),
                             ("moe", 50 * factor), ("other_eu", 10 * factor))
    ),
    *(
        figure("0106", "2021-12-31", value, edition="a", table_id="9", origin_group=group)
        for group, value in (("all", 100), ("eu", 60), ("outside_eu", 30))
    ),
]  # fmt: skip


def added_up(edition: str, number: int, parts: tuple[str, ...]) -> list[Row]:
    return [
        {"source": "figures", "layout": "made-up", "sum": f"{edition}/{number}", "edition": edition, "version": "",
         "table_id": "9", "dimension": "origin_group", "total": "all", "part": part, "parts": len(parts),
         "complete": True}
        for part in parts
    ]  # fmt: skip


SUMS = [
    row
    for edition in ("a", "b")
    for number, parts in enumerate([("eu", "outside_eu"), ("moe", "other_eu", "outside_eu")])
    for row in added_up(edition, number, parts)
]


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Modelled:
    models = "gap_headline", "registered_current", "working", "data_gap"
    return modelled(tmp_path_factory.mktemp("vintages"), OBSERVATIONS, *models, sums=SUMS)


def headline(house: Modelled, code: str) -> tuple[Any, ...]:
    (row,) = house.rows(
        f"select workers, residents, gap, version, finality from gap_headline where municipality_code = '{code}'"
    )
    return row


def test_a_figure_meets_those_of_its_own_version(house: Modelled) -> None:
    assert house.rows(
        "select workers, residents, version, superseded from registration_gap"
        " where municipality_code = '0394' order by version"
    ) == [(1000, 300, "1", True), (1100, 400, "2", False)]
    assert headline(house, "0394") == (1100, 400, 700, "2", "final")


def test_what_a_newer_version_withholds_is_not_taken_from_an_older_one(house: Modelled) -> None:
    assert headline(house, "0518") == (700, None, None, "2", "final")


def test_a_version_that_gives_one_table_anew_leaves_the_other_as_it_was(house: Modelled) -> None:
    assert headline(house, "0363") == (90, 20, 70, "2 + 1", "final")
    assert house.rows("select workers, superseded from working where area_code = '0363' order by 1") == [
        (80, True), (90, False),
    ]  # fmt: skip


def test_of_two_editions_the_final_figure_stands_before_the_provisional_one(house: Modelled) -> None:
    assert headline(house, "0599") == (520, 110, 410, "1", "final")


def test_a_flow_in_which_a_municipality_ended_stands_on_the_borders_of_its_beginning(house: Modelled) -> None:
    rows = house.rows(
        "select year(period_end), area_code, persons, availability, computed from registered_current"
        " where universe = 'statline_arrivals_nationality' order by 1, 2"
    )
    assert rows == [
        (2022, "0363", 9050, "available", True),
        (2022, "0599", 7000, "available", False),
        (2023, "0363", 9100, "available", False),
    ]


def test_gaps_of_a_day_and_of_its_year_are_two_and_a_change_of_name_is_none(house: Modelled) -> None:
    found = house.rows("select area_code, period_end from data_gap where kind = 'missing' and area_type = 'GM'")
    assert sorted(found) == [("0600", date(2020, 1, 1)), ("0600", date(2020, 12, 31))]


def test_each_way_to_divide_a_total_is_added_up_alone_and_in_its_own_edition(house: Modelled) -> None:
    contradicted = house.rows("select area_code from data_gap where kind = 'contradiction' and measure = 'workers'")
    assert contradicted == [("0106",)]
