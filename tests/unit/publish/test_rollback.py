"""Going back to a release and forward again: what stands, what is held, what is refused, and what the ledger tells."""

from __future__ import annotations

import json
import shutil
from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest

from pipelines.cli import main
from pipelines.publish.release import (
    HeldError,
    current_release,
    damage,
    held,
    kept_releases,
    publish,
    rollback,
    settle,
    switch,
    to_tell,
)
from pipelines.quality import ledger
from pipelines.refresh import has_work, state
from pipelines.settings import UsageError
from tests.conftest import AS_OF, GROUNDS, House, below, lo_csv, resident
from tests.unit.publish.warehouse import candidate, furnish, gap, published, town

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture(autouse=True)
def _nothing_waits(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """The published figures that ship with the product are no delivery here."""
    monkeypatch.setattr("pipelines.settings.SHIPPED", tmp_path / "nothing")


def released(house: House, name: str, *, day: int = 0, **rows: Any) -> str:
    """A release on a day of a house in which one town has a name; its id."""
    that_day = House(replace(house.settings, as_of=AS_OF + timedelta(days=day)))
    candidate(that_day, area=[town("0394", name)], delivery=_deliveries(house), **rows)
    return publish(that_day.settings).release_id


def _deliveries(house: House) -> list[dict[str, Any]]:
    """What landing knows, as the table of deliveries has it."""
    from pipelines.landing.catalogue import arrivals

    return [
        {"delivery_id": one.delivery_id, "standing": one.standing, "source": one.source, "scope": one.scope}
        | {"reference_date": one.reference_date, "sequence": 1, "sha256": "a, b"}
        for one in arrivals(house.settings)
    ]


def names(house: House) -> list[str]:
    return [row["area_name"] for row in published(house, "select area_name from area")]


def files(folder: Path) -> dict[str, bytes]:
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in below(folder)}


@pytest.fixture
def two(house: House) -> tuple[str, str]:
    """Two releases, of two days."""
    made: tuple[str, str] = furnish(house, _two_releases)
    return made


def _two_releases(house: House) -> tuple[str, str]:
    return released(house, "old"), released(house, "new", day=1)


# there and back


def test_the_release_before_stands_again_with_all_its_files(house: House, two: tuple[str, str]) -> None:
    old, _ = two
    before = files(house.settings.releases / old)
    assert rollback(house.settings)["release_id"] == old
    assert names(house) == ["old"]
    assert files(house.settings.current) == before == files(house.settings.releases / old)
    stands = current_release(house.settings)
    assert stands is not None
    assert stands["release_id"] == old
    assert json.loads((house.settings.published / "release.json").read_text(encoding="utf-8")) == stands
    assert published(house, "select release_id from release where is_current") == [{"release_id": old}]


def test_and_the_newer_one_stands_again_by_its_name(house: House, two: tuple[str, str]) -> None:
    _, new = two
    rollback(house.settings)
    rollback(house.settings, new)
    assert names(house) == ["new"]


def test_both_moves_are_in_the_ledger(house: House, two: tuple[str, str]) -> None:
    old, new = two
    rollback(house.settings)
    rollback(house.settings, new)
    told = [(one["event"], one["release_id"]) for one in ledger.entries(house.settings, "release")]
    assert told == [("released", old), ("released", new), ("rolled_back", old), ("rolled_back", new)]
    assert ledger.entries(house.settings, "release")[2]["rolled_back"] == new


def test_a_rollback_that_was_killed_before_the_ledger_is_told_by_whoever_writes_next(
    house: House, two: tuple[str, str]
) -> None:
    old, new = two
    switch(house.settings, house.settings.releases / old)
    rollback(house.settings, new)
    told = [(one["event"], one["release_id"]) for one in ledger.entries(house.settings, "release")]
    assert told[2:] == [("rolled_back", old), ("rolled_back", new)]


