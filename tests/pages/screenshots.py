"""Pictures of the running product: those of README and docs, and the coarse ones that tests compare with.

    python -m tests.pages.screenshots

They are taken of the demo (``make demo``), which is served by the command.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from playwright.sync_api import sync_playwright

from pipelines.settings import PROJECT, Settings
from tests.pages.likeness import KEPT, PAGES, coarse, taken
from tests.pages.sites import CHROMIUM, FLAGS, served

if TYPE_CHECKING:
    from PIL import Image
    from playwright.sync_api import Browser

IMAGES = PROJECT / "docs" / "images"
SHOWN = {
    "dashboard": ("index.html", 1280, 1180),
    "municipality": ("gemeente/0394.html", 1280, 1180),
    "council-report": ("raad/0394-*.html", 1280, 1000),
    "data-gaps": ("datahiaten.html", 1280, 900),
}
"""By the name of their file: page, width and height of the window."""
COLOURS = 48  # keeps a picture below 150 kB


def main() -> None:
    """Take them all."""
    with served(Settings.from_environment(sample=True).data) as site, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=list(FLAGS))
        for folder, pages in ((IMAGES, SHOWN), (KEPT, PAGES)):
            folder.mkdir(parents=True, exist_ok=True)
            for name, (path, width, height) in pages.items():
                picture = _picture(browser, site.at(path), width, height)
                made = coarse(picture) if folder == KEPT else picture.convert("RGB").quantize(COLOURS)
                made.save(folder / f"{name}.png", optimize=True)
                print(f"wrote {folder.relative_to(PROJECT) / name}.png")
        browser.close()


def _picture(browser: Browser, address: str, width: int, height: int) -> Image.Image:
    page = browser.new_page(viewport={"width": width, "height": height}, locale="nl-NL", reduced_motion="reduce")
    page.goto(address)
    picture = taken(page)
    page.close()
    return picture


if __name__ == "__main__":
    main()
