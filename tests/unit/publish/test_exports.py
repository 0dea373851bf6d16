"""The files beside the published one."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import duckdb
import polars as pl
import pytest

from pipelines.publish import exports
from pipelines.publish.candidate import build_candidate, insert
from pipelines.publish.exports import published_tables, write_exports
from tests.contract.project import published_models
from tests.unit.publish.warehouse import town, warehouse

if TYPE_CHECKING:
    from pathlib import Path

    from tests.conftest import House

RELEASE = {
    "release_id": "2026-02-15-0123abcd", "as_of": "2026-02-15", "released_at": "2026-02-15 03:00:00",
    "fingerprint": "0123abcd", "code_version": "1", "deliveries": 1, "data_gaps": 0, "warnings": 0,
    "is_current": True, "synthetic": False,
}  # fmt: skip


@pytest.fixture
def folder(house: House, tmp_path: Path) -> Path:
    """A release with two municipalities, as it is before it is exported."""
    warehouse(house, area=[town("0599", "Rotterdam"), town("0394", "Haarlemmermeer")])
    build_candidate(house.settings)
    target = tmp_path / "release"
    target.mkdir()
    house.settings.candidate.rename(target / "zicht.duckdb")
    changed(target, insert_release=True)
    return target


def changed(folder: Path, *statements: str, insert_release: bool = False) -> None:
    """Change the release's tables."""
    with duckdb.connect(str(folder / "zicht.duckdb")) as connection:
        if insert_release:
            insert(connection, "release", [RELEASE])
        for statement in statements:
            connection.execute(statement)


def bytes_of(folder: Path, kind: str) -> dict[str, bytes]:
    """Every file of a kind."""
    return {path.name: path.read_bytes() for path in (folder / kind).iterdir()}


def sheets(path: Path, **options: object) -> dict[str, pl.DataFrame]:
    """Every sheet of a workbook."""
    found: dict[str, pl.DataFrame] = pl.read_excel(path, sheet_id=0, **options)  # type: ignore[call-overload]
    return found


def test_every_table_is_there_in_every_form(folder: Path) -> None:
    write_exports(folder, synthetic=False)
    names = published_models()
    assert {path.stem for path in (folder / "parquet").iterdir()} == set(names)
    assert {path.stem for path in (folder / "csv").iterdir()} == set(names)
    assert set(sheets(folder / "zicht.xlsx", raise_if_empty=False)) == {"Inhoud", *names}
    assert pl.read_parquet(folder / "parquet" / "area.parquet")["area_code"].to_list() == ["0394", "0599"]
    assert pl.read_csv(folder / "csv" / "area.csv", infer_schema=False)["area_code"].to_list() == ["0394", "0599"]


def test_equal_tables_give_equal_bytes_whatever_order_their_rows_came_in(folder: Path, tmp_path: Path) -> None:
    write_exports(folder, synthetic=False)
    again = tmp_path / "again"
    again.mkdir()
    (again / "zicht.duckdb").write_bytes((folder / "zicht.duckdb").read_bytes())
    changed(again, "create temp table kept as from area", "delete from area",
            "insert into area select * from kept order by area_code desc")  # fmt: skip
    write_exports(again, synthetic=False)
    assert bytes_of(again, "parquet") == bytes_of(folder, "parquet")
    assert bytes_of(again, "csv") == bytes_of(folder, "csv")


def test_with_the_sample_every_name_says_that_it_is_made_up(folder: Path) -> None:
    before = set(folder.rglob("*"))
    write_exports(folder, synthetic=True)
    made = [path for path in folder.rglob("*") if path.is_file() and path not in before]
    assert len(made) == 2 * len(published_models()) + 2
    assert all(path.name.startswith("synthetic_") for path in made)
    contents = pl.read_excel(folder / "synthetic_zicht.xlsx", sheet_name="Inhoud", has_header=False)
    assert "SYNTHETISCH" in contents.item(1, 0)
    described = json.loads((folder / "synthetic_datapackage.json").read_text(encoding="utf-8"))
    assert "SYNTHETISCH" in described["title"]
    assert "SYNTHETIC" in described["description"]


