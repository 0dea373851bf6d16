"""What holds for every page, whatever it tells: it can be read by everybody, everywhere, and calls nobody."""

from __future__ import annotations

import re
from html import unescape
from posixpath import normpath
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote

import pytest
from axe_playwright_python.sync_playwright import Axe

if TYPE_CHECKING:
    from tests.pages.conftest import Visit
    from tests.pages.sites import Site

KINDS = [
    "index.html", "gemeente/0394.html", "gemeente/0599.html", "gemeente/0093.html", "raad/index.html",
    "raad/0394-*.html", "datahiaten.html", "uitgaven.html", "toegankelijkheid.html", "quality/index.html",
    "quality/release/registration_gap.html", "quality/arrival/brp.html",
]  # fmt: skip
"""One page of each kind, of a municipality with much and with little data (0093 is Terschelling)."""
TWINS = ["index.html", "gemeente/0394.html", "gemeente/0093.html"]
ALL = [*KINDS, *(f"en/{path}" for path in TWINS)]
OF_REAL = [path for path in ALL if "0093" not in path and "brp" not in path]
WIDTHS = {"at 1280 px": (1280, 900, 1), "at 390 px": (390, 844, 2), "at 400 % of 1280 px, which is 320": (320, 256, 4)}

AXE = {
    "runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"],
    "rules": {"target-size": {"enabled": True}},
    "resultTypes": ["violations"],
}


@pytest.fixture(params=[*(("sample", path) for path in ALL), *(("real", path) for path in OF_REAL)], ids="-".join)
def place(request: pytest.FixtureRequest) -> tuple[Site, str]:
    """A page of one of the sites."""
    name, path = request.param
    site: Site = request.getfixturevalue(f"{name}_site")
    return site, path


@pytest.mark.parametrize("width", WIDTHS)
def test_nothing_keeps_anybody_from_reading_it(place: tuple[Site, str], width: str, visit: Visit) -> None:
    site, path = place
    wide, high, scale = WIDTHS[width]
    page = visit(site.at(path), width=wide, height=high, scale=scale)
    found: dict[str, Any] = Axe().run(page, options=AXE).response
    assert found["testEngine"]["name"] == "axe-core"
    told = [
        f"{one['id']}: {one['help']}\n  {node['html'][:200]}" for one in found["violations"] for node in one["nodes"]
    ]
    assert not told, "\n".join(told)
    wider = page.evaluate(WIDER)
    assert page.evaluate("document.documentElement.scrollWidth") <= wide, f"wider than the window: {wider}"


WIDER = """[...document.querySelectorAll("body *")]
    .filter(one => one.getBoundingClientRect().right > innerWidth)
    .filter(one => getComputedStyle(one).position === "absolute" || !one.parentElement.closest(".scroll"))
    .slice(0, 5).map(one => one.outerHTML.slice(0, 150))"""


# in a browser


def test_made_up_data_say_so_before_anything_else_can_be_read(place: tuple[Site, str], visit: Visit) -> None:
    site, path = place
    page = visit(site.at(path), width=320, height=256)
    banner = page.locator(".synthetic")
    if not site.rows("select bool_or(synthetic) as made_up from delivery")[0]["made_up"]:
        assert banner.count() == 0
        assert "SYNTHETI" not in page.title() + page.locator("body").inner_text()
        return
    assert banner.is_visible()
    box = banner.bounding_box()
    assert box
    assert 0 <= box["y"] < 100
    assert page.title().startswith("SYNTHETI")


@pytest.mark.parametrize("path", ALL)
def test_it_reads_the_same_without_scripts(path: str, sample_site: Site, visit: Visit) -> None:
    without, with_them = (visit(sample_site.at(path), scripts=scripts) for scripts in (False, True))
    with_them.wait_for_timeout(300)
    rows = [page.locator("main tr:visible").count() for page in (without, with_them)]
    assert rows[0] >= rows[1]
    for page in (without, with_them):
        assert page.locator("h1").count() == 1
        assert page.locator("main").inner_text().strip()


