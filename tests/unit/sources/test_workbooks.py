"""Workbooks as grids: every cell where the spreadsheet has it, and a number told from a text that looks like one."""

from __future__ import annotations

import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipelines.landing.deliveries import RefusedError
from pipelines.sources.workbooks import column_letters, column_number, grids, position
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
