"""The first page and its data: whose figures they are, in which rank and class, and that none is there that is not in
the release."""

from __future__ import annotations

import csv
import gzip
import io
import json
import shutil
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import duckdb
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipelines.areas import names
from pipelines.report import dashboard, site
from pipelines.report.year import CSV_COLUMNS, GAP, MEASURES, STATUSES, Bounds, Year, breaks, ranks, sign, status
from tests.unit.publish.warehouse import Row, candidate, town
from tests.unit.report.released import RELEASE, TOWNS, facts_of, written

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.conftest import House

MONITOR = ("work", "home")
AUDIT = ("audit_workers", "audit_registered")
OPEN = {"value": None, "low": 0, "high": 9}
WORKERS, RESIDENTS, SHARE = MEASURES[0], MEASURES[1], MEASURES[3]


def universe(name: str) -> Row:
    return {
        "universe": name, "title_nl": f"De {name}", "title_en": f"The {name}", "definition_nl": f"wie {name} telt",
        "definition_en": f"whom {name} counts", "source_address": "https://example.test",
    }  # fmt: skip


REFERENCE: dict[str, list[Row]] = {
    "universe": [universe(name) for name in (*MONITOR, *AUDIT)],
    "universe_pair": [
        {"workers_universe": pair[0], "residents_universe": pair[1], "preference": place, "relation": "overlapping",
         "relation_claimed": "overlapping", "reason_nl": "zo is het", "reason_en": "so it is"}
        for place, pair in enumerate((MONITOR, AUDIT))
    ],
}  # fmt: skip


def figure(name: str, value: float | None, margin: float = 5, **changed: Any) -> Row:
    bounds = {"value": value, "low": value and value - margin, "high": value and value + margin} | changed
    return {name: bounds["value"], f"{name}_low": bounds["low"], f"{name}_high": bounds["high"]}


def compared(code: str = "0394", workers: int = 610, residents: int = 190, year: int = 2025, **changed: Any) -> Row:
    """A row of ``registration_gap``."""
    pair = changed.pop("pair", MONITOR)
    name = {"0394": "Haarlemmermeer", "0599": "Rotterdam"}.get(code, f"naam {code}")
    return {
        "municipality_code": code, "municipality_name": name, "reporting_year": year, "origin_group": "all",
        "workers_universe": pair[0], "residents_universe": pair[1], "universe": " + ".join(pair),
        **figure("workers", workers), **figure("residents", residents), **figure("gap", workers - residents, 10),
        **figure("registered_share", None), "relation": "overlapping", "relation_claimed": "overlapping",
        "preference": 1, "superseded": False, "reference_date": "2025-12-31", "edition": "2025", "version": "1",
        "availability": "available", "finality": "final", "synthetic": False, "delivery_id": "d" * 64,
    } | changed  # fmt: skip


SUPPRESSED = compared("0599", availability="suppressed") | figure("workers", None, low=0, high=9) | figure(
    "residents", None, low=0, high=9
) | figure("gap", None, low=-9, high=9)  # fmt: skip


@contextmanager
def released(house: House, *rows: Row, release: dict[str, Any] = RELEASE, **tables: list[Row]) -> Iterator[Any]:
    """What a release of comparisons tells, the first of each municipality and year preferred."""
    preferred = {(row["municipality_code"], row["reporting_year"]): row for row in reversed(rows)}
    keys = (
        "municipality_code", "reporting_year", "workers_universe", "residents_universe", "edition", "version",
        "synthetic", "delivery_id",
    )  # fmt: skip
    headlines = [{key: row[key] for key in keys} for row in preferred.values()]
    given = {"registration_gap": list(rows), "gap_headline": headlines} | REFERENCE | tables
    with facts_of(house, release, **given) as facts:
        yield facts


def book(house: House, *rows: Row, year: int = 2025, **tables: Any) -> Year:
    with released(house, *rows, **tables) as facts:
        return Year(facts, year)


def told(house: House, *rows: Row, lang: str = "nl", **tables: Any) -> dict[str, Any]:
    """What the page lays out."""
    with released(house, *rows, **tables) as facts:
        return next(dict(page.content) for page in dashboard.pages(facts) if page.template and page.lang == lang)


def files(house: House, *rows: Row, **tables: Any) -> dict[str, str]:
    """The data beside the page."""
    with released(house, *rows, **tables) as facts:
        return {page.path: page.content["text"] for page in dashboard.pages(facts) if not page.template}


