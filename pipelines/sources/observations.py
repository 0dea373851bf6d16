"""What readers of observations share: the interval of a rounded figure, and the way back from a frame to a reading.

Belongs here: bounds from a rounding base, the neutral dimensions. Does not belong here: where a figure stands.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any, Literal

import polars as pl

from pipelines.landing.deliveries import RefusedError
from pipelines.sources.reading import Reading

if TYPE_CHECKING:
    from collections.abc import Sequence

    import duckdb

    from pipelines.landing.drift import Form

NEUTRAL = {
    "origin_group": "all",
    "nationality": "all",
    "motive": "all",
    "employment": "all",
    "sector": "all",
    "home_area": "all",
    "stay_band": "all",
    "law": "all",
    "outcome": "all",
    "computed": False,
}
"""Dimensions by which a figure is not divided."""

BASES = (1, 5, 10, 50, 100, 500, 1_000, 5_000, 10_000, 50_000, 100_000, 500_000, 1_000_000)
"""Bases to which publications round."""


RoundingMode = Literal["nearest", "down", "up", "either"]
"""To which multiple of the base a count was rounded: the nearest, with ties either way; the next below or above; or
either of these two, as in random and controlled rounding."""


def rounding_base(values: Sequence[float]) -> int:
    """The coarsest base of which all the figures of a table are multiples."""
    telling = [value for value in values if value]  # nought is a multiple of everything and tells nothing
    return max(base for base in BASES if base == 1 or (telling and all(value % base == 0 for value in telling)))


def count_bounds(value: float, base: float, mode: RoundingMode = "nearest") -> tuple[float, float]:
    """The whole numbers that round to ``value`` on ``base``; never below nought.

    >>> count_bounds(120, 10), count_bounds(125, 5), count_bounds(120, 10, "down")
    ((115, 125), (123, 127), (120, 129))
    """
    below = {"nearest": math.ceil(value - base / 2), "down": math.ceil(value)}
    above = {"nearest": math.floor(value + base / 2), "up": math.floor(value)}
    return max(0, below.get(mode, math.floor(value - base) + 1)), above.get(mode, math.ceil(value + base) - 1)


def share_bounds(value: float, decimals: int) -> tuple[float, float]:
    """The shares that round to ``value`` with so many decimals.

    >>> share_bounds(11.4, 1)
    (11.35, 11.45)
    """
    half = 0.5 * 10**-decimals
    return round(max(0.0, value - half), decimals + 1), round(value + half, decimals + 1)


def reading(
    connection: duckdb.DuckDBPyConnection,
    rows: list[dict[str, Any]],
    rejected: list[dict[str, Any]],
    *,
    synthetic: bool = False,
    layout: str = "",
    form: Form,
) -> Reading:
    """A reading from observation rows (with ``locator_row``) and rejected rows; see there for ``layout`` and ``form``.

    Raises:
        RefusedError: there are no rows.
    """
    if not rows and not rejected:
        raise RefusedError("the delivery", "no rows", "Deliver it again")
    columns = {"locator_file": pl.String, "locator_row": pl.Int64, "field": pl.String, "rule": pl.String}
    refused = pl.DataFrame(rejected, schema=columns)
    accepted = pl.DataFrame([NEUTRAL | row for row in rows] or refused[:0, :2], infer_schema_length=None)
    read = accepted.n_unique(["locator_file", "locator_row"]) + refused.n_unique(["locator_file", "locator_row"])
    kept, set_aside = connection.from_arrow(accepted.to_arrow()), connection.from_arrow(refused.to_arrow())
    return Reading(kept, set_aside, read, synthetic, layout, form)
