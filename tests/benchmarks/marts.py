"""How long the models take for the whole country, and how fast a BI tool is answered.

``python -m tests.benchmarks.marts [YEARS]`` (default 15) makes up cells of the Migrantenmonitor and of StatLine for
every municipality, YEARS years and every group of origin, builds all models with their tests, makes the candidate, and
asks each published table what a dashboard asks; then it writes ``docs/performance-marts.md``. All figures are SYNTHETIC
and live in a temporary directory. The goals are 30 seconds of dbt and a median answer within 50 ms.
"""

from __future__ import annotations

import json
import os
import platform
import statistics
import subprocess
import sys
import tempfile
import time
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

import duckdb
import numpy as np
import polars as pl

from pipelines import records
from pipelines.landing.catalogue import DELIVERY, SUM, write_catalogue
from pipelines.landing.land import land
from pipelines.model.dbt import DBT_PROJECT, marts, prepare_manifest, set_environment
from pipelines.publish.candidate import build_candidate
from pipelines.publish.fingerprint import FINGERPRINT
from pipelines.settings import PROJECT, Settings
from pipelines.sources import all_sources
from pipelines.sources.observations import NEUTRAL
from pipelines.sources.reading import anchor, read_scopes
from tests.benchmarks import bare_dbt

if TYPE_CHECKING:
    from collections.abc import Iterator

PAGE = PROJECT / "docs" / "performance-marts.md"
ASKED = 20
LAST = 2025
GROUPS = ("moe", "other_eu", "efta", "candidate", "ukraine", "third_country", "unknown")
TOTALS = {"eu": GROUPS[:2], "outside_eu": GROUPS[2:6], "all": GROUPS}
SUMS = {
    ("origin_group", "eu"): GROUPS[:2],
    ("origin_group", "outside_eu"): GROUPS[2:6],
    ("origin_group", "all"): ("eu", "outside_eu", "unknown"),
    ("home_area", "all"): ("resident", "not_resident"),
    ("area", "NL"): ("GM",),
}
NATIONALITIES = ("0072", "0074", "0053", "0061", "0028", "0027", "0055", "0052", "0064", "0077", "0073", "0339")


def municipalities() -> list[str]:
    """Codes of today's municipalities."""
    seed = pl.read_csv(DBT_PROJECT / "seeds" / "municipality.csv", infer_schema=False)
    return sorted(seed.filter(pl.col("valid_to").is_null())["municipality_code"].to_list())


def monitor(year: int, codes: list[str], rng: np.random.Generator) -> Iterator[pl.DataFrame]:
    """The cells of one edition: workers by group and home, residents by group; rounded to ten, some withheld."""
    counted = np.floor(rng.lognormal(4, 2, (len(codes), len(GROUPS), 3)))  # resident, not resident, lives here
    counted = np.concatenate([counted.sum(axis=0, keepdims=True), counted])
    areas = ["NL", *codes]
    for group in (*GROUPS, *TOTALS):
        members = [GROUPS.index(one) for one in TOTALS.get(group, (group,))]
        resident, elsewhere, here = counted[:, members].sum(axis=1).T
        homes = {"all": resident + elsewhere, "resident": resident, "not_resident": elsewhere}
        for home, values in homes.items():
            said = {"measure": "workers", "home_area": home, "universe": "monitor_workers_work_area", "table_id": "1"}
            yield cells(areas, values, said | {"origin_group": group, "edition": str(year)}, date(year, 12, 31))
        said = {"measure": "residents", "home_area": "here", "universe": "monitor_workers_home_area", "table_id": "2"}
        yield cells(areas, here, said | {"origin_group": group, "edition": str(year)}, date(year, 12, 31))


def cells(areas: list[str], values: np.ndarray[Any, Any], said: dict[str, Any], day: date) -> pl.DataFrame:
    """Cells of the monitor; a count below ten is withheld, another rounded to ten."""
    rounded = np.round(values / 10) * 10
    withheld = values < 10
    return _frame(areas, day, said | {"source": "migrantenmonitor", "workplace_basis": "modelled"}).with_columns(
        value=pl.Series(np.where(withheld, np.nan, rounded)).fill_nan(None),
        low=pl.Series(np.where(withheld, 0, np.maximum(rounded - 5, 0))),
        high=pl.Series(np.where(withheld, 9, rounded + 5)),
        bound_kind=pl.Series(np.where(withheld, "suppressed", "rounding_known")),
        availability=pl.Series(np.where(withheld, "suppressed", "available")),
    )