@pytest.mark.parametrize("path", ALL)
def test_it_opens_from_a_file(path: str, sample_site: Site, visit: Visit) -> None:
    page = visit((sample_site.folder / sample_site.file(path)).as_uri())
    page.wait_for_timeout(200)
    assert page.locator("main").inner_text().strip()
    unstyled = "getComputedStyle(document.querySelector('nav')).display !== 'flex'"
    assert not page.evaluate(unstyled), "its style sheet was not found"
    broken = "[...document.images].filter(one => !one.naturalWidth).map(one => one.src)"
    assert page.evaluate(broken) == []


@pytest.mark.parametrize("path", ["gemeente/0394.html", "gemeente/0093.html"])
def test_the_other_language_is_the_same_page(path: str, sample_site: Site, visit: Visit) -> None:
    page = visit(sample_site.at(path))
    tables = page.locator("main table").count()
    page.locator("a.switch").click()
    page.wait_for_url(f"**/en/{path}*")
    assert page.locator("html").get_attribute("lang") == "en"
    assert page.locator("main table").count() == tables
    page.locator("a.switch").click()
    page.wait_for_url(f"**/{path}*")
    assert "/en/" not in page.url


@pytest.mark.parametrize("path", KINDS)
def test_the_focus_is_seen_wherever_it_goes_and_goes_on(path: str, sample_site: Site, visit: Visit) -> None:
    page = visit(sample_site.at(path))
    stops: list[str] = []
    for _ in range(60):
        page.keyboard.press("Tab")
        told, seen = page.evaluate(FOCUSED)
        if told == "BODY" or told in stops:
            break
        assert seen, f"the focus cannot be seen on {told}"
        stops.append(told)
    assert len(stops) > 5


FOCUSED = """() => {
    const one = document.activeElement, box = one.getBoundingClientRect();
    const name = one === document.body ? "BODY" : `${one.outerHTML.slice(0, 120)} at ${box.left},${box.top + scrollY}`;
    const within = box.bottom > 0 && box.top < innerHeight && box.right > 0;
    return [name, getComputedStyle(one).outlineStyle !== "none" && within && box.width > 1];
}"""


# in the files themselves, all of them


@pytest.fixture(params=["sample", "real"])
def whole(request: pytest.FixtureRequest) -> dict[str, str]:
    """Every page of a site, by its path."""
    site: Site = request.getfixturevalue(f"{request.param}_site")
    return {path.relative_to(site.folder).as_posix(): path.read_text("utf-8") for path in site.folder.rglob("*.html")}


def test_every_municipality_has_a_page_in_both_languages_and_a_factsheet(sample_site: Site) -> None:
    there = sample_site.rows("select area_code from area where area_type = 'GM' and valid_to is null")
    kinds = ("gemeente/*.html", "en/gemeente/*.html", "gemeente/*.pdf")
    for codes in ({path.stem for path in sample_site.folder.glob(kind)} for kind in kinds):
        assert len(there) >= 342
        assert codes >= {row["area_code"] for row in there} | {"0501", "0530", "0614"}, "those of 2022 too"


def test_made_up_data_say_so_on_every_page_and_real_ones_on_none(sample_site: Site, real_site: Site) -> None:
    for site, made_up in ((sample_site, True), (real_site, False)):
        for path in site.folder.rglob("*.html"):
            text = path.read_text("utf-8")
            assert ('class="synthetic"' in text and "<title>SYNTHETI" in text) is made_up, path


def test_every_link_leads_to_a_page_and_a_place_that_are_there(whole: dict[str, str], request: Any) -> None:
    site: Site = request.getfixturevalue(f"{request.node.callspec.params['whole']}_site")
    places = {path: set(re.findall(r'\sid="([^"]+)"', text)) for path, text in whole.items()}
    files = {path.relative_to(site.folder).as_posix() for path in site.folder.rglob("*") if path.is_file()}
    links = 0
    for path, text in whole.items():
        for link in set(re.findall(r'\s(?:href|src)="([^"]+)"', text)):
            if re.match(r"[a-z]+:", link):
                continue
            target, _, place = unescape(link).partition("#")
            led = normpath(f"{path}/../{unquote(target)}") if target else path
            assert led in files, f"{path} leads to {link}"
            if place and "=" not in place:
                assert place in places[led], f"{path} leads to {link}"
            links += 1
    assert links > 200


