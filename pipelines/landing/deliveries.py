"""What a delivery is: its place in the inbox, its sidecar, its parts, and its standing among other deliveries.

Pure description and look-up; nothing here writes. Taking deliveries in is ``land``.
"""

from __future__ import annotations

import hashlib
import hmac
import re
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import TYPE_CHECKING

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from pipelines.files import read_as
from pipelines.sources import all_sources

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path
    from typing import BinaryIO

    from pipelines.settings import Settings

SIDECAR = "delivery.yml"
MANIFEST = "manifest.json"
ERASED = "erased.json"
"""File beside the manifest of a snapshot whose bytes were erased on purpose: what is merely lost has none."""
KNOWN = ".reading.json"
"""File beside the manifest that outlives what was read and the bytes; hidden, because no part of a delivery is."""
ENCRYPTED = ".age"
TABLE = re.compile(r"\d{5}(?:NED|ned)")
"""A scope that is a table of StatLine."""
SCOPE = re.compile(rf"NL|\d{{4}}|{TABLE.pattern}|[A-Za-z][A-Za-z-]{{2,40}}")
_READ_BYTES = 1 << 20


class RefusedError(Exception):
    """A delivery that cannot be taken in or read; the message names file, row and rule and says how to mend it."""

    def __init__(self, where: str, rule: str, remedy: str) -> None:
        super().__init__(f"{where}: {rule}. {remedy}")
        self.where, self.rule, self.remedy = where, rule, remedy


class Sidecar(BaseModel):
    """``delivery.yml`` beside the parts: what the bytes do not say of themselves.

    ``form_changed`` says that its form is meant to be another than before. The last four are required of a person-level
    delivery: on what ground we may hold it, and until when.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    sequence: int = Field(default=1, ge=1)
    version: str = "1"
    producer: str | None = None
    licence: str | None = None
    synthetic: bool = False
    form_changed: bool = False
    legal_basis: str | None = None
    purpose: str | None = None
    authorisation: str | None = None
    retain_until: date | None = None

    def missing_grounds(self) -> list[str]:
        """The grounds for holding personal data that are not stated."""
        needed = ("legal_basis", "purpose", "authorisation", "retain_until")
        return [name for name in needed if not getattr(self, name)]

    def has_lapsed(self, as_of: date) -> bool:
        """Whether the last day on which the data may be held has passed."""
        return self.retain_until is not None and self.retain_until < as_of


class Part(BaseModel):
    """One file of a delivery."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    name: str
    size: int
    sha256: str


class Manifest(BaseModel):
    """``manifest.json`` of a raw snapshot; written once and never changed."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    delivery_id: str
    source: str
    scope: str
    reference_date: date
    sidecar: Sidecar
    parts: tuple[Part, ...]
    landed_at: datetime

    def as_json(self) -> str:
        """As it is kept: without what the sidecar leaves as usual, which an older program may not know."""
        return self.model_dump_json(indent=1, exclude_defaults=True)


@dataclass(frozen=True)
class Place:
    """Where a delivery stands in the inbox, which is what says whose it is and as of when."""

    source: str
    scope: str
    reference_date: date

    def __str__(self) -> str:
        return f"{self.source}/{self.scope}/{self.reference_date}"


@dataclass(frozen=True)
class Snapshot:
    """A landed delivery: its manifest and its directory under ``data/raw``."""

    manifest: Manifest
    path: Path

    @property
    def id(self) -> str:
        """The delivery's identity."""
        return self.manifest.delivery_id

    @property
    def place(self) -> Place:
        """Source, scope and reference date."""
        return Place(self.manifest.source, self.manifest.scope, self.manifest.reference_date)

    @property
    def files(self) -> list[Path]:
        """The parts as they were delivered; on disk unless they are encrypted (``stored``) or erased."""
        return [self.path / part.name for part in self.manifest.parts]

    def stored(self, name: str) -> Path:
        """Where a part stands on disk: encrypted, or as it was delivered."""
        encrypted = self.path / f"{name}{ENCRYPTED}"
        return encrypted if encrypted.exists() else self.path / name

    @property
    def is_erased(self) -> bool:
        """Whether its bytes were erased on purpose, so that it cannot be read again."""
        return (self.path / ERASED).exists()


@dataclass(frozen=True)
class Outcome:
    """What reading a snapshot came to; kept beside the staged Parquet."""

    delivery_id: str
    status: str  # read or refused
    rows_read: int
    rows_accepted: int
    rows_rejected: int
    synthetic: bool
    message: str
    code: str  # that read it; for persons with the mark of the key of their pseudonyms, after a hyphen
    layout: str = ""  # by which it was read, where the source has layouts
    form: dict[str, dict[str, str]] = field(default_factory=dict)  # see ``drift``
    form_change: str = ""  # what is to be told of its form, in words
    rows: str = ""  # hash of the Parquet files, by which damage shows
    where: str = ""  # how the message begins: the place in its files, which may be named after a person

    @property
    def key(self) -> str:
        """Mark of the key under which persons were read (``pseudonyms.key_mark``); empty for what holds none."""
        return self.code.partition("-")[2]


@dataclass(frozen=True)
class Known:
    """What stays known of a delivery when its rows are gone, also after its term: nothing of a person."""

    status: str  # read, refused or unread
    form: dict[str, dict[str, str]]  # see ``drift``


def delivery_id(place: Place, sequence: int, parts: Iterable[Part], key: bytes | None = None) -> str:
    """SHA-256 over the place, the sequence and the SHA-256 of each part, under a key if there is one.

    The place is in it because equal bytes for another date or scope are another statement: an unchanged public
    register of a later day says that nothing changed. Without a key whoever guesses the bytes, as of a small table of
    counts, sees by the published identity that the guess is right.
    """
    told = "".join([f"{place}/{sequence}", *sorted(part.sha256 for part in parts)]).encode()
    return hmac.new(key, b"zicht delivery " + told, "sha256").hexdigest() if key else hashlib.sha256(told).hexdigest()


