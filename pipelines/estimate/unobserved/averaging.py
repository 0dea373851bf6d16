"""An average over models of how lists depend on each other, each weighted by how probable the counts make it.

Models are decomposable graphs: lists are nodes, and those that depend on each other directly are joined. The posterior
is a formula, nothing is simulated. Does not belong here: the choice of one model.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import combinations
from typing import TYPE_CHECKING, Literal

import numpy as np
from scipy.special import gammaln, logsumexp

from pipelines.estimate.refused import RefusedError
from pipelines.estimate.unobserved.lists import Counts, Estimate, refuse_complete, refuse_wide, require_lists

if TYPE_CHECKING:
    from collections.abc import Iterable

    from numpy.typing import NDArray

    Numbers = NDArray[np.float64]

Graph = frozenset[tuple[int, int]]
"""Pairs of lists that are joined, by their number, the lower first."""
Step = tuple[int, frozenset[int]]

AT_THE_END = 1e-3
"""Probability of the last tenth of the numbers considered from which these, and not the counts, bound the posterior."""
POINTS = 4_000
"""Numbers considered at a time: of larger tables every so many, and then more closely those that may be true."""
NEXT_TO_NONE = 1e-9
"""Probability of a number that is not worth a closer look."""


@dataclass(frozen=True)
class Average:
    """What the counts say of the number of persons, over all models together.

    Args:
        estimate: its value is the median of the posterior.
        persons: (m,), numbers of persons considered.
        probability: (m,), the posterior of each.
        weights: the posterior of each model by its cliques, "a*b+c", the greatest first.
    """

    estimate: Estimate
    persons: NDArray[np.int64]
    probability: Numbers
    weights: dict[str, float]

    @property
    def mean(self) -> float:
        """The mean of the posterior."""
        return float(self.persons @ self.probability)


def average(
    counts: Counts,
    *,
    delta: float | None = None,
    prior: Literal["log", "flat"] = "log",
    unobserved: range | None = None,
    graphs: Iterable[Graph] | None = None,
    interval: Literal["equal-tailed", "highest density"] = "equal-tailed",
    level: float = 0.95,
) -> Average:
    """The posterior of the number of persons, averaged over models that are equally probable beforehand.

    Args:
        counts: of three to five lists; strata are added up.
        delta: persons that the prior (hyper-Dirichlet) puts in each combination of lists, by default one over all.
        prior: of the number of persons N: ``log`` is in proportion to 1/N, ``flat`` the same for each.
        unobserved: numbers to consider, by default up to ten times the observed, or a hundred times if that is needed.
            Its step should be far smaller than the interval.
        graphs: models to average over, by default all that are decomposable.
        interval: between quantiles, or between the ends of the most probable numbers.
        level: probability of the interval.

    Raises:
        RefusedError: fewer than three lists that hold somebody; nobody in two of them; a posterior that does not end
            within the numbers considered, whose standard deviation is more than half of the estimate, or that is mostly
            that of the model that joins all lists and so ties nothing to the unobserved; nobody seems unseen.
        ValueError: more than five lists, or a graph that is not decomposable.

    Source: Madigan & York (1997), Biometrika 84; as the R package dga.
    """
    k = len(counts.lists)
    if k > 5:
        raise ValueError(f"{k} lists have too many models: at most five")
    require_lists(counts, 3)
    counts = counts.complete()
    if not counts.persons[counts.held.sum(axis=1) > 1].any():
        raise RefusedError("overlap_too_small", "nobody is in two lists")
    models = [_elimination(graph, k) for graph in (decomposable_graphs(k) if graphs is None else graphs)]
    if any(len(model) < k for model in models):
        raise ValueError("a graph is not decomposable")
    delta = 2.0**-k if delta is None else delta
    wider = [_spaced(0, times * counts.observed) for times in (10, 100)]
    for missed in wider if unobserved is None else [unobserved]:
        persons = counts.observed + np.array(missed)
        probability, weights = _posterior(counts, persons, models, delta, prior)
        if probability[len(probability) * 9 // 10 :].sum() < AT_THE_END:
            break
    else:
        raise RefusedError("no_maximum", f"the posterior does not end before {persons[-1]} persons")
    if unobserved is None and missed.step > 1:
        likely = np.flatnonzero(probability > NEXT_TO_NONE)
        closer = _spaced(max(missed[likely[0]] - missed.step, 0), missed[likely[-1]] + missed.step)
        persons = counts.observed + np.array(closer)
        probability, weights = _posterior(counts, persons, models, delta, prior)
    if weights.get("*".join(counts.lists), 0) > 0.5:
        raise RefusedError("not_identifiable", "all lists depend on each other, which ties nothing to the unobserved")
    # Any other model ties the unobserved to combinations of lists; where these hold nobody, the posterior is wide.
    value = float(persons[_quantile(probability, 0.5)])
    standard_error = float(np.sqrt(probability @ (persons - probability @ persons) ** 2))
    refuse_complete(counts.observed, value)
    refuse_wide(value, standard_error)
    low, high = _ends(probability, level, interval)
    estimate = Estimate(
        method="averaging: decomposable models",
        observed=counts.observed,
        value=value,
        low=float(persons[low]),
        high=float(persons[high]),
        interval=interval,
        level=level,
        standard_error=standard_error,
    )
    return Average(estimate, persons, probability, weights)


def _spaced(first: int, last: int) -> range:
    """Numbers from the first to the last, about ``POINTS`` at most."""
    return range(first, last + 1, max((last - first) // POINTS, 1))


def decomposable_graphs(k: int) -> list[Graph]:
    """All decomposable (chordal) graphs of k lists, from none joined to all.

    >>> [len(decomposable_graphs(k)) for k in (3, 4, 5)]
    [8, 61, 822]
    """
    pairs = list(combinations(range(k), 2))
    graphs = (frozenset(joined) for size in range(len(pairs) + 1) for joined in combinations(pairs, size))
    return [graph for graph in graphs if len(_elimination(graph, k)) == k]


def _elimination(graph: Graph, k: int) -> list[Step]:
    """Lists taken away one by one, each with those left that it is joined to, as long as these are all joined.

    A graph is decomposable if all lists can be taken away so. Its likelihood is that of each list given those left.
    """
    left, steps = set(range(k)), []
    while True:
        for node in sorted(left):
            joined = frozenset(other for other in left if (min(node, other), max(node, other)) in graph)
            if all(pair in graph for pair in combinations(sorted(joined), 2)):
                steps.append((node, joined))
                left.remove(node)
                break
        else:
            return steps


def _cliques(model: list[Step], lists: tuple[str, ...]) -> str:
    """The largest sets of lists that are all joined, as "a*b+c"."""
    sets = [joined | {node} for node, joined in model]
    largest = sorted(sorted(one) for one in sets if not any(one < other for other in sets))
    return "+".join("*".join(lists[node] for node in one) for one in largest)


def _posterior(
    counts: Counts, persons: NDArray[np.int64], models: list[list[Step]], delta: float, prior: str
) -> tuple[Numbers, dict[str, float]]:
    """Probabilities of each number of persons, and of each model by its cliques, the greatest first."""
    missed = persons - counts.observed
    margins = _margins(counts, missed, delta)
    ways = gammaln(persons + 1) - gammaln(missed + 1) - (np.log(persons) if prior == "log" else 0)
    by_persons, by_model = np.full(len(persons), -np.inf), {}
    for model in models:
        logarithm = ways + sum(margins[joined | {node}] - margins[joined] for node, joined in model)
        by_persons = np.logaddexp(by_persons, logarithm)
        by_model[_cliques(model, counts.lists)] = logsumexp(logarithm)
    total = logsumexp(by_persons)
    order = sorted(by_model, key=by_model.__getitem__, reverse=True)
    return np.exp(by_persons - total), {name: float(np.exp(by_model[name] - total)) for name in order}


def _margins(counts: Counts, missed: NDArray[np.int64], delta: float) -> dict[frozenset[int], Numbers]:
    """For each set of lists the logarithm of the probability of its margin (Dirichlet), but for a common factor."""
    k = len(counts.lists)
    table = np.concatenate([[0], counts.persons]).reshape((2,) * k)
    margins = {}
    for size in range(k + 1):
        for kept in combinations(range(k), size):
            cells = table.sum(axis=tuple(set(range(k)).difference(kept))).ravel()
            alpha = delta * 2 ** (k - size)
            seen = gammaln(cells[1:] + alpha).sum() - cells.size * gammaln(alpha)
            margins[frozenset(kept)] = gammaln(cells[0] + missed + alpha) + seen
    return margins


def _quantile(probability: Numbers, level: float) -> int:
    """The first place up to which there is more than a probability."""
    return int(np.searchsorted(np.cumsum(probability), level, side="right"))


def _ends(probability: Numbers, level: float, interval: str) -> tuple[int, int]:
    """The first and the last place of an interval that holds a probability."""
    if interval == "equal-tailed":
        return _quantile(probability, (1 - level) / 2), _quantile(probability, (1 + level) / 2)
    order = np.argsort(-probability, kind="stable")
    most_probable = order[: _quantile(probability[order], level) + 1]
    return int(most_probable.min()), int(most_probable.max())
