"""Fills the queue of whoever is measured."""

from collections.abc import Iterable

import pika

EXCHANGE = "nova"
ROUTING_KEY = "notifications.info"


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
