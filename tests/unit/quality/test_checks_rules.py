"""Every rule in SQL catches the fault that it is there for, and leaves alone what is right."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import duckdb
import pytest

from pipelines import records
from pipelines.quality.suites import Door, load_suites
from pipelines.sources import all_sources
from tests.contract.project import snapshot

if TYPE_CHECKING:
    from collections.abc import Iterator

Row = dict[str, Any]
Case = tuple[str, str, list[Row], list[Row]]
"""Table, rule, rows that are right and rows of which one is wrong, each as it differs from the usual row."""

USUAL: dict[Door, Row] = {
    "arrival": {
        "scope": "NL", "reference_date": "2026-01-01", "delivery_id": "d", "locator_file": "a.csv", "locator_row": 2,
        "locator_cell": "2", "locator_sheet": "Tabel 1", "area_type": "GM", "area_code": "0394", "universe": "u",
        "period_start": "2025-01-01", "period_end": "2025-12-31", "availability": "available", "value": 20, "low": 20,
        "high": 20, "unit": "persons", "edition": "2025", "version": "1", "table_id": "1", "synthetic": False,
        "a_pseudonym": "a", "state": "resident", "nationality_codes": ["0072"], "start_low": "2020-01-01",
        "record_key": "k", "measure": "residents", "origin_group": "all", "nationality": "all", "motive": "all",
        "employment": "all", "sector": "all", "home_area": "all", "stay_band": "all", "outcome": "no_violation",
        "law": "wav", "place_basis": "inspection_place", "unit_name": "people",
    },
    "release": {
        "area_type": "GM", "area_code": "0394", "municipality_code": "0394", "area_name": "Haarlemmermeer",
        "reporting_year": 2025, "period_start": "2025-01-01", "period_end": "2025-12-31", "origin_group": "all",
        "motive": "all", "universe": "u", "workers_universe": "w", "residents_universe": "brp_own", "edition": "2025",
        "version": "1", "availability": "available", "finality": "final", "bound_kind": "exact", "synthetic": False,
        "computed": False, "delivery_id": "real", "relation": "different", "relation_claimed": "different",
        "explanation_nl": "uitleg", "explanation_en": "explanation", "unit": "persons", "kind": "all",
        "superseded": False, "peer_count": 3, "rank_low": 1, "rank_high": 3, "peer_set": "p", "standing": "current",
        "source": "housing", "scope": "0394", "home_area": "all", "employment": "all", "sector": "all",
        "measure": "residents",
    },
}  # fmt: skip
BESIDE: list[tuple[str, Row]] = [
    ("area", {"area_type": "GM", "area_code": "0394", "area_name": "Haarlemmermeer"}),
    ("area", {"area_type": "GM", "area_code": "0393", "successors": "0394", "valid_to": "2019-01-01"}),
    ("delivery", {"delivery_id": "real", "synthetic": False, "source": "figures", "scope": "NL"}),
    ("delivery", {"delivery_id": "made-up", "synthetic": True, "source": "brp", "scope": "NL", "standing": "current"}),
    ("universe", {"universe": "brp_own", "source": "brp"}),
    ("universe", {"universe": "cbs", "source": "statline"}),
]
"""What other published tables hold, which rules look into."""


def persons(day: str, number: int, **changed: Any) -> list[Row]:
    return [{"reference_date": day, "a_pseudonym": f"a{one}"} | changed for one in range(number)]


def municipalities(number: int, **changed: Any) -> list[Row]:
    nation = {"area_type": "NL", "area_code": "NL", "value": 90_000, "low": 90_000, "high": 90_000}
    return [nation | changed, *({"area_code": f"{one:04}"} | changed for one in range(1, number + 1))]


def of_one_case(**changed: Any) -> list[Row]:
    return [{"measure": "places_permitted", "value": 10}, {"measure": "places_occupied", "value": 20} | changed]


ARRIVALS: list[Case] = [
    ("lists", "every_list_holds_somebody", [{"lists": "a + b", "held_by": "a + b"}],
     [{"lists": "a + b", "held_by": "a"}]),
    ("list_members", "no_group_of_few_is_named", [{"stratum": "bouw"}], [{"stratum": "bouw", "value": 9}]),
    ("figures", "bounds_in_order", [{}, {"value": None}], [{"value": 21}]),
    ("figures", "bounds_in_order", [{}], [{"low": 22}]),
    ("figures", "available_where_there_is_a_figure", [{}, {"value": None}],
     [{"value": None, "low": None, "high": None}]),
    ("figures", "available_where_there_is_a_figure", [{"availability": "missing", "value": None}],
     [{"availability": "suppressed"}]),
    ("figures", "no_count_below_nought", [{}, {"unit": "percent", "value": -1}], [{"value": -1}]),
    ("figures", "municipality_has_four_digits", [{}, {"area_type": "PV", "area_code": "20"}], [{"area_code": "394"}]),
    ("figures", "municipality_has_four_digits", [{}], [{"other_area_type": "GM", "other_area_code": "GM0394"}]),
    ("figures", "period_runs_forward", [{}, {"period_start": "2025-12-31"}], [{"period_start": "2026-01-01"}]),
    ("brp", "nationality_mostly_known", [*persons("2026-01-01", 20), {"nationality_codes": ["0000"]}],
     [*persons("2026-01-01", 9), {"nationality_codes": []}]),
    ("rni", "began_by_the_day_of_the_extract", [{}, {"start_low": "2026-01-01"}], [{"start_low": "2026-01-02"}]),
    ("brp", "municipality_of_every_resident", [{}, {"state": "left", "area_code": None}], [{"area_code": None}]),
    ("brp", "nobody_was_lost", persons("2024-01-01", 20) + persons("2025-01-01", 10) + persons("2026-01-01", 8),
     persons("2025-01-01", 10) + persons("2026-01-01", 7)),
    ("rni", "nobody_was_lost", persons("2024-01-01", 50) + persons("2025-01-01", 40) + persons("2026-01-01", 39),
     persons("2025-01-01", 40) + persons("2026-01-01", 37)),
    ("rni", "municipality_of_every_temporary_address", [{"state": "non_resident", "area_code": None}],
     [{"state": "temporary_address", "area_code": None}]),
    ("rni", "temporary_addresses_present", [{"state": "temporary_address"}, {"reference_date": "2022-01-01"}],
     [{"state": "non_resident"}]),
    ("exchange", "not_of_our_own", [{"scope": "0599"}], [{"scope": "0394"}]),
    ("housing", "places_in_proportion", of_one_case(), of_one_case(value=101)),
    ("indicators", "one_unit_for_an_indicator", [{"measure": "indicator"}, {"measure": "indicator"}],
     [{"measure": "indicator"}, {"measure": "indicator", "unit_name": "percent"}]),
    ("indicators", "one_figure_for_an_indicator",
     [{"measure": "indicator"}, {"measure": "indicator"},
      {"measure": "indicator", "value": 21, "reference_date": "2026-02-01"}],
     [{"measure": "indicator"}, {"measure": "indicator", "value": 21}]),
    ("indicators", "share_is_a_share", [{"unit": "percent"}, {"value": 200}], [{"unit": "percent", "value": 101}]),
    ("inspectorate", "place_mostly_known", [{}] * 9 + [{"area_code": None}], [{}] * 8 + [{"area_code": None}] * 2),
    ("inspectorate", "fines_only_where_fined", [{"measure": "fines", "outcome": "fine"}], [{"measure": "fines"}]),
    ("inspectorate", "a_case_stands_once_under_each_law",
     [{"measure": "inspections"}, {"measure": "inspections", "law": "wml"}],
     [{"measure": "inspections"}, {"measure": "inspections"}]),
    ("inspectorate", "sectors_are_mapped", [{}], [{"sector": "unknown"}]),
    ("inspectorate", "a_case_in_the_future_is_none", [{}], [{"period_start": "2026-01-02"}]),
    ("inspectorate", "no_case_that_should_be_gone", [{}, {"period_end": "2021-01-01"}], [{"period_end": "2020-12-31"}]),
    ("migrantenmonitor", "national_figure_present", municipalities(2), [{}]),
    ("migrantenmonitor", "municipalities_within_the_nation", municipalities(2, table_id="2"),
     [{"area_type": "NL", "high": 19}, {}]),
    ("migrantenmonitor", "municipalities_present", municipalities(300), municipalities(299)),
    ("migrantenmonitor", "municipalities_present", municipalities(0), municipalities(1)),
    ("statline", "national_figure_present", municipalities(1), [{}]),
    ("statline", "municipalities_within_the_nation", municipalities(3), [{"area_type": "NL", "high": 19}, {}]),
    ("statline", "municipalities_present", municipalities(300), municipalities(299)),
    ("statline", "area_kind_known", [{}, {"area_type": "unknown", "area_code": "LD01"}], [{"area_type": "unknown"}]),
]  # fmt: skip

COUNTED: dict[str, tuple[list[Row], list[Row]]] = {
    "registered": (
        [
            {"persons": 10, "persons_low": 1, "persons_high": 19},
            {"persons_low": 0, "persons_high": 9},
            {},
            {"persons": 3, "universe": "cbs"},
        ],
        [
            {"persons": 9},
            {"persons": 12},
            {"persons_high": 8},
            {"persons_low": 3, "persons_high": 11},
            {"persons_low": 14, "persons_high": 15},
            {"persons": 3, "universe": "nobody declared it"},
        ],
    ),
    "registered_current": ([{"persons": 20}], [{"persons": 0}]),
    "registration_gap": (
        [
            {"residents": 20, "workers": 3, "gap": -17, "universe": "cbs + brp_own"},
            {"residents": 3, "universe": "cbs"},
            {"non_residents_here_high": 9},
        ],
        [
            {"residents": 9, "universe": "cbs + brp_own"},
            {"non_residents_here": 12, "universe": "cbs"},
            {"non_residents_here_high": 8, "universe": "cbs"},
        ],
    ),
    "registration_gap_current": ([{"residents": 20}], [{"residents": 9, "universe": "cbs + brp_own"}]),
    "gap_headline": ([{"workers": 3, "universe": "cbs + brp_own"}], [{"residents": 3, "universe": "cbs + brp_own"}]),
    "worker_composition": ([{"workers": 3, "universe": "cbs"}], [{"workers": 3, "universe": "brp_own"}]),
    "reconciliation": (
        [
            {"left_value": 20, "right_value": 3, "difference": 17, "universe": "brp_own + cbs"},
            {"left_value": 3, "right_value": 20, "universe": "cbs + brp_own"},
            {"left_value": 3, "universe": "brp_own", "unit": "percent"},
        ],
        [
            {"left_value": 3, "universe": "brp_own + cbs"},
            {"right_value": 3, "universe": "cbs + brp_own"},
            {"right_value": 3, "universe": "brp_own"},
            {"left_value_low": 13, "left_value_high": 13, "universe": "brp_own + cbs"},
        ],
    ),
    "peer_comparison": (
        [
            {"measure": "gap", "value": -3, "per": "count", "universe": "cbs + brp_own"},
            {"measure": "workers", "value": 3, "per": "count", "universe": "cbs + brp_own"},
            {"measure": "residents", "value": 0.4, "per": "1,000 jobs", "universe": "cbs + brp_own"},
        ],
        [{"measure": "residents", "value": 3, "per": "count", "universe": "cbs + brp_own"}],
    ),
    "housing": (
        [{"places_occupied": 10, "places_permitted": 3, "universe": "cbs"}],
        [{"places_occupied": 9, "universe": "cbs"}, {"places_occupied": 12, "universe": "cbs"}],
    ),
}
"""Counts of persons by table: rows that are protected, and rows of which each alone is not."""


def of_persons(**changed: Any) -> Row:
    said = {"kind": "register_control", "explanation_nl": "regel (versie 1): 1.010 personen, afgerond",
            "explanation_en": "rule (version 1): 1,010 persons, rounded", "source": "rni"}  # fmt: skip
    return said | changed


REFUSED: Row = {"kind": "refused", "source": "brp", "explanation_nl": "geweigerd", "explanation_en": "refused"}
UNREAD = {"kind": "invalid_rows", "source": "brp", "explanation_nl": "Niet te lezen rijen: minder dan 10",
          "explanation_en": "Rows that cannot be read: fewer than 10"}  # fmt: skip
HEADLINE = {"workers": 100, "residents": 60, "gap": 40, "workers_low": 95}
ESTIMATED: Row = {
    "measure": "all_persons", "value": 100, "value_low": 90, "value_high": 120, "observed": 50, "observed_low": 45,
    "observed_high": 55,
}  # fmt: skip
VARIED: Row = {"lists": "a + b", "stratum": "all", "method": "m"}
RELEASES: list[Case] = [
    ("estimate", "refused_is_without_figures", [ESTIMATED, {"measure": "all_persons", "refused_because": "needs_bsn"}],
     [{"measure": "all_persons", "refused_because": "too_few_to_show", "observed_high": 15}]),
    ("estimate", "small_counts_cannot_be_worked_out", [ESTIMATED, {"value": 7}], [ESTIMATED | {"value": 101}]),
    ("estimate", "small_counts_cannot_be_worked_out", [ESTIMATED], [ESTIMATED | {"observed": 0}]),
    ("estimate", "small_counts_cannot_be_worked_out", [ESTIMATED], [ESTIMATED | {"observed_high": 50}]),
    ("estimate", "no_fewer_than_were_seen", [ESTIMATED], [ESTIMATED | {"value": 40}]),
    ("estimate", "coverage_is_a_share", [{"coverage_low": 0, "coverage_high": 100}, {}], [{"coverage_high": 101}]),
    ("estimate_sensitivity", "computed_or_refused", [{"value": 100}, {"refused_because": "no_maximum"}], [{}]),
    ("estimate_sensitivity", "computed_or_refused", [{"value": 100}],
     [{"refused_because": "no_maximum", "coverage_low": 5}]),
    ("estimate_sensitivity", "rounded", [{"value": 100}, {}], [{"value_high": 105}]),
    ("estimate_sensitivity", "only_of_what_is_estimated", [VARIED], [VARIED | {"lists": "a + c"}]),
    ("estimate_sensitivity", "coverage_is_a_share", [{"coverage_low": 0, "coverage_high": 100}, {}],
     [{"coverage_low": -1}]),
    ("working", "made_up_is_said", [{}, {"delivery_id": "real + made-up", "synthetic": True}],
     [{"delivery_id": "real + made-up"}]),
    ("working", "states_are_words_that_are_known", [{}], [{"availability": "present"}]),
    ("working", "states_are_words_that_are_known", [{}], [{"finality": "definitief"}]),
    ("working", "states_are_words_that_are_known", [{}], [{"bound_kind": "guessed"}]),
    ("working", "municipality_exists", [{}, {"area_type": "PV", "area_code": "20"}], [{"area_code": "9999"}]),
    ("registration_gap", "municipality_exists", [{"gap": 1}], [{"municipality_code": "9999"}]),
    ("worker_composition", "municipality_exists", [{}], [{"municipality_code": "9999"}]),
    ("area", "validity_runs_forward", [{"valid_from": "2010-01-01"}],
     [{"valid_from": "2019-01-01", "valid_to": "2019-01-01"}]),
    ("area", "successors_exist", [{"successors": "0393, 0394"}, {}], [{"successors": "0394, 9999"}]),
    ("area", "municipalities_today", [{"area_code": f"{one:04}"} for one in range(1000, 1340)], [{}]),
    ("commitment", "indicator_exists", [{}], [{"indicator": "i"}]),
    ("data_gap", "every_gap_is_told_once", [{}, {"area_code": "0599"}], [{}, {}]),
    ("data_gap", "few_severe_gaps", [{"severity": "high", "kind": "missing"}, {"severity": "low"}],
     [{"severity": "high", "kind": "refused"}]),
    ("data_gap", "few_severe_gaps", [{"severity": "high", "kind": "refused", "closed": "2026-01-01"}],
     [{"severity": "high", "kind": "refused"}]),
    ("data_gap", "every_gap_has_an_owner", [{"owner": "data team"}, {"closed": "2026-01-01"}], [{}]),
    ("data_gap", "few_enough_to_be_read", [{}] * 1000 + [{"closed": "2026-01-01"}], [{}] * 1001),
    ("data_gap", "persons_are_protected",
     [of_persons(), UNREAD, UNREAD | {"source": "figures", "explanation_en": "Rows: 3"},
      of_persons(explanation_nl="3 personen", closed="2026-01-01")],
     [of_persons(explanation_en="rule (version 1): 9 persons, rounded")]),
    ("data_gap", "persons_are_protected", [of_persons()],
     [of_persons(explanation_nl="regel (versie 1): 12 personen, afgerond")]),
    ("data_gap", "persons_are_protected", [of_persons()], [of_persons(explanation_en="some, in other words")]),
    ("data_gap", "persons_are_protected", [UNREAD], [UNREAD | {"explanation_en": "Rows that cannot be read: 3"}]),
    ("delivery", "persons_are_protected",
     [{"source": "brp", "rows_read": 100, "rows_accepted": 90}, {"source": "figures", "rows_read": 3}],
     [{"source": "brp", "rows_read": 100, "rows_accepted": 90, "rows_rejected": 3}]),
    ("data_gap", "refusals_count_no_persons",
     [REFUSED | {"explanation_nl": "brp/0394/2026-02-01: a group holds fewer than 10 persons: join groups"},
      REFUSED | {"source": "figures", "explanation_en": "a.csv row 3: 1 of 12 rows are rejected"}],
     [REFUSED | {"explanation_en": "brp/0394/2026-02-01: 1 of 12 rows are rejected"}]),
    ("delivery", "refusals_count_no_persons",
     [{"source": "rni", "message": "rni/NL/2026-02-01: more than 1.0% of the rows are rejected"}],
     [{"source": "rni", "message": "rni/NL/2026-02-01/a.csv row 12: is no BSN"}]),
    *((table, "persons_are_protected", right, [wrong]) for table, (right, each) in COUNTED.items() for wrong in each),
    ("gap_headline", "no_synthetic_where_real_exists", [{}], [{"synthetic": True}]),
    ("gap_headline", "is_one_of_the_comparisons", [HEADLINE], [HEADLINE | {"gap": 41}]),
    ("gap_headline", "is_one_of_the_comparisons", [HEADLINE], [HEADLINE | {"edition": "2024"}]),
    ("housing", "how_people_live_is_shown_of_municipalities_alone",
     [{"inspections": 1}, {"area_type": "BU", "kind": "dwelling"}],
     [{"kind": "dwelling", "inspections": 1}]),
    ("housing", "kinds_make_up_all", [{"locations_low": 2}, {"kind": "dwelling", "locations_low": 2}],
     [{"locations_low": 2}, {"kind": "dwelling", "locations_low": 1}]),
    ("inspection", "withdrawn_cases_have_a_day", [{"withdrawn": 0}, {"withdrawn": 1, "last_withdrawn": "2026-01-01"}],
     [{"withdrawn": 1}]),
    ("inspection", "units_never_mix", [{"unit": "fines", "amount_eur_low": 8000}, {"unit": "companies"}],
     [{"unit": "companies", "amount_eur_low": 8000}]),
    ("migration_motive", "no_motive_above_all", [{"persons_high": 9}, {"motive": "labour", "persons_low": 9}],
     [{"persons_high": 9}, {"motive": "labour", "persons_low": 10}]),
    ("reconciliation", "no_verdict_without_what_allows_it",
     [{"verdict": "undecided"}, {"verdict": "agrees", "allowed": 5, "allowed_reason_nl": "x"}],
     [{"verdict": "agrees", "allowed_reason_nl": "x"}]),
    ("reconciliation", "no_verdict_without_what_allows_it", [{"verdict": "undecided"}],
     [{"verdict": "differs", "allowed": 5, "allowed_reason_nl": "x", "explanation_nl": None}]),
    ("reconciliation", "published_and_registered_figures_agree",
     [{"verdict": "agrees"}, {"verdict": "differs", "synthetic": True}],
     [{"verdict": "differs"}]),
    ("registered", "available_where_there_is_a_figure", [{"persons": 15}, {"availability": "suppressed"}],
     [{"persons": 15, "availability": "suppressed"}]),
    ("registered", "available_where_there_is_a_figure", [{"persons_low": 10}], [{}]),
    ("registration_gap", "share_only_where_nested", [{"registered_share_high": 50, "relation_claimed": "nested"}, {}],
     [{"registered_share_high": 50}]),
    ("registration_gap", "share_only_where_nested", [{"registered_share_high": 50, "relation": "nested"}],
     [{"not_resident_here_high": 50, "relation_claimed": None}]),
    ("registration_gap", "explanation_says_no_more_than_is_known", [{}],
     [{"explanation_nl": "Zij zijn niet-geregistreerd"}]),
    ("registration_gap", "explanation_says_no_more_than_is_known", [{}], [{"explanation_en": None}]),
    ("registration_gap", "gap_is_the_difference", [{"workers": 20, "residents": 15, "gap": 5}],
     [{"workers": 20, "residents": 15, "gap": 4}]),
    ("registration_gap", "available_where_there_is_a_gap", [{"gap": 5}, {"availability": "missing"}], [{}]),
    ("worker_composition", "no_part_above_all",
     [{"overlap": "part", "workers_low": 100}, {"overlap": "unknown", "workers_low": 101}],
     [{"overlap": "part", "workers_low": 101}]),
    ("working", "persons_and_jobs_never_mix", [{}, {"unit": "jobs", "edition": "2024"}], [{}, {"unit": "jobs"}]),
    ("working", "available_where_there_is_a_figure", [{"workers_low": 5}, {"availability": "missing"}], [{}]),
    ("working", "available_where_there_is_a_figure", [{"workers": 5, "workers_low": 5}],
     [{"workers": 5, "availability": "missing"}]),
    ("peer", "others_alone", [{"peer_code": "0599"}], [{"peer_code": "0394"}]),
    ("peer_comparison", "rank_among_those_that_have_one", [{}], [{"rank_low": 0}]),
    ("peer_comparison", "rank_among_those_that_have_one", [{}], [{"rank_high": 4}]),
    ("peer_comparison", "rank_among_those_that_have_one", [{}], [{"rank_low": 3, "rank_high": 2}]),
    ("estimate", "estimated_or_refused", [{"value": 5}, {"refused_because": "one list"}], [{}]),
    ("estimate", "estimated_or_refused", [{"value": 5}], [{"value": 5, "refused_because": "one list"}]),
    ("delivery", "made_up_and_real_never_mix", [{}, {"synthetic": True, "standing": "superseded"}],
     [{}, {"synthetic": True}]),
]  # fmt: skip
LOOKED_INTO = {
    "estimate_sensitivity": [("estimate", {"lists": "a + b", "stratum": "all", "method": "m"})],
    "gap_headline": [("registration_gap", HEADLINE)],
    "worker_composition": [("working", {"workers_high": 100})],
    "exchange": [("brp", {"scope": "0394"})],
}
"""Rows of other tables with which those of a table are compared."""


@pytest.fixture(scope="module")
def arrivals() -> Iterator[duckdb.DuckDBPyConnection]:
    """Every source without a row."""
    with duckdb.connect() as connection:
        for name, source in all_sources().items():
            columns = ", ".join(f"{one.name} {one.type}" for one in records.load(source.record).columns)
            connection.execute(f"create table {name} ({columns})")
        yield connection


@pytest.fixture(scope="module")
def release() -> Iterator[duckdb.DuckDBPyConnection]:
    """Every published table, with what rules look into."""
    with duckdb.connect() as connection:
        for name, columns in snapshot().items():
            connection.execute(f"create table {name} ({', '.join(f'{one} {kind}' for one, kind in columns.items())})")
        for name, row in BESIDE:
            put(connection, name, row)
        yield connection


def put(connection: duckdb.DuckDBPyConnection, table: str, row: Row) -> None:
    known = connection.table(table).columns
    cells = {name: value for name, value in row.items() if name in known}
    marks = ", ".join("?" * len(cells))
    connection.execute(f"insert into {table} ({', '.join(cells)}) values ({marks})", list(cells.values()))


def found(connection: duckdb.DuckDBPyConnection, door: Door, table: str, rule: str, rows: list[Row]) -> int:
    (sql,) = [str(one.arguments["sql"]) for one in load_suites(door)[table].rules if one.rule == rule]
    connection.execute("begin")
    try:
        for name, row in [*LOOKED_INTO.get(table, []), *((table, row) for row in rows)]:
            assert set(row) <= set(connection.table(name).columns), "a cell that the table does not have"
            put(connection, name, USUAL[door] | row)
        return len(connection.execute(sql.format(batch=table)).fetchall())
    finally:
        connection.execute("rollback")


def named(case: Case) -> str:
    return f"{case[0]}.{case[1]}"


@pytest.mark.parametrize(("table", "rule", "right", "wrong"), ARRIVALS, ids=map(named, ARRIVALS))
def test_a_rule_on_arrivals_finds_its_fault_and_nothing_else(
    arrivals: duckdb.DuckDBPyConnection, table: str, rule: str, right: list[Row], wrong: list[Row]
) -> None:
    assert found(arrivals, "arrival", table, rule, right) == 0
    assert found(arrivals, "arrival", table, rule, wrong) > 0


@pytest.mark.parametrize(("table", "rule", "right", "wrong"), RELEASES, ids=map(named, RELEASES))
def test_a_rule_on_a_release_finds_its_fault_and_nothing_else(
    release: duckdb.DuckDBPyConnection, table: str, rule: str, right: list[Row], wrong: list[Row]
) -> None:
    assert found(release, "release", table, rule, right) == 0
    assert found(release, "release", table, rule, wrong) > 0


@pytest.mark.parametrize(("door", "cases"), [("arrival", ARRIVALS), ("release", RELEASES)])
def test_every_rule_in_sql_is_tried_here(door: Door, cases: list[Case]) -> None:
    """One that several tables share is tried on one of them."""
    tried = {sql for table, rule, _, _ in cases for sql in _sql(door, table) if sql[0] == rule}
    assert {sql for table in load_suites(door) for sql in _sql(door, table)} == tried


def _sql(door: Door, table: str) -> set[tuple[str, str]]:
    rules = load_suites(door)[table].rules
    return {(one.rule, str(one.arguments["sql"])) for one in rules if one.expect == "unexpected_rows"}
