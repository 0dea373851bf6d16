"""The release: what the checks said appended to the judged candidate, then one atomic switch; old releases are kept.

Belongs here: release identity, the manifest, the switch there and back, which releases are kept. Does not belong here:
deciding whether there is something to release (``fingerprint``) or whether it may be released (the checks), or what
changed between two (``diff``).
"""

from __future__ import annotations

import logging
import shutil
import tempfile
from collections import Counter
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import duckdb

from pipelines.files import read_as, read_json, sha256_of, to_disk, write_json
from pipelines.landing.deliveries import expired
from pipelines.publish.candidate import MADE_OF, insert
from pipelines.publish.exports import write_exports
from pipelines.publish.fingerprint import basis, code_version, configuration, contract_version, rounding_key
from pipelines.quality import ledger
from pipelines.quality.checks import counted, kept_results
from pipelines.quality.gap_history import GapHistory
from pipelines.quality.suites import rules_of_release
from pipelines.report.site import write_site
from pipelines.settings import UsageError
from pipelines.sources import all_sources

if TYPE_CHECKING:
    from pipelines.settings import Settings

log = logging.getLogger("zicht.publish")

MANIFEST = "release.json"
STANDING = ("zicht.duckdb", MANIFEST, "site")
"""What of the standing release is found in ``published`` itself, as links into ``current``."""
_ASIDE = ".replaced-"
"""Begins the name of the copy that stands while a release is made again."""


@dataclass(frozen=True, kw_only=True)
class Release:
    """What was published; its ``release.json`` beside it. What older programs did not tell has a default.

    Attributes:
        release_id: the date and the first signs of the fingerprint.
        as_of: the date as of which its data gaps were sought; ISO.
        released_at: UTC.
        fingerprint: of all that it was made of; with another there is something to release.
        basis: the same without data gaps and the date.
        previous: the release that stood before it.
        contract_version: of the published schema.
        code_version: hash of code, models and rules.
        program_version: of zicht; empty where it runs without being installed.
        configuration: the variables of ``dbt_project.yml``.
        rounding_key: mark of the key that rounded small counts; empty where nothing confidential was delivered.
        synthetic: it is one of the sample.
        deliveries: each current one with its place and the SHA-256 of its parts, none where these could be guessed; no
            names of files.
        checks: how many passed, warned, failed.
        data_gaps: open ones by kind.
        rows: of each table.
        files: SHA-256 of every file beside this one; none of an older program, so that only opening it can show damage.
    """

    release_id: str
    as_of: str
    released_at: str
    fingerprint: str
    basis: str = ""
    previous: str | None = None
    contract_version: int = 0
    code_version: str = ""
    program_version: str = ""
    configuration: dict[str, Any] = field(default_factory=dict)
    rounding_key: str = ""
    synthetic: bool = False
    deliveries: list[dict[str, Any]] = field(default_factory=list)
    checks: dict[str, int]
    data_gaps: dict[str, int]
    rows: dict[str, int]
    files: dict[str, str] = field(default_factory=dict)


class NotJudgedError(Exception):
    """The candidate may not be released: it was not checked, or failed a blocking rule."""


class HeldError(Exception):
    """The release that was chosen by a rollback is damaged or gone, and the one that was rolled back stays away."""


def _require_verdict(settings: Settings) -> None:
    """Look at the verdicts themselves: an analyst may run this step alone, or after some of the checks.

    They are of this candidate, because making one forgets those of another.

    Raises:
        FileNotFoundError: there is no candidate.
        NotJudgedError: see there.
    """
    settings.candidate.stat()
    results = kept_results(settings)
    if failed := [one for one in results if not one["passed"] and one["severity"] == "block"]:
        raise NotJudgedError(f"{len(failed)} blocking rules failed, among them {failed[0]['rule']}")
    judged = {(one["table_name"], one["rule"]) for one in results if one["door"] == "release"}
    if lacking := sorted(rules_of_release() - judged):
        raise NotJudgedError(
            f"the candidate was not checked since it was made by {len(lacking)} rules, among them"
            f" {'.'.join(lacking[0])}: run its checks first"
        )


def current_release(settings: Settings) -> dict[str, Any] | None:
    """The manifest of the release that stands, if there is one and its file is there."""
    # A file and no link is what an older zicht published, or a copy of the data that lost its links.
    if not (settings.database.is_symlink() and settings.database.exists()):
        return None
    content: dict[str, Any] | None = read_json(settings.current / MANIFEST)
    return content


def kept_releases(settings: Settings) -> list[dict[str, Any]]:
    """The manifests of the releases that are kept, the one that stood last first."""
    stood = {entry["release_id"]: place for place, entry in enumerate(ledger.entries(settings, "release"))}
    found = [manifest for path in settings.releases.glob(f"[!.]*/{MANIFEST}") if (manifest := read_json(path))]
    return sorted(found, key=lambda one: (stood.get(one["release_id"], -1), one["released_at"]), reverse=True)


