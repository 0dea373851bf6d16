"""The figures of a reporting year: which row stands for a municipality, its rank, its class, and the files of them.

Belongs here: what the page of a year and the files beside it share. Does not belong here: words (``dashboard``), or
figures of a municipality through the years (``municipality``).
"""

from __future__ import annotations

import csv
import io
from bisect import bisect_left, bisect_right
from collections import defaultdict
from dataclasses import dataclass
from statistics import quantiles
from typing import TYPE_CHECKING, Any

from pipelines.report import maps

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from pipelines.report.facts import Facts, Row

Bounds = tuple[float | None, float | None]


@dataclass(frozen=True)
class Measure:
    """A figure that the map can show.

    Attributes:
        name: of its column.
        key: in an address.
        nl, en: title.
        digits: behind the comma.
        unit: put behind it.
        per: it is set against inhabitants; only the preferred comparison of all groups has it.
    """

    name: str
    key: str
    nl: str
    en: str
    digits: int = 0
    unit: str = ""
    per: bool = False


MEASURES = (
    Measure("workers", "werkenden", "Werkzame personen", "Workers"),
    Measure("residents", "ingezetenen", "Ingezetenen", "Residents"),
    Measure("gap", "verschil", "Verschil werken–ingeschreven", "Gap between working and registered"),
    Measure("registered_share", "aandeel", "Aandeel ingeschreven", "Registered share", 1, "%"),
    Measure("workers_per_1000", "werkenden-per-1000", "Werkzame personen per 1.000 inwoners",
            "Workers per 1,000 inhabitants", 1, per=True),
    Measure("residents_per_1000", "ingezetenen-per-1000", "Ingezetenen per 1.000 inwoners",
            "Residents per 1,000 inhabitants", 1, per=True),
    Measure("gap_per_1000", "verschil-per-1000", "Verschil per 1.000 inwoners", "Gap per 1,000 inhabitants", 1,
            per=True),
)  # fmt: skip
GAP = MEASURES[2]
STATUSES = ("available", "suppressed", "missing", "not_applicable", "not_computed", "bounds")
"""Of a figure in a row; ``bounds``: no value was given, and its bounds are known. Data say it by place in this list."""
REGIONS = ("PV", "CR", "AM")
"""Types of area in which municipalities are sought: provinces, COROP areas, labour market regions."""
FINALITIES = ("final", "provisional", "estimated")
_CLASSES = 5


class Year:
    """The figures of a reporting year: of each municipality, group and comparison the one row that stands for it.

    Attributes:
        number: the year.
        areas: municipalities of 31 December by name: ``code``, ``name``, ``regions`` (codes), ``own_page``.
        rows: see ``_rows``, and by measure ``status`` (of ``STATUSES``) and ``rank`` (or none).
        outlines: the map.
    """

    def __init__(self, facts: Facts, year: int) -> None:
        self.number = year
        self.rows = _rows(facts, year)
        self.areas = _areas(facts, year)
        self.outlines = maps.outlines(facts, year)
        self.csv_name = f"{'synthetic_' * facts.release['synthetic']}gemeenten-{year}.csv"
        ranked: dict[tuple[Any, ...], list[Row]] = defaultdict(list)
        for row in self.rows:
            row["status"] = {measure.name: status(row, measure) for measure in MEASURES}
            row["rank"] = {}
            ranked[(row["origin_group"], *basis(row))].append(row)
        for alike in ranked.values():
            for measure in MEASURES:
                found = ranks([(row[f"{measure.name}_low"], row[f"{measure.name}_high"]) for row in alike])
                of = sum(rank is not None for rank in found)
                for row, rank in zip(alike, found, strict=True):
                    row["rank"][measure.name] = None if rank is None else (*rank, of)

    def of(self, group: str, comparison: str = "") -> list[Row]:
        """The row of each municipality for a group and a comparison; without one for its preferred comparison."""
        return [
            row
            for row in self.rows
            if row["origin_group"] == group and (row["comparison"] == comparison if comparison else row["preferred"])
        ]

    @property
    def groups(self) -> list[str]:
        """Groups of origin that have a figure."""
        return sorted({row["origin_group"] for row in self.rows})

    def places(self, *, outlined: bool) -> dict[str, Any]:
        """What the script reads of a year once.

        Args:
            outlined: with the map; the page itself has the one of the newest year.
        """
        told: dict[str, Any] = {
            "areas": [[area["code"], area["name"], area["regions"], int(area["own_page"])] for area in self.areas],
            "groups": self.groups,
        }
        if outlined:
            told["map"] = {
                "kind": self.outlines.kind, "box": self.outlines.view_box, "shapes": dict(self.outlines.shapes),
                "labels": dict(self.outlines.labels),
            }  # fmt: skip
        return told

    def data(self, group: str) -> dict[str, Any]:
        """What the script reads of a group; figures have at most three digits behind the comma."""
        rows = [row for row in self.rows if row["origin_group"] == group]
        bases = sorted({basis(row) for row in rows})
        places = {area["code"]: place for place, area in enumerate(self.areas)}
        return {
            "bases": [[*one[0].split("."), *one[1:]] for one in bases],
            "breaks": {
                comparison: [breaks(self.of(group, comparison), measure) for measure in MEASURES]
                for comparison in ("", *sorted({row["comparison"] for row in rows}))
            },
            "rows": [
                [
                    places[row["municipality_code"]], bases.index(basis(row)), int(row["preferred"]),
                    FINALITIES.index(row["finality"]), *(_cell(row, measure) for measure in MEASURES),
                ]
                for row in rows
            ],
        }  # fmt: skip

    def csv(self) -> str:
        """Every row of the year, in the columns in which the page gives its table; ranks are those of the gap.

        It begins with a byte order mark, without which Excel misreads accents.
        """
        written = io.StringIO()
        written.write("\ufeff")
        writer = csv.writer(written, lineterminator="\n")
        writer.writerow(CSV_COLUMNS)
        for row in self.rows:
            figures = [told for measure in MEASURES for told in (*three(row, measure), row["status"][measure.name])]
            writer.writerow(
                _inert(cell)
                for cell in (
                    row["municipality_code"], row["municipality_name"], self.number, row["origin_group"],
                    str(row["preferred"]).lower(), *figures, GAP.name, *(row["rank"][GAP.name] or (None,) * 3),
                    row["finality"], str(row["synthetic"]).lower(), row["universe"], row["edition"], row["version"],
                )
            )  # fmt: skip
        return written.getvalue()


