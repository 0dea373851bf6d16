"""Estimate: what figures imply. Now: exact bounds from rounding, totals and shares (``bounds``, ``motives``).

Numbers in, numbers out; nothing here knows of files, Dagster or dbt.
"""
