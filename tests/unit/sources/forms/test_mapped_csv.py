"""A mapped CSV: any usual delimiter, encoding and quoting, and a quote that would swallow persons."""

from __future__ import annotations

import csv
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipelines.sources.forms import FORMS, Wanted, mapped_csv, recognise
from tests import forms
from tests.conftest import Cell, a_numbers, bsns
from tests.unit.sources.forms.test_every_form import FREE, carried

COLUMNS = {
    "bsn": "01.01.20",
    "burgerservicenummer": "01.01.20",
    "nat": "04.05.10",
    "gem": "08.09.10",
    "oud": "58.09.10",
}
WANTED = Wanted(("01.01.20", "04.05.10"), ("08.09.10", "58.09.10", "16.09.10"), COLUMNS)


def read(content: str | bytes) -> list[dict[str, Any]]:
    return forms.read(mapped_csv, content.encode() if isinstance(content, str) else content, WANTED)


def rows(content: str | bytes) -> list[tuple[int, str | None, str | None]]:
    return [(one["row"], one["flaw"], one["01.01.20"]) for one in read(content)]


def refusal(content: str | bytes, wanted: Wanted = WANTED) -> str:
    return forms.refusal(mapped_csv, content.encode() if isinstance(content, str) else content, wanted)


@settings(max_examples=40)
@given(
    persons=forms.persons(
        FREE["mapped_csv"].map(lambda text: text.encode("latin-1", "replace").decode("latin-1").strip())
    ),
    encoding=st.sampled_from(["utf-8", "utf-8-sig", "utf-16", "latin-1"]),
    delimiter=st.sampled_from(mapped_csv.DELIMITERS),
    quoting=st.sampled_from([csv.QUOTE_MINIMAL, csv.QUOTE_ALL]),
)
def test_any_delimiter_encoding_and_quoting_is_found_out(
    persons: list[dict[str, Cell]], encoding: str, delimiter: str, quoting: int
) -> None:
    content = forms.mapped_csv(persons, forms.NAMES, encoding, delimiter, quoting)
    assert recognise(forms.delivered(content)) is mapped_csv
    found = forms.read(mapped_csv, content, forms.MAPPED)
    assert forms.rubrics_of(found, carried("mapped_csv")) == forms.rubrics_of(persons, carried("mapped_csv"))


def test_columns_go_by_any_name_that_the_declaration_knows_whatever_its_case_and_blanks() -> None:
    (found,) = read("Naam; BurgerServiceNummer ;NAT;gem;Oud\nx;900500001;72;394.0;599\n")
    assert found == {
        "row": 2,
        "flaw": None,
        "01.01.20": "900500001",
        "04.05.10": ["0072"],
        "08.09.10": "0394",
        "58.09.10": ["0599"],
        "16.09.10": "",
    }


@pytest.mark.parametrize("cell", ['"72;1"', '"72; 1"', "72|1", '"72 | 1 "'])
def test_several_nationalities_may_stand_in_a_cell_and_nothing_else_may(cell: str) -> None:
    (found,) = read(f"bsn,nat,gem\n1,{cell},{cell}\n")
    assert found["04.05.10"] == ["0072", "0001"]
    assert found["08.09.10"] == cell.strip('"').strip()


@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_empty_records_are_persons_only_if_another_follows(end: str) -> None:
    content = end.join(["bsn;nat;gem", "900500001;;", "", ";;", "900500002;;", ";;", "", ""])
    assert rows(content) == [
        (2, None, "900500001"),
        (3, "is empty", None),
        (4, "is empty", None),
        (5, None, "900500002"),
    ]


def test_a_record_with_another_number_of_columns_is_flawed_and_keeps_its_place() -> None:
    flaw = "has another number of columns than the header"
    assert rows("bsn;nat\n1\n900500001;\n1;2;3\n") == [(2, flaw, None), (3, None, "900500001"), (4, flaw, None)]


