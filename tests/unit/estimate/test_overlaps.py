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
from pipelines.estimate.rounded import rounded
from pipelines.estimate.unobserved import repeated
from pipelines.privacy.disclosure import Rules

if TYPE_CHECKING:
    from collections.abc import Mapping

Row = dict[str, Any]
Cells = list[Row]
PAIRS = {format(code, "04b"): {1: 300, 2: 40}[code.bit_count()] for code in range(1, 16) if code.bit_count() < 3}
RULES = Rules(threshold=10, base=10)
AVOIDING = {"100": 200, "010": 200, "001": 200, "110": 100, "101": 100, "011": 100, "111": 10}
CLUSTERED = {"100": 400, "010": 400, "001": 900, "110": 20, "101": 10, "011": 10, "111": 20}
COMPLETE = {"100": 10, "010": 10, "001": 10, "110": 300, "101": 300, "011": 300, "111": 6000}
NEEDS_BSN = {"brp", "payroll"}
SECRET = bytes(16)

# The worked examples of docs/methods.md.
TWO = {"10": 410, "01": 180, "11": 60}
FARMS, BUILDERS = {"10": 170, "01": 60, "11": 40}, {"10": 240, "01": 120, "11": 20}
THREE = {"100": 410, "010": 140, "001": 270, "110": 30, "101": 60, "011": 60, "111": 10}
DIFFERING = {"100": 210, "010": 100, "001": 150, "110": 30, "101": 40, "011": 30, "111": 20}
GREENHOUSES, LOGISTICS = {1: 130, 2: 50, 3: 20, 4: 10}, {1: 180, 2: 30, 3: 10}
MET = {1: 310, 2: 80, 3: 30, 4: 10}


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


def frame(cells: Cells) -> pl.DataFrame:
    return pl.DataFrame(cells, schema_overrides={"contacts": pl.Int64, "persons": pl.Int64}, infer_schema_length=None)


def estimated(overlaps: Any) -> pl.DataFrame:
    return estimates(overlaps, NEEDS_BSN, {"tourist_tax"}, RULES)


def varied(overlaps: Any) -> pl.DataFrame:
    return sensitivity(overlaps, NEEDS_BSN, RULES)


def told(cells: Cells, what: Any = estimated) -> list[Row]:
    with duckdb.connect() as connection:
        overlaps = connection.from_arrow(rounded(frame(cells), RULES, SECRET).to_arrow())
        found: list[Row] = what(overlaps).to_dicts()
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
        "two_lists_lincoln_petersen": (1520, 1880, 2400),  # 1,880 (1,553 - 2,341, widened)
        "two_lists_chapman": (1520, 1860, 2400),  # 1,860
    }


def test_what_was_seen_and_what_was_not_are_intervals_of_what_is_rounded() -> None:
    row = told(table("inspections + night_shelter", TWO))[0]
    assert (row["observed_low"], row["observed"], row["observed_high"]) == (630, 650, 670)
    assert (row["unobserved_low"], row["unobserved"], row["unobserved_high"]) == (870, 1230, 1750)
    assert (row["coverage_low"], row["coverage"], row["coverage_high"]) == (27, 35, 43)
    assert row["level"] == 95


def test_strata_are_estimated_apart_and_added_up() -> None:
    cells = table("a + b", FARMS, "farms") + table("a + b", BUILDERS, "builders")
    assert values(cells)["two_lists_stratified"] == (1660, 2270, 3850)  # 2,270 (1,789 - 3,329, widened)
    assert values(cells)["two_lists_chapman"][1] == 1860
    assert values(cells, "farms")["two_lists_chapman"][1] == 520  # 519
    assert values(cells, "builders")["two_lists_chapman"][1] == 1750
    assert set(values(cells, "farms")) == {"two_lists_lincoln_petersen", "two_lists_chapman"}


def test_three_lists_show_the_best_model_and_how_far_the_others_go() -> None:
    cells = table("inspections + night_shelter + information_point", THREE)
    assert values(cells)["loglinear"] == (2430, 2910, 3530)  # [23,1]: 2,907 (2,494 - 3,433, widened)
    (row,) = (row for row in told(cells) if row["method"] == "loglinear")
    spread = (row["model_spread_low"], row["model_spread"], row["model_spread_high"])
    assert spread == (2820, 2870, 2910)  # 2,825 - 2,907
    assert "[23,1]" in row["explanation_nl"]
    assert "[23,1]" in row["explanation_en"]


