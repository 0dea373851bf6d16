"""Tightest whole-number bounds of cells that are tied by totals and shares, by mixed-integer optimisation (HiGHS).

A published figure is an interval. Where cells add up to a total and shares were published beside counts, each cell is
bounded by what all of these allow together. Does not belong here: which tables have such ties.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence


@dataclass(frozen=True)
class Interval:
    """Two bounds, both inclusive; ``None`` is unbounded."""

    low: float | None
    high: float | None


@dataclass(frozen=True)
class Share:
    """``part`` is between ``low`` and ``high`` percent of ``whole``."""

    part: str
    whole: str
    low: float
    high: float


class ContradictionError(Exception):
    """No whole numbers satisfy the figures together."""


def tighten(
    cells: Mapping[str, Interval],
    totals: Iterable[tuple[str, Sequence[str]]] = (),
    shares: Iterable[Share] = (),
    targets: Iterable[Sequence[str]] | None = None,
) -> dict[tuple[str, ...], Interval]:
    """Bounds of each target, a cell or a sum of cells, in persons.

    Args:
        cells: what is known of each cell alone; counts are never negative.
        totals: pairs of a total and the cells that make it up completely.
        shares: shares of one cell in another, in percent.
        targets: which sums of cells to bound; by default each cell alone.

    Returns:
        For each target the smallest and largest whole number that some solution gives it.

    Raises:
        ContradictionError: there is no solution.

    >>> cells = {"all": Interval(18, 22), "a": Interval(8, 12), "b": Interval(None, None)}
    >>> tighten(cells, [("all", ["a", "b"])])[("b",)]
    Interval(low=6.0, high=14.0)
    """
    import numpy as np
    from scipy.optimize import Bounds, LinearConstraint, milp

    names = list(cells)
    place = {name: index for index, name in enumerate(names)}
    rows: list[list[float]] = []
    lows: list[float] = []
    highs: list[float] = []

    def tie(coefficients: dict[str, float], low: float, high: float) -> None:
        row = [0.0] * len(names)
        for name, coefficient in coefficients.items():
            row[place[name]] += coefficient
        rows.append(row)
        lows.append(low)
        highs.append(high)

    for total, parts in totals:
        tie({total: 1.0} | dict.fromkeys(parts, -1.0), 0.0, 0.0)
    for share in shares:
        # In hundredths of a percent, so that the coefficients are whole and the solver's tolerance cannot matter.
        tie({share.part: 10_000.0, share.whole: -share.low * 100}, 0.0, math.inf)
        tie({share.part: 10_000.0, share.whole: -share.high * 100}, -math.inf, 0.0)
    bounds = Bounds(
        np.array([0.0 if cell.low is None else cell.low for cell in cells.values()]),
        np.array([np.inf if cell.high is None else cell.high for cell in cells.values()]),
    )
    constraints = [LinearConstraint(np.array(rows), np.array(lows), np.array(highs))] if rows else []
    found: dict[tuple[str, ...], Interval] = {}
    for target in targets if targets is not None else [[name] for name in names]:
        ends: list[float | None] = []
        for sign in (1.0, -1.0):
            objective = np.zeros(len(names))
            for name in target:
                objective[place[name]] = sign
            solved = milp(
                objective,
                integrality=np.ones(len(names)),
                bounds=bounds,
                constraints=constraints,
                options={"mip_rel_gap": 0},  # the default stops within 0.01 %, which is a person or more
            )
            if solved.status == 2:
                raise ContradictionError(f"no whole numbers satisfy {', '.join(names)} together")
            ends.append(float(round(solved.fun * sign)) if solved.status == 0 else None)
        found[tuple(target)] = Interval(ends[0], ends[1])
    return found
