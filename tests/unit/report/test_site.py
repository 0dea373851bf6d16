"""The pages of a release: whole, linked, readable without a script, and calling nobody."""

from __future__ import annotations

import itertools
import re
import shutil
import subprocess
from html.parser import HTMLParser
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from pipelines.files import sha256_of, write_json
from pipelines.publish.release import publish
from pipelines.quality import ledger
from tests.conftest import PATIENCE_SECONDS, below
from tests.unit.publish.warehouse import candidate, gap
from tests.unit.report.released import RELEASE, comparison, indicator, promise, written

if TYPE_CHECKING:
    from tests.conftest import House

MEANT = '<b>A reason</b> with & and "quotes"'
PAGES = {
    "index.html", "en/index.html", "gemeente/0394.html", "en/gemeente/0394.html", "raad/index.html",
    "raad/0394-2025.html", "datahiaten.html", "uitgaven.html", "toegankelijkheid.html", "quality/index.html",
    "quality/arrival/figures.html", "quality/release/housing.html", "quality/register/both.html",
    "quality/model/area.html",
}  # fmt: skip
BROWSER = shutil.which("chromium")


def result(rule: str, table: str = "figures", *, passed: bool = True, **changed: Any) -> dict[str, Any]:
    usual = {"door": "arrival", "table_name": table, "rule": rule, "severity": "warn", "passed": passed}
    return (
        usual | {"failing_rows": None if passed else 1234, "examples": None, "reason": MEANT, "owner": "me"} | changed
    )


RESULTS = [
    result("named"),
    result("few", passed=False, examples="scope 0394, locator_cell 12"),
    result("shown", "housing", door="release"),
    result("double_record v1", "both", door="register", passed=False),
    result("grain_area", "area", door="model", severity="block"),
]

ROWS = {
    "registration_gap": [comparison()],
    "indicator": [indicator()],
    "commitment": [promise()],
    "data_gap": [gap() | {"owner": "zicht", "delivery_id": None, "closed": None}],
}


@pytest.fixture
def site(house: House, tmp_path: Path) -> Path:
    """The site of a release that had one before it."""
    earlier = [one | {"release_id": "2026-02-01-aaaaaaaa"} for one in [result("few"), result("named")]]
    ledger.append(house.settings, "quality", earlier)
    return written(house, tmp_path / "release", RELEASE, RESULTS, **ROWS)


def test_the_site_of_a_release_is_part_of_it_and_found_beside_the_file(house: House) -> None:
    candidate(house)
    released = publish(house.settings)
    page = house.settings.published / "site" / "uitgaven.html"
    assert released.release_id in Page(page).words
    assert "site/uitgaven.html" in released.files


class Page(HTMLParser):
    """What of a page tests ask about."""

    def __init__(self, path: Path) -> None:
        super().__init__()
        self.path, self.tags, self.words = path, list[tuple[str, dict[str, str | None]]](), ""
        self.feed(path.read_text(encoding="utf-8"))

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))

    def handle_data(self, data: str) -> None:
        self.words += f" {' '.join(data.split())}"

    def of(self, tag: str, attribute: str) -> list[str]:
        return [str(given[attribute]) for name, given in self.tags if name == tag and attribute in given]


def pages(site: Path) -> list[Page]:
    found = [Page(path) for path in below(site) if path.suffix == ".html"]
    assert {page.path.relative_to(site).as_posix() for page in found} == PAGES
    return found


def test_documents_are_there_as_pdf_too(site: Path) -> None:
    assert {path.relative_to(site).as_posix() for path in below(site) if path.suffix == ".pdf"} == {
        "gemeente/0394.pdf", "raad/0394-2025.pdf", "datahiaten.pdf",
    }  # fmt: skip


def test_every_link_leads_to_a_page_and_a_place_on_it_that_exist(site: Path) -> None:
    followed = 0
    for page in pages(site):
        for link in page.of("a", "href") + [one for one in page.of("link", "href") if not one.startswith("data:")]:
            assert "://" not in link
            assert not link.startswith("/"), "the pages are opened as files too"
            name, _, place = link.partition("#")
            target = (page.path.parent / name).resolve() if name else page.path
            assert target.is_file(), link
            if place and "=" not in place:  # else a state that its script reads
                assert any(given.get("id") == place for _, given in Page(target).tags), link
                followed += 1
    assert followed > 2


