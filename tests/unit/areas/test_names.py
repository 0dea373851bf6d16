"""Names of municipalities as workbooks, registers and people write them."""

from __future__ import annotations

import csv
from collections import defaultdict
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipelines.areas.names import (
    is_municipality,
    municipalities_ever_named,
    municipalities_named,
    municipalities_of_place,
    name_of,
)
from tests.contract.project import SEEDS


def seed(name: str) -> list[dict[str, str]]:
    with (SEEDS / f"{name}.csv").open(encoding="utf-8", newline="") as stream:
        return list(csv.DictReader(stream))


MUNICIPALITIES = seed("municipality")
TODAY = [row for row in MUNICIPALITIES if not row["valid_to"]]


@pytest.mark.parametrize("row", TODAY, ids=lambda row: row["municipality_name"])
def test_every_municipality_of_today_is_found_by_its_own_name(row: dict[str, str]) -> None:
    assert municipalities_named(row["municipality_name"]) == (row["municipality_code"],)


@pytest.mark.parametrize(
    ("code", "names"),
    [
        ("0518", ["Den Haag", "'s-Gravenhage", "’s-Gravenhage", "‘s Gravenhage", "'S-GRAVENHAGE (gemeente)"]),
        ("0796", ["'s-Hertogenbosch", "`s-Hertogenbosch", "Den Bosch", "den  bosch"]),
        ("1900", ["Súdwest-Fryslân", "Sudwest-Fryslan", "Súdwest Fryslân", "Zuidwest Friesland"]),
        ("1940", ["De Fryske Marren", "de friese meren"]),
        ("0737", ["Tytsjerksteradiel", "Tietjerksteradeel"]),
        ("1891", ["Dantumadiel", "Dantumadeel"]),
        ("1970", ["Noardeast-Fryslân", "Noordoost-Friesland"]),
        ("1949", ["Waadhoeke"]),
        ("0373", ["Bergen (NH)", "Bergen (NH.)", "Bergen NH", "BERGEN (N.H.)"]),
        ("0893", ["Bergen (L)", "Bergen (L.)"]),
        ("0164", ["Hengelo (O)", "Hengelo (O.)", "Hengelo"]),
        ("0417", ["Laren", "Laren (NH.)"]),
        ("0603", ["Rijswijk", "Rijswijk (ZH.)"]),
        ("0344", ["Utrecht", "Utrecht (gemeente)", "gemeente Utrecht"]),
        ("0820", ["Nuenen, Gerwen en Nederwetten", "Nuenen c.a.", "Nuenen"]),
        ("0353", ["IJsselstein", "Ĳsselstein", "ijsselstein"]),
    ],
)
def test_a_municipality_is_found_however_its_name_is_written(code: str, names: list[str]) -> None:
    assert {name: municipalities_named(name) for name in names} == dict.fromkeys(names, (code,))


@pytest.mark.parametrize(
    ("name", "day", "codes"),
    [
        ("De Friese Meren", "2014-01-01", ("1921",)),
        ("De Friese Meren", "2015-06-30", ("1921",)),
        ("De Friese Meren", "2015-07-01", ("1940",)),
        ("De Fryske Marren", "2015-06-30", ()),
        ("Menaldumadeel", "2010-12-31", ("0083",)),
        ("Menaldumadeel", "2011-01-01", ("1908",)),
        ("Menameradiel", "2018-01-01", ()),
        ("Littenseradeel", "2017-12-31", ("0140",)),
        ("Weesp", "2022-03-23", ("0457",)),
        ("Weesp", "2022-03-24", ()),
        ("Haarlemmermeer", "1990-01-01", ("0394",)),
    ],
)
def test_a_name_is_of_a_date(name: str, day: str, codes: tuple[str, ...]) -> None:
    assert municipalities_named(name, date.fromisoformat(day)) == codes


def test_a_name_and_a_code_are_known_also_if_they_ended() -> None:
    assert municipalities_ever_named("de friese meren") == ("1921", "1940")
    assert municipalities_ever_named("Weesp") == ("0457",)
    assert municipalities_ever_named("Atlantis") == ()
    assert is_municipality("0457")
    assert is_municipality("0394")
    assert not is_municipality("9999")


def test_a_name_that_two_municipalities_bear_gives_both() -> None:
    assert municipalities_named("Bergen") == ("0373", "0893")


def test_a_suffix_of_another_province_is_another_municipality() -> None:
    assert municipalities_named("Hengelo (Gld)") == municipalities_named("Laren (Gld)") == ()


@given(st.text(max_size=12))
def test_whatever_is_written_gives_codes_or_none_and_never_an_error(name: str) -> None:
    assert set(municipalities_named(name)) <= {row["municipality_code"] for row in TODAY}


def test_what_a_name_is_freed_of_tells_no_two_municipalities_apart() -> None:
    """Or a name would be ambiguous that is not."""
    bearers = defaultdict(set)
    for row in TODAY:
        for code in municipalities_named(row["municipality_name"]):
            bearers[code].add(row["municipality_code"])
    assert all(len(rows) == 1 for rows in bearers.values())


def test_every_variant_is_of_a_municipality_and_says_what_its_name_does_not() -> None:
    names = {row["municipality_code"]: row["municipality_name"] for row in MUNICIPALITIES}
    for row in seed("municipality_name_variant"):
        assert row["municipality_code"] in names
        assert row["name"] != names[row["municipality_code"]]


@pytest.mark.parametrize(
    ("place", "codes"),
    [
        ("Hoofddorp", ("0394",)),
        ("nieuw vennep", ("0394",)),
        ("Den Haag", ("0518",)),
        ("Rotterdam", ("0599",)),
        ("Laren", ("0262", "0417")),
        ("Onbekend dorp", ()),
    ],
)
def test_a_place_lies_in_a_municipality_in_several_or_in_none_that_is_known(place: str, codes: tuple[str, ...]) -> None:
    assert municipalities_of_place(place) == codes


def test_every_place_lies_in_a_municipality_of_today() -> None:
    assert {row["municipality_code"] for row in seed("municipality_place")} <= {
        row["municipality_code"] for row in TODAY
    }


def test_a_code_has_the_name_that_its_municipality_bears_or_bore_last() -> None:
    assert name_of("0599") == "Rotterdam"
    assert name_of("0393") == "Haarlemmerliede en Spaarnwoude", "which ended in 2019"
