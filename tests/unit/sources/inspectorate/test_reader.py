"""The public register of inspections: inspections, fines and amounts, each in its own unit, from whatever form."""

from __future__ import annotations

import io
import json
import tempfile
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

import polars as pl
import pytest
import xlsxwriter  # type: ignore[import-untyped]
from hypothesis import given, settings
from hypothesis import strategies as st

from pipelines.landing.catalogue import write_catalogue
from pipelines.sources import layouts_of
from pipelines.sources.inspectorate.layout import Register
from tests.conftest import House, below, make_house

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

COLUMNS = (
    "zaaknummer", "bedrijf", "vestigingsplaats", "controleplaats", "startdatum", "wet", "uitkomst", "besluitdatum",
    "bezwaar", "aantal_boetes", "boetebedrag",
)  # fmt: skip
USUAL = {
    "zaaknummer": "Z1", "bedrijf": "Verzonnen BV", "vestigingsplaats": "Zoetermeer", "controleplaats": "Rotterdam",
    "startdatum": "2025-03-04", "wet": "Wav", "uitkomst": "boete", "besluitdatum": "2025-05-01", "bezwaar": "geen",
    "aantal_boetes": "3", "boetebedrag": "12000",
}  # fmt: skip
SHARED = {"zaaknummer", "controleplaats", "startdatum", "wet", "uitkomst"}


def register(*cases: dict[str, str], columns: tuple[str, ...] = COLUMNS, sign: str = ";") -> str:
    return (
        "\n".join([sign.join(columns), *(sign.join((USUAL | case)[name] for name in columns) for case in cases)]) + "\n"
    )


def as_json(cases: Sequence[dict[str, str]]) -> bytes:
    return json.dumps({"bron": "verzonnen", "zaken": [USUAL | case for case in cases]}).encode()


def as_workbook(cases: Sequence[dict[str, str]]) -> bytes:
    """As a spreadsheet saves them: dates and whole numbers are no text."""
    content = io.BytesIO()
    with xlsxwriter.Workbook(content) as book:
        sheet, day = book.add_worksheet(), book.add_format({"num_format": "d-m-yyyy"})
        sheet.write_row(0, 0, COLUMNS)
        for row, case in enumerate(cases, start=1):
            for column, text in enumerate((USUAL | case)[name] for name in COLUMNS):
                if text.isdecimal():
                    sheet.write_number(row, column, int(text))
                elif COLUMNS[column] == "startdatum" and text[:4].isdecimal():
                    sheet.write_datetime(row, column, date.fromisoformat(text), day)
                else:
                    sheet.write_string(row, column, text)
    return content.getvalue()


FORMS: dict[str, Callable[[Sequence[dict[str, str]]], str | bytes]] = {
    "semicolons.csv": lambda cases: register(*cases),
    "commas.csv": lambda cases: register(*cases, sign=","),
    "list.json": lambda cases: json.dumps([USUAL | case for case in cases]),
    "object.json": as_json,
    "workbook.xlsx": as_workbook,
}


def observations(house: House, *cases: dict[str, str], **columns: Any) -> list[dict[str, Any]]:
    """The rows where the inspections were."""
    outcome = house.take_in("inspectorate", {"r.csv": register(*cases, **columns)})
    assert (outcome.status, outcome.rows_accepted) == ("read", len(cases)), outcome.message
    return [row for row in house.accepted("inspectorate") if row["place_basis"] == "inspection_place"]


def test_a_case_gives_an_inspection_its_fines_and_their_amount_in_units_that_do_not_mix(house: House) -> None:
    rows = observations(house, {})
    assert {row["measure"]: (row["unit"], row["value"], row["low"], row["high"]) for row in rows} == {
        "inspections": ("inspections", 1, 1, 1),
        "fines": ("fines", 3, 3, 3),
        "fine_amount": ("euro", 12000, 12000, 12000),
    }
    assert {(row["law"], row["outcome"], row["bound_kind"], row["record_key"]) for row in rows} == {
        ("wav", "fine", "exact", "Z1")
    }
    assert {str(row["period_start"]) for row in rows} == {str(row["period_end"]) for row in rows} == {"2025-03-04"}


