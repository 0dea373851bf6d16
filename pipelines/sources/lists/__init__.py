"""How many persons are in which of a municipality's lists, as it counted them itself."""
