"""A municipality's own aggregates as a package that another installation takes in: no rows of persons, all protected.

Belongs here: choosing what leaves, judging it, and writing it as a delivery of the source ``exchange``: Parquet in the
form of the record ``observation``, ``datapackage.json`` and the sidecar. Reading it is ``sources.exchange``.
"""

from __future__ import annotations

import re
import shutil
import tempfile
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

import duckdb
import yaml

from pipelines import records
from pipelines.files import write_json, write_text
from pipelines.landing.deliveries import SIDECAR, fingerprint_file
from pipelines.privacy.disclosure import leaks, rules
from pipelines.publish.candidate import quoted
from pipelines.publish.release import current_release
from pipelines.settings import UsageError
from pipelines.sources import all_sources
from pipelines.sources.exchange.reader import BY_DELIVERY, PACKAGE, TABLE
from pipelines.sources.observations import NEUTRAL

if TYPE_CHECKING:
    from pipelines.landing.deliveries import Part
    from pipelines.settings import Settings

_REGISTERED = """
    select
        area_type, area_code, period_start, period_end, date_precision, measured_as,
        case
            when measured_as = 'stock' then case register when 'rni' then 'non_residents' else 'residents' end
            when universe like '%departures' then 'departures' else 'arrivals'
        end as measure,
        case when measured_as = 'stock' and register = 'brp' then 'here' else 'all' end as home_area,
        origin_group, stay_band, unit, universe, edition, version, bound_kind, availability, finality,
        persons as value, persons_low as low, persons_high as high, synthetic
    from zicht.registered
    where
        area_type = 'GM' and area_code = $municipality
        and delivery_id in (
            select one.delivery_id from zicht.delivery as one where list_contains($registers, one.source)
        )
"""


_CODE = re.compile("[0-9]{4}")
_TYPES = {
    "VARCHAR": "string", "VARCHAR[]": "array", "BIGINT": "integer", "DOUBLE": "number", "BOOLEAN": "boolean",
    "DATE": "date",
}  # fmt: skip


def export(settings: Settings, municipality: str, out: Path) -> Path:
    """Write the package of a municipality's counts in the standing release; return its directory.

    The directory is ``<out>/exchange/<municipality>/<as of>``, a place in another installation's inbox.

    Raises:
        UsageError: ``municipality`` is no code of four digits, there is no release, nothing of this municipality in
            it, or the package is there already.
        ValueError: a count in the release is not protected.
    """
    if not _CODE.fullmatch(municipality):
        raise UsageError("--municipality is a code of four digits, as 0394")
    release = current_release(settings)
    if release is None:
        raise UsageError("there is no release to export from: run `zicht refresh`")
    target: Path = out / "exchange" / municipality / release["as_of"]
    if target.exists():
        raise UsageError(f"{target} exists; name another directory")
    present = next(folder for folder in target.parents if folder.exists())
    target.parent.mkdir(parents=True, exist_ok=True)
    scratch = Path(tempfile.mkdtemp(prefix=".export-", dir=target.parent))
    try:
        synthetic = _write_counts(settings, municipality, scratch / TABLE)
        table = (scratch / TABLE).rename(scratch / f"synthetic_{TABLE}") if synthetic else scratch / TABLE
        made = {"municipality": municipality, "release_id": release["release_id"], "synthetic": synthetic}
        write_json(scratch / PACKAGE, _description(made, release["as_of"], fingerprint_file(table)))
        sidecar = {"producer": f"zicht of {municipality}, release {release['release_id']}", "synthetic": synthetic}
        write_text(scratch / SIDECAR, yaml.safe_dump(sidecar))
        scratch.chmod(0o755)
        scratch.rename(target)
    except BaseException:
        shutil.rmtree(scratch, ignore_errors=True)
        with suppress(OSError):  # somebody else put something there
            for folder in target.parents[: target.parents.index(present)]:
                folder.rmdir()
        raise
    return target


def _write_counts(settings: Settings, municipality: str, path: Path) -> bool:
    """Write the counts in the form of the record; return whether they are made up."""
    columns = [column for column in records.load("observation").columns if column.name not in BY_DELIVERY]
    registers = [source.source for source in all_sources().values() if source.person_level]
    with duckdb.connect() as connection:
        connection.execute(f"attach '{quoted(settings.database)}' as zicht (read_only)")
        counts = connection.sql(_REGISTERED, params={"municipality": municipality, "registers": registers})
        if not (flags := counts.project("synthetic").distinct().fetchall()):
            raise UsageError(f"the release holds no counts of the registers of municipality {municipality}")
        if counts.filter(leaks("value", "low", "high")).limit(1).fetchone():
            raise ValueError("a count in the release is not protected")
        neutral = {name: f"'{value}'" for name, value in NEUTRAL.items()} | {"computed": "true"}
        cells = (
            f"cast({one.name if one.name in counts.columns else neutral.get(one.name, 'null')} as {one.type})"
            f' as "{one.name}"'
            for one in columns
        )
        rows = counts.project(", ".join(cells)).order(", ".join(one.name for one in columns if one.required))
        rows.write_parquet(str(path), compression="zstd")
    return any(flag for (flag,) in flags)


def _description(made: dict[str, Any], as_of: str, part: Part) -> dict[str, Any]:
    """``datapackage.json`` (Data Package 2.0), with what zicht wants to know of the package under ``zicht``."""
    says_so = " (SYNTHETIC)" if made["synthetic"] else ""
    fields = [
        {"name": column.name, "type": _TYPES[column.type], "description": column.en}
        for column in records.load("observation").columns
        if column.name not in BY_DELIVERY
    ]
    resource = {
        "name": "observations", "path": part.name, "format": "parquet",
        "mediatype": "application/vnd.apache.parquet", "bytes": part.size, "hash": f"sha256:{part.sha256}",
        "schema": {"fields": fields},
    }  # fmt: skip
    return {
        "$schema": "https://datapackage.org/profiles/2.0/datapackage.json",
        "name": f"zicht-{made['municipality']}-{as_of}" + ("-synthetic" if made["synthetic"] else ""),
        "title": f"Counts of the registers of municipality {made['municipality']}, protected{says_so}",
        "created": as_of,
        "resources": [resource],
        "zicht": made | {"threshold": rules().threshold, "rounding_base": rules().base},
    }