def test_no_fines_is_nought_and_an_empty_cell_is_no_figure(house: House) -> None:
    rows = observations(
        house,
        {"zaaknummer": "Z1", "uitkomst": "geen overtreding", "aantal_boetes": "0", "boetebedrag": "0"},
        {"zaaknummer": "Z2", "uitkomst": "stillegging", "aantal_boetes": "", "boetebedrag": ""},
    )
    assert [(row["record_key"], row["outcome"], row["measure"], row["value"]) for row in rows] == [
        ("Z1", "no_violation", "fine_amount", 0),
        ("Z1", "no_violation", "fines", 0),
        ("Z1", "no_violation", "inspections", 1),
        ("Z2", "stop", "inspections", 1),
    ]


# forms

CASE = st.fixed_dictionaries(
    {},
    optional={
        "bedrijf": st.sampled_from(["Verzonnen BV", "verzonnen b.v.", "Ander", "", "onbekend"]),
        "vestigingsplaats": st.sampled_from(["Zoetermeer", "Brussel", ""]),
        "controleplaats": st.sampled_from(["Rotterdam", "Hoofddorp", "Rijswijk", "Nergenshuizen", ""]),
        "startdatum": st.dates(date(2016, 1, 1), date(2026, 1, 1)).map(str) | st.just("gisteren"),
        "wet": st.sampled_from(["Wav", "WML", "waadi", "Arbowet"]),
        "uitkomst": st.sampled_from(["boete", "geen overtreding", "Stillegging"]),
        "bezwaar": st.sampled_from(["geen", "lopend", "", "onderweg"]),
        "aantal_boetes": st.sampled_from(["", "0", "7", "drie"]),
        "boetebedrag": st.sampled_from(["", "0", "8000", "1.000"]),
    },
)


def as_read(name: str, content: str | bytes) -> tuple[list[Any], list[Any], tuple[int, int, int]]:
    """Rows without where they stand; of the rejected ones which case of the file they are."""
    with tempfile.TemporaryDirectory() as folder:
        house = make_house(Path(folder))
        outcome = house.take_in("inspectorate", {name: content})
        first = 1 if name.endswith(".json") else 2
        accepted = [
            {column: value for column, value in row.items() if not column.startswith(("locator", "delivery_id"))}
            for row in house.accepted("inspectorate")
        ]
        rejected = [(row["locator_row"] - first, row["field"], row["rule"]) for row in house.rejected("inspectorate")]
        return accepted, rejected, (outcome.rows_read, outcome.rows_accepted, outcome.rows_rejected)


@settings(max_examples=10)
@given(cases=st.lists(CASE, min_size=1, max_size=2))
def test_every_form_gives_the_same_rows_for_the_same_cases(cases: list[dict[str, str]]) -> None:
    # Enough sound cases that a few broken ones do not refuse the file.
    numbered = [{"zaaknummer": f"Z-{number}"} for number in range(200)]
    numbered[3 : 3 + len(cases)] = [case | own for case, own in zip(cases, numbered[3 : 3 + len(cases)], strict=True)]
    of_forms = {name: as_read(name, form(numbered)) for name, form in FORMS.items()}
    expected = of_forms["semicolons.csv"]
    assert expected[0]
    assert expected[2][0] == 200
    assert all(found == expected for found in of_forms.values())


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("r.json", "[1, 2"),
        ("r.json", '{"zaken": 3}'),
        ("r.json", '{"zaken": [], "andere": []}'),
        ("r.json", '{"zaken": [{"zaaknummer": {"diep": 1}}]}'),
        ("r.json", "[" * 100_000),
        ("r.json", "[]"),
        ("r.json", "[" + "9" * 5000 + "]"),
        ("r.csv", register()),
        ("r.csv", register({"wet": "Arbowet"})),
        ("r.csv", register({"bedrijf": "é"}).encode("latin-1")),
        ("r.csv", "a\n"),
        ("r.csv", "\n"),
        ("r.csv", register({"bedrijf": '"open'})),
        ("r.xlsx", b"PK\x03\x04" + b"\x00" * 40),
        ("r.xlsx", as_workbook([])),
    ],
)
def test_a_register_of_which_nothing_can_be_read_is_refused(house: House, name: str, content: str | bytes) -> None:
    outcome = house.take_in("inspectorate", {name: content})
    assert (outcome.status, outcome.rows_accepted) == ("refused", 0)
    assert name in outcome.message or "no rows" in outcome.message


