"""Counts on other borders than their own, worked out by hand; and the graph of changes they are restated along."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from pipelines.sources import all_sources
from tests.unit.areas.models import Modelled, Row, figure, lies_in, modelled, moved

PAIR = all_sources()["figures"].universe_pairs[0]


def table(edition: str, day: str, workers: dict[str, int | None], **changed: Any) -> list[Row]:
    """A table of workers on a day, which its edition tells from others."""
    return [figure(code, day, value, edition=edition, **changed) for code, value in workers.items()]


SHIPPED = [
    # Haarlemmermeer through the years; Haarlemmerliede en Spaarnwoude (0393) joined it on 1 January 2019.
    *(
        row
        for year in range(2015, 2024)
        for row in table("series", f"{year}-12-31", {"0394": year} | ({"0393": 10} if year < 2019 else {}))
    ),
    *table("alone", "2018-12-31", {"0394": 100}),
    *table("a day later", "2019-01-01", {"0394": 100}),
    # Littenseradiel (0140): 3394 of 10683 inhabitants to Leeuwarden (0080), 5411 to Súdwest-Fryslân (1900), 1878 to
    # Waadhoeke (1949), which was made of three others.
    *table(
        "divided",
        "2017-12-31",
        {"0140": 100, "0080": 1000, "0081": 50, "1900": 400, "0063": 10, "0070": 20, "1908": 30, "0599": 7},
    ),
    *(
        figure(code, "2017-12-31", value, edition="rounded", low=value - 5, high=value + 5, bound_kind=kind)
        for code, value, kind in [("0140", 100, "rounding_known"), ("1900", 400, "rounding_assumed")]
    ),
    *table("nought", "2018-12-31", {"0053": 0, "0056": 1, "0015": 1, "0022": 1, "0025": 1}),
    # Winsum (0053): how many went to which is not known.
    *table("unknown", "2018-12-31", {"0053": 40, "0056": 1, "0015": 2, "0022": 3, "0025": 4}),
    # Weesp (0457) joined Amsterdam (0363) on 24 March 2022.
    *table("before", "2022-03-23", {"0457": 5, "0363": 100}),
    *table("after", "2022-03-24", {"0363": 105}),
    *table("renamed", "2015-06-30", {"1921": 8}),
    # A code that was no municipality's on the day.
    *table("stray", "2020-12-31", {"0393": 3}),
    # Withheld: in what was joined, and in what was divided.
    figure("0394", "2018-12-31", 100, edition="withheld"),
    figure("0393", "2018-12-31", None, edition="withheld", low=0, high=9, availability="suppressed",
           bound_kind="suppressed"),
    figure("0140", "2017-12-31", None, edition="withheld", low=0, high=9, availability="suppressed",
           bound_kind="suppressed"),
    figure("1900", "2017-12-31", 400, edition="withheld", finality="provisional"),
    figure("NL", "2018-12-31", 1, edition="country", area_type="NL"),
    # Chains: Maarssen to Stichtse Vecht, and Bellingwedde to Westerwolde; three that became two that became one.
    *table("chain", "2014-12-31", {"0282": 1, "0265": 2, "0241": 4}),
    # Motives: a count is restated, its share is not.
    *(
        figure(code, "2018-12-31", value, edition="motives", measure=measure, unit=unit, motive="labour", universe="m")
        for code in ("0393", "0394", "0599")
        for measure, unit, value in [("migrants", "persons", 10), ("share_of_population", "percent", 2)]
    ),
    # A case in the register, whose place is one of today; and what two reports tell of their own municipality.
    figure("0394", "2018-05-05", 1, universe="inspectorate_public_register", record_key="Z1", law="wav",
           outcome="fine", place_basis="inspection_place", measure="inspections", unit="inspections"),
    *(
        figure(code, "2018-12-31", value, edition="report", place_basis="municipal_report", measure="fines",
               unit="fines", law="not_stated", outcome="not_stated", period_start=date(2018, 1, 1),
               date_precision="year", measured_as="flow")
        for code, value in [("0393", 2), ("0394", 30)]
    ),
    *(
        figure(code, "2019-01-01", value, source="statline", measure="inhabitants", edition="inhabitants")
        for code, value in [("0394", 150), ("0599", 600)]
    ),
    # The gap of the reporting year 2018: workers of 31 December, residents of 1 January on the borders of that day.
    *(
        figure(code, "2018-12-31", value, universe=PAIR.workers_universe, edition="gap", locator_cell=f"row {code}")
        for code, value in [("0394", 1000), ("0393", 50), ("0599", 90)]
    ),
    *(
        figure(code, "2019-01-01", value, universe=PAIR.residents_universe, edition="gap", measure="residents")
        for code, value in [("0394", 300), ("0599", 30)]
    ),
]  # fmt: skip


@pytest.fixture(scope="module")
def shipped(tmp_path_factory: pytest.TempPathFactory) -> Modelled:
    """On the shipped changes alone."""
    tables = "working", "registered", "migration_motive", "inspection", "registration_gap"
    models = "registration_gap", "area", "int_municipality__disagreements", *(f"{table}_current" for table in tables)
    return modelled(tmp_path_factory.mktemp("shipped"), SHIPPED, *models)


def current(house: Modelled, edition: str) -> dict[str, tuple[Any, ...]]:
    """Workers of an edition on today's borders: value, bounds, status and what the bounds rest on."""
    found = house.rows(
        "select area_code, workers, workers_low, workers_high, availability, bound_kind from working_current"
        f" where edition = '{edition}'"
    )
    return {code: tuple(rest) for code, *rest in found}


