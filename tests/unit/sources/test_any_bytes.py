"""Whatever a file holds: it is read to the last row or refused, and nothing else."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from tests.conftest import GROUNDS, House, bsns, lo_csv, make_house, non_resident, resident
from tests.unit.sources.figures.test_reader import figures
from tests.unit.sources.inspectorate.test_reader import register
from tests.unit.sources.migrantenmonitor.test_reader import workbook

if TYPE_CHECKING:
    from collections.abc import Callable

    from pipelines.landing.deliveries import Outcome

SOUND = {
    "brp": lo_csv([resident(number) for number in range(3)]).encode(),
    "rni": lo_csv([non_resident(number, r16_09_10="0394") for number in range(3)]).encode(),
    "inspectorate": register({}, {"zaaknummer": "Z2"}).encode(),
    "figures": figures({}, {"value": "17400"}).encode(),
    "migrantenmonitor": workbook(),
}
SUFFIX = {"migrantenmonitor": ".xlsx"}
SIGNS = st.sampled_from([b"", b",", b";", b"\\", b'"', b"\n", b"\r\n", b"0", b"x", b"\xff", "é".encode(), b"\x00"])


def outcome_of(source: str, content: bytes) -> Outcome:
    with tempfile.TemporaryDirectory() as folder:
        house: House = make_house(Path(folder))
        sidecar = GROUNDS if source in ("brp", "rni") else {}
        return house.take_in(source, {f"a{SUFFIX.get(source, '.csv')}": content}, sidecar=sidecar)


def consistent(found: Outcome) -> None:
    if found.status == "read":
        assert found.rows_read == found.rows_accepted + found.rows_rejected > 0
    else:
        assert found.status == "refused"
        assert found.rows_accepted == 0
        assert found.message
    assert not any(bsn in found.message for bsn in bsns()[:3])


@pytest.mark.parametrize("source", sorted(SOUND))
@settings(max_examples=12)
@given(content=st.binary(min_size=1, max_size=300))
def test_arbitrary_bytes_are_refused_and_never_crash_a_reader(source: str, content: bytes) -> None:
    found = outcome_of(source, content)
    consistent(found)
    assert found.status == "refused"


def spoiled(sound: bytes) -> Callable[[list[tuple[int, int, bytes]]], bytes]:
    def spoil(changes: list[tuple[int, int, bytes]]) -> bytes:
        content = sound
        for place, length, sign in changes:
            at = place % len(sound)
            content = content[:at] + sign + content[at + length :]
        return content

    return spoil


@pytest.mark.parametrize("source", sorted(SOUND))
@settings(max_examples=25)
@given(data=st.data())
def test_a_sound_file_with_a_few_bytes_changed_is_read_or_refused(source: str, data: st.DataObject) -> None:
    changes = st.lists(st.tuples(st.integers(0, 20_000), st.integers(0, 3), SIGNS), min_size=1, max_size=4)
    content = data.draw(changes.map(spoiled(SOUND[source])))
    assume(content)
    consistent(outcome_of(source, content))
