# In which municipalities is the gap per 1,000 inhabitants certainly the largest among those like them?
release <- commandArgs(trailingOnly = TRUE)[1] # the directory published/current
ranked <- read.csv(Sys.glob(file.path(release, "csv", "*peer_comparison.csv")),
  colClasses = c(area_code = "character", version = "character")
)
ranking <- c("period_end", "universe", "edition", "version", "delivery_id", "area_code")
ranked <- subset(
  ranked, measure == "gap" & per == "1,000 residents" & peer_set == "similar" & rank_high == 1,
  select = c(ranking, "value_low", "value_high", "rank_low", "rank_high", "peer_count", "synthetic")
)
write.csv(ranked[do.call(order, c(ranked[ranking], method = "radix")), ], row.names = FALSE, na = "")
