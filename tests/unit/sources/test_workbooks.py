"""Workbooks as grids: every cell where the spreadsheet has it, and a number told from a text that looks like one."""

from __future__ import annotations

import contextlib
import io
import struct
import zipfile

import pytest
import xlsxwriter  # type: ignore[import-untyped]
import xlwt  # type: ignore[import-untyped]
from hypothesis import given
from hypothesis import strategies as st

from pipelines.landing.deliveries import RefusedError
from pipelines.sources import workbooks
from pipelines.sources.workbooks import column_letters, column_number, frames, grids, position
from tests.unit.sources.migrantenmonitor.books import book


@given(st.integers(0, 16_383), st.integers(1, 1_048_576))
def test_the_address_of_a_cell_and_back(column: int, row: int) -> None:
    assert column_number(column_letters(column)) == column
    assert position(f"{column_letters(column)}{row}") == (row - 1, column)


@pytest.mark.parametrize(
    ("letters", "number"), [("A", 0), ("Z", 25), ("AA", 26), ("AZ", 51), ("BA", 52), ("XFD", 16_383)]
)
def test_columns_are_counted_as_spreadsheets_do(letters: str, number: int) -> None:
    assert column_letters(number) == letters
    assert column_number(letters) == number


@pytest.mark.parametrize("text", ["", "A", "3", "3A", "a3", "A3 ", "A0"])
def test_what_is_no_address_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="no address"):
        position(text)


@pytest.mark.parametrize("kind", ["xlsx", "xls"])
def test_empty_rows_and_columns_before_the_first_cell_are_there(kind: str) -> None:
    grid = grids("a", book({"Leeg": [], "Blad": [[], [], ["", "", "C3"]]}, kind))["Blad"]
    assert (grid.height, grid.width) == (3, 3)
    assert grid.word(2, 2) == "C3"
    assert not any(grid.word(row, column) for row in range(3) for column in range(3) if (row, column) != (2, 2))
    assert grid.word(3, 0) == grid.word(0, 3) == ""


@pytest.mark.parametrize("kind", ["xlsx", "xls"])
def test_a_number_is_no_text_and_a_text_no_number(kind: str) -> None:
    written = [1.234, "1.234", 0, "0", True, "waar", ""]
    grid = grids("a", book({"Blad": [written]}, kind))["Blad"]
    assert [grid.is_number(0, column) for column in range(len(written) - 1)] == [True, False, True, False, False, False]
    assert grid.word(0, 0) == grid.word(0, 1) == "1.234"


def test_blanks_of_every_width_are_one_blank() -> None:
    grid = grids("a", book({"Blad": [["  Niet\n ingeschreven\u00a0 "], ["1\u202f234"]]}))["Blad"]
    assert grid.word(0, 0) == "Niet ingeschreven"
    assert grid.word(1, 0) == "1 234"


def test_an_error_of_the_spreadsheet_is_its_word_and_no_blank() -> None:
    errors = ["#DIV/0!", "#N/A", "#NAME?", "#NULL!", "#NUM!", "#REF!", "#VALUE!"]
    new, old = io.BytesIO(), io.BytesIO()
    with xlsxwriter.Workbook(new, {"in_memory": True}) as book_:
        sheet = book_.add_worksheet("Blad")
        for row, error in enumerate(errors):
            sheet.write_formula(2 + row, 3, "=1/0", None, error)
    book_ = xlwt.Workbook()
    book_.add_sheet("Blad").row(2).set_cell_error(3, "#DIV/0!")
    book_.save(old)
    grid = grids("a", new.getvalue())["Blad"]
    assert [grid.word(2 + row, 3) for row in range(len(errors))] == errors
    assert not grid.is_number(2, 3)
    assert grids("a", old.getvalue())["Blad"].word(2, 3) == "#DIV/0!"


# what would fill the memory


