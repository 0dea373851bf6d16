"""CBS StatLine: tables of the open data service, both generations of its interface."""
