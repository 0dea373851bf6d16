"""Taking deliveries in: from the inboxes to ``data/raw``, idempotent, nothing half-written.

A delivery is recognised by its place (``<source>/<scope>/<reference date>/``); equal bytes are unchanged, a higher
sequence supersedes, other bytes with an equal sequence are refused. Person-level deliveries are moved, not copied, and
encrypted on the way where a raw key is named. Erasing them again is ``retention``.
"""

from __future__ import annotations

import logging
import re
import shutil
import tempfile
import time
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from pipelines.files import read_as, to_disk, write_json, write_text
from pipelines.landing.deliveries import (
    ENCRYPTED,
    MANIFEST,
    SCOPE,
    SIDECAR,
    Manifest,
    Part,
    Place,
    RefusedError,
    Sidecar,
    Snapshot,
    delivery_id,
    fingerprint_file,
    outcome,
    outcome_path,
    read_sidecar,
    snapshots,
    without_manifest,
)
from pipelines.landing.retention import due, erase
from pipelines.privacy.at_rest import encrypt, is_what_was_landed, plain_size
from pipelines.privacy.pseudonyms import key_mark, read_key
from pipelines.settings import SHIPPED
from pipelines.sources import Source, all_sources

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from pipelines.settings import Inbox, Settings

log = logging.getLogger("zicht.land")

LAYOUT = "Put it in <source>/<scope>/<reference date>/, as brp/0394/2026-02-01/"
KEY_REMEDY = "Make a key with `zicht key FILE` and name it in ZICHT_PSEUDONYM_KEY_FILE"


@dataclass(frozen=True)
class Refusal:
    """A delivery that stays in the inbox, with the reason; ``place`` is its path within the inbox."""

    source: str
    place: str
    path: str = field(compare=False)  # the inbox may be mounted elsewhere tomorrow
    rule: str
    remedy: str

    def __str__(self) -> str:
        return f"{self.path}: {self.rule}. {self.remedy}"

    @property
    def scope(self) -> str:
        """The scope its place names, if it names one."""
        steps = self.place.split("/")
        return steps[1] if len(steps) > 2 and SCOPE.fullmatch(steps[1]) else "unknown"

    def without_names(self) -> str:
        """As it may be kept where others look: a file, or what lies at a wrong place, may be named after a person."""
        return f"{self._known_place()}: {self.rule}. {self.remedy}"

    @property
    def mark(self) -> str:
        """What tells it from those at other places, without its name: not even hashed, for names can be guessed."""
        return f"inbox {self._known_place()}"

    def _known_place(self) -> str:
        """Source, scope and date of its place, as far as they are such; other names may be those of persons."""
        steps = self.place.split("/")[1:]
        scope = [step for step in steps[:1] if SCOPE.fullmatch(step)]
        day = [step for step in steps[1:2] if scope and _reference_date(step)]
        return "/".join([self.source, *scope, *day])


def _refusal(source: str, inbox: Inbox, error: RefusedError) -> Refusal:
    path = Path(error.where)
    place = path.relative_to(inbox.path) if path.is_relative_to(inbox.path) else path
    return Refusal(source, place.as_posix(), error.where, error.rule, error.remedy)


@dataclass
class Landed:
    """What landing came to."""

    new: list[Snapshot] = field(default_factory=list)
    unchanged: list[Place] = field(default_factory=list)
    refused: list[Refusal] = field(default_factory=list)


@dataclass(frozen=True)
class _Found:
    place: Place
    folder: Path
    inbox: Inbox


