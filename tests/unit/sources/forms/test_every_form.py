"""What holds for every form: what was written comes back, the forms agree, and any bytes are read or refused."""

from __future__ import annotations

import contextlib
import importlib
import io
import json
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipelines.landing.deliveries import RefusedError
from pipelines.sources.forms import FORMS, DeliveredFile, Wanted, recognise
from tests import forms
from tests.conftest import a_numbers, bsns

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from tests.conftest import Cell, Row

MODULES = {name: importlib.import_module(f"pipelines.sources.forms.{name}") for name in FORMS}

LETTERS = st.characters(exclude_categories=["Cc", "Cs", "Cn"])
SIGNS = st.one_of(st.sampled_from(",;\\\"#'|\té "), LETTERS)
CONTENT = st.text(SIGNS.filter(lambda sign: sign != "\t"), max_size=10)
# A content that a form can hold: without its separators, or what its program takes off.
FREE = {
    "am_bundle": st.text(st.characters(exclude_categories=["Cs"]), max_size=10),
    "workbook": CONTENT.filter(lambda text: "_x" not in text).map(lambda text: f"s{text}"),
    "brp_api": st.just(""),
    "lo_csv": CONTENT,
    "gba_v": CONTENT.map(lambda text: text.replace(";", "")),
    "mapped_csv": st.text(SIGNS, max_size=10).map(str.strip),
}
WRITE: dict[str, Callable[[Sequence[Row]], bytes]] = {
    "am_bundle": forms.am_bundle,
    "workbook": forms.workbook,
    "brp_api": forms.brp_api,
    "lo_csv": forms.lo_csv,
    "gba_v": forms.gba_v,
    "mapped_csv": forms.mapped_csv,
}
NOT_CARRIED = {
    "brp_api": {"04.64.10", "08.11.10", "58.09.10", "58.09.20"},
    "mapped_csv": {"58.09.10", "58.09.20"},
}
PERSONS: dict[str, Cell] = {
    "01.01.10": "", "01.01.20": "", "01.03.10": "19850621", "01.03.30": "7028", "04.05.10": ["0072", "0001"],
    "04.64.10": ["", ""], "04.65.10": ["", ""], "07.67.10": "", "07.67.20": "", "08.09.10": "0394",
    "08.09.20": "20240315", "08.11.10": "", "08.11.60": "2132AB", "08.11.80": "0394010000000019", "08.14.10": "7028",
    "08.14.20": "20240301", "08.83.10": "089999", "10.39.10": "09", "58.09.10": [""], "58.09.20": [""],
}  # fmt: skip
SOUND = [PERSONS | {"01.01.10": a_numbers()[at], "01.01.20": bsns()[at]} for at in range(3)]
BYTES = {name: WRITE[name](SOUND) for name in FORMS}


def carried(name: str) -> list[str]:
    return [rubric for rubric in forms.RUBRICS if rubric not in NOT_CARRIED.get(name, set())]


def wanted(name: str) -> Any:
    return forms.MAPPED if name == "mapped_csv" else forms.WANTED


def without_ended(persons: list[dict[str, Cell]]) -> list[dict[str, Cell]]:
    """The API does not give an ended nationality, nor the parts of an investigation that the proxy translates."""
    kept = []
    for person in persons:
        places = [at for at, end in enumerate(person["04.64.10"]) if not end] or [0]
        lists = {one: [person[one][at] for at in places] for one in ("04.05.10", "04.65.10")}
        other = {"08.83.10": "089999" if person["08.83.10"] == "089999" else ""}
        kept.append(person | lists | other | {"04.64.10": [""] * len(places)})
    return kept


@pytest.mark.parametrize("name", FORMS)
@given(data=st.data())
def test_persons_come_back_as_they_were_written(name: str, data: st.DataObject) -> None:
    persons = data.draw(forms.persons(FREE[name]))
    if name == "brp_api":
        persons = without_ended(persons)
    content = WRITE[name](persons)
    found = forms.read(MODULES[name], content, wanted(name))
    assert forms.rubrics_of(found, carried(name)) == forms.rubrics_of(persons, carried(name))
    assert recognise(forms.delivered(content)) is MODULES[name]


@settings(max_examples=20)
@given(persons=forms.persons(st.just("")))
def test_the_same_persons_are_the_same_in_every_form(persons: list[dict[str, Cell]]) -> None:
    persons = without_ended(persons)
    found = {name: forms.read(MODULES[name], WRITE[name](persons), wanted(name)) for name in FORMS}
    for name in FORMS:
        both = [rubric for rubric in carried(name) if rubric in carried("lo_csv")]
        assert forms.rubrics_of(found[name], both) == forms.rubrics_of(found["lo_csv"], both), name


