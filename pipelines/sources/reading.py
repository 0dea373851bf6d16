"""Reading a delivery: what a reader gets, what it gives back, and how that is kept or refused as a whole.

Belongs here: the common end of all readers: counts (read = accepted + rejected), the record's form, the share of
rejects, writing in one step. Does not belong here: anything about one source or one file form.
"""

from __future__ import annotations

import importlib
import logging
import shutil
import tempfile
from dataclasses import asdict, dataclass, field, replace
from functools import cache, partial
from pathlib import Path
from typing import TYPE_CHECKING, Protocol, cast

import duckdb

from pipelines import records
from pipelines.files import digest_of, write_json
from pipelines.landing import drift
from pipelines.landing.deliveries import (
    KNOWN,
    Known,
    Manifest,
    Outcome,
    RefusedError,
    Snapshot,
    outcome,
    outcome_path,
    snapshots,
)
from pipelines.privacy.at_rest import is_what_was_landed, open_part
from pipelines.privacy.disclosure import count_in_words
from pipelines.privacy.pseudonyms import define_pseudonym, key_mark, read_key
from pipelines.settings import PROJECT, UsageError
from pipelines.sources import all_sources
from pipelines.sources.forms import DeliveredFile

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pipelines.settings import Settings
    from pipelines.sources import Source

log = logging.getLogger("zicht.read")


@dataclass(frozen=True)
class Reading:
    """What a reader made of a delivery, or of a part of it.

    Attributes:
        accepted: rows of the source's record, without the columns that follow from the delivery.
        rejected: ``locator_file``, ``locator_row``, ``field``, ``rule``; one row for each source row rejected.
        rows_read: source rows (or cells) that were looked at.
        synthetic: the content itself says that it is made up.
        layout: name of the layout by which it was read, where the source has layouts.
        form: the columns that were there (``landing.drift``).
        rows_behind: source rows that were accepted, where ``accepted`` are counts of them.
    """

    accepted: duckdb.DuckDBPyRelation
    rejected: duckdb.DuckDBPyRelation
    rows_read: int
    synthetic: bool = False
    layout: str = ""
    form: drift.Form = field(default_factory=dict)
    rows_behind: int | None = None


class Reader(Protocol):
    """``read`` of a source's ``reader`` module: what it reads is taken over part by part, so a country fits in memory.

    ``connection`` is an in-memory DuckDB with the macro ``pseudonym`` where the source is person-level; ``manifest``
    says what was delivered, ``files`` give its bytes. The relations of a part are used before the next is asked for.

    Raises:
        RefusedError: the delivery cannot be read at all.
    """

    def __call__(
        self, connection: duckdb.DuckDBPyConnection, manifest: Manifest, files: list[DeliveredFile]
    ) -> Iterator[Reading]: ...


def read_scopes(settings: Settings, source: Source, scopes: list[str]) -> list[Outcome]:
    """Read what was landed for one source in some scopes and not yet read by this code; return the new outcomes."""
    for abandoned in settings.staged.glob(f"{source.source}/.reading-*"):  # left by a run that was killed
        shutil.rmtree(abandoned)
    anchor(settings, source)
    _forget_erased(settings, source)
    return [
        read(settings, source, snapshot)
        for scope in scopes
        for snapshot in snapshots(settings, source.source, scope)
        if _is_unread(settings, snapshot)
    ]


def unread(settings: Settings) -> list[Snapshot]:
    """Snapshots that were never read, or by other code or under another key than now, or whose rows are damaged."""
    return [snapshot for snapshot in snapshots(settings) if _is_unread(settings, snapshot)]


def _is_unread(settings: Settings, snapshot: Snapshot) -> bool:
    known = outcome(settings, snapshot)
    mark = _mark(settings, all_sources()[snapshot.manifest.source])
    if known is None or known.rows not in ("", _hash_of_rows(settings, snapshot)):
        return True
    # What was erased stays as it was read, under whatever code; not under another key, with which nothing joins it.
    return known.key != mark.partition("-")[2] if snapshot.is_erased else known.code != mark


def _hash_of_rows(settings: Settings, snapshot: Snapshot) -> str:
    folder, place = settings.staged / snapshot.manifest.source, Path(snapshot.manifest.scope, snapshot.path.name)
    return digest_of((path for kind in ("accepted", "rejected") for path in (folder / kind / place).glob("*")), folder)


def _mark(settings: Settings, source: Source) -> str:
    """What a reading depends on beside the bytes: the code, and for persons the key of their pseudonyms."""
    if not source.person_level:
        return reading_code()
    if settings.key_file is None:
        raise UsageError(
            f"personal data of {source.source} was landed and needs its key: name it in ZICHT_PSEUDONYM_KEY_FILE"
            " (a new one is made with `zicht key`)"
        )
    return f"{reading_code()}-{key_mark(read_key(settings.key_file))}"


