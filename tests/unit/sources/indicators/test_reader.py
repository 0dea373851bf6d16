"""The register of indicators and commitments: right as a whole, or refused with the row that is wrong."""

from __future__ import annotations

import csv
import io
from typing import TYPE_CHECKING, Any

import pytest
import xlsxwriter
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from pipelines.settings import SHIPPED
from pipelines.sources.indicators.reader import COMMITMENTS, INDICATORS
from tests.unit.sources.test_any_bytes import SIGNS, consistent, outcome_of, spoiled

if TYPE_CHECKING:
    from pathlib import Path

    from pipelines.sources.templates import Template
    from tests.conftest import House

REGISTER = SHIPPED / "indicators" / "NL" / "2025-12-31"
USUAL = {
    "gemeente": "0394", "indicator-id": "I1", "indicator": "huisbezoeken", "domein": "handhaving",
    "eenheid": "bezoeken", "jaar": "2024", "waarde": "207", "document": "Voortgang", "citaat": "207 huisbezoeken",
}  # fmt: skip
PROMISE = {
    "gemeente": "0394", "nummer": "M1", "soort": "motie", "jaar": "2024", "document": "Besluit", "citaat": "motie M1",
}  # fmt: skip


def filled(template: Template, *rows: dict[str, str]) -> str:
    stream = io.StringIO()
    writer = csv.DictWriter(stream, template.columns, restval="", delimiter=";", lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    return stream.getvalue()


def register(*rows: dict[str, str]) -> str:
    return filled(INDICATORS, *(USUAL | row for row in rows))


def promises(*rows: dict[str, str]) -> str:
    return filled(COMMITMENTS, *(PROMISE | row for row in rows))


def observations(house: House, content: str) -> list[dict[str, Any]]:
    outcome = house.take_in("indicators", {"r.csv": content})
    assert outcome.status == "read", outcome.message
    return [row for row in house.accepted("indicators") if row["scope"] == "0394"]


def refusal(house: House, content: str) -> str:
    outcome = house.take_in("indicators", {"r.csv": content})
    assert (outcome.status, outcome.rows_accepted) == ("refused", 0)
    return str(outcome.message)


def bounds(row: dict[str, Any]) -> tuple[Any, ...]:
    return row["low"], row["value"], row["high"]


def test_a_row_gives_a_figure_a_baseline_and_a_target_of_one_indicator(house: House) -> None:
    rows = observations(house, register({"uitgangswaarde": "150", "streefwaarde": "250", "richting": "Minstens"}))
    assert {row["measure"]: bounds(row) for row in rows} == {
        "indicator": (207, 207, 207), "baseline": (150, 150, 150), "target": (250, 250, 250),
    }  # fmt: skip
    assert {(row["record_key"], row["area_code"], str(row["period_end"])) for row in rows} == {
        ("I1", "0394", "2024-12-31")
    }
    assert [row["direction"] for row in rows if row["measure"] == "target"] == ["at_least"]


def test_a_figure_keeps_its_domain_its_definition_its_words_and_its_row(house: House) -> None:
    (row,) = observations(house, register({"definitie": "bezoeken aan woningen", "datum": "2025"}))
    assert (row["domain"], row["definition"], row["unit"], row["unit_name"]) == (
        "handhaving", "bezoeken aan woningen", "other", "bezoeken",
    )  # fmt: skip
    assert (row["quote"], row["citation"], row["locator_cell"]) == ("207 huisbezoeken", "Voortgang (2025)", "row 2")
    assert row["universe"] == "municipal_register"


def test_the_figures_of_one_document_tell_together_how_it_was_rounded(house: House) -> None:
    rows = observations(
        house,
        register(
            {"indicator-id": "A", "waarde": "1.200", "document": "afgerond"},
            {"indicator-id": "B", "waarde": "300", "document": "afgerond"},
            {"indicator-id": "C", "waarde": "300", "document": "geteld"},
            {"indicator-id": "D", "waarde": "7", "document": "geteld"},
            {"indicator-id": "E", "waarde": "11,4", "eenheid": "%", "noemer": "inwoners", "document": "geteld"},
        ),
    )
    assert [bounds(row) for row in rows] == [
        (1150, 1200, 1250), (250, 300, 350), (300, 300, 300), (7, 7, 7), (11.35, 11.4, 11.45),
    ]  # fmt: skip
    assert {row["bound_kind"] for row in rows} == {"rounding_assumed"}


def test_bounds_that_are_stated_stand_and_may_stand_alone(house: House) -> None:
    one, other = observations(
        house,
        register(
            {"ondergrens": "200", "bovengrens": "210"},
            {"indicator-id": "I2", "waarde": "", "ondergrens": "75", "bovengrens": "100"},
        ),
    )
    assert (bounds(one), bounds(other)) == ((200, 207, 210), (75, None, 100))


def test_nought_is_a_figure(house: House) -> None:
    (row,) = observations(house, register({"waarde": "0"}))
    assert row["value"] == row["low"] == 0


def test_a_fact_of_a_neighbourhood_keeps_its_area_and_its_municipality(house: House) -> None:
    (row,) = observations(house, register({"gebied": "Oud Veld"}))
    assert (row["area_type"], row["area_code"], row["area_name"]) == ("BU", None, "Oud Veld (Haarlemmermeer)")
    assert row["other_area_code"] == "0394"


@pytest.mark.parametrize(
    ("wrong", "rule"),
    [
        ({"citaat": ""}, "citaat should be filled in"),
        ({"document": ""}, "document should be filled in"),
        ({"eenheid": "procent"}, "names in noemer"),
        ({"streefwaarde": "250"}, "minstens or hoogstens"),
        ({"richting": "hoogstens"}, "minstens or hoogstens"),
        ({"streefwaarde": "250", "richting": "ongeveer"}, "should be one of minstens, hoogstens"),
        ({"waarde": ""}, "neither a waarde nor"),
        ({"ondergrens": "200"}, "neither a waarde nor"),
        ({"ondergrens": "208", "bovengrens": "210"}, "not in this order"),
        ({"waarde": "", "ondergrens": "9", "bovengrens": "8"}, "not in this order"),
        ({"waarde": "veel"}, "waarde is no number"),
        ({"gemeente": "Bergen"}, "give the code"),
        ({"gemeente": "393", "jaar": "2025"}, "no municipality is called so"),
        ({"gemeente": "0599"}, "gemeente is 0599, and the delivery stands in the inbox as one of 0394"),
        ({"gemeente": "0599", "gebied": "Centrum"}, "gemeente is 0599"),
        ({"gebied": "Kerkstraat 12, dhr Jansen"}, "could be an address"),
        ({"jaar": "2027"}, "begins after 2026-02-01"),
        ({"populatie": "iedereen"}, "populatie should be empty or one of"),
        ({"deel van": "I9"}, "names no other indicator"),
        ({"deel van": "I1"}, "names no other indicator"),
        ({"jaar": ""}, "no period"),
    ],
)
def test_a_row_that_breaks_a_rule_refuses_the_register(house: House, wrong: dict[str, str], rule: str) -> None:
    message = refusal(house, register({"indicator-id": "I0"}, wrong))
    assert "r.csv row 3" in message
    assert rule in message


@pytest.mark.parametrize("unit", ["%", "Procent"])
def test_a_percentage_that_a_spreadsheet_made_a_fraction_is_not_read_as_less_than_one_percent(
    house: House, unit: str
) -> None:
    stream = io.BytesIO()
    row: dict[str, Any] = USUAL | {"eenheid": unit, "noemer": "inwoners"} | {"waarde": 0.35}
    with xlsxwriter.Workbook(stream) as book:
        sheet = book.add_worksheet()
        sheet.write_row(0, 0, INDICATORS.columns)
        for place, name in enumerate(INDICATORS.columns):
            sheet.write(1, place, row.get(name, ""), book.add_format({"num_format": "0%"}))
    outcome = house.take_in("indicators", {"r.xlsx": stream.getvalue()})
    assert outcome.status == "refused"
    assert "type 35 and not 35%" in outcome.message


WHOLE = {"indicator-id": "W", "eenheid": "woningen", "waarde": "35"}
PART = {"indicator-id": "P", "eenheid": "woningen", "waarde": "33", "deel van": "W"}


def test_a_part_names_its_whole(house: House) -> None:
    rows = observations(house, register(WHOLE, PART))
    assert [row["part_of"] for row in rows] == [None, "W"]


@pytest.mark.parametrize(
    ("wrong", "rule"),
    [({"eenheid": "gevallen"}, "the eenheid (and noemer) of its whole"), ({"waarde": "36"}, "not more than its whole")],
)
def test_a_funnel_stays_within_one_unit_and_within_its_whole(house: House, wrong: dict[str, str], rule: str) -> None:
    message = refusal(house, register(WHOLE, PART | wrong))
    assert "r.csv row 3" in message
    assert rule in message


def test_a_part_of_another_period_than_its_whole_is_not_compared_with_it(house: House) -> None:
    assert len(observations(house, register(WHOLE, PART | {"waarde": "90", "jaar": "2023"}))) == 2


def test_an_indicator_has_one_unit(house: House) -> None:
    message = refusal(house, register({"jaar": "2023"}, {"eenheid": "woningen"}))
    assert "another eenheid is another indicator" in message


def test_an_indicator_has_one_figure_of_an_area_and_a_period(house: House) -> None:
    assert "told before" in refusal(house, register({}, {"waarde": "208"}))
    assert len(observations(house, register({}, {"gebied": "Oud Veld"}, {"jaar": "2023"}))) == 3


def test_a_register_of_one_municipality_may_tell_of_the_country_and_of_what_has_no_place_beside_it(
    house: House,
) -> None:
    rows = observations(house, register({}, {"gemeente": "Nederland"}, {"gemeente": "onbekend"}))
    assert {(row["area_type"], row["area_code"]) for row in rows} == {("GM", "0394"), ("NL", "NL"), ("unknown", None)}


def test_a_promise_to_another_council_refuses_the_register(house: House) -> None:
    assert "r.csv row 2: gemeente is 0599" in refusal(house, promises({"gemeente": "0599"}))


def test_a_commitment_has_a_kind_a_text_a_status_a_date_and_an_indicator(house: House) -> None:
    told = {"tekst": "Controleer meer", "status": "In uitvoering", "vervaldatum": "31-12-2026", "indicator-id": "I1"}
    (row,) = observations(house, promises(told))
    assert (row["measure"], row["record_key"], row["commitment"]) == ("commitment", "M1", "motion")
    assert (row["definition"], row["status"], str(row["due"]), row["indicator"]) == (
        "Controleer meer", "in_progress", "2026-12-31", "I1",
    )  # fmt: skip


def test_what_is_not_known_of_a_commitment_is_unknown_and_not_made_up(house: House) -> None:
    (row,) = observations(house, promises({"soort": "aandachtspunt"}))
    assert (row["commitment"], row["definition"], row["status"], row["due"]) == (
        "point_of_attention", None, "unknown", None,
    )  # fmt: skip


@pytest.mark.parametrize("wrong", [{"soort": "belofte"}, {"status": "bijna"}, {"vervaldatum": "ooit"}])
def test_a_commitment_in_other_words_is_refused(house: House, wrong: dict[str, str]) -> None:
    assert f"r.csv row 2: {next(iter(wrong))}" in refusal(house, promises(wrong))


def test_a_made_up_register_says_so_or_is_refused(house: House) -> None:
    assert "synthetic" in refusal(house, register({"document": "SYNTHETISCH voorbeeld"}))


@pytest.mark.parametrize("content", ["", register(), promises()])
def test_a_register_without_rows_is_refused(house: House, content: str) -> None:
    house.deliver("indicators", {"r.csv": content or "\n"})
    house.land("indicators")
    assert [one.status for one in house.read("indicators")] == ["refused"]


# the register that ships


@pytest.fixture(scope="module")
def as_shipped(tmp_path_factory: pytest.TempPathFactory) -> dict[str, list[dict[str, Any]]]:
    """The shipped register as it is, and as one workbook with two sheets."""
    from tests.conftest import make_house

    found = {}
    for form in ("csv", "xlsx"):
        folder = tmp_path_factory.mktemp(form)
        house = make_house(folder)
        files: dict[str, str | bytes] = {path.name: path.read_bytes() for path in REGISTER.glob("*.csv")}
        if form == "xlsx":
            files = {"r.xlsx": as_workbook(folder / "r.xlsx")}
        outcome = house.take_in("indicators", files, scope="Nederland")
        assert (outcome.status, outcome.rows_accepted) == ("read", 65), outcome.message
        found[form] = [row for row in house.accepted("indicators") if row["scope"] == "Nederland"]
    return found


def as_workbook(path: Path) -> bytes:
    with xlsxwriter.Workbook(str(path), {"strings_to_numbers": True}) as book:
        for name in ("indicatoren", "toezeggingen"):
            sheet = book.add_worksheet(name)
            with (REGISTER / f"{name}.csv").open(encoding="utf-8", newline="") as stream:
                for number, row in enumerate(csv.reader(stream, delimiter=";")):
                    sheet.write_row(number, 0, row)
    return path.read_bytes()


def test_the_register_that_ships_says_the_same_as_csv_and_as_workbook(
    as_shipped: dict[str, list[dict[str, Any]]],
) -> None:
    def content(form: str) -> list[str]:
        place = ("locator_file", "locator_sheet", "locator_cell", "locator_row", "delivery_id")
        return sorted(str({k: v for k, v in row.items() if k not in place}) for row in as_shipped[form])

    assert content("csv") == content("xlsx")


def test_only_the_homes_of_oud_mathenesse_are_a_part_of_others_in_one_unit(
    as_shipped: dict[str, list[dict[str, Any]]],
) -> None:
    parts = [(row["record_key"], row["part_of"]) for row in as_shipped["csv"] if row["part_of"]]
    assert parts == [("RT13", "RT12")]


# whatever stands there

SOUND = register({}, {"jaar": "2023", "waarde": "1.150,5"}).encode()


@settings(max_examples=12)
@given(content=st.binary(min_size=1, max_size=300))
def test_arbitrary_bytes_are_refused(content: bytes) -> None:
    found = outcome_of("indicators", content)
    consistent(found)
    assert found.status == "refused"


@settings(max_examples=25)
@given(data=st.data())
def test_a_sound_register_with_a_few_bytes_changed_is_read_or_refused(data: st.DataObject) -> None:
    changes = st.lists(st.tuples(st.integers(0, 20_000), st.integers(0, 3), SIGNS), min_size=1, max_size=4)
    content = data.draw(changes.map(spoiled(SOUND)))
    assume(content)
    consistent(outcome_of("indicators", content))
