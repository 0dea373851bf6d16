"""Estimates on the page of a municipality: what is told of persons in no list and of years to come, or why not."""

from __future__ import annotations

from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
import yaml

from pipelines import estimate as estimate_package
from pipelines.report import municipality
from pipelines.report.words import ASSUMPTIONS, LISTS, METHODS, REFUSALS
from pipelines.sources.lists.vocabulary import LISTS as VOCABULARY
from tests.unit.report.released import RELEASE, facts_of, written

if TYPE_CHECKING:
    from tests.conftest import House
    from tests.unit.publish.warehouse import Row

THREE, TWO = "information_point + inspections + night_shelter", "inspections + night_shelter"
PAGE, SHEET = "gemeente/0394.html", "gemeente/0394.pdf"


def row(method: str, lists: str = THREE, year: int = 2025, **changed: Any) -> Row:
    """What an estimate and a line of its sensitivity have in common."""
    return {
        "area_type": "GM", "area_code": "0394", "period_start": f"{year}-01-01", "period_end": f"{year}-12-31",
        "measure": "all_persons", "method": method, "lists": lists, "stratum": "all", "refused_because": None,
        "explanation_nl": f"Wat {method} aanneemt", "explanation_en": f"What {method} assumes", "unit": "persons",
        "universe": "municipal_lists", "edition": "2026-01-15", "version": "1", "bound_kind": "model",
        "availability": "available", "finality": "estimated", "computed": True, "synthetic": False,
        "delivery_id": "d" * 64, "level": 95,
    } | changed  # fmt: skip


FIGURES = ("value", "observed", "unobserved", "coverage", "model_spread", "realised")
NONE = {f"{name}{bound}": None for name in FIGURES for bound in ("", "_low", "_high")}


def estimate(method: str, value: int, low: int, high: int, seen: int = 980, **changed: Any) -> Row:
    """An estimate as ``estimates`` in ``pipelines.estimate.overlaps`` rounds it."""
    figures = {
        "value": value, "value_low": low, "value_high": high,
        "observed": seen, "observed_low": seen - 5, "observed_high": seen + 5,
        "unobserved": value - seen, "unobserved_low": low - seen, "unobserved_high": high - seen,
        "coverage": round(100 * seen / value), "coverage_low": 100 * seen // high, "coverage_high": 100 * seen // low,
    }  # fmt: skip
    return row(method) | NONE | figures | changed


def refused(method: str, reason: str, **changed: Any) -> Row:
    withheld = {"refused_because": reason, "availability": "not_applicable", "bound_kind": "none", "level": None}
    return row(method) | NONE | withheld | {"explanation_nl": f"Er is geen schatting: {reason}"} | changed


def varied(assumption: str, assumed: str, value: int | None, **changed: Any) -> Row:
    told = row("two_lists_lincoln_petersen", TWO) | {"assumption": assumption, "assumed": assumed}
    if value is None:
        none = {name: None for name in NONE if name.startswith(("value", "coverage"))}
        return told | none | {"refused_because": "no_maximum", "availability": "not_applicable"} | changed
    figures = {"value": value, "value_low": value - 100, "value_high": value + 100}
    shares = {"coverage": 50, "coverage_low": 40, "coverage_high": 60}
    return told | figures | shares | changed


def contents(house: House, **rows: list[Row]) -> dict[str, Any]:
    """What each file of the municipality tells, by path."""
    only = replace(house, settings=replace(house.settings, factsheets=("0394",)))
    with facts_of(only, RELEASE, **rows) as facts:
        return {page.path: page.content for page in municipality.pages(facts)}


def unseen(house: House, *estimates: Row, varied: tuple[Row, ...] = (), path: str = PAGE) -> dict[str, Any]:
    """The section on persons in no list."""
    told = contents(house, estimate=list(estimates), estimate_sensitivity=list(varied))[path]
    (found,) = [one for one in told["sections"] if one["id"] == "geen-lijst"]
    return dict(found)


def cells(table: dict[str, Any]) -> list[list[str]]:
    return [[str(one["text"]) for one in row["cells"]] for row in table["rows"]]


LOGLINEAR = estimate(
    "loglinear", 2860, 2460, 3370, model_spread=2850, model_spread_low=2810, model_spread_high=2890
)  # fmt: skip
CHAO = estimate("heterogeneity_chao", 2270, 2040, 2560)


# persons in no list


def test_without_estimates_page_and_sheet_say_nothing_of_them(house: House) -> None:
    for path, told in contents(house).items():
        if "sections" in told:
            assert "geen-lijst" not in [one["id"] for one in told["sections"]], path


