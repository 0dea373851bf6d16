"""Persons by lists as a municipality counted them: whole tables become observations, others are refused by row."""

from __future__ import annotations

import csv
import io
import tempfile
from itertools import combinations
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from pipelines.sources.lists.reader import COUNTS
from pipelines.sources.lists.vocabulary import LISTS
from tests.conftest import House, make_house
from tests.unit.sources.test_any_bytes import SIGNS, consistent, outcome_of, spoiled

if TYPE_CHECKING:
    from collections.abc import Mapping

USUAL = {"gemeente": "Haarlemmermeer", "jaar": "2025", "bron": "Team data"}
TWO = "inspecties + nachtopvang"
SHELTER, POINT = "nachtopvang", "informatiepunt"


def filled(*rows: Mapping[str, str]) -> str:
    stream = io.StringIO()
    writer = csv.DictWriter(stream, COUNTS.columns, restval="", delimiter=";", lineterminator="\n")
    writer.writeheader()
    writer.writerows(USUAL | row for row in rows)
    return stream.getvalue()


def row(lists: str, held: str, persons: object, **more: str) -> dict[str, str]:
    return {"lijsten": lists, "staat op": held, "personen": str(persons)} | {
        name.replace("_", " "): text for name, text in more.items()
    }


def two(*persons: int, **more: str) -> list[dict[str, str]]:
    parts = zip(("inspecties", SHELTER, TWO), persons, strict=True)
    return [row(TWO, held, count, **more) for held, count in parts]


def met(*persons: int, **more: str) -> list[dict[str, str]]:
    """How many persons were met once, twice and so on."""
    return [row("inspecties", "inspecties", count, keer_gezien=str(n), **more) for n, count in enumerate(persons, 1)]


def told(house: House, *rows: Mapping[str, str]) -> list[dict[str, Any]]:
    outcome = house.take_in("lists", {"l.csv": filled(*rows)})
    assert outcome.status == "read", outcome.message
    assert outcome.rows_read == outcome.rows_accepted == len(rows)
    return house.accepted("lists")


def refusal(house: House, *rows: Mapping[str, str]) -> str:
    outcome = house.take_in("lists", {"l.csv": filled(*rows)})
    assert (outcome.status, outcome.rows_accepted) == ("refused", 0)
    assert "l.csv row " in outcome.message
    return outcome.message


# what is read


def test_each_combination_of_lists_is_an_exact_count_of_whoever_was_ever_in_them(house: House) -> None:
    found = told(house, *two(412, 180, 58))
    assert [(one["held_by"], one["value"], one["low"], one["high"]) for one in found] == [
        ("inspections", 412, 412, 412), ("night_shelter", 180, 180, 180), ("inspections + night_shelter", 58, 58, 58),
    ]  # fmt: skip
    shared = {
        "measure": "overlap", "unit": "persons", "measured_as": "ever", "bound_kind": "exact", "stratum": "all",
        "lists": "inspections + night_shelter", "contacts": None, "universe": "municipal_lists", "area_code": "0394",
        "availability": "available", "computed": False, "edition": "2026-02-01", "version": "1", "table_id": None,
        "date_precision": "year", "citation": "Team data",
    }  # fmt: skip
    assert all(one.items() >= shared.items() for one in found)


def test_one_list_tells_how_often_persons_were_met(house: House) -> None:
    found = told(house, *met(130, 48, 0, 5))
    assert [(one["contacts"], one["value"]) for one in found] == [(1, 130), (2, 48), (3, 0), (4, 5)]
    assert {(one["lists"], one["held_by"]) for one in found} == {("inspections", "inspections")}


def test_nobody_in_both_lists_is_a_count_of_nought_and_not_a_row_that_lacks(house: House) -> None:
    assert [one["value"] for one in told(house, *two(30, 20, 0))] == [30, 20, 0]


