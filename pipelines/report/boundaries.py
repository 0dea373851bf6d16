"""Official borders of municipalities: asked for once a year of the map, kept with where they came from, hashed at use.

They come from the open area service of CBS and Kadaster as GeoJSON, by the year of their 1 January. The layout is
unverified: no real answer was seen yet. So the address is a setting, a code is found under several names, and what is
not every municipality of the year, within the Netherlands, is refused; the map is then one of tiles.

Belongs here: asking, keeping, and what counts as whole. Does not belong here: how a server is asked
(``sources.statline.client``), or drawing (``maps``).
"""

from __future__ import annotations

import json
import logging
import re
import shutil
from dataclasses import asdict, dataclass, field
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING, Any

from pipelines.files import read_as, sha256_of, write_json

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping, Sequence

    from shapely.geometry.base import BaseGeometry

    from pipelines.report.facts import Facts, Row
    from pipelines.settings import Settings
    from pipelines.sources.statline.client import Client, Patience

log = logging.getLogger("zicht.fetch")

_MANIFEST = "manifest.json"
_CODES = ("statcode", "gemeentecode", "identificatie", "code")
_MOST_PAGES, _MOST_BYTES = 20, 1 << 28
_PLAUSIBLE = (60e6, 200e6)
"""Square metres of a municipality on average: some 120 km² now, more as they merge, less without the large waters."""
_OVERLAP = 0.01
_RD = (-10_000, 280_000, 300_000, 640_000)
_DEGREES = (3.0, 50.5, 7.5, 54.0)
_CENTRE, _METRES = (5.387, 52.155), (68_300, 111_250)
"""Where the Dutch grid has its middle, and how many metres a degree is there: up to 3 km off, enough for a picture."""


class BoundariesError(Exception):
    """An answer, or what is kept of one, is not the borders of a year; the text says why."""


@dataclass(frozen=True)
class Snapshot:
    """The borders of a year as they came, and where from: ``manifest.json`` beside the pages.

    Attributes:
        year: they are those of its 1 January.
        address: that was asked.
        retrieved_on: when.
        pages: by file, in order, its SHA-256.
        licence: under which they may be shown.
    """

    year: int
    address: str
    retrieved_on: date
    pages: dict[str, str] = field(default_factory=dict)
    licence: str = "CC BY 4.0"


def areas(facts: Facts) -> list[Row]:
    """Every municipality that is or was: ``area_code``, ``area_name``, ``valid_from``, ``valid_to`` (exclusive),
    ``successors`` (codes with commas); dates are ISO text or none."""
    return facts.rows(
        "select area_code, area_name, valid_from, valid_to, successors from area where area_type = 'GM'"
        " order by area_code, valid_from"
    )


def on(municipalities: Sequence[Row], day: str) -> dict[str, str]:
    """Code and name of those that existed on a day (ISO)."""
    return {
        one["area_code"]: one["area_name"]
        for one in municipalities
        if (one["valid_from"] or "") <= day < (one["valid_to"] or "9999")
    }


def kept(settings: Settings, year: int) -> Snapshot | None:
    """The snapshot of a year, if there is one and every byte of it is as it came."""
    folder = settings.boundaries / str(year)
    snapshot = read_as(Snapshot, folder / _MANIFEST)
    if snapshot is None or snapshot.year != year:
        return None
    for name, digest in snapshot.pages.items():
        if not (folder / name).is_file() or sha256_of(folder / name).hex() != digest:
            log.warning("borders of %s: %s is not as it came, and not used", year, folder / name)
            return None
    return snapshot


def state(settings: Settings) -> dict[str, dict[str, str]]:
    """The hashes of what is kept and whole, by year: a map that came or went is a change."""
    found = [kept(settings, int(path.name)) for path in sorted(settings.boundaries.glob("[0-9]" * 4))]
    return {str(one.year): one.pages for one in found if one}


def outlined(settings: Settings, snapshot: Snapshot) -> dict[str, BaseGeometry]:
    """What a snapshot shows: by municipality its area, in metres, y upwards.

    Raises:
        BoundariesError: it does not show that.
    """
    folder = settings.boundaries / str(snapshot.year)
    return _read([(folder / name).read_bytes() for name in snapshot.pages], snapshot.year)


def require(found: Collection[str], *wanted: Collection[str]) -> None:
    """Look whether there is each municipality of one of the lists, and no other.

    Raises:
        BoundariesError: there is not.
    """
    if any(set(found) == set(one) for one in wanted):
        return
    lacks, strange = sorted(set(wanted[0]) - set(found)), sorted(set(found) - set(wanted[0]))
    named = [f"{what} {', '.join(some[:5])}" for what, some in (("without", lacks), ("with", strange)) if some]
    raise BoundariesError(f"{len(found)} municipalities, not {len(wanted[0])}: {' and '.join(named)}")


def _require_plausible(found: Mapping[str, BaseGeometry]) -> None:
    """Look whether areas lie beside each other and are together about as large as a country of so many.

    Raises:
        BoundariesError: they do not, or are not.
    """
    import shapely

    total = sum(area.area for area in found.values())
    try:
        covered = shapely.union_all(list(found.values())).area
    except shapely.errors.ShapelyError as error:
        raise BoundariesError(f"areas that cannot be joined ({type(error).__name__})") from None
    if not _PLAUSIBLE[0] <= total / len(found) <= _PLAUSIBLE[1]:
        raise BoundariesError(f"{len(found)} municipalities of {total / 1e6:,.0f} km² together is not plausible")
    if total - covered > _OVERLAP * covered:
        raise BoundariesError(f"municipalities overlap each other: {(total - covered) / 1e6:,.0f} km²")


