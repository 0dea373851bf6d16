"""Where failing rows stand is told of public sources; of persons and companies nothing leaves, whatever fails."""

from __future__ import annotations

import json
import logging
import traceback
from typing import TYPE_CHECKING, Any

import duckdb
import pytest

from pipelines import records
from pipelines.assets.checks import _verdict
from pipelines.quality.checks import arrivals_database, keep_results, kept_results, run_suites, told
from pipelines.quality.suites import Rule, Suite
from pipelines.sources import all_sources
from pipelines.sources.reading import anchor
from tests.conftest import below, lo_csv, resident
from tests.contract.project import published_models
from tests.unit.report.released import written

if TYPE_CHECKING:
    from pathlib import Path

    from tests.conftest import House

PLANTED = ("Nergensveen", "f00dfeedbabe", "1899", "Bedrijf van Niemand")
"""Of a name of a file, a pseudonym, a year of birth and a case."""


def rule(name: str, expect: str, **arguments: Any) -> Rule:
    return Rule.model_validate(
        {"rule": name, "expect": expect, "with": arguments, "severity": "warn", "reason": "for a test", "owner": "me"}
    )


def table_of(path: Path, source: str, *rows: dict[str, Any]) -> Path:
    """A file with one table in the form of a source's record."""
    with duckdb.connect(str(path)) as connection:
        columns = records.load(all_sources()[source].record).columns
        connection.execute(f"create table {source} ({', '.join(f'{one.name} {one.type}' for one in columns)})")
        for row in rows:
            marks = ", ".join("?" * len(row))
            connection.execute(f"insert into {source} ({', '.join(row)}) values ({marks})", list(row.values()))
    return path


# what is public


def housing(cell: int, **changed: Any) -> dict[str, Any]:
    row = {"scope": "0394", "reference_date": "2026-01-15", "locator_file": "h.csv", "locator_cell": str(cell)}
    return row | {"area_name": "Kade 12", "value": 7.0} | changed


def only(path: Path, door: str, table: str, one: Rule) -> dict[str, Any]:
    (result,) = run_suites(path, [Suite(suite=table, rules=(one,))], door)  # type: ignore[arg-type]
    return result


@pytest.mark.parametrize(
    "failing",
    [
        rule("seven", "unexpected_rows", sql="select * from {batch} where value = 7"),
        rule("few", "column_values_to_be_between", column="value", max_value=6),
        rule("named", "column_values_to_be_in_set", column="area_name", value_set=["Centrum"]),
        rule("cells", "column_values_to_be_in_set", column="locator_cell", value_set=["none"]),
        rule("once", "column_values_to_be_unique", column="value"),
    ],
    ids=lambda one: str(one.expect),
)
def test_of_a_public_source_three_rows_are_told_by_their_place_and_not_by_what_they_say(
    tmp_path: Path, failing: Rule
) -> None:
    path = table_of(tmp_path / "a.duckdb", "housing", *(housing(cell) for cell in (3, 4, 5, 6)))
    place = "scope 0394, reference_date 2026-01-15, locator_file h.csv, locator_cell"
    result = only(path, "arrival", "housing", failing)
    assert result["failing_rows"] == 4
    assert result["examples"] == f"{place} 3; {place} 4; {place} 5"


def test_what_passes_has_no_examples_and_neither_has_a_rule_on_the_whole_table(tmp_path: Path) -> None:
    path = table_of(tmp_path / "a.duckdb", "housing", housing(3))
    passing = rule("none", "unexpected_rows", sql="select * from {batch} where value = 8")
    assert only(path, "arrival", "housing", passing)["examples"] is None
    whole = only(path, "arrival", "housing", rule("many", "table_row_count_to_be_between", min_value=2))
    assert (whole["passed"], whole["examples"]) == (False, None)


def test_a_published_table_is_told_by_its_key(tmp_path: Path) -> None:
    path = tmp_path / "zicht.duckdb"
    with duckdb.connect(str(path)) as connection:
        connection.execute(
            "create table gap_headline as select '0394' as municipality_code, 2021 as reporting_year, 7 as gap"
        )
    result = only(
        path, "release", "gap_headline", rule("no_seven", "unexpected_rows", sql="select * from {batch} where gap = 7")
    )
    assert result["examples"] == "municipality_code 0394, reporting_year 2021"


def test_a_key_holds_no_figure_and_what_is_told_of_arrivals_is_no_content() -> None:
    for table, node in published_models().items():
        figures = {name for name, column in node["columns"].items() if column["data_type"] == "double"}
        figures |= {name for name in node["columns"] if f"{name}_low" in node["columns"]}
        assert not figures & set(told("release", table)), table
        assert told("release", table), table
    assert told("release", "a table that nobody declared") == told("arrival", "no source") == ()


