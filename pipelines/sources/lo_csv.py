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
        return _given_back(self._cell(rubric))

    def parts(self, rubric: str) -> str:
        """SQL for the list of occurrences of a rubric in a repeating category."""
        cell = self._cell(rubric)
        escaped = " or ".join(f"contains({cell}, chr({sign}))" for sign in (1, 2, 3))
        return (
            f"case when {escaped} then list_transform(string_split({cell}, ';'), lambda one: {_given_back('one')})"
            f" else string_split({cell}, ';') end"
        )

    def _cell(self, rubric: str) -> str:
        # A rubric that the file lacks is empty in every row, as an absent content is.
        return f"cells[{self.rubrics.index(rubric) + 1}]" if rubric in self.rubrics else "''"


def _given_back(cell: str) -> str:
    return f"replace(replace(replace({cell}, chr(1), '\\'), chr(2), ','), chr(3), ';')"


def open_file(connection: duckdb.DuckDBPyConnection, path: Path, required: tuple[str, ...]) -> LoCsv:
    """Load a file's lines into table ``lines`` and check that it is LO-CSV with the required rubrics.

    Raises:
        RefusedError: not UTF-8, binary, no header of rubrics, a required rubric missing or twice, cut off at the end.
    """
    _check_text(path)
    with path.open(encoding="utf-8", newline="\n") as stream:
        header = tuple(stream.readline().rstrip("\r\n").removeprefix("\ufeff").split(","))
    strange = [name for name in header if not _RUBRIC.fullmatch(name)]
    if len(header) == 1 and ";" in header[0]:
        raise RefusedError(f"{path.name} row 1", "its columns are separated by semicolons", _FORM)
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


# What no text file of this form holds: signs of a binary file, an empty line with more after it, two kinds of line end.
_FLAWS = (
    (re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f]"), "it holds control characters, as a binary file does"),
    (re.compile(r"(?:\A|(?<=\n))\r?\n(?=[\s\S]*\S)"), "the row is empty"),
    (re.compile(r"(?<=\r\n)[^\r\n]+\n|(?<=[^\r]\n)[^\r\n]+\r\n"), "its line ends differ from those before it"),
)


def _check_text(path: Path) -> None:
    """Refuse what is no UTF-8 text of rows, naming the row where it stops being that."""
    row = 1
    rest = b""
    with path.open("rb") as stream:
        while block := stream.read(_BLOCK):
            block = rest + block
            # The last line may be cut by the block's end: it waits for the next block, with the empty ones around it.
            last = block.rfind(b"\n", 0, len(block.rstrip(b"\r\n"))) + 1
            cut = block.find(b"\n", len(block[:last].rstrip(b"\r\n")), last) + 1
            block, rest = block[:cut], block[cut:]
            _check_block(path, block, row)
            row += block.count(b"\n")
    _check_block(path, rest, row)


def _check_block(path: Path, block: bytes, row: int) -> None:
    try:
        text = block.decode("utf-8")
    except UnicodeDecodeError as error:
        at = row + block[: error.start].count(b"\n")
        raise RefusedError(f"{path.name} row {at}", "it is not UTF-8", _FORM) from None
    for flaw, rule in _FLAWS:
        if found := flaw.search(text):
            at = row + text[: found.start()].count("\n")
            raise RefusedError(f"{path.name} row {at}", rule, _FORM)


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
