"""The BRP API: both variants, dates of every kind, and documents in one, in lines, or bare."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipelines.sources.forms import Wanted, brp_api
from tests import forms
from tests.conftest import a_numbers, bsns

if TYPE_CHECKING:
    from tests.conftest import Cell

WANTED = Wanted(
    ("01.01.20", "04.05.10"),
    (
        "01.03.10", "04.65.10", "07.68.10", "07.71.10", "08.10.10", "08.13.10", "08.13.20", "08.83.10", "58.09.10",
        "16.09.10",
    ),
)  # fmt: skip


def read(*persons: Any) -> list[dict[str, Any]]:
    return forms.read(brp_api, json.dumps({"personen": persons}).encode(), WANTED)


def one(**person: Any) -> dict[str, Any]:
    (found,) = read(person)
    return found


@settings(max_examples=20)
@given(persons=forms.persons(st.just("")))
def test_the_gba_variant_carries_what_the_register_holds(persons: list[dict[str, Cell]]) -> None:
    rubrics = [rubric for rubric in forms.RUBRICS if rubric not in ("04.64.10", "08.11.10", "58.09.10", "58.09.20")]
    persons = [person for person in persons if not any(person["04.64.10"])]
    if persons:
        found = forms.read(brp_api, forms.brp_api(persons, "gba"))
        assert forms.rubrics_of(found, rubrics) == forms.rubrics_of(persons, rubrics)


@pytest.mark.parametrize(
    ("date", "written"),
    [
        ({"type": "Datum", "datum": "2019-05-01", "langFormaat": "1 mei 2019"}, "20190501"),
        ({"type": "JaarMaandDatum", "jaar": 2019, "maand": 5}, "20190500"),
        ({"type": "JaarMaandDatum", "jaar": 2019, "maand": 12}, "20191200"),
        ({"type": "JaarDatum", "jaar": 2019}, "20190000"),
        ({"type": "DatumOnbekend", "onbekend": True}, "00000000"),
        ("20190501", "20190501"),
        ("20190500", "20190500"),
        ("00000000", "00000000"),
        ("2019-05-01", "20190501"),
        (None, ""),
        # What is none of these stays, so that its rule rejects it.
        ("1 mei 2019", "1 mei 2019"),
        ({"type": "Anders"}, '{"type":"Anders"}'),
        ({"datum": "20190501"}, "20190501"),
        (20190501, "20190501"),
    ],
)
def test_a_date_of_every_kind(date: Any, written: str) -> None:
    found = one(geboorte={"datum": date}, datumEersteInschrijvingGBA=date, verificatie={"datum": date})
    assert {found[rubric] for rubric in ("01.03.10", "07.68.10", "07.71.10")} == {written}


@pytest.mark.parametrize(
    ("nationality", "code", "special"),
    [
        ({"type": "Nationaliteit", "nationaliteit": {"code": "0072"}}, "0072", ""),
        ({"type": "Staatloos"}, "0499", ""),
        ({"type": "NationaliteitOnbekend"}, "0000", ""),
        ({"type": "BehandeldAlsNederlander"}, "", "B"),
        ({"type": "VastgesteldNietNederlander"}, "", "V"),
        ({"nationaliteit": {"code": "0072"}}, "0072", ""),
        ({"aanduidingBijzonderNederlanderschap": "B"}, "", "B"),
        ({"type": "Nieuw"}, "Nieuw", ""),
        ({}, "", ""),
    ],
)
def test_a_nationality_of_every_kind(nationality: Any, code: str, special: str) -> None:
    found = one(nationaliteiten=[{"nationaliteit": {"code": "0001"}}, nationality])
    assert (found["04.05.10"], found["04.65.10"]) == (["0001", code], ["", special])


@pytest.mark.parametrize("wrong", [{}, "x", 1, True, [1], [None], [[]], [{}, "x"]])
def test_nationalities_of_another_make_make_a_person_flawed(wrong: Any) -> None:
    assert one(nationaliteiten=wrong)["flaw"] == "its nationaliteiten are no list of objects"


@pytest.mark.parametrize("wrong", [1, "x", None, [], True])
def test_an_element_that_is_no_object_is_flawed_and_keeps_its_place(wrong: Any) -> None:
    found = read({"burgerservicenummer": bsns()[0]}, wrong, {"burgerservicenummer": bsns()[1]})
    assert [(row["row"], row["flaw"], row["01.01.20"]) for row in found] == [
        (1, None, bsns()[0]),
        (2, "is no object", None),
        (3, None, bsns()[1]),
    ]


def test_what_the_api_does_not_carry_is_empty() -> None:
    found = one(burgerservicenummer=bsns()[0])
    assert (found["58.09.10"], found["16.09.10"], found["04.05.10"], found["04.65.10"]) == ([""], "", [""], [""])


@pytest.mark.parametrize(
    ("residence", "country", "since"),
    [
        ({"land": {"code": "5010"}, "datumAanvangAdresBuitenland": "20200101"}, "5010", "20200101"),
        (
            {
                "type": "VerblijfplaatsBuitenland",
                "verblijfadres": {"land": {"code": "5010"}},
                "datumVan": {"type": "JaarDatum", "jaar": 2020},
            },
            "5010",
            "20200000",
        ),
        ({"type": "VerblijfplaatsOnbekend", "datumVan": {"type": "Datum", "datum": "2020-01-02"}}, "", "20200102"),
        ({"type": "Adres", "datumVan": {"type": "Datum", "datum": "2020-01-02"}}, "", ""),
    ],
)
def test_a_residence_abroad(residence: dict[str, Any], country: str, since: str) -> None:
    found = one(verblijfplaats=residence)
    assert (found["08.13.10"], found["08.13.20"]) == (country, since)


def test_who_does_not_live_at_the_address_is_marked_as_the_register_does() -> None:
    assert one(verblijfplaats={"indicatieVastgesteldVerblijftNietOpAdres": True})["08.83.10"] == "089999"
    assert one(verblijfplaats={"indicatieVastgesteldVerblijftNietOpAdres": False})["08.83.10"] == ""
    assert one(verblijfplaats={"inOnderzoek": {"aanduidingGegevensInOnderzoek": "080000"}})["08.83.10"] == "080000"
    assert one(verblijfplaats={"functieAdres": {"code": "B"}})["08.10.10"] == "B"


PERSONS = [{"burgerservicenummer": bsns()[at]} for at in range(3)]


def document(*persons: Any, **style: Any) -> bytes:
    return json.dumps({"type": "x", "personen": persons}, **style).encode()


@pytest.mark.parametrize(
    "content",
    [
        document(*PERSONS),
        document(*PERSONS, indent=4),
        b"\xef\xbb\xbf" + document(*PERSONS, indent=4).replace(b"\n", b"\r\n"),
        b"\xef\xbb\xbf" + document(*PERSONS) + b"\r\n",
        document(*PERSONS[:2]) + b"\n" + document() + b"\n\n" + document(PERSONS[2]) + b"\n",
        json.dumps(PERSONS).encode(),
        json.dumps(PERSONS, indent=1).encode(),
        json.dumps(PERSONS[:1]).encode() + b"\n" + json.dumps(PERSONS[1:]).encode(),
    ],
)
def test_documents_in_one_in_lines_or_bare_are_the_same_persons(content: bytes) -> None:
    assert brp_api.recognises(content)
    found = forms.read(brp_api, content, WANTED)
    assert [(row["row"], row["01.01.20"]) for row in found] == [(at + 1, bsns()[at]) for at in range(3)]


def test_a_large_document_comes_in_batches_of_bounded_size(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(brp_api, "BATCH_ROWS", 7)
    content = document(*({"burgerservicenummer": bsns()[at]} for at in range(100)), indent=1)
    assert [table.num_rows for table in brp_api.batches(forms.delivered(content), WANTED)] == [*[7] * 14, 2]
    assert [row["01.01.20"] for row in forms.read(brp_api, content, WANTED)] == list(bsns()[:100])


@pytest.mark.parametrize(
    ("content", "rule"),
    [
        (document(*PERSONS)[:-4], "row 1: what begins here is no whole document"),
        (document(*PERSONS, indent=1)[:-4], "row 1: what begins here is no whole document"),
        (document(*PERSONS) + b"\n" + document(*PERSONS)[:-4], "row 2: what begins here is no whole document"),
        (document(*PERSONS) + b'\n{"status": 401}', "row 2: what begins here is no whole document"),
        (b'{"personen": {}}', "no whole document with a list of persons"),
        (b'[{"a": "\xe9"}]', "no whole document"),
        (b"[", "no whole document"),
        (b"[" * 1_000_000, "no whole document"),
        (document(), "it holds no persons"),
        (b"[]", "it holds no persons"),
        (b"", "it holds no persons"),
    ],
)
def test_what_is_not_whole_is_refused_without_its_content(
    content: bytes, rule: str, capfd: pytest.CaptureFixture[str]
) -> None:
    message = forms.refusal(brp_api, content, WANTED)
    assert rule in message
    assert not any(number in message for number in (*bsns()[:3], *a_numbers()[:3]))
    assert capfd.readouterr() == ("", "")


@pytest.mark.parametrize("content", [b"", b"{}", b"[1]", b'["x"]', b'{"a": 1}', b"01.01.10\n", b"PK\x03\x04"])
def test_other_content_is_not_taken_for_an_answer(content: bytes) -> None:
    assert not brp_api.recognises(content)
