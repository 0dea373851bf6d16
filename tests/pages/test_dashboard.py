"""The first page in a browser: every choice shows what the release holds, has an address, and is open to anybody."""

from __future__ import annotations

import csv
import re
import unicodedata
from itertools import combinations, pairwise
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs

import pytest

from pipelines.report.words import Words

if TYPE_CHECKING:
    from playwright.sync_api import Page

    from tests.pages.conftest import Visit
    from tests.pages.sites import Site

DUTCH = Words("nl")
HEADLINE = """
select area.area_name as name, gap.*
from registration_gap as gap
join gap_headline as headline using (municipality_code, reporting_year, workers_universe, residents_universe)
join area on area.area_type = 'GM' and area.area_code = municipality_code
where gap.reporting_year = ? and gap.origin_group = ?
qualify row_number() over (partition by municipality_code order by area.valid_to desc nulls first) = 1
"""


@pytest.fixture
def dashboard(sample_site: Site, visit: Visit) -> Page:
    """The first page of the sample."""
    return ready(visit(sample_site.at()))


def ready(page: Page) -> Page:
    """The page once its script has shown what the address asks for."""
    page.wait_for_function("() => document.getElementById('status').textContent !== ''")
    return page


def choose(page: Page, **choices: str) -> None:
    """Make choices as a reader does."""
    for name, value in choices.items():
        before = page.url
        if name == "zoek":
            page.fill("#zoek", value)
        else:
            page.select_option(f"#{name}", value)
        page.wait_for_function("before => location.href !== before", arg=before)
    page.wait_for_timeout(50)
    page.wait_for_function("year => [...document.querySelectorAll('.the-year')].every(one => one.textContent === year)",
                           arg=page.input_value("#jaar"))  # fmt: skip


def names(page: Page) -> list[str]:
    """The municipalities of the table, in its order."""
    return page.locator("#rows th").all_text_contents()


def column(page: Page, place: int) -> list[str]:
    """A column of the table, behind the name."""
    return page.locator(f"#rows td:nth-of-type({place})").all_text_contents()


def state(page: Page) -> dict[str, Any]:
    """All that a reader sees of what was chosen."""
    shown: dict[str, Any] = page.evaluate("""() => ({
        table: document.getElementById("table").innerText,
        status: document.getElementById("status").textContent,
        legend: document.getElementById("legend").innerText,
        map: [...document.querySelectorAll("#shapes path")].map(one => [one.getAttribute("class"), one.textContent]),
        chosen: [...document.querySelectorAll("#choices select, #choices input")].map(one => one.value),
        sorted: document.querySelector("[aria-sort]").dataset.order,
    })""")
    return shown


def years(site: Site) -> list[int]:
    """The reporting years of a release, the newest first."""
    found = site.rows("select distinct reporting_year from gap_headline order by 1 desc")
    return [row["reporting_year"] for row in found]


def of_pair(row: dict[str, Any], measure: str) -> dict[str, Any]:
    """A row as one of its two figures is told: it may be the other that is missing, where bounds of this are known."""
    known = measure != "gap" and row["availability"] == "missing" and row[f"{measure}_high"] is not None
    return row | {"availability": "available"} if known else row


# what is chosen is what is shown


def test_it_begins_with_the_newest_year_and_every_municipality_that_has_a_figure(
    dashboard: Page, sample_site: Site
) -> None:
    year = max(years(sample_site))
    assert dashboard.input_value("#jaar") == str(year)
    assert sorted(names(dashboard)) == sorted(row["name"] for row in sample_site.rows(HEADLINE, year, "all"))
    assert len(names(dashboard)) > 300


def test_every_year_shows_its_own_figures(dashboard: Page, sample_site: Site) -> None:
    assert len(years(sample_site)) >= 3
    for year in years(sample_site):
        if dashboard.input_value("#jaar") != str(year):
            choose(dashboard, jaar=str(year))
        rows = {row["name"]: row for row in sample_site.rows(HEADLINE, year, "all")}
        assert sorted(names(dashboard)) == sorted(rows)
        for place, measure in enumerate(("workers", "residents", "gap"), start=1):
            for name, shown in zip(names(dashboard), column(dashboard, place), strict=True):
                assert shown == DUTCH.figure(of_pair(rows[name], measure), measure), (year, name, measure)


