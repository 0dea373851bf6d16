"""The ledger: append-only history of data gaps, results of checks and releases, one JSON object a line.

Nothing is ever rewritten here. Does not belong here: the present state, which is computed from the deliveries.
"""

from __future__ import annotations

import json
import os
from typing import TYPE_CHECKING, Any, Literal

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from pipelines.settings import Settings

Book = Literal["data_gap", "quality", "release"]


def append(settings: Settings, book: Book, entries: Iterable[dict[str, Any]]) -> None:
    """Append entries to a book in one write."""
    lines = "".join(json.dumps(entry, default=str, ensure_ascii=False) + "\n" for entry in entries)
    if not lines:
        return
    settings.ledger.mkdir(parents=True, exist_ok=True)
    path = _path(settings, book)
    cut_off = path.exists() and path.stat().st_size and not path.read_bytes().endswith(b"\n")
    with path.open("a", encoding="utf-8") as stream:
        stream.write("\n" + lines if cut_off else lines)
        stream.flush()
        os.fsync(stream.fileno())


def entries(settings: Settings, book: Book) -> list[dict[str, Any]]:
    """All entries of a book in the order they were written; a last line that a crash cut off is passed over."""
    path = _path(settings, book)
    if not path.exists():
        return []
    result = []
    for line in path.read_text(encoding="utf-8").splitlines():
        try:
            result.append(json.loads(line))
        except json.JSONDecodeError:
            continue
    return result


def _path(settings: Settings, book: Book) -> Path:
    return settings.ledger / f"{book}.jsonl"
