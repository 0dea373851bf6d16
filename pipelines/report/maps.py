"""The map of a reporting year: every municipality of 31 December once, as a tile or within its official borders.

Belongs here: shapes, and what is said of where they come from. Does not belong here: colours and figures (the page that
shows the map), or getting official borders (``boundaries``).
"""

from __future__ import annotations

import csv
import itertools
import logging
import math
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from pipelines.report.boundaries import BoundariesError, areas, kept, on, outlined, require
from pipelines.report.words import Words

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from shapely.geometry.base import BaseGeometry

    from pipelines.report.boundaries import Snapshot
    from pipelines.report.facts import Facts, Row

log = logging.getLogger("zicht.report")

Point = tuple[int, int]

_TILES = Path(__file__).parent / "municipality_tiles.csv"
_CELL, _GAP = 100, 4
_UNIT = 125
"""Metres of the country that a unit of the drawing is."""
_LARGEST = 250_000
"""Bytes that all shapes may be; more is simplified further."""


@dataclass(frozen=True)
class Map:
    """A map to be drawn as SVG, y downwards. Both kinds have the same scale: the country is some 2,500 units high.

    Attributes:
        year: the reporting year; the municipalities are those of its 31 December.
        kind: ``tiles`` or ``boundaries``.
        view_box: of the ``svg``; everything lies within it.
        shapes: by municipality, in order of code, the ``d`` of one ``path``; shapes touch and do not overlap.
        labels: by municipality a point within its shape.
        undrawn: code and name of those that have no place on this map; the page names them beside it.
        source_nl, source_en: which map this is and where it comes from, a sentence or two that stands beside it.
    """

    year: int
    kind: Literal["tiles", "boundaries"]
    view_box: str
    shapes: Mapping[str, str]
    labels: Mapping[str, Point]
    undrawn: Mapping[str, str]
    source_nl: str
    source_en: str


def outlines(facts: Facts, year: int) -> Map:
    """The map of a reporting year: official borders where a snapshot of them is kept, else tiles."""
    municipalities = areas(facts)
    if snapshot := kept(facts.settings, year):
        try:
            return boundary_map(outlined(facts.settings, snapshot), municipalities, snapshot)
        except BoundariesError as error:
            log.warning("borders of %s: the map is one of tiles: %s", year, error)
    return tile_map(municipalities, year)


def boundary_map(found: Mapping[str, BaseGeometry], municipalities: Sequence[Row], snapshot: Snapshot) -> Map:
    """The map of official borders, simplified so that neighbours go on to share theirs.

    The borders are those of 1 January: what went into another municipality during the year is drawn as part of it.

    Args:
        found: by municipality its area, in metres, y upwards.
        municipalities: see ``boundaries.areas``.
        snapshot: where those areas come from.

    Raises:
        BoundariesError: these are not the municipalities of the year, or they cannot be drawn.
    """
    import shapely

    there = on(municipalities, f"{snapshot.year}-12-31")
    became = _became(municipalities)
    parts: dict[str, list[BaseGeometry]] = {}
    for code, area in sorted(found.items()):
        later = [code] if code in there else became.get(code, [code])
        if len(later) > 1:
            raise BoundariesError(f"{code} was divided during {snapshot.year}")
        parts.setdefault(later[0], []).append(area)
    require(parts, there)
    codes = sorted(parts)
    whole = [shapely.union_all(parts[code]) for code in codes]
    left, bottom, right, top = shapely.total_bounds(whole)
    drawn = [shapely.transform(area, lambda place: (place - (left, top)) * (1, -1) / _UNIT + _GAP) for area in whole]
    for tolerance in (1, 2, 4, 8, 16):
        simple = shapely.coverage_simplify(drawn, tolerance)
        paths = [_path(area) for area in simple]
        if sum(map(len, paths)) <= _LARGEST:
            break
    if not all(paths):
        raise BoundariesError(f"{codes[paths.index('')]} is too small to be drawn")
    points = [shapely.point_on_surface(area) for area in simple]
    width, height = (math.ceil(size / _UNIT) + 2 * _GAP for size in (right - left, top - bottom))
    source = f"© CBS / Kadaster, {snapshot.licence}"
    nl, en = (words.day(str(snapshot.retrieved_on)) for words in (Words("nl"), Words("en")))
    return Map(
        snapshot.year, "boundaries", f"0 0 {width} {height}", dict(zip(codes, paths, strict=True)),
        {code: (round(point.x), round(point.y)) for code, point in zip(codes, points, strict=True)}, {},
        f"Gemeentegrenzen van {snapshot.year}, vereenvoudigd. Bron: {source}, opgehaald op {nl}.",
        f"Municipal boundaries of {snapshot.year}, simplified. Source: {source}, retrieved on {en}.",
    )  # fmt: skip


