"""Whether a model has an estimate is decided before it is fitted, and agrees with published and enumerated tables."""

from __future__ import annotations

from itertools import combinations, product

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import linprog

from pipelines.estimate.refused import RefusedError
from pipelines.estimate.unobserved.existence import existence
from pipelines.estimate.unobserved.lists import Counts
from pipelines.estimate.unobserved.loglinear import exists, fit, models

pytestmark = pytest.mark.filterwarnings("error")

HISTORIES = ["100", "010", "001", "110", "101", "011", "111"]
ARTIFICIAL = Counts.of("ABC", {"100": 40, "010": 30, "001": 20, "110": 6})


@pytest.mark.parametrize(
    ("model", "refused"),
    [
        ("[1,2,3]", None),
        ("[12,3]", "no_maximum"),
        ("[13,2]", None),
        ("[23,1]", None),
        ("[12,13]", "no_maximum"),
        ("[12,23]", "no_maximum"),
        ("[13,23]", None),
        ("[12,13,23]", "not_identifiable"),
    ],
)
def test_the_artificial_table_of_chan_silverman_and_vincent(model: str, refused: str | None) -> None:
    """Chan, Silverman & Vincent (2021), tables 2 and 3; ``Artificial_3`` of the R package SparseMSE."""
    assert exists(ARTIFICIAL, model).refused == refused


def test_a_list_wholly_in_the_other_leaves_nobody_unseen_which_is_no_estimate() -> None:
    with pytest.raises(RefusedError, match="nobody seems unseen") as refusal:
        fit(Counts.of("AB", {"10": 5, "01": 0, "11": 10}), "[1,2]")
    assert refusal.value.reason == "no_maximum"


def test_a_column_of_small_numbers_still_leaves_the_unseen_open() -> None:
    """One count and two parameters, of which the second makes up for a hundredth of the first."""
    found = existence(np.array([[1, 0.01]]), np.array([5]), np.array([[1.0, 0]]), ["", "1"])
    assert found.refused == "not_identifiable"


def test_an_empty_overlap_sends_its_parameter_to_minus_infinity_and_empties_its_cells() -> None:
    found = exists(ARTIFICIAL, "[13,23]")
    histories = ["".join(history) for history in product("01", repeat=3)][1:]
    assert found.minus_infinity == ("13", "23")
    assert [one for one, positive in zip(histories, found.positive, strict=True) if not positive] == [
        "011",
        "101",
        "111",
    ]


def test_where_every_combination_holds_somebody_nothing_is_infinite() -> None:
    counts = Counts.of("ABC", dict.fromkeys(HISTORIES, 1))
    for model in models(3, 2):
        found = exists(counts, model)
        assert found.refused is None
        assert found.positive.all()
        assert found.minus_infinity == ()


def test_a_term_of_all_lists_can_never_be_told_from_the_unseen() -> None:
    assert exists(Counts.of("ABC", dict.fromkeys(HISTORIES, 9)), "[123]").refused == "not_identifiable"


def test_lists_that_share_nobody_say_nothing_of_the_unseen() -> None:
    counts = Counts.of("ABC", {"100": 12, "010": 8, "001": 5})
    assert {exists(counts, model).refused for model in models(3, 2)} == {"no_maximum", "not_identifiable"}


def test_of_all_tables_of_three_lists_those_have_an_estimate_whose_formula_has_a_value() -> None:
    """Closed forms: Bishop, Fienberg & Holland (1975), Discrete Multivariate Analysis, chapter 6."""
    seen = {"[12,13,23]": 0, "[12,23]": 0, "[12,3]": 0}
    for present in product([0, 7], repeat=7):
        n = dict(zip(HISTORIES, present, strict=True))
        either, both = n["100"] + n["010"] + n["110"], n["101"] + n["011"] + n["111"]
        formulas = {
            "[12,13,23]": (n["111"] * n["100"] * n["010"] * n["001"], n["110"] * n["101"] * n["011"]),
            "[12,23]": (n["100"] * n["001"], n["101"]),
            "[12,3]": (n["001"] * either, both),
        }
        counts = Counts.of("ABC", n)
        if not counts.observed:
            continue
        for model, (above, below) in formulas.items():
            if above and below:
                estimate = fit(counts, model, interval="log-normal")
                assert estimate.unobserved == pytest.approx(above / below, rel=1e-6)
                seen[model] += 1
            else:
                with pytest.raises(RefusedError) as refusal:
                    fit(counts, model)
                assert refusal.value.reason in {"no_maximum", "not_identifiable"}
    # 2^7 tables, of which all seven, three given ones, or one with one of three and one of three others are needed.
    assert seen == {"[12,13,23]": 1, "[12,23]": 16, "[12,3]": 49}


