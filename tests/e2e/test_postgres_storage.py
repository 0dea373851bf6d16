"""Dagster's storage in PostgreSQL: the same house, with its history of runs on a server."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING

import dagster as dg
import pytest

from tests.e2e.conftest import documented

if TYPE_CHECKING:
    from pathlib import Path

    from tests.integration.conftest import Refreshed

pytestmark = pytest.mark.slow


def test_a_refresh_keeps_its_history_on_a_server_of_postgresql(
    real: Refreshed,
    server: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    pytest.importorskip("dagster_postgres", reason="not installed: dagster-postgres")
    house = real.place.copy(tmp_path / "data")
    configuration = house.data / "dagster" / "dagster.yaml"
    with configuration.open("a", encoding="utf-8") as stream:
        stream.write(documented("operations.md", "storage:"))
    shutil.rmtree(house.data / "published")
    address = server.replace("postgresql:", "postgresql+psycopg2:")
    ran = house.refresh(ZICHT_DAGSTER_POSTGRES=address)
    assert ran.code == 0, ran.err
    assert ran.summary["released"]
    monkeypatch.setenv("ZICHT_DAGSTER_POSTGRES", address)
    with dg.DagsterInstance.from_config(str(configuration.parent)) as instance:
        assert type(instance.run_storage).__name__ == "PostgresRunStorage"
        (run,) = instance.get_runs()
        assert run.status.value == "SUCCESS"
        assert instance.get_latest_materialization_event(dg.AssetKey(["published", "zicht"])) is not None
