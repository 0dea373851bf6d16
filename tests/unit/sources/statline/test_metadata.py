"""What CBS says of a table, from answers in the form that it really gave for table 80072ned in 2020."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from pipelines.sources.statline.metadata import metadata
from pipelines.sources.statline.pages import V3, V4

if TYPE_CHECKING:
    from pipelines.sources.statline.pages import Rows

NEWER: dict[str, Rows] = {
    "Properties": [
        {
            "Identifier": "80072ned", "Modified": "2020-06-19T02:00:00+02:00", "Version": "202006190200",
            "ObservationCount": 4409, "Status": "Regulier",
        }
    ],
    "Dimensions": [
        {"Identifier": "Perioden", "Kind": "TimeDimension", "MapYear": None, "Title": "Perioden"},
        {"Identifier": "BedrijfskenmerkenSBI2008", "Kind": "Dimension", "Title": "Bedrijfskenmerken (SBI 2008)"},
    ],
    "MeasureCodes": [
        {"Identifier": "M000002", "Index": 3, "Title": "SYNTHETISCH", "MeasureGroupId": None},
        {"Identifier": "M001924", "Index": 2, "Title": "Ziekteverzuimpercentage", "Decimals": 1, "Unit": "%"},
    ],
    "PeriodenCodes": [
        {"Identifier": "2019JJ00", "Status": "Definitief", "Title": "2019", "Description": ""},
        {"Identifier": "2020KW01", "Status": "Voorlopig", "Title": "2020 1e kwartaal", "Description": None},
    ],
    "BedrijfskenmerkenSBI2008Codes": [{"Identifier": "T001081", "Title": "A-U Alle economische activiteiten"}],
}  # fmt: skip
OLDER: dict[str, Rows] = {
    "TableInfos": [{"Identifier": "80072ned", "Modified": "2020-06-19T02:00:00"}],
    "DataProperties": [
        {"Type": "Dimension", "Key": "BedrijfskenmerkenSBI2008", "Title": "Bedrijfskenmerken (SBI 2008)"},
        {"Type": "TimeDimension", "Key": "Perioden", "Title": "Perioden"},
        {"Type": "TopicGroup", "Key": "", "Title": "SYNTHETISCH", "Default": None},
        {"Type": "Topic", "Key": "Ziekteverzuimpercentage_1", "Title": "Ziekteverzuimpercentage", "Default": "Missing"},
    ],
    "Perioden": [{"Key": "2020KW01", "Title": "2020 1e kwartaal", "Status": "Voorlopig", "Description": None}],
    "BedrijfskenmerkenSBI2008": [{"Key": "T001081   ", "Title": "A-U Alle economische activiteiten  "}],
}


def test_the_newer_generation_describes_a_table() -> None:
    found = metadata(V4, NEWER.__getitem__)
    assert (found.modified, found.observations) == ("2020-06-19T02:00:00+02:00", 4409)
    assert found.titles["BedrijfskenmerkenSBI2008"] == "Bedrijfskenmerken (SBI 2008)"
    assert [topic.code for topic in found.topics] == ["M001924", "M000002"]
    assert [(code.code, code.status) for code in found.codes["Perioden"]] == [
        ("2019JJ00", "Definitief"),
        ("2020KW01", "Voorlopig"),
    ]


def test_the_older_generation_describes_it_alike_with_the_codes_as_they_stand_in_its_rows() -> None:
    newer, older = metadata(V4, NEWER.__getitem__), metadata(V3, OLDER.__getitem__)
    assert (older.time, older.titles) == (newer.time, newer.titles)
    (code,) = older.codes["BedrijfskenmerkenSBI2008"]
    assert (code.code, code.title) == ("T001081   ", "A-U Alle economische activiteiten")
    assert [(topic.code, topic.empty) for topic in older.topics] == [("Ziekteverzuimpercentage_1", "Missing")]


def test_the_dimension_of_time_is_the_one_of_that_kind_whatever_its_name() -> None:
    renamed = {**NEWER, "MaandenCodes": NEWER["PeriodenCodes"]}
    renamed["Dimensions"] = [{**NEWER["Dimensions"][0], "Identifier": "Maanden"}, NEWER["Dimensions"][1]]
    assert metadata(V4, renamed.__getitem__).time == "Maanden"


@pytest.mark.parametrize(
    ("entity", "field"), [("Properties", "Modified"), ("Dimensions", "Identifier"), ("MeasureCodes", "Title")]
)
def test_a_description_that_lacks_a_field_names_it(entity: str, field: str) -> None:
    without: dict[str, Any] = {**NEWER, entity: [{**row, field: None} for row in NEWER[entity]]}
    with pytest.raises(ValueError, match=f"{entity} has no text {field}"):
        metadata(V4, without.__getitem__)
