"""zicht: sight of labour migrants per Dutch municipality.

The package reads as the way of the data: ``landing`` (bytes in), ``sources`` (bytes to records), ``model``
(dbt and the warehouse), ``privacy`` and ``estimate`` (what the models call), ``quality`` (checks at two doors),
``publish`` (release out). ``assets`` and ``definitions`` show the same steps to Dagster; ``cli`` runs them headless.

Nothing is imported here: the command must start fast on a night when nothing changed.
"""