def stray(*cells: str, dimension: bytes = b"A1:A2") -> bytes:
    """A workbook of which the second sheet has cells with content there, and says that it is small."""
    content = io.BytesIO()
    with xlsxwriter.Workbook(content, {"in_memory": True}) as book_:
        book_.add_worksheet("Voorblad").write("A1", 1)
        sheet = book_.add_worksheet("Blad & tabel")
        for cell in ("A1", *cells):
            sheet.write(cell, 1)
        sheet.write_blank("XFC1048576", None, book_.add_format({"bold": True}))
    small = io.BytesIO()
    with zipfile.ZipFile(content) as before, zipfile.ZipFile(small, "w") as after:
        for part in before.namelist():
            after.writestr(part, before.read(part).replace(b"A1:XFC1048576", dimension))
    return small.getvalue()


@pytest.mark.parametrize(
    ("cells", "corner"),
    [(["XFD1048576"], "XFD1048576"), (["XFD1", "A1048576"], "XFD1048576"), (["F1", "A1048576"], "F1048576")],
)
def test_a_stray_cell_far_away_is_refused_with_its_address_alone(cells: list[str], corner: str) -> None:
    with pytest.raises(RefusedError, match=rf"a\.xlsx sheet 2 cell {corner}: it reaches further"):
        grids("a.xlsx", stray(*cells))


def test_a_blank_cell_far_away_that_has_a_format_alone_is_no_reason() -> None:
    grid = grids("a", stray("C1048576", dimension=b"A1:XFC1048576"))["Blad & tabel"]
    assert (grid.height, grid.width) == (1_048_576, 3)


def test_a_sheet_of_a_million_persons_may_be_as_wide_as_their_rubrics_and_no_wider() -> None:
    assert workbooks.MOST_CELLS // 1_048_576 == 57
    workbooks._refuse_vast("a", stray("Z1048576", "BE2"), workbooks.MOST_CELLS)
    with pytest.raises(RefusedError, match="BF1048576: it reaches further than 60,000,000 cells"):
        frames("a", stray("Z1048576", "BF2"), "")


@pytest.mark.parametrize("step", [1, 7, 64])
def test_a_stray_cell_is_seen_wherever_the_sheet_is_cut_to_read_it(step: int) -> None:
    class Dripping(io.BytesIO):
        def read(self, _size: int | None = None, /) -> bytes:
            return super().read(step)

    xml = b'<c r="A1"><v>1</v></c><c s="1" r="XFD9"/><c r="AB77" t="n">\n<v>2</v></c>'
    assert workbooks._furthest(workbooks._FILLED, Dripping(xml)) == (77, 28)
    assert workbooks._furthest(workbooks._BEYOND_Z, Dripping(xml))[1] == 16_384


@pytest.mark.parametrize("claim", [(2**32 - 1, 2), (65_536, 65_535)])
def test_an_xls_that_claims_more_than_a_sheet_can_have_is_refused(claim: tuple[int, int]) -> None:
    at = SOUND_XLS.index(b"\x00\x02\x0e\x00") + 4
    vast = SOUND_XLS[:at] + struct.pack("<IIHH", 0, claim[0], 0, claim[1]) + SOUND_XLS[at + 12 :]
    with pytest.raises(RefusedError, match=r"a\.xls sheet 1 cell \w+: it reaches further"):
        grids("a.xls", vast)


@pytest.mark.parametrize("content", [b"", b"Code;Naam", book({"Blad": [["x"]]})[:200]])
def test_what_is_no_workbook_is_refused_by_name(content: bytes) -> None:
    with pytest.raises(RefusedError, match=r"a\.xlsx: it is no workbook"):
        grids("a.xlsx", content)


SOUND_XLS = book({"Blad": [["Gemeente", "Totaal"], ["Haarlemmermeer", 10]]}, "xls")


def test_a_cut_xls_is_refused_also_where_the_library_that_reads_it_panics() -> None:
    for length in range(0, len(SOUND_XLS) - 512, 128):
        with pytest.raises(RefusedError, match="no workbook"):
            grids("a.xls", SOUND_XLS[:length])


@given(at=st.integers(0, len(SOUND_XLS) - 2), sign=st.binary(min_size=1, max_size=2))
def test_an_xls_with_other_bytes_is_read_or_refused_and_nothing_else(at: int, sign: bytes) -> None:
    with contextlib.suppress(RefusedError):
        grids("a.xls", SOUND_XLS[:at] + sign + SOUND_XLS[at + len(sign) :])
