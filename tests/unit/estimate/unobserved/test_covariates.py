"""Covariates that one list alone knows: two published tables, closed forms, and the likelihood climbed another way."""

from __future__ import annotations

from itertools import product
from math import sqrt

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import minimize

from pipelines.estimate.refused import RefusedError
from pipelines.estimate.unobserved import covariates
from pipelines.estimate.unobserved.covariates import UNKNOWN, persons_by, with_covariates
from pipelines.estimate.unobserved.lists import Counts
from pipelines.estimate.unobserved.two_lists import lincoln_petersen, stratified

Rows = dict[tuple[str, ...], int]


def counted(lists: tuple[str, str], names: tuple[str, ...], rows: Rows) -> Counts:
    """Persons by history and by the category of each covariate."""
    held = np.array([[letter == "1" for letter in history] for history, *_ in rows])
    labels = np.array([categories for _, *categories in rows])
    return Counts(lists, held, np.array(list(rows.values())), dict(zip(names, labels.T, strict=True)))


MIDDLE_EAST: Rows = {
    ("11", "0", "0"): 259,
    ("11", "0", "1"): 539,
    ("11", "1", "0"): 110,
    ("11", "1", "1"): 177,
    ("10", "0", UNKNOWN): 13_898,
    ("10", "1", UNKNOWN): 12_356,
    ("01", UNKNOWN, "0"): 91,
    ("01", UNKNOWN, "1"): 164,
}
"""People born in Afghanistan, Iran and Iraq: A the population register, which knows marital status (X1), B the police
register, which knows the region (X2). Van der Heijden et al. (2012, Annals of Applied Statistics 6), again in van der
Heijden, Smith, Cruyff and Bakker (2018, Journal of Official Statistics 34), table 1."""

MAORI: Rows = {
    ("11", "0", "0"): 3_004_335,
    ("11", "0", "1"): 31_995,
    ("11", "0", UNKNOWN): 150_840,
    ("10", "0", UNKNOWN): 38_634,
    ("11", "1", "0"): 108_189,
    ("11", "1", "1"): 435_465,
    ("11", "1", UNKNOWN): 12_405,
    ("10", "1", UNKNOWN): 4_368,
    ("11", UNKNOWN, "0"): 16_512,
    ("11", UNKNOWN, "1"): 2_769,
    ("11", UNKNOWN, UNKNOWN): 900,
    ("10", UNKNOWN, UNKNOWN): 438,
    ("01", UNKNOWN, "0"): 398_838,
    ("01", UNKNOWN, "1"): 146_976,
    ("01", UNKNOWN, UNKNOWN): 24_636,
}
"""Residents of New Zealand: A and C two registers, a and c whether each says that they are Māori, which also lacks at
random. Van der Heijden, Cruyff, Smith, Bycroft, Graham and Matheson-Dunning (2022, Journal of the Royal Statistical
Society A 185), table 1."""

middle_east = counted(("A", "B"), ("X1", "X2"), MIDDLE_EAST)
maori = counted(("A", "C"), ("a", "c"), MAORI)


def test_people_born_in_the_middle_east_as_published() -> None:
    """Fitted values of [AX2][BX1][X1X2] (2018, table 2), whose unobserved are 1112.4, 2150.2, 1167.9 and 1745.4."""
    found = with_covariates(middle_east)
    assert found.method.endswith("[A X2][B X1][X1 X2]")
    assert found.unobserved == pytest.approx(1112.4 + 2150.2 + 1167.9 + 1745.4, abs=0.2)
    assert found.parameters == 8
    unmarried = 259 + 539 + 4510.8 + 9387.2 + 63.9 + 123.5 + 1112.4 + 2150.2
    assert persons_by(middle_east, "X1")["0"] == pytest.approx(unmarried, abs=0.4)


def test_maori_of_new_zealand_as_published() -> None:
    """Fitted values of [Ac][ac][Ca] (2022, table 2); no closed form is known, and answers are missing in both lists."""
    found = with_covariates(maori)
    assert found.unobserved == pytest.approx(4905.2 + 131.2 + 111.5 + 1126.8, abs=0.2)
    assert found.value == pytest.approx(4_383_574.8, abs=0.1)
    by_register = {name: persons_by(maori, name)["1"] for name in ("a", "c")}
    assert by_register["a"] == pytest.approx(563_739.8 + 158_208.1, abs=0.2)
    assert by_register["c"] == pytest.approx(635_482.6 + 5_204.5, abs=0.2)


