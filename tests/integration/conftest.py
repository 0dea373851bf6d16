"""Whole refreshes as a user starts them: the command in a process of its own, on a data directory of its own.

A refresh takes some twenty seconds, so tests share them, and so do the workers of pytest-xdist: whoever comes first
makes a house, the others wait for it (``once``). A test that changes a house takes a copy.
"""

from __future__ import annotations

import json
import os
import pickle
import shutil
import subprocess
import sys
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, TypeVar

import duckdb
import pytest
import yaml
from filelock import FileLock

from pipelines.privacy.pseudonyms import make_key
from pipelines.settings import PROJECT
from tests.conftest import GROUNDS, PAGED, PATIENCE_SECONDS, below
from tests.contract.project import prepared_manifest

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

DAY = "2026-02-15"
Row = dict[str, Any]
T = TypeVar("T")


@dataclass(frozen=True)
class Ran:
    """What a command came to."""

    code: int
    out: str
    err: str

    @property
    def summary(self) -> dict[str, Any]:
        """What ``--json`` printed; standard output holds nothing else."""
        content: dict[str, Any] = json.loads(self.out)
        return content


@dataclass(frozen=True)
class Place:
    """A data directory with an inbox and a key, and the command on it: that of ``project``, the program's directory."""

    data: Path
    environment: dict[str, str] = field(default_factory=dict)
    project: Path = PROJECT

    @property
    def database(self) -> Path:
        """The published file."""
        return self.data / "published" / "zicht.duckdb"

    def command(self, *words: str, **changed: str) -> tuple[list[str], dict[str, str]]:
        """The words and the environment of a command; nothing of this machine's ZICHT settings is in it."""
        clean = {name: value for name, value in os.environ.items() if not name.startswith(("ZICHT_", "DAGSTER_"))}
        clean["PYTHONPATH"] = str(self.project)
        # --sample adds the last step itself.
        root = self.data.parent if self.data.name == "demo" else self.data
        return (
            [sys.executable, "-m", "pipelines.cli", *words],
            clean
            | {"ZICHT_DATA": str(root), "ZICHT_OFFLINE": "1", "ZICHT_FACTSHEETS": f"{PAGED},0599"}
            | {"DAGSTER_DISABLE_TELEMETRY": "1", "DO_NOT_TRACK": "1"}
            | self.environment
            | changed,
        )

    def zicht(self, *words: str, **changed: str) -> Ran:
        """Run the command to its end."""
        line, environment = self.command(*words, **changed)
        done = subprocess.run(
            line,
            cwd=self.project,
            env=environment,
            capture_output=True,
            text=True,
            timeout=PATIENCE_SECONDS,
            check=False,
        )
        return Ran(done.returncode, done.stdout, done.stderr)

    def refresh(self, **changed: str) -> Ran:
        """Run the main job; its end is told in full where a test fails on it."""
        words = ("refresh", "--sample", "--json") if self.data.name == "demo" else ("refresh", "--json")
        return self.zicht(*words, **changed)

    def deliver(self, source: str, scope: str, day: str, files: dict[str, str | bytes], **sidecar: Any) -> Path:
        """Put files in the inbox; persons get their grounds."""
        folder = self.data / "landing" / source / scope / day
        folder.mkdir(parents=True, exist_ok=True)
        for name, content in files.items():
            (folder / name).write_bytes(content.encode() if isinstance(content, str) else content)
        if source in ("brp", "rni", "list_members"):
            sidecar = GROUNDS | sidecar
        if sidecar:
            (folder / "delivery.yml").write_text(yaml.safe_dump(sidecar), encoding="utf-8")
        return folder

    def rows(self, query: str, *values: Any) -> list[Row]:
        """Rows of the published file."""
        return rows_of(self.database, query, *values)

    def modelled(self, query: str, *values: Any) -> list[Row]:
        """Rows of the warehouse, where counts are not yet protected."""
        return rows_of(self.data / "build" / "warehouse.duckdb", query, *values)

    def one(self, query: str, *values: Any) -> Row:
        """The only row."""
        (row,) = self.rows(query, *values)
        return row

    def tables(self, having: str = "table_name") -> list[str]:
        """Published tables, or those that have a column."""
        column = "" if having == "table_name" else f" where column_name = '{having}'"
        found = self.rows(f"select distinct table_name from information_schema.columns{column} order by table_name")
        return [row["table_name"] for row in found]

    def ledger(self, book: str) -> list[Row]:
        """The entries of a book."""
        path = self.data / "ledger" / f"{book}.jsonl"
        return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]

    def copy(self, target: Path) -> Place:
        """The same house elsewhere, for a test that changes it."""
        shutil.copytree(self.data, target, symlinks=True)
        return replace(self, data=target)

    def state(self, *leave_out: str) -> dict[str, tuple[int, int, int]]:
        """Every file with what would change if somebody wrote it."""
        found = {}
        for path in below(self.data):
            name = path.relative_to(self.data).as_posix()
            if not name.startswith((".lock", *leave_out)):
                stat = path.stat()
                found[name] = (stat.st_mtime_ns, stat.st_ino, stat.st_size)
        return found


