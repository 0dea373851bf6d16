"""How many persons there are with those in none of some lists, protected; where no estimate is given, the reason."""

from pipelines.estimate.overlaps import estimates
from pipelines.privacy.disclosure import rules
from pipelines.sources.lists.vocabulary import LISTS


def model(dbt, session):  # noqa: ANN001, ANN201 - dbt calls it so
    dbt.config(materialized="table")
    needs_bsn = {one.name for one in LISTS.values() if one.needs_bsn}
    return estimates(dbt.ref("int_estimates__overlaps"), needs_bsn, rules()).to_arrow()