def table(text: str) -> list[dict[str, str]]:
    """The rows of a CSV, which begins with a byte order mark."""
    assert text.startswith("\ufeff")
    return list(csv.DictReader(io.StringIO(text[1:])))


def data(house: House, *rows: Row, name: str = "2025", **tables: Any) -> dict[str, Any]:
    """What the script reads of a year."""
    text = files(house, *rows, **tables)[f"data/{name}.js"]
    assert text.startswith(f'(window.zicht??={{}})["{name}"]=')
    return dict(json.loads(text.partition("]=")[2].rstrip(";\n")))


# ranks


def test_a_rank_is_what_bounds_leave_open() -> None:
    assert ranks([(50, 60), (10, 20), (30, 40)]) == [(1, 1), (3, 3), (2, 2)]
    assert ranks([(50, 60), (30, 50), (10, 20)]) == [(1, 2), (1, 2), (3, 3)], "bounds that touch leave it open"
    assert ranks([(50, 60), (0, 9), (0, 9)]) == [(1, 1), (2, 3), (2, 3)]


def test_a_bound_that_is_not_known_excludes_nothing_and_without_bounds_there_is_no_rank() -> None:
    assert ranks([(50, None), (10, 20), (None, 15)]) == [(1, 1), (2, 3), (2, 3)]
    assert ranks([(50, 60), (None, None), (70, 80)]) == [(2, 2), None, (1, 1)]
    assert ranks([(10, None), (5, None)]) == [(1, 2), (1, 2)]


LIMIT = st.none() | st.integers(-20, 20)


@given(st.lists(st.tuples(LIMIT, LIMIT).filter(lambda one: None in one or one[0] <= one[1]), max_size=12))  # type: ignore[operator]
def test_ranks_are_one_more_than_are_surely_above_and_than_are_not_surely_below(bounds: list[Bounds]) -> None:
    def surely_above(one: Bounds, other: Bounds) -> bool:
        return one[0] is not None and other[1] is not None and one[0] > other[1]

    known = [(place, one) for place, one in enumerate(bounds) if one != (None, None)]
    for place, one in known:
        others = [other for at, other in known if at != place]
        above = sum(surely_above(other, one) for other in others)
        not_below = sum(not surely_above(one, other) for other in others)
        assert ranks(bounds)[place] == (1 + above, 1 + not_below)


def test_only_figures_of_the_same_universes_edition_and_group_are_ranked_among_each_other(house: House) -> None:
    found = book(
        house,
        compared("0394", 610),
        compared("0599", 900),
        compared("0394", 10, 5, origin_group="moe"),
        compared("0599", 1000, pair=AUDIT),
        compared("0599", 1000, edition="2024", pair=AUDIT, synthetic=True, delivery_id="e" * 64),
    )
    rank = {(row["municipality_code"], row["origin_group"], row["comparison"]): row["rank"] for row in found.rows}
    assert rank["0394", "all", "work.home"]["workers"] == (2, 2, 2)
    assert rank["0599", "all", "work.home"]["workers"] == (1, 1, 2)
    assert rank["0394", "moe", "work.home"]["workers"] == (1, 1, 1)
    assert rank["0599", "all", "audit_workers.audit_registered"]["workers"] == (1, 1, 1)
    assert rank["0394", "all", "work.home"]["registered_share"] is None


# which row stands for a municipality


def test_of_one_comparison_the_row_of_the_headline_stands_and_else_the_real_and_newest_one(house: House) -> None:
    older = compared(workers=100, version="2", delivery_id="a" * 64)
    newer = compared(workers=200, version="3", reference_date="2026-06-30", delivery_id="b" * 64)
    made_up = compared(workers=300, synthetic=True, reference_date="2027-01-01", delivery_id="c" * 64)
    replaced = compared(workers=400, version="4", superseded=True, reference_date="2027-01-01", delivery_id="e" * 64)
    assert [row["workers"] for row in book(house, older, newer, made_up, replaced).rows] == [100]
    group = [row | {"origin_group": "moe"} for row in (older, newer, made_up, replaced)]
    other = compared(pair=AUDIT)
    assert [row["workers"] for row in book(house, other, *group).of("moe", "work.home")] == [200]


