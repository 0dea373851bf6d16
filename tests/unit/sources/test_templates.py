"""Templates that people fill in: their header, their cells, and the same from CSV and from a workbook."""

from __future__ import annotations

import io
import re
import zipfile
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any

import pytest
import xlsxwriter
from hypothesis import given
from hypothesis import strategies as st

from pipelines.landing.deliveries import RefusedError
from pipelines.sources.forms import DeliveredFile
from pipelines.sources.templates import Line, Template, lines, write_template

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

COLUMNS = ("gemeente", "buurt", "jaar", "van", "tot", "waarde", "citaat")
FIGURES = Template("Cijfers", COLUMNS, ("gemeente", "citaat"))
MOTIONS = Template("Moties", ("nummer", "jaar", "citaat"), ("nummer", "citaat"))
USUAL = {"gemeente": "Rotterdam", "jaar": "2024", "waarde": "12,5", "citaat": "twaalf en een half"}


def csv_of(*rows: dict[str, str], header: Sequence[str] = COLUMNS, sign: str = ";") -> bytes:
    return "\n".join(
        sign.join(row.get(name, "") for name in header) for row in [{n: n for n in header}, *rows]
    ).encode()


def book_of(sheets: dict[str, list[list[Any]]]) -> bytes:
    stream = io.BytesIO()
    with xlsxwriter.Workbook(stream, {"default_date_format": "dd-mm-yyyy"}) as book:
        for name, rows in sheets.items():
            sheet = book.add_worksheet(name)
            for number, row in enumerate(rows):
                sheet.write_row(number, 0, row)
    return stream.getvalue()


def read(content: bytes, name: str = "a.csv") -> list[Line]:
    return list(lines(DeliveredFile(name, lambda: io.BytesIO(content)), FIGURES, MOTIONS))


def line(**cells: str) -> Line:
    (only,) = read(csv_of(USUAL | cells))
    return only


def refusal(content: bytes, name: str = "a.csv") -> RefusedError:
    with pytest.raises(RefusedError) as caught:
        read(content, name)
    return caught.value


@pytest.mark.parametrize("sign", [";", ","])
@pytest.mark.parametrize("mark", [b"", b"\xef\xbb\xbf"])
def test_a_csv_may_have_either_sign_between_its_cells_and_a_byte_order_mark(sign: str, mark: bytes) -> None:
    (found,) = read(mark + csv_of(USUAL | {"waarde": '"12,5"'}, sign=sign))
    assert found.cells | USUAL == dict(found.cells)


def test_a_workbook_says_the_same_as_the_csv_with_its_numbers_and_days_as_such() -> None:
    sheet = [list(COLUMNS), ["Rotterdam", "", "", date(2024, 3, 1), date(2024, 3, 31), 12.5, "twaalf en een half"]]
    (of_book,) = read(book_of({"Blad1": sheet}), "a.xlsx")
    of_csv = line(jaar="", van="2024-03-01", tot="31-3-2024")
    assert of_book.period() == of_csv.period() == {
        "period_start": date(2024, 3, 1), "period_end": date(2024, 3, 31), "date_precision": "month",
    }  # fmt: skip
    assert of_book.number("waarde") == of_csv.number("waarde")
    assert (of_book.locator["locator_sheet"], of_book.locator["locator_cell"]) == ("Blad1", "row 2")


def test_each_sheet_is_the_template_that_its_header_says_and_an_empty_one_is_none() -> None:
    sheets = {
        "x": [list(COLUMNS), ["0599", "", 2024, "", "", 1, "een"]],
        "leeg": [],
        "y": [["Nummer", "CITAAT"], [7, "m"]],
    }
    found = read(book_of(sheets), "a.xlsx")
    assert [one.template for one in found] == [FIGURES, MOTIONS]
    assert len({one.locator["locator_row"] for one in found}) == 2, "rows of two sheets are two rows"


def test_rows_are_numbered_as_the_spreadsheet_has_them_though_some_are_empty_or_of_several_lines() -> None:
    content = csv_of(USUAL | {"citaat": '"over\ntwee regels"'}, {}, USUAL)
    assert [one.locator["locator_cell"] for one in read(content)] == ["row 2", "row 5"]


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (csv_of(USUAL, header=("gemeente", "waarde")), ("row 1", "citaat")),
        (csv_of(USUAL, header=(*COLUMNS, "bijzonderheden")), ("row 1", "no such column: bijzonderheden")),
        (csv_of(USUAL, header=(*COLUMNS, "jaar")), ("row 1", "twice")),
        (csv_of(USUAL) + b";teveel;", ("row 2", "another number of columns")),
        (csv_of(USUAL) + b"\nRotterdam;2", ("row 3", "another number of columns")),
        (csv_of(USUAL, USUAL | {"citaat": " "}), ("row 3", "citaat should be filled in")),
        ("gemeente;citaat\nSúdwest;é".encode("latin-1"), ("a.csv", "UTF-8")),
        (b'gemeente;citaat\n"open;x', ("a.csv", "no CSV")),
    ],
)
def test_a_file_of_another_form_is_refused_with_its_row(content: bytes, told: tuple[str, str]) -> None:
    error = refusal(content)
    assert all(word in str(error) for word in told)


