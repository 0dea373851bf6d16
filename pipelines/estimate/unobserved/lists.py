"""What every method of this package takes and gives: counts of persons by the lists that hold them, and an estimate.

Belongs here: the counts, the estimate, what every method refuses. Does not belong here: any method.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from math import log, sqrt
from typing import TYPE_CHECKING

import numpy as np

from pipelines.estimate.refused import RefusedError

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from numpy.typing import NDArray


@dataclass(frozen=True)
class Counts:
    """Persons by the lists that hold them: one row for each combination that was seen, and for each stratum.

    Args:
        lists: names of k lists, in the order of the columns of ``held``.
        held: (n, k), whether the list holds them; no row is all false, for those nobody counted.
        persons: (n,), how many.
        strata: (n,) per name, what they have in common (a covariate known of everybody who was seen; empty where it is
            not, which ``covariates`` alone takes).
    """

    lists: tuple[str, ...]
    held: NDArray[np.bool_]
    persons: NDArray[np.int64]
    strata: Mapping[str, NDArray[np.str_]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        """Refuse what is no table of counts.

        Raises:
            ValueError: shapes differ, two lists or strata have one name, a count is negative or of another type than
                whole numbers, or a row stands in no list.
        """
        rows = len(self.persons)
        if self.held.shape != (rows, len(self.lists)) or any(len(one) != rows for one in self.strata.values()):
            raise ValueError("counts, lists and strata differ in length")
        if len({*self.lists, *self.strata}) < len(self.lists) + len(self.strata):
            raise ValueError(f"two of {[*self.lists, *self.strata]} have one name")
        if not np.issubdtype(self.persons.dtype, np.integer):
            raise ValueError(f"persons are whole numbers, not {self.persons.dtype}")
        if (self.persons < 0).any():
            raise ValueError("a count is negative")
        if not self.held.any(axis=1).all():
            raise ValueError("a row stands in no list: nobody can have counted it")

    @classmethod
    def of(cls, lists: Iterable[str], persons: Mapping[str, int]) -> Counts:
        """Counts without strata, by history: "101" is in the first and the third list.

        Raises:
            ValueError: a history is not of a 0 or a 1 for each list.

        >>> Counts.of(["a", "b"], {"10": 5, "01": 3, "11": 2}).observed
        10
        """
        names = tuple(lists)
        if any(len(history) != len(names) or set(history) - set("01") for history in persons):
            raise ValueError(f"histories of {len(names)} lists are as many letters, 0 or 1, not {list(persons)}")
        held = np.array([letter == "1" for history in persons for letter in history], dtype=bool)
        counted = np.array(list(persons.values()), None if persons else np.int64)
        return cls(names, held.reshape(len(counted), len(names)), counted)

    @property
    def observed(self) -> int:
        """Everybody who is in at least one list."""
        return int(self.persons.sum())

    def complete(self) -> Counts:
        """The same without strata, with a row, perhaps of nobody, for each of the 2^k - 1 histories."""
        code = self.held @ (1 << np.arange(len(self.lists))[::-1])
        persons = np.bincount(code, weights=self.persons, minlength=1 << len(self.lists))[1:]
        codes = np.arange(1, 1 << len(self.lists))
        held = (codes[:, None] >> np.arange(len(self.lists))[::-1] & 1).astype(bool)
        return Counts(self.lists, held, persons.astype(np.int64))


@dataclass(frozen=True)
class Estimate:
    """How many persons there are, seen and unseen.

    Args:
        method: the method and, of a family, the model: "two lists: Chapman", "log-linear: [12,3]".
        observed: persons in at least one list.
        value: persons in all; never fewer than ``observed``.
        low: lower end of the interval, never below ``observed``.
        high: upper end, infinite where the data give none.
        interval: how the interval was made.
        level: how often such intervals should hold the number.
        standard_error: of ``value``, none where the method has no such thing.
        parameters: of the model, where it has a ``loglikelihood``.
        loglikelihood: of the model, none where the method has no such thing.
    """

    method: str
    observed: int
    value: float
    low: float
    high: float
    interval: str
    level: float = 0.95
    standard_error: float | None = None
    parameters: int | None = None
    loglikelihood: float | None = None

    def __post_init__(self) -> None:
        """Refuse a level that no interval has.

        Raises:
            ValueError: the level is not between nought and one.
        """
        if not 0 < self.level < 1:
            raise ValueError(f"a level of {self.level}: it is between 0 and 1")

    @classmethod
    def log_normal(
        cls,
        method: str,
        observed: int,
        value: float,
        standard_error: float,
        level: float,
        *,
        parameters: int | None = None,
        loglikelihood: float | None = None,
    ) -> Estimate:
        """An estimate with the interval of ``log_normal_interval``.

        Raises:
            RefusedError: see ``refuse_wide``.
            ValueError: see ``log_normal_interval``.
        """
        refuse_wide(value, standard_error)
        low, high = log_normal_interval(observed, value, standard_error, level)
        return cls(
            method=method,
            observed=observed,
            value=value,
            low=low,
            high=high,
            interval="log-normal",
            level=level,
            standard_error=standard_error,
            parameters=parameters,
            loglikelihood=loglikelihood,
        )

    @property
    def unobserved(self) -> float:
        """Persons in none of the lists."""
        return self.value - self.observed

    @property
    def coverage(self) -> float:
        """The part of all persons that at least one list holds."""
        return self.observed / self.value

    @property
    def aic(self) -> float | None:
        """Akaike's criterion, none where there is no ``loglikelihood``."""
        return self._criterion(2.0)

    @property
    def bic(self) -> float | None:
        """Schwarz's criterion, with the persons observed as its observations; none where there is no likelihood."""
        return self._criterion(log(self.observed))

    def _criterion(self, price: float) -> float | None:
        if self.parameters is None or self.loglikelihood is None:
            return None
        return price * self.parameters - 2 * self.loglikelihood


