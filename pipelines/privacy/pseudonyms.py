"""Pseudonyms: HMAC-SHA256 under a secret key that lives outside the data, computed column-wise inside DuckDB.

Belongs here: the key file and the SQL macro ``pseudonym``. Does not belong here: which rubrics are identifying.
"""

from __future__ import annotations

import hashlib
import hmac
import os
import re
import secrets
from typing import TYPE_CHECKING

from pipelines.settings import UsageError

if TYPE_CHECKING:
    from pathlib import Path

    import duckdb

_BLOCK_BYTES = 64  # of SHA-256, RFC 2104


def make_key(path: Path) -> None:
    """Write a new random key of 256 bits, readable by its owner only.

    Raises:
        UsageError: the file exists; a key that is overwritten loses every pseudonym made with it.
    """
    write_secret(path, secrets.token_hex(32) + "\n", loses="every pseudonym made with it")


def write_secret(path: Path, content: str, *, loses: str) -> None:
    """Write a new key file, readable by its owner only.

    Raises:
        UsageError: the file exists; the message says what an overwritten key ``loses``.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    try:
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        raise UsageError(f"{path} exists; an overwritten key loses {loses}") from None
    with os.fdopen(handle, "w", encoding="ascii") as stream:
        stream.write(content)


def read_key(path: Path) -> bytes:
    """The key in the file.

    Raises:
        UsageError: it is missing, or is not 64 hexadecimal digits.
    """
    if not path.exists():
        raise UsageError(f"there is no key file {path}; make one with `zicht key {path}`")
    text = path.read_text(encoding="ascii", errors="replace").strip()
    if not re.fullmatch(r"[0-9a-f]{64}", text):
        raise UsageError(f"{path} is no key: it should hold 64 hexadecimal digits")
    return bytes.fromhex(text)


def key_mark(key: bytes) -> str:
    """A short name of a key that tells it from others and nothing about it: the pseudonym of no one."""
    return hmac.new(key, b"zicht key mark", hashlib.sha256).hexdigest()[:12]


def define_pseudonym(connection: duckdb.DuckDBPyConnection, key: bytes) -> None:
    """Define the SQL macro ``pseudonym(text)``: HMAC-SHA256 in 64 hexadecimal digits; null and empty stay null.

    The padded keys are session variables, so no statement or plan shows them.
    """
    block = key.ljust(_BLOCK_BYTES, b"\0")
    for name, pad in (("inner_pad", 0x36), ("outer_pad", 0x5C)):
        connection.execute(f"set variable {name} = ?::blob", [bytes(byte ^ pad for byte in block)])
    connection.execute("""
        create or replace temp macro pseudonym(identifier) as sha256(
            getvariable('outer_pad')
            || unhex(sha256(getvariable('inner_pad') || encode(nullif(identifier, ''))))
        )
    """)
