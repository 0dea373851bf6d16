# What do we not know, whose is it to mend, and how long has it been open?
release <- commandArgs(trailingOnly = TRUE)[1] # the directory published/current
gap <- read.csv(Sys.glob(file.path(release, "csv", "*data_gap.csv")))
gap <- gap[is.na(gap$closed) | gap$closed == "", ]
kinds <- gap[c("owner", "source", "kind", "severity", "synthetic")]
counted <- aggregate(list(gaps = gap$opened, oldest = gap$opened), kinds, function(opened) c(length(opened), min(opened)))
counted <- data.frame(counted[names(kinds)], gaps = as.integer(counted$gaps[, 1]), oldest = counted$oldest[, 2])
counted <- counted[do.call(order, c(counted[names(kinds)], method = "radix")), ]
write.csv(counted, row.names = FALSE, na = "")
