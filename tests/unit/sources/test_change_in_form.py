"""A delivery of another form than the one before it, through real files of each form that arrives."""

from __future__ import annotations

import json
import logging
from typing import TYPE_CHECKING, Any

import pytest

from pipelines.landing.drift import results
from pipelines.sources import all_sources
from pipelines.sources.housing.reader import HOUSING
from tests import forms
from tests.conftest import GROUNDS, a_numbers, bsns, declared, lo_csv, resident
from tests.unit.sources.figures.test_reader import figures
from tests.unit.sources.housing.test_reader import USUAL as LODGING
from tests.unit.sources.inspectorate.test_reader import COLUMNS, as_workbook, register

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from pipelines.landing.deliveries import Outcome
    from tests.conftest import Cell, House, Row

BEFORE, NOW = "2026-01-01", "2026-02-01"


def one_after_the_other(house: House, source: str, name: str, *contents: str | bytes, **sidecar: Any) -> Outcome:
    """The outcome of the second delivery of a scope; the first is read."""
    for day, content in zip((BEFORE, NOW), contents, strict=True):
        grounds = GROUNDS if declared(source).person_level else {}
        outcome = house.take_in(source, {name: content}, day=day, sidecar=grounds | sidecar)
        if day == BEFORE:
            assert (outcome.status, outcome.form_change) == ("read", ""), outcome.message
            assert outcome.form, "a reader that tells no form is never held against one"
    return outcome


def refused(outcome: Outcome, *words: str) -> None:
    """Refused as a whole, with one message that shows the difference and both ways on."""
    assert (outcome.status, outcome.rows_accepted) == ("refused", 0)
    assert "\n" not in outcome.message
    for word in (*words, BEFORE, NOW, "form_changed: true", "Deliver it again as it was"):
        assert word in outcome.message, outcome.message


def warned(outcome: Outcome, words: str) -> None:
    """Read, and told."""
    assert (outcome.status, outcome.message) == ("read", "")
    assert words in outcome.form_change
    assert BEFORE in outcome.form_change


# persons, in each form of an extract

ASKED = (
    "01.01.10", "01.01.20", "04.05.10", "07.67.10", "07.67.20", "08.09.10", "08.09.20", "08.11.80", "08.14.20",
)  # fmt: skip
VENDORS = {rubric: name for name, rubric in declared("brp").columns.items()}


def persons(count: int = 12, **changed: Cell) -> list[Row]:
    several = {name: [""] for name in forms.RUBRICS if name[:2] in ("04", "58")}
    return [
        dict.fromkeys(forms.RUBRICS, "") | resident(number) | several | {"04.05.10": ["0072"]} | changed
        for number in range(count)
    ]


def gba_v(rows: Sequence[Row], rubrics: Sequence[str]) -> bytes:
    lines = [line.split(";") for line in forms.gba_v(rows).decode("utf-8-sig").splitlines()]
    left_out = set(forms.RUBRICS) - set(rubrics)
    kept = [at for at, name in enumerate(lines[0]) if name not in left_out]
    return "".join(";".join([line[at] for at in kept]) + "\n" for line in lines).encode()


def of_what_is_asked(write: Callable[[Sequence[Row]], bytes]) -> Callable[[Sequence[Row], Sequence[str]], bytes]:
    """A form without a header, in which a rubric lacks that is empty everywhere."""

    def written(rows: Sequence[Row], rubrics: Sequence[str]) -> bytes:
        empty = {name: [""] if name[:2] in ("04", "58") else "" for name in forms.RUBRICS if name not in rubrics}
        return write([dict(row) | empty for row in rows])

    return written


EXTRACTS: dict[str, tuple[str, Callable[[Sequence[Row], Sequence[str]], bytes]]] = {
    "lo_csv": ("a.csv", lambda rows, rubrics: lo_csv(rows, rubrics).encode()),
    "gba_v": ("a.csv", gba_v),
    "workbook": ("a.xlsx", forms.workbook),
    "mapped_csv": ("a.csv", lambda rows, rubrics: forms.mapped_csv(rows, {name: VENDORS[name] for name in rubrics})),
    "brp_api": ("a.json", of_what_is_asked(forms.brp_api)),
    "am_bundle": ("a.zip", of_what_is_asked(forms.am_bundle)),
}


