"""Estimate: what figures imply, and what nobody counted.

Exact bounds from rounding, totals and shares: tables that are tied by sums (``tables``, ``implied``), a few cells with
shares (``bounds``, ``motives``). Persons in no list: ``unobserved``. Years that are not published yet: ``nowcast``.

Numbers in, numbers out; nothing here knows of files, Dagster or dbt.
"""
