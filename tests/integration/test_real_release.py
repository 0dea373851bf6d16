"""An empty inbox: the published figures through the whole graph, compared with values written by hand."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import pytest

from tests.contract.project import TABLES, snapshot

if TYPE_CHECKING:
    from tests.integration.conftest import Place, Refreshed

pytestmark = pytest.mark.slow

COME_LATER = {"estimate", "housing", "peer_comparison"}


@pytest.fixture(scope="module")
def house(real: Refreshed) -> Place:
    assert real.ran.code == 0, (real.ran.out, real.ran.err)
    return real.place


def interval(row: dict[str, Any], figure: str, digits: int | None = None) -> tuple[Any, Any, Any]:
    found = row[figure], row[f"{figure}_low"], row[f"{figure}_high"]
    if digits is None:
        return found
    return round(found[0], digits), round(found[1], digits), round(found[2], digits)


# the run


def test_the_published_figures_alone_are_released(real: Refreshed, house: Place) -> None:
    summary = real.ran.summary
    assert summary["released"] is True
    assert summary["synthetic"] is False
    assert summary["deliveries"] == {"new": 2, "unchanged": 0, "refused": 0}
    assert summary["rows"] == {"read": 85, "rejected": 0}
    assert summary["checks"]["failed"] == summary["checks"]["warned"] == 0
    assert summary["checks"]["passed"] > 50
    assert summary["file"] == str(house.database)
    assert summary["attention"] == summary["failures"] == []


def test_standard_error_stays_empty_when_json_is_asked_for(real: Refreshed, house: Place) -> None:
    assert real.ran.err == ""


def test_the_release_says_what_it_is(real: Refreshed, house: Place) -> None:
    release = house.one("from release")
    assert release["release_id"] == real.ran.summary["release_id"]
    assert str(release["as_of"]) == "2026-02-15"
    assert release["is_current"] is True
    assert release["synthetic"] is False
    assert release["data_gaps"] == sum(real.ran.summary["data_gaps"].values()) == len(house.rows("from data_gap"))
    assert [entry["release_id"] for entry in house.ledger("release")] == [release["release_id"]]


def test_what_was_never_delivered_is_a_data_gap_and_not_a_nought(house: Place) -> None:
    gaps = house.rows("select source, measure, kind, opened, closed from data_gap where measure <> 'commitment'")
    assert {gap["kind"] for gap in gaps} == {"missing"}
    assert {gap["source"] for gap in gaps} == {"brp", "housing", "rni", "migrantenmonitor", "inspectorate", "statline"}
    assert all(str(gap["opened"]) == "2026-02-15" and gap["closed"] is None for gap in gaps)
    assert house.rows("from registered") == []


# Haarlemmermeer 2021


@pytest.fixture(params=["registration_gap", "gap_headline"])
def haarlemmermeer(request: pytest.FixtureRequest, house: Place) -> dict[str, Any]:
    return house.one(f"from {request.param} where municipality_code = '0394' and reporting_year = 2021")


def test_workers_residents_and_gap_of_haarlemmermeer(haarlemmermeer: dict[str, Any]) -> None:
    assert haarlemmermeer["municipality_name"] == "Haarlemmermeer"
    assert interval(haarlemmermeer, "workers") == (17_400, 17_350, 17_450)
    assert interval(haarlemmermeer, "residents") == (3_730, 3_725, 3_735)
    assert interval(haarlemmermeer, "gap") == (13_670, 13_615, 13_725)
    assert interval(haarlemmermeer, "registered_share", digits=1) == (21.4, 21.3, 21.5)


def test_the_relation_is_claimed_and_not_verified(haarlemmermeer: dict[str, Any]) -> None:
    assert haarlemmermeer["relation"] == "unknown"
    assert haarlemmermeer["relation_claimed"] == "nested"
    assert haarlemmermeer["bound_kind"] == "rounding_assumed"
    assert haarlemmermeer["availability"] == "available"
    assert haarlemmermeer["computed"] is True
    assert haarlemmermeer["synthetic"] is False


def test_the_explanation_says_what_else_it_can_be_and_never_unregistered(haarlemmermeer: dict[str, Any]) -> None:
    dutch, english = haarlemmermeer["explanation_nl"], haarlemmermeer["explanation_en"]
    forbidden = re.compile(r"unregistered|not registered|ongeregistreerd|niet[ -]geregistreerd|illega", re.IGNORECASE)
    assert not forbidden.search(dutch + english)
    for other in ("andere gemeente", "kort", "grens", "anders tellen", "geen enkel register"):
        assert other in dutch
    for other in ("another municipality", "briefly", "border", "count differently", "no register"):
        assert other in english
    assert "17.400" in dutch
    assert "17,400" in english


def test_the_gap_stands_beside_non_residents_whose_number_is_missing_and_not_nought(house: Place) -> None:
    row = house.one("from registration_gap")
    assert interval(row, "not_resident_here") == (13_670, 13_615, 13_725)
    assert interval(row, "non_residents_here") == (None, None, None)
    assert row["non_residents_here_availability"] == "missing"


def test_both_universes_of_a_gap_are_explained(house: Place) -> None:
    row = house.one("from gap_headline")
    known = {one["universe"] for one in house.rows("from universe")}
    assert {row["workers_universe"], row["residents_universe"]} <= known
    assert row["why_preferred_nl"]
    assert row["why_preferred_en"]


# motives 2023


def test_motives_of_haarlemmermeer_as_published(house: Place) -> None:
    rows = house.rows(
        "from migration_motive where area_code = '0394' and year(period_start) = 2023 and origin_group = 'all'"
    )
    counts = {row["motive"]: row["persons"] for row in rows if row["persons"] is not None}
    assert counts == {"all": 18_480, "family": 7_975, "labour": 4_025, "asylum": 2_525, "study": 935}
    shares = {row["motive"]: row["share_of_migrants"] for row in rows if row["share_of_migrants"] is not None}
    assert shares == {"family": 43, "labour": 22, "asylum": 14, "ukraine": 6, "study": 5, "unknown": 10}


def test_the_share_of_migrants_among_inhabitants_stands_beside_that_of_the_netherlands(house: Place) -> None:
    row = house.one(
        "from migration_motive where area_code = '0394' and year(period_start) = 2023"
        " and motive = 'all' and origin_group = 'all'"
    )
    assert (row["share_of_population"], row["nl_share_of_population"]) == (11.4, 9.1)


def test_motives_without_a_count_have_the_bounds_that_the_table_implies(house: Place) -> None:
    rows = house.rows("from migration_motive where computed order by motive")
    assert {row["motive"]: interval(row, "persons") for row in rows} == {
        "ukraine": (None, 1_070, 1_201),
        "unknown": (None, 1_809, 1_940),
        "ukraine_and_unknown": (None, 3_010, 3_030),
    }
    assert {row["availability"] for row in rows} == {"available"}


# Rotterdam 2024


def test_fines_of_rotterdam_have_no_law_and_no_denominator(house: Place) -> None:
    row = house.one("from inspection where area_code = '0599' and year(period_start) = 2024")
    assert row["cases"] == 102
    assert row["law"] == "not_stated"
    assert row["unit"] == "fines"
    assert house.rows("from inspection where unit = 'inspections'") == [], "no denominator was published"


def test_every_indicator_of_rotterdam_stands_there_with_its_value_and_its_words(house: Place) -> None:
    rows = {row["indicator_id"]: row for row in house.rows("from indicator where indicator_id like 'RT%'")}
    assert {number: row["value"] for number, row in rows.items()} == {
        "RT01": 200, "RT02": 230, "RT03": 2, "RT04": 20, "RT05": 3, "RT06": 224, "RT07": 715, "RT08": 2, "RT09": 387,
        "RT10": 25, "RT11": 142, "RT12": 35, "RT13": 33, "RT14": 7, "RT15": 207, "RT16": 61, "RT17": 18, "RT18": 5,
        "RT19": 23, "RT21": 30, "RT22": 596, "RT23": 491, "RT24": 12, "RT25": 10, "RT26": 2, "RT27": 258, "RT28": 60,
        "RT29": 249, "RT30": 10, "RT31": 4,
    }  # fmt: skip
    in_words = {"RT03": "twee", "RT05": "drie", "RT08": "twee", "RT14": "zeven", "RT18": "vijf", "RT26": "twee"}
    in_words |= {"RT30": "tien", "RT31": "vier"}
    for number, row in rows.items():
        assert in_words.get(number, f"{row['value']:.0f}") in row["quote"], number
        assert row["domain"]
        assert row["unit"]
        assert row["source"].startswith("Vierde voortgangsrapportage")
        assert (row["universe"], row["synthetic"], row["superseded"]) == ("report_rotterdam", False, False)


def test_the_homes_of_oud_mathenesse_keep_their_neighbourhood_and_are_the_only_funnel(house: Place) -> None:
    homes = house.one("from indicator where part_of is not null")
    assert (homes["indicator_id"], homes["part_of"], homes["unit"]) == ("RT13", "RT12", "woningen")
    assert interval(homes, "share_of_whole", digits=1) == (94.3, 94.3, 94.3)
    assert (homes["area_type"], homes["area_code"]) == ("BU", None)
    assert homes["area_name"] == "Oud Mathenesse (Rotterdam)"


def test_commitments_of_which_the_texts_are_unknown_say_so_and_are_a_gap(house: Place) -> None:
    rows = house.rows("from commitment order by commitment_id")
    numbers = [row["commitment_id"] for row in rows if row["area_code"] == "0599"]
    assert numbers == ["24bb006037", "24bb006038", "24bb006039", "24bb006040", "24bb006080"]
    assert [row["kind"] for row in rows if row["area_code"] == "0394"] == ["point_of_attention"] * 14
    assert {row["status"] for row in rows} == {"unknown"}
    assert all("geeft de tekst niet" in row["text"] for row in rows)
    gaps = house.rows("select area_code from data_gap where measure = 'commitment' and kind = 'missing'")
    assert {row["area_code"] for row in gaps} == {"0394", "0599"}


def test_housing_that_nobody_delivered_is_a_gap_and_not_nought(house: Place) -> None:
    assert house.rows("from housing") == []
    gaps = house.rows("select measure from data_gap where source = 'housing' and kind = 'missing'")
    assert {row["measure"] for row in gaps} >= {"places_permitted", "places_occupied", "over_occupied"}


# the form of the file


def test_the_published_file_is_what_the_contract_says(house: Place) -> None:
    found: dict[str, dict[str, str]] = {}
    for row in house.rows("select table_name, column_name, data_type from information_schema.columns"):
        found.setdefault(row["table_name"], {})[row["column_name"]] = row["data_type"]
    assert found == snapshot()


def test_tables_whose_source_comes_later_are_there_with_no_rows(house: Place) -> None:
    counts = {table: house.one(f"select count(*) as n from {table}")["n"] for table in TABLES}
    assert {table for table in COME_LATER if counts[table]} == set()
    assert counts["area"] > 342
    assert counts["indicator"] == 46
    assert counts["commitment"] == 19


def test_no_row_of_any_table_is_synthetic(house: Place) -> None:
    tables = house.tables(having="synthetic")
    assert len(tables) > 10
    for table in tables:
        assert house.rows(f"from {table} where synthetic is distinct from false") == [], table


def test_every_table_and_column_has_a_comment(house: Place) -> None:
    tables = house.rows("select table_name as name from duckdb_tables() where coalesce(comment, '') = ''")
    columns = house.rows(
        "select table_name || '.' || column_name as name from duckdb_columns()"
        " where not internal and coalesce(comment, '') = ''"
    )
    assert tables + columns == []


def test_the_dictionary_describes_every_table_and_column_in_both_languages(house: Place) -> None:
    described = {
        (row["table_name"], row["column_name"]): row
        for row in house.rows("from data_dictionary where column_name <> ''")
    }
    actual = {(row["table_name"], row["column_name"]): row for row in house.rows("from information_schema.columns")}
    assert set(described) == set(actual)
    for key, row in described.items():
        assert row["data_type"] == actual[key]["data_type"], key
        assert row["position"] == actual[key]["ordinal_position"], key
        assert row["description_nl"], key
        assert row["description_en"], key
        assert row["is_key"] is not None, key
    tables = house.rows("from data_dictionary where column_name = ''")
    assert {row["table_name"] for row in tables} == set(TABLES)
    assert all(row["description_nl"] and row["description_en"] and row["position"] == 0 for row in tables)


def test_the_file_is_in_the_storage_format_that_old_clients_read(house: Place) -> None:
    (database,) = house.rows("select * from duckdb_databases() where database_name = 'zicht'")
    assert database["tags"]["storage_version"].startswith("v1.0.0")
    header = house.database.read_bytes()[:20]
    assert header[8:12] == b"DUCK"
    assert int.from_bytes(header[12:20], "little") == 64, "the storage number that DuckDB 1.1 reads"


def test_the_figures_say_where_they_come_from(house: Place) -> None:
    """Every delivery a row names is in the table of deliveries."""
    known = {row["delivery_id"] for row in house.rows("from delivery")}
    for table in house.tables(having="delivery_id"):
        for row in house.rows(f"select distinct delivery_id from {table} where delivery_id is not null"):
            assert set(row["delivery_id"].split(" + ")) <= known, table


def test_every_rule_at_every_door_left_its_result(house: Place) -> None:
    from pipelines.quality.suites import load_suites
    from pipelines.sources import all_sources

    results = house.rows("from quality_result")
    without_suite = {
        "arrival": {(source, "form_unchanged") for source in all_sources()},
        "release": {("registered", "small_counts_stay_vague"), ("registered", "releases_stay_vague_together")},
    }
    for door in ("arrival", "release"):
        expected = {(name, rule.rule) for name, suite in load_suites(door).items() for rule in suite.rules}
        left = {(row["table_name"], row["rule"]) for row in results if row["door"] == door}
        assert left == expected | without_suite[door]
    assert any(row["door"] == "model" for row in results)
    assert all(row["passed"] for row in results)
    keys = [(row["door"], row["table_name"], row["rule"]) for row in results]
    assert len(set(keys)) == len(keys), "the grain of quality_result"


def test_the_grain_of_every_published_table_holds_after_publishing_too(house: Place) -> None:
    """What is appended after the checks (closed gaps, results, releases) has passed no dbt test."""
    for table in TABLES:
        keys = [
            row["column_name"]
            for row in house.rows("from data_dictionary where table_name = ? and is_key order by position", table)
        ]
        assert keys
        listed = ", ".join(keys)
        assert house.rows(f"select {listed} from {table} group by all having count(*) > 1") == [], table
