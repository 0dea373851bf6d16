"""Downloads the tables that CBS changed since they were last landed, page by page, into the inbox of what is fetched.

One small request for each table says whether anything is new. What is there of a broken download is not asked for
again. Where the newer generation of the interface fails, the older one is asked. One that leaves two tables in a row
without any answer is asked no more that night: the last good snapshots stay, and what failed is written down.

Belongs here: what is asked for, in which order, and what is kept of it. Does not belong here: how a server is asked
(``client``), what the pages mean (``metadata``, ``reader``), and landing.
"""

from __future__ import annotations

import itertools
import json
import logging
import re
import shutil
from dataclasses import asdict, dataclass
from datetime import date
from typing import TYPE_CHECKING, Any, Literal, NamedTuple

import duckdb
import yaml

from pipelines.files import read_json, write_json
from pipelines.landing.deliveries import SIDECAR, RefusedError, read_sidecar, snapshots
from pipelines.quality.gaps import Outage
from pipelines.settings import CBS_V3_URL, CBS_V4_URL
from pipelines.sources.forms import DeliveredFile
from pipelines.sources.statline.client import Client, Patience, StatLineError
from pipelines.sources.statline.kept import asked, check, counted
from pipelines.sources.statline.metadata import first_of, metadata, text_of
from pipelines.sources.statline.pages import (
    REQUEST,
    V3,
    V4,
    content_of,
    name_of,
    of_entity,
    packed,
    rows_in,
)
from pipelines.sources.statline.tables import Table, filter_of, select, tables

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

    from pipelines.landing.deliveries import Snapshot
    from pipelines.settings import Settings
    from pipelines.sources.statline.client import Kind
    from pipelines.sources.statline.pages import Generation, Rows

log = logging.getLogger("zicht.fetch")

SOURCE = "statline"
_UNANSWERED = 2  # tables in a row, after which a server is held to be out


@dataclass(frozen=True)
class Fetched:
    """What became of a table: ``failed`` since a date, with the fault and its kind; ``skipped`` lies after the run's
    date."""

    table: str
    status: Literal["unchanged", "new", "failed", "skipped"]
    since: date | None = None
    kind: str = ""
    fault: str = ""


def fetch(settings: Settings) -> int:
    """Download what CBS changed; return how many tables that are. Nothing is called where ``settings.offline``."""
    return sum(one.status == "new" for one in fetch_tables(settings))


def outages(settings: Settings) -> list[Outage]:
    """The tables whose download failed when it was last tried."""
    return [Outage(SOURCE, one.table, one.since or settings.as_of, one.fault) for one in failures(settings)]


def fetch_tables(
    settings: Settings, wanted: Iterable[Table] | None = None, patience: Patience | None = None
) -> list[Fetched]:
    """Look whether CBS changed the tables, and download those that it did.

    No failure is raised: it is returned, and kept for ``failures`` until the table answers again.
    """
    if settings.offline:
        return []
    before = {one.table: one for one in failures(settings)}
    results: list[Fetched] = []
    patience = patience or Patience.after(settings.retry_seconds)
    with Client(settings.cbs_v4_url, patience) as v4, Client(settings.cbs_v3_url, patience) as v3:
        servers = [_Server(V4, v4), _Server(V3, v3)]
        try:
            for table in tables().values() if wanted is None else wanted:
                result = _fetched(settings, table, servers)
                if result.status == "failed":
                    log.warning("%s: %s", result.table, result.fault)
                    earlier = before.get(table.layout)
                    result = earlier if earlier and earlier.kind == result.kind else result
                results.append(result)
        finally:
            asked = {one.table for one in results}
            unasked = [before[name] for name in sorted((before.keys() & tables().keys()) - asked)]
            failed = [*(one for one in results if one.status == "failed"), *unasked]
            write_json(_kept_failures(settings), {one.table: asdict(one) for one in failed})
    return results


def failures(settings: Settings) -> list[Fetched]:
    """The tables that could not be downloaded when they were last asked for, each with the date of its first failure.

    While a failure is of the same kind it keeps its first words, so that a long one is one.
    """
    found: dict[str, dict[str, Any]] = read_json(_kept_failures(settings)) or {}
    return [Fetched(**{**one, "since": date.fromisoformat(one["since"])}) for one in found.values()]


