"""Through Nova's own API: API, conductor and compute of Nova's functional base."""

import pytest
from conftest import THREADS
from lab import nova_tests

TESTS = {"Unversioned": 12, "Both": 12, "Versioned": 1}


@pytest.fixture(scope="module")
def lots():
    """functional/test_os_interface.py under each notification_format."""
    return nova_tests.start(
        {name: ["test_os_interface.Test" + name] for name in TESTS}, THREADS
    )


@pytest.mark.parametrize("notification_format", TESTS)
def test_os_interface_requests_are_told(lots, notification_format):
    lot = lots[notification_format].result()
    assert lot.exit_code == 0, lot.output
    assert len(lot.which("ok")) == TESTS[notification_format], lot.output
    assert lot.complaints == []
