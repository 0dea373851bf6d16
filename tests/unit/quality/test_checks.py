"""Great Expectations on DuckDB: a verdict for each rule, counts and never values, and the file let go afterwards."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import duckdb
import pytest

from pipelines.quality.checks import Result, arrivals_database, keep_results, kept_results, run_suites
from pipelines.quality.suites import Rule, Suite
from pipelines.sources import all_sources
from pipelines.sources.reading import anchor
from tests.conftest import lo_csv, resident

if TYPE_CHECKING:
    from pathlib import Path

    from tests.conftest import House

IN_A_ROW = "Nergenshuizen"


def rule(name: str, expect: str, severity: str = "block", **arguments: Any) -> Rule:
    return Rule.model_validate(
        {"rule": name, "expect": expect, "with": arguments, "severity": severity, "reason": "for a test", "owner": "me"}
    )


@pytest.fixture
def database(tmp_path: Path) -> Path:
    path = tmp_path / "towns.duckdb"
    with duckdb.connect(str(path)) as connection:
        connection.execute(
            f"create table town as from (values ('{IN_A_ROW}', 5), ('Delft', null), (null, 7)) town (name, persons)"
        )
        connection.execute("create table empty (name varchar, persons bigint)")
    return path


def verdicts(database: Path, *rules: Rule, table: str = "town") -> dict[str, Result]:
    results = run_suites(database, [Suite(suite=table, rules=rules)], "arrival")
    assert [one["rule"] for one in results] == [one.rule for one in rules], "in the order of the suite"
    return {one["rule"]: one for one in results}


def test_each_rule_passes_or_fails_with_the_number_of_failing_rows(database: Path) -> None:
    found = verdicts(
        database,
        rule("named", "column_values_to_not_be_null", column="name"),
        rule("mostly_named", "column_values_to_not_be_null", column="name", mostly=0.6),
        rule("few", "column_values_to_be_between", column="persons", max_value=6),
        rule("no_seven", "unexpected_rows", sql="select persons from {batch} where persons = 7"),
        rule("no_nine", "unexpected_rows", sql="select persons from {batch} where persons = 9"),
        rule("three", "table_row_count_to_be_between", min_value=3, max_value=3),
    )
    passed = {name: one["passed"] for name, one in found.items()}
    assert passed == {
        "named": False, "mostly_named": True, "few": False, "no_seven": False, "no_nine": True, "three": True,
    }  # fmt: skip
    assert [found[name]["failing_rows"] for name in ("named", "few")] == [1, 1]


def test_a_query_for_unexpected_rows_tells_how_many_there_are(database: Path) -> None:
    found = verdicts(
        database,
        rule("two", "unexpected_rows", sql="select persons from {batch} where persons is not null"),
        rule("none", "unexpected_rows", sql="select persons from {batch} where persons = 9"),
    )
    assert {name: one["failing_rows"] for name, one in found.items()} == {"two": 2, "none": 0}


def test_a_result_says_where_why_and_whose_and_never_what_stands_in_a_row(database: Path) -> None:
    found = verdicts(
        database,
        rule("no_secret", "column_values_to_not_be_in_set", "warn", column="name", value_set=[IN_A_ROW]),
        rule("no_row", "unexpected_rows", sql="select name from {batch} where name is not null"),
    )
    one = found["no_secret"]
    assert (one["door"], one["table_name"], one["severity"], one["owner"]) == ("arrival", "town", "warn", "me")
    assert one["passed"] is False
    assert IN_A_ROW not in json.dumps(list(found.values()), default=str)


@pytest.mark.parametrize(
    "broken",
    [
        rule("no_column", "column_values_to_not_be_null", "warn", column="nowhere"),
        rule("no_sql", "unexpected_rows", "warn", sql="select nowhere from {batch}"),
    ],
    ids=["column", "sql"],
)
def test_a_rule_that_cannot_be_evaluated_is_no_verdict_even_if_it_only_warns(database: Path, broken: Rule) -> None:
    with pytest.raises(RuntimeError, match=f"town.{broken.rule}"):
        verdicts(database, broken)


def test_a_table_without_rows_passes_what_is_asked_of_each_row(database: Path) -> None:
    """An inbox without a source gives an empty table: the night must not end there."""
    found = verdicts(
        database,
        rule("named", "column_values_to_not_be_null", column="name"),
        rule("mostly", "column_values_to_not_be_null", column="name", mostly=0.9),
        rule("few", "column_values_to_be_between", column="persons", max_value=6),
        rule("once", "column_values_to_be_unique", column="name"),
        rule("none", "unexpected_rows", sql="select name from {batch}"),
        table="empty",
    )
    assert all(one["passed"] and not one["failing_rows"] for one in found.values())


def test_the_file_is_let_go_whether_the_rules_could_be_evaluated_or_not(database: Path) -> None:
    verdicts(database, rule("named", "column_values_to_not_be_null", column="name"))
    with pytest.raises(RuntimeError):
        verdicts(database, rule("no_sql", "unexpected_rows", sql="select nowhere from {batch}"))
    with duckdb.connect(str(database), config={"access_mode": "READ_WRITE"}) as connection:
        connection.execute("create table other (x integer)")


# what arrived


def test_the_first_door_sees_current_deliveries_and_an_empty_view_of_every_other_source(house: House) -> None:
    house.take_in("brp", {"a.csv": lo_csv([resident(1)])})
    house.deliver("brp", {"a.csv": lo_csv([resident(1), resident(2)])}, sidecar=_replacing())
    assert not house.land("brp").refused
    house.read("brp")
    for source in all_sources().values():
        anchor(house.settings, source)
    with duckdb.connect(str(arrivals_database(house.settings)), read_only=True) as connection:
        counts = {name: connection.table(name).shape[0] for name in all_sources()}
        deliveries = connection.sql("select count(distinct delivery_id), count(distinct pseudonym) from brp").fetchall()
    assert deliveries == [(1, 2)]
    assert {name for name, count in counts.items() if count} == {"brp"}


def _replacing() -> dict[str, Any]:
    from tests.conftest import GROUNDS

    return GROUNDS | {"sequence": 2}


# kept for the release


def test_results_of_a_door_replace_those_of_its_last_run_and_leave_the_other_doors(house: House) -> None:
    def result(name: str) -> Result:
        return {"rule": name, "passed": True, "severity": "warn", "table_name": "t", "reason": "r"}

    keep_results(house.settings, "arrival", [result("old")], whole=True)
    keep_results(house.settings, "release", [result("leaving")], whole=True)
    keep_results(house.settings, "arrival", [result("new")], whole=True)
    assert [one["rule"] for one in kept_results(house.settings)] == ["new", "leaving"]


def test_where_a_part_was_run_the_other_rules_keep_what_was_said_of_them(house: House) -> None:
    def result(name: str, *, passed: bool) -> Result:
        return {"rule": name, "passed": passed, "severity": "warn", "table_name": "t", "reason": "r"}

    keep_results(house.settings, "model", [result("a", passed=False), result("b", passed=True)], whole=True)
    keep_results(house.settings, "model", [result("a", passed=True)], whole=False)
    assert {one["rule"]: one["passed"] for one in kept_results(house.settings)} == {"a": True, "b": True}


def test_before_the_first_run_there_are_no_results(house: House) -> None:
    assert kept_results(house.settings) == []