def _kept_failures(settings: Settings) -> Path:
    return settings.raw / SOURCE / "fetch.json"


@dataclass
class _Server:
    """Where one generation answers, and how many tables in a row it did not answer for."""

    generation: Generation
    client: Client
    unanswered: int = 0

    def properties(self, table: Table) -> bytes:
        """The small request that says when a table was changed."""
        url = self.client.url(f"{table.layout}/{self.generation.properties}", self.generation.query)
        try:
            body = self.client.get(url)
        except StatLineError as error:
            counted_on = {"unreachable": _UNANSWERED, "outage": self.unanswered + 1}
            self.unanswered = counted_on.get(error.kind, 0)
            raise
        self.unanswered = 0
        return body


def _fetched(settings: Settings, table: Table, servers: list[_Server]) -> Fetched:
    kinds: list[Kind] = []
    faults: list[str] = []

    def failed(kind: Kind, fault: str) -> Fetched:
        return Fetched(table.layout, "failed", settings.as_of, kind, "; ".join([*faults, fault]))

    for server in servers:
        if server.unanswered >= _UNANSWERED:
            kinds.append("outage")
            faults.append(f"{server.generation.name} not asked again, because it did not answer")
            continue
        try:
            return Fetched(table.layout, _download(settings, table, server))
        except StatLineError as error:
            kinds.append(error.kind)
            faults.append(error.fault)
        except RefusedError as error:
            return failed("answer", f"{error.where}: {error.rule}")
        except OSError as error:
            return failed("machine", f"{type(error).__name__}, {error.strerror}")
        except ValueError as error:
            return failed("answer", str(error))
        except Exception as error:  # whatever CBS sends, the other tables and sources go on
            log.debug("%s", table.layout, exc_info=True)
            return failed("answer", f"it could not be understood ({type(error).__name__})")
    kind = next((one for one in kinds if one != "absent"), "absent")
    return Fetched(table.layout, "failed", settings.as_of, kind, "; ".join(faults))


def _download(settings: Settings, table: Table, server: _Server) -> Literal["unchanged", "new", "skipped"]:
    """Bring a table into the inbox as it is now, unless it is held.

    Raises:
        StatLineError: a page could not be had.
        RefusedError, ValueError: what came is not the table.
    """
    generation = server.generation
    properties = server.properties(table)
    modified = _modified(properties, generation)
    day = date.fromisoformat(modified[:10])
    if day > settings.as_of:
        return "skipped"
    landed = snapshots(settings, SOURCE, table.layout)
    inbox = settings.fetched / SOURCE / table.layout
    counts = _that_counts(inbox, landed)
    if counts is not None:
        if _holds(counts, table, modified):
            return "unchanged"
        day = max(day, counts.day)  # what CBS took back is followed, not preceded, by what it came back to
    sequence = max((one.manifest.sidecar.sequence for one in landed if one.place.reference_date == day), default=0) + 1
    folder = settings.data / "fetching" / table.layout / _name(table, generation, modified)
    for other in folder.parent.glob(f"{generation.name}-*"):
        if other != folder:
            shutil.rmtree(other)
    folder.mkdir(parents=True, exist_ok=True)
    _keep(folder / name_of(generation.properties, 1), properties)
    try:
        _fill(folder, table, generation, server.client)
        if _modified(server.properties(table), generation) != modified:
            raise ValueError("CBS changed the table during the download")
    except (StatLineError, OSError):
        raise  # the next night goes on from here
    except Exception:
        shutil.rmtree(folder)  # what is wrong in it would stay wrong
        raise
    sidecar = {
        "version": modified,
        "sequence": sequence,
        "producer": "CBS" if server.client.base in (CBS_V4_URL, CBS_V3_URL) else server.client.base,
        "licence": "CC BY 4.0",
    }
    (folder / SIDECAR).write_text(yaml.safe_dump(sidecar), encoding="utf-8")
    waiting = inbox / str(day)
    inbox.mkdir(parents=True, exist_ok=True)
    shutil.rmtree(waiting, ignore_errors=True)
    folder.rename(waiting)
    shutil.rmtree(folder.parent)
    return "new"


