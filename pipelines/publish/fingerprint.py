"""What a release depends on, as one hash: deliveries, code, configuration and the data gaps that are open on the date.

The date itself is not in it: an unchanged night releases nothing. A source that became late today is a change.
"""

from __future__ import annotations

import hashlib
import json
from functools import cache
from typing import TYPE_CHECKING

from pipelines.files import digest_of
from pipelines.landing.catalogue import arrivals, expected, gaps
from pipelines.model.dbt import project_files
from pipelines.settings import PROJECT

if TYPE_CHECKING:
    from pipelines.settings import Settings


FINGERPRINT = "fingerprint"
"""File beside the catalogue, and then beside the candidate: of what the models were given."""


@cache
def code_version() -> str:
    """A hash of the code, the models and the rules."""
    code = [
        path
        for folder in (PROJECT / "pipelines", PROJECT / "expectations")
        for path in folder.rglob("*")
        if path.suffix in (".py", ".yml") and "shipped" not in path.parts
    ]
    return digest_of(code + project_files(), PROJECT)[:16]


def fingerprint(settings: Settings) -> str:
    """The hash that decides whether there is something to release."""
    state = {
        "deliveries": sorted((one.delivery_id, one.standing) for one in arrivals(settings)),
        "gaps": sorted(gap.key for gap in gaps(settings)),
        "due": expected(settings.as_of),
        "code": code_version(),
        "sample": settings.sample,
    }
    return hashlib.sha256(json.dumps(state, sort_keys=True).encode()).hexdigest()
