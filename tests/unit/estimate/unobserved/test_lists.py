"""What all methods take and give: what is no table of counts, what is no estimate."""

from __future__ import annotations

from math import log

import numpy as np
import pytest

from pipelines.estimate.refused import RefusedError
from pipelines.estimate.unobserved.lists import (
    Counts,
    Estimate,
    log_normal_interval,
    refuse_wide,
    require_lists,
)


@pytest.mark.parametrize("history", ["1", "101", "12", "1 ", ""])
def test_a_history_has_a_nought_or_a_one_for_each_list(history: str) -> None:
    with pytest.raises(ValueError, match="histories of 2 lists"):
        Counts.of("ab", {"11": 3, history: 2})


def test_counts_of_nobody_are_a_table_without_rows() -> None:
    nobody = Counts.of("ab", {})
    assert (nobody.observed, nobody.held.shape) == (0, (0, 2))
    assert nobody.complete().persons.tolist() == [0, 0, 0]


def test_persons_are_whole_numbers_that_are_not_cut_off() -> None:
    with pytest.raises(ValueError, match="whole numbers"):
        Counts.of("ab", {"11": 2.5})  # type: ignore[dict-item]
    with pytest.raises(ValueError, match="negative"):
        Counts.of("ab", {"11": -1})


def test_lists_and_strata_have_names_of_their_own() -> None:
    with pytest.raises(ValueError, match="one name"):
        Counts.of("aa", {"11": 2})
    with pytest.raises(ValueError, match="one name"):
        Counts(("a", "b"), np.array([[True, True]]), np.array([2]), {"a": np.array(["x"])})


def test_a_row_of_no_list_is_a_mistake_and_so_are_strata_of_another_length() -> None:
    with pytest.raises(ValueError, match="no list"):
        Counts.of("ab", {"00": 5})
    with pytest.raises(ValueError, match="length"):
        Counts(("a", "b"), np.array([[True, True]]), np.array([2]), {"sex": np.array(["m", "f"])})


@pytest.mark.parametrize("level", [-1.0, 0.0, 1.0, 95.0, np.nan])
def test_a_level_is_between_nought_and_one(level: float) -> None:
    with pytest.raises(ValueError, match="a level of"):
        Estimate("any", 10, 20, 15, 30, "any", level)


def test_criteria_follow_from_the_likelihood_and_are_none_without_it() -> None:
    found = Estimate("any", 10, 20, 15, 30, "any", parameters=3, loglikelihood=-7.0)
    assert found.aic == 20
    assert found.bic == pytest.approx(14 + 3 * log(10))
    without = Estimate("any", 10, 20, 15, 30, "any", parameters=3)
    assert (without.aic, without.bic) == (None, None)


def test_too_few_lists_and_a_list_of_nobody_are_refused() -> None:
    require_lists(Counts.of("ab", {"10": 1, "01": 1}), 2)
    for counts, text in ((Counts.of("ab", {"10": 1, "01": 0}), "list b holds nobody"), (Counts.of("a", {}), "least 2")):
        with pytest.raises(RefusedError, match=text) as refused:
            require_lists(counts, 2)
        assert refused.value.reason == "too_few_lists"


def test_a_standard_error_of_half_the_estimate_is_allowed_and_no_more() -> None:
    refuse_wide(100, 50)
    with pytest.raises(RefusedError):
        refuse_wide(100, 50.1)


def test_where_nobody_is_unobserved_there_is_no_log_normal_interval() -> None:
    with pytest.raises(ValueError, match="no width"):
        log_normal_interval(100, 100, 5)