def test_no_release_is_lost_by_going_back(house: House, two: tuple[str, str]) -> None:
    only_two = replace(house.settings, kept_releases=2)
    rollback(only_two)
    assert {one["release_id"] for one in kept_releases(only_two)} == set(two)


def test_a_release_after_a_rollback_knows_that_the_chosen_one_stood_before_it(
    house: House, two: tuple[str, str]
) -> None:
    old, new = two
    rollback(house.settings)
    house.take_in("inspectorate", {"a.csv": "zaaknummer\n"})
    third = released(house, "third", day=2)
    stands = current_release(house.settings)
    assert stands is not None
    assert (stands["release_id"], stands["previous"]) == (third, old)
    rows = published(house, "select release_id from release order by as_of")
    assert [row["release_id"] for row in rows] == [old, new, third], "each once"
    assert held(house.settings) is None


# held


def test_what_was_rolled_back_is_not_work(house: House, two: tuple[str, str]) -> None:
    today = replace(house.settings, as_of=AS_OF + timedelta(days=1))
    later = replace(today, as_of=AS_OF + timedelta(days=400))
    assert (has_work(today), has_work(later)) == (False, True)
    rollback(today)
    assert (has_work(today), has_work(later)) == (False, False), "nor when only the date and gaps changed"
    (said,) = [line for line in state(today).attention if "rolled back" in line]
    assert two[1] in said
    assert f"zicht rollback {two[1]}" in said


def test_a_run_that_makes_the_same_again_leaves_the_chosen_one_standing(house: House, two: tuple[str, str]) -> None:
    old, _ = two
    rollback(house.settings)
    before = files(house.settings.data / "ledger")
    assert released(house, "new", day=2, data_gap=[gap()]) == old
    assert names(house) == ["old"]
    assert files(house.settings.data / "ledger") == before


@pytest.mark.usefixtures("two")
def test_a_new_delivery_ends_the_hold(house: House) -> None:
    rollback(house.settings)
    house.take_in("inspectorate", {"a.csv": "zaaknummer\n"})
    assert has_work(house.settings)
    released(house, "newest", day=2)
    assert names(house) == ["newest"]


