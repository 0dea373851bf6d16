"""Small factories that tests share: a house with an inbox, numbers that prove themselves, rows of the registers.

Everything is made here without the product's own rules: an LO-CSV cell is escaped, and a BSN is found, by other code
than that which reads it.
"""

from __future__ import annotations

import gc
import itertools
import os
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from functools import cache
from typing import TYPE_CHECKING, Any

import duckdb
import hypothesis
import pytest
import yaml

from pipelines.landing.land import Landed, land
from pipelines.privacy.pseudonyms import make_key
from pipelines.settings import Settings
from pipelines.sources import Source, all_sources
from pipelines.sources.reading import read_scopes

if TYPE_CHECKING:
    from pathlib import Path

    from pipelines.landing.deliveries import Outcome

# How fast a machine makes examples is no matter of health: these tests share it with refreshes.
hypothesis.settings.register_profile(
    "zicht", deadline=None, derandomize=True, database=None, max_examples=60,
    suppress_health_check=[hypothesis.HealthCheck.too_slow],
)  # fmt: skip
hypothesis.settings.load_profile("zicht")

AS_OF = date(2026, 2, 15)
DAY = "2026-02-01"
PAGED = "0394"  # the one municipality that gets pages of its own, where a test asks for no others
GROUNDS: dict[str, Any] = {
    "legal_basis": "Wet BRP, artikel 3.1",
    "purpose": "beleid arbeidsmigratie",
    "authorisation": "2025-0001",
    "retain_until": date(2099, 12, 31),
}

PATIENCE_SECONDS = 1800
"""How long a test waits for a program that it started: only what hangs takes as long, on the slowest machine too."""

_BEGAN = time.monotonic()
_STAGES = ("unit", "contract", "faults", "integration", "pages", "scale", "e2e", "bi")
"""In which order the folders of tests run: what tells most in the least time first."""


