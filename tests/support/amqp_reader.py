"""A queue of its own on a broker, bound to one exchange, for who wants to see what comes."""

from typing import Any

import amqp

from broker_fixtures import Vhost


class AmqpReader:
    """Reads all that is published to a topic exchange; makes it, if it ``declares``."""

    def __init__(self, vhost: Vhost, exchange: str, *, declares: bool = True) -> None:
        host = vhost.url.partition("@")[2].partition("/")[0]
        self.connection = amqp.Connection(
            host, userid="guest", password="guest", virtual_host=vhost.name
        )
        self.connection.connect()
        self.channel = self.connection.channel()
        if declares:
            self.channel.exchange_declare(exchange, "topic", durable=True, auto_delete=False)
        self.queue = self.channel.queue_declare("", exclusive=True).queue
        self.channel.queue_bind(self.queue, exchange, "#")

    def get(self) -> Any:
        """The next message, or None."""
        return self.channel.basic_get(self.queue, no_ack=True)

    def close(self) -> None:
        """Give the connection back; the queue goes with it."""
        self.connection.close()
