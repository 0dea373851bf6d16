"""Which cells are sensitive, by the rules' own words and by hand."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest
from scipy.sparse import csr_array

from pipelines.privacy.tables.sensitive import contributed_by_few, dominated, estimable, vague_below, withheld_below
from pipelines.privacy.tables.table import Table

if TYPE_CHECKING:
    from pipelines.privacy.tables.sensitive import Required


def counts(*values: int) -> Table:
    return Table.of(dict(enumerate(values)), [])


def amounts(*cells: list[int]) -> tuple[Table, csr_array]:
    width = max(map(len, cells))
    return counts(*map(sum, cells)), csr_array(np.array([cell + [0] * (width - len(cell)) for cell in cells]))


def high(required: Required) -> list[float]:
    return required.high.tolist()


def test_counts_below_the_threshold_are_sensitive_and_nought_is_too_unless_said_otherwise() -> None:
    table = counts(0, 1, 9, 10)
    assert withheld_below(table, 10).sensitive.tolist() == [True, True, True, False]
    assert withheld_below(table, 10, nought=False).sensitive.tolist() == [False, True, True, False]
    assert vague_below(table, 10, 4).sensitive.tolist() == [True, True, True, False]


def test_of_a_withheld_count_everything_below_the_threshold_must_seem_possible() -> None:
    required = withheld_below(counts(3), 10)
    assert (required.low.tolist(), required.high.tolist()) == ([0], [9])


def test_what_is_required_goes_by_name_and_the_strictest_counts() -> None:
    one = withheld_below(Table.of({"a": 3, "b": 30}, []), 10)
    other = vague_below(Table.of({"b": 30, "a": 3}, []), 10, 4)
    both = one | other
    assert (both.cells, both.low.tolist(), both.width.tolist()) == (("a", "b"), [0, np.inf], [4, 0])


def test_an_amount_of_few_is_sensitive_however_evenly_they_share_it() -> None:
    """Three of 100 each: no one dominates, and each knows a third."""
    cells = amounts([100, 100, 100], [60] * 10, [0, 0, 0])
    required = contributed_by_few(*cells, threshold=10, percent=10)
    assert required.sensitive.tolist() == [True, False, False]
    assert (required.low[0], required.high[0]) == (270, 330)


def test_a_company_with_more_than_three_quarters_dominates_until_the_cell_may_be_larger() -> None:
    required = dominated(*amounts([90, 10], [75, 25], [60, 40]), n=1, percent=75)
    assert required.sensitive.tolist() == [True, False, False]
    assert high(required)[0] == 120  # of which 90 is three quarters


def test_two_companies_dominate_together() -> None:
    assert dominated(*amounts([50, 45, 5], [40, 30, 30]), n=2, percent=90).sensitive.tolist() == [True, False]


def test_the_second_company_must_not_be_able_to_estimate_the_first() -> None:
    required = estimable(*amounts([100, 50, 9], [100, 50, 10], [100]), percent=10)
    assert required.sensitive.tolist() == [True, False, True]
    assert high(required)[::2] == [160, 110]


def test_a_source_may_have_several_rules_and_the_strictest_counts() -> None:
    cells = amounts([100, 50, 9], [90, 10])
    both = estimable(*cells, percent=10) | dominated(*cells, n=1, percent=75)
    assert both.sensitive.tolist() == [True, True]
    assert high(both) == [160, 120]


def test_an_amount_of_nobody_is_not_sensitive() -> None:
    assert not estimable(*amounts([0, 0]), percent=10).sensitive.any()


@pytest.mark.parametrize("percent", [1, 33, 75, 99])
def test_a_cell_as_large_as_its_rule_asks_is_not_sensitive_any_more(percent: int) -> None:
    table, contributions = amounts([90, 10])
    wanted = int(dominated(table, contributions, 1, percent).high.max(initial=100))
    if wanted > 100:
        assert not dominated(*amounts([90] + [1] * (wanted - 90)), n=1, percent=percent).sensitive.any()