def test_the_models_that_fit_nearly_as_well_stand_beside_it_the_best_first() -> None:
    found = told(table("a + b + c", THREE), varied)
    assert [(row["assumption"], row["assumed"], row["value"]) for row in found] == [
        ("model", "[23,1]", 2910), ("model", "[12,23]", 2830), ("model", "[13,23]", 2890),
        ("model", "[12,13,23]", 2420), ("model", "[12,13]", 1610),
    ], "independence fits far worse; 2,825 is rounded up on every machine"  # fmt: skip


def test_persons_who_are_harder_to_find_have_methods_of_their_own() -> None:
    found = values(table("a + b + c", DIFFERING))
    assert found["heterogeneity_chao"] == (1070, 1260, 1520)  # at least 1,261 (1,096 - 1,479, widened)
    assert found["heterogeneity_poisson"] == (1200, 1730, 2710)  # 1,733 (1,280 - 2,479, widened)
    assert found["heterogeneity_darroch"] == (1320, 2530, 5670)
    assert found["average"] == (980, 1160, 1490)  # 1,164 (1,003 - 1,439, widened)


def test_one_list_that_meets_persons_again_gives_three_answers() -> None:
    assert {method: row[1] for method, row in values(table("inspections", MET)).items()} == {
        "repeated_poisson": 850, "repeated_zelterman": 1070, "repeated_chao": 1030,
    }  # fmt: skip
    assert told(table("inspections", MET), varied) == []


def test_lower_bounds_say_that_there_are_at_least_so_many() -> None:
    rows = told(table("a + b + c", DIFFERING)) + told(table("inspections", MET))
    bounds = [row["method"] for row in rows if "at least" in row["explanation_en"]]
    assert bounds == ["heterogeneity_chao", "repeated_chao"]
    assert all("registered or not" in row["explanation_en"] for row in rows)


def test_dependence_and_missed_links_are_varied() -> None:
    found = {(row["assumption"], row["assumed"]): row["value"] for row in told(table("a + b", TWO), varied)}
    assert found == {
        ("odds_ratio", "0.5"): 1270, ("odds_ratio", "0.75"): 1570, ("odds_ratio", "1"): 1880,
        ("odds_ratio", "1.5"): 2500, ("odds_ratio", "2"): 3110, ("odds_ratio", "3"): 4340,
        ("links_missed", "0"): 1880, ("links_missed", "5"): 1790, ("links_missed", "10"): 1690,
        ("links_missed", "20"): 1500,
    }  # fmt: skip


def test_an_assumption_under_which_nothing_can_be_said_says_why() -> None:
    nested = {"10": 10, "01": 400, "11": 100}
    refused = {row["assumed"]: row for row in told(table("a + b", nested), varied) if row["value"] is None}
    assert refused["20"]["refused_because"] == "no_maximum", "more in both lists than in the first"
    assert refused["20"]["coverage"] is None


@pytest.mark.parametrize("lists", ["brp + night_shelter", "night_shelter + payroll"])
def test_a_list_that_needs_a_bsn_refuses_the_whole_table_in_one_row(lists: str) -> None:
    cells = table(lists, FARMS, "farms") + table(lists, BUILDERS, "builders")
    (row,) = told(cells)
    assert (row["refused_because"], row["stratum"], row["value"]) == ("needs_bsn", "all", None)
    assert (row["availability"], row["bound_kind"]) == ("not_applicable", "none")
    assert "registered and those who are not" in row["explanation_en"]
    assert told(cells, varied) == []


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
        table("inspections", {1: 300, 2: 60, 3: 7}),
        table("inspections", MET | {3: 4, 4: 2}),
        table("a + b + c + d", PAIRS | {"1000": 0, "1010": 0, "1001": 0}),  # whoever is in a is in b but for few
        # Nine are in neither of the first two lists.
        table("a + b + c + d", {"1000": 400, "0100": 400, "1100": 90, "1010": 50, "0101": 50, "0011": 9}),
        table("inspections", {1: 0, 2: 0}),
    ],
)
def test_nothing_is_told_where_a_small_count_could_be_worked_out(cells: Cells) -> None:
    rows = told(cells)
    assert {row["refused_because"] for row in rows} == {"too_few_to_show"}
    assert {row["availability"] for row in rows} == {"suppressed"}
    assert told(cells, varied) == []


