"""The map: every municipality of its year once, within the frame, beside and not over its neighbours."""

from __future__ import annotations

import csv
import json
import re
from collections import defaultdict
from datetime import date
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import duckdb
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st

from pipelines.model.dbt import DBT_PROJECT
from pipelines.report.boundaries import BoundariesError, Snapshot, on
from pipelines.report.facts import Facts
from pipelines.report.maps import Map, _tiles, boundary_map, outlines, tile_map
from tests.unit.report.borders import country, island

if TYPE_CHECKING:
    from shapely.geometry.base import BaseGeometry

    from tests.conftest import House

YEARS = range(2010, 2027)
SNAPSHOT = Snapshot(2025, "https://example.test", date(2026, 2, 3))


def municipality(code: str, began: str | None = None, ended: str | None = None, *became: str) -> dict[str, Any]:
    return {
        "area_code": code, "area_name": f"naam {code}", "valid_from": began, "valid_to": ended,
        "successors": ", ".join(became) or None,
    }  # fmt: skip


@pytest.fixture(scope="module")
def municipalities() -> list[dict[str, Any]]:
    """Those that ship with the product, with what they became."""

    def rows(name: str) -> list[dict[str, str]]:
        with (DBT_PROJECT / "seeds" / f"{name}.csv").open(encoding="utf-8", newline="") as file:
            return list(csv.DictReader(file))

    became = defaultdict(list)
    for one in rows("municipality_event"):
        became[one["old_code"]].append(one["new_code"])
    return [
        municipality(
            one["municipality_code"], one["valid_from"] or None, one["valid_to"] or None,
            *became[one["municipality_code"]] if one["valid_to"] else (),
        )
        for one in rows("municipality")
    ]  # fmt: skip


def drawn(path: str) -> BaseGeometry:
    """What a path encloses: rings one way round are land, the other way round holes."""
    rings = []
    for ring in re.findall(r"M([^z]+)z", path):
        x, y, places = 0, 0, []
        for command, numbers in re.findall(r"([Mlhv])([^Mlhv]*)", f"M{ring}"):
            steps = [int(one) for one in re.findall(r"-?\d+", numbers)]
            if command in "hv":
                x, y = (x + steps[0], y) if command == "h" else (x, y + steps[0])
                places.append((x, y))
            for dx, dy in zip(steps[::2], steps[1::2], strict=False) if command in "Ml" else ():
                x, y = x + dx, y + dy
                places.append((x, y))
        rings.append(shapely.LinearRing(places))
    land = [shapely.Polygon(ring) for ring in rings if ring.is_ccw == rings[0].is_ccw]
    holes = [shapely.Polygon(ring) for ring in rings if ring.is_ccw != rings[0].is_ccw]
    return shapely.difference(shapely.union_all(land), shapely.union_all(holes))


def areas_of(shown: Map) -> dict[str, BaseGeometry]:
    """The areas of a map, of which none is empty, outside of the frame or over another, and each holds its label."""
    areas = {code: drawn(path) for code, path in shown.shapes.items()}
    frame = shapely.box(*map(int, shown.view_box.split()))
    assert areas.keys() == shown.labels.keys()
    for code, area in areas.items():
        assert area.area > 0
        assert frame.covers(area)
        assert area.distance(shapely.Point(shown.labels[code])) < 2
    assert sum(area.area for area in areas.values()) == pytest.approx(shapely.union_all(list(areas.values())).area)
    return areas


@pytest.mark.parametrize("year", YEARS)
def test_every_municipality_of_a_year_is_one_tile_or_a_part_of_one(
    year: int, municipalities: list[dict[str, Any]]
) -> None:
    shown = tile_map(municipalities, year)
    assert set(areas_of(shown)) == set(on(municipalities, f"{year}-12-31"))
    assert shown.undrawn == {}
    assert 340 < len(shown.shapes) < 440
    assert len(json.dumps(shown.shapes)) < 20_000


def test_municipalities_that_merged_since_share_the_tile_of_what_they_became(
    municipalities: list[dict[str, Any]],
) -> None:
    before, after = (areas_of(tile_map(municipalities, year)) for year in (2022, 2023))
    (merged,) = after.keys() - before.keys()
    parts = shapely.union_all([before[code] for code in before.keys() - after.keys()])
    assert (merged, before.keys() - after.keys()) == ("1992", {"0501", "0530", "0614"})
    assert parts.envelope.equals(after[merged])


