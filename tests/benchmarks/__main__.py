"""How long the full register path takes in zicht, in pandas and in PySpark, as a page of Markdown.

Belongs here: the stages that are measured, and the page. Does not belong here: how a command is measured
(``measure``), the baselines themselves, what is equal (``equal_counts``).

``python -m tests.benchmarks --persons 1000000 --runs 3 --out docs/performance.md``. PySpark needs Java and an
environment of its own: give its Python with ``--spark-python``.
"""

from __future__ import annotations

import argparse
import csv
import importlib.metadata
import json
import os
import platform
import secrets
import sys
import tempfile
import timeit
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from pipelines.sample.generate import REFERENCE_DATE, generate
from pipelines.settings import PROJECT
from tests.benchmarks import duckdb_passes
from tests.benchmarks.equal_counts import differences
from tests.benchmarks.measure import FailedError, Measured, medians

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

HERE = Path(__file__).resolve().parent
MEGABYTE = 1_000_000
NO_SPARK = "PySpark was not measured: `--spark-python` named no Python with PySpark."
GROWTH = (
    "From an inbox to a checked release with all its pages, all sources of the sample, with a quarter as many"
    " non-residents. One run each. The peak is that of the refresh and of what is measured under it below, whose one"
    " statement has no limit of memory."
)
STAGES = "Seconds by stage, and bytes:"
FLOOR = (
    "What is under it, in the same run and on the same bytes: copying what was delivered; DuckDB counting every column"
    " of the persons; one hand-written statement ([gap.sql](../tests/benchmarks/gap.sql)) from the Parquet that was"
    " read to the gap, whose counts are asserted to be those of the models; and dbt without Dagster, same models and"
    " tests. Around it is what a refresh costs beyond landing, reading and that dbt: Dagster, checks, the audit and the"
    " release."
)
QUIET = "A night without news, as a command, with its start and its imports; and of that the imports:"
LITTLE = (
    "All municipalities deliver a register of their own; the next night one of them does, and nothing else is read."
)
BESIDE = (
    "zicht does more than the baselines on the same rows: it hashes the files, keeps every state in Parquet and a"
    " reason for every rejected row, makes a key of the address, starts dbt and runs its tests. The extract holds no"
    " escaped content."
)
RATIO = "Ratio: to the first line of the table. Peak: the memory of the process and all below it, Java's included."
# One non-resident for every so many persons in the BRP, as in the country.
PERSONS_PER_NON_RESIDENT = 4


@dataclass(frozen=True)
class Job:
    """What is measured: the two extracts, the key, where results go, how often each thing is run."""

    brp: Path
    rni: Path
    key: str
    folder: Path
    runs: int
    spark_python: str | None


@dataclass(frozen=True)
class Line:
    """One line of the page: what was done, the seconds that count for it, and the most memory held at once."""

    name: str
    seconds: float
    peak_bytes: int
    note: str = ""
    told: dict[str, dict[str, float]] = field(default_factory=dict)


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure every stage and write the page; exit code 1 if counts that should be equal are not."""
    options = _parser().parse_args(arguments)
    with tempfile.TemporaryDirectory(prefix="zicht-benchmark-", dir=options.work) as work:
        job = make_job(options, Path(work))
        sections = {
            title: [line for stage in stages for line in _told(stage(job))] for title, stages in SECTIONS.items()
        }
        unequal = unequal_counts(job)
        compared = comparisons(job, sections, unequal)
        little = one_of_many(options.persons, Path(work)) if options.growth else None
        grown: list[Line] = []

        def write() -> None:
            text = "\n\n".join(compared + refreshes(grown, little)) + "\n"
            options.out.write_text(text, encoding="utf-8", newline="\n")

        # After each size anew: a country may be too much for the machine, and that is no reason to lose the rest.
        write()
        for line in _told(growth(options.growth, Path(work))):
            grown.append(line)
            write()
    return 1 if unequal else 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks", description="Measure the full register path.")
    parser.add_argument("--persons", type=int, default=1_000_000, help="persons in the BRP extract")
    parser.add_argument("--non-residents", type=int, help="persons in the RNI extract; a quarter of the persons")
    parser.add_argument("--growth", type=int, nargs="*", default=[], help="persons of each refresh that is measured")
    parser.add_argument("--runs", type=int, default=3, help="runs of each stage, of which the median counts")
    parser.add_argument("--out", type=Path, default=PROJECT / "docs" / "performance.md", help="the page to write")
    parser.add_argument("--work", type=Path, help="where the sample is made; a temporary directory")
    parser.add_argument("--spark-python", help="a Python that has PySpark; without it PySpark is left out")
    return parser


def _told(lines: Iterator[Line]) -> Iterator[Line]:
    for line in lines:
        print(f"{line.seconds:8.2f} s  {line.peak_bytes / MEGABYTE:8,.0f} MB  {line.name}", file=sys.stderr)
        yield line


def make_job(options: argparse.Namespace, folder: Path) -> Job:
    """Make the sample once, and a throwaway key."""
    non_residents = options.non_residents
    if non_residents is None:
        non_residents = options.persons // PERSONS_PER_NON_RESIDENT
    landing = folder / "landing"
    generate(landing, persons=options.persons, non_residents=non_residents)
    day = REFERENCE_DATE.isoformat()
    brp, rni = (next((landing / source / "NL" / day).glob("*.csv")) for source in ("brp", "rni"))
    return Job(brp, rni, secrets.token_hex(32), folder, options.runs, options.spark_python)


# stages


def plain_reading(job: Job) -> Iterator[Line]:
    """DuckDB's own ``read_csv`` of the BRP extract: every column counted, and every column into a table in memory."""
    for kind, name in (
        ("count", "read_csv of the BRP, every column counted"),
        ("table", "read_csv of the BRP, into a table"),
    ):
        yield _statement(name, medians(_module("duckdb_passes", kind, job.brp), job.runs))


