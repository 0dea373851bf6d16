"""What a release depends on, as hashes: deliveries, code, configuration, and the data gaps that are open on the date.

The date itself is not in it: an unchanged night releases nothing. A source that became late, or a term that passed, is
a change, though not of the ``basis``, which is what somebody did: delivered, withdrew, programmed or configured.
"""

from __future__ import annotations

import hashlib
import json
from functools import cache
from typing import TYPE_CHECKING, Any

from pipelines.files import digest_of, from_yaml
from pipelines.landing.catalogue import expected, gaps
from pipelines.landing.deliveries import delivered, known, standing
from pipelines.model.dbt import DBT_PROJECT, project_files
from pipelines.privacy.pseudonyms import key_mark, read_key
from pipelines.report.boundaries import state
from pipelines.settings import PROJECT

if TYPE_CHECKING:
    from collections.abc import Collection

    from pipelines.settings import Settings


FINGERPRINT = "fingerprint"
"""File beside the catalogue: of what the models were given."""


@cache
def _declared() -> dict[str, Any]:
    """What ``dbt_project.yml`` says."""
    content: dict[str, Any] = from_yaml((DBT_PROJECT / "dbt_project.yml").read_text(encoding="utf-8"))
    return content


def configuration() -> dict[str, Any]:
    """What an operator may set: the variables of ``dbt_project.yml`` without the version of the contract."""
    return {name: value for name, value in _declared()["vars"].items() if name != "contract_version"}


def contract_version() -> int:
    """Version of the published schema: goes up where a published column goes away or gets another type."""
    version: int = _declared()["vars"]["contract_version"]
    return version


@cache
def code_version() -> str:
    """A hash of the code, the models and the rules; the configuration is not in it."""
    code = [
        path
        for folder in (PROJECT / "pipelines", PROJECT / "expectations")
        for path in folder.rglob("*")
        if path.suffix in (".py", ".yml", ".html", ".css", ".js", ".typ", ".csv") and "shipped" not in path.parts
    ]
    models = [path for path in project_files() if path != DBT_PROJECT / "dbt_project.yml"]
    digest = hashlib.sha256(digest_of(code + models, PROJECT).encode())
    digest.update(json.dumps({name: value for name, value in _declared().items() if name != "vars"}).encode())
    return digest.hexdigest()[:16]


def basis(settings: Settings, only: Collection[str] | None = None) -> str:
    """The hash of deliveries (which, and whether each was read or refused), code and configuration.

    Args:
        settings: the house.
        only: ids of the deliveries that count; else all.
    """
    read = {one.id: known(one).status for one in delivered(settings)}
    return _hash_of(
        {
            "deliveries": sorted((one, read.get(one, "unread")) for one in (read if only is None else only)),
            "code": code_version(),
            "configuration": configuration(),
            "contract": contract_version(),
            "sample": settings.sample,
            "factsheets": settings.factsheets,
            "contact": settings.contact,
            "key": rounding_key(settings),
        }
    )


def rounding_key(settings: Settings) -> str:
    """Which key rounds the counts of persons, as a mark that tells nothing of it; nothing where there is none."""
    if settings.key_file is None or not settings.key_file.exists():
        return ""
    return key_mark(read_key(settings.key_file))


def fingerprint(settings: Settings) -> str:
    """The hash that decides whether there is something to release."""
    return _hash_of(
        {
            "basis": basis(settings),
            "standing": standing(settings),
            "boundaries": state(settings),
            "gaps": sorted(gap.key for gap in gaps(settings)),
            "due": expected(settings.as_of),
        }
    )


def _hash_of(state: dict[str, Any]) -> str:
    return hashlib.sha256(json.dumps(state, sort_keys=True, default=str).encode()).hexdigest()
