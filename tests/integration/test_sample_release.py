"""The sample: everything that derives from it says so, it changes no real figure, and it shows nobody."""

from __future__ import annotations

import os
import re
import subprocess
from dataclasses import replace
from functools import cache
from typing import TYPE_CHECKING

import pytest

from pipelines.settings import SAMPLE
from tests.conftest import below
from tests.contract.project import SEEDS, TABLES
from tests.integration.identifiers import traces

if TYPE_CHECKING:
    from pathlib import Path

    from tests.integration.conftest import Once, Place, Refreshed

pytestmark = pytest.mark.slow

PERSONS_SOUGHT = 300
# Of the run, not of the figures: when, from what, and what is missing.
OF_THE_RUN = {"release", "delivery", "quality_result", "data_gap"}
FROM_THE_SAMPLE = {
    "registered", "registration_gap", "gap_headline", "working", "worker_composition", "inspection",
    "registered_current", "registration_gap_current", "working_current", "inspection_current",
}  # fmt: skip


@pytest.fixture(scope="module")
def house(sample: Refreshed) -> Place:
    assert sample.ran.code == 0, (sample.ran.out, sample.ran.err)
    return sample.place


def test_the_sample_is_taken_in_with_its_broken_rows_left_out(sample: Refreshed, house: Place) -> None:
    summary = sample.ran.summary
    assert summary["deliveries"] == {"new": 17, "unchanged": 0, "refused": 0}
    assert summary["rows"]["read"] > 17_000
    assert 0 < summary["rows"]["rejected"] < 100
    assert summary["synthetic"] is True
    assert summary["checks"]["failed"] == 0
    # Of the warehouse: in a release the rows of registers are counts of persons, and protected.
    (totals,) = house.modelled(
        "select sum(rows_read)::bigint as read, sum(rows_accepted)::bigint as accepted,"
        " sum(rows_rejected)::bigint as rejected from stg_catalogue__delivery"
    )
    assert totals["read"] == totals["accepted"] + totals["rejected"] == summary["rows"]["read"]


def test_the_sample_lives_in_the_demo_and_nowhere_else(house: Place) -> None:
    assert [path.name for path in house.data.parent.iterdir()] == ["demo"]


def test_every_kind_of_gap_that_the_sample_shows_is_in_the_ledger(sample: Refreshed, house: Place) -> None:
    counted = {row["kind"]: row["n"] for row in house.rows("select kind, count(*) as n from data_gap group by kind")}
    assert counted == sample.ran.summary["data_gaps"]
    assert {"suppressed", "invalid_rows", "unknown_code"} <= set(counted)


@pytest.mark.parametrize("table", sorted(FROM_THE_SAMPLE))
def test_a_row_is_synthetic_if_and_only_if_it_comes_from_a_synthetic_delivery(house: Place, table: str) -> None:
    invented = {row["delivery_id"] for row in house.rows("from delivery where synthetic")}
    assert len(invented) == 15
    rows = house.rows(f"select distinct delivery_id, synthetic from {table}")
    assert any(row["synthetic"] for row in rows)
    for row in rows:
        of_it = [one in invented for one in row["delivery_id"].split(" + ")]
        assert set(of_it) == {row["synthetic"]}, "real and synthetic met in one figure" if len(set(of_it)) > 1 else row


def test_gaps_of_synthetic_deliveries_are_synthetic_too(house: Place) -> None:
    invented = {row["delivery_id"] for row in house.rows("from delivery where synthetic")}
    for row in house.rows("select distinct delivery_id, synthetic from data_gap where delivery_id is not null"):
        assert row["synthetic"] == (row["delivery_id"] in invented)


def test_the_release_itself_says_that_it_holds_made_up_figures(house: Place) -> None:
    assert house.one("from release")["synthetic"] is True


def test_the_real_rows_are_the_same_with_and_without_the_sample(house: Place, real: Refreshed) -> None:
    compared = 0
    for table in sorted(set(house.tables(having="synthetic")) - OF_THE_RUN):
        select = f"from {table} where not synthetic order by all"
        rows = house.rows(select)
        assert rows == real.place.rows(select), table
        compared += len(rows)
    assert compared > 50


def test_tables_that_hold_no_figures_do_not_depend_on_the_sample(house: Place, real: Refreshed) -> None:
    for table in ("area", "universe", "universe_pair", "data_dictionary"):
        assert house.rows(f"from {table} order by all") == real.place.rows(f"from {table} order by all")


def test_a_made_up_figure_never_stands_before_a_real_one(house: Place) -> None:
    assert (
        house.one("from gap_headline where municipality_code = '0394' and reporting_year = 2021")["synthetic"] is False
    )
    assert (
        house.rows(
            "select municipality_code from gap_headline as made_up semi join registration_gap as real on"
            " made_up.municipality_code = real.municipality_code and made_up.reporting_year = real.reporting_year"
            " and real.origin_group = 'all' and not real.synthetic where made_up.synthetic"
        )
        == []
    )


