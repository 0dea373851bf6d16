"""Official borders: asked for once, kept as they came, refused where they are not those of the year."""

from __future__ import annotations

import json
import logging
from dataclasses import replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import dagster as dg
import duckdb
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st
from werkzeug import Request, Response

from pipelines.assets.arrivals import fetched_boundaries
from pipelines.assets.house import House as Resource
from pipelines.publish.fingerprint import basis, fingerprint
from pipelines.report.boundaries import BoundariesError, _read, fetch, kept, outlined, state
from pipelines.report.facts import Facts
from pipelines.report.maps import outlines
from pipelines.settings import BOUNDARIES_URL, Settings, UsageError
from pipelines.sources.statline.client import Patience
from tests.conftest import below
from tests.unit.report.borders import answer, country

if TYPE_CHECKING:
    from pytest_httpserver import HTTPServer

    from pipelines.report.maps import Map
    from tests.conftest import House

HASTE = Patience(tries=2, first=0, most=0.01, jitter=0, between=0, timeout=5, whole=5)
SOON_GONE = country({"0394": (0, 0), "0599": (1, 0), "0637": (0, 1), "0457": (1, 1)})
REAL = {code: area for code, area in SOON_GONE.items() if code != "0457"}


@pytest.fixture
def settings(house: House, httpserver: HTTPServer, monkeypatch: pytest.MonkeyPatch) -> Settings:
    """A house with a release of one year and three municipalities, that calls a server on loopback."""
    monkeypatch.setattr("pipelines.settings.SHIPPED", house.settings.data / "nothing")
    return released(replace(house.settings, offline=False, boundaries_url=httpserver.url_for("/{year}") + "?f=json"))


def released(settings: Settings, *years: int) -> Settings:
    """A release that reports on years, of which Weesp saw the begin of 2022."""
    settings.current.mkdir(parents=True, exist_ok=True)
    with duckdb.connect(str(settings.current / "zicht.duckdb")) as connection:
        connection.execute("create or replace table registration_gap as select unnest(?) as reporting_year", [
            list(years or (2025,))
        ])  # fmt: skip
        connection.execute(
            "create or replace table area as select 'GM' as area_type, code as area_code, 'naam ' || code as area_name,"
            " null::date as valid_from, if(code = '0457', date '2022-03-24', null) as valid_to,"
            " if(code = '0457', '0394', null) as successors"
            " from (values ('0394'), ('0599'), ('0637'), ('0457')) as towns (code)"
        )
    return settings


def map_of(settings: Settings, year: int = 2025) -> Map:
    with duckdb.connect(str(settings.current / "zicht.duckdb"), read_only=True) as connection:
        return outlines(Facts(settings, {}, [], connection), year)


def ask(settings: Settings) -> int:
    return fetch(settings, HASTE)


def said(caplog: pytest.LogCaptureFixture) -> str:
    """The one line that a failure is worth."""
    (line,) = [one.getMessage() for one in caplog.records if one.name == "zicht.fetch" and "tiles" in one.getMessage()]
    return line


def test_borders_that_come_make_the_map_and_say_where_they_are_from(settings: Settings, httpserver: HTTPServer) -> None:
    httpserver.expect_request("/2025", query_string="f=json").respond_with_json(answer(REAL))
    assert map_of(settings).kind == "tiles"
    assert ask(settings) == 1
    shown = map_of(settings)
    assert (shown.kind, set(shown.shapes)) == ("boundaries", set(REAL))
    assert "© CBS / Kadaster" in shown.source_nl
    manifest = json.loads((settings.boundaries / "2025" / "manifest.json").read_text(encoding="utf-8"))
    assert manifest["address"] == httpserver.url_for("/2025") + "?f=json"
    assert manifest["retrieved_on"] == str(datetime.now(UTC).date())
    assert manifest["licence"] == "CC BY 4.0"
    assert len(manifest["pages"]["page_1.geojson"]) == 64


