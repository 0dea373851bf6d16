"""Inspections: what is counted of them over the snapshots of the register, where, in three units, and per how many."""

from __future__ import annotations

import itertools
from datetime import date
from typing import Any

import pytest

from tests.unit.areas.models import Modelled, Row, figure, modelled

REGISTER = "inspectorate_public_register"
FIRST, SECOND, THIRD = date(2022, 6, 1), date(2024, 6, 1), date(2026, 1, 1)
ROWS = itertools.count(1)
TODAY: dict[str, Any] = {"reference_date": THIRD}


def case(number: str, code: str | None, outcome: str, /, **said: Any) -> list[Row]:
    """A case in 2021 as a snapshot tells it: its inspection, and its ``fines`` and ``amount`` where they are given."""
    counts = {"inspections": 1, "fines": said.pop("fines", None), "fine_amount": said.pop("amount", None)}
    shared = {
        "source": "inspectorate", "universe": REGISTER, "record_key": number, "law": "wav", "outcome": outcome,
        "sector": "not_stated", "place_basis": "inspection_place", "measured_as": "flow",
        "area_type": "GM" if code else "unknown", "locator_row": said.pop("row", None) or next(ROWS),
    }  # fmt: skip
    return [
        figure(code or "", said.get("day", "2021-05-05"), count, measure=measure, unit="inspections")
        | {"area_code": code}
        | shared
        | {name: value for name, value in said.items() if name != "day"}
        for measure, count in counts.items()
        if count is not None
    ]


RIJSWIJK = {"area_name": "Rijswijk", "area_candidates": ["0214", "0603", "1959"]}
OBSERVATIONS = [
    # 2021: three cases in Rijswijk (0603) for certain, and one in a Rijswijk that may be another.
    *case("A1", "0603", "fine", fines=2, amount=8000, **TODAY),
    *case("A2", "0603", "no_violation", fines=0, amount=0, **TODAY),
    *case("A3", "0603", "no_violation", **TODAY),
    *case("A4", None, "fine", fines=3, amount=500, **RIJSWIJK, **TODAY),
    *case("A5", None, "fine", fines=1, amount=1, **TODAY),
    # 2019: snapshots over the years. What is gone from NL is withdrawn, whatever a series of one municipality shows.
    *(row for number in ("B1", "B2") for row in case(number, "0394", "fine", day="2019-02-02", fines=1, scope="NL",
                                                    reference_date=FIRST)),
    *case("B2", "0394", "no_violation", day="2019-02-02", fines=0, scope="NL", reference_date=SECOND),
    *case("B3", "0394", "fine", day="2019-02-02", fines=4, scope="0394", reference_date=SECOND),
    # 2020: companies. One bears another number in each snapshot, as its first cases were withdrawn.
    *(
        row
        for snapshot, number, key, outcome in [
            (FIRST, "C1", "C1", "fine"), (FIRST, "C2", "C1", "no_violation"),
            (SECOND, "C2", "C2", "no_violation"), (SECOND, "C3", "C2", "no_violation"),
            (THIRD, "C3", "C3", "no_violation"), (THIRD, "C4", "C3", "fine"),
            (FIRST, "C8", "C8", "fine"), (THIRD, "C9", "C9", "fine"),
        ]
        for row in case(number, "0518", outcome, day="2020-03-03", company_key=key, reference_date=snapshot,
                        delivery_id=f"of {snapshot}")
    ),
    *case("C7", "0518", "stop", day="2020-03-03", **TODAY),  # of no company that is named
    # 2018: one case under two laws, and the sectors of three.
    *case("D1", "0363", "fine", day="2018-01-01", law="wav", fines=2, sector="construction", **TODAY),
    *case("D1", "0363", "no_violation", day="2018-01-01", law="wml", fines=0, sector="construction", **TODAY),
    *case("D2", "0363", "fine", day="2018-01-01", law="wml", sector="hospitality", finality="provisional", **TODAY),
    # 2017: a company seated elsewhere; and the same case again, made up.
    *case("E1", "0344", "fine", day="2017-01-01", row=9001, **TODAY),
    *case("E1", "0599", "fine", day="2017-01-01", row=9001, place_basis="seat", **TODAY),
    *case("E1", "0344", "fine", day="2017-01-01", synthetic=True, **TODAY),
    # 2016: one case that stopped the work and fined, one of two employers, and one of which a row stands there twice.
    *case("F1", "0796", "stop", day="2016-01-01", fines=0, amount=0, **TODAY),
    *case("F1", "0796", "fine", day="2016-01-01", fines=3, amount=24000, **TODAY),
    *case("F2", "0796", "fine", day="2016-01-01", fines=1, amount=8000, company_key="F2", **TODAY),
    *case("F2", "0796", "fine", day="2016-01-01", fines=1, amount=8000, company_key="F2:2", **TODAY),
    *case("F3", "0796", "fine", day="2016-01-01", fines=5, amount=100, **TODAY),
    *case("F3", "0796", "fine", day="2016-01-01", fines=5, amount=100, **TODAY),
    # 2015: snapshots of two municipalities, of which the second one each has rejected rows.
    *(
        row
        for scope, snapshot, numbers in [
            ("0599", FIRST, "G1 G2 G3"), ("0599", SECOND, "G2 G3"), ("0599", THIRD, "G3"),
            ("0362", FIRST, "H1 H2"), ("0362", SECOND, "H2"),
        ]
        for number in numbers.split()
        for row in case(number, scope, "stop", day="2015-01-01", scope=scope, reference_date=snapshot,
                        delivery_id=f"{scope} of {snapshot}")
    ),
    # 2014: a case of two employers, again in a later snapshot, where the other case of one of them is withdrawn.
    *(
        row
        for snapshot, number, key in [(FIRST, "K0", "K0"), (FIRST, "K1", "K0"), (FIRST, "K1", "K1"),
                                      (SECOND, "K1", "K1"), (SECOND, "K1", "K1:2")]
        for row in case(number, "0363", "stop", day="2014-01-01", company_key=key, reference_date=snapshot,
                        delivery_id=f"of {snapshot}")
    ),
    # What a report tells of fines, and what another tells of inspections.
    figure("0599", "2024-12-31", 102, universe="report", place_basis="municipal_report", measure="fines", unit="fines",
           law="not_stated", period_start=date(2024, 1, 1), date_precision="year", measured_as="flow"),
    figure("0599", "2024-12-31", 18, universe="other_report", place_basis="municipal_report", measure="inspections",
           unit="inspections", law="not_stated", period_start=date(2024, 1, 1), date_precision="year",
           measured_as="flow"),
]  # fmt: skip