def _modified(properties: bytes, generation: Generation) -> str:
    return text_of(first_of(rows_in(json.loads(properties)), generation.properties), "Modified", generation.properties)


def _name(table: Table, generation: Generation, modified: str) -> str:
    return f"{generation.name}-{re.sub(r'[^0-9]', '', modified)}-{table.selection}"


class _Held(NamedTuple):
    """A download that waits or was landed; ``folder`` is none where it is no longer whole."""

    day: date
    sequence: int
    version: str
    folder: Path | None


def _that_counts(inbox: Path, landed: list[Snapshot]) -> _Held | None:
    """The newest download, refused or not. What someone else put there is left alone."""
    held = [
        _Held(one.place.reference_date, one.manifest.sidecar.sequence, one.manifest.sidecar.version, whole)
        for one in landed
        if any(part.name == REQUEST for part in one.manifest.parts)
        for whole in [one.path if _is_whole(one) else None]
    ]
    for path in inbox.glob("????-??-??"):
        sidecar = read_sidecar(path)
        held.append(_Held(date.fromisoformat(path.name), sidecar.sequence, sidecar.version, path))
    return max(held, key=lambda one: (one.day, one.sequence), default=None)


def _is_whole(snapshot: Snapshot) -> bool:
    parts = zip(snapshot.files, snapshot.manifest.parts, strict=True)
    return all(file.exists() and file.stat().st_size == part.size for file, part in parts)


def _holds(held: _Held, table: Table, modified: str) -> bool:
    """Whether a download is the table as it is now, as the layout wants it; only v4 says a time's zone."""
    if held.folder is None or held.version[:19] != modified[:19]:
        return False
    return bool(asked(_files(held.folder)).get("selection") == table.selection)


def _fill(folder: Path, table: Table, generation: Generation, client: Client) -> None:
    """Ask for everything that is not yet in the folder. Of a table that its layout does not fit only the description
    is kept: reading refuses it with the reason, and it is not asked for again until it or the layout changes."""

    def rows(entity: str) -> Rows:
        return [row for page in _pages(folder, table, generation, client, entity, {}) for row in rows_in(page)]

    found = metadata(generation, rows)
    request = {"selection": table.selection, "filter": ""}
    try:
        request["filter"] = filter_of(select(table, found), found)
    except RefusedError as misfit:
        log.warning("%s", misfit)
    else:
        if table.target != "changes":
            query = generation.counted | ({"$filter": request["filter"]} if request["filter"] else {})
            left: int | None = None
            for page in _pages(folder, table, generation, client, generation.observations, query):
                left = (counted(page, found, request) if left is None else left) - len(rows_in(page))
                if left < 0:
                    raise ValueError(f"{generation.observations}: more rows came than CBS counts")
            with duckdb.connect(config={"autoinstall_known_extensions": "false"}) as connection:
                check(connection, found, of_entity(_files(folder), generation.observations), request)
    _keep(folder / REQUEST, json.dumps(request).encode())


def _pages(
    folder: Path, table: Table, generation: Generation, client: Client, entity: str, query: dict[str, str]
) -> Iterator[dict[str, Any]]:
    """The pages of an entity, in order: those in the folder, and the others from the server."""
    url = client.url(f"{table.layout}/{entity}", generation.query | query)
    before = {url}
    for number in itertools.count(1):
        page = folder / name_of(entity, number)
        try:
            content = content_of(_file(page))
        except RefusedError:  # not there, or only half
            body = client.get(url)
            _keep(page, body)
            content = json.loads(body)
        yield content
        link = content.get(generation.next)
        if not link:
            return
        if not rows_in(content):
            raise ValueError(f"{entity}: page {number} has no rows, and yet a next page")
        url = client.next(url, link)
        if url in before:
            raise ValueError(f"{entity}: page {number} leads back to a page before it")
        before.add(url)


def _files(folder: Path) -> list[DeliveredFile]:
    return [_file(path) for path in sorted(folder.glob("*.json.gz"))]


def _file(path: Path) -> DeliveredFile:
    return DeliveredFile(path.name, lambda: path.open("rb"))


def _keep(page: Path, body: bytes) -> None:
    fresh = page.with_name(f".{page.name}")
    fresh.write_bytes(packed(body))
    fresh.replace(page)
