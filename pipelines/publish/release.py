"""The release: what the checks said appended to the judged candidate, then one atomic switch; old releases are kept.

Belongs here: release identity, the switch, the ledger's entries of a release. Does not belong here: deciding whether
there is something to release (``fingerprint``) or whether it may be released (the checks).
"""

from __future__ import annotations

import json
import logging
import os
import shutil
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING, Any

import duckdb

from pipelines.files import write_json
from pipelines.landing.catalogue import arrivals
from pipelines.publish.candidate import insert
from pipelines.publish.fingerprint import FINGERPRINT, code_version
from pipelines.quality import ledger
from pipelines.quality.checks import kept_results

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from pipelines.settings import Settings

log = logging.getLogger("zicht.publish")

KEPT_RELEASES = 5
_GAP_KEY = ("area_type", "area_code", "period_start", "period_end", "measure", "kind", "source", "synthetic")
_OF_A_DELIVERY = ("refused", "expired", "invalid_rows", "contradiction")
"""Kinds of gaps that are the fault of one delivery; the others outlive the delivery in which they were found."""


@dataclass(frozen=True)
class Release:
    """What was published; its ``release.json`` beside it."""

    release_id: str
    fingerprint: str
    as_of: date
    released_at: datetime
    checks: dict[str, int]
    data_gaps: dict[str, int]
    rows: dict[str, int]


class NotJudgedError(Exception):
    """The candidate may not be released: it was not checked, or failed a blocking rule."""


def _require_verdict(settings: Settings) -> None:
    """Look at the verdicts themselves: an analyst may run this step alone.

    Raises:
        FileNotFoundError: there is no candidate.
        NotJudgedError: see there.
    """
    made = settings.candidate.stat().st_mtime_ns
    verdict = settings.build / "checks" / "release.json"
    if not verdict.exists() or verdict.stat().st_mtime_ns < made:
        raise NotJudgedError("the candidate was not checked since it was made: run its checks first")
    if failed := [one for one in kept_results(settings) if not one["passed"] and one["severity"] == "block"]:
        raise NotJudgedError(f"{len(failed)} blocking rules failed, among them {failed[0]['rule']}")


def current_release(settings: Settings) -> dict[str, Any] | None:
    """The manifest of the release that stands, if there is one and its file is there."""
    path = settings.published / "release.json"
    if not path.exists() or not settings.database.exists():
        return None
    try:
        content: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    except json.JSONDecodeError:  # damaged: the next run makes it again
        return None
    return content


def publish(settings: Settings) -> Release:
    """Make the judged candidate the release; the candidate itself stays as it was judged.

    Raises:
        FileNotFoundError: there is no candidate.
        NotJudgedError: the candidate was not checked, or a blocking rule failed.
    """
    _require_verdict(settings)
    complete = settings.build / "release" / "zicht.duckdb"
    complete.parent.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(settings.candidate, complete)
    now = datetime.now(UTC).replace(tzinfo=None, microsecond=0)
    results = kept_results(settings)
    # What was modelled, not what may have arrived since.
    mark = (settings.candidate.parent / FINGERPRINT).read_text(encoding="utf-8")
    release_id = f"{settings.as_of}-{mark[:8]}"
    warned = sum(not result["passed"] for result in results)
    entry = {
        "release_id": release_id,
        "as_of": str(settings.as_of),
        "released_at": str(now),
        "fingerprint": mark,
        "code_version": code_version(),
        "deliveries": sum(one.standing == "current" for one in arrivals(settings)),
        "warnings": warned,
        "synthetic": settings.sample,
    }
    history = _GapHistory(ledger.entries(settings, "data_gap"))
    with duckdb.connect(str(complete)) as connection:
        columns = connection.table("data_gap").columns
        found = []
        for place, *values in connection.execute("select rowid, * from data_gap").fetchall():
            row = dict(zip(columns, values, strict=True))
            since = history.since(row, settings.as_of)
            if since != str(row["opened"]):
                connection.execute("update data_gap set opened = ? where rowid = ?", [since, place])
            found.append(row | {"opened": since})
        events = history.compare(found, settings.as_of)
        history.add(events)
        closed = [entry for entries in history.closed.values() for entry in entries]
        insert(connection, "data_gap", [{name: entry.get(name) for name in columns} for entry in closed])
        insert(connection, "quality_result", results)
        gaps = dict(
            connection.execute(
                "select kind, count(*) from data_gap where closed is null group by kind order by kind"
            ).fetchall()
        )
        entry["data_gaps"] = sum(gaps.values())
        earlier = {one["release_id"]: one for one in ledger.entries(settings, "release")}
        earlier_ids = set(earlier)
        earlier.pop(release_id, None)
        insert(connection, "release", [one | {"is_current": False} for one in earlier.values()])
        insert(connection, "release", [entry | {"is_current": True}])
        tables = [name for (name,) in connection.execute("select table_name from duckdb_tables()").fetchall()]
        rows = {name: connection.table(name).shape[0] for name in sorted(tables)}
    release = Release(
        release_id=release_id,
        fingerprint=mark,
        as_of=settings.as_of,
        released_at=now,
        checks={
            "passed": sum(bool(result["passed"]) for result in results),
            "warned": warned,
            "failed": sum(not one["passed"] and one["severity"] == "block" for one in results),
        },
        data_gaps=gaps,
        rows=rows,
    )
    _switch(settings, complete, release)
    if release_id not in earlier_ids:
        ledger.append(settings, "release", [entry])
        ledger.append(settings, "quality", [{"release_id": release_id, **result} for result in results])
    ledger.append(settings, "data_gap", events)
    # Last: a crash before this line leaves no claim, and the next run does all of it again without doubling.
    write_json(settings.published / "release.json", vars(release))
    log.info("released %s", release_id)
    return release