@pytest.fixture(scope="module")
def inspections(tmp_path_factory: pytest.TempPathFactory) -> Modelled:
    models = "inspection", "inspection_current", "int_gaps__inspections"
    rejected = {f"{scope} of {SECOND}": 1 for scope in ("0599", "0362")}
    return modelled(tmp_path_factory.mktemp("inspections"), OBSERVATIONS, *models, rejected=rejected)


def cells(
    house: Modelled, year: int, columns: str, where: str = "true", law: str = "all", sector: str = "all"
) -> list[tuple[Any, ...]]:
    """Rows of a year, in the order of area, unit and outcome."""
    return house.rows(
        f"select {columns} from inspection where year(period_start) = {year} and law = '{law}' and sector = '{sector}'"
        f" and {where} order by area_code nulls last, unit, outcome, place_basis, synthetic"
    )


FIGURE = "cases, cases_low, cases_high"
RATE = "round(per_100_inspections, 1), round(per_100_inspections_low, 1), round(per_100_inspections_high, 1)"


def test_a_case_at_an_ambiguous_place_counts_perhaps_in_each_and_for_certain_in_none(inspections: Modelled) -> None:
    found = cells(inspections, 2021, f"area_type, area_code, {FIGURE}", "unit = 'inspections' and outcome = 'all'")
    assert found == [
        ("GM", "0214", None, 0, 1),
        ("GM", "0603", None, 3, 4),
        ("GM", "1959", None, 0, 1),
        ("unknown", None, 2, 2, 2),
    ]


def test_fines_and_amounts_carry_the_doubt_of_the_place_through(inspections: Modelled) -> None:
    found = cells(inspections, 2021, f"{FIGURE}, amount_eur_low, amount_eur_high", "unit = 'fines' and outcome = 'all'")
    assert found == [
        (None, 0, 3, 0, 500), (None, 2, 5, 8000, 8500), (None, 0, 3, 0, 500), (4, 4, 4, 501, 501),
    ]  # fmt: skip


