"""How many work here and how many are registered here, in every comparison that there is?"""

import sys
from pathlib import Path

import polars as pl

release = Path(sys.argv[1])  # the directory published/current
comparison = ["reporting_year", "workers_universe", "residents_universe", "edition", "version", "delivery_id"]
print(
    pl.read_parquet(release / "parquet" / "*registration_gap.parquet")
    .filter(
        pl.col("municipality_code") == "0394", pl.col("origin_group") == "all", pl.col("superseded").ne_missing(True)
    )
    .select(
        *comparison, "workers_low", "workers_high", "residents_low", "residents_high", "gap_low", "gap_high",
        "relation", "synthetic",
    )
    .sort(comparison)
    .write_csv()
)  # fmt: skip
