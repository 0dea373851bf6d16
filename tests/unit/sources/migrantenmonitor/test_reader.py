"""Workbooks of the Migrantenmonitor, made here in the shape of the synthetic edition."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING, Any

import pytest
import xlsxwriter  # type: ignore[import-untyped]

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tests.conftest import House

Value = str | float
GROUPS = ("Totaal", "MOE-landen", "Overige EU", "Buiten EU")
PARTS = ("Totaal", "Ingeschreven", "Niet ingeschreven")
FIRST = [2, 3, 4, 6, 7, 8, 10, 11, 12, 14, 15, 16]
SYNTHETIC = {"synthetic": True}
NATION: list[Value] = ["", "Nederland", *[5000] * 12]
TOWN: list[Value] = ["GM0394", "Haarlemmermeer", *range(120, 240, 10)]


def workbook(
    table_1: Sequence[Sequence[Value]] = (NATION, TOWN),
    table_2: Sequence[Sequence[Value]] = (["", "Nederland", *[900] * 4], [394, "Haarlemmermeer", 40, 20, 10, 10]),
    *,
    edition: str = "Editie 2025-synthetisch",
    groups: Sequence[str] = GROUPS,
    shift: int = 0,
    without: str = "",
    unit: str = "aantal",
) -> bytes:
    """``shift`` moves the figures of Tabel 1, not its header."""
    content = io.BytesIO()
    with xlsxwriter.Workbook(content, {"in_memory": True}) as book:
        front = book.add_worksheet("Voorblad")
        front.write(0, 0, "Migrantenmonitor")
        front.write(1, 0, edition)
        if without != "Tabel 1":
            sheet = book.add_worksheet("Tabel 1")
            sheet.write(0, 0, "Tabel 1 Werkzame personen")
            for place, group in enumerate(groups):
                sheet.merge_range(2, 2 + 4 * place, 2, 4 + 4 * place, group)
                for part, words in enumerate(PARTS):
                    sheet.write(3, 2 + 4 * place + part, words)
            sheet.write(4, 2, unit)
            _write(sheet, 5, table_1, [0, 1, *(column + shift for column in FIRST)])
        if without != "Tabel 2":
            sheet = book.add_worksheet("Tabel 2")
            sheet.write(0, 0, "Tabel 2 Werkzame ingezetenen")
            for column, words in enumerate(("Code", "Gemeente", *GROUPS)):
                sheet.write(2, column, words)
            sheet.write(3, 2, "aantal")
            _write(sheet, 4, table_2, range(6))
    return content.getvalue()


def _write(sheet: Any, top: int, rows: Sequence[Sequence[Value]], columns: Sequence[int]) -> None:
    for number, row in enumerate(rows, start=top):
        for column, value in zip(columns, row, strict=True):
            if value != "":
                sheet.write(number, column, value)
    sheet.write(top + len(rows), 0, "x = geheim")
    sheet.write(top + len(rows) + 1, 0, "Bron: CBS")


def town(**cells: Value) -> list[Value]:
    """The row of a municipality in Tabel 1 with another content in column ``C``, ``D``, …"""
    row: list[Value] = list(TOWN)
    for letters, value in cells.items():
        row[2 + FIRST.index(ord(letters) - ord("A"))] = value
    return row


def take_in(house: House, content: bytes, **sidecar: object) -> Any:
    return house.take_in("migrantenmonitor", {"monitor.xlsx": content}, sidecar=SYNTHETIC | sidecar)


def cells(house: House, content: bytes) -> dict[tuple[str, str], dict[str, Any]]:
    outcome = take_in(house, content)
    assert outcome.status == "read", outcome.message
    rows = house.accepted("migrantenmonitor")
    assert outcome.rows_read == outcome.rows_accepted == len(rows)
    return {(row["locator_sheet"], row["locator_cell"]): row for row in rows}


def refusal(house: House, content: bytes) -> str:
    outcome = take_in(house, content)
    assert (outcome.status, outcome.rows_accepted) == ("refused", 0)
    return str(outcome.message)


def test_each_figure_has_its_cell_its_group_and_where_workers_live(sample_house: House) -> None:
    found = cells(sample_house, workbook())
    assert len(found) == 2 * 12 + 2 * 4
    figure = found["Tabel 1", "H7"]
    assert (figure["origin_group"], figure["home_area"], figure["value"]) == ("moe", "resident", 160)
    assert (figure["area_type"], figure["area_code"], figure["table_id"]) == ("GM", "0394", "1")
    assert (figure["measure"], figure["workplace_basis"]) == ("workers", "modelled")
    assert (figure["universe"], figure["edition"]) == ("monitor_workers_work_area", "2025-synthetic")
    assert (figure["locator_file"], str(figure["period_end"])) == ("monitor.xlsx", "2025-12-31")
    home = found["Tabel 2", "D6"]
    assert (home["measure"], home["origin_group"], home["home_area"]) == ("residents", "moe", "here")
    assert (home["area_code"], home["value"], home["workplace_basis"]) == ("0394", 20, None)


def test_every_row_says_that_it_is_synthetic(sample_house: House) -> None:
    assert all(figure["synthetic"] for figure in cells(sample_house, workbook()).values())


def test_the_national_row_is_the_country(sample_house: House) -> None:
    figure = cells(sample_house, workbook())["Tabel 1", "C6"]
    assert (figure["area_type"], figure["area_code"], figure["value"]) == ("NL", "NL", 5000)


def test_a_published_figure_is_the_interval_of_what_rounds_to_it(sample_house: House) -> None:
    figure = cells(sample_house, workbook())["Tabel 1", "C7"]
    assert (figure["low"], figure["value"], figure["high"]) == (115, 120, 125)
    assert (figure["bound_kind"], figure["availability"]) == ("rounding_known", "available")


def test_secret_nil_and_unknown_stay_three_different_things(sample_house: House) -> None:
    found = cells(sample_house, workbook([NATION, town(C="x", D="-", E=".", G=0)]))
    shown = {
        address: tuple(found["Tabel 1", f"{address}7"][name] for name in ("value", "low", "high", "availability"))
        for address in "CDEG"
    }
    assert shown == {
        "C": (None, 0, 9, "suppressed"),
        "D": (0, 0, 5, "available"),
        "E": (None, None, None, "missing"),
        "G": (0, 0, 5, "available"),
    }
    assert found["Tabel 1", "C7"]["bound_kind"] == "suppressed"
    assert found["Tabel 1", "E7"]["bound_kind"] == "none"


@pytest.mark.parametrize("code", ["GM0394", "0394", "394", 394, 394.0, "394.0"])
def test_a_code_is_known_in_every_form_that_cbs_gives_it(sample_house: House, code: Value) -> None:
    found = cells(sample_house, workbook([NATION, [code, *TOWN[1:]]]))
    assert found["Tabel 1", "C7"]["area_code"] == "0394"


def test_a_footnote_mark_behind_the_national_name_is_no_part_of_it(sample_house: House) -> None:
    found = cells(sample_house, workbook([["", "Nederland 1)", *NATION[2:]], TOWN]))
    assert found["Tabel 1", "C6"]["area_type"] == "NL"


def test_float_noise_of_the_spreadsheet_is_no_fault(sample_house: House) -> None:
    found = cells(sample_house, workbook([NATION, town(C=120.00000000000001)]))
    assert found["Tabel 1", "C7"]["value"] == 120


@pytest.mark.parametrize("content", ["", "n.b.", "**", "120*", "1 200", -10, 123])
def test_a_cell_that_is_no_figure_of_this_edition_refuses_the_workbook_with_its_address(
    sample_house: House, content: Value
) -> None:
    message = refusal(sample_house, workbook([NATION, town(H=content)]))
    assert "monitor.xlsx Tabel 1!H7" in message


def test_figures_that_stand_a_column_beside_their_header_are_refused(sample_house: House) -> None:
    assert "Tabel 1!" in refusal(sample_house, workbook(shift=1))


def test_a_column_under_another_header_is_refused_and_named(sample_house: House) -> None:
    message = refusal(sample_house, workbook(groups=("Totaal", "MOE-landen", "EFTA", "Buiten EU")))
    assert "Tabel 1 row 4" in message
    assert "Overige EU / Ingeschreven" in message


def test_columns_in_another_order_are_found_by_their_header(sample_house: House) -> None:
    found = cells(sample_house, workbook(groups=("Totaal", "Buiten EU", "Overige EU", "MOE-landen")))
    assert found["Tabel 1", "H7"]["origin_group"] == "outside_eu"


def test_two_columns_with_one_header_are_refused(sample_house: House) -> None:
    book = workbook([NATION, TOWN], groups=(*GROUPS, "MOE-landen"))
    assert "MOE-landen" in refusal(sample_house, book)


def test_a_table_in_thousands_is_not_read_as_persons(sample_house: House) -> None:
    assert "Tabel 1" in refusal(sample_house, workbook(unit="x 1 000"))


def test_a_name_without_a_code_is_refused_with_its_row(sample_house: House) -> None:
    message = refusal(sample_house, workbook([NATION, ["", *TOWN[1:]]]))
    assert "Tabel 1 row 7" in message


@pytest.mark.parametrize("sheet", ["Tabel 1", "Tabel 2"])
def test_a_missing_sheet_is_named(sample_house: House, sheet: str) -> None:
    assert repr(sheet) in refusal(sample_house, workbook(without=sheet))


def test_tables_without_rows_are_refused(sample_house: House) -> None:
    refusal(sample_house, workbook([], []))


def test_an_unknown_edition_is_refused_and_says_that_it_needs_a_profile(sample_house: House) -> None:
    message = refusal(sample_house, workbook(edition="Editie 2031"))
    assert "no profile knows this edition" in message


@pytest.mark.parametrize("content", [b"zaaknummer;wet\n", b"PK\x03\x04 cut", workbook()[:2000]])
def test_what_is_no_workbook_is_refused(sample_house: House, content: bytes) -> None:
    assert "no workbook" in refusal(sample_house, content)


def test_synthetic_figures_without_a_sidecar_that_says_so_are_refused(house: House) -> None:
    outcome = house.take_in("migrantenmonitor", {"monitor.xlsx": workbook()})
    assert outcome.status == "refused"
    assert "synthetic" in outcome.message