def test_strata_are_shown_all_or_none_as_the_others_less_all_would_give_the_hidden_one() -> None:
    cells = table("a + b", TWO, "many") + table("a + b", {"10": 30, "01": 20, "11": 3}, "few")
    assert set(reasons(cells, "many").values()) == set(reasons(cells, "few").values()) == {"too_few_to_show"}
    assert reasons(cells) == {
        "two_lists_lincoln_petersen": None, "two_lists_chapman": None, "two_lists_stratified": "too_few_to_show",
    }  # fmt: skip
    assert {row["stratum"] for row in told(cells, varied)} == {"all"}


def test_of_four_lists_each_overlap_of_two_must_hold_enough_but_not_each_combination() -> None:
    cells = table("a + b + c + d", PAIRS | {"1111": 2})
    found = reasons(cells)
    assert found["loglinear"] is None
    assert {found[method] for method in found if method != "loglinear"} == {"too_few_to_show"}, "two are in all four"


@pytest.mark.parametrize(
    ("cells", "method", "reason"),
    [
        (table("a + b + c", CLUSTERED), "loglinear", "overlap_too_small"),
        (table("a + b + c", AVOIDING), "heterogeneity_poisson", "negative"),
        (table("a + b + c", AVOIDING | {"111": 3000}), "average", "not_identifiable"),
        (table("a + b + c", COMPLETE), "loglinear", "no_maximum"),
        (table("a", {1: 10, 2: 10, 40: 9000}), "repeated_poisson", "no_maximum"),
    ],
)
def test_what_a_method_refuses_is_a_row_with_its_reason_and_without_its_counts(
    cells: Cells, method: str, reason: str
) -> None:
    (row,) = (row for row in told(cells) if row["method"] == method)
    assert (row["refused_because"], row["value"], row["level"]) == (reason, None, None)
    assert (row["availability"], row["bound_kind"]) == ("not_applicable", "none")
    assert not any(letter.isdigit() for letter in row["explanation_nl"] + row["explanation_en"])


