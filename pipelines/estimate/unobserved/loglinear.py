"""Log-linear models of three or more lists, which may depend on each other and on strata; and choosing among them.

A model is written by its largest terms, as R's Rcapture does: in "[12,3]" the first and the second list depend on each
other, and the third on neither. A stratum stands by its name, after a colon if a list depends on it: "[12,1:sex,3]".
Does not belong here: lists that find some persons more easily than others (``heterogeneity``), and model averages.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import reduce
from itertools import chain, combinations
from typing import TYPE_CHECKING, Literal

import numpy as np

from pipelines.estimate.refused import RefusedError
from pipelines.estimate.unobserved.existence import Existence, existence
from pipelines.estimate.unobserved.lists import Counts, Estimate, log_normal_interval, refuse_complete, refuse_wide
from pipelines.estimate.unobserved.regression import poisson_regression

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from numpy.typing import NDArray

    from pipelines.estimate.refused import Reason

    Term = frozenset[str]

_FEWEST = 1e-3  # unseen persons: fewer is nobody
_GAIN = 1e-8  # of log-likelihood, in a round of EM: less is none
_TOLERANCE = 1e-8  # of an end of an interval: the part of the unseen that it may be off
_INDEPENDENT = 1e-9  # of what a column of ones and noughts adds to those before it: less is rounding


@dataclass(frozen=True)
class Fit:
    """A model and its estimate, or why it has none.

    Args:
        model: such as "[12,3]".
        estimate: none where it is refused.
        refused: why.
        aic: how well the model fits, whatever becomes of its estimate; infinite where it cannot be fitted.
        bic: the same.
    """

    model: str
    estimate: Estimate | None
    refused: Reason | None = None
    aic: float = np.inf
    bic: float = np.inf


def models(lists: int, order: int, strata: Iterable[str] = ()) -> Iterator[str]:
    """Every hierarchical model of lists and strata whose terms join up to ``order`` of them, but never all the lists.

    >>> list(models(3, 2))
    ['[1,2,3]', '[12,3]', '[13,2]', '[23,1]', '[12,13]', '[12,23]', '[13,23]', '[12,13,23]']
    """
    yield from map(_written, _grown(_main_effects(lists, strata), lists, order))


def exists(counts: Counts, model: str) -> Existence:
    """Whether the model can be fitted to the counts, decided before trying, and which parameters are minus infinity.

    Raises:
        RefusedError: there is one list, or nobody in any.
        ValueError: the model leaves out a list, or names what the counts do not have.
    """
    return _Cells.of(counts, _read(model)).existence()


def fit(
    counts: Counts, model: str, level: float = 0.95, interval: Literal["profile", "log-normal"] = "profile"
) -> Estimate:
    """How many persons there are if the model is right, by maximum likelihood (Poisson).

    Args:
        counts: strata that the model does not name are added up. Lists are numbered in their order, at most nine.
        model: such as "[12,3]".
        level: of the interval.
        interval: ``profile`` are the numbers of persons under which the counts are not too unlikely, whatever the other
            parameters (multinomial); ``log-normal`` is quicker.

    Raises:
        RefusedError: the likelihood has no maximum, does not tell how many are unseen, or its maximum was not found;
            too few are in two lists for an estimate; or nobody seems unseen.
        ValueError: the model leaves out a list, or names what the counts do not have; or a stratum has a name that a
            model cannot hold, or a blank label.

    Source: Cormack (1992), Biometrics 48; functions ``closedpMS.t`` and ``closedpCI.t`` of the R package Rcapture 1.4.
    A parameter of minus infinity counts as one: Chan, Silverman & Vincent (2021), R package SparseMSE.
    """
    return _estimate(_fitted(counts, _read(model)), level, interval)


def table(counts: Counts, order: int = 2, by: Literal["aic", "bic"] = "aic", level: float = 0.95) -> list[Fit]:
    """Every hierarchical model up to an order (see ``models``), the best first, those that cannot be fitted last.

    The intervals are log-normal. Four lists have 64 models up to pairs, 113 up to triples; five have 1,024 up to pairs.

    Raises:
        ValueError: more than five lists, which have too many models.
    """
    if len(counts.lists) > 5:
        raise ValueError(f"{len(counts.lists)} lists have too many models: at most five")
    fits = (_tried(counts, model, level) for model in models(len(counts.lists), order, counts.strata))
    return sorted(fits, key=lambda one: float(getattr(one, by)))


def near(fits: Sequence[Fit], within: float = 2.0, by: Literal["aic", "bic"] = "aic") -> list[Fit]:
    """Of fits as ``table`` gives them those whose criterion is ``within`` that of the best, refused or not."""
    return [one for one in fits if getattr(one, by) <= getattr(fits[0], by) + within]


def best(fits: Sequence[Fit], within: float = 2.0, by: Literal["aic", "bic"] = "aic") -> Fit:
    """The best model that has an estimate, if the counts do not prefer one that has none.

    Raises:
        RefusedError: no model near the best has an estimate; the reason is that of the best.
    """
    for one in near(fits, within, by):
        if one.estimate:
            return one
    raise RefusedError(fits[0].refused or "no_maximum", f"{fits[0].model} fits best and has no estimate")


def model_spread(fits: Sequence[Fit], within: float = 2.0, by: Literal["aic", "bic"] = "aic") -> tuple[float, float]:
    """The lowest and the highest estimate of the models whose criterion is ``within`` that of the best.

    Raises:
        RefusedError: see ``best``.
    """
    best(fits, within, by)
    values = [one.estimate.value for one in near(fits, within, by) if one.estimate]
    return min(values), max(values)


def stepwise(
    counts: Counts,
    by: Literal["p", "aic", "bic"] = "p",
    threshold: float = 0.02,
    order: int = 2,
    level: float = 0.95,
) -> Estimate:
    """The estimate of a model that grows from independence by the best term at a time, until none is good enough.

    The interval takes the model as given and tells nothing of the choice: see ``model_spread``.

    Args:
        counts: of three or more lists.
        by: ``p``, how unlikely the persons whom the term counts are (Poisson, one-sided) under the model without it; or
            a criterion of the model with it.
        threshold: the p below which a term is good enough; for criteria, any gain is.
        order: of the largest terms.
        level: of the interval.

    Raises:
        RefusedError: independence itself cannot be fitted, or too few are in two lists for the model it ends with.

    Source: Chan, Silverman & Vincent (2021), section 3.2; ``stepwisefit`` of the R package SparseMSE.
    """
    lists = len(counts.lists)
    now = _fitted(counts, _main_effects(lists, counts.strata))
    while True:
        tried = []
        for term in _additions(now.terms, lists, order):
            try:
                larger = _fitted(counts, now.terms | {term})
            except RefusedError:
                continue
            tried.append((_p_value(now, larger) if by == "p" else getattr(larger, by), larger))
        score, best = min(tried, key=lambda one: one[0], default=(np.inf, now))
        if score >= (threshold if by == "p" else getattr(now, by)):
            return _estimate(now, level, "profile")
        now = best


def _grown(terms: set[Term], lists: int, order: int) -> Iterator[set[Term]]:
    """The model and all that have larger terms besides."""
    yield terms
    size = 1 + max(len(term) for term in terms)
    more = [term for term in _additions(terms, lists, order) if len(term) == size]
    for n in range(1, len(more) + 1):
        for some in combinations(more, n):
            yield from _grown(terms | set(some), lists, order)


def _read(model: str) -> set[Term]:
    """All terms of a model, the smaller ones that it implies too."""
    largest = []
    for text in model.strip("[]").split(","):
        first, *rest = text.split(":")
        largest.append([*(first if first.isdigit() else [first]), *rest])
    return {frozenset(some) for term in largest for n in range(1, len(term) + 1) for some in combinations(term, n)}


def _written(terms: set[Term]) -> str:
    largest = [term for term in terms if not any(term < other for other in terms)]
    return f"[{','.join(_name(term) for term in sorted(largest, key=_place))}]"


def _name(term: Term) -> str:
    lists = "".join(sorted(filter(str.isdigit, term)))
    return ":".join(filter(None, [lists, *sorted(one for one in term if not one.isdigit())]))


def _place(term: Term) -> tuple[int, str]:
    return -len(term), _name(term)


def _main_effects(lists: int, strata: Iterable[str]) -> set[Term]:
    return {frozenset([one]) for one in [*map(str, range(1, lists + 1)), *strata]}


def _additions(terms: set[Term], lists: int, order: int) -> list[Term]:
    """The terms that can be added: their smaller ones are there, and they do not join all the lists."""
    factors = sorted(chain.from_iterable(term for term in terms if len(term) == 1))
    every = set(map(str, range(1, lists + 1)))
    larger = (frozenset(some) for size in range(2, order + 1) for some in combinations(factors, size))
    return [
        term
        for term in larger
        if term not in terms and not every <= term and all(term - {one} in terms for one in term)
    ]


@dataclass(frozen=True)
class _Cells:
    """The cells of a table, those of nobody's list among them, and the columns of a model.

    Args:
        persons: (n,), in the cells that can be seen.
        seen: (n + s,), whether a cell can be seen; in each of s strata there is one that cannot.
        columns: by term, (n + s, c).
    """

    persons: NDArray[np.int64]
    seen: NDArray[np.bool_]
    columns: Mapping[Term, NDArray[np.float64]]

    @staticmethod
    def of(counts: Counts, terms: set[Term]) -> _Cells:
        lists = [str(place + 1) for place in range(len(counts.lists))]
        strata = sorted(set().union(*terms) - set(lists))
        if len(lists) < 2:
            raise RefusedError("too_few_lists", "one list alone overlaps with none")
        if any(name.isdigit() or set(name) & set(",:[]") for name in counts.strata):
            raise ValueError(f"a stratum is named by a number or holds one of , : [ ]: {list(counts.strata)}")
        if len(lists) > 9 or not set(map(_name, terms)).issuperset(lists) or not counts.strata.keys() >= set(strata):
            raise ValueError(f"{_written(terms)} is no model of {len(lists)} lists and {list(counts.strata)}")
        if any(not label.strip() for name in strata for label in counts.strata[name]):
            raise ValueError(f"somebody is in no stratum of {strata}: a label is blank")
        if not counts.observed:
            raise RefusedError("overlap_too_small", "nobody is in any list")
        labels = [tuple(counts.strata[name][row] for name in strata) for row in range(len(counts.persons))]
        stratum = sorted({label for label, persons in zip(labels, counts.persons, strict=True) if persons})
        tables = []
        for one in stratum:
            rows = np.array([label == one for label in labels])
            tables.append(Counts(counts.lists, counts.held[rows], counts.persons[rows]).complete())
        held: NDArray[np.float64] = np.vstack(
            [rows for one in tables for rows in (np.zeros((1, len(lists))), one.held)]
        )
        factors = {name: held[:, [place]] for place, name in enumerate(lists)}
        for place, name in enumerate(strata):
            level = np.repeat([one[place] for one in stratum], len(held) // len(stratum))
            factors[name] = (level[:, None] == np.unique(level)[1:]).astype(float)
        return _Cells(
            persons=np.concatenate([one.persons for one in tables]),
            seen=held.sum(axis=1) > 0,
            columns={
                term: reduce(_crossed, (factors[one] for one in sorted(term))) for term in sorted(terms, key=_place)
            },
        )

    @property
    def design(self) -> NDArray[np.float64]:
        """(n + s, p), with a column of ones."""
        return np.hstack([np.ones((len(self.seen), 1)), *self.columns.values()])

    @property
    def names(self) -> list[str]:
        """(p,), the term that each parameter belongs to."""
        return ["", *(_name(term) for term, columns in self.columns.items() for _ in range(columns.shape[1]))]

    def existence(self) -> Existence:
        return existence(self.design[self.seen], self.persons, self.design[~self.seen], self.names)


def _crossed(left: NDArray[np.float64], right: NDArray[np.float64]) -> NDArray[np.float64]:
    return (left[:, :, None] * right[:, None, :]).reshape(len(left), -1)


@dataclass(frozen=True)
class _Fitted:
    """A model at its maximum.

    Args:
        terms: of the model.
        cells: all, seen or not.
        positive: (n + s,), whether a cell can hold somebody.
        design: (n + s, r), columns that do not depend on others there.
        expected: (n + s,), persons.
        variance: of the number of persons.
    """

    terms: set[Term]
    cells: _Cells
    positive: NDArray[np.bool_]
    design: NDArray[np.float64]
    expected: NDArray[np.float64]
    variance: float

    @property
    def observed(self) -> int:
        return int(self.cells.persons.sum())

    @property
    def unobserved(self) -> float:
        return float(self.expected[~self.cells.seen].sum())

    @property
    def parameters(self) -> int:
        return len(self.cells.names)

    @property
    def loglikelihood(self) -> float:
        from scipy.stats import poisson

        return float(poisson.logpmf(self.cells.persons, self.expected[self.cells.seen]).sum())

    @property
    def aic(self) -> float:
        return 2 * self.parameters - 2 * self.loglikelihood

    @property
    def bic(self) -> float:
        return float(np.log(self.observed)) * self.parameters - 2 * self.loglikelihood


def _fitted(counts: Counts, terms: set[Term]) -> _Fitted:
    cells = _Cells.of(counts, terms)
    seen, design = cells.seen, cells.design
    found = cells.existence()
    if found.refused:
        raise RefusedError(found.refused, f"{_written(terms)}: {found.text}")
    positive = np.ones(len(seen), np.bool_)
    positive[seen] = found.positive
    design = design[:, _independent(design[seen & positive])]
    regression = poisson_regression(design[seen & positive], cells.persons[found.positive])
    expected = np.where(positive, np.exp(design @ regression.params), 0.0)
    slope = expected[~seen] @ design[~seen]
    # Of the persons that there are, not of how many are expected: Poisson variation comes on top.
    variance = expected[~seen].sum() + slope @ regression.cov_params() @ slope
    return _Fitted(terms, cells, positive, design, expected, float(variance))


def _independent(design: NDArray[np.float64]) -> NDArray[np.intp]:
    """Columns that give what all give: parameters of minus infinity need none on the cells that are left."""
    from scipy.linalg import qr

    triangle, order = qr(design, mode="r", pivoting=True)
    rank = int((np.abs(np.diag(triangle)) > _INDEPENDENT).sum())
    columns: NDArray[np.intp] = np.sort(order[:rank])
    return columns


def _p_value(now: _Fitted, larger: _Fitted) -> float:
    """How unlikely the persons are whom the new term counts, or more extreme numbers, under the model without it."""
    from scipy.stats import poisson

    (term,) = larger.terms - now.terms
    columns = larger.cells.columns[term][larger.cells.seen]
    counted, expected = larger.cells.persons @ columns, now.expected[now.cells.seen] @ columns
    return float(np.minimum(poisson.cdf(counted, expected), poisson.sf(counted - 1, expected)).min())


def _tried(counts: Counts, model: str, level: float) -> Fit:
    try:
        fitted = _fitted(counts, _read(model))
    except RefusedError as refusal:
        return Fit(model, None, refusal.reason)
    try:
        return Fit(model, _estimate(fitted, level, "log-normal"), None, fitted.aic, fitted.bic)
    except RefusedError as refusal:
        return Fit(model, None, refusal.reason, fitted.aic, fitted.bic)


def _estimate(fitted: _Fitted, level: float, interval: Literal["profile", "log-normal"]) -> Estimate:
    value, standard_error = fitted.observed + fitted.unobserved, float(np.sqrt(fitted.variance))
    refuse_complete(fitted.observed, value)
    refuse_wide(value, standard_error)
    if interval == "profile":
        low, high = _profile_interval(fitted, level)
    else:
        low, high = log_normal_interval(fitted.observed, value, standard_error, level)
    return Estimate(
        method=f"log-linear: {_written(fitted.terms)}",
        observed=fitted.observed,
        value=value,
        low=low,
        high=high,
        interval=interval,
        level=level,
        standard_error=standard_error,
        parameters=fitted.parameters,
        loglikelihood=fitted.loglikelihood,
    )


def _profile_interval(fitted: _Fitted, level: float) -> tuple[float, float]:
    from scipy.optimize import brentq, minimize_scalar
    from scipy.stats import chi2

    least = np.log(_FEWEST)
    top = max(least, np.log(fitted.unobserved)) + 1
    best = minimize_scalar(lambda x: -_profile(fitted, np.exp(x)), bounds=(least, top), method="bounded")
    bound = float(-best.fun - chi2.ppf(level, 1) / 2)

    def above(x: float) -> float:
        return _profile(fitted, np.exp(x)) - bound

    while above(top) > 0:  # it ends, as there is a maximum: the likelihood falls without bound
        top += 1
    low = np.exp(brentq(above, least, best.x, xtol=_TOLERANCE)) if above(least) < 0 else 0.0
    high = np.exp(brentq(above, best.x, top, xtol=_TOLERANCE))
    return fitted.observed + float(low), fitted.observed + float(high)


def _profile(fitted: _Fitted, unobserved: float) -> float:
    """The largest multinomial log-likelihood if so many persons are unseen, whatever stratum they are of (EM)."""
    from scipy.special import gammaln

    seen, all_persons = fitted.cells.seen, fitted.observed + unobserved
    design = np.vstack([fitted.design[seen & fitted.positive], fitted.design[~seen]])
    persons = fitted.cells.persons[fitted.positive[seen]].astype(float)
    expected, last = fitted.expected[~seen], -np.inf
    while True:
        shares = unobserved * expected / expected.sum()
        seen_ones, expected = np.split(poisson_regression(design, np.concatenate([persons, shares])).mu, [len(persons)])
        value = persons @ np.log(seen_ones) + unobserved * np.log(expected.sum())
        if len(expected) == 1 or value - last < _GAIN:
            break
        last = value
    ways = gammaln(all_persons + 1) - gammaln(unobserved + 1)
    return float(value + ways - all_persons * np.log(all_persons))
