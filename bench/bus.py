"""Fills the queue of whoever is measured."""

from collections.abc import Iterable

import pika

EXCHANGE = "nova"
ROUTING_KEY = "notifications.info"


def declare(url: str) -> None:
    """Make the exchange as Nova's services do; vifcast waits for it."""
    connection = pika.BlockingConnection(pika.URLParameters(url))
    connection.channel().exchange_declare(EXCHANGE, exchange_type="topic", durable=False)
    connection.close()


def publish(url: str, bodies: Iterable[bytes]) -> None:
    """Put bodies on the bus as oslo.messaging does: persistent, and to the exchange."""
    connection = pika.BlockingConnection(pika.URLParameters(url))
    channel = connection.channel()
    properties = pika.BasicProperties(
        content_type="application/json", content_encoding="utf-8", delivery_mode=2
    )
    for body in bodies:
        channel.basic_publish(EXCHANGE, ROUTING_KEY, body, properties)
    connection.close()
