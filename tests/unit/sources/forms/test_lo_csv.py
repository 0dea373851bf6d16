"""LO-CSV: what was escaped comes back whole, and what is no such file is refused with the row."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipelines.sources.forms import Wanted, lo_csv
from tests import forms
from tests.conftest import lo_csv as written

RUBRICS = ("01.01.10", "08.11.10", "08.11.60")
WANTED = Wanted(RUBRICS[:1], (*RUBRICS[1:], "04.05.10"))
CONTENT = st.text(st.one_of(st.sampled_from(",;\\\"#' é"), st.characters(exclude_categories=["Cc", "Cs"])), max_size=12)
FLAW = "has another number of columns than the header"


def read(content: str | bytes) -> list[dict[str, Any]]:
    return forms.read(lo_csv, content.encode() if isinstance(content, str) else content, WANTED)


def texts(content: str | bytes) -> list[tuple[str, ...]]:
    return [tuple(one[rubric] for rubric in RUBRICS) for one in read(content)]


def refusal(content: str | bytes) -> str:
    return forms.refusal(lo_csv, content.encode() if isinstance(content, str) else content, WANTED)


@given(rows=st.lists(st.tuples(CONTENT, CONTENT, CONTENT), min_size=1, max_size=8))
def test_content_with_separators_and_backslashes_and_quotes_comes_back_whole(rows: list[tuple[str, str, str]]) -> None:
    assert texts(written([dict(zip(RUBRICS, row, strict=True)) for row in rows], RUBRICS)) == rows


@given(rows=st.lists(st.lists(CONTENT, min_size=1, max_size=5), min_size=1, max_size=5))
def test_occurrences_of_a_repeating_category_come_back_in_their_order(rows: list[list[str]]) -> None:
    found = read(written([{"01.01.10": "1", "04.05.10": parts} for parts in rows]))
    assert [one["04.05.10"] for one in found] == rows


def test_a_rubric_that_the_file_lacks_is_empty_in_every_row() -> None:
    assert [(one["08.11.60"], one["04.05.10"]) for one in read("01.01.10\n1\n2\n")] == [("", [""])] * 2


@pytest.mark.parametrize("size", [1, 1000, 1 << 25])
def test_rows_are_numbered_as_in_the_file_whatever_the_blocks(size: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lo_csv, "BLOCK_BYTES", size)
    lines = ["x" if row % 7 == 0 else f"{row},x" for row in range(2, 500)]
    found = read("01.01.10,08.11.60\n" + "\n".join(lines) + "\n")
    assert [(one["row"], one["01.01.10"], one["flaw"]) for one in found] == [
        (row, None, FLAW) if row % 7 == 0 else (row, f"{row}", None) for row in range(2, 500)
    ]


def test_a_row_with_another_number_of_columns_is_flawed_and_keeps_its_place() -> None:
    found = read("01.01.10,08.11.60\n1\n2,x\n3,x,\n4,x\n")
    assert [(one["row"], one["flaw"]) for one in found] == [(2, FLAW), (3, None), (4, FLAW), (5, None)]


@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_an_empty_line_between_others_is_a_row_and_after_the_last_is_none(end: str) -> None:
    found = read(end.join(["01.01.10,08.11.60", "2,x", "", "4,x", "", "", ""]))
    assert [one["row"] for one in found] == [2, 3, 4]


def test_a_byte_order_mark_is_no_part_of_the_first_rubric() -> None:
    content = b"\xef\xbb\xbf" + b"01.01.10,08.11.60\n1,x\n"
    assert lo_csv.recognises(content)
    assert texts(content) == [("1", "", "x")]


def test_windows_line_ends_are_no_content() -> None:
    assert texts("01.01.10,08.11.60\r\n1,x\r\n2,y\r\n") == [("1", "", "x"), ("2", "", "y")]


def test_a_last_row_that_is_whole_needs_no_line_end() -> None:
    assert texts("01.01.10,08.11.60\n1,x\n2,y") == [("1", "", "x"), ("2", "", "y")]


def test_a_last_row_that_is_cut_off_is_refused_with_its_number() -> None:
    assert "extract row 3: the file ends within a row" in refusal("01.01.10,08.11.10,08.11.60\n1,x,y\n2,z")


def test_latin_1_is_refused_with_the_row() -> None:
    lines = ["01.01.10,08.11.10", "1,plein", "2,Sûnderwei", "3,plein"]
    assert "extract row 3: it is not UTF-8" in refusal(("\n".join(lines) + "\n").encode("latin-1"))


def test_latin_1_far_into_a_large_file_is_refused_with_the_right_row(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lo_csv, "BLOCK_BYTES", 10_000)
    content = b"01.01.10,08.11.10\n" + "1,é\n".encode() * 30_000 + b"2,\xe9\n" + b"3,x\n" * 5
    assert "row 30002" in refusal(content)


@pytest.mark.parametrize(
    "content", [b"PK\x03\x04\x00\x00", b"%PDF-1.7\x00\x01", "01.01.10\n1\n".encode("utf-16"), b"\xe9,\n"]
)
def test_a_binary_file_is_refused(content: bytes) -> None:
    assert "extract row 1" in refusal(content)
    assert not lo_csv.recognises(content)


def test_a_control_character_is_refused_with_its_row() -> None:
    assert "row 3" in refusal(b"01.01.10\n1\n\x01\n")


@pytest.mark.parametrize("end", ["", "\n", "\n\n"])
def test_a_header_without_rows_is_refused(end: str) -> None:
    assert "no rows" in refusal("01.01.10,08.11.60" + end)


def test_a_file_without_a_header_is_refused_and_shows_nothing_of_its_first_row(
    capfd: pytest.CaptureFixture[str],
) -> None:
    message = refusal("8101010101,900500012\n8101010102,900500024\n")
    assert "2 of 2 columns are no rubric number" in message
    assert "900500012" not in message
    assert capfd.readouterr() == ("", "")


def test_a_required_rubric_that_is_missing_or_doubled_is_named() -> None:
    assert "rubric 01.01.10 is missing" in refusal("08.11.60\nx\n")
    assert "rubric 01.01.10 stands there 2 times" in refusal("01.01.10,01.01.10\n1,2\n")


@pytest.mark.parametrize("other", [b"", b"\n", b";01.01.10;01.01.20\n", b"01.01.10;01.01.20\n", b"8101010101,1\n"])
def test_other_content_is_not_taken_for_it(other: bytes) -> None:
    assert not lo_csv.recognises(other)
