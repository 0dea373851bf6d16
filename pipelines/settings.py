"""Where things stand and as of which date: the environment, read once.

Belongs here: environment variables, the layout of the data directory, the lock that keeps one writer.
Does not belong here: what any step does with those places, or anything about a single source.
"""

from __future__ import annotations

import os
import re
from dataclasses import dataclass
from datetime import date, datetime
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Literal
from zoneinfo import ZoneInfo

if TYPE_CHECKING:
    from filelock import BaseFileLock

PROJECT = Path(__file__).resolve().parents[1]
SHIPPED = Path(__file__).resolve().parent / "shipped"
SAMPLE = PROJECT / "data" / "sample"
TIME_ZONE = "Europe/Amsterdam"
CBS_V4_URL = "https://datasets.cbs.nl/odata/v1/CBS"
CBS_V3_URL = "https://opendata.cbs.nl/ODataFeed/odata"

# The sample pretends that it is the day of its youngest delivery: an example that goes late on its own is no example.
SAMPLE_AS_OF = date(2026, 2, 1)


class UsageError(Exception):
    """Wrong use or configuration: the command ends with exit code 2."""


@dataclass(frozen=True)
class Inbox:
    """A directory that is searched for deliveries.

    Attributes:
        path: its root; below it stand ``<source>/<scope>/<reference date>/``.
        moves: what is moved out of it rather than copied: deliveries of persons, everything, or nothing.
    """

    path: Path
    moves: Literal["persons", "everything", "nothing"]


@dataclass(frozen=True)
class Settings:
    """The configuration of one run.

    Attributes:
        data: root of all that is made (``ZICHT_DATA``, and ``demo`` below it with ``--sample``).
        landing: the inbox (``ZICHT_LANDING``, default ``<data>/landing``).
        as_of: the date the run pretends it is (``ZICHT_AS_OF``, default today in the Netherlands).
        key_file: secret key of the pseudonyms (``ZICHT_PSEUDONYM_KEY_FILE``); none means that person-level
            deliveries are refused.
        sample: synthetic deliveries are read, and they alone.
        retention_days: how long bytes that name persons or companies are kept once they were read
            (``ZICHT_RETENTION_DAYS``); none means until ``retain_until``.
        raw_key_file: age key to which those bytes are encrypted (``ZICHT_RAW_KEY_FILE``); none means that they are not.
        offline: nothing is ever called (``ZICHT_OFFLINE=1``, and always with the sample).
        cbs_v4_url: where StatLine's newer generation answers (``ZICHT_CBS_V4_URL``).
        cbs_v3_url: the same of the older one, the Feed (``ZICHT_CBS_V3_URL``).
    """

    data: Path
    landing: Path
    as_of: date
    key_file: Path | None
    sample: bool = False
    retention_days: int | None = None
    raw_key_file: Path | None = None
    offline: bool = True
    cbs_v4_url: str = CBS_V4_URL
    cbs_v3_url: str = CBS_V3_URL

    @classmethod
    def from_environment(cls, *, sample: bool | None = None) -> Settings:
        """Read the environment.

        ``ZICHT_SAMPLE=1`` says in the environment what ``--sample`` says on the command line, so that Dagster's
        own processes see the same house.

        Raises:
            UsageError: ``ZICHT_AS_OF`` is no ISO date, ``ZICHT_RETENTION_DAYS`` no number of days, or ``ZICHT_OFFLINE``
                neither 0 nor 1.
        """
        if sample is None:
            sample = os.environ.get("ZICHT_SAMPLE", "") == "1"
        data = Path(os.environ.get("ZICHT_DATA") or PROJECT / "data").resolve()
        if sample:
            data = data / "demo"
            return cls(data, data / "landing", _as_of(sample), data / "throwaway.key", sample)
        return cls(
            data=data,
            landing=_path("ZICHT_LANDING") or data / "landing",
            as_of=_as_of(sample),
            key_file=_path("ZICHT_PSEUDONYM_KEY_FILE"),
            retention_days=_retention_days(),
            raw_key_file=_path("ZICHT_RAW_KEY_FILE"),
            offline=_offline(),
            cbs_v4_url=(os.environ.get("ZICHT_CBS_V4_URL") or CBS_V4_URL).rstrip("/"),
            cbs_v3_url=(os.environ.get("ZICHT_CBS_V3_URL") or CBS_V3_URL).rstrip("/"),
        )

    @property
    def inboxes(self) -> tuple[Inbox, ...]:
        """Where deliveries are looked for: the published figures always; then the sample, or your own inbox."""
        shipped = Inbox(SHIPPED, moves="nothing")
        if self.sample:
            return (shipped, Inbox(SAMPLE, moves="nothing"))
        return (shipped, Inbox(self.fetched, moves="everything"), Inbox(self.landing, moves="persons"))

    @property
    def fetched(self) -> Path:
        """The inbox of what zicht downloads itself; empty once it was landed."""
        return self.data / "fetched"

    @property
    def raw(self) -> Path:
        """Write-once snapshots with their manifests."""
        return self.data / "raw"

    @property
    def staged(self) -> Path:
        """Parquet of the two records, rejected rows and reading outcomes."""
        return self.data / "staged"

    @property
    def build(self) -> Path:
        """The warehouse, the candidate and results of checks; may be thrown away."""
        return self.data / "build"

    @property
    def warehouse(self) -> Path:
        """dbt's database; no BI tool opens it."""
        return self.build / "warehouse.duckdb"

    @property
    def candidate(self) -> Path:
        """The release that is being judged. The file's stem becomes the catalog's name, hence its own directory."""
        return self.build / "candidate" / "zicht.duckdb"

    @property
    def published(self) -> Path:
        """What BI tools read."""
        return self.data / "published"

    @property
    def database(self) -> Path:
        """The published file."""
        return self.published / "zicht.duckdb"

    @property
    def ledger(self) -> Path:
        """Append-only history of data gaps, quality and releases."""
        return self.data / "ledger"

    @property
    def dagster_home(self) -> Path:
        """Dagster's own storage."""
        return self.data / "dagster"

    @cached_property
    def lock(self) -> BaseFileLock:
        """The one lock that everything that writes takes; re-entrant within a process."""
        from filelock import FileLock

        self.data.mkdir(parents=True, exist_ok=True)
        return FileLock(self.data / ".lock", is_singleton=True)


def _path(variable: str) -> Path | None:
    named = os.environ.get(variable)
    return Path(named).resolve() if named else None


def _retention_days() -> int | None:
    given = os.environ.get("ZICHT_RETENTION_DAYS")
    if not given:
        return None
    if not re.fullmatch(r"[0-9]{1,6}", given):
        raise UsageError(f"ZICHT_RETENTION_DAYS is {given!r}: write a whole number of days, 0 or more")
    return int(given)


def _offline() -> bool:
    given = os.environ.get("ZICHT_OFFLINE") or "0"
    if given not in ("0", "1"):
        raise UsageError(f"ZICHT_OFFLINE is {given!r}: write 1 to call nobody, or 0")
    return given == "1"


def _as_of(sample: bool) -> date:
    given = os.environ.get("ZICHT_AS_OF")
    if given:
        if not re.fullmatch(r"\d{4}-\d{2}-\d{2}", given):
            raise UsageError(f"ZICHT_AS_OF is {given!r}: write a date as 2026-02-01")
        try:
            return date.fromisoformat(given)
        except ValueError as error:
            raise UsageError(f"ZICHT_AS_OF is {given!r}: {error}") from None
    return SAMPLE_AS_OF if sample else datetime.now(ZoneInfo(TIME_ZONE)).date()
