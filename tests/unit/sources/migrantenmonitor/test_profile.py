"""The profile of an edition: addresses of cells and what a profile must say."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipelines.sources.migrantenmonitor.profile import (
    Profile,
    all_profiles,
    column_letters,
    column_number,
    position,
)


@given(st.integers(0, 16_383), st.integers(1, 1_048_576))
def test_the_address_of_a_cell_and_back(column: int, row: int) -> None:
    assert column_number(column_letters(column)) == column
    assert position(f"{column_letters(column)}{row}") == (row - 1, column)


@pytest.mark.parametrize(
    ("letters", "number"), [("A", 0), ("Z", 25), ("AA", 26), ("AZ", 51), ("BA", 52), ("XFD", 16_383)]
)
def test_columns_are_counted_as_spreadsheets_do(letters: str, number: int) -> None:
    assert column_letters(number) == letters
    assert column_number(letters) == number


@pytest.mark.parametrize("text", ["", "A", "3", "3A", "a3", "A3 "])
def test_what_is_no_address_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="no address"):
        position(text)


def test_every_edition_is_known_once_and_a_made_up_one_is_never_called_verified() -> None:
    editions = [(profile.edition, profile.version) for profile in all_profiles()]
    assert len(editions) == len(set(editions)) > 0
    assert not [profile.edition for profile in all_profiles() if profile.synthetic and profile.verified]


def test_every_sheet_has_its_figures_below_its_header() -> None:
    for profile in all_profiles():
        for sheet in profile.sheets:
            assert sheet.first_row > max(sheet.header_rows)
            assert all(len(column.header) == len(sheet.header_rows) for column in sheet.columns)


def test_a_misspelled_profile_is_refused() -> None:
    right = all_profiles()[0].model_dump()
    with pytest.raises(ValueError, match="roundig_base"):
        Profile.model_validate(right | {"roundig_base": 5})
    with pytest.raises(ValueError, match="rounding_base"):
        Profile.model_validate(right | {"rounding_base": 0})
