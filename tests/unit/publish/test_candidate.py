"""The candidate: the published tables as one file, described from within."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from pipelines.publish import candidate
from pipelines.publish.candidate import build_candidate, dictionary_of
from tests.contract.project import published_models
from tests.unit.publish.warehouse import rows_of, town, warehouse

if TYPE_CHECKING:
    from tests.conftest import House

TOWNS = [town("0394", "Haarlemmermeer"), town("0080", "Leeuwarden"), town("0599", "Rotterdam")]


def test_every_published_table_is_taken_over_with_its_rows(house: House) -> None:
    warehouse(house, area=TOWNS)
    rows = build_candidate(house.settings)
    assert set(rows) == set(published_models())
    assert rows["area"] == 3
    assert rows["registered"] == 0
    assert rows["data_dictionary"] > 300


def test_rows_stand_in_the_order_of_their_grain(house: House) -> None:
    warehouse(house, area=TOWNS)
    build_candidate(house.settings)
    found = [row["area_code"] for row in rows_of(house.settings.candidate, "select area_code from area")]
    assert found == ["0080", "0394", "0599"]


def test_an_old_candidate_leaves_nothing_behind(house: House) -> None:
    warehouse(house, area=TOWNS)
    build_candidate(house.settings)
    warehouse(house)
    build_candidate(house.settings)
    assert rows_of(house.settings.candidate, "from area") == []


def test_comments_are_dutch_and_english_and_survive_a_quote(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    node = published_models()["area"]
    node["description"] = "The municipality's area"
    monkeypatch.setattr(candidate, "marts", lambda: [node, published_models()["data_dictionary"]])
    warehouse(house, area=TOWNS)
    build_candidate(house.settings)
    (table,) = rows_of(house.settings.candidate, "select comment from duckdb_tables() where table_name = 'area'")
    assert table["comment"] == f"{node['config']['meta']['nl']} / The municipality's area"
    (column,) = rows_of(
        house.settings.candidate,
        "select comment from duckdb_columns() where table_name = 'area' and column_name = 'area_code'",
    )
    assert column["comment"].startswith(node["columns"]["area_code"]["config"]["meta"]["nl"])


def test_a_type_that_not_every_client_reads_is_refused_with_the_table(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    node = published_models()["area"]
    node["columns"]["parents"]["data_type"] = "varchar[]"
    monkeypatch.setattr(candidate, "marts", lambda: [node])
    warehouse(house)
    with pytest.raises(ValueError, match=r"area declares.*varchar\[\]"):
        build_candidate(house.settings)


def test_the_dictionary_lists_a_table_and_then_its_columns_in_their_places() -> None:
    node = published_models()["gap_headline"]
    table, *columns = dictionary_of(node)
    assert (table["column_name"], table["position"], table["data_type"]) == ("", 0, None)
    assert [row["position"] for row in columns] == list(range(1, len(node["columns"]) + 1))
    assert {row["column_name"] for row in columns if row["is_key"]} == {"municipality_code", "reporting_year"}


def test_the_candidate_is_in_the_old_storage_format(house: House) -> None:
    warehouse(house)
    build_candidate(house.settings)
    assert int.from_bytes(house.settings.candidate.read_bytes()[12:20], "little") == 64