def land(settings: Settings, source: Source) -> Landed:
    """Take in everything that lies in the inboxes for one source, and erase what of it may no longer be kept.

    The refusals are kept in ``data/raw/<source>/refused.json``, replaced each time: they describe what lies in the
    inbox now.
    """
    landed = Landed()
    for abandoned in settings.raw.glob(f"{source.source}/*/.incoming-*"):  # left by a run that was killed
        shutil.rmtree(abandoned)
    erase(settings, source)
    for folder, snapshot in _accepted(settings, source, landed.refused):
        _accept(settings, folder, snapshot)
    for inbox in settings.inboxes:
        for found in _folders(inbox, source.source, landed.refused):
            try:
                _take(settings, source, found, landed)
            except RefusedError as refused:
                landed.refused.append(_refusal(source.source, inbox, refused))
    landed.refused += _unreadable(settings, source)
    for refusal in landed.refused:
        log.warning("refused %s", refusal, extra={"source": refusal.source, "scope": refusal.scope})
    kept = settings.raw / source.source / "refused.json"
    if landed.refused or kept.exists():
        write_json(kept, [vars(refusal) for refusal in landed.refused])
    return landed


def is_waiting(settings: Settings) -> bool:
    """Whether landing would change anything."""
    return any(True for _ in waiting(settings))


def waiting(settings: Settings) -> Iterator[tuple[str, str | None]]:
    """Source and scope of what landing would take in, without a scope what it would refuse anew or must erase."""
    for source in all_sources().values():
        if due(settings, source):
            yield source.source, None
        refused: list[Refusal] = []
        for _, snapshot in _accepted(settings, source, refused):
            yield source.source, snapshot.manifest.scope
        for inbox in settings.inboxes:
            for found in _folders(inbox, source.source, refused):
                try:
                    new = _examine(settings, source, found, _parts(found.folder)) is not None
                except RefusedError as error:
                    refused.append(_refusal(source.source, inbox, error))
                else:
                    if new or _is_moved(source, found):
                        yield source.source, found.place.scope
        refused += _unreadable(settings, source)
        if refused != _kept_refusals(settings.raw / source.source / "refused.json"):
            yield source.source, None


def refusals(settings: Settings) -> list[Refusal]:
    """What was refused at the door when each source was last landed, and directories that no source claims."""
    kept = sorted(settings.raw.glob("*/refused.json"))
    return [one for path in kept for one in _kept_refusals(path)] + list(_strangers(settings))


def _kept_refusals(path: Path) -> list[Refusal]:
    return read_as(list[Refusal], path) or []


def _unreadable(settings: Settings, source: Source) -> list[Refusal]:
    """Landed deliveries that nobody can name any more, in the order of their places."""
    rule = "the manifest of this snapshot is damaged"
    remedy = "Put it back from the backup, or take the directory away and deliver it again"
    return [
        Refusal(source.source, path.relative_to(settings.raw).as_posix(), str(path), rule, remedy)
        for path in without_manifest(settings, source.source)
    ]


def scopes(settings: Settings, source: str = "*") -> list[str]:
    """Every scope that lies in an inbox or was landed before, of one source or of all, in alphabetical order."""
    found = {snapshot.manifest.scope for snapshot in snapshots(settings, source)}
    for inbox in settings.inboxes:
        for name in all_sources() if source == "*" else [source]:
            found.update(place.place.scope for place in _folders(inbox, name, []))
    return sorted(found)


def _strangers(settings: Settings) -> Iterator[Refusal]:
    for inbox in settings.inboxes:
        if not inbox.path.is_dir():
            continue
        for path in sorted(inbox.path.iterdir()):
            if not path.name.startswith(".") and path.name not in all_sources():
                rule = f"no source is called {path.name!r}; sources are {', '.join(all_sources())}"
                yield _refusal("unknown", inbox, RefusedError(str(path), rule, LAYOUT))


def _folders(inbox: Inbox, source: str, refused: list[Refusal]) -> Iterator[_Found]:
    root = inbox.path / source
    if not root.is_dir():
        return

    def refuse(path: Path, rule: str) -> None:
        refused.append(_refusal(source, inbox, RefusedError(str(path), rule, LAYOUT)))

    for path in sorted(root.rglob("*")):
        steps = path.relative_to(root).parts
        if path.is_file() and path.name != SIDECAR and len(steps) != 3 and not any(_is_hidden(step) for step in steps):
            refuse(path, "its place gives no scope and reference date")
    for folder in sorted(root.glob("*/*")):
        scope, day = folder.parent.name, folder.name
        if _is_hidden(scope) or _is_hidden(day) or not folder.is_dir() or not _parts(folder):
            continue
        reference_date = _reference_date(day)
        if not SCOPE.fullmatch(scope):
            refuse(
                folder,
                f"{scope!r} is no scope (four digits of a municipality, the name of a region, a StatLine table, or NL)",
            )
        elif reference_date is None:
            refuse(folder, f"{day!r} is no reference date")
        else:
            yield _Found(Place(source, scope, reference_date), folder, inbox)