def find_release(settings: Settings, name: str) -> Path:
    """The directory of a kept release by its id; ``current`` is the one that stands, ``previous`` the one before it.

    Raises:
        UsageError: it is not kept; names those that are.
    """
    standing = current_release(settings) or {}
    wanted = {"current": standing.get("release_id"), "previous": standing.get("previous")}.get(name, name)
    kept = [one["release_id"] for one in kept_releases(settings)]
    if wanted not in kept:
        named = name if wanted in (name, None) else f"{name} ({wanted})"
        raise UsageError(f"release {named} is not kept; kept are: {', '.join(kept) or 'none'}")
    return settings.releases / str(wanted)


def damage(folder: Path) -> list[str]:
    """What of a release differs from its manifest; nothing where it is whole."""
    release = read_as(Release, folder / MANIFEST)
    if release is None:
        return [f"{MANIFEST} is missing or damaged"]
    if not release.files:
        return [] if _opens(folder / STANDING[0]) else [f"{STANDING[0]} cannot be opened"]
    found = {name: sha256_of(folder / name).hex() if (folder / name).is_file() else None for name in release.files}
    return [
        f"{name} differs" if found[name] else f"{name} is missing"
        for name, digest in release.files.items()
        if found[name] != digest
    ]


def _opens(path: Path) -> bool:
    try:
        with duckdb.connect(str(path), read_only=True) as connection:
            return connection.execute("from duckdb_tables()").fetchone() is not None
    except duckdb.Error:
        return False


def held(settings: Settings, of: str | None = None) -> str | None:
    """The release that was rolled back and would now be made again; it is not, until its basis changed.

    Args:
        settings: the house.
        of: the basis of what would be released; else that of now.
    """
    entries = ledger.entries(settings, "release")
    made = [one for one in entries if one.get("event") != "rolled_back"]
    if not made or entries[-1]["release_id"] == made[-1]["release_id"]:
        return None
    release_id: str = made[-1]["release_id"]
    return release_id if made[-1].get("basis") == (of or basis(settings)) else None


def to_tell(settings: Settings) -> list[str]:
    """What a person should know of the release that stands, every night until it is another."""
    release = read_as(Release, settings.current / MANIFEST)
    told = []
    if newer := held(settings):
        told.append(
            f"release {newer} was rolled back: nothing is released until a delivery, the code or the"
            f" configuration changes; `zicht rollback {newer}` lets it stand again"
        )
        counted = {one.get("delivery_id") for one in release.deliveries} if release else set()
        if lapsed := [str(one.place) for one in expired(settings) if one.id in counted]:
            told.append(
                f"the release that stands still counts {', '.join(lapsed)}, which may be held no longer: what was read"
                " of it is erased, and protected counts alone stand until another release does"
            )
    if release and not release.files:
        told.append(
            f"release {release.release_id} was made by an older program and names no hashes: that its files are whole"
            " cannot be verified"
        )
    return told


def require_no_later(settings: Settings, as_of: str) -> None:
    """Look whether what would be released is of no earlier date than what stands: history is not rewritten.

    Raises:
        UsageError: it is; names the release.
    """
    standing = current_release(settings)
    if standing and as_of < standing["as_of"]:
        raise UsageError(
            f"the run is as of {as_of}, but release {standing['release_id']} is of a later date; history is not"
            " rewritten: set the clock or ZICHT_AS_OF right"
        )


def require_one_rounding(settings: Settings) -> None:
    """Look whether counts of persons are rounded as in all kept releases: two roundings of one count narrow each other.

    Raises:
        UsageError: a release under another key is kept, and ``rounds_anew`` does not name this key; tells its mark.
    """
    mark = rounding_key(settings)
    others = [one["release_id"] for one in kept_releases(settings) if one.get("rounding_key", "") not in ("", mark)]
    if mark and others and settings.rounds_anew != mark:
        raise UsageError(
            f"ZICHT_PSEUDONYM_KEY_FILE names another key than that under which counts in {', '.join(others)} were"
            " rounded, and who has both roundings knows small counts better than from one: name the old key, or if it"
            f" is gone for good set ZICHT_ROUNDS_ANEW={mark}"
        )


