"""Aggregates that another installation of zicht exported (``zicht export --aggregate``)."""
