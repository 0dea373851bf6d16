"""The profile of an edition: what a column does not say, and what a profile may not say."""

from __future__ import annotations

from typing import Any

import pytest
from pydantic import ValidationError

from pipelines.sources.migrantenmonitor.profile import Profile, all_profiles
from tests.unit.sources.migrantenmonitor.books import profile, sheet

COLUMN = {"header": ["Totaal"]}


def refused(**said: Any) -> str:
    with pytest.raises(ValidationError) as error:
        Profile.model_validate(profile(**said))
    return str(error.value)


def test_the_profile_that_all_others_here_differ_from_is_right() -> None:
    assert Profile.model_validate(profile()).layout == "verzonnen-1"


def test_every_version_is_known_once_and_a_made_up_one_is_never_called_verified() -> None:
    versions = [(known.edition, known.version) for known in all_profiles()]
    assert len(versions) == len(set(versions)) == len({known.layout for known in all_profiles()}) > 0
    assert not [known.layout for known in all_profiles() if known.synthetic and known.verified]


def test_what_a_column_does_not_say_its_sheet_says_and_what_that_does_not_the_edition() -> None:
    columns = [COLUMN, {"header": ["Later"], "home_area": "resident", "finality": "estimated", "rounding_base": 5}]
    entries = [sheet(columns=columns, finality="provisional"), sheet(sheet="U", columns=[COLUMN])]
    first, second = Profile.model_validate(profile(sheets=entries)).sheets
    assert [(one.finality, one.rounding_base) for one in first.columns] == [("provisional", 10), ("estimated", 5)]
    assert [(one.finality, one.rounding_base) for one in second.columns] == [("final", 10)]


def test_what_an_edition_lacks_is_described_by_the_edition_too() -> None:
    lacking = {"table_id": "1", "employment": "self_employed", "reason_nl": "niet geteld", "reason_en": "not counted"}
    (absent,) = Profile.model_validate(profile(absent=[lacking])).absent
    assert (absent.measure, absent.employment, absent.finality) == ("workers", "self_employed", "final")


@pytest.mark.parametrize(
    ("said", "fault"),
    [
        ({"roundig_base": 5}, "roundig_base"),
        ({"rounding_base": 0}, "rounding_base"),
        ({"version": 2}, "version"),
        ({"unit": "mensen"}, "unit is 'mensen'"),
        ({"origin_group": "polen"}, "origin_group is 'polen'"),
        ({"universe": "iedereen"}, "no such universe is declared: iedereen"),
        ({"symbols": {"x": "geheim"}}, "symbols"),
        ({"unit": "percent"}, "workers in percent"),
        ({"measure": "share_of_migrants"}, "share_of_migrants in persons"),
        ({"period_end": "2021-12-31"}, "before period_start"),
        ({"recognise": []}, "recognise"),
        ({"recognise": [{"sheet": "T", "cell": "1A", "contains": "x"}]}, "cell"),
        ({"sheets": []}, "sheets"),
        ({"sheets": ["T"]}, "lists of fields"),
        ({"sheets": [sheet()]}, "lists of fields"),
        ({"sheets": [sheet(columns=[{"header": ["A", "B"]}])]}, "1 levels of header"),
        ({"sheets": [sheet(columns=[COLUMN, {"header": ["Alle"]}])]}, "counts the same"),
        ({"sheets": [sheet(columns=[COLUMN], first_row=2)]}, "within the header"),
        ({"sheets": [sheet(columns=[COLUMN], unit_row=2)]}, "unit_row and unit_text"),
        ({"sheets": [sheet(columns=[COLUMN], unit_row=3, unit_text="aantal")]}, "within the header"),
        ({"sheets": [sheet(columns=[COLUMN], name_column=None)]}, "national_name needs"),
        ({"sheets": [sheet(columns=[COLUMN], name_column=None, code_column=None)]}, "where the areas stand"),
        ({"replaces": {"edition": "verzonnen", "version": "1", "tables": ["2"]}}, "it replaces the tables"),
        ({"sums": [{"table_id": "1", "dimension": "area", "total": "NL", "parts": ["PV"], "complete": True}]}, "sum"),
        ({"sums": [{"table_id": "9", "dimension": "area", "total": "NL", "parts": ["GM"], "complete": True}]}, "sum"),
        ({"sums": [{"table_id": "1", "dimension": "value", "total": "x", "parts": ["y"], "complete": True}]}, "sum"),
        (
            {
                "sums": [
                    {"table_id": "1", "dimension": "home_area", "total": "all", "parts": ["here"], "complete": True}
                ]
            },
            "the sum all of home_area names what is not in table '1'",
        ),
    ],
)
def test_a_profile_that_cannot_be_meant_is_refused_and_says_why(said: dict[str, Any], fault: str) -> None:
    assert fault in refused(**said)


def test_what_is_left_open_is_named_with_its_place() -> None:
    left = refused(version="?", sheets=[sheet(columns=[COLUMN, {"header": ["Alle"], "home_area": "?"}])])
    assert "left open: version, sheets/0/columns/1/home_area" in left
