"""Counts of several municipalities together: what a region's sum is, and what is left of it where one lacks."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from tests.unit.areas.models import Modelled, Row, figure, lies_in, modelled

DAY = "2026-01-01"
WITHHELD = {"low": 0, "high": 9, "availability": "suppressed", "bound_kind": "suppressed"}


def counted(code: str, persons: int | None, **changed: Any) -> Row:
    """A protected count that a municipality exported."""
    bounds = WITHHELD if persons is None else {"low": persons - 2, "high": persons + 2, "bound_kind": "rounding_known"}
    said: dict[str, Any] = {
        "source": "exchange", "measure": "residents", "home_area": "here", "edition": DAY,
        "universe": "brp_residents_foreign_nationality", "computed": True,
    }  # fmt: skip
    return figure(code, DAY, persons, **said | bounds | changed)


OBSERVATIONS = [
    lies_in("0394", "CR", "CR23", "Groot-Amsterdam", 2025), lies_in("0358", "CR", "CR23", "Groot-Amsterdam", 2025),
    lies_in("0392", "CR", "CR21", "Haarlem", 2025), lies_in("0397", "CR", "CR21", "Haarlem", 2025),
    lies_in("0479", "CR", "CR21", "Haarlem", 2025), lies_in("0518", "CR", "CR26", "Den Haag", 2025),
    lies_in("0503", "CR", "CR26", "Den Haag", 2025),
    counted("0394", 1200), counted("0358", 300),
    counted("0394", None, origin_group="moe"), counted("0358", 40, origin_group="moe"),
    counted("0392", 500), counted("0479", 80), counted("0518", 900),
    # The same cell, delivered twice.
    counted("0358", 300, version="2"), counted("0392", 515, version="2"),
    # The same cells in two packages, of which the identity of the older one comes first.
    counted("0358", 100, origin_group="eu"),
    *(counted("0394", persons, origin_group="eu", delivery_id=name, reference_date=date(2026, month, 15), **register)
      for name, month, persons in [("aaa", 1, 600), ("zzz", 2, 700)]
      for register in ({}, {"universe": "rni_temporary_address", "measure": "non_residents", "home_area": "all"})),
    counted("0394", 700, synthetic=True),
    *(counted("0394", 400, stay_band=band) for band in ("1_to_5_years", "5_years_and_more")),
    *(figure("0394", "2025-12-31", 900, source="migrantenmonitor", universe="monitor_workers_work_area", stay_band=band)
      for band in ("all", "5_years_and_more")),
]  # fmt: skip


@pytest.fixture(scope="module")
def models(tmp_path_factory: pytest.TempPathFactory) -> Modelled:
    return modelled(tmp_path_factory.mktemp("regions"), OBSERVATIONS, "registered", "reconciliation", "gap_headline")


def region(models: Modelled, code: str, group: str = "all") -> list[tuple[Any, ...]]:
    return models.rows(
        "select persons, persons_low, persons_high, availability, bound_kind, synthetic from registered"
        f" where area_type = 'CR' and area_code = '{code}' and origin_group = '{group}'"
    )


def test_two_municipalities_together_give_their_region(models: Modelled) -> None:
    assert region(models, "CR23") == [(1500, 1496, 1504, "available", "rounding_known", False)]


def test_a_withheld_part_leaves_the_region_its_bounds(models: Modelled) -> None:
    assert region(models, "CR23", "moe") == [(None, 38, 51, "suppressed", "suppressed", False)]


def test_where_a_municipality_lacks_only_the_lower_bound_of_the_region_is_known(models: Modelled) -> None:
    assert region(models, "CR21") == [(None, 576, None, "missing", "none", False)]


def test_a_region_of_which_one_municipality_was_counted_has_no_sum(models: Modelled) -> None:
    assert region(models, "CR26") == []


def test_exchanged_counts_stand_beside_our_own_by_municipality(models: Modelled) -> None:
    assert models.rows(
        "select persons, register, version from registered"
        " where area_type = 'GM' and area_code = '0358' and origin_group = 'all' order by all"
    ) == [(300, "brp", "1"), (300, "brp", "2")]


def test_a_cell_that_was_delivered_twice_is_compared(models: Modelled) -> None:
    assert models.rows(
        "select area_code, left_value, right_value, verdict from reconciliation"
        " where check_name = 'exchanged_vs_own' order by area_code"
    ) == [
        ("0358", 300.0, 300.0, "agrees"), ("0392", 500.0, 515.0, "differs"),
        ("0394", 700.0, 600.0, "differs"), ("0394", 700.0, 600.0, "differs"),
    ]  # fmt: skip


def test_of_two_packages_the_newest_counts(models: Modelled) -> None:
    assert region(models, "CR23", "eu") == [(800, 796, 804, "available", "rounding_known", False)]
    for model, column in [("int_residents", "residents"), ("int_non_residents", "non_residents_here")]:
        found = models.rows(f"select {column} from {model} where area_code = '0394' and origin_group = 'eu'")
        assert found == [(700,)], model


def test_only_totals_meet_in_a_gap_and_each_municipality_once(models: Modelled) -> None:
    assert models.rows(
        "select workers, residents, synthetic from registration_gap"
        " where municipality_code = '0394' and origin_group = 'all'"
    ) == [(900, 1200, False)]