def test_a_group_is_shown_by_the_comparison_that_is_preferred_for_all(house: House) -> None:
    found = book(
        house, compared(pair=AUDIT), compared(), compared(origin_group="moe", workers=7),
        compared(origin_group="moe", pair=AUDIT, workers=8),
    )  # fmt: skip
    assert [row["workers"] for row in found.of("moe")] == [8]
    assert [row["workers"] for row in found.of("moe", "work.home")] == [7]


# what is said of a figure


def test_what_is_not_there_says_why() -> None:
    nested = compared(nested=True, relation_claimed="nested")
    assert status(compared(nested=False), WORKERS) == "available"
    assert status(SUPPRESSED | {"nested": False}, WORKERS) == "suppressed"
    assert status(compared() | figure("workers", None, low=3, high=8), WORKERS) == "bounds"
    assert status(compared() | figure("workers", None), WORKERS) == "missing"
    unequal = compared(availability="missing") | figure("workers", None, low=0, high=9) | figure("residents", None)
    assert status(unequal, WORKERS) == "bounds", "the pair has the worse of two, which may be that of the other"
    assert status(unequal, RESIDENTS) == "missing"
    assert status(compared(nested=False), SHARE) == "not_applicable"
    assert status(nested | {"availability": "suppressed"}, SHARE) == "suppressed"
    assert status(compared() | figure("gap_per_1000", None), MEASURES[6]) == "not_computed"
    assert all(status(one, WORKERS) in STATUSES for one in (nested, SUPPRESSED))


def test_a_suppressed_figure_is_nowhere_nought_and_nowhere_blank(house: House) -> None:
    rows = (compared(), SUPPRESSED)
    _, row = sorted(told(house, *rows)["rows"], key=lambda one: str(one["code"]))
    assert row["figures"] == [
        "niet gepubliceerd: te klein of geheim (tussen 0 en 9)",
        "niet gepubliceerd: te klein of geheim (tussen 0 en 9)",
        "niet gepubliceerd: te klein of geheim (tussen −9 en 9)",
        "niet van toepassing",
    ]
    place = STATUSES.index("suppressed")
    (cells,) = [one[4:] for one in data(house, *rows)["rows"] if one[0] == 1]
    assert [cell[0] for cell in cells[:3]] == [None] * 3
    assert [cell[-1] for cell in cells[:3]] == [place] * 3
    assert cells[3:] == [STATUSES.index("not_applicable"), *[STATUSES.index("not_computed")] * 3]
    written = table(files(house, *rows)["data/gemeenten-2025.csv"])
    (line,) = [one for one in written if one["municipality_code"] == "0599"]
    assert (line["workers"], line["workers_low"], line["workers_status"]) == ("", "0", "suppressed")


def test_provisional_and_made_up_rows_are_marked_beside_real_ones(house: House) -> None:
    rows = told(house, compared(), compared("0599", finality="provisional", synthetic=True))["rows"]
    assert {row["code"]: row["notes"] for row in rows} == {"0394": "", "0599": "voorlopig, synthetisch"}


def test_a_rank_is_told_as_an_interval_where_bounds_leave_it_open(house: House) -> None:
    rows = told(house, compared(), compared("0599", 615), compared("0363", 10, 5))["rows"]
    assert [(row["code"], row["rank"].replace("\u00a0", " ")) for row in rows] == [
        ("0394", "1 tot 2 van 3"), ("0599", "1 tot 2 van 3"), ("0363", "3 van 3"),
    ]  # fmt: skip


def test_the_only_one_has_no_rank(house: House) -> None:
    assert [row["rank"] for row in told(house, compared())["rows"]] == ["geen rang"]


def test_who_is_compared_in_another_way_than_most_stands_behind_them_and_is_not_ranked_among_them(house: House) -> None:
    most = [compared(code, workers) for code, workers in (("0001", 300), ("0394", 610), ("0599", 200))]
    rows = told(house, *most, compared("0002", 9000, pair=AUDIT), compared("0003", 8000, edition="2024"))["rows"]
    assert [(row["code"], row["rank"].replace("\u00a0", " ")) for row in rows] == [
        ("0394", "1 van 3"), ("0001", "2 van 3"), ("0599", "3 van 3"), ("0002", "andere vergelijking"),
        ("0003", "andere vergelijking"),
    ]  # fmt: skip