def zicht_reading(job: Job) -> Iterator[Line]:
    """zicht's reading of the BRP extract: its form alone, and up to what is accepted. Without pseudonyms."""
    yield _statement(
        "zicht, the form: escapes, packing, columns", medians(_module("zicht", "parse", job.brp), job.runs)
    )
    yield _statement(
        "zicht, the form, every rule, and the states of persons", medians(_module("zicht", "judge", job.brp), job.runs)
    )


def bare_hashes(job: Job) -> Iterator[Line]:
    """Bare SHA-256 over the A-nummer and the BSN of everybody, as many passes as an HMAC has blocks."""
    measured = medians(_module("duckdb_passes", "hash", job.brp, job.rni), job.runs)
    yield _statement(f"DuckDB, {duckdb_passes.HASHES} × `select max(sha256(number))` of both numbers", measured)


def zicht_pseudonyms(job: Job) -> Iterator[Line]:
    """zicht's pseudonyms of the same numbers."""
    measured = medians(_module("zicht", "hash", job.brp, job.rni), job.runs)
    yield _statement("zicht, pseudonyms of both numbers", measured)


def zicht_full_path(job: Job) -> Iterator[Line]:
    """The job in zicht: landed, read to Parquet with an address pseudonym, modelled by dbt with its tests."""
    measured = medians(_module("zicht", "path", job.brp, job.rni, job.key, result(job, "zicht")), job.runs)
    yield Line("zicht", measured.seconds, measured.peak_bytes, "whole process")


def pandas_full_path(job: Job) -> Iterator[Line]:
    """The job in pandas."""
    yield _full_path("pandas", "pandas", sys.executable, job)


def pyspark_full_path(job: Job) -> Iterator[Line]:
    """The job in PySpark, if there is one."""
    if job.spark_python and _version_of_spark(job.spark_python):
        yield _full_path("PySpark, local[2]", "pyspark", job.spark_python, job)


SECTIONS = {
    "Reading the BRP extract": (plain_reading, zicht_reading),
    "Pseudonyms": (bare_hashes, zicht_pseudonyms),
    "From two extracts to counts by municipality": (zicht_full_path, pandas_full_path, pyspark_full_path),
}


def growth(sizes: list[int], work: Path) -> Iterator[Line]:
    """A whole refresh, from an inbox to a checked release, of samples of some sizes; once each."""
    for persons in sizes:
        measured = medians(_module("nights", "stages", str(persons), work), 1)
        told = json.loads(measured.outputs[0].strip().rpartition("\n")[2])
        yield Line(f"{persons:,}", sum(told["stages"].values()), measured.peak_bytes, told=told)


def one_of_many(persons: int, work: Path) -> Line:
    """Nights on which all municipalities deliver, and one of them."""
    measured = medians(_module("nights", "municipality", str(persons), work), 1)
    told = json.loads(measured.outputs[0].strip().rpartition("\n")[2])
    return Line(f"{persons:,}", told["seconds"]["one"], measured.peak_bytes, told=told)


