"""Declares on the bus what Nova's services do, as oslo.messaging does, for the tests of others.

From oslo.messaging's ``_drivers/impl_rabbit.py``: the exchange of ``control_exchange`` is of type
topic, durable by ``amqp_durable_queues``; with ``rabbit_quorum_queue`` it and the queues are
durable, and queues have ``x-queue-type``. A notifier's publisher declares its default queue, too.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from urllib.parse import unquote, urlsplit

import amqp


@contextmanager
def bus_channel(url: str) -> Iterator[Any]:
    """A channel of a connection of its own to ``amqp://user:password@host:port/vhost``."""
    parts = urlsplit(url)
    connection = amqp.Connection(
        f"{parts.hostname}:{parts.port}",
        userid=parts.username,
        password=parts.password,
        virtual_host=unquote(parts.path[1:]) or "/",
    )
    connection.connect()
    try:
        yield connection.channel()
    finally:
        connection.collect()


def start_rpc_server(channel: Any, exchange: str = "nova", *, quorum: bool = True) -> None:
    """What nova-compute declares when it starts. Raises amqp.PreconditionFailed, as there."""
    arguments = {"x-queue-type": "quorum"} if quorum else {}
    channel.exchange_declare(exchange, "topic", durable=quorum, auto_delete=False)
    for topic in ("compute", "compute.compute-1"):
        channel.queue_declare(topic, durable=quorum, auto_delete=False, arguments=arguments)
        channel.queue_bind(topic, exchange, topic)


def make_default_queue(
    channel: Any, routing_key: str, *, durable: bool = False, arguments: Any = None
) -> None:
    """What a notifier declares before it publishes: exchange, queue, and the way between."""
    channel.exchange_declare("nova", "topic", durable=durable, auto_delete=False)
    channel.queue_declare(routing_key, durable=durable, auto_delete=False, arguments=arguments)
    channel.queue_bind(routing_key, "nova", routing_key)
