"""Whole nights: the stages of a refresh and the floor under them, a night without news, a night with little.

Belongs here: making the house of a sample, and what happens in it. Does not belong here: the page (``__main__``), and
how memory is measured (``measure``).

``python -m tests.benchmarks.nights stages PERSONS FOLDER`` refreshes a sample of so many persons;
``python -m tests.benchmarks.nights municipality PERSONS FOLDER`` delivers them by municipality, and then one of those
anew. Both print JSON.
"""

from __future__ import annotations

import json
import logging
import os
import re
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import duckdb

from pipelines import refresh as product
from pipelines import settings as places
from pipelines.model.dbt import DBT_PROJECT
from pipelines.sample.generate import REFERENCE_DATE, generate
from tests.benchmarks import bare_dbt, duckdb_passes

STAGES = {
    "landed": "land", "read": "read", "checked arrival": "check what arrived", "checked model": "dbt and its tests",
    "checked register": "controls of the registers", "checked release": "check and audit", "released": "publish, pages",
}  # fmt: skip
"""Stages of a refresh, by how the line of the log begins that ends them."""
ONE = "0599"
_MUNICIPALITY = "08.09.10"

Told = dict[str, dict[str, float]]


def main() -> None:
    """Do one of them."""
    kind, persons, folder = sys.argv[1:]
    with tempfile.TemporaryDirectory(prefix="zicht-night-", dir=folder) as work:
        house = _House(Path(work), int(persons))
        print(json.dumps({"stages": stages, "municipality": municipality}[kind](house)))


