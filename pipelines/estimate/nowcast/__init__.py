"""Nowcast: figures of a year that no monitor has published yet, and how far such figures were off in the past.

First the nation from a quarterly series (``disaggregate``), then the municipalities from their shares (``shares``),
then what this would have given in earlier years (``backtest``). Numbers in, numbers out; nothing here knows of files,
Dagster or dbt.
"""