@pytest.mark.parametrize("form", EXTRACTS)
def test_an_extract_of_the_same_form_is_read_whoever_is_in_it(house: House, form: str) -> None:
    name, write = EXTRACTS[form]
    outcome = one_after_the_other(house, "brp", name, write(persons(), ASKED), write(persons(5), ASKED))
    assert (outcome.status, outcome.form_change, list(outcome.form)) == ("read", "", [form])
    assert outcome.form[form]["08.11.80"] == outcome.form[form]["08.09.20"] == "number"


@pytest.mark.parametrize("form", EXTRACTS)
def test_a_rubric_that_is_missing_refuses_an_extract(house: House, form: str) -> None:
    name, write = EXTRACTS[form]
    fewer = [rubric for rubric in ASKED if rubric != "08.11.80"]
    outcome = one_after_the_other(house, "brp", name, write(persons(), ASKED), write(persons(), fewer))
    refused(outcome, f"its form ({form}) is not that of {BEFORE}: missing: 08.11.80.")


@pytest.mark.parametrize("form", EXTRACTS)
def test_a_rubric_that_is_no_number_any_more_refuses_an_extract(house: House, form: str) -> None:
    name, write = EXTRACTS[form]
    other = persons(**{"08.11.80": "Dorpsstraat"})
    outcome = one_after_the_other(house, "brp", name, write(persons(), ASKED), write(other, ASKED))
    refused(outcome, "retyped: 08.11.80 was number, is text.")
    assert "Dorpsstraat" not in outcome.message


@pytest.mark.parametrize("form", EXTRACTS)
def test_a_rubric_more_is_told_and_the_extract_is_read(
    house: House, form: str, caplog: pytest.LogCaptureFixture
) -> None:
    name, write = EXTRACTS[form]
    more = persons(**{"08.83.10": "089999"})
    with caplog.at_level(logging.WARNING):
        outcome = one_after_the_other(house, "brp", name, write(persons(), ASKED), write(more, [*ASKED, "08.83.10"]))
    warned(outcome, "added: 08.83.10")
    assert "added: 08.83.10" in caplog.text


def test_a_form_that_comes_for_the_first_time_is_held_against_nothing_and_the_next_against_its_own(
    house: House,
) -> None:
    deliveries = [("2025-11-01", "lo_csv", ASKED), ("2025-12-01", "gba_v", ASKED[:-1]), ("2026-01-01", "lo_csv", ASKED)]
    for day, form, rubrics in deliveries:
        name, write = EXTRACTS[form]
        assert house.take_in("brp", {name: write(persons(), rubrics)}, day=day).form_change == ""
    outcome = house.take_in("brp", {"a.csv": lo_csv(persons(), ASKED[:-1])}, day=NOW)
    assert outcome.status == "refused"
    assert "2026-01-01" in outcome.message


def test_of_another_scope_nothing_is_said(house: House) -> None:
    house.deliver("brp", {"a.csv": lo_csv(persons(), ASKED)}, day=BEFORE, scope="NL")
    house.land("brp")
    assert [outcome.status for outcome in house.read("brp", "NL")] == ["read"]
    assert house.take_in("brp", {"a.csv": lo_csv(persons(), ASKED[:-1])}, day=NOW).form_change == ""


def test_a_rubric_that_nobody_reads_is_told_when_it_comes_and_when_it_goes(house: House) -> None:
    street = [*ASKED, "08.11.10"]
    rows = persons(**{"08.11.10": "Dorpsstraat"})
    warned(one_after_the_other(house, "brp", "a.csv", lo_csv(rows, ASKED), lo_csv(rows, street)), "added: 08.11.10")
    assert "missing: 08.11.10" in house.take_in("brp", {"a.csv": lo_csv(rows, ASKED)}, day="2026-02-10").form_change


def test_a_name_in_a_header_of_persons_may_be_a_persons_and_is_counted_alone(house: House) -> None:
    before = forms.mapped_csv(persons(), {name: VENDORS[name] for name in ASKED})
    names = {name: VENDORS[name] for name in ASKED} | {"08.11.10": "Janssen-Verzonnen"}
    outcome = one_after_the_other(house, "brp", "a.csv", before, forms.mapped_csv(persons(), names))
    warned(outcome, "added: unread column 1")
    assert "Janssen" not in json.dumps(vars(outcome))