@pytest.mark.parametrize("column", ["Adres", "straatnaam", "huisnr", "postcode", "naam eigenaar", "e-mail", "BSN"])
def test_a_column_of_addresses_or_names_is_refused_and_its_content_is_not_repeated(column: str) -> None:
    error = refusal(csv_of(USUAL | {column: "Geheimstraat 1"}, header=(*COLUMNS, column)))
    assert "addresses and names are not taken in" in error.rule
    assert "data/raw" in error.remedy
    assert "Geheim" not in str(error)


@pytest.mark.parametrize(
    ("text", "value", "decimals"),
    [("0", 0, 0), ("12,5", 12.5, 1), ("1.234", 1234, 0), ("1.234.567,89", 1234567.89, 2), ("1234", 1234, 0)],
)
def test_numbers_are_written_as_the_dutch_do(text: str, value: float, decimals: int) -> None:
    number = line(waarde=text).number("waarde")
    assert number
    assert (number.value, number.decimals) == (value, decimals)


@pytest.mark.parametrize("text", ["12.5", "1,234,5", "-3", "circa 5", "1e3", "12.34", "١٢", "9" * 40])
def test_what_may_be_read_in_two_ways_or_none_is_no_number(text: str) -> None:
    with pytest.raises(RefusedError, match=r"row 2.*waarde is no number"):
        line(waarde=text).number("waarde")


@given(value=st.integers(0, 10**12), decimals=st.integers(0, 6), dotted=st.booleans())
def test_every_number_is_read_as_it_is_written(value: int, decimals: int, dotted: bool) -> None:
    whole, part = divmod(value, 10**decimals)
    text = (f"{whole:,}".replace(",", ".") if dotted else f"{whole}") + (f",{part:0{decimals}}" if decimals else "")
    number = line(waarde=text).number("waarde")
    assert number
    assert number.value == pytest.approx(value / 10**decimals)
    assert number.decimals == decimals


@pytest.mark.parametrize(
    ("van", "tot", "precision"),
    [
        ("2025-07-01", "2025-07-01", "day"), ("2024-02-01", "2024-02-29", "month"),
        ("1-4-2024", "30-6-2024", "quarter"),
        ("2024-02-01", "2024-04-30", "day"), ("2024-07-01", "2024-12-31", "half_year"),
        ("2024-01-01", "2024-12-31", "year"), ("2024-03-03", "2024-05-09", "day"),
    ],
)  # fmt: skip
def test_the_precision_of_a_period_follows_from_its_days(van: str, tot: str, precision: str) -> None:
    assert line(jaar="", van=van, tot=tot).period()["date_precision"] == precision


@given(start=st.dates(date(1950, 1, 1), date(2090, 1, 1)), days=st.integers(0, 800))
def test_any_two_days_in_order_are_a_period(start: date, days: int) -> None:
    end = start + timedelta(days=days)
    period = line(jaar="", van=str(start), tot=f"{end.day}-{end.month}-{end.year}").period()
    assert (period["period_start"], period["period_end"]) == (start, end)


@pytest.mark.parametrize(
    ("cells", "rule"),
    [
        ({"jaar": ""}, "no period or two"),
        ({"van": "2024-01-01", "tot": "2024-02-01"}, "no period or two"),
        ({"jaar": "", "van": "2024-01-01"}, "no period or two"),
        ({"jaar": "24"}, "no year"),
        ({"jaar": "", "van": "2024-02-30", "tot": "2024-03-01"}, "van is no day"),
        ({"jaar": "", "van": "2024-02-03", "tot": "2024-02-01"}, "ends before it starts"),
    ],
)
def test_a_period_that_is_none_is_refused(cells: dict[str, str], rule: str) -> None:
    with pytest.raises(RefusedError, match=rule):
        line(**cells).period()


@pytest.mark.parametrize("gemeente", ["Rotterdam", "rotterdam", "0599", "599", "GM0599"])
def test_a_municipality_is_named_or_coded_also_without_the_noughts_that_a_spreadsheet_drops(gemeente: str) -> None:
    found = line(gemeente=gemeente, buurt="Oud Mathenesse").area("buurt", date(2024, 12, 31))
    assert found == {
        "area_type": "BU", "area_code": None, "area_name": "Oud Mathenesse (Rotterdam)",
        "other_area_type": "GM", "other_area_code": "0599",
    }  # fmt: skip


