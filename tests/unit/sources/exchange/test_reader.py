"""Taking in another installation's counts: as they left, or not at all."""

from __future__ import annotations

import io
import json
from datetime import date
from hashlib import sha256
from typing import TYPE_CHECKING, Any

import polars as pl
import pytest

from pipelines.publish.exchange import export
from tests.unit.publish.test_exchange import COUNT, WITHHELD, released

if TYPE_CHECKING:
    from pathlib import Path

    from tests.conftest import House

TABLE = "observations.parquet"


@pytest.fixture
def package(tmp_path: Path) -> dict[str, bytes]:
    """What another installation exported."""
    folder = tmp_path / "elsewhere"
    folder.mkdir()
    settings = released(folder, {}, WITHHELD | {"origin_group": "moe"}, {"register": "rni", "measured_as": "stock"})
    made = export(settings, "0394", folder / "out")
    return {path.name: path.read_bytes() for path in made.iterdir() if path.suffix != ".yml"}


def changed(package: dict[str, bytes], *columns: pl.Expr) -> dict[str, bytes]:
    """The package with other rows, and a description that fits them."""
    buffer = io.BytesIO()
    pl.read_parquet(package[TABLE]).with_columns(*columns).write_parquet(buffer)
    about = json.loads(package["datapackage.json"])
    about["resources"][0]["hash"] = f"sha256:{sha256(buffer.getvalue()).hexdigest()}"
    return {TABLE: buffer.getvalue(), "datapackage.json": json.dumps(about).encode()}


def test_counts_arrive_as_they_left(house: House, package: dict[str, bytes]) -> None:
    outcome = house.take_in("exchange", package)

    assert (outcome.rows_read, outcome.rows_accepted, outcome.rows_rejected) == (3, 3, 0)
    found = house.accepted("exchange")
    assert {(row["origin_group"], row["measure"], row["value"], row["low"], row["high"]) for row in found} == {
        ("all", "residents", 1205.0, 1203.0, 1207.0),
        ("all", "non_residents", 1205.0, 1203.0, 1207.0),
        ("moe", "residents", None, 0.0, 9.0),
    }
    assert {row["period_start"] for row in found} == {COUNT["period_start"]} == {date(2026, 1, 1)}
    assert {row["computed"] for row in found} == {True}


@pytest.mark.parametrize(
    ("change", "rule"),
    [
        (pl.lit("0599").alias("area_code"), "row 1: area_code is not the municipality of the delivery, 0394"),
        (pl.lit("a_secret_list").alias("universe"), "row 1: universe is no universe"),
        (pl.lit("everybody").alias("origin_group"), "row 1: origin_group is not one of"),
        (pl.lit(None).cast(pl.String).alias("edition"), "row 1: edition is empty"),
        (pl.lit(7.0).alias("value"), "is a count of persons that is not protected"),
        (pl.lit(1204.0).alias("value"), "is a count of persons that is not protected"),
        (pl.lit(3.0).alias("high"), "is a count of persons that is not protected"),
    ],
)
def test_a_package_with_one_wrong_row_is_refused_with_row_and_rule(
    house: House, package: dict[str, bytes], change: pl.Expr, rule: str
) -> None:
    outcome = house.take_in("exchange", changed(package, change))

    assert outcome.status == "refused"
    assert rule.replace("row 1: ", f"{TABLE} row 1: ") in outcome.message
    assert house.accepted("exchange") == []


def _another_description(package: dict[str, bytes]) -> dict[str, bytes]:
    return package | {"datapackage.json": changed(package, pl.lit("2").alias("version"))["datapackage.json"]}


def _no_description(package: dict[str, bytes]) -> dict[str, bytes]:
    return package | {"datapackage.json": b"{}"}


def _lacking(package: dict[str, bytes]) -> dict[str, bytes]:
    return {TABLE: package[TABLE]}


def _one_more(package: dict[str, bytes]) -> dict[str, bytes]:
    return package | {"persons.parquet": package[TABLE]}


def _another_column(package: dict[str, bytes]) -> dict[str, bytes]:
    return changed(package, pl.lit("1").alias("burgerservicenummer"))


@pytest.mark.parametrize(
    ("spoil", "rule"),
    [
        (_another_description, "it describes other bytes"),
        (_no_description, "no description of a package of zicht"),
        (_lacking, "a package is datapackage.json and observations.parquet and nothing else"),
        (_one_more, "a package is datapackage.json and observations.parquet and nothing else"),
        (_another_column, "its columns are not those of this version of zicht: burgerservicenummer"),
    ],
)
def test_what_is_no_package_is_refused(house: House, package: dict[str, bytes], spoil: Any, rule: str) -> None:
    outcome = house.take_in("exchange", spoil(package))

    assert outcome.status == "refused"
    assert rule in outcome.message
