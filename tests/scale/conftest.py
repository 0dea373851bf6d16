"""What a second engine makes of the models. It lives in an environment of its own: `make test-scale`."""

from tests.integration.conftest import _manifest, once, sample  # noqa: F401 - fixtures
