r"""The LO-CSV form (Logisch Ontwerp BRP, 5.5.5): UTF-8, comma-separated, no quoting, ``\`` escapes, one line a person.

A repeating category is packed in one cell, its parts separated by ``;``. Arrow splits the lines; here stand the
escapes, the packing, and what is no such file.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, BinaryIO

from pipelines.landing.deliveries import RefusedError
from pipelines.sources.forms import DeliveredFile, Wanted, check_header, is_repeating, with_header
from pipelines.sources.forms.batch import refuse_strange

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    import pyarrow as pa

RUBRIC = re.compile(r"\d\d\.\d\d\.\d\d")
REMEDY = "Deliver LO-CSV: UTF-8, comma-separated, first line the rubric numbers"

# Some hundred thousand persons at once: enough to be fast, and little beside the memory of any machine.
BLOCK_BYTES = 1 << 25

# An escaped sign is held as a control character until its cell is split; a text file holds none of these.
HELD = (("\\\\", "\x01", "\\"), ("\\,", "\x02", ","), ("\\;", "\x03", ";"))


def recognises(head: bytes) -> bool:
    """A first line of rubric numbers between commas."""
    first = head.removeprefix(b"\xef\xbb\xbf").split(b"\n", 1)[0].decode("ascii", "replace").strip()
    return all(RUBRIC.fullmatch(name) for name in first.split(",", 3)[:3])


def batches(file: DeliveredFile, wanted: Wanted) -> Iterator[pa.Table]:
    """The persons of an LO-CSV file; see ``sources.forms``."""
    with file.open() as stream:
        header = stream.readline().decode("utf-8-sig", "replace").rstrip("\r\n").split(",")
        strange = [name for name in header if not RUBRIC.fullmatch(name)]
        refuse_strange(file.name, 1, len(header), len(strange), REMEDY)
        check_header(file.name, header, wanted)
        row = 2
        for block in filled(blocks(stream)):
            table = _parsed(file.name, block, header, wanted, row)
            row += table.num_rows
            yield with_header(table, header)
    if row == 2:
        raise RefusedError(file.name, "it has a header and no rows", "Deliver the extract again")


def blocks(stream: BinaryIO) -> Iterator[bytes]:
    """A text in pieces of whole lines."""
    while block := stream.read(BLOCK_BYTES):
        yield block + stream.readline()


def filled(text: Iterable[bytes]) -> Iterator[bytes]:
    """The same pieces without the empty lines at the end of the text."""
    held = b""
    for block in text:
        held += block
        end = len(held)
        if held.endswith((b"\n\n", b"\n\r\n")) or held in (b"\n", b"\r\n"):
            content = len(held.rstrip(b"\r\n"))
            end = held.find(b"\n", content) + 1 if content else 0
        if end:
            yield held[:end]
        held = held[end:]


def _parsed(name: str, block: bytes, header: list[str], wanted: Wanted, first_row: int) -> pa.Table:
    import numpy as np
    import pyarrow as pa
    from pyarrow import csv

    check_text(name, block, first_row)
    if is_escaped := b"\\" in block:
        for escaped, held, _ in HELD:
            block = block.replace(escaped.encode(), held.encode())
    flawed: list[int] = []

    def keep_flaw(row: csv.InvalidRow) -> str:
        flawed.append(row.number - 1)
        return "skip"

    present = [rubric for rubric in wanted.rubrics if rubric in header]
    table = csv.read_csv(
        pa.BufferReader(block),
        # One thread, because only then Arrow tells the number of a flawed row; the next block is read meanwhile.
        read_options=csv.ReadOptions(column_names=header, use_threads=False, block_size=len(block) + 1),
        parse_options=csv.ParseOptions(quote_char=False, ignore_empty_lines=False, invalid_row_handler=keep_flaw),
        convert_options=csv.ConvertOptions(
            include_columns=present, column_types=dict.fromkeys(present, pa.string()), strings_can_be_null=False
        ),
    )
    rows = table.num_rows + len(flawed)
    if flawed and flawed[-1] == rows - 1 and not block.endswith(b"\n"):
        raise RefusedError(f"{name} row {first_row + rows - 1}", "the file ends within a row", "Deliver it again")
    columns = {"row": pa.array(np.delete(np.arange(first_row, first_row + rows), flawed))}
    for rubric in wanted.rubrics:
        columns[rubric] = _cells(table, rubric, is_escaped)
    sound = pa.table(columns)
    return with_flaws(sound, [first_row + at for at in flawed], "has another number of columns than the header")


def check_text(name: str, block: bytes, first_row: int, remedy: str = REMEDY) -> None:
    """Refuse what is no UTF-8 text, naming the row where it stops being that.

    Raises:
        RefusedError: another encoding, or signs of a binary file.
    """
    at = next((block.index(sign) for sign in (b"\x00", b"\x01", b"\x02", b"\x03") if sign in block), None)
    rule = "it holds control characters, as a binary file does"
    if at is None and not block.isascii():
        try:
            block.decode("utf-8")
        except UnicodeDecodeError as error:
            at, rule = error.start, "it is not UTF-8"
    if at is not None:
        raise RefusedError(f"{name} row {first_row + block[:at].count(bytes([10]))}", rule, remedy) from None


def _cells(table: pa.Table, rubric: str, is_escaped: bool) -> pa.Array:
    import pyarrow as pa
    from pyarrow import compute

    if rubric not in table.column_names:
        return absent(rubric, table.num_rows)
    cells = table[rubric].combine_chunks()
    if not is_repeating(rubric):
        return _given_back(cells) if is_escaped else cells
    parts = compute.split_pattern(cells, ";")
    return pa.ListArray.from_arrays(parts.offsets, _given_back(parts.values)) if is_escaped else parts


def _given_back(texts: pa.Array) -> pa.Array:
    from pyarrow import compute

    for _, held, sign in HELD:
        texts = compute.replace_substring(texts, held, sign)
    return texts


def absent(rubric: str, rows: int) -> pa.Array:
    """A column for a rubric that a file lacks: empty in every row, as an absent content is."""
    import numpy as np
    import pyarrow as pa

    texts = pa.repeat("", rows)
    return pa.ListArray.from_arrays(np.arange(rows + 1, dtype=np.int32), texts) if is_repeating(rubric) else texts


def with_flaws(sound: pa.Table, rows: list[int], flaw: str) -> pa.Table:
    """The readable rows of a batch, and those that cannot be read with why."""
    import pyarrow as pa

    sound = sound.append_column("flaw", pa.nulls(sound.num_rows, pa.string()))
    if not rows:
        return sound
    flawed = {
        name: pa.nulls(len(rows), kind) for name, kind in zip(sound.schema.names, sound.schema.types, strict=True)
    }
    flawed |= {"row": pa.array(rows, pa.int64()), "flaw": pa.repeat(flaw, len(rows))}
    return pa.concat_tables([sound, pa.table(flawed)]).sort_by("row")
