"""The catalogue: what the models are told of what should have come."""

from __future__ import annotations

from datetime import date, timedelta
from typing import TYPE_CHECKING

import polars as pl
import pytest

from pipelines.landing.catalogue import expected, gaps, write_catalogue
from pipelines.sources import all_sources

if TYPE_CHECKING:
    from tests.conftest import House

DECLARED = [
    (source.source, measure, one.due_after_days)
    for source in all_sources().values()
    for one in source.expects
    for measure in one.measures
]


def due(as_of: date) -> dict[tuple[str, str], int]:
    """The last reporting year that should be there, by source and measure."""
    return {(row["source"], row["measure"]): row["last_due_year"] for row in expected(as_of)}


@pytest.mark.parametrize(("source", "measure", "days"), DECLARED)
def test_a_year_is_missed_from_the_day_after_it_was_due(source: str, measure: str, days: int) -> None:
    last_day = date(2023, 12, 31) + timedelta(days=days)
    assert due(last_day)[source, measure] == 2022
    assert due(last_day + timedelta(days=1))[source, measure] == 2023


def test_the_monitor_is_not_missed_before_23_months_are_over() -> None:
    assert due(date(2025, 11, 30))["migrantenmonitor", "workers"] == 2022
    assert due(date(2025, 12, 2))["migrantenmonitor", "workers"] == 2023


def test_what_is_expected_is_among_what_is_missed_without_the_source() -> None:
    assert DECLARED
    for source, measure, _ in DECLARED:
        assert measure in all_sources()[source].measures


def test_sources_are_kept_in_step_with_sources_that_exist() -> None:
    pairs = [(name, other) for name, source in all_sources().items() for other in source.in_step_with]
    assert ("brp", "rni") in pairs
    assert {other for _, other in pairs} <= set(all_sources())


def test_every_gap_in_the_arrivals_has_a_date_and_a_source_with_an_owner(house: House) -> None:
    write_catalogue(house.settings)
    sources = pl.read_parquet(house.settings.staged / "catalogue" / "source.parquet")
    assert sources.null_count().row(0) == (0,) * sources.width
    found = gaps(house.settings)
    assert found
    assert {gap.opened for gap in found} == {house.settings.as_of}
    assert {gap.source for gap in found} <= set(sources["source"])