def fetch(settings: Settings, patience: Patience | None = None) -> int:
    """Ask for the borders of the years that the standing release reports on, unless they are kept.

    Nothing is called where ``settings.offline``. Nothing is raised because of an answer: what fails is logged, the map
    stays one of tiles, and the next night asks again.

    Returns:
        How many years came.
    """
    if settings.offline:
        return 0
    from pipelines.sources.statline.client import Client, Patience, StatLineError

    fetched = 0
    patience = patience or Patience.after(settings.retry_seconds, tries=2)
    for year, wanted in _wanted(settings):
        with Client(settings.boundaries_url.replace("{year}", str(year)), patience) as client:
            try:
                pages = list(_pages(client))
                found = _read(pages, year)
                require(found, *wanted)
                _require_plausible(found)
                _keep(settings, Snapshot(year, client.base, datetime.now(UTC).date()), pages)
                fetched += 1
            except (BoundariesError, StatLineError, OSError) as error:
                log.warning("borders of %s: the map stays one of tiles: %s", year, error)
                if isinstance(error, StatLineError) and error.kind in ("unreachable", "outage"):
                    break  # nor would it answer for another year
    return fetched


def _wanted(settings: Settings) -> list[tuple[int, list[dict[str, str]]]]:
    """The years to ask for, and of each the municipalities at its begin and its end: either may be drawn."""
    import duckdb

    from pipelines.report.facts import Facts

    try:
        with duckdb.connect(str(settings.current / settings.database.name), read_only=True) as connection:
            facts = Facts(settings, {}, [], connection)
            found = facts.rows("select distinct reporting_year from registration_gap order by reporting_year")
            municipalities = areas(facts)
    except duckdb.Error:  # nothing was released yet, or it is damaged, which the run that follows mends
        return []
    years = [one["reporting_year"] for one in found]
    return [
        (year, [on(municipalities, f"{year}-01-01"), on(municipalities, f"{year}-12-31")])
        for year in years
        if kept(settings, year) is None
    ]


def _pages(client: Client) -> Iterator[bytes]:
    """The answer, and the pages that it says follow.

    Raises:
        BoundariesError: a page leads astray.
        StatLineError: there is no answer.
    """
    import httpx

    url = httpx.URL(client.base)
    before = {url}
    size = 0
    while True:
        body = client.get(url)
        size += len(body)
        if size > _MOST_BYTES:
            raise BoundariesError(f"more than {_MOST_BYTES} bytes")
        yield body
        page = json.loads(body)
        try:
            links = page.get("links") or []
            link = next((one["href"] for one in links if one.get("rel") == "next"), None)
            if not link:
                return
            if not page.get("features"):
                raise BoundariesError("a page without municipalities says that another follows")
            url = client.next(url, link)
        except (AttributeError, KeyError, TypeError, ValueError) as error:
            raise BoundariesError(f"a page cannot be followed: {error}") from None
        if url in before:
            raise BoundariesError("a page leads back to a page before it")
        if len(before) == _MOST_PAGES:
            raise BoundariesError(f"more than {_MOST_PAGES} pages")
        before.add(url)


def _keep(settings: Settings, snapshot: Snapshot, pages: Sequence[bytes]) -> None:
    folder = settings.boundaries / str(snapshot.year)
    fresh = folder.with_name(f".{folder.name}")
    shutil.rmtree(fresh, ignore_errors=True)
    fresh.mkdir(parents=True)
    for number, page in enumerate(pages, start=1):
        path = fresh / f"page_{number}.geojson"
        path.write_bytes(page)
        snapshot.pages[path.name] = sha256_of(path).hex()
    write_json(fresh / _MANIFEST, asdict(snapshot))
    shutil.rmtree(folder, ignore_errors=True)  # what is left of a damaged one
    fresh.rename(folder)


def _read(pages: Sequence[bytes], year: int) -> dict[str, BaseGeometry]:
    import shapely

    found: dict[str, BaseGeometry] = {}
    try:
        for feature in (feature for page in pages for feature in json.loads(page)["features"]):
            code = _code({name.lower(): value for name, value in feature["properties"].items()}, year)
            if code in found:
                raise BoundariesError(f"{code} is there twice")
            found[code] = _area(code, shapely.force_2d(shapely.geometry.shape(feature["geometry"])))
    except (ArithmeticError, AttributeError, LookupError, TypeError, ValueError, shapely.errors.ShapelyError) as error:
        raise BoundariesError(f"an answer that cannot be understood ({type(error).__name__})") from None
    return found


def _code(properties: dict[str, Any], year: int) -> str:
    """Four digits, however a municipality's code is written."""
    if not str(properties.get("jrstatcode", year)).startswith(str(year)):
        raise BoundariesError(f"another year: {properties['jrstatcode']}")
    for name in _CODES:
        if code := re.fullmatch(r"(?:GM)?([0-9]{4})", str(properties.get(name, "")).strip()):
            return code[1]
    raise BoundariesError(f"a municipality without a code ({', '.join(_CODES)})")


def _area(code: str, area: BaseGeometry) -> BaseGeometry:
    import shapely

    if area.geom_type not in ("Polygon", "MultiPolygon") or area.is_empty:
        raise BoundariesError(f"{code} has no area")
    if not area.is_valid:
        area = shapely.make_valid(area, method="structure", keep_collapsed=False)
    if _within(area, _DEGREES):
        return shapely.transform(area, lambda degrees: (degrees - _CENTRE) * _METRES)
    if not _within(area, _RD):
        raise BoundariesError(f"{code} does not lie in the Netherlands, in metres of RD New or degrees east and north")
    return area


def _within(area: BaseGeometry, box: tuple[float, float, float, float]) -> bool:
    left, low, right, high = area.bounds
    return bool(box[0] <= left and box[1] <= low and right <= box[2] and high <= box[3])
