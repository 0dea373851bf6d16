"""Two forms compared: what is missing, retyped or added, and what that weighs. Real files are in ``sources``."""

from __future__ import annotations

from functools import reduce

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipelines.landing.drift import SELDOM, UNREAD, Change, compare, in_words, joined, kind_of, spread, unread
from pipelines.sources import FormPolicy

TOLD = ("number", "date", "truth", "text")
UNTOLD = ("empty", "mixed", UNREAD, SELDOM)
KINDS = st.sampled_from([*TOLD, *UNTOLD])
COLUMNS = st.dictionaries(st.sampled_from("abcdef"), KINDS)
FORMS = st.dictionaries(st.sampled_from(["lo_csv", "workbook"]), COLUMNS, max_size=2)
NUMBERS = st.one_of(st.integers(), st.floats(allow_nan=False, allow_infinity=False, width=32))


def found(before: dict[str, str], now: dict[str, str]) -> set[tuple[str, str]]:
    return {(change.way, change.column) for change in compare(before, now)}


# compared


@given(COLUMNS)
def test_what_did_not_change_is_no_change(columns: dict[str, str]) -> None:
    assert compare(columns, dict(reversed(columns.items()))) == []


@given(COLUMNS, COLUMNS)
def test_every_column_that_went_came_or_became_another_is_told_once_and_no_other(
    before: dict[str, str], now: dict[str, str]
) -> None:
    changes = compare(before, now)
    named = [change.column for change in changes]
    assert len(named) == len(set(named))
    for column in before.keys() | now.keys():
        was, is_now = before.get(column), now.get(column)
        if was is None or is_now is None:
            expected = SELDOM not in (was, is_now)
        else:
            expected = was != is_now and was in TOLD and is_now in TOLD
        assert (column in named) == expected, (column, was, is_now)


@given(COLUMNS, COLUMNS)
def test_the_way_back_misses_what_was_added_and_adds_what_was_missed(
    before: dict[str, str], now: dict[str, str]
) -> None:
    back = {"missing": "added", "added": "missing", "retyped": "retyped"}
    assert {(back[way], column) for way, column in found(before, now)} == found(now, before)


@given(COLUMNS, COLUMNS)
def test_the_words_name_every_change_and_are_empty_without_one(before: dict[str, str], now: dict[str, str]) -> None:
    changes = compare(before, now)
    words = in_words(changes)
    assert bool(words) == bool(changes)
    for part in filter(None, words.split("; ")):
        way, _, columns = part.partition(": ")
        told = [f"{column} was {before[column]}, is {now[column]}" if way == "retyped" else column
                for one, column in sorted(found(before, now)) if one == way]  # fmt: skip
        assert all(one in columns for one in told)
        assert told


# weighed


@pytest.mark.parametrize("way", ["added", "missing", "retyped"])
@pytest.mark.parametrize("weight", ["accept", "warn", "block"])
def test_a_change_weighs_what_the_policy_says_of_its_way(way: str, weight: str) -> None:
    others = dict.fromkeys(["added", "missing", "retyped"], "warn" if weight != "warn" else "block")
    policy = FormPolicy.model_validate(others | {way: weight})
    assert Change(way, "a", was="number", now="text").weight(policy) == weight  # type: ignore[arg-type]


def test_a_column_that_nobody_reads_is_missed_as_little_as_a_new_one() -> None:
    policy = FormPolicy(added="warn", missing="block", retyped="block")
    (gone,) = compare(unread(2), unread(1))
    assert (gone.way, gone.column, gone.weight(policy)) == ("missing", "unread column 2", "warn")


@pytest.mark.parametrize("wrong", [{"added": "shout"}, {"removed": "warn"}, {"missing": None}])
def test_a_policy_that_says_something_else_is_no_declaration(wrong: dict[str, str]) -> None:
    with pytest.raises(ValueError, match=next(iter(wrong))):
        FormPolicy.model_validate({"added": "warn", "missing": "block", "retyped": "block"} | wrong)


# parts of a delivery


@given(FORMS, FORMS, FORMS)
def test_parts_make_the_same_form_in_whatever_order(one: object, other: object, third: object) -> None:
    parts = [one, other, third]
    assert reduce(joined, parts) == reduce(joined, parts[::-1])  # type: ignore[arg-type]


@given(COLUMNS, COLUMNS)
def test_a_column_of_one_part_is_a_column_of_the_whole_and_two_kinds_are_none(
    one: dict[str, str], other: dict[str, str]
) -> None:
    whole = joined({"csv": one}, {"csv": other})["csv"]
    assert whole.keys() == one.keys() | other.keys()
    for column in one.keys() & other.keys():
        if one[column] in TOLD and other[column] in TOLD:
            assert whole[column] == (one[column] if one[column] == other[column] else "mixed")


# kinds


@given(st.lists(NUMBERS, min_size=1))
def test_numbers_are_numbers_by_their_type_or_their_looks(numbers: list[float]) -> None:
    assert kind_of(numbers, typed=True) == "number"
    assert kind_of(f"{number:.4f}" for number in numbers) == "number"
    assert kind_of((f"{number:.4f}" for number in numbers), typed=True) == "text", "the file says that they are texts"


@pytest.mark.parametrize(
    ("cells", "kind"),
    [
        ([None, "", ""], "empty"),
        (["20190131", "00000000"], "number"),
        (["1.234,5", "12"], "number"),
        (["2019-01-31", "1-2-2019", "2025-01-01 00:00:00", "2025-01-01T00:00:00Z"], "date"),
        ([True, False], "truth"),
        (["true", "Rotterdam"], "text"),
        (["x", *["1"] * 9], "number"),
        (["x", *["1"] * 8], "mixed"),
        (["1", *["x"] * 8, None], "mixed"),
    ],
)
def test_a_column_is_what_nine_in_ten_of_its_filled_cells_are(cells: list[object], kind: str) -> None:
    assert kind_of(cells) == kind


@given(st.integers(0, 400_000))
def test_few_rows_are_looked_at_from_the_first_to_near_the_last(length: int) -> None:
    places = spread(length)
    assert len(places) <= 2_000
    assert len(places) == length or len(places) >= 1_000
    if length:
        assert places[0] == 0
        assert length - places[-1] <= max(1, length // 1_000)
