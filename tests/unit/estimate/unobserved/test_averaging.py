"""Averages over decomposable models, compared with the published example of R's dga and with exact fractions."""

from __future__ import annotations

import itertools
from fractions import Fraction
from math import factorial, prod
from typing import Literal, get_args

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipelines.estimate.refused import RefusedError
from pipelines.estimate.unobserved import averaging
from pipelines.estimate.unobserved.averaging import Average, Graph, average, decomposable_graphs
from pipelines.estimate.unobserved.lists import Counts

# Spina bifida in five sources: Madigan & York (1997), Biometrika 84, as in the documentation of ``bma.cr`` of dga.
SPINA_BIFIDA_COUNTS = (
    *(27, 37, 19, 4, 4, 1, 1, 97, 22, 37, 25, 2, 1, 3, 5),
    *(83, 36, 34, 18, 3, 5, 0, 2, 30, 5, 23, 8, 0, 3, 0, 2),
)
SPINA_BIFIDA = Counts.of(
    ["a", "b", "c", "d", "e"],
    {f"{code:05b}"[::-1]: persons for code, persons in enumerate(SPINA_BIFIDA_COUNTS, start=1)},
)
# The same in three sources, from the same page.
THREE_SOURCES = Counts.of(
    ["a", "b", "c"], {"100": 60, "010": 49, "110": 4, "001": 247, "101": 112, "011": 142, "111": 12}
)
Interval = Literal["equal-tailed", "highest density"]
HISTORIES = ["100", "010", "001", "110", "101", "011", "111"]


def test_five_lists_have_the_documented_weights() -> None:
    """README of dgaFast, the second implementation of dga (Binette 2020), with delta 0.5 and 1 to 300 unobserved."""
    found = average(SPINA_BIFIDA, delta=0.5, unobserved=range(1, 301))
    assert found.estimate.observed == 537
    assert len(found.weights) == 822
    assert list(found.weights.values())[:5] == pytest.approx(
        [0.21707345, 0.16029369, 0.08226562, 0.06535887, 0.05193514], abs=5e-9
    )


@pytest.mark.parametrize(
    ("joined", "name", "mode", "low", "high"),
    [
        ("ab ac bd de", "a*b+a*c+b*d+d*e", 713, 687, 752),
        ("ab ac de", "a*b+a*c+d*e", 703, 680, 734),
        ("ab ac ad bd de", "a*b*d+a*c+d*e", 699, 675, 737),
        ("ab ac ad de", "a*b+a*c+a*d+d*e", 697, 674, 729),
        ("ab ac cd de", "a*b+a*c+c*d+d*e", 703, 680, 736),
    ],
)
def test_each_of_those_models_has_the_documented_posterior(
    joined: str, name: str, mode: int, low: int, high: int
) -> None:
    """The same table, where N counts from the 626 observed of the example with three sources instead of the 537."""
    graph = frozenset(("abcde".index(pair[0]), "abcde".index(pair[1])) for pair in joined.split())
    found = average(SPINA_BIFIDA, delta=0.5, unobserved=range(1, 301), graphs=[graph])
    assert found.weights == {name: pytest.approx(1)}
    assert found.persons[found.probability.argmax()] - 537 == mode - 626
    assert (found.estimate.low - 537, found.estimate.high - 537) == (low - 626, high - 626)


def urn(cells: list[int], alpha: Fraction) -> Fraction:
    """The probability of persons in cells, one after the other, if each cell starts with ``alpha`` (Pólya's urn)."""
    probability, total = Fraction(1), Fraction(0)
    for persons in cells:
        for already in range(persons):
            probability *= (alpha + already) / (len(cells) * alpha + total)
            total += 1
    return probability


# The models of three lists: their cliques, and what these share.
THREE_LISTS = [
    (["0", "1", "2"], []),
    (["01", "2"], []),
    (["02", "1"], []),
    (["12", "0"], []),
    (["01", "02"], ["0"]),
    (["01", "12"], ["1"]),
    (["02", "12"], ["2"]),
    (["012"], []),
]


