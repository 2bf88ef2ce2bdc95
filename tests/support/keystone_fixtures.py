"""pytest fixtures for a real Keystone.

A conftest.py takes them with ``pytest_plugins = ["keystone_fixtures"]``. A Keystone that cannot be
had is an error with the reason, never a skipped test.
"""

from collections.abc import Iterator

import pytest

from keystone_server import Keystone


@pytest.fixture(scope="session")
def keystone() -> Iterator[Keystone]:
    """The Keystone of this test run; a test makes users and projects of its own in it."""
    with Keystone() as server:
        yield server


@pytest.fixture(scope="session")
def other_keystone() -> Iterator[Keystone]:
    """Another region's: other users, other projects, other keys."""
    with Keystone() as server:
        yield server


@pytest.fixture(scope="session")
def _lent_keystone() -> Iterator[Keystone]:
    """The one that ``private_keystone`` lends: a start takes 2 s of processor time."""
    with Keystone() as server:
        yield server


@pytest.fixture
def private_keystone(_lent_keystone: Keystone) -> Keystone:
    """A Keystone that runs, for one test alone, which may stop, kill and freeze it.

    It knows the users and projects of other tests that it was lent to.
    """
    if _lent_keystone.is_started:
        _lent_keystone.resume()
    else:
        _lent_keystone.start()
    return _lent_keystone