@pytest.mark.parametrize("form", ["lo_csv", "mapped_csv", "gba_v", "workbook"])
def test_a_file_that_lost_its_header_shows_nothing_of_the_person_in_its_first_row(
    house: House, form: str, caplog: pytest.LogCaptureFixture
) -> None:
    name, write = EXTRACTS[form]
    whole = write(persons(), ASKED)
    headless = whole.partition(b"\n")[2]
    if form == "workbook":
        headless = forms.sheet([[str(row["01.01.10"]), str(row["01.01.20"]), "20240315"] for row in persons()])
    with caplog.at_level(logging.DEBUG):
        outcome = one_after_the_other(house, "brp", name, whole, headless)
    assert outcome.status == "refused"
    told = json.dumps(vars(outcome)) + caplog.text + str(results(house.settings, ["brp"]))
    assert [one for one in (*bsns()[:12], *a_numbers()[:12], "20240315") if one in told] == []


def test_few_who_have_a_member_of_json_are_no_form(house: House) -> None:
    some = [person | {"08.11.80": "" if number % 2 else "0394010000000019"} for number, person in enumerate(persons())]
    none = persons(**{"08.11.80": ""})
    outcome = one_after_the_other(house, "brp", "a.json", forms.brp_api(some), forms.brp_api(none))
    assert (outcome.status, outcome.form_change) == ("read", "")


def test_a_column_that_was_empty_for_a_month_is_held_against_what_it_was_before(house: House) -> None:
    for day, content in (("2025-12-01", "0394010000000019"), (BEFORE, "")):
        rows = persons(**{"08.11.80": content})
        assert house.take_in("brp", {"a.csv": lo_csv(rows, ASKED)}, day=day).form_change == ""
    outcome = house.take_in("brp", {"a.csv": lo_csv(persons(**{"08.11.80": "Dorpsstraat"}), ASKED)}, day=NOW)
    refused(outcome, "08.11.80 was number, is text")


def test_two_parts_are_one_form(house: House) -> None:
    house.take_in("brp", {"a.csv": lo_csv(persons(), ASKED)}, day=BEFORE)
    parts = {"a.csv": lo_csv(persons(6), ASKED), "b.csv": lo_csv(persons()[6:], ASKED[:-1])}
    assert house.take_in("brp", parts, day=NOW).form_change == ""


def test_an_older_extract_that_comes_late_is_not_held_against_a_newer_one(house: House) -> None:
    house.take_in("brp", {"a.csv": lo_csv(persons(), ASKED)}, day=NOW)
    assert house.take_in("brp", {"a.csv": lo_csv(persons(), ASKED[:-1])}, day=BEFORE).form_change == ""


def test_a_correction_is_held_against_what_it_corrects(house: House) -> None:
    house.take_in("brp", {"a.csv": lo_csv(persons(), ASKED)}, day=NOW)
    corrected = {"a.csv": lo_csv(persons(), ASKED[:-1])}
    outcome = house.take_in("brp", corrected, day=NOW, sidecar=GROUNDS | {"sequence": 2})
    assert outcome.status == "refused"
    assert "missing: 08.14.20" in outcome.message


# the inspectorate: a column of which may be lost without a word

CASES = [{"zaaknummer": f"Z{number}", "boetebedrag": str(4000 + number)} for number in range(12)]


def objects(**changed: Any) -> str:
    """JSON in which numbers are numbers."""
    usual = {"controleplaats": "Rotterdam", "startdatum": "2025-03-04", "wet": "Wav", "uitkomst": "boete"}
    return json.dumps([usual | {"zaaknummer": f"Z{number}", "boetebedrag": 4000} | changed for number in range(12)])


def test_a_register_that_lost_its_fines_is_refused_and_the_column_named(house: House) -> None:
    without = tuple(name for name in COLUMNS if name != "boetebedrag")
    outcome = one_after_the_other(house, "inspectorate", "r.csv", register(*CASES), register(*CASES, columns=without))
    refused(outcome, "missing: boetebedrag.")


