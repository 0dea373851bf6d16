"""Published figures: each with its quote, and with bounds that its table's digits allow."""

from __future__ import annotations

import csv
import io
from typing import TYPE_CHECKING, Any

import pytest

from pipelines.sources.figures.reader import COLUMNS

if TYPE_CHECKING:
    from tests.conftest import House

USUAL = {
    "figure_id": "F1", "table_id": "t1", "measure": "migrants", "universe": "audit_haarlemmermeer_migrants",
    "area_type": "GM", "area_code": "0394", "period_start": "2023-01-01", "period_end": "2023-12-31",
    "date_precision": "year", "measured_as": "stock", "motive": "all", "origin_group": "all", "law": "all",
    "value": "4025", "unit": "persons", "unit_name": "personen", "fact": "feit", "quote": "4.025 personen",
    "document": "Nota", "document_date": "2025",
}  # fmt: skip


def figures(*rows: dict[str, str]) -> str:
    stream = io.StringIO()
    writer = csv.DictWriter(stream, COLUMNS, restval="", lineterminator="\n")
    writer.writeheader()
    writer.writerows([USUAL | {"figure_id": f"F{number}"} | row for number, row in enumerate(rows, start=1)])
    return stream.getvalue()


def observations(house: House, *rows: dict[str, str]) -> list[dict[str, Any]]:
    outcome = take_in(house, figures(*rows))
    assert outcome.status == "read", outcome.message
    return [row for row in house.accepted("figures") if row["scope"] == "0394"]


def take_in(house: House, content: str | bytes) -> Any:
    house.deliver("figures", {"f.csv": content})
    assert not house.land("figures").refused
    (outcome,) = house.read("figures")
    return outcome


def refusal(house: House, content: str | bytes) -> str:
    outcome = take_in(house, content)
    assert outcome.status == "refused"
    return str(outcome.message)


def bounds(row: dict[str, Any]) -> tuple[float, float | None, float]:
    return row["low"], row["value"], row["high"]


def test_bounds_follow_the_coarsest_base_of_the_table_and_of_no_other_table(house: House) -> None:
    rows = observations(
        house,
        {"table_id": "a", "value": "18480"},
        {"table_id": "a", "value": "4025"},
        {"table_id": "b", "value": "17400"},
        {"table_id": "c", "value": "3730"},
    )
    assert [bounds(row) for row in rows] == [
        (18478, 18480, 18482),
        (4023, 4025, 4027),
        (17350, 17400, 17450),
        (3725, 3730, 3735),
    ]
    assert {row["bound_kind"] for row in rows} == {"rounding_assumed"}


def test_a_percentage_has_the_bounds_of_its_decimals_and_does_not_change_the_base_of_its_table(house: House) -> None:
    rows = observations(
        house,
        {"value": "18480"},
        {"value": "43", "unit": "percent", "measure": "share_of_migrants"},
        {"value": "11.4", "unit": "percent", "measure": "share_of_population"},
    )
    assert [bounds(row) for row in rows] == [(18475, 18480, 18485), (42.5, 43, 43.5), (11.35, 11.4, 11.45)]


def test_a_figure_may_be_stated_as_bounds_alone(house: House) -> None:
    (row,) = observations(house, {"value": "", "bound_low": "75", "bound_high": "100", "unit": "percent"})
    assert bounds(row) == (75, None, 100)
    assert row["availability"] == "available"


def test_a_lone_nought_is_not_half_a_million(house: House) -> None:
    (row,) = observations(house, {"value": "0"})
    assert row["high"] < 10


def test_a_figure_keeps_its_words_its_document_and_its_row(house: House) -> None:
    (row,) = observations(house, {"quote": "4.025 personen, waarvan"})
    assert (row["quote"], row["citation"]) == ("4.025 personen, waarvan", "Nota (2025)")
    assert (row["locator_file"], row["locator_cell"], row["locator_row"]) == ("f.csv", "row 2", 2)
    assert (row["record_key"], row["edition"], row["synthetic"]) == ("F1", "Nota", False)
    assert (str(row["period_start"]), str(row["period_end"])) == ("2023-01-01", "2023-12-31")


