"""The main job without a server: everything once, or nothing where nothing changed; and what it came to.

Belongs here: deciding whether there is work, running the graph in this process, the summary and the exit code. Dagster
is imported only when there is work. Does not belong here: printing (``cli``) or any step's own work.
"""

from __future__ import annotations

import hashlib
import logging
import os
import re
from contextlib import contextmanager, redirect_stdout, suppress
from dataclasses import asdict, dataclass, field
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any, cast

from pipelines import alerts
from pipelines.files import read_json, write_json, write_text
from pipelines.landing.catalogue import arrivals, gaps
from pipelines.landing.deliveries import outcome, outcome_path, snapshots
from pipelines.landing.land import is_waiting, refusals, scopes, waiting
from pipelines.landing.retention import due
from pipelines.logs import masked
from pipelines.privacy.at_rest import read_raw_keys
from pipelines.privacy.pseudonyms import write_secret
from pipelines.publish.fingerprint import fingerprint
from pipelines.publish.release import (
    current_release,
    damage,
    held,
    require_no_later,
    require_one_rounding,
    settle,
    to_tell,
)
from pipelines.quality.checks import counted, forget_results, kept_results
from pipelines.report import boundaries
from pipelines.settings import SAMPLE, UsageError
from pipelines.sources import all_sources
from pipelines.sources.fetching import all_outages, fetch_all
from pipelines.sources.reading import unread

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from dagster import DagsterInstance, ExecuteInProcessResult
    from filelock import BaseFileLock

    from pipelines.settings import Settings

log = logging.getLogger("zicht.refresh")

RELEASED, CHECK_FAILED, BROKEN, RELEASED_WITH_GAPS = 0, 1, 3, 4

_DAGSTER = """\
# Written by zicht; a register of persons phones nobody.
telemetry: {enabled: false}
nux: {enabled: false}
# One process writes: whatever opens the warehouse waits its turn, and no run begins before another has ended.
concurrency: {pools: {default_limit: 1, granularity: op}, runs: {max_concurrent_runs: 1}}
# What goes wrong while it runs is mended by the next run; only downloads are tried again, where they are made.
run_retries: {enabled: false}
# Says for each asset with a freshness policy whether it was seen in time.
freshness: {enabled: true}
# A run that was killed, with the whole machine or not, gives its place back.
run_monitoring: {enabled: true, free_slots_after_run_end_seconds: 300, max_runtime_seconds: 21600}
"""


@dataclass
class Summary:
    """What a refresh came to; ``--json`` prints it."""

    exit_code: int = RELEASED
    released: bool = False
    release_id: str | None = None
    file: str | None = None
    as_of: str = ""
    synthetic: bool = False
    deliveries: dict[str, int] = field(default_factory=dict)
    rows: dict[str, int] = field(default_factory=dict)
    checks: dict[str, int] = field(default_factory=dict)
    data_gaps: dict[str, int] = field(default_factory=dict)
    failures: list[str] = field(default_factory=list)
    attention: list[str] = field(default_factory=list)

    def as_dict(self) -> dict[str, Any]:
        """For JSON."""
        return asdict(self)


def refresh(settings: Settings) -> Summary:
    """Download what is new, take what lies in the inboxes through the whole graph and release it, if anything changed.

    Where that fails, somebody is told (``alerts``).

    Raises:
        UsageError: it cannot start (``require_ready``).
        KeyboardInterrupt: somebody broke it off; nobody is told.
    """
    with telling(settings):
        summary = _refresh(settings)
    if any(line.endswith("DagsterExecutionInterruptedError") for line in summary.failures):
        raise KeyboardInterrupt  # which Dagster took for a step that failed
    ended(settings, summary.failures)
    return summary


def ended(settings: Settings, failures: Sequence[str] = ()) -> None:
    """What the last run or look came to: kept for ``zicht status``, and told to somebody once where it failed.

    Args:
        settings: the house.
        failures: what failed, as ``check …`` or as ``<what>: <why>``; nothing where all is well.
    """
    if failures:
        # Why a step failed may name a file, and a file a person: that stays on this machine.
        told = [one if one.startswith("check ") else one.partition(":")[0] for one in failures]
        alerts.tell(settings, "failed", told)
    else:
        alerts.over(settings, "failed")
    if list(failures) != last_failures(settings) and settings.data.is_dir():
        write_json(_last(settings), {"failures": list(failures)})


