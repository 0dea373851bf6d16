"""Motives whose count was not published: bounded where their table is complete, and only there."""

from __future__ import annotations

from typing import Any

import duckdb
import polars as pl

from pipelines import records
from pipelines.estimate.motives import bounds_of_motives

Row = dict[str, Any]


def count(motive: str, value: int, **changed: Any) -> Row:
    """A published count, rounded to ten."""
    return _row(motive, "migrants", value, 5, changed)


def share(motive: str, value: int, **changed: Any) -> Row:
    """A published share in whole percents."""
    return _row(motive, "share_of_migrants", value, 0.5, changed)


def _row(motive: str, measure: str, value: float, margin: float, changed: Row) -> Row:
    return {
        "area_type": "GM", "area_code": "0394", "period_start": "2023-01-01", "period_end": "2023-12-31",
        "date_precision": "year", "measured_as": "stock", "universe": "u", "edition": "e", "version": "1",
        "table_id": "t", "delivery_id": "d", "synthetic": False, "motive": motive, "origin_group": "all",
        "measure": measure, "value": float(value), "low": value - margin, "high": value + margin,
        "availability": "available",
    } | changed  # fmt: skip


def bounds(*rows: Row) -> dict[str, tuple[int, int]]:
    """Low and high of each motive."""
    found = _bounds(*rows)
    return {row["motive"]: (row["persons_low"], row["persons_high"]) for row in found.to_dicts()}


def _bounds(*rows: Row) -> pl.DataFrame:
    with duckdb.connect() as connection:
        frame = pl.DataFrame(rows)
        relation = connection.sql("select * from frame")
        kinds = {column.name: column.type for column in records.load("observation").columns}
        listed = ", ".join(f"cast({name} as {kinds[name]}) as {name}" for name in frame.columns)
        assert frame.height
        return bounds_of_motives(relation.project(listed))


COMPLETE = (count("all", 1000), count("family", 600), share("family", 60), share("labour", 30), share("study", 10))


def test_motives_with_a_share_alone_are_bounded_each_and_together() -> None:
    found = bounds(*COMPLETE)
    assert set(found) == {"labour", "study", "labour_and_study"}
    assert found["labour_and_study"] == (394, 407)  # 995 - 60.5 % of it, 1005 - 59.5 % of it
    assert found["labour"] == (294, 306)
    assert found["study"] == (95, 105)


def test_one_motive_without_a_count_is_the_rest_of_the_table() -> None:
    found = bounds(count("all", 1000), count("family", 600), share("family", 60), share("labour", 40))
    assert found == {"labour": (394, 407)}


def test_a_table_whose_shares_do_not_make_a_whole_bounds_nothing() -> None:
    assert bounds(count("all", 1000), count("family", 600), share("family", 60), share("labour", 30)) == {}


def test_shares_that_miss_a_hundred_by_more_than_they_were_rounded_bound_nothing_and_contradict_nothing() -> None:
    lacking = (count("all", 1000), count("family", 600), share("family", 60), share("labour", 38))
    assert _bounds(*lacking).height == 0
    too_many = (count("all", 1000), count("family", 600), share("family", 60), share("labour", 42))
    assert _bounds(*too_many).height == 0


def test_shares_that_reach_a_hundred_only_at_their_bounds_are_a_whole() -> None:
    found = bounds(count("all", 1000), count("family", 600), share("family", 60), share("labour", 39))
    assert set(found) == {"labour"}


def test_a_table_without_a_total_bounds_nothing() -> None:
    assert bounds(*COMPLETE[1:]) == {}


def test_a_table_with_every_count_has_nothing_to_bound() -> None:
    assert (
        bounds(count("all", 1000), count("family", 600), count("labour", 400), share("family", 60), share("labour", 40))
        == {}
    )


def test_figures_of_other_tables_editions_and_deliveries_do_not_meet() -> None:
    for name, other in (
        ("table_id", "t2"),
        ("edition", "e2"),
        ("delivery_id", "d2"),
        ("version", "2"),
        ("area_code", "0599"),
    ):
        split = (*COMPLETE[:4], share("study", 10, **{name: other}))
        assert bounds(*split) == {}, name


def test_synthetic_and_real_figures_do_not_meet() -> None:
    assert bounds(*COMPLETE[:4], share("study", 10, synthetic=True)) == {}
    twice = _bounds(*COMPLETE, *(row | {"synthetic": True} for row in COMPLETE))
    assert sorted(twice["synthetic"]) == [False] * 3 + [True] * 3


def test_a_table_that_contradicts_itself_is_said_to_and_leaves_the_others_alone() -> None:
    wrong = [row | {"table_id": "wrong"} for row in (count("all", 1000), count("family", 990), *COMPLETE[2:])]
    found = _bounds(*COMPLETE, *wrong).to_dicts()
    assert {row["motive"]: row["persons_low"] for row in found if row["table_id"] == "wrong"} == {"all": None}
    assert {row["table_id"] for row in found if row["contradiction"]} == {"wrong"}
    assert len([row for row in found if not row["contradiction"]]) == 3


def test_groups_of_origin_and_withheld_cells_are_left_out() -> None:
    extra = (share("labour", 18, origin_group="moe"), share("asylum", 0, availability="suppressed"))
    assert bounds(*COMPLETE, *extra) == bounds(*COMPLETE)


def test_nothing_published_gives_the_columns_and_no_rows() -> None:
    found = _bounds(count("all", 1000, measure="workers"))
    assert found.height == 0
    assert {"motive", "persons_low", "persons_high", "contradiction"} <= set(found.columns)
    assert found.schema["synthetic"] == pl.Boolean
