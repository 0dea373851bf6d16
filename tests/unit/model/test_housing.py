"""Housing: sums that know what they do not know, and how people live somewhere shown of municipalities alone."""

from __future__ import annotations

import itertools
from datetime import date
from typing import Any

import pytest

from tests.unit.areas.models import Modelled, Row, figure, modelled

MEASURES = (
    "lodging_locations", "places_permitted", "places_occupied", "licences", "lodging_inspections", "over_occupied",
    "over_occupation_reports",
)  # fmt: skip
KNOWN = {"places_permitted": 50, "places_occupied": 31, "licences": 1, "lodging_inspections": 2, "over_occupied": 1}
KNOWN |= {"lodging_locations": 1, "over_occupation_reports": 3}
number = itertools.count(1)


def lodging(code: str, told: dict[str, int | None] | None = None, **changed: Any) -> list[Row]:
    """The observations of one row: a location, or a total of them."""
    row: Row = {"source": "housing", "universe": "municipal_lodging", "locator_row": next(number), "unit": "other"}
    row |= {"lodging": "recreation"} | changed
    counts = {name: (KNOWN | (told or {}))[name] for name in MEASURES}
    unknown = {"low": 0, "high": None, "availability": "missing", "bound_kind": "none"}
    return [
        figure(code, "2026-01-01", count, measure=measure, **row | (unknown if count is None else {}))
        for measure, count in counts.items()
    ]


def quarter(code: str, name: str, **changed: Any) -> dict[str, Any]:
    lies_in = {"other_area_type": "GM", "other_area_code": code}
    return {"area_type": "BU", "area_name": name} | lies_in | changed


# Three locations of two kinds, of which two in a neighbourhood.
OBSERVATIONS = lodging("0394")
for kind in ("recreation", "large_scale"):
    OBSERVATIONS += [row | quarter("0394", "Oud Veld", area_code=None) for row in lodging("0394", lodging=kind)]
# One location; two with few people; two of which one is silent; two that are empty.
OBSERVATIONS += lodging("0599")
OBSERVATIONS += lodging("0637", {"places_occupied": 4}) + lodging("0637", {"places_occupied": 5})
OBSERVATIONS += lodging("0518") + lodging("0518") + lodging("0518", {"places_occupied": None, "licences": None})
OBSERVATIONS += lodging("0363") + lodging("0363", dict.fromkeys(("places_occupied", "over_occupied"), None))
OBSERVATIONS += lodging("0344", {"lodging_locations": 12, "places_occupied": 0, "over_occupied": 0})
# Told again by a newer delivery, and made up beside it.
OBSERVATIONS += lodging("0402", {"lodging_locations": 2}, reference_date=date(2025, 6, 1), edition="old")
OBSERVATIONS += lodging("0402", {"lodging_locations": 7}, edition="new")
OBSERVATIONS += lodging("0402", {"lodging_locations": 90}, synthetic=True)
# Two locations, and one more in a newer delivery.
OBSERVATIONS += 2 * lodging("0362", reference_date=date(2025, 6, 1), edition="old")
OBSERVATIONS += lodging("0362", {"lodging_locations": 2}, edition="new") + lodging("0362", edition="new")


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Modelled:
    return modelled(tmp_path_factory.mktemp("housing"), OBSERVATIONS, "housing")


def of(house: Modelled, code: str, columns: str, kind: str = "all") -> tuple[Any, ...]:
    (row,) = house.rows(
        f"select {columns} from housing where area_type = 'GM' and area_code = '{code}' and kind = '{kind}'"
        " and not superseded and not synthetic"
    )
    return row


def test_a_municipality_has_all_its_locations_those_in_neighbourhoods_too(house: Modelled) -> None:
    assert of(house, "0394", "locations, places_permitted, licences, inspections, over_occupied") == (3, 150, 3, 6, 3)
    assert of(house, "0394", "locations", "recreation") == (2,)
    assert of(house, "0394", "locations", "large_scale") == (1,)


def test_occupied_places_are_rounded_as_the_persons_they_are(house: Modelled) -> None:
    columns = "places_occupied_low, places_occupied, places_occupied_high"
    assert of(house, "0394", columns) == (85, 90, 95), "three times 31"


@pytest.mark.parametrize("code", ["0637", "0344"])
def test_few_people_and_nobody_at_all_are_withheld_alike(house: Modelled, code: str) -> None:
    columns = "places_occupied_low, places_occupied, places_occupied_high, availability"
    assert of(house, code, columns) == (0, None, None, "suppressed")


def test_a_single_location_is_not_shown_by_how_people_live_in_it(house: Modelled) -> None:
    assert of(house, "0599", "locations, places_permitted") == (1, 50), "that it is there is public"
    how = "places_occupied, licences, inspections, over_occupied, over_occupation_reports, availability"
    assert of(house, "0599", how) == (None, None, None, None, None, "suppressed")
    assert of(house, "0599", "places_occupied_low, over_occupied_low, over_occupied_high") == (0, 0, None)


def test_one_that_speaks_among_silent_ones_is_a_single_location_too(house: Modelled) -> None:
    assert of(house, "0363", "locations, places_occupied_low, over_occupied_low, inspections") == (2, 0, 0, 4)


def test_where_a_cell_is_unknown_the_sum_is_a_lower_bound_and_says_so(house: Modelled) -> None:
    assert of(house, "0518", "places_occupied_low, places_occupied, places_occupied_high") == (55, None, None)
    assert of(house, "0518", "licences_low, licences, licences_high") == (2, None, None)
    assert of(house, "0518", "locations, availability, bound_kind") == (3, "missing", "none")


def test_neighbourhoods_and_kinds_show_locations_and_permits_and_nothing_of_the_people(house: Modelled) -> None:
    rows = house.rows("select * from housing where area_type = 'BU' or kind <> 'all'")
    assert len(rows) > 8
    hidden = house.rows(
        "select 1 from housing where (area_type = 'BU' or kind <> 'all')"
        " and coalesce(places_occupied, licences, inspections, over_occupied, over_occupation_reports) is not null"
    )
    assert hidden == []
    assert house.rows(
        "select area_name, locations, places_permitted from housing where area_type = 'BU' and kind = 'all'"
    ) == [("Oud Veld", 2, 100)]


def test_the_newest_delivery_counts_the_older_stays_visible_and_made_up_locations_stand_apart(house: Modelled) -> None:
    rows = house.rows(
        "select locations, superseded, synthetic from housing where area_code = '0402' and kind = 'all' order by 1"
    )
    assert rows == [(2, True, False), (7, False, False), (90, False, True)]


def test_what_was_replaced_gives_no_single_location_away_beside_what_replaced_it(house: Modelled) -> None:
    how = ("places_occupied", "licences", "inspections", "over_occupied", "over_occupation_reports")
    told = house.rows(
        f"select superseded, locations, {', '.join(how)} from housing"
        " where area_code = '0362' and kind = 'all' order by superseded"
    )
    assert told == [(False, 3, 60, 2, 4, 2, 6), (True, 2, None, None, None, None, None)]
