"""From the candidate to the release, while the process is killed, what stands is damaged, and readers go on reading."""

from __future__ import annotations

import shutil
import subprocess
import sys
from typing import TYPE_CHECKING, Any

import duckdb
import pytest

from pipelines.publish.candidate import build_candidate
from pipelines.publish.release import (
    HeldError,
    current_release,
    find_release,
    kept_releases,
    publish,
    rollback,
    switch,
)
from pipelines.quality import ledger
from pipelines.refresh import has_work, refresh
from tests.conftest import House, below
from tests.faults.faults import CASES, KILL, KILLED, Fault, environment, is_killed, leftovers, meets, name, told
from tests.unit.publish.warehouse import candidate, rows_of, town, warehouse

if TYPE_CHECKING:
    from pathlib import Path

RELEASE, LEDGER = "pipelines.publish.release", "pipelines.quality.ledger"
BEFORE_THE_SWITCH = [
    Fault("before", "shutil:copyfile", ".incoming"),
    Fault("before", f"{RELEASE}:write_exports"),
    Fault("before", f"{LEDGER}:write_history"),
    Fault("before", f"{RELEASE}:write_json", "release.json"),
    Fault("before", "pathlib:Path.rename", ".incoming"),
    Fault("after", "pathlib:Path.rename", ".incoming"),
    Fault("before", "pathlib:Path.replace", "/.current"),
]
AFTER_THE_SWITCH = [
    Fault("after", "pathlib:Path.replace", "/.current"),
    Fault("before", f"{LEDGER}:append", "'data_gap', [{"),
    Fault("before", f"{LEDGER}:append", "'quality', [{"),
    Fault("before", f"{LEDGER}:append", "'release', [{"),
    Fault("before", f"{RELEASE}:_prune"),
]
MADE_AGAIN = [
    Fault("before", "shutil:copytree"),
    Fault("before", "pathlib:Path.replace", "/.current"),
    Fault("after", "pathlib:Path.replace", "/.current"),
    Fault("after", "pathlib:Path.rename", ".gone"),
    Fault("before", "pathlib:Path.rename", ".incoming"),
    Fault("after", "pathlib:Path.rename", ".incoming"),
    Fault("before", f"{RELEASE}:_prune"),
]
# killed


def test_undisturbed_there_is_something_to_compare_with(undisturbed: dict[str, Any]) -> None:
    assert undisturbed["damage"] == []
    assert len(undisturbed["ledger release"]) == len(undisturbed["release"]) == 2
    assert len(undisturbed["ledger data_gap"]) == 3, "one opened, closed again, and another opened"
    assert undisturbed["ledger quality"]


@pytest.mark.parametrize("fault", BEFORE_THE_SWITCH, ids=str)
def test_killed_before_the_switch_the_old_release_stands_and_the_next_run_releases(
    begun: House, undisturbed: dict[str, Any], fault: Fault
) -> None:
    is_killed(begun, fault, "publish")
    assert name(begun) == "old"
    assert len(ledger.entries(begun.settings, "release")) == 1, "the ledger tells of no release that did not stand"
    publish(begun.settings)
    assert told(begun) == undisturbed
    assert leftovers(begun) == []


@pytest.mark.parametrize("fault", AFTER_THE_SWITCH, ids=str)
def test_killed_after_the_switch_the_new_release_stands_and_the_next_run_finishes_the_ledger(
    begun: House, undisturbed: dict[str, Any], fault: Fault
) -> None:
    is_killed(begun, fault, "publish")
    assert name(begun) == "new"
    assert refresh(begun.settings).released is False, "there is nothing to release any more"
    assert told(begun) == undisturbed


@pytest.mark.parametrize("book", ["data_gap", "quality", "release"])
def test_a_half_written_line_of_the_ledger_is_written_whole_by_the_next_run(
    begun: House, undisturbed: dict[str, Any], book: str
) -> None:
    path = begun.settings.ledger / f"{book}.jsonl"
    fault = Fault("after", f"{LEDGER}:append", f"'{book}', [{{")
    done = meets(fault, f"truncate -s -20 {path}; {KILL}", "publish", told=environment(begun))
    assert done.returncode == KILLED
    assert not path.read_bytes().endswith(b"\n")
    refresh(begun.settings)
    assert told(begun) == undisturbed
    refresh(begun.settings)
    assert told(begun) == undisturbed, "once"


@pytest.mark.parametrize("fault", MADE_AGAIN, ids=str)
def test_a_release_that_is_made_again_is_never_away_wherever_that_is_killed(
    begun: House, undisturbed: dict[str, Any], fault: Fault
) -> None:
    publish(begun.settings)
    (begun.settings.current / "release.json").write_bytes(b"{")
    is_killed(begun, fault, "publish")
    assert name(begun) == "new"
    publish(begun.settings)
    assert told(begun) == undisturbed
    assert leftovers(begun) == []


