"""What totals imply of withheld cells, what cannot hold together, and which figures agree with which."""

from __future__ import annotations

import csv
from datetime import date
from typing import Any

import pytest

from pipelines.model.dbt import DBT_PROJECT
from tests.unit.areas.models import Modelled, Row, figure, modelled

MONITOR: dict[str, Any] = {
    "source": "migrantenmonitor", "table_id": "1", "universe": "monitor_workers_work_area",
    "bound_kind": "rounding_known",
}  # fmt: skip
UNKNOWN: Row = {"low": 0, "high": None, "availability": "suppressed", "bound_kind": "suppressed"}
MUNICIPALITIES = [
    row["municipality_code"]
    for row in csv.DictReader((DBT_PROJECT / "seeds" / "municipality.csv").open(encoding="utf-8"))
    if (row["valid_from"] or "0") <= "2021-12-31" < (row["valid_to"] or "9")
]
IN_NINE: Row = {"origin_group": "other_eu", "edition": "bounds", "table_id": "9"}
AUDIT = "audit_haarlemmermeer_workers"


def rounded(code: str, value: int, **changed: Any) -> Row:
    return figure(code, "2021-12-31", value, low=value - 5, high=value + 5, **MONITOR | changed)


def of_origin(code: str, edition: str, values: dict[str, int]) -> list[Row]:
    return [rounded(code, value, origin_group=group, edition=edition, table_id="9") for group, value in values.items()]


def nation(value: int, edition: str, **changed: Any) -> Row:
    return rounded("NL", value, area_type="NL", edition=edition, **changed)


def month(code: str, value: int | None, unit: str, **changed: Any) -> Row:
    start = {"period_start": date(2021, 12, 1), "date_precision": "month"}
    return figure(code, "2021-12-31", value, **start | {"unit": unit, "employment": "employee"} | changed)


def motive(code: str, of: str, value: int, margin: float, **changed: Any) -> Row:
    told: Row = {"measure": "migrants", "universe": "audit_haarlemmermeer_migrants", "table_id": code, "motive": of}
    told |= {"low": value - margin, "high": value + margin, "bound_kind": "rounding_assumed"}
    return figure(code, "2021-12-31", value, **told | changed)


def share(code: str, of: str, value: int, **changed: Any) -> Row:
    return motive(code, of, value, 0.5, measure="share_of_migrants", unit="percent", **changed)


OBSERVATIONS = [
    # A withheld part of a rounded total; and a table that cannot hold.
    *of_origin("0394", "bounds", {"all": 120, "moe": 100}),
    figure("0394", "2021-12-31", None, **MONITOR | UNKNOWN | IN_NINE),
    *of_origin("0599", "bounds", {"all": 120, "moe": 80, "other_eu": 20}),
    # The same municipality and the country, in three editions.
    nation(120, "too little"), rounded("0394", 140, edition="too little"),
    nation(120, "some"), rounded("0394", 90, edition="some"),
    nation(10 * len(MUNICIPALITIES), "all", origin_group="moe"),
    *(rounded(code, 10, edition="all", origin_group="moe") for code in MUNICIPALITIES),
    # Employees against jobs.
    month("0394", 100, "jobs", source="statline", universe="statline_jobs_work_area"),
    month("0394", 90, "persons", **MONITOR | {"edition": "jobs"}),
    month("0599", 100, "jobs", source="statline", universe="statline_jobs_work_area"),
    month("0599", 110, "persons", **MONITOR | {"edition": "jobs"}),
    month("0363", None, "jobs", source="statline", universe="statline_jobs_work_area", **UNKNOWN),
    month("0363", 110, "persons", **MONITOR | {"edition": "jobs"}),
    # Motives and their shares: right, wrong, and with one that nobody published.
    motive("0394", "all", 100, 2), motive("0394", "labour", 60, 2), motive("0394", "family", 40, 2),
    share("0394", "labour", 60), share("0394", "family", 40),
    motive("0599", "all", 100, 2), motive("0599", "labour", 60, 2), motive("0599", "family", 60, 2),
    share("0599", "labour", 50), share("0599", "family", 50),
    motive("0363", "all", 100, 2), motive("0363", "labour", 60, 2),
    # The same figure in two documents, and in a source that counts others.
    figure("0518", "2021-12-31", 500, universe=AUDIT, edition="a"),
    figure("0518", "2021-12-31", 510, universe=AUDIT, edition="b"),
    figure("0344", "2021-12-31", 500, universe=AUDIT, edition="a"),
    figure("0344", "2021-12-31", 500, universe=AUDIT, edition="b"),
    figure("0344", "2021-12-31", 900, edition="counts others", **MONITOR),
]  # fmt: skip
SUMS = [
    {"source": "figures", "layout": "made-up", "sum": "bounds/0", "edition": "bounds", "version": "", "table_id": "9",
     "dimension": "origin_group", "total": "all", "part": part, "parts": 2, "complete": True}
    for part in ("moe", "other_eu")
]  # fmt: skip


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Modelled:
    folder = tmp_path_factory.mktemp("reconciled")
    models = "reconciliation", "int_observations__bounded", "int_gaps__contradictions"
    return modelled(folder, OBSERVATIONS, *models, sums=SUMS)