def test_methods_stand_in_one_table_with_who_was_seen_and_each_with_its_interval(house: House) -> None:
    table, _ = unseen(house, CHAO, LOGLINEAR)["tables"]
    assert table["caption"] == "2025: informatiepunt, inspecties en nachtopvang. Gezien: 980 (975 tot 985)."
    assert table["refs"] == [1]
    assert cells(table) == [
        ["Samenhangende lijsten (loglineair)", "1.880 (1.480 tot 2.390)", "2.860 (2.460 tot 3.370)", "",
         "34% (29 tot 39)"],
        ["Moeilijk vindbaar, ten minste (Chao)", "1.290 (1.060 tot 1.580)", "2.270 (2.040 tot 2.560)", "",
         "43% (38 tot 48)"],
    ]  # fmt: skip
    assert table["note"] == "Stand: geschat, met een model. Modellen die bijna zo goed passen: 2.850 (2.810 tot 2.890)."


def test_the_pictures_of_a_table_have_one_scale_and_show_who_was_seen(house: House) -> None:
    table, _ = unseen(house, CHAO, LOGLINEAR)["tables"]
    assert table["head"][3] == "Beeld, 0 tot 3.370"
    assert [row["cells"][3]["dot"] for row in table["rows"]] == [
        {"value": 2860, "low": 2460, "high": 3370, "seen": 980, "most": 3370},
        {"value": 2270, "low": 2040, "high": 2560, "seen": 980, "most": 3370},
    ]


def test_who_is_in_no_list_may_be_in_a_register(house: House) -> None:
    for path, said in ((PAGE, "kan wel in een register staan"), (f"en/{PAGE}", "may be in a register all the same")):
        assert any(said in text for text in unseen(house, LOGLINEAR, path=path)["paragraphs"])


def test_each_period_and_each_set_of_lists_has_a_table_of_its_own_newest_first(house: House) -> None:
    older = {"period_start": "2024-01-01", "period_end": "2024-12-31"}
    tables = unseen(house, CHAO | older, LOGLINEAR, estimate("two_lists_chapman", 1910, 1580, 2420, 650, lists=TWO))
    assert [one["caption"] for one in tables["tables"] if not one["folded"]] == [
        "2025: informatiepunt, inspecties en nachtopvang. Gezien: 980 (975 tot 985).",
        "2025: inspecties en nachtopvang. Gezien: 650 (645 tot 655).",
        "2024: informatiepunt, inspecties en nachtopvang. Gezien: 980 (975 tot 985).",
    ]


def test_many_groups_are_folded_and_everybody_is_not(house: House) -> None:
    groups = [f"groep {number}" for number in range(8)]
    rows = [estimate("loglinear", 300, 200, 400, 100, stratum=group) for group in reversed(groups)]
    everybody, by_group, _ = unseen(house, *rows, LOGLINEAR)["tables"]
    assert (everybody["folded"], by_group["folded"]) == ("", "Per groep")
    assert [line[0] for line in cells(by_group)] == groups
    assert {line[2] for line in cells(by_group)} == {"100 (95 tot 105)"}


def test_groups_without_an_estimate_of_everybody_are_not_folded(house: House) -> None:
    group = LOGLINEAR | {"stratum": "ingeschreven"}
    by_group, *_ = unseen(house, group, refused("loglinear", "overlap_too_small"))["tables"]
    assert by_group["folded"] == ""


def test_made_up_estimates_say_so_on_page_and_paper(house: House) -> None:
    made_up = LOGLINEAR | {"synthetic": True}
    table, _ = unseen(house, made_up)["tables"]
    assert "synthetisch" in table["note"]
    assert "(synthetisch)" in unseen(house, made_up, path=SHEET)["paragraphs"][0]


# refusals


def test_refusals_alone_make_a_section_without_a_figure_or_a_picture(house: House) -> None:
    found = unseen(house, refused("two_lists_lincoln_petersen", "needs_bsn", lists="brp + inspections"))
    (table,) = found["tables"]
    assert cells(table) == [["2025: BRP en inspecties", "alle", "Er is geen schatting: needs_bsn."]]
    assert not [text for text in found["paragraphs"] if "balk" in text]


def test_equal_refusals_are_told_once_with_their_methods_and_groups(house: House) -> None:
    rows = [
        refused(method, "too_few_to_show", stratum=group)
        for group in ("bouw", "land")
        for method in ("loglinear", "average")
    ]
    (table,) = unseen(house, *rows)["tables"]
    assert cells(table) == [
        ["2025: informatiepunt, inspecties en nachtopvang", "bouw; land",
         "Samenhangende lijsten (loglineair); Gemiddelde van alle modellen",
         "Er is geen schatting: too_few_to_show."],
    ]  # fmt: skip


# sensitivity

PLAIN = estimate("two_lists_lincoln_petersen", 1930, 1580, 2420, 650, lists=TWO)