CSV_COLUMNS = (
    "municipality_code", "municipality_name", "reporting_year", "origin_group", "preferred",
    *(f"{measure.name}{part}" for measure in MEASURES for part in ("", "_low", "_high", "_status")),
    "ranked_by", "rank_low", "rank_high", "ranked", "finality", "synthetic", "universe", "edition", "version",
)  # fmt: skip


def ranks(bounds: Sequence[Bounds]) -> list[tuple[int, int] | None]:
    """The lowest and the highest rank that the bounds of each allow among all; 1 is the highest figure.

    One more than are surely above, and one more than are not surely below. A bound that is not known excludes nothing;
    without any there is no rank.

    >>> ranks([(10, 20), (18, 30), (40, None), (None, None)])
    [(2, 3), (2, 3), (1, 1), None]
    """
    known = [one for one in bounds if one != (None, None)]
    lows = sorted(low for low, _ in known if low is not None)
    highs = sorted(high for _, high in known if high is not None)

    def rank(low: float | None, high: float | None) -> tuple[int, int]:
        above = 0 if high is None else len(lows) - bisect_right(lows, high)
        below = 0 if low is None else bisect_left(highs, low)
        return 1 + above, len(known) - below

    return [None if one == (None, None) else rank(*one) for one in bounds]


def breaks(rows: Iterable[Row], measure: Measure) -> list[float]:
    """Where the classes of the map begin, after the first: about as many municipalities in each, in round numbers.

    Of a gap those are divided that are surely above nought; the others are two classes of their own (``sign``).
    """
    gap = measure.name.startswith("gap")
    values = sorted(
        row[measure.name] for row in rows if row[measure.name] is not None and (not gap or _sign(row, measure) == "1")
    )
    if len(values) < _CLASSES:
        return []
    found = quantiles(values, n=_CLASSES, method="inclusive")
    edges = {_short(round(float(f"{value:.2g}"), measure.digits)) for value in found}
    return sorted(edge for edge in edges if values[0] < edge <= values[-1])


def sign(row: Row, measure: Measure, edges: Sequence[float]) -> str:
    """The class of a figure as its place on the map bears it.

    ``1`` and up by its value; of a gap ``−`` where it is surely below nought and ``≈`` where it may be nought; and
    without a value what it is instead (``LACKING``).
    """
    if row[measure.name] is None:
        return LACKING[row["status"][measure.name]]
    first = _sign(row, measure)
    return str(1 + bisect_right(edges, row[measure.name])) if first == "1" else first


LACKING = {"suppressed": "×", "missing": "?", "not_applicable": "/", "not_computed": "…", "bounds": "↔"}


def status(row: Row, measure: Measure) -> str:
    """Whether a figure is there, and what it is instead: one of ``STATUSES``."""
    value, low, high = (row[f"{measure.name}{part}"] for part in ("", "_low", "_high"))
    if value is not None:
        return "available"
    bounded = low is not None or high is not None
    if measure.per and not bounded:
        return "not_computed"
    if measure.name == "registered_share" and not bounded and (row["availability"] == "available" or not row["nested"]):
        return "not_applicable"
    if row["availability"] == "missing" and measure.name in ("workers", "residents") and bounded:
        return "bounds"  # a row has the worse of the two, and it may be the other that is missing
    if row["availability"] != "available":
        return str(row["availability"])
    return "bounds" if bounded else "missing"