def in_closed_form(persons: np.ndarray) -> float:
    """The unobserved of the largest model with two covariates of two categories, from the eight counts."""
    both, first_only, second_only = persons[:4].reshape(2, 2), persons[4:6], persons[6:]
    of_first = first_only[:, None] * both / both.sum(axis=1, keepdims=True)
    of_second = second_only * both / both.sum(axis=0)
    return float((of_first * of_second / both).sum())


def test_the_largest_model_has_its_closed_form_and_the_delta_methods_variance() -> None:
    """Another route to the variance: each count is Poisson, and the closed form is differentiated by steps."""
    persons = np.array(list(MIDDLE_EAST.values()), dtype=float)
    found = with_covariates(middle_east)
    assert found.unobserved == pytest.approx(in_closed_form(persons), rel=1e-8)
    slopes = [in_closed_form(persons + step) - in_closed_form(persons - step) for step in np.eye(8) / 2]
    assert found.standard_error == pytest.approx(sqrt(found.unobserved + np.square(slopes) @ persons), rel=1e-4)


def test_the_likelihood_has_its_maximum_where_em_stops_and_the_curvature_that_the_variance_takes() -> None:
    """Another route: the log-likelihood is written out, climbed by quasi-Newton and differentiated by steps."""
    rows = [(history, a, c) for history, a, c in MAORI]
    persons = np.array(list(MAORI.values()), dtype=float)
    cells = list(product((0, 1), repeat=4))
    design = np.array([[1, A, C, a, c, A * c, C * a, a * c] for A, C, a, c in cells], dtype=float)
    may_be = np.array(
        [
            [
                (int(history[0]), int(history[1])) == (A, C)
                and first in (UNKNOWN, str(a))
                and second in (UNKNOWN, str(c))
                for A, C, a, c in cells
            ]
            for history, first, second in rows
        ]
    )
    seen = np.array([A + C > 0 for A, C, *_ in cells])

    def minus_loglikelihood(parameters: np.ndarray) -> float:
        fitted = np.exp(design @ parameters)
        return float(fitted[seen].sum() - persons @ np.log(may_be @ fitted))

    def slope(parameters: np.ndarray) -> np.ndarray:
        fitted = np.exp(design @ parameters)
        return np.asarray(design.T @ (fitted * seen - fitted * ((persons / (may_be @ fitted)) @ may_be)))

    best = minimize(minus_loglikelihood, [8, 4, 1, -3, -3, 1, 1, 3], jac=slope, method="BFGS", options={"gtol": 0.01})
    found = with_covariates(maori)
    assert found.loglikelihood == pytest.approx(-best.fun, abs=1e-4)
    unseen = np.exp(design @ best.x) * ~seen
    assert found.unobserved == pytest.approx(unseen.sum(), rel=1e-5)
    information = np.array([(slope(best.x + step) - slope(best.x - step)) / 2e-4 for step in np.eye(8) * 1e-4])
    towards = unseen @ design
    variance = unseen.sum() + towards @ np.linalg.solve(information, towards)
    assert found.standard_error == pytest.approx(sqrt(variance), rel=1e-4)


def test_a_covariate_that_everybody_has_makes_strata() -> None:
    rows: Rows = {("11", "f"): 40, ("10", "f"): 90, ("01", "f"): 70, ("11", "m"): 25, ("10", "m"): 210, ("01", "m"): 80}
    counts = counted(("A", "B"), ("sex",), rows)
    _, total = stratified(counts, "sex", method=lincoln_petersen)
    found = with_covariates(counts)
    assert found.method.endswith("[A sex][B sex][sex]")
    assert (found.value, found.standard_error) == pytest.approx((total.value, total.standard_error))


def test_without_covariates_it_is_lincoln_and_petersens_estimate() -> None:
    counts = Counts.of(["A", "B"], {"11": 20, "10": 60, "01": 30})
    found, without = with_covariates(counts), lincoln_petersen(counts, interval="log-normal")
    for name in ("value", "low", "high", "standard_error"):
        assert getattr(found, name) == pytest.approx(getattr(without, name))


@pytest.mark.parametrize(
    "model",
    [
        [("A",), ("B",), ("X1",), ("X2",)],
        [("A", "X2"), ("B",), ("X1", "X2")],
        [("A",), ("B", "X1"), ("X1", "X2")],
        [("A", "X2"), ("B", "X1")],
    ],
)
def test_a_covariate_is_passive_unless_it_lies_on_a_path_between_the_lists(model: list[tuple[str, ...]]) -> None:
    """Van der Heijden et al. (2012): such models, with or without the covariates, give the same number of persons."""
    assert with_covariates(middle_east, model).value == pytest.approx(lincoln_petersen(middle_east).value)
    assert with_covariates(middle_east).value != pytest.approx(lincoln_petersen(middle_east).value, rel=1e-5)


