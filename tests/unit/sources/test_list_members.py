"""Lists of persons: counted by name and day of birth, and gone when they are counted."""

from __future__ import annotations

import csv
import io
import json
import logging
import tempfile
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
import xlsxwriter
from hypothesis import given, settings
from hypothesis import strategies as st

from pipelines.landing.catalogue import arrivals
from pipelines.sources.list_members.reader import MEMBERS, letters
from tests.conftest import House, below, make_house

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from pipelines.landing.deliveries import Outcome

NAME, BORN = "Grzegżółkiewicz, Bożena", "1987-03-09"
USUAL = {"naam": NAME, "geboortedatum": BORN, "jaar": "2025"}
COLUMNS = ("lijst", "naam", "geboortedatum", "jaar")

Row = dict[str, str]


def members(*rows: Mapping[str, str], columns: Iterable[str] = COLUMNS) -> str:
    stream = io.StringIO()
    writer = csv.DictWriter(
        stream, list(columns), restval="", extrasaction="ignore", delimiter=";", lineterminator="\n"
    )
    writer.writeheader()
    writer.writerows(USUAL | row for row in rows)
    return stream.getvalue()


def person(lists: str, number: int = 0, **changed: str) -> list[Row]:
    """Somebody in each of the lists, by letter: i(nspecties), n(achtopvang), p(olitie)."""
    names = {"i": "inspecties", "n": "nachtopvang", "p": "politie"}
    who = {"naam": f"Verzonnen {'abcdefghij'[number % 10]}{'klmnopqrst'[number // 10]}", "geboortedatum": BORN}
    return [{"lijst": names[one]} | who | changed for one in lists]


def told(outcome: Outcome, house: House) -> dict[str | int, float]:
    assert outcome.status == "read", outcome.message
    assert outcome.rows_read == outcome.rows_accepted + outcome.rows_rejected
    return {row["contacts"] or row["held_by"]: row["value"] for row in house.accepted("list_members")}


def counts(house: House, *rows: Row, columns: Iterable[str] = COLUMNS) -> dict[str | int, float]:
    return told(house.take_in("list_members", {"m.csv": members(*rows, columns=columns)}), house)


def refusal(house: House, *files: str, scope: str = "0394") -> str:
    parts = {f"{number}.csv": content for number, content in enumerate(files)}
    outcome = house.take_in("list_members", parts, scope=scope)
    assert (outcome.status, outcome.rows_accepted) == ("refused", 0)
    assert house.accepted("list_members") == []
    return outcome.message


# who is the same person


def test_persons_are_counted_by_the_lists_that_hold_them(house: House) -> None:
    rows = [*person("i", 0), *person("i", 1), *person("in", 2), *person("n", 3), *person("inp", 4)]
    assert counts(house, *rows) == {
        "inspections": 2, "night_shelter": 1, "police": 0, "inspections + night_shelter": 1, "inspections + police": 0,
        "night_shelter + police": 0, "inspections + night_shelter + police": 1,
    }  # fmt: skip


def test_the_counts_have_the_form_of_those_that_a_municipality_makes_itself(house: House) -> None:
    counts(house, *person("in"))
    row = house.accepted("list_members")[0]
    assert row.items() >= {
        "measure": "overlap", "lists": "inspections + night_shelter", "held_by": "inspections", "stratum": "all",
        "measured_as": "ever", "unit": "persons", "value": 0, "low": 0, "high": 0, "bound_kind": "exact",
        "area_type": "GM", "area_code": "0394", "computed": True, "universe": "municipal_list_members",
        "date_precision": "year", "citation": None, "quote": None, "locator_file": "delivery",
    }.items()  # fmt: skip


@pytest.mark.parametrize(
    "other",
    ["GRZEGZOLKIEWICZ BOZENA", "grzegżółkiewicz bożena", "Grzegz\u0307o\u0301łkiewicz - Boz\u0307ena.",
     " Grzegżół kiewicz,  Bożena"],
)  # fmt: skip
def test_a_name_is_the_same_without_its_case_its_marks_and_its_blanks(house: House, other: str) -> None:
    found = counts(house, {"lijst": "inspecties"}, {"lijst": "nachtopvang", "naam": other})
    assert found["inspections + night_shelter"] == 1


@pytest.mark.parametrize(
    "other",
    [{"geboortedatum": "1987-03-10"}, {"geboortedatum": "9-3-1988"}, {"naam": "Grzegżółkiewicz, Bożen"}],
)
def test_who_was_born_on_another_day_or_is_called_otherwise_is_somebody_else(house: House, other: Row) -> None:
    assert counts(house, {"lijst": "inspecties"}, {"lijst": "nachtopvang"} | other)["inspections + night_shelter"] == 0


def test_neither_the_order_of_columns_nor_the_file_nor_the_form_of_a_day_tells_persons_apart(house: House) -> None:
    one = members({"lijst": "Inspecties"})
    other = members({"lijst": "nachtopvang", "geboortedatum": "9-3-1987"}, columns=COLUMNS[::-1])
    outcome = house.take_in("list_members", {"a.csv": one, "b.csv": other})
    assert told(outcome, house)["inspections + night_shelter"] == 1


