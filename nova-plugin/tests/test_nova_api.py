"""Through Nova's own API: API, conductor and compute of Nova's functional base."""

import pytest
from conftest import THREADS
from lab import nova_tests

TESTS = {"Unversioned": 12, "Both": 12, "Versioned": 1}


@pytest.fixture(scope="module")
def lot():
    """functional/test_os_interface.py under each notification_format, in one process."""
    classes = ["test_os_interface.Test" + name for name in TESTS]
    return nova_tests.start({"api": classes}, THREADS)["api"].result()


@pytest.mark.parametrize("notification_format", TESTS)
def test_os_interface_requests_are_told(lot, notification_format):
    name = ".Test%s." % notification_format
    outcomes = [how for test, how in lot.outcomes.items() if name in test]
    assert outcomes == ["ok"] * TESTS[notification_format], lot.output
    assert lot.exit_code == 0, lot.output
    assert lot.complaints == []
