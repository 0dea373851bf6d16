"""How good the estimates from two lists are: bias, and how often the 95 % intervals hold the number of persons.

Made-up populations of which everything is known, drawn again and again. Belongs here: what two lists estimate. Does not
belong here: anything that can fail.

``python -m tests.benchmarks.two_lists`` prints a table; the seed is fixed.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from pipelines.estimate.refused import RefusedError
from pipelines.estimate.unobserved.covariates import UNKNOWN, with_covariates
from pipelines.estimate.unobserved.linkage import with_linkage_error
from pipelines.estimate.unobserved.lists import Counts, Estimate
from pipelines.estimate.unobserved.two_lists import chapman, lincoln_petersen, stratified

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.random import Generator
    from numpy.typing import NDArray

LISTS = ("inspections", "shelter")
HISTORIES = ("11", "10", "01")


def table(rows: dict[tuple[str, ...], int], *names: str) -> Counts:
    """Counts by history and categories."""
    held = np.array([[letter == "1" for letter in history] for history, *_ in rows])
    labels = np.array([categories for _, *categories in rows]).T
    return Counts(LISTS, held, np.array(list(rows.values())), dict(zip(names, labels, strict=True)))


def independent(chance: Generator, persons: int, first: float, second: float) -> Counts:
    """Each list holds who comes by chance."""
    cells = [first * second, first * (1 - second), (1 - first) * second, (1 - first) * (1 - second)]
    drawn = chance.multinomial(persons, cells)
    return Counts.of(LISTS, dict(zip(HISTORIES, drawn.tolist(), strict=False)))


def mislinked(chance: Generator, persons: int, missed: float, false: float) -> Counts:
    """Each list holds three of ten, and links are missed and made wrongly."""
    both, first, second = independent(chance, persons, 0.3, 0.3).persons
    links = chance.binomial(both, 1 - missed) + chance.binomial(first, false)
    return Counts.of(LISTS, {"11": links, "10": both + first - links, "01": both + second - links})


def in_strata(chance: Generator) -> Counts:
    """Three groups of 500, that both lists hold more and more seldom."""
    rows: dict[tuple[str, ...], int] = {}
    for name, often in (("farms", 0.5), ("building", 0.3), ("homes", 0.2)):
        persons = independent(chance, 500, often, often).persons.tolist()
        rows |= {(history, name): count for history, count in zip(HISTORIES, persons, strict=True)}
    return table(rows, "sector")


def known_to_one(
    first: NDArray[np.bool_], second: NDArray[np.bool_], of_first: NDArray[np.bool_], of_second: NDArray[np.bool_]
) -> Counts:
    """Counts of who is in which list, with what the first alone knows of its persons, and the second of its."""
    one, other = np.where(first, of_first.astype("U5"), UNKNOWN), np.where(second, of_second.astype("U5"), UNKNOWN)
    history = np.where(first, np.where(second, "11", "10"), "01")
    rows, persons = np.unique(np.column_stack([history, one, other])[first | second], axis=0, return_counts=True)
    counted = {tuple(row): int(count) for row, count in zip(rows.tolist(), persons, strict=True)}
    return table(counted, "of first", "of second")


def with_own_covariates(chance: Generator) -> Counts:
    """Of 3 000 persons: young go to the shelter, men to the inspections; more of the young are men.

    The first list knows age and the second sex, so each list follows what the other knows.
    """
    man = chance.random(3000) < 0.5
    young = chance.random(3000) < np.where(man, 0.7, 0.3)
    first = chance.random(3000) < np.where(man, 0.5, 0.2)
    second = chance.random(3000) < np.where(young, 0.4, 0.15)
    return known_to_one(first, second, young, man)


def both_follow_the_sector(chance: Generator) -> Counts:
    """Of 10 000 persons each list finds half of one sector and a tenth of the other; the first list alone knows it.

    The second list alone knows age, on which nothing depends.
    """
    farms, young = chance.random((2, 10_000)) < 0.5
    first, second = chance.random((2, 10_000)) < np.where(farms, 0.5, 0.1)
    return known_to_one(first, second, farms, young)


def log_normal(counts: Counts) -> Estimate:
    return lincoln_petersen(counts, interval="log-normal")


STUDIES: list[tuple[str, int, Callable[[Generator], Counts], Callable[[Counts], Estimate], int]] = [
    *(
        (f"{persons} persons, lists of {share * persons:.0f}: {name}", persons, draw, method, 2000)
        for persons, share in ((300, 0.2), (1000, 0.3), (10_000, 0.1), (9000, 1 / 30))
        for draw in [lambda chance, persons=persons, share=share: independent(chance, persons, share, share)]
        for name, method in (("profile", lincoln_petersen), ("log-normal", log_normal), ("Chapman", chapman))
    ),
    ("three strata: pooled", 1500, in_strata, chapman, 2000),
    ("three strata: summed", 1500, in_strata, lambda counts: stratified(counts, "sector")[1], 2000),
    *(
        (f"missed 10 %, false {false:.0%}: {name}", 5000, draw, method, 2000)
        for false in (0.0, 0.02)
        for draw in [lambda chance, false=false: mislinked(chance, 5000, 0.1, false)]
        for name, method in (
            ("not corrected", chapman),
            ("corrected", lambda counts, false=false: with_linkage_error(counts, 0.1, false)),
        )
    ),
    ("covariates of one list: left out", 3000, with_own_covariates, chapman, 1000),
    ("covariates of one list: EM", 3000, with_own_covariates, with_covariates, 1000),
    ("both follow what the first alone knows: left out", 10_000, both_follow_the_sector, chapman, 300),
    ("both follow what the first alone knows: EM", 10_000, both_follow_the_sector, with_covariates, 300),
]


def study(
    chance: Generator, truth: int, draw: Callable[[Generator], Counts], method: Callable[[Counts], Estimate], times: int
) -> tuple[float, float, float]:
    """The mean estimate over the truth, the share of intervals that hold the truth, and the share refused."""
    ratios, held = [], []
    for _ in range(times):
        try:
            found = method(draw(chance))
        except RefusedError:
            continue
        ratios.append(found.value / truth)
        held.append(found.low <= truth <= found.high)
    return float(np.mean(ratios)), float(np.mean(held)), 1 - len(held) / times


def main() -> None:
    """Print the table."""
    print(f"{'study':<50}{'estimate / truth':>18}{'intervals that hold it':>24}{'refused':>9}")
    for name, truth, draw, method, times in STUDIES:
        ratio, held, refused = study(np.random.default_rng(2012), truth, draw, method, times)
        print(f"{name:<50}{ratio:>18.3f}{held:>24.3f}{refused:>9.3f}")


if __name__ == "__main__":
    main()