def test_an_indicator_is_named_by_its_fact_and_workers_have_a_place_of_unknown_basis(house: House) -> None:
    indicator, workers = observations(
        house,
        {"measure": "indicator", "universe": "report_rotterdam", "fact": "huisbezoeken", "unit": "other"},
        {"measure": "workers", "universe": "audit_haarlemmermeer_workers"},
    )
    assert (indicator["indicator"], indicator["workplace_basis"]) == ("huisbezoeken", None)
    assert (workers["indicator"], workers["workplace_basis"]) == (None, "unknown")


@pytest.mark.parametrize(
    ("wrong", "says"),
    [
        ({"quote": ""}, "quote"),
        ({"document": ""}, "document"),
        ({"universe": "everyone"}, "universe should be one of"),
        ({"measure": "people"}, "measure should be one of"),
        ({"area_type": "gemeente"}, "area_type should be one of"),
        ({"unit": "mensen"}, "unit should be one of"),
        ({"period_start": "2023"}, "a number"),
        ({"value": "4.025,0"}, "a number"),
        ({"value": ""}, "neither a value nor two bounds"),
        ({"value": "", "bound_low": "75"}, "neither a value nor two bounds"),
    ],
)
def test_a_row_that_is_no_evidence_refuses_the_list_and_is_named(
    house: House, wrong: dict[str, str], says: str
) -> None:
    message = refusal(house, figures({}, wrong))
    assert "f.csv row 3" in message
    assert says in message


@pytest.mark.parametrize(
    "wrong",
    [
        {"value": "nan"},
        {"value": "inf"},
        {"value": "-5"},
        {"value": "", "bound_low": "100", "bound_high": "75"},
        {"period_start": "2023-12-31", "period_end": "2023-01-01"},
    ],
    ids=lambda wrong: " ".join(wrong.values()),
)
def test_a_figure_that_cannot_be_is_refused(house: House, wrong: dict[str, str]) -> None:
    assert "f.csv row 2" in refusal(house, figures(wrong))


def test_a_figure_that_stands_there_twice_refuses_the_list(house: House) -> None:
    message = refusal(house, figures({"figure_id": "A"}, {"figure_id": "B"}, {"figure_id": "A"}))
    assert "f.csv row 4" in message
    assert "figure_id A stands there twice" in message


def test_a_header_without_rows_is_refused(house: House) -> None:
    assert refusal(house, figures())


def test_a_missing_column_is_named(house: House) -> None:
    assert "quote" in refusal(house, figures({}).replace(",quote,", ",citaat,"))


def test_a_row_with_too_many_or_too_few_cells_is_refused(house: House) -> None:
    assert "f.csv row 2" in refusal(house, figures({}).rstrip("\n") + ",more\n")


def test_a_short_row_is_refused(house: House) -> None:
    assert "f.csv row 2" in refusal(house, figures({}).rsplit(",", 2)[0] + "\n")


def test_latin_1_is_refused(house: House) -> None:
    assert "UTF-8" in refusal(house, figures({"fact": "één"}).encode("latin-1"))


def test_a_byte_order_mark_is_no_fault(house: House) -> None:
    assert take_in(house, b"\xef\xbb\xbf" + figures({}).encode()).status == "read"


def test_the_figures_that_ship_with_the_product_can_be_read(house: House) -> None:
    house.land("figures")
    (outcome,) = house.read("figures", "NL")
    assert (outcome.status, outcome.rows_rejected, outcome.synthetic) == ("read", 0, False)
    by_key = {row["record_key"]: row for row in house.accepted("figures")}
    assert len(by_key) == outcome.rows_accepted >= 20
    assert all(row["quote"] and row["citation"] for row in by_key.values())
    assert bounds(by_key["HM08"]) == (4023, 4025, 4027)
    assert all(row["low"] <= row["high"] for row in by_key.values())
