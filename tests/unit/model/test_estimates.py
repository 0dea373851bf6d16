"""Persons in no list on the way to the marts: the newest delivery counts, and every figure is told with its status."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Any

import pytest

from tests.unit.areas.models import Modelled, Row, figure, modelled

if TYPE_CHECKING:
    from collections.abc import Mapping

TWO = {"inspections": 410, "night_shelter": 180, "inspections + night_shelter": 60}


def overlaps(code: str, lists: str, persons: Mapping[str, int], stratum: str = "all", **changed: Any) -> list[Row]:
    """What lists hold in 2025, as a delivery of a municipality has it."""
    told: Row = {"measure": "overlap", "measured_as": "ever", "date_precision": "year", "universe": "municipal_lists"}
    told |= {"lists": lists, "stratum": stratum, "period_end": date(2025, 12, 31)}
    return [
        figure(code, "2025-01-01", number, held_by=held_by, **told | changed) for held_by, number in persons.items()
    ]


BOTH = "inspections + night_shelter"
OBSERVATIONS = [
    *overlaps("0394", BOTH, TWO),
    # A newer delivery of the same area and period, without the groups of the older one and without its other lists.
    *overlaps(
        "0599",
        "inspections + police",
        {"inspections": 500, "police": 90, "inspections + police": 50},
        reference_date=date(2025, 6, 1),
        edition="old",
        delivery_id="old",
    ),
    *overlaps("0599", BOTH, TWO, "builders", reference_date=date(2025, 6, 1), edition="old", delivery_id="old"),
    *overlaps("0599", BOTH, TWO, "farms", reference_date=date(2025, 6, 1), edition="old", delivery_id="old"),
    *overlaps("0599", BOTH, TWO | {BOTH: 100}, edition="new"),
    # The same table made up stands beside it and does not replace it.
    *overlaps("0599", BOTH, TWO | {BOTH: 200}, synthetic=True),
    *overlaps("0637", BOTH, TWO | {BOTH: 8}),
    *overlaps("0518", "brp + inspections", {"brp": 900, "inspections": 200, "brp + inspections": 90}),
    figure("0363", "2025-01-01", 1000),
]


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Modelled:
    return modelled(tmp_path_factory.mktemp("estimates"), OBSERVATIONS, "estimate", "estimate_sensitivity")


def chapman(house: Modelled, code: str, columns: str) -> list[tuple[Any, ...]]:
    return house.rows(
        f"select {columns} from estimate where area_code = '{code}' and method = 'two_lists_chapman' order by all"
    )


def test_an_estimate_is_told_as_one_with_its_interval_and_its_group(house: Modelled) -> None:
    status = "measure, unit, universe, bound_kind, availability, finality, computed, lists, stratum, realised"
    assert chapman(house, "0394", status) == [
        ("all_persons", "persons", "municipal_lists", "model", "available", "estimated", True, BOTH, "all", None)
    ]
    assert chapman(house, "0394", "value, value_low <= 1553, value_high >= 2341") == [(1860, True, True)]


def test_a_newer_delivery_replaces_all_tables_of_the_period_and_a_made_up_one_does_not(house: Modelled) -> None:
    assert chapman(house, "0599", "edition, lists, stratum, synthetic") == [
        ("1", BOTH, "all", True), ("new", BOTH, "all", False),
    ]  # fmt: skip


def test_a_small_overlap_is_withheld_and_nothing_is_told_of_it(house: Modelled) -> None:
    how = "value, value_low, observed, coverage_high, availability, bound_kind, refused_because"
    nothing = (None, None, None, None, "suppressed", "suppressed", "too_few_to_show")
    assert chapman(house, "0637", how) == [nothing]
    assert house.rows("select * from estimate_sensitivity where area_code = '0637'") == []


def test_a_register_among_the_lists_refuses_them(house: Modelled) -> None:
    assert house.rows("select refused_because, availability, value from estimate where area_code = '0518'") == [
        ("needs_bsn", "not_applicable", None)
    ]


def test_other_figures_make_no_estimates(house: Modelled) -> None:
    assert house.rows("select * from estimate where area_code = '0363' and measure = 'all_persons'") == []


def test_what_follows_if_an_assumption_fails_stands_in_a_table_of_its_own(house: Modelled) -> None:
    rows = house.rows(
        "select assumption, count(*), count(*) filter (value_low <= value and value <= value_high)"
        " from estimate_sensitivity where area_code = '0394' group by all order by all"
    )
    assert rows == [("links_missed", 4, 4), ("odds_ratio", 6, 6)]
