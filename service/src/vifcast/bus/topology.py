"""Queues and bindings: what vifcast reads from, and who declares it.

An own queue by default. ``notifications.info`` belongs to whoever listens there
already, and two listeners on one queue steal from each other. What is Nova's
(the exchange, the default queues) is looked at first and declared only where it
is absent, the way oslo.messaging declares it: a declaration that differs from
Nova's would make Nova's own fail.
"""

import logging
from dataclasses import dataclass
from typing import Any

from amqp.exceptions import ChannelError, PreconditionFailed
from kombu import Connection

from vifcast.config import IngestSettings
from vifcast.errors import BrokerRefusedError

LOG = logging.getLogger(__name__)

_PRIORITIES = ("info", "error")


@dataclass(frozen=True, slots=True)
class Topology:
    """What to declare and to read."""

    exchange: str
    routing_keys: tuple[str, ...]
    own_queue: str | None
    own_arguments: dict[str, Any]
    durable_as_nova: bool

    @property
    def queues(self) -> tuple[str, ...]:
        """The queues to read."""
        return (self.own_queue,) if self.own_queue else self.routing_keys


def topology_from(settings: IngestSettings) -> Topology:
    """The topology that the options ask for."""
    arguments: dict[str, Any] = {
        "x-max-length": settings.queue_max_length,
        "x-message-ttl": settings.queue_ttl_s * 1000,
    }
    if settings.queue_type == "quorum":
        arguments["x-queue-type"] = "quorum"
    return Topology(
        exchange=settings.exchange,
        routing_keys=tuple(
            f"{topic}.{priority}" for topic in settings.topics for priority in _PRIORITIES
        ),
        own_queue=None if settings.consume_default_queue else settings.queue,
        own_arguments=arguments,
        durable_as_nova=settings.amqp_durable_queues,
    )


def declare(connection: Connection, topology: Topology) -> None:
    """Make sure that the queues exist and are bound. Raises BrokerRefusedError."""
    _declare_exchange(connection, topology)
    if topology.own_queue is None:
        for name in topology.queues:
            _declare_default_queue(connection, topology, name)
        return
    channel = connection.channel()
    try:
        channel.queue_declare(
            queue=topology.own_queue,
            durable=True,
            auto_delete=False,
            arguments=topology.own_arguments,
        )
    except PreconditionFailed as error:
        raise BrokerRefusedError(
            f"queue {topology.own_queue} exists with other properties ({error.reply_text}); "
            "set queue_type, queue_max_length and queue_ttl_s in [ingest] to what it was "
            "made with, or choose another [ingest] queue"
        ) from None
    _bind(channel, topology, topology.own_queue, topology.routing_keys)
    channel.close()


def _bind(channel: Any, topology: Topology, queue: str, routing_keys: tuple[str, ...]) -> None:
    for routing_key in routing_keys:
        channel.queue_bind(queue=queue, exchange=topology.exchange, routing_key=routing_key)


def _declare_exchange(connection: Connection, topology: Topology) -> None:
    # A passive declaration that finds nothing closes its channel.
    channel = connection.channel()
    try:
        channel.exchange_declare(exchange=topology.exchange, type="topic", passive=True)
    except ChannelError:
        LOG.warning(
            "exchange %s is not there yet; declaring it as Nova would with "
            "amqp_durable_queues = %s. If nova.conf says otherwise, say so in [ingest]",
            topology.exchange,
            str(topology.durable_as_nova).lower(),
        )
        channel = connection.channel()
        channel.exchange_declare(
            exchange=topology.exchange,
            type="topic",
            durable=topology.durable_as_nova,
            auto_delete=False,
        )
    channel.close()


def _declare_default_queue(connection: Connection, topology: Topology, name: str) -> None:
    channel = connection.channel()
    try:
        channel.queue_declare(queue=name, passive=True)
    except ChannelError:
        channel = connection.channel()
        channel.queue_declare(
            queue=name, durable=topology.durable_as_nova, auto_delete=False, exclusive=False
        )
        _bind(channel, topology, name, (name,))
    channel.close()
