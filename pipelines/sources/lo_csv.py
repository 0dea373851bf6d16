r"""The LO-CSV form of the registers (Logisch Ontwerp BRP, 5.5.5): UTF-8, comma-separated, no quoting, ``\`` escapes.

Belongs here: opening such a file as rows of cells, refusing what is no such file, packing and unpacking of repeating
categories. Does not belong here: what a rubric means (``rubrics``) or what becomes of a row (the readers).
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from pipelines.landing.deliveries import RefusedError

if TYPE_CHECKING:
    from pathlib import Path

    import duckdb

_RUBRIC = re.compile(r"\d\d\.\d\d\.\d\d")
_FORM = "Deliver LO-CSV: UTF-8, comma-separated, first line the rubric numbers"
_BLOCK = 1 << 20


@dataclass(frozen=True)
class LoCsv:
    """An opened file: table ``lines(row, cells)`` on the connection, with the row number in the file.

    ``cells`` holds the rubrics in the header's order. Escaped characters inside a cell are held as control
    characters until ``text`` or ``parts`` gives them back.
    """

    name: str
    rubrics: tuple[str, ...]
    rows: int

    def text(self, rubric: str) -> str:
        """SQL for the content of a rubric; empty where the file does not have it."""
        cell = self._cell(rubric)
        return f"replace(replace(replace({cell}, chr(1), '\\'), chr(2), ','), chr(3), ';')"

    def parts(self, rubric: str) -> str:
        """SQL for the list of occurrences of a rubric in a repeating category."""
        return f"string_split({self._cell(rubric)}, ';')"

    def _cell(self, rubric: str) -> str:
        # A rubric that the file lacks is empty in every row, as an absent content is.
        return f"cells[{self.rubrics.index(rubric) + 1}]" if rubric in self.rubrics else "''"


def open_file(connection: duckdb.DuckDBPyConnection, path: Path, required: tuple[str, ...]) -> LoCsv:
    """Load a file's lines into table ``lines`` and check that it is LO-CSV with the required rubrics.

    Raises:
        RefusedError: not UTF-8, binary, no header of rubrics, a required rubric missing or twice, cut off at the end.
    """
    _check_text(path)
    with path.open(encoding="utf-8", newline="\n") as stream:
        header = tuple(stream.readline().rstrip("\r\n").removeprefix("\ufeff").split(","))
    strange = [name for name in header if not _RUBRIC.fullmatch(name)]
    if strange:
        raise RefusedError(f"{path.name} row 1", f"{len(strange)} of {len(header)} columns are no rubric number", _FORM)
    for rubric in required:
        if (times := header.count(rubric)) != 1:
            rule = f"rubric {rubric} is missing" if times == 0 else f"rubric {rubric} stands there {times} times"
            raise RefusedError(f"{path.name} row 1", rule, "Ask for the extract with this rubric once")
    connection.execute("drop table if exists lines")
    # The separator never occurs: control characters were refused above, so each line is one column.
    connection.execute(
        r"""
        create temp table lines as
        select
            row_number() over () + 1 as row,
            string_split(
                case
                    when contains(line, '\')
                        then replace(replace(replace(line, '\\', chr(1)), '\,', chr(2)), '\;', chr(3))
                    else line
                end,
                ','
            ) as cells
        from read_csv(
            ?, header = false, skip = 1, delim = chr(31), quote = '', escape = '', auto_detect = false,
            columns = {'line': 'varchar'}, max_line_size = 1000000, null_padding = true, nullstr = chr(30)
        )
        """,
        [str(path)],
    )
    counted = connection.execute("select count(*) from lines").fetchone()
    rows = int(counted[0]) if counted else 0
    if rows == 0:
        raise RefusedError(path.name, "it has a header and no rows", "Deliver the extract again")
    _check_end(connection, path, len(header))
    return LoCsv(path.name, header, rows)


def _check_text(path: Path) -> None:
    """Refuse what is no UTF-8 text, naming the row where it stops being that."""
    row = 1
    rest = b""
    with path.open("rb") as stream:
        while block := stream.read(_BLOCK):
            block, rest = rest + block, b""
            # A character may be cut by the block's end: its bytes wait for the next block.
            cut = block.rfind(b"\n") + 1
            if cut:
                block, rest = block[:cut], block[cut:]
            _decode(path, block, row)
            row += block.count(b"\n")
    _decode(path, rest, row)


def _decode(path: Path, block: bytes, row: int) -> None:
    try:
        text = block.decode("utf-8")
    except UnicodeDecodeError as error:
        at = row + block[: error.start].count(b"\n")
        raise RefusedError(f"{path.name} row {at}", "it is not UTF-8", _FORM) from None
    if found := re.search(r"[\x00-\x08\x0b\x0c\x0e-\x1f]", text):
        at = row + text[: found.start()].count("\n")
        raise RefusedError(f"{path.name} row {at}", "it holds control characters, as a binary file does", _FORM)


def _check_end(connection: duckdb.DuckDBPyConnection, path: Path, columns: int) -> None:
    with path.open("rb") as stream:
        stream.seek(-1, 2)
        if stream.read(1) == b"\n":
            return
    last = connection.execute("select row, len(cells) from lines order by row desc limit 1").fetchone()
    if last and last[1] != columns:
        raise RefusedError(
            f"{path.name} row {last[0]}",
            f"the file ends within a row ({last[1]} of {columns} columns)",
            "Deliver it again",
        )