def publish(settings: Settings) -> Release:
    """Make the judged candidate the release, and return the one that stands.

    The judged tables stay as they are: only ``quality_result`` and ``release`` get rows. What was rolled back is not
    published again: the release that was chosen goes on to stand. So does one that was made of the same.

    Raises:
        FileNotFoundError: there is no candidate.
        NotJudgedError: the candidate was not checked, or a blocking rule failed.
        HeldError: see there.
        UsageError: the candidate is of an earlier date than the release that stands, or rounded under another key than
            one that is kept.
    """
    _require_verdict(settings)
    settle(settings)
    require_no_later(settings, read_json(settings.candidate.parent / MADE_OF)["as_of"])
    require_one_rounding(settings)
    if standing := _that_stays(settings):
        _prune(settings)
        return standing
    settings.releases.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix=".incoming-", dir=settings.releases, ignore_cleanup_errors=True) as name:
        folder = Path(name)
        folder.chmod(0o755)
        release = _complete(settings, folder)
        kept = _keep(settings, folder, release.release_id)
    switch(settings, kept)
    ledger.settle(settings)
    _prune(settings)
    log.info("released %s", release.release_id, extra={"release": release.release_id})
    return release


def settle(settings: Settings) -> None:
    """Finish what a killed run left of a switch, make links anew that are gone, and let the ledger tell what stands."""
    standing = settings.current.resolve()
    if standing.name.startswith(_ASIDE):
        kept = standing.with_name(standing.name.removeprefix(_ASIDE))
        if not kept.exists():
            fresh = kept.with_name(f".incoming-{kept.name}")
            shutil.rmtree(fresh, ignore_errors=True)
            shutil.copytree(standing, fresh)
            fresh.rename(kept)
        switch(settings, kept)
    elif current_release(settings) is None and (books := ledger.entries(settings, "release")):
        last = settings.releases / books[-1]["release_id"]
        if not damage(last):
            switch(settings, last)
    ledger.settle(settings)


def _that_stays(settings: Settings) -> Release | None:
    """The release that stands, where the candidate is not to take its place.

    Raises:
        HeldError: see there.
    """
    standing = read_as(Release, settings.current / MANIFEST)
    if newer := held(settings, _basis_of_candidate(settings)):
        chosen = ledger.entries(settings, "release")[-1]["release_id"]
        if wrong := damage(settings.releases / chosen):
            raise HeldError(
                f"release {chosen}, which `zicht rollback` chose, is damaged ({'; '.join(wrong)}): put it back from the"
                f" backup, or choose another with `zicht rollback RELEASE`; {newer} is not released again by itself"
            )
        log.warning("%s was rolled back, and its deliveries, code and configuration are those of now", newer)
        return standing
    made_of = read_json(settings.candidate.parent / MADE_OF)
    is_same = standing is not None and standing.fingerprint == made_of["fingerprint"] and not damage(settings.current)
    return standing if is_same else None


def rollback(settings: Settings, name: str = "previous") -> dict[str, Any]:
    """Let a kept release stand again, an older or a newer one; return its manifest. Under the lock.

    Raises:
        UsageError: it is not kept, is damaged, or stands already.
    """
    settle(settings)
    folder = find_release(settings, name)
    kept = ", ".join(one["release_id"] for one in kept_releases(settings))
    if folder == settings.current.resolve():
        raise UsageError(f"release {folder.name} stands already; kept are: {kept}")
    if wrong := damage(folder):
        raise UsageError(f"release {folder.name} is damaged: {'; '.join(wrong)}; kept are: {kept}")
    switch(settings, folder)
    ledger.settle(settings)
    content: dict[str, Any] = read_json(folder / MANIFEST)
    return content


def switch(settings: Settings, folder: Path) -> None:
    """Let a kept release be the one that stands, with all its files, in one step."""
    _link(settings.current, folder)
    for name in STANDING:
        _link(settings.published / name, settings.current / name)


def _basis_of_candidate(settings: Settings) -> str:
    with duckdb.connect(str(settings.candidate), read_only=True) as connection:
        return _basis(connection, settings)


def _basis(connection: duckdb.DuckDBPyConnection, settings: Settings) -> str:
    """The basis of what was modelled, whatever was delivered since."""
    return basis(settings, {one for (one,) in connection.execute("select delivery_id from delivery").fetchall()})