@pytest.mark.parametrize("fault", MADE_AGAIN, ids=str)
def test_a_release_that_was_made_again_is_kept_wherever_that_is_killed_and_another_follows(
    begun: House, fault: Fault
) -> None:
    made = publish(begun.settings).release_id
    (begun.settings.current / "datapackage.json").write_bytes(b"{")
    is_killed(begun, fault, "publish")
    begun.take_in("inspectorate", {"a.csv": CASES})
    candidate(begun, area=[town("0394", "newest")])
    newest = publish(begun.settings)
    assert (name(begun), newest.previous) == ("newest", made)
    assert made in [one["release_id"] for one in kept_releases(begun.settings)]
    assert find_release(begun.settings, "previous").name == made
    assert leftovers(begun) == []


@pytest.mark.parametrize(
    "fault",
    [
        Fault("before", "pipelines.publish.candidate:insert"),
        Fault("before", "pipelines.publish.candidate:write_json"),
        Fault("after", "pipelines.publish.candidate:write_json"),
    ],
    ids=str,
)
def test_a_candidate_is_made_anew_wherever_that_is_killed(begun: House, fault: Fault) -> None:
    warehouse(begun, area=[town("0394", "new"), town("0599", "Rotterdam")])
    is_killed(begun, fault, "candidate")
    assert name(begun) == "old"
    assert build_candidate(begun.settings)["area"] == 2
    assert len(rows_of(begun.settings.candidate, "from area")) == 2
    assert [path.name for path in below(begun.settings.candidate.parent)] == ["candidate.json", "zicht.duckdb"]


# damage to what stands


@pytest.mark.parametrize("file", ["zicht.duckdb", "release.json", "history.json", "datapackage.json"])
@pytest.mark.parametrize("harm", ["cut_off", "flipped", "gone"])
def test_a_damaged_release_is_seen_and_made_again(
    begun: House, undisturbed: dict[str, Any], file: str, harm: str
) -> None:
    publish(begun.settings)
    assert not has_work(begun.settings)
    path = begun.settings.current / file
    content = path.read_bytes()
    if harm == "gone":
        path.unlink()
    else:
        half, flipped = len(content) // 2, bytes([content[len(content) // 2] ^ 0xFF])
        path.write_bytes(content[:half] if harm == "cut_off" else content[:half] + flipped + content[half + 1 :])
    assert has_work(begun.settings), "the next run makes it again"
    publish(begun.settings)
    assert told(begun) == undisturbed


@pytest.mark.parametrize("file", ["zicht.duckdb", "release.json", "datapackage.json"])
def test_where_the_chosen_release_is_damaged_what_was_rolled_back_stays_away(begun: House, file: str) -> None:
    publish(begun.settings)
    rollback(begun.settings)
    (begun.settings.current / file).write_bytes(b"{")
    assert has_work(begun.settings)
    with pytest.raises(HeldError, match=f"{file} .*put it back from the backup"):
        publish(begun.settings)
    with pytest.raises(HeldError):
        publish(begun.settings)


@pytest.mark.parametrize("link", ["current", "zicht.duckdb"])
def test_a_link_that_is_gone_is_seen_and_made_again(begun: House, undisturbed: dict[str, Any], link: str) -> None:
    publish(begun.settings)
    (begun.settings.published / link).unlink()
    assert has_work(begun.settings)
    publish(begun.settings)
    assert told(begun) == undisturbed
    assert current_release(begun.settings)


# readers

HOLDS = """
import sys, duckdb
held = duckdb.connect(sys.argv[1], read_only=True)
print("reading", flush=True)
for line in sys.stdin:
    print(held.execute("select area_name from area").fetchone()[0], flush=True)
"""
OPENS = """
import sys, subprocess
code = "import sys, duckdb; print(duckdb.connect(sys.argv[1], read_only=True).sql('from area').fetchall()[0][2])"
print("reading", flush=True)
while subprocess.run([sys.executable, "-c", code, sys.argv[1]]).returncode == 0:
    pass
"""
RELEASES = 50


def reader(code: str, path: Path) -> subprocess.Popen[str]:
    """A reader in a process of its own, once it has begun."""
    process = subprocess.Popen(
        [sys.executable, "-c", code, str(path)], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
        stderr=subprocess.PIPE, text=True,
    )  # fmt: skip
    assert process.stdout is not None
    assert process.stdout.readline() == "reading\n"
    return process


def test_a_reader_keeps_its_release_through_fifty_others_and_who_opens_sees_the_new_one(begun: House) -> None:
    settings = begun.settings
    with reader(HOLDS, settings.database) as holds, reader(OPENS, settings.database) as opens:
        for number in range(RELEASES):
            folder = settings.releases / f"made-{number}"
            shutil.copytree(settings.current, folder)
            with duckdb.connect(str(folder / "zicht.duckdb")) as connection:
                connection.execute("update area set area_name = ?", [f"r{number:02}"])
            switch(settings, folder)
            shutil.rmtree(settings.releases / f"made-{number - settings.kept_releases}", ignore_errors=True)
            assert name(begun) == f"r{number:02}"
        assert opens.poll() is None, opens.communicate()
        opens.terminate()
        seen = opens.communicate()[0].split()
        still, errors = holds.communicate("again\n")
    assert (still.split(), errors) == (["old"], "")
    assert seen == sorted(seen), "never back"
    assert len(set(seen)) > 2, "it opened the file while releases came and went"
