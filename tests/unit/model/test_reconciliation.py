"""What totals imply of withheld cells, what cannot hold together, and which figures agree with which."""

from __future__ import annotations

import csv
from datetime import date
from typing import TYPE_CHECKING, Any

import polars as pl
import pytest

from pipelines.model.dbt import DBT_PROJECT
from tests.unit.areas.models import Modelled, Row, figure, modelled, on_tables

if TYPE_CHECKING:
    from pathlib import Path

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


def in_country(edition: str, table: str, of_each: int, unplaced: int, withheld: int | None = None) -> list[Row]:
    """An exact table: so many in each municipality, of one a secret number, so many of an area that is not known."""
    told: Row = MONITOR | {"edition": edition, "table_id": table, "bound_kind": "exact", "origin_group": "moe"}
    named = MUNICIPALITIES[:-1] if withheld is not None else MUNICIPALITIES
    total = of_each * len(named) + unplaced + (withheld or 0)
    rows = [figure("NL", "2021-12-31", total, **told | {"area_type": "NL"})]
    rows += [figure(code, "2021-12-31", of_each, **told) for code in named]
    if withheld is not None:
        rows.append(figure(MUNICIPALITIES[-1], "2021-12-31", None, **told | UNKNOWN))
    if unplaced:
        rows.append(figure("unknown", "2021-12-31", unplaced, **told | {"area_type": "unknown", "area_code": None}))
    return rows


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
    nation(10 * len(MUNICIPALITIES), "not declared", origin_group="moe"),
    *(rounded(code, 10, edition="not declared", origin_group="moe") for code in MUNICIPALITIES),
    # People of whom the area is not known, in a table that promises to be complete.
    *in_country("secret", "2", 100, unplaced=500, withheld=7),
    *in_country("unplaced", "3", 10, unplaced=500),
    *in_country("placed", "4", 100, unplaced=0, withheld=7),
    # Employees against jobs.
    month("0394", 100, "jobs", source="statline", universe="statline_jobs_work_area"),
    month("0394", 90, "persons", **MONITOR | {"edition": "jobs"}),
    month("0599", 100, "jobs", source="statline", universe="statline_jobs_work_area"),
    month("0599", 110, "persons", **MONITOR | {"edition": "jobs"}),
    month("0363", None, "jobs", source="statline", universe="statline_jobs_work_area", **UNKNOWN),
    month("0363", 110, "persons", **MONITOR | {"edition": "jobs"}),
    month("0758", 100, "jobs", source="statline", universe="statline_jobs_work_area", measured_as="average"),
    month("0758", 110, "persons", **MONITOR | {"edition": "jobs"}),
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
] + [
    {"source": "figures", "layout": "made-up", "sum": f"{edition}/0", "edition": edition, "version": "",
     "table_id": table, "dimension": "area", "total": "NL", "part": "GM", "parts": 1, "complete": True}
    for edition, table in (("all", "1"), ("secret", "2"), ("unplaced", "3"), ("placed", "4"))
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
        ("NL", "all", "agrees"), ("NL", "not declared", "undecided"), ("NL", "placed", "undecided"),
        ("NL", "secret", "undecided"), ("NL", "some", "undecided"), ("NL", "too little", "differs"),
        ("NL", "unplaced", "undecided"),
    ]  # fmt: skip


def test_the_sum_of_municipalities_is_a_lower_bound_where_its_table_does_not_place_all(house: Modelled) -> None:
    rows = house.rows(
        "select edition, right_value_low, right_value_high, right_value, explanation_en from reconciliation"
        " where check_name = 'monitor_national_vs_municipalities'"
        " and edition in ('not declared', 'unplaced') order by 1"
    )
    many = len(MUNICIPALITIES)
    assert [row[:4] for row in rows] == [("not declared", 5 * many, None, None), ("unplaced", 10 * many, None, None)]
    assert all("placed in no municipality" in row[4] for row in rows)


@pytest.mark.parametrize(("edition", "bounds"), [("secret", (0, 507)), ("placed", (7, 7))])
def test_a_secret_municipality_gets_no_false_bound_of_people_whose_area_is_not_known(
    house: Modelled, edition: str, bounds: tuple[int, int]
) -> None:
    assert house.rows(
        "select low, high from int_observations__bounded"
        f" where edition = '{edition}' and area_code = '{MUNICIPALITIES[-1]}'"
    ) == [bounds]


def test_jobs_are_an_upper_bound_of_employees_and_no_more(house: Modelled) -> None:
    found = [(code, verdict) for code, _, verdict in verdicts(house, "jobs_vs_employees")]
    assert found == [("0363", "undecided"), ("0394", "agrees"), ("0599", "differs"), ("0758", "undecided")]


def test_jobs_on_average_and_employees_on_a_day_decide_nothing(house: Modelled) -> None:
    ((text,),) = house.rows(
        "select explanation_en from reconciliation where check_name = 'jobs_vs_employees' and area_code = '0758'"
    )
    assert "not measured alike: average and stock" in text


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


