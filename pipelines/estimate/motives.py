"""Bounds for tables of motives: a total, counts of some motives, shares of all.

Assumes that the motives of one table make up its total completely, which the table's shares must bear out: within their
bounds they can make 100 percent. Of any other table nothing follows, and no contradiction either.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import polars as pl

from pipelines.estimate.bounds import ContradictionError, Interval, Share, tighten

if TYPE_CHECKING:
    import duckdb

KEY = (
    "area_type", "area_code", "period_start", "period_end", "date_precision", "measured_as", "universe", "edition",
    "version", "table_id", "delivery_id", "synthetic",
)  # fmt: skip


def bounds_of_motives(observations: duckdb.DuckDBPyRelation) -> pl.DataFrame:
    """Bounds of each motive whose count was not published, and of all such motives of a table together.

    Args:
        observations: the observation record.

    Returns:
        The columns of ``KEY``, ``motive`` (several joined by ``_and_``), ``persons_low``, ``persons_high`` and
        ``contradiction``: a table whose figures cannot all hold has one row for ``all`` that says so, and no bounds.
    """
    cells = observations.filter(
        "measure in ('migrants', 'share_of_migrants') and origin_group = 'all' and availability = 'available'"
    ).pl()
    schema = {name: cells.schema[name] for name in KEY} | {
        "motive": pl.String, "persons_low": pl.Int64, "persons_high": pl.Int64, "contradiction": pl.Boolean,
    }  # fmt: skip
    rows: list[dict[str, Any]] = []
    for key, table in cells.group_by(KEY, maintain_order=True):
        try:
            found = _table(table.to_dicts())
        except ContradictionError:
            found = [{"motive": "all", "persons_low": None, "persons_high": None, "contradiction": True}]
        rows += [dict(zip(KEY, key, strict=True)) | row for row in found]
    return pl.DataFrame(rows, schema=schema)


def _table(cells: list[dict[str, Any]]) -> list[dict[str, Any]]:
    counts = {cell["motive"]: Interval(cell["low"], cell["high"]) for cell in cells if cell["measure"] == "migrants"}
    shares = {cell["motive"]: cell for cell in cells if cell["measure"] == "share_of_migrants"}
    unpublished = sorted(set(shares) - set(counts))
    low, high = (round(sum(cell[bound] for cell in shares.values()), 9) for bound in ("low", "high"))
    if "all" not in counts or not unpublished or not low <= 100 <= high:
        return []
    parts = sorted((set(counts) | set(shares)) - {"all"})
    found = tighten(
        counts | {motive: Interval(0, None) for motive in unpublished},
        totals=[("all", parts)],
        shares=[Share(motive, "all", cell["low"], cell["high"]) for motive, cell in shares.items()],
        targets=[*([motive] for motive in unpublished), *([unpublished] if len(unpublished) > 1 else [])],
    )
    return [
        {
            "motive": "_and_".join(target),
            "persons_low": interval.low,
            "persons_high": interval.high,
            "contradiction": False,
        }
        for target, interval in found.items()
    ]
