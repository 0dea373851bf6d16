"""Two sites, served by the command, and Debian's Chromium to look at them.

They are of the houses that the integration tests refresh: that of the sample, written again once for all workers with
pages for every municipality, and that of the published figures alone as it stands. Whatever a test does in the browser,
in the end no page may have logged an error or asked another host for anything.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol
from urllib.parse import urlsplit

import pytest

from pipelines.settings import PROJECT
from tests.integration.conftest import _manifest, once, real, sample  # noqa: F401 - fixtures
from tests.pages.sites import CHROMIUM, FLAGS, Site, served, written_again

if TYPE_CHECKING:
    from collections.abc import Iterator

    from playwright.sync_api import Browser, Page

    from tests.integration.conftest import Once, Refreshed


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Everything here needs a browser or what was made for one."""
    for item in items:
        if PROJECT / "tests" / "pages" in item.path.parents:
            item.add_marker("browser")
            item.add_marker("slow")


class Visit(Protocol):
    """Opens a page in a browser without a history."""

    def __call__(
        self, address: str, *, width: int = 1280, height: int = 900, scripts: bool = True, scale: float = 1
    ) -> Page: ...


@pytest.fixture(scope="package")
def sample_site(once: Once, sample: Refreshed) -> Iterator[Site]:  # noqa: F811 - fixtures
    """That of the sample: every municipality, most figures synthetic."""
    assert sample.ran.code == 0, sample.ran.out
    with served(once("sample site", lambda folder: written_again(sample.place.data, folder / "house"))) as site:
        yield site


@pytest.fixture(scope="package")
def real_site(real: Refreshed) -> Iterator[Site]:  # noqa: F811 - the fixture
    """That of the published figures alone as it was released: hardly any data, and nothing synthetic."""
    assert real.ran.code == 0, real.ran.out
    with served(real.place.data) as site:
        yield site


@pytest.fixture(scope="package")
def browser() -> Iterator[Browser]:
    """Chromium. Gone with the last test here: while Playwright runs, no other test of its process can use asyncio."""
    if not CHROMIUM:
        pytest.skip("not installed: chromium (apt-get install chromium)")
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        started = playwright.chromium.launch(executable_path=CHROMIUM, args=list(FLAGS))
        yield started
        started.close()


@pytest.fixture
def visit(browser: Browser) -> Iterator[Visit]:
    """Opens pages, and fails in the end if one of them logged an error or called a foreign host."""
    contexts, trouble = [], list[str]()

    def visited(address: str, *, width: int = 1280, height: int = 900, scripts: bool = True, scale: float = 1) -> Page:
        context = browser.new_context(
            viewport={"width": width, "height": height}, device_scale_factor=scale, java_script_enabled=scripts,
            locale="nl-NL", reduced_motion="reduce",
        )  # fmt: skip
        contexts.append(context)
        home = urlsplit(address)[:2]
        page = context.new_page()
        page.on("console", lambda said: trouble.append(said.text) if said.type in ("error", "warning") else None)
        page.on("pageerror", lambda error: trouble.append(str(error)))
        page.on("request", lambda asked: trouble.append(asked.url) if foreign(asked.url, home) else None)
        page.on("requestfailed", lambda asked: trouble.append(f"not answered: {asked.url}"))
        page.goto(address)
        return page

    yield visited
    for context in contexts:
        context.close()
    assert not trouble, "\n".join(trouble)


def foreign(url: str, home: tuple[str, str]) -> bool:
    """Whether an address is of another host than the page's own."""
    return urlsplit(url)[:2] != home and urlsplit(url).scheme not in ("data", "blob")