@contextmanager
def telling(settings: Settings) -> Iterator[None]:
    """Let what stops here be known: who looks at night is no person."""
    try:
        yield
    except Exception as error:
        named = ", ".join(dict.fromkeys(re.findall(r"ZICHT_[A-Z_]+", str(error))))
        wrong_use = f"{f'configuration {named}'.rstrip()}: {error}"
        with suppress(OSError):  # on a full disk this cannot be written either
            ended(settings, [wrong_use if isinstance(error, UsageError) else type(error).__name__])
        raise


def watch(settings: Settings, now: datetime) -> bool:
    """Tell somebody where something has waited too long to be released; return whether it has.

    Waiting counts from the first time that this was asked and something waited. Where nothing waits the release is
    fresh, however old it is.

    Raises:
        UsageError: it cannot be said (``require_ready``); that is told too.
    """
    with telling(settings):
        require_ready(settings)
    if not has_work(settings):
        alerts.over(settings, "stale")
        return False
    since = alerts.memory(settings, "stale").get("since")
    if not since:
        alerts.remember(settings, "stale", since=now.isoformat(timespec="minutes"))
        return False
    if now - datetime.fromisoformat(since) < timedelta(hours=settings.alerting.stale_hours):
        return False
    alerts.tell(settings, "stale", [f"Something has waited to be released since {since}."])
    return True


def _refresh(settings: Settings) -> Summary:
    prepare(settings)
    with waiting_for(settings.lock):
        settle(settings)  # of a run that was killed after its switch
        require_ready(settings)  # once more: another run may have released
        release = current_release(settings)
        fetch_all(settings)
        boundaries.fetch(settings)
        if not has_work(settings):
            log.info("nothing changed since release %s", (release or {})["release_id"])
            return _unchanged(settings)
        summary = _run(settings)
        summary.released = summary.released and current_release(settings) != release
        return summary


def prepare(settings: Settings) -> None:
    """Make what a run needs: Dagster's home, and for the sample its throwaway key.

    Raises:
        UsageError: it cannot start (``require_ready``).
    """
    require_ready(settings)
    if settings.sample and settings.key_file and not settings.key_file.exists():
        # Everywhere the same, so that the demo rounds its counts alike; it opens made-up deliveries alone.
        write_secret(settings.key_file, hashlib.sha256(b"zicht sample").hexdigest() + "\n", loses="nothing")
    settings.data.mkdir(parents=True, exist_ok=True)
    configuration = settings.dagster_home / "dagster.yaml"
    if not configuration.exists():
        write_text(configuration, _DAGSTER)


def require_ready(settings: Settings) -> None:
    """Look whether inbox, keys and clock are as they should be: without them "nothing changed" would be untrue.

    Raises:
        UsageError: the inbox, the sample or a key file that was named is not there, or a release is of a later date or
            was rounded under another key.
    """
    if settings.sample:
        if not any(SAMPLE.glob("*/*/*/*")):
            raise UsageError(f"there is no sample in {SAMPLE}; make it with `zicht sample --out {SAMPLE}`")
    elif settings.key_file and not settings.key_file.exists():
        raise UsageError(
            f"ZICHT_PSEUDONYM_KEY_FILE names {settings.key_file}, which does not exist: name the key that was used, or"
            f" put back its copy; only the first time make one with `zicht key {settings.key_file}`"
        )
    if settings.raw_key_file:
        read_raw_keys(settings.raw_key_file)
    if not settings.sample and os.environ.get("ZICHT_LANDING") and not os.access(settings.landing, os.R_OK | os.X_OK):
        raise UsageError(f"ZICHT_LANDING names {settings.landing}, which is not there or not ours: is it mounted?")
    require_no_later(settings, str(settings.as_of))
    require_one_rounding(settings)


def last_failures(settings: Settings) -> list[str]:
    """What made the last run fail, if it failed."""
    last: dict[str, list[str]] = read_json(_last(settings)) or {}
    return last.get("failures", [])


def _last(settings: Settings) -> Path:
    return settings.build / "last_refresh.json"


