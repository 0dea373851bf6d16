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

from pipelines.publish.release import publish
from pipelines.quality import ledger
from pipelines.report.site import write_site
from tests.conftest import below
from tests.unit.publish.warehouse import candidate

if TYPE_CHECKING:
    from tests.conftest import House

RELEASE: dict[str, Any] = {
    "release_id": "2026-02-05-eeeeeeee", "as_of": "2026-02-05", "released_at": "2026-02-05 03:10:00",
    "synthetic": False, "data_gaps": {"missing": 12}, "rows": {"registered": 15082},
}  # fmt: skip
MEANT = '<b>A reason</b> with & and "quotes"'
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


@pytest.fixture
def site(house: House, tmp_path: Path) -> Path:
    """The site of a release that had one before it."""
    earlier = [one | {"release_id": "2026-02-01-aaaaaaaa"} for one in [result("few"), result("named")]]
    ledger.append(house.settings, "quality", earlier)
    write_site(house.settings, tmp_path / "release", RELEASE, RESULTS)
    return tmp_path / "release" / "site"


def test_the_site_of_a_release_is_part_of_it_and_found_beside_the_file(house: House) -> None:
    candidate(house)
    released = publish(house.settings)
    page = house.settings.published / "site" / "index.html"
    assert released.release_id in Page(page).words
    assert "site/index.html" in released.files


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
    assert len(found) == 6, "two and one for each suite"
    return found


def test_there_is_a_page_for_every_suite_of_every_door_and_one_of_them_all(site: Path) -> None:
    assert {path.relative_to(site).as_posix() for path in below(site)} == {
        "index.html", "style.css", "quality/index.html", "quality/arrival/figures.html", "quality/release/housing.html",
        "quality/register/both.html", "quality/model/area.html",
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
            if place:
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
                if link[0] != "#"
            ]
    assert reached == {page.path for page in pages(site)}


def test_a_page_loads_nothing_but_the_stylesheet_beside_it_and_runs_nothing(site: Path) -> None:
    for page in pages(site):
        (policy,) = [
            str(given["content"]) for tag, given in page.tags if given.get("http-equiv") == "Content-Security-Policy"
        ]
        assert policy.startswith("default-src 'none'; ")
        assert "unsafe" not in policy
        assert "http" not in policy
        assert not {"script", "iframe", "img", "style", "object", "form"} & {tag for tag, _ in page.tags}
        assert not [name for _, given in page.tags for name in given if name.startswith("on") or name == "style"]
    assert not re.search(r"@import|url\(|https?:", (site / "style.css").read_text(encoding="utf-8"))


def test_a_page_is_in_dutch_and_says_what_on_it_is_english(site: Path) -> None:
    for page in pages(site):
        assert page.of("html", "lang") == ["nl"]
        assert page.of("span", "lang")
        assert {given["lang"] for tag, given in page.tags if "lang" in given and tag != "html"} == {"en"}
    reasons = Page(site / "quality/arrival/figures.html").of("p", "lang")
    assert reasons == ["en", "en"]


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
    write_site(house.settings, tmp_path, RELEASE | {"data_gaps": {}}, [result("named")])
    assert "Niets" in Page(tmp_path / "site" / "quality" / "index.html").words
    assert "geen none" in Page(tmp_path / "site" / "index.html").words


def test_the_first_page_says_which_release_this_is_and_what_is_in_it(site: Path) -> None:
    words = Page(site / "index.html").words
    for said in ("2026-02-05-eeeeeeee", "5 februari 2026, 03:10 UTC", "missing 12", "registered 15.082"):
        assert said in words


def test_made_up_data_are_said_to_be_so_on_every_page_and_in_its_title(
    house: House, tmp_path: Path, site: Path
) -> None:
    write_site(house.settings, tmp_path / "made-up", RELEASE | {"synthetic": True}, RESULTS)
    for page in pages(tmp_path / "made-up" / "site"):
        assert "SYNTHETISCH: hier staan verzonnen gegevens" in page.words
        assert re.search("<title>SYNTHETISCH: ", page.path.read_text(encoding="utf-8"))
    assert not [page.path for page in pages(site) if "SYNTHETISCH" in page.words]


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
        capture_output=True, text=True, timeout=120, check=True,
    )  # fmt: skip
    return done.stderr
