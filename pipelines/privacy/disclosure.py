"""Disclosure control of the few person-derived counts that no model makes, and the test whether others are protected.

The threshold and the base have one home, the variables of ``dbt_project.yml``; the rules on tables are the macros of
``dbt_project/macros/protect.sql``.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

import yaml

from pipelines.settings import PROJECT


@dataclass(frozen=True)
class Rules:
    """Counts below ``threshold`` are withheld, others rounded to ``base``."""

    threshold: int
    base: int


@cache
def rules() -> Rules:
    """The parameters of this installation."""
    text = (PROJECT / "dbt_project" / "dbt_project.yml").read_text(encoding="utf-8")
    variables = yaml.safe_load(text)["vars"]
    return Rules(variables["disclosure_threshold"], variables["rounding_base"])


def protected(count: int) -> int | None:
    """A count as it may be published; none where it may not.

    >>> protected(9), protected(12), protected(13)
    (None, 10, 15)
    """
    if count < rules().threshold:
        return None
    return round(count / rules().base) * rules().base


def leaks(value: str, high: str) -> str:
    """An SQL condition: a count of persons that is small or not rounded, or bounds that show that one is small."""
    small, base = rules().threshold, rules().base
    return f"({value} < {small} or {value} % {base} <> 0 or {high} < {small - 1}) is true"
