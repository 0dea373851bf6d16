"""Backup, restore and moving, by the commands of docs/operations.md and nothing else."""

from __future__ import annotations

import shutil
import subprocess
from typing import TYPE_CHECKING

import pytest

from pipelines.settings import PROJECT
from tests.e2e.conftest import documented

if TYPE_CHECKING:
    from pathlib import Path

    from tests.integration.conftest import Place, Ran, Refreshed

pytestmark = pytest.mark.slow


def run(commands: str, place: Place, backup: Path) -> None:
    """Run commands as a shell would, with the house as ``ZICHT_DATA``."""
    _, environment = place.command(BACKUP=str(backup))
    done = subprocess.run(
        ["bash", "-euo", "pipefail", "-c", commands], env=environment, cwd=PROJECT, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr


@pytest.fixture(scope="module")
def restored(real: Refreshed, tmp_path_factory: pytest.TempPathFactory) -> Place:
    """A house that was backed up and restored into an empty directory."""
    folder = tmp_path_factory.mktemp("backup")
    run(documented("operations.md", "flock "), real.place, folder)
    assert [path.suffixes[-2:] for path in folder.iterdir()] == [[".tar", ".gz"]]
    elsewhere = real.place.__class__(folder / "elsewhere", real.place.environment)
    run(documented("operations.md", 'mkdir -p "$ZICHT_DATA"'), elsewhere, folder)
    return elsewhere


def test_what_was_restored_is_the_release_that_was_backed_up(real: Refreshed, restored: Place) -> None:
    ran: Ran = restored.refresh()
    assert (ran.code, ran.summary["released"]) == (0, False), ran.err
    assert ran.summary["release_id"] == real.ran.summary["release_id"]
    assert restored.database.read_bytes() == real.place.database.read_bytes()


def test_the_history_came_along(real: Refreshed, restored: Place) -> None:
    for book in ("release", "quality", "data_gap"):
        assert restored.ledger(book) == real.place.ledger(book)


def test_from_the_delivered_bytes_alone_the_same_release_is_made_again(
    real: Refreshed, restored: Place, tmp_path: Path
) -> None:
    bare = restored.copy(tmp_path / "data")
    for name in ("staged", "published"):
        shutil.rmtree(bare.data / name)
    ran = bare.refresh()
    assert (ran.code, ran.summary["released"]) == (0, True), ran.err
    assert ran.summary["release_id"] == real.ran.summary["release_id"]
