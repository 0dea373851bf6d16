"""Data gaps found in the figures: what should have come, what is apart, what cannot be; and when there is none."""

from __future__ import annotations

import csv
from datetime import date
from typing import TYPE_CHECKING, Any

import polars as pl
import pytest

from pipelines.landing.catalogue import DELIVERY
from tests.contract.project import SEEDS
from tests.unit.areas import models
from tests.unit.areas.models import Modelled, Row, figure, modelled

if TYPE_CHECKING:
    from pathlib import Path

INHABITANTS: dict[str, Any] = {
    "source": "statline", "measure": "inhabitants", "universe": "statline_inhabitants",
    "measured_as": "average", "date_precision": "year",
}  # fmt: skip
MONITOR: dict[str, Any] = {"source": "migrantenmonitor", "universe": "monitor_workers_work_area", "table_id": "1"}
OTHERS = ("0014", "0034", "0037", "0047", "0059", "0060", "0072", "0074", "0080", "0085", "0086", "0090")
THEMES = "changes", "coverage", "timing", "withheld"


def municipalities(year: int) -> list[str]:
    """Those of the last day of a year."""
    with (SEEDS / "municipality.csv").open(encoding="utf-8", newline="") as stream:
        rows = list(csv.DictReader(stream))
    day = f"{year}-12-31"
    return [
        row["municipality_code"] for row in rows if (row["valid_from"] or "0000") <= day < (row["valid_to"] or "9999")
    ]


def country(year: int, *without: str, **told: Any) -> list[Row]:
    """A figure of every municipality in a year."""
    said = {"period_start": date(year, 1, 1), "reference_date": date(year, 12, 31)} if "date_precision" in told else {}
    said |= {"reference_date": date(year, 12, 31)}
    return [figure(code, f"{year}-12-31", 500, **(told | said)) for code in municipalities(year) if code not in without]


def change(code: str, universe: str, earlier: int, later: int, **told: Any) -> list[Row]:
    """A figure on the last day of 2017 and of 2019; the later one as told."""
    before = figure(code, "2017-12-31", earlier, universe=universe)
    return [before, figure(code, "2019-12-31", later, universe=universe, **told)]


def delivery(source: str, scope: str, day: str, *, synthetic: bool = False) -> Row:
    """A delivery of persons, none of them in the figures."""
    known = {"delivery_id": f"{source}-{scope}-{day}-{synthetic}", "source": source, "scope": scope}
    known |= {"reference_date": date.fromisoformat(day), "standing": "current", "person_level": True}
    return dict.fromkeys(DELIVERY) | known | {"synthetic": synthetic}


WITHHELD: dict[str, Any] = {"low": 0, "high": 9, "availability": "suppressed", "bound_kind": "suppressed"}
OBSERVATIONS = [
    # 2021 never came, 2022 without Haarlemmermeer, then nothing; Weesp (0457) ended in 2022. Made-up rows fill no hole.
    *country(2020, **INHABITANTS), *country(2022, "0394", **INHABITANTS),
    *(row for row in country(2021, **INHABITANTS, synthetic=True) if row["area_code"] == "0394"),
    # The edition of 2022 never came, that of 2024 is not due.
    *country(2021, **MONITOR), *country(2023, **MONITOR),
    # Among others that grow by a tenth.
    *(row for code in OTHERS for row in change(code, "usual", 1000, 1100)),
    *change("0599", "usual", 1000, 3000),
    *change("0518", "usual", 1000, 3000, low=1500, high=4500),
    *change("0344", "usual", 5, 60),
    *change("0093", "usual", 80, 11),
    *change("0394", "usual", 1000, 4000),
    *change("0772", "usual", 13, 13_000),
    *(row | {"origin_group": "moe"} for row in change("0599", "usual", 500, 1400)),
    # Nobody to compare with.
    *change("1640", "alone", 2_000, 10_000),
    *change("0748", "alone", 2_000, 6_000),
    # A day of which two editions tell.
    *(figure("0855", "2021-12-31", value, universe="editions", edition=edition)
      for edition, value in (("2021", 3_000), ("2022", 300))),
    # Amsterdam took in Weesp in between: a nought too many, and what may be.
    *(figure("0363", f"{year}-12-31", value, universe=universe)
      for universe, values in (("nought", (30_000, 300_000)), ("joined", (30_000, 90_000)))
      for year, value in zip((2021, 2022), values, strict=True)),
    # A whole table in another unit.
    *(row for code in municipalities(2017)[100:140] if code not in ("0393", "0394")
      for row in change(code, "whole", 200, 200_000, source="inspectorate")),
    # Withheld: a total, and parts of totals.
    figure("0599", "2015-12-31", None, measure="residents", **WITHHELD),
    *(figure(code, "2015-12-31", None, measure="residents", origin_group="moe", **WITHHELD) for code in OTHERS),
]  # fmt: skip
DELIVERIES = [
    delivery("rni", "NL", "2026-02-01"),
    # Haarlemmermeer in September alone, Rotterdam with a hole, Haarlem on every New Year's Day.
    delivery("brp", "0394", "2025-09-01"),
    delivery("rni", "NL", "2025-09-01", synthetic=True),
    delivery("brp", "0599", "2024-01-01"), delivery("brp", "0599", "2026-02-01"),
    *(delivery("brp", "0392", f"{year}-01-01") for year in (2024, 2025, 2026)),
]  # fmt: skip