def _module(name: str, *arguments: str | Path) -> list[str]:
    return [sys.executable, "-m", f"tests.benchmarks.{name}", *map(str, arguments)]


def _statement(name: str, measured: Measured) -> Line:
    """A line that counts the seconds a process printed, which are those of the statements alone."""
    return Line(name, measured.printed_seconds, measured.peak_bytes, "statements alone")


def _full_path(name: str, baseline: str, python: str, job: Job) -> Line:
    """A line that counts the whole process, its start included, since that is what a night costs."""
    script = HERE / f"plain_{baseline}.py"
    command = [python, str(script), str(job.brp), str(job.rni), job.key, str(result(job, baseline))]
    measured = medians(command, job.runs, _own_environment() if python != sys.executable else None)
    return Line(name, measured.seconds, measured.peak_bytes, "whole process")


def _own_environment() -> dict[str, str]:
    """Another Python must not find the packages of this one."""
    return {name: value for name, value in os.environ.items() if name not in ("PYTHONPATH", "PYTHONHOME")}


def result(job: Job, who: str) -> Path:
    """Where a way of doing the job leaves its counts."""
    return job.folder / f"{who}.json"


def unequal_counts(job: Job) -> list[str]:
    """What the results do not agree on; the first of those that exist is the one that others are held against."""
    found = [(who, result(job, who)) for who in ("zicht", "pandas", "pyspark")]
    results = [(who, json.loads(path.read_text(encoding="utf-8"))) for who, path in found if path.exists()]
    return [
        f"{results[0][0]} and {who}: {difference}"
        for who, other in results[1:]
        for difference in differences(results[0][1], other)
    ]


# the page


def comparisons(job: Job, sections: dict[str, list[Line]], unequal: list[str]) -> list[str]:
    """Parts of the page: the machine, and what was measured beside each other."""
    parts = ["# Performance", _how_measured(job.runs), _table(("what", "value"), _facts(job))]
    for title, lines in sections.items():
        parts += [f"## {title}", _table(("step", "seconds", "ratio", "peak MB", "seconds of"), _times(lines))]
    return [
        *parts,
        RATIO,
        f"`read_csv` with `{duckdb_passes.OPTIONS}`.",
        *([] if any("PySpark" in line.name for line in sections[list(sections)[-1]]) else [NO_SPARK]),
        _agreement(job, unequal),
        BESIDE,
        _ceiling(sections),
    ]


def refreshes(grown: list[Line], little: Line | None) -> list[str]:
    """Parts of the page: whole refreshes, as far as they were measured."""
    parts: list[str] = []
    if grown:
        parts += [
            "## A whole refresh",
            GROWTH,
            _table(("persons in the BRP", "seconds", "per million", "peak MB"), _grown(grown)),
            _fitted(grown),
            STAGES,
            _across(grown, "stages", ".1f"),
            _across(grown, "bytes", ",.0f", MEGABYTE, "MB "),
            FLOOR,
            _across(grown, "floor", ".1f"),
            _around(grown),
            QUIET,
            _across(grown, "quiet", ".1f"),
        ]
    if little:
        seconds, many = little.told["seconds"], little.told["municipalities"]["delivered"]
        parts += [
            "## One municipality of many",
            LITTLE,
            _table(
                ("persons", "municipalities", "seconds of the first night", "of the next"),
                [(little.name, f"{many:.0f}", f"{seconds['all']:.1f}", f"{seconds['one']:.1f}")],
            ),
        ]
    return parts


def _ceiling(sections: dict[str, list[Line]]) -> str:
    """How many times as fast as pandas anything could be that begins with DuckDB's reading of the larger extract."""
    (_, into_a_table, *_), _, (_, pandas, *_) = sections.values()
    return (
        f"DuckDB's `read_csv` of the BRP extract into a table takes {into_a_table.seconds / pandas.seconds:.0%} of what"
        " pandas needs for the whole job. Whatever begins with it does the job at most"
        f" {pandas.seconds / into_a_table.seconds:.1f} times as fast as pandas."
    )


def _millions(line: Line) -> float:
    return int(line.name.replace(",", "")) / 1_000_000


def _grown(lines: list[Line]) -> list[tuple[str, ...]]:
    return [
        (
            line.name,
            f"{line.seconds:.0f}",
            f"{line.seconds / _millions(line):.1f}",
            f"{line.peak_bytes / MEGABYTE:,.0f}",
        )
        for line in lines
    ]