def fingerprint_file(path: Path) -> Part:
    """Name, size and SHA-256 of a file, streamed."""
    with path.open("rb") as stream:
        return fingerprint(path.name, stream)


def fingerprint(name: str, stream: BinaryIO) -> Part:
    """The same of a stream, read to its end."""
    digest = hashlib.sha256()
    size = 0
    while block := stream.read(_READ_BYTES):
        digest.update(block)
        size += len(block)
    return Part(name=name, size=size, sha256=digest.hexdigest())


def read_sidecar(folder: Path) -> Sidecar:
    """The sidecar of a delivery's folder; all defaults where there is none.

    Raises:
        RefusedError: it is no YAML, or has a field that is unknown or of the wrong kind.
    """
    path = folder / SIDECAR
    if not path.exists():
        return Sidecar()
    try:
        # As text, so that a date that does not exist is a wrong field and not an error of YAML.
        fields = yaml.load(path.read_text(encoding="utf-8"), Loader=yaml.BaseLoader)  # noqa: S506 - makes only text
        return Sidecar.model_validate(fields or {})
    except ValidationError as error:
        wrong = ", ".join(".".join(str(step) for step in problem["loc"]) for problem in error.errors())
        raise RefusedError(
            str(path), f"unknown or wrong field: {wrong}", f"Fields are {', '.join(Sidecar.model_fields)}"
        ) from None
    except (yaml.YAMLError, UnicodeDecodeError):
        raise RefusedError(str(path), "the sidecar is no valid YAML", "Write it as name: value lines") from None


def snapshots(settings: Settings, source: str = "*", scope: str = "*") -> list[Snapshot]:
    """Every landed delivery that may be read, of one source and scope or of all, in order of place and sequence."""
    return [one for one in delivered(settings, source, scope) if not _has_expired(settings, one)]


def expired(settings: Settings, source: str = "*") -> list[Snapshot]:
    """Deliveries of persons that were landed and may no longer be held: only their manifest may be there."""
    return [one for one in delivered(settings, source) if _has_expired(settings, one)]


def delivered(settings: Settings, source: str = "*", scope: str = "*") -> list[Snapshot]:
    """Every landed delivery that this run may see, also those that expired, in order of place and sequence.

    Synthetic snapshots are seen by a sample run alone, so that a stray one can never reach a real figure.
    """
    manifests = _manifests(settings, source, scope)
    found = (Snapshot(manifest, path.parent) for path, manifest in manifests if manifest)
    seen = [one for one in found if settings.sample or not one.manifest.sidecar.synthetic]
    return sorted(seen, key=lambda one: (str(one.place), one.manifest.sidecar.sequence))


def without_manifest(settings: Settings, source: str) -> list[Path]:
    """Directories of landed deliveries whose manifest is damaged: of what, and on what ground, nobody can say."""
    return sorted(path.parent for path, manifest in _manifests(settings, source, "*") if manifest is None)


def _manifests(settings: Settings, source: str, scope: str) -> Iterator[tuple[Path, Manifest | None]]:
    for path in settings.raw.glob(f"{source}/{scope}/[!.]*/{MANIFEST}"):
        try:
            yield path, Manifest.model_validate_json(path.read_bytes())
        except ValidationError:
            yield path, None


def _has_expired(settings: Settings, snapshot: Snapshot) -> bool:
    manifest = snapshot.manifest
    return manifest.sidecar.has_lapsed(settings.as_of) and all_sources()[manifest.source].person_level


def outcome_path(settings: Settings, snapshot: Snapshot) -> Path:
    """Where the outcome of reading a snapshot stands."""
    folder = settings.staged / snapshot.manifest.source / "outcome" / snapshot.manifest.scope
    return folder / f"{snapshot.path.name}.json"


def outcome(settings: Settings, snapshot: Snapshot) -> Outcome | None:
    """The outcome of reading a snapshot, if it was read and what that came to is not damaged."""
    return read_as(Outcome, outcome_path(settings, snapshot))


def known(snapshot: Snapshot) -> Known:
    """What reading a snapshot last came to, as far as it outlives its rows."""
    return read_as(Known, snapshot.path / KNOWN) or Known("unread", {})


def standing(settings: Settings, source: str = "*") -> dict[str, str]:
    """For each delivery of a source, or of all: ``current``, ``superseded``, ``refused``, ``unread`` or ``expired``.

    Of one place the highest sequence that was not refused is current: a refused file does not hold its place, nor does
    one whose ground has lapsed. Where a source says that a delivery replaces all of its scope, the newest of them is.
    """
    result = {snapshot.id: "expired" for snapshot in expired(settings, source)}
    best: dict[tuple[object, ...], Snapshot] = {}
    for snapshot in snapshots(settings, source):
        read = outcome(settings, snapshot)
        if read is None or read.status == "refused":
            result[snapshot.id] = "refused" if read else "unread"
            continue
        whole = all_sources()[snapshot.manifest.source].supersedes == "its scope"
        place = (snapshot.manifest.source, snapshot.manifest.scope) if whole else (snapshot.place,)
        other = best.get(place)
        if other is None or rank(other) < rank(snapshot):
            best[place] = snapshot
            if other is not None:
                result[other.id] = "superseded"
            result[snapshot.id] = "current"
        else:
            result[snapshot.id] = "superseded"
    return result


def rank(snapshot: Snapshot) -> tuple[date, int]:
    """By which of two deliveries of a scope the newer is told."""
    return snapshot.place.reference_date, snapshot.manifest.sidecar.sequence
