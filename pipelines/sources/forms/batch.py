"""The shape of a batch, for forms that come to it from a table of their own making.

Belongs here: the types of a batch's columns, and what stands where a file holds nothing. Does not belong here: how a
form is read.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from pipelines.landing.deliveries import RefusedError
from pipelines.sources.forms import Wanted, is_repeating

if TYPE_CHECKING:
    from collections.abc import Iterator

    import pyarrow as pa

# Persons in one batch, for a form that holds a whole file in memory.
BATCH_ROWS = 100_000


def as_batch(table: pa.Table, wanted: Wanted) -> pa.Table:
    """A batch from a table with ``row``, ``flaw`` and those of the wanted rubrics that the file has.

    A missing column, a null and a list without occurrences become empty; the rubrics of a flawed row become null.
    """
    import pyarrow as pa
    from pyarrow import compute

    flaw = table["flaw"].combine_chunks().cast(pa.string())
    sound = compute.is_null(flaw)
    columns = {"row": table["row"].combine_chunks().cast(pa.int64())}
    for rubric in wanted.rubrics:
        kind = pa.list_(pa.string()) if is_repeating(rubric) else pa.string()
        given = table[rubric].combine_chunks() if rubric in table.column_names else pa.nulls(table.num_rows)
        filled = _occurrences(given.cast(kind)) if is_repeating(rubric) else compute.fill_null(given.cast(kind), "")
        columns[rubric] = compute.if_else(sound, filled, pa.scalar(None, kind))
    return pa.table(columns | {"flaw": flaw})


def _occurrences(lists: pa.Array) -> pa.Array:
    import pyarrow as pa
    from pyarrow import compute

    is_empty = compute.fill_null(compute.equal(compute.list_value_length(lists), 0), True)
    filled = compute.if_else(is_empty, pa.scalar([""], lists.type), lists)
    return pa.ListArray.from_arrays(filled.offsets, compute.fill_null(filled.values, ""))


def in_batches(table: pa.Table, wanted: Wanted) -> Iterator[pa.Table]:
    """A large table as batches of bounded size."""
    for start in range(0, table.num_rows, BATCH_ROWS):
        yield as_batch(table.slice(start, BATCH_ROWS), wanted)


def refuse_strange(name: str, row: int, columns: int, strange: int, remedy: str) -> None:
    """Refuse a header that holds names which are no rubric number; the names may be content, so they are counted.

    Raises:
        RefusedError: there is one.
    """
    if strange:
        raise RefusedError(f"{name} row {row}", f"{strange} of {columns} columns are no rubric number", remedy)