def test_no_page_needs_anything_that_a_strict_policy_forbids(whole: dict[str, str]) -> None:
    for path, text in whole.items():
        assert "Content-Security-Policy" in text, path
        assert not re.search(r'<script(?![^>]*\ssrc=)|<style|\sstyle="|\son[a-z]+="|javascript:', text), path
        assert not re.search(r'<(?:script|link|img|iframe|source)[^>]*(?:src|href)="(?:https?:)?//', text), path


def test_a_table_has_a_name_and_a_heading_says_what_it_heads(whole: dict[str, str]) -> None:
    for path, text in whole.items():
        assert text.count("<table") == text.count("<caption"), path
        assert not re.search(r"<th(?![^>]*\sscope=)[ >]", text), path


def test_no_place_on_a_page_has_the_name_of_another(whole: dict[str, str]) -> None:
    for path, text in whole.items():
        places = re.findall(r'\sid="([^"]+)"', text)
        assert len(places) == len(set(places)), path


def test_what_is_not_known_is_never_left_blank_or_undefined(whole: dict[str, str]) -> None:
    for path, text in whole.items():
        assert not re.search(r'<td class="count">\s*</td>|<td[^>]*>\s*(?:None|nan|null|undefined)\s*</td>', text), path
        words = re.sub(r"<[^>]+>", " ", text)
        assert not re.search(r"\b(?:None|nan|undefined|NaN)\b(?! of| \()", words), path
        assert "niet geregistreerd" not in words.lower(), path
        if not path.startswith("quality/"):  # where rules say that nobody is called so
            assert "unregistered" not in words.lower(), path


# PDFs


@pytest.mark.parametrize(
    ("pattern", "title", "most"),
    [
        ("gemeente/0394.pdf", "Haarlemmermeer", 2),
        ("gemeente/0599.pdf", "Rotterdam", 2),
        ("gemeente/0093.pdf", "Terschelling", 2),
        ("gemeente/0501.pdf", "Brielle", 2),
        ("raad/0394-*.pdf", "Haarlemmermeer", 12),
        ("datahiaten.pdf", "atahiaten", 40),
    ],
)
def test_a_pdf_can_be_read_aloud_and_says_on_every_page_that_it_is_made_up(
    pattern: str, title: str, most: int, sample_site: Site
) -> None:
    import pikepdf
    from pypdf import PdfReader

    path = sample_site.folder / sample_site.file(pattern)
    texts = [page.extract_text() for page in PdfReader(path).pages]
    assert 1 <= len(texts) <= most
    assert all("SYNTHETISCH" in text for text in texts)
    assert title in texts[0]
    with pikepdf.open(path) as document:
        root = document.Root
        assert root.MarkInfo.Marked
        assert str(root.Lang).startswith("nl")
        assert root.ViewerPreferences.DisplayDocTitle
        assert title in str(document.open_metadata()["dc:title"])
        assert document.open_metadata()["pdfuaid:part"] == "1"
        tags = list(_tags(root.StructTreeRoot))
    kinds = [str(tag.S) for tag in tags]
    assert kinds.count("/H1") == 1
    assert {"/Table", "/TH", "/TD", "/P"} <= set(kinds)
    assert all(str(tag.get("/Alt", "")).strip() for tag in tags if str(tag.S) == "/Figure")


def test_a_factsheet_is_one_sheet_of_paper(sample_site: Site) -> None:
    from pypdf import PdfReader

    lengths = {path.stem: len(PdfReader(path).pages) for path in sample_site.folder.glob("gemeente/*.pdf")}
    assert len(lengths) > 342
    assert {code: length for code, length in lengths.items() if length > 2} == {}


def test_a_factsheet_of_real_figures_says_nothing_of_made_up_ones(real_site: Site) -> None:
    from pypdf import PdfReader

    text = " ".join(page.extract_text() for page in PdfReader(real_site.folder / "gemeente/0394.pdf").pages)
    assert "SYNTHETISCH" not in text
    assert "13.670" in text
    assert "17.400" in text


def _tags(element: Any) -> Any:
    """The elements of a structure tree."""
    import pikepdf

    if isinstance(element, pikepdf.Array):
        for one in element:
            yield from _tags(one)
    elif isinstance(element, pikepdf.Dictionary):
        if "/S" in element:
            yield element
        if "/K" in element:
            yield from _tags(element["/K"])