def test_a_figure_never_lies_outside_its_bounds_as_they_are_written(house: House) -> None:
    share = figure("registered_share", 21.4, low=21.36, high=21.44)
    (row,) = told(house, compared(relation_claimed="nested") | share)["rows"]
    assert row["figures"][3] == "21,40% (21,36 tot 21,44)"


def test_both_languages_tell_the_same_figures(house: House) -> None:
    dutch, english = (told(house, compared(workers=17400), SUPPRESSED, lang=lang) for lang in ("nl", "en"))
    assert dutch["rows"][0]["figures"][0] == "17.400 (17.395 tot 17.405)"
    assert english["rows"][0]["figures"][0] == "17,400 (17,395 to 17,405)"
    assert [row["code"] for row in dutch["rows"]] == [row["code"] for row in english["rows"]]
    assert dutch["texts"].keys() == english["texts"].keys()
    assert dutch["choices"]["groups"] == [["all", "alle herkomstgroepen"]]
    assert english["choices"]["groups"] == [["all", "all groups of origin"]]


def test_every_comparison_names_its_universes_their_definition_source_and_edition(house: House) -> None:
    (one, other) = told(house, compared(), compared(pair=AUDIT))["comparisons"]
    assert (one["number"], one["key"], one["editions"]) == (1, "work.home", "2025")
    assert one["workers"] == {
        "title": "De work", "definition": "wie work telt", "address": "https://example.test",
    }  # fmt: skip
    assert (other["number"], other["residents"]["title"]) == (2, "De audit_registered")


# classes


def test_classes_begin_at_round_numbers_and_the_first_is_not_empty() -> None:
    rows = [compared(workers=workers) for workers in range(12, 2012, 10)]
    assert breaks(rows, WORKERS) == [410, 810, 1200, 1600]
    assert [sign(rows[at], WORKERS, [410, 810, 1200, 1600]) for at in (0, 40, 199)] == ["1", "2", "5"]
    assert breaks(rows[:2], WORKERS) == [], "too few to divide"


def test_a_gap_that_may_be_nought_has_a_class_of_its_own_and_so_has_one_below_nought() -> None:
    assert sign(compared(workers=195), GAP, []) == "≈"
    assert sign(compared(workers=100), GAP, []) == "−"
    assert sign(compared(workers=800), GAP, [100, 500]) == "3"
    assert sign(compared(workers=195), WORKERS, []) == "1"
    assert sign(SUPPRESSED | {"status": {"gap": "suppressed"}}, GAP, []) == "×"


def test_the_legend_tells_every_sign_on_the_map_and_no_other(house: House) -> None:
    content = told(house, compared(), SUPPRESSED, area=[*TOWNS, town("0363", "Amsterdam")])
    on_the_map = {one["code"]: one["sign"] for one in content["map"]["shapes"]}
    assert on_the_map == {"0394": "1", "0599": "×", "0363": ""}
    assert [(mark, said) for mark, _, said in content["legend"]] == [
        ("1", "een cijfer"), ("×", "niet gepubliceerd: te klein of geheim"), ("", "geen cijfer in deze uitgave"),
    ]  # fmt: skip


# the data and the release


def test_the_data_of_a_year_are_the_figures_of_the_release(house: House) -> None:
    per = {"area_type": "GM", "period_start": "2025-01-01", "per": "1,000 residents", "peer_set": "similar",
           "universe": "work + home", "edition": "2025", "version": "1", "synthetic": False}  # fmt: skip
    peers = [
        per | {"area_code": "0394", "measure": measure, "value": value, "value_low": value - 1, "value_high": value + 1}
        for measure, value in (("workers", 3.6123), ("residents", 1.5), ("gap", 2.0))
    ]
    rows = (compared(), compared("0599", 700, 500), compared(origin_group="moe", workers=20, residents=10))
    found = data(house, *rows, peer_comparison=peers)
    assert found["areas"] == [["0394", "Haarlemmermeer", [], 1], ["0599", "Rotterdam", [], 0]], "one has a page"
    assert found["groups"] == ["all", "moe"]
    assert found["bases"] == [["work", "home", "2025", "1", False]]
    not_applicable, not_computed = STATUSES.index("not_applicable"), STATUSES.index("not_computed")
    assert found["rows"] == [
        [0, 0, 1, 0, [610, 605, 615, 2, 2, 2], [190, 185, 195, 2, 2, 2], [420, 410, 430, 1, 1, 2], not_applicable,
         [3.612, 2.612, 4.612, 1, 1, 1], [1.5, 0.5, 2.5, 1, 1, 1], [2, 1, 3, 1, 1, 1]],
        [1, 0, 1, 0, [700, 695, 705, 1, 1, 2], [500, 495, 505, 1, 1, 2], [200, 190, 210, 2, 2, 2], not_applicable,
         *[not_computed] * 3],
    ]  # fmt: skip
    group = data(house, *rows, name="2025-moe", peer_comparison=peers)
    assert group["rows"] == [
        [0, 0, 1, 0, [20, 15, 25, 1, 1, 1], [10, 5, 15, 1, 1, 1], [10, 0, 20, 1, 1, 1], not_applicable,
         *[not_computed] * 3],
    ]  # fmt: skip
    assert "areas" not in group, "those stand in the data of the year"