def persons_in(name: str, content: bytes) -> int | None:
    """How many persons a broken file holds, where that can be told."""
    if name == "brp_api":
        # DuckDB takes a comma too many.
        with contextlib.suppress(ValueError):
            return len(json.loads(content)["personen"])
        return None
    lines = content.replace(b"\r\n", b"\n").rstrip(b"\r\n").split(b"\n")[1:]
    if name == "gba_v":
        return sum(place == 0 or (not line.startswith(b";") and line != b"") for place, line in enumerate(lines))
    return sum(line.count(b"\r") + 1 for line in lines) if name == "lo_csv" else None


def accounted(name: str, content: bytes) -> None:
    """Every person of the file is read or flawed, or the file is refused; and no message holds an identifier."""
    try:
        rows = forms.read(MODULES[name], content, wanted(name))
    except RefusedError as error:
        message = str(error)
    else:
        assert persons_in(name, content) in (None, len(rows))
        message = " ".join({row["flaw"] or "" for row in rows})
    assert not any(number in message for number in (*bsns()[:3], *a_numbers()[:3]))


@pytest.mark.parametrize("name", FORMS)
@given(content=st.binary(max_size=300))
def test_any_bytes_are_read_or_refused(name: str, content: bytes) -> None:
    accounted(name, content)


@pytest.mark.parametrize("name", FORMS)
@given(content=st.binary(max_size=200))
def test_any_bytes_after_a_sound_beginning_are_read_or_refused(name: str, content: bytes) -> None:
    accounted(name, BYTES[name][: len(BYTES[name]) // 2] + content)


SPOILS = st.sampled_from(
    [
        b"",
        b",",
        b";",
        b"\\",
        b'"',
        b"\n",
        b"\r\n",
        b"\r",
        b"0",
        b"x",
        b"{",
        b"]",
        b"null",
        b"\xff",
        "é".encode(),
        b"\x00",
    ]
)


@pytest.mark.parametrize("name", FORMS)
@settings(max_examples=200)
@given(changes=st.lists(st.tuples(st.integers(0, 20_000), st.integers(0, 3), SPOILS), min_size=1, max_size=4))
def test_a_sound_file_with_a_few_bytes_changed_is_read_or_refused(
    name: str, changes: list[tuple[int, int, bytes]]
) -> None:
    content = BYTES[name]
    for place, length, sign in changes:
        at = place % len(content)
        content = content[:at] + sign + content[at + length :]
    accounted(name, content)


@pytest.mark.parametrize("name", FORMS)
@settings(max_examples=100)
@given(place=st.integers(0, 20_000))
def test_a_file_that_is_cut_off_is_read_or_refused(name: str, place: int) -> None:
    accounted(name, BYTES[name][: place % len(BYTES[name])])


@given(content=st.binary(max_size=300))
def test_no_form_fails_to_look_at_any_bytes(content: bytes) -> None:
    for module in MODULES.values():
        assert module.recognises(content) in (True, False)


class NoSeeking(io.BytesIO):
    """A stream that gives its bytes once, as a decryption does."""

    def seekable(self) -> bool:
        return False

    def seek(self, place: int, whence: int = 0) -> int:
        raise io.UnsupportedOperation


@pytest.mark.parametrize("name", FORMS)
def test_a_stream_that_cannot_seek_is_read_as_any_other(name: str) -> None:
    file = DeliveredFile("extract", lambda: NoSeeking(BYTES[name]))
    found = [row for table in MODULES[name].batches(file, wanted(name)) for row in table.to_pylist()]
    assert found == forms.read(MODULES[name], BYTES[name], wanted(name))


@pytest.mark.parametrize("name", FORMS)
@settings(max_examples=20)
@given(change=st.tuples(st.integers(0, 20_000), st.integers(0, 8), st.binary(max_size=8)))
def test_a_file_on_disk_that_is_broken_is_read_or_refused(name: str, change: tuple[int, int, bytes]) -> None:
    at = change[0] % len(BYTES[name])
    with tempfile.NamedTemporaryFile() as path:
        path.write(BYTES[name][:at] + change[2] + BYTES[name][at + change[1] :])
        path.flush()

        def opened() -> BinaryIO:
            return Path(path.name).open("rb")

        with contextlib.suppress(RefusedError):
            assert list(MODULES[name].batches(DeliveredFile("extract", opened), wanted(name)))


@pytest.mark.parametrize("name", FORMS)
def test_a_required_rubric_that_no_content_has_is_refused_where_a_file_names_its_rubrics(name: str) -> None:
    asked = Wanted(("07.69.10",), (), wanted(name).columns)
    if name in ("am_bundle", "brp_api"):
        assert {row["07.69.10"] for row in forms.read(MODULES[name], BYTES[name], asked)} == {""}
    else:
        assert "07.69.10" in forms.refusal(MODULES[name], BYTES[name], asked)
