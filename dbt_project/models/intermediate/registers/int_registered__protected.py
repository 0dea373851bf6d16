"""The door through which counts of the registers leave: those of an area and day rounded together, and none as it is.

Which are rounded up a secret decides, made of the key of the pseudonyms; without counts none is needed.
"""

import os
from pathlib import Path

from pipelines.privacy.counts import Frame, protected, rounding_secret


def model(dbt, session):  # noqa: ANN001, ANN201 - dbt calls it so
    dbt.config(materialized="table")
    frame = Frame(
        counted=dbt.ref("int_registered__counted").pl(),
        persons=dbt.ref("int_registered__persons").pl(),
        groups=dbt.ref("origin_group").pl(),
        bands=dbt.ref("stay_band").pl(),
    )
    key_file = os.environ.get("ZICHT_KEY_FILE")
    secret = b"" if frame.counted.is_empty() else rounding_secret(Path(key_file) if key_file else None)
    return protected(frame, secret).to_arrow()