def test_every_municipality_of_today_has_a_headline_in_the_demo(house: Place) -> None:
    counted = house.one("select count(*) as n from gap_headline where synthetic and reporting_year = 2025")
    assert counted["n"] == 342


def test_the_demo_has_a_series_on_the_borders_of_each_year_with_a_year_that_lacks(house: Place) -> None:
    years = house.rows(
        "select reporting_year as year, finality, count(*) as municipalities from gap_headline where synthetic"
        " group by all order by 1"
    )
    assert [tuple(row.values()) for row in years] == [
        (2022, "final", 344),
        (2024, "final", 342),
        (2025, "provisional", 342),
    ]
    shown = house.rows("from gap_headline where municipality_code = '0394' and synthetic and gap is not null")
    assert len(shown) == 3
    merged = "municipality_code in ('0501', '0530', '0614')"
    assert {row["reporting_year"] for row in house.rows(f"from gap_headline where {merged}")} == {2022}
    assert house.rows(f"from registration_gap_current where {merged}") == []
    (today,) = house.rows(
        "select cell from registration_gap_current"
        " where municipality_code = '1992' and reporting_year = 2022 and origin_group = 'all'"
    )
    assert re.fullmatch(r"(Tabel 1!C\d+(, )?){3} \+ (Tabel 2!C\d+(, )?){3}", today["cell"])
    assert house.rows(
        "from data_gap where kind = 'missing' and source like 'migrantenmonitor:%' and year(period_start) = 2023"
    )


def test_counts_of_persons_are_protected(house: Place) -> None:
    rows = house.rows("from registered where area_type = 'GM' and not starts_with(universe, 'statline_')")
    shown = [row for row in rows if row["persons"] is not None]
    withheld = [row for row in rows if row["persons"] is None]
    assert shown
    assert withheld
    assert all(row["persons"] >= 10 and row["persons"] % 10 == 0 for row in shown)
    suppressed = [row for row in withheld if row["availability"] == "suppressed"]
    assert suppressed
    assert all(row["persons_low"] == 0 and row["persons_high"] in (9, None) for row in suppressed), "no known nought"
    # A count that is not certain has bounds, and no value where they were rounded apart.
    bounded = [row for row in withheld if row["availability"] == "available" and row["persons_high"] is not None]
    assert bounded
    assert all(row["persons_low"] < row["persons_high"] for row in bounded)


def test_what_statline_publishes_is_public_and_the_only_thing_in_the_table_that_is_not_protected(house: Place) -> None:
    bare = house.rows("select distinct universe from registered where persons < 10 or persons % 10 <> 0")
    public = house.rows("select universe from universe where source = 'statline'")
    assert bare
    assert {row["universe"] for row in bare} <= {row["universe"] for row in public}


def test_groups_of_origin_add_up_as_they_are_shown_and_all_of_them_may_be(house: Place) -> None:
    """What is withheld was rounded to nought; where only bounds are known nothing is added."""
    sums = {"eu": ("moe", "other_eu"), "outside_eu": ("efta", "ukraine", "third_country")}
    sums["all"] = ("eu", "outside_eu", "unknown")
    added = 0
    for total, parts in sums.items():
        rows = house.rows(
            "select coalesce(sum(persons) filter (where origin_group = ?), 0) as total,"
            " coalesce(sum(persons) filter (where origin_group <> ?), 0) as parts from registered"
            " where area_type = 'GM' and computed and stay_band = 'all' and list_contains(?, origin_group)"
            " group by universe, period_end, area_code, synthetic having count(*) = ?"
            " and bool_and(persons is not null or (availability = 'suppressed' and persons_high is not null))",
            total, total, [total, *parts], len(parts) + 1,
        )  # fmt: skip
        assert [row for row in rows if row["total"] != row["parts"]] == []
        added += sum(row["total"] > 0 for row in rows)
    assert added > 50
    assert {row["origin_group"] for row in house.rows("select distinct origin_group from registered")} == {
        "all", "eu", "outside_eu", "moe", "other_eu", "efta", "ukraine", "third_country", "unknown",
    }  # fmt: skip


def test_a_suppressed_figure_is_neither_nought_nor_missing(house: Place) -> None:
    rows = house.rows("from registration_gap where availability = 'suppressed'")
    assert rows
    assert all(row["gap"] is None for row in rows)
    assert all(row["workers"] is None or row["residents"] is None for row in rows)


def test_no_gap_was_opened_after_the_day_the_release_is_of(house: Place) -> None:
    assert (
        house.rows("select kind, opened from data_gap where opened > (select as_of from release where is_current)")
        == []
    )


# the same again

