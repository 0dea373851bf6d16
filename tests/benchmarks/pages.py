"""How long the pages of a release take: from nothing, and on a night on which no municipality's figures changed.

``python -m tests.benchmarks.pages [HOUSE]`` (default ``data/demo``, made by ``make demo``) writes the site of the
release that stands there twice, with pages of their own for every municipality: once with no release before it and once
after itself, each in a process of its own. Then it writes ``docs/performance-pages.md``. The goal of the first is 60 s.
"""

from __future__ import annotations

import gzip
import os
import platform
import shutil
import sys
import tempfile
import time
from collections import Counter
from datetime import date
from pathlib import Path

from pipelines.files import read_json, sha256_of, write_json
from pipelines.report.site import SITE, write_site
from pipelines.settings import PROJECT, Settings
from tests.benchmarks.measure import run
from tests.conftest import below
from tests.integration.conftest import rows_of

PAGE = PROJECT / "docs" / "performance-pages.md"
FIRST = ("index.html", "style.css", "dashboard.js")


def write(house: Path, data: Path) -> None:
    """Write the site of a house's release into another house, in which a release may stand; print seconds."""
    settings = Settings(data, data / "landing", date.today(), None)  # noqa: DTZ011 - no page shows it
    release = read_json(house / "published" / "current" / "release.json") or {}
    folder = data / "next"
    folder.mkdir()
    shutil.copyfile(house / "published" / "zicht.duckdb", folder / "zicht.duckdb")
    results = rows_of(folder / "zicht.duckdb", "from quality_result")
    start = time.perf_counter()
    write_site(settings, folder, release, results)
    print(time.perf_counter() - start)


def stand(data: Path) -> None:
    """Let what was written be the release that stands."""
    folder = data / "next"
    files = {path.relative_to(folder).as_posix(): sha256_of(path).hex() for path in below(folder)}
    write_json(folder / "release.json", {"files": files})
    folder.rename(data / "published" / "current")


def main() -> None:
    """Write twice, and tell what each took."""
    house = Path(sys.argv[1] if len(sys.argv) > 1 else PROJECT / "data" / "demo").resolve()
    with tempfile.TemporaryDirectory(prefix="zicht-pages-") as name:
        data = Path(name)
        shutil.copytree(house / "ledger", data / "ledger")
        (data / "published").mkdir()
        taken = []
        for _ in ("from nothing", "unchanged"):
            done = run([sys.executable, "-m", "tests.benchmarks.pages", "write", str(house), name])
            taken.append((float(done.output.split()[-1]), done.peak_bytes / 2**30))
            print(*taken[-1])
            if not (data / "published" / "current").exists():
                stand(data)
        site = data / "next" / SITE
        kinds = Counter(path.suffix for path in below(site))
        newest = max((site / "data").glob("*.js"))
        first = sum(len(gzip.compress((site / path).read_bytes())) for path in (*FIRST, newest))
        size = sum(path.stat().st_size for path in below(site))
    PAGE.write_text(page(taken, kinds, first, size), encoding="utf-8", newline="\n")


def page(taken: list[tuple[float, float]], kinds: Counter[str], first: int, size: int) -> str:
    """The page in ``docs``: seconds, their ratio to the first row, GiB at most."""
    (whole, peak), (again, less) = taken
    made = ", ".join(
        f"{kinds[kind]:,} {what}" for kind, what in ((".html", "pages"), (".pdf", "PDFs"), (".svg", "charts"))
    )
    return f"""\
# Performance of the pages

Written by `python -m tests.benchmarks.pages`: the site of the demo with pages of their own for every municipality:
{made}, {size / 2**20:.0f} MiB. One run of each, on {os.cpu_count()} cores, {platform.system()}, Python
{platform.python_version()}. The goal from nothing is 60 seconds.

| the release | seconds | ratio | peak GiB |
| --- | --: | --: | --: |
| first of its house: every page is made | {whole:.1f} | 1.00 | {peak:.2f} |
| no figure of a municipality changed: its pages are taken over | {again:.1f} | {again / whole:.2f} | {less:.2f} |

The first page, with its style, script and newest year, is {first / 1000:.0f} kB compressed; the goal is 300.
"""


if __name__ == "__main__":
    if sys.argv[1:2] == ["write"]:
        write(Path(sys.argv[2]), Path(sys.argv[3]))
    else:
        main()
