"""Persons by the lists that hold them, with the rounded number from which all that is told of them is computed.

Which are rounded up a secret decides, made of the key of the pseudonyms; without counts none is needed.
"""

import os
from pathlib import Path

from pipelines.estimate.rounded import rounded
from pipelines.privacy.counts import rounding_secret
from pipelines.privacy.disclosure import rules


def model(dbt, session):  # noqa: ANN001, ANN201 - dbt calls it so
    dbt.config(materialized="table")
    overlaps = dbt.ref("int_estimates__overlaps").pl()
    key_file = os.environ.get("ZICHT_KEY_FILE")
    secret = b"" if overlaps.is_empty() else rounding_secret(Path(key_file) if key_file else None)
    return rounded(overlaps, rules(), secret).to_arrow()
