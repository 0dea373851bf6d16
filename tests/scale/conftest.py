"""What a second engine makes of the models. Its packages come with `make test-scale`."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.integration.conftest import _manifest, once, sample  # noqa: F401 - fixtures

if TYPE_CHECKING:
    from collections.abc import Iterator

BUCKET = "s3://zicht/some/folder"


@pytest.fixture(scope="session")
def store() -> Iterator[dict[str, str]]:
    """A server on this machine that speaks S3, with a bucket: the environment in which it is found."""
    from boto3 import client
    from moto.server import ThreadedMotoServer

    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    found = {
        "AWS_ENDPOINT_URL": f"http://{host}:{port}", "AWS_ALLOW_HTTP": "true", "AWS_REGION": "us-east-1",
        "AWS_ACCESS_KEY_ID": "nobody", "AWS_SECRET_ACCESS_KEY": "nothing",
    }  # fmt: skip
    with pytest.MonkeyPatch.context() as environment:
        for name, value in found.items():
            environment.setenv(name, value)
        client("s3", region_name=found["AWS_REGION"]).create_bucket(Bucket="zicht")
    yield found
    server.stop()