def test_numbers_that_are_assumed_are_in_their_order_and_the_one_that_was_used_is_marked(house: House) -> None:
    ratios = [varied("odds_ratio", one, 1000) for one in ("10", "3", "0.5", "1", "0.75", "2", "1.5")]
    missed = [varied("links_missed", one, 1000) for one in ("20", "5", "0", "10")]
    _, odds, links, _ = unseen(house, PLAIN, varied=(*missed, *ratios))["tables"]
    assert [line[0] for line in cells(odds)] == ["0,5", "0,75", "1 (zo is geschat)", "1,5", "2", "3", "10"]
    assert [line[0] for line in cells(links)] == ["0% (zo is geschat)", "5%", "10%", "20%"]
    assert [[line["strong"] for line in one["rows"]].index(True) for one in (odds, links)] == [2, 0]
    assert [one["folded"] for one in (odds, links)] == [
        "Als de lijsten samenhangen", "Als dezelfde persoon niet altijd is herkend",
    ]  # fmt: skip


def test_a_line_without_an_estimate_says_why_and_has_no_picture(house: House) -> None:
    _, odds, _ = unseen(house, PLAIN, varied=(varied("odds_ratio", "3", None),))["tables"]
    assert cells(odds) == [["3", "geen schatting: deze cijfers begrenzen het aantal niet", "", "niet te geven"]]
    assert odds["rows"][0]["cells"][2]["dot"] is None


@pytest.mark.parametrize(
    ("model", "told"),
    [
        ("[1,2,3]", "geen"),
        ("[13,2]", "informatiepunt en nachtopvang"),
        ("[12,23]", "informatiepunt en inspecties; inspecties en nachtopvang"),
        ("[123]", "informatiepunt, inspecties en nachtopvang"),
        ("[1:sex,2,3]", "[1:sex,2,3]"),
        ("[14,2]", "[14,2]"),
    ],
)
def test_a_model_is_told_by_the_lists_that_depend_on_each_other(house: House, model: str, told: str) -> None:
    line = varied("model", model, 2500, lists=THREE, method="loglinear")
    _, models, _ = unseen(house, LOGLINEAR, varied=(line,))["tables"]
    assert cells(models)[0][0] == told


def test_sensitivity_stands_with_the_estimates_of_its_own_lists(house: House) -> None:
    line = varied("odds_ratio", "2", 3000)
    folded = [one["caption"] for one in unseen(house, LOGLINEAR, PLAIN, varied=(line,))["tables"]]
    assert folded[2:4] == [
        "2025: inspecties en nachtopvang. Gezien: 650 (645 tot 655).",
        "Als de lijsten samenhangen: 2025: inspecties en nachtopvang. Twee lijsten (Lincoln-Petersen)",
    ]


# years that are not published yet


def nowcast(year: int, **changed: Any) -> Row:
    on = {"period_start": f"{year}-12-31", "period_end": f"{year}-12-31", "measure": "workers", "lists": None}
    figures = {"value": 17400, "value_low": 16900, "value_high": 18000, "explanation_nl": "Vaak 3% ernaast"}
    return row("nowcast_denton") | NONE | on | {"universe": "w"} | figures | changed


def test_a_year_that_is_not_published_stands_by_the_years_with_how_far_off_it_may_be(house: House) -> None:
    came = {"realised": 17210, "realised_low": 17205, "realised_high": 17214, "explanation_nl": "190 te hoog"}
    found = contents(house, estimate=[nowcast(2025, **came), nowcast(2026)])
    trend = next(one for one in found[PAGE]["sections"] if one["id"] == "trend")
    (table,) = trend["tables"]
    assert [line[1:4] for line in cells(table)] == [
        ["31 december 2026", "17.400 (16.900 tot 18.000)", "nog niet"],
        ["31 december 2025", "17.400 (16.900 tot 18.000)", "17.210 (17.205 tot 17.214)"],
    ]
    assert table["note"] == "Stand: geschat, met een model. Vaak 3% ernaast."
    sheet = next(one for one in found[SHEET]["sections"] if one["id"] == "trend")
    assert sheet["tables"] == [], "paper has no room for it"


def test_a_figure_that_came_as_an_interval_has_come(house: House) -> None:
    came = {"realised": None, "realised_low": 17000, "realised_high": 17999}
    found = contents(house, estimate=[nowcast(2025, **came)])
    (table,) = next(one for one in found[PAGE]["sections"] if one["id"] == "trend")["tables"]
    assert cells(table)[0][3] == "tussen 17.000 en 17.999"
    assert "ernaast" not in table["note"], "what is said of years to come"