# residents of the own extract, by nationality

POLISH, ROMANIAN, BULGARIAN, HUNGARIAN = "0072", "0071", "0024", "0065"
TURNED = date(2026, 1, 1)


def of_nationalities(code: str, times: int, nationalities: str) -> list[Row]:
    """So many residents, each certain; several nationalities stand beside each other."""
    seen = {"counted_on": TURNED, "area_code": code, "synthetic": False, "state": "resident", "base_group": "moe"}
    return [
        seen | {"person": f"{code}-{nationalities}-{one}", "is_certain": True, "nationalities": nationalities}
        for one in range(times)
    ]


NATIONALITIES = "int_reconciliation__own_brp_per_nationality"


def nationalities(folder: Path, persons: list[Row], groups: dict[str, int], rejected: int = 0) -> Modelled:
    """The check of nationalities, where the group of each municipality is published from so many up."""
    codes = (POLISH, ROMANIAN, BULGARIAN, HUNGARIAN)
    statuses = {"version": "1", "delivery_id": "d", "availability": "available", "finality": "final"}
    group: Row = statuses | {
        "counted_on": TURNED, "synthetic": False, "origin_group": "moe", "stay_band": "all",
        "universe": "brp_residents_foreign_nationality", "bound_kind": "rounding_known",
    }  # fmt: skip
    cbs: Row = statuses | {
        "period_start": TURNED, "measure": "residents", "universe": "statline_residents_nationality",
        "area_type": "GM", "edition": "1", "bound_kind": "exact", "value": 20, "low": 20, "high": 20,
        "synthetic": False,
    }  # fmt: skip
    tables = {
        "int_states__possible": pl.DataFrame(persons),
        "nationality_group": pl.DataFrame({"nationality_code": codes}),
        "nationality": pl.DataFrame({"nationality_code": codes, "nationality_name": codes}),
        "int_nationality__on_date": pl.DataFrame(
            {"nationality_code": codes, "on_date": [TURNED] * 4, "base_group": ["moe"] * 4}
        ),
        "int_registered__protected": pl.DataFrame(
            [group | {"area_code": code, "persons_low": low, "persons_high": low + 18} for code, low in groups.items()]
        ),
        "stg_catalogue__delivery": pl.DataFrame({"delivery_id": ["d"], "rows_rejected": [rejected]}),
        "int_observations__bounded": pl.DataFrame(
            [cbs | {"area_code": code, "nationality": one} for code in groups for one in codes]
        ),
    }
    return on_tables(folder, tables, NATIONALITIES)


def by_nationality(folder: Path, persons: list[Row], groups: dict[str, int]) -> dict[tuple[str, str], tuple[Any, ...]]:
    """Of municipality and nationality: low, value and high."""
    rows = nationalities(folder, persons, groups).rows(
        f"select area_code, right(cell, 4), left_value_low, left_value, left_value_high from {NATIONALITIES}"
    )
    return {(code, nationality): tuple(figures) for code, nationality, *figures in rows}


@pytest.mark.parametrize(
    ("rejected", "allowed", "told"), [(0, 9, "fewer than 10"), (7, 9, "fewer than 10"), (12, 15, "10")]
)
def test_how_many_rows_cannot_be_read_leaves_protected(tmp_path: Path, rejected: int, allowed: int, told: str) -> None:
    house = nationalities(tmp_path, of_nationalities("0394", 20, POLISH), {"0394": 60}, rejected)
    reason = f"rounding, and rows of the extract that cannot be read ({told})"
    assert house.rows(f"select allowed, allowed_reason_en from {NATIONALITIES}") == [(allowed, reason)]


def test_bounds_of_a_nationality_do_not_tell_of_the_one_or_two_who_have_another_as_well(tmp_path: Path) -> None:
    persons, both = [], f"{POLISH} {ROMANIAN}"
    for number, code in enumerate(("0394", "0599", "0363", "0344")):
        persons += of_nationalities(code, 20, POLISH) + of_nationalities(code, number, both)
    persons += of_nationalities("0518", 20, POLISH) + of_nationalities("0518", 16, both)
    found = by_nationality(tmp_path, persons, dict.fromkeys(("0394", "0599", "0363", "0344", "0518"), 60))
    assert found == dict.fromkeys([(code, POLISH) for code in ("0394", "0599", "0363", "0344")], (15, None, 35)), (
        "and where the bounds do not hold those of several, there is no row"
    )


def test_nationalities_are_shown_only_where_the_others_of_their_group_may_be_shown_too(tmp_path: Path) -> None:
    persons = []
    for code in ("0394", "0599"):
        persons += of_nationalities(code, 20, POLISH) + of_nationalities(code, 15, ROMANIAN)
    shown = {("0599", POLISH): (15, None, 35), ("0599", ROMANIAN): (15, None, 35)}
    assert by_nationality(tmp_path, persons, {"0394": 15 + 15 + 9, "0599": 15 + 15 + 10}) == shown
