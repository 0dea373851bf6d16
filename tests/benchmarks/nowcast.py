"""How good the nowcast is in made-up countries: beside the last figure, and whether its intervals hold what they say.

``python -m tests.benchmarks.nowcast [countries]`` prints a line for each world and size class: the mean absolute error
as a part of that of the last known figures, the part of backtests that find it better, and how many of the figures of
the year after the backtest the interval of past errors holds. Municipalities are of 5 to 50,000 persons.
"""

from __future__ import annotations

import sys
from functools import partial

import numpy as np

from pipelines.estimate.nowcast.backtest import Method, backtest, interval
from pipelines.estimate.nowcast.shares import History, nowcast
from pipelines.estimate.refused import RefusedError

MUNICIPALITIES, YEARS = 342, 11
METHODS: dict[str, Method] = {"denton": nowcast, "chow-lin": partial(nowcast, national="chow_lin")}
WORLDS = {
    "all grow alike": {"lasting": 0.0, "passing": 0.0, "indicator": 0.01},
    "growth differs for good": {"lasting": 0.05, "passing": 0.03, "indicator": 0.01},
    "growth wanders": {"lasting": 0.0, "passing": 0.08, "indicator": 0.01},
    "the indicator is of no use": {"lasting": 0.0, "passing": 0.05, "indicator": 0.3},
    "nothing grows": {"lasting": 0.0, "passing": 0.0, "indicator": 0.05, "nation": 0.0},
}


def country(seed: int, *, lasting: float, passing: float, indicator: float, nation: float = 0.06) -> History:
    """Made-up figures; standard deviations of growth by municipality, by year too, and of errors of the indicator."""
    chance = np.random.default_rng(seed)
    start = np.exp(chance.normal(5.5, 1.4, MUNICIPALITIES)).clip(5, 50_000)
    growth = (
        chance.normal(0, lasting, MUNICIPALITIES)
        + chance.normal(0, passing, (YEARS, MUNICIPALITIES))
        + nation * chance.normal(1, 0.8, (YEARS, 1))
    )
    persons = chance.poisson(start * np.exp(np.cumsum(growth, axis=0))).astype(float)
    national = persons.sum(axis=1)
    ends = np.arange(YEARS) * 4 + 3
    quarters = np.interp(np.arange(4 * YEARS), ends, national)
    return History(persons, persons, national, quarters * np.exp(chance.normal(0, indicator, len(quarters))))


def main(countries: int) -> None:
    """Print the table; every country is another seed."""
    print(f"{'world':28}{'method':10}{'class':>12}{'error':>8}{'better':>8}{'inside':>8}{'refused':>8}")
    for world, settings in WORLDS.items():
        for name, method in METHODS.items():
            found: dict[str, list[tuple[float, bool, float]]] = {}
            refused = 0
            for seed in range(countries):
                known = country(seed, **settings)
                sizes = np.array(["below 100", "100-1000", "over 1000"])[np.digitize(known.persons[0], [100, 1000])]
                scores = backtest(known.until(YEARS - 1, 0), sizes, method, first=4)
                try:
                    last = interval(method(known.until(YEARS - 1, 1), 1), 1, sizes, scores)
                except (RefusedError, KeyError):
                    refused += 1
                    continue
                is_inside = (last.low <= known.persons[-1]) & (known.persons[-1] <= last.high)
                for score in scores:
                    error = np.nan if score.scaled_error is None else score.scaled_error
                    inside = float(is_inside[sizes == score.size_class].mean())
                    found.setdefault(score.size_class, []).append((error, score.beats_carry_forward, inside))
            for size_class, rows in found.items():
                error, better, inside = np.mean(rows, axis=0)
                shares = f"{better:8.0%}{inside:8.0%}{refused / countries:8.0%}"
                print(f"{world:28}{name:10}{size_class:>12}{error:8.2f}{shares}")


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 40)
