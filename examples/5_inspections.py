"""Of the inspections in this municipality, how many ended in a fine, by where the inspection was and by the seat?"""

import sys
from pathlib import Path

import polars as pl

release = Path(sys.argv[1])  # the directory published/current
count = ["period_start", "period_end", "place_basis", "universe", "edition", "version", "outcome", "delivery_id"]
print(
    pl.read_parquet(release / "parquet" / "*inspection.parquet")
    .filter(
        pl.col("outcome").is_in(["all", "fine"]), area_code="0394", unit="inspections", law="all", sector="all"
    )
    .select(*count, "cases_low", "cases_high", "synthetic")
    .sort(count)
    .write_csv()
)  # fmt: skip