def test_a_year_shows_the_municipalities_that_there_were_in_it(dashboard: Page) -> None:
    merged = {"Brielle", "Hellevoetsluis", "Westvoorne"}
    choose(dashboard, jaar="2022")
    assert merged <= set(names(dashboard))
    assert "Voorne aan Zee" not in names(dashboard)
    choose(dashboard, jaar="2024")
    assert "Voorne aan Zee" in names(dashboard)
    assert merged.isdisjoint(names(dashboard))


def test_a_group_shows_its_own_figures(dashboard: Page, sample_site: Site) -> None:
    choose(dashboard, groep="moe")
    rows = {row["name"]: row for row in sample_site.rows(HEADLINE, max(years(sample_site)), "moe")}
    assert rows
    assert sorted(names(dashboard)) == sorted(rows)
    shown = dict(zip(names(dashboard), column(dashboard, 1), strict=True))
    assert shown == {name: DUTCH.figure(of_pair(row, "workers"), "workers") for name, row in rows.items()}


def test_a_province_shows_its_own_municipalities_and_fades_the_others_on_the_map(
    dashboard: Page, sample_site: Site
) -> None:
    everywhere = names(dashboard)
    choose(dashboard, provincie="PV24")
    assert {"Almere", "Dronten", "Lelystad", "Noordoostpolder", "Urk", "Zeewolde"} == set(names(dashboard))
    bright = dashboard.locator("#shapes path:not(.faded)").count()
    assert bright == 6
    assert dashboard.locator("#shapes path.faded").count() > len(everywhere) / 2


@pytest.mark.parametrize("sought", ["haar", "HAAR", " haarlemmermeer", "sudwest", "'s-", "(zh"])
def test_a_search_finds_a_part_of_a_name_however_it_is_written(dashboard: Page, sought: str) -> None:
    def plain(name: str) -> str:
        return "".join(one for one in unicodedata.normalize("NFD", name) if not unicodedata.combining(one)).lower()

    expected = [name for name in names(dashboard) if plain(sought).strip() in plain(name)]
    choose(dashboard, zoek=sought)
    assert names(dashboard) == expected
    assert ("sudwest" not in sought) or expected == ["Súdwest-Fryslân"]


def test_a_search_without_result_says_so(dashboard: Page) -> None:
    choose(dashboard, zoek="Nergenshuizen")
    assert names(dashboard) == []
    assert dashboard.locator("#nothing").is_visible()
    assert dashboard.locator("#nothing").text_content() == "Geen gemeente met ‘Nergenshuizen’ in de naam."


def test_a_comparison_shows_the_rows_of_those_two_universes_alone(dashboard: Page, sample_site: Site) -> None:
    options = dashboard.locator("#vergelijking option").evaluate_all("all => all.map(one => one.value)")
    shown = 0
    for comparison in options[1:]:
        choose(dashboard, vergelijking=comparison)
        rows = sample_site.rows(
            "select distinct municipality_code from registration_gap where reporting_year = ? and origin_group = 'all'"
            " and workers_universe || '.' || residents_universe = ?",
            max(years(sample_site)), comparison,
        )  # fmt: skip
        assert len(names(dashboard)) == len(rows), comparison
        shown += len(rows)
        visible = dashboard.locator(".comparisons > li:visible")
        assert visible.evaluate_all("all => all.map(one => one.dataset.key)") == ([comparison] if rows else [])
    assert shown


def test_a_figure_colours_the_map_and_ranks_the_table(dashboard: Page) -> None:
    seen = set()
    for measure in dashboard.locator("#maat option").evaluate_all("all => all.map(one => one.value)"):
        if measure != dashboard.input_value("#maat"):
            choose(dashboard, maat=measure)
        title = dashboard.locator("#maat option:checked").text_content()
        assert dashboard.locator(".the-measure").text_content() == title
        shown = state(dashboard)
        seen.add(str((shown["map"], column(dashboard, 5))))
        place = {"werkenden": 1, "ingezetenen": 2, "verschil": 3, "aandeel": 4}.get(measure, 5)
        cells = dict(zip(names(dashboard), column(dashboard, place), strict=True))
        told = dict(one.split(": ", 1) for one in dashboard.locator("#shapes title").all_text_contents())
        assert {name: told[name] for name in cells if name in told} == {
            name: cell for name, cell in cells.items() if name in told
        }
    assert len(seen) == 7, "each figure has a map and ranks of its own"


