"""pytest fixtures for a real RabbitMQ.

A conftest.py takes them with ``pytest_plugins = ["broker_fixtures"]``. A broker that
cannot be had is an error with the reason, never a skipped test.
"""

import uuid
from collections.abc import Iterator
from dataclasses import dataclass

import pytest

from broker_api import BrokerAPI
from rabbitmq import RabbitMQ


@dataclass(frozen=True)
class Vhost:
    """One test's own virtual host on ``broker``."""

    broker: BrokerAPI
    name: str

    @property
    def url(self) -> str:
        """For kombu, amqp and pika."""
        return self.broker.url(self.name)

    @property
    def transport_url(self) -> str:
        """For oslo.messaging."""
        return self.broker.transport_url(self.name)

    def queue_depth(self, queue: str) -> int:
        """Messages in ``queue``; see BrokerAPI.queue_depth."""
        return self.broker.queue_depth(self.name, queue)


@pytest.fixture(scope="session")
def rabbitmq() -> Iterator[BrokerAPI]:
    """The broker of this test run: what ``make`` started, else one of our own."""
    running = RabbitMQ.from_environment()
    if running is not None:
        yield running
        return
    with RabbitMQ() as broker:
        yield broker


@pytest.fixture
def vhost(rabbitmq: BrokerAPI) -> Iterator[Vhost]:
    """A virtual host that no other test has used, removed afterwards."""
    yield from _new_vhost(rabbitmq)


@pytest.fixture
def other_vhost(rabbitmq: BrokerAPI) -> Iterator[Vhost]:
    """One more: to whoever reads both, another broker."""
    yield from _new_vhost(rabbitmq)


def _new_vhost(rabbitmq: BrokerAPI) -> Iterator[Vhost]:
    own = Vhost(rabbitmq, f"test-{uuid.uuid4().hex[:12]}")
    rabbitmq.create_vhost(own.name)
    yield own
    rabbitmq.delete_vhost(own.name)


@pytest.fixture(scope="session")
def _lent_rabbitmq() -> Iterator[RabbitMQ]:
    """The one that ``private_rabbitmq`` lends: a start takes 4 s of processor time."""
    with RabbitMQ() as broker:
        yield broker


@pytest.fixture
def private_rabbitmq(_lent_rabbitmq: RabbitMQ) -> RabbitMQ:
    """A broker for one test alone, which may stop, kill and freeze it: empty and running."""
    # Before a test, not after it: by now every client of the last one has ended.
    _lent_rabbitmq.renew()
    return _lent_rabbitmq
