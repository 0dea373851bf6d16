"""What an estimate of persons in no list becomes if an assumption behind it fails, protected."""

from pipelines.estimate.overlaps import sensitivity
from pipelines.privacy.disclosure import rules
from pipelines.sources.lists.vocabulary import NEEDS_BSN


def model(dbt, session):  # noqa: ANN001, ANN201 - dbt calls it so
    dbt.config(materialized="table")
    return sensitivity(dbt.ref("int_estimates__rounded"), NEEDS_BSN, rules()).to_arrow()