def test_a_nowcast_that_is_not_given_is_not_on_the_page_of_a_municipality(house: House) -> None:
    none = {"value": None, "value_low": None, "value_high": None, "refused_because": "synthetic"}
    found = contents(house, estimate=[nowcast(2026, **none)])
    assert next(one for one in found[PAGE]["sections"] if one["id"] == "trend")["empty"]


# the files


def test_a_sheet_of_paper_has_one_line_from_the_lowest_to_the_highest_estimate(house: House) -> None:
    average = estimate("average", 2300, 2050, 2600)
    found = unseen(house, LOGLINEAR, CHAO | {"unobserved_low": 100}, average, path=SHEET)
    assert found["tables"] == []
    assert found["paragraphs"] == [
        "2025, naar schatting: 1.070 tot 2.390 personen (zij kunnen in een register staan). Zie de webpagina."
    ]
    lower_bound = unseen(house, CHAO, path=SHEET)
    assert "ten minste 1.060 personen" in lower_bound["paragraphs"][0]
    only_refused = unseen(house, refused("loglinear", "no_maximum"), path=SHEET)
    assert only_refused["paragraphs"] == ["Er is geen schatting; zie de webpagina."]


def test_the_line_on_paper_goes_as_far_as_lists_that_depend_on_each_other(house: House) -> None:
    lines = (varied("odds_ratio", "0.5", 1290), varied("odds_ratio", "3", 4490), varied("odds_ratio", "10", None),
             varied("odds_ratio", "3", 9000, stratum="bouw"), varied("links_missed", "20", 900))  # fmt: skip
    found = unseen(house, PLAIN, varied=lines, path=SHEET)
    assert "540 tot 3.940 personen" in found["paragraphs"][0]


def test_the_page_says_once_how_sure_an_interval_is(house: House) -> None:
    for path, said in ((PAGE, "in 95 van de 100 gevallen"), (f"en/{PAGE}", "in 95 of 100 cases")):
        told = unseen(house, LOGLINEAR, CHAO, refused("average", "no_maximum"), path=path)["paragraphs"]
        assert sum(said in text for text in told) == 1


class _Tables(HTMLParser):
    """Of the tables of a page: heads without a scope, tables without a caption, and details without a summary."""

    def __init__(self) -> None:
        super().__init__()
        self.wrong: list[str] = []
        self.awaited: list[str] = []
        self.opened: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.opened.append(tag)
        if tag == "th" and dict(attrs).get("scope") not in ("col", "row"):
            self.wrong.append(f"th without scope: {attrs}")
        if self.awaited and tag != self.awaited.pop():
            self.wrong.append(f"{tag} comes first")
        if told := {"table": "caption", "details": "summary"}.get(tag):
            self.awaited.append(told)


def test_the_page_is_escaped_and_its_tables_have_heads_and_captions(house: House, tmp_path: Path) -> None:
    only = replace(house, settings=replace(house.settings, factsheets=("0394",)))
    evil = "<script>alert(1)</script> & co"
    rows = [LOGLINEAR, LOGLINEAR | {"stratum": evil}, refused("average", "not_converged", stratum=evil), PLAIN]
    lines = [varied("odds_ratio", "2", 3000), varied("odds_ratio", "3", None)]
    site = written(only, tmp_path / "release", estimate=rows, estimate_sensitivity=lines)
    for path in (PAGE, f"en/{PAGE}"):
        html = (site / path).read_text(encoding="utf-8")
        assert "<script>alert" not in html
        assert "&lt;script&gt;alert(1)&lt;/script&gt; &amp; co" in html
        parsed = _Tables()
        parsed.feed(html)
        assert parsed.wrong == []
        assert parsed.opened.count("details") >= 4
        assert html.count('class="dot"') == 4  # of three estimates and one line
        assert 'style="' not in html


def test_the_english_page_tells_it_in_english(house: House) -> None:
    table, *_ = unseen(house, LOGLINEAR, path=f"en/{PAGE}")["tables"]
    assert table["caption"] == "2025: information point, inspections and night shelter. Seen: 980 (975 to 985)."
    assert cells(table)[0][0] == "Dependent lists (log-linear)"


# the words


def test_every_list_that_can_be_laid_has_a_name_on_pages() -> None:
    assert {one.name for one in VOCABULARY.values()} == LISTS.keys()


@pytest.mark.parametrize(
    ("theme", "words"), [("estimate", METHODS), ("assumption", ASSUMPTIONS), ("refusal", REFUSALS)]
)
def test_whatever_is_explained_has_a_name_on_pages(theme: str, words: dict[str, tuple[str, str]]) -> None:
    sentences = yaml.safe_load((Path(estimate_package.__file__).parent / "explained.yml").read_text(encoding="utf-8"))
    assert sentences[theme].keys() == {name for name in words if not name.startswith("nowcast")}
