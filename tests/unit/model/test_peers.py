"""A municipality among its peers: who they are, and what the bounds allow to say of its place among them."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from tests.unit.areas.models import Modelled, Row, figure, modelled

DAY = "2021-12-31"
SURROUNDINGS = {"0394": (1000, 300), "0358": (1004, 40), "0362": (700, 900), "0392": (500, 100), "0479": (None, 60)}


def figures(code: str, workers: int | None, residents: int, **changed: Any) -> list[Row]:
    """Workers, rounded on ten, or withheld; residents, exact."""
    bounds = {"low": 0, "high": 9, "availability": "suppressed", "bound_kind": "suppressed"}
    if workers is not None:
        bounds = {"low": workers - 5, "high": workers + 5, "bound_kind": "rounding_known"}
    said: dict[str, Any] = {"source": "migrantenmonitor", "reference_date": date(2023, 12, 31)}
    return [
        figure(code, DAY, workers, universe="monitor_workers_work_area", table_id="1", **said | bounds | changed),
        figure(code, DAY, residents, measure="residents", home_area="here", universe="monitor_workers_home_area",
               table_id="2", **said | changed),
    ]  # fmt: skip


def inhabitants(code: str, number: int, **changed: Any) -> Row:
    said = {"measure": "inhabitants", "home_area": "here", "universe": "statline_inhabitants", "source": "statline"}
    return figure(code, "2022-01-01", number, edition="70072ned", **said | changed)


def density(code: str, number: int) -> Row:
    return inhabitants(code, number, measure="inhabitants_per_km2", unit="other")


def jobs(code: str, number: int) -> Row:
    said = {"universe": "statline_jobs_work_area", "source": "statline", "employment": "employee", "unit": "jobs"}
    return figure(code, "2021-12-31", number, low=number - 50, high=number + 50, edition="85481NED",
                  bound_kind="rounding_assumed", **said)  # fmt: skip


OBSERVATIONS = [
    *(row for code, both in SURROUNDINGS.items() for row in figures(code, *both)),
    # Another edition of the same year says something else of Haarlem alone.
    *figures("0392", 9000, 100, edition="2019b", finality="provisional"),
    *(inhabitants(code, 10_000 * place) for place, code in enumerate(SURROUNDINGS, start=1)),
    *(density(code, 500) for code in SURROUNDINGS),
    *(jobs(code, 5_000) for code in SURROUNDINGS),
    # Made up: a made-up country, whose figures no real one is set beside.
    *(inhabitants(code, size, synthetic=True) for code, size in (("0014", 900), ("0034", 1_000), ("0037", 9_000))),
    *(row for code in ("0014", "0034") for row in figures(code, 100, 10, synthetic=True)),
]


@pytest.fixture(scope="module")
def models(tmp_path_factory: pytest.TempPathFactory) -> Modelled:
    return modelled(tmp_path_factory.mktemp("peers"), OBSERVATIONS, "peer_comparison")


def place(models: Modelled, code: str, measure: str, per: str = "count") -> tuple[Any, ...]:
    [row] = models.rows(
        "select value, value_low, value_high, rank_low, rank_high, peer_count, not_distinguishable_from"
        f" from peer_comparison where area_code = '{code}' and measure = '{measure}' and per = '{per}'"
        " and peer_set = 'surrounding_haarlemmermeer'"
    )
    return row


def test_who_cannot_be_told_apart_shares_a_rank_and_is_named(models: Modelled) -> None:
    assert place(models, "0394", "workers") == (1000.0, 995.0, 1005.0, 1, 2, 5, "Aalsmeer")
    assert place(models, "0358", "workers") == (1004.0, 999.0, 1009.0, 1, 2, 5, "Haarlemmermeer")
    assert place(models, "0362", "workers") == (700.0, 695.0, 705.0, 3, 3, 5, None)


def test_a_withheld_figure_has_the_rank_that_its_bounds_allow(models: Modelled) -> None:
    assert place(models, "0479", "workers") == (None, 0.0, 9.0, 5, 5, 5, None)


def test_a_gap_below_nought_ranks_below_the_others(models: Modelled) -> None:
    assert place(models, "0362", "gap")[:5] == (-200.0, -205.0, -195.0, 5, 5)


def test_per_thousand_residents_the_order_is_another(models: Modelled) -> None:
    # 1,000 among 10,000 inhabitants against 1,004 among 20,000.
    assert place(models, "0394", "workers", "1,000 residents") == (100.0, 99.5, 100.5, 1, 1, 5, None)
    assert place(models, "0358", "workers", "1,000 residents")[3:5] == (2, 2)


def test_per_thousand_jobs_the_bounds_of_the_jobs_count_too(models: Modelled) -> None:
    value, low, high, *_ = place(models, "0394", "workers", "1,000 jobs")

    assert value == 200.0
    assert low == pytest.approx(1000 * 995 / 5050)
    assert high == pytest.approx(1000 * 1005 / 4950)


def test_a_gap_below_nought_is_least_per_the_fewest_jobs(models: Modelled) -> None:
    _, low, high, *_ = place(models, "0362", "gap", "1,000 jobs")

    assert low == pytest.approx(1000 * -205 / 4950)
    assert high == pytest.approx(1000 * -195 / 5050)


def test_no_share_is_compared_where_there_is_none(models: Modelled) -> None:
    assert models.rows("select count(*) from peer_comparison where measure = 'registered_share'") == [(0,)]


def test_the_nearest_by_size_are_the_first_among_those_alike(models: Modelled) -> None:
    found = models.rows(
        "select peer_code, rule_en from peer where peer_set = 'similar' and municipality_code = '0362'"
        " order by distance"
    )

    assert [code for code, _ in found] == ["0392", "0358", "0479", "0394"]  # 40, 20, 50 and 10 thousand against 30
    assert "jobs per inhabitant, province, number of inhabitants" in found[0][1]


def test_what_is_alike_everywhere_tells_nothing(models: Modelled) -> None:
    # Of equal densities the standard deviation is nought.
    assert models.rows("select count(*) from peer where rule_en like '%density%'") == [(0,)]


def test_made_up_figures_have_made_up_peers(models: Modelled) -> None:
    assert models.rows("select distinct peers, synthetic from peer_comparison where area_code = '0014'") == [
        ("Almere (0.711), Stadskanaal (1.534)", True)
    ]
    assert models.rows(
        "select distinct municipality_code < '0100', synthetic from peer where peer_set = 'similar' order by all"
    ) == [(False, False), (True, True)]
