"""Handing a municipality's counts to another installation: what leaves, in what form, and what never does."""

from __future__ import annotations

import json
from datetime import date
from typing import TYPE_CHECKING, Any

import duckdb
import polars as pl
import pytest

from pipelines.publish.exchange import export
from pipelines.publish.release import switch
from pipelines.settings import Settings, UsageError
from tests.conftest import AS_OF, make_house

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

COUNT = {
    "area_type": "GM", "area_code": "0394", "period_start": date(2026, 1, 1), "period_end": date(2026, 1, 1),
    "date_precision": "day", "measured_as": "stock", "register": "brp", "origin_group": "all", "stay_band": "all",
    "persons": 1200, "persons_low": 1191, "persons_high": 1209, "unit": "persons",
    "universe": "brp_residents_foreign_nationality", "edition": "2026-01-01", "version": "1",
    "bound_kind": "rounding_known", "availability": "available", "finality": "final", "computed": True,
    "synthetic": False, "delivery_id": "own",
}  # fmt: skip
WITHHELD = {
    "persons": None, "persons_low": 0, "persons_high": 9, "bound_kind": "suppressed", "availability": "suppressed",
}  # fmt: skip
DELIVERIES = {"own": "brp", "cbs": "statline", "theirs": "exchange"}


def released(folder: Path, *changed: dict[str, Any]) -> Settings:
    """A house with a release that holds some counts."""
    settings = make_house(folder).settings
    kept = settings.releases / "2026-02-15-abc"
    kept.mkdir(parents=True)
    with duckdb.connect(str(kept / "zicht.duckdb")) as connection:
        counts = pl.DataFrame([COUNT | one for one in changed], infer_schema_length=None).to_arrow()
        connection.from_arrow(counts).create("registered")
        deliveries = pl.DataFrame({"delivery_id": list(DELIVERIES), "source": list(DELIVERIES.values())}).to_arrow()
        connection.from_arrow(deliveries).create("delivery")
    release = {"release_id": kept.name, "as_of": str(AS_OF)}
    (kept / "release.json").write_text(json.dumps(release), encoding="utf-8")
    switch(settings, kept)
    return settings


def exported(folder: Path, *changed: dict[str, Any]) -> tuple[Path, list[dict[str, Any]]]:
    """The package and its rows."""
    package = export(released(folder, *changed), "0394", folder / "out")
    (table,) = package.glob("*.parquet")
    return package, pl.read_parquet(table).to_dicts()


def test_what_leaves_is_a_delivery_of_the_other_installation(tmp_path: Path) -> None:
    package, rows = exported(tmp_path, {})

    assert package == tmp_path / "out" / "exchange" / "0394" / str(AS_OF)
    assert sorted(path.name for path in package.iterdir()) == [
        "datapackage.json", "delivery.yml", "observations.parquet",
    ]  # fmt: skip
    [row] = rows
    assert (row["measure"], row["home_area"], row["value"], row["low"], row["high"]) == (
        "residents", "here", 1200, 1191, 1209,
    )  # fmt: skip
    about = json.loads((package / "datapackage.json").read_text(encoding="utf-8"))
    assert [field["name"] for field in about["resources"][0]["schema"]["fields"]] == list(row)
    assert about["zicht"]["threshold"] == 10


def test_only_counts_of_our_own_registers_of_that_municipality_leave(tmp_path: Path) -> None:
    others = [
        {"area_code": "0599"}, {"area_type": "CR", "area_code": "CR23"}, {"delivery_id": "cbs"},
        {"delivery_id": "theirs"},
    ]  # fmt: skip
    _, rows = exported(tmp_path, {}, *others)

    assert len(rows) == 1


@pytest.mark.parametrize(
    ("count", "measure"),
    [
        ({"register": "rni", "universe": "rni_temporary_address"}, "non_residents"),
        ({"measured_as": "flow", "universe": "brp_arrivals"}, "arrivals"),
        ({"measured_as": "flow", "universe": "brp_departures"}, "departures"),
    ],
)
def test_each_count_leaves_under_its_own_measure(tmp_path: Path, count: dict[str, Any], measure: str) -> None:
    _, rows = exported(tmp_path, count)

    assert [row["measure"] for row in rows] == [measure]


def test_a_withheld_count_leaves_withheld(tmp_path: Path) -> None:
    _, [row] = exported(tmp_path, WITHHELD)

    assert (row["value"], row["low"], row["high"], row["availability"]) == (None, 0, 9, "suppressed")


@pytest.mark.parametrize(
    "unprotected",
    [
        {"persons": 5},
        {"persons": 1203},
        {"persons_low": 1198, "persons_high": 1202},
        WITHHELD | {"persons_low": 3, "persons_high": 3},
    ],
)
def test_a_count_that_is_not_protected_stops_the_export_and_leaves_nothing(
    tmp_path: Path, unprotected: dict[str, Any]
) -> None:
    settings = released(tmp_path, {}, unprotected | {"origin_group": "moe"})

    with pytest.raises(ValueError, match="not protected"):
        export(settings, "0394", tmp_path / "out")
    assert not (tmp_path / "out").exists()


def test_a_failed_export_leaves_what_was_there(tmp_path: Path) -> None:
    settings = released(tmp_path, {"persons": 5})
    (tmp_path / "out" / "exchange").mkdir(parents=True)

    with pytest.raises(ValueError, match="not protected"):
        export(settings, "0394", tmp_path / "out")
    assert list((tmp_path / "out").rglob("*")) == [tmp_path / "out" / "exchange"]


@pytest.mark.parametrize("code", ["../../../evil", "394", "0394\n", "GM0394", "", "٠٣٩٤"])
def test_a_municipality_is_four_digits_and_no_path(tmp_path: Path, code: str) -> None:
    settings = released(tmp_path, {})
    before = sorted(tmp_path.rglob("*"))

    with pytest.raises(UsageError, match="a code of four digits"):
        export(settings, code, tmp_path / "out")
    assert sorted(tmp_path.rglob("*")) == before


def test_made_up_counts_say_so_in_the_name_of_the_file(tmp_path: Path) -> None:
    package, _ = exported(tmp_path, {"synthetic": True})

    assert (package / "synthetic_observations.parquet").exists()
    assert "synthetic: true" in (package / "delivery.yml").read_text(encoding="utf-8")


def test_the_same_release_gives_the_same_bytes(tmp_path: Path) -> None:
    counts: list[dict[str, Any]] = [{"origin_group": group} for group in ("all", "moe", "eu", "other_eu")]
    packages = []
    for place, order in (("a", counts), ("b", counts[::-1])):
        (tmp_path / place).mkdir()
        packages.append(exported(tmp_path / place, *order)[0])
    first, second = ({path.name: path.read_bytes() for path in package.iterdir()} for package in packages)

    assert first == second


def _nothing(folder: Path) -> Settings:
    return make_house(folder).settings


def _of_another(folder: Path) -> Settings:
    return released(folder, {"area_code": "0599"})


def _twice(folder: Path) -> Settings:
    settings = released(folder, {})
    export(settings, "0394", folder / "out")
    return settings


@pytest.mark.parametrize(("before", "rule"), [(_nothing, "no release"), (_of_another, "no counts"), (_twice, "exists")])
def test_where_there_is_nothing_to_export_the_command_says_why(
    tmp_path: Path, before: Callable[[Path], Settings], rule: str
) -> None:
    settings = before(tmp_path)

    with pytest.raises(UsageError, match=rule):
        export(settings, "0394", tmp_path / "out")