def test_haarlemmermeer_from_2015_to_2023_contains_haarlemmerliede_en_spaarnwoude(shipped: Modelled) -> None:
    found = shipped.rows(
        "select year(period_end), area_code, workers, workers_low, workers_high, computed from working_current"
        " where edition = 'series' order by 1"
    )
    assert found == [
        (year, "0394", total, total, total, year < 2019)
        for year in range(2015, 2024)
        for total in [year + (10 if year < 2019 else 0)]
    ]


def test_the_figures_on_their_own_borders_are_as_they_were(shipped: Modelled) -> None:
    assert shipped.rows("select workers, computed from working where edition = 'series' and area_code = '0393'") == (
        [(10, False)] * 4
    )


def test_a_municipality_of_which_a_part_is_absent_is_missing_and_not_smaller(shipped: Modelled) -> None:
    assert current(shipped, "alone") == {"0394": (None, 100, None, "missing", "none")}
    assert current(shipped, "a day later") == {"0394": (100, 100, 100, "available", "exact")}


def test_a_divided_count_goes_by_inhabitants_in_the_middle_and_by_nothing_in_the_bounds(shipped: Modelled) -> None:
    assert current(shipped, "divided") == {
        "0080": (1000 + 50 + 32, 1050, 1150, "available", "weights"),
        "1900": (400 + 51, 400, 500, "available", "weights"),
        "1949": (10 + 20 + 30 + 18, 60, 160, "available", "weights"),
        "0599": (7, 7, 7, "available", "exact"),
    }


def test_the_bounds_of_whole_parts_add_and_of_a_divided_one_only_the_upper_counts(shipped: Modelled) -> None:
    assert current(shipped, "rounded")["1900"] == (451, 395, 405 + 105, "available", "weights")


def test_where_inhabitants_are_not_known_only_bounds_are(shipped: Modelled) -> None:
    assert current(shipped, "unknown")["1969"] == (None, 10, 50, "available", "weights")
    assert current(shipped, "nought")["1969"] == (4, 4, 4, "available", "weights"), "of none nobody can be elsewhere"


def test_a_change_within_a_year_counts_from_its_day(shipped: Modelled) -> None:
    assert current(shipped, "before") == {"0363": (105, 105, 105, "available", "exact")}
    assert current(shipped, "after") == {"0363": (105, 105, 105, "available", "exact")}
    assert shipped.rows("select edition, computed from working_current where area_code = '0363' order by 1") == [
        ("after", False),
        ("before", True),
    ]


def test_a_renamed_municipality_goes_on_under_its_new_code(shipped: Modelled) -> None:
    assert current(shipped, "renamed") == {"1940": (8, 8, 8, "available", "exact")}


def test_changes_follow_on_each_other(shipped: Modelled) -> None:
    """Ubbergen and Millingen joined Groesbeek in 2015, which became Berg en Dal in 2016."""
    assert current(shipped, "chain") == {"1945": (7, 7, 7, "available", "exact")}


def test_a_code_that_was_no_municipality_on_the_day_stays_as_it_is(shipped: Modelled) -> None:
    assert current(shipped, "stray") == {"0393": (3, 3, 3, "available", "exact")}


def test_what_is_no_municipality_stays_as_it_is(shipped: Modelled) -> None:
    assert current(shipped, "country") == {"NL": (1, 1, 1, "available", "exact")}