def _reference_date(day: str) -> date | None:
    """A date in the one way it is written, as 2026-02-01: else one place would have several folders."""
    if not re.fullmatch(r"\d{4}-\d{2}-\d{2}", day, re.ASCII):
        return None
    try:
        return date.fromisoformat(day)
    except ValueError:
        return None


def _is_hidden(name: str) -> bool:
    return name.startswith(".")


def _parts(folder: Path) -> list[Path]:
    return sorted(
        path for path in folder.iterdir() if path.is_file() and path.name != SIDECAR and not _is_hidden(path.name)
    )


def _accepted(settings: Settings, source: Source, refused: list[Refusal]) -> Iterator[tuple[Path, Snapshot]]:
    """Refused deliveries that are still here, the newest first, after the folder where a sidecar alone accepts them."""
    for snapshot in sorted(snapshots(settings, source.source), key=lambda one: one.manifest.landed_at, reverse=True):
        if _counts(settings, snapshot) or snapshot.is_erased:
            continue
        for inbox in settings.inboxes:
            folder = inbox.path / str(snapshot.place)
            if inbox.moves == "nothing" or not (folder / SIDECAR).exists() or _parts(folder):
                continue
            try:
                if read_sidecar(folder).form_changed:
                    yield folder, snapshot
            except RefusedError as error:
                refused.append(_refusal(source.source, inbox, error))


def _accept(settings: Settings, folder: Path, snapshot: Snapshot) -> None:
    """Let a refused delivery be read again with its form accepted; what a killed run left of it is done again."""
    sidecar = snapshot.manifest.sidecar.model_copy(update={"form_changed": True})
    manifest = snapshot.manifest.model_copy(update={"sidecar": sidecar})
    write_text(snapshot.path / MANIFEST, manifest.as_json())
    outcome_path(settings, snapshot).unlink(missing_ok=True)
    _empty(folder, {})
    log.info("accepted the form of %s", snapshot.place)


def _take(settings: Settings, source: Source, found: _Found, landed: Landed) -> None:
    files = _parts(found.folder)
    seen = {path: _state(path) for path in files}
    manifest = _examine(settings, source, found, files)
    if manifest is None:
        landed.unchanged.append(found.place)
    else:
        if found.inbox.moves != "nothing":
            _let_settle(settings, files)
        landed.new.append(_store(settings, manifest, files))
        size = sum(part.size for part in manifest.parts)
        log.info("landed %s, %d bytes", found.place, size, extra=vars(found.place) | {"bytes": size})
    if _is_moved(source, found):
        _empty(found.folder, seen)


def _state(path: Path) -> tuple[int, int]:
    stat = path.stat()
    return stat.st_size, stat.st_mtime_ns


def _let_settle(settings: Settings, files: list[Path]) -> None:
    """Wait until files that were hashed were left alone for a while: one that is still written changes by then."""
    age = time.time() - max(path.stat().st_mtime for path in files)
    time.sleep(min(max(settings.settle_seconds - age, 0), settings.settle_seconds))


def _is_moved(source: Source, found: _Found) -> bool:
    """What names people or companies does not stay in the inbox; nor does what zicht downloaded itself."""
    return found.inbox.moves == "everything" or (source.names_somebody and found.inbox.moves == "persons")


