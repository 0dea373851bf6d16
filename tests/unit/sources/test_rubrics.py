"""What rubrics mean: numbers that prove themselves and dates that may be incomplete."""

from __future__ import annotations

import calendar
import random
from datetime import date
from typing import TYPE_CHECKING, Any

import duckdb
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipelines.sources.rubrics import define_rubrics, first_broken
from tests.conftest import a_numbers, bsns, is_a_number, is_bsn

if TYPE_CHECKING:
    from collections.abc import Iterator

DIGITS = st.text("0123456789", max_size=11)


@pytest.fixture(scope="module")
def connection() -> Iterator[duckdb.DuckDBPyConnection]:
    with duckdb.connect() as opened:
        define_rubrics(opened)
        yield opened


def judged(connection: duckdb.DuckDBPyConnection, macro: str, contents: list[str]) -> list[Any]:
    found = connection.execute(f"select {macro}(one) from (select unnest(?::varchar[]) as one)", [contents])
    return [row[0] for row in found.fetchall()]


def is_date(digits: str) -> bool:
    if len(digits) != 8 or not all(one in "0123456789" for one in digits):
        return False
    year, month, day = int(digits[:4]), int(digits[4:6]), int(digits[6:])
    if year == 0:
        return month == day == 0
    if day == 0:
        return month <= 12
    return 1 <= month <= 12 and day <= calendar.monthrange(year, month)[1]


@given(st.lists(st.one_of(DIGITS, st.text(max_size=12)), min_size=1, max_size=40))
def test_a_number_of_a_person_is_judged_as_the_logisch_ontwerp_does(
    connection: duckdb.DuckDBPyConnection, contents: list[str]
) -> None:
    assert judged(connection, "is_bsn", contents) == [is_bsn(one) for one in contents]
    assert judged(connection, "is_a_number", contents) == [is_a_number(one) for one in contents]


def test_a_hundred_thousand_numbers_are_judged_as_the_logisch_ontwerp_does(
    connection: duckdb.DuckDBPyConnection,
) -> None:
    rng = random.Random(5)  # noqa: S311
    nine = [f"{rng.randrange(10**9):09}" for _ in range(50_000)]
    ten = [f"{rng.randrange(10**10):010}" for _ in range(50_000)]
    for macro, rule, contents in (("is_bsn", is_bsn, nine), ("is_a_number", is_a_number, ten)):
        expected = [rule(one) for one in contents]
        assert sum(expected) > 100, "enough of them are right to be a test"
        assert judged(connection, macro, contents) == expected


def test_nine_noughts_pass_the_sum_and_are_no_bsn(connection: duckdb.DuckDBPyConnection) -> None:
    assert judged(connection, "is_bsn", ["000000000"]) == [False]


@pytest.mark.parametrize(("macro", "right"), [("is_bsn", bsns()[:40]), ("is_a_number", a_numbers()[:40])])
def test_one_wrong_digit_is_always_seen(
    connection: duckdb.DuckDBPyConnection, macro: str, right: tuple[str, ...]
) -> None:
    wrong = [
        number[:place] + digit + number[place + 1 :]
        for number in right
        for place in range(len(number))
        for digit in "0123456789"
        if digit != number[place]
    ]
    assert all(judged(connection, macro, list(right)))
    assert not any(judged(connection, macro, wrong))


@given(st.lists(st.dates(), min_size=1, max_size=40))
def test_a_full_date_is_itself(connection: duckdb.DuckDBPyConnection, dates: list[date]) -> None:
    digits = [f"{one.year:04}{one.month:02}{one.day:02}" for one in dates]
    assert judged(connection, "is_date", digits) == [True] * len(dates)
    assert judged(connection, "date_low", digits) == dates
    assert judged(connection, "date_high", digits) == dates


@given(st.lists(st.dates(), min_size=1, max_size=40))
def test_an_incomplete_date_spans_all_the_days_it_may_be(
    connection: duckdb.DuckDBPyConnection, dates: list[date]
) -> None:
    months = [f"{one.year:04}{one.month:02}00" for one in dates]
    years = [f"{one.year:04}0000" for one in dates]
    assert all(judged(connection, "is_date", months + years))
    assert judged(connection, "date_low", months) == [one.replace(day=1) for one in dates]
    assert judged(connection, "date_low", years) == [date(one.year, 1, 1) for one in dates]
    assert judged(connection, "date_high", years) == [date(one.year, 12, 31) for one in dates]
    ends = [one.replace(day=calendar.monthrange(one.year, one.month)[1]) for one in dates]
    assert judged(connection, "date_high", months) == ends


def test_an_unknown_date_may_be_any_and_an_absent_one_is_none(connection: duckdb.DuckDBPyConnection) -> None:
    assert judged(connection, "is_date", ["00000000"]) == [True]
    assert judged(connection, "date_low", ["00000000", ""]) == [date.min, None]
    assert judged(connection, "date_high", ["00000000", ""]) == [date.max, None]


@given(st.lists(st.text("0123456789", min_size=7, max_size=9), min_size=1, max_size=60))
def test_digits_are_a_date_as_the_calendar_says_and_the_earliest_is_never_after_the_latest(
    connection: duckdb.DuckDBPyConnection, contents: list[str]
) -> None:
    assert judged(connection, "is_date", contents) == [is_date(one) for one in contents]
    right = [one for one in contents if is_date(one)]
    bounds = zip(judged(connection, "date_low", right), judged(connection, "date_high", right), strict=True)
    assert all(low <= high for low, high in bounds)


@pytest.mark.parametrize(
    "digits",
    [
        "20230229",
        "20241301",
        "20240001",
        "00000101",
        "00001200",
        "20241300",
        "2024010",
        "202401011",
        "2024-1-1",
        " 2024010",
    ],
)
def test_what_is_no_date_is_seen(connection: duckdb.DuckDBPyConnection, digits: str) -> None:
    assert judged(connection, "is_date", [digits]) == [False]


@pytest.mark.parametrize("digits", ["", "onbekend", "2024ab00", "abcdef00", "٢٠٢٤٠١٠١"])
def test_letters_are_no_date(connection: duckdb.DuckDBPyConnection, digits: str) -> None:
    assert judged(connection, "is_date", [digits]) == [False]


def test_the_code_tables_hold_the_codes_of_today_and_of_before(connection: duckdb.DuckDBPyConnection) -> None:
    nationalities, municipalities = ("0001", "0072", "0065", "0499", "0000", "9998"), ("0394", "0393", "9999")
    found = connection.execute(
        f"select [is_nationality(code) for code in {list(nationalities)}],"
        f" [is_municipality(code) for code in {list(municipalities)}]"
    ).fetchone()
    assert found == ([True, True, True, True, True, False], [True, True, False])


def test_of_several_broken_rules_the_first_is_told_and_a_sound_row_has_none() -> None:
    sql = first_broken([("a", "is negative", "x < 0"), ("b", "is odd", "x % 2 <> 0")])
    with duckdb.connect() as connection:
        found = connection.execute(f"select {sql} from (select unnest([-1, 1, 2]) as x)").fetchall()
    assert [row[0] for row in found] == [
        {"field": "a", "rule": "is negative"},
        {"field": "b", "rule": "is odd"},
        None,
    ]