def pytest_addoption(parser: pytest.Parser) -> None:
    """A machine may have no more than so much time."""
    parser.addoption("--minutes", type=float, help="begin no test after so many minutes")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Put the tests in the order of their stages."""
    items.sort(key=lambda item: next((place for place, one in enumerate(_STAGES) if f"tests/{one}/" in item.nodeid), 0))


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_setup(item: pytest.Item) -> None:
    """Begin no test for which there is no time."""
    minutes = item.config.getoption("--minutes")
    if minutes and time.monotonic() - _BEGAN > 60 * minutes:
        pytest.skip("not begun: no time was left on this machine (--minutes)")


def pytest_runtest_logreport(report: pytest.TestReport) -> None:
    """Say at once what failed: a run that is cut off never comes to its summary."""
    if report.failed and "PYTEST_XDIST_WORKER" not in os.environ:
        sys.stderr.write(f"\nFAILED {report.nodeid} ({report.when})\n{report.longreprtext[-2000:]}\n")


Cell = str | Sequence[str]
Row = Mapping[str, Cell]


# numbers of nobody


def is_bsn(number: str) -> bool:
    """The eleven test of the BSN, from the Logisch Ontwerp and nothing else."""
    if len(number) != 9 or not all(one in "0123456789" for one in number) or number == "0" * 9:
        return False
    *front, last = (int(one) for one in number)
    return (sum(weight * one for weight, one in zip(range(9, 1, -1), front, strict=True)) - last) % 11 == 0


def is_a_number(number: str) -> bool:
    """The tests of the A-nummer, from the Logisch Ontwerp and nothing else."""
    if len(number) != 10 or not all(one in "0123456789" for one in number) or number[0] == "0":
        return False
    digits = [int(one) for one in number]
    return (
        all(one != other for one, other in itertools.pairwise(digits))
        and sum(digits) % 11 in (0, 5)
        and sum(one * 2**place for place, one in enumerate(digits)) % 11 == 0
    )


@cache
def bsns() -> tuple[str, ...]:
    """Numbers that pass the test, from the range that is given to nobody."""
    return tuple(itertools.islice((f"{n}" for n in range(900_500_000, 999_999_999) if is_bsn(f"{n}")), 400))


@cache
def a_numbers() -> tuple[str, ...]:
    """Numbers that pass the tests."""
    return tuple(itertools.islice((f"{n}" for n in range(8_101_010_101, 9_999_999_999) if is_a_number(f"{n}")), 400))


# rows of the registers


def escaped(content: str) -> str:
    """Content as LO-CSV wants it: a backslash before backslash, comma and semicolon."""
    return "".join("\\" + sign if sign in "\\,;" else sign for sign in content)


def lo_csv(rows: Sequence[Row], rubrics: Sequence[str] | None = None) -> str:
    """An LO-CSV file; a list is the occurrences of a repeating category."""
    header = list(rubrics if rubrics is not None else dict.fromkeys(name for row in rows for name in row))
    lines = [",".join(header)]
    for row in rows:
        cells = [row.get(name, "") for name in header]
        lines.append(
            ",".join(escaped(one) if isinstance(one, str) else ";".join(escaped(part) for part in one) for one in cells)
        )
    return "\n".join(lines) + "\n"


def resident(number: int = 0, /, **changed: Cell) -> dict[str, Cell]:
    """A resident of Haarlemmermeer with Polish nationality; ``r08_09_10="0599"`` changes a rubric."""
    usual: dict[str, Cell] = {
        "01.01.10": a_numbers()[number],
        "01.01.20": bsns()[number],
        "01.03.10": "19850621",
        "01.03.30": "7028",
        "04.05.10": "0072",
        "04.64.10": "",
        "04.65.10": "",
        "07.67.10": "",
        "07.67.20": "",
        "08.09.10": "0394",
        "08.09.20": "20240315",
        "08.11.60": "2132AB",
        "08.11.80": "0394010000000019",
        "08.14.20": "20240301",
        "08.83.10": "",
        "08.84.10": "",
    }
    return usual | _rubrics(changed)


def non_resident(number: int = 0, /, **changed: Cell) -> dict[str, Cell]:
    """A labour migrant in the RNI without a temporary address."""
    usual: dict[str, Cell] = {
        "01.01.10": a_numbers()[number],
        "01.01.20": bsns()[number],
        "01.03.10": "19900101",
        "01.03.30": "7028",
        "04.05.10": "0072",
        "04.64.10": "",
        "04.65.10": "",
        "07.67.10": "20250302",
        "07.67.20": "R",
        "07.68.10": "20250302",
        "08.09.10": "1999",
        "16.09.10": "",
        "16.11.60": "",
        "16.18.10": "",
        "16.85.10": "",
    }
    return usual | _rubrics(changed)


def _rubrics(changed: Mapping[str, Cell]) -> dict[str, Cell]:
    return {name.removeprefix("r").replace("_", "."): content for name, content in changed.items()}


# a house


@dataclass(frozen=True)
class House:
    """Settings in a temporary directory, and the steps as a test speaks of them."""

    settings: Settings

    def deliver(
        self,
        source: str,
        files: Mapping[str, str | bytes],
        *,
        scope: str = "0394",
        day: str = DAY,
        inbox: Path | None = None,
        sidecar: Mapping[str, Any] | None = None,
    ) -> Path:
        """Put files in the inbox; a person-level source gets its grounds unless ``sidecar`` is given."""
        folder = (inbox or self.settings.landing) / source / scope / day
        folder.mkdir(parents=True, exist_ok=True)
        for name, content in files.items():
            (folder / name).write_bytes(content.encode() if isinstance(content, str) else content)
        if sidecar is None and declared(source).person_level:
            sidecar = GROUNDS
        if sidecar is not None:
            (folder / "delivery.yml").write_text(yaml.safe_dump(dict(sidecar)), encoding="utf-8")
        return folder

    def land(self, source: str) -> Landed:
        """Land what lies in the inboxes for a source."""
        return land(self.settings, declared(source))

    def read(self, source: str, scope: str = "0394") -> list[Outcome]:
        """Read what was landed for a source and scope."""
        return read_scopes(self.settings, declared(source), [scope])

    def take_in(self, source: str, files: Mapping[str, str | bytes], **delivered: Any) -> Outcome:
        """Deliver, land and read; the door must let it pass."""
        self.deliver(source, files, **delivered)
        landed = self.land(source)
        assert not landed.refused, landed.refused
        (outcome,) = self.read(source, delivered.get("scope", "0394"))
        return outcome

    def accepted(self, source: str) -> list[dict[str, Any]]:
        """The record's rows, in the order of the file."""
        return self._rows(source, "accepted", "start_low" if _persons(source) else "measure")

    def rejected(self, source: str) -> list[dict[str, Any]]:
        """The rejected rows."""
        return self._rows(source, "rejected", "field")

    def _rows(self, source: str, kind: str, then: str) -> list[dict[str, Any]]:
        parquet = str(self.settings.staged / source / kind / "**" / "*.parquet")
        with duckdb.connect() as connection:
            found = connection.execute(
                f"select * from read_parquet(?) order by locator_file, locator_row, {then}", [parquet]
            )
            names = [column[0] for column in found.description]
            return [dict(zip(names, row, strict=True)) for row in found.fetchall()]


def declared(source: str) -> Source:
    """The declaration of a source."""
    return all_sources()[source]


def _persons(source: str) -> bool:
    return declared(source).record == "person"


def below(folder: Path) -> Iterator[Path]:
    """Every file under a directory."""
    return (path for path in sorted(folder.rglob("*")) if path.is_file())


def make_house(folder: Path) -> House:
    """A house with an empty inbox and a key."""
    key = folder / "secret.key"
    make_key(key)
    return House(
        Settings(data=folder / "data", landing=folder / "inbox", as_of=AS_OF, key_file=key, factsheets=(PAGED,))
    )


@pytest.fixture(autouse=True)
def _dagster_forgets() -> None:
    """Contexts that were built for sensors end their instance when they are collected: a dead one may be left then."""
    state = sys.modules.get("dagster._core.storage.defs_state.base")
    if state and state._current_storage.get() is not None:
        gc.collect()
        state._current_storage.set(None)


@pytest.fixture(autouse=True)
def _pages(monkeypatch: pytest.MonkeyPatch) -> None:
    """What the environment tells agrees with ``make_house``."""
    monkeypatch.setenv("ZICHT_FACTSHEETS", PAGED)


@pytest.fixture
def house(tmp_path: Path) -> House:
    """A house of its own for each test."""
    return make_house(tmp_path)


@pytest.fixture
def sample_house(house: House, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> House:
    """A house that takes the sample, and the sample alone; its inbox is not ours to empty."""
    inbox = tmp_path / "sample"
    inbox.mkdir()
    monkeypatch.setattr("pipelines.settings.SAMPLE", inbox)
    return House(replace(house.settings, sample=True, landing=inbox))
