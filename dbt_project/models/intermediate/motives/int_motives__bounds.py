"""What the counts and the shares of one table of motives imply together: tightest whole bounds for each motive.

A motive whose count was not published has a share; with the total and the other counts that leaves an interval.
"""

from pipelines.estimate.motives import bounds_of_motives


def model(dbt, session):  # noqa: ANN001, ANN201 - dbt calls it so
    dbt.config(materialized="table")
    return bounds_of_motives(dbt.ref("int_observations__unioned")).to_arrow()