def exact(table: dict[str, int], missed: int) -> Fraction:
    """The posterior of so many unobserved in three lists, in proportion; one prior person over all combinations."""
    counts = table | {"000": missed}

    def margin(lists: str) -> Fraction:
        cells = dict.fromkeys(itertools.product("01", repeat=len(lists)), 0)
        for history, persons in counts.items():
            cells[tuple(history[int(one)] for one in lists)] += persons
        return urn(list(cells.values()), Fraction(1, len(cells)))

    everybody = sum(counts.values())
    return sum(
        (prod(map(margin, cliques)) / prod(map(margin, shared), start=Fraction(1)) for cliques, shared in THREE_LISTS),
        start=Fraction(0),
    ) * Fraction(factorial(everybody), factorial(missed) * everybody)


def test_a_small_table_has_the_posterior_of_exact_fractions() -> None:
    table = dict(zip(HISTORIES, [9, 7, 12, 5, 6, 8, 4], strict=True))
    found = average(Counts.of("abc", table))
    for missed in (1, 2, 5, 20, 60):
        expected = float(exact(table, missed) / exact(table, 0))
        assert found.probability[missed] / found.probability[0] == pytest.approx(expected, rel=1e-9)


def has_long_cycle_without_chord(graph: Graph, k: int) -> bool:
    """Whether some four or five nodes are joined in a ring and in no other way."""
    return any(
        all(
            (tuple(sorted((ring[i], ring[j]))) in graph) == (abs(i - j) in (1, size - 1))
            for i, j in itertools.combinations(range(size), 2)
        )
        for size in range(4, k + 1)
        for ring in itertools.permutations(range(k), size)
    )


@pytest.mark.parametrize(("k", "number"), [(3, 8), (4, 61), (5, 822)])
def test_decomposable_graphs_are_those_without_long_rings(k: int, number: int) -> None:
    found = set(decomposable_graphs(k))
    pairs = list(itertools.combinations(range(k), 2))
    assert len(found) == number
    others = [frozenset(some) for n in range(len(pairs) + 1) for some in itertools.combinations(pairs, n)]
    assert all(has_long_cycle_without_chord(graph, k) for graph in others if graph not in found)
    assert not any(has_long_cycle_without_chord(graph, k) for graph in found)


@pytest.mark.parametrize("interval", get_args(Interval))
def test_the_interval_holds_its_probability_and_no_more_than_it_must(
    interval: Literal["equal-tailed", "highest density"],
) -> None:
    found = average(THREE_SOURCES, interval=interval, level=0.9)
    inside = (found.persons >= found.estimate.low) & (found.persons <= found.estimate.high)
    assert found.probability.sum() == pytest.approx(1)
    assert 0.9 <= found.probability[inside].sum() < 0.91
    assert found.estimate.low < found.estimate.value < found.estimate.high


def test_the_highest_density_is_the_shorter_interval() -> None:
    tails, highest = (average(THREE_SOURCES, interval=one).estimate for one in get_args(Interval))
    assert highest.high - highest.low < tails.high - tails.low


def test_a_flat_prior_expects_more_persons_than_a_logarithmic_one() -> None:
    assert average(THREE_SOURCES, prior="flat").mean > average(THREE_SOURCES, prior="log").mean


def test_an_independent_model_alone_says_what_two_times_two_tables_say() -> None:
    """Three independent lists of 400 of 1,000 persons each, to the person."""
    independent = {
        history: round(1000 * 0.4 ** history.count("1") * 0.6 ** history.count("0")) for history in HISTORIES
    }
    found = average(Counts.of("abc", independent), graphs=[frozenset()])
    assert found.estimate.low < 1000 < found.estimate.high
    assert found.estimate.value == pytest.approx(1000, abs=5)


