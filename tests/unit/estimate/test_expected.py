"""Nowcasts as the release shows them: made-up countries, of which the last year is kept from the method."""

from __future__ import annotations

from functools import cache
from math import isfinite
from typing import Any

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipelines.estimate import expected
from pipelines.estimate.expected import METHODS, SCHEMA, nowcasts
from pipelines.estimate.expected_words import of_past
from pipelines.estimate.nowcast.disaggregate import denton

FIRST, YEARS, MUNICIPALITIES = 2010, 13, 60
ASKED = FIRST + YEARS - 1
CODES = [f"{number:04}" for number in range(MUNICIPALITIES)]

FIGURES = {
    "measure": pl.String, "universe": pl.String, "edition": pl.String, "version": pl.String, "synthetic": pl.Boolean,
    "delivery_id": pl.String, "reporting_year": pl.Int64, "area_type": pl.String, "area_code": pl.String,
    "persons": pl.Int64, "persons_low": pl.Int64, "persons_high": pl.Int64,
}  # fmt: skip
QUARTERLY = {
    "measure": pl.String, "synthetic": pl.Boolean, "delivery_id": pl.String, "title_nl": pl.String,
    "title_en": pl.String, "year": pl.Int64, "quarter": pl.Int64, "value": pl.Float64,
}  # fmt: skip


@cache
def persons(seed: int = 1, least: int = 60) -> np.ndarray[Any, Any]:
    """(years, municipalities) of a made-up country in which growth differs for good."""
    chance = np.random.default_rng(seed)
    start = np.exp(chance.normal(6, 1.2, MUNICIPALITIES)).clip(least, 20_000)
    growth = chance.normal(0, 0.05, MUNICIPALITIES) + 0.06 * chance.normal(1, 0.8, (YEARS, 1))
    return chance.poisson(start * np.exp(np.cumsum(growth, axis=0)))


def figure(year: int, code: str, value: int | None, low: int | None = None, high: int | None = None) -> dict[str, Any]:
    return {
        "measure": "workers", "universe": "u", "edition": str(year), "version": "1", "synthetic": False,
        "delivery_id": f"monitor-{year}", "reporting_year": year, "area_type": "NL" if code == "NL" else "GM",
        "area_code": code, "persons": value, "persons_low": value if low is None else low,
        "persons_high": value if high is None else high,
    }  # fmt: skip


def figures(table: np.ndarray[Any, Any]) -> list[dict[str, Any]]:
    """Every year but the last of the country."""
    return [
        row
        for index, of_year in enumerate(table[:-1])
        for row in [
            *(figure(FIRST + index, code, int(value)) for code, value in zip(CODES, of_year, strict=True)),
            figure(FIRST + index, "NL", int(of_year.sum())),
        ]
    ]


def series(table: np.ndarray[Any, Any], error: float = 0.005, until: int = YEARS) -> list[dict[str, Any]]:
    """Quarters that move with the nation, up to the last year."""
    chance = np.random.default_rng(7)
    ends = np.arange(YEARS) * 4 + 3
    values = np.interp(np.arange(4 * YEARS), ends, table.sum(axis=1)) * np.exp(chance.normal(0, error, 4 * YEARS))
    return [
        {
            "measure": "workers", "synthetic": False, "delivery_id": "series", "title_nl": "banen", "title_en": "jobs",
            "year": FIRST + index // 4, "quarter": index % 4 + 1, "value": float(value),
        }
        for index, value in enumerate(values[: 4 * until])
    ]  # fmt: skip


