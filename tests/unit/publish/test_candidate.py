"""The candidate: the published tables as one file, described from within."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import duckdb
import pytest

from pipelines.publish import candidate
from pipelines.publish.candidate import ContractError, broken, build_candidate, dictionary_of
from pipelines.publish.fingerprint import contract_version
from pipelines.publish.release import publish, rollback
from tests.conftest import AS_OF, House
from tests.contract.project import published_models
from tests.unit.publish.warehouse import gap, judge, published, rows_of, town, warehouse

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
    others = [published_models()[name] for name in ("data_dictionary", "data_gap")]
    monkeypatch.setattr(candidate, "marts", lambda: [node, *others])
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


def test_the_history_of_data_gaps_is_in_the_candidate_before_it_is_judged(house: House) -> None:
    warehouse(house, data_gap=[gap("residents"), gap("workers")])
    build_candidate(house.settings)
    judge(house)
    publish(house.settings)
    tomorrow = House(replace(house.settings, as_of=AS_OF + timedelta(days=1)))
    warehouse(tomorrow, data_gap=[gap("workers", opened="2026-02-16")])
    rows = build_candidate(tomorrow.settings)
    found = rows_of(house.settings.candidate, "select measure, opened, closed from data_gap order by measure")
    assert [tuple(row.values()) for row in found] == [
        ("residents", AS_OF, AS_OF + timedelta(days=1)), ("workers", AS_OF, None),
    ]  # fmt: skip
    assert rows["data_gap"] == 2


# the contract


@pytest.fixture
def standing(house: House) -> House:
    """A house with a release."""
    warehouse(house, area=TOWNS)
    build_candidate(house.settings)
    judge(house)
    publish(house.settings)
    return house


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (lambda node: node["columns"].pop("parents"), r"area\.parents is gone"),
        (
            lambda node: node["columns"]["parents"].update(data_type="bigint"),
            r"area\.parents was VARCHAR and is BIGINT",
        ),
    ],
)
def test_a_candidate_that_breaks_the_contract_of_what_stands_is_refused_with_what_to_do(
    standing: House, monkeypatch: pytest.MonkeyPatch, change: Any, said: str
) -> None:
    nodes = published_models()
    change(nodes["area"])
    monkeypatch.setattr(candidate, "marts", lambda: list(nodes.values()))
    warehouse(standing)
    with pytest.raises(ContractError, match=rf"{said}.*raise contract_version"):
        build_candidate(standing.settings)
    assert len(published(standing, "from area")) == 3, "the last release stands"
    monkeypatch.setattr(candidate, "contract_version", lambda: contract_version() + 1)
    build_candidate(standing.settings)


def test_a_table_that_is_gone_breaks_the_contract_and_an_addition_does_not() -> None:
    old = {"area": {"code": "VARCHAR"}, "town": {"name": "VARCHAR"}}
    assert broken(old, {"area": old["area"]}) == ["town.name is gone"]
    assert broken(old, old | {"new": {"a": "BIGINT"}, "area": {"code": "VARCHAR", "size": "BIGINT"}}) == []


def test_a_program_that_knows_less_columns_releases_again_after_a_rollback(
    standing: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The older program after the newer one, under one version of the contract."""
    newer = published_models()
    newer["area"]["columns"]["size"] = newer["area"]["columns"]["parents"] | {"name": "size"}
    with monkeypatch.context() as upgraded:
        upgraded.setattr(candidate, "marts", lambda: list(newer.values()))
        upgraded.setattr("pipelines.publish.fingerprint.code_version", lambda: "newer")
        warehouse(standing)
        with duckdb.connect(str(standing.settings.warehouse)) as connection:
            connection.execute("alter table area add column size varchar")
        build_candidate(standing.settings)
        judge(standing)
        made = publish(standing.settings)
        assert "size" in [row["column_name"] for row in published(standing, "describe area")]
    warehouse(standing, area=TOWNS)
    with pytest.raises(ContractError, match=r"area\.size is gone.*zicht rollback"):
        build_candidate(standing.settings)
    rollback(standing.settings)
    for _ in range(2):
        build_candidate(standing.settings)
        judge(standing)
        assert publish(standing.settings).release_id != made.release_id
    assert len(published(standing, "from area")) == 3


def test_a_standing_file_that_cannot_be_opened_keeps_nobody_from_the_next_release(standing: House) -> None:
    standing.settings.database.resolve().write_bytes(b"damaged")
    build_candidate(standing.settings)