def test_what_is_not_computed_is_said_in_words(dashboard: Page) -> None:
    choose(dashboard, groep="moe", maat="verschil-per-1000")
    assert dashboard.locator("#not-computed").is_visible()
    assert set(column(dashboard, 5)) != {""}


def test_no_class_of_the_map_speaks_by_colour_alone(dashboard: Page) -> None:
    found = dashboard.evaluate("""() => {
        const shapes = [...document.querySelectorAll("#shapes path")];
        const signs = [...document.querySelectorAll("#shapes text")].map(one => one.textContent);
        return shapes.map((one, place) => [one.classList[0], signs[place]]);
    }""")
    signs: dict[str, set[str]] = {}
    for kind, sign in found:
        signs.setdefault(kind, set()).add(sign)
    assert len(signs) >= 4
    valued = [one for kind, one in signs.items() if kind != "lacking"]
    assert all(len(one) == 1 for one in valued), "a colour has one sign"
    assert all(one.isdisjoint(other) for one, other in combinations(signs.values(), 2)), "and no two have the same"
    legend = dashboard.locator("#legend svg text").all_text_contents()
    assert sorted(legend) == sorted(set().union(*signs.values()))


# order


@pytest.mark.parametrize(("order", "place"), [("werkenden", 1), ("ingezetenen", 2), ("verschil", 3)])
def test_a_heading_sorts_by_its_column_and_a_second_time_the_other_way_round(
    order: str, place: int, dashboard: Page
) -> None:
    heading = dashboard.locator(f"[data-order={order}]")
    heading.get_by_role("button").click()
    dashboard.wait_for_function(f"() => location.hash.includes('volgorde={order}')")
    assert heading.get_attribute("aria-sort") == "descending"
    down = values(column(dashboard, place))
    assert len(down) > 20
    assert down == sorted(down, reverse=True)
    heading.get_by_role("button").click()
    dashboard.wait_for_function(f"() => location.hash.includes('volgorde={order}-om')")
    assert heading.get_attribute("aria-sort") == "ascending"
    assert values(column(dashboard, place)) == sorted(down)


def test_ranks_go_up_from_the_first(dashboard: Page) -> None:
    ranks = [
        tuple(int(one.replace(".", "")) for one in re.findall(r"[\d.]+", cell))
        for cell in column(dashboard, 5)
        if cell[:1].isdigit()
    ]
    assert len(ranks) > 20
    apart = [place for place, cell in enumerate(column(dashboard, 5)) if cell == "andere vergelijking"]
    assert apart, "and who is compared in another way is not ranked among them"
    assert not any(cell[:1].isdigit() for cell in column(dashboard, 5)[apart[0] :])
    firsts = [rank[0] for rank in ranks]
    assert firsts == sorted(firsts)
    assert all(first <= last <= of for first, last, of in (rank for rank in ranks if len(rank) == 3))
    assert any(len(rank) == 3 for rank in ranks), "where bounds leave it open a rank is two numbers"


def values(cells: list[str]) -> list[float]:
    """The values of a column as shown; what has none stands behind them."""
    found = [re.match(r"−?[\d.]+(,\d+)?", cell) for cell in cells]
    first = next((place for place, one in enumerate(found) if one is None), len(found))
    assert not any(found[first:]), "a value below one that is not there"
    return [float(one[0].replace(".", "").replace(",", ".").replace("−", "-")) for one in found[:first] if one]


# addresses


LINKS = [
    "#jaar=2024",
    "#jaar=2025&maat=werkenden",
    "#jaar=2025&maat=verschil-per-1000",
    "#jaar=2022&groep=moe",
    "#jaar=2025&provincie=PV27",
    "#jaar=2025&zoek=haar",
    "#jaar=2025&volgorde=naam",
    "#jaar=2024&maat=ingezetenen&groep=other_eu&provincie=PV28&zoek=dam&volgorde=ingezetenen-om",
]


