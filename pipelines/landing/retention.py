"""Erasing: what of persons and companies may no longer be kept, and removing it. The manifest always stays.

Of persons two terms: that of this installation (``ZICHT_RETENTION_DAYS``) ends the bytes of what was read; that of a
delivery's ground (``retain_until``) ends its bytes and what was read of them. Where a source withdraws names of
companies, the term of this installation ends the bytes too, as does a newer delivery that was read, and at the latest
the day on which the source has withdrawn all names in it. Belongs here: which snapshots are due, and erasing them. Does
not belong here: the standing they keep (``deliveries``), or what may be delivered again (``land``).
"""

from __future__ import annotations

import logging
import shutil
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from pipelines.files import write_json
from pipelines.landing.deliveries import ENCRYPTED, ERASED, Snapshot, expired, outcome, outcome_path, rank, snapshots
from pipelines.settings import TIME_ZONE

if TYPE_CHECKING:
    from pathlib import Path

    from pipelines.settings import Settings
    from pipelines.sources import Source

_YEARS_WITH_NAMES = 3
"""After so many years a register withdraws a case with its names, as that of the Labour Inspectorate."""

log = logging.getLogger("zicht.land")


def due(settings: Settings, source: Source) -> list[Snapshot]:
    """Snapshots of a source of which something must be erased; only looks."""
    if not source.names_somebody:
        return []
    whole = [one for one in snapshots(settings, source.source) if not one.is_erased]
    if source.names_withdrawn:
        return [one for one in whole if _why_without_names(settings, one)]
    old = [one for one in whole if _is_kept_enough(settings, one)]
    lapsed = [one for one in expired(settings, source.source) if not one.is_erased or _read_of(settings, one)]
    return old + lapsed


def erase(settings: Settings, source: Source) -> list[Snapshot]:
    """Erase what is due of a source; return the snapshots. What a killed run left half-erased is due again."""
    from pipelines.model.store import mirror, remove_warehouse

    erased = due(settings, source)
    for snapshot in erased:
        sidecar = snapshot.manifest.sidecar
        why = f"{settings.retention_days} days after it was landed"
        if source.names_withdrawn:
            why = _why_without_names(settings, snapshot)
        elif sidecar.has_lapsed(settings.as_of):
            why = f"it was to be kept until {sidecar.retain_until}"
            for path in _read_of(settings, snapshot):
                shutil.rmtree(path) if path.is_dir() else path.unlink()
            # They hold the same rows; models make the warehouse anew.
            remove_warehouse(settings)
            mirror(settings)
        for part in snapshot.manifest.parts:
            for name in (part.name, f"{part.name}{ENCRYPTED}"):
                (snapshot.path / name).unlink(missing_ok=True)
        write_json(snapshot.path / ERASED, {"as_of": settings.as_of, "why": why})  # last: it says that all is gone
        log.info("erased %s: %s", snapshot.place, why, extra=vars(snapshot.place))
    return erased


def _why_without_names(settings: Settings, snapshot: Snapshot) -> str:
    """Why bytes that name companies may no longer be kept; empty where they may."""
    if outcome(settings, snapshot) is None:
        return ""
    if _is_renewed(settings, snapshot):
        return "a newer delivery was read, and the source withdraws names"
    if _is_kept_enough(settings, snapshot):
        return f"{settings.retention_days} days after it was landed"
    if (settings.as_of - snapshot.manifest.reference_date).days >= _YEARS_WITH_NAMES * 365:
        return f"{_YEARS_WITH_NAMES} years after its reference date the source has withdrawn its names"
    return ""


def _is_kept_enough(settings: Settings, snapshot: Snapshot) -> bool:
    """Whether the bytes were read and are older than this installation keeps them."""
    if settings.retention_days is None or outcome(settings, snapshot) is None:
        return False
    landed = snapshot.manifest.landed_at.astimezone(ZoneInfo(TIME_ZONE)).date()
    return (settings.as_of - landed).days > settings.retention_days


def _is_renewed(settings: Settings, snapshot: Snapshot) -> bool:
    """Whether another of its scope, no older, was read."""
    of_scope = snapshots(settings, snapshot.manifest.source, snapshot.manifest.scope)
    others = [one for one in of_scope if one.id != snapshot.id and rank(one) >= rank(snapshot)]
    found = [outcome(settings, one) for one in others]
    return any(one is not None and one.status == "read" for one in found)


def _read_of(settings: Settings, snapshot: Snapshot) -> list[Path]:
    """What there is of the reading of a snapshot: rows, as a file or a directory of files, and the outcome."""
    manifest = snapshot.manifest
    folders = [settings.staged / manifest.source / kind / manifest.scope for kind in ("accepted", "rejected")]
    rows = [folder / f"{snapshot.path.name}{suffix}" for folder in folders for suffix in (".parquet", "")]
    # The outcome first: without it no rows are taken for read, wherever a killed run stopped.
    return [path for path in (outcome_path(settings, snapshot), *rows) if path.exists()]
