"""The ledger: what was written stays, whatever happens while it is written."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

from pipelines.quality import ledger

if TYPE_CHECKING:
    from tests.conftest import House


def test_entries_come_back_in_the_order_they_were_written(house: House) -> None:
    ledger.append(house.settings, "release", [{"release_id": "a"}, {"release_id": "b"}])
    ledger.append(house.settings, "release", [{"release_id": "c"}])
    assert [entry["release_id"] for entry in ledger.entries(house.settings, "release")] == ["a", "b", "c"]


def test_a_book_that_was_never_opened_is_empty_and_writing_nothing_makes_no_file(house: House) -> None:
    ledger.append(house.settings, "quality", [])
    assert ledger.entries(house.settings, "quality") == []
    assert not house.settings.ledger.exists()


def test_books_do_not_mix(house: House) -> None:
    ledger.append(house.settings, "release", [{"release_id": "a"}])
    assert ledger.entries(house.settings, "data_gap") == []


def test_dates_are_written_as_text_and_dutch_letters_as_they_are(house: House) -> None:
    ledger.append(house.settings, "data_gap", [{"opened": date(2026, 2, 1), "name": "Súdwest-Fryslân"}])
    assert "Súdwest-Fryslân" in (house.settings.ledger / "data_gap.jsonl").read_text(encoding="utf-8")
    assert ledger.entries(house.settings, "data_gap") == [{"opened": "2026-02-01", "name": "Súdwest-Fryslân"}]


def test_what_stands_is_never_rewritten(house: House) -> None:
    ledger.append(house.settings, "release", [{"release_id": "a"}])
    book = house.settings.ledger / "release.jsonl"
    before = book.read_bytes()
    ledger.append(house.settings, "release", [{"release_id": "b"}])
    assert book.read_bytes().startswith(before)


def test_a_last_line_that_a_crash_cut_off_is_passed_over(house: House) -> None:
    ledger.append(house.settings, "release", [{"release_id": "a"}, {"release_id": "b"}])
    book = house.settings.ledger / "release.jsonl"
    book.write_bytes(book.read_bytes()[:-8])
    assert [entry["release_id"] for entry in ledger.entries(house.settings, "release")] == ["a"]


def test_what_is_written_after_a_crash_is_not_lost_with_the_line_that_was_cut_off(house: House) -> None:
    ledger.append(house.settings, "release", [{"release_id": "a"}, {"release_id": "b"}])
    book = house.settings.ledger / "release.jsonl"
    book.write_bytes(book.read_bytes()[:-8])
    ledger.append(house.settings, "release", [{"release_id": "c"}])
    assert [entry["release_id"] for entry in ledger.entries(house.settings, "release")] == ["a", "c"]
