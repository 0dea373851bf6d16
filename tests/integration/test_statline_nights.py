"""Nights with a StatLine that answers well, badly or not at all, as the command meets them. Its figures are made up."""

from __future__ import annotations

import itertools
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from pipelines.settings import PROJECT
from tests.integration.conftest import new_place
from tests.statline_server import Dimension, Measure, StatLine, Table, Value

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.integration.conftest import Place, Ran

pytestmark = pytest.mark.slow

TABLE = "85644NED"
FOREIGN = "statline_residents_nationality_foreign"
REGIONS = ("NL01", "GM0393", "GM0394", "GM0599")
NATIONALITIES = {"T001059": "Totaal", "NAT1": "Nederlands", "NAT2": "Pools"}
YEARS = range(2016, 2025)
MERGED_ON = 2019  # Haarlemmerliede en Spaarnwoude (0393) into Haarlemmermeer (0394)


def count(region: str, nationality: str, year: int) -> int:
    """What the SYNTHETIC table says of a cell."""
    size = {"NL01": 9_000, "GM0393": 20, "GM0394": 300, "GM0599": 1_000}[region] + year - 2000
    return size * {"Totaal": 10, "Nederlands": 7, "Pools": 1}[NATIONALITIES[nationality]]


def residents(*, modified: str = "2026-02-10T02:00:00+01:00", more: int = 0) -> Table:
    """The table; ``more`` is added to every cell, as a correction would."""
    dimensions = {
        "Geslacht": Dimension({"T001038": Value("Totaal mannen en vrouwen")}),
        "Leeftijd": Dimension({"10000": Value("Totaal")}),
        "Nationaliteit": Dimension({code: Value(title) for code, title in NATIONALITIES.items()}),
        "RegioS": Dimension({region: Value(region) for region in REGIONS}, "GeoDimension"),
        "Perioden": Dimension({f"{year}JJ00": Value(str(year), "Definitief") for year in YEARS}, "TimeDimension"),
    }
    cells: list[tuple[str, tuple[str, ...], float | str | None, str]] = [
        (
            "M000352",
            ("T001038", "10000", nationality, region, f"{year}JJ00"),
            float(count(region, nationality, year) + more),
            "None",
        )
        for nationality, region, year in itertools.product(NATIONALITIES, REGIONS, YEARS)
        if region != "GM0393" or year < MERGED_ON
    ]
    measures = {"M000352": Measure("Bevolking op 1 januari", "BevolkingOp1Januari_1")}
    return Table(TABLE, dimensions, measures, cells, modified)


def night(place: Place, server: StatLine, day: str) -> Ran:
    """The command on a day, online."""
    urls = {"ZICHT_CBS_V4_URL": f"{server.address}/v4", "ZICHT_CBS_V3_URL": f"{server.address}/v3"}
    urls["ZICHT_BOUNDARIES_URL"] = f"{server.address}/borders/{{year}}/all"  # which this server does not have
    return place.refresh(ZICHT_OFFLINE="0", ZICHT_RETRY_SECONDS="0", ZICHT_AS_OF=day, **urls)


def foreign(place: Place) -> dict[tuple[str, int], int]:
    """Published residents without Dutch nationality, by area and year."""
    rows = place.rows(
        "select area_code, year(period_start) as year, persons, version from registered "
        "where universe = ? and origin_group = 'all' "
        "qualify version = max(version) over ()",
        FOREIGN,
    )
    return {(row["area_code"], row["year"]): row["persons"] for row in rows}


@pytest.fixture(scope="module")
def nights(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Place, StatLine, dict[str, Ran]]]:
    """Four nights: all is well, nothing changed, CBS stumbles while a correction comes, and CBS is down."""
    place = new_place(tmp_path_factory.mktemp("nights"))
    said: dict[str, Ran] = {}
    with StatLine({TABLE: residents()}, page=20) as server:
        said["well"] = night(place, server, "2026-02-15")
        asked = len(server.asked)
        said["unchanged"] = night(place, server, "2026-02-16")
        server.quiet_night = server.asked[asked:]  # type: ignore[attr-defined]
        server.tables[TABLE] = residents(modified="2026-02-16T02:00:00+01:00", more=1)
        server.break_down("Properties", "reset", times=1)
        server.break_down("Observations", "503", times=1)
        server.break_down("Observations", "half a body", times=1, after=1)
        server.break_down("RegioSCodes", "cut JSON", times=1)
        said["stumbles"] = night(place, server, "2026-02-17")
        server.mend()
        server.tables[TABLE] = residents(modified="2026-02-17T02:00:00+01:00", more=2)
        server.break_down("", "503")
        said["down"] = night(place, server, "2026-02-18")
        yield place, server, said