def test_from_the_first_page_every_page_is_reached(site: Path) -> None:
    reached, waiting = set[Path](), [site / "index.html"]
    while waiting:
        path = waiting.pop()
        if path not in reached:
            reached.add(path)
            waiting += [
                (path.parent / link.partition("#")[0]).resolve()
                for link in Page(path).of("a", "href")
                if link.partition("#")[0].endswith(".html")
            ]
    assert reached == {page.path for page in pages(site)}


def test_a_page_loads_nothing_but_what_is_beside_it_and_runs_nothing_of_its_own(site: Path) -> None:
    scripts = 0
    for page in pages(site):
        (policy,) = [
            str(given["content"]) for tag, given in page.tags if given.get("http-equiv") == "Content-Security-Policy"
        ]
        assert policy.startswith("default-src 'none'; ")
        assert "unsafe" not in policy
        assert "http" not in policy
        assert not {"iframe", "style", "object", "form"} & {tag for tag, _ in page.tags}
        assert not [name for _, given in page.tags for name in given if name.startswith("on") or name == "style"]
        loaded = [str(given["src"]) for tag, given in page.tags if tag in ("script", "img")]
        assert all((page.path.parent / one).is_file() for one in loaded), loaded
        scripts += len(loaded)
    assert scripts, "the dashboard has some"
    assert not re.search(r"@import|url\(|https?:", (site / "style.css").read_text(encoding="utf-8"))


def test_a_page_says_its_language_and_what_on_it_is_in_the_other(site: Path) -> None:
    for page in pages(site):
        own, other = ("en", "nl") if page.path.is_relative_to(site / "en") else ("nl", "en")
        assert page.of("html", "lang") == [own]
        assert {given["lang"] for tag, given in page.tags if "lang" in given and tag != "html"} <= {other}
    reasons = Page(site / "quality/arrival/figures.html").of("p", "lang")
    assert reasons == ["en", "en"]


def test_a_page_in_two_languages_leads_to_the_other_and_back(site: Path) -> None:
    twins = 0
    for page in pages(site):
        for tag, given in page.tags:
            if tag == "a" and given.get("class") == "switch":
                twin = Page((page.path.parent / str(given["href"])).resolve())
                assert twin.of("html", "lang") == [given["lang"]] != page.of("html", "lang")
                twins += 1
    assert twins == 4


def test_a_table_has_a_caption_and_says_of_every_heading_what_it_heads(site: Path) -> None:
    tables = 0
    for page in pages(site):
        tags = [tag for tag, _ in page.tags]
        assert tags.count("table") == tags.count("caption")
        assert tags.count("th") == len(page.of("th", "scope"))
        assert tags.count("h1") == tags.count("main") == 1
        tables += tags.count("table")
        headings = [int(tag[1]) for tag in tags if re.fullmatch("h[1-6]", tag)]
        assert all(later - earlier <= 1 for earlier, later in itertools.pairwise(headings))
    assert tables > 6


def test_a_rule_is_shown_with_its_result_its_reason_where_it_failed_and_its_history(site: Path) -> None:
    words = Page(site / "quality/arrival/figures.html").words
    for said in (
        MEANT,
        "let op",
        "scope 0394, locator_cell 12",
        "1.234",
        "5 februari 2026",
        "1 februari 2026",
        "klopt",
    ):
        assert said in words
    assert words.index("few") < words.index("named"), "what failed stands first"


def test_what_needs_attention_stands_first_among_all_checks(site: Path) -> None:
    words = Page(site / "quality/index.html").words
    assert "figures: few" in words
    assert "both: double_record v1" in words
    assert "figures: named" not in words


def test_where_all_is_well_that_is_said(house: House, tmp_path: Path) -> None:
    site = written(house, tmp_path, RELEASE | {"data_gaps": {}}, [result("named")])
    assert "Niets" in Page(site / "quality" / "index.html").words
    assert "geen: alle datahiaten" in Page(site / "uitgaven.html").words


def test_the_release_notes_say_which_release_this_is_and_what_is_in_it(site: Path) -> None:
    words = Page(site / "uitgaven.html").words
    for said in ("2026-02-05-eeeeeeee", "5 februari 2026, 03:10 UTC", "ontbreekt 12", "registered", "15.082"):
        assert said in words


