"""Whether a log-linear likelihood has a maximum that says how many are unseen, decided before anything is fitted.

A combination of lists that holds nobody can be told apart from a rare one by no count. Some parameters then run to
minus infinity. That is harmless as long as the expected number of unseen persons does not run with them. Matrices only:
which columns a model has does not belong here.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from scipy.optimize import linprog

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from pipelines.estimate.refused import Reason

_TOLERANCE = 1e-6  # of the solver; what it tells apart is 0 and 1
_REFUSALS: dict[frozenset[int], tuple[Reason | None, str]] = {
    frozenset(): (None, ""),
    frozenset({1}): ("no_maximum", "the likelihood has no maximum: too many combinations of lists hold nobody"),
    frozenset({-1}): ("no_maximum", "nobody seems unseen: the best estimate is that all were seen"),
    frozenset({-1, 1}): ("not_identifiable", "the counts fit equally well whether many or few are unseen"),
}
"""By where changes that cost no likelihood can move the unseen: to more, to fewer, to both."""


@dataclass(frozen=True)
class Existence:
    """What the likelihood has to say of the unseen.

    Args:
        refused: why it has nothing to say. ``no_maximum``: it rises as long as the unseen are made more (or fewer).
            ``not_identifiable``: it stays the same whether they are more or fewer. None where they can be estimated.
        text: the same in a sentence.
        positive: (n,), cells that can hold somebody at the maximum (the facial set); the others are expected empty.
        minus_infinity: names of the parameters of which no cell holds anybody.
    """

    refused: Reason | None
    text: str
    positive: NDArray[np.bool_]
    minus_infinity: tuple[str, ...]


def existence(
    design: NDArray[np.float64], persons: NDArray[np.int64], unseen: NDArray[np.float64], names: Sequence[str]
) -> Existence:
    """Decide by linear programming whether the expected number of unseen persons has one finite best value.

    The likelihood never falls along a change of the parameters that leaves the expectation of every cell with a person
    as it is and raises that of no other. All hangs on whether such changes touch the unseen.

    Args:
        design: (n, p), cells that can be seen by parameters.
        persons: (n,), in each cell.
        unseen: (s, p), the rows of the cells that cannot be seen.
        names: of the p parameters.

    Source: Fienberg & Rinaldo (2012), Annals of Statistics 40, section 3 (facial sets). Chan, Silverman & Vincent
    (2021), JASA 116, section 2, and their R package SparseMSE refuse more: models with another infinite parameter than
    that of an empty overlap, as where all whom one list holds are in another.
    """
    minus_infinity = tuple(name for name, total in zip(names, design.T @ persons, strict=True) if total == 0)
    counted = persons > 0
    if np.linalg.matrix_rank(design[counted]) == design.shape[1]:
        return Existence(None, "", np.ones(len(persons), np.bool_), minus_infinity)
    changes = _Changes(design[counted], design[~counted])
    directions = frozenset(sign for row in unseen for sign in (-1, 1) if changes.reach(sign * row))
    positive = counted.copy()
    positive[~counted] = ~changes.emptied()
    return Existence(*_REFUSALS[directions], positive, minus_infinity)


@dataclass(frozen=True)
class _Changes:
    """Changes of the parameters along which the likelihood does not fall: a cone."""

    kept: NDArray[np.float64]
    lowered: NDArray[np.float64]

    def reach(self, goal: NDArray[np.float64]) -> bool:
        """Whether some change raises a sum of parameters."""
        found = linprog(
            -goal,
            A_ub=self.lowered,
            b_ub=np.zeros(len(self.lowered)),
            A_eq=self.kept,
            b_eq=np.zeros(len(self.kept)),
            bounds=(-1, 1),
        )
        return bool(-found.fun > _TOLERANCE)

    def emptied(self) -> NDArray[np.bool_]:
        """Which of the cells without a person some change lowers: one change lowers them all, by 1 at least."""
        cells, parameters = self.lowered.shape
        found = linprog(
            np.repeat([0.0, -1.0], [parameters, cells]),
            A_ub=np.hstack([self.lowered, np.eye(cells)]),
            b_ub=np.zeros(cells),
            A_eq=np.hstack([self.kept, np.zeros((len(self.kept), cells))]),
            b_eq=np.zeros(len(self.kept)),
            bounds=[(None, None)] * parameters + [(0, 1)] * cells,
        )
        lowered: NDArray[np.bool_] = found.x[parameters:] > 0.5
        return lowered