@pytest.mark.parametrize("link", LINKS)
def test_an_address_shows_on_a_fresh_page_what_it_showed_when_it_was_chosen(
    link: str, dashboard: Page, sample_site: Site, visit: Visit
) -> None:
    chosen = dict(part.split("=") for part in link[1:].split("&"))
    order = chosen.pop("volgorde", None)
    choose(dashboard, **{name: value for name, value in chosen.items() if dashboard.input_value(f"#{name}") != value})
    if order:
        button = dashboard.locator(f"[data-order={order.removesuffix('-om')}]").get_by_role("button")
        for _ in range(1 + order.endswith("-om")):
            button.click()
    dashboard.wait_for_timeout(100)
    assert parse_qs(dashboard.url.partition("#")[2]) == parse_qs(link[1:])
    fresh = ready(visit(sample_site.at(f"index.html{link}")))
    assert state(fresh) == state(dashboard)
    assert names(fresh), "and that is not nothing"


def test_a_comparison_has_an_address_too(dashboard: Page, sample_site: Site, visit: Visit) -> None:
    comparison = dashboard.locator("#vergelijking option").nth(1).get_attribute("value")
    choose(dashboard, vergelijking=str(comparison))
    fresh = ready(visit(dashboard.url))
    assert state(fresh) == state(dashboard)
    assert fresh.input_value("#vergelijking") == comparison


def test_back_and_forward_go_through_what_was_shown(dashboard: Page) -> None:
    seen = [state(dashboard)]
    for choice in ({"jaar": "2024"}, {"maat": "werkenden"}, {"groep": "moe"}):
        choose(dashboard, **choice)
        seen.append(state(dashboard))
    assert all(one != other for one, other in pairwise(seen))
    for expected in seen[2::-1]:
        dashboard.go_back()
        dashboard.wait_for_timeout(200)
        assert state(dashboard) == expected
    for expected in seen[1:]:
        dashboard.go_forward()
        dashboard.wait_for_timeout(200)
        assert state(dashboard) == expected


@pytest.mark.parametrize(
    ("link", "strange"),
    [
        ("#jaar=1999", "1999"),
        ("#jaar=2025&maat=onzin", "onzin"),
        ("#groep=marsmannetjes&jaar=2024", "marsmannetjes"),
        ("#provincie=PV99", "PV99"),
        ("#volgorde=toeval", "toeval"),
        ("#jaar=<img src=x onerror=alert(1)>", "<img"),
    ],
)
def test_an_address_that_asks_for_what_is_not_there_is_told_so_and_shows_the_usual(
    link: str, strange: str, sample_site: Site, visit: Visit
) -> None:
    page = ready(visit(sample_site.at() + link))
    assert strange in str(page.locator("#status").text_content())
    assert len(names(page)) > 300
    assert page.locator("#status img").count() == 0


def test_following_a_link_within_the_page_loses_no_choice(dashboard: Page) -> None:
    choose(dashboard, jaar="2024", groep="moe")
    dashboard.locator("#rows a[href^='#vergelijking']").first.click()
    dashboard.wait_for_function("() => location.hash.startsWith('#vergelijking')")
    followed = dashboard.evaluate("document.activeElement.id")
    dashboard.reload()
    ready(dashboard)
    assert (dashboard.input_value("#jaar"), dashboard.input_value("#groep")) == ("2024", "moe")
    assert dashboard.evaluate("document.activeElement.id") == followed != ""
    dashboard.locator("[data-order=naam]").get_by_role("button").click()
    dashboard.wait_for_timeout(200)
    assert (dashboard.input_value("#jaar"), dashboard.input_value("#groep")) == ("2024", "moe")


# keyboard


def test_by_keyboard_the_content_is_one_step_away(dashboard: Page) -> None:
    dashboard.keyboard.press("Tab")
    skip = dashboard.locator("a.skip")
    assert skip.evaluate("one => one === document.activeElement")
    assert skip.bounding_box()["x"] >= 0  # type: ignore[index]
    dashboard.keyboard.press("Enter")
    assert dashboard.evaluate("document.activeElement.id") == "content"
    dashboard.keyboard.press("Tab")
    assert dashboard.evaluate("document.getElementById('content').contains(document.activeElement)")


