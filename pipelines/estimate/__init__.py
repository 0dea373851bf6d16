"""Estimate: what figures imply: exact bounds from rounding, totals and shares.

Tables that are tied by sums: ``tables``, ``implied``. A few cells with shares: ``bounds``, ``motives``.

Numbers in, numbers out; nothing here knows of files, Dagster or dbt.
"""
