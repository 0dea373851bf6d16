"""Who is in which of a municipality's lists: read to counts, and to nothing else."""