def test_groups_divide_the_persons_of_a_table_and_each_has_all_its_rows(house: House) -> None:
    found = told(house, *two(10, 9, 8, groep="ingeschreven"), *two(7, 6, 5, groep="niet ingeschreven"))
    assert [(one["stratum"], one["value"]) for one in found[::3]] == [("ingeschreven", 10), ("niet ingeschreven", 7)]


def test_the_order_and_the_case_of_lists_do_not_matter_in_a_cell(house: House) -> None:
    rows = [row("Nachtopvang+INSPECTIES", "inspecties", 3), *two(3, 2, 1)[1:]]
    assert {one["lists"] for one in told(house, *rows)} == {"inspections + night_shelter"}


def test_tables_of_other_years_or_other_lists_stand_by_themselves(house: House) -> None:
    rows = [*two(3, 2, 1), *two(6, 5, 4, jaar="2024"), *met(9), *met(8, jaar="", van="2024-01-01", tot="2024-06-30")]
    assert len({(one["period_start"], one["period_end"], one["lists"]) for one in told(house, *rows)}) == 4


def test_a_list_that_needs_a_bsn_is_taken_in_for_the_estimate_says_why_it_is_none(house: House) -> None:
    rows = [row("brp + inspecties", held, 9) for held in ("brp", "inspecties", "inspecties + brp")]
    assert {one["lists"] for one in told(house, *rows)} == {"brp + inspections"}
    assert {one.name for one in LISTS.values() if one.needs_bsn} == {"brp", "rni", "payroll", "care"}


def test_a_made_up_table_says_so_or_is_refused(house: House) -> None:
    outcome = house.take_in("lists", {"l.csv": filled(*two(3, 2, 1, bron="SYNTHETISCH"))})
    assert (outcome.status, "synthetic" in outcome.message) == ("refused", True)


@st.composite
def tables(draw: st.DrawFn) -> dict[str, int]:
    """A whole table of two to five lists: persons by the lists that hold them."""
    lists = draw(st.lists(st.sampled_from(sorted(LISTS)), min_size=2, max_size=5, unique=True))
    held = [" + ".join(some) for size in range(1, len(lists) + 1) for some in combinations(lists, size)]
    return {one: draw(st.integers(0, 10**6)) for one in draw(st.permutations(held))}


@settings(max_examples=10)
@given(table=tables())
def test_any_whole_table_reads_back_the_same_counts(table: dict[str, int]) -> None:
    lists = max(table, key=len)
    with tempfile.TemporaryDirectory() as folder:
        found = told(make_house(Path(folder)), *(row(lists, held, persons) for held, persons in table.items()))
    english = {" + ".join(sorted(LISTS[word].name for word in held.split(" + "))): n for held, n in table.items()}
    assert {one["held_by"]: one["value"] for one in found} == english


@settings(max_examples=10)
@given(table=tables(), data=st.data())
def test_any_table_that_lacks_a_row_or_has_one_twice_is_refused(table: dict[str, int], data: st.DataObject) -> None:
    lists = max(table, key=len)
    rows = [row(lists, held, persons) for held, persons in table.items()]
    one = data.draw(st.sampled_from(rows))
    spoilt, rule = data.draw(st.sampled_from([([r for r in rows if r is not one], "missing"), ([*rows, one], "twice")]))
    with tempfile.TemporaryDirectory() as folder:
        assert rule in refusal(make_house(Path(folder)), *spoilt)


# what is refused


