"""Unobserved: how many persons are in none of the lists, estimated from how the lists overlap.

Each module is a family of methods (two lists, log-linear models of more, heterogeneity, averaging over models, one list
with repeated contacts, linkage error); ``lists`` is what they share. Numbers in, numbers out; nothing here knows of
files, Dagster or dbt.
"""
