# How many work here and how many are registered here, in every comparison that there is?
release <- commandArgs(trailingOnly = TRUE)[1] # the directory published/current
gap <- read.csv(Sys.glob(file.path(release, "csv", "*registration_gap.csv")),
  colClasses = c(municipality_code = "character", version = "character", superseded = "logical")
)
comparison <- c("reporting_year", "workers_universe", "residents_universe", "edition", "version", "delivery_id")
gap <- subset(
  gap, municipality_code == "0394" & origin_group == "all" & !(superseded %in% TRUE),
  select = c(
    comparison, "workers_low", "workers_high", "residents_low", "residents_high", "gap_low", "gap_high",
    "relation", "synthetic"
  )
)
write.csv(gap[do.call(order, c(gap[comparison], method = "radix")), ], row.names = FALSE, na = "")
