"""Spark itself, with Java: a cluster of two workers on this machine, one of which is killed half-way.

Its environment is one of its own, with Spark in it: `make test-spark`.
"""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import time
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.conftest import PATIENCE_SECONDS
from tests.scale.compare import ENGINE, unequal_tables, warehouse

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.integration.conftest import Refreshed

pyspark = pytest.importorskip("pyspark")
HOME = Path(pyspark.__file__).parent
pytestmark = [
    pytest.mark.slow,
    pytest.mark.scale,
    pytest.mark.timeout(3 * PATIENCE_SECONDS),
    pytest.mark.skipif(not (HOME / "jars").is_dir(), reason="this pyspark is the client alone"),
]

HALF_WAY = 40
"""Tables of a hundred."""


@pytest.fixture(scope="module")
def cluster(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[int, str]]:
    """A server of Spark Connect with two workers of one core and two gigabytes: its process, and its address."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    folder = tmp_path_factory.mktemp("spark")
    told = {
        "spark.connect.grpc.binding.port": port, "spark.driver.bindAddress": "127.0.0.1", "spark.ui.enabled": "false",
        "spark.sql.shuffle.partitions": 4,
    }  # fmt: skip
    command = [
        str(HOME / "bin" / "spark-submit"), "--class", "org.apache.spark.sql.connect.service.SparkConnectServer",
        "--master", "local-cluster[2,1,2048]", *(f"--conf={name}={value}" for name, value in told.items()),
        "spark-internal",
    ]  # fmt: skip
    environment = os.environ | {"SPARK_HOME": str(HOME), "SPARK_LOCAL_IP": "127.0.0.1"}
    with (folder / "log").open("wb") as log:
        server = subprocess.Popen(command, cwd=folder, env=environment, stdout=log, stderr=log, start_new_session=True)
    try:
        deadline = time.monotonic() + PATIENCE_SECONDS
        while len(workers(server.pid)) < 2 or not answers(port):
            assert server.poll() is None, (folder / "log").read_text()
            assert time.monotonic() < deadline, (folder / "log").read_text()
            time.sleep(1)
        yield server.pid, f"sc://127.0.0.1:{port}"
    finally:
        if server.poll() is None:  # else it ended by itself, and its log is what is told
            os.killpg(server.pid, signal.SIGTERM)
            server.wait()


def answers(port: int) -> bool:
    """Whether something listens there."""
    with socket.socket() as tried:
        return tried.connect_ex(("127.0.0.1", port)) == 0


def workers(server: int) -> set[int]:
    """Processes of a cluster that do its work."""
    command = ["ps", "-ww", "-o", "pid=,args=", "-g", str(server)]  # else as wide as COLUMNS says
    told = subprocess.run(command, capture_output=True, text=True, check=False)
    return {int(line.split()[0]) for line in told.stdout.splitlines() if "CoarseGrainedExecutorBackend" in line}


def test_a_refresh_survives_the_loss_of_a_worker_and_gives_the_same_figures(
    sample: Refreshed, cluster: tuple[int, str], tmp_path: Path
) -> None:
    server, address = cluster
    place = sample.place.copy(tmp_path / "demo")
    warehouse(place).unlink()
    tables = place.data / "build" / "tables"
    line, environment = place.command("refresh", "--sample", "--json", **ENGINE, SPARK_REMOTE=address)
    refresh = subprocess.Popen(line, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    while sum(path.is_dir() for path in tables.glob("*")) < HALF_WAY:
        assert refresh.poll() is None, refresh.communicate()
        time.sleep(0.2)
    before = workers(server)
    os.kill(min(before), signal.SIGKILL)
    _, said = refresh.communicate(timeout=PATIENCE_SECONDS)
    assert refresh.returncode == 0, said
    assert min(before) not in workers(server), "a worker was lost"
    assert unequal_tables(sample.place, place, str(tables)) == {}
