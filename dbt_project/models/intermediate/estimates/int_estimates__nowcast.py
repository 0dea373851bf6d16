"""Figures of years that no source gives yet, and why there are none where they may not be shown."""

from pipelines.estimate.expected import nowcasts
from pipelines.privacy.disclosure import rules


def model(dbt, session):  # noqa: ANN001, ANN201 - dbt calls it so
    dbt.config(materialized="table")
    figures, quarterly = dbt.ref("int_estimates__yearly").pl(), dbt.ref("int_estimates__quarterly").pl()
    (as_of,) = dbt.source("catalogue", "run").fetchone()
    return nowcasts(figures, quarterly, as_of.year - 1, rules().base).to_arrow()