def _empty(folder: Path, seen: dict[Path, tuple[int, int]]) -> None:
    """Remove what was landed, and the folder if nothing else lies in it: another part may still be on its way, or more
    of a part."""
    for path, state in seen.items():
        if _state(path) == state:
            path.unlink()
    if [path.name for path in folder.iterdir()] == [SIDECAR]:
        (folder / SIDECAR).unlink()
    if not folder.is_symlink() and not any(folder.iterdir()):
        folder.rmdir()


def _examine(settings: Settings, source: Source, found: _Found, files: list[Path]) -> Manifest | None:
    """The manifest a delivery would get; none where these bytes stand at this place already.

    Raises:
        RefusedError: it may not be landed.
    """
    sidecar = read_sidecar(found.folder)
    _admit(settings, source, found, files, sidecar)
    parts = tuple(fingerprint_file(path) for path in files)
    landed_here = snapshots(settings, found.place.source, found.place.scope)
    earlier = [one for one in landed_here if one.place == found.place and _is_intact(settings, one)]
    if _is_moved(source, found) and any(_is_rest(one.manifest, parts, sidecar) for one in earlier):
        return None
    same = [one.manifest.sidecar.sequence for one in earlier if _is_same(one.manifest, parts, sidecar)]
    others = [one for one in earlier if _bytes(one.manifest.parts) != _bytes(parts) and _counts(settings, one)]
    # The same bytes again are unchanged, unless a higher sequence brings them back after others.
    if same and not any(max(same) < one.manifest.sidecar.sequence < sidecar.sequence for one in others):
        return None
    _reject_rival(others, sidecar, found.folder)
    named = settings.key_file if source.is_confidential else None
    key = read_key(named) if named and named.exists() else None
    # Erased bytes that come again, or the same under another term, are the same delivery, whatever key named it.
    known = [
        one.manifest.delivery_id
        for one in landed_here
        if one.place == found.place
        and one.manifest.sidecar.sequence == sidecar.sequence
        and _bytes(one.manifest.parts) == _bytes(parts)
    ]
    return Manifest(
        delivery_id=known[0] if known else delivery_id(found.place, sidecar.sequence, parts, key),
        source=found.place.source,
        scope=found.place.scope,
        reference_date=found.place.reference_date,
        sidecar=sidecar,
        parts=parts,
        landed_at=datetime.now(UTC).replace(microsecond=0),
    )


def _admit(settings: Settings, source: Source, found: _Found, files: list[Path], sidecar: Sidecar) -> None:
    """Refuse what can be seen to be wrong without opening a file."""
    where = str(found.folder)
    if sidecar.synthetic and not settings.sample:
        raise RefusedError(where, "it is synthetic", "Synthetic deliveries enter only with `zicht refresh --sample`")
    if settings.sample and not sidecar.synthetic and found.inbox.path != SHIPPED:
        raise RefusedError(where, "it is not synthetic", "The sample takes only deliveries that say synthetic: true")
    if found.place.reference_date > settings.as_of:
        rule = "its reference date is yet to come"  # without the date of today: a rule that changes is work
        raise RefusedError(where, rule, "Give it the date that its figures describe")
    for path in files:
        if path.suffix.lower() not in source.suffixes:
            rule = f"{source.source} takes {', '.join(source.suffixes)}"
            raise RefusedError(str(path), rule, "Deliver it in that form, or take it out of the folder")
        if path.stat().st_size == 0:
            raise RefusedError(str(path), "the file is empty", "Deliver it again")
    if not source.person_level:
        return
    if missing := sidecar.missing_grounds():
        rule = f"personal data without {', '.join(missing)}"
        raise RefusedError(where, rule, f"State them in {SIDECAR} beside the file")
    if sidecar.has_lapsed(settings.as_of):
        raise RefusedError(where, f"it was to be kept until {sidecar.retain_until}", "Delete it, or renew the ground")
    if settings.key_file is None or not settings.key_file.exists():
        raise RefusedError(where, "personal data, and there is no key for pseudonyms", KEY_REMEDY)


