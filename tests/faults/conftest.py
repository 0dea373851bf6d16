"""The two houses to which faults happen, and a small disk on which they can stand."""

from __future__ import annotations

import shutil
import subprocess
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from pipelines.publish.release import publish
from pipelines.sources import all_sources
from tests.conftest import AS_OF, House, make_house
from tests.contract.project import prepared_manifest
from tests.faults.faults import copy, told
from tests.unit.publish.warehouse import candidate, gap, judge, town

if TYPE_CHECKING:
    from collections.abc import Iterator

RESULT: dict[str, Any] = {
    "door": "release", "table_name": "area", "rule": "name_present", "severity": "warn", "passed": False,
    "failing_rows": 2, "reason": "for a test", "owner": "me", "checked_at": "2026-02-16 02:30:00",
}  # fmt: skip


@pytest.fixture
def house(tmp_path: Path) -> House:
    """An empty inbox; the published figures are landed already, so that what waits is what a test delivers."""
    made = make_house(tmp_path)
    for source in all_sources():
        made.land(source)
    return made


@pytest.fixture(scope="session")
def _begun(tmp_path_factory: pytest.TempPathFactory) -> House:
    prepared_manifest()
    today = make_house(tmp_path_factory.mktemp("begun"))
    today.settings.landing.mkdir()
    for source in all_sources():
        today.land(source)
        today.read(source, "NL")
    candidate(today, data_gap=[gap("residents")], area=[town("0394", "old")])
    publish(today.settings)
    tomorrow = House(replace(today.settings, as_of=AS_OF + timedelta(days=1)))
    candidate(tomorrow, data_gap=[gap("workers")], area=[town("0394", "new")])
    judge(tomorrow, RESULT)
    return tomorrow


@pytest.fixture
def begun(_begun: House, tmp_path: Path) -> House:
    """A release ("old"), and a judged candidate of the next day ("new") that was not released yet."""
    return copy(_begun, tmp_path / "data")


@pytest.fixture(scope="session")
def undisturbed(_begun: House, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """What that house tells after its second release, where nothing happened."""
    quiet = copy(_begun, tmp_path_factory.mktemp("undisturbed") / "data")
    publish(quiet.settings)
    return told(quiet)


@dataclass(frozen=True)
class Disk:
    """A file system of a few megabytes, in a name space of its own.

    Attributes:
        within: where it is for processes that are started ``around``.
        path: where it is for the test.
        around: the words before a command that is to run there.
    """

    within: Path
    path: Path
    around: tuple[str, ...]

    def run(self, *words: str) -> None:
        """Run a command there."""
        subprocess.run([*self.around, *words], check=True)


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[Disk]:
    """A disk of 64 megabytes."""
    point = tmp_path / "disk"
    point.mkdir()
    mount = f"mount -t tmpfs -o size=128m zicht {point} && echo mounted && exec cat"
    if not (shutil.which("unshare") and shutil.which("nsenter")):
        pytest.skip("a disk of its own needs unshare and nsenter, which are not installed")
    with subprocess.Popen(
        ["unshare", "--user", "--map-root-user", "--mount", "sh", "-c", mount],
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
    ) as holder:  # fmt: skip
        assert holder.stdout is not None
        if holder.stdout.readline() != "mounted\n":
            pytest.skip(f"a disk of its own cannot be mounted here: {holder.communicate()[1].strip()}")
        target = ("--target", str(holder.pid), "--user", "--mount", "--preserve-credentials")
        yield Disk(point, Path(f"/proc/{holder.pid}/root{point}"), ("nsenter", *target))
        assert holder.stdin is not None
        holder.stdin.close()
