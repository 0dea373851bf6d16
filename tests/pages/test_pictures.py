"""The main pages look as they did when somebody last looked at them (``make screenshots`` takes the pictures again)."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from PIL import Image

from tests.pages.likeness import FONT, KEPT, PAGES, TOLERANCE, coarse, font, taken, unlikeness

if TYPE_CHECKING:
    from tests.pages.conftest import Visit
    from tests.pages.sites import Site

pytestmark = pytest.mark.skipif(font() != FONT, reason=f"the pictures were taken in {FONT}, which is not installed")


@pytest.mark.parametrize("name", PAGES)
def test_a_page_looks_as_it_did(name: str, sample_site: Site, visit: Visit) -> None:
    path, width, height = PAGES[name]
    now = coarse(taken(visit(sample_site.at(path), width=width, height=height)))
    before = Image.open(KEPT / f"{name}.png")
    assert unlikeness(now, before) <= TOLERANCE, "if it is meant to: make screenshots, and look at docs/images"


@pytest.mark.parametrize("gone", ["link[rel=stylesheet]", ".map svg", "main > *"])
def test_a_page_that_lost_something_looks_otherwise(gone: str, sample_site: Site, visit: Visit) -> None:
    path, width, height = PAGES["dashboard"]
    page = visit(sample_site.at(path), width=width, height=height)
    page.evaluate("gone => document.querySelectorAll(gone).forEach(one => one.remove())", gone)
    assert unlikeness(coarse(taken(page)), Image.open(KEPT / "dashboard.png")) > TOLERANCE
