"""The table of motives: what stands in it is never better than the figures that it shows or rests on."""

from __future__ import annotations

from typing import Any

import pytest

from tests.unit.areas.models import Modelled, Row, figure, modelled

WITHHELD: Row = {"low": 0, "high": 9, "availability": "suppressed", "bound_kind": "suppressed"}


def motive(code: str, of: str, value: int | None, **changed: Any) -> Row:
    told: Row = {"measure": "migrants", "universe": "audit_haarlemmermeer_migrants", "table_id": code, "motive": of}
    return figure(code, "2021-12-31", value, **told | changed)


def share(code: str, of: str, value: int, **changed: Any) -> Row:
    bounds: Row = {"low": value - 0.5, "high": value + 0.5, "bound_kind": "rounding_assumed"}
    return motive(code, of, value, measure="share_of_migrants", unit="percent", **bounds | changed)


OBSERVATIONS = [
    motive("0394", "labour", 60), motive("0394", "family", None, **WITHHELD),
    motive("0599", "labour", 60, finality="estimated"), share("0599", "labour", 60),
    share("0363", "labour", 60),
    # A motive with a share alone, and a total that is not final.
    motive("0344", "all", 100, finality="provisional"), motive("0344", "labour", 60),
    share("0344", "labour", 60), share("0344", "ukraine", 30), share("0344", "unknown", 10),
    # A newer version of an edition gives the table of a municipality anew, with what follows from it.
    *(
        told("0453", *cell, edition="2", version=version)
        for version in ("1", "2")
        for told, *cell in [
            (motive, "all", 100), (motive, "labour", 60), (share, "labour", 60), (share, "ukraine", 30),
            (share, "unknown", 10),
        ]
    ),
]  # fmt: skip


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Modelled:
    return modelled(tmp_path_factory.mktemp("motives"), OBSERVATIONS, "migration_motive_current")


def statuses(house: Modelled, code: str) -> dict[str, tuple[Any, ...]]:
    rows = house.rows(
        f"select motive, availability, bound_kind, finality, computed from migration_motive where area_code = '{code}'"
    )
    return {row[0]: row[1:] for row in rows}


def test_a_withheld_count_stays_withheld_and_an_exact_one_exact(house: Modelled) -> None:
    assert statuses(house, "0394") == {
        "labour": ("available", "exact", "final", False),
        "family": ("suppressed", "suppressed", "final", False),
    }


def test_an_estimate_beside_a_final_share_is_an_estimate(house: Modelled) -> None:
    assert statuses(house, "0599") == {"labour": ("available", "rounding_assumed", "estimated", False)}


def test_a_share_without_a_count_or_a_total_leaves_the_count_missing(house: Modelled) -> None:
    assert statuses(house, "0363") == {"labour": ("missing", "rounding_assumed", "final", False)}


def test_bounds_that_follow_from_a_table_are_as_good_as_the_worst_of_it(house: Modelled) -> None:
    of_the_table = ("available", "rounding_assumed", "provisional", True)
    assert statuses(house, "0344") == {
        "all": ("available", "exact", "provisional", False),
        "labour": ("available", "rounding_assumed", "final", False),
        "ukraine": of_the_table, "unknown": of_the_table, "ukraine_and_unknown": of_the_table,
    }  # fmt: skip


@pytest.mark.parametrize("table", ["migration_motive", "migration_motive_current"])
def test_what_a_newer_version_gives_anew_is_superseded_with_all_that_follows_from_it(
    house: Modelled, table: str
) -> None:
    found = house.rows(
        f"select version, superseded, count(*), count(*) filter (computed) from {table}"
        " where area_code = '0453' group by all order by all"
    )
    assert [row[:2] for row in found] == [("1", True), ("2", False)]
    assert found[0][2:] == found[1][2:]
    assert house.rows(f"select count(*) from {table} where area_code <> '0453' and superseded") == [(0,)]
