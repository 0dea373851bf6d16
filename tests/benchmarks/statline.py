"""How long StatLine's largest table takes: kept pages read to Parquet, and a night in which nothing changed.

``python -m tests.benchmarks.statline [MILLIONS]`` (default 23, the size of 85644NED) makes up that many observations as
kept pages of 100,000, lands them, and reads them through the real reading step, in a process of its own; beside it
DuckDB's bare scan of the same pages; then it writes ``docs/performance-statline.md``. All figures are SYNTHETIC and
live in a temporary directory. The goal for 23 million is 2 minutes and 2 GiB.
"""

from __future__ import annotations

import json
import os
import platform
import sys
import tempfile
import time
from dataclasses import replace
from datetime import date
from pathlib import Path

import duckdb

from pipelines.landing.land import land
from pipelines.settings import PROJECT, Settings
from pipelines.sources import all_sources
from pipelines.sources.reading import read_scopes
from pipelines.sources.statline.client import Patience
from pipelines.sources.statline.fetch import fetch_tables
from pipelines.sources.statline.pages import name_of, packed
from pipelines.sources.statline.tables import nationality_words, tables
from tests.benchmarks.measure import run
from tests.statline_server import Dimension, Measure, StatLine, Table, Value, v4

PAGE = PROJECT / "docs" / "performance-statline.md"
TABLE = "85644NED"
ROWS = 100_000
NATIONALITIES = ["Totaal", *nationality_words().values()]
MADE_UP = Table(
    TABLE,
    {
        "Geslacht": Dimension({"T001038": Value("Totaal mannen en vrouwen")}),
        "Leeftijd": Dimension({"10000": Value("Totaal")}),
        "Nationaliteit": Dimension({f"NAT{place:04}": Value(title) for place, title in enumerate(NATIONALITIES)}),
        "RegioS": Dimension({f"GM{code:04}": Value(f"SYNTHETISCH {code}") for code in range(400)}, "GeoDimension"),
        "Perioden": Dimension({f"{1990 + n}JJ00": Value("", "Definitief") for n in range(36)}, "TimeDimension"),
    },
    {"M000352": Measure("Bevolking op 1 januari", "BevolkingOp1Januari_1")},
    [],
)


def make_pages(folder: Path, millions: int) -> None:
    """Kept pages of so many millions of made-up observations, every one of which is selected."""
    folder.mkdir(parents=True)
    for entity, found in v4(MADE_UP).items():
        body = found if isinstance(found, dict) else {"value": found}
        (folder / name_of(entity, 1)).write_bytes(packed(json.dumps(body).encode()))
    pages = millions * 1_000_000 // ROWS
    row = f"""
        '{{"Id":' || i || ',"Measure":"M000352","ValueAttribute":"None","Value":' || hash(i) % 5000
        || '.0,"StringValue":null,"Geslacht":"T001038","Leeftijd":"10000","Nationaliteit":"NAT'
        || lpad(cast(i // 400 % {len(NATIONALITIES)} as varchar), 4, '0') || '","RegioS":"GM'
        || lpad(cast(i % 400 as varchar), 4, '0') || '","Perioden":"' || 1990 + i // 16800 % 36 || 'JJ00"}}'
    """
    with duckdb.connect() as connection:
        for page in range(pages):
            numbers = f"range({page * ROWS}, {(page + 1) * ROWS}) as numbers(i)"
            (rows,) = connection.execute(f"select string_agg({row}, ',') from {numbers}").fetchone() or ("",)
            body = f'{{"@odata.context":"SYNTHETIC","@odata.count":{pages * ROWS},"value":[{rows}]}}'
            (folder / name_of("Observations", page + 1)).write_bytes(packed(body.encode()))


def house(folder: Path) -> Settings:
    """A house below a directory, with its inboxes."""
    return Settings(data=folder / "data", landing=folder / "inbox", as_of=date(2026, 2, 15), key_file=None)


