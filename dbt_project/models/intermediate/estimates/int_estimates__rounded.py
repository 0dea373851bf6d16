"""Persons by the lists that hold them, with the rounded number from which all that is told of them is computed.

Which are rounded up a secret decides, made of the key of the pseudonyms; without counts none is needed.
"""

from pipelines.estimate.rounded import rounded
from pipelines.privacy.counts import secret_for
from pipelines.privacy.disclosure import rules


def model(dbt, session):  # noqa: ANN001, ANN201 - dbt calls it so
    dbt.config(materialized="table")
    overlaps = dbt.ref("int_estimates__overlaps").pl()
    return rounded(overlaps, rules(), secret_for(overlaps)).to_arrow()
