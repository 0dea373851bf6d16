"""The public register of inspections: inspections, fines and amounts, each in its own unit."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from tests.conftest import House

COLUMNS = (
    "zaaknummer", "bedrijf", "vestigingsplaats", "controleplaats", "startdatum", "wet", "uitkomst", "besluitdatum",
    "bezwaar", "aantal_boetes", "boetebedrag",
)  # fmt: skip
USUAL = {
    "zaaknummer": "Z1", "bedrijf": "Verzonnen BV", "vestigingsplaats": "Zoetermeer", "controleplaats": "Rotterdam",
    "startdatum": "2025-03-04", "wet": "Wav", "uitkomst": "boete", "besluitdatum": "2025-05-01", "bezwaar": "geen",
    "aantal_boetes": "3", "boetebedrag": "12000",
}  # fmt: skip


def register(*cases: dict[str, str], columns: tuple[str, ...] = COLUMNS) -> str:
    return (
        "\n".join([";".join(columns), *(";".join((USUAL | case)[name] for name in columns) for case in cases)]) + "\n"
    )


def observations(house: House, *cases: dict[str, str]) -> list[dict[str, Any]]:
    outcome = house.take_in("inspectorate", {"r.csv": register(*cases)})
    assert (outcome.status, outcome.rows_accepted) == ("read", len(cases)), outcome.message
    return house.accepted("inspectorate")


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


@pytest.mark.parametrize(("law", "expected"), [("Wav", "wav"), ("WML", "wml"), ("waadi", "waadi")])
def test_laws_are_known_in_any_case(house: House, law: str, expected: str) -> None:
    assert {row["law"] for row in observations(house, {"wet": law})} == {expected}


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
        assert row["place_basis"] == "inspection_place"


def test_the_name_of_an_employer_does_not_pass(house: House) -> None:
    rows = observations(house, {"bedrijf": "Geheim Uitzendbureau BV"})
    assert "Geheim" not in str(rows)


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"zaaknummer": ""}, "zaaknummer"),
        ({"startdatum": "31-02-2025"}, "startdatum"),
        ({"besluitdatum": ""}, "besluitdatum"),
        ({"wet": "Arbowet"}, "wet"),
        ({"uitkomst": "waarschuwing"}, "uitkomst"),
        ({"aantal_boetes": "drie"}, "aantal_boetes"),
        ({"boetebedrag": "-1"}, "boetebedrag"),
        ({"boetebedrag": "1.000"}, "boetebedrag"),
        ({"boetebedrag": "1000;extra"}, "row"),
    ],
)
def test_a_broken_case_is_set_aside_with_its_row_and_field(house: House, wrong: dict[str, str], field: str) -> None:
    cases = [{"zaaknummer": f"Z{number}"} for number in range(120)]
    outcome = house.take_in("inspectorate", {"r.csv": register(*cases[:10], wrong, *cases[10:])})
    assert (outcome.status, outcome.rows_read, outcome.rows_rejected) == ("read", 121, 1)
    (row,) = house.rejected("inspectorate")
    assert (row["locator_file"], row["locator_row"], row["field"]) == ("r.csv", 12, field)


def test_a_number_beyond_all_bounds_is_a_broken_case(house: House) -> None:
    cases = [{"zaaknummer": f"Z{number}"} for number in range(120)]
    outcome = house.take_in("inspectorate", {"r.csv": register(*cases, {"boetebedrag": "9" * 400})})
    assert outcome.rows_rejected == 1


def test_a_line_break_within_quotes_does_not_shift_the_rows_after_it(house: House) -> None:
    cases = [{"zaaknummer": f"Z{number}"} for number in range(120)]
    broken = {"wet": "Arbowet"}
    house.take_in("inspectorate", {"r.csv": register({"bezwaar": '"a\nb"'}, *cases, broken)})
    (row,) = house.rejected("inspectorate")
    assert row["locator_row"] == 124


@pytest.mark.parametrize("column", ["zaaknummer", "controleplaats", "startdatum", "wet", "uitkomst", "aantal_boetes"])
def test_a_missing_column_is_named(house: House, column: str) -> None:
    content = register({}, columns=tuple(name for name in COLUMNS if name != column))
    outcome = house.take_in("inspectorate", {"r.csv": content})
    assert outcome.status == "refused"
    assert "r.csv row 1" in outcome.message
    assert f"columns are missing: {column}" in outcome.message


@pytest.mark.parametrize(
    "content", [register(), register({"wet": "Arbowet"}), register({"bedrijf": "é"}).encode("latin-1"), "a\n", "\n"]
)
def test_a_register_of_which_nothing_can_be_read_is_refused(house: House, content: str | bytes) -> None:
    outcome = house.take_in("inspectorate", {"r.csv": content})
    assert (outcome.status, outcome.rows_accepted) == ("refused", 0)


def test_a_byte_order_mark_is_no_fault(house: House) -> None:
    outcome = house.take_in("inspectorate", {"r.csv": b"\xef\xbb\xbf" + register({}).encode()})
    assert outcome.status == "read"


def test_snapshots_carry_their_date_as_edition(house: House) -> None:
    assert {row["edition"] for row in observations(house, {})} == {"2026-02-01"}