def test_an_object_of_json_that_is_no_flat_case_is_set_aside(house: House) -> None:
    cases: list[Any] = [USUAL | {"zaaknummer": f"Z{number}"} for number in range(300)]
    cases[7:7] = ["Geheim BV", USUAL | {"bedrijf": {"naam": "Geheim BV"}}]
    outcome = house.take_in("inspectorate", {"r.json": json.dumps(cases)})
    assert (outcome.rows_read, outcome.rows_accepted, outcome.rows_rejected) == (302, 300, 2)
    assert [(row["locator_row"], row["field"]) for row in house.rejected("inspectorate")] == [(8, "row"), (9, "row")]


def test_a_byte_order_mark_is_no_fault(house: House) -> None:
    outcome = house.take_in("inspectorate", {"r.csv": b"\xef\xbb\xbf" + register({}).encode()})
    assert outcome.status == "read"


# words and columns


@pytest.mark.parametrize(("law", "expected"), [("Wav", "wav"), ("WML", "wml"), ("waadi ", "waadi")])
def test_laws_are_known_in_any_case(house: House, law: str, expected: str) -> None:
    assert {row["law"] for row in observations(house, {"wet": law})} == {expected}


@pytest.mark.parametrize(
    ("sector", "expected"), [("Horeca", "hospitality"), ("", "not_stated"), ("Geheim BV", "unknown")]
)
def test_a_sector_that_is_not_mapped_is_unknown_and_none_is_not_stated(
    house: House, sector: str, expected: str
) -> None:
    columns = (*COLUMNS, "sector")
    assert {row["sector"] for row in observations(house, {"sector": sector}, columns=columns)} == {expected}


def test_without_a_column_for_it_the_sector_is_not_stated(house: House) -> None:
    assert {row["sector"] for row in observations(house, {})} == {"not_stated"}


@pytest.mark.parametrize(
    ("appeal", "finality"), [("geen", "final"), ("", "final"), ("Lopend", "provisional"), ("?", "provisional")]
)
def test_what_is_or_may_be_under_appeal_is_provisional(house: House, appeal: str, finality: str) -> None:
    assert {row["finality"] for row in observations(house, {"bezwaar": appeal})} == {finality}


def test_the_layout_is_a_guess_until_a_real_register_was_read(house: House) -> None:
    outcome = house.take_in("inspectorate", {"r.csv": register({})})
    assert outcome.layout == "public_register"
    write_catalogue(house.settings)
    layouts = pl.read_parquet(house.settings.staged / "catalogue" / "layout.parquet")
    (known,) = layouts.filter(source="inspectorate").rows(named=True)
    assert (known["verified"], known["evidence_delivery_id"]) == (True, outcome.delivery_id)
    assert not layouts_of("inspectorate", Register)[0].verified, "as it is shipped"