def test_a_withheld_part_withholds_the_sum_and_is_never_split(shipped: Modelled) -> None:
    found = current(shipped, "withheld")
    assert found["0394"] == (None, 100, 109, "suppressed", "suppressed")
    assert found["1900"] == (None, 400, 409, "suppressed", "suppressed")
    assert shipped.rows(
        "select distinct finality from working_current where edition = 'withheld' and area_code = '1900'"
    ) == [("provisional",)]


def test_a_share_is_not_restated(shipped: Modelled) -> None:
    assert shipped.rows(
        "select area_code, persons, share_of_population from migration_motive_current where universe = 'm' order by 1"
    ) == [("0394", 20, None), ("0599", 10, 2)]


def test_a_case_lies_where_its_place_is_today_and_a_report_tells_of_the_borders_of_its_year(shipped: Modelled) -> None:
    assert shipped.rows(
        "select area_code, unit, cases, availability from inspection_current where law <> 'all' and outcome <> 'all'"
        " order by 3"
    ) == [("0394", "inspections", 1, "available"), ("0394", "fines", 32, "available")]


def test_inhabitants_of_new_year_are_on_the_borders_of_that_day(shipped: Modelled) -> None:
    assert shipped.rows("select area_code, persons, computed from registered_current order by 1") == [
        ("0394", 150, False),
        ("0599", 600, False),
    ]


def test_no_row_is_lost_and_none_is_made_up(shipped: Modelled) -> None:
    """Where every part is there and whole, the totals on both borders are the same."""
    total = "select sum(workers) from {} where edition in ('series', 'before', 'after', 'renamed', 'chain', 'stray')"
    assert shipped.rows(total.format("working")) == shipped.rows(total.format("working_current")) != [(None,)]


def gaps(house: Modelled, table: str) -> dict[str, tuple[Any, ...]]:
    found = house.rows(
        "select municipality_code, municipality_name, workers, residents, residents_low, residents_high, gap, gap_low,"
        f" gap_high, availability from {table} where edition = 'gap'"
    )
    return {code: tuple(rest) for code, *rest in found}


def test_a_reporting_year_stands_on_the_borders_of_its_last_day(shipped: Modelled) -> None:
    """The residents of 1 January 2019 are of a larger Haarlemmermeer than the workers of the day before."""
    assert gaps(shipped, "registration_gap") == {
        "0394": ("Haarlemmermeer", 1000, None, 0, 300, None, 700, 1000, "available"),
        "0393": ("Haarlemmerliede en Spaarnwoude", 50, None, 0, 300, None, -250, 50, "available"),
        "0599": ("Rotterdam", 90, 30, 30, 30, 60, 60, 60, "available"),
    }
    ((words,),) = shipped.rows(
        "select explanation_en from registration_gap where edition = 'gap' and municipality_code = '0394'"
    )
    assert "only bounds are known" in words
    assert "suppressed" not in words


def test_a_restated_figure_names_the_cell_of_each_of_its_parts(shipped: Modelled) -> None:
    cells = {
        (table, code): told.split(" + ")
        for table in ("registration_gap", "registration_gap_current")
        for code, told in shipped.rows(f"select municipality_code, cell from {table} where edition = 'gap'")
    }
    workers, residents = cells["registration_gap", "0599"]
    assert (workers, residents) == ("made-up!row 0599", "made-up!row 1")
    assert cells["registration_gap_current", "0599"] == [workers, residents], "it stayed as it was"
    assert cells["registration_gap_current", "0394"][0] == "made-up!row 0393, made-up!row 0394"


def test_on_the_borders_of_today_it_is_paired_from_the_figures_themselves(shipped: Modelled) -> None:
    assert gaps(shipped, "registration_gap_current") == {
        "0394": ("Haarlemmermeer", 1050, 300, 300, 300, 750, 750, 750, "available"),
        "0599": ("Rotterdam", 90, 30, 30, 30, 60, 60, 60, "available"),
    }


# the graph


def parts(house: Modelled, code: str, on: str, to: str) -> dict[str, tuple[Any, ...]]:
    """Of which municipalities of a day another day's is made: share, and whether it went over whole."""
    found = house.rows(
        f"select from_code, share, is_whole from int_municipality__parts where to_code = '{code}'"
        f" and from_start <= '{on}' and from_end > '{on}' and to_start <= '{to}' and to_end > '{to}'"
    )
    return {other: (share and round(share, 4), is_whole) for other, share, is_whole in found}


def test_back_to_the_borders_before_a_merger_a_municipality_is_divided(shipped: Modelled) -> None:
    for code in ("0393", "0394"):
        assert parts(shipped, code, "2023-12-31", "2018-12-31") == {"0394": (None, False)}