@given(
    kinds=st.lists(st.sampled_from(["sound", "flawed", "empty", "of two lines"]), min_size=1, max_size=60),
    size=st.integers(40, 200),
)
def test_every_record_keeps_its_place_in_blocks_of_any_size(kinds: list[str], size: int) -> None:
    lines = {"sound": '900500001;0001;"x"', "flawed": "x;y", "empty": "", "of two lines": '900500001;0001;"x\ny"'}
    content = "\n".join(["bsn;nat;naam", *(lines[kind] for kind in kinds), "900500001;;z", ""])
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(mapped_csv, "BLOCK_BYTES", size)
        found = rows(content)
    assert [row for row, _, _ in found] == list(range(2, len(kinds) + 3))
    flaw = {"flawed": "has another number of columns than the header", "empty": "is empty"}
    assert [one for _, one, _ in found] == [*(flaw.get(kind) for kind in kinds), None]


# a quote that would swallow persons

FILE = "bsn;nat;naam;gem\n" + "".join(f"{bsns()[at]};0072;{{{at}}};0394\n" for at in range(3))


@pytest.mark.parametrize(
    "names",
    [
        ('"t Hart', "x", "x"),
        ("x", '"t Hart', "x"),
        ('"t Hart', "x", '"t Veld'),
        ('"t Hart', '"t Veld', "x"),
        ('"t Hart', '"t Veld', '"t Zand'),
    ],
)
def test_a_quote_that_would_swallow_a_person_is_refused(names: tuple[str, ...]) -> None:
    message = refusal(FILE.format(*names))
    assert "a quote is opened and not closed" in message
    assert not any(number in message for number in bsns()[:3])


def test_a_quote_before_a_last_column_that_swallows_the_rest_is_refused() -> None:
    assert "row 2: a quote is opened" in refusal('bsn;nat\n1;"72\n2;72\n3;72\n')


@pytest.mark.parametrize("name", ['5" pijp', 'x"', '"""x"""', '"x\ny"', '"x;y"'])
def test_other_quotes_are_content(name: str) -> None:
    assert [one[1:] for one in rows(FILE.format("x", name, "x"))] == [(None, number) for number in bsns()[:3]]


# what is no such file


@pytest.mark.parametrize(
    ("content", "rule"),
    [
        (
            "bsn;gem\n1;2\n",
            "no column holds rubric 04.05.10. Add the name of its column to source.yml; known for it: nat",
        ),
        ("a;b\n1;2\n", "known for it: bsn, burgerservicenummer"),
        ("bsn;BSN;nat\n1;2;3\n", "rubric 01.01.20 stands there 2 times"),
        ("bsn;burgerservicenummer;nat\n1;2;3\n", "rubric 01.01.20 stands there 2 times"),
        ("bsn;nat\n", "it has a header and no rows"),
        ("bsn;nat\n;\n\n", "it has a header and no rows"),
        ("", "no column holds rubric"),
        ("bsn;nat\n1;2\n".encode("utf-16")[:-1], "cannot be read as UTF-16 text"),
        (f"{bsns()[0]};{a_numbers()[0]}\n", "no column holds rubric"),
    ],
)
def test_what_is_no_such_extract_is_refused_without_its_content(
    content: str | bytes, rule: str, capfd: pytest.CaptureFixture[str]
) -> None:
    message = refusal(content)
    assert rule in message
    assert bsns()[0] not in message
    assert capfd.readouterr() == ("", "")


def test_a_declaration_without_names_says_so() -> None:
    assert "known for it: none" in refusal("bsn;nat\n1;2\n", Wanted(("01.01.20",)))


def test_latin_1_is_found_out_far_into_a_file() -> None:
    content = b"bsn,nat,naam\n" + b"900500001,0072,x\n" * 10_000 + b"900500001,0072,\xe9\n"
    assert len(read(content)) == 10_001


@pytest.mark.parametrize(
    "other",
    [b"", b"x", b"x\n1,2\n", b"a;b\x00", b"%PDF-1.7\n%\xe2\xe3\n", b"\x89PNG\r\n\x1a\n\x00;", b"\xd0\xcf\x11\xe0;\x00"],
)
def test_other_content_is_not_taken_for_it(other: bytes) -> None:
    assert not mapped_csv.recognises(other)


def test_it_is_asked_last_because_it_takes_most() -> None:
    assert FORMS[-1] == "mapped_csv"