def require_lists(counts: Counts, least: int) -> None:
    """Refuse too few lists, and a list of nobody.

    Raises:
        RefusedError: there are fewer than ``least`` lists, or one holds nobody (``too_few_lists``).
    """
    if len(counts.lists) < least:
        raise RefusedError("too_few_lists", f"{len(counts.lists)} where at least {least} lists are needed")
    for name, persons in zip(counts.lists, counts.persons @ counts.held, strict=True):
        if not persons:
            raise RefusedError("too_few_lists", f"the list {name} holds nobody")


WIDEST = 0.5
"""The largest part of an estimate that its standard error may be: with more, a person or two more in the overlap would
have given another figure."""


def refuse_wide(value: float, standard_error: float) -> None:
    """Refuse an estimate that says next to nothing.

    Raises:
        RefusedError: the standard error is more than ``WIDEST`` of the estimate.
    """
    if standard_error > WIDEST * value:
        raise RefusedError(
            "overlap_too_small", f"{value:.0f} persons with a standard error of {standard_error:.0f} is no estimate"
        )


NOBODY = 1.0
"""Persons: if fewer are expected to be unseen, the counts say that nobody is missing, which is no proof that all were
seen."""


def refuse_complete(observed: int, value: float) -> None:
    """Refuse an estimate that nobody is missing.

    Raises:
        RefusedError: fewer than ``NOBODY`` are expected to be unseen (``no_maximum``).
    """
    if value - observed < NOBODY:
        raise RefusedError("no_maximum", "nobody seems unseen: the best estimate is that all were seen")


def summed(parts: Sequence[Estimate], method: str) -> Estimate:
    """The sum of estimates of different persons.

    The variance of the sum is the sum of the variances. Its interval joins those of the parts, lower ends with lower
    and upper with upper (Zou and Donner 2008), and so never falls below who was observed.
    """
    value = sum(one.value for one in parts)
    errors = [one.standard_error for one in parts if one.standard_error is not None]
    return Estimate(
        method=method,
        observed=sum(one.observed for one in parts),
        value=value,
        low=value - sqrt(sum((one.value - one.low) ** 2 for one in parts)),
        high=value + sqrt(sum((one.high - one.value) ** 2 for one in parts)),
        interval="joined",
        level=parts[0].level,
        standard_error=sqrt(sum(one**2 for one in errors)) if len(errors) == len(parts) else None,
    )


def log_normal_interval(observed: int, value: float, standard_error: float, level: float = 0.95) -> tuple[float, float]:
    """Ends of an interval that cannot fall below ``observed``: the logarithm of the unobserved is taken as normal.

    Raises:
        ValueError: nobody is unobserved; the interval would have no width.

    Source: Chao (1987), Biometrics 43, equation 12.

    >>> [round(end) for end in log_normal_interval(1880, 12690.35, 2808.165)]
    [8431, 19718]
    """
    from scipy.stats import norm

    unobserved = value - observed
    if unobserved <= 0:
        raise ValueError("nobody is unobserved: a log-normal interval would have no width")
    spread = float(np.exp(norm.ppf((1 + level) / 2) * np.sqrt(np.log1p((standard_error / unobserved) ** 2))))
    return observed + unobserved / spread, observed + unobserved * spread
