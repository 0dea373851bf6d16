"""Delivered bytes of persons at rest: encrypted in the age format, through its Rust library.

Belongs here: the raw key, encrypting while copying, and the one way to open a part, encrypted or not. Does not belong
here: which deliveries are encrypted and what is erased (``landing``), or pseudonyms.
"""

from __future__ import annotations

import hashlib
import io
import os
import threading
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, BinaryIO

from pipelines.landing.deliveries import ENCRYPTED, Part, RefusedError, Snapshot, fingerprint
from pipelines.privacy.pseudonyms import write_secret
from pipelines.settings import UsageError

if TYPE_CHECKING:
    from pathlib import Path

    from _typeshed import WriteableBuffer

    from pipelines.settings import Settings

# The payload of an age file: a nonce, then blocks that each carry a tag; its header ends with the line of the MAC.
_NONCE, _TAG, _BLOCK = 16, 16, 64 * 1024
_HEADER = 64 * 1024
_NO_MATCH = "No matching keys found"


def make_raw_key(path: Path) -> str:
    """Write a new age identity file, readable by its owner only; return the public recipient.

    Raises:
        UsageError: the file exists.
    """
    from pyrage import x25519

    identity = x25519.Identity.generate()
    recipient = str(identity.to_public())
    made = datetime.now(UTC).isoformat(timespec="seconds")
    lines = f"# created: {made}\n# public key: {recipient}\n{identity}\n"
    write_secret(path, lines, loses="every delivery that was encrypted to it")
    return recipient


def read_raw_keys(path: Path) -> list[Any]:
    """The identities in an age identity file: the first encrypts, each may open.

    Raises:
        UsageError: the file is missing, or a line of it is neither comment nor key.
    """
    from pyrage import IdentityError, x25519

    if not path.exists():
        raise UsageError(
            f"ZICHT_RAW_KEY_FILE names {path}, which does not exist: put back its copy; only the first time make one"
            f" with `zicht key --raw {path}`"
        )
    lines = [line.strip() for line in path.read_text(encoding="utf-8", errors="replace").splitlines()]
    try:
        keys = [x25519.Identity.from_str(line) for line in lines if line and not line.startswith("#")]
    except IdentityError:
        keys = []
    if not keys:
        raise UsageError(f"{path} is no raw key: every line but comments should be an AGE-SECRET-KEY-1…")
    return keys


def encrypt(source: Path, target: Path, key_file: Path) -> str:
    """Encrypt a file to the first key while copying it; return the SHA-256 of the plain bytes that were read.

    Raises:
        UsageError: the key file is missing or no key.
    """
    import pyrage

    recipient = read_raw_keys(key_file)[0].to_public()
    with source.open("rb") as plain, target.open("xb") as encrypted:
        hashed = _Hashed(plain)
        pyrage.encrypt_io(hashed, encrypted, [recipient])
    return hashed.digest.hexdigest()


