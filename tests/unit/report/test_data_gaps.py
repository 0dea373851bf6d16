"""The data-gap report: equal gaps together, each with who can mend it, and hundreds of them still readable."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from pypdf import PdfReader

from pipelines.quality import ledger
from pipelines.report.data_gaps import MEASURES, OWNERS, measure_of, report, source_of
from pipelines.sources import all_sources
from tests.unit.publish.warehouse import Row, gap, town
from tests.unit.report.released import TOWNS, facts_of, written

if TYPE_CHECKING:
    from pathlib import Path

    from tests.conftest import House


def of(code: str, measure: str = "workers", **changed: Any) -> Row:
    """A gap of a municipality."""
    usual = gap(measure, area_type="GM", area_code=code, source="migrantenmonitor", severity="medium")
    filled = {"owner": "data team of the municipality", "delivery_id": None, "closed": None}
    return usual | filled | {"period_start": None, "period_end": None} | changed


def told(house: House, *gaps: Row, area: list[Row] | None = None) -> dict[str, Any]:
    with facts_of(house, data_gap=list(gaps), area=area or TOWNS) as facts:
        return report(facts)


def groups(found: dict[str, Any]) -> list[dict[str, Any]]:
    return [group for part in found["severities"] for group in part["groups"]]


def test_equal_gaps_of_several_municipalities_are_one_with_their_names(house: House) -> None:
    (group,) = groups(told(house, of("0394"), of("0599")))
    assert group["places"] == [{"detail": "", "names": ["Haarlemmermeer", "Rotterdam"]}]
    assert (group["what"], group["kind"], group["owner"]) == (
        ["werkzame personen"], "ontbreekt", "het datateam van de gemeente",
    )  # fmt: skip
    assert (group["source"], group["since"], group["remedy"]) == (
        "CBS Migrantenmonitor (werkboek)", "15 februari 2026", "vraag.",
    )  # fmt: skip


def test_gaps_that_differ_only_in_what_is_missing_are_one(house: House) -> None:
    (group,) = groups(told(house, of("0394", "workers"), of("0394", "residents")))
    assert group["what"] == ["ingezetenen", "werkzame personen"]


def test_what_is_told_of_one_municipality_alone_stands_beside_its_name(house: House) -> None:
    words = "Dubbel (in één levering): {} personen, afgerond"
    rows = [of(code, explanation_nl=words.format(n)) for code, n in (("0394", 10), ("0599", 15), ("0344", 10))]
    (group,) = groups(told(house, *rows, area=[*TOWNS, town("0344", "Utrecht")]))
    assert group["text"] == "Dubbel (in één levering):"
    assert group["places"] == [
        {"detail": "10 personen, afgerond", "names": ["Utrecht", "Haarlemmermeer"]},
        {"detail": "15 personen, afgerond", "names": ["Rotterdam"]},
    ]


def test_a_bracket_is_never_cut_in_two(house: House) -> None:
    rows = [of("0394", explanation_nl="Onderdrukt (cellen: 1, gebieden: 1)"),
            of("0599", explanation_nl="Onderdrukt (cellen: 4, gebieden: 1)")]  # fmt: skip
    (group,) = groups(told(house, *rows))
    assert group["text"] == "Onderdrukt."
    assert [one["detail"] for one in group["places"]] == ["(cellen: 1, gebieden: 1)", "(cellen: 4, gebieden: 1)"]


def test_years_of_one_gap_stand_beside_the_names_and_a_shared_one_in_the_heading(house: House) -> None:
    first, last = ({"period_start": f"{year}-01-01", "period_end": f"{year}-12-31"} for year in (2022, 2024))
    (apart,) = groups(told(house, of("0394", **first), of("0599", **last)))
    assert apart["period"] == ""
    assert [one["detail"] for one in apart["places"]] == ["2022", "2024"]
    (shared,) = groups(told(house, of("0394", **first), of("0599", **first)))
    assert (shared["period"], shared["places"][0]["detail"]) == ("2022", "")


def test_what_is_told_of_some_stands_before_their_names_also_of_one_alone(house: House, tmp_path: Path) -> None:
    first, last = ({"period_start": f"{year}-01-01", "period_end": f"{year}-12-31"} for year in (2022, 2024))
    rows = [of("0394", **first), of("0599", **last)]
    site = written(house, tmp_path / "release", data_gap=rows)
    page = (site / "datahiaten.html").read_text(encoding="utf-8")
    text = " ".join(one.extract_text() for one in PdfReader(site / "datahiaten.pdf").pages)
    for said in ("2022: Haarlemmermeer", "2024: Rotterdam"):
        assert said in page
        assert said in text


def test_gaps_that_opened_on_several_days_name_the_first_and_the_last(house: House) -> None:
    (group,) = groups(told(house, of("0394", opened="2026-02-03"), of("0599", opened="2026-01-02")))
    assert group["since"] == "2 januari 2026 (de laatste sinds 3 februari 2026)"


def test_made_up_and_real_gaps_are_never_in_one_group(house: House) -> None:
    found = groups(told(house, of("0394"), of("0599", synthetic=True)))
    assert sorted(one["synthetic"] for one in found) == [False, True]


def test_the_worst_stand_first_and_are_counted_by_kind_source_and_owner(house: House) -> None:
    rows = [of("0394", severity="low"), of("0599", kind="late"), of("0599", kind="refused", severity="high")]
    found = told(house, *rows)
    assert [(one["name"], len(one["groups"])) for one in found["severities"]] == [
        ("hoog", 1),
        ("middel", 1),
        ("laag", 1),
    ]
    assert found["count"] == 3
    assert found["kinds"] == [
        {"name": "levering geweigerd", "counts": [1, 0, 0], "count": 1},
        {"name": "ontbreekt", "counts": [0, 0, 1], "count": 1},
        {"name": "te laat", "counts": [0, 1, 0], "count": 1},
    ]
    assert [one["counts"] for one in found["sources"] + found["owners"]] == [[1, 1, 1]] * 2


def test_each_municipality_has_its_numbers_and_a_link_where_it_has_a_page(house: House) -> None:
    found = told(house, of("0599"), of("0394"), of("0394", "residents", severity="high"), gap() | of("0394") | {
        "area_type": "NL", "area_code": "NL",
    })  # fmt: skip
    assert found["municipalities"] == [
        {
            "name": "Haarlemmermeer",
            "code": "0394",
            "counts": [1, 1, 0],
            "measures": ["ingezetenen", "werkzame personen"],
        },
        {"name": "Rotterdam", "code": "", "counts": [0, 1, 0], "measures": ["werkzame personen"]},
    ]


def test_what_closed_is_told_apart_and_the_last_first(house: House) -> None:
    found = told(
        house, of("0394"), of("0394", closed="2026-02-01", kind="late"), of("0599", closed="2026-02-03", kind="late")
    )
    assert found["count"] == 1
    assert [one["closed"] for one in found["closed"]] == ["3 februari 2026", "1 februari 2026"]


def test_a_gap_that_closes_with_this_release_is_told_from_the_ledger(house: House) -> None:
    opened = {name: None if value is None else str(value) for name, value in of("0394").items()}
    ledger.append(house.settings, "data_gap", [{"event": "opened", **opened, "synthetic": False}])
    found = told(house)
    assert (found["count"], [one["closed"] for one in found["closed"]]) == (0, ["15 februari 2026"])


def test_a_part_of_a_source_is_named_in_words() -> None:
    assert source_of("migrantenmonitor: monitor_workers_work_area") == (
        "CBS Migrantenmonitor (werkboek): Werkzame migranten naar werkgebied, Migrantenmonitor"
    )
    assert source_of("brp, rni") == "BRP-uittreksel (ingezetenen), RNI (niet-ingezetenen)"
    assert source_of("all sources") == "all sources"


def test_every_owner_and_measure_that_a_source_declares_has_a_dutch_name() -> None:
    sources = all_sources().values()
    assert {one.owner for one in sources} <= OWNERS.keys()
    assert {measure for one in sources for measure in one.measures} <= MEASURES.keys()
    assert measure_of("RT31") == "RT31"


def test_what_citizens_read_of_a_universe_names_no_column_setting_or_rubric() -> None:
    universes = [one for source in all_sources().values() for one in source.universes]
    told = [text for one in universes for text in (one.title_nl, one.title_en, one.definition_nl, one.definition_en)]
    assert len(told) > 40
    assert [text for text in told if re.search(r"\w_\w|\b\d\d\.\d\d\.\d\d\b", text)] == []


def test_hundreds_of_gaps_are_a_short_page_and_a_short_pdf(house: House, tmp_path: Path) -> None:
    towns = [town(f"{code:04}", f"Plaats {code}") for code in range(1000, 1342)]
    rows = [of(one["area_code"], explanation_nl="geheim", kind="suppressed") for one in towns]
    site = written(house, tmp_path / "release", data_gap=rows, area=towns)
    page = (site / "datahiaten.html").read_text(encoding="utf-8")
    assert page.count("<h3>") == 1
    assert "<summary>342 gebieden</summary>" in page
    pdf = PdfReader(site / "datahiaten.pdf")
    assert 3 < len(pdf.pages) < 12
    assert "Plaats 1341" in " ".join(one.extract_text() for one in pdf.pages)


def test_what_cannot_be_estimated_of_the_country_is_a_line_that_says_why(house: House, tmp_path: Path) -> None:
    refused = {
        "area_type": "NL", "area_code": "NL", "measure": "workers", "method": "nowcast_denton", "stratum": "all",
        "period_start": "2026-12-31", "period_end": "2026-12-31", "refused_because": "too_few_origins",
        "universe": "monitor_workers_work_area", "explanation_nl": "2 jaren zijn bekend",
    }  # fmt: skip
    rows = [refused, refused | {"method": "nowcast_chow_lin"}, refused | {"area_type": "GM", "area_code": "0394"}]
    site = written(house, tmp_path / "release", estimate=rows)
    line = "31 december 2026 (Werkzame migranten naar werkgebied, Migrantenmonitor): 2 jaren zijn bekend."
    page = (site / "datahiaten.html").read_text(encoding="utf-8")
    assert page.count(line) == 1
    paper = " ".join(one.extract_text() for one in PdfReader(site / "datahiaten.pdf").pages)
    assert "Wat niet te schatten is" in paper
    assert "2 jaren zijn" in " ".join(paper.split())


def test_without_gaps_that_is_said(house: House, tmp_path: Path) -> None:
    page = (written(house, tmp_path / "release") / "datahiaten.html").read_text(encoding="utf-8")
    assert "Er staan geen datahiaten open." in page
    assert "Er is nog geen datahiaat verholpen." in page
