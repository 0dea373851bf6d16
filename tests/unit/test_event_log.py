"""Dagster's event log as a refresh uses it: what it holds is what Dagster's own would."""

from __future__ import annotations

from typing import TYPE_CHECKING

import dagster as dg
import pytest
from dagster._core.storage.event_log import ConsolidatedSqliteEventLogStorage
from sqlalchemy import Engine, event

from pipelines.event_log import for_one_run

if TYPE_CHECKING:
    import sqlite3
    from pathlib import Path


@dg.asset(check_specs=[dg.AssetCheckSpec("is_there", asset="counted")])
def counted() -> dg.MaterializeResult:
    return dg.MaterializeResult(metadata={"rows": 3}, check_results=[dg.AssetCheckResult(passed=True)])


def ran(home: Path, *, alone: bool) -> str:
    """A run of the asset in a directory of Dagster's; its id."""
    home.mkdir(exist_ok=True)
    with dg.DagsterInstance.from_config(str(home)) as instance:
        if alone:
            for_one_run(instance)
        job = dg.Definitions([counted]).resolve_implicit_global_asset_job_def()
        return str(job.execute_in_process(instance=instance).run_id)


@pytest.fixture(autouse=True)
def configured(tmp_path: Path) -> None:
    for name in ("ours", "usual"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "dagster.yaml").write_text("telemetry:\n  enabled: false\n", encoding="utf-8")


def test_who_looks_later_finds_the_events_that_dagster_would_have_kept(tmp_path: Path) -> None:
    kept = {}
    for name in ("ours", "usual"):
        run = ran(tmp_path / name, alone=name == "ours")
        with dg.DagsterInstance.from_config(str(tmp_path / name)) as instance:
            told = [one.dagster_event.event_type_value for one in instance.all_logs(run) if one.dagster_event]
            latest = instance.get_latest_materialization_event(dg.AssetKey("counted"))
            checked = instance.event_log_storage.get_asset_check_execution_history(
                dg.AssetCheckKey(dg.AssetKey("counted"), "is_there"), limit=9
            )
            kept[name] = sorted(told), latest is not None and latest.run_id == run, len(checked)
    assert kept["ours"] == kept["usual"]
    assert kept["ours"][1:] == (True, 1)


def test_somebody_who_looks_while_it_runs_sees_what_happened_so_far(tmp_path: Path) -> None:
    seen: list[int] = []

    @dg.asset
    def looked() -> None:
        with dg.DagsterInstance.from_config(str(tmp_path / "ours")) as other:
            (run,) = other.get_run_ids()
            seen.append(len(other.all_logs(run)))

    with dg.DagsterInstance.from_config(str(tmp_path / "ours")) as instance:
        for_one_run(instance)
        dg.Definitions([looked]).resolve_implicit_global_asset_job_def().execute_in_process(instance=instance)
    assert seen
    assert seen[0] > 0


def test_its_files_stay_open(tmp_path: Path) -> None:
    opened: list[str] = []

    def note(connection: sqlite3.Connection, record: object) -> None:
        (_, _, file) = connection.execute("pragma database_list").fetchall()[0]
        opened.extend([file] if "/history/runs/" in file else [])

    counts = {}
    event.listen(Engine, "connect", note)
    try:
        for name in ("ours", "usual"):
            opened.clear()
            ran(tmp_path / name, alone=name == "ours")
            counts[name] = len(opened)
    finally:
        event.remove(Engine, "connect", note)
    assert counts["ours"] < counts["usual"] / 2


def test_a_log_of_another_kind_stays_what_it_is_but_for_the_slots(tmp_path: Path) -> None:
    (tmp_path / "ours" / "dagster.yaml").write_text(
        "event_log_storage:\n  module: dagster._core.storage.event_log\n  class: ConsolidatedSqliteEventLogStorage\n"
        f"  config:\n    base_dir: {tmp_path}\n",
        encoding="utf-8",
    )
    with dg.DagsterInstance.from_config(str(tmp_path / "ours")) as instance:
        for_one_run(instance)
        storage = instance.event_log_storage
        assert type(storage).__mro__[1] is ConsolidatedSqliteEventLogStorage
        assert not storage.supports_global_concurrency_limits