def statline(year: int, codes: list[str], rng: np.random.Generator) -> Iterator[pl.DataFrame]:
    """Inhabitants, density, jobs, and residents by nationality of one year."""
    first, inhabitants = date(year + 1, 1, 1), np.floor(rng.lognormal(10.4, 0.8, len(codes)))
    by_nationality = np.floor(rng.lognormal(3, 1.5, (len(NATIONALITIES), len(codes))))
    people = {"measure": "residents", "home_area": "here", "universe": "statline_residents_nationality"}
    everything: list[tuple[dict[str, Any], np.ndarray[Any, Any], date]] = [
        ({"measure": "inhabitants", "home_area": "here", "universe": "statline_inhabitants"}, inhabitants, first),
        ({"measure": "workers", "unit": "jobs", "employment": "employee", "universe": "statline_jobs_work_area"},
         np.round(inhabitants / 200) * 100, date(year, 12, 31)),
        (people, inhabitants, first),
        (people | {"nationality": "0001"}, inhabitants - by_nationality.sum(axis=0), first),
        *((people | {"nationality": code}, by_nationality[place], first) for place, code in enumerate(NATIONALITIES)),
    ]  # fmt: skip
    for said, values, day in everything:
        frame = _frame(codes, day, said | {"source": "statline", "edition": said["universe"]})
        exact = pl.Series(np.maximum(values, 0))
        yield frame.with_columns(value=exact, low=exact, high=exact, bound_kind=pl.lit("exact"))


def _frame(areas: list[str], day: date, said: dict[str, Any]) -> pl.DataFrame:
    usual = NEUTRAL | {
        "scope": "NL", "reference_date": date(LAST + 1, 1, 1), "locator_file": "SYNTHETIC", "locator_cell": "SYNTHETIC",
        "period_start": day, "period_end": day, "date_precision": "day", "measured_as": "stock", "version": "1",
        "unit": "persons", "availability": "available", "finality": "final", "synthetic": True,
    }  # fmt: skip
    constant = usual | said
    constant["delivery_id"] = constant["source"]
    kinds = ["NL" if area == "NL" else "GM" for area in areas]
    return pl.DataFrame({"area_type": kinds, "area_code": areas}).with_columns(
        **{name: pl.lit(value) for name, value in constant.items()}
    )


def stage(settings: Settings, years: int) -> int:
    """Write what was read of a country: the shipped figures, and made-up cells; return how many cells."""
    for source in all_sources().values():
        land(settings, source)
        read_scopes(settings, source, ["NL"])
        anchor(settings, source)
    write_catalogue(settings)
    codes, rng, count = municipalities(), np.random.default_rng(1), 0
    for source, make in (("migrantenmonitor", monitor), ("statline", statline)):
        frames = [frame for year in range(LAST - years + 1, LAST + 1) for frame in make(year, codes, rng)]
        table = pl.concat(frames, how="diagonal_relaxed").with_row_index("locator_row", offset=1)
        count += table.height
        with duckdb.connect() as connection:
            rows = records.load("observation").conform(connection.from_arrow(table.to_arrow()))
            rows.write_parquet(str(settings.staged / source / "accepted" / "synthetic.parquet"))
    catalogue = settings.staged / "catalogue"
    known = dict.fromkeys(DELIVERY) | {
        "scope": "NL", "standing": "current", "synthetic": True, "layout": "synthetic", "person_level": False,
        "reference_date": date(LAST, 12, 31),
    }  # fmt: skip
    deliveries = [known | {"delivery_id": one, "source": one} for one in ("migrantenmonitor", "statline")]
    pl.concat(
        [pl.read_parquet(catalogue / "delivery.parquet"), pl.DataFrame(deliveries, schema=DELIVERY)]
    ).write_parquet(catalogue / "delivery.parquet")
    sums = [
        {"source": "migrantenmonitor", "layout": "synthetic", "sum": f"{year} {table} {dimension} {total}",
         "edition": str(year), "version": "1", "table_id": table, "dimension": dimension, "total": total, "part": part,
         "parts": len(parts), "complete": True}
        for year in range(LAST - years + 1, LAST + 1)
        for table in ("1", "2")
        for (dimension, total), parts in SUMS.items()
        if table == "1" or dimension != "home_area"
        for part in parts
    ]  # fmt: skip
    pl.DataFrame(sums, schema=SUM).write_parquet(catalogue / "sum.parquet")
    (catalogue / FINGERPRINT).write_text("synthetic", encoding="utf-8")
    return count