def _path(area: BaseGeometry) -> str:
    """All rings of an area in whole units, holes the other way round; what is smaller than that is left out."""
    import shapely

    written = ""
    for polygon in shapely.get_parts(area):
        turned = shapely.geometry.polygon.orient(polygon)
        for ring in (turned.exterior, *turned.interiors):
            places = [(round(x), round(y)) for x, y in ring.coords]
            steps = [(x - a, y - b) for (a, b), (x, y) in itertools.pairwise(places)][:-1]
            lines = [f"{x} {y}".replace(" -", "-") for x, y in steps if (x, y) != (0, 0)]
            if len(lines) > 1:
                written += f"M{places[0][0]} {places[0][1]}l{' '.join(lines).replace(' -', '-')}z"
    return written


def tile_map(municipalities: Sequence[Row], year: int) -> Map:
    """The map of tiles: a square for each municipality, about where it lies.

    One that is gone has the tile of what it became, in strips with others that became the same. One that came has the
    tiles of those that it was made of.
    """
    there = on(municipalities, f"{year}-12-31")
    tiles = _tiles()
    owners: dict[str, list[str]] = {}
    for code in there:
        for tile in _tiles_of(code, municipalities, tiles):
            owners.setdefault(tile, []).append(code)
    shapes: dict[str, str] = {}
    labels: dict[str, Point] = {}
    for tile, sharing in owners.items():
        column, row = tiles[tile]
        for place, code in enumerate(sharing):
            left, right = (column * _CELL + _CELL * edge // len(sharing) for edge in (place, place + 1))
            width, height = right - left - _GAP, _CELL - _GAP
            x, y = left + _GAP // 2, row * _CELL + _GAP // 2
            shapes[code] = shapes.get(code, "") + f"M{x} {y}h{width}v{height}h-{width}z"
            labels.setdefault(code, (x + width // 2, y + height // 2))
    columns, rows = (max(place) + 1 for place in zip(*tiles.values(), strict=True))
    undrawn = {code: name for code, name in there.items() if code not in shapes}
    split = any(len(sharing) > 1 for sharing in owners.values())
    return Map(
        year, "tiles", f"0 0 {columns * _CELL} {rows * _CELL}",
        dict(sorted(shapes.items())), labels, undrawn,
        "Schematische kaart: elk vakje is een gemeente. De vakjes liggen ongeveer waar de gemeenten liggen."
        + f" Een vakje in stroken: elke strook is een gemeente. Die gemeenten zijn na {year} samengevoegd." * split,
        "Schematic map: each square is a municipality. The squares lie roughly where the municipalities lie."
        + f" A square in strips: each strip is a municipality. They merged after {year}." * split,
    )  # fmt: skip


@cache
def _tiles() -> dict[str, Point]:
    """Column and row of each tile, by the municipality of 2023 or later that it is."""
    with _TILES.open(encoding="utf-8", newline="") as file:
        return {one["municipality_code"]: (int(one["column"]), int(one["row"])) for one in csv.DictReader(file)}


def _tiles_of(code: str, municipalities: Sequence[Row], tiles: Mapping[str, Point]) -> list[str]:
    """The tiles that a municipality is drawn on: its own, else one of what it became, else all of what became it."""
    if code in tiles:
        return [code]
    became = _became(municipalities)
    later = [code]
    for one in later:
        if one in tiles:
            return [one]
        later += [next_one for next_one in became.get(one, []) if next_one not in later]
    earlier = [code]
    for one in earlier:
        earlier += [before for before, to in became.items() if one in to and before not in earlier]
    return [one for one in earlier if one in tiles]


def _became(municipalities: Sequence[Row]) -> dict[str, list[str]]:
    """Of each municipality that is gone, what it became."""
    return {one["area_code"]: one["successors"].split(", ") for one in municipalities if one["successors"]}
