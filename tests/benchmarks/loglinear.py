"""Do intervals of log-linear models hold the number as often as they say, and what does choosing a model cost?

Draws populations in which two of three lists depend on each other, estimates them with the right model, with
independence, and with a model that the counts chose. Belongs here: shares over many draws. Does not belong here:
whether one estimate is right (``tests/unit/estimate/unobserved``).

``python -m tests.benchmarks.loglinear [DRAWS]`` prints a table: the median of estimate over truth, and for the 95 %
interval the share of draws that it holds the truth, and of draws without an estimate.
"""

from __future__ import annotations

import sys
from itertools import product
from typing import TYPE_CHECKING

import numpy as np

from pipelines.estimate.refused import RefusedError
from pipelines.estimate.unobserved.lists import Counts, Estimate
from pipelines.estimate.unobserved.loglinear import fit, stepwise

if TYPE_CHECKING:
    from collections.abc import Callable

SHARES = np.array([0.25, 0.2, 0.3])
ODDS_RATIO = 3.0  # of being in the second list, for who is in the first
METHODS: dict[str, Callable[[Counts], Estimate]] = {
    "right model, profile": lambda counts: fit(counts, "[12,3]"),
    "right model, log-normal": lambda counts: fit(counts, "[12,3]", interval="log-normal"),
    "independence, profile": lambda counts: fit(counts, "[1,2,3]"),
    "stepwise by p, profile": lambda counts: stepwise(counts),
    "stepwise by BIC, profile": lambda counts: stepwise(counts, by="bic"),
}


def main(draws: int = 200) -> None:
    held = np.array(list(product([0, 1], repeat=3)))
    odds = SHARES / (1 - SHARES)
    weight = np.prod(odds**held, axis=1) * ODDS_RATIO ** (held[:, 0] * held[:, 1])
    print(f"{'persons':>8}  {'method':26}{'estimate/truth':>15}{'held':>8}{'refused':>9}")
    for persons in (100, 300, 1000, 5000):
        chance = np.random.default_rng(persons)
        tables = chance.multinomial(persons, weight / weight.sum(), size=draws)
        for name, method in METHODS.items():
            found = [_estimate(method, Counts(("a", "b", "c"), held[1:] == 1, one[1:])) for one in tables]
            estimates = [one for one in found if one]
            ratio = np.median([one.value / persons for one in estimates])
            inside = np.mean([one.low <= persons <= one.high for one in estimates])
            refused = 1 - len(estimates) / draws
            print(f"{persons:>8}  {name:26}{ratio:>15.3f}{inside:>8.0%}{refused:>9.1%}", flush=True)


def _estimate(method: Callable[[Counts], Estimate], counts: Counts) -> Estimate | None:
    try:
        return method(counts)
    except RefusedError:
        return None


if __name__ == "__main__":
    main(*map(int, sys.argv[1:2]))
