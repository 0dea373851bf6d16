"""The chart of a trend, as the drawing itself tells: its points, lines, crosses and labels."""

from __future__ import annotations

import re
from typing import Any
from xml.etree import ElementTree

import pytest

from pipelines.report import charts

LINES = ("workers", "residents", "gap")


def point(year: str, line: str = "workers", value: float | None = 10, **changed: Any) -> dict[str, Any]:
    return {
        "year": year, "line": line, "value": value, "low": value, "high": value, "open": False, "stretch": line,
    } | changed  # fmt: skip


def drawn(years: list[str], points: list[dict[str, Any]], crosses: tuple[str, ...] = ()) -> str:
    return charts.draw("trend", {"years": years, "points": points, "crosses": list(crosses), "breaks": []})


def marks(svg: str, kind: str) -> list[str]:
    """What each mark of a kind was drawn as: the path of all of them, layer after layer."""
    groups = re.findall(rf'class="mark-{kind} role-mark[^"]*"[^>]*>(.*?)</g>', svg)
    return [path for group in groups for path in re.findall(r"<path ([^>]*)", group)]


def test_every_point_is_drawn_in_the_form_of_its_line_and_colour_alone_tells_nothing() -> None:
    svg = drawn(["2024"], [point("2024", line, 5) for line in LINES])
    points = [one for one in marks(svg, "symbol") if 'opacity="0"' not in one]
    shapes = {re.sub(r"[-\d.]+", "", re.search(r' d="([^"]*)"', f" {one}")[1]) for one in points}  # type: ignore[index]
    colours = {re.search(r'fill="([^"]*)"', one)[1] for one in points}  # type: ignore[index]
    assert len(points) == len(shapes) == len(colours) == 3


def test_a_provisional_figure_is_a_hollow_sign() -> None:
    final, provisional = drawn(["2024"], [point("2024")]), drawn(["2024"], [point("2024", open=True)])
    assert 'fill="white"' not in "".join(marks(final, "symbol"))
    assert 'fill="white"' in "".join(marks(provisional, "symbol"))


def test_a_line_joins_the_points_of_one_stretch_and_no_others() -> None:
    years = ["2022", "2023", "2024"]
    joined = drawn(years, [point(year) for year in years])
    broken = drawn(years, [point(year, stretch=stretch) for year, stretch in zip(years, "aab", strict=True)])
    assert [line.count("L") for line in marks(joined, "line")] == [2]
    assert sorted(line.count("L") for line in marks(broken, "line")) == [0, 1]


def test_bounds_are_drawn_where_both_are_known_and_nowhere_else() -> None:
    known = drawn(["2024"], [point("2024", value=None, low=0, high=9)])
    half = drawn(["2024"], [point("2024", value=None, low=0, high=None)])
    assert "mark-rule" in known
    assert "<line" in known.split("mark-rule role-mark")[1]
    assert "<line" not in half.split("role-mark", 1)[1]


def test_a_year_of_which_a_value_is_not_known_has_a_cross() -> None:
    with_cross, without = drawn(["2023", "2024"], [point("2024")], ("2023",)), drawn(["2023", "2024"], [point("2024")])
    assert len(marks(with_cross, "symbol")) == len(marks(without, "symbol")) + 1


def test_a_break_is_a_dashed_rule_of_its_own() -> None:
    content = {"years": ["2023", "2024"], "points": [point("2024")], "crosses": []}
    dashed = [
        charts.draw("trend", content | {"breaks": years}).count('stroke-dasharray="4,4"') for years in ([], ["2024"])
    ]
    assert dashed == [0, 1]


def test_the_chart_of_a_pdf_has_the_thousands_of_its_language() -> None:
    content = {"years": ["2023"], "points": [point("2023", value=17400)], "crosses": [], "breaks": []}
    assert "15.000" in charts.draw("trend", content, thousands=".")


def test_every_year_is_on_the_axis_in_its_order_and_thousands_are_apart_in_no_language() -> None:
    svg = drawn(["2021", "2022*", "2023"], [point("2023", value=17400)])
    labels = [text for text in re.findall(r"<text[^>]*>([^<]*)</text>", svg) if text]
    assert [one for one in labels if one.startswith("202")] == ["2021", "2022*", "2023"]
    assert "15\u2009000" in labels
    assert not [one for one in labels if re.search("[A-Za-z,.]", one)], "words would be in one language"


def test_a_chart_remembers_nothing_of_the_one_before() -> None:
    first = drawn(["2024"], [point("2024", value=5)])
    drawn(["2020", "2021"], [point("2020", value=90_000), point("2021", value=1)], ("2021",))
    charts._drawn.cache_clear()
    assert drawn(["2024"], [point("2024", value=5)]) == first


@pytest.mark.parametrize("line", LINES)
def test_the_sign_of_a_legend_has_the_colour_of_its_line(line: str) -> None:
    sign = charts.symbol(line)
    ElementTree.fromstring(sign)  # noqa: S314  # what the line above made
    colour = re.search(r'stroke="([^"]*)"', sign)
    assert colour
    assert colour[1] in drawn(["2024", "2025"], [point("2024", line), point("2025", line)])


def test_a_drawing_is_whole_and_asks_for_nothing_from_elsewhere() -> None:
    svg = drawn(["2024"], [point("2024")])
    root = ElementTree.fromstring(svg)  # noqa: S314  # what the line above made
    assert root.tag.endswith("svg")
    assert root.get("viewBox")
    assert not re.search(r'(href|src)="|url\((?!#)|style="|<script', svg)
