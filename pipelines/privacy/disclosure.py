"""Disclosure control of the few person-derived counts that no model makes, and the test whether others are protected.

The threshold and the base have one home, the variables of ``dbt_project.yml``. Counts of the registers are protected
together (``counts``), those that stand alone by the macros of ``dbt_project/macros/protect.sql``.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

from pipelines.files import from_yaml
from pipelines.settings import PROJECT, UsageError


@dataclass(frozen=True)
class Rules:
    """Nobody may place a count below ``threshold``; what is shown is a multiple of ``base``."""

    threshold: int
    base: int


@cache
def rules() -> Rules:
    """The parameters of this installation.

    Raises:
        UsageError: the base is below the threshold.
    """
    text = (PROJECT / "dbt_project" / "dbt_project.yml").read_text(encoding="utf-8")
    variables = from_yaml(text)["vars"]
    threshold, base = variables["disclosure_threshold"], variables["rounding_base"]
    if base < threshold:  # else the first multiple would be a small count
        raise UsageError(f"dbt_project.yml: rounding_base {base} is below disclosure_threshold {threshold}")
    return Rules(threshold, base)


def protected(count: int) -> int | None:
    """A count that stands alone as it may be published; none where it may not.

    >>> protected(9), protected(12), protected(16)
    (None, 10, 20)
    """
    if count < rules().threshold:
        return None
    return round(count / rules().base) * rules().base


def count_in_words(count: int, fewer_than: str = "fewer than") -> str:
    """The same for those who read words.

    >>> count_in_words(9), count_in_words(12)
    ('fewer than 10', '10')
    """
    shown = protected(count)
    return f"{fewer_than} {rules().threshold}" if shown is None else str(shown)


def leaks(value: str, low: str, high: str) -> str:
    """An SQL condition: a count of the registers that is small or not rounded, or whose bounds are too near."""
    small, base = rules().threshold, rules().base
    return f"({value} < {small} or {value} % {base} <> 0 or {high} - {low} < {base - 1}) is true"
