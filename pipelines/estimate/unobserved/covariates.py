"""Two lists with covariates that not everybody's list knows: a log-linear model, fitted by the EM algorithm.

Lists are often independent only among persons who are alike, and each list knows other things of its persons. Who is in
one list alone lacks the covariates of the other; they are expected from those who are in both, again and again until
nothing changes. What one list alone knows may change how often the other finds a person. How often the list itself does
must not depend on it, given what the other knows: that cannot be seen, and where both lists depend on it, nothing is
gained. Belongs here: two lists, covariates with a few categories. Does not belong here: covariates that are known of
everybody, which make strata (``two_lists``).
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import product
from math import sqrt
from typing import TYPE_CHECKING

import numpy as np

from pipelines.estimate.refused import RefusedError
from pipelines.estimate.unobserved.lists import Estimate
from pipelines.estimate.unobserved.two_lists import overlap

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from pipelines.estimate.unobserved.lists import Counts

    Numbers = NDArray[np.float64]

UNKNOWN = ""
"""The category of who is in no list that knows the covariate, or of whom it is missing at random."""
_STEPS = 50_000
_SETTLED = 1e-11  # relative change of each cell in a step; what is left to go may be a hundred times that
_NOBODY = 1e-6  # persons
_SINGULAR = 1e-10  # of the largest eigenvalue of the information: one so small is nought but for rounding


def with_covariates(counts: Counts, model: Sequence[Sequence[str]] | None = None, *, level: float = 0.95) -> Estimate:
    """All persons, under a log-linear model of both lists and the covariates.

    Args:
        counts: of two lists; ``strata`` are the covariates, ``UNKNOWN`` where they are.
        model: the interactions, each by the names of lists and covariates; what they contain need not be named. By
            default all that can be told: each list with the covariates of the other and those of both, and the
            covariates with each other.
        level: of the interval, which is log-normal.

    Returns:
        With ``loglikelihood`` up to a constant that is the same for all models of the same counts.

    Raises:
        ValueError: the model leaves out a list or a covariate, or names what is neither.
        RefusedError: see ``two_lists.overlap`` and ``lists.refuse_wide``; the counts do not tell all parameters
            (``not_identifiable``); nobody is in a category that the model needs, or in one of the lists only
            (``no_maximum``, where ``lincoln_petersen`` gives the upper end); ``not_converged``.

    Source: Zwane and van der Heijden (2007); van der Heijden, Whittaker, Cruyff, Bakker and van der Vliet (2012). The
    variance is the delta method's, with the information that the incomplete counts hold (Louis 1982).
    """
    table = _Table.of(counts, model)
    fitted = _fitted(table)
    unseen = fitted * ~table.seen
    slope = unseen @ table.design
    inverse = np.linalg.pinv(table.information(fitted), rcond=_SINGULAR, hermitian=True)
    standard_error = sqrt(unseen.sum() + slope @ inverse @ slope)
    value = counts.observed + float(unseen.sum())
    loglikelihood = float(table.persons @ np.log(table.patterns @ fitted) - fitted[table.seen].sum())
    return Estimate.log_normal(
        f"two lists: covariates, {table.model}",
        counts.observed,
        value,
        standard_error,
        level,
        parameters=table.parameters,
        loglikelihood=loglikelihood,
    )


def persons_by(counts: Counts, covariate: str, model: Sequence[Sequence[str]] | None = None) -> dict[str, float]:
    """All persons, seen and unseen, by the categories of a covariate; they add up to the estimate.

    Raises:
        ValueError, RefusedError: see ``with_covariates``.
    """
    table = _Table.of(counts, model)
    code = table.cells[:, 2 + list(counts.strata).index(covariate)]
    persons = np.bincount(code, _fitted(table))
    return dict(zip(_categories(counts.strata[covariate]), persons.tolist(), strict=True))


@dataclass(frozen=True)
class _Table:
    """What was counted, and the c cells of lists and covariates that it is counted in.

    Args:
        model: its name.
        cells: (c, 2 + covariates), which list holds who is there, and their categories by number.
        patterns: (p, c), for each combination of what is known of a person, whether it may be in the cell.
        persons: (p,), how many were counted so.
        margins: of the model, (c, m) each, whether the cell is in it.
    """

    model: str
    cells: NDArray[np.intp]
    patterns: Numbers
    persons: Numbers
    margins: list[Numbers]

    @classmethod
    def of(cls, counts: Counts, model: Sequence[Sequence[str]] | None) -> _Table:
        overlap(counts)
        model = model or _largest(counts)
        names = [*counts.lists, *counts.strata]
        if sorted({name for term in model for name in term}) != sorted(names):
            raise ValueError(f"the model should be of {', '.join(names)}, each of another name")
        categories = [_categories(labels) for labels in counts.strata.values()]
        cells = np.array(list(product(range(2), range(2), *(range(len(one)) for one in categories))))
        codes = [
            [one.index(label) if label != UNKNOWN else -1 for label in labels.tolist()]
            for one, labels in zip(categories, counts.strata.values(), strict=True)
        ]
        rows = counts.persons > 0
        known, place = np.unique(np.column_stack([counts.held, *codes])[rows], axis=0, return_inverse=True)
        return cls(
            model="".join(f"[{' '.join(term)}]" for term in model),
            cells=cells,
            patterns=((known[:, None] == cells) | (known[:, None] < 0)).all(axis=2) * 1.0,
            persons=np.bincount(place, counts.persons[rows]).astype(np.float64),
            margins=[_margin(cells[:, [names.index(name) for name in term]]) for term in model],
        )

    @property
    def seen(self) -> NDArray[np.bool_]:
        return self.cells[:, 0] + self.cells[:, 1] > 0

    @property
    def design(self) -> Numbers:
        """(c, d), of a parameter for each margin, and so with more than there are."""
        return np.hstack(self.margins)

    @property
    def parameters(self) -> int:
        return int(np.linalg.matrix_rank(self.design))

    def expected(self, fitted: Numbers) -> Numbers:
        """Persons of each cell: of what is unknown of them, as much as the fit has it."""
        return fitted * (self.patterns.T @ (self.persons / (self.patterns @ fitted)))

    def information(self, fitted: Numbers) -> Numbers:
        """(d, d), what the counts tell of the parameters: minus the second derivatives of the log-likelihood."""
        known = (self.patterns * fitted) @ self.design
        of_patterns = (known.T * (self.persons / (self.patterns @ fitted) ** 2)) @ known
        return (self.design.T * (fitted * self.seen - self.expected(fitted))) @ self.design + of_patterns


def _fitted(table: _Table) -> Numbers:
    """Persons of each cell at the maximum of the likelihood; those of who is unseen follow from the model.

    Raises:
        RefusedError: see ``with_covariates``.
    """
    fitted = np.ones(len(table.cells))
    for _ in range(_STEPS):
        expected, before = table.expected(fitted), fitted
        for margin in table.margins:
            # One round of proportional fitting is enough of a maximisation in each step (Meng and Rubin 1993).
            wanted, there = margin.T @ expected, margin.T @ (fitted * table.seen)
            if (there == 0).any():
                raise RefusedError("not_identifiable", f"{table.model}: two lists cannot tell how they depend.")
            if (wanted < _NOBODY).any():
                raise RefusedError("no_maximum", f"{table.model} needs a category that holds nobody; join some.")
            fitted = fitted * (margin @ (wanted / there))
        if (abs(fitted / before - 1) < _SETTLED).all():
            break
    else:
        raise RefusedError("not_converged", f"{table.model} has not settled after {_STEPS} steps.")
    if np.linalg.matrix_rank(table.information(fitted), rtol=_SINGULAR, hermitian=True) < table.parameters:
        raise RefusedError("not_identifiable", f"The counts do not tell all parameters of {table.model}.")
    return fitted


def _largest(counts: Counts) -> list[tuple[str, ...]]:
    """The model with all interactions that can be told; a list knows what is known of persons who are in it alone."""
    alone = counts.held.sum(axis=1) == 1
    knows = [
        {
            name
            for name, labels in counts.strata.items()
            if (labels[alone & held & (counts.persons > 0)] != UNKNOWN).any()
        }
        for held in counts.held.T
    ]
    terms = [
        (name, *(one for one in counts.strata if one in other))
        for name, other in zip(counts.lists, reversed(knows), strict=True)
    ]
    return [*terms, tuple(counts.strata)] if counts.strata else terms


def _margin(cells: NDArray[np.intp]) -> Numbers:
    """(c, m), a column for each distinct row."""
    distinct, place = np.unique(cells, axis=0, return_inverse=True)
    return np.eye(len(distinct))[place]


def _categories(labels: NDArray[np.str_]) -> list[str]:
    return [label for label in np.unique(labels).tolist() if label != UNKNOWN]