def test_per_100_inspections_has_the_bounds_that_the_places_allow(inspections: Modelled) -> None:
    of_rijswijk = cells(inspections, 2021, f"unit, outcome, {RATE}", "area_code = '0603' and outcome <> 'no_violation'")
    assert of_rijswijk == [
        ("fines", "all", None, 50, 166.7),  # 2 of 4 to 5 of 3
        ("fines", "fine", None, 50, 166.7),
        ("inspections", "all", None, None, None),
        ("inspections", "fine", None, 25, 66.7),  # 1 of 4 to 2 of 3
    ]
    nowhere_for_certain = cells(inspections, 2021, RATE, "area_code = '1959' and unit = 'inspections'")
    assert nowhere_for_certain == [(None, None, None), (None, 0, 100)]
    exact = cells(inspections, 2021, f"unit, {RATE}", "area_code is null and outcome = 'fine'")
    assert exact == [("fines", 200, 200, 200), ("inspections", 100, 100, 100)]


def test_inspections_of_all_outcomes_and_of_a_report_alone_have_no_rate_and_say_why(inspections: Modelled) -> None:
    said = inspections.rows(
        f"select distinct universe, unit, {RATE}, rate_nl, rate_en from inspection"
        " where universe <> 'inspectorate_public_register' or (unit = 'inspections' and outcome = 'all') order by 1, 2"
    )
    without = [(universe, unit, *rate) for universe, unit, *rate, _, _ in said]
    assert without == [
        (REGISTER, "inspections", None, None, None),
        ("other_report", "inspections", None, None, None),
        ("report", "fines", None, None, None),
    ]
    assert said[2][-2:] == (
        "Geen verhouding: er is geen aantal inspecties van dezelfde soort.",
        "No rate: there is no number of inspections of the same kind.",
    )


def test_a_rate_never_ranks_and_says_where_was_inspected(inspections: Modelled) -> None:
    assert inspections.rows("select count(*) from inspection where per_100_inspections_low is not null") > [(0,)]
    assert inspections.rows(
        "select count(*) from inspection where per_100_inspections_low is not null and rate_en not like '%not where%'"
    ) == [(0,)]


def test_what_the_register_withdrew_stays_counted_with_the_day_it_was_gone(inspections: Modelled) -> None:
    found = cells(inspections, 2019, f"unit, outcome, {FIGURE}, withdrawn, last_withdrawn")
    assert found == [
        ("fines", "all", 5, 5, 5, 1, THIRD),
        ("fines", "fine", 5, 5, 5, 1, SECOND),
        ("fines", "no_violation", 0, 0, 0, 0, None),
        ("inspections", "all", 3, 3, 3, 2, THIRD),
        ("inspections", "fine", 2, 2, 2, 1, SECOND),
        ("inspections", "no_violation", 1, 1, 1, 1, THIRD),
    ]


def test_a_company_is_one_over_all_snapshots_that_share_a_case_of_it(inspections: Modelled) -> None:
    found = cells(inspections, 2020, f"outcome, {FIGURE}, withdrawn", "unit = 'companies'")
    # C1 to C4 are one company, C8 and C9 two more; C7 may be of any of them, or of another.
    assert found == [
        ("all", None, 3, 4, 1),
        ("fine", 3, 3, 3, 1),
        ("no_violation", 1, 1, 1, 0),
    ]


def test_companies_that_no_column_names_are_no_figure_and_a_gap(inspections: Modelled) -> None:
    assert cells(inspections, 2018, FIGURE, "unit = 'companies'") == []
    told = inspections.rows(
        "select year(period_start), kind, explanation_en from int_gaps__inspections"
        " where measure = 'companies' and year(period_start) in (2018, 2020) order by 1"
    )
    assert told == [
        (2018, "missing", "Of 2 of the 2 inspections the company is not known"),
        (2020, "missing", "Of 1 of the 7 inspections the company is not known"),
    ]


