"""What the totals of tables imply of their cells: tighter bounds, and cells that cannot hold together."""

from pipelines.estimate.implied import implied_bounds


def model(dbt, session):  # noqa: ANN001, ANN201 - dbt calls it so
    dbt.config(materialized="table")
    return implied_bounds(dbt.ref("int_observations__ties")).to_arrow()