def test_a_change_in_the_middle_of_a_year_is_undone_on_its_day(shipped: Modelled) -> None:
    assert parts(shipped, "0457", "2022-03-24", "2022-03-23") == {"0363": (None, False)}
    assert parts(shipped, "0457", "2022-03-24", "2022-03-24") == {}
    assert parts(shipped, "1921", "2015-07-01", "2015-06-30") == {"1940": (1, True)}


def test_what_was_divided_is_put_together_again_of_parts_of_its_receivers(shipped: Modelled) -> None:
    assert parts(shipped, "0140", "2018-01-01", "2017-12-31") == {
        "0080": (None, False),
        "1900": (None, False),
        "1949": (None, False),
    }


def test_who_stayed_as_it_was_is_not_in_the_graph(shipped: Modelled) -> None:
    assert shipped.rows("select count(*) from int_municipality__parts where '0599' in (from_code, to_code)"
                        " and from_start > '2010-03-18' and to_start > '2010-03-18'") == [(0,)]  # fmt: skip


def test_everybody_goes_somewhere_and_nobody_twice(shipped: Modelled) -> None:
    """Known shares of one municipality are a whole, whatever the days."""
    assert shipped.rows(
        "select count(*) from (select sum(share) as whole, count(*) = count(share) as is_known"
        " from int_municipality__parts group by from_start, to_start, from_code)"
        " where is_known and abs(whole - 1) > 1e-9"
    ) == [(0,)]
    assert shipped.rows("select count(*) > 10000 from int_municipality__parts") == [(True,)]


def test_without_statline_the_graph_is_the_shipped_one_and_agrees_with_itself(shipped: Modelled) -> None:
    assert shipped.rows("select count(*) from int_municipality__disagreements") == [(0,)]
    assert shipped.rows("select count(*) from int_municipality where valid_to is null") == [(342,)]
    assert shipped.rows("select area_name, parents, successors from area where area_code = '0140'") == [
        ("Littenseradiel", "NL, PV21", "0080, 1900, 1949")
    ]


def test_without_statline_too_every_municipality_lies_in_one_of_twelve_provinces(shipped: Modelled) -> None:
    assert shipped.rows("select count(*) from area where area_type = 'PV' and parents = 'NL'") == [(12,)]
    lost = (
        "select area_code from area as municipality where area_type = 'GM' and parents not in"
        " (select 'NL, ' || area_code from area where area_type = 'PV')"
    )
    assert shipped.rows(lost) == []


# what CBS tells


# Made of five, with numbers that are easy to divide by.
KRIMPENERWAARD = [
    moved(code, "1931", "2015-01-01", inhabitants)
    for code, inhabitants in {"0491": 10, "0643": 20, "0644": 30, "0608": 15, "0623": 25}.items()
]
TOLD = [
    # Winsum, with numbers: made up, for the real ones are not at hand.
    moved("0053", "1966", "2019-01-01", 30),
    moved("0053", "1969", "2019-01-01", 10),
    # Of Boarnsterhim one of four receivers, in that one's own text.
    moved("0055", "0074", "2014-01-01", 4, locator_cell="GM0074"),
    *KRIMPENERWAARD,
    # After what was shipped: a merger under a new name, and then its renaming.
    moved("0377", "2100", "2027-01-01", 60, quote="Verzonnen Duinen"),
    moved("0397", "2100", "2027-01-01", 40, quote="Verzonnen Duinen"),
    moved("2100", "2101", "2027-03-01", None, availability="missing", change="renamed", quote="Verzonnen Kust"),
    # What changes no borders here: another kind, made up, and none that the shipped municipalities know.
    moved("0599", "0606", "2027-01-01", 5, change="border_change"),
    moved("0599", "0606", "2027-01-01", 5, synthetic=True, delivery_id="made-up"),
    moved("0344", "0307", "2016-01-01", 5),
    moved("0342", "0307", "2027-01-01", 5, locator_cell="GM0307"),
    # An older delivery of the same table.
    moved("0363", "0384", "2027-01-01", 5, reference_date=date(2025, 1, 1)),
    *(
        row
        for code, name in [("0394", "Noord-Holland"), ("0363", "Noord-Holland")]
        for row in (lies_in(code, "PV", "PV27", name, 2026), lies_in(code, "CR", "CR23", "Groot-Amsterdam", 2026))
    ),
    lies_in("9999", "PV", "PV27", "Noord-Holland", 2026),
    *table("merged", "2026-12-31", {"0377": 1, "0397": 2}),
    *table("split", "2018-12-31", {"0053": 40, "0056": 1, "0015": 2, "0022": 3, "0025": 4}),
]