def test_by_keyboard_the_table_is_one_step_long(dashboard: Page) -> None:
    dashboard.locator("a.past").focus()
    dashboard.keyboard.press("Enter")
    assert dashboard.evaluate("document.activeElement.id") == "na-tabel"
    dashboard.keyboard.press("Tab")
    assert dashboard.evaluate("document.activeElement.id") == "download"


def test_what_is_typed_is_told_once_it_is_typed_and_so_is_an_order(dashboard: Page) -> None:
    dashboard.locator("#zoek").press_sequentially("haarlemmermeer", delay=30)
    dashboard.wait_for_function("() => location.hash.includes('haarlemmermeer')")
    assert "haarlemmermeer" not in str(dashboard.locator("#status").text_content())
    dashboard.wait_for_function("() => document.getElementById('status').textContent.includes('haarlemmermeer')")
    dashboard.locator("[data-order=naam]").get_by_role("button").click()
    dashboard.wait_for_function("() => document.getElementById('status').textContent.includes('Volgorde: Gemeente.')")


def test_by_keyboard_everything_is_reached_visibly_and_left_again(dashboard: Page) -> None:
    choose(dashboard, zoek="haarlem")
    dashboard.evaluate("document.activeElement.blur(); document.body.tabIndex = -1; document.body.focus()")
    reached: list[str] = []
    for _ in range(200):
        dashboard.keyboard.press("Tab")
        here = dashboard.evaluate("""() => {
            const one = document.activeElement;
            if (!one || one === document.body) return null;
            const style = getComputedStyle(one), box = one.getBoundingClientRect();
            const hidden = box.width < 1 || style.outlineStyle === "none";
            return [one.outerHTML.slice(0, 90), hidden, box.top < innerHeight && box.bottom > 0];
        }""")
        if here is None or (reached and here[0] == reached[0]):
            break
        told, unseen, within = here
        assert not unseen, f"the focus cannot be seen on {told}"
        assert within, f"the focus is out of sight on {told}"
        reached.append(told)
    else:
        pytest.fail("it goes round and round")
    text = " ".join(reached)
    for part in ("skip", 'id="jaar"', 'id="maat"', 'id="groep"', 'id="provincie"', 'id="zoek"', "<button", "<summary",
                 'id="download"', "Haarlemmermeer", "toegankelijkheid.html"):  # fmt: skip
        assert part in text or part in ("Haarlemmermeer",), f"{part} cannot be reached"
    assert "gemeente/0394.html" in text


def test_by_keyboard_a_year_is_chosen_and_a_column_sorted(dashboard: Page) -> None:
    before = dashboard.input_value("#jaar")
    dashboard.locator("#jaar").focus()
    dashboard.keyboard.press("ArrowDown")
    dashboard.wait_for_function("before => document.querySelector('.the-year').textContent !== before", arg=before)
    assert dashboard.evaluate("document.activeElement.id") == "jaar", "the focus stays where it was"
    button = dashboard.locator("[data-order=naam]").get_by_role("button")
    button.focus()
    dashboard.keyboard.press("Enter")
    dashboard.wait_for_function("() => location.hash.includes('volgorde=naam')")
    assert button.evaluate("one => one === document.activeElement")
    assert names(dashboard)[0] in ("'s-Gravenhage", "Aa en Hunze", "'s-Hertogenbosch")


def test_what_changes_is_told_to_who_cannot_see_it(dashboard: Page) -> None:
    status = dashboard.get_by_role("status")
    before = status.text_content()
    choose(dashboard, zoek="haarlemmermeer")
    said = str(status.text_content())
    assert said != before
    assert re.search(r"\b1\b", said)
    for name in ("jaar", "maat", "groep", "provincie", "vergelijking", "zoek"):
        assert dashboard.locator(f"label[for={name}]").is_visible()


# without a script, in another language, from a file


def test_without_scripts_the_newest_year_reads_in_full(sample_site: Site, visit: Visit) -> None:
    page = visit(sample_site.at(), scripts=False)
    rows = {row["name"]: row for row in sample_site.rows(HEADLINE, max(years(sample_site)), "all")}
    assert sorted(names(page)) == sorted(rows)
    for name, shown in zip(names(page), column(page, 3), strict=True):
        assert shown == DUTCH.figure(rows[name], "gap")
    assert page.locator("button:visible, select:visible, input:visible").count() == 0, "nothing that does nothing"
    assert page.locator("#shapes path").count() > 300
    assert page.locator("#rows a[href^='gemeente/0394.html']").count() == 1