@pytest.mark.parametrize(
    ("rows", "row_number", "rule"),
    [
        (two(3, 2, 1)[:2], 2, "rows are missing for everybody: inspecties + nachtopvang (nobody is written as 0)"),
        (two(3, 2, 1)[2:], 2, "missing for everybody: inspecties; nachtopvang"),
        ([*two(3, 2, 1), *two(3, 2, 1)[1:2]], 5, "nachtopvang stands there twice"),
        (met(3, 2, 1)[1:], 2, "inspecties, keer gezien 1"),
        (met(3, 2, 1)[::2], 2, "inspecties, keer gezien 2"),
        ([*met(3), *met(3)], 3, "inspecties, keer gezien 1 stands there twice"),
        ([row("inspecties", "inspecties", 3, keer_gezien="999.999.999.999")], 2, "keer gezien 5 and perhaps more"),
        ([row("inspecties", "inspecties", 3, keer_gezien="0")], 2, "keer gezien should be 1 or more"),
        ([row("inspecties", "inspecties", 3)], 2, "keer gezien should be 1 or more"),
        ([row("inspecties", "inspecties", 3, keer_gezien="1,5")], 2, "keer gezien is no whole number"),
        (two(3, 2, 1, keer_gezien="1"), 2, "keer gezien is of one list alone"),
        ([row(TWO, POINT, 3)], 2, "staat op names a list that is not among lijsten"),
        ([row("inspecties + moskee", "inspecties", 3)], 2, "lijsten should name lists out of inspecties,"),
        ([row(TWO, "inspecties, nachtopvang", 3)], 2, "staat op should name lists"),
        ([row("inspecties +", "inspecties", 3)], 2, "lijsten should name lists"),
        ([row("zorg + zorg", "zorg", 3)], 2, "lijsten names a list twice"),
        ([row(" + ".join(sorted(LISTS)[:6]), "brp", 3)], 2, "6 lists stand side by side, and at most 5 can"),
        ([*two(3, 2, 1), *two(3, 2, 1, groep="bouw")], 2, "groep is empty, where other rows"),
        ([one for n in range(9) for one in two(3, 2, 1, groep=f"g{n}")], 28, "9 groups in one table, and at most 8"),
        (two(3, 2, 1, groep="All"), 2, "groep all is no part of the persons"),
        (two(3, 2, 1, groep="123456782"), 2, "groep may be a number"),
        (two(3, 2, 1, groep="geboren 1-2-1990"), 2, "a day of birth"),
        ([*two(3, 2, 1, groep="bouw"), *two(3, 2, 1, groep="kas")[:2]], 5, "missing for a group"),
        (
            two(3, 2, 1, gemeente="Rotterdam"),
            2,
            "gemeente is 0599, and the delivery stands in the inbox as one of 0394",
        ),
        (two(3, 2, 1, gemeente="Nederland"), 2, "lists are of a municipality"),
        (two(3, 2, 1, jaar=""), 2, "no period or two"),
        (two(3, 2, 1, jaar="2027"), 2, "begins after"),
        ([row(TWO, TWO, "")], 2, "personen should be filled in"),
        ([row(TWO, TWO, "3,5")], 2, "personen is no whole number"),
        ([row(TWO, TWO, "-3")], 2, "personen is no number"),
    ],
)
def test_a_table_that_breaks_a_rule_is_refused_with_its_row(
    house: House, rows: list[dict[str, str]], row_number: int, rule: str
) -> None:
    message = refusal(house, *rows)
    assert f"l.csv row {row_number}:" in message
    assert rule in message


def test_what_may_be_a_person_is_not_repeated(house: House) -> None:
    assert "123456782" not in refusal(house, *two(3, 2, 1, groep="123456782"))


@pytest.mark.parametrize("column", ["naam", "bsn", "adres"])
def test_a_file_with_a_column_of_persons_is_refused_whole(house: House, column: str) -> None:
    header, *lines = filled(*two(3, 2, 1)).splitlines()
    content = "\n".join([f"{header};{column}", *(f"{line};Geheim" for line in lines)])
    outcome = house.take_in("lists", {"l.csv": content})
    assert (outcome.status, f"are not taken in: {column}" in outcome.message) == ("refused", True)
    assert "Geheim" not in outcome.message


@settings(max_examples=10)
@given(data=st.data())
def test_a_sound_table_with_a_few_bytes_changed_is_read_or_refused(data: st.DataObject) -> None:
    changes = st.lists(st.tuples(st.integers(0, 20_000), st.integers(0, 3), SIGNS), min_size=1, max_size=4)
    content = data.draw(changes.map(spoiled(filled(*two(3, 2, 1), *met(5, 4)).encode())))
    assume(content)
    consistent(outcome_of("lists", content))
