"""Fixtures that all tests of the service share."""

from collections.abc import Iterator

import pytest
from hypothesis import settings

pytest_plugins = [
    "broker_fixtures",
    "database_fixtures",
    "keystone_fixtures",
    "subscriber_fixtures",
]

# How long an example takes is the machine's business: others work on it too.
settings.register_profile("untimed", deadline=None)
settings.load_profile("untimed")


@pytest.fixture(scope="session", autouse=True)
def _no_public_authorities(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Trust no authority that a test does not name, here and in what tests start.

    To load the public ones takes 25 ms of processor time for every client of HTTP. httpx and
    OpenSSL read both variables.
    """
    with pytest.MonkeyPatch.context() as patch:
        patch.delenv("SSL_CERT_FILE", raising=False)
        patch.setenv("SSL_CERT_DIR", str(tmp_path_factory.mktemp("authorities")))
        yield