def test_a_workbook_says_the_same_as_a_csv(house: House) -> None:
    stream = io.BytesIO()
    with xlsxwriter.Workbook(stream) as book:
        sheet = book.add_worksheet()
        for number, row in enumerate([COLUMNS, ("inspecties", NAME, BORN, 2025), ("politie", NAME, "9-3-1987", 2025)]):
            sheet.write_row(number, 0, row)
    assert told(house.take_in("list_members", {"m.xlsx": stream.getvalue()}), house)["inspections + police"] == 1


@given(name=st.text(max_size=30))
def test_the_letters_of_a_name_are_letters_and_stay_what_they_are(name: str) -> None:
    assert all(sign.isalpha() for sign in letters(name))
    assert letters(letters(name)) == letters(f" {name}-") == letters(name)


@settings(max_examples=10)
@given(whose=st.lists(st.sampled_from(["i", "n", "p", "in", "ip", "np", "inp", "iin"]), min_size=1, max_size=100))
def test_everybody_is_counted_once_in_the_combination_of_their_lists(whose: list[str]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        found = counts(make_house(Path(folder)), *(row for n, lists in enumerate(whose) for row in person(lists, n)))
    words = {"i": "inspections", "n": "night_shelter", "p": "police"}
    if len(set("".join(whose))) == 1:
        assert sum(found.values()) == len(whose)
    else:
        wanted = Counter(" + ".join(words[one] for one in sorted(set(lists))) for lists in whose)
        assert {held: persons for held, persons in found.items() if persons} == wanted


def test_in_one_list_a_row_is_a_contact(house: House) -> None:
    assert counts(house, *person("i", 0), *person("iiii", 1), *person("ii", 2)) == {1: 1, 2: 1, 3: 0, 4: 1}


def test_each_period_has_its_own_counts(house: House) -> None:
    assert counts(house, *person("i"), *person("i", jaar="2024")) == {1: 1}
    assert {str(row["period_end"]) for row in house.accepted("list_members")} == {"2024-12-31", "2025-12-31"}


def test_groups_divide_the_persons_and_each_has_its_nought(house: House) -> None:
    rows = [row for n in range(20) for row in person("i" if n < 19 else "n", n, groep="bouw" if n < 10 else "kas")]
    counts(house, *rows, columns=(*COLUMNS, "groep"))
    found = {(row["stratum"], row["held_by"]): row["value"] for row in house.accepted("list_members")}
    assert found == {
        ("bouw", "inspections"): 10, ("bouw", "night_shelter"): 0, ("bouw", "inspections + night_shelter"): 0,
        ("kas", "inspections"): 9, ("kas", "night_shelter"): 1, ("kas", "inspections + night_shelter"): 0,
    }  # fmt: skip


# who cannot be counted

CROWD = [row for n in range(60) for row in person("in", n, groep="bouw")]


@pytest.mark.parametrize(
    ("changed", "field", "rule"),
    [
        ({"naam": ""}, "naam", "has no letters"),
        ({"naam": "? 12"}, "naam", "has no letters"),
        ({"geboortedatum": ""}, "geboortedatum", "is no whole day"),
        ({"geboortedatum": "1987"}, "geboortedatum", "is no whole day"),
        ({"geboortedatum": "00-00-1987"}, "geboortedatum", "is no whole day"),
        ({"geboortedatum": "2026-01-01"}, "geboortedatum", "is no whole day before the end of the period"),
        ({"lijst": "moskee"}, "lijst", "is none of inspecties, nachtopvang"),
        ({"lijst": ""}, "lijst", "is none of inspecties, nachtopvang"),
        ({"groep": ""}, "groep", "is empty, where other rows of the period have one"),
    ],
)
def test_a_row_that_names_nobody_is_rejected_with_field_and_rule_alone(
    house: House, changed: Row, field: str, rule: str
) -> None:
    rows = [*CROWD, {"lijst": "inspecties", "groep": "bouw"} | changed]
    assert counts(house, *rows, columns=(*COLUMNS, "groep"))["inspections + night_shelter"] == 60
    (rejected,) = house.rejected("list_members")
    assert (rejected["locator_file"], rejected["locator_row"], rejected["field"]) == ("m.csv", 122, field)
    assert rejected["rule"].startswith(rule)


def test_who_stands_in_two_groups_is_in_none(house: House) -> None:
    kas = [row for n in range(60, 70) for row in person("n", n, groep="kas")]
    rows = [*CROWD, *kas, *person("i", 60, groep="bouw")]
    counts(house, *rows, *person("in", 70, groep="kas"), columns=(*COLUMNS, "groep"))
    assert [(row["locator_row"], row["field"]) for row in house.rejected("list_members")] == [
        (122, "groep"), (132, "groep"),
    ]  # fmt: skip
    assert sum(row["value"] for row in house.accepted("list_members")) == 70


def test_lists_in_which_too_many_rows_name_nobody_are_refused(house: House) -> None:
    message = refusal(house, members(*CROWD[:30], {"lijst": "politie", "naam": ""}, {"lijst": "x"}))
    assert "0.csv row 32: naam: has no letters; more than 5.0% of the rows are rejected" in message


def test_what_is_published_of_a_refusal_names_no_file_and_tells_no_row(house: House) -> None:
    rows = members(*CROWD[:30], {"lijst": "politie", "naam": ""}, {"lijst": "x"})
    house.take_in("list_members", {f"{NAME}.csv": rows})
    (arrival,) = arrivals(house.settings)
    assert arrival.message == (
        f"list_members/0394/{arrival.reference_date}: naam: has no letters; more than 5.0% of the rows are rejected."
        " Mend the file and deliver it again"
    )


def test_a_sheet_that_is_named_after_a_person_is_told_by_its_number(
    house: House, caplog: pytest.LogCaptureFixture
) -> None:
    stream = io.BytesIO()
    with xlsxwriter.Workbook(stream) as book:
        book.add_worksheet("Inleiding")
        sheet = book.add_worksheet(f"Bożena {BORN}")
        for number, row in enumerate([COLUMNS, ("politie", NAME, BORN, "")]):
            sheet.write_row(number, 0, row)
    outcome = house.take_in("list_members", {"m.xlsx": stream.getvalue()})
    assert "m.xlsx sheet 2 row 2: it has no period or two" in outcome.message
    assert BORN not in outcome.message + caplog.text


def test_the_log_tells_how_many_rows_were_read_no_better_than_a_release_does(
    house: House, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.INFO, "zicht.read"):
        counts(house, *CROWD, {"lijst": "x"})
    assert f"{round((len(CROWD) + 1) / 10) * 10} rows, fewer than 10 rejected" in caplog.text


# what is refused


@pytest.mark.parametrize(
    ("content", "rule"),
    [
        (members({}, columns=("lijst", "naam", "jaar")), "columns are missing: geboortedatum"),
        (members({"lijst": "politie"}, columns=(*COLUMNS, "bsn")), "no such column as number 5"),
        (f"politie;{NAME};{BORN};2025\n", "columns are missing: lijst, naam, geboortedatum"),
        (f"lijst;naam;geboortedatum;{NAME}\npolitie;{NAME};{BORN};\n", "no such column as number 4"),
        (members({"lijst": "politie", "jaar": ""}), "no period or two"),
        (members({"lijst": "politie"}) + ";;;;te veel", "another number of columns"),
        (members(*(CROWD[0] | {"lijst": one} for one in ("brp", "rni", "zorg", "politie", "inspecties",
         "nachtopvang"))), "6 lists stand side by side"),
        (members(*(row for n in range(9) for row in person("i", n, groep=f"g{n}")), columns=(*COLUMNS, "groep")),
         "a group holds fewer than 10 persons"),
        (members({"lijst": "politie", "groep": "all"}, columns=(*COLUMNS, "groep")), "groep all is no part"),
    ],
)  # fmt: skip
def test_lists_that_break_a_rule_are_refused_and_nobody_is_named(house: House, content: str, rule: str) -> None:
    message = refusal(house, content)
    assert rule in message
    assert "rzeg" not in message
    assert BORN not in message


def test_lists_are_of_one_municipality(house: House) -> None:
    assert "of one municipality" in refusal(house, members({"lijst": "politie"}), scope="NL")


def test_lists_of_persons_need_a_ground_and_a_key(house: House) -> None:
    house.deliver("list_members", {"m.csv": members({"lijst": "politie"})}, sidecar={})
    (refused,) = house.land("list_members").refused
    assert "personal data without legal_basis, purpose, authorisation, retain_until" in str(refused)


# what stays


def test_nothing_of_a_person_is_in_what_is_kept_or_said(house: House, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    rows = [*CROWD, {"lijst": "inspecties"}, {"lijst": "nachtopvang", "geboortedatum": "1987"}]
    folder = house.deliver("list_members", {"m.csv": members(*rows)})
    house.land("list_members")
    (outcome,) = house.read("list_members")
    assert outcome.status == "read"
    assert list(folder.glob("*.csv")) == [], "it was moved out of the inbox"
    said = caplog.text + json.dumps(vars(outcome), default=str)
    said += str(house.accepted("list_members")) + str(house.rejected("list_members"))
    traces = ("rzeg", "ożena", "bozena", "verzonnen", BORN, "1987")
    assert not [trace for trace in traces if trace.casefold() in said.casefold()]
    staged = {path: path.read_bytes() for path in below(house.settings.staged)}
    assert not [path for path, content in staged.items() if any(trace.encode() in content for trace in traces)]
    assert (house.settings.staged / "list_members").stat().st_mode & 0o077 == 0


def test_the_record_has_no_cell_that_is_a_token(house: House) -> None:
    counts(house, *person("in"), *person("i", 1))
    own = {"delivery_id"}
    cells: list[Any] = [v for row in house.accepted("list_members") for k, v in row.items() if k not in own]
    assert not [cell for cell in cells if isinstance(cell, str) and len(cell) == 64]


def test_the_template_takes_in_a_name_and_a_day_of_birth_and_no_more_of_a_person() -> None:
    assert MEMBERS.columns == ("lijst", "naam", "geboortedatum", "groep", "jaar", "van", "tot")
