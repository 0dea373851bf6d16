"""The council report: which there are, and what their sentences and tables say of a figure, a target and a promise."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest
from pypdf import PdfReader

from pipelines.report import council
from tests.conftest import House
from tests.unit.publish.warehouse import Row, gap
from tests.unit.report.released import RELEASE, comparison, facts_of, indicator, promise, written

if TYPE_CHECKING:
    from pathlib import Path

ROSE: Row = {"previous": 8, "previous_low": 8, "previous_high": 8, "change": 2, "change_low": 2, "change_high": 2}


def told(house: House, year: int = 2025, release: dict[str, Any] = RELEASE, **rows: list[Row]) -> dict[str, Any]:
    """The report of Haarlemmermeer."""
    with facts_of(house, release, **rows) as facts:
        (found,) = [
            page.content
            for page in council.pages(facts)
            if page.path == f"raad/0394-{year}.html"
        ]  # fmt: skip
    return dict(found)


def only(report: dict[str, Any]) -> dict[str, Any]:
    """Its one row of indicators."""
    ((row,),) = [part["rows"] for part in report["domains"]]
    return dict(row)


# which reports there are


def test_there_is_a_report_for_every_year_with_indicators_newest_first(house: House) -> None:
    with facts_of(house, indicator=[indicator(year=2024), indicator(year=2025)]) as facts:
        assert council.reports(facts) == [("0394", 2025), ("0394", 2024)]


def test_a_figure_of_the_first_of_january_is_of_the_year_before(house: House) -> None:
    new_year = indicator(period_start="2026-01-01", period_end="2026-01-01")
    with facts_of(house, indicator=[new_year]) as facts:
        assert council.reports(facts) == [("0394", 2025)]


def test_promises_without_figures_make_a_report_of_the_year_of_their_delivery(house: House) -> None:
    delivery = {"delivery_id": "d" * 64, "source": "indicators", "reference_date": "2025-06-01", "standing": "current"}
    with facts_of(house, commitment=[promise()], delivery=[delivery]) as facts:
        assert council.reports(facts) == [("0394", 2025)]
    report = told(house, commitment=[promise()], delivery=[delivery])
    assert report["summary"][0] == "Over 2025 zijn er geen indicatoren."
    assert report["domains"] == []


def test_only_municipalities_with_pages_of_their_own_get_a_report(house: House) -> None:
    rows = [indicator(), indicator(area_code="0599")]
    with facts_of(house, indicator=rows) as facts:
        assert council.reports(facts) == [("0394", 2025)]
    everybody = House(replace(house.settings, factsheets=None))
    with facts_of(everybody, indicator=rows) as facts:
        assert council.reports(facts) == [("0394", 2025), ("0599", 2025)]


def test_a_figure_of_a_neighbourhood_stands_in_the_report_of_its_municipality(house: House) -> None:
    row = indicator(area_type="BU", area_code=None, area_name="Hoofddorp-Noord (Haarlemmermeer)")
    assert only(told(house, indicator=[row]))["about"] == ["Hoofddorp-Noord (Haarlemmermeer)"]


@pytest.mark.parametrize(("kind", "code"), [("WK", "039401"), ("BU", "03940101")])
def test_a_district_or_neighbourhood_without_a_name_has_its_code(house: House, kind: str, code: str) -> None:
    assert only(told(house, indicator=[indicator(area_type=kind, area_code=code)]))["about"] == [code]


def test_a_place_of_which_the_municipality_is_unknown_is_named_on_the_list(house: House, tmp_path: Path) -> None:
    lost: Row = {"area_type": "BU", "area_code": None, "area_name": "Dorpskern (Nergenshuizen)"}
    site = written(house, tmp_path / "release", indicator=[indicator(), indicator("b", **lost)])
    listed = (site / "raad/index.html").read_text(encoding="utf-8")
    assert "in geen enkel rapport: Dorpskern (Nergenshuizen)." in listed
    assert "Nergenshuizen" not in (site / "raad/0394-2025.html").read_text(encoding="utf-8")


def test_what_a_newer_delivery_tells_anew_is_left_out(house: House) -> None:
    report = told(house, indicator=[indicator(value=5, superseded=True), indicator(value=6)])
    assert only(report)["value"] == "6"


# what they say


def test_a_figure_stands_beside_last_year_with_the_verdicts_of_the_release(house: House) -> None:
    aimed: Row = {"target": 12, "direction": "at_least", "target_verdict": "not_reached"}
    row = only(told(house, indicator=[indicator(change_verdict="rose", **ROSE, **aimed)]))
    assert [row[name] for name in ("value", "previous", "change", "changed")] == ["10", "8", "2", "gestegen"]
    assert [row["target"], row["reached"]] == ["minstens 12", "niet gehaald"]


def test_without_a_year_before_no_change_is_made_up(house: House) -> None:
    row = only(told(house, indicator=[indicator()]))
    assert (row["previous"], row["change"], row["changed"]) == ("geen cijfer", "", "")
    assert (row["target"], row["reached"]) == ("geen", "")


def test_the_summary_counts_what_rose_fell_stayed_and_is_open(house: House) -> None:
    unchanged = ROSE | {"change": 0, "change_low": 0, "change_high": 0}
    unclear = ROSE | {"change_low": -1, "change_high": 5}
    rows = [
        indicator("a", change_verdict="rose", **ROSE),
        indicator("b", change_verdict="rose", **ROSE),
        indicator("c", change_verdict="fell", **ROSE, target=9, direction="at_most", target_verdict="reached"),
        indicator("d", change_verdict="undecided", **unchanged),
        indicator("e", change_verdict="undecided", **unclear),
        indicator("f", domain="taal"),
    ]
    tally = "2 gestegen, 1 gedaald, 1 gelijk gebleven en 1 onbeslist door de marge"
    assert told(house, indicator=rows)["summary"][:4] == [
        "Dit rapport geeft 6 indicatoren van 2025 over 2 onderwerpen.",
        f"5 indicatoren zijn te vergelijken met een jaar eerder: {tally}.",
        "Een stijging is niet altijd goed en een daling niet altijd slecht: dat hangt af van het onderwerp.",
        "Bij 1 indicator hoort een streefwaarde: 1 gehaald.",
    ]


def test_where_nothing_can_be_compared_that_is_said(house: House) -> None:
    assert told(house, indicator=[indicator()])["summary"] == [
        "Dit rapport geeft 1 indicator van 2025 over 1 onderwerp.",
        "Geen van deze indicatoren is te vergelijken met een jaar eerder: over 2024 is er geen cijfer.",
        "Voor geen van deze indicatoren is een streefwaarde bekend.",
        "Er zijn geen moties, toezeggingen of aandachtspunten bekend.",
    ]


def test_the_summary_counts_real_ones_and_names_the_made_up_ones_beside_them(house: House) -> None:
    aimed: Row = {"target": 9, "direction": "at_most", "target_verdict": "reached", "synthetic": True}
    promises = [promise("a"), promise("b", due="2026-01-01", synthetic=True)]
    assert told(house, indicator=[indicator(), indicator("b", **aimed)], commitment=promises)["summary"] == [
        "Dit rapport geeft 1 indicator van 2025 over 1 onderwerp.",
        "Geen van deze indicatoren is te vergelijken met een jaar eerder: over 2024 is er geen cijfer.",
        "Voor geen van deze indicatoren is een streefwaarde bekend.",
        "Niet meegeteld: 1 verzonnen indicator.",
        "Dit rapport volgt 1 toezegging. Zo staan ze ervoor: 1 open.",
        "Niet meegeteld: 1 verzonnen toezegging.",
    ]


def test_where_all_is_made_up_that_is_counted_and_said(house: House) -> None:
    made_up: Row = {"synthetic": True}
    summary = told(house, indicator=[indicator(**made_up)], commitment=[promise(**made_up)])["summary"]
    assert summary[0] == "Dit rapport geeft 1 indicator van 2025 over 1 onderwerp."
    assert [one for one in summary if "verzonnen" in one] == [
        "Al deze indicatoren zijn verzonnen.",
        "Die zijn allemaal verzonnen.",
    ]


@pytest.mark.parametrize(
    ("changed", "shown"),
    [
        ({"value": 82.0, "value_low": 81.5, "value_high": 82.5, "unit": "%"}, "82% (81,5 tot 82,5)"),
        ({"value": 17400, "value_low": 17350, "value_high": 17450}, "17.400 (17.350 tot 17.450)"),
        ({"value": None, "value_low": 75, "value_high": 100, "unit": "%"}, "tussen 75% en 100%"),
        (
            {"value": None, "value_low": 0, "value_high": 9, "availability": "suppressed"},
            "niet gepubliceerd: te klein of geheim (tussen 0 en 9)",
        ),
        ({"value": None, "value_low": None, "value_high": None, "availability": "missing"}, "ontbreekt"),
        ({"finality": "provisional"}, "10, voorlopig"),
    ],
)
def test_a_figure_is_written_as_what_is_known_of_it(house: House, changed: Row, shown: str) -> None:
    assert only(told(house, indicator=[indicator(**changed)]))["value"] == shown


def test_a_share_names_what_it_is_a_share_of(house: House) -> None:
    whole = indicator("controles", indicator_id="C1")
    share = {"share_of_whole": 50, "share_of_whole_low": 50, "share_of_whole_high": 50}
    part = indicator("overbewoond", part_of="C1", **share)
    rate = indicator("zonder BRP", unit="%", denominator="C1 + elders")
    (rows,) = [part["rows"] for part in told(house, indicator=[whole, part, rate])["domains"]]
    assert rows[1]["about"] == ["50% van: controles"]
    assert rows[2]["denominator"] == "controles + elders"


def test_a_promise_is_late_when_its_day_has_passed_and_it_is_not_concluded(house: House) -> None:
    passed = "2026-02-04"
    promises = [
        promise("late", due=passed, status="in_progress"),
        promise("unknown", due=passed, status="unknown", text="Iets anders"),
        promise("done", due=passed, status="done"),
        promise("rejected", due=passed, status="rejected"),
        promise("today", due=RELEASE["as_of"]),
        promise("someday"),
    ]
    report = told(house, indicator=[indicator()], commitment=promises)
    assert [one["numbers"] for one in report["late"]] == [["late"], ["unknown"]]
    tally = "1 afgerond, 1 verworpen, 1 in uitvoering, 2 open en 1 onbekend"
    assert report["summary"][-2:] == [
        f"Dit rapport volgt 6 toezeggingen. Zo staan ze ervoor: {tally}.",
        "Van 2 is de afgesproken datum voorbij.",
    ]


def test_promises_that_say_the_same_are_told_once_with_their_numbers(house: House) -> None:
    absent = "De bron geeft de tekst niet (the source does not give the text)"
    report = told(house, indicator=[indicator()], commitment=[promise(one, text=absent) for one in ("M1", "M2")])
    (row,) = report["commitments"]
    assert (row["numbers"], row["kind"], row["text"]) == (["M1", "M2"], "2 toezeggingen", "De bron geeft de tekst niet")
    assert (row["due"], row["status"], row["indicator"]) == ("geen datum bekend", "open", None)


def test_gaps_of_what_the_report_tells_are_in_it_and_others_are_not(house: House) -> None:
    of_town = {"area_type": "GM", "area_code": "0394", "delivery_id": None, "period_start": None, "period_end": None}
    rows = [
        gap("commitment", source="indicators", explanation_nl="tekst ontbreekt", **of_town),
        gap("indicator", source="indicators", explanation_nl="van de buren", **of_town | {"area_code": "0599"}),
        gap("residents", source="brp", explanation_nl="geen indicator", **of_town),
    ]
    report = told(house, indicator=[indicator()], data_gap=[row | {"closed": None, "owner": "zicht"} for row in rows])
    assert [(one["text"], one["owner"]) for one in report["gaps"]] == [("tekst ontbreekt.", "de makers van zicht")]


def test_every_source_is_named_once_with_its_delivery(house: House) -> None:
    other = indicator("b", source="Jaarverslag (2025)", delivery_id="e" * 64)
    report = told(house, indicator=[indicator("a"), other, indicator("c")], commitment=[promise()])
    assert report["sources"] == [
        {"source": "Raadsbrief (2026)", "delivery": "d" * 12},
        {"source": "Jaarverslag (2025)", "delivery": "e" * 12},
    ]
    assert [row["source"] for part in report["domains"] for row in part["rows"]] == [1, 2, 1]
    assert [row["source"] for row in report["commitments"]] == [1]


def test_workers_and_residents_stand_beside_the_year_before_and_lead_to_their_edition_and_cells(house: House) -> None:
    row = comparison(cell="Tabel 2!F12 + Tabel 3!C8", explanation_nl="In 2025 …", finality="provisional")
    del row["origin_group"]
    shared = {"registered_share_low": None, "registered_share_high": None}
    earlier = row | shared | {"reporting_year": 2024, "finality": "final", "cell": "Tabel 2!F12"}
    other = earlier | {"residents_universe": "another"}
    for before, figures in ((earlier, "20"), (other, "geen cijfer")):
        report = told(house, indicator=[indicator()], gap_headline=[before, row | shared])
        ((key,),) = [report["key"]]
        assert key["rows"] == [
            ("Werkzame personen", "20, voorlopig", figures),
            ("Ingezetenen", "20, voorlopig", figures),
            ("Verschil werken–ingeschreven", "0, voorlopig", figures.replace("20", "0")),
        ]
        assert report["sources"][key["source"] - 1]["source"] == "w en r, editie 2025, Tabel 2!F12 + Tabel 3!C8"
        told_before = [report["sources"][one["source"] - 1]["source"] for one in key["before"]]
        assert told_before == (["w en r, editie 2025, Tabel 2!F12"] if before is earlier else [])
        assert report["summary"][0].startswith(
            "In 2025 werkten er 20 en stonden er 20 ingeschreven: een verschil van 0 (voorlopig)."
        )
        assert report["summary"][1].startswith("In 2024 waren dat er 20") is (before is earlier)


def test_without_a_comparison_of_the_year_the_newest_other_one_is_named(house: House) -> None:
    rows = [comparison(year, explanation_nl=f"In {year} …", cell=None) for year in (2019, 2021)]
    made_up = comparison(2024, explanation_nl="In 2024 …", cell=None, synthetic=True)
    rows = [{name: one for name, one in row.items() if name != "origin_group"} for row in [*rows, made_up]]
    report = told(house, indicator=[indicator()], gap_headline=rows)
    assert report["key"] == []
    assert [one["text"] for one in report["other"]] == ["De nieuwste vergelijking gaat over 2021. In 2021 …"]


def test_that_inspections_were_never_delivered_is_said_and_not_that_there_were_none(
    house: House, tmp_path: Path
) -> None:
    def page(name: str, **rows: list[Row]) -> str:
        site = written(house, tmp_path / name, indicator=[indicator()], **rows)
        return (site / "raad/0394-2025.html").read_text(encoding="utf-8")

    never, none = "is nog niet geleverd", "zijn er geen inspecties of boetes bekend"
    assert never in page("without")
    delivery = {
        "delivery_id": "e" * 64,
        "source": "inspectorate",
        "reference_date": "2025-06-01",
        "standing": "current",
    }
    text = page("with", delivery=[delivery])
    assert never not in text
    assert none in text


def test_a_denominator_that_a_source_gives_in_english_is_told_in_dutch(house: House) -> None:
    row = indicator(unit="%", denominator="residents under integration duty with status")
    assert only(told(house, indicator=[row]))["denominator"] == "statushouders die moeten inburgeren"


def test_what_a_report_tells_does_not_change_by_itself_overnight(house: House) -> None:
    tomorrow = RELEASE | {"release_id": "2026-02-06-ffffffff", "as_of": "2026-02-06"}
    first, second = (
        told(house, release=release, indicator=[indicator()], commitment=[promise(due="2026-12-31")])
        for release in (RELEASE, tomorrow)
    )
    assert first == second


# page and PDF


def test_page_and_pdf_tell_the_same_and_the_list_leads_to_both(house: House, tmp_path: Path) -> None:
    rows = [indicator(change_verdict="rose", **ROSE), indicator("b", value=1234.5, synthetic=True)]
    site = written(house, tmp_path / "release", indicator=rows, commitment=[promise(due="2026-01-01")])
    page = (site / "raad/0394-2025.html").read_text(encoding="utf-8")
    pdf = PdfReader(site / "raad/0394-2025.pdf")
    text = " ".join(" ".join(one.extract_text() for one in pdf.pages).split())
    for said in ("voortgang 2025", "Datum voorbij en niet afgerond", "1.234,5", "gestegen", "Elk jaar tellen"):
        assert said in page
        assert said in text
    assert ">verzonnen<" in page
    assert "(verzonnen)" in text
    assert pdf.metadata
    assert pdf.metadata.title == "Arbeidsmigranten in Haarlemmermeer: voortgang 2025"
    listed = (site / "raad/index.html").read_text(encoding="utf-8")
    for form in ("html", "pdf"):
        assert f'href="0394-2025.{form}"' in listed


def test_a_gap_of_nothing_named_makes_a_pdf_still(house: House, tmp_path: Path) -> None:
    nameless = gap("", area_type="GM", area_code="0394", source="indicators", owner="zicht") | {
        "delivery_id": None, "period_start": None, "period_end": None, "closed": None,
    }  # fmt: skip
    site = written(house, tmp_path / "release", indicator=[indicator()], data_gap=[nameless])
    assert (site / "raad/0394-2025.pdf").read_bytes().startswith(b"%PDF")
    assert (site / "datahiaten.pdf").read_bytes().startswith(b"%PDF")


def test_without_reports_the_list_says_that_there_are_none(house: House, tmp_path: Path) -> None:
    site = written(house, tmp_path / "release")
    assert "Er zijn nog geen rapporten" in (site / "raad/index.html").read_text(encoding="utf-8")