def _rows(facts: Facts, year: int) -> list[Row]:
    """The rows of ``registration_gap`` for a year, one for each municipality, group and comparison, by name.

    Of one comparison in several deliveries that one which stands in ``gap_headline``, or else would by its rule. With
    ``comparison``, ``preferred``, ``nested`` and the figures per 1,000 inhabitants of ``peer_comparison``.
    """
    counts = ("workers", "residents", "gap")
    parts = [(measure, part) for measure in counts for part in ("", "_low", "_high")]
    per = ", ".join(
        f"max(value{part}) filter (measure = '{measure}') as {measure}_per_1000{part}" for measure, part in parts
    )
    return facts.rows(
        f"""
        with per_1000 as (
            select area_code as municipality_code, 'all' as origin_group, universe, edition, version, synthetic, {per}
            from peer_comparison
            where per = '1,000 residents' and year(period_start) = $1
            group by all
        )
        select
            gap.* exclude (explanation_nl, explanation_en, relation_reason_nl, relation_reason_en),
            gap.workers_universe || '.' || gap.residents_universe as comparison,
            headline.municipality_code is not null as preferred,
            'nested' in (gap.relation, gap.relation_claimed) as nested,
            {", ".join(f"{measure}_per_1000{part}" for measure, part in parts)}
        from registration_gap as gap
        left join gap_headline as headline
            using (municipality_code, reporting_year, workers_universe, residents_universe)
        left join per_1000
            on gap.municipality_code = per_1000.municipality_code and gap.origin_group = per_1000.origin_group
            and gap.universe = per_1000.universe and gap.edition = per_1000.edition
            and gap.version = per_1000.version and gap.synthetic = per_1000.synthetic
        where gap.reporting_year = $1
        qualify row_number() over (
            partition by gap.municipality_code, gap.origin_group, comparison
            order by
                coalesce(
                    headline.edition = gap.edition and headline.version = gap.version
                    and headline.synthetic = gap.synthetic and headline.delivery_id = gap.delivery_id, false
                ) desc,
                gap.synthetic, gap.superseded, gap.gap is null, gap.finality <> 'final', gap.reference_date desc,
                gap.edition desc, length(gap.version) desc, gap.version desc, gap.delivery_id
        ) = 1
        order by gap.municipality_name, gap.municipality_code, gap.origin_group, gap.preference, comparison
        """,
        year,
    )


def _areas(facts: Facts, year: int) -> list[dict[str, Any]]:
    regions = {row["area_code"] for row in facts.rows(f"select area_code from area where area_type in {REGIONS}")}
    found = facts.rows(
        """
        with counted as (
            select distinct municipality_code as area_code, municipality_name from registration_gap
            where reporting_year = $1
        ),

        there as (
            select area_code, area_name, parents from area
            where
                area_type = 'GM' and coalesce(valid_from <= make_date($1, 12, 31), true)
                and coalesce(valid_to > make_date($1, 12, 31), true)
        )

        select area_code, coalesce(area_name, municipality_name) as area_name, coalesce(parents, '') as parents
        from there
        full outer join counted using (area_code)
        order by 2, 1
        """,
        year,
    )
    return [
        {
            "code": row["area_code"],
            "name": row["area_name"],
            "regions": [code for code in row["parents"].split(", ") if code in regions],
            "own_page": row["area_code"] in facts.own_pages,
        }
        for row in found
    ]


def basis(row: Row) -> tuple[str, str, str, bool]:
    """What figures must share to be ranked among each other."""
    return row["comparison"], row["edition"], row["version"], row["synthetic"]


def _sign(row: Row, measure: Measure) -> str:
    low, high = row[f"{measure.name}_low"], row[f"{measure.name}_high"]
    if not measure.name.startswith("gap") or (low is not None and low > 0):
        return "1"
    return "−" if high is not None and high < 0 else "≈"


def _inert(cell: object) -> object:
    """A cell of a CSV: text that a spreadsheet would take for a formula has a mark before it."""
    return f"'{cell}" if isinstance(cell, str) and cell.startswith(("=", "+", "-", "@")) else cell


def _short(number: float) -> float:
    """A number as data hold it: three digits behind the comma, and none where it is whole."""
    rounded = round(number, 3)
    return int(rounded) if rounded == int(rounded) else rounded


def three(row: Row, measure: Measure) -> list[float | None]:
    """Value and bounds as data hold them."""
    told = (row[f"{measure.name}{part}"] for part in ("", "_low", "_high"))
    return [None if number is None else _short(number) for number in told]


def _cell(row: Row, measure: Measure) -> Any:
    """Value, bounds, rank (low, high, of how many) and status; that alone where there is nothing else."""
    place = STATUSES.index(row["status"][measure.name])
    figures = three(row, measure)
    if figures == [None] * 3:
        return place
    return [*figures, *(row["rank"][measure.name] or (None,) * 3), *([place] if place else [])]
