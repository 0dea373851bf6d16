"""BRP extracts: who is, was or left as a resident, with dates as intervals."""

from __future__ import annotations

import hashlib
import hmac
from datetime import date
from typing import Any

import pytest

from tests.conftest import Cell, House, a_numbers, bsns, lo_csv, resident

REFERENCE = date(2026, 2, 1)


def states(house: House, **changed: Cell) -> list[dict[str, Any]]:
    """The states of one person."""
    found = house.take_in("brp", {"a.csv": lo_csv([resident(**changed)])})
    assert found.status == "read", found.message
    return house.accepted("brp")


def one_state(house: House, **changed: Cell) -> dict[str, Any]:
    (state,) = states(house, **changed)
    return state


def rejection(house: House, **changed: Cell) -> tuple[str, str]:
    """Field and rule by which a row among many is rejected."""
    rows = [resident(number) for number in range(1, 120)] + [resident(**changed)]
    found = house.take_in("brp", {"a.csv": lo_csv(rows)})
    assert found.status == "read", found.message
    (row,) = house.rejected("brp")
    assert row["locator_row"] == 121
    return row["field"], row["rule"]


def bounds(state: dict[str, Any], edge: str) -> tuple[date | None, date | None]:
    return state[f"{edge}_low"], state[f"{edge}_high"]


# who


def test_a_resident_is_one_state_without_an_end(house: House) -> None:
    state = one_state(house)
    assert (state["register"], state["state"], state["area_type"], state["area_code"]) == (
        "brp",
        "resident",
        "GM",
        "0394",
    )
    assert bounds(state, "start") == (date(2024, 3, 15), date(2024, 3, 15))
    assert bounds(state, "end") == (None, None)
    assert bounds(state, "settled") == (date(2024, 3, 1), date(2024, 3, 1))
    assert (state["birth_year"], state["birth_country_code"]) == (1985, "7028")
    assert state["rni_reason"] is None
    assert state["established_absent"] is False


def test_both_numbers_and_the_address_become_pseudonyms_under_the_key(house: House) -> None:
    state = one_state(house)
    assert house.settings.key_file
    key = bytes.fromhex(house.settings.key_file.read_text(encoding="ascii").strip())

    def pseudonym(identifier: str) -> str:
        return hmac.new(key, identifier.encode(), hashlib.sha256).hexdigest()

    assert state["pseudonym"] == pseudonym(bsns()[0])
    assert state["a_pseudonym"] == pseudonym(a_numbers()[0])
    assert state["address_key"] == pseudonym("0394010000000019")


def test_a_person_without_a_bsn_has_no_pseudonym_of_it(house: House) -> None:
    state = one_state(house, r01_01_20="")
    assert state["pseudonym"] is None
    assert state["a_pseudonym"]


@pytest.mark.parametrize(("postcode", "four"), [("2132AB", "2132"), ("2132 AB", "2132"), ("", None), ("AB2132", None)])
def test_only_the_digits_of_a_postcode_pass(house: House, postcode: str, four: str | None) -> None:
    assert one_state(house, r08_11_60=postcode)["postcode4"] == four


@pytest.mark.parametrize(
    ("birth", "year"), [("19850621", 1985), ("19850600", 1985), ("19850000", 1985), ("00000000", None), ("", None)]
)
def test_of_a_birth_date_the_year_passes_where_it_is_known(house: House, birth: str, year: int | None) -> None:
    assert one_state(house, r01_03_10=birth)["birth_year"] == year


def test_rubrics_that_are_not_needed_may_be_absent(house: House) -> None:
    needed = ["01.01.10", "01.01.20", "04.05.10", "07.67.10", "07.67.20", "08.09.10", "08.09.20"]
    found = house.take_in("brp", {"a.csv": lo_csv([resident()], needed)})
    assert found.status == "read"
    (state,) = house.accepted("brp")
    assert (state["birth_year"], state["postcode4"], state["address_key"]) == (None, None, None)


# since when


