"""How many persons there are with those in none of some lists, protected; where no estimate is given, the reason."""

from pipelines.estimate.overlaps import estimates
from pipelines.privacy.disclosure import rules
from pipelines.sources.lists.vocabulary import NEEDS_BSN, UNREGISTERED_ONLY


def model(dbt, session):  # noqa: ANN001, ANN201 - dbt calls it so
    dbt.config(materialized="table")
    return estimates(dbt.ref("int_estimates__rounded"), NEEDS_BSN, UNREGISTERED_ONLY, rules()).to_arrow()