def verdicts(house: Modelled, check: str) -> list[tuple[Any, ...]]:
    return house.rows(
        f"select area_code, edition, verdict from reconciliation where check_name = '{check}' order by 1, 2"
    )


def test_a_withheld_cell_gets_what_its_total_leaves_and_stays_withheld(house: Modelled) -> None:
    assert house.rows(
        "select value, low, high, availability, bound_kind from int_observations__bounded"
        " where edition = 'bounds' and area_code = '0394' and origin_group = 'other_eu'"
    ) == [(None, 10, 30, "suppressed", "suppressed")]


def test_a_table_that_cannot_hold_is_a_gap_and_keeps_its_bounds(house: Modelled) -> None:
    ((code, kind, told),) = house.rows("select area_code, kind, explanation_en from int_gaps__contradictions")
    assert (code, kind) == ("0599", "contradiction")
    assert told.endswith("row 1, row 1, row 1")
    assert house.rows(
        "select low, high from int_observations__bounded"
        " where edition = 'bounds' and area_code = '0599' and origin_group = 'all'"
    ) == [(115, 125)]


def test_a_country_cannot_be_less_than_some_of_its_municipalities(house: Modelled) -> None:
    assert verdicts(house, "monitor_national_vs_municipalities") == [
        ("NL", "all", "agrees"), ("NL", "some", "undecided"), ("NL", "too little", "differs"),
    ]  # fmt: skip


def test_jobs_are_an_upper_bound_of_employees_and_no_more(house: Modelled) -> None:
    found = [(code, verdict) for code, _, verdict in verdicts(house, "jobs_vs_employees")]
    assert found == [("0363", "undecided"), ("0394", "agrees"), ("0599", "differs")]


def test_motives_make_up_their_total_where_all_are_known(house: Modelled) -> None:
    found = [(code, verdict) for code, _, verdict in verdicts(house, "motives_vs_total")]
    assert found == [("0363", "undecided"), ("0394", "agrees"), ("0599", "differs")]


def test_a_share_belongs_to_the_counts_it_is_of(house: Modelled) -> None:
    found = {(code, verdict) for code, _, verdict in verdicts(house, "percentages_vs_counts")}
    assert found == {("0394", "agrees"), ("0599", "differs")}


def test_a_figure_in_two_documents_is_one_and_that_of_other_people_decides_nothing(house: Modelled) -> None:
    assert verdicts(house, "published_vs_computed") == [
        ("0344", "a + b", "agrees"), ("0344", "a + counts others", "undecided"),
        ("0344", "b + counts others", "undecided"), ("0518", "a + b", "differs"),
    ]  # fmt: skip


def test_every_verdict_explains_itself_in_both_languages(house: Modelled) -> None:
    ((rows, told),) = house.rows(
        "select count(*), count_if(explanation_nl like 'Links staat %.' and explanation_en like 'On the left %.')"
        " from reconciliation"
    )
    assert rows == told > 0