@pytest.mark.usefixtures("two")
def test_other_code_ends_the_hold(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    rollback(house.settings)
    monkeypatch.setattr("pipelines.publish.fingerprint.code_version", lambda: "mended")
    assert held(house.settings) is None
    assert has_work(house.settings)


def test_going_forward_to_the_newest_ends_the_hold_and_to_another_does_not(house: House, two: tuple[str, str]) -> None:
    old, middle = two
    newest = released(house, "newest", day=2)
    rollback(house.settings, old)
    rollback(house.settings, middle)
    assert held(house.settings) == newest
    rollback(house.settings, newest)
    assert held(house.settings) is None


@pytest.mark.parametrize("harm", ["cut off", "gone"])
def test_where_the_chosen_release_is_damaged_the_run_fails_and_what_was_rolled_back_stays_away(
    house: House, two: tuple[str, str], harm: str
) -> None:
    old, new = two
    rollback(house.settings)
    before = files(house.settings.data / "ledger")
    if harm == "gone":
        shutil.rmtree(house.settings.releases / old)
    else:
        house.settings.database.write_bytes(b"cut off")
    assert has_work(house.settings)
    with pytest.raises(HeldError, match=f"{old}, which `zicht rollback` chose, is damaged .*{new} is not released"):
        released(house, "new", day=1)
    assert files(house.settings.data / "ledger") == before
    rollback(house.settings, new)
    assert names(house) == ["new"], "by hand it may stand"


@pytest.mark.parametrize("link", ["current", "zicht.duckdb"])
def test_links_that_are_gone_are_made_again_on_the_chosen_release(
    house: House, two: tuple[str, str], link: str
) -> None:
    old, _ = two
    rollback(house.settings)
    before = files(house.settings.data / "ledger")
    (house.settings.published / link).unlink()
    assert held(house.settings)
    assert released(house, "new", day=1) == old
    assert names(house) == ["old"]
    assert files(house.settings.data / "ledger") == before
    (house.settings.published / link).unlink()
    settle(house.settings)
    assert names(house) == ["old"], "also by a night without a run"


@pytest.mark.parametrize("content", [lo_csv([resident()]), "nonsense"], ids=["read", "refused"])
def test_a_term_that_passes_ends_no_hold_and_is_told_where_its_counts_still_stand(house: House, content: str) -> None:
    until = AS_OF + timedelta(days=3)
    house.take_in("brp", {"a.csv": content}, sidecar=GROUNDS | {"retain_until": until})
    released(house, "old")
    newest = released(house, "new", day=1)
    rollback(house.settings)
    later = House(replace(house.settings, as_of=until + timedelta(days=1)))
    counts = content != "nonsense"
    for _ in range(2):
        assert held(later.settings) == newest
        assert any("may be held no longer" in line for line in to_tell(later.settings)) == counts
        later.land("brp")
    assert not has_work(later.settings)
    assert not list(house.settings.raw.glob("brp/*/*/a.csv")), "the bytes are erased on their day all the same"
    assert not list(house.settings.staged.glob("brp/accepted/0394/*"))


def test_a_chosen_release_of_another_version_goes_on_to_stand(house: House, two: tuple[str, str]) -> None:
    old, _ = two
    manifest = house.settings.releases / old / "release.json"
    content = json.loads(manifest.read_text(encoding="utf-8"))
    del content["configuration"]
    manifest.write_text(json.dumps(content | {"of_a_later_program": 1}), encoding="utf-8")
    rollback(house.settings)
    assert released(house, "new", day=1) == old


# refused


def test_a_release_that_is_not_kept_is_refused_with_those_that_are(house: House, two: tuple[str, str]) -> None:
    with pytest.raises(UsageError, match="release 2020-01-01-00000000 is not kept") as error:
        rollback(house.settings, "2020-01-01-00000000")
    assert all(one in str(error.value) for one in two)
    assert names(house) == ["new"]


@pytest.mark.parametrize("name", ["../releases", "", ".", "current/.."])
def test_no_other_directory_is_a_release(house: House, two: tuple[str, str], name: str) -> None:
    assert two
    with pytest.raises(UsageError, match="not kept"):
        rollback(house.settings, name)


@pytest.mark.parametrize("name", ["zicht.duckdb", "parquet/area.parquet", "history.json", "datapackage.json"])
def test_a_release_of_which_a_byte_differs_is_refused(house: House, two: tuple[str, str], name: str) -> None:
    path = house.settings.releases / two[0] / name
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.write_bytes(content)
    with pytest.raises(UsageError, match=f"is damaged: {name} differs"):
        rollback(house.settings)
    path.unlink()
    with pytest.raises(UsageError, match=f"{name} is missing"):
        rollback(house.settings)
    assert names(house) == ["new"]
    assert [one["event"] for one in ledger.entries(house.settings, "release")] == ["released", "released"]


def test_before_the_second_release_there_is_none_to_go_back_to(house: House) -> None:
    with pytest.raises(UsageError, match="kept are: none"):
        rollback(house.settings)
    only = released(house, "only")
    with pytest.raises(UsageError, match=f"kept are: {only}"):
        rollback(house.settings)
    with pytest.raises(UsageError, match="stands already"):
        rollback(house.settings, only)


@pytest.fixture
def older(house: House, two: tuple[str, str]) -> Path:
    """A release as an older program made it: its manifest says little, and names no hashes."""
    folder = house.settings.releases / two[0]
    content = json.loads((folder / "release.json").read_text(encoding="utf-8"))
    known = ("release_id", "fingerprint", "as_of", "released_at", "checks", "data_gaps", "rows")
    (folder / "release.json").write_text(json.dumps({name: content[name] for name in known}), encoding="utf-8")
    (folder / "history.json").unlink()
    return folder


def test_a_release_of_an_older_program_stands_again_is_held_and_told(house: House, older: Path) -> None:
    rollback(house.settings)
    assert names(house) == ["old"]
    assert ledger.entries(house.settings, "release")[-1]["event"] == "rolled_back"
    assert any("names no hashes" in line for line in state(house.settings).attention)
    assert not has_work(house.settings)
    assert released(house, "new", day=1) == older.name


def test_a_release_of_an_older_program_that_cannot_be_opened_is_refused(house: House, older: Path) -> None:
    (older / "zicht.duckdb").write_bytes(b"damaged")
    with pytest.raises(UsageError, match=r"zicht\.duckdb cannot be opened"):
        rollback(house.settings)
    assert names(house) == ["new"]


# the command


@pytest.fixture
def command(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ZICHT_DATA", str(house.settings.data))
    monkeypatch.setenv("ZICHT_AS_OF", "2026-02-16")
    monkeypatch.setenv("ZICHT_LANDING", str(house.settings.landing))
    monkeypatch.setenv("ZICHT_PSEUDONYM_KEY_FILE", str(house.settings.key_file))


@pytest.mark.usefixtures("command")
def test_the_command_goes_back_and_says_so_and_status_does_from_then_on(
    two: tuple[str, str], capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["rollback", "--json"]) == 0
    said = json.loads(capsys.readouterr().out)
    assert (said["release_id"], said["instead_of"]) == two
    assert main(["status"]) == 0
    told = capsys.readouterr().out
    assert f"release   {two[0]}" in told
    assert f"attention release {two[1]} was rolled back" in told
    assert "waiting   nothing" in told


@pytest.mark.usefixtures("command")
def test_the_command_refuses_with_exit_code_2_and_one_line(
    two: tuple[str, str], capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["rollback", "nonsense"]) == 2
    (line,) = capsys.readouterr().err.splitlines()
    assert "nonsense" in line
    assert all(one in line for one in two)


# an installation of before


def test_an_installation_that_published_plain_files_is_taken_over_without_a_moment_between(house: House) -> None:
    old = released(house, "old")
    made = house.settings.releases / old
    for name in ("zicht.duckdb", "release.json"):
        (house.settings.published / name).unlink()
        shutil.copyfile(made / name, house.settings.published / name)
    house.settings.current.unlink()
    assert names(house) == ["old"]
    assert current_release(house.settings) is None
    assert has_work(house.settings), "so the next run publishes, in the new layout"
    assert names(house) == ["old"], "and readers have a release until then"
    house.take_in("inspectorate", {"a.csv": "zaaknummer\n"})
    new = released(house, "new", day=1)
    assert names(house) == ["new"]
    assert (house.settings.published / "zicht.duckdb").is_symlink()
    assert {one["release_id"] for one in kept_releases(house.settings)} == {old, new}


def test_a_copy_of_the_data_that_followed_the_links_is_published_anew(house: House, tmp_path: Path) -> None:
    released(house, "old")
    shutil.copytree(house.settings.data, tmp_path / "copy")
    moved = House(replace(house.settings, data=tmp_path / "copy"))
    assert not moved.settings.current.is_symlink()
    assert has_work(moved.settings)
    released(moved, "old")
    assert names(moved) == ["old"]
    assert moved.settings.current.is_symlink()
    assert damage(moved.settings.current) == []


def test_the_data_can_be_moved_as_a_whole(house: House, tmp_path: Path) -> None:
    stands = released(house, "old")
    house.settings.data.rename(tmp_path / "elsewhere")
    moved = House(replace(house.settings, data=tmp_path / "elsewhere"))
    assert names(moved) == ["old"]
    found = current_release(moved.settings)
    assert found is not None
    assert found["release_id"] == stands
    assert not has_work(moved.settings)
