"""The sites that tests look at, and what looks: written of a finished release, served by the command, in Chromium."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from pipelines.files import read_json
from pipelines.report.site import SITE, write_site
from pipelines.settings import PROJECT, SAMPLE_AS_OF, Settings
from tests.integration.conftest import rows_of

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

CHROMIUM = shutil.which("chromium")
FLAGS = (
    "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync",
)  # fmt: skip


@dataclass(frozen=True)
class Site:
    """A site that is served."""

    folder: Path
    address: str

    def at(self, path: str = "index.html") -> str:
        """The address of a page; a path with a star is that of the last file that it fits."""
        plain, _, state = path.partition("#")
        return self.address + self.file(plain) + (f"#{state}" if state else "")

    def file(self, pattern: str) -> str:
        """The last path within the site that a pattern fits; there is one."""
        found = sorted(path.relative_to(self.folder).as_posix() for path in self.folder.glob(pattern))
        assert found, f"no {pattern} in the site"
        return found[-1]

    def rows(self, query: str, *values: Any) -> list[dict[str, Any]]:
        """Rows of the release of which the site is."""
        return rows_of(self.folder.parent / "zicht.duckdb", query, *values)


def written_again(finished: Path, data: Path) -> Path:
    """The release of a finished house with its site alone, in which every municipality has pages of its own."""
    settings = Settings(finished, finished / "landing", SAMPLE_AS_OF, None)
    database = settings.database.resolve()
    release = data / "published" / "current"
    release.mkdir(parents=True)
    (release / "zicht.duckdb").symlink_to(database)
    results = rows_of(database, "from quality_result")
    write_site(settings, release, read_json(settings.current / "release.json") or {}, results)
    return data


@contextmanager
def served(data: Path) -> Iterator[Site]:
    """The site of a house, by the command in a process of its own."""
    with subprocess.Popen(
        [sys.executable, "-m", "pipelines.cli", "serve", "--port", "0", "--json"],
        cwd=PROJECT, env=os.environ | {"ZICHT_DATA": str(data)}, text=True, stdout=subprocess.PIPE,
    ) as process:  # fmt: skip
        assert process.stdout
        told = ""
        while not told.endswith("}\n") and (line := process.stdout.readline()):
            told += line
        yield Site(data / "published" / "current" / SITE, json.loads(told)["address"])
        process.terminate()
