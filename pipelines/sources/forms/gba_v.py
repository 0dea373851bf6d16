"""The GBA-V form of test sets: ``;`` between columns, no quoting, and a person on as many lines as one needs.

The first column has no name and holds a label of the person; a line without one continues the person above. Behind the
columns of a category stands a marker, ``08.H``: what the next line of the person holds in that category. ``58`` (08 and
50) is what was before, ``04`` another occurrence, empty is nothing more. So category 58 is read from the columns of 08.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, BinaryIO

from pipelines.landing.deliveries import RefusedError
from pipelines.sources.forms import DeliveredFile, Wanted, check_header, is_repeating, with_header
from pipelines.sources.forms.batch import as_batch, refuse_strange
from pipelines.sources.forms.lo_csv import RUBRIC, blocks, check_text

if TYPE_CHECKING:
    from collections.abc import Iterator

    import polars as pl
    import pyarrow as pa

REMEDY = "Deliver the GBA-V form: UTF-8, separated by semicolons, first line the rubric numbers behind an empty name"

_MARKER = re.compile(r"\d\d\.H")
_LAST_PERSON = re.compile(rb".*\n(?=[^;\n])", re.DOTALL)


def recognises(head: bytes) -> bool:
    """A first line of an empty name and a rubric number."""
    first = head.removeprefix(b"\xef\xbb\xbf").split(b"\n", 1)[0].decode("ascii", "replace").split(";", 2)
    return len(first) > 1 and first[0] == "" and RUBRIC.fullmatch(first[1].rstrip("\r")) is not None


def batches(file: DeliveredFile, wanted: Wanted) -> Iterator[pa.Table]:
    """The persons of a file in the GBA-V form; see ``sources.forms``."""
    with file.open() as stream:
        header = stream.readline().decode("utf-8-sig", "replace").rstrip("\r\n").split(";")
        names = header[1:-1] if header[-1] == "" else header[1:]
        strange = [name for name in names if not RUBRIC.fullmatch(name) and not _MARKER.fullmatch(name)]
        refuse_strange(file.name, 1, len(names), len(strange), REMEDY)
        rubrics = [name for name in names if RUBRIC.fullmatch(name)]
        rubrics += [past for name in rubrics if name[:2] == "08" and (past := f"58{name[2:]}") in wanted.rubrics]
        check_header(file.name, rubrics, wanted)
        row = 2
        for block in _whole_persons(stream):
            check_text(file.name, block, row, REMEDY)
            lines = _lines(block, header, wanted, row)
            if not block.endswith(b"\n") and lines["columns"][-1] != len(header):
                raise RefusedError(f"{file.name} row {row + len(lines) - 1}", "the file ends within a row", REMEDY)
            row += len(lines)
            yield with_header(as_batch(_persons(lines, len(header), wanted).to_arrow(), wanted), rubrics)
    if row == 2:
        raise RefusedError(file.name, "it has a header and no rows", "Deliver the extract again")


def _stands_in(rubric: str) -> str:
    """The name of the column that a rubric is read from."""
    return f"08{rubric[2:]}" if rubric.startswith("58.") else rubric


def _whole_persons(stream: BinaryIO) -> Iterator[bytes]:
    """The text in pieces of whole persons, without the empty lines at its end."""
    held = b""
    for block in blocks(stream):
        held += block.replace(b"\r\n", b"\n")
        if begun := _LAST_PERSON.match(held):
            yield held[: begun.end()]
            held = held[begun.end() :]
    ended = held.rstrip(b"\n")
    if ended:
        yield ended + b"\n" * (ended != held)


def _lines(block: bytes, header: list[str], wanted: Wanted, first_row: int) -> pl.DataFrame:
    """The lines with their number, how many cells they have, whose they are, and the cells that are needed, by name."""
    import polars as pl
    import pyarrow as pa
    from pyarrow import compute

    read = {_stands_in(rubric) for rubric in wanted.rubrics}
    text = pa.array([block.decode("utf-8").removesuffix("\n")], pa.large_string())
    cells = pl.Series("cells", compute.split_pattern(text, "\n").values).str.split(";")
    return pl.DataFrame([cells]).select(
        pl.int_range(first_row, first_row + len(cells)).alias("row"),
        pl.col("cells").list.len().alias("columns"),
        (pl.col("cells").list.first() != "").cum_sum().alias("person"),
        *(
            pl.col("cells").list.get(at, null_on_oob=True).fill_null("").alias(name)
            for at, name in enumerate(header)
            if name in read or name.startswith("04.") or _MARKER.fullmatch(name)
        ),
    )


def _persons(lines: pl.DataFrame, columns: int, wanted: Wanted) -> pl.DataFrame:
    import polars as pl

    read = {rubric: _stands_in(rubric) for rubric in wanted.rubrics if _stands_in(rubric) in lines.columns}
    markers = {name[:2]: pl.col(name) for name in lines.columns if _MARKER.fullmatch(name)}
    is_first = pl.col("person") != pl.col("person").shift(1, fill_value=0)
    is_last = is_first.shift(-1, fill_value=True)

    def announced(category: str) -> pl.Expr:
        """What the line above says of this one; the first line of a person stands under no other."""
        above = markers.get(category, pl.lit("")).shift(1, fill_value="")
        return pl.when(is_first).then(pl.lit("")).otherwise(above)

    flaws = [
        (pl.col("person") == 0, "continues a person, and none stands above it"),
        (pl.col("columns") != columns, "has another number of columns than the header"),
        *(
            (~marker.is_in(["", category, str(int(category) + 50)]), f"has a marker {category}.H that says nothing")
            for category, marker in markers.items()
        ),
        *(
            (is_last & (marker != ""), f"ends before all that {category}.H announces")
            for category, marker in markers.items()
        ),
        *(
            (~is_first & (announced(name[:2]) == "") & (pl.col(name) != ""), f"holds {name} where none is announced")
            for name in read.values()
        ),
    ]
    has_nationality = pl.any_horizontal(
        pl.lit(False),
        *(pl.col(name) != "" for name in lines.columns if name.startswith("04.") and RUBRIC.fullmatch(name)),
    )
    judged = lines.with_columns(
        pl.coalesce(pl.when(is_so).then(pl.lit(flaw)) for is_so, flaw in flaws).alias("flaw"),
        ((is_first & has_nationality) | (announced("04") == "04")).alias("is in 04"),
        (announced("08") == "58").alias("is in 58"),
    )
    return judged.group_by("person", maintain_order=True).agg(
        pl.col("row").first(),
        pl.col("flaw").drop_nulls().first(),
        *(
            (pl.col(name).filter(f"is in {rubric[:2]}") if is_repeating(rubric) else pl.col(name).first()).alias(rubric)
            for rubric, name in read.items()
        ),
    )
