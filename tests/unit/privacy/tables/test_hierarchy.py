"""Rows of codes become a table: every total, every sum, cells without rows, and tables that share cells."""

from __future__ import annotations

import numpy as np
import pytest

from pipelines.privacy.tables.hierarchy import Hierarchy, layout
from pipelines.privacy.tables.table import Table, linked

AREA: Hierarchy = {"NL": ["west", "east"], "west": ["GM1", "GM2"], "east": ["GM3"]}
GROUP: Hierarchy = {"all": ["eu", "outside"], "eu": ["moe", "other"]}
CODES = {"area": ["GM1", "GM1", "GM2", "GM3"], "group": ["moe", "outside", "moe", "other"]}
PERSONS = np.array([12, 3, 8, 20])


def table() -> Table:
    return layout({"area": AREA, "group": GROUP}, CODES).table(PERSONS)


def value(of: Table, *cell: str) -> int:
    return int(of.values[of.cells.index(cell)])


def test_every_combination_of_codes_is_a_cell_and_totals_count_all_that_is_below_them() -> None:
    made = table()
    assert len(made.cells) == 6 * 5
    assert value(made, "NL", "all") == 43
    assert value(made, "west", "eu") == 20
    assert value(made, "NL", "moe") == 20
    assert value(made, "GM3", "moe") == 0


def test_each_total_is_tied_to_its_parts_at_every_level_of_the_other_dimension() -> None:
    assert table().sums.shape[0] == 3 * 5 + 2 * 6


def test_a_municipality_in_two_divisions_of_the_country_counts_once_in_the_country() -> None:
    area: Hierarchy = {"NL": ["PV1"], "PV1": ["GM1", "GM2"], "AM1": ["GM1"], "AM2": ["GM2"]}
    country: Hierarchy = {**area, "NL": ["PV1"], "markets": ["AM1", "AM2"]}
    made = layout({"area": country}, {"area": ["GM1", "GM2"]}).table(np.array([4, 5]))
    assert (value(made, "NL"), value(made, "markets"), value(made, "AM1")) == (9, 9, 4)


def test_years_add_up_to_nothing() -> None:
    made = layout({"year": {"2024": (), "2025": ()}}, {"year": ["2024", "2025"]}).table(np.array([4, 5]))
    assert made.cells == (("2024",), ("2025",))
    assert made.sums.shape[0] == 0


def test_a_table_of_other_dimensions_links_by_the_names_of_its_cells() -> None:
    stay: Hierarchy = {"all": ["short", "long"]}
    dimensions = {"area": AREA, "group": GROUP, "stay": stay}
    by_group = layout(dimensions, CODES).table(PERSONS)
    by_stay = layout(dimensions, {"area": CODES["area"], "stay": ["short", "short", "long", "long"]}).table(PERSONS)
    both = linked(by_group, by_stay)
    assert len(both.cells) == 6 * 5 + 6 * 3 - 6
    assert not (both.sums @ both.values).any()
    assert value(both, "west", "all", "short") == 15


def test_tables_that_tell_different_numbers_of_one_cell_are_not_linked() -> None:
    with pytest.raises(ValueError, match="differs"):
        linked(Table.of({"a": 1}, []), Table.of({"a": 2}, []))


@pytest.mark.parametrize("code", ["west", "GM9"])
def test_a_row_at_a_total_or_at_an_unknown_code_is_refused(code: str) -> None:
    with pytest.raises(ValueError, match=code):
        layout({"area": AREA}, {"area": [code]})


def test_a_table_whose_sums_do_not_hold_is_refused() -> None:
    with pytest.raises(ValueError, match="sum"):
        Table.of({"all": 9, "a": 4, "b": 4}, [("all", ["a", "b"])])


def test_a_company_that_contributes_in_several_rows_contributes_once_to_their_total() -> None:
    made = layout({"area": AREA}, {"area": ["GM1", "GM2", "GM1"]})
    found = made.contributions(np.array([50, 30, 5]), ["X", "X", "Y"]).toarray()
    assert found[made.cells.index(("west",))].tolist() == [80, 5]
    assert found[made.cells.index(("GM1",))].tolist() == [50, 5]