def test_made_up_data_are_said_to_be_so_on_every_page_and_in_its_title(
    house: House, tmp_path: Path, site: Path
) -> None:
    made_up = written(house, tmp_path / "made-up", RELEASE | {"synthetic": True}, RESULTS, **ROWS)
    for page in pages(made_up):
        assert re.search("SYNTHETISCH: hier staan verzonnen gegevens|SYNTHETIC: these data are made up", page.words)
        assert re.search("<title>SYNTHETI(SCH|C): ", page.path.read_text(encoding="utf-8"))
    assert not [page.path for page in pages(site) if "SYNTHETI" in page.words]


def test_a_suite_of_a_published_table_says_what_the_table_holds(site: Path) -> None:
    assert "Huisvesting van arbeidsmigranten" in Page(site / "quality/release/housing.html").words
    assert "tabel van deze uitgave" not in Page(site / "quality/arrival/figures.html").words


# what stays the same from release to release


NEXT = RELEASE | {"release_id": "2026-02-06-ffffffff", "as_of": "2026-02-06"}


def stand(house: House, site: Path) -> Path:
    """Let the release of this site be the one that stands; return its council report."""
    release, report = site.parent, site / "raad" / "0394-2025.html"
    files = {path.relative_to(release).as_posix(): sha256_of(path).hex() for path in below(site)}
    write_json(release / "release.json", RELEASE | {"files": files})
    house.settings.published.mkdir(parents=True, exist_ok=True)
    house.settings.current.symlink_to(release)
    return report


def test_a_document_that_tells_the_same_is_taken_over_with_the_release_that_it_was_made_for(
    house: House, site: Path, tmp_path: Path
) -> None:
    report = stand(house, site)
    later = written(house, tmp_path / "later", NEXT, RESULTS, **ROWS)
    for name in ("0394-2025.html", "0394-2025.pdf"):
        assert (later / "raad" / name).read_bytes() == report.with_name(name).read_bytes()
    assert RELEASE["release_id"] in Page(later / "raad" / "0394-2025.html").words
    assert NEXT["release_id"] in Page(later / "datahiaten.html").words


@pytest.mark.parametrize("what", ["figures", "code", "damage"])
def test_a_document_is_made_anew_where_figures_or_code_are_others_or_the_old_one_is_damaged(
    what: str, house: House, site: Path, tmp_path: Path
) -> None:
    report = stand(house, site)
    if what == "damage":
        report.write_text("not what it was", encoding="utf-8")
    rows = ROWS | ({"indicator": [indicator(value=11)]} if what == "figures" else {})
    release = NEXT | ({"code_version": "other"} if what == "code" else {})
    later = written(house, tmp_path / "later", release, RESULTS, **rows)
    assert NEXT["release_id"] in Page(later / "raad" / "0394-2025.html").words


@pytest.mark.skipif(BROWSER is None, reason="chromium is not installed")
def test_a_browser_opens_a_page_as_a_file_with_its_stylesheet_and_without_a_complaint(
    site: Path, tmp_path: Path
) -> None:
    picture, plain = tmp_path / "with.png", tmp_path / "without.png"
    page = site / "quality" / "arrival" / "figures.html"
    said = _photograph(page, picture, tmp_path)
    assert "Content Security Policy" not in said
    (site / "style.css").write_text("", encoding="utf-8")
    _photograph(page, plain, tmp_path)
    assert picture.read_bytes() != plain.read_bytes(), "the stylesheet was not used"


def _photograph(page: Path, picture: Path, scratch: Path) -> str:
    """Take a picture of a page at the narrowest width; return what the browser's console said."""
    done = subprocess.run(
        [
            str(BROWSER), "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
            "--disable-background-networking", "--disable-component-update", "--disable-sync", "--hide-scrollbars",
            "--enable-logging=stderr", f"--user-data-dir={scratch / 'profile'}", "--window-size=320,1200",
            f"--screenshot={picture}", page.as_uri(),
        ],
        capture_output=True, text=True, timeout=PATIENCE_SECONDS, check=True,
    )  # fmt: skip
    return done.stderr
