"""Writing files so that a reader sees the old content or the new, and hashing what a run depends on.

Belongs here: the two or three lines around ``os.replace``. Does not belong here: what is written.
"""

from __future__ import annotations

import hashlib
import json
import os
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path


def write_text(path: Path, content: str) -> None:
    """Write a text file in one step, with its directories."""
    path.parent.mkdir(parents=True, exist_ok=True)
    fresh = path.with_name(f".{path.name}.{os.getpid()}")
    fresh.write_text(content, encoding="utf-8")
    fresh.replace(path)


def write_json(path: Path, content: object) -> None:
    """Write JSON in one step."""
    write_text(path, json.dumps(content, indent=1, default=str, ensure_ascii=False))


def digest_of(files: Iterable[Path], root: Path) -> str:
    """SHA-256 over the relative names and contents of files, independent of their order."""
    digest = hashlib.sha256()
    for path in sorted(files):
        digest.update(path.relative_to(root).as_posix().encode())
        digest.update(hashlib.sha256(path.read_bytes()).digest())
    return digest.hexdigest()
