"""What a process that is killed leaves beside a database."""

from __future__ import annotations

import subprocess
import sys
from typing import TYPE_CHECKING

from pipelines.files import remove_database
from tests.conftest import PATIENCE_SECONDS
from tests.faults.faults import KILLED

if TYPE_CHECKING:
    from pathlib import Path

SORTS = """
import os, signal, sys, threading, time
import duckdb
path = sys.argv[1]
def kills():
    while not (os.path.isdir(path + ".tmp") and os.listdir(path + ".tmp")):
        time.sleep(0.01)
    os.kill(os.getpid(), signal.SIGKILL)
threading.Thread(target=kills, daemon=True).start()
with duckdb.connect(path, config={"memory_limit": "60MB"}) as connection:
    connection.execute("create table small as select 1 as one")
    connection.execute("create table persons as select hash(range) h, range::varchar v from range(30000000) order by h")
"""


def test_rows_that_a_killed_process_left_beside_the_warehouse_go_with_it(tmp_path: Path) -> None:
    warehouse = tmp_path / "warehouse.duckdb"
    killed = subprocess.run(
        [sys.executable, "-c", SORTS, str(warehouse)], capture_output=True, timeout=PATIENCE_SECONDS, check=False
    )
    assert killed.returncode == KILLED
    assert {path.suffix for path in tmp_path.iterdir()} >= {".duckdb", ".tmp"}
    remove_database(warehouse)
    assert list(tmp_path.iterdir()) == []
    remove_database(warehouse)