def _is_same(manifest: Manifest, parts: Iterable[Part], sidecar: Sidecar) -> bool:
    """Equal bytes on the same ground; under another term, or once their form is accepted, they are taken in anew."""
    said = manifest.sidecar.retain_until == sidecar.retain_until
    return _bytes(manifest.parts) == _bytes(parts) and said and manifest.sidecar.form_changed >= sidecar.form_changed


def _is_rest(manifest: Manifest, parts: Iterable[Part], sidecar: Sidecar) -> bool:
    """Whether these are some of the parts of a landed delivery: a killed run was taking them out of the inbox."""
    return manifest.sidecar == sidecar and set(_bytes(parts)) < set(_bytes(manifest.parts))


def _bytes(parts: Iterable[Part]) -> list[str]:
    return sorted(part.sha256 for part in parts)


def _is_intact(settings: Settings, snapshot: Snapshot) -> bool:
    """Whether a snapshot still holds its bytes; hashed again only where reading found something wrong.

    One that was read before it was erased stands for its bytes, unless it must be read again under another key.
    """
    if snapshot.is_erased:
        read = outcome(settings, snapshot)
        mark = key_mark(read_key(settings.key_file)) if settings.key_file else ""
        return read is not None and read.status == "read" and read.key in ("", mark)
    parts = snapshot.manifest.parts
    if not all(plain_size(snapshot.stored(part.name)) == part.size for part in parts):
        return False
    return _counts(settings, snapshot) or all(is_what_was_landed(settings, snapshot, part) for part in parts)


def _counts(settings: Settings, snapshot: Snapshot) -> bool:
    """Whether a snapshot holds its place; one that could not be read does not."""
    read = outcome(settings, snapshot)
    return read is None or read.status != "refused"


def _reject_rival(others: list[Snapshot], sidecar: Sidecar, folder: Path) -> None:
    for one in others:
        if one.manifest.sidecar.sequence >= sidecar.sequence:
            raise RefusedError(
                str(folder),
                f"other bytes were already delivered here with sequence {one.manifest.sidecar.sequence}",
                f"If this replaces them, write sequence: {one.manifest.sidecar.sequence + 1} in {SIDECAR}",
            )


def _store(settings: Settings, manifest: Manifest, files: list[Path]) -> Snapshot:
    parent = settings.raw / manifest.source / manifest.scope
    parent.mkdir(parents=True, exist_ok=True)
    source = all_sources()[manifest.source]
    if source.is_confidential:
        (settings.raw / manifest.source).chmod(0o700)
    stored = Snapshot(manifest, parent / f"{manifest.reference_date}-{manifest.delivery_id[:12]}")
    key_file = settings.raw_key_file if source.is_confidential else None
    incoming = Path(tempfile.mkdtemp(prefix=".incoming-", dir=parent))  # owner-only from the start
    try:
        for path, part in zip(files, manifest.parts, strict=True):
            if _copy(path, incoming, key_file) != part.sha256:
                raise RefusedError(str(path), "the file changed while it was read", "Deliver it once it is complete")
        (incoming / MANIFEST).write_text(manifest.as_json(), encoding="utf-8")
        to_disk(incoming / MANIFEST)
        outcome_path(settings, stored).unlink(missing_ok=True)  # of what these replace
        if stored.path.exists():  # damaged, erased or under another term, or it would have been unchanged
            shutil.rmtree(stored.path)
        incoming.rename(stored.path)
        to_disk(parent)
    except BaseException:
        shutil.rmtree(incoming, ignore_errors=True)
        raise
    return stored


def _copy(path: Path, folder: Path, key_file: Path | None) -> str:
    """Copy a part, encrypted where there is a key; return the SHA-256 of its plain bytes."""
    copy = folder / (f"{path.name}{ENCRYPTED}" if key_file else path.name)
    if key_file:
        digest = encrypt(path, copy, key_file)
    else:
        shutil.copyfile(path, copy)
        digest = fingerprint_file(copy).sha256
    copy.chmod(0o600)  # whatever the source: a file of persons may lie in the wrong place
    to_disk(copy)  # before the inbox may be emptied
    return digest