def _fitted(lines: list[Line]) -> str:
    """Seconds as a fixed part and a part for each million, by least squares of the errors as shares."""
    if len(lines) < 3:
        return "Growth was not fitted: a line fits any two sizes."
    seconds = np.array([line.seconds for line in lines])
    sizes = np.array([[1.0, _millions(line)] for line in lines])
    (fixed, each), *_ = np.linalg.lstsq(sizes / seconds[:, None], np.ones(len(lines)), rcond=None)
    off = np.abs(sizes @ (fixed, each) / seconds - 1).max()
    return f"Fitted: {fixed:.0f} seconds and {each:.1f} for each million persons, {off:.0%} off at most."


def _across(lines: list[Line], what: str, form: str, unit: int = 1, word: str = "") -> str:
    """A table of what was told of each size, a row for each thing."""
    return _table(
        (what, *(f"{word}{line.name} persons" for line in lines)),
        [(name, *(f"{line.told[what][name] / unit:{form}}" for line in lines)) for name in lines[0].told[what]],
    )


def _around(lines: list[Line]) -> str:
    told = [
        f"{line.seconds - line.told['stages']['land'] - line.told['stages']['read'] - line.told['floor']['dbt']:.1f}"
        f" at {line.name}"
        for line in lines
    ]
    return f"Around it: {', '.join(told)} persons (seconds)."


def _how_measured(runs: int) -> str:
    times = "that of one run" if runs == 1 else f"the median of {runs} runs"
    return (
        "Written by `python -m tests.benchmarks`. The extracts are synthetic. Each number is "
        f"{times}, with the files in the cache of the system."
    )


def _table(header: tuple[str, ...], rows: list[tuple[str, ...]]) -> str:
    rule = ["---", *("--:" if name in ("seconds", "ratio", "per million", "peak MB") else "---" for name in header[1:])]
    return "\n".join(f"| {' | '.join(row)} |" for row in (header, rule, *rows))


def _times(lines: list[Line]) -> list[tuple[str, ...]]:
    return [
        (
            line.name,
            f"{line.seconds:.2f}",
            f"{line.seconds / lines[0].seconds:.1f}",
            f"{line.peak_bytes / MEGABYTE:,.0f}",
            line.note,
        )
        for line in lines
    ]


def _facts(job: Job) -> list[tuple[str, ...]]:
    memory = os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE") / 2**30
    versions = [f"{name} {importlib.metadata.version(name)}" for name in ("duckdb", "pandas", "pyarrow")]
    if job.spark_python and (spark := _version_of_spark(job.spark_python)):
        versions.append(spark)
    return [
        ("cores", str(os.cpu_count())),
        ("memory", f"{memory:.0f} GiB"),
        ("kernel", f"{platform.system()} {platform.release()}"),
        ("Python", platform.python_version()),
        ("a bare loop of ten million steps", f"{timeit.timeit(number=10_000_000):.2f} s"),
        ("versions", ", ".join(versions)),
        ("BRP extract", _size(job.brp)),
        ("RNI extract", _size(job.rni)),
    ]


def _size(path: Path) -> str:
    with path.open(encoding="utf-8", newline="") as stream:
        columns = len(next(csv.reader(stream)))
        rows = sum(1 for _ in stream)
    return f"{rows:,} rows, {columns} columns, {path.stat().st_size / MEGABYTE:,.0f} MB"


def _version_of_spark(python: str) -> str | None:
    """The version of PySpark, or None if that Python is not there or has none."""
    try:
        done = medians([python, "-c", "import pyspark; print('pyspark', pyspark.__version__)"], 1, _own_environment())
    except (OSError, FailedError):
        return None
    return done.outputs[0].strip()


def _agreement(job: Job, unequal: list[str]) -> str:
    if unequal:
        return f"**The counts are not equal** ({len(unequal)} differences):\n\n" + "\n".join(
            f"- {difference}" for difference in unequal[:20]
        )
    done = [who for who in ("zicht", "pandas", "pyspark") if result(job, who).exists()]
    one: dict[str, Any] = json.loads(result(job, done[0]).read_text(encoding="utf-8"))
    rows = "; ".join(
        f"{register.upper()} {said['read']:,} rows read, {said['rejected']:,} rejected"
        for register, said in sorted(one["rows"].items())
    )
    return f"{', '.join(done)}: {len(one['counts']):,} counts" + (", all equal. " if done[1:] else ". ") + f"{rows}."


if __name__ == "__main__":
    sys.exit(main())
