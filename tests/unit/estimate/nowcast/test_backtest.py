"""Past errors: counted by hand, blind to the future, and a gate that opens for the better method alone."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from pipelines.estimate.nowcast.backtest import Score, backtest, interval, past_error, publishable
from pipelines.estimate.nowcast.shares import History, Nowcast, nowcast
from pipelines.estimate.refused import RefusedError

ONE_CLASS = np.array(["all", "all"])
GOOD = Score("small", 1, 6, 0, 5, 200, 0.04, 0.08, 0.5, 0.9, 1.15, 0.9)


def doubling(years: int = 5) -> History:
    """Two municipalities that double each year, and an indicator that knows."""
    persons = np.array([[10.0, 30.0]]) * 2.0 ** np.arange(years)[:, None]
    national = persons.sum(axis=1)
    return History(persons, persons, national, np.repeat(national, 4))


def threefold(history: History, ahead: int) -> Nowcast:
    """A method that is always half too high where persons double."""
    value = history.persons[-1] * 3.0**ahead
    return Nowcast(value, value, value)


def unchanged(history: History, ahead: int) -> Nowcast:
    """The last known figures."""
    return Nowcast(history.persons[-1], history.persons[-1], history.persons[-1])


def test_errors_are_those_counted_by_hand() -> None:
    (found,) = backtest(doubling(), ONE_CLASS, threefold)
    assert (found.size_class, found.ahead, found.origins, found.refused, found.figures) == ("all", 1, 2, 0, 4)
    assert found.error == pytest.approx(1)  # 3 instead of 2, of 1
    assert found.error_carried == pytest.approx(1)  # 1 instead of 2, of 1
    assert found.scaled_error == pytest.approx(1.0)
    assert found.won == 0
    assert (found.low, found.high) == pytest.approx((2 / 3, 2 / 3))
    assert not found.beats_carry_forward


def test_further_ahead_is_scored_apart() -> None:
    one, two = backtest(doubling(), ONE_CLASS, threefold, ahead=2)
    assert (one.ahead, two.ahead, two.origins) == (1, 2, 1)
    assert two.error == pytest.approx(9 - 4)
    assert two.error_carried == pytest.approx(4 - 1)
    assert two.scaled_error == pytest.approx(5 / 3)


def test_size_classes_are_scored_apart() -> None:
    large, small = backtest(doubling(), np.array(["small", "large"]), threefold)
    assert (large.size_class, small.size_class) == ("large", "small")
    assert large.figures == small.figures == 2


def test_a_nowcast_that_knows_beats_the_last_figure() -> None:
    (found,) = backtest(doubling(), ONE_CLASS, nowcast)
    assert found.error == pytest.approx(0, abs=1e-9)
    assert found.scaled_error == pytest.approx(0, abs=1e-9)
    assert (found.low, found.high) == pytest.approx((1, 1))
    assert found.won == found.origins == 2
    assert found.beats_carry_forward


def test_the_last_figure_does_not_beat_itself() -> None:
    (found,) = backtest(doubling(), ONE_CLASS, unchanged)
    assert found.scaled_error == 1
    assert not found.beats_carry_forward


def test_nothing_beats_a_last_figure_that_was_never_off() -> None:
    persons = np.full((5, 2), 10.0)
    known = History(persons, persons, persons.sum(axis=1), np.ones(20))
    (found,) = backtest(known, ONE_CLASS, threefold)
    assert found.scaled_error is None
    assert not found.beats_carry_forward


def test_a_method_sees_nothing_of_later_years_but_the_indicator() -> None:
    seen: list[tuple[int, int]] = []

    def spy(history: History, ahead: int) -> Nowcast:
        assert len(history.low) == len(history.high) == len(history.national)
        seen.append((len(history.national), len(history.indicator)))
        return unchanged(history, ahead)

    backtest(doubling(), ONE_CLASS, spy, ahead=2)
    assert seen == [(3, 16), (4, 20), (3, 20)]


def test_an_origin_where_the_method_refuses_is_counted_and_not_scored() -> None:
    def choosy(history: History, ahead: int) -> Nowcast:
        if len(history.national) == 3:
            raise RefusedError("not_identifiable", "too few years")
        return unchanged(history, ahead)

    (found,) = backtest(doubling(), ONE_CLASS, choosy)
    assert (found.origins, found.refused, found.figures) == (1, 1, 2)


def test_suppressed_figures_are_not_scored_and_narrowly_rounded_ones_are() -> None:
    persons = np.array([[10.0, 30, 50]]) * 2.0 ** np.arange(5)[:, None]
    low, high = persons - np.array([0, 0, 1]), persons + np.array([0, 0, 1])
    low[:, :2], high[:, :2] = 0, 1000
    national = persons.sum(axis=1)
    classes = np.array(["hidden", "hidden", "rounded"])
    (found,) = backtest(History(low, high, national, np.repeat(national, 4)), classes, threefold)
    assert (found.size_class, found.figures) == ("rounded", 2)


def test_a_figure_that_falls_to_nought_is_scored_and_one_that_stands_there_is_not() -> None:
    persons = np.array([[10.0, 90], [10, 90], [10, 90], [0, 90], [0, 90]])
    known = History(persons, persons, persons.sum(axis=1), np.ones(20))
    found, _ = backtest(known, np.array(["falls", "stays"]), unchanged)
    assert (found.size_class, found.figures, found.error, found.low) == ("falls", 1, 1, 0)


@pytest.mark.parametrize(("classes", "first"), [(["all"], 3), (["all"] * 3, 3), (["all"] * 2, 0)])
def test_what_leaves_a_class_or_a_year_open_is_no_backtest(classes: list[str], first: int) -> None:
    with pytest.raises(ValueError, match="class"):
        backtest(doubling(), np.array(classes), nowcast, first=first)


def test_one_class_for_many_municipalities_is_no_interval() -> None:
    with pytest.raises(ValueError, match="class"):
        interval(nowcast(doubling().until(4, 1), 1), 1, np.array(["small"]), [GOOD])


def test_a_class_of_which_nothing_is_known_has_no_score() -> None:
    known = doubling()
    hidden = History(np.zeros_like(known.low), np.full_like(known.high, np.inf), known.national, known.indicator)
    assert backtest(hidden, ONE_CLASS, nowcast) == ()


def test_what_beats_the_last_figure_on_real_editions_may_be_shown() -> None:
    assert publishable(GOOD, real=True, known=True) is None


@pytest.mark.parametrize(
    ("score", "real", "reason"),
    [
        (GOOD, False, "synthetic"),
        (replace(GOOD, origins=4), True, "too_few_origins"),
        (replace(GOOD, figures=18), True, "too_few_errors"),
        (replace(GOOD, figures=38, level=0.95), True, "too_few_errors"),
        (replace(GOOD, scaled_error=1.0), True, "no_better_than_carry_forward"),
        (replace(GOOD, scaled_error=None), True, "no_better_than_carry_forward"),
        (replace(GOOD, error=0.08), True, "no_better_than_carry_forward"),
        (replace(GOOD, won=3), True, "no_better_than_carry_forward"),
    ],
)
def test_anything_less_may_not(score: Score, real: bool, reason: str) -> None:
    assert publishable(score, real=real, known=True) == reason


def test_one_whose_last_figure_is_not_known_may_not_either() -> None:
    assert publishable(GOOD, real=True, known=False) == "last_figure_unknown"


def test_nineteen_errors_are_enough_for_ninety_percent() -> None:
    """The smallest and the largest of nineteen hold eighteen of twenty positions that a new one may take."""
    persons = np.vstack([np.full((3, 19), 100.0), np.arange(91.0, 110)])
    national = persons.sum(axis=1)
    (found,) = backtest(History(persons, persons, national, np.ones(16)), np.full(19, "all"), unchanged)
    assert [found.figures, found.low, found.high] == pytest.approx([19, 0.91, 1.09])
    assert publishable(replace(GOOD, figures=19), real=True, known=True) is None


def test_past_errors_widen_what_bounds_left_open() -> None:
    found = interval(
        Nowcast(np.array([100.0, 50, 10]), np.array([100.0, 40, 10]), np.array([100.0, 60, 10])),
        1,
        np.array(["small", "large", "other"]),
        [
            GOOD,
            replace(GOOD, size_class="large", low=0.8, high=0.95),
            replace(GOOD, size_class="other", low=1.05),
            replace(GOOD, ahead=2, low=0.1),
        ],
    )
    # The nowcast is inside, though all past figures of one class were below theirs, and of another above.
    assert found.low == pytest.approx([90, 32, 10])
    assert found.high == pytest.approx([115, 60, 11.5])


def test_a_class_without_past_errors_gets_no_interval() -> None:
    one = np.array([100.0])
    with pytest.raises(KeyError):
        interval(Nowcast(one, one, one), 1, np.array(["large"]), [GOOD])


def test_the_past_error_of_an_interval_is_an_interval() -> None:
    low, high = past_error(np.array([110.0, 90.0]), np.array([100.0, 95.0]), np.array([100.0, 99.0]))
    assert low.tolist() == [10, -9]
    assert high.tolist() == [10, -5]