@pytest.mark.parametrize(
    ("start", "low", "high"),
    [
        ("20240300", date(2024, 3, 1), date(2024, 3, 31)),
        ("20240200", date(2024, 2, 1), date(2024, 2, 29)),
        ("20240000", date(2024, 1, 1), date(2024, 12, 31)),
        ("20260000", date(2026, 1, 1), REFERENCE),
        ("00000000", date.min, REFERENCE),
        ("", date.min, REFERENCE),
        ("20260201", REFERENCE, REFERENCE),
    ],
)
def test_an_incomplete_start_is_an_interval_that_ends_at_the_reference_date(
    house: House, start: str, low: date, high: date
) -> None:
    assert bounds(one_state(house, r08_09_20=start), "start") == (low, high)


def test_who_was_born_here_has_no_date_of_settlement(house: House) -> None:
    assert bounds(one_state(house, r08_14_20=""), "settled") == (None, None)


def test_an_incomplete_settlement_is_an_interval(house: House) -> None:
    assert bounds(one_state(house, r08_14_20="20230000"), "settled") == (date(2023, 1, 1), date(2023, 12, 31))


# nationality


@pytest.mark.parametrize(
    ("codes", "ends", "treated", "expected"),
    [
        (["0072"], "", "", {"0072"}),
        (["0072", "0001"], ["", ""], ["", ""], {"0072", "0001"}),
        (["0072", "0001"], "", "", {"0072", "0001"}),
        (["0072", ""], ["", "20200101"], ["", ""], {"0072"}),
        ([""], ["20200101"], [""], set()),
        ([""], "", ["B"], {"0001"}),
        (["0072", ""], ["", ""], ["", "B"], {"0072", "0001"}),
        ([""], "", ["V"], {"0000"}),
        (["0499"], "", "", {"0499"}),
        (["0000"], "", "", {"0000"}),
        (["0072", "0072"], "", "", {"0072"}),
        ([""], "", "", set()),
    ],
)
def test_nationalities_that_have_not_ended_count_and_treated_as_dutch_is_dutch(
    house: House, codes: list[str], ends: Cell, treated: Cell, expected: set[str]
) -> None:
    state = one_state(house, r04_05_10=codes, r04_64_10=ends, r04_65_10=treated)
    assert set(state["nationality_codes"]) == expected
    assert len(state["nationality_codes"]) == len(expected)


def test_a_nationality_outside_tabel_32_is_rejected(house: House) -> None:
    assert rejection(house, r04_05_10=["0072", "9998"]) == ("04.05.10", "is not in Tabel 32")


def test_occurrences_that_are_not_aligned_are_rejected(house: House) -> None:
    field, rule = rejection(house, r04_05_10=["0072", "0001"], r04_65_10=["", "", "B"])
    assert field == "04"
    assert "unequal" in rule


# suspension


@pytest.mark.parametrize(
    ("reason", "after"),
    [
        ("O", "deceased"),
        ("E", "left"),
        ("M", "left"),
        ("R", "left"),
        ("F", "in_error"),
        ("W", "in_error"),
        (".", "left"),
    ],
)
def test_a_suspended_person_was_a_resident_until_then_and_is_something_else_since(
    house: House, reason: str, after: str
) -> None:
    was, became = states(house, r07_67_10="20250710", r07_67_20=reason)
    day = date(2025, 7, 10)
    assert (was["state"], became["state"]) == ("resident", after)
    assert bounds(was, "start") == (date(2024, 3, 15), date(2024, 3, 15))
    assert bounds(was, "end") == bounds(became, "start") == (day, day)
    assert bounds(became, "end") == (None, None)
    assert {was["area_code"], became["area_code"]} == {"0394"}


@pytest.mark.parametrize(
    ("day", "low", "high"),
    [
        ("00000000", date.min, REFERENCE),
        ("", date.min, REFERENCE),
        ("20250000", date(2025, 1, 1), date(2025, 12, 31)),
        ("20260000", date(2026, 1, 1), REFERENCE),
    ],
)
def test_a_suspension_of_unknown_date_ended_somewhere_before_the_reference_date(
    house: House, day: str, low: date, high: date
) -> None:
    was, became = sorted(states(house, r07_67_10=day, r07_67_20="E"), key=lambda state: state["state"], reverse=True)
    assert (was["state"], became["state"]) == ("resident", "left")
    assert bounds(was, "end") == bounds(became, "start") == (low, high)


