"""What a delivery is, and its standing among others."""

from __future__ import annotations

import hashlib
import json
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

from hypothesis import given
from hypothesis import strategies as st

from pipelines.landing.deliveries import (
    Part,
    Place,
    RefusedError,
    Sidecar,
    delivery_id,
    fingerprint_file,
    outcome,
    outcome_path,
    snapshots,
    standing,
)
from tests.conftest import GROUNDS, House, lo_csv, resident

if TYPE_CHECKING:
    import pytest

HEADER = "zaaknummer;controleplaats;startdatum;wet;uitkomst;besluitdatum;aantal_boetes;boetebedrag\n"
PLACE = Place("brp", "0394", date(2026, 2, 1))


def cases(number: int) -> str:
    return HEADER + f"Z{number};Rotterdam;2025-03-04;Wav;boete;2025-05-01;1;4000\n"


def part(content: bytes, name: str = "a.csv") -> Part:
    return Part(name=name, size=len(content), sha256=hashlib.sha256(content).hexdigest())


def test_a_place_reads_as_it_stands_in_the_inbox() -> None:
    assert str(PLACE) == "brp/0394/2026-02-01"


def test_a_refusal_says_where_what_and_how_to_mend_it() -> None:
    assert (
        str(RefusedError("a.csv row 3", "it is not UTF-8", "Save it so")) == "a.csv row 3: it is not UTF-8. Save it so"
    )


@given(st.binary(max_size=3000))
def test_a_fingerprint_is_size_and_sha256(tmp_path_factory: pytest.TempPathFactory, content: bytes) -> None:
    path = tmp_path_factory.getbasetemp() / "fingerprint.csv"
    path.write_bytes(content)
    found = fingerprint_file(path)
    assert found == part(content, "fingerprint.csv")


def test_an_outcome_of_another_program_is_read_or_is_none_and_read_again(house: House) -> None:
    read = house.take_in("inspectorate", {"a.csv": cases(1)})
    (snapshot,) = snapshots(house.settings, "inspectorate")
    path = outcome_path(house.settings, snapshot)
    kept = json.loads(path.read_text(encoding="utf-8"))
    path.write_text(json.dumps(kept | {"of_a_later_program": 1}), encoding="utf-8")
    assert outcome(house.settings, snapshot) == read
    del kept["status"]
    path.write_text(json.dumps(kept), encoding="utf-8")
    assert outcome(house.settings, snapshot) is None
    assert standing(house.settings) == {snapshot.id: "unread"}


def test_a_manifest_holds_nothing_that_an_older_program_would_not_know(house: House) -> None:
    house.take_in("inspectorate", {"a.csv": cases(1)}, sidecar={"sequence": 2})
    (snapshot,) = snapshots(house.settings, "inspectorate")
    kept = json.loads((snapshot.path / "manifest.json").read_text(encoding="utf-8"))
    assert kept["sidecar"] == {"sequence": 2}


def test_an_identity_depends_on_place_sequence_and_bytes_and_not_on_names_or_order() -> None:
    one, two = part(b"1", "a.csv"), part(b"2", "b.csv")
    identity = delivery_id(PLACE, 1, [one, two])
    assert delivery_id(PLACE, 1, [two, one]) == identity
    assert delivery_id(PLACE, 1, [part(b"1", "x.csv"), two]) == identity
    others = {
        delivery_id(PLACE, 1, [one]),
        delivery_id(PLACE, 1, [one, two, two]),
        delivery_id(replace(PLACE, scope="0599"), 1, [one, two]),
        delivery_id(replace(PLACE, source="rni"), 1, [one, two]),
        delivery_id(replace(PLACE, reference_date=date(2026, 2, 2)), 1, [one, two]),
    }
    assert len(others | {identity, delivery_id(PLACE, 2, [one, two])}) == 7


def test_under_a_key_an_identity_is_another_for_each_key_and_the_same_again() -> None:
    one = [part(b"1", "a.csv")]
    keyed = [delivery_id(PLACE, 1, one, key) for key in (b"a" * 32, b"b" * 32, b"a" * 32)]
    assert keyed[0] == keyed[2]
    assert len({*keyed, delivery_id(PLACE, 1, one)}) == 3


def test_grounds_that_are_empty_count_as_missing() -> None:
    assert Sidecar.model_validate(GROUNDS).missing_grounds() == []
    assert Sidecar.model_validate(GROUNDS | {"purpose": ""}).missing_grounds() == ["purpose"]
    assert Sidecar().missing_grounds() == ["legal_basis", "purpose", "authorisation", "retain_until"]


def test_what_was_landed_and_not_read_is_unread(house: House) -> None:
    house.deliver("inspectorate", {"a.csv": cases(1)})
    (snapshot,) = house.land("inspectorate").new
    assert standing(house.settings) == {snapshot.id: "unread"}


def test_the_highest_sequence_is_current_and_the_lower_superseded(house: House) -> None:
    ids = []
    for sequence in (1, 2, 3):
        house.deliver("inspectorate", {"a.csv": cases(sequence)}, sidecar={"sequence": sequence})
        ids.append(house.land("inspectorate").new[0].id)
    house.read("inspectorate")
    assert standing(house.settings) == {ids[0]: "superseded", ids[1]: "superseded", ids[2]: "current"}


def test_a_refused_successor_leaves_its_predecessor_current(house: House) -> None:
    house.deliver("inspectorate", {"a.csv": cases(1)})
    first = house.land("inspectorate").new[0].id
    house.deliver("inspectorate", {"a.csv": b"\xff"}, sidecar={"sequence": 2})
    second = house.land("inspectorate").new[0].id
    house.read("inspectorate")
    assert standing(house.settings) == {first: "current", second: "refused"}


def test_other_dates_and_scopes_are_current_side_by_side(house: House) -> None:
    for scope, day in (("0394", "2026-01-01"), ("0394", "2026-02-01"), ("0599", "2026-02-01")):
        house.deliver("inspectorate", {"a.csv": cases(1)}, scope=scope, day=day)
    house.land("inspectorate")
    for scope in ("0394", "0599"):
        house.read("inspectorate", scope)
    assert list(standing(house.settings).values()) == ["current"] * 3


def test_a_synthetic_snapshot_is_seen_by_the_sample_alone(sample_house: House) -> None:
    sample_house.deliver("brp", {"a.csv": lo_csv([resident()])}, sidecar=GROUNDS | {"synthetic": True})
    sample_house.land("brp")
    assert len(snapshots(sample_house.settings)) == 1
    assert snapshots(replace(sample_house.settings, sample=False)) == []


def test_snapshots_of_one_place_come_in_the_order_of_landing(house: House) -> None:
    landed = []
    for sequence in range(1, 6):
        house.deliver("inspectorate", {"a.csv": cases(sequence)}, sidecar={"sequence": sequence})
        landed.append(house.land("inspectorate").new[0].id)
    assert [snapshot.id for snapshot in snapshots(house.settings)] == landed


def test_a_snapshot_knows_its_files(house: House) -> None:
    house.deliver("inspectorate", {"a.csv": cases(1), "b.csv": cases(2)})
    house.land("inspectorate")
    (snapshot,) = snapshots(house.settings)
    assert snapshot.files == [snapshot.path / "a.csv", snapshot.path / "b.csv"]
    assert all(isinstance(path, Path) and path.exists() for path in snapshot.files)
