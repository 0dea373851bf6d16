"""What the totals of published tables say of their cells, and which of them contradict each other.

Between the figures of the models and the arithmetic of ``tables``.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

from pipelines.estimate.tables import Sum, tighten_tables

if TYPE_CHECKING:
    import duckdb

CELL = ["delivery_id", "locator_row"]


def implied_bounds(ties: duckdb.DuckDBPyRelation) -> pl.DataFrame:
    """The cells whose bounds their tables tighten, and the cells that cannot hold together.

    Args:
        ties: a row for each cell in each sum: ``tie`` (number of the sum), ``is_total``, ``complete``, ``delivery_id``,
            ``locator_row``, ``low``, ``high`` and ``bound_kind``.

    Returns:
        ``delivery_id``, ``locator_row``, ``low``, ``high`` (none where there is none), ``bound_kind`` (what the bounds
        rest on), ``exact`` (whether no tighter ones exist), ``contradiction`` (its number; such a row has no bounds).
    """
    entries = ties.pl().sort("tie", pl.col("is_total").not_(), *CELL)
    cells = entries.unique(CELL).sort(CELL).with_row_index("cell")
    sums = (
        entries.join(cells.select(*CELL, "cell"), on=CELL, maintain_order="left")
        .group_by("tie", maintain_order=True)
        .agg(pl.col("cell").first().alias("total"), pl.col("cell").slice(1).alias("parts"), pl.col("complete").first())
    )
    found = tighten_tables(
        cells["low"].fill_null(0.0).to_numpy(),
        cells["high"].fill_null(float("inf")).to_numpy(),
        [Sum(*one) for one in sums.select("total", "parts", "complete").iter_rows()],
    )
    is_assumed = (pl.col("bound_kind") == "rounding_assumed").any().over("delivery_id")
    tighter = (
        cells.with_columns(
            pl.Series("implied_low", found.low),
            pl.Series("implied_high", found.high),
            pl.Series("exact", found.exact),
        )
        .filter(
            (pl.col("implied_low") > pl.col("low").fill_null(0))
            | (pl.col("implied_high") < pl.col("high").fill_null(float("inf")))
        )
        .select(
            *CELL,
            pl.col("implied_low").alias("low"),
            pl.when(pl.col("implied_high").is_finite()).then(pl.col("implied_high")).alias("high"),
            pl.when(pl.col("bound_kind") == "suppressed")
            .then(pl.col("bound_kind"))
            .when(is_assumed)
            .then(pl.lit("rounding_assumed"))
            .otherwise(pl.lit("rounding_known"))
            .alias("bound_kind"),
            "exact",
            pl.lit(None, pl.Int64).alias("contradiction"),
        )
    )
    of_each = [
        {"tie": sums["tie"][row], "contradiction": number}
        for number, rows in enumerate(found.contradictions)
        for row in rows
    ]
    contradicted = (
        entries.join(pl.DataFrame(of_each, schema={"tie": entries.schema["tie"], "contradiction": pl.Int64}), on="tie")
        .select(*CELL, "contradiction")
        .unique(maintain_order=True)
    )
    return pl.concat([tighter, contradicted], how="diagonal")
