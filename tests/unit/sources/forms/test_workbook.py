"""A workbook: what a spreadsheet does to codes and dates, and the rows that are no persons."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import pytest

from pipelines.sources.forms import Wanted, recognise, workbook, zips
from tests import forms
from tests.conftest import a_numbers, bsns

HEADER = ["01.01.20", "01.03.10", "04.05.10", "08.09.10", "08.11.80"]
WANTED = Wanted(("01.01.20", "04.05.10"), ("01.03.10", "08.09.10", "08.11.80", "08.14.20", "58.09.10"))


def read(*rows: list[Any], header: list[Any] | None = None) -> list[dict[str, Any]]:
    return forms.read(workbook, forms.sheet([HEADER if header is None else header, *rows]), WANTED)


def test_numbers_and_dates_of_a_spreadsheet_are_codes_and_dates_again() -> None:
    born = datetime(1985, 6, 21)  # noqa: DTZ001 - a cell knows no zone
    (found,) = read([12345672, born, 72, 394, 394010000000019])
    assert found == {
        "row": 2,
        "flaw": None,
        "01.01.20": "012345672",
        "01.03.10": "19850621",
        "04.05.10": ["0072"],
        "08.09.10": "0394",
        "08.11.80": "0394010000000019",
        "08.14.20": "",
        "58.09.10": [""],
    }


def test_occurrences_are_packed_and_escaped_as_in_lo_csv_and_each_gets_its_zeros() -> None:
    header = ["01.01.20", "04.05.10", "08.11.10"]
    wanted = Wanted(("01.01.20", "04.05.10"), ("08.11.10",))
    content = forms.sheet([header, [bsns()[0], "72;;1", "a\\;b\\,c\\\\d"], [bsns()[1], "\\;;x\\\\", ";"]])
    first, second = forms.read(workbook, content, wanted)
    assert (first["04.05.10"], first["08.11.10"]) == (["0072", "", "0001"], "a;b,c\\d")
    assert (second["04.05.10"], second["08.11.10"]) == ([";", "x\\"], ";")


def test_rows_are_those_of_the_sheet_and_empty_ones_are_persons_only_if_another_follows() -> None:
    content = forms.sheet([[], [], HEADER, [bsns()[0]], [], [bsns()[1]], [None], [""]])
    found = forms.read(workbook, content, WANTED)
    assert [(one["row"], one["flaw"], one["01.01.20"]) for one in found] == [
        (4, None, bsns()[0]),
        (5, "is empty", None),
        (6, None, bsns()[1]),
    ]


def test_a_note_below_is_a_row_for_the_rules_and_content_beside_the_header_is_a_flaw() -> None:
    found = read([bsns()[0]], ["Bron: gemeente"], [bsns()[1], None, None, None, None, "nakijken"])
    assert [(one["flaw"], one["01.01.20"]) for one in found] == [
        (None, bsns()[0]),
        (None, "Bron: gemeente"),
        ("has content in a column without a rubric number", None),
    ]


def test_a_large_sheet_comes_in_batches_of_bounded_size(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("pipelines.sources.forms.batch.BATCH_ROWS", 7)
    content = forms.sheet([HEADER, *([bsns()[at]] for at in range(100))])
    assert [table.num_rows for table in workbook.batches(forms.delivered(content), WANTED)] == [*[7] * 14, 2]
    assert [one["01.01.20"] for one in forms.read(workbook, content, WANTED)] == list(bsns()[:100])


@pytest.mark.parametrize(
    ("rows", "rule"),
    [
        ([], "its first sheet is empty"),
        ([HEADER], "it has a header and no rows"),
        ([HEADER, [None], [""]], "it has a header and no rows"),
        ([["BSN", "01.01.20", "04.05.10"], ["x"]], "row 1: 1 of 3 columns are no rubric number"),
        ([[], ["Uitdraai"], HEADER, ["x"]], "row 2: 1 of 1 columns are no rubric number"),
        ([["01.01.20", "08.09.10"], ["x"]], "rubric 04.05.10 is missing"),
        ([["01.01.20", "04.05.10", "01.01.20"], ["x"]], "rubric 01.01.20 stands there 2 times"),
        ([[bsns()[0], a_numbers()[0]], [bsns()[1]]], "2 of 2 columns are no rubric number"),
    ],
)
def test_a_sheet_that_is_no_extract_is_refused(rows: list[list[Any]], rule: str) -> None:
    message = forms.refusal(workbook, forms.sheet(rows), WANTED)
    assert rule in message
    assert bsns()[0] not in message


SOUND = forms.sheet([HEADER, [bsns()[0], "19850621"], [a_numbers()[0]]])


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"PK\x03\x04",
        SOUND[: len(SOUND) // 2],
        SOUND[:-20],
        SOUND.replace(b"xl/workbook.xml", b"xl/workbook.xm_"),
        SOUND.replace(b"xl/worksheets/sheet1.xml", b"xl/worksheets/sheet9.xml"),
        forms.zipped({"xl/workbook.xml": b"<workbook/>"}),
        forms.zipped({"xl/workbook.xml": b""}),
        forms.zipped({"am-metadata.json": b"{}"}),
    ],
)
def test_a_broken_workbook_is_refused_and_shows_nothing(content: bytes, capfd: pytest.CaptureFixture[str]) -> None:
    message = forms.refusal(workbook, content, WANTED)
    assert bsns()[0] not in message
    assert a_numbers()[0] not in message
    assert capfd.readouterr() == ("", "")


def test_a_workbook_that_is_packed_to_fill_a_machine_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(zips, "MOST_BYTES", 1000)
    monkeypatch.setattr(zips, "MOST_TIMES", 2)
    assert "unpacks to more than" in forms.refusal(workbook, SOUND, WANTED)


def test_a_workbook_is_known_by_what_it_holds() -> None:
    assert recognise(forms.delivered(SOUND, "extract.csv")) is workbook
    assert not workbook.recognises(forms.zipped({"other.txt": b"x"}))
    assert not workbook.recognises(b"xl/workbook.xml")
