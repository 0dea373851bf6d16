"""Log-linear models agree with published answers, closed forms and brute force, and refuse what has no meaning."""

from __future__ import annotations

from itertools import permutations, product

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import minimize
from scipy.special import gammaln
from scipy.stats import chi2

from pipelines.estimate.refused import RefusedError
from pipelines.estimate.unobserved.lists import Counts
from pipelines.estimate.unobserved.loglinear import best, exists, fit, model_spread, models, near, stepwise, table

pytestmark = pytest.mark.filterwarnings("error")


def _counts(lists: int, persons: list[int]) -> Counts:
    """In the order of Rcapture: 111, 110, 101, 100, ..."""
    histories = ["".join(one) for one in product("10", repeat=lists)][:-1]
    return Counts.of("ABCDEFGHI"[:lists], dict(zip(histories, persons, strict=True)))


HIV = _counts(4, [0, 3, 1, 33, 0, 20, 6, 403, 3, 35, 10, 545, 11, 621, 205])
"""Abeni, Brancato & Perucci (1994), Epidemiology 5: four centres in Rome; ``HIV`` of the R package Rcapture."""
DIABETES = _counts(4, [58, 157, 18, 104, 46, 650, 12, 709, 14, 20, 7, 74, 8, 182, 10])
"""Bruno et al. (1994), Diabetes Care 17."""
INJURIES = _counts(3, [72, 5, 29, 54, 24, 3, 14])
INJURIES_BY_FOUR = _counts(4, [72, 5, 29, 53, 24, 3, 12, 14, 0, 0, 0, 1, 0, 0, 2])
"""Cormack, Chang & Smith (2000), tables 3b and 3a."""
KOREA = Counts.of("bcd", {"001": 41, "010": 5, "100": 5, "110": 54, "101": 6, "111": 12})
"""Ball, Shin & Yang (2018); ``Korea`` of the R package MultipleSystemsEstimation, which continues SparseMSE."""
KOSOVO = _counts(4, [27, 181, 18, 177, 42, 228, 106, 1131, 32, 217, 31, 845, 123, 936, 306])
"""Ball et al. (2002): EXH, ABA, OSCE, HRW; ``Kosovo`` of MultipleSystemsEstimation."""
UK = Counts.of(
    ["LA", "NG", "PFNCA", "GO", "GP"],
    {"10000": 54, "01000": 463, "00100": 995, "00010": 695, "00001": 316, "11000": 15, "10100": 19, "10010": 3}
    | {"01100": 62, "01010": 19, "01001": 1, "00110": 76, "00101": 11, "00011": 8, "11100": 1, "11010": 1}
    | {"01110": 4, "11110": 1},
)  # fmt: skip
"""Bales, Hesketh & Silverman (2015), Significance 12, in five lists; ``UKdat_5`` of SparseMSE."""


@pytest.mark.parametrize(
    ("model", "value", "standard_error", "aic", "low", "high"),
    [
        ("[12,13,14,23,24,34]", 23443.5, 9594.9, 92.073, 10027.6, 50046.3),
        ("[12,3,4]", 12318.5, 1188.7, 86.65, 10266, 14992.3),
    ],
)
def test_hiv_in_rome_as_rcapture_documents_it(
    model: str, value: float, standard_error: float, aic: float, low: float, high: float
) -> None:
    """Rcapture 1.4, output of the example of ``HIV`` (``closedpCI.t``), as printed."""
    found = fit(HIV, model)
    assert found.observed == 1896
    assert [round(one, 1) for one in (found.value, found.low, found.high)] == [value, low, high]
    assert round(found.standard_error or 0, 1) == standard_error
    assert round(found.aic or 0, 3) == pytest.approx(aic)


def test_the_unseen_of_hiv_in_rome_to_the_seventh_digit_of_its_parameter() -> None:
    """Rcapture 1.4, the same example: intercept 9.9780167."""
    assert round(float(np.log(fit(HIV, "[12,13,14,23,24,34]").unobserved)), 7) == 9.9780167