def read(settings: Settings, source: Source, snapshot: Snapshot) -> Outcome:
    """Read one snapshot into ``data/staged/<source>``; a delivery that cannot be read leaves an outcome and no rows."""
    folder = settings.staged / source.source
    folder.mkdir(parents=True, exist_ok=True)
    if source.is_confidential:
        folder.chmod(0o700)  # rows of persons, though pseudonymised, or exact counts of few
    scratch = Path(tempfile.mkdtemp(prefix=".reading-", dir=folder))
    try:
        # What does not fit into memory goes with the rest of the scratch, and not to where the program was started.
        with duckdb.connect(
            config={"autoinstall_known_extensions": "false", "temp_directory": str(scratch / "spilled")}
        ) as connection:
            result = _read(settings, source, snapshot, connection, scratch)
        outcome_path(settings, snapshot).unlink(missing_ok=True)
        for kind in ("accepted", "rejected"):
            target = folder / kind / snapshot.manifest.scope / snapshot.path.name
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.rmtree(target, ignore_errors=True)
            if result.status == "read":
                (scratch / kind).rename(target)
        result = replace(result, rows=_hash_of_rows(settings, snapshot))
        write_json(snapshot.path / KNOWN, asdict(Known(result.status, result.form)))
        # Last, because the outcome is what says that the Parquet is there.
        write_json(outcome_path(settings, snapshot), asdict(result))
    finally:
        shutil.rmtree(scratch)
    return result


def _read(
    settings: Settings,
    source: Source,
    snapshot: Snapshot,
    connection: duckdb.DuckDBPyConnection,
    scratch: Path,
) -> Outcome:
    rows = {"read": 0, "accepted": 0, "rejected": 0}
    code = _mark(settings, source)
    layouts: set[str] = set()
    form: drift.Form = {}
    try:
        _verify_bytes(settings, snapshot)
        if source.person_level and settings.key_file is not None:  # _mark refused to go on without
            define_pseudonym(connection, read_key(settings.key_file))
        for kind in ("accepted", "rejected"):
            (scratch / kind).mkdir()
        files = [
            DeliveredFile(part.name, partial(open_part, settings, snapshot, part.name))
            for part in snapshot.manifest.parts
        ]
        for number, part in enumerate(_reader(source)(connection, snapshot.manifest, files)):
            if part.synthetic and not snapshot.manifest.sidecar.synthetic:
                rule = "its content is synthetic, but its sidecar does not say so"
                raise RefusedError(str(snapshot.place), rule, "Say synthetic: true")
            layouts.add(part.layout)
            form = drift.joined(form, part.form)
            name = f"part-{number:05}.parquet"
            rows["read"] += part.rows_read
            written = _write(part.accepted, source.record, snapshot, scratch / "accepted" / name)
            rows["accepted"] += written if part.rows_behind is None else part.rows_behind
            rows["rejected"] += _write(part.rejected, "rejected", snapshot, scratch / "rejected" / name)
        if rows["read"] != rows["accepted"] + rows["rejected"]:
            raise AssertionError(f"{snapshot.place}: read, accepted and rejected rows do not add up: {rows}")
        form, change = drift.judge(settings, snapshot, form)
        _limit_rejects(source, snapshot, scratch / "rejected", rows)
    except (duckdb.DataError, duckdb.InvalidInputException, ValueError) as error:
        # Its message (ValueError: of Arrow, Polars or a codec) may show a row's content: only its kind is passed on.
        rule, remedy = f"it cannot be read ({type(error).__name__})", "Check that the file is what it says"
        return _refused(snapshot, rows, RefusedError(str(snapshot.place), rule, remedy), code)
    except RefusedError as error:
        place = str(snapshot.place)
        where = error.where if error.where.startswith(place) else f"{place}/{error.where}"
        result = _refused(snapshot, rows, RefusedError(where, error.rule, error.remedy), code)
        return replace(result, form_change=error.rule) if isinstance(error, drift.FormChangedError) else result
    shown = [count_in_words(rows[one]) if source.person_level else str(rows[one]) for one in ("read", "rejected")]
    told = vars(snapshot.place) | dict(zip(("rows", "rejected"), shown, strict=True))
    log.info("read %s: %s rows, %s rejected", snapshot.place, *shown, extra=told)
    if change:
        log.warning("%s: %s", snapshot.place, change)
    result = _outcome(snapshot, "read", rows, code)
    return replace(result, layout=", ".join(sorted(layouts)), form=form, form_change=change)


def _refused(snapshot: Snapshot, rows: dict[str, int], refused: RefusedError, code: str) -> Outcome:
    log.warning("refused %s", refused, extra=vars(snapshot.place))
    result = _outcome(snapshot, "refused", rows | {"accepted": 0}, code)
    return replace(result, message=str(refused), where=refused.where)