@pytest.fixture(scope="module")
def told(tmp_path_factory: pytest.TempPathFactory) -> Modelled:
    """With what CBS tells."""
    folder = tmp_path_factory.mktemp("told")
    return modelled(folder, TOLD, "working_current", "area", "int_municipality__disagreements", as_of=date(2027, 6, 1))


def test_a_weight_that_cbs_knows_replaces_one_that_was_not_known(told: Modelled) -> None:
    assert current(told, "split")["1969"] == (10 + 10, 10, 50, "available", "weights")


def test_a_merged_municipality_of_which_all_parts_are_known_divides_by_them(told: Modelled) -> None:
    assert parts(told, "0643", "2015-12-31", "2014-12-31") == {"1931": (0.2, False)}


def test_receivers_that_cbs_does_not_tell_of_are_kept_with_the_shipped_ones(told: Modelled) -> None:
    assert told.rows(
        "select new_code, inhabitants_moved, share from int_municipality__changes where old_code = '0055' order by 1"
    ) == [("0074", 4, None), ("0080", None, None), ("1900", None, None), ("1921", 783, None)]


def test_changes_after_the_shipped_ones_are_added_with_new_municipalities(told: Modelled) -> None:
    assert current(told, "merged") == {"2101": (3, 3, 3, "available", "exact")}
    assert told.rows(
        "select area_code, area_name, valid_from, valid_to, successors from area"
        " where area_code in ('0377', '2100', '2101') order by 1"
    ) == [
        ("0377", "Bloemendaal", None, date(2027, 1, 1), "2100"),
        ("2100", "Verzonnen Duinen", date(2027, 1, 1), date(2027, 3, 1), "2101"),
        ("2101", "Verzonnen Kust", date(2027, 3, 1), None, None),
    ]


def test_a_border_change_a_made_up_one_an_older_telling_and_a_receiver_alone_end_nobody(told: Modelled) -> None:
    assert told.rows(
        "select municipality_code from int_municipality"
        " where municipality_code in ('0599', '0363', '0344', '0342') and valid_to is null order by 1"
    ) == [("0342",), ("0344",), ("0363",), ("0599",)]


def test_where_cbs_and_the_graph_differ_is_told(told: Modelled) -> None:
    found = told.rows(
        "select finding, municipality_code, cast(on_date as varchar) from int_municipality__disagreements"
    )
    assert ("change_only_at_cbs", "0344", "2016-01-01") in found
    assert ("change_only_at_cbs", "0342", "2027-01-01") in found
    assert ("change_not_at_cbs", "0393", "2019-01-01") in found
    assert ("municipality_only_at_cbs", "9999", "2026-01-01") in found
    assert ("municipality_not_at_cbs", "0599", "2026-01-01") in found
    assert not [one for one in found if one[1] in ("0394", "0363", "2100")]


def test_an_area_lies_where_cbs_says_that_it_does_or_else_in_its_shipped_province(told: Modelled) -> None:
    assert told.rows(
        "select area_code, area_name, parents from area where area_code in ('0394', '0599', 'PV27', 'CR23', 'NL')"
        " order by 1"
    ) == [
        ("0394", "Haarlemmermeer", "NL, CR23, PV27"),
        ("0599", "Rotterdam", "NL, PV28"),
        ("CR23", "Groot-Amsterdam", "NL"),
        ("NL", "Nederland", None),
        ("PV27", "Noord-Holland", "NL"),
    ]


# back in time


@pytest.fixture(scope="module")
def past(tmp_path_factory: pytest.TempPathFactory) -> Modelled:
    """Figures of 2023 on the borders of 2014."""
    figures = table("2023", "2023-12-31", {"0394": 100, "1931": 100, "1940": 6, "0599": 7})
    return modelled(
        tmp_path_factory.mktemp("past"), [*KRIMPENERWAARD, *figures], "working_current", as_of=date(2014, 12, 31)
    )


def test_on_earlier_borders_a_merged_municipality_is_divided_by_what_is_known(past: Modelled) -> None:
    assert current(past, "2023") == {
        "0393": (None, 0, 100, "available", "weights"),
        "0394": (None, 0, 100, "available", "weights"),
        "0491": (10, 0, 100, "available", "weights"),
        "0608": (15, 0, 100, "available", "weights"),
        "0623": (25, 0, 100, "available", "weights"),
        "0643": (20, 0, 100, "available", "weights"),
        "0644": (30, 0, 100, "available", "weights"),
        "1921": (6, 6, 6, "available", "exact"),
        "0599": (7, 7, 7, "available", "exact"),
    }
