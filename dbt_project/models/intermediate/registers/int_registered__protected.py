"""The door through which counts of the registers leave: those of an area and day rounded together, and none as it is.

Which are rounded up a secret decides, made of the key of the pseudonyms; without counts none is needed.
"""

from pipelines.privacy.counts import Frame, protected, secret_for


def model(dbt, session):  # noqa: ANN001, ANN201 - dbt calls it so
    dbt.config(materialized="table")
    frame = Frame(
        counted=dbt.ref("int_registered__counted").pl(),
        persons=dbt.ref("int_registered__persons").pl(),
        groups=dbt.ref("origin_group").pl(),
        bands=dbt.ref("stay_band").pl(),
    )
    return protected(frame, secret_for(frame.counted)).to_arrow()
