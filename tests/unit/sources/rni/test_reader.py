"""RNI extracts: non-residents, and where they stay if they said so."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from tests.conftest import Cell, House, lo_csv, non_resident

REFERENCE = date(2026, 2, 1)
STAY: dict[str, Cell] = {"r16_09_10": "0394", "r16_11_60": "2132AB", "r16_85_10": "20250401"}


def states(house: House, **changed: Cell) -> dict[str, dict[str, Any]]:
    """The states of one person, by name."""
    found = house.take_in("rni", {"a.csv": lo_csv([non_resident(**changed)])})
    assert found.status == "read", found.message
    assert (found.rows_read, found.rows_accepted) == (1, 1)
    rows = house.accepted("rni")
    assert len({row["state"] for row in rows}) == len(rows)
    return {row["state"]: row for row in rows}


def bounds(state: dict[str, Any], edge: str) -> tuple[date | None, date | None]:
    return state[f"{edge}_low"], state[f"{edge}_high"]


def test_without_category_16_a_non_resident_has_no_municipality(house: House) -> None:
    found = states(house)
    assert list(found) == ["non_resident"]
    state = found["non_resident"]
    assert (state["register"], state["rni_reason"]) == ("rni", "R")
    assert (state["area_type"], state["area_code"], state["postcode4"]) == ("unknown", None, None)
    assert bounds(state, "start") == (date(2025, 3, 2), date(2025, 3, 2))
    assert bounds(state, "end") == (None, None)


def test_with_category_16_a_person_is_non_resident_and_stays_in_that_municipality(house: House) -> None:
    found = states(house, **STAY)
    assert set(found) == {"non_resident", "temporary_address"}
    stay = found["temporary_address"]
    assert (stay["area_type"], stay["area_code"], stay["postcode4"], stay["rni_reason"]) == ("GM", "0394", "2132", "R")
    assert bounds(stay, "start") == (date(2025, 4, 1), date(2025, 4, 1))
    assert bounds(stay, "end") == (None, None)
    assert found["non_resident"]["area_code"] is None
    assert found["non_resident"]["pseudonym"] == stay["pseudonym"]


@pytest.mark.parametrize(
    ("end", "low", "high"),
    [
        ("20250701", date(2025, 7, 1), date(2025, 7, 1)),
        ("20250700", date(2025, 7, 1), date(2025, 7, 31)),
        ("20261001", date(2026, 10, 1), date(2026, 10, 1)),
    ],
)
def test_a_stay_may_have_ended_or_be_due_to_end(house: House, end: str, low: date, high: date) -> None:
    assert bounds(states(house, **STAY, r16_18_10=end)["temporary_address"], "end") == (low, high)


def test_a_stay_of_unknown_start_began_somewhere_before_the_reference_date(house: House) -> None:
    found = states(house, **STAY | {"r16_85_10": ""})
    assert bounds(found["temporary_address"], "start") == (date.min, REFERENCE)


def test_who_emigrated_is_kept_apart_from_who_never_lived_here(house: House) -> None:
    found = states(house, r07_67_20="E", r07_67_10="20250302")
    assert found["left"]["rni_reason"] == "E"


def test_who_emigrated_is_a_non_resident_from_the_emigration_on(house: House) -> None:
    found = states(house, r07_67_20="E", r07_67_10="20250302", r07_68_10="20100101")
    assert bounds(found["left"], "start") == (date(2025, 3, 2), date(2025, 3, 2))


@pytest.mark.parametrize(
    ("reason", "state"),
    [("O", "deceased"), ("F", "in_error"), ("W", "in_error"), ("", "non_resident"), (".", "non_resident")],
)
def test_who_has_another_reason_is_not_taken_for_who_never_was_a_resident(
    house: House, reason: str, state: str
) -> None:
    found = states(house, r07_67_20=reason)
    assert list(found) == [state]
    assert found[state]["rni_reason"] is None


def test_an_incorrect_record_is_in_error_and_stays_nowhere(house: House) -> None:
    rows = [non_resident(**STAY) | {"08.84.10": "O"}]
    assert house.take_in("rni", {"a.csv": lo_csv(rows)}).status == "read"
    assert [row["state"] for row in house.accepted("rni")] == ["in_error"]


@pytest.mark.parametrize(
    ("changed", "field", "rule"),
    [
        ({"r08_09_10": "0394"}, "08.09.10", "is not the RNI (1999)"),
        ({"r07_67_20": "Q"}, "07.67.20", "is no known reason"),
        ({"r16_09_10": "1999"}, "16.09.10", "is not in Tabel 33"),
        ({"r16_09_10": "394"}, "16.09.10", "is not in Tabel 33"),
        ({"r16_18_10": "20250732"}, "16.18.10", "is no date"),
        ({"r16_85_10": "20260202"}, "16.85.10", "lies after the reference date"),
        ({"r07_68_10": "20251301"}, "07.68.10", "is no date"),
        ({"r01_01_10": "1234567890"}, "01.01.10", "is no A-nummer"),
    ],
)
def test_a_row_that_breaks_a_rule_is_rejected_with_it(
    house: House, changed: dict[str, str], field: str, rule: str
) -> None:
    rows = [non_resident(number) for number in range(1, 120)] + [non_resident(**changed)]
    found = house.take_in("rni", {"a.csv": lo_csv(rows)})
    assert (found.status, found.rows_rejected) == ("read", 1), found.message
    (row,) = house.rejected("rni")
    assert (row["locator_row"], row["field"], row["rule"]) == (121, field, rule)


@pytest.mark.parametrize("rubric", ["07.68.10", "16.09.10", "16.18.10", "16.85.10"])
def test_an_extract_without_what_the_rni_is_for_is_refused(house: House, rubric: str) -> None:
    rubrics = [name for name in non_resident() if name != rubric]
    found = house.take_in("rni", {"a.csv": lo_csv([non_resident()], rubrics)})
    assert found.status == "refused"
    assert f"rubric {rubric} is missing" in found.message