Nights = tuple["Place", StatLine, dict[str, "Ran"]]


def test_the_figures_of_every_night_are_those_of_the_last_whole_answer(nights: Nights) -> None:
    place, _, said = nights
    assert {name: ran.code for name, ran in said.items()} == dict.fromkeys(said, 4), "other tables are never there"
    expected = {
        ("NL" if region == "NL01" else region[2:], year): count(region, "T001059", year) - count(region, "NAT1", year)
        for region in REGIONS
        for year in YEARS
        if region != "GM0393" or year < MERGED_ON
    }
    assert foreign(place) == expected, "a correction of every cell by one cancels in the difference"
    polish = place.modelled(
        "select value from int_observations__unioned where nationality = '0072' and area_code = '0394' "
        "and year(period_start) = 2023 order by version"
    )
    was = count("GM0394", "NAT2", 2023)
    assert [row["value"] for row in polish] == [was + 1], "the newest alone, and nothing of the night CBS was down"
    standings = place.rows("select standing, version from delivery where source = 'statline' order by version")
    assert [row["standing"] for row in standings] == ["superseded", "current"]


def test_a_night_on_which_nothing_changed_costs_one_small_request_for_each_table_and_releases_nothing(
    nights: Nights,
) -> None:
    _, server, said = nights
    quiet: list[str] = server.quiet_night  # type: ignore[attr-defined]
    assert [path for path in quiet if TABLE in path] == [f"/v4/{TABLE}/Properties"]
    assert not any("Observations" in path for path in quiet)
    assert said["unchanged"].summary["released"] is False


def test_a_night_without_cbs_names_the_table_that_is_late_and_the_snapshot_that_goes_on_to_count(
    nights: Nights,
) -> None:
    place, _, said = nights
    (gap,) = place.rows("from data_gap where kind = 'late' and source = ? and closed is null", f"statline {TABLE}")
    assert "503" in gap["explanation_en"]
    assert "2026-02-16" in gap["explanation_nl"]
    assert gap["opened"].isoformat() == "2026-02-18"
    assert any(TABLE in line for line in said["down"].summary["attention"])


def test_a_table_that_never_came_is_a_gap_of_its_own(nights: Nights) -> None:
    place, _, _ = nights
    missing = {row["source"] for row in place.rows("from data_gap where kind = 'missing' and closed is null")}
    assert {"statline 70072ned", "statline 70739ned"} <= missing
    assert f"statline {TABLE}" not in missing


def test_what_another_server_than_that_of_cbs_answers_confirms_no_layout(nights: Nights) -> None:
    place, _, _ = nights
    assert place.rows("from layout where verified") == []
    producers = {row["producer"] for row in place.rows("from delivery where source = 'statline'")}
    assert len(producers) == 1
    assert all(producer.startswith("http://127.0.0.1:") for producer in producers)


def test_haarlemmermeer_on_current_borders_contains_haarlemmerliede_in_every_year(nights: Nights) -> None:
    place, _, _ = nights
    rows = place.rows(
        "select year(period_start) as year, persons, persons_low, persons_high, computed, bound_kind, universe "
        "from registered_current where universe = 'statline_residents_nationality' and area_code = '0394' "
        "qualify version = max(version) over () order by year"
    )
    assert [row["year"] for row in rows] == list(YEARS)
    for row in rows:
        parts = ("GM0393", "GM0394") if row["year"] < MERGED_ON else ("GM0394",)
        total = sum(count(part, "T001059", row["year"]) + 1 for part in parts)
        assert row["persons"] == row["persons_low"] == row["persons_high"] == total
        assert row["computed"] == (len(parts) > 1)
    assert place.rows("from registered_current where area_code = '0393'") == []


def test_a_rerun_needs_no_network_and_offline_asks_nobody(nights: Nights, tmp_path: Path) -> None:
    place, server, _ = nights
    copy = place.copy(tmp_path / "data")
    for folder in ("staged", "build", "published"):
        for path in (copy.data / folder).glob("*"):
            path.rename(tmp_path / f"{folder}-{path.name}")
    asked = len(server.asked)
    urls = {"ZICHT_CBS_V4_URL": f"{server.address}/v4", "ZICHT_CBS_V3_URL": f"{server.address}/v3"}
    ran = replace(copy, project=PROJECT).refresh(ZICHT_OFFLINE="1", ZICHT_AS_OF="2026-02-19", **urls)
    assert ran.summary["released"], ran.err
    assert foreign(copy) == foreign(place)
    assert len(server.asked) == asked