def test_a_value_without_bounds_is_told_and_has_no_rank(house: House) -> None:
    (row,) = data(house, compared() | figure("workers", 610, low=None, high=None))["rows"]
    assert row[4] == [610, None, None, None, None, None]


def test_a_csv_has_every_row_of_its_year_and_says_what_is_made_up(house: House) -> None:
    rows = [compared(), compared(pair=AUDIT, synthetic=True), compared(origin_group="moe")]
    found = files(house, *rows, release=RELEASE | {"synthetic": True})
    lines = table(found["data/synthetic_gemeenten-2025.csv"])
    assert tuple(lines[0]) == CSV_COLUMNS
    assert [(one["origin_group"], one["universe"], one["synthetic"], one["preferred"]) for one in lines] == [
        ("all", "audit_workers + audit_registered", "true", "false"), ("all", "work + home", "false", "true"),
        ("moe", "work + home", "false", "true"),
    ]  # fmt: skip
    assert (lines[1]["gap"], lines[1]["ranked_by"], lines[1]["rank_low"], lines[1]["edition"]) == (
        "420", "gap", "1", "2025",
    )  # fmt: skip


def test_text_that_a_spreadsheet_would_take_for_a_formula_is_text_in_a_csv_and_a_negative_number_is_a_number(
    house: House,
) -> None:
    row = compared(workers=100, municipality_name='=HYPERLINK("x")', edition="+1+cmd", version="@1")
    (line,) = table(files(house, row)["data/gemeenten-2025.csv"])
    assert (line["municipality_name"], line["edition"], line["version"]) == ('\'=HYPERLINK("x")', "'+1+cmd", "'@1")
    assert line["gap"] == "-90"


@pytest.mark.parametrize(
    ("address", "linked"), [("javascript:alert(1)", None), (None, None), ("http://x.test", "http://x.test")]
)
def test_only_an_address_on_the_web_becomes_a_link(address: str | None, linked: str | None, house: House) -> None:
    universes = [universe(name) | {"source_address": address} for name in (*MONITOR, *AUDIT)]
    (one,) = told(house, compared(), universe=universes)["comparisons"]
    assert one["workers"]["address"] == linked


def test_every_municipality_is_in_the_table_or_named_as_without_a_figure(house: House) -> None:
    content = told(house, compared(), area=[*TOWNS, town("0363", "Amsterdam")])
    assert [row["name"] for row in content["rows"]] == ["Haarlemmermeer"]
    assert content["bare"] == ["Amsterdam", "Rotterdam"]


