"""What do we not know, whose is it to mend, and how long has it been open?"""

import sys
from pathlib import Path

import polars as pl

release = Path(sys.argv[1])  # the directory published/current
kinds = ["owner", "source", "kind", "severity", "synthetic"]
print(
    pl.read_parquet(release / "parquet" / "*data_gap.parquet")
    .filter(pl.col("closed").is_null())
    .group_by(kinds)
    .agg(gaps=pl.len(), oldest=pl.col("opened").min())
    .sort(kinds)
    .write_csv()
)