def test_what_is_kept_is_not_asked_for_again_and_not_touched(settings: Settings, httpserver: HTTPServer) -> None:
    httpserver.expect_request("/2025").respond_with_json(answer(REAL))
    ask(settings)
    before = {path: path.stat().st_mtime_ns for path in below(settings.boundaries)}
    assert ask(settings) == 0
    assert len(httpserver.log) == 1
    assert {path: path.stat().st_mtime_ns for path in below(settings.boundaries)} == before


def test_every_year_that_is_reported_on_is_asked_for(settings: Settings, httpserver: HTTPServer) -> None:
    for year in (2021, 2022, 2024):
        httpserver.expect_request(f"/{year}").respond_with_json(answer(REAL if year == 2024 else SOON_GONE))
    assert ask(released(settings, 2021, 2022, 2024)) == 3
    assert [request.path for request, _ in httpserver.log] == ["/2021", "/2022", "/2024"]
    assert [set(map_of(settings, year).shapes) - set(REAL) for year in (2021, 2022, 2024)] == [{"0457"}, set(), set()]


def test_borders_of_the_end_of_a_year_are_its_borders_too(settings: Settings, httpserver: HTTPServer) -> None:
    httpserver.expect_request("/2022").respond_with_json(answer(REAL))
    assert ask(released(settings, 2022)) == 1
    assert map_of(settings, 2022).kind == "boundaries"


@pytest.mark.parametrize("name", ["statcode", "gemeentecode", "identificatie", "code", "STATCODE"])
def test_a_code_is_found_under_several_names(name: str, settings: Settings, httpserver: HTTPServer) -> None:
    httpserver.expect_request("/2025").respond_with_json(answer(REAL, name))
    assert ask(settings) == 1
    assert set(map_of(settings).shapes) == set(REAL)


def test_pages_are_followed_to_the_last(settings: Settings, httpserver: HTTPServer) -> None:
    for page, code in enumerate(REAL):
        links = [{"rel": "self", "href": "/"}, {"rel": "next", "href": f"/2025?page={page + 1}"}][
            : 2 if page < 2 else 1
        ]
        query = "f=json" if page == 0 else f"page={page}"
        httpserver.expect_request("/2025", query_string=query).respond_with_json(
            answer({code: REAL[code]}, links=links)
        )
    assert ask(settings) == 1
    assert len(httpserver.log) == 3
    assert set(map_of(settings).shapes) == set(REAL)


def test_degrees_make_the_same_map_as_metres(settings: Settings, httpserver: HTTPServer) -> None:
    httpserver.expect_request("/2025").respond_with_json(answer(REAL))
    ask(settings)
    metres = map_of(settings)
    turned = {code: shapely.transform(area, _degrees) for code, area in REAL.items()}
    httpserver.clear()
    httpserver.expect_request("/2024").respond_with_json(answer(turned))
    ask(released(settings, 2024))
    degrees = map_of(settings, 2024)
    assert degrees.kind == "boundaries"
    assert degrees.labels == {code: pytest.approx(point, abs=3) for code, point in metres.labels.items()}


def _degrees(places: Any) -> Any:
    return (places - (155_000, 463_000)) / (68_300, 111_250) + (5.387, 52.155)


ABROAD = {code: shapely.transform(area, lambda at: at * (20, 1)) for code, area in REAL.items()}
SWAPPED = {code: shapely.transform(area, lambda at: _degrees(at)[:, ::-1]) for code, area in REAL.items()}
TOLD_TWICE = answer(REAL)
TOLD_TWICE["features"].append(TOLD_TWICE["features"][0])
NO_AREA = answer(REAL)
NO_AREA["features"][1]["geometry"] = {"type": "Point", "coordinates": [100_000, 400_000]}
LAST_YEAR = answer(REAL)
LAST_YEAR["features"][2]["properties"]["jrstatcode"] = "2024GM0637"