def test_one_that_merged_is_there_in_the_years_it_existed_and_lies_in_its_province(house: House) -> None:
    always: Row = {"valid_from": None, "valid_to": None, "successors": None}
    merged = "2023-01-01"
    areas = [
        town("0501", "Brielle") | always | {"valid_to": merged, "successors": "1992", "parents": "NL, PV28"},
        town("1992", "Voorne aan Zee") | always | {"valid_from": merged, "parents": "NL, PV28"},
        town("0394", "Haarlemmermeer") | always | {"parents": "NL, CR23, PV27"},
        town("PV28", "Zuid-Holland") | always | {"area_type": "PV", "parents": "NL"},
    ]
    rows = (compared("1992"), compared("0501", year=2022))
    assert [area[:3] for area in data(house, *rows, area=areas)["areas"]] == [
        ["0394", "Haarlemmermeer", []], ["1992", "Voorne aan Zee", ["PV28"]],
    ]  # fmt: skip
    earlier = data(house, *rows, area=areas, name="2022")
    assert [area[:3] for area in earlier["areas"]] == [
        ["0501", "Brielle", ["PV28"]], ["0394", "Haarlemmermeer", []],
    ]  # fmt: skip
    assert set(earlier["map"]["shapes"]) == {"0501", "0394"}, "the page itself has the map of its own year alone"
    assert told(house, *rows, area=areas)["choices"]["regions"] == [["Provincies", [["PV28", "Zuid-Holland"]]]]
    region = town("CR23", "Haarlem e.o.") | always | {"area_type": "CR", "parents": "NL"}
    assert told(house, *rows, area=[*areas, region])["choices"]["regions"] == [
        ["Provincies", [["PV28", "Zuid-Holland"]]], ["COROP-gebieden", [["CR23", "Haarlem e.o."]]],
    ]  # fmt: skip


# the page


@pytest.fixture
def alone(monkeypatch: pytest.MonkeyPatch) -> None:
    """The site has the pages of the dashboard alone."""
    monkeypatch.setattr(site, "pages", dashboard.pages)


@pytest.mark.usefixtures("alone")
def test_a_release_without_figures_says_so(house: House, tmp_path: Path) -> None:
    page = (written(house, tmp_path / "release") / "index.html").read_text(encoding="utf-8")
    assert "nog geen cijfers over werken en ingeschreven staan" in page
    assert "<table" not in page
    assert "<script" not in page


@pytest.mark.usefixtures("alone")
def test_only_municipalities_with_pages_of_their_own_are_linked(house: House, tmp_path: Path) -> None:
    assert house.settings.factsheets == ("0394",)
    tables = {"registration_gap": [compared(), compared("0599")], "gap_headline": []}
    headline = [{key: row[key] for key in ("municipality_code", "reporting_year", "workers_universe",
                 "residents_universe")} for row in tables["registration_gap"]]  # fmt: skip
    folder = written(house, tmp_path / "release", **REFERENCE | tables | {"gap_headline": headline})
    page = (folder / "index.html").read_text(encoding="utf-8")
    assert page.count('href="gemeente/0394.html#jaar=2025"') == 2, "on the map and in the table"
    assert "gemeente/0599" not in page
    assert "Rotterdam" in page


@pytest.mark.usefixtures("alone")
def test_what_a_first_visit_loads_stays_light_with_every_municipality_group_and_comparison(
    house: House, tmp_path: Path
) -> None:
    rows = [compared(origin_group=group, pair=pair) for group in ("all", "eu", "moe") for pair in (MONITOR, AUDIT)]
    headline = {key: rows[0][key] for key in ("reporting_year", "workers_universe", "residents_universe")}
    towns = [town(code, names.name_of(code)) for code in sorted(names._periods()) if names.is_municipality(code)]
    assert len(towns) > 340
    candidate(house, **REFERENCE, area=towns, registration_gap=rows, gap_headline=[headline])
    release = tmp_path / "release"
    release.mkdir()
    file = Path(shutil.copy(house.settings.candidate, release))
    with duckdb.connect(str(file)) as connection:  # figures of nobody for everybody
        connection.execute(
            """
            create temp table many as
            select
                row.* replace (
                    area.area_code as municipality_code, area.area_name as municipality_name,
                    hash(area.area_code, origin_group, workers_universe) % 20000 as workers,
                    hash(area.area_code, origin_group, workers_universe) % 20000 - 5 as workers_low,
                    hash(area.area_code, origin_group, workers_universe) % 20000 + 5 as workers_high,
                    hash(area.area_code, origin_group, residents_universe) % 9000 as residents
                )
            from registration_gap as row
            cross join area;
            delete from registration_gap;
            insert into registration_gap from many;
            insert into gap_headline by name
            select gap_headline.* replace (area_code as municipality_code) from gap_headline cross join area;
            """
        )
    site.write_site(house.settings, release, RELEASE, [])
    loaded = ("index.html", "style.css", "dashboard.js", "data/2025.js")
    sizes = [len(gzip.compress((release / "site" / name).read_bytes())) for name in loaded]
    assert sizes[-1] > 15_000, "else these are not the figures of everybody"
    assert sum(sizes) < 120_000
