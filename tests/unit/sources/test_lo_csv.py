"""LO-CSV: what was escaped comes back whole, and what is no such file is refused with the row."""

from __future__ import annotations

from typing import TYPE_CHECKING

import duckdb
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipelines.landing.deliveries import RefusedError
from pipelines.sources.lo_csv import LoCsv, open_file
from tests.conftest import lo_csv

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

RUBRICS = ("01.01.10", "08.11.10", "08.11.60")
CONTENT = st.text(st.one_of(st.sampled_from(",;\\\"#' é"), st.characters(exclude_categories=["Cc", "Cs"])), max_size=12)
PLAIN = st.text(st.characters(categories=["Lu", "Nd"]), max_size=6)


@pytest.fixture(scope="module")
def connection() -> Iterator[duckdb.DuckDBPyConnection]:
    with duckdb.connect() as opened:
        yield opened


@pytest.fixture(scope="module")
def path(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("lo") / "extract.csv"


def opened(connection: duckdb.DuckDBPyConnection, path: Path, content: str | bytes) -> LoCsv:
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return open_file(connection, path, RUBRICS[:1])


def refusal(connection: duckdb.DuckDBPyConnection, path: Path, content: str | bytes) -> str:
    with pytest.raises(RefusedError) as refused:
        opened(connection, path, content)
    return str(refused.value)


def texts(connection: duckdb.DuckDBPyConnection, file: LoCsv) -> list[tuple[str, ...]]:
    wanted = ", ".join(file.text(rubric) for rubric in RUBRICS)
    return connection.execute(f"select {wanted} from lines order by row").fetchall()


@given(rows=st.lists(st.tuples(CONTENT, CONTENT, CONTENT), min_size=1, max_size=8))
def test_content_with_separators_and_backslashes_and_quotes_comes_back_whole(
    connection: duckdb.DuckDBPyConnection, path: Path, rows: list[tuple[str, str, str]]
) -> None:
    file = opened(connection, path, lo_csv([dict(zip(RUBRICS, row, strict=True)) for row in rows], RUBRICS))
    assert texts(connection, file) == rows
    assert file.rows == len(rows)


@given(rows=st.lists(st.lists(PLAIN, min_size=1, max_size=5), min_size=1, max_size=5))
def test_occurrences_of_a_repeating_category_come_back_in_their_order(
    connection: duckdb.DuckDBPyConnection, path: Path, rows: list[list[str]]
) -> None:
    made: list[dict[str, str | list[str]]] = [{"01.01.10": "1", "08.11.10": parts} for parts in rows]
    file = opened(connection, path, lo_csv(made, RUBRICS))
    found = connection.execute(f"select {file.parts('08.11.10')} from lines order by row").fetchall()
    assert found == [(parts,) for parts in rows]


def test_occurrences_with_separators_in_them_come_back_whole(connection: duckdb.DuckDBPyConnection, path: Path) -> None:
    parts = ["a;b", "c,d", "e\\f"]
    file = opened(connection, path, lo_csv([{"01.01.10": "1", "08.11.10": parts}], RUBRICS))
    assert connection.execute(f"select {file.parts('08.11.10')} from lines").fetchone() == (parts,)


def test_a_rubric_that_the_file_lacks_is_empty_in_every_row(connection: duckdb.DuckDBPyConnection, path: Path) -> None:
    file = opened(connection, path, "01.01.10\n1\n2\n")
    found = connection.execute(f"select {file.text('08.11.60')}, {file.parts('04.05.10')} from lines").fetchall()
    assert found == [("", [""])] * 2


def test_rows_are_numbered_as_in_the_file(connection: duckdb.DuckDBPyConnection, path: Path) -> None:
    opened(connection, path, "01.01.10,08.11.60\n" + "".join(f"{row},x\n" for row in range(2, 5002)))
    wrong = connection.execute("select count(*) from lines where cells[1] <> row::varchar").fetchone()
    assert wrong == (0,)


@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_an_empty_row_between_others_is_refused_with_its_number(
    connection: duckdb.DuckDBPyConnection, path: Path, end: str
) -> None:
    with pytest.raises(RefusedError, match="row 3: the row is empty"):
        opened(connection, path, end.join(["01.01.10,08.11.60", "2,x", "", "4,x", ""]))


def test_empty_lines_after_the_last_row_are_no_rows(connection: duckdb.DuckDBPyConnection, path: Path) -> None:
    assert texts(connection, opened(connection, path, "01.01.10,08.11.60\n1,x\n\n\n")) == [("1", "", "x")]


def test_two_kinds_of_line_end_are_refused_with_the_row_that_differs(
    connection: duckdb.DuckDBPyConnection, path: Path
) -> None:
    with pytest.raises(RefusedError, match="row 3: its line ends differ"):
        opened(connection, path, "01.01.10,08.11.60\r\n1,x\r\n2,y\n3,z\r\n")


def test_a_byte_order_mark_is_no_part_of_the_first_rubric(connection: duckdb.DuckDBPyConnection, path: Path) -> None:
    file = opened(connection, path, b"\xef\xbb\xbf" + b"01.01.10,08.11.60\n1,x\n")
    assert file.rubrics == ("01.01.10", "08.11.60")
    assert texts(connection, file) == [("1", "", "x")]


def test_windows_line_ends_are_no_content(connection: duckdb.DuckDBPyConnection, path: Path) -> None:
    file = opened(connection, path, "01.01.10,08.11.60\r\n1,x\r\n2,y\r\n")
    assert texts(connection, file) == [("1", "", "x"), ("2", "", "y")]


def test_a_last_row_that_is_whole_needs_no_line_end(connection: duckdb.DuckDBPyConnection, path: Path) -> None:
    assert texts(connection, opened(connection, path, "01.01.10,08.11.60\n1,x\n2,y")) == [
        ("1", "", "x"),
        ("2", "", "y"),
    ]


def test_a_last_row_that_is_cut_off_is_refused_with_its_number(
    connection: duckdb.DuckDBPyConnection, path: Path
) -> None:
    message = refusal(connection, path, "01.01.10,08.11.10,08.11.60\n1,x,y\n2,z")
    assert "extract.csv row 3" in message
    assert "ends within a row (2 of 3" in message


def test_latin_1_is_refused_with_the_row(connection: duckdb.DuckDBPyConnection, path: Path) -> None:
    lines = ["01.01.10,08.11.10", "1,plein", "2,Sûnderwei", "3,plein"]
    message = refusal(connection, path, ("\n".join(lines) + "\n").encode("latin-1"))
    assert "extract.csv row 3" in message
    assert "UTF-8" in message


def test_latin_1_far_into_a_large_file_is_refused_with_the_right_row(
    connection: duckdb.DuckDBPyConnection, path: Path
) -> None:
    before = 300_000
    content = b"01.01.10,08.11.10\n" + "1,é\n".encode() * before + b"2,\xe9\n" + b"3,x\n" * 5
    assert f"row {before + 2}" in refusal(connection, path, content)


@pytest.mark.parametrize("content", [b"PK\x03\x04\x00\x00", b"%PDF-1.7\x00\x01", "01.01.10\n1\n".encode("utf-16")])
def test_a_binary_file_is_refused(connection: duckdb.DuckDBPyConnection, path: Path, content: bytes) -> None:
    assert "extract.csv row 1" in refusal(connection, path, content)


def test_a_control_character_is_refused_with_its_row(connection: duckdb.DuckDBPyConnection, path: Path) -> None:
    assert "row 3" in refusal(connection, path, b"01.01.10\n1\n\x01\n")


def test_a_header_without_rows_is_refused(connection: duckdb.DuckDBPyConnection, path: Path) -> None:
    for end in ("", "\n", "\n\n"):
        assert "no rows" in refusal(connection, path, "01.01.10,08.11.60" + end)


def test_a_file_without_a_header_is_refused_and_shows_nothing_of_its_first_row(
    connection: duckdb.DuckDBPyConnection, path: Path
) -> None:
    message = refusal(connection, path, "8101010101,900500012\n8101010102,900500024\n")
    assert "2 of 2 columns are no rubric number" in message
    assert "900500012" not in message


def test_a_semicolon_dialect_is_refused(connection: duckdb.DuckDBPyConnection, path: Path) -> None:
    assert "separated by semicolons" in refusal(connection, path, "01.01.10;08.11.60\n1;x\n")


def test_a_required_rubric_that_is_missing_or_doubled_is_named(
    connection: duckdb.DuckDBPyConnection, path: Path
) -> None:
    assert "rubric 01.01.10 is missing" in refusal(connection, path, "08.11.60\nx\n")
    assert "rubric 01.01.10 stands there 2 times" in refusal(connection, path, "01.01.10,01.01.10\n1,2\n")
