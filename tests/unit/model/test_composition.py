"""Where the workers of a municipality live: what a source says, what follows from it, and what stands beside it."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from tests.unit.areas.models import Modelled, Row, figure, modelled

MONITOR: dict[str, Any] = {"source": "migrantenmonitor", "reference_date": date(2023, 12, 31)}
DAY = "2021-12-31"


def workers(code: str, value: int | None, home: str, **changed: Any) -> Row:
    said = {"universe": "monitor_workers_work_area", "table_id": "1", "home_area": home}
    return figure(code, DAY, value, **MONITOR | said | changed)


def residents(code: str, value: int | None, **changed: Any) -> Row:
    said = {"measure": "residents", "home_area": "here", "universe": "monitor_workers_home_area", "table_id": "2"}
    return figure(code, DAY, value, **MONITOR | said | changed)


def rounded(value: int) -> dict[str, Any]:
    return {"low": value - 5, "high": value + 5, "bound_kind": "rounding_known"}


OBSERVATIONS = [
    # A town of work: far more who work here are residents somewhere than residents here have work.
    workers("0394", 1000, "all", **rounded(1000)),
    workers("0394", 600, "resident", **rounded(600)),
    workers("0394", 400, "not_resident", **rounded(400)),
    residents("0394", 150, **rounded(150)),
    # A dormitory town.
    workers("0358", 70, "resident", **rounded(70)),
    residents("0358", 900, **rounded(900)),
    # Of one part only bounds are known, of the other nothing.
    workers("0362", None, "resident", low=0, high=9, availability="suppressed", bound_kind="suppressed"),
    residents("0362", None, low=None, high=None, availability="missing", bound_kind="none"),
    # The source states who lives here itself, and frontier workers.
    workers("0392", 500, "resident"), workers("0392", 120, "here"), residents("0392", 300),
    workers("0392", 30, "germany"), workers("0392", 20, "belgium"),
    # Residents of another edition are not set beside them.
    workers("0479", 200, "resident"), residents("0479", 50, edition="another"),
    # Residents who are said to be among the workers.
    figure("0599", DAY, 1700, universe="audit_haarlemmermeer_workers"),
    figure("0599", DAY, 300, measure="residents", universe="audit_haarlemmermeer_registered"),
    # Residents whose bounds reach beyond those of the workers, and residents who cannot be among them.
    figure("0518", DAY, 1000, universe="audit_haarlemmermeer_workers", low=950, high=1050),
    figure("0518", DAY, 1020, measure="residents", universe="audit_haarlemmermeer_registered", low=1000, high=1100),
    figure("0363", DAY, 1000, universe="audit_haarlemmermeer_workers"),
    figure("0363", DAY, 1500, measure="residents", universe="audit_haarlemmermeer_registered"),
]  # fmt: skip


@pytest.fixture(scope="module")
def models(tmp_path_factory: pytest.TempPathFactory) -> Modelled:
    return modelled(tmp_path_factory.mktemp("composition"), OBSERVATIONS, "worker_composition", "data_gap")


def parts(models: Modelled, code: str) -> dict[str, tuple[Any, ...]]:
    rows = models.rows(
        "select part, workers, workers_low, workers_high, overlap, computed from worker_composition"
        f" where municipality_code = '{code}'"
    )
    assert len({row[0] for row in rows}) == len(rows)
    return {part: rest for part, *rest in ((row[0], *row[1:]) for row in rows)}


def test_at_most_as_many_live_and_work_here_as_live_here_and_the_others_live_elsewhere(models: Modelled) -> None:
    assert parts(models, "0394") == {
        "resident_anywhere": [600, 595, 605, "part", False],
        "not_resident": [400, 395, 405, "part", False],
        "resident_here": [None, 0, 155, "part", True],
        "resident_elsewhere": [None, 440, 605, "part", True],
    }


def test_in_a_dormitory_town_nothing_follows_but_the_bounds_of_the_whole(models: Modelled) -> None:
    found = parts(models, "0358")

    assert found["resident_here"] == [None, 0, 75, "part", True]
    assert found["resident_elsewhere"] == [None, 0, 75, "part", True]


def test_what_is_suppressed_or_missing_leaves_bounds_and_no_value(models: Modelled) -> None:
    found = parts(models, "0362")

    assert found["resident_here"] == [None, 0, 9, "part", True]
    assert found["resident_elsewhere"] == [None, 0, 9, "part", True]


def test_what_a_source_states_is_not_replaced_by_what_follows(models: Modelled) -> None:
    found = parts(models, "0392")

    assert found["resident_here"] == [120, 120, 120, "part", False]
    assert found["resident_elsewhere"] == [None, 200, 500, "part", True]


def test_frontier_workers_stand_beside_the_parts(models: Modelled) -> None:
    found = parts(models, "0392")

    assert found["frontier_germany"] == [30, 30, 30, "unknown", False]
    assert found["frontier_belgium"] == [20, 20, 20, "unknown", False]


def test_figures_of_two_editions_imply_nothing_together(models: Modelled) -> None:
    assert set(parts(models, "0479")) == {"resident_anywhere"}


def test_residents_who_are_said_to_be_among_the_workers_are_the_part_that_lives_here(models: Modelled) -> None:
    assert parts(models, "0599") == {"resident_here": [300, 300, 300, "part", False]}


def test_a_part_is_no_larger_than_the_whole(models: Modelled) -> None:
    assert parts(models, "0518") == {"resident_here": [1020, 1000, 1050, "part", False]}
    assert models.rows(
        "select gap, not_resident_here, not_resident_here_low, not_resident_here_high, registered_share,"
        " registered_share_high from registration_gap where municipality_code = '0518'"
    ) == [(-20, None, 0, 50, None, 100.0)]


def test_a_claim_that_the_figures_contradict_is_a_data_gap_and_no_number_of_persons(models: Modelled) -> None:
    assert parts(models, "0363") == {}
    [(gap, here, share, explanation)] = models.rows(
        "select gap, not_resident_here, registered_share, explanation_en from registration_gap"
        " where municipality_code = '0363'"
    )
    assert (gap, here, share) == (-500, None, None)
    assert "of them" not in explanation
    assert models.rows("select kind, severity from data_gap where area_code = '0363' and measure = 'gap'") == [
        ("contradiction", "high")
    ]
