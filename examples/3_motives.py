"""Why did the registered migrants come, in percentages that the bounds of the counts allow?"""

import sys
from datetime import date
from pathlib import Path

import polars as pl

release = Path(sys.argv[1])  # the directory published/current
# Of several documents each is a whole of its own.
document = ["period_start", "universe", "edition", "version", "delivery_id"]
low, high = pl.col("persons_low"), pl.col("persons_high")
print(
    pl.read_parquet(release / "parquet" / "*migration_motive.parquet")
    .filter(
        pl.col("motive").is_in(["all", "ukraine_and_unknown"]).not_(), pl.col("superseded").ne_missing(True),
        area_code="0394", period_end=date(2023, 12, 31), origin_group="all", availability="available",
    )
    .with_columns(
        share_low=(1000.0 * low / (high.sum().over(document) - high + low)).floor().truediv(10).round(1),
        share_high=(1000.0 * high / (low.sum().over(document) - low + high)).ceil().truediv(10).round(1),
    )
    .select(*document, "motive", "persons_low", "persons_high", "share_low", "share_high", "synthetic")
    .sort(*document, "motive")
    .write_csv()
)  # fmt: skip
