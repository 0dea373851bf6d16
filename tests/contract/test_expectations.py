"""The rules at both doors: of one form, about tables and columns that exist, and each in one place."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

import duckdb
import jsonschema
import pytest
import yaml

from pipelines import records
from pipelines.privacy.disclosure import rules
from pipelines.quality.checks import run_suites
from pipelines.quality.suites import EXPECTATIONS, Door, Rule, Suite, load_suites
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


@pytest.fixture(scope="module")
def tables(schema: dict[str, dict[str, str]]) -> dict[Door, dict[str, dict[str, str]]]:
    """Types of the columns of what each door judges."""
    arrivals = {
        name: {column.name: str(column.type) for column in records.load(source.record).columns}
        for name, source in all_sources().items()
    }
    return {"arrival": arrivals, "release": schema}


def content(path: Path) -> Suite:
    """A file of rules."""
    return Suite.model_validate(yaml.safe_load(path.read_text(encoding="utf-8")))


def test_every_suite_at_the_second_door_judges_a_published_table(schema: dict[str, dict[str, str]]) -> None:
    assert set(load_suites("release")) <= set(schema)


@pytest.mark.parametrize("door", ["arrival", "release"])
def test_every_rule_can_be_evaluated_on_tables_of_the_declared_form(
    door: Door, tables: dict[Door, dict[str, dict[str, str]]], tmp_path: Path
) -> None:
    """Great Expectations itself runs them: a column, a word or an argument that is not there is an error."""
    path = tmp_path / "house.duckdb"
    with duckdb.connect(str(path)) as connection:
        for name, columns in tables[door].items():
            connection.execute(f"create table {name} ({', '.join(f'{one} {kind}' for one, kind in columns.items())})")
    suites = load_suites(door)
    results = run_suites(path, suites.values(), door)
    assert {(one["table_name"], one["rule"]) for one in results} == {
        (table, rule.rule) for table, suite in suites.items() for rule in suite.rules
    }


@pytest.mark.parametrize("name", ["observation", "person"])
def test_what_every_record_must_keep_is_asked_of_every_source_that_ends_in_it(name: str) -> None:
    declared = {source.source for source in all_sources().values() if source.record == name}
    assert set(content(EXPECTATIONS / "raw" / f"{name}.yml").tables) == declared


def test_what_every_figure_must_keep_is_asked_of_every_table_of_figures(schema: dict[str, dict[str, str]]) -> None:
    figures = {table for table, columns in schema.items() if "availability" in columns}
    assert set(content(EXPECTATIONS / "marts" / "figure.yml").tables) == figures
    by_area = {table for table in figures if "area_type" in schema[table]}
    assert set(content(EXPECTATIONS / "marts" / "figure_by_area.yml").tables) == by_area
    others = {table for table in figures - by_area if "municipality_code" in schema[table]} - {"gap_headline"}
    looked_at = {table for table in others for rule in load_suites("release")[table].rules if "exists" in rule.rule}
    assert looked_at == others, "a headline is one of the rows of registration_gap, of which it is asked"


def test_every_table_of_figures_is_asked_whether_it_shows_few_persons(schema: dict[str, dict[str, str]]) -> None:
    figures = {table for table, columns in schema.items() if "availability" in columns}
    assert set(content(EXPECTATIONS / "marts" / "counted_persons.yml").tables) == figures
    (rule,) = content(EXPECTATIONS / "marts" / "counted_persons.yml").rules
    assert "source not in ({person_sources})" in str(rule.arguments["sql"])


@pytest.mark.parametrize("path", FILES, ids=NAMED)
def test_the_threshold_and_the_base_stand_in_no_rule_as_numbers(path: Path) -> None:
    """They are parameters of an installation: a rule says ``{threshold}`` and ``{base}``."""
    for rule in content(path).rules:
        if rule.owner == "privacy officer" and path.parent.name == "marts":
            said = f"{rule.reason} {rule.arguments}"
            assert not re.search(rf"[<%] ?({rules().threshold}|{rules().threshold - 1}|{rules().base})\b", said)
            assert not re.search(r"\b(five|ten)\b", rule.reason)


# no rule stands twice


def test_no_rule_on_a_release_asks_what_a_test_of_the_models_asks(
    manifest: dict[str, Any], models: dict[str, dict[str, Any]]
) -> None:
    twice = []
    for table, suite in load_suites("release").items():
        asked = asked_of(manifest, models[table]["unique_id"])
        twice += [f"{table}.{rule.rule}" for rule in suite.rules if says(rule) & asked]
    assert twice == []


def test_no_rule_on_arrivals_asks_what_the_record_promises_of_every_row() -> None:
    twice = []
    for source, suite in load_suites("arrival").items():
        columns = records.load(all_sources()[source].record).columns
        promised = {("complete", one.name) for one in columns if one.required}
        promised |= {("words", one.name) for one in columns if one.values}
        twice += [f"{source}.{rule.rule}" for rule in suite.rules if says(rule) & promised]
    assert twice == []


@pytest.mark.parametrize(
    ("said", "meant"),
    [
        ({"expect": "column_values_to_not_be_null", "with": {"column": "law"}}, ("complete", "law")),
        ({"expect": "column_values_to_be_in_set", "with": {"column": "law", "value_set": ["wav"]}}, ("words", "law")),
        ({"expect": "column_values_to_be_unique", "with": {"column": "law"}}, ("once", "law")),
        ({"sql": "select * from {batch} where law is null"}, ("complete", "law")),
        ({"sql": "select * from {batch} where cases_low > cases_high"}, ("interval", "cases")),
        ({"sql": "select * from {batch} where cases < cases_low"}, ("interval", "cases")),
        (
            {"sql": "select * from {batch} where universe not in (select one.universe from universe as one)"},
            ("known", "universe"),
        ),
        ({"sql": "select law from {batch} group by law, area_code having count(*) > 1"}, ("once", "area_code, law")),
    ],
)
def test_a_rule_that_stands_twice_would_be_found(manifest: dict[str, Any], said: dict[str, Any], meant: Any) -> None:
    sql = said.pop("sql", None)
    asks = {"expect": "unexpected_rows", "with": {"sql": sql}} if sql else said
    rest = {"rule": "x", "severity": "warn", "reason": "for a test", "owner": "me"}
    assert says(Rule.model_validate(asks | rest)) == {meant}
    of_inspection = asked_of(manifest, "model.zicht.inspection")
    assert meant in of_inspection or meant[0] in ("words", "once"), "dbt asks the same in its own words"


def says(rule: Rule) -> set[tuple[str, str]]:
    """What a rule asks, as far as it is one of the things that dbt and the records ask too."""
    if rule.expect != "unexpected_rows":
        asks = {
            "column_values_to_not_be_null": "complete",
            "column_values_to_be_in_set": "words",
            "column_values_to_be_unique": "once",
        }.get(rule.expect)
        return {(asks, rule.arguments["column"])} if asks and not rule.arguments.get("mostly") else set()
    sql = " ".join(str(rule.arguments["sql"]).lower().split())
    found = re.fullmatch(r"select .* from {batch} where ([\w.]+ is null(?: or [\w.]+ is null)*)", sql)
    said = {("complete", column) for column in re.findall(r"(\w+) is null", found[1])} if found else set()
    for low, high in re.findall(r"\b(\w+) [<>] (\w+)", sql):
        for figure in {low.removesuffix("_low").removesuffix("_high")} & {
            high.removesuffix("_low").removesuffix("_high")
        }:
            said.add(("interval", figure))
    said |= {
        ("known", column)
        for column in re.findall(r"(universe|delivery_id) not in \(select [\w.]+ from \w+(?: as \w+)?\)", sql)
    }
    if found := re.search(r"{batch} group by ([\w, ]+) having count\(\*\) > 1", sql):
        said.add(("once", ", ".join(sorted(found[1].split(", ")))))
    return said


def asked_of(manifest: dict[str, Any], model: str) -> set[tuple[str, str]]:
    """What dbt's tests ask of a model, in the same words."""
    asked: set[tuple[str, str]] = set()
    for node in manifest["nodes"].values():
        if node["resource_type"] != "test" or node.get("attached_node") != model:
            continue
        test, given = node["test_metadata"]["name"], node["test_metadata"]["kwargs"]
        if test in ("complete", "not_null"):
            asked |= {("complete", column) for column in given.get("columns", [given.get("column_name")])}
        elif test in ("grain", "unique"):
            asked.add(("once", ", ".join(sorted(given.get("columns", [given.get("column_name")])))))
        elif test == "interval":
            asked.add(("interval", given["figure"]))
        elif test == "accepted_values":
            asked.add(("words", given["column_name"]))
        elif test == "known":
            asked |= {
                ("known", one)
                for one in (*given.get("universes", ["universe"]), *given.get("deliveries", ["delivery_id"]))
            }
    return asked


# what a night may stop


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
