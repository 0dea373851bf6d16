"""The GBA-V form: lines that continue a person, markers that announce them, and persons that announce too much."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipelines.sources.forms import Wanted, gba_v
from tests import forms
from tests.conftest import a_numbers, bsns

HEADER = ";01.01.10;01.01.20;01.H;04.05.10;04.64.10;04.H;06.88.10;06.88.10;06.H;08.09.10;08.09.20;08.H;"
WANTED = Wanted(("01.01.10", "01.01.20", "04.05.10"), ("04.64.10", "04.65.10", "08.09.10", "58.09.10", "58.09.20"))


def line(label: str = "", **cells: str) -> str:
    """A line; ``a`` to ``l`` are its columns behind the label."""
    return ";".join([label, *(cells.get(name, "") for name in "abcdefghijkl"), ""])


def content(*lines: str, end: str = "\n") -> bytes:
    return end.join([HEADER, *lines, ""]).encode()


def read(*lines: str) -> list[dict[str, Any]]:
    return forms.read(gba_v, content(*lines), WANTED)


def flaws(*lines: str) -> list[tuple[int, str | None]]:
    return [(one["row"], one["flaw"]) for one in read(*lines)]


def test_lines_that_continue_a_person_hold_history_or_further_occurrences_as_the_line_above_says() -> None:
    first, second = read(
        line("Lg01_1", a="A1", b="B1", c="51", d="0072", f="54", j="0394", k="2020", l="58"),
        line(a="A0", b="B0", d="0071", f="04", j="0599", k="2019", l="58"),
        line(d="0001", e="1999", f="04", j="0363", k="2018"),
        line(d="0499"),
        line("Lg01_2", a="A2"),
    )
    assert first == {
        "row": 2,
        "flaw": None,
        "01.01.10": "A1",
        "01.01.20": "B1",
        "04.05.10": ["0072", "0001", "0499"],
        "04.64.10": ["", "1999", ""],
        "04.65.10": [""],
        "08.09.10": "0394",
        "58.09.10": ["0599", "0363"],
        "58.09.20": ["2019", "2018"],
    }
    assert (second["row"], second["04.05.10"], second["58.09.10"]) == (6, [""], [""])


def test_an_occurrence_that_is_announced_counts_even_if_it_is_empty() -> None:
    (found,) = read(line("Lg01_1", d="0072", f="04"), line(f="04"), line(d="0001"))
    assert found["04.05.10"] == ["0072", "", "0001"]


def test_an_occurrence_of_which_only_an_unwanted_column_is_filled_counts_too() -> None:
    wanted = Wanted(("01.01.10",), ("04.05.10",))
    (found,) = forms.read(gba_v, content(line("Lg01_1", e="1999", f="04"), line(d="0072")), wanted)
    assert found["04.05.10"] == ["", "0072"]


@pytest.mark.parametrize(("marker", "column"), [("51", "c"), ("04", "f"), ("54", "f"), ("56", "i"), ("58", "l")])
def test_a_person_that_announces_more_than_follows_is_flawed(marker: str, column: str) -> None:
    category = {"c": "01", "f": "04", "i": "06", "l": "08"}[column]
    flaw = f"ends before all that {category}.H announces"
    assert flaws(line("Lg01_1", **{column: marker}), line("Lg01_2")) == [(2, flaw), (3, None)]
    assert flaws(line("Lg01_1", f="04"), line(**{column: marker}), line("Lg01_2")) == [(2, flaw), (4, None)]
    assert flaws(line("Lg01_1"), line("Lg01_2", **{column: marker})) == [(2, None), (3, flaw)]


def test_a_line_that_continues_nobody_is_flawed() -> None:
    flaw = "continues a person, and none stands above it"
    assert flaws(line(a="A"), line(b="B"), line("Lg01_1")) == [(2, flaw), (4, None)]


@pytest.mark.parametrize("marker", ["4", "08", "54 ", "x"])
def test_a_marker_of_another_category_or_without_its_zero_is_no_marker(marker: str) -> None:
    flaw = "has a marker 04.H that says nothing"
    assert flaws(line("Lg01_1", d="0072", f=marker), line(d="0001")) == [(2, flaw)]


def test_content_that_nothing_announces_makes_a_person_flawed() -> None:
    assert flaws(line("Lg01_1"), line(d="0072")) == [(2, "holds 04.05.10 where none is announced")]
    assert flaws(line("Lg01_1", l="58"), line(j="0394"), line(j="0394")) == [
        (2, "holds 08.09.10 where none is announced")
    ]


@pytest.mark.parametrize("broken", ["Lg01_9", "Lg01_9;x", line("Lg01_9") + ";", line("Lg01_9")[:-1]])
def test_a_line_with_another_number_of_cells_makes_its_person_flawed(broken: str) -> None:
    flaw = "has another number of columns than the header"
    assert flaws(line("Lg01_1"), broken, line("Lg01_2")) == [(2, None), (3, flaw), (4, None)]


def test_an_empty_line_is_a_flaw_among_others_and_nothing_at_the_end() -> None:
    assert flaws(line("Lg01_1"), "", line("Lg01_2"), "", "") == [
        (2, "has another number of columns than the header"),
        (4, None),
    ]


def test_quotes_are_content() -> None:
    (found,) = read(line("Lg01_1", a='"A', b='B"'))
    assert (found["01.01.10"], found["01.01.20"]) == ('"A', 'B"')


@pytest.mark.parametrize("mark", ["", "\ufeff"])
@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_a_byte_order_mark_and_windows_line_ends_are_no_content(mark: str, end: str) -> None:
    written = mark.encode() + content(line("Lg01_1", a="A", f="04"), line(d="0001"), end=end)
    assert gba_v.recognises(written)
    (found,) = forms.read(gba_v, written, WANTED)
    assert (found["01.01.10"], found["04.05.10"], found["08.09.10"]) == ("A", ["0001"], "")


def test_a_header_without_a_closing_separator_is_one_all_the_same() -> None:
    (found,) = forms.read(gba_v, b";01.01.10;01.01.20;04.05.10\nLg01_1;A;B;0072\n", WANTED)
    assert (found["01.01.20"], found["04.05.10"]) == ("B", ["0072"])


@given(lines=st.lists(st.integers(1, 5), min_size=1, max_size=30), size=st.integers(1, 400))
def test_persons_on_any_number_of_lines_and_in_any_blocks_stay_whole(lines: list[int], size: int) -> None:
    written: list[str] = []
    rows = []
    for number, length in enumerate(lines):
        rows.append(len(written) + 2)
        written += [
            line(f"Lg01_{number}" * (at == 0), a=f"{number}" * (at == 0), d=f"{at}", f="04" * (at < length - 1))
            for at in range(length)
        ]
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("pipelines.sources.forms.lo_csv.BLOCK_BYTES", size)
        found = read(*written)
    assert [(one["row"], one["01.01.10"]) for one in found] == [(row, f"{at}") for at, row in enumerate(rows)]
    assert [len(one["04.05.10"]) for one in found] == lines
    assert all(one["flaw"] is None for one in found)


@pytest.mark.parametrize(
    ("broken", "rule"),
    [
        (content(line("Lg01_1")) + b"Lg01_2;x", "row 3: the file ends within a row"),
        (content(line("Lg01_1"), line(a="x")) + b";", "row 4: the file ends within a row"),
        (content(), "it has a header and no rows"),
        (content("", ""), "it has a header and no rows"),
        (HEADER.encode(), "it has a header and no rows"),
        (HEADER.replace("08.09.10", "Gemeente").encode() + b"\n", "row 1: 1 of 12 columns are no rubric number"),
        (HEADER.replace("01.01.20", "01.01.10").encode() + b"\n", "rubric 01.01.10 stands there 2 times"),
        (HEADER.replace("08.09.20", "08.09.10").encode() + b"\n", "rubric 08.09.10 stands there 2 times"),
        (HEADER.replace("01.01.20", "02.01.20").encode() + b"\n", "rubric 01.01.20 is missing"),
        (content(line("Lg01_1"), line("Lg01_2", a="Sûnder")).decode().encode("latin-1"), "row 3: it is not UTF-8"),
        (content(line("Lg01_1"), line("Lg01_2\x00")), "row 3: it holds control characters"),
        (HEADER.encode("latin-1") + b"\xe9\n", "columns are no rubric number"),
    ],
)
def test_what_is_no_whole_file_is_refused_with_its_row(broken: bytes, rule: str) -> None:
    assert rule in forms.refusal(gba_v, broken, WANTED)


def test_a_required_past_address_needs_the_columns_of_the_present_one() -> None:
    wanted = Wanted(("01.01.10", "58.11.60"))
    assert "rubric 58.11.60 is missing" in forms.refusal(gba_v, content(line("Lg01_1")), wanted)
    (found,) = forms.read(gba_v, content(line("Lg01_1")), Wanted(("01.01.10", "58.09.10")))
    assert found["58.09.10"] == [""]


def test_a_refusal_says_nothing_of_the_persons(capfd: pytest.CaptureFixture[str]) -> None:
    person = line(a_numbers()[0], a=a_numbers()[0], b=bsns()[0])
    for broken in (
        content(person).removesuffix(b";\n"),
        content(person) + b"\xff",
        person.encode(),
        b";" + content(person),
    ):
        message = forms.refusal(gba_v, broken, WANTED)
        assert a_numbers()[0] not in message
        assert bsns()[0] not in message
    assert capfd.readouterr() == ("", "")


@pytest.mark.parametrize("other", [b"", b";", b";x;", b"01.01.10;01.01.20\n", b"01.01.10,01.01.20\n", b"PK\x03\x04"])
def test_other_content_is_not_taken_for_it(other: bytes) -> None:
    assert not gba_v.recognises(other)
