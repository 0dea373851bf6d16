"""A SYNTHETIC country: municipalities in squares with ragged borders that neighbours share, as a server tells them."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import numpy as np
import shapely

if TYPE_CHECKING:
    from collections.abc import Mapping

    from shapely.geometry.base import BaseGeometry

Point = tuple[int, int]

_WEST, _SOUTH, _SIDE = 20_000, 310_000, 12_000


def country(places: Mapping[str, Point], *, points: int = 6) -> dict[str, BaseGeometry]:
    """Areas in metres of RD New, by code; each border has so many points."""
    return {code: _square(place, points) for code, place in places.items()}


def island(place: Point, side: float = 3_000) -> BaseGeometry:
    """A square of its own within the square of a place that nobody has."""
    west, south = (start + _SIDE * at + _SIDE / 3 for start, at in zip((_WEST, _SOUTH), place, strict=True))
    return shapely.box(west, south, west + side, south + side)


def answer(areas: Mapping[str, BaseGeometry], code: str = "statcode", **more: Any) -> dict[str, Any]:
    """GeoJSON as a server answers, with the code under a name."""
    features = [
        {
            "type": "Feature",
            "properties": {code: f"GM{one}", "statnaam": f"verzonnen {one}"},
            "geometry": json.loads(shapely.to_geojson(area)),
        }
        for one, area in areas.items()
    ]
    return {"type": "FeatureCollection", "features": features, **more}


def _square(place: Point, points: int) -> BaseGeometry:
    column, row = place
    corners = [(column, row), (column + 1, row), (column + 1, row + 1), (column, row + 1)]
    ring: list[tuple[float, float]] = []
    for start, end in zip(corners, corners[1:] + corners[:1], strict=True):
        low, high = sorted((start, end))
        border = _border(low, high, points)
        ring += border[:-1] if start == low else border[:0:-1]
    return shapely.Polygon(ring)


def _border(start: Point, end: Point, points: int) -> list[tuple[float, float]]:
    """Ragged, the same from both sides, and straight near the corners, so that no two cross."""
    chance = np.random.default_rng([*start, *end])
    level = start[1] == end[1]
    border = []
    for step in range(points + 1):
        along = step / points
        aside = 0.4 * min(along, 1 - along) * chance.uniform(-1, 1)
        column, row = (start[0] + along, start[1] + aside) if level else (start[0] + aside, start[1] + along)
        border.append((_WEST + _SIDE * column, _SOUTH + _SIDE * row))
    return border