@pytest.mark.parametrize(
    ("model", "value", "standard_error"), [("[12,13,23,24,34]", 2771, 145), ("[13,24,34]", 2472, 53)]
)
def test_diabetes_as_rivest_has_it(model: str, value: int, standard_error: int) -> None:
    """Rivest (2011), Int. J. Biostatistics 7, repeated by the tests of Rcapture."""
    found = fit(DIABETES, model, interval="log-normal")
    assert (round(found.value), round(found.standard_error or 0)) == (value, standard_error)


@pytest.mark.parametrize(
    ("model", "published"),
    [
        ("[1,2,3]", {"value": 209, "low": 203, "high": 217}),
        ("[23,1]", {"low": 210}),
        ("[13,23]", {"value": 233, "low": 204}),
    ],
)
def test_profile_intervals_of_injuries(model: str, published: dict[str, int]) -> None:
    """Cormack, Chang & Smith (2000), table 3b: the figures that the tests of Rcapture find as well."""
    found = fit(INJURIES, model)
    assert {name: round(getattr(found, name)) for name in published} == published


@pytest.mark.parametrize("model", ["[12,13,14,23,24,34]", "[12,13,14,34]"])
def test_an_estimate_that_runs_to_infinity_is_refused(model: str) -> None:
    """Cormack, Chang & Smith (2000), table 3a: Rcapture gives more than a million for 215 persons seen."""
    with pytest.raises(RefusedError, match="no maximum") as refusal:
        fit(INJURIES_BY_FOUR, model)
    assert refusal.value.reason == "no_maximum"


def test_korea_ranked_as_documented_with_the_two_models_that_have_no_maximum() -> None:
    """MultipleSystemsEstimation 1.1, user guide: estimates and BIC. [13,23] has 123.463 of 123, refused here."""
    found = table(KOREA, by="bic")
    assert [(one.model, one.estimate and round(one.estimate.value, 4), round(one.bic, 5)) for one in found[:6]] == [
        ("[12,23]", 157.1667, 57.14081),
        ("[12,3]", 268.7778, 58.9686),
        ("[13,23]", None, 91.89711),
        ("[23,1]", 126.1944, 138.06368),
        ("[13,2]", 126.9394, 155.16018),
        ("[1,2,3]", 141.9926, 184.14431),
    ]
    assert [(one.model, one.refused) for one in found[6:]] == [("[12,13]", "no_maximum"), ("[12,13,23]", "no_maximum")]


@pytest.mark.parametrize(
    ("counts", "order", "model", "value"),
    [
        (KOREA, 2, "[12,3]", 268.7778),
        (KOSOVO, 2, "[12,13,14,23,34]", 14341.66),
        (KOSOVO, 3, "[134,12,23]", 18393.31),
        (UK, 2, "[12,13,24,25,35,45]", 11312.99),
    ],
)
def test_stepwise_as_documented(counts: Counts, order: int, model: str, value: float) -> None:
    """MultipleSystemsEstimation 1.1, documentation and tests; the UK: Binette & Steorts (2021), by SparseMSE 2.0.1."""
    found = stepwise(counts, order=order)
    assert found.method == f"log-linear: {model}"
    assert found.value == pytest.approx(value, abs=0.005)


def test_kosovo_in_the_best_of_its_113_models() -> None:
    """BIC 203.9573 of the model by steps: MultipleSystemsEstimation 1.1; by BIC another is better."""
    found = {one.model: one.estimate for one in table(KOSOVO, 3, "bic") if one.estimate}
    assert len(found) == 113
    assert round(found["[134,12,23]"].bic or 0, 4) == 203.9573
    assert next(iter(found)) == "[123,14,34]"
    assert stepwise(KOSOVO, by="bic", order=3).value == pytest.approx(found["[123,14,34]"].value)


