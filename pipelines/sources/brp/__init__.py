"""BRP extract: residents of a municipality, a region or the country."""