@pytest.mark.parametrize(
    ("wrong", "fault"),
    [
        (answer({code: REAL[code] for code in ("0394", "0599")}), "2 municipalities, not 3: without 0637"),
        (answer(REAL, "naam"), "a municipality without a code"),
        (answer(SOON_GONE), "4 municipalities, not 3: with 0457"),
        (answer(ABROAD), "0394 does not lie in the Netherlands"),
        (answer(SWAPPED), "0394 does not lie in the Netherlands, in metres of RD New or degrees east and north"),
        (TOLD_TWICE, "0394 is there twice"),
        (NO_AREA, "0599 has no area"),
        (LAST_YEAR, "another year: 2024GM0637"),
        ({"type": "FeatureCollection", "features": []}, "0 municipalities, not 3: without 0394, 0599, 0637"),
        ({"exception": "NoApplicableCode"}, "an answer that cannot be understood"),
        (answer(REAL, links=[{"rel": "next", "href": "https://example.test/2"}]), "at another host, example.test"),
        (answer(REAL, links=[{"rel": "next", "href": "?f=json"}]), "leads back"),
        (answer(REAL, links="next"), "cannot be followed"),
    ],
)
def test_a_wrong_answer_is_refused_in_one_line_and_the_map_stays_one_of_tiles(
    wrong: Any, fault: str, settings: Settings, httpserver: HTTPServer, caplog: pytest.LogCaptureFixture
) -> None:
    httpserver.expect_request("/2025").respond_with_json(wrong)
    assert ask(settings) == 0
    assert said(caplog).startswith("borders of 2025: the map stays one of tiles: ")
    assert fault in said(caplog)
    assert not settings.boundaries.exists()
    assert map_of(settings).kind == "tiles"


@pytest.mark.parametrize(
    ("areas", "fault"),
    [
        ({**REAL, "0599": REAL["0394"]}, "municipalities overlap each other: "),
        ({code: shapely.box(*(20_000, 310_000 + 100 * at), 20_100, 310_100 + 100 * at) for at, code in enumerate(REAL)},
         "3 municipalities of 0 km² together is not plausible"),
    ],
)  # fmt: skip
def test_areas_that_are_no_country_are_not_kept(
    areas: Any, fault: str, settings: Settings, httpserver: HTTPServer, caplog: pytest.LogCaptureFixture
) -> None:
    httpserver.expect_request("/2025").respond_with_json(answer(areas))
    assert ask(settings) == 0
    assert fault in said(caplog)
    assert not settings.boundaries.exists()


@pytest.mark.parametrize(
    ("features", "asked", "fault"),
    [(True, 20, "more than 20 pages"), (False, 1, "a page without municipalities says that another follows")],
)
def test_a_server_that_always_names_a_next_page_is_left(
    features: bool, asked: int, fault: str, settings: Settings, httpserver: HTTPServer, caplog: pytest.LogCaptureFixture
) -> None:
    def page(request: Request) -> Response:
        following = [{"rel": "next", "href": f"?page={len(httpserver.log) + 2}"}]
        return Response(json.dumps(answer(REAL if features else {}, links=following)))

    httpserver.expect_request("/2025").respond_with_handler(page)
    assert ask(settings) == 0
    assert fault in said(caplog)
    assert len(httpserver.log) == asked