def test_a_search_that_does_not_settle_is_a_row_too(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(repeated, "_STEPS", 1)
    assert reasons(table("a", MET))["repeated_poisson"] == "not_converged"


def test_a_far_worse_model_does_not_stand_in_for_a_best_one_that_is_refused() -> None:
    found = {row["assumed"]: row["refused_because"] for row in told(table("a + b + c", CLUSTERED), varied)}
    assert found == {"[12,13,23]": "overlap_too_small"}, "all others fit far worse"


def test_tables_of_other_areas_periods_and_lists_stand_apart() -> None:
    cells = table("a + b", TWO) + table("a + b", FARMS, area_code="0599") + table("a + c", BUILDERS)
    found = {(row["area_code"], row["lists"]): row["value"] for row in told(cells) if row["method"].endswith("chapman")}
    assert found == {("0394", "a + b"): 1860, ("0599", "a + b"): 520, ("0394", "a + c"): 1750}


def test_no_tables_give_no_rows_with_all_columns() -> None:
    with duckdb.connect() as connection:
        nothing = connection.from_arrow(rounded(frame(table("a + b", TWO)).clear(), RULES, b"").to_arrow())
        assert estimated(nothing).columns == list(told(table("a + b", TWO))[0])
        assert varied(nothing).is_empty()


def test_more_lists_than_there_are_methods_for_are_an_error_and_no_refusal() -> None:
    cells = table("a + b + c + d + e + f", {format(code, "06b"): 50 for code in range(1, 64)})
    with pytest.raises(ValueError, match="at most five"):
        told(cells)


def test_of_one_list_and_of_three_everybody_is_the_sum_of_the_groups() -> None:
    one = table("a", GREENHOUSES, "greenhouses") + table("a", LOGISTICS, "logistics")
    three = table("a + b + c", THREE, "farms") + table("a + b + c", DIFFERING, "builders")
    for cells, method in ((one, "repeated_chao"), (three, "loglinear"), (three, "heterogeneity_chao")):
        rows = {row["stratum"]: row for row in told(cells) if row["method"] == method}
        everybody = rows.pop("all")
        assert len(rows) == 2
        for figure, within in (("value", 10), ("observed", 0)):
            assert everybody[figure] == pytest.approx(sum(row[figure] for row in rows.values()), abs=within)
        assert "per groep geschat en opgeteld" in everybody["explanation_nl"]
        assert not any("per groep" in row["explanation_nl"] for row in rows.values())
    (models,) = (
        row["explanation_en"] for row in told(three) if (row["stratum"], row["method"]) == ("all", "loglinear")
    )
    assert "[23,1] (farms)" in models
    assert "(builders)" in models


def test_two_lists_also_take_groups_together_and_say_so() -> None:
    cells = table("a + b", FARMS, "farms") + table("a + b", BUILDERS, "builders")
    said = {(row["stratum"], row["method"]): row["explanation_nl"] for row in told(cells)}
    assert "groepen zijn hier samengenomen" in said["all", "two_lists_chapman"]
    assert "samengenomen" not in said["farms", "two_lists_chapman"]
    assert "samengenomen" not in said["all", "two_lists_stratified"]


def test_a_group_without_an_estimate_refuses_the_sum_with_its_reason() -> None:
    cells = table("a", MET, "some") + table("a", {1: 10, 2: 10, 40: 9000}, "others")
    assert reasons(cells)["repeated_poisson"] == "no_maximum"
    assert reasons(cells, "some")["repeated_poisson"] is None


def test_every_estimate_says_that_nobody_comes_or_goes() -> None:
    for cells in (table("a", MET), table("a + b", TWO), table("a + b + c", THREE)):
        for row in told(cells):
            assert row["refused_because"] or "niemand erbij komt of weggaat" in row["explanation_nl"]


def test_the_tourist_tax_holds_only_who_is_not_registered_and_says_so() -> None:
    with_tax, without = told(table("night_shelter + tourist_tax", TWO)), told(table("a + b", TWO))
    assert all("toeristenbelasting" in row["explanation_nl"] for row in with_tax)
    assert not any("toeristenbelasting" in row["explanation_nl"] for row in without)


def test_what_is_varied_and_what_was_estimated_agree_where_they_are_the_same() -> None:
    figures = ("value", "value_low", "value_high", "coverage", "coverage_low", "coverage_high", "level")
    for cells, same in ((table("a + b", TWO), {"1", "0"}), (table("a + b + c", THREE), {"[23,1]"})):
        method = "loglinear" if len(same) == 1 else "two_lists_lincoln_petersen"
        (estimate,) = (row for row in told(cells) if row["method"] == method)
        rows = [row for row in told(cells, varied) if row["assumed"] in same]
        assert len(rows) == len(same)
        assert all(row[figure] == estimate[figure] for row in rows for figure in figures)


def test_a_table_of_six_digits_is_estimated_and_stops_nobody() -> None:
    """Three lists that each hold half of 160,000 persons."""
    assert values(table("a + b + c", dict.fromkeys(THREE, 20_000)))["average"][1] == pytest.approx(160_000, rel=0.001)


# the rounded table


@pytest.mark.parametrize(
    "cells",
    [
        table("a + b", {history: persons + 7 for history, persons in TWO.items()}),
        table("a + b + c", {history: persons + 4 for history, persons in THREE.items()}),
        table("a", {times: persons + 3 for times, persons in MET.items()}),
    ],
)
def test_whatever_is_told_is_that_of_the_rounded_table(cells: Cells) -> None:
    """So it is the same for all counts that are rounded so, and no function of it gives them back."""
    shown = rounded(frame(cells), RULES, SECRET)["rounded"].to_list()
    assert shown != [row["persons"] for row in cells]
    for what in (estimated, varied):
        assert told(cells, what) == told([row | {"persons": one} for row, one in zip(cells, shown, strict=True)], what)


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
