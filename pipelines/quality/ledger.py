"""The ledger: append-only history of data gaps, results of checks and releases, one JSON object a line.

Nothing is ever rewritten here. Does not belong here: the present state, which is computed from the deliveries, or what
the history means (``gap_history``, ``publish.release``).
"""

from __future__ import annotations

import json
import os
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Literal, get_args

from pipelines.files import read_json, write_json

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from pathlib import Path

    from pipelines.settings import Settings

Book = Literal["data_gap", "quality", "release"]
Entries = list[dict[str, Any]]

HISTORY = "history.json"
"""File beside a release: what it adds to each book, and where the book ended when that was written."""


def append(settings: Settings, book: Book, entries: Iterable[Mapping[str, Any]]) -> None:
    """Append entries to a book in one write."""
    lines = "".join(json.dumps(entry, default=str, ensure_ascii=False) + "\n" for entry in entries)
    if not lines:
        return
    settings.ledger.mkdir(parents=True, exist_ok=True)
    path = _path(settings, book)
    cut_off = _size(path) and not path.read_bytes().endswith(b"\n")
    with path.open("a", encoding="utf-8") as stream:
        stream.write("\n" + lines if cut_off else lines)
        stream.flush()
        os.fsync(stream.fileno())


def entries(settings: Settings, book: Book, *, after: int = 0) -> Entries:
    """The entries of a book in their order, ``after`` so many bytes; a line that a crash cut off is passed over."""
    path = _path(settings, book)
    if not path.exists():
        return []
    with path.open("rb") as stream:
        stream.seek(after)
        lines = stream.read().splitlines()
    result = []
    for line in lines:
        try:
            result.append(json.loads(line))
        except ValueError:  # half of a line, or of a letter
            continue
    return result


def write_history(settings: Settings, folder: Path, release_id: str, added: Mapping[Book, Entries]) -> None:
    """Write beside a release what it adds to the books, so that a run that was killed can be finished by the next."""
    books = {book: {"after": _size(_path(settings, book)), "entries": added.get(book, [])} for book in get_args(Book)}
    write_json(folder / HISTORY, {"release_id": release_id, "books": books})


def settle(settings: Settings) -> None:
    """Let the ledger tell of the release that stands, as far as a run that was killed did not write it.

    After the switch, so that the ledger never tells of a release that did not stand; each entry once.
    """
    history = read_json(settings.current / HISTORY)
    manifest = read_json(settings.current / "release.json") or {}
    if not history and "release_id" in manifest and "files" not in manifest:  # of an older program
        history = {"release_id": manifest["release_id"], "books": {}}
    if not history:  # none stands, or a damaged one, which is made again
        return
    for book, added in history["books"].items():
        written = len(entries(settings, book, after=added["after"]))
        append(settings, book, added["entries"][written:])
    stood = [entry["release_id"] for entry in entries(settings, "release")]
    if stood and stood[-1] != history["release_id"]:
        event = {"event": "rolled_back", "release_id": history["release_id"], "rolled_back": stood[-1]}
        append(settings, "release", [event | {"at": datetime.now(UTC).replace(tzinfo=None, microsecond=0)}])


def _path(settings: Settings, book: Book) -> Path:
    return settings.ledger / f"{book}.jsonl"


def _size(path: Path) -> int:
    return path.stat().st_size if path.exists() else 0
