"""Where in its delivery each figure of a comparison stands."""

from __future__ import annotations

from typing import Any

import pytest

from tests.unit.areas.models import Modelled, Row, figure, modelled

DAY, NEW_YEAR = "2021-12-31", "2022-01-01"
MOE = ("0072", "0074", "0053", "0061", "0028")


def worker(code: str, cell: str, **changed: Any) -> Row:
    said: dict[str, Any] = {
        "source": "migrantenmonitor", "universe": "monitor_workers_work_area", "table_id": "1",
        "locator_file": "werkboek.xlsx", "locator_sheet": "Tabel 1", "locator_cell": cell,
    }  # fmt: skip
    return figure(code, DAY, 900, **said | changed)


def resident(code: str, nationality: str) -> Row:
    """Residents of a nationality, in a file without sheets."""
    said: dict[str, Any] = {
        "source": "statline", "universe": "statline_residents_nationality", "measure": "residents", "home_area": "here",
        "edition": "85644NED", "locator_file": "Observations.json", "locator_cell": f"Id {nationality}",
    }  # fmt: skip
    return figure(code, NEW_YEAR, 500 if nationality == "all" else 20, nationality=nationality, **said)


OBSERVATIONS = [
    worker("0394", "C9"), worker("0394", "D9", origin_group="moe"),
    worker("0394", "C4", measure="residents", universe="monitor_workers_home_area", home_area="here",
           locator_sheet="Tabel 2", table_id="2"),
    *(resident("0394", nationality) for nationality in ("all", "0001", *MOE)),
    worker("0599", "C10"),
    figure("0599", NEW_YEAR, 300, source="exchange", measure="residents", home_area="here", edition=NEW_YEAR,
           universe="brp_residents_foreign_nationality", computed=True, locator_file="pakket.parquet"),
]  # fmt: skip


@pytest.fixture(scope="module")
def models(tmp_path_factory: pytest.TempPathFactory) -> Modelled:
    return modelled(tmp_path_factory.mktemp("cells"), OBSERVATIONS, "gap_headline")


def cell(models: Modelled, code: str, residents_universe: str, group: str = "all") -> str:
    ((told,),) = models.rows(
        f"select cell from registration_gap where municipality_code = '{code}' and origin_group = '{group}'"
        f" and residents_universe = '{residents_universe}'"
    )
    return str(told)


def test_a_figure_of_a_workbook_is_named_by_sheet_and_cell(models: Modelled) -> None:
    assert cell(models, "0394", "monitor_workers_home_area") == "Tabel 1!C9 + Tabel 2!C4"
    assert models.rows("select cell from gap_headline where municipality_code = '0394'") == [
        ("Tabel 1!C9 + Tabel 2!C4",)
    ]


def test_a_difference_names_both_its_cells_and_a_file_where_there_is_no_sheet(models: Modelled) -> None:
    foreign = "Observations.json!Id all, Observations.json!Id 0001"
    assert cell(models, "0394", "statline_residents_nationality_foreign") == f"Tabel 1!C9 + {foreign}"


def test_a_sum_names_three_of_its_cells_and_counts_the_others(models: Modelled) -> None:
    first = ", ".join(f"Observations.json!Id {code}" for code in MOE[:3])
    assert cell(models, "0394", "statline_residents_nationality_foreign", "moe") == f"Tabel 1!D9 + {first} and 2 more"


def test_what_was_counted_from_a_register_has_no_cell_and_names_no_file(models: Modelled) -> None:
    assert cell(models, "0599", "brp_residents_foreign_nationality") == "Tabel 1!C10 + persons"
