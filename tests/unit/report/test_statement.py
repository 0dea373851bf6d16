"""The page on accessibility: what only the organisation that publishes can say is said to be open until it is."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from tests.conftest import House
from tests.unit.report.released import written

if TYPE_CHECKING:
    from pathlib import Path

OPEN = "Die organisatie heeft hier nog geen contact ingevuld."


def page(house: House, folder: Path) -> str:
    text = (written(house, folder) / "toegankelijkheid.html").read_text(encoding="utf-8")
    assert "Dit is nog geen toegankelijkheidsverklaring" in text
    assert "ZICHT_" not in text, "what an operator sets is no word for a citizen"
    return text


def test_without_a_contact_the_page_says_that_it_lacks_one(house: House, tmp_path: Path) -> None:
    assert OPEN in page(house, tmp_path)


def test_the_contact_of_the_house_is_named_in_both_languages(house: House, tmp_path: Path) -> None:
    known = House(replace(house.settings, contact="Gemeente Voorbeeld, <toegankelijk@voorbeeld.example>"))
    text = page(known, tmp_path)
    assert OPEN not in text
    assert text.count("Gemeente Voorbeeld, &lt;toegankelijk@voorbeeld.example&gt;") == 2
