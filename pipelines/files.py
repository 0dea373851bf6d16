"""Writing files so that a reader sees the old content or the new, reading what may be damaged, and hashing.

Belongs here: the two or three lines around ``os.replace`` and ``os.fsync``, and removing a database whole. Does not
belong here: what is written.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
from functools import cache
from typing import TYPE_CHECKING, Any, TypeVar

import yaml
from pydantic import TypeAdapter

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

_Form = TypeVar("_Form")


def write_text(path: Path, content: str) -> None:
    """Write a text file in one step, with its directories."""
    path.parent.mkdir(parents=True, exist_ok=True)
    fresh = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        fresh.write_text(content, encoding="utf-8")
        fresh.replace(path)
    finally:  # a full disk is not filled further
        fresh.unlink(missing_ok=True)


def write_json(path: Path, content: object) -> None:
    """Write JSON in one step."""
    write_text(path, json.dumps(content, indent=1, default=str, ensure_ascii=False))


def read_json(path: Path) -> Any:
    """The content of a JSON file that a run can make again; none where it is missing or damaged."""
    try:
        return json.loads(path.read_bytes())
    except (FileNotFoundError, ValueError):
        return None


def from_yaml(text: str) -> Any:
    """What YAML says, by the parser in C, which takes a tenth of the time.

    Raises:
        yaml.YAMLError: it is none.
    """
    return yaml.load(text, Loader=yaml.CSafeLoader)


def read_as(form: type[_Form], path: Path) -> _Form | None:
    """What a JSON file says, as a dataclass or a list of one; none where it is missing, damaged or does not fit.

    Fields that another version of the program wrote, and this one does not know, are passed over.
    """
    adapter: TypeAdapter[_Form] = _adapter(form)  # type: ignore[arg-type]  # a class can be hashed
    try:
        return adapter.validate_json(path.read_bytes())
    except (FileNotFoundError, ValueError):
        return None


@cache
def _adapter(form: Any) -> TypeAdapter[Any]:
    return TypeAdapter(form)


def to_disk(path: Path) -> None:
    """Wait until a file, or the names in a directory, would outlast a power cut."""
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def remove_database(path: Path) -> None:
    """Remove a DuckDB file, with what a process that was killed left beside it: its log, and rows that did not fit into
    memory."""
    path.unlink(missing_ok=True)
    path.with_name(f"{path.name}.wal").unlink(missing_ok=True)
    shutil.rmtree(path.with_name(f"{path.name}.tmp"), ignore_errors=True)


def sha256_of(path: Path) -> bytes:
    """SHA-256 of a file, streamed."""
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").digest()


def digest_of(files: Iterable[Path], root: Path) -> str:
    """SHA-256 over the relative names and contents of files, independent of their order."""
    digest = hashlib.sha256()
    for path in sorted(files):
        digest.update(path.relative_to(root).as_posix().encode())
        digest.update(sha256_of(path))
    return digest.hexdigest()
