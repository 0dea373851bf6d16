"""Which comparison of a municipality and year a BI user gets first, and the reason that is told with it."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from tests.unit.areas.models import Modelled, Row, figure, modelled

DAY = "2021-12-31"


def audit(code: str, **changed: Any) -> list[Row]:
    """What one document says of workers and of whom of them are registered."""
    return [
        figure(code, DAY, 1700, universe="audit_haarlemmermeer_workers", **changed),
        figure(code, DAY, 300, universe="audit_haarlemmermeer_registered", measure="residents", **changed),
    ]


def monitor(code: str, workers: int | None = 1500, **changed: Any) -> list[Row]:
    said: dict[str, Any] = {"source": "migrantenmonitor", "reference_date": date(2023, 12, 31), "edition": "2021"}
    withheld = {"availability": "suppressed", "bound_kind": "suppressed", "low": 0, "high": 9}
    return [
        figure(code, DAY, workers, universe="monitor_workers_work_area", table_id="1",
               **said | (withheld if workers is None else {}) | changed),
        figure(code, DAY, 400, universe="monitor_workers_home_area", measure="residents", home_area="here",
               table_id="2", **said | changed),
    ]  # fmt: skip


def foreigners(code: str) -> list[Row]:
    """Residents without Dutch nationality, of another definition than the monitor's workers."""
    said: dict[str, Any] = {
        "universe": "statline_residents_nationality", "measure": "residents", "home_area": "here",
        "source": "statline", "edition": "85644NED",
    }  # fmt: skip
    return [
        figure(code, "2022-01-01", 9000, **said),
        figure(code, "2022-01-01", 8000, nationality="0001", **said),
        figure(code, "2022-01-01", 600, nationality="0072", **said),
    ]


OBSERVATIONS = [
    *audit("0394"),
    *audit("0358"), *monitor("0358"),
    *monitor("0362", synthetic=True), *audit("0362"),
    *monitor("0392", None), *audit("0392", edition="b"),
    *monitor("0479"), *foreigners("0479"),
    *monitor("0599", finality="provisional"), *monitor("0599", 1600, edition="2022b"),
    *monitor("0518", edition="2021c"), *monitor("0518", 1510, edition="2021c", version="2"),
    *monitor("0344", edition="2021"), *monitor("0344", 1400, edition="2022", reference_date=date(2024, 12, 31)),
]  # fmt: skip


@pytest.fixture(scope="module")
def models(tmp_path_factory: pytest.TempPathFactory) -> Modelled:
    return modelled(tmp_path_factory.mktemp("headline"), OBSERVATIONS, "gap_headline")


@pytest.mark.parametrize(
    ("code", "workers", "residents_universe", "because"),
    [
        ("0394", 1700, "audit_haarlemmermeer_registered", "The only comparison"),
        ("0358", 1700, "audit_haarlemmermeer_registered", "the universes nearest to each other go first"),
        ("0362", 1700, "audit_haarlemmermeer_registered", "real figures go before synthetic ones"),
        ("0392", 1700, "audit_haarlemmermeer_registered", "a figure goes before a suppressed or missing one"),
        ("0479", 1500, "monitor_workers_home_area", "of one population go before those of different populations"),
        ("0599", 1600, "monitor_workers_home_area", "final figures go before provisional ones"),
        ("0518", 1510, "monitor_workers_home_area", "the newest version of an edition goes before older ones"),
        ("0344", 1400, "monitor_workers_home_area", "the newest delivery goes first"),
    ],
)
def test_the_first_comparison_is_chosen_by_the_rule_and_says_by_which_line(
    models: Modelled, code: str, workers: int, residents_universe: str, because: str
) -> None:
    [row] = models.rows(
        "select workers, residents_universe, why_preferred_en, why_preferred_nl from gap_headline"
        f" where municipality_code = '{code}'"
    )

    assert row[:2] == (workers, residents_universe)
    assert because in row[2]
    assert ("De enige" in row[3]) == ("only" in because)