def test_pages_that_are_too_large_together_are_left(
    settings: Settings, httpserver: HTTPServer, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("pipelines.report.boundaries._MOST_BYTES", 100)
    httpserver.expect_request("/2025").respond_with_json(answer(REAL))
    assert ask(settings) == 0
    assert "more than 100 bytes" in said(caplog)


@pytest.mark.parametrize("body", [b"<html>", b'{"features": [', b"[]", b""])
def test_what_is_no_json_is_asked_for_again_and_then_left(
    body: bytes, settings: Settings, httpserver: HTTPServer, caplog: pytest.LogCaptureFixture
) -> None:
    httpserver.expect_request("/2025").respond_with_data(body, content_type="application/json")
    assert ask(settings) == 0
    assert "no JSON, 2 times" in said(caplog)
    assert len(httpserver.log) == 2


def test_a_year_that_is_not_there_yet_keeps_no_other_year_back(
    settings: Settings, httpserver: HTTPServer, caplog: pytest.LogCaptureFixture
) -> None:
    httpserver.expect_request("/2024").respond_with_data(status=404)
    httpserver.expect_request("/2025").respond_with_json(answer(REAL))
    assert ask(released(settings, 2024, 2025)) == 1
    assert said(caplog).startswith("borders of 2024: the map stays one of tiles: not there")


def test_a_server_that_is_out_is_not_asked_for_another_year(settings: Settings, httpserver: HTTPServer) -> None:
    httpserver.expect_request("/2024").respond_with_data(status=503)
    assert ask(released(settings, 2024, 2025)) == 0
    assert {request.path for request, _ in httpserver.log} == {"/2024"}


def test_a_password_in_the_address_is_used_and_stands_nowhere(
    settings: Settings, httpserver: HTTPServer, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    httpserver.expect_request("/2025", headers={"Authorization": "Basic bWU6c2VjcmV0"}).respond_with_json(answer(REAL))
    guarded = settings.boundaries_url.replace("http://", "http://me:secret@")
    assert ask(replace(settings, boundaries_url=guarded)) == 1
    assert "secret" not in caplog.text + (settings.boundaries / "2025" / "manifest.json").read_text(encoding="utf-8")


def test_who_is_offline_calls_nobody_and_shows_what_is_kept(settings: Settings, httpserver: HTTPServer) -> None:
    httpserver.expect_request("/2025").respond_with_json(answer(REAL))
    offline = replace(settings, offline=True)
    assert ask(offline) == 0
    assert httpserver.log == []
    ask(settings)
    assert map_of(offline).kind == "boundaries"


@pytest.mark.parametrize("release", [None, b"no database"])
def test_where_no_release_can_say_the_years_nobody_is_called(
    release: bytes | None, settings: Settings, httpserver: HTTPServer
) -> None:
    standing = settings.current / "zicht.duckdb"
    standing.unlink()
    if release:
        standing.write_bytes(release)
    assert ask(settings) == 0
    assert httpserver.log == []


@pytest.mark.parametrize("harm", ["changed", "gone", "manifest"])
def test_a_damaged_snapshot_is_not_shown_and_asked_for_again(
    harm: str, settings: Settings, httpserver: HTTPServer
) -> None:
    httpserver.expect_request("/2025").respond_with_json(answer(REAL))
    ask(settings)
    whole = state(settings)
    page, manifest = (settings.boundaries / "2025" / name for name in ("page_1.geojson", "manifest.json"))
    if harm == "changed":
        page.write_bytes(page.read_bytes().replace(b"GM0394", b"GM0395"))
    elif harm == "gone":
        page.unlink()
    else:
        manifest.write_text("{", encoding="utf-8")
    assert kept(settings, 2025) is None
    assert state(settings) == {}
    assert map_of(settings).kind == "tiles"
    assert ask(settings) == 1
    assert (state(settings), map_of(settings).kind) == (whole, "boundaries")


def test_a_snapshot_of_another_year_is_not_taken_for_it(settings: Settings, httpserver: HTTPServer) -> None:
    httpserver.expect_request("/2025").respond_with_json(answer(REAL))
    ask(settings)
    (settings.boundaries / "2025").rename(settings.boundaries / "2024")
    assert kept(settings, 2024) is None


def test_where_the_municipalities_changed_since_the_map_is_one_of_tiles(
    settings: Settings, httpserver: HTTPServer, caplog: pytest.LogCaptureFixture
) -> None:
    httpserver.expect_request("/2025").respond_with_json(answer(REAL))
    ask(settings)
    with duckdb.connect(str(settings.current / "zicht.duckdb")) as connection:
        connection.execute("insert into area (area_type, area_code, area_name) values ('GM', '1992', 'nieuw')")
    assert map_of(settings).kind == "tiles"
    assert "borders of 2025: the map is one of tiles: 3 municipalities, not 4: without 1992" in caplog.text


def test_an_area_that_crosses_itself_is_mended(settings: Settings, httpserver: HTTPServer) -> None:
    crossing = shapely.Polygon([(20_000, 310_000), (30_000, 320_000), (30_000, 310_000), (20_000, 320_000)])
    httpserver.expect_request("/2025").respond_with_json(answer({**REAL, "0394": crossing}))
    assert ask(settings) == 1
    snapshot = kept(settings, 2025)
    assert snapshot
    assert shapely.is_valid(list(outlined(settings, snapshot).values())).all()


_JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.just(10**400)
    | st.floats(allow_nan=False)
    | st.sampled_from(["Polygon", "GM0394"]),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(
            st.sampled_from(["features", "properties", "geometry", "type", "coordinates", "statcode"]),
            inner,
            max_size=6,
        )
    ),
    max_leaves=30,
)
_FEATURES = st.fixed_dictionaries(
    {
        "properties": st.fixed_dictionaries({"statcode": st.sampled_from(["GM0394", "0599", "", None])}) | _JSON,
        "geometry": st.fixed_dictionaries({"type": st.sampled_from(["Polygon", "MultiPolygon"]), "coordinates": _JSON})
        | _JSON,
    }
)