def test_another_form_of_the_register_is_another_layout_and_no_code(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    (shipped,) = layouts_of("inspectorate", Register)
    other = shipped.model_dump() | {
        "layout": "other",
        "columns": {"Kenmerk": "case", "Plaats": "place", "Begin": "started", "Regeling": "law", "Besluit": "outcome"},
        "words": {"law": {"Wet arbeid vreemdelingen": "wav"}, "outcome": {"Bestuurlijke boete": "fine"}},
    }
    both = shipped, Register.model_validate(other)
    monkeypatch.setattr("pipelines.sources.inspectorate.layout.layouts_of", lambda *_: both)
    content = (
        "kenmerk,plaats,begin,regeling,besluit\nK-1,Hoofddorp,4-3-2025,wet arbeid vreemdelingen,bestuurlijke boete\n"
    )
    outcome = house.take_in("inspectorate", {"r.csv": content})
    assert (outcome.status, outcome.layout) == ("read", "other")
    (row,) = house.accepted("inspectorate")
    assert (row["record_key"], row["area_code"], row["law"], row["outcome"]) == ("K-1", "0394", "wav", "fine")


@pytest.mark.parametrize("wrong", [{"law": {"wav": "wow"}}, {"outcome": {"boete": "punished"}}, {"appeal": {"a": "b"}}])
def test_a_word_of_ours_that_is_none_is_refused_in_a_layout(wrong: dict[str, dict[str, str]]) -> None:
    (shipped,) = layouts_of("inspectorate", Register)
    with pytest.raises(ValueError, match=next(iter(wrong))):
        Register.model_validate(shipped.model_dump() | {"words": shipped.words.model_dump() | wrong})


@pytest.mark.parametrize("column", sorted(SHARED))
def test_a_missing_column_is_named(house: House, column: str) -> None:
    content = register({}, columns=tuple(name for name in COLUMNS if name != column))
    outcome = house.take_in("inspectorate", {"r.csv": content})
    assert outcome.status == "refused"
    assert "r.csv" in outcome.message
    assert f"columns are missing: {column}" in outcome.message


def test_what_is_optional_may_lack(house: House) -> None:
    columns = tuple(name for name in COLUMNS if name in SHARED)
    outcome = house.take_in("inspectorate", {"r.csv": register({}, columns=columns)})
    assert outcome.status == "read"
    (row,) = house.accepted("inspectorate")
    assert (row["measure"], row["place_basis"], row["company_key"]) == ("inspections", "inspection_place", None)


def test_two_columns_for_one_thing_are_refused(house: House) -> None:
    outcome = house.take_in("inspectorate", {"r.csv": register({}, columns=(*COLUMNS, "wet"))})
    assert outcome.status == "refused"
    assert "two columns hold the same: wet" in outcome.message


# places


@pytest.mark.parametrize(
    ("place", "code"),
    [
        ("Rotterdam", "0599"),
        ("ROTTERDAM ", "0599"),
        ("Hoofddorp", "0394"),
        ("Den Haag", "0518"),
        ("'s-Gravenhage", "0518"),
        ("Haarlemmerliede en Spaarnwoude", None),
        ("Onbekend dorp", None),
        ("", None),
    ],
)
def test_the_place_of_inspection_is_a_municipality_of_today_or_unknown(
    house: House, place: str, code: str | None
) -> None:
    for row in observations(house, {"controleplaats": place}):
        assert (row["area_type"], row["area_code"]) == ("GM" if code else "unknown", code)
        assert (row["area_name"], row["area_candidates"]) == (None, None), "an unknown place may be any text"


def test_a_place_that_several_municipalities_have_keeps_its_name_and_all_of_them(house: House) -> None:
    for row in observations(house, {"controleplaats": "Rijswijk"}):
        assert (row["area_type"], row["area_code"], row["area_name"]) == ("unknown", None, "Rijswijk")
        assert row["area_candidates"] == ["0214", "0603", "1959"]


def test_each_case_stands_at_the_seat_of_its_company_too(house: House) -> None:
    observations(house, {"vestigingsplaats": "Zoetermeer"})
    by_basis = {row["place_basis"]: row["area_code"] for row in house.accepted("inspectorate")}
    assert by_basis == {"inspection_place": "0599", "seat": "0637"}
    assert len(house.accepted("inspectorate")) == 6


# companies


def test_a_company_is_the_first_of_its_cases_whatever_it_is_called(house: House) -> None:
    rows = observations(
        house,
        {"zaaknummer": "Z3", "bedrijf": "Geheim Uitzendbureau B.V."},
        {"zaaknummer": "Z2", "bedrijf": "GEHEIM UITZENDBUREAU BV"},
        {"zaaknummer": "Z4", "bedrijf": "Ander"},
        {"zaaknummer": "Z5", "bedrijf": ""},
        {"zaaknummer": "Z6", "bedrijf": "Onbekend"},
        {"zaaknummer": "Z7", "bedrijf": "Natuurlijk persoon"},
    )
    keys = {row["record_key"]: row["company_key"] for row in rows}
    assert keys == {"Z2": "Z2", "Z3": "Z2", "Z4": "Z4", "Z5": None, "Z6": None, "Z7": None}


def test_a_number_tells_companies_of_one_name_apart(house: House) -> None:
    columns = (*COLUMNS, "kvk-nummer")
    cases = [{"zaaknummer": f"Z{at}", "kvk-nummer": number} for at, number in enumerate(["111", "222", "111"])]
    rows = observations(house, *cases, columns=columns)
    assert {row["record_key"]: row["company_key"] for row in rows} == {"Z0": "Z0", "Z1": "Z1", "Z2": "Z0"}


def test_where_companies_have_numbers_a_name_alone_is_no_other_company(house: House) -> None:
    columns = (*COLUMNS, "kvk-nummer")
    cases = [
        {"zaaknummer": "Z1", "bedrijf": "Acme BV", "kvk-nummer": "12345678"},
        {"zaaknummer": "Z2", "bedrijf": "Acme B.V.", "kvk-nummer": ""},
    ]
    rows = observations(house, *cases, columns=columns)
    assert {row["record_key"]: row["company_key"] for row in rows} == {"Z1": "Z1", "Z2": None}


def test_two_companies_of_one_case_are_two(house: House) -> None:
    rows = observations(house, {"bedrijf": "Een"}, {"bedrijf": "Twee"}, {"bedrijf": "Twee", "zaaknummer": "Z2"})
    assert {row["locator_row"]: row["company_key"] for row in rows} == {2: "Z1", 3: "Z1:2", 4: "Z1:2"}


NAME = "Zwijgzaam Uitzendbureau"
PLANTED = [{name: NAME, "zaaknummer": NAME if name == "zaaknummer" else f"P{at}"} for at, name in enumerate(COLUMNS)]


@pytest.mark.parametrize("form", sorted(FORMS))
def test_a_name_in_whatever_field_of_whatever_form_is_in_nothing_that_is_kept_or_said(
    house: House, form: str, caplog: pytest.LogCaptureFixture
) -> None:
    cases = [*PLANTED, *({"zaaknummer": f"Z{number}", "bedrijf": NAME} for number in range(600))]
    content = FORMS[form](cases)
    taken = house.take_in("inspectorate", {form: content})
    assert (taken.status, taken.rows_rejected) == ("read", 6), "of the six fields that are no free text"
    refused = house.take_in("inspectorate", {form: FORMS[form](PLANTED[4:7])}, day="2026-02-02")
    assert refused.status == "refused"
    write_catalogue(house.settings)
    said = [*house.accepted("inspectorate"), *house.rejected("inspectorate"), taken, refused, caplog.text]
    assert "Zwijgzaam" not in str(said)
    files = list(below(house.settings.staged))
    assert files
    assert not any(b"Zwijgzaam" in path.read_bytes() for path in files)


# broken cases


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"zaaknummer": ""}, "zaaknummer"),
        ({"zaaknummer": "Jansen"}, "zaaknummer"),
        ({"zaaknummer": "1 Jansen"}, "zaaknummer"),
        ({"startdatum": "31-02-2025"}, "startdatum"),
        ({"startdatum": ""}, "startdatum"),
        ({"startdatum": "2025-03"}, "startdatum"),
        ({"wet": "Arbowet"}, "wet"),
        ({"uitkomst": "waarschuwing"}, "uitkomst"),
        ({"aantal_boetes": "drie"}, "aantal_boetes"),
        ({"boetebedrag": "-1"}, "boetebedrag"),
        ({"boetebedrag": "1.000"}, "boetebedrag"),
        ({"boetebedrag": "9" * 400}, "boetebedrag"),
        ({"boetebedrag": "1000;extra"}, "row"),
    ],
)
def test_a_broken_case_is_set_aside_with_its_row_and_field(house: House, wrong: dict[str, str], field: str) -> None:
    cases = [{"zaaknummer": f"Z{number}"} for number in range(120)]
    outcome = house.take_in("inspectorate", {"r.csv": register(*cases[:10], wrong, *cases[10:])})
    assert (outcome.status, outcome.rows_read, outcome.rows_rejected) == ("read", 121, 1)
    (row,) = house.rejected("inspectorate")
    assert (row["locator_file"], row["locator_row"], row["field"]) == ("r.csv", 12, field)


