"""The nowcast from observations to the published table: a declared series, one date's borders, and what came since."""

from __future__ import annotations

from datetime import date
from typing import Any

import numpy as np
import pytest

from pipelines.sources import all_sources
from tests.unit.areas.models import Modelled, Row, figure, modelled

PAIR = all_sources()["figures"].universe_pairs[0]
AS_OF = date(2026, 2, 15)
YEARS = range(2012, 2026)  # the last is asked; 0393 joined 0394 in 2019
CODES = (
    "0394", "0014", "0034", "0037", "0047", "0059", "0060", "0072", "0074", "0080", "0085", "0086", "0090", "0106",
    "0109", "0114", "0118", "0119", "0141", "0147", "0148", "0150", "0153", "0158",
)  # fmt: skip


def nation(year: float) -> float:
    """Grows by fits and starts, so that the last figure is no good."""
    return 1 + 0.06 * (year - 2012) + 0.03 * np.sin(2.1 * year)


def residents(code: str, day: str, value: int | None, **changed: Any) -> Row:
    told: Row = {"measure": "residents", "home_area": "here", "universe": PAIR.residents_universe}
    return figure(code, day, value, **told | {"edition": day[:4], "delivery_id": f"figures-{day[:4]}"} | changed)


def country(year: int) -> list[Row]:
    """Residents on 31 December, one municipality still in two parts, and the nation."""
    chance = np.random.default_rng(year)
    sizes = np.linspace(2_000, 9_000, len(CODES))
    persons = [int(size * nation(year) * np.exp(chance.normal(0, 0.002))) for size in sizes]
    day = f"{year}-12-31"
    rows = [residents(code, day, value) for code, value in zip(CODES, persons, strict=True)]
    if year < 2019:
        rows = [residents("0394", day, persons[0] - 300), residents("0393", day, 300), *rows[1:]]
    return [*rows, residents("NL", day, sum(persons), area_type="NL")]


def month(year: int, number: int, **changed: Any) -> Row:
    """All inhabitants on the first of a month."""
    value = round(1_000_000 * nation(year - 1 + (number - 1) / 12))
    told: Row = {"area_type": "NL", "measure": "inhabitants", "home_area": "here", "source": "statline"}
    told |= {"universe": "statline_inhabitants", "edition": "37230ned", "delivery_id": "statline"}
    return figure("NL", f"{year}-{number:02}-01", value, **told | changed)


OBSERVATIONS = [
    *(row for year in YEARS[:-1] for row in country(year)),
    *(month(year, number) for year in range(2012, 2026) for number in range(1, 13)),
    month(2026, 1),
    # An older edition of 2023, which the newer one has replaced.
    residents("0394", "2023-12-31", 1, edition="0", reference_date=date(2020, 1, 1)),
    # Workers have no series, and a made-up country is none that is known.
    *(figure(code, f"{year}-12-31", 500, area_type=kind, universe=PAIR.workers_universe)
      for year in (2023, 2024) for code, kind in (("0394", "GM"), ("NL", "NL"))),
    *(residents(code, "2024-12-31", 900, area_type=kind, synthetic=True, delivery_id="made-up")
      for code, kind in (("0394", "GM"), ("NL", "NL"))),
]  # fmt: skip


@pytest.fixture(scope="module")
def models(tmp_path_factory: pytest.TempPathFactory) -> Modelled:
    return modelled(tmp_path_factory.mktemp("nowcast"), OBSERVATIONS, "estimate", as_of=AS_OF)


def test_the_year_that_is_not_there_yet_is_expected_of_every_municipality_of_today(models: Modelled) -> None:
    rows = models.rows(
        "select area_code, value, value_low, value_high, delivery_id from estimate where method = 'nowcast_denton'"
        f" and period_end = '2025-12-31' and not synthetic and universe = '{PAIR.residents_universe}' order by 1"
    )
    assert [code for code, *_ in rows] == sorted(CODES)
    (code, value, low, high, deliveries) = rows[-1]
    assert code == CODES[0]
    assert low <= value <= high
    assert value == pytest.approx(2_000 * nation(2025), rel=0.03)
    assert {"statline", "figures-2012", "figures-2024"} <= set(deliveries.split(" + "))


def test_municipalities_stand_on_the_borders_of_today_in_every_year(models: Modelled) -> None:
    found = models.rows(
        "select reporting_year, area_code from int_estimates__yearly where area_code in ('0393', '0394')"
        f" and universe = '{PAIR.residents_universe}' and not synthetic order by 1"
    )
    assert found == [(year, "0394") for year in YEARS[:-1]]


def test_a_quarter_ends_where_the_next_month_begins(models: Modelled) -> None:
    rows = models.rows(
        "select year, quarter, value from int_estimates__quarterly where year in (2011, 2025) order by all"
    )
    assert rows[0] == (2011, 4, month(2012, 1)["value"])
    assert rows[1:] == [
        (2025, quarter, month(2025 + quarter // 4, quarter * 3 % 12 + 1)["value"]) for quarter in (1, 2, 3, 4)
    ]


def test_of_the_last_years_what_came_stands_beside_what_was_expected(models: Modelled) -> None:
    rows = models.rows(
        "select year(period_end), realised from estimate where area_code = '0158' and method = 'nowcast_denton'"
        " and realised is not null order by 1"
    )
    came = {year: country(year)[-2]["value"] for year in (2022, 2023, 2024)}
    assert rows == list(came.items())


def test_what_is_not_shown_says_why(models: Modelled) -> None:
    assert models.rows(
        "select universe, synthetic, refused_because, value, availability from estimate"
        " where refused_because is not null and method = 'nowcast_denton' order by all"
    ) == sorted([
        (PAIR.workers_universe, False, "no_series", None, "not_applicable"),
        (PAIR.residents_universe, True, "no_series", None, "not_applicable"),
    ])  # fmt: skip