@given(st.dictionaries(st.just("features"), st.lists(_FEATURES, max_size=3) | _JSON))
def test_whatever_json_comes_is_borders_or_is_refused(content: dict[str, Any]) -> None:
    try:
        found = _read([json.dumps(content).encode()], 2025)
    except BoundariesError:
        return
    assert all(area.area > 0 for area in found.values())


def test_a_map_that_came_is_something_to_release_but_does_not_undo_a_rollback(
    settings: Settings, httpserver: HTTPServer
) -> None:
    before = (basis(settings), fingerprint(settings))
    httpserver.expect_request("/2025").respond_with_json(answer(REAL))
    ask(settings)
    assert fingerprint(settings) != before[1]
    assert basis(settings) == before[0], "what is held is held until somebody delivered, programmed or configured"


def test_dagster_shows_the_download_and_how_many_years_came(
    settings: Settings, httpserver: HTTPServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    httpserver.expect_request("/2025").respond_with_json(answer(REAL))
    settings.landing.mkdir()
    environment = {
        "ZICHT_DATA": settings.data, "ZICHT_LANDING": settings.landing, "ZICHT_OFFLINE": "0",
        "ZICHT_PSEUDONYM_KEY_FILE": settings.key_file, "ZICHT_BOUNDARIES_URL": settings.boundaries_url,
    }  # fmt: skip
    for name, value in environment.items():
        monkeypatch.setenv(name, str(value))
    told = []
    for _ in range(2):
        (event,) = dg.materialize(
            [fetched_boundaries], resources={"house": Resource(sample=False)}
        ).get_asset_materialization_events()
        told.append(event.step_materialization_data.materialization.metadata["new"].value)
    assert told == [1, 0]


def test_the_address_is_that_of_the_area_service_unless_the_environment_names_another(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.delenv("ZICHT_BOUNDARIES_URL", raising=False)
    assert Settings.from_environment().boundaries_url == BOUNDARIES_URL
    monkeypatch.setenv("ZICHT_BOUNDARIES_URL", "http://127.0.0.1:8099/{year}")
    assert Settings.from_environment().boundaries_url == "http://127.0.0.1:8099/{year}"


@pytest.mark.parametrize(
    "given_url", ["http://127.0.0.1/2025", "{year}", "ftp://host/{year}", "https:///{year}", "x y"]
)
def test_an_address_that_is_none_or_names_no_year_is_wrong_use(given_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ZICHT_BOUNDARIES_URL", given_url)
    with pytest.raises(UsageError, match="ZICHT_BOUNDARIES_URL is no address"):
        Settings.from_environment()
