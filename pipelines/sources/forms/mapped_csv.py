"""A CSV from a warehouse: columns with names of the vendor's own, which the source's declaration maps to rubrics.

One record a person, with ``"`` around what needs it; delimiter and encoding are found out. ``row`` is the number of the
record, the header being 1: that of its line as long as no content before it holds a line end. Several nationalities may
stand in one cell, between ``;`` or ``|``. What a warehouse makes of codes and dates is undone (``widths``).
"""

from __future__ import annotations

import codecs
import csv
import io
from typing import TYPE_CHECKING

from pipelines.landing.deliveries import RefusedError
from pipelines.sources.forms import HEAD_BYTES, DeliveredFile, Wanted, check_header, is_repeating, with_header
from pipelines.sources.forms.batch import as_batch
from pipelines.sources.forms.lo_csv import BLOCK_BYTES, blocks
from pipelines.sources.forms.widths import restored

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    import polars as pl
    import pyarrow as pa

DELIMITERS = ",;\t|"
REMEDY = "Deliver it again as CSV, with quotes only around whole cells"

_EMPTY = "is empty"


def recognises(head: bytes) -> bool:
    """Text, of which the first record has at least two columns."""
    text = _text(head, _encoding([head]))
    is_text = not any(sign < " " and sign not in "\t\r\n" for sign in text)
    return is_text and len(_header(text)[1]) > 1


def batches(file: DeliveredFile, wanted: Wanted) -> Iterator[pa.Table]:
    """The persons of a mapped CSV; see ``sources.forms``."""
    import polars as pl

    with file.open() as stream:
        encoding = _encoding(blocks(stream))
    with file.open() as stream:
        delimiter, header = _header(_text(stream.read(HEAD_BYTES), encoding))
    rubrics = _mapped(file.name, header, wanted)
    places = {rubric: rubrics.index(rubric) for rubric in wanted.rubrics if rubric in rubrics}
    contents = [_content(rubric, pl.col(str(place))).alias(rubric) for rubric, place in places.items()]
    rows, last_row, last_flaw = 0, 0, None
    held: list[pl.DataFrame] = []
    for records in _records(file, encoding, delimiter, len(header)):
        held.append(records.select("row", "flaw", *contents))
        table = pl.concat(held)
        filled = table["flaw"].ne_missing(_EMPTY).arg_true()
        # Empty records are rows only if another follows.
        end = filled[-1] + 1 if len(filled) else 0
        held = [table[end:]]
        if end:
            rows += end
            last_row, last_flaw = table["row"][end - 1], table["flaw"][end - 1]
            yield with_header(as_batch(table[:end].to_arrow(), wanted), rubrics)
    if rows == 0:
        raise RefusedError(file.name, "it has a header and no rows", "Deliver the extract again")
    if last_flaw is not None and not _ends_in_a_line(file):
        raise RefusedError(f"{file.name} row {last_row}", "the file ends within a row", "Deliver it again")


def _ends_in_a_line(file: DeliveredFile) -> bool:
    last = b""
    with file.open() as stream:
        for block in blocks(stream):
            last = block[-2:]
    return b"\n" in last


def _encoding(text: Iterable[bytes]) -> str:
    """UTF-16 says so in its first bytes; what is no UTF-8 is taken for Latin-1, in which any bytes are signs."""
    decoder = codecs.getincrementaldecoder("utf-8")()
    for place, block in enumerate(text):
        if place == 0 and block.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
            return "utf-16"
        try:
            decoder.decode(block)
        except UnicodeDecodeError:
            return "latin-1"
    return "latin-1" if decoder.getstate()[0] else "utf-8"


def _text(head: bytes, encoding: str) -> str:
    return codecs.getincrementaldecoder(encoding)("replace").decode(head).removeprefix("\ufeff")


def _header(text: str) -> tuple[str, list[str]]:
    """The delimiter that gives the first record the most columns, and these."""
    records = {sign: next(csv.reader(io.StringIO(text, newline=""), delimiter=sign), []) for sign in DELIMITERS}
    return max(records.items(), key=lambda record: len(record[1]))


def _mapped(name: str, header: list[str], wanted: Wanted) -> list[str]:
    """The rubric of each column; empty where it is none's."""
    mapped = [wanted.columns.get(column.strip().lower(), "") for column in header]
    for rubric in wanted.required:
        if rubric not in mapped:
            known = ", ".join(column for column, other in wanted.columns.items() if other == rubric) or "none"
            raise RefusedError(
                f"{name} row 1",
                f"no column holds rubric {rubric}",
                f"Add the name of its column to source.yml; known for it: {known}",
            )
    check_header(name, mapped, wanted)
    return mapped