def _switch(settings: Settings, complete: Path, release: Release) -> None:
    """Keep the release under its name, then let it replace the published file in one step."""
    folder = settings.published / "releases" / release.release_id
    folder.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(complete, folder / "zicht.duckdb")
    write_json(folder / "release.json", vars(release))
    incoming = settings.published / ".zicht.incoming"
    shutil.copyfile(complete, incoming)
    _to_disk(incoming)
    incoming.replace(settings.database)
    for old in _by_age(settings)[KEPT_RELEASES:]:
        shutil.rmtree(old)


def _by_age(settings: Settings) -> list[Path]:
    """The kept releases, youngest first."""
    kept = [path for path in (settings.published / "releases").iterdir() if (path / "release.json").exists()]
    return sorted(kept, key=lambda path: (path / "release.json").stat().st_mtime_ns, reverse=True)


def _to_disk(path: Path) -> None:
    with path.open("rb+") as stream:
        os.fsync(stream.fileno())


class _GapHistory:
    """What the ledger tells of data gaps, by key: the open ones, and those that closed in their order."""

    def __init__(self, entries: Iterable[dict[str, Any]]) -> None:
        self.open: dict[str, dict[str, Any]] = {}
        self.closed: dict[str, list[dict[str, Any]]] = {}
        self.add(entries)

    def add(self, entries: Iterable[dict[str, Any]]) -> None:
        """Take in entries of the ledger."""
        for entry in entries:
            key, closed = _key(entry), self.closed.setdefault(_key(entry), [])
            if entry["event"] == "closed":
                self.open.pop(key, None)
                closed.append(entry)
                continue
            self.open[key] = entry
            if closed and closed[-1]["opened"] == entry["opened"]:
                closed.pop()  # closed and opened again on one day: it was never away

    def since(self, row: dict[str, Any], as_of: date) -> str:
        """When a gap that is found opened: by its own date the first time; on the day itself when it had closed."""
        key = _key(row)
        if key in self.open:
            return str(self.open[key]["opened"])
        if not self.closed.get(key):
            return str(row["opened"])
        last = self.closed[key][-1]
        return str(last["opened"] if last["closed"] == str(as_of) else as_of)

    def compare(self, found: Iterable[dict[str, Any]], as_of: date) -> list[dict[str, Any]]:
        """New entries of the ledger: what opened or got another end, and what was open and is gone."""
        present = {_key(row): row for row in found}
        opened = [
            {"event": "opened", **row}
            for key, row in present.items()
            if key not in self.open or str(self.open[key]["period_end"]) != str(row["period_end"])
        ]
        gone = [entry for key, entry in self.open.items() if key not in present]
        return opened + [entry | {"event": "closed", "closed": str(as_of)} for entry in gone]


def _key(row: dict[str, Any]) -> str:
    """What makes it the same gap tomorrow: not its wording, and the delivery only where that is what is wrong."""
    names = [*_GAP_KEY, "delivery_id"] if row["kind"] in _OF_A_DELIVERY else list(_GAP_KEY)
    if row["kind"] == "missing" and row["delivery_id"] is None:  # never delivered: its end moves on with the years
        names.remove("period_end")
    return "|".join("" if row[name] is None else str(row[name]) for name in names)