def test_without_it_nothing_says_so(folder: Path) -> None:
    write_exports(folder, synthetic=False)
    assert not list(folder.rglob("synthetic_*"))
    assert "SYNTH" not in (folder / "datapackage.json").read_text(encoding="utf-8").split('"resources"')[0]


def test_the_first_sheet_says_what_is_what_in_two_languages(folder: Path) -> None:
    write_exports(folder, synthetic=False)
    contents = pl.read_excel(folder / "zicht.xlsx", sheet_name="Inhoud", has_header=False)
    assert contents.item(0, 0) == "zicht: uitgave / release 2026-02-15-0123abcd, per / as of 2026-02-15"
    (row,) = [row for row in contents.iter_rows() if row[0] == "area"]
    assert row[1] == "2"
    assert row[2].startswith("Gemeenten")
    assert row[3].startswith("Municipalities")
    assert row[4] == "in dit bestand / in this file"


def test_a_table_too_long_for_a_sheet_is_named_with_where_it_is(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(exports, "SHEET_ROWS", 1)
    write_exports(folder, synthetic=False)
    found = sheets(folder / "zicht.xlsx", has_header=False, raise_if_empty=False)
    assert "area" not in found
    assert "release" in found
    (row,) = [row for row in found["Inhoud"].iter_rows() if row[0] == "area"]
    assert row[4] == "past niet in Excel / does not fit: csv/area.csv"


def test_a_text_too_long_for_a_cell_leaves_its_table_to_the_other_forms(folder: Path) -> None:
    changed(folder, "update area set area_name = repeat('x', 40000) where area_code = '0394'")
    write_exports(folder, synthetic=False)
    assert "area" not in sheets(folder / "zicht.xlsx", raise_if_empty=False)
    assert pl.read_parquet(folder / "parquet" / "area.parquet")["area_name"].str.len_chars().max() == 40000


def test_nothing_is_no_value_and_an_empty_text_is_one(folder: Path) -> None:
    changed(folder, "update area set area_name = '', parents = null where area_code = '0394'")
    write_exports(folder, synthetic=False)
    header, first, *_ = (folder / "csv" / "area.csv").read_text(encoding="utf-8").splitlines()
    cells = dict(zip(header.split(","), first.split(","), strict=True))
    assert cells["area_name"] == '""'
    assert cells["parents"] == ""


def test_the_package_tells_types_keys_size_and_hash(folder: Path) -> None:
    write_exports(folder, synthetic=False)
    described = json.loads((folder / "datapackage.json").read_text(encoding="utf-8"))
    resources = {one["name"]: one for one in described["resources"]}
    assert set(resources) == set(published_models())
    headline = resources["gap_headline"]
    types = {field["name"]: field["type"] for field in headline["schema"]["fields"]}
    assert (types["workers"], types["registered_share"], types["synthetic"]) == ("integer", "number", "boolean")
    assert headline["bytes"] == (folder / headline["path"]).stat().st_size
    assert headline["hash"].startswith("sha256:")


def test_a_key_that_may_be_empty_is_no_primary_key(folder: Path) -> None:
    changed(folder, "update area set valid_from = null where area_code = '0394'")
    with duckdb.connect(str(folder / "zicht.duckdb"), read_only=True) as connection:
        tables = {table.name: table for table in published_tables(connection)}
    assert not tables["area"].complete
    assert tables["release"].complete
    write_exports(folder, synthetic=False)
    described = json.loads((folder / "datapackage.json").read_text(encoding="utf-8"))
    schemas = {one["name"]: one["schema"] for one in described["resources"]}
    assert schemas["area"]["uniqueKeys"] == [["area_type", "area_code", "valid_from"]]
    assert schemas["release"]["primaryKey"] == ["release_id"]