@contextmanager
def waiting_for(lock: BaseFileLock) -> Iterator[None]:
    """Hold the lock; say so where another run has it, and wait for that to end."""
    from filelock import Timeout

    try:
        lock.acquire(timeout=0)
    except Timeout:
        log.warning("another run is writing; waiting for it to end")
        lock.acquire()
    try:
        yield
    finally:
        lock.release()


def has_work(settings: Settings) -> bool:
    """Whether anything that a release depends on changed; starts no reader and no dbt."""
    release = current_release(settings)
    return (
        release is None
        or is_waiting(settings)
        or bool(unread(settings))
        or (release["fingerprint"] != fingerprint(settings) and not held(settings))
        or bool(damage(settings.current))
    )


def partition_tags(instance: DagsterInstance, settings: Settings, partitions: str) -> dict[str, str]:
    """Tags that make one run cover the scopes that have work or are new to Dagster; these are made known.

    A run covers a range: other scopes that lie between them are looked at too, and not read again. Dagster keeps some
    events of each scope for each source, which of hundreds of scopes would take longer than reading one of them.
    """
    found = scopes(settings)
    new = set(found) - set(instance.get_dynamic_partitions(partitions))
    instance.add_dynamic_partitions(partitions, found)
    known = instance.get_dynamic_partitions(partitions)
    chosen = new | _scopes_with_work(settings) if len(new) < len(known) else new
    within = [scope for scope in known if scope in chosen] or known[:1]
    return {"dagster/asset_partition_range_start": within[0], "dagster/asset_partition_range_end": within[-1]}


def _scopes_with_work(settings: Settings) -> set[str]:
    """Scopes of which something would be landed, erased or read.

    All, where that cannot be seen: then the step that meets the same error fails, and the run tells of it.
    """
    try:
        lapsed = [one for source in all_sources().values() for one in due(settings, source)]
        landed = {one.manifest.scope for one in [*unread(settings), *lapsed]}
        return landed | {scope for _, scope in waiting(settings) if scope}
    except (OSError, UsageError):
        return set(scopes(settings))


def run_key(settings: Settings) -> str:
    """The same for the same state of inbox, gaps and erasures, so that sensor and schedule start no run twice."""
    inboxes = [
        f"{path.relative_to(inbox.path)}|{path.stat().st_size}|{path.stat().st_mtime_ns}"
        for inbox in settings.inboxes
        for path in sorted(inbox.path.rglob("*"))
        if path.is_file()
    ]
    erasures = [one.id for source in all_sources().values() for one in due(settings, source)]
    state = "\n".join([fingerprint(settings), *inboxes, *erasures])
    return hashlib.sha256(state.encode()).hexdigest()


def _run(settings: Settings) -> Summary:
    os.environ["DAGSTER_HOME"] = str(settings.dagster_home)
    os.environ["DAGSTER_DISABLE_TELEMETRY"] = "1"
    if settings.sample:
        os.environ["ZICHT_SAMPLE"] = "1"  # dbt and whatever else this run starts see the same house
    import warnings

    import dagster as dg

    warnings.filterwarnings("ignore", category=dg.BetaWarning)
    # Great Expectations imports it where it is installed, and it warns of a pandas that is newer than it.
    warnings.filterwarnings("ignore", category=FutureWarning, module="pyspark")
    from pipelines.assets.house import SCOPES, House
    from pipelines.definitions import REFRESH, build_definitions
    from pipelines.event_log import for_one_run

    forget_results(settings)
    logging.getLogger("dagster").setLevel(logging.CRITICAL)
    definitions = build_definitions(House(sample=settings.sample))
    settings.build.mkdir(parents=True, exist_ok=True)
    with (
        dg.DagsterInstance.from_config(str(settings.dagster_home)) as instance,
        (settings.build / "refresh.log").open("w", encoding="utf-8") as output,
        redirect_stdout(output),  # dbt's lines; standard output is for the result
    ):
        for_one_run(instance)
        before = _read_at(settings)
        result = definitions.resolve_job_def(REFRESH).execute_in_process(
            instance=instance,
            raise_on_error=False,
            run_config={"loggers": {"console": {"config": {"log_level": "CRITICAL"}}}},
            tags=partition_tags(instance, settings, str(SCOPES.name)),
        )
    summary = _summarise(settings, result)
    after = _read_at(settings)
    outcomes = [outcome(settings, one) for one in snapshots(settings) if after.get(one.id) != before.get(one.id)]
    read_now = [one for one in outcomes if one]
    summary.rows = {
        "read": sum(one.rows_read for one in read_now),
        "rejected": sum(one.rows_rejected for one in read_now),
    }
    return summary


