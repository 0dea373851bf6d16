"""ZIP archives among the forms: opening one, and not unpacking what was packed to fill a machine.

Belongs here: what makes an archive unreadable. Does not belong here: what its members hold.
"""

from __future__ import annotations

import io
import struct
import zipfile
import zlib
from contextlib import contextmanager
from typing import TYPE_CHECKING

from pipelines.landing.deliveries import RefusedError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pipelines.sources.forms import DeliveredFile

# Text of persons packs to a tenth or so.
MOST_BYTES = 1 << 30
MOST_TIMES = 200

_BROKEN = (zipfile.BadZipFile, zlib.error, struct.error, EOFError, KeyError, OverflowError, RuntimeError, ValueError)


@contextmanager
def opened(file: DeliveredFile) -> Iterator[zipfile.ZipFile]:
    """The archive in a file; a stream that cannot seek is held in memory, packed as it is.

    Raises:
        RefusedError: it is broken, lacks what is asked of it, has a password, or would unpack beyond measure.
    """
    with file.open() as stream:
        try:
            with zipfile.ZipFile(stream if stream.seekable() else io.BytesIO(stream.read())) as archive:
                for member in archive.infolist():
                    # Its beginning is cut off; zipfile would seek there.
                    if member.header_offset < 0:
                        raise zipfile.BadZipFile
                    if member.file_size > max(MOST_BYTES, MOST_TIMES * member.compress_size):
                        raise RefusedError(
                            file.name,
                            f"a part of it unpacks to more than {MOST_TIMES} times its size",
                            "Deliver the archive as the register made it",
                        )
                yield archive
        except _BROKEN as error:
            rule = f"it is a ZIP archive that cannot be read ({type(error).__name__})"
            raise RefusedError(file.name, rule, "Deliver it again, without a password") from None