class _House:
    """A data directory whose sample is made anew, with as many persons as wanted."""

    def __init__(self, work: Path, persons: int) -> None:
        self.inbox, self.data = work / "inbox", work / "demo"
        generate(self.inbox, persons=persons, non_residents=persons // 4)
        places.SAMPLE = self.inbox
        os.environ["ZICHT_DATA"] = str(work)

    def night(self) -> dict[str, float]:
        """A refresh that releases: seconds by stage."""
        stages, log = _Stages(), logging.getLogger("zicht")
        log.setLevel(logging.INFO)
        log.addHandler(stages)
        summary = product.refresh(places.Settings.from_environment(sample=True))
        assert summary.released, summary.failures
        assert all(stages.seconds.values()), stages.seconds
        return stages.seconds

    def command(self, *options: str) -> tuple[float, str]:
        """``zicht refresh`` as a command, with its start and its imports: seconds, and its log."""
        code = f"from pipelines import settings; settings.SAMPLE = settings.Path({str(self.inbox)!r})\n"
        code += "from pipelines.cli import main; raise SystemExit(main(['refresh', '--sample']))"
        start = time.perf_counter()
        done = subprocess.run([sys.executable, *options, "-c", code], check=False, capture_output=True, text=True)
        # Of few persons one broken row in a municipality is too many, and its delivery is refused.
        assert done.returncode in (product.RELEASED, product.RELEASED_WITH_GAPS), done.stderr
        return time.perf_counter() - start, done.stderr


def stages(house: _House) -> Told:
    """Seconds of a refresh by stage, of what is under them, of a night without news, and bytes."""
    by_stage = house.night()
    quiet, said = house.command()
    assert "nothing changed" in said, said
    settings = places.Settings.from_environment(sample=True)
    return {
        "stages": by_stage,
        "quiet": {"the whole": quiet, "imports": _imports(house)},
        "bytes": {name: _bytes(path) for name, path in (
            ("delivered", house.inbox), ("raw", settings.raw), ("staged", settings.staged),
            ("warehouse", settings.warehouse), ("released", settings.current),
        )},
        "floor": {
            "copy": _copied(house.inbox), "scan": _scanned(house.inbox), "statement": _in_one_statement(settings),
            "dbt": _dbt(settings),
        },
    }  # fmt: skip


def _imports(house: _House) -> float:
    """Seconds of a night without news in which modules are imported."""
    _, said = house.command("-X", "importtime")
    return sum(int(own) for own in re.findall(r"^import time: +(\d+) \|", said, re.MULTILINE)) / 1_000_000


def municipality(house: _House) -> Told:
    """Seconds of a night on which all municipalities deliver, and of the next, on which one of them does."""
    (whole,) = (house.inbox / "brp" / "NL").glob("*/*.csv")
    parts: dict[str, list[str]] = {}
    with whole.open(encoding="utf-8", newline="") as rows:
        header = next(rows)
        place = header.split(",").index(_MUNICIPALITY)
        for row in rows:
            parts.setdefault((row.split(",") + [""] * place)[place], []).append(row)
    in_force = _municipalities()
    for code in parts.keys() & in_force:
        _deliver(house.inbox, code, whole, REFERENCE_DATE.isoformat(), [header, *parts[code]])
    for path in (whole.parent, house.inbox / "brp" / "0394" / "2026-02-01"):
        shutil.rmtree(path)
    first = sum(house.night().values())
    _deliver(house.inbox, ONE, house.inbox / "brp" / ONE / REFERENCE_DATE.isoformat() / whole.name, "2026-02-01",
             [header, *parts[ONE]])  # fmt: skip
    seconds, said = house.command()
    read = [line for line in said.splitlines() if "read brp/" in line]
    assert len(read) == 1, said
    return {"seconds": {"all": first, "one": seconds}, "municipalities": {"delivered": len(parts.keys() & in_force)}}


def _municipalities() -> set[str]:
    """Codes of the municipalities of the reference date."""
    with duckdb.connect() as connection:
        seed = f"read_csv('{DBT_PROJECT}/seeds/municipality.csv', all_varchar = true)"
        return {code for (code,) in connection.sql(f"select municipality_code from {seed} where valid_to is null")
                .fetchall()}  # fmt: skip


def _deliver(inbox: Path, code: str, like: Path, day: str, rows: list[str]) -> None:
    """A delivery of one municipality, with the grounds of another."""
    folder = inbox / "brp" / code / day
    folder.mkdir(parents=True)
    (folder / like.name).write_text("".join(rows), encoding="utf-8", newline="")
    shutil.copy(like.with_name("delivery.yml"), folder)


class _Stages(logging.Handler):
    """Seconds by stage, from what the log tells when each ends."""

    def __init__(self) -> None:
        super().__init__(logging.INFO)
        self.last = time.perf_counter()
        self.seconds = dict.fromkeys(STAGES.values(), 0.0)

    def emit(self, record: logging.LogRecord) -> None:
        said = record.getMessage()
        ended = next((stage for words, stage in STAGES.items() if said.startswith(words)), None)
        if ended:
            now = time.perf_counter()
            self.seconds[ended] += now - self.last
            self.last = now


# the floor


def _bytes(path: Path) -> int:
    files = path.resolve().rglob("*") if path.is_dir() else [path]
    return sum(file.stat().st_size for file in files if file.is_file())


def _copied(inbox: Path) -> float:
    """Seconds of copying what was delivered."""
    start = time.perf_counter()
    shutil.copytree(inbox, inbox.with_name("copied"))
    return time.perf_counter() - start


def _scanned(inbox: Path) -> float:
    """Seconds in which DuckDB counts every column of the persons that were delivered."""
    seconds = 0.0
    for file in (*inbox.glob("brp/*/*/*.csv"), *inbox.glob("rni/*/*/*.csv")):
        with duckdb.connect() as connection:
            (statement,) = duckdb_passes.count(connection, [str(file)])
            start = time.perf_counter()
            connection.execute(statement).fetchall()
            seconds += time.perf_counter() - start
    return seconds


def _in_one_statement(settings: places.Settings) -> float:
    """Seconds of one hand-written statement for the gap, whose counts of persons are those of the models."""
    statement = Path(__file__).with_name("gap.sql").read_text(encoding="utf-8")
    told = {"day": REFERENCE_DATE, "staged": str(settings.staged), "seeds": str(DBT_PROJECT / "seeds")}
    with duckdb.connect() as connection:
        start = time.perf_counter()
        connection.execute(f"create table gap as {statement}", told)
        seconds = time.perf_counter() - start
        connection.execute(f"attach '{settings.warehouse}' as warehouse (read_only)")
        modelled = (
            "select case universe when 'rni_temporary_address' then 'rni' else 'brp' end, area_code, base_group,"
            " sum(persons_low), sum(persons_high) from warehouse.int_registered__persons"
            " where universe in ('rni_temporary_address', 'brp_residents_foreign_nationality')"
            f" and counted_on = date '{REFERENCE_DATE}' group by all"
        )
        ours = "select register, area_code, base_group, persons_low, persons_high from gap"
        differ = connection.sql(f"({ours} except all {modelled}) union all ({modelled} except all {ours})").fetchall()
        assert not differ, differ[:5]
        (gaps,) = connection.sql("select count(gap_low) from gap").fetchall()[0]
        assert gaps > len(_municipalities()), gaps
    return seconds


def _dbt(settings: places.Settings) -> float:
    """Seconds of dbt without Dagster on what was read: the same models, the same tests, a warehouse of its own."""
    beside = settings.build / "beside"
    beside.mkdir()
    start = time.perf_counter()
    subprocess.run(
        bare_dbt.command(beside / "dbt"),
        check=True,
        capture_output=True,
        env=os.environ | {"ZICHT_WAREHOUSE": str(beside / "warehouse.duckdb")},
    )
    return time.perf_counter() - start


if __name__ == "__main__":
    main()
