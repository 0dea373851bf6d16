"""Charts as SVG, drawn by Vega through Altair: what a table beside them says too.

Belongs here: form and scales. Does not belong here: choosing figures (the module of the page), or words: a chart holds
numbers and years alone, so that both languages share it, and its legend stands beside it.
"""

from __future__ import annotations

import copy
import json
from functools import cache, lru_cache
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping

_INK = "#1b1f23"
_LINE = "#c4cad0"
_FORMS = {
    "workers": ("#0b3d91", "circle", []),
    "residents": ("#8a3b00", "square", [6, 3]),
    "gap": (_INK, "triangle-up", [2, 3]),
}
"""Of each line its colour, its point and its dashes: any two differ in all three."""
_HEIGHT = 220
_THIN = "\u2009"
_CROSS = "M-1,-1L1,1M-1,1L1,-1"
_SYMBOLS = {
    "circle": '<circle cx="20" cy="8" r="4.5" fill="{0}"/>',
    "square": '<rect x="16" y="4" width="8" height="8" fill="{0}"/>',
    "triangle-up": '<path d="M20 3 25 12 15 12Z" fill="{0}"/>',
}


def draw(chart: str, content: Mapping[str, Any], thousands: str = _THIN) -> str:
    """The SVG of a chart.

    Args:
        chart: its name.
        content: what it draws; see the function of that name.
        thousands: what stands between them: a thin space, which no language misreads, or that of the one language.
    """
    return _drawn(chart, json.dumps(content, sort_keys=True)).replace(_THIN, thousands)


def symbol(line: str) -> str:
    """The SVG that stands in a legend for a line of ``trend``."""
    colour, point, dash = _FORMS[line]
    dashes = f' stroke-dasharray="{" ".join(map(str, dash))}"' if dash else ""
    return (
        '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 40 16" width="40" height="16" aria-hidden="true">'
        f'<path d="M0 8H40" stroke="{colour}" stroke-width="2"{dashes}/>{_SYMBOLS[point].format(colour)}</svg>'
    )


@lru_cache(maxsize=4)
def _drawn(chart: str, content: str) -> str:
    """Page and PDF show the same chart one after the other."""
    return {"trend": trend}[chart](json.loads(content))


def trend(content: Mapping[str, Any]) -> str:
    """Workers, residents and the gap over the years, each with its bounds as a band.

    Args:
        content: ``years``, the labels on the axis in their order, and ``points``, each with ``year`` (its label),
            ``line`` (workers, residents or gap), ``value``, ``low`` and ``high`` (numbers or none), ``open`` (drawn
            hollow) and ``stretch``: a line joins the points of one stretch and no others. ``crosses`` are years of
            which a value is not known, told below the axis. Before each year of ``breaks`` stands a rule.
    """
    import vl_convert

    spec = copy.deepcopy(_trend_spec())
    told = {name: [{"year": year} for year in content[name]] for name in ("years", "crosses", "breaks")}
    told["points"] = content["points"]
    for data in spec["data"]:
        if data["name"] in told:
            data["values"] = told[data["name"]]
    made: str = vl_convert.vega_to_svg(spec, allowed_base_urls=[])
    return made


@cache
def _trend_spec() -> dict[str, Any]:
    """The chart as Vega without its data: to make it costs as much as to draw it."""
    import altair as alt
    import vl_convert

    def data(name: str) -> dict[str, Any]:
        return {"data": alt.NamedData(name=name)}

    def form(channel: Any, of: int) -> Any:
        scale = alt.Scale(domain=list(_FORMS), range=[one[of] for one in _FORMS.values()])
        return channel("line:N", legend=None, scale=scale)

    year = alt.X("year:O", sort=None, title=None, axis=alt.Axis(labelAngle=0, ticks=False, labelPadding=18))
    axis = alt.Axis(grid=True, tickCount=5, labelExpr="replace(format(datum.value, ',d'), /,/g, '" + _THIN + "')")
    value, stretch = alt.Y("value:Q", title=None, axis=axis), alt.Detail("stretch:N")
    colour, outline = form(alt.Color, 0), form(alt.Stroke, 0)
    shape, dash = form(alt.Shape, 1), form(alt.StrokeDash, 2)
    beside = alt.XOffset("line:N", sort=list(_FORMS), scale=alt.Scale(paddingOuter=1))
    points = alt.Chart(**data("points")).encode(year, beside)
    bounds = points.transform_filter("isValid(datum.low) && isValid(datum.high)").encode(colour, alt.Y("low:Q"))
    known = points.transform_filter("isValid(datum.value)").encode(value)
    bottom = {"y": alt.YDatum(0)}
    below = {"y": alt.value(_HEIGHT + 10)}  # on the axis it would be a nought
    layers = alt.layer(
        # The years come first: they set the order of the axis, and nothing keeps its zero in sight.
        alt.Chart(**data("years")).mark_point(opacity=0).encode(year, **bottom),
        bounds.mark_area(opacity=0.2).encode(stretch, y2="high:Q"),
        bounds.mark_rule(strokeWidth=6, opacity=0.4).encode(y2="high:Q"),
        alt.Chart(**data("breaks"))
        .mark_rule(stroke=_INK, strokeDash=[4, 4])
        .encode(alt.X("year:O", sort=None, bandPosition=0)),
        known.mark_line(strokeWidth=2).encode(outline, dash, stretch),
        known.transform_filter("!datum.open").mark_point(filled=True, size=70, opacity=1).encode(colour, shape),
        known.transform_filter("datum.open").mark_point(fill="white", size=60, opacity=1).encode(outline, shape),
        alt.Chart(**data("crosses")).mark_point(shape=_CROSS, size=90, stroke=_INK, opacity=1).encode(year, **below),
    ).properties(width=300, height=_HEIGHT)
    shown = layers.configure(font="sans-serif", aria=False, padding=4, background="white").configure_view(stroke=None)
    shown = shown.configure_axis(labelFontSize=13, labelColor=_INK, gridColor=_LINE, domainColor=_LINE)
    spec: dict[str, Any] = vl_convert.vegalite_to_vega(shown.to_dict(validate=False))
    return spec