def found(folder: Path, observations: list[Row], deliveries: list[Row]) -> Modelled:
    """The gaps of every theme; the figures' own delivery stands beside those of persons."""
    own = models._deliveries(observations, {})
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(models, "_deliveries", lambda *_: pl.concat([own, pl.DataFrame(deliveries, schema=DELIVERY)]))
        return modelled(folder, observations, *(f"int_gaps__{theme}" for theme in THEMES))


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Modelled:
    return found(tmp_path_factory.mktemp("gaps"), OBSERVATIONS, DELIVERIES)


# coverage


def coverage(house: Modelled, source: str) -> list[tuple[Any, ...]]:
    return house.rows(
        "select kind, area_code, year(period_start), year(period_end), cast(opened as varchar) from int_gaps__coverage"
        f" where source = '{source}' and not synthetic order by all"
    )


def test_a_year_within_a_series_and_a_municipality_of_a_year_are_missing_and_the_next_year_is_late(
    house: Modelled,
) -> None:
    assert coverage(house, "statline: statline_inhabitants") == [
        ("late", "NL", 2023, 2023, "2024-12-31"),
        ("missing", "0394", 2022, 2022, "2024-01-01"),
        ("missing", "NL", 2021, 2021, "2023-01-01"),
    ]


def test_of_a_source_with_a_cadence_only_what_its_deliveries_passed_over_is_missing(house: Modelled) -> None:
    assert coverage(house, "migrantenmonitor: monitor_workers_work_area") == [
        ("missing", "NL", 2022, 2022, "2024-12-01")
    ]


def test_a_measure_that_never_came_is_missing_once(house: Modelled) -> None:
    assert coverage(house, "migrantenmonitor") == [("missing", "NL", None, None, "2021-12-31")]


def test_who_delivered_its_register_is_asked_for_every_turn_of_the_year_since(house: Modelled) -> None:
    rows = coverage(house, "brp: brp_residents_foreign_nationality")
    assert [row[:4] for row in rows] == [("missing", "0394", 2025, 2025)], "Rotterdam's lower bounds are another gap"
    (text,) = house.rows("select explanation_nl from int_gaps__coverage where source like 'brp%'")
    assert "31 december of 1 januari" in text[0]


# timing


def test_registers_that_are_apart_and_a_register_apart_from_cbs_are_out_of_sync(house: Modelled) -> None:
    rows = house.rows(
        "select area_code, source, cast(period_start as varchar), cast(opened as varchar) from int_gaps__timing"
        " where kind = 'out_of_sync' order by all"
    )
    assert rows == [
        ("0394", "brp: migrantenmonitor", "2023-12-31", "2025-09-01"),
        ("0394", "rni: brp", "2025-09-01", "2026-02-01"),
    ], "Rotterdam and Haarlem have an extract beside both"


