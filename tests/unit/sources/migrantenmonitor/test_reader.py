"""Reading through a profile: geometry, areas, symbols, rounding, and versions side by side.

The first part is in the shape of the synthetic edition that ships; the rest has profiles of its own.
"""

from __future__ import annotations

import io
from datetime import date
from typing import TYPE_CHECKING, Any

import pytest
import xlsxwriter  # type: ignore[import-untyped]
from hypothesis import given
from hypothesis import strategies as st

from pipelines.sources.migrantenmonitor.reader import number_in, unmarked
from pipelines.sources.workbooks import Grid
from tests.unit.sources.migrantenmonitor import books
from tests.unit.sources.migrantenmonitor.books import (
    Value,
    book,
    figures,
    interval,
    profile,
    refusal,
    sheet,
    table,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from pipelines.landing.deliveries import Outcome
    from tests.conftest import House

    Use = Callable[..., None]

GROUPS = ("Totaal", "MOE-landen", "Overige EU", "Buiten EU")
PARTS = ("Totaal", "Ingeschreven", "Niet ingeschreven")
FIRST = [2, 3, 4, 6, 7, 8, 10, 11, 12, 14, 15, 16]
SHARE = {"unit": "percent", "measure": "share_of_migrants"}
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


def cells(house: House, content: bytes) -> dict[tuple[str, str], dict[str, Any]]:
    outcome = books.take_in(house, {"monitor.xlsx": content})
    assert outcome.status == "read", outcome.message
    rows = house.accepted("migrantenmonitor")
    assert outcome.rows_read == outcome.rows_accepted == len(rows)
    return {(row["locator_sheet"], row["locator_cell"]): row for row in rows}


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
    found = cells(sample_house, workbook([NATION, town(C="x", P="-", E=".", Q=0)]))
    shown = {
        address: tuple(found["Tabel 1", f"{address}7"][name] for name in ("value", "low", "high", "availability"))
        for address in "CPEQ"
    }
    assert shown == {
        "C": (None, 0, 9, "suppressed"),
        "P": (0, 0, 5, "available"),
        "E": (None, None, None, "missing"),
        "Q": (0, 0, 5, "available"),
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


@pytest.mark.parametrize("content", ["", "n.b.", "**", "1201)", "1 20", "-10", -10, 123])
def test_a_cell_that_is_no_figure_of_this_edition_refuses_the_workbook_with_its_address(
    sample_house: House, content: Value
) -> None:
    message = refusal(sample_house, workbook([NATION, town(H=content)]))
    assert "Tabel 1!H7" in message


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


def test_a_name_without_a_code_is_found_by_its_name(sample_house: House) -> None:
    assert cells(sample_house, workbook([NATION, ["", *TOWN[1:]]]))["Tabel 1", "C7"]["area_code"] == "0394"


@pytest.mark.parametrize("missing", ["Tabel 1", "Tabel 2"])
def test_a_missing_sheet_is_named(sample_house: House, missing: str) -> None:
    assert repr(missing) in refusal(sample_house, workbook(without=missing))


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


# geometry


def test_a_word_over_merged_cells_holds_up_to_where_a_higher_level_begins_another(
    sample_house: House, use: Use
) -> None:
    columns = [
        {"header": ["2021", "Werknemers", "Totaal"], "employment": "employee"},
        {"header": ["2021", "Werknemers", "Ingeschreven"], "employment": "employee", "home_area": "resident"},
        {"header": ["2021", "Zelfstandigen", ""], "employment": "self_employed"},
        {"header": ["2022", "", ""], "period_start": "2022-12-30"},
    ]
    use(profile(sheets=[sheet(header_rows=[2, 3, 4], first_row=6, columns=columns)]))
    content = {
        "T": [
            [books.KNOWN_BY],
            ["", "", 2021, "", "", "", "", "2022"],
            ["", "", "Werknemers", "", "", "Zelfstandigen"],
            ["", "", "Totaal", "", "Ingeschreven"],
            [],
            [394, "Haarlemmermeer", 50, "", 30, 10, "", 70],
        ]
    }
    found = figures(sample_house, book(content))
    assert {address: figure["value"] for address, figure in found.items()} == {"C6": 50, "E6": 30, "F6": 10, "H6": 70}
    assert found["F6"]["employment"] == "self_employed"


def test_the_same_words_over_two_units_are_two_columns(sample_house: House, use: Use) -> None:
    columns = [
        {"header": ["Ingeschreven"], "unit_text": "aantal"},
        {"header": ["Ingeschreven"], "unit_text": "%"} | SHARE,
    ]
    use(profile(sheets=[sheet(unit_row=3, first_row=4, columns=columns)]))
    content = {"T": [[books.KNOWN_BY], ["", "", "Ingeschreven"], ["", "", "aantal", "%"], [394, "", 120, 43]]}
    found = figures(sample_house, book(content))
    assert interval(found["C4"]) == (115, 120, 125)
    assert interval(found["D4"]) == (42.5, 43, 43.5)


@pytest.mark.parametrize("kind", ["xlsx", "xls"])
def test_an_empty_first_row_and_column_shift_no_address(sample_house: House, use: Use, kind: str) -> None:
    content = {"T": [[], ["", "", books.KNOWN_BY], ["", "", "", "Totaal"], ["", "GM0394", "Haarlemmermeer", 120]]}
    entry = sheet(header_rows=[3], first_row=4, code_column="B", name_column="C", columns=[{"header": ["Totaal"]}])
    use(profile(recognise=[{"sheet": "T", "cell": "C2", "contains": books.KNOWN_BY}], sheets=[entry]))
    found = figures(sample_house, book(content, kind), f"verzonnen.{kind}")
    assert list(found) == ["D4"]


def test_words_between_and_below_the_areas_are_no_areas(sample_house: House, use: Use) -> None:
    use(profile())
    rows = [
        ["", "Nederland", 500],
        [],
        ["", "Noord-Holland"],
        ["", "", "aantal"],
        ["0394", "Haarlemmermeer", 120],
        ["-", "nihil"],
        ["1)", "Met uitzendkrachten", "zie de toelichting"],
        ["Bron: CBS"],
    ]
    found = figures(sample_house, book(table(["Totaal"], *rows)))
    assert [figure["area_code"] for figure in found.values()] == ["NL", "0394"]


def test_figures_without_an_area_are_refused_with_their_row(sample_house: House, use: Use) -> None:
    use(profile())
    assert "T row 3: it has figures and no area" in refusal(
        sample_house, book(table(["Totaal"], ["", "", 50], ["0394", "Haarlemmermeer", 120]))
    )


STACKED = table(["Totaal"], ["0394", "", 10], ["", "Werknemers", ""], ["394", "", 20])


def test_an_area_that_stands_twice_is_refused(sample_house: House, use: Use) -> None:
    use(profile())
    assert "T row 5: its area stands in row 3 too" in refusal(sample_house, book(STACKED))


def test_two_tables_below_each_other_are_two_entries(sample_house: House, use: Use) -> None:
    columns = [{"header": ["Totaal"]}]
    employees = sheet(first_row=4, employment="employee", columns=columns)
    use(profile(sheets=[sheet(last_row=3, columns=columns), employees]))
    found = figures(sample_house, book(STACKED))
    assert {address: (one["employment"], one["value"]) for address, one in found.items()} == {
        "C3": ("all", 10),
        "C5": ("employee", 20),
    }


# areas


def test_a_name_that_is_unknown_or_ambiguous_keeps_its_figures_under_its_own_words(
    sample_house: House, use: Use
) -> None:
    use(profile(sheets=[sheet(code_column=None, columns=[{"header": ["Totaal"]}])]))
    rows = [
        ["", name, 10 * place] for place, name in enumerate(("Haarlemmermeer 2)", "Bergen", "Atlantis", "Onbekend"))
    ]
    found = figures(sample_house, book(table(["Totaal"], *rows)))
    assert [(one["area_type"], one["area_code"], one["quote"], one["value"]) for one in found.values()] == [
        ("GM", "0394", None, 0),
        ("unknown", None, "Bergen", 10),
        ("unknown", None, "Atlantis", 20),
        ("unknown", None, "Onbekend", 30),
    ]


NAMES_ALONE = sheet(code_column=None, columns=[{"header": ["Totaal"]}])


@pytest.mark.parametrize("written", ["", "n.b.", "?", -40])
@pytest.mark.parametrize("row", [3, 4])
def test_no_municipality_without_a_code_is_lost_whatever_stands_in_its_cells(
    sample_house: House, use: Use, row: int, written: Value
) -> None:
    use(profile(sheets=[NAMES_ALONE]))
    rows: list[list[Value]] = [["", "Haarlemmermeer", 40], ["", "Rotterdam", 60]]
    rows[row - 3][2] = written
    assert f"T!C{row}: it is" in refusal(sample_house, book(table(["Totaal"], *rows)))


@pytest.mark.parametrize("code", ["0599", 26, "9999"])
def test_a_code_beside_the_name_of_another_municipality_is_refused(sample_house: House, use: Use, code: Value) -> None:
    use(profile())
    content = book(table(["Totaal"], ["0034", "Almere", 10], [code, "Haarlemmermeer", 20]))
    assert f"T row 4: the code {str(code).zfill(4)} is not that of Haarlemmermeer" in refusal(sample_house, content)


def test_a_code_of_another_year_fits_its_name_and_one_that_no_list_has_keeps_its_words(
    sample_house: House, use: Use
) -> None:
    use(profile())
    rows: list[list[Value]] = [["1921", "De Friese Meren", 10], ["9999", "Atlantis", 20], ["9998", "", 30]]
    found = figures(sample_house, book(table(["Totaal"], *rows)))
    assert [(one["area_type"], one["area_code"], one["quote"], one["value"]) for one in found.values()] == [
        ("GM", "1921", None, 10),
        ("unknown", None, "9999 Atlantis", 20),
        ("unknown", None, "9998", 30),
    ]


def test_a_name_means_the_municipality_that_bore_it_in_the_period(
    sample_house: House, use: Use, monkeypatch: pytest.MonkeyPatch
) -> None:
    def named(name: str, on: date | None = None) -> tuple[str, ...]:
        return ("0393",) if name == "Haarlemmerliede" and on is not None and on < date(2019, 1, 1) else ()

    monkeypatch.setattr("pipelines.sources.migrantenmonitor.reader.municipalities_named", named)
    columns = [
        {"header": ["2018"], "period_start": "2018-12-31", "period_end": "2018-12-31"},
        {"header": ["2019"], "period_start": "2019-12-31", "period_end": "2019-12-31"},
    ]
    use(profile(sheets=[sheet(code_column=None, columns=columns)]))
    found = figures(sample_house, book(table([2018, 2019], ["", "Haarlemmerliede", 10, 20])))
    assert [one["area_code"] for one in found.values()] == ["0393", None]


def test_a_province_is_no_municipality_of_the_same_name(sample_house: House, use: Use) -> None:
    use(profile())
    found = figures(sample_house, book(table(["Totaal"], ["PV26", "Utrecht", 90], ["GM0344", "Utrecht", 50])))
    assert [(one["area_type"], one["area_code"], one["quote"]) for one in found.values()] == [
        ("unknown", None, "PV26 Utrecht"),
        ("GM", "0344", None),
    ]


@pytest.mark.parametrize("place", ["first", "last"])
def test_the_nation_may_stand_first_or_last_and_bear_a_mark(sample_house: House, use: Use, place: str) -> None:
    use(profile())
    rows: list[list[Value]] = [["", "Nederland* 1)", 500], ["0394", "Haarlemmermeer", 120]]
    found = figures(sample_house, book(table(["Totaal"], *(rows if place == "first" else rows[::-1]))))
    by_area = {one["area_type"]: one for one in found.values()}
    assert (by_area["NL"]["value"], by_area["NL"]["finality"], by_area["GM"]["finality"]) == (
        500,
        "provisional",
        "final",
    )


# figures


@pytest.mark.parametrize(
    ("written", "value"),
    [
        (1200, 1200),
        ("1200", 1200),
        ("1 200", 1200),
        ("1\u202f200", 1200),
        ("1\u00a0200", 1200),
        ("1.200", 1200),
        ("1.234.560", 1_234_560),
        ("120 1)", 120),
        ("120*", 120),
        (120.00000000000001, 120),
        ("1200,0", 1200),
    ],
)
def test_a_number_is_read_however_it_is_written(sample_house: House, use: Use, written: Value, value: float) -> None:
    use(profile())
    assert figures(sample_house, book(table(["Totaal"], ["0394", "", written])))["C3"]["value"] == value


@given(number=st.integers(0, 10**9), sign=st.sampled_from([".", " ", ""]), decimals=st.integers(0, 999))
def test_a_dutch_number_as_text_is_the_number(number: int, sign: str, decimals: int) -> None:
    text = f"{number:,}".replace(",", sign) + f",{decimals:03}"
    assert number_in(Grid([(text,)], [(None,)]), 0, 0) == pytest.approx(number + decimals / 1000)


@given(text=st.text(alphabet="0123456789.,- x*)", max_size=12))
def test_any_text_is_a_number_that_is_not_negative_or_none(text: str) -> None:
    number = number_in(Grid([(text,)], [(None,)]), 0, 0)
    assert number is None or number >= 0


@given(st.text(max_size=12))
def test_taking_marks_away_leaves_something_and_takes_nothing_twice(text: str) -> None:
    words, _ = unmarked(text)
    assert text.startswith(words)
    assert bool(words) == bool(text)
    assert unmarked(words) == (words, False)


@pytest.mark.parametrize(
    ("text", "words", "is_starred"),
    [
        ("Nederland 1)", "Nederland", False),
        ("Nederland1) 2)", "Nederland", False),
        ("Totaal¹²", "Totaal", False),
        ("2022** 1)", "2022", True),
        ("Bergen (L.)", "Bergen (L.)", False),
        ("305)", "305)", False),
        ("*", "*", False),
        ("*" * 5000 + "x", "*" * 5000 + "x", False),
    ],
)
def test_marks_of_footnotes_are_no_part_of_words(text: str, words: str, is_starred: bool) -> None:
    assert unmarked(text) == (words, is_starred)


def test_a_star_on_a_figure_or_its_header_is_provisional(sample_house: House, use: Use) -> None:
    columns = [{"header": ["2021"], "home_area": "resident"}, {"header": ["2022**"]}]
    use(profile(sheets=[sheet(columns=columns)]))
    found = figures(sample_house, book(table(["2021 1)", "2022*"], ["0394", "", 10, 20], ["0599", "", "30**", 40])))
    assert {address: one["finality"] for address, one in found.items()} == {
        "C3": "final",
        "D3": "provisional",
        "C4": "provisional",
        "D4": "provisional",
    }
    assert found["C4"]["value"] == 30


def test_secret_unknown_impossible_nil_and_almost_nothing_stay_five_things(sample_house: House, use: Use) -> None:
    symbols = {"x": "suppressed", ".": "missing", "": "not_applicable", "-": "nil"}
    use(profile(symbols=symbols, suppressed_high=9))
    rows = [[code, "", cell] for code, cell in zip(range(1, 6), ["x", ".", "", "-", 0], strict=True)]
    found = figures(sample_house, book(table(["Totaal"], *rows)))
    assert [(*interval(one), one["bound_kind"]) for one in found.values()] == [
        ("suppressed", 0, 9, "suppressed"),
        ("missing", None, None, "none"),
        ("not_applicable", None, None, "none"),
        (0, 0, 0, "exact"),
        (0, 0, 5, "rounding_known"),
    ]


def test_a_blank_cell_is_refused_unless_the_profile_says_what_it_means(sample_house: House, use: Use) -> None:
    use(profile())
    assert "T!C3: it is blank" in refusal(sample_house, book(table(["Totaal"], ["0394", "", ""], ["0599", "", 10])))


def test_an_error_of_the_spreadsheet_is_no_blank_cell(sample_house: House, use: Use) -> None:
    content = io.BytesIO()
    with xlsxwriter.Workbook(content, {"in_memory": True}) as broken:
        page = broken.add_worksheet("T")
        page.write_row("A1", [books.KNOWN_BY])
        page.write_row("A2", ["", "", "Totaal"])
        page.write_row("A3", ["0394", "Haarlemmermeer"])
        page.write_formula("C3", "=1/0", None, "#DIV/0!")
    use(profile(symbols={"": "nil"}))
    assert "T!C3: it is neither a number nor a symbol" in refusal(sample_house, content.getvalue())


@pytest.mark.parametrize(
    ("said", "written", "expected"),
    [
        ({"rounding_base": 5}, 125, (123, 125, 127)),
        ({"factor": 1000, "decimals": 1, "rounding_base": 1}, 28.900000000000002, (28_850, 28_900, 28_950)),
        ({"factor": 1000, "decimals": 1, "rounding_base": 100}, "28,9", (28_850, 28_900, 28_950)),
        ({"factor": 1000, "decimals": 1}, 28.9, (28_845, 28_900, 28_955)),
        ({"factor": 1000}, 3, (2495, 3000, 3505)),
        ({**SHARE, "decimals": 1}, 11.4, (11.35, 11.4, 11.45)),
        ({**SHARE, "decimals": 1, "factor": 100}, 0.114, (11.35, 11.4, 11.45)),
    ],
)
def test_the_bounds_of_a_figure_are_those_of_its_base_and_of_how_it_is_shown(
    sample_house: House, use: Use, said: dict[str, Any], written: Value, expected: tuple[float, ...]
) -> None:
    """Counts rounded to ten and then shown in tenths of a thousand were rounded twice."""
    use(profile(**said))
    assert interval(figures(sample_house, book(table(["Totaal"], ["0394", "", written])))["C3"]) == expected


@given(count=st.integers(0, 100_000), base=st.sampled_from([1, 5, 10]))
def test_a_count_that_was_rounded_twice_lies_within_its_bounds(count: int, base: int) -> None:
    from pipelines.sources.migrantenmonitor.profile import Profile
    from pipelines.sources.migrantenmonitor.reader import observations

    def nearest(value: int, step: int) -> set[int]:
        below = value // step * step
        return {one for one in (below, below + step) if abs(value - one) * 2 <= step}

    known = Profile.model_validate(profile(factor=1000, decimals=1, rounding_base=base))
    for shown in {last for first in nearest(count, base) for last in nearest(first, 100)}:
        grid = Grid(
            [("",) * 3, ("", "", "Totaal"), ("0394", "", str(shown / 1000))], [(None,) * 3] * 2 + [(None, None, True)]
        )
        (figure,) = observations("f", {"T": grid}, known)
        assert figure["low"] <= count <= figure["high"]


@pytest.mark.parametrize(
    ("said", "written"),
    [({}, 123), ({"factor": 1000, "decimals": 1}, 28.88), (SHARE, 11.4), ({}, "1,200"), ({}, 1.2)],
)
def test_a_figure_with_other_digits_than_the_profile_says_is_refused(
    sample_house: House, use: Use, said: dict[str, Any], written: Value
) -> None:
    use(profile(**said))
    assert "T!C3: it is no multiple of" in refusal(sample_house, book(table(["Totaal"], ["0394", "", written])))


# false zeros

SUMS = [
    {
        "table_id": "1",
        "dimension": "home_area",
        "total": "all",
        "parts": ["resident", "not_resident"],
        "complete": True,
    },
    {"table_id": "1", "dimension": "employment", "total": "all", "parts": ["employee"], "complete": False},
    {"table_id": "1", "dimension": "area", "total": "NL", "parts": ["GM"], "complete": True},
]
PARTED = [
    {"header": ["Alle"]},
    {"header": ["Werknemers"], "employment": "employee"},
    {"header": ["Ingeschreven"], "employment": "employee", "home_area": "resident"},
    {"header": ["Niet ingeschreven"], "employment": "employee", "home_area": "not_resident"},
]
WORDS = ["Alle", "Werknemers", "Ingeschreven", "Niet ingeschreven"]


def test_a_total_of_nought_over_secret_parts_is_no_zero_nor_is_the_total_over_that(
    sample_house: House, use: Use
) -> None:
    use(profile(sums=SUMS, sheets=[sheet(columns=PARTED)]))
    rows = [
        ["", "Nederland", 50, 30, 0, 0],
        ["0394", "", 0, 0, "x", "x"],
        ["0599", "", 0, 0, 0, "-"],
        [14, "", 0, 0, 0, 10],
    ]
    found = figures(sample_house, book(table(WORDS, *rows)))
    false = {address for address, one in found.items() if one["availability"] == "missing"}
    assert false == {"C4", "D4", "C6", "D6", "E3", "F3"}
    assert {interval(found[address]) for address in false} == {("missing", None, None)}
    assert interval(found["C5"]) == (0, 0, 5)


def test_without_a_sum_a_zero_is_a_zero(sample_house: House, use: Use) -> None:
    use(profile(sheets=[sheet(columns=PARTED)]))
    assert interval(figures(sample_house, book(table(WORDS, ["0394", "", 0, 0, "x", "x"])))["D3"]) == (0, 0, 5)


# editions and versions


def test_a_first_version_without_and_a_second_with_the_work_region_stand_side_by_side(
    sample_house: House, use: Use
) -> None:
    years = [
        {"header": ["2021"], "period_start": "2021-12-31", "period_end": "2021-12-31"},
        {"header": ["2022"], "finality": "provisional"},
    ]
    other = sheet(sheet="U", table_id="3", columns=years)
    first = profile(
        layout="verzonnen-1",
        sheets=[sheet(columns=years[:1]), other],
        recognise=[{"sheet": "T", "cell": "A1", "contains": "november"}],
        absent=[{"table_id": "1", "reason_nl": "Werkregio volgt", "reason_en": "Work region follows"}],
    )
    second = profile(
        layout="verzonnen-2",
        version="2",
        replaces={"edition": "verzonnen", "version": "1", "tables": ["1"]},
        sheets=[sheet(columns=years)],
        recognise=[{"sheet": "T", "cell": "A1", "contains": "mei"}],
        finality="final",
    )
    use(first, second)
    beside = {"U": [[""], ["", "", 2021, 2022], ["0394", "", 70, 80]]}
    v1 = book(table(["2021"], ["0394", "", 50], title="november") | beside)
    v2 = book(table(["2021", "2022*"], ["0394", "", 60, 90], title="mei"))
    outcome = books.take_in(sample_house, {"v1.xlsx": v1, "v2.xlsx": v2})
    assert (outcome.status, outcome.layout) == ("read", "verzonnen-1, verzonnen-2"), outcome.message
    rows = sample_house.accepted("migrantenmonitor")
    assert outcome.rows_read == outcome.rows_accepted == len(rows) == 6
    found = {
        (one["version"], one["table_id"], one["period_end"].year, one["area_type"]): (one["value"], one["finality"])
        for one in rows
    }
    assert found == {
        ("1", "1", 2021, "GM"): (50, "final"),
        ("1", "1", 2022, "NL"): (None, "final"),
        ("1", "3", 2021, "GM"): (70, "final"),
        ("1", "3", 2022, "GM"): (80, "provisional"),
        ("2", "1", 2021, "GM"): (60, "final"),
        ("2", "1", 2022, "GM"): (90, "provisional"),
    }
    (absent,) = [one for one in rows if one["area_type"] == "NL"]
    assert (*interval(absent), absent["bound_kind"]) == ("missing", None, None, "none")
    assert (absent["locator_cell"], absent["locator_sheet"]) == ("not in this edition", None)
    assert absent["quote"] == "Werkregio volgt"


def test_an_edition_that_two_profiles_know_is_refused(sample_house: House, use: Use) -> None:
    use(profile(layout="a"), profile(layout="b"))
    assert "the profiles a and b both know" in refusal(sample_house, book(table(["Totaal"], ["0394", "", 10])))


def test_a_profile_is_known_by_all_its_cells(sample_house: House, use: Use) -> None:
    more = [{"sheet": "T", "cell": "A1", "contains": books.KNOWN_BY}, {"sheet": "T", "cell": "A9", "contains": "mei"}]
    use(profile(layout="a", recognise=more))
    assert "no profile knows" in refusal(sample_house, book(table(["Totaal"], ["0394", "", 10])))


def test_a_wrong_profile_is_named_as_what_is_wrong_and_not_the_workbook(sample_house: House, use: Use) -> None:
    use(profile(finality="?"))
    message = refusal(sample_house, book(table(["Totaal"], ["0394", "", 10])))
    assert "a profile is wrong" in message
    assert "left open: finality" in message


# change in form


def next_version(
    house: House, before: dict[str, list[Sequence[Value]]], now: dict[str, list[Sequence[Value]]]
) -> Outcome:
    """The outcome of a workbook that comes after another of the same edition."""
    (_, outcome) = (
        house.take_in("migrantenmonitor", {"m.xlsx": book(rows)}, day=day, sidecar=books.SYNTHETIC)
        for day, rows in (("2026-01-01", before), ("2026-02-01", now))
    )
    return outcome


def test_figures_typed_as_texts_in_a_new_version_refuse_it(sample_house: House, use: Use) -> None:
    use(profile())
    before = table(["Totaal"], ["GM0394", "Haarlemmermeer", 1200], ["GM0599", "Rotterdam", "x"])
    outcome = next_version(sample_house, before, table(["Totaal"], ["GM0394", "Haarlemmermeer", "1.200"]))
    assert outcome.status == "refused"
    assert "retyped: Totaal was number, is text." in outcome.message


def test_a_column_more_in_a_new_version_is_told_by_its_name(sample_house: House, use: Use) -> None:
    use(profile())
    before, now = (
        table(["Totaal", *more], ["GM0394", "Haarlemmermeer", 1200, *[60 for _ in more]]) for more in ([], ["Mannen"])
    )
    outcome = next_version(sample_house, before, now)
    assert outcome.status == "read", outcome.message
    assert outcome.form_change.endswith("added: Mannen")


def test_another_edition_is_held_against_no_other(sample_house: House, use: Use) -> None:
    other = {"layout": "verzonnen-2", "edition": "later", "sheets": [sheet(columns=[{"header": ["Mannen"]}])]}
    use(profile(), profile(**other, recognise=[{"sheet": "T", "cell": "A1", "contains": "Een andere"}]))
    before = table(["Totaal"], ["GM0394", "Haarlemmermeer", 1200])
    now = table(["Mannen"], ["GM0394", "Haarlemmermeer", 60], title="Een andere")
    outcome = next_version(sample_house, before, now)
    assert (outcome.status, outcome.form_change) == ("read", ""), outcome.message
