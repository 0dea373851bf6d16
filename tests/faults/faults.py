"""What the tests of faults share: a fault as a place in the program, a step that meets it, and what it delivers."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import time
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from pipelines.publish.release import damage
from pipelines.quality import ledger
from pipelines.settings import PROJECT
from tests.conftest import PATIENCE_SECONDS, House, below
from tests.faults.driver import HAPPENED
from tests.unit.publish.warehouse import published

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

KILL = "kill -9 $PPID"
KILLED = -9
HEADER = "zaaknummer;controleplaats;startdatum;wet;uitkomst;besluitdatum;aantal_boetes;boetebedrag\n"
CASES = HEADER + "Z1;Rotterdam;2025-03-04;Wav;boete;2025-05-01;1;4000\n"


@dataclass(frozen=True)
class Fault:
    """A place in the program: before or after a call of a function whose arguments hold a text."""

    when: str
    place: str
    text: str = ""

    def __str__(self) -> str:
        return "-".join(one for one in (self.when, self.place.rpartition(":")[2].strip("_"), self.text) if one)


# a fault and a step that meets it


def environment(house: House) -> dict[str, str]:
    """The environment in which a process finds a house, and nothing else of this machine's settings."""
    settings = house.settings
    clean = {name: value for name, value in os.environ.items() if not name.startswith(("ZICHT_", "DAGSTER_"))}
    return clean | {
        "ZICHT_DATA": str(settings.data), "ZICHT_LANDING": str(settings.landing), "ZICHT_AS_OF": str(settings.as_of),
        "ZICHT_PSEUDONYM_KEY_FILE": str(settings.key_file), "ZICHT_OFFLINE": "1",
        "ZICHT_FACTSHEETS": ",".join(settings.factsheets or ()), "PYTHONPATH": str(PROJECT),
        "DAGSTER_DISABLE_TELEMETRY": "1", "DO_NOT_TRACK": "1",
    }  # fmt: skip


def words(fault: Fault, action: str, *step: str) -> list[str]:
    """The command line of a step that meets a fault."""
    return [sys.executable, "-m", "tests.faults.driver", fault.when, fault.place, fault.text, action, *step]


def meets(
    fault: Fault, action: str, *step: str, told: Mapping[str, str], around: Sequence[str] = ()
) -> subprocess.CompletedProcess[str]:
    """Run a step to its end; what had to happen must have happened."""
    done = subprocess.run(
        [*around, *words(fault, action, *step)],
        cwd=PROJECT, env=dict(told), capture_output=True, text=True, timeout=PATIENCE_SECONDS, check=False,
    )  # fmt: skip
    assert HAPPENED in done.stderr, f"{fault} was never reached: {done.stderr}"
    return done


def is_killed(house: House, fault: Fault, *step: str) -> None:
    """Run a step that is killed at a place."""
    done = meets(fault, KILL, *step, told=environment(house))
    assert done.returncode == KILLED, done.stderr


def left_alone(folder: Path) -> None:
    """Let files be as old as if they were delivered an hour ago."""
    hour_ago = time.time() - 3600
    for path in folder.rglob("*"):
        os.utime(path, (hour_ago, hour_ago))


# a house that releases


def copy(house: House, data: Path) -> House:
    """The same house elsewhere, to be harmed."""
    shutil.copytree(house.settings.data, data, symlinks=True)
    return House(replace(house.settings, data=data))


def name(house: House) -> str:
    """The one figure that tells the releases apart, as a reader finds it."""
    (row,) = published(house, "select area_name from area")
    return str(row["area_name"])


MOMENTS = {"released_at", "checked_at", "at"}


def told(house: House) -> dict[str, Any]:
    """Everything that a release says and that the ledger says of it, but for the moments of the run."""

    def without_moments(rows: list[dict[str, Any]]) -> list[str]:
        return sorted(str({key: value for key, value in row.items() if key not in MOMENTS}) for row in rows)

    tables = ("area", "data_gap", "quality_result", "release")
    books: tuple[ledger.Book, ...] = ("data_gap", "quality", "release")
    return (
        {table: without_moments(published(house, f"from {table}")) for table in tables}
        | {f"ledger {book}": without_moments(ledger.entries(house.settings, book)) for book in books}
        | {"files": [path.name for path in below(house.settings.current)], "damage": damage(house.settings.current)}
    )


def leftovers(house: House) -> list[Path]:
    """What a run that was killed left among what is published."""
    return [*house.settings.published.glob(".*"), *house.settings.releases.glob(".*")]