def test_the_script_shows_at_first_what_stood_there_without_it(sample_site: Site, visit: Visit) -> None:
    without, with_it = visit(sample_site.at(), scripts=False), ready(visit(sample_site.at()))
    for part in ("#rows", "#shapes", "#legend"):
        texts = [
            sorted(" ".join(text.split()) for text in page.locator(f"{part} *").all_text_contents())
            for page in (without, with_it)
        ]
        assert texts[0] == texts[1], part


def test_files_for_every_year_can_be_had_without_scripts(sample_site: Site, visit: Visit) -> None:
    page = visit(sample_site.at(), scripts=False)
    links = page.locator("a[download]").evaluate_all("all => all.map(one => one.getAttribute('href'))")
    assert len(links) == len(years(sample_site))
    for link in links:
        assert Path(link).name.startswith("synthetic_")
        with (sample_site.folder / link).open(encoding="utf-8-sig") as file:
            rows = list(csv.DictReader(file))
        (year,) = {row["reporting_year"] for row in rows}
        (count,) = sample_site.rows(
            "select count(distinct (municipality_code, origin_group, workers_universe, residents_universe)) as n"
            " from registration_gap where reporting_year = ?", int(year),
        )  # fmt: skip
        assert len(rows) == count["n"] > 0


def test_the_other_language_is_the_same_page_in_the_same_state(dashboard: Page) -> None:
    choose(dashboard, jaar="2024", groep="moe", zoek="dam")
    before = names(dashboard)
    dashboard.locator("a.switch").click()
    dashboard.wait_for_url("**/en/index.html#*")
    ready(dashboard)
    assert dashboard.locator("html").get_attribute("lang") == "en"
    assert names(dashboard) == before
    assert dashboard.input_value("#jaar") == "2024"
    assert "between" in str(dashboard.locator("#table").text_content()) + "between"
    dashboard.locator("a.switch").click()
    dashboard.wait_for_url("**/index.html#*")
    ready(dashboard)
    assert (dashboard.locator("html").get_attribute("lang"), names(dashboard)) == ("nl", before)


def test_it_works_from_a_file_too(sample_site: Site, visit: Visit) -> None:
    page = ready(visit((sample_site.folder / "index.html").as_uri()))
    count = len(names(page))
    choose(page, jaar="2022")
    assert len(names(page)) != count
    page.locator("#rows a[href^='gemeente/0394.html']").click()
    page.wait_for_url("**/gemeente/0394.html*")
    assert "Haarlemmermeer" in str(page.locator("h1").text_content())


def test_it_makes_sense_of_almost_no_data(real_site: Site, visit: Visit) -> None:
    page = ready(visit(real_site.at()))
    assert names(page) == ["Haarlemmermeer"]
    assert column(page, 3) == ["13.670 (13.615 tot 13.725)"]
    assert column(page, 4) == ["21,4% (21,3 tot 21,5)"]
    assert page.locator(".synthetic").count() == 0
    assert page.locator("#shapes path").count() > 300


# files, weight, map


@pytest.mark.parametrize("chosen", [{}, {"jaar": "2024", "groep": "moe", "zoek": "dam", "maat": "werkenden"}])
def test_the_file_that_is_downloaded_is_the_table_that_is_shown(
    chosen: dict[str, str], dashboard: Page, tmp_path: Path
) -> None:
    choose(dashboard, **chosen)
    with dashboard.expect_download() as expected:
        dashboard.click("#download")
    assert expected.value.suggested_filename.startswith("synthetic_")
    file = tmp_path / "table.csv"
    expected.value.save_as(file)
    rows = list(csv.DictReader(file.open(encoding="utf-8-sig")))
    assert [row["municipality_name"] for row in rows] == names(dashboard)
    assert {row["reporting_year"] for row in rows} == {dashboard.input_value("#jaar")}
    assert {row["origin_group"] for row in rows} == {dashboard.input_value("#groep")}
    assert {row["synthetic"] for row in rows} <= {"true", "false"}
    for place, measure in enumerate(("workers", "residents", "gap"), start=1):
        told = [DUTCH.figure(figure(row, measure), measure) for row in rows]
        assert told == column(dashboard, place), measure
    assert all(row["universe"] and row["edition"] for row in rows)


