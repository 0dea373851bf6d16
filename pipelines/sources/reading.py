"""Reading a delivery: what a reader gets, what it gives back, and how that is kept or refused as a whole.

Belongs here: the common end of all readers: counts (read = accepted + rejected), the record's form, the share of
rejects, writing in one step. Does not belong here: anything about one source or one file form.
"""

from __future__ import annotations

import importlib
import logging
import shutil
import tempfile
from dataclasses import asdict, dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Protocol, cast

import duckdb

from pipelines import records
from pipelines.files import digest_of, write_json
from pipelines.landing.deliveries import (
    Outcome,
    RefusedError,
    Snapshot,
    fingerprint_file,
    outcome,
    outcome_path,
    snapshots,
)
from pipelines.privacy.pseudonyms import define_pseudonym, key_mark, read_key
from pipelines.settings import PROJECT, UsageError
from pipelines.sources import all_sources

if TYPE_CHECKING:
    from pipelines.settings import Settings
    from pipelines.sources import Source

log = logging.getLogger("zicht.read")


@dataclass(frozen=True)
class Reading:
    """What a reader made of a delivery.

    Attributes:
        accepted: rows of the source's record, without the columns that follow from the delivery.
        rejected: ``locator_file``, ``locator_row``, ``field``, ``rule``; one row for each source row rejected.
        rows_read: source rows (or cells) that were looked at.
        synthetic: the content itself says that it is made up.
    """

    accepted: duckdb.DuckDBPyRelation
    rejected: duckdb.DuckDBPyRelation
    rows_read: int
    synthetic: bool = False


class Reader(Protocol):
    """``read`` of a source's ``reader`` module.

    ``connection`` is an in-memory DuckDB with the macro ``pseudonym`` where the source is person-level.

    Raises:
        RefusedError: the delivery cannot be read at all.
    """

    def __call__(self, connection: duckdb.DuckDBPyConnection, snapshot: Snapshot) -> Reading: ...


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
    """Snapshots that were never read, or by other code or under another key than now."""
    return [snapshot for snapshot in snapshots(settings) if _is_unread(settings, snapshot)]


def _is_unread(settings: Settings, snapshot: Snapshot) -> bool:
    known = outcome(settings, snapshot)
    return known is None or known.code != _mark(settings, all_sources()[snapshot.manifest.source])


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
    if source.person_level:
        folder.chmod(0o700)  # rows of persons, though pseudonymised
    scratch = Path(tempfile.mkdtemp(prefix=".reading-", dir=folder))
    try:
        with duckdb.connect(config={"autoinstall_known_extensions": "false"}) as connection:
            connection.execute("set temp_directory = ?", [str(scratch / "spill")])
            result = _read(settings, source, snapshot, connection, scratch)
        for kind in ("accepted", "rejected"):
            target = folder / kind / snapshot.manifest.scope / f"{snapshot.path.name}.parquet"
            target.parent.mkdir(parents=True, exist_ok=True)
            if result.status == "read":
                (scratch / f"{kind}.parquet").replace(target)
            else:
                target.unlink(missing_ok=True)
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
    read_rows = accepted_rows = rejected_rows = 0
    code = _mark(settings, source)
    try:
        _verify_bytes(snapshot)
        _verify_kind(snapshot)
        if source.person_level and settings.key_file is not None:  # _mark refused to go on without
            define_pseudonym(connection, read_key(settings.key_file))
        reading = _reader(source)(connection, snapshot)
        if reading.synthetic and not snapshot.manifest.sidecar.synthetic:
            raise RefusedError(
                str(snapshot.place),
                "its content is synthetic, but its sidecar does not say so",
                "Say synthetic: true",
            )
        read_rows = reading.rows_read
        accepted_rows = _write(reading.accepted, source.record, snapshot, scratch / "accepted.parquet")
        rejected_rows = _write(reading.rejected, "rejected", snapshot, scratch / "rejected.parquet")
        if read_rows != accepted_rows + rejected_rows:
            raise AssertionError(
                f"{snapshot.place}: read {read_rows} rows, but accepted {accepted_rows} and rejected {rejected_rows}"
            )
        _limit_rejects(source, snapshot, reading, rejected_rows)
    except (
        duckdb.DataError,
        duckdb.InvalidInputException,
    ) as error:  # its message may show a row's content: only its kind is passed on
        refused = RefusedError(
            str(snapshot.place),
            f"it cannot be read ({type(error).__name__})",
            "Check that the file is what it says",
        )
        log.warning("refused %s", refused)
        return _outcome(snapshot, "refused", read_rows, 0, rejected_rows, str(refused), code)
    except RefusedError as error:
        place = str(snapshot.place)
        where = error.where if error.where.startswith(place) else f"{place}/{error.where}"
        refused = RefusedError(where, error.rule, error.remedy)
        log.warning("refused %s", refused)
        return _outcome(snapshot, "refused", read_rows, 0, rejected_rows, str(refused), code)
    log.info("read %s: %d rows, %d rejected", snapshot.place, read_rows, rejected_rows)
    return _outcome(snapshot, "read", read_rows, accepted_rows, rejected_rows, "", code)


