"""How good the estimates are where persons differ and lists depend on each other: bias and coverage by simulation.

Belongs here: heterogeneity, averaging over models, repeated contacts. Does not belong here: agreement with published
answers, which the unit tests hold.

``python -m tests.benchmarks.unobserved_differences [SAMPLES]`` draws samples of a population whose size is known, the
same in each run, and prints for each method the mean estimate as a ratio of that size, the share of intervals that hold
it (0.95 is promised if the assumptions hold), and the share of samples refused.
"""

from __future__ import annotations

import sys
from collections import Counter
from functools import partial
from typing import TYPE_CHECKING

import numpy as np

from pipelines.estimate.refused import RefusedError
from pipelines.estimate.unobserved.averaging import average
from pipelines.estimate.unobserved.heterogeneity import heterogeneity
from pipelines.estimate.unobserved.lists import Counts, Estimate
from pipelines.estimate.unobserved.repeated import chao, zelterman, zero_truncated_poisson

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

PERSONS = 2000
SAMPLES = 300


def contacts(chance: np.random.Generator, differ: bool) -> Counter[int]:
    """Persons by contacts, 0.4 expected of each; where they differ the rates are gamma with that standard deviation."""
    rates = chance.gamma(1, 0.4, PERSONS) if differ else np.full(PERSONS, 0.4)
    counted = Counter(chance.poisson(rates).tolist())
    del counted[0]
    return counted


def lists(chance: np.random.Generator, spread: float, dependence: float, k: int) -> Counts:
    """Lists of a quarter or so: log-odds ``spread`` over persons, of the second list higher for who is in the first."""
    odds = chance.normal(0, spread, PERSONS)[:, None] + np.linspace(-1.4, -0.8, k)
    held = chance.random((PERSONS, k)) < 1 / (1 + np.exp(-odds))
    odds[:, 1] += dependence * held[:, 0]
    held[:, 1] = chance.random(PERSONS) < 1 / (1 + np.exp(-odds[:, 1]))
    histories = Counter("".join("01"[int(one)] for one in row) for row in held)
    del histories["0" * k]
    return Counts.of("abcdef"[:k], histories)


def measured(estimates: Iterator[Estimate | None]) -> tuple[float, float, float]:
    """Mean as a ratio, share of intervals that hold the number, share refused."""
    every = list(estimates)
    given = [one for one in every if one is not None]
    ratio = np.mean([one.value for one in given]) / PERSONS if given else np.nan
    holds = np.mean([one.low <= PERSONS <= one.high for one in given]) if given else np.nan
    return float(ratio), float(holds), 1 - len(given) / len(every)


def tried(method: Callable[..., Estimate], drawn: object) -> Estimate | None:
    """The estimate, or none."""
    try:
        return method(drawn)
    except RefusedError:
        return None


def main(samples: int) -> None:
    """Print the table."""
    forms = {f"Mth {form}": partial(heterogeneity, form=form) for form in ("chao", "poisson", "darroch")}
    of_lists = forms | {"average": lambda counts: average(counts).estimate}
    of_contacts = {"zero-truncated Poisson": zero_truncated_poisson, "Zelterman": zelterman, "Chao": chao}
    populations = {
        "contacts, persons alike": (partial(contacts, differ=False), of_contacts),
        "contacts, persons differ": (partial(contacts, differ=True), of_contacts),
        "4 lists, persons alike": (partial(lists, spread=0, dependence=0, k=4), of_lists),
        "4 lists, persons differ": (partial(lists, spread=1, dependence=0, k=4), of_lists),
        "4 lists, two depend": (partial(lists, spread=0, dependence=1, k=4), of_lists),
    }
    print(f"{'population':<26}{'method':<24}{'ratio':>7}{'holds':>7}{'refused':>9}")
    for population, (draw, methods) in populations.items():
        chance = np.random.default_rng(8)
        drawn = [draw(chance) for _ in range(samples)]
        for name, method in methods.items():
            ratio, holds, refused = measured(tried(method, one) for one in drawn)
            print(f"{population:<26}{name:<24}{ratio:>7.2f}{holds:>7.2f}{refused:>9.2f}")


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else SAMPLES)
