"""The two records, the form of a rejected row, and what breaks them."""

from __future__ import annotations

import duckdb
import pytest

from pipelines import records
from pipelines.records import Record


def small() -> Record:
    return Record.model_validate(
        {
            "record": "rejected",
            "description_en": "-",
            "description_nl": "-",
            "columns": [
                {"name": "key", "type": "BIGINT", "required": True, "en": "k", "nl": "s"},
                {"name": "kind", "type": "VARCHAR", "values": ["a", "b"], "en": "k", "nl": "s"},
                {"name": "codes", "type": "VARCHAR[]", "en": "k", "nl": "s"},
            ],
        }
    )


@pytest.mark.parametrize("name", ["person", "observation", "rejected"])
def test_every_record_loads_names_itself_and_explains_each_column_in_two_languages(name: records.RecordName) -> None:
    record = records.load(name)
    assert record.record == name
    assert all(column.en and column.nl for column in record.columns)
    assert len({column.name for column in record.columns}) == len(record.columns)


@pytest.mark.parametrize("name", ["person", "observation", "rejected"])
def test_every_record_says_where_a_row_came_from_and_whether_it_is_made_up(name: records.RecordName) -> None:
    required = {column.name for column in records.load(name).columns if column.required}
    assert {"source", "scope", "delivery_id", "locator_file", "locator_row", "synthetic"} <= required


def test_the_person_has_no_column_for_an_identifier_or_a_name() -> None:
    columns = {column.name for column in records.load("person").columns}
    forbidden = {"bsn", "a_number", "birth_date", "postcode", "bag_id", "name", "surname"}
    assert not columns & forbidden


def test_a_relation_gets_the_order_and_types_of_the_record_and_null_for_what_it_lacks() -> None:
    with duckdb.connect() as connection:
        made = small().conform(connection.sql("select 'a' as kind, '7' as key"))
        assert made.columns == ["key", "kind", "codes"]
        assert [str(one) for one in made.types] == ["BIGINT", "VARCHAR", "VARCHAR[]"]
        assert made.fetchall() == [(7, "a", None)]


def test_a_column_that_the_record_does_not_know_is_named() -> None:
    with duckdb.connect() as connection, pytest.raises(ValueError, match="bsn"):
        small().conform(connection.sql("select 1 as key, 'x' as bsn"))


def test_rows_that_obey_have_no_violations() -> None:
    with duckdb.connect() as connection:
        rows = connection.sql("select 1 as key, 'a' as kind, ['x'] as codes union all select 2, null, null")
        assert small().violations(rows) == []


def test_violations_are_counted_by_column_and_show_no_value() -> None:
    with duckdb.connect() as connection:
        rows = connection.sql(
            "select unnest([null, 1, 2]) as key, unnest(['a', 'secret', 'secret']) as kind, null as codes"
        )
        found = small().violations(rows)
    assert found == ["key is null in 1 rows", "kind is outside its vocabulary in 2 rows"]


def test_no_rows_have_no_violations() -> None:
    with duckdb.connect() as connection:
        assert small().violations(connection.sql("select 1 as key, 'a' as kind where false")) == []


def test_a_word_that_is_misspelled_in_a_declaration_is_refused() -> None:
    with pytest.raises(ValueError, match="requird"):
        records.Column.model_validate({"name": "x", "type": "VARCHAR", "requird": True, "en": "-", "nl": "-"})


def test_the_page_shows_every_column_of_every_record() -> None:
    page = records.as_markdown()
    for name in ("person", "observation", "rejected"):
        record = records.load(name)
        section = page.split(f"## {name}\n")[1].split("\n## ")[0]
        assert all(f"| `{column.name}` | {column.type}" in section for column in record.columns)
        assert record.description_nl in section