def _outcome(
    snapshot: Snapshot, status: str, read: int, accepted: int, rejected: int, message: str, code: str
) -> Outcome:
    return Outcome(
        delivery_id=snapshot.id,
        status=status,
        rows_read=read,
        rows_accepted=accepted,
        rows_rejected=rejected,
        synthetic=snapshot.manifest.sidecar.synthetic,
        message=message,
        code=code,
    )


def _verify_bytes(snapshot: Snapshot) -> None:
    for path, part in zip(snapshot.files, snapshot.manifest.parts, strict=True):
        if not path.exists() or fingerprint_file(path).sha256 != part.sha256:
            raise RefusedError(
                str(snapshot.place), f"the snapshot of {part.name} is not what was landed", "Deliver it again"
            )


def _verify_kind(snapshot: Snapshot) -> None:
    """Refuse a workbook under the name of a CSV: its own error would speak of encodings."""
    for path in snapshot.files:
        with path.open("rb") as stream:
            if path.suffix.lower() == ".csv" and stream.read(4) == b"PK\x03\x04":
                raise RefusedError(path.name, "it is a workbook or ZIP file named .csv", "Save it as CSV UTF-8")


def _write(relation: duckdb.DuckDBPyRelation, name: str, snapshot: Snapshot, path: Path) -> int:
    """Write rows as the record wants them; return how many source rows they came from.

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
    record.conform(relation.project(f"*, {extra}")).write_parquet(str(path), compression="zstd")
    written = duckdb.read_parquet(str(path))
    if broken := record.violations(written):
        raise AssertionError(f"{snapshot.place}: the reader broke the record {name}: {'; '.join(broken)}")
    counted = written.aggregate("count(distinct (locator_file, locator_row))").fetchone()
    return int(counted[0]) if counted else 0


def _limit_rejects(source: Source, snapshot: Snapshot, reading: Reading, rejected_rows: int) -> None:
    if rejected_rows <= source.max_reject_share * reading.rows_read:
        return
    first = reading.rejected.order("locator_file, locator_row").limit(1).fetchall()[0]
    raise RefusedError(
        f"{snapshot.place}/{first[0]} row {first[1]}",
        f"{first[2]}: {first[3]}; {rejected_rows} of {reading.rows_read} rows are rejected, "
        f"more than {source.max_reject_share:.1%}",
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
        if path.stem not in kept:
            path.unlink()


def _reader(source: Source) -> Reader:
    return cast("Reader", importlib.import_module(f"pipelines.sources.{source.source}.reader").read)


@cache
def reading_code() -> str:
    """A hash of everything that reading depends on; rows read by other code are read again."""
    root = Path(__file__).parents[1]
    files = [
        path
        for folder in ("sources", "records", "privacy")
        for path in (root / folder).rglob("*")
        if path.suffix in (".py", ".yml")
    ]
    reference = [PROJECT / "dbt_project" / "seeds" / name for name in ("municipality.csv", "nationality.csv")]
    return digest_of(files + reference, PROJECT)[:16]