def test_a_register_of_other_words_where_numbers_were_is_refused(house: House) -> None:
    in_words = register(*(case | {"boetebedrag": "geheim"} for case in CASES))
    refused(one_after_the_other(house, "inspectorate", "r.csv", register(*CASES), in_words),
            "retyped: boetebedrag was number, is text.")  # fmt: skip


def test_a_register_with_a_column_more_is_told_without_the_name_that_stands_there(house: House) -> None:
    more = register(*({"zaaknummer": case["zaaknummer"], "Verzonnen Uitzendbureau BV": "x"} for case in CASES),
                    columns=(*COLUMNS, "Verzonnen Uitzendbureau BV"))  # fmt: skip
    outcome = one_after_the_other(house, "inspectorate", "r.csv", register(*CASES), more)
    warned(outcome, "added: unread column 2")
    assert "Uitzendbureau" not in json.dumps(vars(outcome))


def test_a_number_in_json_that_became_a_text_is_retyped_though_it_looks_alike(house: House) -> None:
    outcome = one_after_the_other(house, "inspectorate", "r.json", objects(), objects(boetebedrag="4000"))
    refused(outcome, "(public_register, json)", "retyped: boetebedrag was number, is text.")


def test_a_member_that_json_lost_is_missing(house: House) -> None:
    without = json.dumps([{name: one for name, one in case.items() if name != "boetebedrag"}
                          for case in json.loads(objects())])  # fmt: skip
    refused(one_after_the_other(house, "inspectorate", "r.json", objects(), without), "missing: boetebedrag.")


def test_a_workbook_of_the_register_is_held_against_a_workbook(house: House) -> None:
    others = as_workbook([case | {"boetebedrag": "geheim"} for case in CASES])
    outcome = one_after_the_other(house, "inspectorate", "r.xlsx", as_workbook(CASES), others)
    refused(outcome, "(public_register, workbook)", "boetebedrag was number, is text")


# templates, figures


def lodging(*left_out: str) -> str:
    columns = [name for name in HOUSING.columns if name not in left_out]
    return ";".join(columns) + "\n" + ";".join(LODGING.get(name, "") for name in columns) + "\n"


def test_a_template_with_a_column_less_is_read_and_told_because_its_source_says_so(house: House) -> None:
    outcome = one_after_the_other(house, "housing", "h.csv", lodging(), lodging("controles"))
    warned(outcome, "(Huisvesting) is not that of 2026-01-01: missing: controles")


def test_a_template_with_a_column_more_is_told(house: House) -> None:
    warned(one_after_the_other(house, "housing", "h.csv", lodging("controles"), lodging()), "added: controles")


def test_figures_of_documents_have_the_same_columns_always(house: House) -> None:
    outcome = one_after_the_other(house, "figures", "f.csv", figures({}), figures({"quote": "iets anders"}))
    assert (outcome.status, outcome.form_change) == ("read", "")


# told


def test_each_source_is_told_of_once_and_what_changed_by_place_and_column(house: House) -> None:
    one_after_the_other(house, "housing", "h.csv", lodging(), lodging("controles"))
    one_after_the_other(house, "brp", "a.csv", lo_csv(persons(), ASKED), lo_csv(persons(), ASKED[:-1]))
    rows = {row["table_name"]: row for row in results(house.settings, all_sources())}
    assert rows.keys() == all_sources().keys()
    told = {name for name, row in rows.items() if not row["passed"]}
    assert told == {"housing", "brp"}
    for name, column in (("housing", "missing: controles"), ("brp", "missing: 08.14.20")):
        row = rows[name]
        assert (row["door"], row["rule"], row["severity"], row["failing_rows"], row["owner"]) == (
            "arrival", "form_unchanged", "warn", 1, all_sources()[name].owner,
        )  # fmt: skip
        assert f"{name}/0394/{NOW}" in row["examples"]
        assert column in row["examples"]
    assert rows["brp"]["examples"].endswith("and it was refused")


def test_it_is_told_until_the_next_delivery_has_the_form_of_the_last(house: House) -> None:
    one_after_the_other(house, "housing", "h.csv", lodging(), lodging("controles"))
    house.take_in("housing", {"h.csv": lodging("controles")}, day="2026-02-10")
    (row,) = results(house.settings, ["housing"])
    assert (row["passed"], row["examples"]) == (True, None)