def build(settings: Settings) -> tuple[float, list[tuple[str, float]]]:
    """Run dbt with its tests; the seconds of the process, and of its slowest steps."""
    set_environment(settings)
    prepare_manifest()
    target = settings.build / "dbt"
    start = time.perf_counter()
    done = subprocess.run(bare_dbt.command(target), capture_output=True, text=True, check=False)
    seconds = time.perf_counter() - start
    if done.returncode:
        raise SystemExit(done.stdout[-3000:])
    results = json.loads((target / "run_results.json").read_text(encoding="utf-8"))["results"]
    steps = [(str(one["unique_id"]).split(".")[2], float(one["execution_time"])) for one in results]
    return seconds, sorted(steps, key=lambda step: -step[1])


def answers(database: Path) -> list[tuple[str, int, float, float]]:
    """Of each published table its rows, and the median milliseconds of one municipality's rows and of a summary."""
    found = []
    with duckdb.connect(str(database), read_only=True) as connection:
        for node in marts():
            table, columns = node["name"], list(node["columns"])
            code = next((name for name in ("municipality_code", "area_code") if name in columns), None)
            one = f"select * from {table} where {code} = '0394'" if code else f"select * from {table} limit 100"
            by = node["config"]["meta"]["grain"][-1]
            summary = f'select "{by}", count(*) from {table} group by all order by all limit 100'
            (rows,) = connection.execute(f"select count(*) from {table}").fetchone() or (0,)
            found.append((table, int(rows), _milliseconds(connection, one), _milliseconds(connection, summary)))
    return found


def _milliseconds(connection: duckdb.DuckDBPyConnection, query: str) -> float:
    taken = []
    for _ in range(ASKED):
        start = time.perf_counter()
        connection.execute(query).fetchall()
        taken.append(1000 * (time.perf_counter() - start))
    return statistics.median(taken)


def main() -> None:
    """Stage, build, ask, and write the page."""
    years = int(sys.argv[1]) if len(sys.argv) > 1 else 15
    with tempfile.TemporaryDirectory(prefix="zicht-marts-") as name:
        folder = Path(name)
        settings = Settings(folder / "data", folder / "inbox", as_of=date(LAST + 1, 2, 1), key_file=None)
        count = stage(settings, years)
        build(settings)  # what a first night does once: parsing the models
        settings.warehouse.unlink()
        seconds, steps = build(settings)
        build_candidate(settings)
        asked = answers(settings.candidate)
    PAGE.write_text(page(years, count, seconds, steps, asked), encoding="utf-8", newline="\n")
    print(f"{count:,} cells, dbt {seconds:.1f} s, slowest answer {max(max(one[2:]) for one in asked):.1f} ms")


def page(
    years: int,
    count: int,
    seconds: float,
    steps: list[tuple[str, float]],
    asked: list[tuple[str, int, float, float]],
) -> str:
    """The page in ``docs``: seconds, their share in the whole, milliseconds."""
    slowest = "\n".join(f"| `{step}` | {taken:.1f} | {100 * taken / seconds:.0f} % |" for step, taken in steps[:12])
    tables = "\n".join(f"| `{table}` | {rows:,} | {one:.1f} | {all_:.1f} |" for table, rows, one, all_ in asked)
    return f"""\
# Performance of the models

Written by `python -m tests.benchmarks.marts`: made-up cells of every municipality, {years} years and 10 groups of
origin, {count:,} cells in all, beside the shipped figures. One run, on {os.cpu_count()} cores, {platform.system()},
Python {platform.python_version()}, DuckDB {duckdb.__version__}. The goals are 30 seconds of dbt and a median
answer within 50 ms.

The second build of a data directory took dbt {seconds:.1f} s, from the start of its process to the end of the last
test, everything made anew. Its slowest steps:

| step | seconds | of the whole |
| --- | --: | --: |
{slowest}

What a dashboard asks of the published file: the rows of one municipality (or the first hundred), and a count by the
last column of the key. Medians of {ASKED} answers on one connection, in milliseconds.

| table | rows | one municipality | summary |
| --- | --: | --: | --: |
{tables}
"""


if __name__ == "__main__":
    main()
