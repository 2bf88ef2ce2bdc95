"""Runs inside a Nova environment; Nova's own first step comes first."""

import os
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, HERE)

from lab import threads  # noqa: E402

THREADS = threads.choose()

import pytest  # noqa: E402

from lab import broker, checking, handpatch, wire  # noqa: E402
from lab.own_broker import OwnBroker, make_certificate  # noqa: E402


@pytest.fixture(scope="session")
def bus_url():
    """A vhost of this run's own: amqp://.../vhost."""
    return broker.new_vhost()


@pytest.fixture
def url(bus_url):
    """The same vhost as nova.conf writes it."""
    return broker.transport_url(bus_url)


@pytest.fixture(scope="session")
def certificates(tmpdir_factory):
    """The folder of those that ``own_broker`` uses for TLS."""
    folder = str(tmpdir_factory.mktemp("certificates"))
    make_certificate(folder)
    return folder


@pytest.fixture(scope="session")
def own_broker(certificates):
    """A broker that may be stopped, killed, frozen and troubled, and runs again after that."""
    own = OwnBroker(certificates)
    yield own
    own.end()


@pytest.fixture(scope="session")
def check():
    """Runs ``vifcast-nova check``."""
    checker = checking.Checker()
    yield checker
    checker.close()


@pytest.fixture(scope="session")
def patched_nova(tmpdir_factory):
    """A folder with a hand-patched Nova, to be put first on PYTHONPATH."""
    return handpatch.make(str(tmpdir_factory.mktemp("patched")))


@pytest.fixture(scope="session")
def unknown_nova(tmpdir_factory):
    """The same of a Nova without one of our hook points."""
    return checking.unknown_nova(str(tmpdir_factory.mktemp("unknown")))


@pytest.fixture(scope="session")
def booted(bus_url, tmpdir_factory):
    """The one ComputeManager of this process, with the plug-in."""
    from lab import compute, garbage

    directory = str(tmpdir_factory.mktemp("nova"))
    booted = compute.boot(directory, broker.transport_url(bus_url))
    booted.keep_connections()
    garbage.spare()
    return booted


@pytest.fixture
def nova(booted):
    """The ComputeManager, with a fresh network and fresh plugs."""
    booted.renew()
    driver = booted.manager.driver
    before = dict(driver.capabilities)
    yield booted
    driver.capabilities = before


@pytest.fixture
def directory(tmpdir):
    """Of an outbox; not there yet."""
    return str(tmpdir.join("outbox"))


@pytest.fixture
def service(bus_url, directory):
    """A service with nothing but oslo.messaging, whose outbox is ``directory``."""
    from lab import plain

    return plain.Service(bus_url, directory)


@pytest.fixture
def gate():
    """Shut before the bus; opened at the end."""
    from lab.gate import Gate

    gate = Gate()
    yield gate
    gate.open()


@pytest.fixture
def bus(bus_url):
    """An ear on the bus from here on."""
    ear = wire.Wire(bus_url)
    yield ear
    ear.close()


@pytest.fixture(params=["unversioned", "versioned", "both"])
def any_format(request, nova):
    """Run under each notification_format."""
    nova.use_format(request.param)
    yield request.param
    nova.use_format("both")


@pytest.fixture
def server(nova):
    """An active server on this host."""
    return nova.server()
