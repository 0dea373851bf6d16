r"""A workbook (XLSX) of which the first sheet holds rubric numbers in its first row and a person in each row below.

Cells are as LO-CSV has them: ``\`` escapes, and the parts of a repeating category stand between ``;``. What a
spreadsheet makes of codes and dates is undone (``widths``).
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from pipelines.landing.deliveries import RefusedError
from pipelines.sources import workbooks
from pipelines.sources.forms import DeliveredFile, Wanted, check_header, is_repeating, with_header, zips
from pipelines.sources.forms.batch import in_batches, refuse_strange
from pipelines.sources.forms.lo_csv import HELD, RUBRIC
from pipelines.sources.forms.widths import restored

if TYPE_CHECKING:
    from collections.abc import Iterator

    import polars as pl
    import pyarrow as pa

REMEDY = "Deliver a workbook (XLSX) whose first sheet holds rubric numbers, as text, in its first row"

# The parts of a workbook, of which one stands within reach of the beginning whatever program wrote it.
_MEMBER = re.compile(rb"PK\x03\x04.{26}(?:\[Content_Types\]\.xml|_rels/|docProps/|xl/)", re.DOTALL)


def recognises(head: bytes) -> bool:
    """A ZIP archive in which a part of a workbook begins."""
    return head.startswith(b"PK\x03\x04") and _MEMBER.search(head) is not None


def batches(file: DeliveredFile, wanted: Wanted) -> Iterator[pa.Table]:
    """The persons of a workbook; see ``sources.forms``."""
    import polars as pl

    sheet = _sheet(file)
    filled = sheet.select(pl.any_horizontal(pl.lit(False), pl.all() != "")).to_series().arg_true()
    if filled.is_empty():
        raise RefusedError(file.name, "its first sheet is empty", REMEDY)
    top, bottom = filled[0], filled[-1]
    header = [name.strip() for name in sheet.row(top)]
    strange = [name for name in header if name and not RUBRIC.fullmatch(name)]
    refuse_strange(file.name, top + 1, len(header) - header.count(""), len(strange), REMEDY)
    check_header(file.name, header, wanted)
    if top == bottom:
        raise RefusedError(file.name, "it has a header and no rows", "Deliver the extract again")
    cells = {name: pl.col(column) for name, column in zip(header, sheet.columns, strict=True) if name}
    beside = [pl.col(column) for name, column in zip(header, sheet.columns, strict=True) if not name]
    persons = sheet.slice(top + 1, bottom - top).select(
        pl.int_range(top + 2, bottom + 2).alias("row"),
        pl.when(pl.all_horizontal(pl.all() == ""))
        .then(pl.lit("is empty"))
        .when(pl.any_horizontal(pl.lit(False), *(cell != "" for cell in beside)))
        .then(pl.lit("has content in a column without a rubric number"))
        .alias("flaw"),
        *(_content(rubric, cells[rubric]).alias(rubric) for rubric in wanted.rubrics if rubric in cells),
    )
    for batch in in_batches(persons.to_arrow(), wanted):
        yield with_header(batch, cells)


def _sheet(file: DeliveredFile) -> pl.DataFrame:
    """The first sheet as text, from its first row on."""
    import polars as pl

    with zips.opened(file) as archive:
        archive.getinfo("xl/workbook.xml")
    with file.open() as stream:
        (sheet,) = workbooks.frames(file.name, stream.read(), REMEDY, first=True).values()
    return sheet.select(pl.all().cast(pl.String).fill_null(""))


def _content(rubric: str, cell: pl.Expr) -> pl.Expr:
    import polars as pl

    for escaped, held, _ in HELD:
        cell = cell.str.replace_all(escaped, held, literal=True)
    if is_repeating(rubric):
        return cell.str.split(";").list.eval(_given_back(restored(rubric, pl.element())))
    return _given_back(restored(rubric, cell))


def _given_back(text: pl.Expr) -> pl.Expr:
    for _, held, sign in HELD:
        text = text.str.replace_all(held, sign, literal=True)
    return text