def rows_of(database: Path, query: str, *values: Any) -> list[Row]:
    """Rows of a DuckDB file."""
    with duckdb.connect(str(database), read_only=True) as connection:
        found = connection.execute(query, list(values))
        names = [column[0] for column in found.description]
        return [dict(zip(names, row, strict=True)) for row in found.fetchall()]


def new_place(folder: Path, *, as_of: str | None = DAY) -> Place:
    """An empty house with a key."""
    key = folder / "secret.key"
    make_key(key)
    environment = {"ZICHT_PSEUDONYM_KEY_FILE": str(key)} | ({"ZICHT_AS_OF": as_of} if as_of else {})
    return Place(folder / "data", environment)


def installed(folder: Path, **variables: object) -> Path:
    """The program in a directory of its own, with ``vars`` of ``dbt_project.yml`` set as an operator sets them."""
    for name in ("pipelines", "dbt_project", "expectations"):
        shutil.copytree(PROJECT / name, folder / name, ignore=shutil.ignore_patterns("target", "logs", "__pycache__"))
    declared = folder / "dbt_project" / "dbt_project.yml"
    content = yaml.safe_load(declared.read_text(encoding="utf-8"))
    assert variables.keys() <= content["vars"].keys(), "no such variable"
    content["vars"] |= variables
    declared.write_text(yaml.safe_dump(content), encoding="utf-8")
    return folder


@dataclass(frozen=True)
class Refreshed:
    """A house and what its refresh said."""

    place: Place
    ran: Ran


@pytest.fixture(scope="session", autouse=True)
def _manifest() -> None:
    """Parsed once before processes that would parse it at the same time."""
    prepared_manifest()


class Once:
    """Makes a thing once for all workers; what is made is told by what ``build`` returns."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def __call__(self, name: str, build: Callable[[Path], T]) -> T:
        """What ``build`` made in a directory of its own, now or before, here or in another worker."""
        house, kept = self.folder / name, self.folder / f"{name}.pickle"
        with FileLock(self.folder / f"{name}.lock"):
            if not kept.exists():
                house.mkdir()
                kept.write_bytes(pickle.dumps(build(house)))
        made: T = pickle.loads(kept.read_bytes())  # noqa: S301 - written a moment ago by this test run
        return made


@pytest.fixture(scope="session")
def once(tmp_path_factory: pytest.TempPathFactory) -> Once:
    """Shared by all workers of this run."""
    base = tmp_path_factory.getbasetemp()
    folder = (base.parent if "PYTEST_XDIST_WORKER" in os.environ else base) / "shared"
    folder.mkdir(exist_ok=True)
    return Once(folder)


@pytest.fixture(scope="session")
def real(once: Once) -> Refreshed:
    """An empty inbox: the published figures and nothing else."""

    def build(folder: Path) -> Refreshed:
        place = new_place(folder)
        return Refreshed(place, place.refresh())

    return once("real", build)


@pytest.fixture(scope="session")
def sample(once: Once) -> Refreshed:
    """The sample: published figures and synthetic deliveries."""

    def build(folder: Path) -> Refreshed:
        place = Place(folder / "house" / "demo")
        return Refreshed(place, place.refresh())

    return once("sample", build)
