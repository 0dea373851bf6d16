"""The AM bundle: nothing is given out before its seal holds, and a message that is no person keeps its place."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipelines.sources.forms import Wanted, am_bundle, workbook, zips
from tests import forms
from tests.conftest import a_numbers, bsns

WANTED = Wanted(("01.01.10", "01.01.20"), ("04.05.10", "04.65.10", "08.09.10", "58.09.10", "58.09.20"))


def message(kind: Any = "Sv01", **data: Any) -> dict[str, Any]:
    return {"berichtInhoud": {"berichtType": kind, "aNummer": a_numbers()[0], "plData": data}}


def read(*messages: Any) -> list[dict[str, Any]]:
    lines = [one if isinstance(one, bytes) else json.dumps(one).encode() for one in messages]
    return forms.read(am_bundle, forms.sealed(lines), WANTED)


def flaws(*messages: Any) -> list[str | None]:
    return [one["flaw"] for one in read(*messages)]


def test_a_rubric_is_an_element_of_the_current_state_and_history_and_occurrences_are_lists() -> None:
    (found,) = read(
        message(
            c01=[{"e0110": a_numbers()[1], "e0120": bsns()[0], "historie": [{"e0120": "0"}]}],
            c04=[{"e0510": "0072", "historie": [{"e0510": "0001"}]}, {"e6510": "B"}],
            c08=[{"e0910": "0394", "historie": [{"e0910": "0599", "e0920": "2019"}, {"e0910": "1999"}]}],
            c07=[{"e6710": "1"}],
        )
    )
    assert found == {
        "row": 1,
        "flaw": None,
        "01.01.10": a_numbers()[1],
        "01.01.20": bsns()[0],
        "04.05.10": ["0072", ""],
        "04.65.10": ["", "B"],
        "08.09.10": "0394",
        "58.09.10": ["0599", "1999"],
        "58.09.20": ["2019", ""],
    }


def test_a_person_without_an_a_nummer_has_that_of_the_message() -> None:
    found = read(message(), message(c01=[{"e0110": None}]), message(c01=[{"e0110": ""}]), message(c01=[]))
    assert [one["01.01.10"] for one in found] == [a_numbers()[0]] * 4


@pytest.mark.parametrize("kind", ["Sv01", "Ag01", "Ag11", "Ag31", "Lg01", "La01", "Ha01"])
def test_a_message_with_a_whole_person_is_read(kind: str) -> None:
    assert flaws(message(kind)) == [None]


def test_another_message_keeps_its_place_and_names_its_type_only_if_that_is_one() -> None:
    assert flaws(message("Gv01"), message(), message(a_numbers()[0]), message(None), message({"a": 1})) == [
        "is a message of type Gv01, which carries no whole person",
        None,
        *["is a message that carries no whole person"] * 3,
    ]


@pytest.mark.parametrize("line", [b"", b"{", b"\xff\xfe", b'{"a": "\xe9"}', b"[" * 100_000, b"x" * 100_000])
def test_a_line_that_is_no_json_is_flawed(line: bytes) -> None:
    assert flaws(message(), line, message()) == [None, "is no JSON", None]


@pytest.mark.parametrize("line", [b"[]", b"1", b"null", b'"x"', b"{}", b'{"berichtInhoud": []}'])
def test_json_that_is_no_message_is_flawed(line: bytes) -> None:
    assert flaws(line) == ["is a message that carries no whole person"]


@pytest.mark.parametrize("data", [None, [], "x", 1])
def test_a_message_without_data_of_a_person_is_flawed(data: Any) -> None:
    one = message()
    one["berichtInhoud"]["plData"] = data
    assert flaws(one) == ["holds no person"]


@pytest.mark.parametrize("wrong", [{}, "x", 1, True, [1], [None], [[]], [{}, "x"]])
def test_a_category_of_another_make_makes_a_person_flawed_and_loses_no_nationality_in_silence(wrong: Any) -> None:
    assert flaws(message(c04=wrong)) == ["its category 04 is no list of objects"]
    assert flaws(message(c08=[{"historie": wrong}])) == ["its history of category 08 is no list of objects"]
    assert flaws(message(c99=wrong)) == [None]


def test_content_that_is_no_text_is_given_as_text_for_its_rule_to_reject() -> None:
    (found,) = read(message(c04=[{"e0510": 72}, {"e0510": ["0072"]}, {"e0510": None}], c01=[{"e0120": True}]))
    assert (found["04.05.10"], found["01.01.20"]) == (["72", '["0072"]', ""], "true")


def test_many_blocks_are_one_file(monkeypatch: pytest.MonkeyPatch) -> None:
    lines = [json.dumps(message(c01=[{"e0120": bsns()[at]}])).encode() for at in range(200)]
    monkeypatch.setattr("pipelines.sources.forms.lo_csv.BLOCK_BYTES", 1000)
    monkeypatch.setattr("pipelines.sources.forms.am_bundle.BLOCK_BYTES", 1000)
    found = forms.read(am_bundle, forms.sealed(lines), WANTED)
    assert [(one["row"], one["01.01.20"]) for one in found] == [(at + 1, bsns()[at]) for at in range(200)]


@given(lines=st.lists(st.one_of(st.binary(max_size=40), st.sampled_from([b"{", b"null", b'{"berichtInhoud": 1}']))))
def test_every_line_keeps_its_place_whatever_it_holds(lines: list[bytes]) -> None:
    sound = json.dumps(message()).encode()
    lines = [line.replace(b"\n", b"") for line in lines] + [sound]
    found = forms.read(am_bundle, forms.sealed(lines), WANTED)
    assert [one["row"] for one in found] == list(range(1, len(lines) + 1))
    assert [one["flaw"] for one in found].count(None) == 1


@given(
    place=st.integers(0, 10_000),
    length=st.integers(0, 30),
    sign=st.sampled_from([b"", b"{", b'"', b",", b"]", b"\xff"]),
)
def test_a_spoiled_message_is_read_or_flawed(place: int, length: int, sign: bytes) -> None:
    data = {"c01": [{"e0120": bsns()[0]}], "c04": [{"e0510": "0072"}], "c08": [{"e0910": "0394", "historie": [{}]}]}
    line = json.dumps(message(**data)).encode()
    at = place % len(line)
    found = forms.read(am_bundle, forms.sealed([line[:at] + sign + line[at + length :], line]), WANTED)
    assert [(one["row"], one["01.01.20"]) for one in found][1:] == [(2, bsns()[0])]
    assert not any(bsns()[0] in (one["flaw"] or "") for one in found)


# the seal


LINE = json.dumps(message()).encode()


@pytest.mark.parametrize(
    ("said", "rule"),
    [
        ({"checksum-sha256": "0" * 64}, "the checksum of berichtregels.jsonl is not the one"),
        ({"checksum-sha256": None}, "the checksum"),
        ({"aantalBerichten": 2}, "has another number of lines"),
        ({"aantalBerichten": "1"}, "has another number of lines"),
        ({"aantalBerichten": None}, "has another number of lines"),
    ],
)
def test_a_seal_that_does_not_hold_is_refused_and_named(said: dict[str, Any], rule: str) -> None:
    assert rule in forms.refusal(am_bundle, forms.sealed([LINE], said), WANTED)


def test_the_checksum_may_be_in_capitals_and_go_by_its_other_name() -> None:
    said = json.loads(zips_member(forms.sealed([LINE]), "am-metadata.json"))
    checksum = said.pop("checksum-sha256").upper()
    content = {
        "am-metadata.json": json.dumps(said | {"checksum": checksum}).encode(),
        "berichtregels.jsonl": LINE + b"\n",
    }
    assert len(forms.read(am_bundle, forms.zipped(content), WANTED)) == 1


def zips_member(content: bytes, name: str) -> bytes:
    with zips.opened(forms.delivered(content)) as archive:
        return archive.read(name)


def test_a_last_line_needs_no_end() -> None:
    import hashlib

    said = {"aantalBerichten": 2, "checksum-sha256": hashlib.sha256(LINE + b"\n" + LINE).hexdigest()}
    content = {"berichtregels.jsonl": LINE + b"\n" + LINE, "am-metadata.json": json.dumps(said).encode()}
    assert len(forms.read(am_bundle, forms.zipped(content), WANTED)) == 2


def test_a_bundle_of_nothing_is_refused() -> None:
    assert "no messages" in forms.refusal(am_bundle, forms.sealed([]), WANTED)


@pytest.mark.parametrize(
    ("members", "rule"),
    [
        ({"berichtregels.jsonl": LINE}, "am-metadata.json is missing"),
        ({"am-metadata.json": b"{}"}, "berichtregels.jsonl is missing"),
        ({"am-metadata.json": b"[]", "berichtregels.jsonl": LINE}, "it is no JSON object"),
        ({"am-metadata.json": b"{", "berichtregels.jsonl": LINE}, "it is no JSON object"),
        ({"am-metadata.json": b"\xff", "berichtregels.jsonl": LINE}, "it is no JSON object"),
        ({"am-metadata.json": b"[" * 100_000, "berichtregels.jsonl": LINE}, "it is no JSON object"),
    ],
)
def test_a_bundle_that_is_not_whole_is_refused(members: dict[str, bytes], rule: str) -> None:
    assert rule in forms.refusal(am_bundle, forms.zipped(members), WANTED)


def test_an_archive_that_is_packed_to_fill_a_machine_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(zips, "MOST_BYTES", 1000)
    packed = forms.sealed([LINE, b"0" * 1_000_000])
    assert "unpacks to more than" in forms.refusal(am_bundle, packed, WANTED)


def test_a_refusal_says_nothing_of_what_the_bundle_holds(capfd: pytest.CaptureFixture[str]) -> None:
    content = forms.sealed([LINE])
    for broken in (content[:-30], content[:60] + b"\x00" * 20 + content[80:], content[:100]):
        assert a_numbers()[0] not in forms.refusal(am_bundle, broken, WANTED)
    assert capfd.readouterr() == ("", "")


def test_the_messages_may_stand_before_the_metadata_and_be_large() -> None:
    import random

    noise = random.Random(1).randbytes(100_000).hex().encode()  # noqa: S311
    content = forms.zipped({"berichtregels.jsonl": noise, "am-metadata.json": b"{}"})
    assert am_bundle.recognises(content[:65536])
    assert not workbook.recognises(content[:65536])


def test_a_workbook_is_no_bundle_even_if_a_cell_names_one() -> None:
    assert not am_bundle.recognises(forms.sheet([["am-metadata.json"]]))
    assert not am_bundle.recognises(forms.zipped({"other.txt": b"x"}))