def _outcome(snapshot: Snapshot, status: str, rows: dict[str, int], code: str) -> Outcome:
    return Outcome(
        delivery_id=snapshot.id,
        status=status,
        rows_read=rows["read"],
        rows_accepted=rows["accepted"],
        rows_rejected=rows["rejected"],
        synthetic=snapshot.manifest.sidecar.synthetic,
        message="",
        code=code,
    )


def _verify_bytes(settings: Settings, snapshot: Snapshot) -> None:
    if snapshot.is_erased:
        rule = "what was read of it is gone or was read under another key, and its bytes were erased since"
        raise RefusedError(str(snapshot.place), rule, "Deliver it again")
    for part in snapshot.manifest.parts:
        if not is_what_was_landed(settings, snapshot, part):
            rule = f"the snapshot of {part.name} is not what was landed"
            raise RefusedError(str(snapshot.place), rule, "Deliver it again")


def _write(relation: duckdb.DuckDBPyRelation, name: str, snapshot: Snapshot, path: Path) -> int:
    """Write rows, if there are any, as the record wants them; return how many source rows they came from.

    Raises:
        AssertionError: the reader broke the record.
    """
    manifest = snapshot.manifest
    record = records.load(cast("records.RecordName", name))
    delivered = {
        "source": f"'{manifest.source}'",
        "scope": f"'{manifest.scope}'",
        "delivery_id": f"'{manifest.delivery_id}'",
        "reference_date": f"date '{manifest.reference_date}'",
        "synthetic": str(manifest.sidecar.synthetic).lower(),
    }
    known = {column.name for column in record.columns}
    extra = ", ".join(f"{value} as {column}" for column, value in delivered.items() if column in known)
    rows = record.conform(relation.project(f"*, {extra}"))
    if broken := record.violations(rows):
        raise AssertionError(f"{snapshot.place}: the reader broke the record {name}: {'; '.join(broken)}")
    counted = rows.aggregate("count(distinct (locator_file, locator_row))").fetchone()
    source_rows = int(counted[0]) if counted else 0
    if source_rows:
        rows.write_parquet(str(path), compression="zstd")
    return source_rows


def _limit_rejects(source: Source, snapshot: Snapshot, rejected: Path, rows: dict[str, int]) -> None:
    if rows["rejected"] <= source.max_reject_share * rows["read"]:
        return
    with duckdb.connect() as connection:
        first = connection.read_parquet(str(rejected / "*.parquet")).order("locator_file, locator_row").fetchone()
    found = dict(zip((column.name for column in records.load("rejected").columns), first or (), strict=True))
    told = f"more than {source.max_reject_share:.1%} of the rows are rejected"
    if not source.names_somebody:
        told = f"{rows['rejected']} of {rows['read']} rows are rejected, more than {source.max_reject_share:.1%}"
    raise RefusedError(
        f"{snapshot.place}/{found['locator_file']} row {found['locator_row']}",
        f"{found['field']}: {found['rule']}; {told}",
        "Mend the file and deliver it again",
    )


def anchor(settings: Settings, source: Source) -> None:
    """Leave an empty Parquet file of the record's form, so that the models find columns where nothing was delivered."""
    for kind, name in (("accepted", source.record), ("rejected", "rejected")):
        path = settings.staged / source.source / kind / "empty.parquet"
        path.parent.mkdir(parents=True, exist_ok=True)
        record = records.load(name)
        columns = ", ".join(f'cast(null as {column.type}) as "{column.name}"' for column in record.columns)
        fresh = path.with_name(".empty")
        duckdb.sql(f"select {columns} where false").write_parquet(str(fresh))
        fresh.replace(path)


def _forget_erased(settings: Settings, source: Source) -> None:
    """Remove what was read of snapshots whose bytes were erased: rows do not outlive their ground."""
    kept = {snapshot.path.name for snapshot in snapshots(settings, source.source)}
    for path in (settings.staged / source.source).glob("*/*/*"):
        if path.is_dir() and path.name not in kept:
            shutil.rmtree(path)
        elif path.is_file() and (path.suffix != ".json" or path.stem not in kept):
            path.unlink()


def _reader(source: Source) -> Reader:
    return cast("Reader", importlib.import_module(f"pipelines.sources.{source.source}.reader").read)


@cache
def reading_code() -> str:
    """A hash of everything that reading depends on; rows read by other code are read again."""
    root = Path(__file__).parents[1]
    files = [
        path
        for folder in ("sources", "areas", "records", "privacy")
        for path in (root / folder).rglob("*")
        if path.suffix in (".py", ".yml")
    ]
    seeds = ("municipality", "municipality_name_variant", "municipality_place", "nationality")
    reference = [PROJECT / "dbt_project" / "seeds" / f"{name}.csv" for name in seeds]
    return digest_of([*files, *reference, Path(drift.__file__)], PROJECT)[:16]