def read_pages(folder: Path) -> None:
    """Read what was landed; print rows and seconds."""
    start = time.perf_counter()
    (outcome,) = read_scopes(house(folder), all_sources()["statline"], [TABLE])
    if outcome.status != "read":
        raise SystemExit(outcome.message)
    print(outcome.rows_accepted)
    print(time.perf_counter() - start)


def scan_pages(folder: Path) -> None:
    """Count the rows of the same pages and do nothing else; print rows and seconds."""
    start = time.perf_counter()
    pages = str(folder / "data" / "raw" / "statline" / TABLE / "*" / "Observations-*.json.gz")
    sql = (
        "select sum(len(value)) from read_json(?, columns={value: 'STRUCT(Id BIGINT)[]'}, maximum_object_size=33554432)"
    )
    with duckdb.connect() as connection:
        print(*connection.execute(sql, [pages]).fetchone() or ())
    print(time.perf_counter() - start)


def unchanged_night(folder: Path) -> tuple[int, int, float]:
    """Tables, requests and seconds of a night in which CBS changed nothing."""
    everything = {name: replace(MADE_UP, name=name) for name in tables()}
    with StatLine(everything) as server:
        settings = replace(
            house(folder), offline=False, cbs_v4_url=f"{server.address}/v4", cbs_v3_url=f"{server.address}/v3"
        )
        hasty = Patience(between=0)
        fetch_tables(settings, patience=hasty)
        land(settings, all_sources()["statline"])
        server.asked.clear()
        start = time.perf_counter()
        results = fetch_tables(settings, patience=hasty)
        assert {one.status for one in results} == {"unchanged"}, results
        return len(results), len(server.asked), time.perf_counter() - start


def main() -> None:
    """Make, land, scan, read, and print what each took."""
    millions = int(sys.argv[1]) if len(sys.argv) > 1 else 23
    with tempfile.TemporaryDirectory(prefix="zicht-statline-") as name:
        folder = Path(name)
        settings = house(folder)
        make_pages(settings.fetched / "statline" / TABLE / "2026-01-10", millions)
        landed = land(settings, all_sources()["statline"])
        assert len(landed.new) == 1, landed
        rows, steps = [], {"scan": "DuckDB's bare scan: rows counted", "read": "zicht: every row checked, to Parquet"}
        for step, what in steps.items():
            done = run([sys.executable, "-m", "tests.benchmarks.statline", step, name])
            count, seconds = int(done.output.split()[-2]), float(done.output.split()[-1])
            first = rows[0][1] if rows else seconds
            rows.append((f"{what}, {count:,} rows", seconds, seconds / first, done.peak_bytes / 2**30))
            print(*rows[-1])
        tables_asked, requests, seconds = unchanged_night(folder / "unchanged")
    night = f"{tables_asked} tables, {requests} requests, {seconds:.2f} s on loopback, without the pauses of politeness"
    print(night)
    PAGE.write_text(page(rows, night), encoding="utf-8", newline="\n")


def page(rows: list[tuple[str, float, float, float]], night: str) -> str:
    """The page in ``docs``: seconds, their ratio to the first row, GiB at most."""
    table = "\n".join(f"| {what} | {seconds:.1f} | {ratio:.1f} | {peak:.2f} |" for what, seconds, ratio, peak in rows)
    return f"""\
# Performance of StatLine

Written by `python -m tests.benchmarks.statline`: observations of the size of table 85644NED, made up, as kept pages of
{ROWS:,} rows each, every row selected. One run in one go, on {os.cpu_count()} cores, {platform.system()}, Python
{platform.python_version()}, DuckDB {duckdb.__version__}. The goal for 23 million rows is 2 minutes and 2 GiB.

| step | seconds | ratio | peak GiB |
| --- | --: | --: | --: |
{table}

A night on which CBS changed nothing: {night}.
"""


if __name__ == "__main__":
    if sys.argv[1:2] == ["read"]:
        read_pages(Path(sys.argv[2]))
    elif sys.argv[1:2] == ["scan"]:
        scan_pages(Path(sys.argv[2]))
    else:
        main()
