"""Bytes of persons at rest: what was encrypted comes back, in any pieces, and under no other key."""

from __future__ import annotations

import hashlib
import io
import stat
import threading
import tracemalloc
from dataclasses import replace
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING, BinaryIO

import pyrage
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipelines.landing.deliveries import Manifest, RefusedError, Sidecar, Snapshot
from pipelines.privacy.at_rest import (
    encrypt,
    is_what_was_landed,
    make_raw_key,
    open_part,
    open_seekable,
    plain_size,
    read_raw_keys,
)
from pipelines.settings import Settings, UsageError
from tests.conftest import House, below, lo_csv, resident

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

PERSONS = lo_csv([resident(number) for number in range(300)])
# Around the ends of a block, where an off-by-one would show.
SIZES = st.one_of(st.integers(0, 300), st.integers(65_530, 65_540), st.integers(131_060, 131_080))


@pytest.fixture
def sealed(house: House, tmp_path: Path) -> House:
    """A house that encrypts."""
    make_raw_key(tmp_path / "raw.key")
    return House(replace(house.settings, raw_key_file=tmp_path / "raw.key"))


def landed(house: House, content: str | bytes = PERSONS) -> Snapshot:
    house.deliver("brp", {"a.csv": content})
    (snapshot,) = house.land("brp").new
    return snapshot


def plain(settings: Settings, snapshot: Snapshot) -> str:
    with open_part(settings, snapshot, "a.csv") as stream:
        return stream.read().decode()


def in_pieces(stream: BinaryIO, sizes: list[int]) -> Iterator[bytes]:
    yield from (stream.read(size) for size in sizes)
    yield stream.read()


# what goes in comes out


