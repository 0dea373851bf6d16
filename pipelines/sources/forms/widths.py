r"""What spreadsheets and warehouses do to the content of a rubric, and how it is undone.

Belongs here: the width of codes that lose leading zeros, ``.0`` behind a number, dates in the writing of a program.
Does not belong here: whether the content is valid (``rubrics``). What fits none of the patterns stays as it is, so that
the rule of its rubric rejects it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import polars as pl

# The widths are those of the Logisch Ontwerp BRP.
WIDTHS = {
    "01.01.10": 10, "01.01.20": 9, "01.03.30": 4, "01.20.10": 10, "01.20.20": 10, "04.05.10": 4, "08.09.10": 4,
    "08.11.80": 16, "08.13.10": 4, "08.14.10": 4, "08.83.10": 6, "10.39.10": 2, "16.09.10": 4, "16.11.80": 16,
}  # fmt: skip
DATES = frozenset(
    {
        "01.03.10",
        "04.64.10",
        "07.67.10",
        "07.68.10",
        "07.71.10",
        "08.09.20",
        "08.13.20",
        "08.14.20",
        "16.18.10",
        "16.85.10",
    }
)

_MIDNIGHT = r"([ T]00:00(:00(\.0+)?)?)?"


def restored(rubric: str, content: pl.Expr) -> pl.Expr:
    """The content of a rubric as the register wrote it."""
    # A historical content is written as the current one is.
    current = f"08{rubric[2:]}" if rubric.startswith("58.") else rubric
    if current in DATES:
        return _date(content)
    return _code(content, WIDTHS[current]) if current in WIDTHS else content


def _code(content: pl.Expr, width: int) -> pl.Expr:
    import polars as pl

    whole = content.str.replace(r"^(\d+)\.0$", "$1")
    return pl.when(whole.str.contains(r"^\d+$")).then(whole.str.zfill(width)).otherwise(whole)


def _date(content: pl.Expr) -> pl.Expr:
    """A date as ``jjjjmmdd``, from year-month-day or day-month-year with dashes; only 00000000 can have lost zeros."""
    return (
        content.str.replace(rf"^(\d{{4}})-(\d\d)-(\d\d){_MIDNIGHT}$", "$1$2$3")
        .str.replace(r"^(\d)-(\d{1,2}-\d{4})", "0$1-$2")
        .str.replace(r"^(\d\d)-(\d)-(\d{4})", "$1-0$2-$3")
        .str.replace(rf"^(\d\d)-(\d\d)-(\d{{4}}){_MIDNIGHT}$", "$3$2$1")
        .str.replace(r"^(\d{8})\.0$", "$1")
        .str.replace(r"^0+(\.0)?$", "00000000")
    )