def test_all_rows_of_a_case_count_and_equal_ones_once(inspections: Modelled) -> None:
    found = cells(inspections, 2016, f"unit, outcome, {FIGURE}, amount_eur", "unit <> 'companies'")
    assert found == [
        ("fines", "all", 10, 10, 10, 40100),
        ("fines", "fine", 10, 10, 10, 40100),
        ("fines", "stop", 0, 0, 0, 0),
        ("inspections", "all", 3, 3, 3, None),
        ("inspections", "fine", 3, 3, 3, None),
        ("inspections", "stop", 1, 1, 1, None),
    ]
    assert inspections.rows(
        "select year(period_start), kind, severity, explanation_en from int_gaps__inspections"
        " where measure = 'inspections' and kind = 'contradiction'"
    ) == [
        (2016, "contradiction", "low", "Number of rows of the register that are equal to another and do not count: 1")
    ]


def test_two_employers_in_one_case_are_two_companies(inspections: Modelled) -> None:
    found = cells(inspections, 2016, FIGURE, "unit = 'companies' and outcome = 'fine'")
    assert found == [(None, 2, 4)], "each row of another case may be of one more"


def test_which_of_two_employers_is_which_in_a_later_snapshot_is_not_known(inspections: Modelled) -> None:
    assert cells(inspections, 2014, FIGURE, "unit = 'companies' and outcome = 'all'") == [(None, 1, 3)]


def test_a_snapshot_with_rejected_rows_withdraws_no_case(inspections: Modelled) -> None:
    found = inspections.rows(
        "select record_key, withdrawn_on from int_inspections__latest where record_key[1] in ('G', 'H') order by 1"
    )
    assert found == [("G1", THIRD), ("G2", THIRD), ("G3", None), ("H1", None), ("H2", None)]


def test_a_case_under_two_laws_is_one_inspection_and_its_fines_add_up(inspections: Modelled) -> None:
    inspected = "unit = 'inspections' and outcome = 'all'"
    assert cells(inspections, 2018, FIGURE, inspected) == [(2, 2, 2)]
    assert [cells(inspections, 2018, FIGURE, inspected, law) for law in ("wav", "wml")] == [[(1, 1, 1)], [(2, 2, 2)]]


def test_fines_of_which_no_number_is_given_are_at_least_one_and_never_nought(inspections: Modelled) -> None:
    found = cells(inspections, 2018, f"{FIGURE}, availability, bound_kind, finality", "unit = 'fines'")
    unknown = (None, 3, None, "missing", "none", "provisional")
    assert found == [unknown, unknown, (0, 0, 0, "available", "exact", "final")]
    assert inspections.rows(
        "select explanation_en from int_gaps__inspections where measure = 'fines' and year(period_start) = 2018"
    ) == [("Of 1 of the 2 inspections the number of fines is not known",)]


def test_each_sector_is_counted_beside_all_of_them(inspections: Modelled) -> None:
    inspected = "unit = 'inspections' and outcome = 'all'"
    by_sector = {sector: cells(inspections, 2018, "cases", inspected, sector=sector) for sector in
                 ("all", "construction", "hospitality", "not_stated")}  # fmt: skip
    assert by_sector == {"all": [(2,)], "construction": [(1,)], "hospitality": [(1,)], "not_stated": []}


def test_the_seat_stands_beside_the_place_and_made_up_cases_beside_real_ones(inspections: Modelled) -> None:
    found = cells(
        inspections, 2017, "area_code, place_basis, synthetic, cases", "unit = 'inspections' and outcome = 'all'"
    )
    assert found == [
        ("0344", "inspection_place", False, 1),
        ("0344", "inspection_place", True, 1),
        ("0599", "seat", False, 1),
    ]


def test_a_place_of_no_municipality_is_a_gap_beside_one_that_may_be_several(inspections: Modelled) -> None:
    of_none, of_several = "die geen gemeente aanwijst: 1", "die in meer dan een gemeente kan liggen: 1"
    assert inspections.rows(
        "select area_type, area_code, explanation_nl from int_gaps__inspections where kind = 'unknown_code'"
    ) == [("unknown", None, f"Aantal inspecties met een plaats {of_none}; met een plaats {of_several}")]


def test_on_todays_borders_there_are_no_companies_for_those_of_two_parts_may_be_the_same(inspections: Modelled) -> None:
    assert {unit for (unit,) in inspections.rows("select distinct unit from inspection_current")} == {
        "fines",
        "inspections",
    }
    assert inspections.rows(
        f"select {FIGURE} from inspection_current where area_code = '0603' and unit = 'fines' and law = 'all'"
        " and sector = 'all' and outcome = 'all'"
    ) == [(None, 2, 5)]