@pytest.mark.parametrize(
    ("persons", "reason"),
    [
        ((50, 40, 30, 0, 0, 0, 0), "overlap_too_small"),
        ((40, 40, 40, 1, 0, 0, 0), "no_maximum"),
        ((30, 30, 30, 30, 30, 30, 3000), "not_identifiable"),
        ((30, 30, 30, 30, 30, 30, 104), "not_identifiable"),  # all joined: more than half of the weight, but not 0.95
        ((5, 5, 5, 2, 0, 0, 0), "overlap_too_small"),  # 35 persons, or 17, or 256
        ((5, 5, 0, 2, 0, 0, 0), "too_few_lists"),
    ],
)
def test_what_the_counts_do_not_bound_is_refused(persons: tuple[int, ...], reason: str) -> None:
    with pytest.raises(RefusedError) as refused:
        average(Counts.of("abc", dict(zip(HISTORIES, persons, strict=True))))
    assert refused.value.reason == reason


def test_a_hundred_times_the_observed_are_considered_where_ten_are_too_few() -> None:
    """Three lists of 131, 161 and 191 that share five pairs or six: hardly one in ten persons is in any."""
    found = average(Counts.of("abc", dict(zip(HISTORIES, (120, 150, 180, 6, 5, 6, 0), strict=True))))
    assert found.estimate.coverage < 0.15
    assert found.persons[-1] > 11 * found.estimate.observed


def test_a_range_that_ends_too_soon_is_refused() -> None:
    with pytest.raises(RefusedError, match="before 746 persons"):
        average(THREE_SOURCES, unobserved=range(121))


def test_tables_of_six_digits_are_looked_at_coarsely_and_then_where_the_number_may_be() -> None:
    found = average(Counts.of("abc", dict.fromkeys(HISTORIES, 200_000)))
    assert found.estimate.value == pytest.approx(1_600_000, rel=0.001)
    assert len(found.persons) < 10_000
    assert found.probability.max() < 0.1, "many numbers are within the interval"


def test_a_closer_look_gives_what_all_numbers_give() -> None:
    counts = Counts.of("abc", dict(zip(HISTORIES, (400, 900, 700, 90, 60, 120, 14), strict=True)))
    found = average(counts).estimate
    assert found.observed * 10 > 2 * averaging.POINTS
    every = average(counts, unobserved=range(10 * found.observed + 1)).estimate
    for name in ("value", "low", "high", "standard_error"):
        assert getattr(found, name) == pytest.approx(getattr(every, name), abs=3)


def test_lists_that_seem_to_hold_everybody_are_refused() -> None:
    """Who is in one list is in all others but for a few."""
    counts = Counts.of("abc", dict(zip(HISTORIES, (10, 10, 10, 300, 300, 300, 6000), strict=True)))
    with pytest.raises(RefusedError) as refused:
        average(counts, graphs=[frozenset()])
    assert refused.value.reason == "no_maximum"


def test_two_lists_are_too_few_and_six_too_many() -> None:
    with pytest.raises(RefusedError) as refused:
        average(Counts.of("ab", {"10": 50, "01": 40, "11": 20}))
    assert refused.value.reason == "too_few_lists"
    with pytest.raises(ValueError, match="at most five"):
        average(Counts.of("abcdef", {"110000": 5}))


def test_a_ring_of_four_lists_is_no_model() -> None:
    four = Counts.of("abcd", {"1000": 9, "0100": 9, "0010": 9, "0001": 9, "1100": 3, "0011": 4, "1111": 2})
    with pytest.raises(ValueError, match="not decomposable"):
        average(four, graphs=[frozenset({(0, 1), (1, 2), (2, 3), (0, 3)})])


@given(persons=st.lists(st.integers(0, 40), min_size=7, max_size=7), order=st.permutations(range(3)))
@settings(max_examples=40, deadline=None)
def test_an_estimate_does_not_depend_on_the_order_of_lists_and_never_falls_below_the_observed(
    persons: list[int], order: list[int]
) -> None:
    def outcome(histories: list[str]) -> Average | str:
        try:
            return average(Counts.of("abc", dict(zip(histories, persons, strict=True))))
        except RefusedError as refused:
            return refused.reason

    found = outcome(HISTORIES)
    again = outcome(["".join(history[place] for place in order) for history in HISTORIES])
    if isinstance(found, str) or isinstance(again, str):
        assert found == again
        return
    assert again.probability == pytest.approx(found.probability, abs=1e-9)
    assert found.estimate.observed <= found.estimate.low <= found.estimate.value <= found.estimate.high
