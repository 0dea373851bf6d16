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
    of_rni = {"register": "rni", "universe": "rni_temporary_address"}
    settings = released(folder, {}, WITHHELD | {"origin_group": "moe"}, of_rni)
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
        ("all", "residents", 1200.0, 1191.0, 1209.0),
        ("all", "non_residents", 1200.0, 1191.0, 1209.0),
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
        (pl.lit(1205.0).alias("value"), "is a count of persons that is not protected"),
        (pl.lit(3.0).alias("high"), "is a count of persons that is not protected"),
        (pl.lit(float("inf")).alias("value"), "value is no finite number"),
        (pl.lit(float("nan")).alias("high"), "high is no finite number"),
        (pl.lit("workers").alias("measure"), "row 1: universe is no universe of a register, or does not go with"),
        (pl.lit("brp_arrivals").alias("universe"), "row 1: universe is no universe of a register, or does not go with"),
        (pl.lit("jobs").alias("unit"), "row 1: unit is not persons"),
        (pl.lit("labour").alias("motive"), "row 1: motive tells what no package tells"),
        (pl.lit("J. Jansen").alias("quote"), "row 1: quote tells what no package tells"),
        (pl.lit("J. Jansen").alias("edition"), "row 1: edition is not the day of the count"),
        (pl.lit(date(2027, 1, 1)).alias("period_end"), "row 1: period_end is after the date of the delivery"),
        (pl.lit(date(2025, 1, 1)).alias("period_start"), "row 1: period_start is not that of a day"),
        (pl.lit(1.0).alias("low"), "is a count of persons that is not protected"),
        (
            pl.when(pl.col("value") > 0).then(1192.0).otherwise("low").alias("low"),
            "low is a count of persons that is not protected: of a value it is 9 less",
        ),
        (
            pl.when(pl.col("value").is_null()).then("low").alias("low"),
            "low is a count of persons that is not protected",
        ),
        (pl.lit("available").alias("availability"), "bound_kind does not go with availability"),
        (pl.lit("all").alias("origin_group"), "universe is counted twice"),
    ],
)
def test_a_package_with_one_wrong_row_is_refused_with_row_and_rule(
    house: House, package: dict[str, bytes], change: pl.Expr, rule: str
) -> None:
    outcome = house.take_in("exchange", changed(package, change))

    assert outcome.status == "refused"
    assert rule.replace("row 1: ", f"{TABLE} row 1: ") in outcome.message
    assert house.accepted("exchange") == []


BOUNDS = [
    # A count that is not certain has bounds and no value, each as wide as the protection makes it.
    (1191.0, 1219.0, "brp_residents_foreign_nationality", None),
    (1191.0, None, "brp_residents_foreign_nationality", None),
    (1.0, 29.0, "brp_residents_foreign_nationality", None),
    (0.0, 19.0, "brp_residents_foreign_nationality", None),
    (0.0, None, "brp_residents_foreign_nationality", "low is a count of persons that is not protected, or no bound"),
    (5.0, 29.0, "brp_residents_foreign_nationality", "low is a count of persons that is not protected"),
    (0.0, 9.0, "brp_residents_foreign_nationality", "high is a count of persons that is not protected"),
    (1191.0, 1209.0, "brp_residents_foreign_nationality", "high is a count of persons that is not protected"),
    (1191.0, 1218.0, "brp_residents_foreign_nationality", "high is a count of persons that is not protected"),
    (1191.0, None, "brp_departures", None),
    (1191.0, 1219.0, "brp_departures", "high is known, and of who left it never is"),
]


@pytest.mark.parametrize(("low", "high", "universe", "rule"), BOUNDS)
def test_bounds_without_a_value_are_believed_only_as_the_protection_gives_them(
    tmp_path: Path, house: House, low: float, high: float | None, universe: str, rule: str | None
) -> None:
    flow = {"measured_as": "flow", "period_start": date(2025, 1, 2)} if universe == "brp_departures" else {}
    folder = tmp_path / "there"
    folder.mkdir()
    count = {"persons": None, "persons_low": low, "persons_high": high, "universe": universe}
    made = export(released(folder, count | flow), "0394", folder / "out")
    files = {path.name: path.read_bytes() for path in made.iterdir() if path.suffix != ".yml"}
    outcome = house.take_in("exchange", files)

    assert outcome.status == ("refused" if rule else "read"), outcome.message
    assert (rule or "") in outcome.message


def _garbage(package: dict[str, bytes]) -> dict[str, bytes]:
    about = json.loads(package["datapackage.json"])
    garbage = package[TABLE][:100] + b"PAR1"
    about["resources"][0]["hash"] = f"sha256:{sha256(garbage).hexdigest()}"
    return {TABLE: garbage, "datapackage.json": json.dumps(about).encode()}


def _another_type(package: dict[str, bytes]) -> dict[str, bytes]:
    return changed(package, pl.col("value").cast(pl.String))


def _deep(package: dict[str, bytes]) -> dict[str, bytes]:
    return package | {"datapackage.json": b"[" * 100_000}


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
        (_garbage, "it is no Parquet"),
        (_another_type, "its columns are not those of this version of zicht: value"),
        (_deep, "no description of a package of zicht"),
        (_another_column, "its columns are not those of this version of zicht: burgerservicenummer"),
    ],
)
def test_what_is_no_package_is_refused(house: House, package: dict[str, bytes], spoil: Any, rule: str) -> None:
    outcome = house.take_in("exchange", spoil(package))

    assert outcome.status == "refused"
    assert rule in outcome.message


def test_a_table_at_which_the_library_panics_is_refused_too(
    house: House, package: dict[str, bytes], monkeypatch: pytest.MonkeyPatch
) -> None:
    def panics(*_: object) -> None:
        raise pl.exceptions.PanicException("broken page")

    monkeypatch.setattr(pl, "read_parquet", panics)
    outcome = house.take_in("exchange", package)

    assert outcome.status == "refused"
    assert "it is no Parquet" in outcome.message
