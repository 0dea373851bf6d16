"""Housing: counts by location or total, unknown where a cell is empty, and never an address."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from pipelines.sources.housing.reader import HOUSING
from tests.unit.sources.indicators.test_reader import filled
from tests.unit.sources.test_any_bytes import SIGNS, consistent, outcome_of, spoiled

if TYPE_CHECKING:
    from tests.conftest import House

USUAL = {
    "gemeente": "Haarlemmermeer", "peildatum": "2026-01-01", "soort": "recreatie", "vergunde plaatsen": "1.200",
    "bezette plaatsen": "1.100", "vergunning": "ja", "controles": "2", "overbewoonde locaties": "1",
    "meldingen overbewoning": "0", "bron": "Register huisvesting",
}  # fmt: skip


def housing(*rows: dict[str, str]) -> str:
    return filled(HOUSING, *(USUAL | row for row in rows))


def counts(house: House, **cells: str) -> dict[str, tuple[Any, ...]]:
    return {
        row["measure"]: (row["low"], row["value"], row["high"], row["availability"]) for row in told(house, **cells)
    }


def told(house: House, **cells: str) -> list[dict[str, Any]]:
    outcome = house.take_in(
        "housing", {"h.csv": housing({name.replace("_", " "): text for name, text in cells.items()})}
    )
    assert outcome.status == "read", outcome.message
    return house.accepted("housing")


def refusal(house: House, **cells: str) -> str:
    content = housing({}, {name.replace("_", " "): text for name, text in cells.items()})
    outcome = house.take_in("housing", {"h.csv": content})
    assert (outcome.status, outcome.rows_accepted) == ("refused", 0)
    return str(outcome.message)


def test_a_row_without_a_number_of_locations_is_one_location(house: House) -> None:
    assert counts(house) == {
        "lodging_locations": (1, 1, 1, "available"),
        "places_permitted": (1200, 1200, 1200, "available"),
        "places_occupied": (1100, 1100, 1100, "available"),
        "licences": (1, 1, 1, "available"),
        "lodging_inspections": (2, 2, 2, "available"),
        "over_occupied": (1, 1, 1, "available"),
        "over_occupation_reports": (0, 0, 0, "available"),
    }


def test_an_empty_cell_is_unknown_and_not_nought(house: House) -> None:
    found = counts(house, bezette_plaatsen="", controles="", vergunning="")
    unknown = (0, None, None, "missing")
    assert found["places_occupied"] == found["lodging_inspections"] == found["licences"] == unknown
    assert found["over_occupation_reports"] == (0, 0, 0, "available"), "nought was told"


@pytest.mark.parametrize(
    ("answer", "licences"), [("ja", 4), ("Nee", 0), ("3", 3), ("onbekend", None), ("", None), ("0", 0)]
)
def test_a_licence_is_an_answer_or_a_number(house: House, answer: str, licences: int | None) -> None:
    assert counts(house, locaties="4", vergunning=answer)["licences"][1] == licences


def test_a_row_keeps_its_area_its_kind_its_moment_and_its_source(house: House) -> None:
    row = told(house, buurt="Oud Veld", soort="Bij werkgever")[0]
    assert (row["area_type"], row["area_name"], row["lodging"]) == (
        "BU", "Oud Veld (Haarlemmermeer)", "employer_site",
    )  # fmt: skip
    assert (str(row["period_start"]), row["date_precision"], row["measured_as"]) == ("2026-01-01", "day", "stock")
    assert row["citation"] == "Register huisvesting"


def test_a_total_of_a_year_has_no_moment(house: House) -> None:
    row = told(house, peildatum="", jaar="2025", soort="")[0]
    assert (str(row["period_end"]), row["measured_as"], row["lodging"]) == ("2025-12-31", "unknown", "unknown")


@pytest.mark.parametrize(
    ("cells", "rule"),
    [
        ({"gemeente": "Nederland"}, "of a municipality"),
        ({"gemeente": "Rotterdam"}, "gemeente is 0599, and the delivery stands in the inbox as one of 0394"),
        ({"buurt": "Dorpsstraat 12"}, "could be an address"),
        ({"buurt": "2132 AB"}, "could be an address"),
        ({"peildatum": "2026-02-02"}, "begins after 2026-02-01"),
        ({"soort": "hotel"}, "soort should be one of"),
        ({"bezette_plaatsen": "12,5"}, "no whole number"),
        ({"controles": "-1"}, "no number"),
        ({"vergunning": "aangevraagd"}, "vergunning is no number"),
        ({"overbewoonde_locaties": "2"}, "more locations are over-occupied"),
        ({"jaar": "2025"}, "no period or two"),
        ({"bron": ""}, "bron should be filled in"),
    ],
)
def test_a_row_that_breaks_a_rule_refuses_the_file(house: House, cells: dict[str, str], rule: str) -> None:
    message = refusal(house, **cells)
    assert "h.csv row 3" in message
    assert rule in message


@pytest.mark.parametrize("column", ["adres", "straat", "huisnummer", "postcode", "naam", "eigenaar"])
def test_a_file_with_addresses_or_names_is_refused_and_nothing_of_it_is_read(house: House, column: str) -> None:
    header, row = housing({}).splitlines()
    outcome = house.take_in("housing", {"h.csv": f"{header};{column}\n{row};Geheimlaan 7\n"})
    assert outcome.status == "refused"
    assert f"addresses and names are not taken in: {column}" in outcome.message
    assert "Geheim" not in outcome.message
    assert house.accepted("housing") == []


def test_made_up_housing_says_so_or_is_refused(house: House) -> None:
    outcome = house.take_in("housing", {"h.csv": housing({"bron": "SYNTHETISCH"})})
    assert outcome.status == "refused"
    assert "synthetic" in outcome.message


@settings(max_examples=25)
@given(data=st.data())
def test_sound_housing_with_a_few_bytes_changed_is_read_or_refused(data: st.DataObject) -> None:
    changes = st.lists(st.tuples(st.integers(0, 20_000), st.integers(0, 3), SIGNS), min_size=1, max_size=4)
    content = data.draw(changes.map(spoiled(housing({}, {"locaties": "3"}).encode())))
    assume(content)
    consistent(outcome_of("housing", content))
