# Of the inspections in this municipality, how many ended in a fine, by where the inspection was and by the seat?
release <- commandArgs(trailingOnly = TRUE)[1] # the directory published/current
inspection <- read.csv(Sys.glob(file.path(release, "csv", "*inspection.csv")),
  colClasses = c(area_code = "character", version = "character")
)
count <- c("period_start", "period_end", "place_basis", "universe", "edition", "version", "outcome", "delivery_id")
inspection <- subset(
  inspection, area_code == "0394" & unit == "inspections" & law == "all" & sector == "all" &
    outcome %in% c("all", "fine"),
  select = c(count, "cases_low", "cases_high", "synthetic")
)
write.csv(inspection[do.call(order, c(inspection[count], method = "radix")), ], row.names = FALSE, na = "")
