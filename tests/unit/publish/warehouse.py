"""A warehouse or a candidate with every published table, and the few rows that a test gives it."""

from __future__ import annotations

import shutil
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

import duckdb
import polars as pl

from pipelines.files import read_json, write_json, write_text
from pipelines.publish.candidate import MADE_OF, build_candidate, insert, tell_history
from pipelines.publish.fingerprint import FINGERPRINT, fingerprint
from pipelines.publish.release import publish
from pipelines.quality import ledger
from pipelines.quality.checks import keep_results, kept_results
from pipelines.quality.suites import rules_of_release
from pipelines.sources import all_sources
from tests.conftest import make_house
from tests.contract.project import prepared_manifest, published_models

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.conftest import House

Row = dict[str, Any]

PASSED: Row = {
    "door": "release", "severity": "block", "passed": True, "failing_rows": 0, "reason": "for a test", "owner": "me",
    "checked_at": "2026-02-15 02:30:00",
}  # fmt: skip


def town(code: str, name: str) -> Row:
    """A municipality."""
    return {"area_type": "GM", "area_code": code, "area_name": name}


def gap(measure: str = "residents", **changed: Any) -> Row:
    """A data gap that the models found."""
    usual = {
        "area_type": "NL", "area_code": "NL", "measure": measure, "kind": "missing", "severity": "high",
        "source": "brp", "opened": "2026-02-15", "explanation_nl": "nooit", "explanation_en": "never",
        "remedy_nl": "vraag", "remedy_en": "ask", "synthetic": False,
    }  # fmt: skip
    return usual | changed


def warehouse(house: House, **rows: list[Row]) -> None:
    """Write the warehouse of a house anew."""
    house.settings.build.mkdir(parents=True, exist_ok=True)
    catalogue = house.settings.staged / "catalogue"
    write_text(catalogue / FINGERPRINT, fingerprint(house.settings))
    pl.DataFrame({"as_of": [house.settings.as_of]}).write_parquet(catalogue / "run.parquet")
    house.settings.warehouse.unlink(missing_ok=True)
    with duckdb.connect(str(house.settings.warehouse)) as connection:
        for name, node in published_models().items():
            columns = ", ".join(f'"{column["name"]}" {column["data_type"]}' for column in node["columns"].values())
            connection.execute(f"create table {name} ({columns})")
            insert(connection, name, rows.get(name, []))


def candidate(house: House, **rows: list[Row]) -> None:
    """Write the candidate of a house anew; as ``build_candidate`` does, but in no time."""
    settings = house.settings
    ledger.settle(settings)
    settings.candidate.parent.mkdir(parents=True, exist_ok=True)
    settings.candidate.write_bytes(_empty_candidate())
    with duckdb.connect(str(settings.candidate)) as connection:
        for name, found in rows.items():
            insert(connection, name, found)
        tell_history(connection, "data_gap", settings, str(settings.as_of))
    made_of = {"fingerprint": fingerprint(settings), "as_of": str(settings.as_of)}
    write_json(settings.candidate.parent / MADE_OF, made_of)
    manifest = settings.current / "release.json"
    if rows and (standing := read_json(manifest)):  # what a test gives it comes from no delivery, so no hash tells it
        write_json(manifest, standing | {"fingerprint": f"other than {settings.as_of}"})
    judge(house)


def judge(house: House, *results: Row) -> None:
    """Say that the candidate was checked whole, with these results and those that are kept; whatever else passed."""
    said = {(one["table_name"], one["rule"]) for one in [*kept_results(house.settings), *results]}
    others = [PASSED | {"table_name": table, "rule": rule} for table, rule in sorted(rules_of_release() - said)]
    keep_results(house.settings, "release", [*results, *others], whole=False)


@cache
def _empty_candidate() -> bytes:
    with TemporaryDirectory() as folder:
        house = make_house(Path(folder))
        warehouse(house)
        build_candidate(house.settings)
        return house.settings.candidate.read_bytes()


def published(house: House, query: str) -> list[Row]:
    """Rows of the published file."""
    return rows_of(house.settings.database, query)


def rows_of(path: Any, query: str) -> list[Row]:
    """Rows of a DuckDB file."""
    with duckdb.connect(str(path), read_only=True) as connection:
        found = connection.execute(query)
        names = [column[0] for column in found.description]
        return [dict(zip(names, row, strict=True)) for row in found.fetchall()]


def release_all(house: House) -> None:
    """Take in what lies in the inbox of a house, and release it."""
    prepared_manifest()
    for source in all_sources():
        house.land(source)
        for scope in ("NL", "0394"):
            house.read(source, scope)
    candidate(house)
    publish(house.settings)


def furnish(house: House, make: Callable[[House], Any]) -> Any:
    """Give an empty house what ``make`` makes of one; made once, and copied since."""
    folder, told = _made(make)
    shutil.copytree(folder.name, house.settings.data.parent, symlinks=True, dirs_exist_ok=True)
    return told


@cache
def _made(make: Callable[[House], Any]) -> tuple[TemporaryDirectory[str], Any]:
    folder = TemporaryDirectory()
    return folder, make(make_house(Path(folder.name)))