@pytest.fixture(scope="module")
def workshop(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("at rest")
    make_raw_key(folder / "raw.key")
    return folder


@given(size=SIZES, seed=st.binary(min_size=1, max_size=8), pieces=st.lists(st.integers(0, 70_000), max_size=6))
def test_any_bytes_come_back_in_any_pieces(workshop: Path, size: int, seed: bytes, pieces: list[int]) -> None:
    content = hashlib.shake_128(seed).digest(size)
    source, target = workshop / "a.csv", workshop / "a.csv.age"
    source.write_bytes(content)
    target.unlink(missing_ok=True)
    assert encrypt(source, target, workshop / "raw.key") == hashlib.sha256(content).hexdigest()
    assert plain_size(target) == plain_size(source) == size
    assert pyrage.decrypt(target.read_bytes(), read_raw_keys(workshop / "raw.key")) == content, "any age tool opens it"
    source.unlink()
    settings, snapshot = bare(workshop)
    with open_part(settings, snapshot, "a.csv") as stream:
        assert b"".join(in_pieces(stream, pieces)) == content


def bare(folder: Path) -> tuple[Settings, Snapshot]:
    """No more than opening asks of a snapshot: landing one for each example would take minutes."""
    manifest = Manifest(
        delivery_id="d", source="brp", scope="0394", reference_date=date(2026, 2, 1), sidecar=Sidecar(), parts=(),
        landed_at=datetime.now(UTC),
    )  # fmt: skip
    settings = Settings(folder, folder, date(2026, 2, 15), None, raw_key_file=folder / "raw.key")
    return settings, Snapshot(manifest, folder)


def test_what_was_landed_is_encrypted_and_nothing_plain_is_left(sealed: House) -> None:
    folder = sealed.deliver("brp", {"a.csv": PERSONS})
    (snapshot,) = sealed.land("brp").new
    assert [path.name for path in below(snapshot.path)] == ["a.csv.age", "manifest.json"]
    assert stat.S_IMODE((snapshot.path / "a.csv.age").stat().st_mode) == 0o600
    assert not folder.exists()
    number = resident()["01.01.20"]
    assert isinstance(number, str)
    assert not [path for path in below(sealed.settings.data) if number.encode() in path.read_bytes()]
    (part,) = snapshot.manifest.parts
    assert (part.name, part.size) == ("a.csv", len(PERSONS.encode()))
    assert part.sha256 == hashlib.sha256(PERSONS.encode()).hexdigest()
    assert is_what_was_landed(sealed.settings, snapshot, part)
    before = set(below(sealed.settings.data))
    assert plain(sealed.settings, snapshot) == PERSONS
    assert set(below(sealed.settings.data)) == before


def test_public_bytes_are_not_encrypted(sealed: House) -> None:
    assert all(path.suffix == ".csv" for snapshot in sealed.land("figures").new for path in snapshot.files)
    assert all(path.exists() for snapshot in sealed.land("figures").new for path in snapshot.files)


def test_a_large_file_is_never_in_memory_whole(sealed: House) -> None:
    content = b"x" * (24 << 20)
    tracemalloc.start()
    sealed.deliver("brp", {"a.csv": content})
    tracemalloc.reset_peak()
    before = tracemalloc.get_traced_memory()[0]
    (snapshot,) = sealed.land("brp").new
    assert is_what_was_landed(sealed.settings, snapshot, snapshot.manifest.parts[0])
    peak = tracemalloc.get_traced_memory()[1] - before
    tracemalloc.stop()
    assert peak < 8 << 20


def test_a_stream_that_is_closed_early_leaves_no_thread(sealed: House) -> None:
    snapshot = landed(sealed, b"x" * (4 << 20))
    before = threading.active_count()
    with open_part(sealed.settings, snapshot, "a.csv") as stream:
        assert stream.read(10) == b"x" * 10
    assert threading.active_count() == before


def test_a_small_file_can_be_sought_in(house: House, sealed: House) -> None:
    for one, number in ((house, 1), (sealed, 2)):
        one.deliver("brp", {"a.csv": PERSONS}, day=f"2026-01-0{number}")
        (snapshot,) = one.land("brp").new
        with open_seekable(sealed.settings, snapshot, "a.csv") as stream:
            stream.seek(-5, io.SEEK_END)
            assert stream.read().decode() == PERSONS[-5:]
            stream.seek(0)
            assert stream.read().decode() == PERSONS


# encrypted and not, side by side


def test_what_was_landed_before_stays_readable_and_is_known_again(house: House, sealed: House) -> None:
    snapshot = landed(house)
    assert plain(sealed.settings, snapshot) == PERSONS
    house.deliver("brp", {"a.csv": PERSONS})
    assert len(sealed.land("brp").unchanged) == 1
    assert (snapshot.path / "a.csv").exists()


def test_encrypted_bytes_that_come_again_are_unchanged_and_that_needs_no_key(house: House, sealed: House) -> None:
    landed(sealed)
    sealed.deliver("brp", {"a.csv": PERSONS})
    assert len(house.land("brp").unchanged) == 1


def test_bytes_that_were_cut_off_are_landed_again(sealed: House) -> None:
    snapshot = landed(sealed)
    path = snapshot.path / "a.csv.age"
    path.write_bytes(path.read_bytes()[:-1])
    sealed.deliver("brp", {"a.csv": PERSONS})
    assert len(sealed.land("brp").new) == 1
    assert plain(sealed.settings, snapshot) == PERSONS


@pytest.mark.parametrize("keep", [0, 100, 600])
def test_a_header_that_is_cut_off_holds_nothing(tmp_path: Path, sealed: House, keep: int) -> None:
    snapshot = landed(sealed)
    path = snapshot.path / "a.csv.age"
    path.write_bytes(path.read_bytes()[:keep])
    assert plain_size(path) != snapshot.manifest.parts[0].size


# under another key, without one, damaged


def test_without_its_key_one_line_names_the_variable(house: House, sealed: House) -> None:
    snapshot = landed(sealed)
    with pytest.raises(UsageError, match="ZICHT_RAW_KEY_FILE"):
        open_part(house.settings, snapshot, "a.csv")


def test_a_wrong_key_is_wrong_use_and_no_fault_of_the_delivery(sealed: House, tmp_path: Path) -> None:
    snapshot = landed(sealed)
    make_raw_key(tmp_path / "other.key")
    other = replace(sealed.settings, raw_key_file=tmp_path / "other.key")
    with pytest.raises(UsageError, match="ZICHT_RAW_KEY_FILE") as wrong:
        open_part(other, snapshot, "a.csv")
    assert (tmp_path / "other.key").read_text(encoding="utf-8").splitlines()[-1] not in str(wrong.value)
    with pytest.raises(UsageError):
        is_what_was_landed(other, snapshot, snapshot.manifest.parts[0])


@pytest.mark.parametrize("at", [5, 400, -400_000, -1])
def test_damage_is_seen_wherever_it_is_and_no_part_passes_for_the_whole(sealed: House, at: int) -> None:
    snapshot = landed(sealed, b"900500012," * 60_000)
    path = snapshot.path / "a.csv.age"
    content = bytearray(path.read_bytes())
    content[at] ^= 1
    path.write_bytes(content)
    with pytest.raises(RefusedError, match="Deliver it again") as wrong:
        plain(sealed.settings, snapshot)
    assert "900500012" not in str(wrong.value)
    assert not is_what_was_landed(sealed.settings, snapshot, snapshot.manifest.parts[0])


def test_a_file_that_ends_between_two_blocks_is_damaged(sealed: House) -> None:
    snapshot = landed(sealed, b"x" * (2 * 65_536))
    path = snapshot.path / "a.csv.age"
    path.write_bytes(path.read_bytes()[: -(65_536 + 16)])
    with pytest.raises(RefusedError, match="not what was landed"):
        plain(sealed.settings, snapshot)


def test_a_part_that_is_gone_is_refused(sealed: House) -> None:
    snapshot = landed(sealed)
    (snapshot.path / "a.csv.age").unlink()
    with pytest.raises(RefusedError, match="not there"):
        open_part(sealed.settings, snapshot, "a.csv")


# the key


def test_a_new_raw_key_is_an_age_identity_of_its_owner_alone(tmp_path: Path) -> None:
    path = tmp_path / "safe" / "raw.key"
    recipient = make_raw_key(path)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    (key,) = read_raw_keys(path)
    assert str(key.to_public()) == recipient
    assert recipient.startswith("age1")
    with pytest.raises(UsageError, match="exists"):
        make_raw_key(path)


def test_the_first_key_encrypts_and_every_key_opens(sealed: House, tmp_path: Path) -> None:
    """Which is how a key is replaced: the new one goes above the old."""
    old = landed(sealed)
    make_raw_key(tmp_path / "new.key")
    new_alone = replace(sealed.settings, raw_key_file=tmp_path / "new.key")
    both = (tmp_path / "new.key").read_text(encoding="utf-8") + (tmp_path / "raw.key").read_text(encoding="utf-8")
    (tmp_path / "both.key").write_text(both.replace("\n", "\r\n\r\n"), encoding="utf-8")
    rotating = House(replace(sealed.settings, raw_key_file=tmp_path / "both.key"))
    rotating.deliver("brp", {"a.csv": PERSONS}, day="2026-01-01")
    (new,) = rotating.land("brp").new
    assert plain(rotating.settings, old) == plain(rotating.settings, new) == plain(new_alone, new) == PERSONS
    with pytest.raises(UsageError):
        plain(new_alone, old)


@pytest.mark.parametrize("content", ["", "# nothing\n", "AGE-SECRET-KEY-1SECRET", "0f" * 32, "\0é"])
def test_a_file_that_holds_no_raw_key_is_refused_without_showing_it(tmp_path: Path, content: str) -> None:
    path = tmp_path / "bad.key"
    path.write_text(content, encoding="utf-8")
    with pytest.raises(UsageError, match="no raw key") as wrong:
        read_raw_keys(path)
    assert not content or content not in str(wrong.value)


def test_a_raw_key_that_is_not_there_stops_landing_before_anything_is_copied(sealed: House, tmp_path: Path) -> None:
    (tmp_path / "raw.key").unlink()
    folder = sealed.deliver("brp", {"a.csv": PERSONS})
    with pytest.raises(UsageError, match="zicht key --raw"):
        sealed.land("brp")
    assert (folder / "a.csv").exists()
    assert list(below(sealed.settings.raw)) == []
