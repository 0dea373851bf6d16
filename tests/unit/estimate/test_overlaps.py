"""Persons in no list: which estimates a table of overlaps gets, why others are refused, and what is never told."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Any

import duckdb
import polars as pl
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from pipelines.estimate.explained import explained
from pipelines.estimate.overlaps import TABLE, estimates, sensitivity
from pipelines.privacy.disclosure import Rules

if TYPE_CHECKING:
    from collections.abc import Mapping

Row = dict[str, Any]
Cells = list[Row]
RULES = Rules(threshold=10, base=10)
NEEDS_BSN = {"brp", "payroll"}

# The worked examples of docs/methods.md.
TWO = {"10": 412, "01": 180, "11": 58}
FARMS, BUILDERS = {"10": 172, "01": 60, "11": 38}, {"10": 240, "01": 120, "11": 20}
THREE = {"100": 412, "010": 138, "001": 267, "110": 31, "101": 58, "011": 64, "111": 14}
DIFFERING = {"100": 212, "010": 96, "001": 148, "110": 31, "101": 44, "011": 27, "111": 16}
MET = {1: 310, 2: 74, 3: 21, 4: 6, 5: 2}


def table(lists: str, persons: Mapping[Any, int], stratum: str = "all", **changed: Any) -> Cells:
    """Persons by history ("101" is in the first and the third list), or of one list by how often they were met."""
    names = lists.split(" + ")
    of: Row = dict.fromkeys(TABLE, "made-up") | {
        "area_type": "GM", "area_code": "0394", "period_start": date(2025, 1, 1), "period_end": date(2025, 12, 31),
        "synthetic": True, "lists": lists, "stratum": stratum, "held_by": lists, "contacts": None,
    }  # fmt: skip
    if len(names) == 1:
        return [of | {"contacts": times, "persons": number} | changed for times, number in persons.items()]
    held = {
        history: " + ".join(name for name, letter in zip(names, history, strict=True) if letter == "1")
        for history in persons
    }
    return [of | {"held_by": held[history], "persons": number} | changed for history, number in persons.items()]


def told(cells: Cells, what: Any = estimates) -> list[Row]:
    kinds = {"contacts": pl.Int64, "persons": pl.Int64}
    frame = pl.DataFrame(cells, schema_overrides=kinds, infer_schema_length=None)
    with duckdb.connect() as connection:
        found: list[Row] = what(connection.from_arrow(frame.to_arrow()), NEEDS_BSN, RULES).to_dicts()
    return found


def values(cells: Cells, stratum: str = "all") -> dict[str, tuple[float, float, float]]:
    """Low, value and high by method."""
    return {
        row["method"]: (row["value_low"], row["value"], row["value_high"])
        for row in told(cells)
        if row["stratum"] == stratum and row["value"] is not None
    }


def reasons(cells: Cells, stratum: str = "all") -> dict[str, str]:
    return {row["method"]: row["refused_because"] for row in told(cells) if row["stratum"] == stratum}


def test_two_lists_give_what_the_methods_page_says_rounded_outward() -> None:
    assert values(table("inspections + night_shelter", TWO)) == {
        "two_lists_lincoln_petersen": (1580, 1930, 2420),  # 1,929 (1,586 - 2,414)
        "two_lists_chapman": (1580, 1910, 2420),  # 1,907
    }


def test_what_was_seen_and_what_was_not_are_intervals_of_what_is_rounded() -> None:
    row = told(table("inspections + night_shelter", TWO))[0]
    assert (row["observed_low"], row["observed"], row["observed_high"]) == (645, 650, 655)
    assert (row["unobserved_low"], row["unobserved"], row["unobserved_high"]) == (925, 1280, 1775)
    assert (row["coverage_low"], row["coverage"], row["coverage_high"]) == (26, 34, 42)


def test_strata_are_estimated_apart_and_added_up() -> None:
    cells = table("a + b", FARMS, "farms") + table("a + b", BUILDERS, "builders")
    assert values(cells)["two_lists_stratified"] == (1800, 2290, 3350)  # 2,286 (1,804 - 3,346)
    assert values(cells)["two_lists_chapman"][1] == 1910
    assert values(cells, "farms")["two_lists_chapman"][1] == 530  # 534.6
    assert values(cells, "builders")["two_lists_chapman"][1] == 1750
    assert set(values(cells, "farms")) == {"two_lists_lincoln_petersen", "two_lists_chapman"}


def test_three_lists_show_the_best_model_and_how_far_the_others_go() -> None:
    cells = table("inspections + night_shelter + information_point", THREE)
    assert values(cells)["loglinear"] == (2460, 2860, 3370)  # [23,1]: 2,860 (2,461 - 3,366)
    (row,) = (row for row in told(cells) if row["method"] == "loglinear")
    spread = (row["model_spread_low"], row["model_spread"], row["model_spread_high"])
    assert spread == (2810, 2850, 2890)  # 2,818 - 2,881
    assert "[23,1]" in row["explanation_nl"]
    assert "[23,1]" in row["explanation_en"]


def test_the_models_that_fit_nearly_as_well_stand_beside_it_the_best_first() -> None:
    found = told(table("a + b + c", THREE), sensitivity)
    assert [(row["assumption"], row["assumed"], row["value"]) for row in found] == [
        ("model", "[23,1]", 2860), ("model", "[13,23]", 2820), ("model", "[12,23]", 2880),
        ("model", "[12,13,23]", 2830),
    ], "independence fits far worse"  # fmt: skip


def test_persons_who_are_harder_to_find_have_methods_of_their_own() -> None:
    found = values(table("a + b + c", DIFFERING))
    assert found["heterogeneity_chao"] == (1060, 1220, 1440)  # at least 1,225 (1,067 - 1,433)
    assert found["heterogeneity_poisson"] == (1150, 1540, 2190)  # 1,540 (1,155 - 2,180.3)
    assert found["heterogeneity_darroch"] == (1230, 2010, 3700)
    assert found["average"] == (1000, 1140, 1330)  # 1,136 (1,003 - 1,323)


def test_one_list_that_meets_persons_again_gives_three_answers() -> None:
    assert {method: row[1] for method, row in values(table("inspections", MET)).items()} == {
        "repeated_poisson": 890, "repeated_zelterman": 1090, "repeated_chao": 1060,
    }  # fmt: skip
    assert told(table("inspections", MET), sensitivity) == []


def test_lower_bounds_say_that_there_are_at_least_so_many() -> None:
    rows = told(table("a + b + c", DIFFERING)) + told(table("inspections", MET))
    bounds = [row["method"] for row in rows if "at least" in row["explanation_en"]]
    assert bounds == ["heterogeneity_chao", "repeated_chao"]
    assert all("registered or not" in row["explanation_en"] for row in rows)


def test_dependence_and_missed_links_are_varied() -> None:
    found = {(row["assumption"], row["assumed"]): row["value"] for row in told(table("a + b", TWO), sensitivity)}
    assert found == {
        ("odds_ratio", "0.5"): 1290, ("odds_ratio", "0.75"): 1610, ("odds_ratio", "1"): 1930,
        ("odds_ratio", "1.5"): 2570, ("odds_ratio", "2"): 3210, ("odds_ratio", "3"): 4490,
        ("links_missed", "0"): 1930, ("links_missed", "5"): 1830, ("links_missed", "10"): 1740,
        ("links_missed", "20"): 1540,
    }  # fmt: skip


def test_an_assumption_under_which_nothing_can_be_said_says_why() -> None:
    nested = {"10": 10, "01": 400, "11": 100}
    refused = {row["assumed"]: row for row in told(table("a + b", nested), sensitivity) if row["value"] is None}
    assert refused["20"]["refused_because"] == "no_maximum", "more in both lists than in the first"
    assert refused["20"]["coverage"] is None


@pytest.mark.parametrize("lists", ["brp + night_shelter", "night_shelter + payroll"])
def test_a_list_that_needs_a_bsn_refuses_the_whole_table_in_one_row(lists: str) -> None:
    cells = table(lists, FARMS, "farms") + table(lists, BUILDERS, "builders")
    (row,) = told(cells)
    assert (row["refused_because"], row["stratum"], row["value"]) == ("needs_bsn", "all", None)
    assert (row["availability"], row["bound_kind"]) == ("not_applicable", "none")
    assert "registered and those who are not" in row["explanation_en"]
    assert told(cells, sensitivity) == []


@pytest.mark.parametrize(
    "cells",
    [
        table("a + b", TWO | {"11": 9}),
        table("a + b", TWO | {"10": 3}),
        table("a + b", TWO | {"01": 0}),
        table("a + b", {"10": 0, "01": 0, "11": 0}),
        table("a + b + c", THREE | {"111": 9}),
        table("a + b + c", THREE | {"011": 0}),
        table("inspections", MET | {2: 9}),
        table("inspections", {1: 0, 2: 0}),
    ],
)
def test_nothing_is_told_where_a_small_count_could_be_worked_out(cells: Cells) -> None:
    rows = told(cells)
    assert {row["refused_because"] for row in rows} == {"too_few_to_show"}
    assert {row["availability"] for row in rows} == {"suppressed"}
    assert told(cells, sensitivity) == []


def test_strata_are_shown_all_or_none_as_the_others_less_all_would_give_the_hidden_one() -> None:
    cells = table("a + b", TWO, "many") + table("a + b", {"10": 30, "01": 20, "11": 3}, "few")
    assert set(reasons(cells, "many").values()) == set(reasons(cells, "few").values()) == {"too_few_to_show"}
    assert reasons(cells) == {
        "two_lists_lincoln_petersen": None, "two_lists_chapman": None, "two_lists_stratified": "too_few_to_show",
    }  # fmt: skip
    assert {row["stratum"] for row in told(cells, sensitivity)} == {"all"}


def test_of_four_lists_each_overlap_of_two_must_hold_enough_but_not_each_combination() -> None:
    alone = {format(1 << place, "04b"): 300 for place in range(4)}
    pairs = {format(3 << place, "04b"): 40 for place in range(3)} | {"1010": 40, "0101": 40, "1001": 40}
    cells = table("a + b + c + d", alone | pairs | {"1111": 2})
    found = reasons(cells)
    assert found["loglinear"] is None
    assert {found[method] for method in found if method != "loglinear"} == {"too_few_to_show"}, "two are in all four"


def test_what_a_method_refuses_is_a_row_with_its_reason_and_without_its_counts() -> None:
    few = {"100": 900, "010": 900, "001": 900, "110": 10, "101": 10, "011": 10, "111": 10}
    found = reasons(table("a + b + c", THREE | {"110": 12, "101": 12, "011": 12, "111": 11}))
    assert found["loglinear"] is None
    lonely = reasons(table("a + b", {"10": 9000, "01": 12, "11": 10}))
    assert set(lonely) == {"two_lists_lincoln_petersen", "two_lists_chapman"}
    for row in told(table("a + b + c", few)):
        if row["refused_because"]:
            assert not any(letter.isdigit() for letter in row["explanation_nl"] + row["explanation_en"])


def test_lists_that_overlap_less_than_by_chance_refuse_persons_who_differ() -> None:
    avoiding = {"100": 200, "010": 200, "001": 200, "110": 100, "101": 100, "011": 100, "111": 10}
    assert reasons(table("a + b + c", avoiding))["heterogeneity_poisson"] == "negative"


def test_tables_of_other_areas_periods_and_lists_stand_apart() -> None:
    cells = table("a + b", TWO) + table("a + b", FARMS, area_code="0599") + table("a + c", BUILDERS)
    found = {(row["area_code"], row["lists"]): row["value"] for row in told(cells) if row["method"].endswith("chapman")}
    assert found == {("0394", "a + b"): 1910, ("0599", "a + b"): 530, ("0394", "a + c"): 1750}


def test_no_tables_give_no_rows_with_all_columns() -> None:
    frame = pl.DataFrame(table("a + b", TWO), schema_overrides={"contacts": pl.Int64}).clear()
    with duckdb.connect() as connection:
        nothing = connection.from_arrow(frame.to_arrow())
        assert estimates(nothing, NEEDS_BSN, RULES).columns == list(told(table("a + b", TWO))[0])
        assert sensitivity(nothing, NEEDS_BSN, RULES).is_empty()


def test_more_lists_than_there_are_methods_for_are_an_error_and_no_refusal() -> None:
    cells = table("a + b + c + d + e + f", {format(code, "06b"): 50 for code in range(1, 64)})
    with pytest.raises(ValueError, match="at most five"):
        told(cells)


COUNTS = st.integers(0, 3000)
TABLES = st.one_of(
    st.fixed_dictionaries(dict.fromkeys(TWO, COUNTS)).map(lambda persons: table("a + b", persons)),
    st.fixed_dictionaries(dict.fromkeys(THREE, COUNTS)).map(lambda persons: table("a + b + c", persons)),
    st.fixed_dictionaries(dict.fromkeys((1, 2, 3), COUNTS)).map(lambda persons: table("a", persons)),
    st.tuples(*[st.fixed_dictionaries(dict.fromkeys(TWO, COUNTS))] * 2).map(
        lambda persons: table("a + b", persons[0], "one") + table("a + b", persons[1], "other")
    ),
)


@given(cells=TABLES)
@example(cells=table("a + b", {"10": 10, "01": 10, "11": 3000}))
@example(cells=table("a", {1: 10, 2: 3000, 3: 0}))
@settings(max_examples=20, deadline=None)
def test_any_table_is_refused_or_gives_figures_that_hold_together_in_tens(cells: Cells) -> None:
    for row in told(cells):
        assert (row["value"] is None) == (row["refused_because"] is not None) == (row["availability"] != "available")
        if row["value"] is None:
            assert all(row[figure] is None for figure in ("observed", "unobserved", "coverage", "model_spread_low"))
            assert row["explanation_en"] == explained("refusal", row["refused_because"])["explanation_en"]
            continue
        assert row["value_low"] <= row["value"] <= row["value_high"]
        assert row["value"] >= row["observed"] >= 10
        assert not any(row[figure] % 10 for figure in ("value_low", "value", "value_high", "observed"))
        assert 0 <= row["unobserved_low"] <= row["unobserved"] <= row["unobserved_high"]
        assert 0 < row["coverage_low"] <= row["coverage"] <= row["coverage_high"] <= 100