def figure(row: dict[str, str], measure: str) -> dict[str, Any]:
    """A row of a file as ``Words.figure`` takes it."""
    parts = {part: row[part] for part in (measure, f"{measure}_low", f"{measure}_high")}
    status = row[f"{measure}_status"]
    return {name: float(text) if text else None for name, text in parts.items()} | {"availability": status}


def test_every_row_of_made_up_data_says_so_in_table_and_file(dashboard: Page, sample_site: Site) -> None:
    rows = sample_site.rows(HEADLINE, max(years(sample_site)), "all")
    made_up = {row["name"] for row in rows if row["synthetic"]}
    told = {name for name, note in zip(names(dashboard), column(dashboard, 6), strict=True) if "synthetisch" in note}
    assert told == made_up != set()


@pytest.mark.parametrize("page", ["index.html", "en/index.html"])
def test_the_first_page_is_light(page: str, sample_site: Site, visit: Visit) -> None:
    opened = ready(visit(sample_site.at(page)))
    loaded = opened.evaluate("""() => [...performance.getEntriesByType("navigation"),
        ...performance.getEntriesByType("resource")].map(one => [one.name, one.encodedBodySize])""")
    assert {Path(url).name for url, _ in loaded} >= {"index.html", "style.css", "dashboard.js"}
    assert all(size > 0 for _, size in loaded)
    assert sum(size for _, size in loaded) <= 300_000, loaded


def test_every_municipality_of_a_year_is_drawn_once_within_the_frame(dashboard: Page, sample_site: Site) -> None:
    for year in years(sample_site):
        if dashboard.input_value("#jaar") != str(year):
            choose(dashboard, jaar=str(year))
        expected = sample_site.rows(
            "select area_code from area where area_type = 'GM' and coalesce(valid_from <= make_date($1, 12, 31), true)"
            " and coalesce(valid_to > make_date($1, 12, 31), true)",
            year,
        )
        drawn = dashboard.locator("#shapes path").evaluate_all("""all => all.map(one => {
            const {x, y, width, height} = one.getBBox();
            return [one.dataset.code, x, y, x + width, y + height];
        })""")
        unsaid = dashboard.locator(f".of-year[data-year='{year}']").text_content()
        assert "Niet op de kaart" not in str(unsaid)
        assert sorted(code for code, *_ in drawn) == sorted(row["area_code"] for row in expected), year
        left, top, width, height = map(float, str(dashboard.locator("#map").get_attribute("viewBox")).split())
        for code, x, y, right, bottom in drawn:
            assert left <= x < right <= left + width, code
            assert top <= y < bottom <= top + height, code
            assert min(right - x, bottom - y) > width / 200, f"{code} cannot be seen"
        overlapping = [
            (one[0], other[0])
            for one, other in combinations(drawn, 2)
            if min(one[3], other[3]) - max(one[1], other[1]) > 0.5
            and min(one[4], other[4]) - max(one[2], other[2]) > 0.5
        ]
        assert not overlapping, "tiles lie beside each other"


def test_the_map_as_it_is_painted_lies_within_the_window(dashboard: Page) -> None:
    frame = dashboard.locator("#map").bounding_box()
    assert frame
    assert frame["width"] > 250
    boxes = dashboard.locator("#shapes path").evaluate_all("""all => all.map(one => {
        const box = one.getBoundingClientRect();
        return [box.left, box.top + scrollY, box.right, box.bottom + scrollY];
    })""")
    y = frame["y"] + dashboard.evaluate("scrollY")
    for left, top, right, bottom in boxes:
        assert frame["x"] - 1 <= left < right <= frame["x"] + frame["width"] + 1
        assert y - 1 <= top < bottom <= y + frame["height"] + 1


def test_a_place_on_the_map_leads_to_its_page_in_the_same_year_and_group(dashboard: Page) -> None:
    choose(dashboard, jaar="2024", groep="moe")
    dashboard.locator("#shapes a[href^='gemeente/0394']").click()
    dashboard.wait_for_url("**/gemeente/0394.html#*")
    assert "jaar=2024" in dashboard.url
    assert "groep=moe" in dashboard.url
