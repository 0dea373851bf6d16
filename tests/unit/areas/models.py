"""The models on hand-made observations: what a test wants of a country, without files, readers and registers."""

from __future__ import annotations

import os
import shutil
import subprocess
from dataclasses import dataclass, replace
from datetime import date
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

import duckdb
import polars as pl

from pipelines import records
from pipelines.landing.catalogue import DELIVERY, SUM, write_catalogue
from pipelines.model.dbt import DBT_PROJECT, executable
from pipelines.sources import all_sources
from pipelines.sources.observations import NEUTRAL
from pipelines.sources.reading import anchor
from tests.conftest import AS_OF, make_house
from tests.contract.project import prepared_manifest

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from pipelines.settings import Settings

Row = dict[str, Any]

_USUAL: Row = NEUTRAL | {
    "delivery_id": "made-up", "source": "figures", "scope": "NL", "reference_date": date(2026, 1, 1),
    "locator_file": "made-up", "locator_cell": "row 1", "locator_row": None, "area_type": "GM",
    "date_precision": "day", "measured_as": "stock", "measure": "workers", "workplace_basis": "unknown",
    "universe": "made_up", "edition": "1", "version": "1", "unit": "persons", "bound_kind": "exact",
    "availability": "available", "finality": "final", "synthetic": False,
}  # fmt: skip


def figure(code: str, day: str, value: int | None, **changed: Any) -> Row:
    """Workers of a municipality on a day; exact, or with the bounds that are given."""
    on = date.fromisoformat(day)
    where = {"area_code": code, "period_start": on, "period_end": on}
    return _USUAL | where | {"value": value, "low": value, "high": value} | changed


def moved(old: str, new: str, day: str, inhabitants: int | None, **changed: Any) -> Row:
    """Inhabitants who went from one municipality to another, as the text of the old one tells."""
    told: Row = {"measure": "inhabitants_moved", "other_area_type": "GM", "other_area_code": new, "change": "ended"}
    told["locator_cell"] = f"GM{old}"
    return figure(old, day, inhabitants, **told | changed)


def lies_in(code: str, kind: str, other: str, name: str, year: int) -> Row:
    """The area in which a municipality lies in a year."""
    told: Row = {"measure": "lies_in", "other_area_type": kind, "other_area_code": other, "quote": name}
    return figure(code, f"{year}-01-01", 1, unit="other", **told)


@dataclass(frozen=True)
class Modelled:
    """A warehouse that was built."""

    warehouse: Path

    def rows(self, query: str) -> list[tuple[Any, ...]]:
        """What a query gives."""
        with duckdb.connect(str(self.warehouse), read_only=True) as connection:
            return connection.execute(query).fetchall()


def modelled(
    folder: Path,
    observations: list[Row],
    *models: str,
    as_of: date = AS_OF,
    sums: Sequence[Row] = (),
    rejected: Mapping[str, int] | None = None,
) -> Modelled:
    """Build models, and all that they rest on, of observations and of what adds up; their tests must pass.

    ``rejected``: how many rows of a delivery were rejected, where any.
    """
    settings = replace(_empty_house(), as_of=as_of)
    for source in all_sources().values():
        anchor(settings, source)
    write_catalogue(settings)
    _deliveries(observations, rejected or {}).write_parquet(settings.staged / "catalogue" / "delivery.parquet")
    pl.DataFrame(list(sums), schema=SUM).write_parquet(settings.staged / "catalogue" / "sum.parquet")
    numbered = [row | {"locator_row": row["locator_row"] or number} for number, row in enumerate(observations, 1)]
    table = pl.DataFrame(numbered, infer_schema_length=None).to_arrow()
    with duckdb.connect() as connection:
        rows = records.load("observation").conform(connection.from_arrow(table))
        assert records.load("observation").violations(rows) == []
        rows.write_parquet(str(settings.staged / "figures" / "accepted" / "made-up.parquet"))
    settings.build.mkdir()
    return _built(folder, settings, *(f"+{model}" for model in models))


def on_tables(folder: Path, tables: Mapping[str, pl.DataFrame], model: str) -> Modelled:
    """Build one model on hand-made tables of the models and seeds that it asks."""
    settings = _empty_house()
    settings.build.mkdir(parents=True)
    with duckdb.connect(str(settings.warehouse)) as connection:
        for name, table in tables.items():
            connection.from_arrow(table.to_arrow()).create(name)
    return _built(folder, settings, model)


def _built(folder: Path, settings: Settings, *selected: str) -> Modelled:
    prepared_manifest()
    command = [
        executable(), "build", "--quiet", "--project-dir", str(DBT_PROJECT), "--profiles-dir", str(DBT_PROJECT),
        "--target-path", str(_workshop() / "dbt"), "--log-path", str(folder / "dbt"), "--select", *selected,
        "--exclude", "test_name:known",  # universes here are made up
    ]  # fmt: skip
    told = {
        "ZICHT_STAGED": settings.staged.as_posix(),
        "ZICHT_WAREHOUSE": settings.warehouse.as_posix(),
        "ZICHT_KEY_FILE": str(settings.key_file),
    }
    done = subprocess.run(command, env=os.environ | told, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout
    return Modelled(settings.warehouse.rename(folder / settings.warehouse.name))


def _workshop() -> Path:
    """Where this process builds: dbt parses the whole project anew for every other place."""
    return Path(_kept().name)


@cache
def _kept() -> TemporaryDirectory[str]:
    return TemporaryDirectory(prefix="zicht-models-")


def _empty_house() -> Settings:
    shutil.rmtree(_workshop() / "house", ignore_errors=True)
    (_workshop() / "house").mkdir()
    return make_house(_workshop() / "house").settings


def _deliveries(observations: list[Row], rejected: Mapping[str, int]) -> pl.DataFrame:
    known = {"source": "figures", "standing": "current", "synthetic": False, "layout": "made-up"}
    named = sorted({"made-up"} | {row["delivery_id"] for row in observations})
    rows = [{"delivery_id": name, "rows_rejected": rejected.get(name, 0)} for name in named]
    return pl.DataFrame([dict.fromkeys(DELIVERY) | known | row for row in rows], schema=DELIVERY)