def _complete(settings: Settings, folder: Path) -> Release:
    """Fill the directory of a release: the candidate with what the checks said, exports, manifest, history."""
    complete = folder / settings.database.name
    shutil.copyfile(settings.candidate, complete)
    # What was modelled, not what may have arrived since, or the date that it has become.
    made_of = read_json(settings.candidate.parent / MADE_OF)
    results = kept_results(settings)
    release_id = f"{made_of['as_of']}-{made_of['fingerprint'][:8]}"
    identity = {
        "release_id": release_id,
        **made_of,
        "released_at": str(datetime.now(UTC).replace(tzinfo=None, microsecond=0)),
        "code_version": code_version(),
        "contract_version": contract_version(),
        "synthetic": settings.sample,
    }
    books = ledger.entries(settings, "release")
    earlier = {one["release_id"]: one for one in books if one.get("event") != "rolled_back"}
    with duckdb.connect(str(complete)) as connection:
        names = connection.table("data_gap").columns
        open_gaps = connection.execute("from data_gap where closed is null").fetchall()
        found = [dict(zip(names, row, strict=True)) for row in open_gaps]
        gaps = dict(sorted(Counter(row["kind"] for row in found).items()))
        deliveries = _deliveries(connection)
        entry = identity | {
            "event": "released",
            "basis": _basis(connection, settings),
            "deliveries": len(deliveries),
            "data_gaps": len(found),
            "warnings": sum(not result["passed"] for result in results),
        }
        columns = connection.table("release").columns
        insert(connection, "quality_result", results)
        told = [one | {"is_current": False} for one in earlier.values() if one["release_id"] != release_id]
        told.append(entry | {"is_current": True})
        insert(connection, "release", [{name: one.get(name) for name in columns} for one in told])
        tables = [name for (name,) in connection.execute("select table_name from duckdb_tables()").fetchall()]
        rows = {name: connection.table(name).shape[0] for name in sorted(tables)}
    write_exports(folder, synthetic=settings.sample)
    write_site(settings, folder, entry | {"data_gaps": gaps, "rows": rows}, results)
    gap_events = GapHistory(ledger.entries(settings, "data_gap")).compare(found, made_of["as_of"])
    added: dict[ledger.Book, ledger.Entries] = {"data_gap": gap_events}
    if not books or books[-1]["release_id"] != release_id:  # else it is the same one, made again
        added |= {"release": [entry], "quality": [{"release_id": release_id, **result} for result in results]}
    ledger.write_history(settings, folder, release_id, added)
    release = Release(
        **identity,
        basis=entry["basis"],
        previous=next((one["release_id"] for one in reversed(books) if one["release_id"] != release_id), None),
        program_version=_program_version(),
        configuration=configuration(),
        rounding_key=rounding_key(settings) if {one["source"] for one in deliveries} & _confidential() else "",
        deliveries=deliveries,
        checks=counted(results),
        data_gaps=gaps,
        rows=rows,
        files={
            path.relative_to(folder).as_posix(): sha256_of(path).hex()
            for path in sorted(folder.rglob("*"))
            if path.is_file()
        },
    )
    write_json(folder / MANIFEST, vars(release))
    return release


def _deliveries(connection: duckdb.DuckDBPyConnection) -> list[dict[str, Any]]:
    """The current deliveries as the manifest tells them."""
    columns = ("delivery_id", "source", "scope", "reference_date", "sequence", "sha256")
    found = connection.execute(
        f"select {', '.join(columns)} from delivery where standing = 'current' order by delivery_id"
    ).fetchall()
    named = [dict(zip(columns, row, strict=True)) for row in found]
    return [
        one
        | {"reference_date": str(one["reference_date"]), "sha256": one["sha256"].split(", ") if one["sha256"] else []}
        for one in named
    ]


def _confidential() -> set[str]:
    return {source.source for source in all_sources().values() if source.is_confidential}


def _program_version() -> str:
    from importlib.metadata import PackageNotFoundError, version

    try:
        return version("zicht")
    except PackageNotFoundError:
        return ""


def _keep(settings: Settings, folder: Path, release_id: str) -> Path:
    """Put a complete release among the kept ones; one of the same name is the same release, made again."""
    for path in [*folder.rglob("*"), folder]:
        to_disk(path)
    kept = settings.releases / release_id
    if settings.current.resolve() == kept:  # it stands, so a copy of it does until the new one is in place
        aside = kept.with_name(f"{_ASIDE}{release_id}")
        shutil.rmtree(aside, ignore_errors=True)
        shutil.copytree(kept, aside)
        _link(settings.current, aside)
    gone = kept.with_name(f".gone-{release_id}")
    shutil.rmtree(gone, ignore_errors=True)
    if kept.exists():  # by its name it is whole or not there, wherever this is killed
        kept.rename(gone)
    folder.rename(kept)
    to_disk(settings.releases)
    return kept


def _prune(settings: Settings) -> None:
    """Remove the releases that are too old, never the one that stands, and what a killed run left."""
    standing = settings.current.resolve().name
    others = [one["release_id"] for one in kept_releases(settings) if one["release_id"] != standing]
    for path in [
        *settings.releases.glob(".*"),
        *(settings.releases / name for name in others[settings.kept_releases - 1 :]),
    ]:
        shutil.rmtree(path)


def _link(path: Path, target: Path) -> None:
    """Let a symbolic link point elsewhere in one step; relative, so that the data can be moved as a whole."""
    if path.is_dir() and not path.is_symlink():  # left by a copy that followed the link
        shutil.rmtree(path)
    fresh = path.with_name(f".{path.name}")
    fresh.unlink(missing_ok=True)  # of a run that was killed
    fresh.symlink_to(target.relative_to(path.parent))
    fresh.replace(path)
    to_disk(path.parent)