@pytest.mark.parametrize("day", ["4-3-2025", "04-03-2025", "2025-03-04T00:00:00", "2025-03-04 00:00:00"])
def test_a_day_may_be_written_in_the_dutch_way_or_with_midnight(house: House, day: str) -> None:
    assert {str(row["period_start"]) for row in observations(house, {"startdatum": day})} == {"2025-03-04"}


@pytest.mark.parametrize("amount", ["12000,00", "12000.0"])
def test_an_amount_may_be_written_with_cents_that_are_nought(house: House, amount: str) -> None:
    rows = observations(house, {"boetebedrag": amount})
    assert [row["value"] for row in rows if row["measure"] == "fine_amount"] == [12000]


def test_a_line_break_within_quotes_does_not_shift_the_rows_after_it(house: House) -> None:
    cases = [{"zaaknummer": f"Z{number}"} for number in range(120)]
    broken = {"wet": "Arbowet"}
    house.take_in("inspectorate", {"r.csv": register({"bezwaar": '"a\nb"'}, *cases, broken)})
    (row,) = house.rejected("inspectorate")
    assert row["locator_row"] == 124


def test_snapshots_carry_their_date_as_edition(house: House) -> None:
    assert {row["edition"] for row in observations(house, {})} == {"2026-02-01"}
