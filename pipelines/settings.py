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
from typing import TYPE_CHECKING, Literal, TypeVar
from zoneinfo import ZoneInfo

if TYPE_CHECKING:
    from filelock import BaseFileLock

PROJECT = Path(__file__).resolve().parents[1]
SHIPPED = Path(__file__).resolve().parent / "shipped"
SAMPLE = PROJECT / "data" / "sample"
TIME_ZONE = "Europe/Amsterdam"
CBS_V4_URL = "https://datasets.cbs.nl/odata/v1/CBS"
SETTLE_SECONDS = 5
CBS_V3_URL = "https://opendata.cbs.nl/ODataFeed/odata"
BOUNDARIES_URL = (
    "https://service.pdok.nl/cbs/gebiedsindelingen/{year}/wfs/v1_0?service=WFS&version=2.0.0&request=GetFeature"
    "&typeName=gebiedsindelingen:gemeente_gegeneraliseerd&outputFormat=application/json&srsName=EPSG:28992"
)

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
class Alerting:
    """Whom to tell that a run failed or that the release is stale; false where nobody is to be told.

    Attributes:
        mail_to: addresses that get an e-mail (``ZICHT_ALERT_MAIL_TO``, with commas).
        mail_from: its sender (``ZICHT_ALERT_MAIL_FROM``).
        smtp: the mail server (``ZICHT_ALERT_SMTP``): ``smtps://host:465``, ``smtp+starttls://host:587``, or without
            encryption ``smtp://host:25``.
        smtp_login_file: file with two lines, user and password (``ZICHT_ALERT_SMTP_LOGIN_FILE``).
        webhook_file: file with an address that takes JSON, and on a second line a token if it wants one
            (``ZICHT_ALERT_WEBHOOK_FILE``); in a file, because such an address is a secret itself.
        stale_hours: how long something may wait to be released (``ZICHT_ALERT_STALE_HOURS``).
    """

    mail_to: tuple[str, ...] = ()
    mail_from: str = ""
    smtp: str = ""
    smtp_login_file: Path | None = None
    webhook_file: Path | None = None
    stale_hours: int = 24

    def __bool__(self) -> bool:
        return bool(self.mail_to or self.webhook_file)

    @classmethod
    def from_environment(cls) -> Alerting:
        """Read the environment.

        Raises:
            UsageError: an e-mail without sender or server, a server that is none or would see a password in the clear.
        """
        to, sender, smtp = (os.environ.get(f"ZICHT_ALERT_{name}", "") for name in ("MAIL_TO", "MAIL_FROM", "SMTP"))
        login = _path("ZICHT_ALERT_SMTP_LOGIN_FILE")
        if to and not (sender and smtp):
            raise UsageError("ZICHT_ALERT_MAIL_TO needs ZICHT_ALERT_MAIL_FROM and ZICHT_ALERT_SMTP beside it")
        if to and not re.fullmatch(r"(smtp|smtps|smtp\+starttls)://[\w.-]+(:\d{1,5})?", smtp):
            raise UsageError(f"ZICHT_ALERT_SMTP is {smtp!r}: write it as smtps://host:465 or smtp+starttls://host:587")
        if login and smtp.startswith("smtp://"):
            raise UsageError("ZICHT_ALERT_SMTP is not encrypted and would show the password: smtps or smtp+starttls")
        stale_hours = _whole_number("ZICHT_ALERT_STALE_HOURS", "hours, 1 or more", least=1) or cls.stale_hours
        addresses = tuple(one.strip() for one in to.split(",") if one.strip())
        return cls(addresses, sender, smtp, login, _path("ZICHT_ALERT_WEBHOOK_FILE"), stale_hours)


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
        rounds_anew: mark of a key under which counts may be rounded anew, though a release under another is kept
            (``ZICHT_ROUNDS_ANEW``).
        retention_days: how long bytes that name persons or companies are kept once they were read
            (``ZICHT_RETENTION_DAYS``); none means until ``retain_until``.
        raw_key_file: age key to which those bytes are encrypted (``ZICHT_RAW_KEY_FILE``); none means that they are not.
        offline: nothing is ever called (``ZICHT_OFFLINE=1``, and always with the sample).
        cbs_v4_url: where StatLine's newer generation answers (``ZICHT_CBS_V4_URL``).
        cbs_v3_url: the same of the older one, the Feed (``ZICHT_CBS_V3_URL``).
        boundaries_url: where the borders of municipalities are asked for, with ``{year}`` in it
            (``ZICHT_BOUNDARIES_URL``).
        retry_seconds: how long to wait before a server is first asked again (``ZICHT_RETRY_SECONDS``).
        kept_releases: how many releases are kept, the standing one among them (``ZICHT_KEPT_RELEASES``, 2 or
            more: a reader may be opening the one before).
        site_url: where the published site is served, for links to it (``ZICHT_SITE_URL``); none means that it is not.
        factsheets: codes of the municipalities that get pages of their own (``ZICHT_FACTSHEETS``, with commas); none
            means all, and an empty one (``-``) nobody.
        contact: how to reach who publishes the pages, on the one about accessibility (``ZICHT_CONTACT``, in words).
        alerting: whom to tell that something is wrong (``ZICHT_ALERT_…``).
        engine: what runs the models of SQL (``ZICHT_ENGINE``): ``duckdb``, or ``spark`` for one that speaks Spark
            Connect (docs/scale.md).
        store: the object store where that other engine reads and writes (``ZICHT_STORE``), ``s3://bucket/folder``;
            none means that it sees the data directory.
        settle_seconds: how long a file must have been left alone before it is taken out of an inbox.
    """

    data: Path
    landing: Path
    as_of: date
    key_file: Path | None
    sample: bool = False
    rounds_anew: str = ""
    retention_days: int | None = None
    raw_key_file: Path | None = None
    offline: bool = True
    cbs_v4_url: str = CBS_V4_URL
    cbs_v3_url: str = CBS_V3_URL
    boundaries_url: str = BOUNDARIES_URL
    retry_seconds: int = 2
    kept_releases: int = 5
    site_url: str | None = None
    factsheets: tuple[str, ...] | None = None
    contact: str | None = None
    alerting: Alerting = Alerting()
    engine: Literal["duckdb", "spark"] = "duckdb"
    store: str | None = None
    settle_seconds: int = 0

    @classmethod
    def from_environment(cls, *, sample: bool | None = None) -> Settings:
        """Read the environment.

        ``ZICHT_SAMPLE=1`` says in the environment what ``--sample`` says on the command line, so that Dagster's
        own processes see the same house.

        Raises:
            UsageError: ``ZICHT_AS_OF`` is no ISO date, ``ZICHT_RETENTION_DAYS``, ``ZICHT_KEPT_RELEASES`` or
                ``ZICHT_RETRY_SECONDS`` no such number, ``ZICHT_OFFLINE`` neither 0 nor 1, ``ZICHT_FACTSHEETS`` no
                list of codes, ``ZICHT_BOUNDARIES_URL`` no address of a year, ``ZICHT_ENGINE`` no engine,
                ``ZICHT_STORE`` no address or of no use, or alerts would reach nobody.
        """
        if sample is None:
            sample = os.environ.get("ZICHT_SAMPLE", "") == "1"
        data = Path(os.environ.get("ZICHT_DATA") or PROJECT / "data").resolve()
        kept = _whole_number("ZICHT_KEPT_RELEASES", "releases, 2 or more", least=2) or cls.kept_releases
        retry = _whole_number("ZICHT_RETRY_SECONDS", "seconds, 0 or more")
        alerting = Alerting.from_environment()
        site = (os.environ.get("ZICHT_SITE_URL") or "").rstrip("/") or None
        contact = os.environ.get("ZICHT_CONTACT") or None
        store = _store()
        if sample:
            data = data / "demo"
            key = data / "throwaway.key"
            return cls(
                data, data / "landing", _as_of(sample), key, sample,
                kept_releases=kept, site_url=site, factsheets=_factsheets(), contact=contact, alerting=alerting,
                engine=_engine(), store=store and f"{store}/demo",
            )  # fmt: skip
        return cls(
            data=data,
            landing=_path("ZICHT_LANDING") or data / "landing",
            as_of=_as_of(sample),
            key_file=_path("ZICHT_PSEUDONYM_KEY_FILE"),
            rounds_anew=os.environ.get("ZICHT_ROUNDS_ANEW", ""),
            retention_days=_whole_number("ZICHT_RETENTION_DAYS", "days, 0 or more"),
            raw_key_file=_path("ZICHT_RAW_KEY_FILE"),
            offline=_offline(),
            cbs_v4_url=(os.environ.get("ZICHT_CBS_V4_URL") or CBS_V4_URL).rstrip("/"),
            cbs_v3_url=(os.environ.get("ZICHT_CBS_V3_URL") or CBS_V3_URL).rstrip("/"),
            boundaries_url=_boundaries_url(),
            retry_seconds=cls.retry_seconds if retry is None else retry,
            kept_releases=kept,
            site_url=site,
            factsheets=_factsheets(),
            contact=contact,
            alerting=alerting,
            engine=_engine(),
            store=store,
            settle_seconds=SETTLE_SECONDS,
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
    def boundaries(self) -> Path:
        """Snapshots of the borders of municipalities, by year."""
        return self.data / "boundaries"

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
    def tables(self) -> str:
        """Where another engine than DuckDB leaves what it makes, a directory or an address; the warehouse shows it."""
        return f"{self.store or self.build.as_posix()}/tables"

    @property
    def mirror(self) -> str | None:
        """Where what is staged lies once more, for an engine that sees the store and not this machine."""
        return self.store and f"{self.store}/staged"

    @property
    def candidate(self) -> Path:
        """The release that is being judged. The file's stem becomes the catalog's name, hence its own directory."""
        return self.build / "candidate" / "zicht.duckdb"

    @property
    def published(self) -> Path:
        """What BI tools read."""
        return self.data / "published"

    @property
    def releases(self) -> Path:
        """The releases that are kept, a directory each with all its files."""
        return self.published / "releases"

    @property
    def current(self) -> Path:
        """The release that stands: a link to one of those, and the only thing that changes when another one does."""
        return self.published / "current"

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


def log_form() -> Literal["words", "json"]:
    """How the program tells what it does (``ZICHT_LOG``): in words, or one JSON object a line.

    Raises:
        UsageError: neither.
    """
    return _one_of("ZICHT_LOG", "words", "json")


_Word = TypeVar("_Word", bound=str)


def _one_of(variable: str, usual: _Word, other: _Word) -> _Word:
    given = os.environ.get(variable) or usual
    for word in (usual, other):
        if given == word:
            return word
    raise UsageError(f"{variable} is {given!r}: write {' or '.join(sorted((usual, other)))}")


def _path(variable: str) -> Path | None:
    named = os.environ.get(variable)
    return Path(named).resolve() if named else None


def _whole_number(variable: str, what: str, *, least: int = 0) -> int | None:
    given = os.environ.get(variable)
    if not given:
        return None
    if not re.fullmatch(r"[0-9]{1,6}", given) or int(given) < least:
        raise UsageError(f"{variable} is {given!r}: write a whole number of {what}")
    return int(given)


def _factsheets() -> tuple[str, ...] | None:
    given = os.environ.get("ZICHT_FACTSHEETS")
    if not given:
        return None
    codes = () if given == "-" else tuple(one.strip() for one in given.split(","))
    if wrong := [one for one in codes if not re.fullmatch("[0-9]{4}", one)]:
        raise UsageError(f"ZICHT_FACTSHEETS has {wrong[0]!r}: write codes of municipalities such as 0394,0599, or -")
    return codes


def _boundaries_url() -> str:
    given = os.environ.get("ZICHT_BOUNDARIES_URL") or BOUNDARIES_URL
    if not re.fullmatch(r"https?://[^/\s]+/\S*", given) or "{year}" not in given:
        raise UsageError("ZICHT_BOUNDARIES_URL is no address with {year} in it: write https://… with {year}")
    return given


def _engine() -> Literal["duckdb", "spark"]:
    return _one_of("ZICHT_ENGINE", "duckdb", "spark")


def _store() -> str | None:
    given = (os.environ.get("ZICHT_STORE") or "").rstrip("/")
    if given and not re.fullmatch(r"(s3|gs|abfss)://[\w.@-]+(/[\w.=-]+)*", given):
        raise UsageError(f"ZICHT_STORE is {given!r}: write an address such as s3://bucket/folder")
    if given and _engine() != "spark":  # rows of persons would go there without a use
        raise UsageError("ZICHT_STORE is for ZICHT_ENGINE=spark: empty what is there and leave it out")
    return given or None


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