@pytest.mark.parametrize("source", all_sources())
def test_nothing_may_be_told_of_a_source_that_names_somebody(source: str) -> None:
    assert bool(told("arrival", source)) == (not all_sources()[source].names_somebody)


# what is not


def planted_person() -> dict[str, Any]:
    return {
        "scope": "0394", "reference_date": "2026-02-01", "locator_file": f"{PLANTED[0]}.csv", "locator_row": 17,
        "pseudonym": PLANTED[1], "a_pseudonym": PLANTED[1], "birth_year": int(PLANTED[2]), "state": "resident",
    }  # fmt: skip


def planted_case() -> dict[str, Any]:
    return {
        "scope": "0394", "reference_date": "2026-02-01", "locator_file": f"{PLANTED[0]}.csv", "locator_cell": "17",
        "locator_row": 17, "record_key": PLANTED[3], "company_key": PLANTED[1], "value": float(PLANTED[2]),
    }  # fmt: skip


def failing_rules(source: str) -> tuple[Rule, ...]:
    text, number = ("pseudonym", "birth_year") if source == "brp" else ("record_key", "value")
    return (
        rule("all", "unexpected_rows", sql="select * from {batch}"),
        rule("grouped", "unexpected_rows", sql=f"select {text}, count(*) from {{batch}} group by all"),
        rule("missing", "column_values_to_be_null", column=text),
        rule("words", "column_values_to_be_in_set", column=text, value_set=["x"]),
        rule("files", "column_values_to_be_in_set", column="locator_file", value_set=["x"]),
        rule("small", "column_values_to_be_between", column=number, max_value=3),
        rule("length", "column_value_lengths_to_be_between", column=text, max_value=1),
    )


@pytest.mark.parametrize(("source", "row"), [("brp", planted_person()), ("inspectorate", planted_case())])
def test_nothing_of_a_row_that_names_somebody_leaves_by_any_way(
    house: House,
    caplog: pytest.LogCaptureFixture,
    capfd: pytest.CaptureFixture[str],
    tmp_path: Path,
    source: str,
    row: dict[str, Any],
) -> None:
    caplog.set_level(logging.DEBUG)
    path = table_of(tmp_path / "a.duckdb", source, row)
    rules = failing_rules(source)
    keep_results(house.settings, "arrival", run_suites(path, [Suite(suite=source, rules=rules)], "arrival"), whole=True)
    results = kept_results(house.settings)
    assert [one["passed"] for one in results] == [False] * len(rules)
    assert {one["examples"] for one in results} == {None}
    site = written(house, tmp_path / "release", results=results)
    left = [json.dumps(results), repr(_verdict(house.settings, results, "arrival", source).metadata)]
    left += [page.read_text(encoding="utf-8") for page in below(site) if page.suffix != ".pdf"]
    left += [record.getMessage() for record in caplog.records] + [caplog.text, *capfd.readouterr()]
    assert [word for word in PLANTED for text in left if word in text] == []
    assert f"{source}.all fails at scope 0394, reference_date 2026-02-01, locator_row 17" in caplog.text


@pytest.mark.parametrize(("source", "row"), [("brp", planted_person()), ("inspectorate", planted_case())])
def test_what_cannot_be_evaluated_says_which_rule_and_nothing_of_the_row_it_stumbled_over(
    caplog: pytest.LogCaptureFixture,
    capfd: pytest.CaptureFixture[str],
    tmp_path: Path,
    source: str,
    row: dict[str, Any],
) -> None:
    caplog.set_level(logging.DEBUG)
    path = table_of(tmp_path / "a.duckdb", source, row)
    stumbles = rule("stumbles", "unexpected_rows", sql="select cast(locator_file as integer) from {batch}")
    with pytest.raises(RuntimeError, match=f"{source}.stumbles") as raised:
        run_suites(path, [Suite(suite=source, rules=(stumbles,))], "arrival")
    told_of_it = "".join(traceback.format_exception(raised.value)) + caplog.text + "".join(capfd.readouterr())
    assert [word for word in PLANTED if word in told_of_it] == []


def test_the_log_says_where_in_the_delivery_a_person_stands_but_not_how_its_file_is_called(
    house: House, caplog: pytest.LogCaptureFixture
) -> None:
    house.take_in("brp", {f"{PLANTED[0]}.csv": lo_csv([resident(1), resident(2)])})
    for source in all_sources().values():
        anchor(house.settings, source)
    second = rule("second", "unexpected_rows", sql="select scope, reference_date, locator_row from {batch} offset 1")
    (failed,) = run_suites(arrivals_database(house.settings), [Suite(suite="brp", rules=(second,))], "arrival")
    assert (failed["passed"], failed["examples"]) == (False, None)
    assert failed["failing_rows"] is None, "one person is fewer than may be told"
    assert "brp.second fails at scope 0394, reference_date 2026-02-01, locator_row 3" in caplog.text
    assert PLANTED[0] not in caplog.text