def _summarise(settings: Settings, result: ExecuteInProcessResult) -> Summary:
    landed = {"new": 0, "unchanged": 0}
    for event in result.all_events:
        if event.event_type_value != "ASSET_MATERIALIZATION" or event.asset_key is None:
            continue
        if event.asset_key.path[0] == "raw":
            found = event.step_materialization_data.materialization.metadata
            for name in landed:
                landed[name] += cast("int", found[name].value)
    summary = state(settings)
    published = result.asset_materializations_for_node("published__zicht") if result.success else []
    summary.released = bool(published)
    summary.deliveries = landed | summary.deliveries
    results = kept_results(settings)
    summary.checks = counted(results)
    if not summary.released:
        summary.failures = _failures(result, results)
        summary.exit_code = CHECK_FAILED if summary.checks["failed"] else BROKEN
    return summary


def _read_at(settings: Settings) -> dict[str, int]:
    """When each delivery was last read, by the clock of the file that says so."""
    paths = {one.id: outcome_path(settings, one) for one in snapshots(settings)}
    return {identity: path.stat().st_mtime_ns for identity, path in paths.items() if path.exists()}


def _failures(result: ExecuteInProcessResult, results: list[dict[str, Any]]) -> list[str]:
    failed = [
        f"check {one['table_name']}.{one['rule']}: {one['reason']}"
        for one in results
        if not one["passed"] and one["severity"] == "block"
    ]
    if failed:
        return failed
    steps = [event for event in result.all_events if event.event_type_value == "STEP_FAILURE"]
    return [f"step {event.step_key}: {_cause(event.event_specific_data)}" for event in steps]


def _cause(failure: Any) -> str:
    error = failure.error
    while error is not None and error.cause is not None:
        error = error.cause
    return masked(str(error.message).strip().splitlines()[0]) if error else "unknown"


def _unchanged(settings: Settings) -> Summary:
    summary = state(settings)
    summary.deliveries = {"new": 0, "unchanged": len(arrivals(settings))} | summary.deliveries
    summary.rows = {"read": 0, "rejected": 0}
    summary.checks = (current_release(settings) or {}).get("checks", {})
    return summary


def state(settings: Settings) -> Summary:
    """What stands: the release, and what needs a person's attention, every night until it is mended."""
    release = current_release(settings) or {}
    open_gaps = gaps(settings)
    refused = {gap.delivery_id: gap.explanation_en for gap in open_gaps if gap.kind == "refused"}
    known = all_sources()
    late = {
        f"{gap.source} {gap.area_code}": gap.explanation_en
        for gap in open_gaps
        if gap.kind == "late" and gap.source in known
    }
    down: dict[tuple[str, str], list[str]] = {}
    for one in all_outages(settings):
        down.setdefault((one.source, one.fault), []).append(one.scope)
    late |= {
        f"{source} {', '.join(scopes)}": f"cannot be downloaded: {fault}" for (source, fault), scopes in down.items()
    }
    # To the one who runs it the names of files are said; the published gaps keep them to themselves.
    told: dict[str, list[str]] = {}
    for refusal in refusals(settings):
        told.setdefault(refusal.mark, []).append(str(refusal))
    told |= {snapshot.id: [read.message] for snapshot in snapshots(settings) if (read := outcome(settings, snapshot))}
    attention = [line for where, text in refused.items() for line in told.get(str(where), [text])]
    attention += [f"{where}: {text}" for where, text in late.items()]
    attention += to_tell(settings)
    return Summary(
        exit_code=RELEASED_WITH_GAPS if attention else RELEASED,
        release_id=release.get("release_id"),
        file=str(settings.database) if release else None,
        as_of=str(settings.as_of),
        synthetic=settings.sample,
        deliveries={"refused": len(refused)},
        data_gaps=release.get("data_gaps", {}),
        attention=[masked(line) for line in attention],
    )