def plain_size(path: Path) -> int | None:
    """How many plain bytes a stored part holds, found without a key; none where there is no such file.

    An encrypted file that ends too early holds fewer, one without a header none.
    """
    if not path.exists():
        return None
    size = path.stat().st_size
    if path.suffix != ENCRYPTED:
        return size
    with path.open("rb") as stream:
        header = stream.read(_HEADER)
    mac = header.find(b"\n--- ")
    payload = size - header.find(b"\n", mac + 1) - 1 - _NONCE
    return payload - _TAG * max(1, -(-payload // (_BLOCK + _TAG))) if mac > 0 else 0


def open_part(settings: Settings, snapshot: Snapshot, name: str) -> BinaryIO:
    """A part's plain bytes as a stream, decrypted as it is read; nothing plain is written to disk.

    A part that was delivered before encryption was switched on is opened as it is. The stream of an encrypted part
    cannot seek (``open_seekable`` can); what follows is raised on opening or, for damage further on, while reading.

    Raises:
        UsageError: it is encrypted, and ``ZICHT_RAW_KEY_FILE`` names no key, or not the one that opens it.
        RefusedError: it is not there or damaged.
    """
    path = snapshot.stored(name)
    if not path.exists():
        raise RefusedError(str(snapshot.place), f"the snapshot of {name} is not there", "Deliver it again")
    if path.suffix != ENCRYPTED:
        return path.open("rb")
    if settings.raw_key_file is None:
        raise UsageError(f"{snapshot.place} is encrypted: name the key that opens it in ZICHT_RAW_KEY_FILE")
    keys = read_raw_keys(settings.raw_key_file)
    damaged = RefusedError(str(snapshot.place), f"the snapshot of {name} is not what was landed", "Deliver it again")
    stranger = UsageError(
        f"{snapshot.place} is encrypted, and no key in {settings.raw_key_file} opens it: name the one it was"
        " encrypted to in ZICHT_RAW_KEY_FILE, or add it there below the new one"
    )
    stream = io.BufferedReader(_Decrypted(path, keys, damaged, stranger), _BLOCK)
    try:
        stream.peek(1)
    except BaseException:
        stream.close()
        raise
    return stream


def open_seekable(settings: Settings, snapshot: Snapshot, name: str) -> BinaryIO:
    """As ``open_part``, and it can seek: an encrypted part is held in memory whole, so only for what is small."""
    stream = open_part(settings, snapshot, name)
    if stream.seekable():
        return stream
    with stream:
        return io.BytesIO(stream.read())


def is_what_was_landed(settings: Settings, snapshot: Snapshot, part: Part) -> bool:
    """Whether a part's plain bytes are those of the manifest; reads it to its end.

    Raises:
        UsageError: it cannot be opened for want of its key.
    """
    try:
        with open_part(settings, snapshot, part.name) as stream:
            return fingerprint(part.name, stream) == part
    except RefusedError:
        return False


class _Hashed:
    """What the library reads plain bytes from; they are hashed as they pass."""

    def __init__(self, stream: BinaryIO) -> None:
        self._stream = stream
        self.digest = hashlib.sha256()

    def read(self, size: int = -1) -> bytes:
        block = self._stream.read(size)
        self.digest.update(block)
        return block


class _Decrypted(io.RawIOBase):
    """Plain bytes of an encrypted file as they are asked for.

    The library decrypts a whole file to a writer. That runs in a thread, and the writer is a pipe, which holds it up
    until its bytes are read.
    """

    def __init__(self, path: Path, keys: list[Any], damaged: RefusedError, stranger: UsageError) -> None:
        super().__init__()
        self._error: BaseException | None = damaged  # until the whole is decrypted, the end of the pipe is no end
        self._damaged, self._stranger = damaged, stranger
        source, sink = os.pipe()
        self._plain = os.fdopen(source, "rb", buffering=0)
        self._thread = threading.Thread(target=self._decrypt, args=(path, keys, sink), daemon=True)
        self._thread.start()

    def _decrypt(self, path: Path, keys: list[Any], sink: int) -> None:
        import pyrage

        try:
            with os.fdopen(sink, "wb", buffering=0) as plain, path.open("rb") as encrypted:
                pyrage.decrypt_io(encrypted, plain, keys)
            self._error = None
        except pyrage.DecryptError as error:
            self._error = self._stranger if str(error) == _NO_MATCH else self._damaged
        except OSError as error:  # of the machine, with its number; of the library, without
            self._error = error if error.errno is not None else self._damaged
        except BaseException as error:  # noqa: BLE001 - raised where the stream is read
            self._error = error

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: WriteableBuffer) -> int:
        count = self._plain.readinto(buffer)
        if not count:
            self._thread.join()
            if self._error:
                raise self._error
        return count

    def close(self) -> None:
        self._plain.close()  # ends a thread that is still writing
        self._thread.join()
        super().close()