def made(
    rows: list[dict[str, Any]],
    quarters: list[dict[str, Any]],
    until: int = ASKED,
    *,
    synthetic: bool = False,
    methods: tuple[str, ...] = ("nowcast_denton",),
) -> pl.DataFrame:
    """The rows of these figures; by one method, unless told, as the other takes its time."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(expected, "METHODS", {name: METHODS[name] for name in methods})
        return nowcasts(
            pl.DataFrame(rows, schema=FIGURES).with_columns(synthetic=pl.lit(synthetic)),
            pl.DataFrame(quarters, schema=QUARTERLY).with_columns(synthetic=pl.lit(synthetic)),
            until,
            base=10,
        )


@pytest.fixture(scope="module")
def real() -> pl.DataFrame:
    """What is shown of a country with a series that is of use."""
    return made(figures(persons()), series(persons()), methods=tuple(METHODS))


def asked(rows: pl.DataFrame, method: str = "nowcast_denton") -> pl.DataFrame:
    return rows.filter(pl.col("realised_high").is_null(), pl.col("method") == method)


def refusals(rows: pl.DataFrame) -> list[tuple[str, str]]:
    """Reasons, with the English sentence."""
    return rows.filter(pl.col("area_type") == "NL").select("refused_because", "explanation_en").unique().rows()


def test_every_municipality_has_an_expected_number_of_the_year_that_is_not_there_yet(real: pl.DataFrame) -> None:
    rows = asked(real)
    assert rows["area_code"].to_list() == CODES
    assert set(rows["period_end"].dt.to_string("%Y-%m-%d")) == {f"{ASKED}-12-31"}
    assert rows.select("refused_because", "realised").null_count().row(0) == (len(CODES), len(CODES))
    said = rows.row(0, named=True)
    assert (said["finality"], said["bound_kind"], said["computed"]) == ("estimated", "model", True)
    assert (said["edition"], said["universe"]) == (str(ASKED - 1), "u")
    assert {"series", f"monitor-{FIRST}", f"monitor-{ASKED - 1}"} <= set(said["delivery_id"].split(" + "))
    assert "De grenzen omvatten de middelste 90%" in said["explanation_nl"]
    assert "changes as fast as the series jobs" in said["explanation_en"]


def test_municipalities_add_up_to_the_nation(real: pl.DataFrame) -> None:
    quarters = np.array([one["value"] for one in series(persons())])
    nation = denton(persons()[:-1].sum(axis=1).astype(float), quarters, "last")[-1]
    assert asked(real)["value"].sum() == pytest.approx(nation, abs=5 * MUNICIPALITIES)


def test_the_bounds_hold_most_of_what_came(real: pl.DataFrame) -> None:
    came = persons()[-1]
    for method in METHODS:
        low, high = (asked(real, method)[name].to_numpy() for name in ("value_low", "value_high"))
        assert 0.75 < ((low <= came) & (came <= high)).mean() < 1


def test_all_is_rounded_to_tens(real: pl.DataFrame) -> None:
    assert real.select((pl.col("value", "value_low", "value_high") % 10).sum()).row(0) == (0, 0, 0)


def test_of_the_last_three_years_the_nowcast_is_kept_beside_the_figure_that_came(real: pl.DataFrame) -> None:
    kept = real.filter(pl.col("realised").is_not_null(), pl.col("method") == "nowcast_denton")
    assert sorted(set(kept["period_end"].dt.year())) == [ASKED - 3, ASKED - 2, ASKED - 1]
    year = kept.filter(pl.col("period_end").dt.year() == ASKED - 1).sort("area_code")
    assert year["realised"].to_list() == [float(one) for one in persons()[-2]]
    row = year.row(0, named=True)
    assert row["edition"] == str(ASKED - 1)
    off = abs(row["value"] - row["realised"])
    assert f"{off:,.0f} persons" in row["explanation_en"]


def test_what_was_kept_knew_nothing_of_the_figure_that_came(real: pl.DataFrame) -> None:
    changed = persons().copy()
    changed[-2] = changed[-2] * 3
    other = made(figures(changed), series(persons()))
    kept, again = (
        rows.filter(pl.col("realised").is_not_null(), pl.col("period_end").dt.year() == ASKED - 1,
                    pl.col("method") == "nowcast_denton")["value"].to_list()
        for rows in (real, other)
    )  # fmt: skip
    assert kept == again


@pytest.mark.parametrize(
    ("off", "text"),
    [
        ((0, 0), "right"),
        ((20, 20), "too high by 20 persons"),
        ((-1300, -1200), "too low by 1,200 to 1,300 persons"),
        ((-3, 7), "off by at most 7 persons"),
    ],
)
def test_how_far_it_was_off_is_told_in_words(off: tuple[float, float], text: str) -> None:
    assert of_past(*off)[1].endswith(f": {text}")


def test_a_worthless_series_is_no_better_than_the_last_figure_and_shows_nothing() -> None:
    rows = made(figures(persons()), series(persons(), error=0.5)).filter(pl.col("method") == "nowcast_denton")
    ((reason, text),) = refusals(rows)
    assert reason == "no_better_than_carry_forward"
    assert "no better than the last known figure" in text
    assert rows["value"].null_count() == len(rows)


def test_made_up_figures_are_never_shown() -> None:
    rows = made(figures(persons()), series(persons()), synthetic=True)
    assert rows.select("area_type", "refused_because", "synthetic", "value").unique().rows() == [
        ("NL", "synthetic", True, None)
    ]


def test_real_figures_never_go_by_a_made_up_series() -> None:
    quarters = pl.DataFrame(series(persons()), schema=QUARTERLY).with_columns(synthetic=pl.lit(True))
    rows = nowcasts(pl.DataFrame(figures(persons()), schema=FIGURES), quarters, ASKED, base=10)
    assert {reason for reason, _ in refusals(rows)} == {"no_series"}


def test_two_known_years_are_too_few_and_it_says_how_many_are_needed() -> None:
    rows = made([row for row in figures(persons()) if row["reporting_year"] >= ASKED - 2], series(persons()))
    texts = dict(refusals(rows))
    assert list(texts) == ["too_few_origins"]
    assert "2 years in a row are known; at least 8 are needed" in texts["too_few_origins"]


def test_a_hole_in_the_years_ends_the_row() -> None:
    rows = made([row for row in figures(persons()) if row["reporting_year"] != ASKED - 4], series(persons()))
    assert "3 years in a row are known" in dict(refusals(rows))["too_few_origins"]


def test_without_a_series_nothing_is_expected_and_the_figures_delivery_is_named() -> None:
    rows = made(figures(persons()), [])
    assert [reason for reason, _ in refusals(rows)] == ["no_series"]
    assert rows["delivery_id"].unique().to_list() == [f"monitor-{ASKED - 1}"]
    assert rows.height == 1


def test_a_series_that_ends_before_the_year_is_too_short() -> None:
    rows = made(figures(persons()), series(persons(), until=YEARS - 1))
    asked_for = dict(refusals(rows))
    assert list(asked_for) == ["series_too_short"]
    assert f"not all quarters of {ASKED}" in asked_for["series_too_short"]
    assert rows.filter(pl.col("realised").is_not_null()).height > 0, "earlier years are told all the same"


def test_what_municipalities_count_together_is_no_national_figure() -> None:
    rows = made([row for row in figures(persons()) if row["area_type"] == "GM"], series(persons()))
    assert [reason for reason, _ in refusals(rows)] == ["no_national_figure"]


def test_municipalities_that_count_more_than_the_nation_contradict_it() -> None:
    rows = [
        row | {"persons_low": 5, "persons": 5, "persons_high": 9} if row["area_code"] == "NL" else row
        for row in figures(persons())
    ]
    assert [reason for reason, _ in refusals(made(rows, series(persons())))] == ["contradiction"]


def test_a_national_figure_that_was_rounded_below_its_municipalities_is_none_the_less_theirs() -> None:
    rows = figures(persons())
    rounded = [
        row | {"persons": row["persons"] - 3, "persons_low": row["persons"] - 5, "persons_high": row["persons"] + 5}
        if row["area_code"] == "NL" else row
        for row in rows
    ]  # fmt: skip
    assert (
        asked(made(rounded, series(persons())))["value"].to_list()
        == asked(made(rows, series(persons())))["value"].to_list()
    )


def test_who_is_in_no_municipality_is_in_the_nation_and_in_no_row(real: pl.DataFrame) -> None:
    rows = [
        row | dict.fromkeys(("persons", "persons_low", "persons_high"), row["persons"] + 1000)
        if row["area_code"] == "NL" else row
        for row in figures(persons())
    ]  # fmt: skip
    found = asked(made(rows, series(persons())))
    assert found["area_code"].to_list() == CODES
    assert found["value"].sum() == pytest.approx(asked(real)["value"].sum(), rel=0.03)


def test_municipalities_whose_last_figure_is_suppressed_are_not_shown_and_the_nation_tells_so() -> None:
    """Two of them: of a single one the nation would tell the figure."""
    rows = [
        row | {"persons": None, "persons_low": 0, "persons_high": 900_000}
        if row["area_code"] in ("0007", "0008") and row["reporting_year"] == ASKED - 1 else row
        for row in figures(persons())
    ]  # fmt: skip
    found = made(rows, series(persons()))
    shown = asked(found).filter(pl.col("area_type") == "GM")
    assert set(CODES) - set(shown["area_code"]) == {"0007", "0008"}
    (text,) = {text for reason, text in refusals(found) if reason == "last_figure_unknown"}
    assert text.startswith(
        f"No nowcast for 31 December {ASKED} of 2 of the 60 municipalities: the figure of {ASKED - 1}"
    )


def test_a_municipality_that_borders_made_is_shown_if_its_parts_were_whole_and_else_unknown(real: pl.DataFrame) -> None:
    """Restated: of the years before a division only bounds are known, up to the last one that is not."""
    divided = [
        row | {"persons_low": 0, "persons_high": 2 * row["persons"]}
        if row["area_code"] in ("0003", "0004") and row["reporting_year"] < ASKED - 3 else row
        for row in figures(persons())
    ]  # fmt: skip
    found = asked(made(divided, series(persons())))
    assert found["area_code"].to_list() == CODES
    others = [code not in ("0003", "0004") for code in CODES]
    assert found["value"].filter(others).to_numpy() == pytest.approx(
        asked(real)["value"].filter(others).to_numpy(), rel=0.05, abs=10
    )


def test_no_further_ahead_than_three_years_is_asked_and_each_further_one_knows_less() -> None:
    table = persons()
    early = [row for row in figures(table) if row["reporting_year"] <= ASKED - 4]
    rows = made(early, series(table))
    years = rows.filter(pl.col("realised_high").is_null())["period_end"].dt.year()
    assert sorted(set(years)) == [ASKED - 3, ASKED - 2, ASKED - 1]
    last = rows.filter(pl.col("period_end").dt.year() == ASKED - 1, pl.col("area_type") == "NL")
    assert "at least 10 are needed" in last["explanation_en"][0]


def test_when_the_figures_are_there_nothing_is_asked(real: pl.DataFrame) -> None:
    rows = made(figures(persons()), series(persons()), until=ASKED - 1)
    assert rows["realised"].null_count() == 0
    assert rows.height == real.filter(pl.col("method") == "nowcast_denton")["realised"].count()


def test_no_figures_no_rows_but_the_columns() -> None:
    rows = made([], series(persons()))
    assert (rows.height, rows.columns) == (0, list(SCHEMA))


def test_what_one_method_refuses_the_other_may_show() -> None:
    """A series that is the yearly figure itself leaves regression no error to learn from."""
    rows = made(figures(persons()), series(persons(), error=0.0), methods=tuple(METHODS))
    assert asked(rows)["value"].null_count() == 0
    refused = asked(rows, "nowcast_chow_lin")
    assert refused.select("area_code", "refused_because").rows() == [("NL", "not_identifiable")]


@settings(max_examples=15)
@given(
    seed=st.integers(0, 10_000),
    error=st.sampled_from([0.001, 0.02, 0.3]),
    rounding=st.sampled_from([0, 5]),
    hidden=st.integers(0, 30),
)
def test_whatever_the_country_a_row_is_a_figure_within_its_bounds_or_a_reason(
    seed: int, error: float, rounding: int, hidden: int
) -> None:
    table = persons(seed, least=1)
    rows = [
        row | ({"persons": None, "persons_low": 0, "persons_high": 9} if row["persons"] < hidden else
               {"persons_low": max(row["persons"] - rounding, 0), "persons_high": row["persons"] + rounding})
        if row["area_type"] == "GM" else row
        for row in figures(table)
    ]  # fmt: skip
    for row in made(rows, series(table, error)).iter_rows(named=True):
        assert (row["value"] is None) == (row["refused_because"] is not None) == (row["area_type"] == "NL")
        if row["value"] is not None:
            assert 0 <= row["value_low"] <= row["value"] <= row["value_high"]
            assert isfinite(row["value_high"])
        if row["realised"] is not None:
            assert row["realised_low"] <= row["realised"] <= row["realised_high"]
