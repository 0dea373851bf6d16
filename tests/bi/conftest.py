"""Other people's tools, each in an environment of its own that is made once and kept outside the project.

A tool that cannot be installed is skipped with the reason; one that is there and answers wrongly fails. The release is
that of the sample, made by the command.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import duckdb
import pytest
from filelock import FileLock

from pipelines.publish.exports import published_tables, write_exports
from tests.conftest import PATIENCE_SECONDS
from tests.integration.conftest import once, sample  # noqa: F401 - fixtures

if TYPE_CHECKING:
    from pipelines.publish.exports import Table
    from tests.integration.conftest import Place, Refreshed

KEPT = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "zicht-bi"
CLEAN = {name: os.environ[name] for name in ("PATH", "HOME", "LANG", "SSL_CERT_FILE") if name in os.environ}

_DOCUMENT = {"universe", "edition", "version", "delivery_id"}
TOLD_TWICE = {
    "registration_gap": {"workers_universe", "edition", "version", "delivery_id"}, "peer_comparison": _DOCUMENT,
    "migration_motive": _DOCUMENT,
    "inspection": {"universe"},  # the public register is one series, and others have universes of their own
}  # fmt: skip
"""What another document, edition or delivery may tell anew, by what its rows are told apart."""


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Everything here is the second stage."""
    for item in items:
        if Path(__file__).parent in item.path.parents:
            item.add_marker("bi")


@dataclass(frozen=True)
class Published:
    """A published directory."""

    folder: Path

    @property
    def database(self) -> Path:
        """The published file, by the path that every client takes."""
        return self.current / "zicht.duckdb"

    @property
    def link(self) -> Path:
        """The same through a link to the file itself."""
        return self.folder / "zicht.duckdb"

    @property
    def current(self) -> Path:
        """The release that stands."""
        return self.folder / "current"

    def tables(self) -> list[Table]:
        """Its tables."""
        with duckdb.connect(str(self.database), read_only=True) as connection:
            return published_tables(connection)

    def rows(self, query: str) -> list[list[Any]]:
        """What the product's own client answers, as JSON has it."""
        with duckdb.connect(str(self.database), read_only=True) as connection:
            return as_json([list(row) for row in connection.execute(query).fetchall()])

    def columns(self, query: str) -> list[str]:
        """The names of what a query gives."""
        with duckdb.connect(str(self.database), read_only=True) as connection:
            return connection.sql(query).columns

    def one(self, query: str) -> Any:
        """A single value."""
        ((value,),) = self.rows(query)
        return value

    def copy(self, target: Path) -> Published:
        """The same elsewhere, for a test that switches."""
        return Published(shutil.copytree(self.folder, target, symlinks=True))

    def prepare(self, *statements: str) -> Path:
        """A link to another release, this one changed by the statements, that may replace ``current``."""
        other = self.folder / "releases" / "next"
        shutil.copytree(self.current.resolve(), other)
        with duckdb.connect(str(other / "zicht.duckdb")) as connection:
            for statement in statements:
                connection.execute(statement)
        link = self.folder / ".current"
        link.symlink_to(other.relative_to(self.folder))
        return link


def as_json(value: Any) -> Any:
    """Dates and the like as text."""
    return json.loads(json.dumps(value, default=str))


def python_with(name: str, *packages: str) -> Path:
    """The Python of an environment with these packages.

    Raises:
        pytest.skip.Exception: they cannot be installed here.
    """
    wanted = "\n".join((sys.version, *packages))
    folder = KEPT / f"{name}-{hashlib.sha256(wanted.encode()).hexdigest()[:12]}"
    python = folder / "bin" / "python"
    KEPT.mkdir(parents=True, exist_ok=True)
    with FileLock(f"{folder}.lock"):
        if not (folder / "ready").exists():
            shutil.rmtree(folder, ignore_errors=True)
            _install([sys.executable, "-m", "uv", "venv", "--quiet", "--python", sys.executable, str(folder)])
            _install([sys.executable, "-m", "uv", "pip", "install", "--quiet", "--python", str(python), *packages])
            # Without bytecode the first start of a large tool takes minutes.
            subprocess.run([python, "-m", "compileall", "-q", "-j", "0", folder / "lib"], check=False)
            (folder / "ready").touch()
    return python


def node_with(name: str, *packages: str) -> Path:
    """A directory in which Node finds these packages.

    Raises:
        pytest.skip.Exception: they cannot be installed here.
    """
    needs("node", "npm")
    folder = KEPT / f"{name}-{hashlib.sha256(repr(packages).encode()).hexdigest()[:12]}"
    folder.mkdir(parents=True, exist_ok=True)
    with FileLock(f"{folder}.lock"):
        if not (folder / "ready").exists():
            _install(["npm", "install", "--silent", "--no-audit", "--no-fund", "--prefix", str(folder), *packages])
            (folder / "ready").touch()
    return folder


def needs(*commands: str) -> None:
    """Skip where a command is not installed; ``.ci/run`` installs them."""
    if missing := [command for command in commands if not shutil.which(command)]:
        pytest.skip(f"not installed: {', '.join(missing)}")


def run(command: list[Any], *, given: str = "", **environment: str) -> str:
    """Run a tool to its end and return what it printed; it knows nothing of this machine's ZICHT settings."""
    done = subprocess.run(
        [str(word) for word in command], input=given, env=CLEAN | environment, capture_output=True, text=True,
        timeout=PATIENCE_SECONDS, check=False,
    )  # fmt: skip
    assert done.returncode == 0, f"{command[0]}: {done.stderr[-3000:]}"
    return done.stdout


def _install(command: list[str]) -> None:
    done = subprocess.run(command, capture_output=True, text=True, timeout=PATIENCE_SECONDS, check=False)
    if done.returncode:
        pytest.skip(f"cannot be installed here: {' '.join(command[-3:])}: {done.stderr.strip()[-300:]}")


@pytest.fixture(scope="session")
def place(sample: Refreshed) -> Place:  # noqa: F811 - the fixture
    """A house of the sample, refreshed."""
    assert sample.ran.code == 0, sample.ran.out + sample.ran.err
    return sample.place


@pytest.fixture(scope="session")
def published(place: Place) -> Published:
    """What the sample published."""
    return Published(place.data / "published")


@pytest.fixture
def switchable(published: Published, tmp_path: Path) -> Published:
    """A copy in which another release may come to stand."""
    return published.copy(tmp_path / "published")


@pytest.fixture(scope="session")
def told_twice(published: Published, tmp_path_factory: pytest.TempPathFactory) -> Published:
    """The same release, in which for every column that tells documents apart another one tells every figure anew."""
    twice = published.copy(tmp_path_factory.mktemp("twice") / "published")
    with duckdb.connect(str(twice.database)) as connection:
        for table, columns in TOLD_TWICE.items():
            for column in columns:
                connection.execute(
                    f"insert into {table} select * replace ('another' as {column}) from {table}"
                    f" where 'another' not in ({', '.join(columns)})"
                )
    for kind in ("csv", "parquet"):
        shutil.rmtree(twice.current / kind)
    write_exports(twice.current, synthetic=True)
    return twice