def test_the_country_and_a_place_that_nobody_names_are_areas_too() -> None:
    on = date(2024, 12, 31)
    assert line(gemeente="Nederland").area("buurt", on) == {"area_type": "NL", "area_code": "NL"}
    assert line(gemeente="onbekend").area("buurt", on) == {"area_type": "unknown", "area_code": None}
    found = line(buurt="BU05990113").area("buurt", on)
    assert (found["area_type"], found["area_code"], found["other_area_code"]) == ("BU", "05990113", "0599")
    assert line(buurt="bu05990113").area("buurt", on) == found
    assert line(buurt="WK059901").area("buurt", on)["area_type"] == "WK"


def test_a_code_is_of_a_municipality_that_there_was_on_the_day() -> None:
    """Haarlemmerliede en Spaarnwoude went into Haarlemmermeer in 2019."""
    assert line(gemeente="0393").municipality(date(2018, 12, 31))["area_code"] == "0393"
    with pytest.raises(RefusedError, match="no municipality is called so"):
        line(gemeente="0393").municipality(date(2025, 12, 31))


def test_an_address_is_refused_without_repeating_it() -> None:
    with pytest.raises(RefusedError) as caught:
        line(buurt="Geheimstraat 12").area("buurt", date(2024, 12, 31))
    assert "Geheim" not in str(caught.value)


def test_a_period_that_begins_after_the_delivery_is_no_period_of_a_figure() -> None:
    assert line(jaar="2024").period(date(2024, 1, 1))["period_start"] == date(2024, 1, 1)
    with pytest.raises(RefusedError, match="begins after 2023-12-31"):
        line(jaar="2024").period(date(2023, 12, 31))


@pytest.mark.parametrize("typed", [0.35, 0.004, 1])
def test_a_percentage_that_a_workbook_may_hold_as_a_fraction_is_refused(typed: float) -> None:
    (found,) = read(book_of({"a": [list(COLUMNS), ["0599", "", 2024, "", "", typed, "q"]]}), "a.xlsx")
    with pytest.raises(RefusedError, match=r"row 2.*type 35 and not 35%"):
        found.share("waarde")
    assert found.number("waarde"), "of what is no percentage it is a number as any other"


@pytest.mark.parametrize(("typed", "value"), [("0,35", 0.35), (35, 35), (0, 0)])
def test_a_percentage_of_a_workbook_that_can_be_read_in_one_way_is_read(typed: str | float, value: float) -> None:
    (found,) = read(book_of({"a": [list(COLUMNS), ["0599", "", 2024, "", "", typed, "q"]]}), "a.xlsx")
    share = found.share("waarde")
    assert share
    assert share.value == value


def test_a_percentage_of_a_csv_is_what_it_says() -> None:
    share = line(waarde="0,35").share("waarde")
    assert share
    assert share.value == 0.35


@pytest.mark.parametrize(
    ("cells", "rule"),
    [
        ({"gemeente": "Bergen"}, "0373, 0893: give the code"),
        ({"gemeente": "Nergenshuizen"}, "no municipality is called so"),
        ({"gemeente": "9999"}, "no municipality is called so"),
        ({"gemeente": "Nederland", "buurt": "Centrum"}, "needs its municipality"),
        ({"gemeente": "393"}, "no municipality is called so"),
        ({"buurt": "WK039401"}, "does not lie in municipality 0599"),
        ({"buurt": "Kerkstraat 12, dhr Jansen"}, "could be an address"),
        ({"buurt": "WK059912345"}, "could be an address"),
        ({"buurt": "BU0599"}, "could be an address"),
    ],
)
def test_an_area_that_is_not_one_area_is_refused(cells: dict[str, str], rule: str) -> None:
    with pytest.raises(RefusedError, match=rule):
        line(**cells).area("buurt", date(2024, 12, 31))


@pytest.mark.parametrize("name", ["leeg.csv", "leeg.xlsx"])
def test_an_empty_template_has_the_columns_and_no_rows(tmp_path: Path, name: str) -> None:
    write_template(tmp_path / name, FIGURES, MOTIONS)
    content = (tmp_path / name).read_bytes()
    assert read(content, name) == []
    if name.endswith(".csv"):
        assert [one.template for one in read(content + csv_of(USUAL).split(b"\n")[1])] == [FIGURES]


def test_the_cells_of_an_empty_workbook_are_texts_so_that_a_spreadsheet_changes_nothing(tmp_path: Path) -> None:
    write_template(tmp_path / "leeg.xlsx", FIGURES)
    with zipfile.ZipFile(tmp_path / "leeg.xlsx") as book:
        styles, sheet = (book.read(f"xl/{name}.xml").decode() for name in ("styles", "worksheets/sheet1"))
    (of_columns,) = re.findall(r'<col min="1" max="7"[^>]* style="(\d+)"', sheet)
    formats = re.findall(r'<xf numFmtId="(\d+)"', styles.partition("<cellXfs")[2])
    assert formats[int(of_columns)] == "49", "the format of texts"