# changes


def changes(house: Modelled, where: str) -> list[tuple[Any, ...]]:
    return house.rows(f"select area_code, severity, explanation_nl from int_gaps__changes where {where} order by all")


def test_what_others_do_not_share_is_implausible_once_for_all_groups_of_origin(house: Modelled) -> None:
    ((_, severity, text),) = changes(house, "area_code = '0599'")
    assert severity == "medium"
    assert "1.000 op 2017-12-31 en 3.000 op 2019-12-31" in text
    assert "1.1 maal" in text


@pytest.mark.parametrize(
    ("code", "why"),
    [
        ("0014", "as the others"),
        ("0518", "its bounds allow a plausible change"),
        ("0344", "small numbers grow by any factor"),
        ("0093", "small numbers shrink by any factor"),
        ("0394", "it took in a neighbour in between"),
        ("0748", "with nobody to compare with three times is not enough"),
    ],
)
def test_what_can_be_explained_is_not_implausible(house: Modelled, code: str, why: str) -> None:
    assert changes(house, f"area_code = '{code}'") == [], why


def test_a_factor_of_a_thousand_is_a_unit(house: Modelled) -> None:
    ((_, severity, text),) = changes(house, "area_code = '0772'")
    assert severity == "high"
    assert "factor" in text


def test_a_lone_figure_that_grew_fivefold_is_implausible(house: Modelled) -> None:
    ((_, severity, text),) = changes(house, "area_code = '1640'")
    assert severity == "medium"
    assert "andere gemeenten laten niet zien" in text


def test_a_nought_too_many_in_the_year_that_borders_changed_is_implausible_and_a_threefold_growth_is_not(
    house: Modelled,
) -> None:
    ((_, severity, text),) = changes(house, "area_code = '0363'")
    assert severity == "high"
    assert "30.000 op 2021-12-31 en 300.000 op 2022-12-31; de grenzen veranderden daartussen" in text
    assert "een factor 10:" in text


def test_an_edition_that_differs_tenfold_from_the_one_before_is_implausible(house: Modelled) -> None:
    ((_, severity, text),) = changes(house, "area_code = '0855'")
    assert severity == "high"
    assert "(editie 2021)" in text
    assert "(editie 2022)" in text
    assert "een factor 10:" in text


def test_a_whole_table_in_another_unit_is_one_gap_of_the_country(house: Modelled) -> None:
    ((code, severity, text),) = changes(house, "source = 'inspectorate'")
    assert (code, severity) == ("NL", "high")
    assert "een factor 1000:" in text


# withheld


def test_a_withheld_total_is_named_and_withheld_parts_are_counted(house: Modelled) -> None:
    rows = house.rows(
        "select area_code, severity, explanation_nl from int_gaps__withheld where kind = 'suppressed' order by all"
    )
    assert [row[:2] for row in rows] == [("0599", "medium"), ("NL", "low")]
    assert rows[0][2] == "De bron publiceert een totaal van dit gebied niet: 1 cijfer"
    parts = f"{len(OTHERS)} cijfers in {len(OTHERS)} gebieden"
    assert rows[1][2] == f"De bron publiceert onderdelen van totalen niet: {parts}"


# all


def test_every_gap_has_its_words_and_its_date(house: Modelled) -> None:
    for theme in THEMES:
        rows = house.rows(
            f"select explanation_nl, explanation_en, remedy_nl, remedy_en, opened, severity from int_gaps__{theme}"
        )
        assert rows
        assert all(all(row) for row in rows), theme


def test_the_order_in_which_figures_came_changes_no_gap(house: Modelled, tmp_path: Path) -> None:
    other = found(tmp_path, OBSERVATIONS[::-1], DELIVERIES[::-1])
    for theme in THEMES:
        query = f"from int_gaps__{theme} order by all"
        assert other.rows(query) == house.rows(query), theme
