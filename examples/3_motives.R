# Why did the registered migrants come, in percentages that the bounds of the counts allow?
release <- commandArgs(trailingOnly = TRUE)[1] # the directory published/current
motives <- read.csv(Sys.glob(file.path(release, "csv", "*migration_motive.csv")),
  colClasses = c(area_code = "character", version = "character", superseded = "logical")
)
motives <- subset(
  motives, area_code == "0394" & period_end == "2023-12-31" & origin_group == "all" &
    !(motive %in% c("all", "ukraine_and_unknown")) & availability == "available" & !(superseded %in% TRUE)
)
low <- motives$persons_low
high <- motives$persons_high
document <- motives[c("period_start", "universe", "edition", "version", "delivery_id")]
one <- do.call(paste, document) # of several documents each is a whole of its own
motives$share_low <- floor(1000 * low / (ave(high, one, FUN = sum) - high + low)) / 10
motives$share_high <- ceiling(1000 * high / (ave(low, one, FUN = sum) - low + high)) / 10
motives <- motives[do.call(order, c(document, motives["motive"], method = "radix")), c(
  names(document), "motive", "persons_low", "persons_high", "share_low", "share_high", "synthetic"
)]
write.csv(motives, row.names = FALSE, na = "")
