"""Benchmarks: how long zicht takes for one job, beside two plain ways of doing it. ``python -m tests.benchmarks``."""