def test_what_one_list_alone_knows_does_not_help_where_both_depend_on_it() -> None:
    """Expected of 10 000: each list finds half of sector 0 and a tenth of sector 1; age, which B knows, is for show."""
    rows: Rows = {("11", sector, age): persons for sector, persons in (("0", 625), ("1", 25)) for age in "01"}
    rows |= {("10", "0", UNKNOWN): 1250, ("10", "1", UNKNOWN): 450}
    rows |= {("01", UNKNOWN, age): 850 for age in "01"}
    found = with_covariates(counted(("A", "B"), ("sector", "age"), rows))
    assert found.value == pytest.approx(3000 * 3000 / 1300)  # as without covariates: 6 923
    assert found.high < 7200


def test_an_estimate_that_says_next_to_nothing_is_refused() -> None:
    """In both lists one person of three kinds each; they stand for hundreds in one list."""
    rows: Rows = {("11", "0", "0"): 8, ("11", "0", "1"): 1, ("11", "1", "0"): 1, ("11", "1", "1"): 1}
    rows |= {("10", "0", UNKNOWN): 40, ("10", "1", UNKNOWN): 400}
    rows |= {("01", UNKNOWN, "0"): 40, ("01", UNKNOWN, "1"): 400}
    assert refusal(counted(("A", "B"), ("X1", "X2"), rows)) == "overlap_too_small"


def test_of_models_of_the_same_counts_the_larger_has_the_larger_likelihood() -> None:
    larger = with_covariates(middle_east)
    smaller = with_covariates(middle_east, [("A", "X2"), ("B",), ("X1", "X2")])
    assert smaller.parameters == 7
    assert (larger.loglikelihood or 0) > (smaller.loglikelihood or 0)
    assert (larger.aic or 0) < (smaller.aic or 0)


COUNT = st.integers(1, 400)


@settings(deadline=None, max_examples=25)
@given(both=st.lists(st.integers(5, 400), min_size=4, max_size=4), alone=st.lists(COUNT, min_size=4, max_size=4))
def test_an_estimate_is_never_below_who_was_observed_and_does_not_depend_on_order(
    both: list[int], alone: list[int]
) -> None:
    rows = dict(zip(MIDDLE_EAST, both + alone, strict=True))
    found = with_covariates(counted(("A", "B"), ("X1", "X2"), rows))
    assert sum(both + alone) < found.low < found.value < found.high < np.inf
    assert found.unobserved == pytest.approx(in_closed_form(np.array(both + alone, dtype=float)), rel=1e-6)
    swapped: Rows = {(history[::-1], x2, x1): persons for (history, x1, x2), persons in reversed(rows.items())}
    other = with_covariates(counted(("B", "A"), ("X2", "X1"), swapped))
    assert (other.value, other.standard_error) == pytest.approx((found.value, found.standard_error), rel=1e-6)


def refusal(counts: Counts, *terms: tuple[str, ...]) -> str:
    with pytest.raises(RefusedError) as refused:
        with_covariates(counts, terms or None)
    return refused.value.reason


def test_what_two_lists_cannot_tell_is_refused() -> None:
    assert refusal(middle_east, ("A", "B"), ("X1", "X2")) == "not_identifiable"
    # Marital status is known of nobody outside A, and without its tie to X2 nothing tells how A depends on it.
    assert refusal(middle_east, ("A", "X1"), ("B",), ("X2",)) == "not_identifiable"


def test_a_category_of_which_nobody_is_in_one_list_is_refused() -> None:
    rows = MIDDLE_EAST | {("01", UNKNOWN, "0"): 0, ("11", "0", "0"): 0, ("11", "1", "0"): 0}
    counts = counted(("A", "B"), ("X1", "X2"), rows)
    assert refusal(counts) == "no_maximum"


def test_a_small_overlap_is_refused() -> None:
    rows = {row: min(persons, 1) if row[0] == "11" else persons for row, persons in MIDDLE_EAST.items()}
    assert refusal(counted(("A", "B"), ("X1", "X2"), rows)) == "overlap_too_small"


def test_em_that_has_not_settled_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(covariates, "_STEPS", 3)
    assert refusal(middle_east) == "not_converged"


@pytest.mark.parametrize("model", [[("A",), ("B",), ("X1",)], [("A", "X2"), ("B", "X1"), ("X1", "X3")]])
def test_a_model_of_other_names_is_a_mistake(model: list[tuple[str, ...]]) -> None:
    with pytest.raises(ValueError, match="A, B, X1, X2"):
        with_covariates(middle_east, model)