def test_a_suspension_without_a_reason_is_a_suspension(house: House) -> None:
    assert [state["state"] for state in states(house, r07_67_10="20250710")] == ["resident", "left"]


# marks


@pytest.mark.parametrize("mark", ["O", "S"])
def test_an_incorrect_record_is_in_error_and_no_resident(house: House, mark: str) -> None:
    assert one_state(house, r08_84_10=mark)["state"] == "in_error"


def test_an_incorrect_record_that_is_suspended_too_is_in_error_alone(house: House) -> None:
    assert one_state(house, r08_84_10="O", r07_67_10="20250710", r07_67_20="E")["state"] == "in_error"


@pytest.mark.parametrize(("mark", "absent"), [("089999", True), ("080000", False), ("", False)])
def test_who_is_established_not_to_live_there_is_marked(house: House, mark: str, absent: bool) -> None:
    assert one_state(house, r08_83_10=mark)["established_absent"] is absent


# rejected rows


@pytest.mark.parametrize(
    ("changed", "field", "rule"),
    [
        ({"r01_01_10": ""}, "01.01.10", "is no A-nummer"),
        ({"r01_01_10": "8101010101"}, "01.01.10", "is no A-nummer"),
        ({"r01_01_20": "000000000"}, "01.01.20", "is no BSN"),
        ({"r01_01_20": "12345"}, "01.01.20", "is no BSN"),
        ({"r01_03_10": "19850231"}, "01.03.10", "is no date"),
        ({"r08_09_10": ""}, "08.09.10", "is not in Tabel 33"),
        ({"r08_09_10": "394"}, "08.09.10", "is not in Tabel 33"),
        ({"r08_09_10": "1999"}, "08.09.10", "is the RNI, in a BRP delivery"),
        ({"r08_09_20": "20240230"}, "08.09.20", "is no date"),
        ({"r08_09_20": "20260202"}, "08.09.20", "lies after the reference date"),
        ({"r07_67_10": "20260300", "r07_67_20": "E"}, "07.67.10", "lies after the reference date"),
        ({"r07_67_20": "Q"}, "07.67.20", "is no known reason"),
        ({"r08_14_20": "20270000"}, "08.14.20", "lies after the reference date"),
    ],
)
def test_a_row_that_breaks_a_rule_is_rejected_with_it(
    house: House, changed: dict[str, str], field: str, rule: str
) -> None:
    assert rejection(house, **changed) == (field, rule)


@pytest.mark.parametrize("rubric", ["r01_03_10", "r08_09_20"])
def test_letters_in_a_date_reject_the_row_and_not_the_delivery(house: House, rubric: str) -> None:
    assert rejection(house, **{rubric: "onbekend"})[1] == "is no date"


def test_a_row_with_too_few_cells_is_rejected(house: House) -> None:
    lines = lo_csv([resident(number) for number in range(120)]).splitlines()
    lines[60] = lines[60].rsplit(",", 3)[0]
    found = house.take_in("brp", {"a.csv": "\n".join(lines) + "\n"})
    assert (found.status, found.rows_accepted, found.rows_rejected) == ("read", 119, 1)
    (row,) = house.rejected("brp")
    assert (row["locator_row"], row["field"]) == (61, "row")


# whose residents


def test_an_extract_of_one_municipality_with_a_resident_of_another_is_refused(house: House) -> None:
    found = house.take_in("brp", {"a.csv": lo_csv([resident(1), resident(2, r08_09_10="0599")])})
    assert (found.status, found.rows_accepted) == ("refused", 0)
    assert "a.csv row 3: 08.09.10 is not 0394" in found.message


@pytest.mark.parametrize("scope", ["NL", "Randstad"])
def test_an_extract_of_several_may_hold_residents_of_each(house: House, scope: str) -> None:
    found = house.take_in("brp", {"a.csv": lo_csv([resident(1), resident(2, r08_09_10="0599")])}, scope=scope)
    assert (found.status, found.rows_accepted) == ("read", 2)


def test_who_left_for_another_municipality_is_no_resident_of_it_here(house: House) -> None:
    left = resident(2, r08_09_10="0599", r07_67_10="20250101", r07_67_20="E")
    assert house.take_in("brp", {"a.csv": lo_csv([resident(1), left])}).status == "read"
