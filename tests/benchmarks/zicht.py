"""zicht's own part of what is measured, each in a process of its own.

Belongs here: calling the product as a night does, and nothing of the job itself. ``parse`` and ``judge`` read the BRP
extract in its form, and with every rule of the rubrics; ``hash`` makes pseudonyms of numbers that are in memory;
``path`` is the whole way from both extracts to the counts.

``python -m tests.benchmarks.zicht parse|judge|hash BRP.csv [RNI.csv]`` prints the seconds of the work alone;
``python -m tests.benchmarks.zicht path BRP.csv RNI.csv KEY OUT.json`` writes the counts.
"""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import duckdb
import pyarrow.csv  # noqa: F401 - so that its import is not taken for parsing

from pipelines.privacy.pseudonyms import define_pseudonym
from pipelines.sample.generate import REFERENCE_DATE
from pipelines.sources.brp.reader import BRP
from pipelines.sources.forms import DeliveredFile, recognise
from pipelines.sources.persons import read_persons, wanted_of
from tests.benchmarks import bare_dbt, duckdb_passes


def main() -> None:
    """Do one of them."""
    kind, *arguments = sys.argv[1:]
    if kind == "path":
        path(Path(arguments[0]), Path(arguments[1]), arguments[2], Path(arguments[3]))
    else:
        print({"parse": parse, "judge": judge, "hash": pseudonyms}[kind](arguments))


def parse(files: list[str]) -> float:
    """The form alone: escapes, packing, text, columns; as batches that are used no further."""
    start = time.perf_counter()
    file = _delivered(files[0])
    rows = sum(batch.num_rows for batch in recognise(file).batches(file, wanted_of(BRP)))
    assert rows
    return time.perf_counter() - start


def judge(files: list[str]) -> float:
    """The form and every rule of the rubrics, up to what is accepted and rejected; without pseudonyms."""
    with duckdb.connect() as connection:
        connection.execute("create temp macro pseudonym(identifier) as nullif(identifier, '')")
        start = time.perf_counter()
        rows = sum(part.rows_read for part in read_persons(connection, REFERENCE_DATE, [_delivered(files[0])], BRP))
        assert rows
        return time.perf_counter() - start


def pseudonyms(files: list[str]) -> float:
    """Pseudonyms of the A-nummer and BSN of everybody, from a table in memory."""
    with duckdb.connect() as connection:
        define_pseudonym(connection, bytes(32))
        duckdb_passes.hashes(connection, files)
        start = time.perf_counter()
        connection.execute("select max(pseudonym(a)), max(pseudonym(b)) from numbers").fetchall()
        return time.perf_counter() - start


def path(brp: Path, rni: Path, key: str, out: Path) -> None:
    """From both extracts to counts: landed, read, modelled, by the product's own steps in the product's own order."""
    from pipelines import settings as places
    from pipelines.landing.catalogue import write_catalogue
    from pipelines.landing.deliveries import outcome, snapshots
    from pipelines.landing.land import land
    from pipelines.model.dbt import set_environment
    from pipelines.sources import all_sources
    from pipelines.sources.reading import anchor, read_scopes

    with tempfile.TemporaryDirectory(prefix="zicht-path-", dir=out.parent) as work:
        house = Path(work)
        places.SAMPLE = house / "inbox"
        for name, file in (("brp", brp), ("rni", rni)):
            folder = places.SAMPLE / name / "NL" / REFERENCE_DATE.isoformat()
            folder.mkdir(parents=True)
            (folder / file.name).symlink_to(file.resolve())
            shutil.copy(file.parent / "delivery.yml", folder)
        key_file = house / "benchmark.key"
        key_file.write_text(key, encoding="ascii")
        settings = places.Settings(
            data=house / "data", landing=places.SAMPLE, as_of=REFERENCE_DATE, key_file=key_file, sample=True
        )
        for source in all_sources().values():
            if source.person_level:
                land(settings, source)
                read_scopes(settings, source, ["NL"])
            else:
                anchor(settings, source)
        write_catalogue(settings)
        set_environment(settings)
        subprocess.run(
            bare_dbt.command(
                house / "dbt", "--select", "+int_registered__persons", "--indirect-selection", "buildable"
            ),
            check=True,
        )
        read = {one.manifest.source: outcome(settings, one) for one in snapshots(settings)}
        rows = {
            source: {"read": one.rows_read, "accepted": one.rows_accepted, "rejected": one.rows_rejected}
            for source, one in read.items()
            if one
        }
        with duckdb.connect(str(settings.warehouse), read_only=True) as warehouse:
            counts = _counts(warehouse)
    assert rows.keys() == {"brp", "rni"}, rows
    out.write_text(json.dumps({"rows": rows, "counts": counts}, indent=1, sort_keys=True) + "\n", encoding="utf-8")


def _counts(warehouse: duckdb.DuckDBPyConnection) -> list[dict[str, object]]:
    found = warehouse.execute("""
        select
            case universe when 'rni_temporary_address' then 'rni' else 'brp' end as register,
            area_code as municipality, base_group,
            cast(sum(persons_low) as bigint) as persons_low, cast(sum(persons_high) as bigint) as persons_high
        from int_registered__persons
        where universe in ('rni_temporary_address', 'brp_residents_foreign_nationality')
        group by all order by all
    """)
    names = [column[0] for column in found.description]
    return [dict(zip(names, row, strict=True)) for row in found.fetchall()]


def _delivered(name: str) -> DeliveredFile:
    return DeliveredFile(Path(name).name, lambda: Path(name).open("rb"))


if __name__ == "__main__":
    main()