@pytest.mark.parametrize(
    ("model", "value", "aic"),
    [
        ("[1,2,3,4,5]", 13444.131209, 217.778876),
        ("[12,15,3,4]", 14089.467882, 187.355271),
        ("[12,13,14,15,23,24,25,34,35,45]", 11232.531369, 129.777190),
    ],
)
def test_a_parameter_at_minus_infinity_is_a_cell_left_out(model: str, value: float, aic: float) -> None:
    """No published digits: R's ``glm`` on the cells outside the empty overlap of LA and GP, with 2 more for the AIC."""
    found = fit(UK, model, interval="log-normal")
    assert exists(UK, model).minus_infinity == (("15",) if "15" in model else ())
    assert found.value == pytest.approx(value, rel=1e-8)
    assert found.aic == pytest.approx(aic, rel=1e-8)


def test_two_lists_are_lincoln_and_petersen() -> None:
    assert fit(_counts(2, [10, 40, 20]), "[1,2]").value == pytest.approx(50 * 30 / 10)


@pytest.mark.parametrize(("lists", "order", "how_many"), [(3, 1, 1), (3, 2, 8), (4, 2, 64), (4, 3, 113), (5, 2, 1024)])
def test_every_hierarchical_model_is_there_once(lists: int, order: int, how_many: int) -> None:
    """113 for four lists: documentation of ``closedpMS.t`` of Rcapture 1.4."""
    found = list(models(lists, order))
    assert len(found) == len(set(found)) == how_many


def test_strata_enter_models_like_lists() -> None:
    assert list(models(2, 2, ["sex"])) == ["[1,2,sex]", "[1:sex,2]", "[2:sex,1]", "[1:sex,2:sex]"]


def _brute_force_profile(counts: Counts, design: np.ndarray, unseen: np.ndarray, unobserved: float) -> float:
    """The multinomial log-likelihood of a number of persons, maximised over the parameters by BFGS."""
    observed = counts.observed

    def minus(parameters: np.ndarray) -> float:
        seen, missed = design @ parameters, np.logaddexp.reduce(unseen @ parameters)
        every = np.logaddexp(np.logaddexp.reduce(seen), missed)
        return float(-(counts.persons @ seen + unobserved * missed - (observed + unobserved) * every))

    found = minimize(minus, np.zeros(design.shape[1]), method="BFGS", options={"gtol": 1e-6})
    return float(-found.fun + gammaln(observed + unobserved + 1) - gammaln(unobserved + 1))


@pytest.mark.parametrize("level", [0.8, 0.95])
@pytest.mark.parametrize("stratified", [False, True])
def test_the_ends_of_profile_intervals_are_as_likely_as_brute_force_says(level: float, stratified: bool) -> None:
    """Whom nobody saw is of a stratum that nobody knows: the likelihood adds the strata up."""
    one = _counts(3, [6, 5, 8, 30, 7, 25, 20])
    held, persons = one.held, one.persons
    design = np.column_stack([held, held[:, 0] & held[:, 1]]).astype(float)
    if stratified:
        held, persons = np.vstack([held, held]), np.concatenate([persons, [2, 9, 3, 12, 5, 10, 40]])
        women = np.repeat([0.0, 1.0], 7)[:, None]
        design = np.hstack([np.vstack([design, design]), women, women * held[:, [2]]])
    counts = Counts(one.lists, held, persons, {"sex": np.repeat(["m", "f"], 7)} if stratified else {})
    unseen = np.array([[0.0] * 4 + [1.0, 0.0], [0.0] * 6]) if stratified else np.zeros((1, 4))
    found = fit(counts, "[12,3:sex]" if stratified else "[12,3]", level)
    best = minimize(
        lambda x: -_brute_force_profile(counts, design, unseen, x[0]), [found.unobserved], method="Nelder-Mead"
    )
    for end in (found.low, found.high):
        fallen = -best.fun - _brute_force_profile(counts, design, unseen, end - counts.observed)
        assert 2 * fallen == pytest.approx(chi2.ppf(level, 1), abs=1e-3)


