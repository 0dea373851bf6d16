"""In which municipalities is the gap per 1,000 inhabitants certainly the largest among those like them?"""

import sys
from pathlib import Path

import polars as pl

release = Path(sys.argv[1])  # the directory published/current
ranking = ["period_end", "universe", "edition", "version", "delivery_id", "area_code"]
print(
    pl.read_parquet(release / "parquet" / "*peer_comparison.parquet")
    .filter(measure="gap", per="1,000 residents", peer_set="similar", rank_high=1)
    .select(*ranking, "value_low", "value_high", "rank_low", "rank_high", "peer_count", "synthetic")
    .sort(ranking)
    .write_csv()
)