PAIRS = list(combinations(range(4), 2))


def _passes_sparse_mse(counts: Counts, pairs: list[tuple[int, int]]) -> tuple[bool, list[bool]]:
    """The two checks of ``checkident`` as Chan, Silverman & Vincent (2021) describe them, with the cells they keep.

    Parameters of empty overlaps go with their cells; what is left must be of full rank, and some table without an empty
    cell must have the same margins.
    """
    counts = counts.complete()
    held = counts.held
    empty = [(i, j) for i, j in pairs if not counts.persons[held[:, i] & held[:, j]].sum()]
    kept = ~np.any([held[:, i] & held[:, j] for i, j in empty], axis=0) if empty else np.ones(len(held), bool)
    columns = [np.ones(len(held)), *held.T, *(held[:, i] & held[:, j] for i, j in pairs if (i, j) not in empty)]
    design = np.column_stack(columns)[kept].astype(float)
    rows, parameters = design.shape
    found = linprog(
        [0.0] * rows + [-1.0],
        A_ub=np.hstack([-np.eye(rows), np.ones((rows, 1))]),
        b_ub=np.zeros(rows),
        A_eq=np.hstack([design.T, np.zeros((parameters, 1))]),
        b_eq=design.T @ counts.persons[kept],
    )
    return -found.fun > 1e-6 and np.linalg.matrix_rank(design) == parameters, kept.tolist()


@settings(max_examples=150, deadline=None)
@given(
    persons=st.lists(st.sampled_from([0, 0, 0, 1, 4]), min_size=15, max_size=15).filter(any),
    pairs=st.lists(st.sampled_from(PAIRS), unique=True),
)
def test_what_sparse_mse_accepts_is_accepted_with_the_same_cells(
    persons: list[int], pairs: list[tuple[int, int]]
) -> None:
    counts = Counts.of("ABCD", {"".join(h): n for h, n in zip(list(product("01", repeat=4))[1:], persons, strict=True)})
    model = f"[{','.join(['1', '2', '3', '4', *(f'{i + 1}{j + 1}' for i, j in pairs)])}]"
    accepted, kept = _passes_sparse_mse(counts, pairs)
    if accepted:
        found = exists(counts, model)
        assert found.refused is None
        assert found.positive.tolist() == kept


def test_a_list_within_another_is_no_reason_to_refuse() -> None:
    """Whom list 1 holds, list 4 holds too: two parameters are infinite, which SparseMSE refuses; the unseen are not.

    What list 1 adds to a model in which it depends on list 4 alone is nothing: the estimate is that without it.
    """
    counts = Counts.of("ABCD", {"0001": 4, "0110": 4, "1001": 1})
    assert not _passes_sparse_mse(counts, [(0, 3)])[0]
    without = Counts(counts.lists[1:], counts.held[:, 1:], counts.persons)
    assert fit(counts, "[14,2,3]").value == pytest.approx(fit(without, "[1,2,3]").value, rel=1e-7)


def test_a_list_that_is_empty_in_one_stratum_does_not_hide_the_unseen_there() -> None:
    counts = Counts(
        ("A", "B", "C"),
        np.array([[one == "1" for one in history] for history in [*HISTORIES, "010", "001", "011"]]),
        np.array([*[9] * 7, 12, 10, 3]),
        {"sex": np.array([*["m"] * 7, *["f"] * 3])},
    )
    found = exists(counts, "[1:sex,2:sex,3:sex]")
    assert found.refused is None
    men, women = (Counts(counts.lists, counts.held[rows], counts.persons[rows]) for rows in (slice(7), slice(7, None)))
    in_two_lists = Counts(("B", "C"), women.held[:, 1:], women.persons)
    apart = fit(men, "[1,2,3]").value + fit(in_two_lists, "[1,2]").value
    assert fit(counts, "[1:sex,2:sex,3:sex]").value == pytest.approx(apart, rel=1e-7)
