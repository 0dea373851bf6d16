"""The page of a municipality: its answer for every state of the figures, its tables, its sources and its files."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest
from pypdf import PdfReader

from pipelines.report import municipality
from tests.unit.publish.warehouse import Row, gap, town
from tests.unit.report.released import RELEASE, TOWNS, comparison, facts_of, indicator, written

if TYPE_CHECKING:
    from pathlib import Path

    from tests.conftest import House

UNIVERSES = [
    {
        "universe": name, "source": "figures", "title_nl": f"Groep {name}", "title_en": f"Group {name}",
        "definition_nl": f"Wie bij {name} hoort", "definition_en": f"Who belongs to {name}",
        "series_breaks_nl": "2020-01-01: oude telling; dubbel; 2024-06-01: nieuwe telling" if name == "w" else None,
        "series_breaks_en": None,
    }
    for name in ("w", "r", "r2")
]  # fmt: skip


def pair(year: int = 2025, workers: float | None = 600, residents: float | None = 200, **changed: Any) -> Row:
    """A comparison, as both tables of comparisons hold it."""
    between = {} if None in (workers, residents) else figure("gap", workers - residents)  # type: ignore[operator]
    told = {
        "why_preferred_nl": "De enige vergelijking.", "why_preferred_en": "The only comparison.", "preference": 1,
        "relation_reason_nl": "De ene telt werk", "relation_reason_en": "The one counts work", "superseded": False,
        "non_residents_here_availability": "missing", "cell": "Tabel 1!C4 + Tabel 2!D4",
    }  # fmt: skip
    return comparison(year) | figure("workers", workers) | figure("residents", residents) | between | told | changed


def figure(name: str, value: float | None, low: float | None = None, high: float | None = None) -> Row:
    return {name: value, f"{name}_low": value if low is None else low, f"{name}_high": value if high is None else high}


def told(
    house: House,
    headline: list[Row],
    lang: str = "nl",
    code: str = "0394",
    release: dict[str, Any] = RELEASE,
    **rows: list[Row],
) -> dict[str, Any]:
    """What the page of Haarlemmermeer tells."""
    return dict(files(house, headline, release, **rows)[f"{'en/' if lang == 'en' else ''}gemeente/{code}.html"])


def files(house: House, headline: list[Row], release: dict[str, Any] = RELEASE, **rows: list[Row]) -> dict[str, Any]:
    """The content of every file, by path; each comparison stands in both tables, unless the test gives one of them."""
    only = columns_of(house, headline)
    everyone = replace(house, settings=replace(house.settings, factsheets=None))
    with facts_of(everyone, release, **{"universe": UNIVERSES} | only | rows) as facts:
        return {page.path: page.content for page in municipality.pages(facts)}


def columns_of(house: House, rows: list[Row]) -> dict[str, list[Row]]:
    """The comparisons with the columns that each of the two tables has."""
    with facts_of(house) as facts:
        return {
            name: [
                {column: value for column, value in row.items() if column in facts.connection.table(name).columns}
                for row in rows
            ]
            for name in ("gap_headline", "registration_gap")
        }


def section(content: dict[str, Any], name: str) -> dict[str, Any]:
    return next(one for one in content["sections"] if one["id"] == name)


def texts(content: Any) -> list[str]:
    """Everything that is said, at any depth."""
    if isinstance(content, dict):
        return [text for one in content.values() for text in texts(one)]
    if isinstance(content, list):
        return [text for one in content for text in texts(one)]
    return [content] if isinstance(content, str) else []


# the answer


@pytest.mark.parametrize(
    ("row", "said"),
    [
        (
            pair(),
            (
                "In 2025 werkten in Haarlemmermeer meer migranten dan er ingeschreven stonden: 600 tegen 200."
                " Het verschil werken–ingeschreven is 400."
            ),
        ),
        (
            pair(workers=200, residents=600),
            (
                "In 2025 werkten in Haarlemmermeer minder migranten dan er ingeschreven stonden: 200 tegen 600."
                " Het verschil werken–ingeschreven is −400."
            ),
        ),
        (
            pair(**figure("gap", 2, -3, 7)),
            (
                "In 2025 werkten in Haarlemmermeer 600 migranten en stonden er 200 ingeschreven. Het verschil"
                " werken–ingeschreven is 2 (−3 tot 7). Door de marge is niet te zeggen of het er meer of minder zijn."
            ),
        ),
        (
            pair(workers=10, residents=5, **figure("gap", 5, 0, 10)),
            (
                "In 2025 werkten in Haarlemmermeer 10 migranten en stonden er 5 ingeschreven. Het verschil"
                " werken–ingeschreven is 5 (0 tot 10). Door de marge is niet te zeggen of het er meer zijn of even"
                " veel."
            ),
        ),
        (
            pair(relation="unknown", relation_claimed="nested", **figure("registered_share", 33.3)),
            (
                "In 2025 werkten in Haarlemmermeer 600 migranten. Volgens de bron stonden 200 van hen daar"
                " ingeschreven. Het verschil werken–ingeschreven is 400."
            ),
        ),
        (
            pair(availability="suppressed", gap=None, gap_low=-9, gap_high=9),
            (
                "Het verschil werken–ingeschreven van Haarlemmermeer in 2025 is niet gepubliceerd, omdat een van"
                " de cijfers te klein of geheim is; het ligt tussen −9 en 9."
            ),
        ),
        (
            pair(availability="missing", gap=None, gap_low=None, gap_high=None),
            (
                "Het verschil werken–ingeschreven van Haarlemmermeer in 2025 is niet bekend, omdat een van de cijfers"
                " ontbreekt."
            ),
        ),
        (
            pair(gap=None, gap_low=5, gap_high=None),
            (
                "Het verschil werken–ingeschreven van Haarlemmermeer in 2025 is alleen binnen grenzen bekend;"
                " het is ten minste 5."
            ),
        ),
    ],
)
def test_the_answer_changes_with_the_figures(house: House, row: Row, said: str) -> None:
    assert told(house, [row])["answer"] == said


def test_residents_alone_are_told_and_the_gap_is_not(house: House) -> None:
    residents = {
        "area_type": "GM", "area_code": "0394", "period_start": "2026-01-01", "period_end": "2026-01-01",
        "measured_as": "stock", "register": "brp", "origin_group": "all", "stay_band": "all", **figure("persons", 281),
        "universe": "statline_residents_nationality_foreign", "edition": "1", "version": "1", "bound_kind": "exact",
        "availability": "available", "finality": "final", "synthetic": False, "delivery_id": "d" * 64,
    }  # fmt: skip
    answer = told(house, [], registered=[residents])["answer"]
    assert answer.startswith("In Haarlemmermeer staan 281 personen ingeschreven")
    assert "Hoeveel van deze groep er werken is niet bekend" in answer


def test_workers_alone_are_told_and_the_gap_is_not(house: House) -> None:
    workers = {
        "area_type": "GM", "area_code": "0394", "period_start": "2024-01-01", "period_end": "2024-12-31",
        "origin_group": "all", "employment": "all", "sector": "all", "home_area": "all", "unit": "persons",
        **figure("workers", 900), "superseded": False, "universe": "w", "edition": "1", "version": "1",
        "bound_kind": "exact", "availability": "available", "finality": "final", "synthetic": False,
    }  # fmt: skip
    answer = told(house, [], working=[workers])["answer"]
    assert answer.startswith("In Haarlemmermeer werkten 900 personen (Groep w; 2024). Hoeveel van deze groep")


def test_where_nothing_is_known_every_section_says_what_it_lacks(house: House) -> None:
    page = told(house, [])
    assert page["answer"].startswith("Van Haarlemmermeer is niet bekend")
    assert page["key"] == page["sources"] == []
    assert [one["id"] for one in page["sections"] if not one["paragraphs"]] == []
    assert [one["id"] for one in page["sections"] if one["empty"]] == [
        "trend", "samenstelling", "vergelijkingen", "gemeenten", "ingeschreven", "motieven", "inspecties",
        "indicatoren", "huisvesting",
    ]  # fmt: skip


def test_no_page_calls_anybody_unregistered(house: House) -> None:
    for lang, words in (("nl", r"ongeregistreerd|niet geregistreerd"), ("en", "unregistered|not registered")):
        assert not [text for text in texts(told(house, [pair()], lang)) if re.search(words, text)]


def test_made_up_figures_are_called_so_and_the_newest_real_one_stands_beside_them(house: House) -> None:
    rows = [pair(2021, 17400, 3730), pair(2025, synthetic=True, finality="provisional")]
    remarks = told(house, rows)["remarks"]
    assert remarks == [
        "Deze cijfers zijn verzonnen (synthetisch).",
        "Het nieuwste echte verschil gaat over 2021: 13.670.",
        "De cijfers over 2025 zijn voorlopig.",
    ]


def test_a_municipality_that_is_no_more_says_where_it_went(house: House) -> None:
    standing = [one | {"valid_to": None, "successors": None} for one in TOWNS]
    gone = town("0501", "Brielle") | {"valid_to": "2023-01-01", "successors": "0394"}
    row = pair(2022, municipality_code="0501", municipality_name="Brielle")
    page = told(house, [row], code="0501", area=[gone, *standing])
    assert page["successors"] == [["0394", "Haarlemmermeer"]]
    assert page["remarks"][0] == "Brielle is geen gemeente meer en hoort nu bij Haarlemmermeer."


def test_a_share_is_given_only_where_residents_are_among_the_workers(house: House) -> None:
    label = "Deel van de werkzame personen dat hier ingeschreven staat"

    def share(row: Row) -> str:
        return next(str(one["text"]) for one in told(house, [row])["key"] if one["label"] == label)

    assert share(pair()).startswith("niet te geven")
    assert share(pair(relation_claimed="nested", **figure("registered_share", 33.3))) == "33,3%"


# the years


def test_one_year_has_a_table_and_no_chart(house: House) -> None:
    assert "gemeente/0394-trend.svg" not in files(house, [pair()])
    assert section(told(house, [pair()]), "trend")["chart"] is None


def test_a_year_without_figures_stands_in_the_table_and_gets_a_cross(house: House) -> None:
    rows = [pair(2022), pair(2024)]
    chart = files(house, rows)["gemeente/0394-trend.svg"]
    assert chart["years"] == ["2022", "2023", "2024"]
    assert chart["crosses"] == ["2023"]
    (table,) = section(told(house, rows), "trend")["tables"]
    assert [[one["text"] for one in row["cells"]] for row in table["rows"]][1][:2] == ["2023", "geen cijfer"]


def stretches(chart: dict[str, Any], line: str = "gap") -> list[str]:
    return [one["stretch"] for one in chart["points"] if one["line"] == line]


@pytest.mark.parametrize(
    ("years", "joined"),
    [
        ((2021, 2022), True),
        ((2023, 2024), False),  # the universe has a break between them
        ((2020, 2022), False),  # a year between them has no figures
    ],
)
def test_a_line_ends_at_a_break_and_at_a_year_without_figures(
    house: House, years: tuple[int, int], joined: bool
) -> None:
    chart = files(house, [pair(year) for year in years])["gemeente/0394-trend.svg"]
    assert (len(set(stretches(chart))) == 1) is joined


def test_a_break_of_the_series_is_told_with_its_date_and_whole_text(house: House) -> None:
    assert section(told(house, [pair(2019), pair(2020)]), "trend")["paragraphs"] == [
        "Breuk op 1 januari 2020: oude telling; dubbel."
    ]


def test_another_source_is_a_break_that_is_told(house: House) -> None:
    rows = [pair(2021), pair(2022, residents_universe="r2", universe="w + r2")]
    said, *_ = section(told(house, rows), "trend")["paragraphs"]
    assert said.startswith("Breuk tussen 2021 en 2022: een andere bron")
    assert "gemeente/0394-trend.svg" not in files(house, rows), "one year alone makes no line"


def test_no_line_runs_over_a_figure_that_is_not_known(house: House) -> None:
    rows = [pair(2021), pair(2022, None, 200, gap=None, availability="suppressed"), pair(2023)]
    chart = files(house, rows)["gemeente/0394-trend.svg"]
    assert len(set(stretches(chart))) == 3
    assert chart["crosses"] == ["2022"]
    assert len(set(stretches(chart, "residents"))) == 1


# tables


def test_a_withheld_count_is_neither_nought_nor_blank(house: House) -> None:
    row = pair(
        2025,
        None,
        30,
        gap=None,
        workers_low=0,
        workers_high=9,
        gap_low=-30,
        gap_high=-21,
        availability="suppressed",
    )
    cells = {one["label"]: one["text"] for one in told(house, [row])["key"]}
    assert cells["Werkzame personen"] == "niet gepubliceerd: te klein of geheim (tussen 0 en 9)"
    assert cells["Ingezetenen"] == "30"


def test_the_newest_comparison_comes_first_and_paper_holds_the_overview_alone(house: House) -> None:
    rows = [pair(), pair(residents_universe="r2", universe="w + r2", preference=2)]
    tables = columns_of(house, rows)
    found = files(house, rows[:1], registration_gap=tables["registration_gap"])
    page, sheet = (section(found[path], "vergelijkingen") for path in ("gemeente/0394.html", "gemeente/0394.pdf"))
    assert [one["caption"] for one in page["tables"]] == [
        "De vergelijkingen van 2025 naast elkaar",
        "Werkend: Groep w. Ingeschreven: Groep r.",
        "Werkend: Groep w. Ingeschreven: Groep r2.",
    ]
    assert [one["caption"] for one in sheet["tables"]] == ["De vergelijkingen van 2025 naast elkaar"]


def test_how_figures_stand_is_a_column_where_it_differs_and_a_note_where_it_does_not(house: House) -> None:
    mixed = section(told(house, [pair(2024), pair(2025, finality="provisional")]), "trend")["tables"][0]
    assert mixed["head"][-1] == "Stand"
    assert [row["cells"][-1]["text"] for row in mixed["rows"]] == ["voorlopig, exact", "definitief, exact"]
    equal = section(told(house, [pair(2024), pair(2025)]), "trend")["tables"][0]
    assert "Stand" not in equal["head"]
    assert equal["note"] == "Stand: definitief, exact."


def test_parts_of_the_workers_stand_apart_from_who_may_be_the_same_persons(house: House) -> None:
    part = {
        "municipality_code": "0394", "period_start": "2025-12-31", "period_end": "2025-12-31", "origin_group": "all",
        "universe": "w", "edition": "1", "version": "1", "bound_kind": "exact", "availability": "available",
        "finality": "final", "synthetic": False, "delivery_id": "d" * 64,
    }  # fmt: skip
    rows = [
        part | {"part": "not_resident", "overlap": "part"} | figure("workers", 40),
        part | {"part": "resident_here", "overlap": "part"} | figure("workers", None, 0, 60),
        part | {"part": "non_resident_address_here", "overlap": "unknown"} | figure("workers", 30),
    ]
    here, beside = section(told(house, [], worker_composition=rows), "samenstelling")["tables"]
    assert [row["cells"][2]["text"] for row in here["rows"]] == ["tussen 0 en 60", "40"]
    assert [row["cells"][3]["bar"]["most"] for row in here["rows"]] == [60, 60]
    assert [row["cells"][0]["text"] for row in beside["rows"]] == [
        "Niet-ingezetene met een tijdelijk verblijfsadres hier"
    ]


def test_that_residents_are_a_part_of_the_workers_is_told_as_a_claim_where_it_is_one(house: House) -> None:
    part = {
        "municipality_code": "0394", "period_start": "2025-12-31", "period_end": "2025-12-31", "origin_group": "all",
        "universe": "w", "edition": "1", "version": "1", "bound_kind": "exact", "availability": "available",
        "finality": "final", "synthetic": False, "delivery_id": "d" * 64, "part": "resident_here", "overlap": "part",
    } | figure("workers", 40)  # fmt: skip
    for claimed, noted in (("nested", True), ("unknown", False)):
        rows = [pair(relation="unknown", relation_claimed=claimed, workers_universe="w")]
        (table,) = section(told(house, rows, worker_composition=[part]), "samenstelling")["tables"]
        assert ("niet te toetsen" in table["note"]) is noted


def test_a_comparison_of_the_year_that_points_the_other_way_is_told_at_the_top(house: House) -> None:
    here, other = pair(), pair(residents=700, residents_universe="r2")
    columns = columns_of(house, [here, other])
    content = told(house, [here], registration_gap=columns["registration_gap"])
    assert any("de andere kant op: −100 (Groep r2)" in one for one in content["remarks"])
    columns = columns_of(house, [here, pair(residents=300, residents_universe="r2")])
    content = told(house, [here], registration_gap=columns["registration_gap"])
    assert not any("andere kant" in one for one in content["remarks"])


def test_where_no_gap_is_open_the_page_still_names_what_it_knows_nothing_of(house: House) -> None:
    (_, lacking) = section(told(house, [pair()]), "datahiaten")["paragraphs"]
    assert "“Waarom migranten kwamen”" in lacking
    assert "“Door de jaren”" not in lacking


def test_a_motive_is_followed_through_its_years_with_bars_of_one_scale(house: House) -> None:
    at = {
        "area_type": "GM", "area_code": "0394", "date_precision": "day", "measured_as": "stock", "origin_group": "all",
        "universe": "w", "edition": "1", "version": "1", "bound_kind": "exact", "availability": "available",
        "finality": "final", "superseded": False, "synthetic": False, "delivery_id": "d" * 64, "unit": "persons",
    }  # fmt: skip
    rows = [
        at | {"period_start": f"{year}-12-31", "period_end": f"{year}-12-31", "motive": motive}
        | figure("persons", persons)
        for year, persons_of in ((2022, {"all": 70, "labour": 50, "study": 20}), (2023, {"all": 90, "labour": 40}))
        for motive, persons in persons_of.items()
    ]  # fmt: skip
    table = section(told(house, [], migration_motive=rows), "motieven")["tables"][-1]
    assert [[cell["text"].removeprefix("31 december ") for cell in row["cells"][:3]] for row in table["rows"]] == [
        ["Alle motieven", "2022", "70"], ["Alle motieven", "2023", "90"],
        ["Arbeid", "2022", "50"], ["Arbeid", "2023", "40"], ["Studie", "2022", "20"],
    ]  # fmt: skip
    assert {row["cells"][4]["bar"]["most"] for row in table["rows"]} == {90}


def test_an_indicator_tells_its_target_and_that_there_is_no_earlier_figure(house: House) -> None:
    rows = [indicator(target=9, direction="at_least", target_verdict="reached")]
    (row,) = section(told(house, [], indicator=rows), "indicatoren")["tables"][0]["rows"]
    assert [one["text"] for one in row["cells"]] == [
        "huisbezoeken", "2025", "10 bezoeken", "geen eerder cijfer", "ten minste 9: gehaald",
    ]  # fmt: skip


def test_equal_data_gaps_stand_together_severest_first_and_are_counted(house: House) -> None:
    here = {"area_type": "GM", "area_code": "0394"}
    low = gap("residents", severity="low", explanation_nl="soms", **here)
    gaps = [low, gap("licences", **here), gap("places_permitted", **here)]
    found = section(told(house, [], data_gap=gaps), "datahiaten")
    assert "staan 3 datahiaten open" in found["paragraphs"][0]
    assert len(found["gaps"]) == 2
    assert [one["text"] for one in found["gaps"]] == ["nooit. vraag.", "soms. vraag."]


# sources and files


def test_every_figure_leads_to_its_universe_edition_cell_and_delivery(house: House) -> None:
    delivery = {
        "delivery_id": "d" * 64, "source": "figures", "reference_date": "2025-12-31", "producer": "CBS",
        "licence": "CC BY 4.0", "layout": "2025", "synthetic": False,
    }  # fmt: skip
    layout = {"source": "figures", "layout": "2025", "verified": False}
    page = told(house, [pair()], delivery=[delivery], layout=[layout])
    workers, residents = page["sources"]
    assert [one["refs"] for one in page["key"]][:3] == [[1], [2], [1, 2]]
    assert (workers["title"], workers["definition"]) == ("Groep w", "Wie bij w hoort")
    assert workers["cells"] == ["2025, alle herkomstgroepen: Tabel 1!C4"]
    assert residents["cells"] == ["2025, alle herkomstgroepen: Tabel 2!D4"]
    assert workers["facts"][1][1] == (
        "figures dddddddd, peildatum 31 december 2025, van CBS, licentie: CC BY 4.0,"
        " de indeling is nog niet getoetst aan een echte levering"
    )


def test_the_factsheet_lists_the_sources_that_it_refers_to_and_no_others(house: House) -> None:
    rows = [pair(2024, edition="2024"), pair(2025)]
    found = files(house, rows, gap_headline=columns_of(house, rows)["gap_headline"][1:])
    page, sheet = found["gemeente/0394.html"], found["gemeente/0394.pdf"]
    assert len(page["sources"]) == 4
    assert len(sheet["sources"]) == 2


def test_the_files_of_a_municipality_are_there_and_all_their_references_arrive(house: House, tmp_path: Path) -> None:
    rows = [pair(2024), pair(2025, finality="provisional")]
    only = replace(house, settings=replace(house.settings, factsheets=("0394",)))
    compared = {"workers_universe": "w", "residents_universe": "r", "relation": "overlapping", "preference": 1}
    tables: dict[str, Any] = {"universe": UNIVERSES, "universe_pair": [compared]} | columns_of(house, rows)
    site = written(only, tmp_path / "release", **tables)
    for path in ("gemeente/0394.html", "en/gemeente/0394.html"):
        page = (site / path).read_text(encoding="utf-8")
        named = set(re.findall(r'id="([^"]+)"', page))
        assert set(re.findall(r'href="#([^"]+)"', page)) <= named
        assert 'style="' not in page
        for link in re.findall(r'(?:href|src)="([^"#:]+)"', page):
            assert (site / path).parent.joinpath(link).is_file(), link
    assert not (site / "gemeente" / "0599.html").exists()
    (first, *_) = PdfReader(site / "gemeente" / "0394.pdf").pages
    text = " ".join(first.extract_text().split())
    assert "Haarlemmermeer: werken en ingeschreven staan" in text
    assert "Het verschil werken–ingeschreven is 400." in text


def test_nothing_on_a_page_changes_by_itself(house: House) -> None:
    """So that a page may be taken over as long as the figures are the same."""
    one, other = (files(house, [pair()], RELEASE | later) for later in ({}, {"as_of": "2026-03-05", "release_id": "x"}))
    assert json.dumps(one) == json.dumps(other)


def test_the_english_page_tells_the_same_in_english(house: House) -> None:
    page = told(house, [pair()], "en")
    assert page["answer"].startswith("In 2025 more migrants worked in Haarlemmermeer than were registered there")
    dutch = told(house, [pair()])
    assert [one["id"] for one in page["sections"]] == [one["id"] for one in dutch["sections"]]
    assert not set(texts(page["sections"])) & {text for text in texts(dutch["sections"]) if len(text) > 40}
