"""The example in ``docs/own-data.md``: an edition of a new geometry, taken in by its profile alone."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest

from pipelines.settings import PROJECT
from pipelines.sources import Sum
from pipelines.sources.migrantenmonitor.profile import Absence, Column, Profile, Recognise, Replaces, Sheet
from tests.unit.sources.migrantenmonitor.books import Value, book, interval, take_in

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.conftest import House

PAGE = (PROJECT / "docs" / "own-data.md").read_text(encoding="utf-8")
SECTION = PAGE[PAGE.index("## CBS Migrantenmonitor") : PAGE.index("## Labour Inspectorate")]


def block(kind: str) -> str:
    (found,) = re.findall(rf"^```{kind}\n(.*?)^```", SECTION, re.MULTILINE | re.DOTALL)
    return str(found)


def drawn() -> list[list[Value]]:
    """The sheet as the page draws it, from row 1."""
    _, *lines = block("text").splitlines()
    rows = [[cell.strip() for cell in line.split("|")] for line in lines]
    assert [int(number) for number, *_ in rows] == list(range(1, len(rows) + 1))
    return [[_value(cell) for cell in cells] for _, *cells in rows]


def _value(cell: str) -> Value:
    return float(cell) if re.fullmatch(r"\d+(\.\d+)?", cell) else cell.strip('"')


@pytest.mark.parametrize("kind", ["xlsx", "xls"])
def test_the_workbook_of_the_page_is_read_by_the_profile_of_the_page_cell_by_cell(
    sample_house: House, use: Callable[..., None], kind: str
) -> None:
    use(block("yaml"))
    content = book({"Voorblad": [["Zomaar een blad"]], "Tabel 3": drawn()}, kind)
    outcome = take_in(sample_house, {f"synthetic.{kind}": content})
    assert (outcome.status, outcome.layout) == ("read", "verzonnen-2022-v1"), outcome.message
    rows = sample_house.accepted("migrantenmonitor")
    assert outcome.rows_read == outcome.rows_accepted == len(rows) == 4 * 5 + 1
    assert {one["locator_cell"]: interval(one) for one in rows} == {
        "B8": (12_250, 12_300, 12_350),
        "C8": (4450, 4500, 4550),
        "E8": ("missing", None, None),
        "G8": (12_950, 13_000, 13_050),
        "H8": (35.45, 35.5, 35.55),
        "B9": (150, 200, 250),
        "C9": (0, 0, 50),
        "E9": (0, 0, 0),
        "G9": ("suppressed", None, None),
        "H9": ("suppressed", None, None),
        "B10": ("missing", None, None),
        "C10": ("suppressed", None, None),
        "E10": (1_234_450, 1_234_500, 1_234_550),
        "G10": (28_850, 28_900, 28_950),
        "H10": (28.75, 28.8, 28.85),
        "B11": (528_850, 528_900, 528_950),
        "C11": (210_350, 210_400, 210_450),
        "E11": (1_299_950, 1_300_000, 1_300_050),
        "G11": (539_950, 540_000, 540_050),
        "H11": (39.95, 40, 40.05),
        "not in this edition": ("missing", None, None),
    }
    by_cell = {one["locator_cell"]: one for one in rows}
    assert {
        address[1:]: (by_cell[address]["area_code"], by_cell[address]["quote"])
        for address in ("B8", "B9", "B10", "B11")
    } == {
        "8": ("0394", None),
        "9": (None, "Bergen"),
        "10": ("0599", None),
        "11": ("NL", None),
    }
    assert {(one["period_end"].year, one["finality"]) for one in rows if one["locator_sheet"]} == {
        (2021, "final"),
        (2022, "provisional"),
    }
    share = by_cell["H8"]
    assert (share["measure"], share["unit"], share["home_area"]) == ("share_of_migrants", "percent", "resident")
    assert all(one["synthetic"] and one["edition"] == "verzonnen-2022" for one in rows)


@pytest.mark.parametrize("form", [Profile, Sheet, Column, Absence, Replaces, Recognise, Sum])
def test_the_page_explains_every_field_of_a_profile(form: type[Profile]) -> None:
    explained = {word for line in SECTION.splitlines() if line.startswith("|") for word in re.findall(r"`(\w+)`", line)}
    assert set(form.model_fields) <= explained