def _records(file: DeliveredFile, encoding: str, delimiter: str, columns: int) -> Iterator[pl.DataFrame]:
    """The records below the header with ``row`` and ``flaw``; their cells are named by the place of their column."""
    import numpy as np
    import polars as pl
    import pyarrow as pa
    from pyarrow import csv as arrow_csv

    names = [str(place) for place in range(columns)]
    flawed: list[int] = []
    of_lines: list[int] = []

    def keep_flaw(record: arrow_csv.InvalidRow) -> str:
        # Raising here would show the record.
        (of_lines if "\n" in record.text else flawed).append(record.number)
        return "skip"

    next_row, told = 1, 0
    with file.open() as stream:
        try:
            for batch in arrow_csv.open_csv(
                stream,
                arrow_csv.ReadOptions(column_names=names, use_threads=False, block_size=BLOCK_BYTES, encoding=encoding),
                arrow_csv.ParseOptions(
                    delimiter=delimiter,
                    newlines_in_values=True,
                    ignore_empty_lines=False,
                    invalid_row_handler=keep_flaw,
                ),
                arrow_csv.ConvertOptions(column_types=dict.fromkeys(names, pa.string()), strings_can_be_null=False),
            ):
                # Arrow may have read ahead: to this batch belong the flawed records above its last sound one.
                fresh = flawed[told:]
                rows = np.setdiff1d(np.arange(next_row, next_row + batch.num_rows + len(fresh)), fresh)
                rows = rows[: batch.num_rows]
                cells = pl.DataFrame(batch).with_columns(pl.Series("row", rows))
                _refuse_open_quote(file.name, cells, of_lines, delimiter)
                above = int(np.searchsorted(fresh, rows[-1])) if len(rows) else 0
                yield _with_flaws(cells, fresh[:above])
                next_row, told = next_row + batch.num_rows + above, told + above
        except (pa.ArrowException, UnicodeError) as error:
            rule = f"it cannot be read as {encoding.upper()} text ({type(error).__name__})"
            raise RefusedError(file.name, rule, REMEDY) from None
    none = pl.DataFrame(schema=dict.fromkeys(names, pl.String) | {"row": pl.Int64})
    _refuse_open_quote(file.name, none, of_lines, delimiter)
    yield _with_flaws(none, flawed[told:])


def _refuse_open_quote(name: str, cells: pl.DataFrame, of_lines: list[int], delimiter: str) -> None:
    """Refuse a quote that is not closed, for it makes a content of the persons below it.

    It shows as a cell that holds whole records, or as a record of several lines (``of_lines``) with too few or too many
    columns.

    Raises:
        RefusedError: there is one.
    """
    import polars as pl

    cell = pl.exclude("row")
    several = cells.filter(pl.any_horizontal(cell.str.contains("\n", literal=True)))
    holds_records = cell.str.contains("\n", literal=True) & (
        cell.str.count_matches(delimiter, literal=True) >= cells.width - 2
    )
    found = [*of_lines, *several.filter(pl.any_horizontal(holds_records))["row"].head(1)]
    if found:
        raise RefusedError(f"{name} row {min(found)}", "a quote is opened and not closed", REMEDY)


def _with_flaws(cells: pl.DataFrame, flawed: list[int]) -> pl.DataFrame:
    """All records in their order, the header left out."""
    import polars as pl

    is_empty = pl.all_horizontal(pl.exclude("row") == "")
    flaw = pl.lit("has another number of columns than the header").alias("flaw")
    sound = cells.with_columns(pl.when(is_empty).then(pl.lit(_EMPTY)).alias("flaw"))
    others = pl.DataFrame({"row": flawed}, {"row": pl.Int64}).with_columns(flaw)
    return pl.concat([sound, others], how="diagonal").sort("row").filter(pl.col("row") > 1)


def _content(rubric: str, cell: pl.Expr) -> pl.Expr:
    import polars as pl

    if rubric.startswith("04."):
        parts = cell.str.replace_all("|", ";", literal=True).str.split(";")
        return parts.list.eval(restored(rubric, pl.element().str.strip_chars()))
    content = restored(rubric, cell.str.strip_chars())
    return pl.concat_list(content) if is_repeating(rubric) else content