def test_strata_on_which_everything_depends_are_estimated_apart() -> None:
    two = _counts(3, [6, 5, 8, 30, 7, 25, 20])
    both = Counts(
        two.lists,
        np.vstack([INJURIES.held, two.held]),
        np.concatenate([INJURIES.persons, two.persons]),
        {"sex": np.repeat(["m", "f"], 7)},
    )
    together, *apart = (fit(both, "[12:sex,3:sex]"), fit(INJURIES, "[12,3]"), fit(two, "[12,3]"))
    assert together.value == pytest.approx(sum(one.value for one in apart))
    assert together.aic == pytest.approx(sum(one.aic or 0 for one in apart))
    assert (together.standard_error or 0) ** 2 == pytest.approx(sum((one.standard_error or 0) ** 2 for one in apart))


def test_strata_that_a_model_does_not_name_are_added_up() -> None:
    rows = np.repeat(np.arange(7), 2)
    split = Counts(
        INJURIES.lists,
        INJURIES.held[rows],
        np.column_stack([INJURIES.persons // 3, INJURIES.persons - INJURIES.persons // 3]).ravel(),
        {"sex": np.tile(["m", "f"], 7)},
    )
    assert fit(split, "[12,3]") == fit(INJURIES, "[12,3]")


TABLES = st.lists(st.integers(0, 30), min_size=7, max_size=7).filter(any)


@settings(max_examples=60, deadline=None)
@given(persons=TABLES, model=st.sampled_from(list(models(3, 2))))
def test_an_estimate_is_refused_or_within_its_interval_above_the_observed(persons: list[int], model: str) -> None:
    counts = _counts(3, persons)
    if refused := exists(counts, model).refused:
        with pytest.raises(RefusedError) as refusal:
            fit(counts, model)
        assert refusal.value.reason == refused
        return
    try:
        found = fit(counts, model)
    except RefusedError as refusal:
        assert refusal.reason in ("overlap_too_small", "no_maximum")  # noqa: PT017  # both are right
        return
    assert counts.observed <= found.low <= found.value <= found.high < np.inf
    assert found.standard_error
    assert found.standard_error <= found.value / 2


@settings(max_examples=30, deadline=None)
@given(persons=TABLES, order=st.sampled_from(list(permutations(range(3)))))
def test_the_order_of_lists_does_not_matter(persons: list[int], order: tuple[int, ...]) -> None:
    counts = _counts(3, persons)
    moved = Counts(tuple(counts.lists[i] for i in order), counts.held[:, order], counts.persons)

    def outcome(counts: Counts, model: str) -> tuple[float, float] | str:
        try:
            found = fit(counts, model, interval="log-normal")
        except RefusedError as refusal:
            return refusal.reason
        return found.value, found.high

    here = [str(order.index(place) + 1) for place in range(3)]
    for model, same in (("[12,3]", "[{0}{1},{2}]"), ("[12,23]", "[{0}{1},{1}{2}]")):
        found, again = outcome(counts, model), outcome(moved, same.format(*here))
        assert again == (found if isinstance(found, str) else pytest.approx(found, rel=1e-6))


def test_the_fewer_were_seen_the_wider_the_interval() -> None:
    few, many = (fit(_counts(3, [n] * 7), "[12,13,23]") for n in (1, 100))
    assert few.coverage == pytest.approx(many.coverage) == pytest.approx(7 / 8)
    assert few.low == few.observed
    assert few.high / few.value > 3 > 1.1 > many.high / many.value


def test_the_spread_over_models_is_that_of_those_near_the_best() -> None:
    found = table(INJURIES)
    values = {one.model: one.estimate.value for one in found if one.estimate}
    assert found[0].model == "[23,1]"
    assert model_spread(found, within=0) == (values["[23,1]"], values["[23,1]"])
    assert model_spread(found, within=2) == (values["[23,1]"], values["[13,23]"])
    assert model_spread(found, within=1000) == (min(values.values()), max(values.values()))


def test_one_person_in_two_lists_is_no_estimate() -> None:
    """30,367 persons with a standard error of 30,233: independence by formula and by steps."""
    counts = Counts.of("ABC", {"100": 100, "010": 100, "001": 100, "110": 1})
    with pytest.raises(RefusedError, match="30367"):
        fit(counts, "[1,2,3]")
    with pytest.raises(RefusedError, match="30367"):
        stepwise(counts)


def test_there_is_no_spread_of_models_that_are_all_refused() -> None:
    with pytest.raises(RefusedError):
        model_spread(table(Counts.of("ABC", {"100": 3, "010": 4, "001": 5})))


def test_a_model_that_fits_best_and_has_no_estimate_is_not_passed_over_for_a_far_worse_one() -> None:
    """Two lists overlap and the third hardly with them: the model in which they depend tells next to nothing."""
    fits = table(Counts.of("ABC", {"100": 200, "010": 200, "001": 300, "110": 150, "101": 1, "011": 1, "111": 1}))
    assert fits[0].refused == "overlap_too_small"
    accepted = next(one for one in fits if one.estimate)
    assert accepted.aic > fits[0].aic + 2
    for asked in (best, model_spread):
        with pytest.raises(RefusedError) as refused:
            asked(fits)
        assert refused.value.reason == "overlap_too_small"
    assert best(fits, within=1000) == accepted
    assert fits[0] in near(fits, within=0)


def test_a_model_that_leaves_nobody_unseen_is_refused() -> None:
    """Who is in one list is in all others but for a few: less than one person is expected in none."""
    few = {"110": 300, "101": 300, "011": 300, "111": 6000, "100": 10, "010": 10, "001": 10}
    with pytest.raises(RefusedError) as refused:
        fit(Counts.of("ABC", few), "[1,2,3]")
    assert refused.value.reason == "no_maximum"


def test_stepwise_passes_over_what_has_no_estimate_and_stops_where_nothing_is_gained() -> None:
    assert stepwise(KOREA, by="aic").method == "log-linear: [12,23]"
    assert stepwise(KOREA, threshold=0).method == "log-linear: [1,2,3]"


@pytest.mark.parametrize("model", ["[12]", "[1,2,4]", "[12,3,sex]", "[]"])
def test_a_model_of_other_lists_is_a_mistake_of_the_caller(model: str) -> None:
    with pytest.raises(ValueError, match="is no model of 3 lists"):
        fit(INJURIES, model)


@pytest.mark.parametrize(
    ("name", "labels", "message"),
    [("2", ["m", "f"], "named by a number"), ("a:b", ["m", "f"], "named by a number"), ("sex", ["m", " "], "blank")],
)
def test_strata_that_no_model_can_name_and_blank_labels_are_mistakes(
    name: str, labels: list[str], message: str
) -> None:
    counts = Counts(INJURIES.lists, INJURIES.held, INJURIES.persons, {name: np.array([*labels, *labels, *labels, "m"])})
    with pytest.raises(ValueError, match=message):
        fit(counts, f"[1,2,3,{name}]")


def test_the_models_of_six_lists_are_too_many() -> None:
    with pytest.raises(ValueError, match="at most five"):
        table(_counts(6, [5] * 63))


@pytest.mark.parametrize(
    ("counts", "reason"),
    [(Counts.of("A", {"1": 5}), "too_few_lists"), (Counts.of("ABC", {"100": 0}), "overlap_too_small")],
)
def test_what_no_model_can_use_is_refused(counts: Counts, reason: str) -> None:
    with pytest.raises(RefusedError) as refusal:
        fit(counts, "[1,2,3]")
    assert refusal.value.reason == reason
