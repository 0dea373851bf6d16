"""Two runs of Dagster at the same moment, in processes of their own, on one instance and one warehouse."""

from __future__ import annotations

import json
import subprocess
from typing import TYPE_CHECKING

import pytest

from pipelines.settings import PROJECT
from tests.conftest import PATIENCE_SECONDS

if TYPE_CHECKING:
    from pathlib import Path

    from tests.integration.conftest import Refreshed

pytestmark = pytest.mark.slow

STEP = """
import json, sys, dagster as dg
from pipelines.definitions import REFRESH, defs
keys = {dg.AssetKey(["published", "candidate"])}
with dg.DagsterInstance.get() as instance:
    job = defs.resolve_job_def(REFRESH).get_subset(asset_selection=keys)
    print("ready", flush=True)
    sys.stdin.readline()
    result = job.execute_in_process(instance=instance, raise_on_error=False)
    steps = instance.get_run_step_stats(result.run_id)
print(json.dumps({"success": result.success, "steps": {one.step_key: (one.start_time, one.end_time) for one in steps}}))
"""


def test_one_writes_at_a_time_and_both_end_well(real: Refreshed, tmp_path: Path) -> None:
    house = real.place.copy(tmp_path / "data")
    line, environment = house.command(DAGSTER_HOME=str(house.data / "dagster"))
    runs = [
        subprocess.Popen(
            [line[0], "-W", "ignore", "-c", STEP], cwd=PROJECT, env=environment, text=True,
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
        )
        for _ in range(2)
    ]  # fmt: skip
    for run in runs:
        assert run.stdout
        assert run.stdout.readline() == "ready\n"
    ended = []
    for run in runs:
        assert run.stdin
        run.stdin.write("go\n")
        run.stdin.flush()
    for run in runs:
        out, _ = run.communicate(timeout=PATIENCE_SECONDS)
        ended.append(json.loads(out.splitlines()[-1]))
    assert [one["success"] for one in ended] == [True, True]
    # A second writer beside the first would have failed on DuckDB's own lock. When a step is said to begin tells
    # nothing: it may wait within itself for ours.
    assert all("published__candidate" in one["steps"] for one in ended)