def test_a_divided_tile_is_explained_where_there_is_one(municipalities: list[dict[str, Any]]) -> None:
    divided, whole = tile_map(municipalities, 2022), tile_map(municipalities, 2023)
    assert "elke strook is een gemeente" in divided.source_nl
    assert "each strip is a municipality" in divided.source_en
    for shown in (divided, whole):
        assert shown.source_nl.startswith("Schematische kaart: elk vakje is een gemeente.")
        assert shown.source_en.startswith("Schematic map: each square is a municipality.")
    assert "stroken" not in whole.source_nl
    assert "strip" not in whole.source_en


def test_a_municipality_that_merges_later_has_the_tiles_of_those_it_was_made_of(
    municipalities: list[dict[str, Any]],
) -> None:
    made_of = ("0394", "0358", "0363")
    ended = {code: municipality(code, None, "2027-01-01", "2999") for code in made_of}
    later = [ended.get(one["area_code"], one) for one in municipalities] + [municipality("2999", "2027-01-01")]
    before, after = (areas_of(tile_map(later, year)) for year in (2026, 2027))
    assert after["2999"].equals(shapely.union_all([before[code] for code in made_of]))
    assert len(after) == len(before) - 2


def test_one_that_became_no_municipality_with_a_tile_is_told_with_its_name() -> None:
    shown = tile_map(
        [municipality("0394"), municipality("9999"), municipality("9998", None, "2030-01-01", "9997")], 2025
    )
    assert set(shown.shapes) == {"0394"}
    assert shown.undrawn == {"9998": "naam 9998", "9999": "naam 9999"}


def test_every_tile_has_a_place_of_its_own() -> None:
    places = list(_tiles().values())
    assert len(places) == len(set(places)) == 342


_CODES = st.sampled_from(["0394", "0358", "0363", "9001", "9002", "9003", "9004"])


@given(
    st.dictionaries(_CODES, st.tuples(st.sampled_from([None, "2024-01-01"]), st.lists(_CODES, max_size=3)), min_size=1)
)
def test_whatever_became_what_each_is_drawn_once_or_named(told: dict[str, tuple[str | None, list[str]]]) -> None:
    rows = [municipality(code, began, "2026-01-01" if to else None, *to) for code, (began, to) in told.items()]
    shown = tile_map(rows, 2025)
    assert {*areas_of(shown), *shown.undrawn} == set(told)
    assert not shown.shapes.keys() & shown.undrawn.keys()


# official borders


def test_borders_of_a_whole_country_are_light_and_neighbours_go_on_to_share_them() -> None:
    places = {code: (column, 25 - row) for code, (column, row) in _tiles().items()}
    real = country(places, points=150)
    assert len(shapely.to_geojson(shapely.GeometryCollection(list(real.values())))) > 5_000_000
    shown = boundary_map(real, [municipality(code) for code in real], SNAPSHOT)
    areas = areas_of(shown)
    assert set(areas) == set(real)
    assert sum(map(len, shown.shapes.values())) < 250_000
    assert shapely.coverage_is_valid(list(areas.values())), "no gap and no overlap between neighbours"
    kilometres = 125**2 / 1e6
    for code, area in areas.items():
        assert area.area * kilometres == pytest.approx(real[code].area / 1e6, rel=0.1)


def test_both_kinds_of_map_have_the_same_scale(municipalities: list[dict[str, Any]]) -> None:
    real = country({code: (column, 25 - row) for code, (column, row) in _tiles().items()})
    heights = [
        int(shown.view_box.split()[3])
        for shown in (
            tile_map(municipalities, 2025),
            boundary_map(real, [municipality(code) for code in real], SNAPSHOT),
        )
    ]
    assert heights[0] == pytest.approx(heights[1], rel=0.1)


def test_north_is_up_and_east_is_right() -> None:
    real = country({"0001": (0, 0), "0002": (1, 0), "0003": (0, 1)})
    shown = boundary_map(real, [municipality(code) for code in real], SNAPSHOT)
    assert shown.labels["0002"][0] > shown.labels["0001"][0]
    assert shown.labels["0003"][1] < shown.labels["0001"][1]