OF_THIS_HOUSE = {"release", "quality_result", "delivery"}
"""Tables that tell of a run: when it was, when checks ran, when a delivery was landed."""
IN_REVERSE = """
from pipelines.landing.land import land, scopes
from pipelines.refresh import prepare
from pipelines.settings import Settings
from pipelines.sources import all_sources
from pipelines.sources.reading import read_scopes

settings = Settings.from_environment(sample=True)
prepare(settings)
for source in reversed(all_sources().values()):
    land(settings, source)
    read_scopes(settings, source, sorted(scopes(settings), reverse=True))
"""


@pytest.fixture(scope="module")
def again(sample: Refreshed, once: Once) -> Place:
    """The same deliveries elsewhere: another order of landing and reading, one processor."""

    def build(folder: Path) -> Place:
        place = replace(sample.place, data=folder / "elsewhere" / "demo")
        whole = os.sched_getaffinity(0)
        os.sched_setaffinity(0, {min(whole)})
        try:
            line, environment = place.command(PYTHONHASHSEED="7")
            subprocess.run([line[0], "-c", IN_REVERSE], env=environment, cwd=place.project, check=True)
            ran = place.refresh(PYTHONHASHSEED="7")
        finally:
            os.sched_setaffinity(0, whole)
        assert ran.summary["deliveries"]["new"] == 0, "they were landed before, in another order"
        assert ran.code == 0, (ran.out, ran.err)
        return place

    return once("again", build)


def test_equal_deliveries_code_and_date_give_equal_bytes(house: Place, again: Place) -> None:
    one, other = (place.data / "published" / "current" / "parquet" for place in (house, again))
    names = {path.name for path in one.iterdir()}
    assert names == {path.name for path in other.iterdir()} == {f"synthetic_{table}.parquet" for table in TABLES}
    differ = {name for name in names if (one / name).read_bytes() != (other / name).read_bytes()}
    assert differ == {f"synthetic_{table}.parquet" for table in OF_THIS_HOUSE}
    assert house.one("from release")["release_id"] == again.one("from release")["release_id"]


def test_and_of_the_tables_of_the_run_only_its_moments_differ(house: Place, again: Place) -> None:
    for table, moment in (("release", "released_at"), ("delivery", "landed_at"), ("quality_result", "checked_at")):
        select = f"select * exclude ({moment}) from {table} order by all"
        assert house.rows(select) == again.rows(select), table


# nobody


@cache
def persons() -> dict[str, set[str]]:
    """Numbers, birth dates and postcodes of some hundreds of persons of the sample."""
    found: dict[str, set[str]] = {
        "01.01.10": set(),
        "01.01.20": set(),
        "01.03.10": set(),
        "08.11.60": set(),
        "16.11.60": set(),
    }
    for path in below(SAMPLE):
        if not path.name.endswith(("_brp.csv", "_rni.csv")):
            continue
        header, *lines = path.read_text(encoding="utf-8").splitlines()
        names = header.split(",")
        for line in lines[:: max(1, len(lines) // PERSONS_SOUGHT)]:
            for name, cell in zip(names, line.split(","), strict=False):
                if name in found and re.fullmatch(r"\d{8,10}|\d{4}[A-Z]{2}", cell) and not cell.endswith("0000"):
                    found[name].add(cell)
    return found


def test_enough_of_the_sample_is_sought() -> None:
    assert {name for name, found in persons().items() if len(found) < 30} == set()


def test_the_search_finds_them_where_they_may_be(house: Place) -> None:
    """In ``raw``, or the next test would find nothing anywhere."""
    seen = traces([house.data / "raw" / "brp", house.data / "raw" / "rni"], persons()["01.01.20"])
    assert {one for found in seen.values() for one in found} == persons()["01.01.20"]


@pytest.mark.parametrize("name", ["01.01.10", "01.01.20", "01.03.10", "08.11.60", "16.11.60"])
def test_no_number_birth_date_or_postcode_passes_the_door(house: Place, name: str) -> None:
    places = [house.data / folder for folder in ("staged", "build", "published", "ledger", "dagster")]
    sought = persons()[name]
    if name == "08.11.60" or name == "16.11.60":
        sought = sought | {f"{one[:4]} {one[4:]}" for one in sought}
    assert traces(places, sought) == {}


def test_no_birth_date_is_written_as_a_date_in_what_is_published(house: Place) -> None:
    """A municipality began on some of these days; any other day is a birthday."""
    of_municipalities = "".join(path.read_text(encoding="utf-8") for path in SEEDS.glob("municipality*.csv"))
    days = {f"{one[:4]}-{one[4:6]}-{one[6:]}" for one in persons()["01.03.10"] if one < "2010"}
    days = {one for one in days if one not in of_municipalities}
    assert len(days) > 200
    assert traces([house.data / folder for folder in ("published", "ledger", "dagster")], days) == {}


def test_the_command_prints_nobody(sample: Refreshed) -> None:
    said = sample.ran.out + sample.ran.err
    assert [one for found in persons().values() for one in found if re.search(rf"\b{one}\b", said)] == []
