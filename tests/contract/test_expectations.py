"""The rules at both doors: of one form, about tables and columns that exist."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import duckdb
import jsonschema
import pytest
import yaml

from pipelines import records
from pipelines.quality.suites import EXPECTATIONS, Rule, Suite, load_suites
from pipelines.sources import all_sources

if TYPE_CHECKING:
    from pathlib import Path

FILES = sorted(EXPECTATIONS.glob("*/*.yml"))
SCHEMA = EXPECTATIONS / "suite.schema.json"
NAMED = [path.relative_to(EXPECTATIONS).as_posix() for path in FILES]


def test_there_are_suites_at_both_doors_and_nowhere_else() -> None:
    assert {path.parent.name for path in FILES} == {"raw", "marts"}
    assert {path.parent for path in EXPECTATIONS.rglob("*.yml")} == {EXPECTATIONS / "raw", EXPECTATIONS / "marts"}


def test_the_schema_that_editors_use_is_the_one_that_the_program_checks() -> None:
    assert json.loads(SCHEMA.read_text(encoding="utf-8")) == Suite.model_json_schema(), (
        "write expectations/suite.schema.json anew from Suite.model_json_schema()"
    )


@pytest.mark.parametrize("path", FILES, ids=NAMED)
def test_a_suite_is_of_the_form_that_its_schema_gives(path: Path) -> None:
    jsonschema.validate(
        yaml.safe_load(path.read_text(encoding="utf-8")), json.loads(SCHEMA.read_text(encoding="utf-8"))
    )


def test_every_declared_source_has_a_suite_and_every_suite_at_the_first_door_a_source() -> None:
    assert set(load_suites("arrival")) == set(all_sources())


def test_every_suite_at_the_second_door_judges_a_published_table(schema: dict[str, dict[str, str]]) -> None:
    assert set(load_suites("release")) <= set(schema)


@pytest.mark.parametrize("path", FILES, ids=NAMED)
def test_every_column_that_a_rule_names_exists(path: Path, schema: dict[str, dict[str, str]]) -> None:
    suite = Suite.model_validate(yaml.safe_load(path.read_text(encoding="utf-8")))
    if path.parent.name == "raw":
        record = records.load(all_sources()[suite.suite].record)
        tables = {suite.suite: {column.name: str(column.type) for column in record.columns}}
    else:
        tables = {table: dict(columns) for table, columns in schema.items()}
    known = set(tables[suite.suite])
    for rule in suite.rules:
        named = {value for key, value in rule.arguments.items() if key.startswith("column") and isinstance(value, str)}
        named |= {one for value in rule.arguments.values() if isinstance(value, list) for one in value} & {
            one for key, value in rule.arguments.items() if key.startswith("column_") for one in value
        }
        assert named <= known, rule.rule
    _bind([rule for rule in suite.rules if rule.expect == "unexpected_rows"], suite.suite, tables)


def _bind(rules: list[Rule], table: str, tables: dict[str, dict[str, str]]) -> None:
    """DuckDB binds every query on empty tables of the declared form: no column can be named that is not there."""
    with duckdb.connect() as connection:
        for name, columns in tables.items():
            listed = ", ".join(f'"{column}" {kind}' for column, kind in columns.items())
            connection.execute(f'create table "{name}" ({listed})')
        for rule in rules:
            assert set(rule.arguments) == {"sql"}, f"{rule.rule}: unexpected_rows takes sql alone"
            query = str(rule.arguments["sql"])
            assert "{batch}" in query, f"{rule.rule} does not look at its own table"
            connection.execute(query.format(batch=f'"{table}"'))


@pytest.mark.parametrize("path", FILES, ids=NAMED)
def test_great_expectations_knows_every_kind_of_rule_and_its_arguments(path: Path) -> None:
    from great_expectations.expectations.registry import get_expectation_impl

    for rule in Suite.model_validate(yaml.safe_load(path.read_text(encoding="utf-8"))).rules:
        arguments: dict[str, Any] = dict(rule.arguments)
        if rule.expect == "unexpected_rows":
            arguments = {"unexpected_rows_query": arguments["sql"]}
            get_expectation_impl("unexpected_rows_expectation")(**arguments)
        else:
            get_expectation_impl(f"expect_{rule.expect}")(**arguments)


def test_no_rule_stops_a_night_on_which_nothing_was_delivered() -> None:
    """The shipped figures always arrive; a blocking rule on the number of rows of any other source would stop them."""
    counting = {
        f"{name}.{rule.rule}"
        for name, suite in load_suites("arrival").items()
        for rule in suite.rules
        if rule.severity == "block" and rule.expect.startswith("table_row_count")
        if name not in ("figures", "indicators")
    }
    assert counting == set()