def test_islands_are_in_the_path_of_their_municipality_and_what_is_too_small_to_see_is_not() -> None:
    real = country({"0001": (0, 0), "0002": (1, 0)})
    isles = [island((0, 2)), island((1, 2), side=30)]
    real["0001"] = shapely.union_all([real["0001"], *isles])
    shown = boundary_map(real, [municipality(code) for code in real], SNAPSHOT)
    assert shown.shapes["0001"].count("M") == 2
    areas_of(shown)


def test_one_that_lies_within_another_is_a_hole_in_it() -> None:
    real = country({"0001": (0, 0)})
    within = real["0001"].centroid.buffer(2_000, quad_segs=4)
    shown = boundary_map(
        {"0001": real["0001"].difference(within), "0002": within},
        [municipality("0001"), municipality("0002")],
        SNAPSHOT,
    )
    areas = areas_of(shown)
    assert areas["0001"].touches(areas["0002"])


def test_who_went_into_another_during_the_year_is_drawn_as_part_of_it() -> None:
    real = country({"0363": (0, 0), "0457": (1, 0), "0394": (0, 1)})
    rows = [municipality("0363"), municipality("0394"), municipality("0457", None, "2025-03-24", "0363")]
    areas = areas_of(boundary_map(real, rows, SNAPSHOT))
    assert set(areas) == {"0363", "0394"}
    assert areas["0363"].area == pytest.approx(2 * areas["0394"].area, rel=0.2)


@pytest.mark.parametrize(
    ("rows", "said"),
    [
        ([municipality("0001")], "2 municipalities, not 1: with 0002"),
        ([municipality("0001"), municipality("0002"), municipality("0003")], "2 municipalities, not 3: without 0003"),
        ([municipality("0001"), municipality("0002", None, "2025-03-24", "0001", "0003")], "0002 was divided"),
    ],
)
def test_borders_that_are_not_of_the_municipalities_of_the_year_are_no_map(
    rows: list[dict[str, Any]], said: str
) -> None:
    with pytest.raises(BoundariesError, match=said):
        boundary_map(country({"0001": (0, 0), "0002": (1, 0)}), rows, SNAPSHOT)


def test_a_municipality_that_cannot_be_seen_is_no_map() -> None:
    real = {"0001": island((0, 0)), "0002": island((1, 0), side=10)}
    with pytest.raises(BoundariesError, match="0002 is too small"):
        boundary_map(real, [municipality("0001"), municipality("0002")], SNAPSHOT)


def test_a_map_says_whose_borders_of_which_year_it_shows_and_since_when_they_are_here() -> None:
    shown = boundary_map(country({"0001": (0, 0)}), [municipality("0001")], SNAPSHOT)
    for said in ("2025", "© CBS / Kadaster", "CC BY 4.0", "opgehaald op 3 februari 2026"):
        assert said in shown.source_nl
    for said in ("2025", "© CBS / Kadaster", "CC BY 4.0", "retrieved on 3 February 2026"):
        assert said in shown.source_en


def test_without_a_snapshot_the_map_of_a_release_is_one_of_tiles(house: House) -> None:
    with duckdb.connect() as connection:
        connection.execute(
            "create table area as select 'GM' as area_type, '0394' as area_code, 'Haarlemmermeer' as area_name,"
            " null::date as valid_from, null::date as valid_to, null as successors"
            " union all select 'PV', '27', 'Noord-Holland', null, null, null"
        )
        shown = outlines(Facts(house.settings, {}, [], connection), 2025)
    assert (shown.kind, list(shown.shapes)) == ("tiles", ["0394"])


def test_a_path_is_whole_numbers_in_few_signs(municipalities: list[dict[str, Any]]) -> None:
    shown = boundary_map(country({"0001": (0, 0)}), [municipality("0001")], SNAPSHOT)
    assert re.fullmatch(r"M\d+ \d+l(-?\d+[ -]?)+z", shown.shapes["0001"])
    assert all(re.fullmatch(r"M\d+ \d+h\d+v\d+h-\d+z", path) for path in tile_map(municipalities, 2025).shapes.values())
    assert [*shown.shapes] == sorted(shown.shapes)
    assert all(one < two for one, two in pairwise(tile_map(municipalities, 2022).shapes))
