"""Two made-up editions with a geometry of their own, taken in by their profiles alone, as a release shows them."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest
import yaml

from tests.integration.conftest import Refreshed, installed, new_place
from tests.unit.sources.migrantenmonitor.books import book, profile, sheet

if TYPE_CHECKING:
    from pathlib import Path

    from tests.integration.conftest import Once, Place

pytestmark = pytest.mark.slow

FIRST, SECOND = "Verzonnen editie 2019", "Verzonnen editie 2022"
HEADER = [["", "", "Werkenden", "", ""], ["", "", "Totaal", "Ingeschreven", "Niet ingeschreven"]]
SUMS = [
    {
        "table_id": "1",
        "dimension": "home_area",
        "total": "all",
        "parts": ["resident", "not_resident"],
        "complete": True,
    },
    {"table_id": "1", "dimension": "area", "total": "NL", "parts": ["GM"], "complete": False},
]


def edition(title: str, year: int, **said: Any) -> dict[str, Any]:
    """A profile with two levels of header, codes as numbers and the nation last."""
    columns = [
        {"header": ["Werkenden", word], "home_area": home}
        for word, home in [("Totaal", "all"), ("Ingeschreven", "resident"), ("Niet ingeschreven", "not_resident")]
    ]
    day = {"period_start": f"{year}-12-31", "period_end": f"{year}-12-31"}
    return profile(
        layout=f"verzonnen-{year}",
        edition=f"verzonnen-{year}",
        synthetic=False,
        recognise=[{"sheet": "T", "cell": "A1", "contains": title}],
        workplace_basis="modelled",
        sums=SUMS,
        sheets=[sheet(header_rows=[2, 3], first_row=4, columns=columns)],
        **day,
        **said,
    )


def build(folder: Path) -> Refreshed:
    """A program with two profiles more, and their workbooks in its inbox."""
    program = installed(folder / "program")
    layouts = program / "pipelines" / "sources" / "migrantenmonitor" / "layouts"
    absent = [
        {"table_id": "2", "measure": "residents", "universe": "monitor_workers_home_area", "home_area": "here",
         "reason_en": "This edition has no home area", "reason_nl": "Deze editie kent geen woongebied"}
    ]  # fmt: skip
    for title, year, more in ((FIRST, 2019, {"absent": absent}), (SECOND, 2022, {})):
        text = yaml.safe_dump(edition(title, year, **more))
        (layouts / f"verzonnen-{year}.yml").write_text(text, encoding="utf-8")
    place = replace(new_place(folder), project=program)
    rows = [[394, "Haarlemmermeer", 1000, 300, 700], [599, "Rotterdam 1)", 500, "x", "x"], ["", "Bergen", 40, 20, 20]]
    place.deliver(
        "migrantenmonitor", "NL", "2019-12-31",
        {"verzonnen-2019.xlsx": book({"T": [[FIRST], *HEADER, *rows, ["", "Nederland", 2000, 900, 1100]]})},
    )  # fmt: skip
    rows = [[394, "Haarlemmermeer", 1200, 300, 700], [599, "Rotterdam", 900, "-", 900], [9, "Ten Boer", ".", ".", "."]]
    place.deliver(
        "migrantenmonitor", "NL", "2022-12-31",
        {"verzonnen-2022.xls": book({"T": [[SECOND], *HEADER, *rows, ["", "Nederland", 1500, 800, 700]]}, "xls")},
    )  # fmt: skip
    return Refreshed(place, place.refresh())


@pytest.fixture(scope="module")
def house(once: Once) -> Place:
    made: Refreshed = once("editions", build)
    assert made.ran.summary["released"], (made.ran.out, made.ran.err)
    return made.place


def gap(house: Place, kind: str, measure: str, year: int) -> list[dict[str, Any]]:
    return house.rows(
        "from data_gap where kind = ? and measure = ? and year(period_start) = ? and source like 'migrantenmonitor%'"
        " order by area_code",
        kind, measure, year,
    )  # fmt: skip


def test_each_cell_is_a_figure_with_bounds_and_every_edition_stays_beside_the_other(house: Place) -> None:
    rows = house.rows(
        "select edition, home_area, workers, workers_low, workers_high, availability, workplace_basis from working"
        " where area_code in ('0394', '0599') and universe = 'monitor_workers_work_area'"
    )
    found = {(row["edition"][-4:], row["home_area"], row["workers"]): row for row in rows}
    assert len(rows) == 12
    whole = found["2019", "all", 1000]
    assert (whole["workers_low"], whole["workers_high"], whole["workplace_basis"]) == (995, 1005, "modelled")
    nil, secret = found["2022", "resident", 0], found["2019", "resident", None]
    assert (nil["workers_low"], nil["workers_high"], nil["availability"]) == (0, 0, "available")
    # Withheld it stays, with the bounds that its row leaves.
    assert secret["availability"] == "suppressed"
    assert 0 < secret["workers_low"] < secret["workers_high"] < whole["workers_low"]


def test_a_real_workbook_confirms_its_profile_and_is_named_as_the_evidence(house: Place) -> None:
    rows = house.rows(
        "select layout.layout, delivery.reference_date from layout inner join delivery"
        " on evidence_delivery_id = delivery_id and layout.layout = delivery.layout where verified order by 1"
    )
    assert [(row["layout"], str(row["reference_date"])) for row in rows] == [
        ("verzonnen-2019", "2019-12-31"), ("verzonnen-2022", "2022-12-31"),
    ]  # fmt: skip


def test_totals_that_their_parts_cannot_make_up_are_named_by_their_cells(house: Place) -> None:
    (own, nation) = gap(house, "contradiction", "workers", 2022)
    assert own["area_code"] == "0394"
    assert "T!C4" in own["explanation_nl"], "1,200 is not 300 and 700, whatever was rounded"
    assert nation["area_code"] == "NL"
    assert "T!C7" in nation["explanation_nl"]
    assert "T!E7" in nation["explanation_nl"], "the country has fewer than two of its municipalities"
    assert "T!D7" not in nation["explanation_nl"], "a country may have more than the municipalities that are named"
    assert gap(house, "contradiction", "workers", 2019) == []


def test_a_series_that_goes_over_a_break_says_so(house: Place) -> None:
    (broken,) = gap(house, "broken_series", "workers", 2021)
    assert "monitor_workers_work_area" in broken["source"]
    assert "2021" in broken["explanation_nl"]
    assert gap(house, "broken_series", "workers", 2013) == [], "both editions are later"
    assert "2021-01-01" in house.one("from universe where universe = 'monitor_workers_work_area'")["series_breaks_en"]


def test_a_name_of_two_municipalities_is_a_gap_and_its_figures_are_kept(house: Place) -> None:
    (unknown,) = gap(house, "unknown_code", "workers", 2019)
    assert "Bergen" in unknown["explanation_nl"]
    kept = house.rows("select workers from working where area_type = 'unknown' order by all")
    assert [row["workers"] for row in kept] == [20, 20, 40]


def test_what_an_edition_does_not_have_is_missing_and_not_nought(house: Place) -> None:
    (missing,) = gap(house, "missing", "residents", 2019)
    assert (missing["area_code"], missing["delivery_id"] is None) == ("NL", False)
    assert house.rows("from registration_gap where workers_universe = 'monitor_workers_work_area'") == []
