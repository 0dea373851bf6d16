"""Pictures of pages, and how alike two of them are.

What is compared is coarse on purpose: the lightness of squares of 20 pixels. Letters that another version of a browser
draws a little differently leave it as it is; a map, a table or a style sheet that is gone does not.
"""

from __future__ import annotations

import shutil
import subprocess
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING

from PIL import Image, ImageChops, ImageFilter, ImageStat

if TYPE_CHECKING:
    from playwright.sync_api import Page

KEPT = Path(__file__).parent / "pictures"
SQUARE = 20
PAGES = {
    "dashboard": ("index.html", 1280, 1600),
    "dashboard-narrow": ("index.html", 390, 1600),
    "municipality": ("gemeente/0394.html", 1280, 1600),
    "municipality-narrow": ("gemeente/0394.html", 390, 1600),
    "council-report": ("raad/0394-*.html", 1280, 1600),
    "data-gaps": ("datahiaten.html", 1280, 1600),
    "checks": ("quality/index.html", 1280, 1600),
}
"""By the name of their picture: page, width and height of the window."""
TOLERANCE = 7
"""Of ``unlikeness``: another font or a line more stays within it, a page without style, map or table does not."""
FONT = "DejaVu Sans"
"""In which the kept pictures were taken; .ci/run installs it with the browser."""


def taken(page: Page) -> Image.Image:
    """What the window shows."""
    page.wait_for_timeout(300)
    return Image.open(BytesIO(page.screenshot(animations="disabled")))


def coarse(picture: Image.Image) -> Image.Image:
    """The lightness of its squares."""
    width, height = picture.size
    return picture.convert("L").resize((width // SQUARE, height // SQUARE), Image.Resampling.BOX)


def unlikeness(one: Image.Image, other: Image.Image) -> float:
    """How much two coarse pictures differ, from 0 (not at all) to 255; what merely moved by a square counts little."""
    if one.size != other.size:
        return 255.0
    soft = [picture.filter(ImageFilter.BoxBlur(1)) for picture in (one, other)]
    return float(ImageStat.Stat(ImageChops.difference(*soft)).rms[0])


def font() -> str:
    """What this machine draws text with where a page asks for the system's own font."""
    if not shutil.which("fc-match"):
        return "unknown"
    found = subprocess.run(["fc-match", "--format=%{family}", "system-ui"], capture_output=True, text=True, check=True)
    return found.stdout.split(",")[0]
