"""What a second engine makes of the models. It lives in an environment of its own: `make test-scale`."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.integration.conftest import _manifest, once, sample  # noqa: F401 - fixtures

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pyspark.sql import SparkSession


@pytest.fixture(scope="session")
def spark() -> Iterator[SparkSession]:
    """Spark's words by Sail, through Spark Connect on loopback, without Java."""
    from pysail.spark import SparkConnectServer
    from pyspark.sql import SparkSession

    server = SparkConnectServer()
    server.start(background=True)
    _, port = server.listening_address

    yield SparkSession.builder.remote(f"sc://localhost:{port}").getOrCreate()
    server.stop()
