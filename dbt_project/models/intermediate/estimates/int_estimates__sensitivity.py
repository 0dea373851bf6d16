"""What an estimate of persons in no list becomes if an assumption behind it fails, protected."""

from pipelines.estimate.overlaps import sensitivity
from pipelines.privacy.disclosure import rules
from pipelines.sources.lists.vocabulary import LISTS


def model(dbt, session):  # noqa: ANN001, ANN201 - dbt calls it so
    dbt.config(materialized="table")
    needs_bsn = {one.name for one in LISTS.values() if one.needs_bsn}
    return sensitivity(dbt.ref("int_estimates__overlaps"), needs_bsn, rules()).to_arrow()
